using System;
using System.Numerics;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Division and remainder.</summary>
internal sealed partial class Lowerer
{
    private void LowerDivide(Division division, int index, ref IrNode node, int bytes)
    {
        bool isRemainder = division is Division.UnsignedRemainder or Division.SignedRemainder;
        if (_facts.Options.Has(Optimizations.ConstantDivision) && IsConstant(node.B, out long divisor) && TryDivideByConstant(division, isRemainder, index, ref node, bytes, divisor)) return;
        Begin(MachineOp.Divide, bytes).Condition = (byte)division;
        In(Use(node.A, bytes), Register.Rax);
        InLate(Use(node.B, bytes));
        Out(Result(index), isRemainder ? Register.Rdx : Register.Rax);
        OutLost(isRemainder ? Register.Rax : Register.Rdx);
        End();
    }

    private bool TryDivideByConstant(Division division, bool isRemainder, int index, ref IrNode node, int bytes, long divisor)
    {
        if (division is Division.Unsigned or Division.UnsignedRemainder)
        {
            ulong unsigned = bytes == 4 ? (uint)divisor : (ulong)divisor;
            if (unsigned == 0) return false;
            if (_virtuals[index] < 0) return true;
            if (BitOperations.IsPow2(unsigned)) DivideByPower(isRemainder, index, ref node, bytes, BitOperations.Log2(unsigned));
            else if (!isRemainder) DivideUnsigned(node.A, unsigned, bytes, Result(index));
            else FinishRemainder(index, ref node, bytes, divisor, QuotientOf(node.A, unsigned, bytes));
            return true;
        }

        if (bytes == 4) divisor = (int)divisor;
        bool isSmallest = divisor == (bytes == 4 ? int.MinValue : long.MinValue);
        // -1 is the one divisor besides 0 whose quotient may not fit.
        if (divisor == 0 || isSmallest || (divisor == -1 && !isRemainder)) return false;
        if (_virtuals[index] < 0) return true;
        ulong magnitude = (ulong)Math.Abs(divisor);
        if (magnitude == 1)
        {
            if (isRemainder) SetZero(index, bytes);
            else ShiftLeft(node.A, 0, bytes, index);
            return true;
        }

        if (isRemainder && BitOperations.IsPow2(magnitude))
        {
            RemainderOfPower(index, ref node, bytes, BitOperations.Log2(magnitude));
            return true;
        }

        bool isNegated = divisor < 0 && !isRemainder;
        int quotient = isNegated || isRemainder ? NewWord(bytes) : Result(index);
        if (BitOperations.IsPow2(magnitude)) QuotientByPower(node.A, bytes, BitOperations.Log2(magnitude), quotient);
        else DivideSigned(node.A, magnitude, bytes, quotient);
        if (isRemainder)
        {
            FinishRemainder(index, ref node, bytes, (long)magnitude, quotient);
        }
        else if (isNegated)
        {
            Begin(MachineOp.Negate, bytes);
            In(quotient);
            OutSame(Result(index));
            End();
        }

        return true;
    }

    private int NewWord(int bytes) => NewVirtual(bytes == 4 ? VirtualKind.Word32 : VirtualKind.Word64);

    private void SetZero(int index, int bytes)
    {
        Begin(MachineOp.Constant, bytes).Flags = InstructionFlags.Rematerializable;
        Out(Result(index));
        End();
    }

    private void DivideByPower(bool isRemainder, int index, ref IrNode node, int bytes, int power)
    {
        if (!isRemainder)
        {
            if (power == 0) ShiftLeft(node.A, 0, bytes, index);
            else ShiftConstant(ShiftOp.Shr, bytes, Use(node.A, bytes), power, Result(index));
            return;
        }

        if (power == 0)
        {
            SetZero(index, bytes);
        }
        else if (power is 8 or 16 or 32)
        {
            EmitExtend(Source.Of(UseLow(node.A)), power / 8, Extension.Zero, Result(index));
        }
        else if (power < 32)
        {
            Source mask = Source.Constant((int)((1u << power) - 1));
            Binary(MachineOp.And, 4, UseLow(node.A), in mask, Result(index));
        }
        else
        {
            Source mask = Source.Of(NewConstant((1L << power) - 1));
            Binary(MachineOp.And, 8, Use(node.A), in mask, Result(index));
        }
    }

    private int QuotientOf(int value, ulong divisor, int bytes)
    {
        int quotient = NewWord(bytes);
        DivideUnsigned(value, divisor, bytes, quotient);
        return quotient;
    }

    private void DivideUnsigned(int value, ulong divisor, int bytes, int result)
    {
        if (bytes == 4)
        {
            // Zero-extended, the product with a multiplier of 32 bits fits 64.
            Magic narrow = Magic.Unsigned(divisor, 32, 32);
            if (narrow.Suffices) ShiftConstant(ShiftOp.Shr, 8, Product(Use(value), (long)narrow.Multiplier), 32 + narrow.Shift, result);
            else MultiplyHigh(Use(value), ulong.MaxValue / divisor + 1, result);
            return;
        }

        int dividend = Use(value), zeros = BitOperations.TrailingZeroCount(divisor);
        Magic magic = Magic.Unsigned(divisor, 64, 64);
        if (!magic.Suffices && zeros > 0)
        {
            // Without the factors of two there are fewer bits to divide.
            dividend = ShiftConstant(ShiftOp.Shr, 8, dividend, zeros);
            magic = Magic.Unsigned(divisor >> zeros, 64, 64 - zeros);
        }

        if (magic.Suffices)
        {
            int high = magic.Shift == 0 ? result : NewWord(8);
            MultiplyHigh(dividend, magic.Multiplier, high);
            if (magic.Shift != 0) ShiftConstant(ShiftOp.Shr, 8, high, magic.Shift, result);
            return;
        }

        // The multiplier has 65 bits: (high + dividend) / 2^(s + 1), without the carry getting lost.
        int upper = NewWord(8);
        MultiplyHigh(dividend, Magic.Wide(divisor), upper);
        Source highSource = Source.Of(upper);
        int half = ShiftConstant(ShiftOp.Shr, 8, Binary(MachineOp.Sub, 8, dividend, in highSource), 1);
        int sum = Binary(MachineOp.Add, 8, half, in highSource);
        int shift = BitOperations.Log2(divisor);
        ShiftConstant(ShiftOp.Shr, 8, sum, shift, result);
    }

