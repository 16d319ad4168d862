using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ContractVm.StateStore;

/// <summary>
/// Keyed mixing for <c>GetHashCode</c>. The key is random per process because contracts choose storage keys and could otherwise
/// build colliding ones; no result may depend on the order of a hash table, so the key never shows.
/// </summary>
internal static class HashSeed
{
    private static readonly ulong First;
    private static readonly ulong Second;
    private static readonly ulong Third;
    private static readonly ulong Fourth;

    static HashSeed()
    {
        Span<ulong> key = stackalloc ulong[4];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(key));
        First = key[0];
        Second = key[1];
        Third = key[2];
        Fourth = key[3];
    }

    /// <summary>Mixes four words with two folded 64 × 64 bit multiplications under the key.</summary>
    public static int Mix(ulong a, ulong b, ulong c, ulong d)
    {
        ulong mixed = Fold(a ^ First, b ^ Second) + Fold(c ^ Third, d ^ Fourth);
        mixed = Fold(mixed ^ Second, Third | 1);
        return (int)(mixed ^ (mixed >> 32));
    }

    /// <summary>Mixes bytes of any number.</summary>
    public static int Mix(ReadOnlySpan<byte> bytes)
    {
        ulong mixed = (ulong)bytes.Length;
        for (; bytes.Length >= 16; bytes = bytes[16..])
            mixed = Fold(BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ First ^ mixed, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) ^ Second);
        Span<byte> last = stackalloc byte[16];
        last.Clear();
        bytes.CopyTo(last);
        mixed = Fold(BinaryPrimitives.ReadUInt64LittleEndian(last) ^ Third ^ mixed, BinaryPrimitives.ReadUInt64LittleEndian(last[8..]) ^ Fourth);
        mixed = Fold(mixed ^ Second, Third | 1);
        return (int)(mixed ^ (mixed >> 32));
    }

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
