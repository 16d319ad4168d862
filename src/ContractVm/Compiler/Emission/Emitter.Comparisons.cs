using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Emission;

/// <summary>Comparisons and what goes by them.</summary>
internal sealed partial class Emitter
{
    private void EmitComparison(ref MachineInstruction instruction, int block)
    {
        byte condition = Detail.ConditionOf(in instruction);
        switch (Detail.ConsumerOf(in instruction))
        {
            case Consumer.Branch:
                EmitFlags(ref instruction, 0, condition);
                EmitBranch(condition, SuccessorOf(block, 0), SuccessorOf(block, 1));
                break;
            case Consumer.Set:
                EmitSet(ref instruction, condition);
                break;
            case Consumer.Select:
                EmitFlags(ref instruction, 2, condition);
                EmitSelect(ref instruction, condition);
                break;
            case Consumer.SelectVector:
                EmitFlags(ref instruction, 2, condition);
                EmitSelectVector(ref instruction, condition);
                break;
            default:
                EmitFlags(ref instruction, 0, condition);
                _assembler.Jcc((Condition)condition, TrapLabel((TrapKind)(instruction.Immediate >> 32), instruction.Origin));
                break;
        }
    }

    /// <summary>The comparison itself, whose operands begin with one of the instruction's.</summary>
    private void EmitFlags(ref MachineInstruction instruction, int operand, byte condition)
    {
        int bytes = Detail.Bytes(in instruction), immediate = (int)instruction.Immediate;
        bool isImmediate = Detail.Form(in instruction) == SourceForm.Immediate;
        switch ((MachineOp)instruction.Op)
        {
            case MachineOp.CompareMemory:
                _assembler.Alu(AluOp.Cmp, bytes, SourceAddress(ref instruction, operand), immediate);
                return;
            case MachineOp.TestMemory:
                _assembler.Test(bytes, SourceAddress(ref instruction, operand), immediate);
                return;
            case MachineOp.FloatCompare:
                VectorOp op = bytes == 4 ? VectorOp.Ucomiss : VectorOp.Ucomisd;
                Register first = RegisterOf(ref instruction, operand);
                if (IsInRegister(ref instruction, operand + 1)) _assembler.Vector(op, first, RegisterOf(ref instruction, operand + 1));
                else _assembler.Vector(op, first, SourceAddress(ref instruction, operand + 1));
                return;
            case MachineOp.TestVector:
                EmitTestVector(ref instruction, operand);
                return;
        }

        Register left = RegisterOf(ref instruction, operand);
        switch ((MachineOp)instruction.Op)
        {
            case MachineOp.Compare when isImmediate:
                _assembler.Alu(AluOp.Cmp, bytes, left, immediate);
                break;
            case MachineOp.Compare when IsInRegister(ref instruction, operand + 1):
                _assembler.Alu(AluOp.Cmp, bytes, left, RegisterOf(ref instruction, operand + 1));
                break;
            case MachineOp.Compare:
                _assembler.Alu(AluOp.Cmp, bytes, left, SourceAddress(ref instruction, operand + 1));
                break;
            case MachineOp.Test when isImmediate && immediate == -1:
                // Of an addition, too, the zero flag is right, but not what a comparison with zero makes of overflow and carry.
                if (!HasFlags(left, bytes) || (Condition)condition is not (Condition.E or Condition.NE)) _assembler.Test(bytes, left, left);
                break;
            case MachineOp.Test when isImmediate:
                // Whether there is any bit of the lowest byte, the byte itself tells.
                bool isByte = immediate is > 0 and <= byte.MaxValue && (Condition)condition is (Condition.E or Condition.NE);
                _assembler.Test(isByte ? 1 : bytes, left, immediate);
                break;
            case MachineOp.Test when IsInRegister(ref instruction, operand + 1):
                _assembler.Test(bytes, left, RegisterOf(ref instruction, operand + 1));
                break;
            case MachineOp.Test:
                _assembler.Test(bytes, SourceAddress(ref instruction, operand + 1), left);
                break;
            case MachineOp.BitTest when isImmediate:
                _assembler.Bt(bytes, left, immediate);
                break;
            default:
                Register bit = Registers.Scratch;
                if (IsInRegister(ref instruction, operand + 1)) bit = RegisterOf(ref instruction, operand + 1);
                else _assembler.Load(8, bit, SourceAddress(ref instruction, operand + 1));
                _assembler.Bt(bytes, left, bit);
                break;
        }
    }

