using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Gas;

namespace ContractVm.Compiler.Lowering;

/// <summary>Entry, charges, branches and returns.</summary>
internal sealed partial class Lowerer
{
    /// <summary>For each local that is kept in the frame its offset there.</summary>
    private int[] _localOffsets = [];

    private void PlaceLocals()
    {
        if (_localOffsets.Length < _ir.FrameLocalCount) _localOffsets = new int[_ir.FrameLocalCount];
        int bytes = 0;
        for (int i = 0; i < _ir.FrameLocalCount; i++)
        {
            if (_ir.FrameLocals[i] == IrType.None) continue;
            _localOffsets[i] = bytes;
            bytes += _ir.FrameLocals[i] == IrType.V128 ? 16 : 8;
        }

        _output.LocalBytes = bytes;
    }

    /// <summary>What comes in registers; the function's first instruction.</summary>
    private void LowerEntry()
    {
        ref IrBlock entry = ref _ir.Blocks[0];
        _origin = _ir.Nodes[entry.First].Origin;
        ref MachineInstruction instruction = ref Begin(MachineOp.Entry, 8);
        instruction.Condition = _entersFrame ? (byte)1 : (byte)0;
        instruction.Immediate = _frameWords;
        for (int i = entry.First; i < entry.End; i++)
        {
            ref IrNode node = ref _ir.Nodes[i];
            if (node.Op != IrOp.FunctionParameter || IsGone(i) || _virtuals[i] < 0) continue;
            ArgumentPlace place = _output.Convention.Parameters[(int)node.Immediate];
            if (place.IsRegister) Out(_virtuals[i], place.Register);
        }

        if (_entryWords >= 0) Out(_entryWords, Registers.Words);
        if (_entryResultArea >= 0) Out(_entryResultArea, Registers.ResultArea);
        End();
        EndGroup();
    }

    private void LowerParameter(int index, ref IrNode node)
    {
        ArgumentPlace place = _output.Convention.Parameters[(int)node.Immediate];
        if (place.IsRegister) return;
        Source source = Source.Of(SourceForm.Incoming, place.Offset);
        Unary(MachineOp.Load, BytesOf(node.Type), in source, Result(index));
    }

    /// <summary>
    /// Done at the entry, where the words come in: nothing may be written to the stack before.
    /// </summary>
    private void LowerEnterFrame(int index, ref IrNode node)
    {
        _entersFrame = true;
        _frameWords = node.Immediate;
        _entryWords = _virtuals[index];
    }

    private void LowerCharge(ref IrNode node)
    {
        if (node.Immediate != 0) Charge(node.Immediate);
    }

    private void Charge(long ink)
    {
        if (!_facts.Options.HasMetering) return;
        Begin(MachineOp.Charge, 8).Immediate = ink;
        End();
    }

    private void LowerChargeUnits(ref IrNode node)
    {
        if (!_facts.Options.HasMetering || node.Immediate == 0) return;
        if (IsConstant(node.A, out long units))
        {
            ulong number = _ir.Nodes[_ir.Resolve(node.A)].Type == IrType.I32 ? (uint)units : (ulong)units;
            ulong cost = Ink.Multiply(number, (ulong)node.Immediate);
            if (cost == 0) return;
            Begin(MachineOp.Charge, 8).Immediate = (long)cost;
            End();
            return;
        }

        int carrier = Carrier(node.A), register = UseCarrier(carrier);
        // A product of 32 and 31 bits cannot saturate.
        if (_ir.Nodes[carrier].Type == IrType.I32 && node.Immediate is > 0 and <= int.MaxValue)
        {
            Begin(MachineOp.ChargeUnits, 8).Immediate = node.Immediate;
            In(register);
            End();
            return;
        }

        Begin(MachineOp.ChargeUnitsWide, 8).Immediate = node.Immediate;
        In(register, Register.Rax);
        OutLost(Register.Rax);
        OutLost(Register.Rdx);
        End();
    }

    private void LowerLoadLocal(int index, ref IrNode node)
    {
        Source source = Source.Of(SourceForm.Local, _localOffsets[node.Immediate]);
        Unary(MachineOp.Load, BytesOf(node.Type), in source, Result(index));
    }

    private void LowerStoreLocal(ref IrNode node)
    {
        IrType type = _ir.FrameLocals[node.Immediate];
        Source target = Source.Of(SourceForm.Local, _localOffsets[node.Immediate]);
        if (!IsVectorType(type) && IsImmediate(node.A, 8, out long constant)) StoreImmediate(BytesOf(type), constant, in target);
        else Store(BytesOf(type), Use(node.A), in target);
    }

    private void LowerJump()
    {
        AddSuccessors();
        Begin(MachineOp.Jump, 8);
        End();
    }

    private void LowerBranch(ref IrNode node)
    {
        AddSuccessors();
        Comparison comparison = ConditionOf(node.A, isRoot: false);
        BeginComparison(in comparison, Consumer.Branch);
        End();
    }

    private void LowerBranchTable(ref IrNode node)
    {
        if (_ir.Blocks[_block].EdgeCount == 1)
        {
            // Whatever the index is, there is one way.
            LowerJump();
            return;
        }

        AddSuccessors();
        int first = _machine.ValueCount;
        // Only the last entry is for all indices from there on.
        foreach (int edge in _ir.List(node.B, node.C)) AddValue(edge);
        ref MachineInstruction instruction = ref Begin(MachineOp.BranchTable, 4);
        instruction.Auxiliary = first;
        instruction.Immediate = node.C;
        In(Use(node.A));
        Temporary();
        End();
    }

    private void LowerTrap(ref IrNode node)
    {
        AddSuccessors();
        Begin(MachineOp.Trap, 8).Immediate = node.Immediate;
        End();
    }

    private void LowerReturn(ref IrNode node)
    {
        AddSuccessors();
        CallingConvention convention = _output.Convention;
        ReadOnlySpan<int> values = _ir.List(node.A, node.B);
        for (int i = 0; i < convention.Results.Length; i++)
        {
            if (convention.Results[i].IsRegister) continue;
            Source target = Source.Of(SourceForm.Based, convention.Results[i].Offset, ResultArea());
            StoreSlot(values[i], in target);
        }

        Begin(MachineOp.Return, 8);
        for (int i = 0; i < convention.Results.Length; i++)
            if (convention.Results[i].IsRegister) In(Use(values[i]), convention.Results[i].Register);
        if (node.Extra == 1) In(Use(values[convention.Results.Length]), Registers.Words);
        End();
    }

    /// <summary>The area of the results that find no register, as the caller passed it.</summary>
    private int ResultArea()
    {
        if (_entryResultArea < 0) _entryResultArea = NewVirtual(VirtualKind.Word64);
        return _entryResultArea;
    }

    /// <summary>Stores a value where it has a slot of 8 or 16 bytes to itself.</summary>
    private void StoreSlot(int value, in Source target)
    {
        IrType type = _ir.Nodes[_ir.Resolve(value)].Type;
        if (!IsVectorType(type) && IsConstant(value, out long bits))
        {
            // The slot of an i32 has zeros above it.
            if (type == IrType.I32) bits = (uint)bits;
            if (bits == (int)bits)
            {
                StoreImmediate(8, bits, in target);
                return;
            }
        }

        Store(type == IrType.F32 ? 4 : type == IrType.V128 ? 16 : 8, Use(value), in target);
    }
}
