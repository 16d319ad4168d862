using System;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Interpreter;

/// <summary>Ends of constructs, branches and returns.</summary>
internal sealed partial class Translator
{
    private void TranslateElse()
    {
        ref Construct construct = ref _constructs[_depth - 1];
        if (!_isDead)
        {
            FlushFrom(construct.Height);
            EmitPending(InternalOp.Jump, ref construct, 0);
        }

        SetTarget(construct.ElseJump, _count);
        construct.ElseJump = -1;
        _isDead = false;
        ResetTo(construct.Height, construct.Type.Parameters);
    }

    private void TranslateEnd()
    {
        if (!_isDead && _depth == 1)
        {
            EmitReturn();
            _depth = 0;
            return;
        }

        ref Construct construct = ref _constructs[--_depth];
        if (construct.Opcode == Opcode.TryTable && !construct.IsDead) _handlers.Close(_count);
        if (_depth == 0) return;
        if (!_isDead) FlushFrom(construct.Height);
        if (construct.ElseJump >= 0)
        {
            SetTarget(construct.ElseJump, _count);
            _isDead = false;
        }

        for (int jump = construct.PendingJumps; jump >= 0;)
        {
            int next = TargetOf(jump);
            SetTarget(jump, _count);
            jump = next;
            _isDead = false;
        }

        ResetTo(construct.Height, construct.Type.Results);
    }

    private void EmitReturn() => EmitReturn(_frameWords);

    /// <param name="words">Words that the return gives back.</param>
    private void EmitReturn(int words)
    {
        int results = _type.Results.Length;
        if (results == 0)
        {
            Emit(InternalOp.Return, words, 0, _headerSlot);
        }
        else if (results == 1)
        {
            int slot = PeekSlot();
            if (_type.Results[0] == ValueType.V128) Emit(InternalOp.ReturnMany, words, slot, _headerSlot, 2);
            else Emit(InternalOp.ReturnOne, words, slot, _headerSlot);
        }
        else
        {
            FlushFrom(_height - results);
            int from = HomeOf(_height - results);
            Emit(InternalOp.ReturnMany, words, from, _headerSlot, (ushort)(_nextHome - from));
        }
    }

    /// <summary>Words that a branch out of the function gives back: under Stylus' rule none, they are lost until the execution ends.</summary>
    private int BranchRefund => module.Profile.Schedule.StackRule == StackRule.Stylus ? 0 : _frameWords;

    /// <summary>Emits an unconditional branch; operands stay as they are.</summary>
    private void EmitBranch(int depth)
    {
        if (depth == _depth - 1)
        {
            EmitReturn(BranchRefund);
            return;
        }

        ref Construct construct = ref _constructs[_depth - 1 - depth];
        EmitLabelCopies(ref construct);
        EmitJump(ref construct);
    }

    private static int ArityOf(ref Construct construct) =>
        construct.Opcode == Opcode.Loop ? construct.Type.Parameters.Length : construct.Type.Results.Length;

    /// <summary>Copies the label's operands to where the label expects them. First to last: sources lie at or above targets.</summary>
    private void EmitLabelCopies(ref Construct construct)
    {
        int arity = ArityOf(ref construct), target = construct.Home;
        if (arity == 0) return;
        if (arity == 1)
        {
            int slot = PeekSlot();
            if (slot != target) EmitCopy(_operands[_height - 1].IsVector, target, slot);
            return;
        }

        FlushFrom(_height - arity);
        int source = HomeOf(_height - arity);
        if (source != target) Emit(InternalOp.CopySpan, target, source, _nextHome - source);
    }

    private void EmitJump(ref Construct construct)
    {
        if (construct.Opcode != Opcode.Loop)
        {
            EmitPending(InternalOp.Jump, ref construct, 0);
            return;
        }

        Emit(InternalOp.Jump, 0, 0, 0);
        SetTarget(_count - 1, construct.Start);
    }

    /// <summary>Emits a jump whose target is not known yet, and links it to the construct.</summary>
    private void EmitPending(InternalOp op, ref Construct construct, int condition)
    {
        if (op == InternalOp.Jump) Emit(op, 0, construct.PendingJumps, 0);
        else Emit(op, 0, condition, construct.PendingJumps);
        construct.PendingJumps = _count - 1;
    }

