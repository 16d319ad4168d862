using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ContractVm.Interpreter;

/// <summary>
/// Integer vector operations that are not one operation of .NET with the same exact definition (WebAssembly 3.0, "Numerics").
/// Only operations whose result is defined for every input are used, never one that follows the machine.
/// </summary>
internal static class VectorMath
{
    // Vectors pass through calls by way of memory, which takes longer than what is done with them.
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Byte k of the result is byte indices[k] of a, or 0 where there is none.</summary>
    [MethodImpl(Inline)] public static Vector128<byte> Swizzle(Vector128<byte> a, Vector128<byte> indices) => Vector128.Shuffle(a, indices);

    /// <summary>Indices from 16 choose from b; for each side, those of the other are out of range and give 0.</summary>
    [MethodImpl(Inline)] public static Vector128<byte> Shuffle(Vector128<byte> a, Vector128<byte> b, Vector128<byte> indices) =>
        Vector128.Shuffle(a, indices) | Vector128.Shuffle(b, indices - Vector128.Create((byte)16));

    [MethodImpl(Inline)] public static Vector128<byte> Bitselect(Vector128<byte> a, Vector128<byte> b, Vector128<byte> mask) => (a & mask) | Vector128.AndNot(b, mask);

    /// <summary>The absolute value; the most negative number stays itself.</summary>
    [MethodImpl(Inline)] public static Vector128<T> Abs<T>(Vector128<T> a) => Vector128.ConditionalSelect(Vector128.LessThan(a, Vector128<T>.Zero), Vector128<T>.Zero - a, a);

    /// <summary>Counts bits in pairs, then in nibbles, then in bytes.</summary>
    [MethodImpl(Inline)] public static Vector128<byte> PopCount(Vector128<byte> a)
    {
        Vector128<byte> pairs = Vector128.Create((byte)0x55), nibbles = Vector128.Create((byte)0x33), bytes = Vector128.Create((byte)0x0F);
        a -= (a >>> 1) & pairs;
        a = (a & nibbles) + ((a >>> 2) & nibbles);
        return (a + (a >>> 4)) & bytes;
    }

    /// <summary>The unsigned average, rounded up, without wider lanes: a + b is twice (a | b), less (a ^ b).</summary>
    [MethodImpl(Inline)] public static Vector128<T> Average<T>(Vector128<T> a, Vector128<T> b) => (a | b) - ((a ^ b) >>> 1);

    [MethodImpl(Inline)] public static Vector128<sbyte> NarrowSigned(Vector128<short> a, Vector128<short> b) => Vector128.NarrowWithSaturation(a, b);
    [MethodImpl(Inline)] public static Vector128<short> NarrowSigned(Vector128<int> a, Vector128<int> b) => Vector128.NarrowWithSaturation(a, b);

    /// <summary>Signed lanes to unsigned ones: what is negative becomes 0.</summary>
    [MethodImpl(Inline)] public static Vector128<byte> NarrowUnsigned(Vector128<short> a, Vector128<short> b) =>
        Vector128.NarrowWithSaturation(Vector128.Max(a, Vector128<short>.Zero).AsUInt16(), Vector128.Max(b, Vector128<short>.Zero).AsUInt16());

    /// <inheritdoc cref="NarrowUnsigned(Vector128{short}, Vector128{short})"/>
    [MethodImpl(Inline)] public static Vector128<ushort> NarrowUnsigned(Vector128<int> a, Vector128<int> b) =>
        Vector128.NarrowWithSaturation(Vector128.Max(a, Vector128<int>.Zero).AsUInt32(), Vector128.Max(b, Vector128<int>.Zero).AsUInt32());

    // The even lanes of a pair are its low halves: moved up and down again they are extended.
    [MethodImpl(Inline)] private static Vector128<short> Even(Vector128<sbyte> a) => (a.AsInt16() << 8) >> 8;
    [MethodImpl(Inline)] private static Vector128<short> Odd(Vector128<sbyte> a) => a.AsInt16() >> 8;
    [MethodImpl(Inline)] private static Vector128<int> Even(Vector128<short> a) => (a.AsInt32() << 16) >> 16;
    [MethodImpl(Inline)] private static Vector128<int> Odd(Vector128<short> a) => a.AsInt32() >> 16;

    [MethodImpl(Inline)] public static Vector128<short> AddPairs(Vector128<sbyte> a) => Even(a) + Odd(a);
    [MethodImpl(Inline)] public static Vector128<int> AddPairs(Vector128<short> a) => Even(a) + Odd(a);
    [MethodImpl(Inline)] public static Vector128<ushort> AddPairs(Vector128<byte> a) => (a.AsUInt16() & Vector128.Create((ushort)0xFF)) + (a.AsUInt16() >>> 8);
    [MethodImpl(Inline)] public static Vector128<uint> AddPairs(Vector128<ushort> a) => (a.AsUInt32() & Vector128.Create(0xFFFFu)) + (a.AsUInt32() >>> 16);

    [MethodImpl(Inline)] public static Vector128<int> Dot(Vector128<short> a, Vector128<short> b) => Even(a) * Even(b) + Odd(a) * Odd(b);

    /// <summary>The deterministic profile's relaxed dot product: both sides signed, the sum of a pair saturates.</summary>
    [MethodImpl(Inline)] public static Vector128<short> RelaxedDot(Vector128<sbyte> a, Vector128<sbyte> b) => Vector128.AddSaturate(Even(a) * Even(b), Odd(a) * Odd(b));

    [MethodImpl(Inline)] public static Vector128<int> RelaxedDotAdd(Vector128<sbyte> a, Vector128<sbyte> b, Vector128<int> c) => AddPairs(RelaxedDot(a, b)) + c;

    /// <summary>The rounded product of two numbers with 15 fractional bits; only -1 times -1 saturates.</summary>
    [MethodImpl(Inline)] public static Vector128<short> Q15Multiply(Vector128<short> a, Vector128<short> b) =>
        Vector128.NarrowWithSaturation(
            Q15(Vector128.WidenLower(a) * Vector128.WidenLower(b)), Q15(Vector128.WidenUpper(a) * Vector128.WidenUpper(b)));

    [MethodImpl(Inline)] private static Vector128<int> Q15(Vector128<int> product) => (product + Vector128.Create(0x4000)) >> 15;

    [MethodImpl(Inline)] public static bool AllTrue<T>(Vector128<T> a) => !Vector128.EqualsAny(a, Vector128<T>.Zero);
}
