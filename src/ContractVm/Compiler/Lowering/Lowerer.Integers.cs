using System.Numerics;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Integer arithmetic.</summary>
internal sealed partial class Lowerer
{
    /// <summary>A second operand: an immediate, memory, a register or slot, whichever is best.</summary>
    private Source SourceOf(int value, int bytes)
    {
        if (IsImmediate(value, bytes, out long bits)) return Source.Constant(bits);
        return RegisterOrMemory(value, bytes);
    }

    /// <summary>The same without immediates.</summary>
    private Source RegisterOrMemory(int value, int bytes)
    {
        int resolved = _ir.Resolve(value);
        return TryTakeLoad(resolved, bytes, out Source source) ? source : Source.Of(Use(value, bytes));
    }

    /// <summary>Takes a load of exactly so many bytes, or a read of a global, into the instruction at hand.</summary>
    private bool TryTakeLoad(int value, int bytes, out Source source)
    {
        ref IrNode node = ref _ir.Nodes[value];
        source = default;
        switch ((Opcode)node.Op)
        {
            case Opcode.I32Load or Opcode.F32Load when bytes == 4:
            case Opcode.I64Load or Opcode.F64Load when bytes == 8:
                if (!CanSinkLoad(value)) return false;
                _isFolded[value] = true;
                source = AddressOf(ref node, bytes);
                return true;
            case Opcode.GlobalGet when bytes == BytesOf(node.Type) && node.Extra >= _module.ImportedGlobals:
                if (!CanSinkRead(value)) return false;
                source = Source.Of(SourceForm.Context, _facts.GlobalOffset(node.Extra));
                return true;
            default:
                return false;
        }
    }

    private bool IsLoadToTake(int value, int bytes)
    {
        value = _ir.Resolve(value);
        ref IrNode node = ref _ir.Nodes[value];
        return node.Op == (ushort)(bytes == 4 ? Opcode.I32Load : Opcode.I64Load) && CanSinkLoad(value);
    }

    /// <summary>True where a value is wanted after the node at hand: others want it, maybe widened, or the next round of a loop.</summary>
    private bool HasOtherUsers(int value)
    {
        value = _ir.Resolve(value);
        return _uses[value] > 1 || Carrier(value) != value || value < _loopStart;
    }

    private void LowerCommutative(MachineOp op, int index, ref IrNode node, int bytes)
    {
        (int first, int second) = Order(node.A, node.B, bytes);
        Source source = SourceOf(second, bytes);
        Binary(op, bytes, Use(first, bytes), in source, Result(index));
    }

    /// <summary>
    /// Which of two operands comes first: the one whose register the result may take, because nobody else wants it; never a constant or what
    /// can be taken from memory.
    /// </summary>
    private (int First, int Second) Order(int a, int b, int bytes)
    {
        if (IsConstant(b, out _)) return (a, b);
        if (IsConstant(a, out _)) return (b, a);
        if (IsLoadToTake(b, bytes)) return (a, b);
        if (IsLoadToTake(a, bytes)) return (b, a);
        return HasOtherUsers(a) && !HasOtherUsers(b) ? (b, a) : (a, b);
    }

    private void LowerAdd(int index, ref IrNode node, int bytes)
    {
        (int first, int second) = Order(node.A, node.B, bytes);
        if (IsImmediate(second, bytes, out long added))
        {
            AddConstant(first, (int)added, bytes, index);
            return;
        }

        if (TryAddScaled(first, second, index, bytes) || TryAddScaled(second, first, index, bytes)) return;
        Source source = SourceOf(second, bytes);
        int register = Use(first, bytes);
        // Where both operands live on, three addresses spare a move.
        if (source.Form == SourceForm.Register && HasOtherUsers(first) && HasOtherUsers(second)) EmitLea(bytes, Source.Of(SourceForm.BasedIndexed, 0, register, source.First), 0, Result(index));
        else Binary(MachineOp.Add, bytes, register, in source, Result(index));
    }

