using System;
using System.Numerics;
using ContractVm.Compiler.Ir;

namespace ContractVm.Compiler.FrontEnd;

/// <summary>
/// Integer arithmetic as it is built: constants computed, neutral operations left out, constants gathered on the right.
/// Floats are left alone, but for what moves bits only: their constants would have to be computed as the engines do.
/// </summary>
internal sealed partial class IrBuilder
{
    private bool IsConstant(int value, out long bits)
    {
        ref IrNode node = ref _function.Nodes[value];
        bits = node.Immediate;
        return node.Op is (ushort)Opcode.I32Const or (ushort)Opcode.I64Const;
    }

    private int Unary(Opcode opcode, IrType type, int a)
    {
        if (!options.Has(Optimizations.Simplification)) return AddPure((ushort)opcode, type, a);
        if (IsConstant(a, out long bits) && Evaluate(opcode, bits) is long computed) return Constant(type, computed);
        ref IrNode operand = ref _function.Nodes[a];
        switch (opcode)
        {
            case Opcode.I32WrapI64 when operand.Op is (ushort)Opcode.I64ExtendI32S or (ushort)Opcode.I64ExtendI32U:
                return operand.A;
            case Opcode.I32Eqz or Opcode.I64Eqz when Negated((Opcode)operand.Op) is Opcode negated && negated != Opcode.Unreachable:
                return AddPure((ushort)negated, IrType.I32, operand.A, operand.B);
            // Twice the contrary of 0 or 1, so that chains of tests stay short.
            case Opcode.I32Eqz when operand.Op == (ushort)Opcode.I32Eqz && IsComparison((Opcode)_function.Nodes[operand.A].Op):
                return operand.A;
            case Opcode.I64ReinterpretF64 when operand.Op == (ushort)Opcode.F64ReinterpretI64:
            case Opcode.F64ReinterpretI64 when operand.Op == (ushort)Opcode.I64ReinterpretF64:
            case Opcode.I32ReinterpretF32 when operand.Op == (ushort)Opcode.F32ReinterpretI32:
            case Opcode.F32ReinterpretI32 when operand.Op == (ushort)Opcode.I32ReinterpretF32:
                return operand.A;
            // What a narrow load has extended already.
            case Opcode.I32Extend8S when operand.Op == (ushort)Opcode.I32Load8S:
            case Opcode.I32Extend16S when operand.Op is (ushort)Opcode.I32Load16S or (ushort)Opcode.I32Load8S:
            case Opcode.I64Extend8S when operand.Op == (ushort)Opcode.I64Load8S:
            case Opcode.I64Extend16S when operand.Op is (ushort)Opcode.I64Load16S or (ushort)Opcode.I64Load8S:
            case Opcode.I64Extend32S when operand.Op is (ushort)Opcode.I64Load32S or (ushort)Opcode.I64Load16S or (ushort)Opcode.I64Load8S or (ushort)Opcode.I64ExtendI32S:
                return a;
        }

        return AddPure((ushort)opcode, type, a);
    }

    private int Binary(Opcode opcode, IrType type, int a, int b)
    {
        if (!options.Has(Optimizations.Simplification)) return AddPure((ushort)opcode, type, a, b);
        bool isCommutative = (OperationTraits.Of((ushort)opcode) & Traits.Commutative) != 0;
        bool leftIsConstant = IsConstant(a, out long left), rightIsConstant = IsConstant(b, out long right);
        if (leftIsConstant && rightIsConstant && Evaluate(opcode, left, right) is long computed) return Constant(type, computed);
        if (isCommutative && (leftIsConstant && !rightIsConstant || leftIsConstant == rightIsConstant && a > b))
        {
            (a, b) = (b, a);
            (right, rightIsConstant) = (left, leftIsConstant);
        }

        bool is32 = _function.Nodes[a].Type == IrType.I32;
        if (a == b && OfSame(opcode) is int same)
        {
            if (same == SameOperand) return a;
            return Constant(type, same);
        }

        if (rightIsConstant)
        {
            if (WithConstant(opcode, type, a, is32 ? (int)right : right, is32) is int simple) return simple;
        }

        return AddPure((ushort)opcode, type, a, b);
    }

    private const int SameOperand = 2;

    /// <summary>What an operation on twice the same is: 0, 1, or the operand.</summary>
    private static int? OfSame(Opcode opcode) => opcode switch
    {
        Opcode.I32Sub or Opcode.I32Xor or Opcode.I64Sub or Opcode.I64Xor => 0,
        Opcode.I32And or Opcode.I32Or or Opcode.I64And or Opcode.I64Or => SameOperand,
        Opcode.I32Ne or Opcode.I32LtS or Opcode.I32LtU or Opcode.I32GtS or Opcode.I32GtU => 0,
        Opcode.I64Ne or Opcode.I64LtS or Opcode.I64LtU or Opcode.I64GtS or Opcode.I64GtU => 0,
        Opcode.I32Eq or Opcode.I32LeS or Opcode.I32LeU or Opcode.I32GeS or Opcode.I32GeU => 1,
        Opcode.I64Eq or Opcode.I64LeS or Opcode.I64LeU or Opcode.I64GeS or Opcode.I64GeU => 1,
        _ => null,
    };

