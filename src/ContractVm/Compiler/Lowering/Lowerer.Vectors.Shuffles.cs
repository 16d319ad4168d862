using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Rearrangements of bytes that are known.</summary>
internal sealed partial class Lowerer
{
    private void LowerShuffle(ref IrNode node, int made)
    {
        Span<byte> places = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(places, _ir.Vectors[(int)node.Immediate]);
        int a = _ir.Resolve(node.A), b = _ir.Resolve(node.B);
        bool takesA = false, takesB = false;
        for (int i = 0; i < places.Length; i++)
        {
            if (a == b) places[i] &= 15;
            takesA |= places[i] < 16;
            takesB |= places[i] >= 16;
        }

        if (!takesA || IsZero(a))
        {
            // The other one comes first.
            (a, b) = (b, a);
            (takesA, takesB) = (takesB, takesA);
            foreach (ref byte place in places) place ^= 16;
        }

        if (!takesB) ShuffleOne(a, places, made);
        else ShuffleTwo(a, b, places, made);
    }

    private bool IsZero(int value) => IsVectorConstant(value, out UInt128 bits) && bits == UInt128.Zero;

    private void ShuffleOne(int a, ReadOnlySpan<byte> places, int made)
    {
        if (ShufflePatterns.IsSame(places, ShufflePatterns.Identity, 0xFF)) EmitVectorMove(Use(a), made);
        else if (ShufflePatterns.TryLanes(places, 4, out int order)) EmitUnary(VectorOp.Pshufd, VectorSource(a), made, order);
        else if (_cpu.Avx2 && ShufflePatterns.IsFirst(places, 1)) EmitUnary(VectorOp.Vpbroadcastb, Source.Of(Use(a)), made, 0, 1);
        else if (_cpu.Avx2 && ShufflePatterns.IsFirst(places, 2)) EmitUnary(VectorOp.Vpbroadcastw, Source.Of(Use(a)), made, 0, 2);
        else if (ShufflePatterns.TryLowWords(places, out order)) EmitUnary(VectorOp.Pshuflw, VectorSource(a), made, order);
        else if (ShufflePatterns.TryHighWords(places, out order)) EmitUnary(VectorOp.Pshufhw, VectorSource(a), made, order);
        else if (ShufflePatterns.TryInterleave(places, 15, out VectorOp interleave, out _)) EmitBinary(interleave, Use(a), Source.Of(Use(a)), made);
        else if (ShufflePatterns.TryRotation(places, 15, out int count)) EmitBinary(VectorOp.Palignr, Use(a), Source.Of(Use(a)), made, count);
        else EmitBinary(VectorOp.Pshufb, Use(a), PoolSource(ShufflePatterns.Mask(places, 0)), made);
    }

    private void ShuffleTwo(int a, int b, ReadOnlySpan<byte> places, int made)
    {
        // From what is zero any byte may be taken.
        bool hasZero = IsZero(b);
        if (hasZero && TryZeroes(a, places, made)) return;
        if (ShufflePatterns.TryInterleave(places, 31, out VectorOp interleave, out bool isSwapped))
        {
            EmitBinaryOf(interleave, isSwapped ? b : a, isSwapped ? a : b, made);
        }
        else if (ShufflePatterns.TryBlend(places, out int words))
        {
            EmitBinaryOf(VectorOp.Pblendw, a, b, made, words);
        }
        else if (hasZero)
        {
            EmitBinary(VectorOp.Pshufb, Use(a), PoolSource(ShufflePatterns.Mask(places, 0)), made);
        }
        else if (ShufflePatterns.TryRotation(places, 31, out int count))
        {
            // The first operand is above the second.
            if (count < 16) EmitBinaryOf(VectorOp.Palignr, b, a, made, count);
            else EmitBinaryOf(VectorOp.Palignr, a, b, made, count - 16);
        }
        else if (ShufflePatterns.TryHalves(places, out int order, out bool isSecondFirst))
        {
            EmitBinaryOf(VectorOp.Shufps, isSecondFirst ? b : a, isSecondFirst ? a : b, made, order);
        }
        else
        {
            int taken = NewBinary(VectorOp.Pshufb, Use(a), PoolSource(ShufflePatterns.Mask(places, 0)));
            EmitBinary(VectorOp.Por, NewBinary(VectorOp.Pshufb, Use(b), PoolSource(ShufflePatterns.Mask(places, 16))), Source.Of(taken), made);
        }
    }

    /// <summary>One operand with zeros in between or at an end: what compilers make of widening and of shifts of the whole.</summary>
    private bool TryZeroes(int a, ReadOnlySpan<byte> places, int made)
    {
        foreach ((int from, int to, VectorOp op) in (ReadOnlySpan<(int, int, VectorOp)>)
            [(1, 2, VectorOp.Pmovzxbw), (1, 4, VectorOp.Pmovzxbd), (1, 8, VectorOp.Pmovzxbq), (2, 4, VectorOp.Pmovzxwd), (2, 8, VectorOp.Pmovzxwq), (4, 8, VectorOp.Pmovzxdq)])
        {
            if (!ShufflePatterns.IsExtension(places, from, to)) continue;
            EmitUnary(op, Source.Of(Use(a)), made, 0, 8);
            return true;
        }

        if (!ShufflePatterns.TryShift(places, out int count)) return false;
        if (count > 0) EmitShift(VectorOp.PsrldqImmediate, Use(a), count, made);
        else EmitShift(VectorOp.PslldqImmediate, Use(a), -count, made);
        return true;
    }
}
