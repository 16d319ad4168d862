using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Integer arithmetic of vectors that is more than one instruction. Instructions for bytes, words and doublewords follow each other in their list.</summary>
internal sealed partial class Lowerer
{
    private bool TryLowerVectorIntegers(ref IrNode node, int made)
    {
        switch ((Opcode)node.Op)
        {
            case Opcode.V128Not: EmitBinary(VectorOp.Pxor, Use(node.A), PoolSource(UInt128.MaxValue), made); break;
            case Opcode.V128Bitselect or Opcode.I8x16RelaxedLaneselect or Opcode.I16x8RelaxedLaneselect or Opcode.I32x4RelaxedLaneselect or Opcode.I64x2RelaxedLaneselect:
                LowerBitselect(ref node, made);
                break;
            case Opcode.I8x16Swizzle or Opcode.I8x16RelaxedSwizzle: LowerSwizzle(ref node, made); break;
            case Opcode.I8x16Bitmask: EmitExtract(VectorOp.Pmovmskb, Use(node.A), made); break;
            case Opcode.I16x8Bitmask: EmitExtract(VectorOp.Pmovmskb, NewBinary(VectorOp.Packsswb, Use(node.A), PoolSource(UInt128.Zero)), made); break;
            case Opcode.I32x4Bitmask: EmitExtract(VectorOp.Movmskps, Use(node.A), made); break;
            case Opcode.I64x2Bitmask: EmitExtract(VectorOp.Movmskpd, Use(node.A), made); break;
            case Opcode.I8x16Neg: EmitBinary(VectorOp.Psignb, Use(node.A), PoolSource(UInt128.MaxValue), made); break;
            case Opcode.I16x8Neg: EmitBinary(VectorOp.Psignw, Use(node.A), PoolSource(UInt128.MaxValue), made); break;
            case Opcode.I32x4Neg: EmitBinary(VectorOp.Psignd, Use(node.A), PoolSource(UInt128.MaxValue), made); break;
            case Opcode.I64x2Neg: EmitBinary(VectorOp.Psubq, NewVectorConstant(UInt128.Zero), VectorSource(node.A), made); break;
            case Opcode.I64x2Abs: LowerWideAbs(Use(node.A), made); break;
            case Opcode.I8x16Popcnt: LowerPopulationCount(Use(node.A), made); break;
            case Opcode.I64x2Mul: LowerWideMultiply(Use(node.A), Use(node.B), made); break;
            case Opcode.I16x8Q15mulrSatS or Opcode.I16x8RelaxedQ15mulrS: LowerQ15(ref node, made); break;
            case Opcode.I16x8ExtaddPairwiseI8x16S: EmitBinary(VectorOp.Pmaddubsw, NewVectorConstant(Repeat(1, 1)), VectorSource(node.A), made); break;
            case Opcode.I16x8ExtaddPairwiseI8x16U: EmitBinary(VectorOp.Pmaddubsw, Use(node.A), PoolSource(Repeat(1, 1)), made); break;
            case Opcode.I32x4ExtaddPairwiseI16x8S: EmitBinary(VectorOp.Pmaddwd, Use(node.A), PoolSource(Repeat(1, 2)), made); break;
            case Opcode.I32x4ExtaddPairwiseI16x8U:
                int pairs = Use(node.A), odd = NewShift(VectorOp.PsrldImmediate, pairs, 16);
                EmitBinary(VectorOp.Paddd, NewBinary(VectorOp.Pand, pairs, PoolSource(Repeat(0xFFFF, 4))), Source.Of(odd), made);
                break;
            case Opcode.I16x8RelaxedDotI8x16I7x16S: LowerRelaxedDot(Use(node.A), Use(node.B), made); break;
            case Opcode.I32x4RelaxedDotI8x16I7x16AddS:
                int dot = NewVirtual(VirtualKind.Vector);
                LowerRelaxedDot(Use(node.A), Use(node.B), dot);
                EmitBinary(VectorOp.Paddd, NewBinary(VectorOp.Pmaddwd, dot, PoolSource(Repeat(1, 2))), VectorSource(node.C), made);
                break;
            default: return TryLowerExtension(ref node, made) || TryLowerVectorShift(ref node, made);
        }

        return true;
    }