    /// <summary>Simplifies an operation whose second operand is a constant (sign-extended); null where it stays as it is.</summary>
    private int? WithConstant(Opcode opcode, IrType type, int a, long constant, bool is32)
    {
        ref IrNode left = ref _function.Nodes[a];
        switch (opcode)
        {
            case Opcode.I32Add or Opcode.I64Add or Opcode.I32Or or Opcode.I64Or or Opcode.I32Xor or Opcode.I64Xor when constant == 0:
            case Opcode.I32Sub or Opcode.I64Sub when constant == 0:
            case Opcode.I32And or Opcode.I64And when constant == -1:
            case Opcode.I32Mul or Opcode.I64Mul or Opcode.I32DivU or Opcode.I64DivU or Opcode.I32DivS or Opcode.I64DivS when constant == 1:
            case Opcode.I32Shl or Opcode.I32ShrS or Opcode.I32ShrU or Opcode.I32Rotl or Opcode.I32Rotr when (constant & 31) == 0:
            case Opcode.I64Shl or Opcode.I64ShrS or Opcode.I64ShrU or Opcode.I64Rotl or Opcode.I64Rotr when (constant & 63) == 0:
                return a;
            case Opcode.I32And or Opcode.I64And or Opcode.I32Mul or Opcode.I64Mul when constant == 0:
                return Constant(type, 0);
            case Opcode.I32Or or Opcode.I64Or when constant == -1:
                return Constant(type, -1);
            case Opcode.I32RemU or Opcode.I64RemU when constant == 1:
                return Constant(type, 0);
            // x - c is x + (-c), so that chains of both meet.
            case Opcode.I32Sub:
                return Binary(Opcode.I32Add, type, a, Constant(type, -constant));
            case Opcode.I64Sub:
                return Binary(Opcode.I64Add, type, a, Constant(type, -constant));
            case Opcode.I32Eq or Opcode.I64Eq when constant == 0:
                return Unary(is32 ? Opcode.I32Eqz : Opcode.I64Eqz, type, a);
            // A comparison is 0 or 1 already.
            case Opcode.I32Ne when constant == 0 && IsComparison((Opcode)left.Op):
                return a;
            case Opcode.I32And when constant == 1 && IsComparison((Opcode)left.Op):
                return a;
            case Opcode.I32And when (constant & 0xFF) == 0xFF && left.Op == (ushort)Opcode.I32Load8U:
            case Opcode.I32And when (constant & 0xFFFF) == 0xFFFF && left.Op is (ushort)Opcode.I32Load16U or (ushort)Opcode.I32Load8U:
                return a;
            case Opcode.I32Add or Opcode.I64Add or Opcode.I32And or Opcode.I64And or Opcode.I32Or or Opcode.I64Or or Opcode.I32Xor or Opcode.I64Xor
                or Opcode.I32Mul or Opcode.I64Mul when left.Op == (ushort)opcode && IsConstant(left.B, out long inner):
                return Binary(opcode, type, left.A, Constant(type, Evaluate(opcode, inner, constant)!.Value));
            default:
                return null;
        }
    }

    private static bool IsComparison(Opcode opcode) => opcode is >= Opcode.I32Eqz and <= Opcode.F64Ge;

    /// <summary>The comparison of integers with the opposite result; Unreachable for all that is none.</summary>
    private static Opcode Negated(Opcode opcode) => opcode switch
    {
        Opcode.I32Eq => Opcode.I32Ne,
        Opcode.I32Ne => Opcode.I32Eq,
        Opcode.I32LtS => Opcode.I32GeS,
        Opcode.I32LtU => Opcode.I32GeU,
        Opcode.I32GtS => Opcode.I32LeS,
        Opcode.I32GtU => Opcode.I32LeU,
        Opcode.I32LeS => Opcode.I32GtS,
        Opcode.I32LeU => Opcode.I32GtU,
        Opcode.I32GeS => Opcode.I32LtS,
        Opcode.I32GeU => Opcode.I32LtU,
        Opcode.I64Eq => Opcode.I64Ne,
        Opcode.I64Ne => Opcode.I64Eq,
        Opcode.I64LtS => Opcode.I64GeS,
        Opcode.I64LtU => Opcode.I64GeU,
        Opcode.I64GtS => Opcode.I64LeS,
        Opcode.I64GtU => Opcode.I64LeU,
        Opcode.I64LeS => Opcode.I64GtS,
        Opcode.I64LeU => Opcode.I64GtU,
        Opcode.I64GeS => Opcode.I64LtS,
        Opcode.I64GeU => Opcode.I64LtU,
        _ => Opcode.Unreachable,
    };

