using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Vector instructions. Most are one instruction of the machine (<see cref="VectorRules"/>); the others are made of several, each with
/// registers of its own, so that the allocator sees all of them. Constants and choices of vectors are made as those of all values.
/// </summary>
internal sealed partial class Lowerer
{
    private void LowerVector(int index, ref IrNode node)
    {
        if (IsVectorConstant(index, out UInt128 constant))
        {
            EmitVectorConstant(constant, Result(index));
            return;
        }

        ref readonly VectorRule rule = ref VectorRules.Of(node.Op);
        int made = VectorResult(index, ref node);
        if (TryLowerRotation(ref node, made)) return;
        switch (rule.Shape)
        {
            case VectorShape.Unary:
                EmitUnary(rule.Op, VectorSource(node.A), made, rule.Immediate);
                break;
            case VectorShape.UnaryOfPart:
                EmitUnary(rule.Op, Source.Of(Use(node.A)), made, rule.Immediate, 8);
                break;
            case VectorShape.Binary:
                EmitBinaryOf(rule.Op, node.A, node.B, made, rule.Immediate);
                break;
            case VectorShape.Commutative:
                (int first, int second) = OrderVectors(node.A, node.B);
                EmitBinaryOf(rule.Op, first, second, made, rule.Immediate);
                break;
            case VectorShape.Swapped when _cpu.Avx && rule.Op is (VectorOp.Cmpps or VectorOp.Cmppd) && IsVectorSource(node.B):
                // Greater is a comparison of its own there: 13 and 14 for at least and for greater.
                EmitBinaryOf(rule.Op, node.A, node.B, made, (byte)(rule.Immediate == 1 ? 14 : 13));
                break;
            case VectorShape.Swapped:
                EmitBinaryOf(rule.Op, node.B, node.A, made, rule.Immediate);
                break;
            case VectorShape.Load:
                EmitUnary(rule.Op, AddressOf(ref node, 8), made, rule.Immediate, 8);
                break;
            default:
                LowerOtherVector(index, ref node, made);
                break;
        }

        FinishVector(index, ref node, made);
    }

    private void LowerOtherVector(int index, ref IrNode node, int made)
    {
        Opcode opcode = (Opcode)node.Op;
        if (opcode is Opcode.I8x16Shuffle) LowerShuffle(ref node, made);
        else if (opcode is Opcode.V128AnyTrue or Opcode.I8x16AllTrue or Opcode.I16x8AllTrue or Opcode.I32x4AllTrue or Opcode.I64x2AllTrue) LowerSet(index);
        else if (opcode is >= Opcode.V128Load and <= Opcode.V128Store or >= Opcode.V128Load8Lane and <= Opcode.V128Load64Zero) LowerVectorAccess(ref node, made);
        else if (opcode is >= Opcode.I8x16Splat and <= Opcode.F64x2ReplaceLane) LowerLanes(ref node, made);
        else if (opcode is >= Opcode.I8x16Ne and <= Opcode.I32x4GeU) LowerVectorComparison(ref node, made);
        else if (opcode is Opcode.I64x2Ne or Opcode.I64x2LeS or Opcode.I64x2GeS) LowerWideComparison(ref node, made);
        else if (!TryLowerVectorFloats(ref node, made) && !TryLowerVectorIntegers(ref node, made)) throw Unknown(ref node);
    }

    /// <summary>The register of a result whose NaNs may have to become the canonical one yet, which <see cref="FinishVector"/> does.</summary>
    private int VectorResult(int index, ref IrNode node) =>
        node.Type == IrType.None ? -1 : (node.Flags & IrFlags.CanonicalizeHere) != 0 ? NewVirtual(VirtualKind.Vector) : Result(index);

    private void FinishVector(int index, ref IrNode node, int made)
    {
        if ((node.Flags & IrFlags.CanonicalizeHere) != 0) EmitCanonicalizeVector(made, OperationTraits.ResultClass(node.Op), Result(index));
    }

