using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Lowering;

/// <summary>Floats and conversions.</summary>
internal sealed partial class Lowerer
{
    /// <summary>A second operand: a constant in memory, a load of exactly its size, a register or slot.</summary>
    private Source FloatSource(int value, int bytes)
    {
        value = _ir.Resolve(value);
        ref IrNode node = ref _ir.Nodes[value];
        if (node.Op is (ushort)Opcode.F32Const or (ushort)Opcode.F64Const)
        {
            if (TryHoist(KindOf(node.Type), ConstantBits(value), out int held)) return Source.Of(held);
            Source constant = Source.Of(SourceForm.Pool, 0);
            constant.Immediate = node.Immediate;
            return constant;
        }

        return TryTakeLoad(value, bytes, out Source source) ? source : Source.Of(Use(value));
    }

    private void LowerFloat(int index, ref IrNode node, Opcode opcode)
    {
        if (opcode >= Opcode.I32WrapI64)
        {
            LowerConversion(index, ref node, opcode);
            return;
        }

        // Those of 64 bits stand in the same order.
        bool isWide = opcode >= Opcode.F64Abs;
        int bytes = isWide ? 8 : 4;
        switch (isWide ? opcode - Opcode.F64Abs + Opcode.F32Abs : opcode)
        {
            case Opcode.F32Abs: LowerSign(index, ref node, bytes, 0); break;
            case Opcode.F32Neg: LowerSign(index, ref node, bytes, 1); break;
            case Opcode.F32Ceil: LowerFloatUnary(FloatOperation.Ceiling, index, ref node, bytes); break;
            case Opcode.F32Floor: LowerFloatUnary(FloatOperation.Floor, index, ref node, bytes); break;
            case Opcode.F32Trunc: LowerFloatUnary(FloatOperation.Truncate, index, ref node, bytes); break;
            case Opcode.F32Nearest: LowerFloatUnary(FloatOperation.Nearest, index, ref node, bytes); break;
            case Opcode.F32Sqrt: LowerFloatUnary(FloatOperation.SquareRoot, index, ref node, bytes); break;
            case Opcode.F32Add: LowerFloatBinary(FloatOperation.Add, index, ref node, bytes); break;
            case Opcode.F32Sub: LowerFloatBinary(FloatOperation.Subtract, index, ref node, bytes); break;
            case Opcode.F32Mul: LowerFloatBinary(FloatOperation.Multiply, index, ref node, bytes); break;
            case Opcode.F32Div: LowerFloatBinary(FloatOperation.Divide, index, ref node, bytes); break;
            case Opcode.F32Min: LowerMinMax(index, ref node, bytes, 0); break;
            case Opcode.F32Max: LowerMinMax(index, ref node, bytes, 1); break;
            case Opcode.F32Copysign: LowerCopySign(index, ref node, bytes); break;
        }
    }

    /// <summary>The register of a float result whose NaNs may have to become the canonical one yet, which <see cref="FinishFloat"/> does.</summary>
    private int FloatResult(int index, ref IrNode node) => (node.Flags & IrFlags.CanonicalizeHere) != 0 ? NewVirtual(KindOf(node.Type)) : Result(index);

    private void FinishFloat(int index, ref IrNode node, int made)
    {
        if ((node.Flags & IrFlags.CanonicalizeHere) != 0) EmitCanonicalize(made, BytesOf(node.Type), Result(index));
    }

    private void LowerFloatUnary(FloatOperation operation, int index, ref IrNode node, int bytes)
    {
        Source source = FloatSource(node.A, bytes);
        int made = FloatResult(index, ref node);
        Unary(MachineOp.FloatUnary, bytes, in source, made, (byte)operation);
        FinishFloat(index, ref node, made);
    }

    /// <summary>
    /// Sums and products may exchange their operands: which NaN comes out nobody sees, as it is made canonical before anybody looks at its bits.
    /// </summary>
    private void LowerFloatBinary(FloatOperation operation, int index, ref IrNode node, int bytes)
    {
        (int first, int second) = (node.A, node.B);
        bool isCommutative = operation is FloatOperation.Add or FloatOperation.Multiply;
        if (isCommutative && !IsFloatSource(second, bytes) && (IsFloatSource(first, bytes) || (!_cpu.Avx && HasOtherUsers(first) && !HasOtherUsers(second))))
            (first, second) = (second, first);
        Source source = FloatSource(second, bytes);
        int made = FloatResult(index, ref node);
        Begin(MachineOp.FloatBinary, bytes, in source).Condition = (byte)operation;
        In(Use(first));
        In(in source);
        OutVector(made);
        End();
        FinishFloat(index, ref node, made);
    }

    /// <summary>True for what an instruction can take from memory.</summary>
    private bool IsFloatSource(int value, int bytes)
    {
        value = _ir.Resolve(value);
        Opcode opcode = (Opcode)_ir.Nodes[value].Op;
        return opcode is Opcode.F32Const or Opcode.F64Const || (opcode == (bytes == 4 ? Opcode.F32Load : Opcode.F64Load) && CanSinkLoad(value));
    }