    /// <summary>The value of an operation on a constant; null for those that are not computed here.</summary>
    private static long? Evaluate(Opcode opcode, long a) => opcode switch
    {
        Opcode.I32Eqz => (uint)a == 0 ? 1 : 0,
        Opcode.I64Eqz => a == 0 ? 1 : 0,
        Opcode.I32Clz => BitOperations.LeadingZeroCount((uint)a),
        Opcode.I32Ctz => BitOperations.TrailingZeroCount((uint)a),
        Opcode.I32Popcnt => BitOperations.PopCount((uint)a),
        Opcode.I64Clz => BitOperations.LeadingZeroCount((ulong)a),
        Opcode.I64Ctz => BitOperations.TrailingZeroCount((ulong)a),
        Opcode.I64Popcnt => BitOperations.PopCount((ulong)a),
        Opcode.I32WrapI64 or Opcode.I64ExtendI32U or Opcode.F32ReinterpretI32 => (uint)a,
        Opcode.I64ExtendI32S or Opcode.I64Extend32S => (int)a,
        Opcode.F64ReinterpretI64 => a,
        Opcode.I32Extend8S or Opcode.I64Extend8S => (sbyte)a,
        Opcode.I32Extend16S or Opcode.I64Extend16S => (short)a,
        _ => null,
    };

    private static long Bit(bool value) => value ? 1 : 0;

    /// <summary>The value of an operation on constants; null for those that trap on them or are not computed here.</summary>
    private static long? Evaluate(Opcode opcode, long a, long b) => opcode switch
    {
        Opcode.I32Add or Opcode.I64Add => a + b,
        Opcode.I32Sub or Opcode.I64Sub => a - b,
        Opcode.I32Mul or Opcode.I64Mul => a * b,
        Opcode.I32And or Opcode.I64And => a & b,
        Opcode.I32Or or Opcode.I64Or => a | b,
        Opcode.I32Xor or Opcode.I64Xor => a ^ b,
        Opcode.I32DivU when (uint)b != 0 => (uint)a / (uint)b,
        Opcode.I32RemU when (uint)b != 0 => (uint)a % (uint)b,
        Opcode.I64DivU when b != 0 => (long)((ulong)a / (ulong)b),
        Opcode.I64RemU when b != 0 => (long)((ulong)a % (ulong)b),
        Opcode.I32Shl => (uint)a << (int)(b & 31),
        Opcode.I32ShrU => (uint)a >> (int)(b & 31),
        Opcode.I32ShrS => (int)a >> (int)(b & 31),
        Opcode.I32Rotl => BitOperations.RotateLeft((uint)a, (int)(b & 31)),
        Opcode.I32Rotr => BitOperations.RotateRight((uint)a, (int)(b & 31)),
        Opcode.I64Shl => a << (int)(b & 63),
        Opcode.I64ShrU => (long)((ulong)a >> (int)(b & 63)),
        Opcode.I64ShrS => a >> (int)(b & 63),
        Opcode.I64Rotl => (long)BitOperations.RotateLeft((ulong)a, (int)(b & 63)),
        Opcode.I64Rotr => (long)BitOperations.RotateRight((ulong)a, (int)(b & 63)),
        Opcode.I32Eq => Bit((int)a == (int)b),
        Opcode.I32Ne => Bit((int)a != (int)b),
        Opcode.I32LtS => Bit((int)a < (int)b),
        Opcode.I32LtU => Bit((uint)a < (uint)b),
        Opcode.I32GtS => Bit((int)a > (int)b),
        Opcode.I32GtU => Bit((uint)a > (uint)b),
        Opcode.I32LeS => Bit((int)a <= (int)b),
        Opcode.I32LeU => Bit((uint)a <= (uint)b),
        Opcode.I32GeS => Bit((int)a >= (int)b),
        Opcode.I32GeU => Bit((uint)a >= (uint)b),
        Opcode.I64Eq => Bit(a == b),
        Opcode.I64Ne => Bit(a != b),
        Opcode.I64LtS => Bit(a < b),
        Opcode.I64LtU => Bit((ulong)a < (ulong)b),
        Opcode.I64GtS => Bit(a > b),
        Opcode.I64GtU => Bit((ulong)a > (ulong)b),
        Opcode.I64LeS => Bit(a <= b),
        Opcode.I64LeU => Bit((ulong)a <= (ulong)b),
        Opcode.I64GeS => Bit(a >= b),
        Opcode.I64GeU => Bit((ulong)a >= (ulong)b),
        _ => null,
    };
}
