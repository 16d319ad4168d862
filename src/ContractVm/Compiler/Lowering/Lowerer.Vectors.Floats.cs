using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Float arithmetic of vectors that is more than one instruction. Where the result is to be a NaN, it is any: what follows makes it canonical.</summary>
internal sealed partial class Lowerer
{
    private const int Equal = 0, Unordered = 3, NotLess = 5;

    private bool TryLowerVectorFloats(ref IrNode node, int made)
    {
        switch ((Opcode)node.Op)
        {
            case Opcode.F32x4Abs: EmitBinary(VectorOp.Andps, Use(node.A), PoolSource(Repeat(0x7FFF_FFFF, 4)), made); break;
            case Opcode.F64x2Abs: EmitBinary(VectorOp.Andps, Use(node.A), PoolSource(Repeat(0x7FFF_FFFF_FFFF_FFFF, 8)), made); break;
            case Opcode.F32x4Neg: EmitBinary(VectorOp.Xorps, Use(node.A), PoolSource(Repeat(0x8000_0000, 4)), made); break;
            case Opcode.F64x2Neg: EmitBinary(VectorOp.Xorps, Use(node.A), PoolSource(Repeat(0x8000_0000_0000_0000, 8)), made); break;
            case Opcode.F32x4Min or Opcode.F32x4RelaxedMin: LowerVectorMin(ref node, VectorOp.Minps, LaneClass.Single, made); break;
            case Opcode.F64x2Min or Opcode.F64x2RelaxedMin: LowerVectorMin(ref node, VectorOp.Minpd, LaneClass.Double, made); break;
            case Opcode.F32x4Max or Opcode.F32x4RelaxedMax: LowerVectorMax(ref node, VectorOp.Maxps, VectorOp.Cmpps, VectorOp.Addps, LaneClass.Single, made); break;
            case Opcode.F64x2Max or Opcode.F64x2RelaxedMax: LowerVectorMax(ref node, VectorOp.Maxpd, VectorOp.Cmppd, VectorOp.Addpd, LaneClass.Double, made); break;
            case Opcode.F32x4RelaxedMadd: LowerMultiplyAdd(ref node, VectorOp.Mulps, VectorOp.Addps, made); break;
            case Opcode.F64x2RelaxedMadd: LowerMultiplyAdd(ref node, VectorOp.Mulpd, VectorOp.Addpd, made); break;
            case Opcode.F32x4RelaxedNmadd: LowerMultiplySubtract(ref node, VectorOp.Mulps, VectorOp.Subps, made); break;
            case Opcode.F64x2RelaxedNmadd: LowerMultiplySubtract(ref node, VectorOp.Mulpd, VectorOp.Subpd, made); break;
            default: return TryLowerVectorConversion(ref node, made);
        }

        return true;
    }

    private bool TryLowerVectorConversion(ref IrNode node, int made)
    {
        switch ((Opcode)node.Op)
        {
            case Opcode.I32x4TruncSatF32x4S or Opcode.I32x4RelaxedTruncF32x4S: TruncateSingle(Use(node.A), made); break;
            case Opcode.I32x4TruncSatF32x4U or Opcode.I32x4RelaxedTruncF32x4U: TruncateSingleUnsigned(Use(node.A), made); break;
            case Opcode.I32x4TruncSatF64x2SZero or Opcode.I32x4RelaxedTruncF64x2SZero: TruncateDouble(Use(node.A), made); break;
            case Opcode.I32x4TruncSatF64x2UZero or Opcode.I32x4RelaxedTruncF64x2UZero: TruncateDoubleUnsigned(Use(node.A), made); break;
            case Opcode.F32x4ConvertI32x4U: ConvertUnsigned(Use(node.A), made); break;
            case Opcode.F64x2ConvertLowI32x4U:
                // The number as the lowest bits of 2^52, less 2^52.
                int large = NewBinary(VectorOp.Unpcklps, Use(node.A), PoolSource(Repeat(0x4330_0000, 4)));
                EmitBinary(VectorOp.Subpd, large, PoolSource(RepeatDouble(4503599627370496.0)), made);
                break;
            default: return false;
        }

        return true;
    }