    private void EmitBranch(byte condition, int target, int otherwise)
    {
        if (target == otherwise)
        {
            JumpTo(target);
            return;
        }

        if (target == _next)
        {
            (target, otherwise) = (otherwise, target);
            condition = Detail.Negate(condition);
        }

        if (condition == Detail.FloatNotEqual)
        {
            _assembler.Jcc(Condition.NE, LabelOf(target));
            _assembler.Jcc(Condition.P, LabelOf(target));
            JumpTo(otherwise);
        }
        else if (condition == Detail.FloatEqual)
        {
            _assembler.Jcc(Condition.NE, LabelOf(otherwise));
            _assembler.Jcc(Condition.NP, LabelOf(target));
            JumpTo(otherwise);
        }
        else
        {
            _assembler.Jcc((Condition)condition, LabelOf(target));
            JumpTo(otherwise);
        }
    }

    private void EmitSet(ref MachineInstruction instruction, byte condition)
    {
        Register target = ResultOf(ref instruction);
        bool isFree = true;
        for (int i = 0; i < instruction.OperandCount - 1; i++)
        {
            Location place = PlaceOf(ref instruction, i);
            if (place.Kind == LocationKind.Register && place.Register == target) isFree = false;
        }

        // Cleared before, where nothing is in it, it need not be extended after.
        if (isFree) _assembler.Alu(AluOp.Xor, 4, target, target);
        EmitFlags(ref instruction, 0, condition);
        switch (condition)
        {
            case Detail.FloatEqual:
                _assembler.Setcc(Condition.NP, Registers.Scratch);
                _assembler.Setcc(Condition.E, target);
                _assembler.Alu(AluOp.And, 1, target, Registers.Scratch);
                break;
            case Detail.FloatNotEqual:
                _assembler.Setcc(Condition.P, Registers.Scratch);
                _assembler.Setcc(Condition.NE, target);
                _assembler.Alu(AluOp.Or, 1, target, Registers.Scratch);
                break;
            default:
                _assembler.Setcc((Condition)condition, target);
                break;
        }

        if (!isFree) _assembler.Movzx(1, target, target);
    }

    private void EmitSelect(ref MachineInstruction instruction, byte condition)
    {
        Register target = ReplacedOf(ref instruction);
        int bytes = BytesOf(KindOf(ref instruction, instruction.OperandCount - 1));
        if (condition == Detail.FloatNotEqual)
        {
            EmitCmov(Condition.NE, bytes, target, PlaceOf(ref instruction, 1));
            EmitCmov(Condition.P, bytes, target, PlaceOf(ref instruction, 1));
        }
        else
        {
            EmitCmov((Condition)condition, bytes, target, PlaceOf(ref instruction, 1));
        }
    }

    private void EmitCmov(Condition condition, int bytes, Register target, Location chosen)
    {
        if (chosen.Kind == LocationKind.Register) _assembler.Cmov(condition, bytes, target, chosen.Register);
        else _assembler.Cmov(condition, bytes, target, SlotAt(chosen.Index));
    }

    private void EmitSelectVector(ref MachineInstruction instruction, byte condition)
    {
        Register target = ReplacedOf(ref instruction);
        Location chosen = PlaceOf(ref instruction, 1);
        Label over = _assembler.NewLabel();
        if (condition == Detail.FloatNotEqual)
        {
            Label take = _assembler.NewLabel();
            _assembler.Jcc(Condition.NE, take);
            _assembler.Jcc(Condition.NP, over);
            _assembler.Bind(take);
        }
        else
        {
            _assembler.Jcc(((Condition)condition).Negate(), over);
        }

        if (chosen.Kind == LocationKind.Register) _assembler.Vector(VectorOp.Movaps, target, chosen.Register);
        else Load(BytesOf(KindOf(ref instruction, 1)), target, SlotAt(chosen.Index));
        _assembler.Bind(over);
    }
}
