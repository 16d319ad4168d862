using System;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Recognises rearrangements that one instruction does. For each byte of the result a list holds its place: 0 to 15 in the first operand, from
/// 16 on in the second.
/// </summary>
internal static class ShufflePatterns
{
    /// <summary>All where they are.</summary>
    public static ReadOnlySpan<byte> Identity => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>True where both lists are the same, but for bits that do not matter.</summary>
    public static bool IsSame(ReadOnlySpan<byte> places, ReadOnlySpan<byte> others, int mask)
    {
        for (int i = 0; i < 16; i++)
            if (((places[i] ^ others[i]) & mask) != 0) return false;
        return true;
    }

    /// <summary>Whole lanes of 2 or 4 bytes of one operand: the order of the first four, as immediates have it.</summary>
    public static bool TryLanes(ReadOnlySpan<byte> places, int bytes, out int order)
    {
        order = 0;
        for (int i = 0; i < places.Length; i += bytes)
        {
            if (!TryLane(places, i, bytes, out int lane)) return false;
            if (i / bytes < 4) order |= (lane & 3) << (2 * (i / bytes));
        }

        return true;
    }

    /// <summary>A lane that is taken as a whole: its number among those of both operands.</summary>
    private static bool TryLane(ReadOnlySpan<byte> places, int at, int bytes, out int lane)
    {
        lane = places[at] / bytes;
        if (places[at] % bytes != 0) return false;
        for (int i = 1; i < bytes; i++)
            if (places[at + i] != places[at] + i) return false;
        return true;
    }

    /// <summary>The lowest lane of so many bytes, everywhere.</summary>
    public static bool IsFirst(ReadOnlySpan<byte> places, int bytes)
    {
        for (int i = 0; i < 16; i++)
            if (places[i] != i % bytes) return false;
        return true;
    }

    /// <summary>Words of the lower half, within it; the upper half as it is.</summary>
    public static bool TryLowWords(ReadOnlySpan<byte> places, out int order) =>
        TryLanes(places[..8], 2, out order) && !places[..8].ContainsAnyExceptInRange((byte)0, (byte)7) && places[8..].SequenceEqual(Identity[8..]);

    /// <summary>Words of the upper half, within it; the lower half as it is.</summary>
    public static bool TryHighWords(ReadOnlySpan<byte> places, out int order) =>
        TryLanes(places[8..], 2, out order) && !places[8..].ContainsAnyExceptInRange((byte)8, (byte)15) && places[..8].SequenceEqual(Identity[..8]);

    /// <summary>
    /// Lanes of both operands by turns, from the lower or the upper halves. The mask is 15 where both operands are the same.
    /// </summary>
    public static bool TryInterleave(ReadOnlySpan<byte> places, int mask, out VectorOp op, out bool isSwapped)
    {
        Span<byte> wanted = stackalloc byte[16];
        for (int kind = 0; kind < 16; kind++)
        {
            int bytes = 1 << (kind & 3), start = (kind & 4) != 0 ? 8 : 0;
            isSwapped = kind >= 8;
            for (int i = 0; i < 16; i++)
            {
                bool isSecond = (i / bytes & 1) != 0;
                wanted[i] = (byte)(start + i / (2 * bytes) * bytes + i % bytes + (isSecond != isSwapped ? 16 : 0));
            }

            if (!IsSame(places, wanted, mask)) continue;
            op = (start != 0 ? VectorOp.Punpckhbw : VectorOp.Punpcklbw) + (ushort)(kind & 3);
            return true;
        }

        op = default;
        isSwapped = false;
        return false;
    }

    /// <summary>Successive bytes of both operands, which follow each other in a ring; the mask is 15 where both are the same.</summary>
    public static bool TryRotation(ReadOnlySpan<byte> places, int mask, out int start)
    {
        start = places[0];
        for (int i = 1; i < 16; i++)
            if (((places[i] ^ (start + i)) & mask) != 0) return false;
        return true;
    }

    /// <summary>Each word from its place in either operand; a bit for each that comes from the second.</summary>
    public static bool TryBlend(ReadOnlySpan<byte> places, out int words)
    {
        words = 0;
        if (!IsSame(places, Identity, 15)) return false;
        for (int i = 0; i < 16; i += 2)
        {
            if (places[i] / 16 != places[i + 1] / 16) return false;
            words |= places[i] / 16 << (i / 2);
        }

        return true;
    }

    /// <summary>Lanes of 4 bytes, those of the lower half of the result from one operand, of the upper half from the other.</summary>
    public static bool TryHalves(ReadOnlySpan<byte> places, out int order, out bool isSecondFirst)
    {
        isSecondFirst = places[0] >= 16;
        if (!TryLanes(places, 4, out order)) return false;
        for (int i = 0; i < 16; i += 4)
            if (places[i] >= 16 != (isSecondFirst != i >= 8)) return false;
        return true;
    }

    /// <summary>The mask of a rearrangement of one operand: zeros where the other one's bytes are to be.</summary>
    public static UInt128 Mask(ReadOnlySpan<byte> places, int first)
    {
        UInt128 mask = UInt128.Zero;
        for (int i = 0; i < 16; i++)
        {
            int place = places[i] - first;
            mask |= (UInt128)(place is >= 0 and < 16 ? (uint)place : 0x80u) << (8 * i);
        }

        return mask;
    }

    /// <summary>The lowest lanes, each followed by zeros up to another size. Any byte of the second operand is a zero.</summary>
    public static bool IsExtension(ReadOnlySpan<byte> places, int from, int to)
    {
        for (int i = 0; i < 16; i++)
        {
            int within = i % to;
            if (within < from ? places[i] != i / to * from + within : places[i] < 16) return false;
        }

        return true;
    }

    /// <summary>Successive bytes of the first operand, with zeros at one end: how far it is shifted, down where that is positive.</summary>
    public static bool TryShift(ReadOnlySpan<byte> places, out int count)
    {
        int first = 0;
        while (first < 16 && places[first] >= 16) first++;
        count = first == 16 ? 0 : places[first] - first;
        if (count == 0) return false;
        for (int i = 0; i < 16; i++)
        {
            int place = i + count;
            if (place is >= 0 and < 16 ? places[i] != place : places[i] < 16) return false;
        }

        return true;
    }
}
