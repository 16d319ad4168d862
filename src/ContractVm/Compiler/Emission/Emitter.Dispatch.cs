using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Emission;

/// <summary>From machine operation to method, and the operations that have none.</summary>
internal sealed partial class Emitter
{
    private void EmitInstruction(ref MachineInstruction instruction, int block)
    {
        switch ((MachineOp)instruction.Op)
        {
            case MachineOp.Entry: EmitEntry(ref instruction); break;
            case MachineOp.Charge: EmitCharge(ref instruction); break;
            case MachineOp.ChargeUnits: EmitChargeUnits(ref instruction); break;
            case MachineOp.ChargeUnitsWide: EmitChargeUnitsWide(ref instruction); break;
            case MachineOp.Constant or MachineOp.FloatConstant: EmitConstant(ref instruction, ResultOf(ref instruction)); break;
            case MachineOp.Load: EmitLoad(ref instruction); break;
            case MachineOp.Store: Store(Detail.Bytes(in instruction), SourceAddress(ref instruction, 1), RegisterOf(ref instruction, 0)); break;
            case MachineOp.StoreImmediate: _assembler.Store(Detail.Bytes(in instruction), SourceAddress(ref instruction, 0), (int)instruction.Immediate); break;
            case MachineOp.Lea: EmitLea(ref instruction); break;
            case MachineOp.Extend: EmitExtend(ref instruction); break;
            case MachineOp.Add: EmitAlu(AluOp.Add, ref instruction); break;
            case MachineOp.Sub: EmitAlu(AluOp.Sub, ref instruction); break;
            case MachineOp.And: EmitAlu(AluOp.And, ref instruction); break;
            case MachineOp.Or: EmitAlu(AluOp.Or, ref instruction); break;
            case MachineOp.Xor: EmitAlu(AluOp.Xor, ref instruction); break;
            case MachineOp.Multiply: EmitMultiply(ref instruction); break;
            case MachineOp.MultiplyImmediate: EmitMultiplyImmediate(ref instruction); break;
            case MachineOp.MultiplyHighConstant: EmitMultiplyHighConstant(ref instruction); break;
            case MachineOp.MultiplyHigh: _assembler.Unary(instruction.Condition == 1 ? UnaryOp.Imul : UnaryOp.Mul, 8, RegisterOf(ref instruction, 1)); break;
            case MachineOp.Divide: EmitDivide(ref instruction); break;
            case MachineOp.Negate: _assembler.Unary(UnaryOp.Neg, Detail.Bytes(in instruction), ReplacedOf(ref instruction)); break;
            case MachineOp.ShiftConstant: EmitShiftConstant(ref instruction); break;
            case MachineOp.Shift: _assembler.Shift((ShiftOp)instruction.Condition, Detail.Bytes(in instruction), ReplacedOf(ref instruction)); break;
            case MachineOp.ShiftX:
                _assembler.ShiftX(
                    (ShiftOp)instruction.Condition, Detail.Bytes(in instruction), ResultOf(ref instruction), RegisterOf(ref instruction, 0), RegisterOf(ref instruction, 1));
                break;
            case MachineOp.RotateX: EmitRotateX(ref instruction); break;
            case MachineOp.LeadingZeros: EmitLeadingZeros(ref instruction); break;
            case MachineOp.TrailingZeros: EmitTrailingZeros(ref instruction); break;
            case MachineOp.PopulationCount: EmitBits(BitOp.Popcnt, ref instruction); break;
            case MachineOp.Compare or MachineOp.CompareMemory or MachineOp.Test or MachineOp.TestMemory or MachineOp.FloatCompare or MachineOp.BitTest
                or MachineOp.TestVector:
                EmitComparison(ref instruction, block);
                break;
            case MachineOp.FloatBinary: EmitFloatBinary(ref instruction); break;
            case MachineOp.FloatMinMax: EmitMinMax(ref instruction); break;
            case MachineOp.FloatUnary: EmitFloatUnary(ref instruction); break;
            case MachineOp.FloatSign: EmitSign(ref instruction); break;
            case MachineOp.CopySign: EmitCopySign(ref instruction); break;
            case MachineOp.CanonicalizeFloat: EmitCanonicalize(ref instruction); break;
            case MachineOp.CanonicalizeVector: EmitCanonicalizeVector(ref instruction); break;
            case MachineOp.CanonicalizeQuiet: EmitCanonicalizeQuiet(ref instruction); break;
            case MachineOp.RotateVector: _assembler.RotateLeft(isWide: instruction.Condition == 64, ResultOf(ref instruction), RegisterOf(ref instruction, 0), (int)instruction.Immediate); break;
            case MachineOp.FloatFromInteger: EmitFloatFromInteger(ref instruction); break;
            case MachineOp.IntegerFromFloat: EmitIntegerFromFloat(ref instruction); break;
            case MachineOp.ConvertFloat: EmitConvertFloat(ref instruction); break;
            case MachineOp.BitsOfFloat:
                _assembler.Vector(Detail.Bytes(in instruction) == 4 ? VectorOp.MovdToGeneral : VectorOp.MovqToGeneral, ResultOf(ref instruction), RegisterOf(ref instruction, 0));
                break;
            case MachineOp.FloatOfBits:
                _assembler.Vector(Detail.Bytes(in instruction) == 4 ? VectorOp.MovdFromGeneral : VectorOp.MovqFromGeneral, ResultOf(ref instruction), RegisterOf(ref instruction, 0));
                break;
            case MachineOp.CheckBounds: EmitCheckBounds(ref instruction); break;
            case MachineOp.CheckRange: EmitCheckRange(ref instruction); break;
            case MachineOp.CallFunction: EmitCallFunction(ref instruction); break;
            case MachineOp.CallImport: EmitCallImport(ref instruction); break;
            case MachineOp.CallDescriptor: EmitCallDescriptor(ref instruction); break;
            case MachineOp.CallBuiltin: EmitCallBuiltin(ref instruction); break;
            case MachineOp.CallBytes: EmitCallBytes(ref instruction); break;
            case MachineOp.CallThrow: EmitCallThrow(ref instruction); break;
            // What they stand for has been done by whoever came here, or is never come to.
            case MachineOp.Landing or MachineOp.NoReturn: break;
            case MachineOp.Invoke: JumpTo(SuccessorOf(block, 0)); break;
            case MachineOp.Jump: JumpTo(SuccessorOf(block, 0)); break;
            case MachineOp.BranchTable: EmitBranchTable(ref instruction, block); break;
            case MachineOp.Return: Leave(_frame, _function.Convention.ArgumentBytes); break;
            case MachineOp.Trap: EmitTrap((TrapKind)instruction.Immediate, instruction.Origin); break;
            case MachineOp.TailFunction: EmitTailFunction(ref instruction); break;
            case MachineOp.TailImport: EmitTailImport(ref instruction); break;
            case MachineOp.TailDescriptor: EmitTailDescriptor(ref instruction); break;
            default: EmitVector(ref instruction); break;
        }
    }