    /// <summary>Bits of a where the mask has them, else of b.</summary>
    private void LowerBitselect(ref IrNode node, int made)
    {
        int mask = _ir.Resolve(node.C);
        if (IsVectorConstant(mask, out UInt128 bits))
        {
            if (TryBlend(bits, node.A, node.B, made)) return;
            int taken = NewBinary(VectorOp.Pand, Use(node.A), PoolSource(bits));
            EmitBinary(VectorOp.Por, NewBinary(VectorOp.Pand, Use(node.B), PoolSource(~bits)), Source.Of(taken), made);
        }
        else if (_cpu.Avx && IsLaneMask(mask))
        {
            BeginVector(VectorOp.Pblendvb, VectorForm.Blend, 16, Source.Of(0), 0);
            In(Use(node.B));
            In(Use(node.A));
            In(Use(mask));
            Out(made);
            End();
        }
        else
        {
            int taken = NewBinary(VectorOp.Pand, Use(mask), VectorSource(node.A));
            int others = NewBinary(VectorOp.Pandn, Use(mask), VectorSource(node.B));
            EmitBinary(VectorOp.Por, others, Source.Of(taken), made);
        }
    }

    /// <summary>A constant mask of whole words is an immediate.</summary>
    private bool TryBlend(UInt128 mask, int a, int b, int made)
    {
        int words = 0;
        for (int i = 0; i < 8; i++)
        {
            ushort word = (ushort)(mask >> (16 * i));
            if (word == ushort.MaxValue) words |= 1 << i;
            else if (word != 0) return false;
        }

        EmitBinaryOf(VectorOp.Pblendw, b, a, made, words);
        return true;
    }

    /// <summary>True for what is all ones or all zeros in each byte: the result of a comparison.</summary>
    private bool IsLaneMask(int value)
    {
        Opcode opcode = (Opcode)_ir.Nodes[value].Op;
        return opcode is >= Opcode.I8x16Eq and <= Opcode.F64x2Ge or >= Opcode.I64x2Eq and <= Opcode.I64x2GeS;
    }

    /// <summary>The machine gives 0 where the index's highest bit is set: it is for all that are past the end, once 0x70 is added.</summary>
    private void LowerSwizzle(ref IrNode node, int made)
    {
        Source indices;
        if (IsVectorConstant(node.B, out UInt128 bits))
        {
            UInt128 mask = UInt128.Zero;
            for (int i = 0; i < 16; i++)
            {
                byte place = (byte)(bits >> (8 * i));
                mask |= (UInt128)(place < 16 ? place : 0x80u) << (8 * i);
            }

            indices = PoolSource(mask);
        }
        else
        {
            indices = Source.Of(NewBinary(VectorOp.Paddusb, Use(node.B), PoolSource(Repeat(0x70, 1))));
        }

        EmitBinary(VectorOp.Pshufb, Use(node.A), in indices, made);
    }

    /// <summary>Negative lanes are inverted, and one is added to them.</summary>
    private void LowerWideAbs(int value, int made)
    {
        if (_cpu.Avx)
        {
            int negated = NewBinary(VectorOp.Psubq, NewVectorConstant(UInt128.Zero), value);
            BeginVector(VectorOp.Blendvpd, VectorForm.Blend, 16, Source.Of(0), 0);
            In(value);
            In(negated);
            In(value);
            Out(made);
            End();
            return;
        }

        int signs = NewShift(VectorOp.PsradImmediate, NewUnary(VectorOp.Pshufd, Source.Of(value), 0xF5), 31);
        EmitBinary(VectorOp.Psubq, NewBinary(VectorOp.Pxor, value, signs), Source.Of(signs), made);
    }

    /// <summary>A table of the counts of four bits.</summary>
    private void LowerPopulationCount(int value, int made)
    {
        UInt128 counts = new(0x0403_0302_0302_0201, 0x0302_0201_0201_0100);
        Source nibbles = PoolSource(Repeat(0x0F, 1));
        int table = NewVectorConstant(counts), low = NewBinary(VectorOp.Pand, value, in nibbles);
        int high = NewBinary(VectorOp.Pand, NewShift(VectorOp.PsrlwImmediate, value, 4), in nibbles);
        int lowCounts = NewBinary(VectorOp.Pshufb, table, low);
        EmitBinary(VectorOp.Paddb, NewBinary(VectorOp.Pshufb, table, high), Source.Of(lowCounts), made);
    }