    private static UInt128 RepeatSingle(float value) => Repeat(BitConverter.SingleToUInt32Bits(value), 4);

    private static UInt128 RepeatDouble(double value) => Repeat(BitConverter.DoubleToUInt64Bits(value), 8);

    /// <summary>
    /// The machine gives its second operand where one is a NaN or both are zeros. Done in both orders the results differ in those
    /// lanes only, where their union is a NaN, or the negative zero.
    /// </summary>
    private void LowerVectorMin(ref IrNode node, VectorOp minimum, LaneClass lanes, int made)
    {
        if (TryOneOrder(ref node, minimum, lanes, isMaximum: false, out int constant, out Source source))
        {
            EmitBinary(minimum, constant, in source, made);
            return;
        }

        int a = Use(node.A), b = Use(node.B), first = NewBinary(minimum, a, b);
        EmitBinary(VectorOp.Orps, NewBinary(minimum, b, a), Source.Of(first), made);
    }

    /// <summary>The same with the intersection, which is the positive zero; NaNs are put in after.</summary>
    private void LowerVectorMax(ref IrNode node, VectorOp maximum, VectorOp compare, VectorOp add, LaneClass lanes, int made)
    {
        if (TryOneOrder(ref node, maximum, lanes, isMaximum: true, out int constant, out Source source))
        {
            EmitBinary(maximum, constant, in source, made);
            return;
        }

        int a = Use(node.A), b = Use(node.B), first;
        if (IsPositive(node.A, lanes) || IsPositive(node.B, lanes))
        {
            // Nothing is below zero, so that a zero may be added to make zeros positive; NaNs come out of this order.
            first = IsPositive(node.A, lanes) ? NewBinary(maximum, a, b) : NewBinary(maximum, b, a);
            EmitBinary(add, first, PoolSource(UInt128.Zero), made);
            return;
        }

        first = NewBinary(maximum, a, b);
        int second = NewBinary(maximum, b, a);
        int unordered = NewBinary(compare, a, b, Unordered);
        EmitBinary(VectorOp.Orps, NewBinary(VectorOp.Andps, first, second), Source.Of(unordered), made);
    }

    /// <summary>
    /// With a constant that is no NaN, and no zero that should win over one of the other sign, the machine's own is right with the constant
    /// as the first operand.
    /// </summary>
    private bool TryOneOrder(ref IrNode node, VectorOp op, LaneClass lanes, bool isMaximum, out int constant, out Source source)
    {
        (int known, int other) = IsVectorConstant(node.A, out UInt128 bits) ? (node.A, node.B) : (node.B, node.A);
        (constant, source) = (-1, default);
        if (!IsVectorConstant(known, out bits)) return false;
        for (int i = 0; i < 128; i += lanes == LaneClass.Single ? 32 : 64)
        {
            double value = LaneOf(bits, i, lanes);
            if (double.IsNaN(value) || (value == 0 && double.IsNegative(value) != isMaximum)) return false;
        }

        source = VectorSource(other);
        constant = Use(known);
        return true;
    }

    private static double LaneOf(UInt128 bits, int from, LaneClass lanes) =>
        lanes == LaneClass.Single ? BitConverter.UInt32BitsToSingle((uint)(bits >> from)) : BitConverter.UInt64BitsToDouble((ulong)(bits >> from));

    /// <summary>True for a constant whose lanes all are zero or greater, and no negative zeros.</summary>
    private bool IsPositive(int value, LaneClass lanes)
    {
        if (!IsVectorConstant(value, out UInt128 bits)) return false;
        for (int i = 0; i < 128; i += lanes == LaneClass.Single ? 32 : 64)
        {
            double lane = LaneOf(bits, i, lanes);
            if (double.IsNaN(lane) || double.IsNegative(lane)) return false;
        }

        return true;
    }

    /// <summary>Rounded twice: never a fused operation.</summary>
    private void LowerMultiplyAdd(ref IrNode node, VectorOp multiply, VectorOp add, int made)
    {
        Source added = VectorSource(node.C);
        (int first, int second) = OrderVectors(node.A, node.B);
        int product = NewBinary(multiply, Use(first), VectorSource(second));
        EmitBinary(add, product, in added, made);
    }

