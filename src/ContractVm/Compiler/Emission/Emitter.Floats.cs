using System;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Interpreter;

namespace ContractVm.Compiler.Emission;

/// <summary>Floats and conversions. Vector operations come in pairs: that of a float, that of a double after it.</summary>
internal sealed partial class Emitter
{
    private const long TwoTo63AsSingle = 0x5F00_0000, TwoTo63AsDouble = 0x43E0_0000_0000_0000;
    private const long MinusTwoTo63AsSingle = 0xDF00_0000, MinusTwoTo63AsDouble = unchecked((long)0xC3E0_0000_0000_0000);

    private static VectorOp Of(VectorOp single, int bytes) => bytes == 4 ? single : single + 1;

    /// <summary>A constant of the operand size in memory.</summary>
    private Address FloatConstant(int bytes, long single, long wide) => PoolConstant(bytes, bytes == 4 ? single : wide, 0);

    /// <summary>The signs of all floats of a vector.</summary>
    private Address Signs(int bytes)
    {
        ulong half = bytes == 4 ? 0x8000_0000_8000_0000 : 0x8000_0000_0000_0000;
        return _assembler.Constant128(half, half);
    }

    /// <summary>All but the signs.</summary>
    private Address Magnitudes(int bytes)
    {
        ulong half = bytes == 4 ? 0x7FFF_FFFF_7FFF_FFFFUL : 0x7FFF_FFFF_FFFF_FFFF;
        return _assembler.Constant128(half, half);
    }

    private void EmitFloatBinary(ref MachineInstruction instruction)
    {
        VectorOp op = Of(
            (FloatOperation)instruction.Condition switch
            {
                FloatOperation.Add => VectorOp.Addss,
                FloatOperation.Subtract => VectorOp.Subss,
                FloatOperation.Multiply => VectorOp.Mulss,
                _ => VectorOp.Divss,
            },
            Detail.Bytes(in instruction));
        Register target = ResultOf(ref instruction), first = RegisterOf(ref instruction, 0);
        if (IsInRegister(ref instruction, 1)) _assembler.Vector(op, target, first, RegisterOf(ref instruction, 1));
        else _assembler.Vector(op, target, first, SourceAddress(ref instruction, 1));
    }

    private void EmitFloatUnary(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        FloatOperation operation = (FloatOperation)instruction.Condition;
        VectorOp op = Of(operation == FloatOperation.SquareRoot ? VectorOp.Sqrtss : VectorOp.Roundss, bytes);
        // 8: inexact results are no exception; the lower bits say which way.
        int immediate = operation switch
        {
            FloatOperation.Floor => 9,
            FloatOperation.Ceiling => 10,
            FloatOperation.Truncate => 11,
            FloatOperation.Nearest => 8,
            _ => 0,
        };
        EmitMerging(op, ref instruction, immediate);
    }

    /// <summary>An instruction that leaves the upper part of its target as it was: so that it need not wait for that, it is cleared.</summary>
    private void EmitMerging(VectorOp op, ref MachineInstruction instruction, int immediate = 0)
    {
        Register target = ResultOf(ref instruction);
        if (IsInRegister(ref instruction, 0))
        {
            Register source = RegisterOf(ref instruction, 0);
            if (source != target && (!_options.Cpu.Avx || !Registers.IsVector(source))) Clear(target);
            _assembler.Vector(op, target, source, immediate);
        }
        else
        {
            Clear(target);
            _assembler.Vector(op, target, SourceAddress(ref instruction, 0), immediate);
        }
    }

    private void EmitSign(ref MachineInstruction instruction)
    {
        Register target = ResultOf(ref instruction), value = RegisterOf(ref instruction, 0);
        int bytes = Detail.Bytes(in instruction);
        if (instruction.Condition == 0) _assembler.Vector(VectorOp.Andps, target, value, Magnitudes(bytes));
        else _assembler.Vector(VectorOp.Xorps, target, value, Signs(bytes));
    }

    private void EmitCopySign(ref MachineInstruction instruction)
    {
        Register target = ReplacedOf(ref instruction);
        int bytes = Detail.Bytes(in instruction);
        _assembler.Vector(VectorOp.Movaps, Registers.VectorScratch, RegisterOf(ref instruction, 1));
        _assembler.Vector(VectorOp.Andps, Registers.VectorScratch, Registers.VectorScratch, Signs(bytes));
        _assembler.Vector(VectorOp.Andps, target, target, Magnitudes(bytes));
        _assembler.Vector(VectorOp.Orps, target, target, Registers.VectorScratch);
    }

    /// <summary>minss and maxss give their second operand where both are zeros or one is a NaN: both cases are seen to elsewhere.</summary>
    private void EmitMinMax(ref MachineInstruction instruction)
    {
        Register target = ReplacedOf(ref instruction), second = RegisterOf(ref instruction, 1);
        int bytes = Detail.Bytes(in instruction);
        Label notANumber = AddCold(ColdKind.MinMaxOfNaN, ref instruction).Start;
        _assembler.Vector(Of(VectorOp.Ucomiss, bytes), target, second);
        _assembler.Jcc(Condition.P, notANumber);
        Label equal = AddCold(ColdKind.MinMaxOfEqual, ref instruction).Start;
        _assembler.Jcc(Condition.E, equal);
        _assembler.Vector(Of(instruction.Condition == 1 ? VectorOp.Maxss : VectorOp.Minss, bytes), target, target, second);
        BindBack(2);
    }