    private void EmitEntry(ref MachineInstruction instruction)
    {
        // Before a byte is written to the stack: the words say that there is room.
        if (instruction.Condition == 1)
        {
            Subtract(Registers.Words, instruction.Immediate);
            _assembler.Jcc(Condition.B, OutOfStackLabel());
        }

        if (_frame > 0) _assembler.Alu(AluOp.Sub, 8, Register.Rsp, _frame);
    }

    /// <summary>Subtracts an unsigned constant; carry tells that it was more than there was.</summary>
    private void Subtract(Register from, long amount)
    {
        if (amount is >= 0 and <= int.MaxValue)
        {
            _assembler.Alu(AluOp.Sub, 8, from, (int)amount);
            return;
        }

        _assembler.MovImmediate(8, Registers.Scratch, amount);
        _assembler.Alu(AluOp.Sub, 8, from, Registers.Scratch);
    }

    private void EmitCharge(ref MachineInstruction instruction)
    {
        Subtract(Registers.Ink, instruction.Immediate);
        _assembler.Jcc(Condition.B, OutOfInkLabel());
    }

    private void EmitChargeUnits(ref MachineInstruction instruction)
    {
        _assembler.Imul(8, Registers.Scratch, RegisterOf(ref instruction, 0), (int)instruction.Immediate);
        _assembler.Alu(AluOp.Sub, 8, Registers.Ink, Registers.Scratch);
        _assembler.Jcc(Condition.B, OutOfInkLabel());
    }