    /// <summary>Vector instructions whose result is a condition, so that a branch may take them in.</summary>
    private bool TryCompareVector(ref IrNode node, out Comparison comparison)
    {
        comparison = new Comparison { Op = MachineOp.TestVector, Bytes = 16, Source = Source.Constant(-1), Condition = (byte)Condition.NE };
        VectorOp equal;
        switch ((Opcode)node.Op)
        {
            case Opcode.V128AnyTrue:
                int value = _ir.Resolve(node.A);
                ref IrNode tested = ref _ir.Nodes[value];
                if (tested.Op == (ushort)Opcode.V128And && CanSink(value))
                {
                    (int first, int second) = OrderVectors(tested.A, tested.B);
                    comparison.Source = VectorSource(second);
                    comparison.Left = Use(first);
                }
                else
                {
                    comparison.Left = Use(value);
                }

                return true;
            case Opcode.I8x16AllTrue: equal = VectorOp.Pcmpeqb; break;
            case Opcode.I16x8AllTrue: equal = VectorOp.Pcmpeqw; break;
            case Opcode.I32x4AllTrue: equal = VectorOp.Pcmpeqd; break;
            case Opcode.I64x2AllTrue: equal = VectorOp.Pcmpeqq; break;
            default: return false;
        }

        // All are true where none is zero.
        comparison.Left = NewBinary(equal, Use(node.A), PoolSource(UInt128.Zero));
        comparison.Condition = (byte)Condition.E;
        return true;
    }

    /// <summary>True for a vector that is known: a constant, or a constant in all lanes.</summary>
    private bool IsVectorConstant(int value, out UInt128 bits)
    {
        ref IrNode node = ref _ir.Nodes[_ir.Resolve(value)];
        bits = default;
        Opcode opcode = (Opcode)node.Op;
        if (opcode == Opcode.V128Const)
        {
            bits = _ir.Vectors[(int)node.Immediate];
            return true;
        }

        if (opcode is < Opcode.I8x16Splat or > Opcode.F64x2Splat) return false;
        ref IrNode lane = ref _ir.Nodes[_ir.Resolve(node.A)];
        if (lane.Op is not ((ushort)Opcode.I32Const or (ushort)Opcode.I64Const or (ushort)Opcode.F32Const or (ushort)Opcode.F64Const)) return false;
        bits = opcode switch
        {
            Opcode.I8x16Splat => Repeat((byte)lane.Immediate, 1),
            Opcode.I16x8Splat => Repeat((ushort)lane.Immediate, 2),
            Opcode.I32x4Splat or Opcode.F32x4Splat => Repeat((uint)lane.Immediate, 4),
            _ => Repeat((ulong)lane.Immediate, 8),
        };
        return true;
    }

    /// <summary>A lane of so many bytes in all lanes.</summary>
    private static UInt128 Repeat(ulong lane, int bytes)
    {
        for (int width = bytes; width < 8; width *= 2) lane |= lane << (8 * width);
        return new UInt128(lane, lane);
    }

    /// <summary>A second operand: a constant in memory, where the machine asks for no alignment a load, or a register.</summary>
    private Source VectorSource(int value)
    {
        value = _ir.Resolve(value);
        if (IsVectorConstant(value, out UInt128 bits)) return PoolSource(bits);
        ref IrNode node = ref _ir.Nodes[value];
        if (IsVectorLoadToTake(value))
        {
            _isFolded[value] = true;
            return AddressOf(ref node, 16);
        }

        bool isGlobal = _cpu.Avx && node.Op == (ushort)Opcode.GlobalGet && node.Extra >= _module.ImportedGlobals && CanSinkRead(value);
        return isGlobal ? Source.Of(SourceForm.Context, _facts.GlobalOffset(node.Extra)) : Source.Of(Use(value));
    }

    private bool IsVectorLoadToTake(int value) => _cpu.Avx && _ir.Nodes[value].Op == (ushort)Opcode.V128Load && CanSinkLoad(value);

    /// <summary>True for what an instruction can take from memory.</summary>
    private bool IsVectorSource(int value) => IsVectorConstant(value, out _) || IsVectorLoadToTake(_ir.Resolve(value));

    /// <summary>Which of two operands comes first: not what can be taken from memory, and else the one whose register the result may take.</summary>
    private (int First, int Second) OrderVectors(int a, int b)
    {
        if (IsVectorSource(b)) return (a, b);
        bool isBetter = IsVectorSource(a) || (!_cpu.Avx && HasOtherUsers(a) && !HasOtherUsers(b));
        return isBetter ? (b, a) : (a, b);
    }

    /// <summary>A vector constant in memory.</summary>
    private Source PoolSource(UInt128 bits) =>
        TryHoist(VirtualKind.Vector, bits, out int held) ? Source.Of(held) : Source.Of(SourceForm.Pool, _output.AddVector(bits));