    /// <summary>x + (y &lt;&lt; 1, 2 or 3). The address is cut to the operand size as the sum is.</summary>
    private bool TryAddScaled(int other, int shifted, int index, int bytes)
    {
        if (!IsScaled(shifted, bytes, out int value, out int scale)) return false;
        EmitLea(bytes, Source.Of(SourceForm.BasedIndexed, 0, Use(other, bytes), Use(value, bytes)), scale, Result(index));
        return true;
    }

    private bool IsScaled(int shifted, int bytes, out int value, out int scale)
    {
        shifted = _ir.Resolve(shifted);
        ref IrNode node = ref _ir.Nodes[shifted];
        (value, scale) = (node.A, 0);
        if (node.Op != (ushort)(bytes == 4 ? Opcode.I32Shl : Opcode.I64Shl) || !CanSink(shifted) || !IsConstant(node.B, out long count)) return false;
        scale = (int)count & (bytes * 8 - 1);
        return scale is >= 1 and <= 3;
    }

    private void AddConstant(int value, int added, int bytes, int index)
    {
        if (IsScaled(value, bytes, out int scaled, out int scale))
        {
            EmitLea(bytes, Source.Of(SourceForm.Scaled, added, Use(scaled, bytes)), scale, Result(index));
        }
        else if (HasOtherUsers(value))
        {
            EmitLea(bytes, Source.Of(SourceForm.Based, added, Use(value, bytes)), 0, Result(index));
        }
        else
        {
            Source source = Source.Constant(added);
            Binary(MachineOp.Add, bytes, Use(value, bytes), in source, Result(index));
        }
    }

    private void EmitLea(int bytes, Source address, int scale, int result) => Unary(MachineOp.Lea, bytes, in address, result, (byte)scale);

    private void LowerSubtract(int index, ref IrNode node, int bytes)
    {
        if (IsImmediate(node.B, bytes, out long taken) && taken != int.MinValue)
        {
            AddConstant(node.A, (int)-taken, bytes, index);
            return;
        }

        if (IsConstant(node.A, out long from) && from == 0)
        {
            Begin(MachineOp.Negate, bytes);
            In(Use(node.B, bytes));
            OutSame(Result(index));
            End();
            return;
        }

        Source source = SourceOf(node.B, bytes);
        Binary(MachineOp.Sub, bytes, Use(node.A, bytes), in source, Result(index));
    }

    private void LowerAnd(int index, ref IrNode node, int bytes)
    {
        (int first, int second) = Order(node.A, node.B, bytes);
        if (IsConstant(second, out long mask))
        {
            if (bytes == 4) mask = (uint)mask;
            if (mask is 0xFF or 0xFFFF or 0xFFFF_FFFF)
            {
                EmitExtend(Source.Of(UseLow(first)), mask == 0xFF ? 1 : mask == 0xFFFF ? 2 : 4, Extension.Zero, Result(index));
                return;
            }

            // A mask of 32 bits leaves nothing of the upper half, as an instruction of 32 bits does.
            if (bytes == 8 && mask == (uint)mask)
            {
                Source narrow = Source.Constant((int)mask);
                Binary(MachineOp.And, 4, UseLow(first), in narrow, Result(index));
                return;
            }
        }

        Source source = SourceOf(second, bytes);
        Binary(MachineOp.And, bytes, Use(first, bytes), in source, Result(index));
    }

    private void EmitExtend(Source source, int fromBytes, Extension extension, int result) => Unary(MachineOp.Extend, fromBytes, in source, result, (byte)extension);

    /// <summary>Extensions and the wrap, which look at the lower bytes only; a load of just those bytes extends by itself.</summary>
    private void LowerExtend(int index, ref IrNode node, int fromBytes, Extension extension)
    {
        int value = _ir.Resolve(node.A);
        Opcode opcode = (Opcode)_ir.Nodes[value].Op;
        bool isSameWidth = fromBytes switch
        {
            1 => opcode is Opcode.I32Load8S or Opcode.I32Load8U or Opcode.I64Load8S or Opcode.I64Load8U,
            2 => opcode is Opcode.I32Load16S or Opcode.I32Load16U or Opcode.I64Load16S or Opcode.I64Load16U,
            _ => opcode is Opcode.I32Load or Opcode.I64Load32S or Opcode.I64Load32U,
        };
        if (isSameWidth && CanSinkLoad(value))
        {
            _isFolded[value] = true;
            Source source = AddressOf(ref _ir.Nodes[value], fromBytes);
            Unary(MachineOp.Load, fromBytes, in source, Result(index), (byte)extension);
            return;
        }

        EmitExtend(Source.Of(UseLow(value)), fromBytes, extension, Result(index));
    }