    /// <summary>The lower halves' product, and the products of a lower and an upper half above it.</summary>
    private void LowerWideMultiply(int a, int b, int made)
    {
        int first = NewBinary(VectorOp.Pmuludq, NewShift(VectorOp.PsrlqImmediate, a, 32), b);
        int second = NewBinary(VectorOp.Pmuludq, NewShift(VectorOp.PsrlqImmediate, b, 32), a);
        int upper = NewShift(VectorOp.PsllqImmediate, NewBinary(VectorOp.Paddq, first, second), 32);
        EmitBinary(VectorOp.Paddq, NewBinary(VectorOp.Pmuludq, a, b), Source.Of(upper), made);
    }

    /// <summary>Only -1 times -1 saturates: its result is the most negative number instead of the greatest.</summary>
    private void LowerQ15(ref IrNode node, int made)
    {
        (int first, int second) = OrderVectors(node.A, node.B);
        int product = NewBinary(VectorOp.Pmulhrsw, Use(first), VectorSource(second));
        int saturated = NewBinary(VectorOp.Pcmpeqw, product, PoolSource(Repeat(0x8000, 2)));
        EmitBinary(VectorOp.Pxor, product, Source.Of(saturated), made);
    }

    /// <summary>
    /// Products of signed bytes, pairs of which are added and saturate. The lower bytes, moved up, have their product in the upper half.
    /// </summary>
    private void LowerRelaxedDot(int a, int b, int made)
    {
        int even = NewBinary(VectorOp.Pmulhw, NewShift(VectorOp.PsllwImmediate, a, 8), NewShift(VectorOp.PsllwImmediate, b, 8));
        int odd = NewBinary(VectorOp.Pmullw, NewShift(VectorOp.PsrawImmediate, a, 8), NewShift(VectorOp.PsrawImmediate, b, 8));
        EmitBinary(VectorOp.Paddsw, even, Source.Of(odd), made);
    }