    private void LowerMinMax(int index, ref IrNode node, int bytes, byte isMaximum)
    {
        int made = FloatResult(index, ref node);
        Begin(MachineOp.FloatMinMax, bytes).Condition = isMaximum;
        In(Use(node.A));
        InLate(Use(node.B));
        OutSame(made);
        End();
        FinishFloat(index, ref node, made);
    }

    private void LowerSign(int index, ref IrNode node, int bytes, byte isChanged)
    {
        Begin(MachineOp.FloatSign, bytes).Condition = isChanged;
        In(Use(node.A));
        OutVector(Result(index));
        End();
    }

    private void LowerCopySign(int index, ref IrNode node, int bytes)
    {
        Begin(MachineOp.CopySign, bytes);
        In(Use(node.A));
        In(Use(node.B));
        OutSame(Result(index));
        End();
    }

    private void LowerConversion(int index, ref IrNode node, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.F32ConvertI32S or Opcode.F64ConvertI32S: LowerFloatFromInteger(index, ref node, IntegerKind.None); break;
            case Opcode.F32ConvertI32U or Opcode.F64ConvertI32U: LowerFloatFromInteger(index, ref node, IntegerKind.Unsigned); break;
            case Opcode.F32ConvertI64S or Opcode.F64ConvertI64S: LowerFloatFromInteger(index, ref node, IntegerKind.Wide); break;
            case Opcode.F32ConvertI64U or Opcode.F64ConvertI64U: LowerFloatFromInteger(index, ref node, IntegerKind.Wide | IntegerKind.Unsigned); break;
            case Opcode.F32DemoteF64 or Opcode.F64PromoteF32:
                int from = opcode == Opcode.F32DemoteF64 ? 8 : 4;
                Source converted = FloatSource(node.A, from);
                int made = FloatResult(index, ref node);
                Unary(MachineOp.ConvertFloat, from, in converted, made);
                FinishFloat(index, ref node, made);
                break;
            case Opcode.I32ReinterpretF32: LowerReinterpret(MachineOp.BitsOfFloat, Opcode.F32Load, 4, index, ref node); break;
            case Opcode.I64ReinterpretF64: LowerReinterpret(MachineOp.BitsOfFloat, Opcode.F64Load, 8, index, ref node); break;
            case Opcode.F32ReinterpretI32: LowerReinterpret(MachineOp.FloatOfBits, Opcode.I32Load, 4, index, ref node); break;
            case Opcode.F64ReinterpretI64: LowerReinterpret(MachineOp.FloatOfBits, Opcode.I64Load, 8, index, ref node); break;
            default: LowerIntegerFromFloat(index, ref node, opcode); break;
        }
    }

    /// <summary>A load goes right into a register of the other kind.</summary>
    private void LowerReinterpret(MachineOp op, Opcode load, int bytes, int index, ref IrNode node)
    {
        int value = _ir.Resolve(node.A);
        if (_ir.Nodes[value].Op == (ushort)load && TryTakeLoad(value, bytes, out Source source))
        {
            Unary(MachineOp.Load, bytes, in source, Result(index));
            return;
        }

        Begin(op, bytes);
        In(op == MachineOp.FloatOfBits ? Use(value, bytes) : Use(value));
        Out(Result(index));
        End();
    }

    private void LowerFloatFromInteger(int index, ref IrNode node, IntegerKind kind)
    {
        // An unsigned one of 32 bits stands zero-extended: it is converted as 64 bits.
        bool isExact = kind is IntegerKind.None or IntegerKind.Wide;
        int bytes = (kind & IntegerKind.Wide) != 0 ? 8 : 4;
        Source source = isExact ? RegisterOrMemory(node.A, bytes) : Source.Of(Use(node.A));
        Begin(MachineOp.FloatFromInteger, BytesOf(node.Type), in source).Condition = (byte)kind;
        In(in source);
        Out(Result(index));
        End();
    }

    private void LowerIntegerFromFloat(int index, ref IrNode node, Opcode opcode)
    {
        bool isSaturating = opcode >= Opcode.I32TruncSatF32S;
        // In both groups: of f32 signed, unsigned, of f64 signed, unsigned.
        int number = isSaturating ? opcode - Opcode.I32TruncSatF32S : opcode >= Opcode.I64TruncF32S ? opcode - Opcode.I64TruncF32S : opcode - Opcode.I32TruncF32S;
        IntegerKind kind = (IntegerKind)(number & 1) | (node.Type == IrType.I64 ? IntegerKind.Wide : IntegerKind.None) | (isSaturating ? IntegerKind.Saturating : IntegerKind.None);
        Begin(MachineOp.IntegerFromFloat, (number & 2) != 0 ? 8 : 4).Condition = (byte)kind;
        In(Use(node.A));
        Out(Result(index));
        End();
    }
}
