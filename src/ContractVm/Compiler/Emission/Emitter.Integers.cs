using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Emission;

/// <summary>Integer arithmetic.</summary>
internal sealed partial class Emitter
{
    private void EmitAlu(AluOp op, ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Register target = ReplacedOf(ref instruction);
        if (Detail.Form(in instruction) == SourceForm.Immediate) _assembler.Alu(op, bytes, target, (int)instruction.Immediate);
        else if (IsInRegister(ref instruction, 1)) _assembler.Alu(op, bytes, target, RegisterOf(ref instruction, 1));
        else _assembler.Alu(op, bytes, target, SourceAddress(ref instruction, 1));
        KeepFlags(target, bytes);
    }

    private void EmitShiftConstant(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Register target = ReplacedOf(ref instruction);
        ShiftOp op = (ShiftOp)instruction.Condition;
        _assembler.Shift(op, bytes, target, (int)instruction.Immediate);
        // Rotations leave the zero flag as it was.
        if (op >= ShiftOp.Shl) KeepFlags(target, bytes);
    }

    private void EmitMultiply(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Register target = ReplacedOf(ref instruction);
        if (IsInRegister(ref instruction, 1)) _assembler.Imul(bytes, target, RegisterOf(ref instruction, 1));
        else _assembler.Imul(bytes, target, SourceAddress(ref instruction, 1));
    }

    private void EmitMultiplyImmediate(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction), factor = (int)instruction.Immediate;
        Register target = ResultOf(ref instruction);
        if (IsInRegister(ref instruction, 0)) _assembler.Imul(bytes, target, RegisterOf(ref instruction, 0), factor);
        else _assembler.Imul(bytes, target, SourceAddress(ref instruction, 0), factor);
    }

    private void EmitMultiplyHighConstant(ref MachineInstruction instruction)
    {
        Register target = ResultOf(ref instruction);
        _assembler.MovImmediate(8, Register.Rdx, instruction.Immediate);
        _assembler.Mulx(8, target, target, RegisterOf(ref instruction, 0));
    }

    private void EmitDivide(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Register divisor = RegisterOf(ref instruction, 1);
        Division division = (Division)instruction.Condition;
        _assembler.Test(bytes, divisor, divisor);
        _assembler.Jcc(Condition.E, TrapLabel(TrapKind.DivideByZero, instruction.Origin));
        if (division is Division.Unsigned or Division.UnsignedRemainder)
        {
            _assembler.Alu(AluOp.Xor, 4, Register.Rdx, Register.Rdx);
            _assembler.Unary(UnaryOp.Div, bytes, divisor);
            return;
        }

        // The processor faults at the smallest number divided by -1.
        _assembler.Alu(AluOp.Cmp, bytes, divisor, -1);
        ref ColdCode cold = ref AddCold(ColdKind.DivideByMinusOne, ref instruction);
        _assembler.Jcc(Condition.E, cold.Start);
        if (bytes == 8) _assembler.Cqo();
        else _assembler.Cdq();
        _assembler.Unary(UnaryOp.Idiv, bytes, divisor);
        _assembler.Bind(cold.Back);
    }

    private void EmitDivideByMinusOne(ref MachineInstruction instruction)
    {
        if ((Division)instruction.Condition == Division.SignedRemainder)
        {
            _assembler.Alu(AluOp.Xor, 4, Register.Rdx, Register.Rdx);
            return;
        }

        _assembler.Unary(UnaryOp.Neg, Detail.Bytes(in instruction), Register.Rax);
        _assembler.Jcc(Condition.O, TrapLabel(TrapKind.IntegerOverflow, instruction.Origin));
    }

    private void EmitRotateX(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction), count = (int)instruction.Immediate;
        Register target = ResultOf(ref instruction);
        if (IsInRegister(ref instruction, 0)) _assembler.Rorx(bytes, target, RegisterOf(ref instruction, 0), count);
        else _assembler.Rorx(bytes, target, SourceAddress(ref instruction, 0), count);
    }

    private void EmitBits(BitOp op, ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Register target = ResultOf(ref instruction);
        if (IsInRegister(ref instruction, 0)) _assembler.Bits(op, bytes, target, RegisterOf(ref instruction, 0));
        else _assembler.Bits(op, bytes, target, SourceAddress(ref instruction, 0));
    }

    private void EmitLeadingZeros(ref MachineInstruction instruction)
    {
        if (_options.Cpu.Lzcnt)
        {
            EmitBits(BitOp.Lzcnt, ref instruction);
            return;
        }

        // The number of the highest one; of zero, a number that comes out as the number of bits.
        int bytes = Detail.Bytes(in instruction), bits = bytes * 8;
        EmitBits(BitOp.Bsr, ref instruction);
        _assembler.MovImmediate(4, Registers.Scratch, 2 * bits - 1);
        _assembler.Cmov(Condition.E, bytes, ResultOf(ref instruction), Registers.Scratch);
        _assembler.Alu(AluOp.Xor, 4, ResultOf(ref instruction), bits - 1);
    }

    private void EmitTrailingZeros(ref MachineInstruction instruction)
    {
        if (_options.Cpu.Bmi1)
        {
            EmitBits(BitOp.Tzcnt, ref instruction);
            return;
        }

        int bytes = Detail.Bytes(in instruction);
        EmitBits(BitOp.Bsf, ref instruction);
        _assembler.MovImmediate(4, Registers.Scratch, bytes * 8);
        _assembler.Cmov(Condition.E, bytes, ResultOf(ref instruction), Registers.Scratch);
    }
}