    private void TranslateBranchIf(int depth) => TranslateBranchIf(depth, InternalOp.JumpIfNonZero, InternalOp.JumpIfZero, PopSlot(), null);

    /// <summary>
    /// Branches where the operation finds its condition in a slot; the other one is the opposite. The word, where there is
    /// one, follows the jump.
    /// </summary>
    private void TranslateBranchIf(int depth, InternalOp whenTrue, InternalOp whenFalse, int condition, Instruction? word)
    {
        bool isReturn = depth == _depth - 1;
        ref Construct construct = ref _constructs[_depth - 1 - depth];
        int arity = ArityOf(ref construct);
        if (arity > 1) FlushFrom(_height - arity);
        bool needsCopies = arity > 0 && !(arity > 1 && _height - arity == construct.Height)
            && !(arity == 1 && _operands[_height - 1].Kind == OperandKind.Home && _height - 1 == construct.Height);
        if (!isReturn && !needsCopies)
        {
            int jump = _count;
            bool isForward = construct.Opcode != Opcode.Loop;
            if (isForward) EmitPending(whenTrue, ref construct, condition);
            else Emit(whenTrue, 0, condition, 0);
            if (word is Instruction follows) Emit(InternalOp.Unreachable) = follows;
            if (!isForward) SetTarget(jump, construct.Start);
            return;
        }

        int skip = _count;
        Emit(whenFalse, 0, condition, 0);
        if (word is Instruction after) Emit(InternalOp.Unreachable) = after;
        EmitBranch(depth);
        SetTarget(skip, _count);
        _producer = -1;
    }

    /// <summary>
    /// The table's entries are jumps, executed in place. An entry whose label wants its operands elsewhere jumps to a stub
    /// that copies them; labels share stubs, so the size stays linear in the number of targets.
    /// </summary>
    private void TranslateBranchTable(ref ByteReader reader)
    {
        int count = (int)reader.ReadU32("br_table's targets");
        int index = PopSlot();
        int targets = reader.Position;
        for (int i = 0; i <= count; i++) reader.ReadU32("a label");
        FlushFrom(0);
        Emit(InternalOp.JumpTable, 0, index, count);
        int table = _count;
        if (_stubs.Length < _depth) _stubs = new int[Math.Max(_depth, 64)];
        ByteReader labels = new(module.Bytes.Span, new ByteRange(targets, reader.Position));
        for (int i = 0; i <= count; i++)
        {
            int depth = (int)labels.ReadU32("a label");
            _stubs[depth] = -1;
            if (depth == _depth - 1) EmitReturn(BranchRefund);
            else if (NeedsStub(depth)) Emit(InternalOp.Jump, 0, 0, 0);
            else EmitJump(ref _constructs[_depth - 1 - depth]);
        }

        labels = new ByteReader(module.Bytes.Span, new ByteRange(targets, reader.Position));
        for (int entry = table; entry <= table + count; entry++)
        {
            int depth = (int)labels.ReadU32("a label");
            if (!NeedsStub(depth)) continue;
            if (_stubs[depth] < 0)
            {
                _stubs[depth] = _count;
                EmitBranch(depth);
            }

            SetTarget(entry, _stubs[depth]);
        }

        SetDead();
    }

    private bool NeedsStub(int depth)
    {
        if (depth == _depth - 1) return false;
        ref Construct construct = ref _constructs[_depth - 1 - depth];
        int arity = ArityOf(ref construct);
        return arity > 0 && _height - arity != construct.Height;
    }

    private int TargetOf(int jump) => _code[jump].Op == InternalOp.Jump ? _code[jump].A : _code[jump].B;

    /// <summary>Targets are relative to the instruction after the jump.</summary>
    private void SetTarget(int jump, int target)
    {
        ref Instruction instruction = ref _code[jump];
        if (instruction.Op == InternalOp.Jump) instruction.A = target - (jump + 1);
        else instruction.B = target - (jump + 1);
    }
}