    private void EmitMinMaxOfNaN(ref MachineInstruction instruction)
    {
        Register target = ReplacedOf(ref instruction);
        _assembler.Vector(Of(VectorOp.Addss, Detail.Bytes(in instruction)), target, target, RegisterOf(ref instruction, 1));
    }

    /// <summary>Equal ones have the same bits, but for zeros: the minimum has either's sign, the maximum only a common one.</summary>
    private void EmitMinMaxOfEqual(ref MachineInstruction instruction)
    {
        Register target = ReplacedOf(ref instruction);
        _assembler.Vector(instruction.Condition == 1 ? VectorOp.Andps : VectorOp.Orps, target, target, RegisterOf(ref instruction, 1));
    }

    private void EmitCanonicalize(ref MachineInstruction instruction)
    {
        Register target = ReplacedOf(ref instruction);
        _assembler.Vector(Of(VectorOp.Ucomiss, Detail.Bytes(in instruction)), target, target);
        ref ColdCode cold = ref AddCold(ColdKind.Canonicalize, ref instruction);
        _assembler.Jcc(Condition.P, cold.Start);
        _assembler.Bind(cold.Back);
    }

    private void EmitCanonicalNaN(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Load(bytes, ReplacedOf(ref instruction), FloatConstant(bytes, FloatMath.CanonicalNaN32, (long)FloatMath.CanonicalNaN64));
    }

    private void EmitConvertFloat(ref MachineInstruction instruction) => EmitMerging(Detail.Bytes(in instruction) == 4 ? VectorOp.Cvtss2sd : VectorOp.Cvtsd2ss, ref instruction);

    private void EmitFloatFromInteger(ref MachineInstruction instruction)
    {
        IntegerKind kind = (IntegerKind)instruction.Condition;
        int bytes = Detail.Bytes(in instruction);
        VectorOp wide = Of(VectorOp.Cvtsi2ss64, bytes);
        if (kind != (IntegerKind.Wide | IntegerKind.Unsigned))
        {
            // An unsigned number of 32 bits is a signed one of 64.
            EmitMerging(kind == IntegerKind.None ? Of(VectorOp.Cvtsi2ss, bytes) : wide, ref instruction);
            return;
        }

        Register target = ResultOf(ref instruction), value = TakeInteger(ref instruction);
        Clear(target);
        _assembler.Test(8, value, value);
        ref ColdCode cold = ref AddCold(ColdKind.FloatFromLargeInteger, ref instruction);
        _assembler.Jcc(Condition.S, cold.Start);
        _assembler.Vector(wide, target, value);
        _assembler.Bind(cold.Back);
    }

    /// <summary>An integer operand in a register: its own, or the scratch one where it is in a slot.</summary>
    private Register TakeInteger(ref MachineInstruction instruction)
    {
        if (IsInRegister(ref instruction, 0)) return RegisterOf(ref instruction, 0);
        _assembler.Load(8, Registers.Scratch, SourceAddress(ref instruction, 0));
        return Registers.Scratch;
    }

    /// <summary>Halved, with the lost bit kept as a sticky one, so that it is rounded once, as it should be; then doubled.</summary>
    private void EmitFloatFromLargeInteger(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Register target = ResultOf(ref instruction);
        if (IsInRegister(ref instruction, 0)) _assembler.Mov(8, Registers.Scratch, RegisterOf(ref instruction, 0));
        _assembler.Shift(ShiftOp.Shr, 8, Registers.Scratch, 1);
        Label isEven = _assembler.NewLabel();
        _assembler.Jcc(Condition.AE, isEven);
        _assembler.Alu(AluOp.Or, 8, Registers.Scratch, 1);
        _assembler.Bind(isEven);
        _assembler.Vector(Of(VectorOp.Cvtsi2ss64, bytes), target, Registers.Scratch);
        _assembler.Vector(Of(VectorOp.Addss, bytes), target, target, target);
    }

    /// <summary>
    /// The processor gives the smallest number for whatever does not fit: where that comes out, the cold part looks closer. Unsigned numbers of 32 bits are
    /// converted as 64 bits and must have a zero upper half.
    /// </summary>
    private void EmitIntegerFromFloat(ref MachineInstruction instruction)
    {
        IntegerKind kind = (IntegerKind)instruction.Condition & ~IntegerKind.Saturating;
        int bytes = Detail.Bytes(in instruction);
        Register target = ResultOf(ref instruction), value = RegisterOf(ref instruction, 0);
        ref ColdCode cold = ref AddCold(ColdKind.IntegerFromFloat, ref instruction);
        _assembler.Vector(Of(kind == IntegerKind.None ? VectorOp.Cvttss2si : VectorOp.Cvttss2si64, bytes), target, value);
        switch (kind)
        {
            case IntegerKind.None:
                _assembler.Alu(AluOp.Cmp, 4, target, 1);
                _assembler.Jcc(Condition.O, cold.Start);
                break;
            case IntegerKind.Unsigned:
                _assembler.Mov(4, Registers.Scratch, target);
                _assembler.Alu(AluOp.Cmp, 8, Registers.Scratch, target);
                _assembler.Jcc(Condition.NE, cold.Start);
                break;
            case IntegerKind.Wide:
                _assembler.Alu(AluOp.Cmp, 8, target, 1);
                _assembler.Jcc(Condition.O, cold.Start);
                break;
            default:
                _assembler.Test(8, target, target);
                _assembler.Jcc(Condition.S, cold.Start);
                break;
        }

        _assembler.Bind(cold.Back);
    }