    private bool TryLowerExtension(ref IrNode node, int made)
    {
        switch ((Opcode)node.Op)
        {
            case Opcode.I16x8ExtendHighI8x16S: Extend(Use(node.A), 1, isHigh: true, isSigned: true, made); break;
            case Opcode.I16x8ExtendHighI8x16U: Extend(Use(node.A), 1, isHigh: true, isSigned: false, made); break;
            case Opcode.I32x4ExtendHighI16x8S: Extend(Use(node.A), 2, isHigh: true, isSigned: true, made); break;
            case Opcode.I32x4ExtendHighI16x8U: Extend(Use(node.A), 2, isHigh: true, isSigned: false, made); break;
            case Opcode.I64x2ExtendHighI32x4S: Extend(Use(node.A), 4, isHigh: true, isSigned: true, made); break;
            case Opcode.I64x2ExtendHighI32x4U: Extend(Use(node.A), 4, isHigh: true, isSigned: false, made); break;
            case Opcode.I16x8ExtmulLowI8x16S: MultiplyBytes(ref node, isHigh: false, isSigned: true, made); break;
            case Opcode.I16x8ExtmulHighI8x16S: MultiplyBytes(ref node, isHigh: true, isSigned: true, made); break;
            case Opcode.I16x8ExtmulLowI8x16U: MultiplyBytes(ref node, isHigh: false, isSigned: false, made); break;
            case Opcode.I16x8ExtmulHighI8x16U: MultiplyBytes(ref node, isHigh: true, isSigned: false, made); break;
            case Opcode.I32x4ExtmulLowI16x8S: MultiplyWords(ref node, VectorOp.Pmulhw, VectorOp.Punpcklwd, made); break;
            case Opcode.I32x4ExtmulHighI16x8S: MultiplyWords(ref node, VectorOp.Pmulhw, VectorOp.Punpckhwd, made); break;
            case Opcode.I32x4ExtmulLowI16x8U: MultiplyWords(ref node, VectorOp.Pmulhuw, VectorOp.Punpcklwd, made); break;
            case Opcode.I32x4ExtmulHighI16x8U: MultiplyWords(ref node, VectorOp.Pmulhuw, VectorOp.Punpckhwd, made); break;
            case Opcode.I64x2ExtmulLowI32x4S: MultiplyDoublewords(ref node, VectorOp.Pmuldq, 0x50, made); break;
            case Opcode.I64x2ExtmulHighI32x4S: MultiplyDoublewords(ref node, VectorOp.Pmuldq, 0xFA, made); break;
            case Opcode.I64x2ExtmulLowI32x4U: MultiplyDoublewords(ref node, VectorOp.Pmuludq, 0x50, made); break;
            case Opcode.I64x2ExtmulHighI32x4U: MultiplyDoublewords(ref node, VectorOp.Pmuludq, 0xFA, made); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Lanes of so many bytes, of one half, to the double of it.</summary>
    private void Extend(int value, int bytes, bool isHigh, bool isSigned, int made)
    {
        if (!isHigh)
        {
            EmitUnary(bytes == 1 ? isSigned ? VectorOp.Pmovsxbw : VectorOp.Pmovzxbw : isSigned ? VectorOp.Pmovsxwd : VectorOp.Pmovzxwd, Source.Of(value), made, 0, 8);
            return;
        }

        VectorOp interleave = bytes == 1 ? VectorOp.Punpckhbw : bytes == 2 ? VectorOp.Punpckhwd : VectorOp.Punpckhdq;
        if (!isSigned) EmitBinary(interleave, value, PoolSource(UInt128.Zero), made);
        else if (bytes == 4) EmitUnary(VectorOp.Pmovsxdq, Source.Of(NewUnary(VectorOp.Pshufd, Source.Of(value), 0xEE)), made, 0, 8);
        else EmitShift(bytes == 1 ? VectorOp.PsrawImmediate : VectorOp.PsradImmediate, NewBinary(interleave, value, value), 8 * bytes, made);
    }

    private void MultiplyBytes(ref IrNode node, bool isHigh, bool isSigned, int made)
    {
        int first = NewVirtual(VirtualKind.Vector), second = NewVirtual(VirtualKind.Vector);
        Extend(Use(node.A), 1, isHigh, isSigned, first);
        Extend(Use(node.B), 1, isHigh, isSigned, second);
        EmitBinary(VectorOp.Pmullw, first, Source.Of(second), made);
    }

    /// <summary>The halves of the products, interleaved.</summary>
    private void MultiplyWords(ref IrNode node, VectorOp upperHalf, VectorOp interleave, int made)
    {
        int a = Use(node.A), b = Use(node.B), upper = NewBinary(upperHalf, a, b);
        EmitBinary(interleave, NewBinary(VectorOp.Pmullw, a, b), Source.Of(upper), made);
    }

    private void MultiplyDoublewords(ref IrNode node, VectorOp multiply, int spread, int made)
    {
        int first = NewUnary(VectorOp.Pshufd, Source.Of(Use(node.A)), spread), second = NewUnary(VectorOp.Pshufd, Source.Of(Use(node.B)), spread);
        EmitBinary(multiply, first, Source.Of(second), made);
    }

    /// <summary>
    /// Two shifts of one vector to both sides that leave no bit behind, joined, are a rotation, which AVX-512 has. Counts are taken modulo the lane's
    /// width, as the shifts take them.
    /// </summary>
    private bool TryLowerRotation(ref IrNode node, int made)
    {
        if (!_cpu.Avx512 || (Opcode)node.Op is not (Opcode.V128Or or Opcode.V128Xor)) return false;
        int left = _ir.Resolve(node.A), right = _ir.Resolve(node.B);
        if ((Opcode)_ir.Nodes[left].Op is Opcode.I32x4ShrU or Opcode.I64x2ShrU) (left, right) = (right, left);
        ref IrNode up = ref _ir.Nodes[left];
        ref IrNode down = ref _ir.Nodes[right];
        int bits = (Opcode)up.Op == Opcode.I32x4Shl && (Opcode)down.Op == Opcode.I32x4ShrU ? 32 : (Opcode)up.Op == Opcode.I64x2Shl && (Opcode)down.Op == Opcode.I64x2ShrU ? 64 : 0;
        if (bits == 0 || _ir.Resolve(up.A) != _ir.Resolve(down.A) || !IsConstant(up.B, out long upCount) || !IsConstant(down.B, out long downCount)) return false;
        int count = (int)(upCount & (bits - 1));
        if (count == 0 || count + (int)(downCount & (bits - 1)) != bits || !CanSink(left) || !CanSink(right)) return false;
        ref MachineInstruction instruction = ref Begin(MachineOp.RotateVector, 16);
        instruction.Condition = (byte)bits;
        instruction.Immediate = count;
        In(Use(up.A));
        Out(made);
        End();
        return true;
    }
}