    /// <summary>A vector constant in a register.</summary>
    private int NewVectorConstant(UInt128 bits)
    {
        if (bits != 0 && TryHoist(VirtualKind.Vector, bits, out int held)) return held;
        int made = NewVirtual(VirtualKind.Vector);
        EmitVectorConstant(bits, made);
        return made;
    }

    private void EmitVectorConstant(UInt128 bits, int result)
    {
        ref MachineInstruction instruction = ref Begin(MachineOp.FloatConstant, 16);
        instruction.Flags = InstructionFlags.Rematerializable;
        instruction.Auxiliary = _output.AddVector(bits);
        Out(result);
        End();
    }

    private ref MachineInstruction BeginVector(VectorOp op, VectorForm form, int bytes, in Source source, int immediate)
    {
        ref MachineInstruction instruction = ref Begin(MachineOp.FirstVector + (ushort)op, bytes, in source);
        instruction.Condition = (byte)form;
        instruction.Immediate = immediate;
        return ref instruction;
    }

    /// <summary>
    /// A source. What is read as a whole may be in a slot where no alignment is asked for; a part of a vector, or a float, must be in a
    /// register, as not every instruction reads as much of memory as of a register.
    /// </summary>
    private void InVector(in Source source, int bytes)
    {
        if (source.Form != SourceForm.Register)
        {
            In(in source);
            return;
        }

        bool mayBeInSlot = _machine.Virtuals[source.First] switch
        {
            VirtualKind.Word32 or VirtualKind.Word64 => true,
            VirtualKind.Vector => _cpu.Avx && bytes == 16,
            _ => false,
        };
        if (mayBeInSlot) InOrSlot(source.First);
        else In(source.First);
    }

    /// <summary>An instruction of one operand.</summary>
    private void EmitUnary(VectorOp op, in Source source, int result, int immediate = 0, int bytes = 16)
    {
        BeginVector(op, VectorForm.Unary, bytes, in source, immediate);
        InVector(in source, bytes);
        Out(result);
        End();
    }

    private int NewUnary(VectorOp op, in Source source, int immediate = 0, int bytes = 16)
    {
        int result = NewVirtual(VirtualKind.Vector);
        EmitUnary(op, in source, result, immediate, bytes);
        return result;
    }

    /// <summary>From a vector to a general register.</summary>
    private void EmitExtract(VectorOp op, int vector, int result, int immediate = 0)
    {
        BeginVector(op, VectorForm.Unary, 16, Source.Of(vector), immediate);
        In(vector);
        Out(result);
        End();
    }

    /// <summary>An instruction of two operands.</summary>
    private void EmitBinary(VectorOp op, int first, in Source second, int result, int immediate = 0, int bytes = 16)
    {
        BeginVector(op, VectorForm.Binary, bytes, in second, immediate);
        In(first);
        InVector(in second, bytes);
        OutVector(result);
        End();
    }

    private int NewBinary(VectorOp op, int first, in Source second, int immediate = 0)
    {
        int result = NewVirtual(VirtualKind.Vector);
        EmitBinary(op, first, in second, result, immediate);
        return result;
    }

    private int NewBinary(VectorOp op, int first, int second, int immediate = 0) => NewBinary(op, first, Source.Of(second), immediate);

    /// <summary>The same of two values, which are nodes.</summary>
    private void EmitBinaryOf(VectorOp op, int first, int second, int result, int immediate = 0)
    {
        Source source = VectorSource(second);
        EmitBinary(op, Use(first), in source, result, immediate);
    }

    /// <summary>Shifts all lanes by a constant.</summary>
    private void EmitShift(VectorOp op, int value, int count, int result)
    {
        BeginVector(op, VectorForm.Shift, 16, Source.Of(value), count);
        In(value);
        OutVector(result);
        End();
    }

    private int NewShift(VectorOp op, int value, int count)
    {
        int result = NewVirtual(VirtualKind.Vector);
        EmitShift(op, value, count, result);
        return result;
    }

    /// <summary>A move of a vector or float that the allocator may do without.</summary>
    private void EmitVectorMove(int value, int result)
    {
        BeginVector(VectorOp.Movaps, VectorForm.Unary, 16, Source.Of(value), 0).Flags = InstructionFlags.Move;
        In(value);
        Out(result);
        End();
    }
}