    private void EmitIntegerFromFloatCold(ref MachineInstruction instruction, Label back)
    {
        IntegerKind kind = (IntegerKind)instruction.Condition;
        if ((kind & IntegerKind.Saturating) != 0) EmitSaturating(ref instruction, kind & ~IntegerKind.Saturating, back);
        else EmitTrapping(ref instruction, kind, back);
    }

    private void EmitTrapping(ref MachineInstruction instruction, IntegerKind kind, Label back)
    {
        int bytes = Detail.Bytes(in instruction);
        Register target = ResultOf(ref instruction), value = RegisterOf(ref instruction, 0);
        Label overflow = TrapLabel(TrapKind.IntegerOverflow, instruction.Origin);
        _assembler.Vector(Of(VectorOp.Ucomiss, bytes), value, value);
        _assembler.Jcc(Condition.P, TrapLabel(TrapKind.InvalidConversion, instruction.Origin));
        switch (kind)
        {
            case IntegerKind.None:
                // It may be the smallest number itself, or a little below, which is cut off.
                _assembler.Vector(Of(VectorOp.Cvttss2si64, bytes), Registers.Scratch, value);
                _assembler.Alu(AluOp.Cmp, 8, Registers.Scratch, int.MinValue);
                _assembler.Jcc(Condition.NE, overflow);
                break;
            case IntegerKind.Unsigned:
                _assembler.Jmp(overflow);
                return;
            case IntegerKind.Wide:
                // No float lies between the smallest number and the next below, whose integer is another.
                _assembler.Vector(Of(VectorOp.Ucomiss, bytes), value, FloatConstant(bytes, MinusTwoTo63AsSingle, MinusTwoTo63AsDouble));
                _assembler.Jcc(Condition.NE, overflow);
                break;
            default:
                EmitUpperHalf(bytes, target, value);
                _assembler.Jcc(Condition.S, overflow);
                _assembler.Alu(AluOp.Xor, 8, target, SignBit());
                break;
        }

        _assembler.Jmp(back);
    }

    /// <summary>Converts a number from 2^63 on, less 2^63, which is exact; the sign flag tells whether it was none or too large.</summary>
    private void EmitUpperHalf(int bytes, Register target, Register value)
    {
        _assembler.Vector(VectorOp.Movaps, Registers.VectorScratch, value);
        _assembler.Vector(Of(VectorOp.Subss, bytes), Registers.VectorScratch, Registers.VectorScratch, FloatConstant(bytes, TwoTo63AsSingle, TwoTo63AsDouble));
        _assembler.Vector(Of(VectorOp.Cvttss2si64, bytes), target, Registers.VectorScratch);
        _assembler.Test(8, target, target);
    }

    private Address SignBit() => _assembler.Constant64(1UL << 63);

    private void EmitSaturating(ref MachineInstruction instruction, IntegerKind kind, Label back)
    {
        int bytes = Detail.Bytes(in instruction), size = (kind & IntegerKind.Wide) != 0 ? 8 : 4;
        bool isUnsigned = (kind & IntegerKind.Unsigned) != 0;
        Register target = ResultOf(ref instruction), value = RegisterOf(ref instruction, 0);
        Clear(Registers.VectorScratch);
        _assembler.Vector(Of(VectorOp.Ucomiss, bytes), value, Registers.VectorScratch);
        Label zero = _assembler.NewLabel();
        _assembler.Jcc(Condition.P, zero);
        if (!isUnsigned)
        {
            // Below zero the result is the smallest number, which stands there already.
            _assembler.Jcc(Condition.B, back);
            _assembler.MovImmediate(size, target, size == 8 ? long.MaxValue : int.MaxValue);
            _assembler.Jmp(back);
        }
        else
        {
            _assembler.Jcc(Condition.BE, zero);
            Label largest = _assembler.NewLabel();
            if (size == 8)
            {
                EmitUpperHalf(bytes, target, value);
                _assembler.Jcc(Condition.S, largest);
                _assembler.Alu(AluOp.Xor, 8, target, SignBit());
                _assembler.Jmp(back);
            }

            _assembler.Bind(largest);
            _assembler.MovImmediate(size, target, -1);
            _assembler.Jmp(back);
        }

        _assembler.Bind(zero);
        _assembler.Alu(AluOp.Xor, 4, target, target);
        _assembler.Jmp(back);
    }
}