    /// <summary>The lower 64 bits of a product with a constant.</summary>
    private int Product(int register, long factor)
    {
        int result = NewWord(8);
        if (factor == (int)factor)
        {
            Source source = Source.Of(register);
            Begin(MachineOp.MultiplyImmediate, 8, in source).Immediate = factor;
            In(in source);
            Out(result);
            End();
            return result;
        }

        Source other = Source.Of(register);
        Binary(MachineOp.Multiply, 8, NewConstant(factor), in other, result);
        return result;
    }

    private void MultiplyHigh(int register, ulong factor, int result)
    {
        if (_cpu.Bmi2)
        {
            Begin(MachineOp.MultiplyHighConstant, 8).Immediate = (long)factor;
            In(register);
            Temporary(Register.Rdx);
            Out(result);
            End();
        }
        else
        {
            MultiplyHigh(register, NewConstant((long)factor), isSigned: false, result);
        }
    }

    private void MultiplyHigh(int register, int factor, bool isSigned, int result)
    {
        Begin(MachineOp.MultiplyHigh, 8).Condition = isSigned ? (byte)1 : (byte)0;
        In(register, Register.Rax);
        In(factor);
        Out(result, Register.Rdx);
        OutLost(Register.Rax);
        End();
    }

    private void DivideSigned(int value, ulong magnitude, int bytes, int result)
    {
        Magic magic = Magic.Signed(magnitude, bytes * 8);
        int dividend = Use(value, bytes), shifted;
        if (bytes == 4)
        {
            int extended = NewWord(8);
            EmitExtend(Source.Of(dividend), 4, Extension.Sign64, extended);
            shifted = ShiftConstant(ShiftOp.Sar, 8, Product(extended, (long)magic.Multiplier), 32 + magic.Shift);
        }
        else
        {
            int high = NewWord(8);
            MultiplyHigh(dividend, NewConstant((long)magic.Multiplier), isSigned: true, high);
            Source again = Source.Of(dividend);
            // As a signed number the multiplier is 2^64 too small.
            if ((long)magic.Multiplier < 0) high = Binary(MachineOp.Add, 8, high, in again);
            shifted = magic.Shift == 0 ? high : ShiftConstant(ShiftOp.Sar, 8, high, magic.Shift);
        }

        Source sign = Source.Of(ShiftConstant(ShiftOp.Shr, bytes, dividend, bytes * 8 - 1));
        Binary(MachineOp.Add, bytes, shifted, in sign, result);
    }

    /// <summary>A negative dividend is first raised by 2^k - 1, so that the shift rounds towards zero.</summary>
    private int Raised(int dividend, int bytes, int power)
    {
        int bits = bytes * 8;
        int sign = power == 1 ? dividend : ShiftConstant(ShiftOp.Sar, bytes, dividend, bits - 1);
        Source bias = Source.Of(ShiftConstant(ShiftOp.Shr, bytes, sign, bits - power));
        return Binary(MachineOp.Add, bytes, dividend, in bias);
    }

    private void QuotientByPower(int value, int bytes, int power, int result) =>
        ShiftConstant(ShiftOp.Sar, bytes, Raised(Use(value, bytes), bytes, power), power, result);

    private void RemainderOfPower(int index, ref IrNode node, int bytes, int power)
    {
        int dividend = Use(node.A, bytes), raised = Raised(dividend, bytes, power), multiple;
        if (power < 31)
        {
            Source mask = Source.Constant(-(1 << power));
            multiple = Binary(MachineOp.And, bytes, raised, in mask);
        }
        else
        {
            multiple = ShiftConstant(ShiftOp.Shl, bytes, ShiftConstant(ShiftOp.Shr, bytes, raised, power), power);
        }

        Source taken = Source.Of(multiple);
        Binary(MachineOp.Sub, bytes, dividend, in taken, Result(index));
    }

    private void FinishRemainder(int index, ref IrNode node, int bytes, long divisor, int quotient)
    {
        if (bytes == 4) divisor = (int)divisor;
        Source taken;
        if (divisor == (int)divisor)
        {
            Source source = Source.Of(quotient);
            int product = NewWord(bytes);
            Begin(MachineOp.MultiplyImmediate, bytes, in source).Immediate = divisor;
            In(in source);
            Out(product);
            End();
            taken = Source.Of(product);
        }
        else
        {
            Source source = Source.Of(quotient);
            taken = Source.Of(Binary(MachineOp.Multiply, bytes, NewConstant(divisor), in source));
        }

        Binary(MachineOp.Sub, bytes, Use(node.A, bytes), in taken, Result(index));
    }
}