    /// <summary>Where the product has an upper half, the cost is 2^64 - 1.</summary>
    private void EmitChargeUnitsWide(ref MachineInstruction instruction)
    {
        _assembler.MovImmediate(8, Registers.Scratch, instruction.Immediate);
        _assembler.Unary(UnaryOp.Mul, 8, Registers.Scratch);
        _assembler.Alu(AluOp.Sbb, 8, Register.Rdx, Register.Rdx);
        _assembler.Alu(AluOp.Or, 8, Register.Rax, Register.Rdx);
        _assembler.Alu(AluOp.Sub, 8, Registers.Ink, Register.Rax);
        _assembler.Jcc(Condition.B, OutOfInkLabel());
    }

    private void EmitLoad(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Register target = ResultOf(ref instruction);
        Address source = SourceAddress(ref instruction, 0);
        Extension extension = (Extension)instruction.Condition;
        if (extension == Extension.Zero) Load(bytes, target, source);
        else _assembler.LoadSigned(bytes, extension == Extension.Sign32 ? 4 : 8, target, source);
    }

    private void EmitLea(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction), scale = instruction.Condition, offset = instruction.Auxiliary;
        Register target = ResultOf(ref instruction);
        switch (Detail.Form(in instruction))
        {
            case SourceForm.Heap:
                _assembler.Lea(bytes, target, Address.Of(Registers.Memory, RegisterOf(ref instruction, 0), 0, offset));
                break;
            case SourceForm.Results:
                _assembler.Lea(bytes, target, Address.Of(Register.Rsp, _resultsAt + offset));
                break;
            case SourceForm.Based:
                Register added = RegisterOf(ref instruction, 0);
                if (offset == 0) _assembler.Mov(bytes, target, added);
                else if (added != target) _assembler.Lea(bytes, target, Address.Of(added, offset));
                else
                {
                    _assembler.Alu(AluOp.Add, bytes, target, offset);
                    KeepFlags(target, bytes);
                }

                break;
            case SourceForm.BasedIndexed:
                Register first = RegisterOf(ref instruction, 0), second = RegisterOf(ref instruction, 1);
                if (scale == 0 && offset == 0 && (first == target || second == target)) _assembler.Alu(AluOp.Add, bytes, target, first == target ? second : first);
                else _assembler.Lea(bytes, target, Address.Of(first, second, scale, offset));
                break;
            case SourceForm.Scaled:
                _assembler.Lea(bytes, target, Address.Of(Register.None, RegisterOf(ref instruction, 0), scale, offset));
                break;
            default:
                throw new NodeFaultException("an address of an unknown form");
        }
    }

    private void EmitExtend(ref MachineInstruction instruction)
    {
        int bytes = Detail.Bytes(in instruction);
        Register target = ResultOf(ref instruction);
        Extension extension = (Extension)instruction.Condition;
        int toBytes = extension == Extension.Sign32 ? 4 : 8;
        if (!IsInRegister(ref instruction, 0))
        {
            // The lower bytes of a slot are the lower bytes of the value.
            Address slot = SourceAddress(ref instruction, 0);
            if (extension == Extension.Zero) _assembler.Load(bytes, target, slot);
            else _assembler.LoadSigned(bytes, toBytes, target, slot);
            return;
        }

        Register source = RegisterOf(ref instruction, 0);
        if (extension == Extension.Zero) _assembler.Movzx(bytes, target, source);
        else _assembler.Movsx(bytes, toBytes, target, source);
    }

    /// <summary>Address + constant compared with the length, where neither sum may wrap unseen.</summary>
    private void EmitCheckBounds(ref MachineInstruction instruction)
    {
        Register address = RegisterOf(ref instruction, 0);
        Label trap = TrapLabel(TrapKind.MemoryOutOfBounds, instruction.Origin);
        bool isWide = Detail.Bytes(in instruction) == 8;
        if (!isWide && instruction.Immediate is >= 0 and <= int.MaxValue)
        {
            _assembler.Lea(8, Registers.Scratch, Address.Of(address, (int)instruction.Immediate));
        }
        else
        {
            _assembler.MovImmediate(8, Registers.Scratch, instruction.Immediate);
            _assembler.Alu(AluOp.Add, 8, Registers.Scratch, address);
            if (isWide) _assembler.Jcc(Condition.B, trap);
        }

        _assembler.Alu(AluOp.Cmp, 8, Registers.Scratch, Address.Of(RegisterOf(ref instruction, 1), MemoryDescriptor.ByteLength));
        _assembler.Jcc(Condition.A, trap);
    }

    private void EmitCheckRange(ref MachineInstruction instruction)
    {
        _assembler.Lea(8, Registers.Scratch, Address.Of(RegisterOf(ref instruction, 0), RegisterOf(ref instruction, 1)));
        _assembler.Alu(AluOp.Cmp, 8, Registers.Scratch, Address.Of(RegisterOf(ref instruction, 2), MemoryDescriptor.ByteLength));
        _assembler.Jcc(Condition.A, TrapLabel(TrapKind.MemoryOutOfBounds, instruction.Origin));
    }

    /// <summary>A table of no more runs of one target than that, those of the last target not counted, is a chain of comparisons.</summary>
    private const int MostComparisons = 4;

    private void EmitBranchTable(ref MachineInstruction instruction, int block)
    {
        int count = (int)instruction.Immediate, last = count - 1;
        System.ReadOnlySpan<int> entries = System.MemoryExtensions.AsSpan(_machine.Values, instruction.Auxiliary, count);
        Register index = RegisterOf(ref instruction, 0), way = RegisterOf(ref instruction, 1);
        int otherwise = SuccessorOf(block, entries[last]);
        System.Span<(int First, int Last, int Target)> runs = stackalloc (int, int, int)[MostComparisons];
        int found = 0;
        for (int i = 0; i < last && found <= MostComparisons; i++)
        {
            int target = SuccessorOf(block, entries[i]);
            if (target == otherwise) continue;
            if (found > 0 && runs[found - 1].Last == i - 1 && runs[found - 1].Target == target) runs[found - 1].Last = i;
            else if (found++ < MostComparisons) runs[found - 1] = (i, i, target);
        }

        if (found <= MostComparisons)
        {
            EmitComparisons(runs[..found], index, way, otherwise);
            return;
        }

        if (_tableTargets.Length < last) _tableTargets = new Label[last];
        for (int i = 0; i < last; i++) _tableTargets[i] = LabelOf(SuccessorOf(block, entries[i]));
        _assembler.Alu(AluOp.Cmp, 4, index, last);
        _assembler.Jcc(Condition.AE, LabelOf(otherwise));
        _assembler.LeaTable(Registers.Scratch, System.MemoryExtensions.AsSpan(_tableTargets, 0, last));
        _assembler.LoadSigned(4, 8, way, Address.Of(Registers.Scratch, index, 2));
        _assembler.Alu(AluOp.Add, 8, way, Registers.Scratch);
        _assembler.Jmp(way);
    }

    private void EmitComparisons(System.ReadOnlySpan<(int First, int Last, int Target)> runs, Register index, Register way, int otherwise)
    {
        for (int i = 0; i < runs.Length; i++)
        {
            (int first, int last, int target) = runs[i];
            Condition isInside = first == last ? Condition.E : Condition.BE;
            if (last == 0)
            {
                _assembler.Test(4, index, index);
            }
            else if (first == last || first == 0)
            {
                _assembler.Alu(AluOp.Cmp, 4, index, last);
            }
            else
            {
                _assembler.Lea(4, way, Address.Of(index, -first));
                _assembler.Alu(AluOp.Cmp, 4, way, last - first);
            }

            if (i == runs.Length - 1 && target == _next)
            {
                _assembler.Jcc(isInside.Negate(), LabelOf(otherwise));
                return;
            }

            _assembler.Jcc(isInside, LabelOf(target));
        }

        JumpTo(otherwise);
    }

    private Label[] _tableTargets = [];
}