    private void LowerCount(MachineOp op, int index, ref IrNode node, int bytes)
    {
        Source source = RegisterOrMemory(node.A, bytes);
        Unary(op, bytes, in source, Result(index));
    }

    private void LowerMultiply(int index, ref IrNode node, int bytes)
    {
        (int first, int second) = Order(node.A, node.B, bytes);
        if (IsConstant(second, out long factor) && TryMultiplyByConstant(first, factor, bytes, index)) return;
        if (IsImmediate(second, bytes, out long immediate))
        {
            Source multiplied = RegisterOrMemory(first, bytes);
            ref MachineInstruction instruction = ref Begin(MachineOp.MultiplyImmediate, bytes, in multiplied);
            instruction.Immediate = immediate;
            In(in multiplied);
            Out(Result(index));
            End();
            return;
        }

        Source source = RegisterOrMemory(second, bytes);
        Binary(MachineOp.Multiply, bytes, Use(first, bytes), in source, Result(index));
    }

    private bool TryMultiplyByConstant(int value, long factor, int bytes, int index)
    {
        if (factor is 3 or 5 or 9)
        {
            int register = Use(value, bytes);
            EmitLea(bytes, Source.Of(SourceForm.BasedIndexed, 0, register, register), BitOperations.Log2((ulong)factor - 1), Result(index));
            return true;
        }

        ulong unsigned = bytes == 4 ? (uint)factor : (ulong)factor;
        if (!BitOperations.IsPow2(unsigned)) return false;
        ShiftLeft(value, BitOperations.Log2(unsigned), bytes, index);
        return true;
    }

    private void ShiftLeft(int value, int count, int bytes, int index)
    {
        int register = Use(value, bytes);
        if (count == 0) EmitLea(bytes, Source.Of(SourceForm.Based, 0, register), 0, Result(index));
        else if (count == 1) EmitLea(bytes, Source.Of(SourceForm.BasedIndexed, 0, register, register), 0, Result(index));
        else if (count <= 3 && HasOtherUsers(value)) EmitLea(bytes, Source.Of(SourceForm.Scaled, 0, register), count, Result(index));
        else ShiftConstant(ShiftOp.Shl, bytes, register, count, Result(index));
    }

    private void LowerShift(ShiftOp op, int index, ref IrNode node, int bytes)
    {
        if (IsConstant(node.B, out long bits))
        {
            int count = (int)bits & (bytes * 8 - 1);
            bool isRotation = op is ShiftOp.Rol or ShiftOp.Ror;
            if (count == 0 || op == ShiftOp.Shl) ShiftLeft(node.A, count, bytes, index);
            else if (isRotation && _cpu.Bmi2 && HasOtherUsers(node.A)) RotateX(op, index, ref node, bytes, count);
            else ShiftConstant(op, bytes, Use(node.A, bytes), count, Result(index));
            return;
        }

        if (_cpu.Bmi2 && op is not ShiftOp.Rol and not ShiftOp.Ror)
        {
            Begin(MachineOp.ShiftX, bytes).Condition = (byte)op;
            In(Use(node.A, bytes));
            In(UseLow(node.B));
            Out(Result(index));
            End();
            return;
        }

        Begin(MachineOp.Shift, bytes).Condition = (byte)op;
        In(Use(node.A, bytes));
        In(UseLow(node.B), Register.Rcx);
        OutSame(Result(index));
        End();
    }

    private void RotateX(ShiftOp op, int index, ref IrNode node, int bytes, int count)
    {
        Source source = Source.Of(Use(node.A, bytes));
        Begin(MachineOp.RotateX, bytes, in source).Immediate = op == ShiftOp.Ror ? count : bytes * 8 - count;
        In(in source);
        Out(Result(index));
        End();
    }
}