    /// <summary>-(a) * b + c is c - a * b: signs do not change how either rounds.</summary>
    private void LowerMultiplySubtract(ref IrNode node, VectorOp multiply, VectorOp subtract, int made)
    {
        (int first, int second) = OrderVectors(node.A, node.B);
        int product = NewBinary(multiply, Use(first), VectorSource(second));
        EmitBinary(subtract, Use(node.C), Source.Of(product), made);
    }

    /// <summary>The machine gives the most negative number for whatever does not fit; of a number past the upper end it is changed to the greatest.</summary>
    private void TruncateSingle(int value, int made)
    {
        int number = NewBinary(VectorOp.Andps, value, NewBinary(VectorOp.Cmpps, value, value, Equal));
        int isTooLarge = NewBinary(VectorOp.Cmpps, number, PoolSource(RepeatSingle(2147483648f)), NotLess);
        EmitBinary(VectorOp.Pxor, NewUnary(VectorOp.Cvttps2dq, Source.Of(number)), Source.Of(isTooLarge), made);
    }

    /// <summary>
    /// Converted as it is and less 2^31: where the first has its highest bit set, the number is too large for it, and the second has the
    /// lower bits.
    /// </summary>
    private void TruncateSingleUnsigned(int value, int made)
    {
        int number = NewBinary(VectorOp.Maxps, value, PoolSource(UInt128.Zero));
        int low = NewUnary(VectorOp.Cvttps2dq, Source.Of(number));
        int rest = NewUnary(VectorOp.Cvttps2dq, Source.Of(NewBinary(VectorOp.Subps, number, PoolSource(RepeatSingle(2147483648f)))));
        int isTooLarge = NewBinary(VectorOp.Cmpps, number, PoolSource(RepeatSingle(4294967296f)), NotLess);
        int upper = NewBinary(VectorOp.Pand, rest, NewShift(VectorOp.PsradImmediate, low, 31));
        EmitBinary(VectorOp.Por, NewBinary(VectorOp.Por, low, upper), Source.Of(isTooLarge), made);
    }

    /// <summary>The lesser of a number and the greatest integer, or of a NaN, for which the machine takes the second operand, 0.</summary>
    private void TruncateDouble(int value, int made)
    {
        int limit = NewBinary(VectorOp.Andps, NewBinary(VectorOp.Cmppd, value, value, Equal), PoolSource(RepeatDouble(int.MaxValue)));
        EmitUnary(VectorOp.Cvttpd2dq, Source.Of(NewBinary(VectorOp.Minpd, value, limit)), made);
    }

    /// <summary>The integer part, put into the lowest bits by adding 2^52.</summary>
    private void TruncateDoubleUnsigned(int value, int made)
    {
        const int Truncate = 11;
        int number = NewBinary(VectorOp.Maxpd, value, PoolSource(UInt128.Zero));
        number = NewBinary(VectorOp.Minpd, number, PoolSource(RepeatDouble(uint.MaxValue)));
        number = NewBinary(VectorOp.Addpd, NewUnary(VectorOp.Roundpd, Source.Of(number), Truncate), PoolSource(RepeatDouble(4503599627370496.0)));
        EmitBinary(VectorOp.Shufps, number, PoolSource(UInt128.Zero), made, 0x88);
    }

    /// <summary>
    /// The halves as the lowest bits of 2^23 and of 2^39, both exact. From the second both powers are taken, exactly too; the sum rounds, once.
    /// </summary>
    private void ConvertUnsigned(int value, int made)
    {
        const int UpperWords = 0xAA;
        int low = NewBinary(VectorOp.Pblendw, value, PoolSource(RepeatSingle(8388608f)), UpperWords);
        int high = NewBinary(VectorOp.Pblendw, NewShift(VectorOp.PsrldImmediate, value, 16), PoolSource(RepeatSingle(549755813888f)), UpperWords);
        int upper = NewBinary(VectorOp.Subps, high, PoolSource(RepeatSingle(549755813888f + 8388608f)));
        EmitBinary(VectorOp.Addps, upper, Source.Of(low), made);
    }
}
