using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ContractVm.StateStore;

/// <summary>Up to 64 nibbles, one per byte: the part of a key between two branches of a trie.</summary>
internal struct NibblePath
{
    /// <summary>The nibbles of a 32-byte key.</summary>
    public const int Maximum = 64;

    private Content _nibbles;
    private byte _length;

    /// <summary>The number of nibbles.</summary>
    public readonly int Length => _length;

    /// <summary>The nibbles, in place.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Nibbles => ((ReadOnlySpan<byte>)_nibbles)[.._length];

    /// <summary>Forgets all nibbles.</summary>
    public void Clear() => _length = 0;

    /// <summary>Appends one nibble.</summary>
    public void Add(int nibble) => _nibbles[_length++] = (byte)nibble;

    /// <summary>Appends nibbles.</summary>
    public void Add(scoped ReadOnlySpan<byte> nibbles)
    {
        nibbles.CopyTo(((Span<byte>)_nibbles)[_length..]);
        _length += (byte)nibbles.Length;
    }

    /// <summary>Drops the first nibbles.</summary>
    public void RemoveFirst(int count)
    {
        Span<byte> all = _nibbles;
        all[count.._length].CopyTo(all);
        _length -= (byte)count;
    }

    /// <summary>Keeps only the first nibbles.</summary>
    public void Truncate(int count) => _length = (byte)count;

    /// <summary>The nibble at a place of a key of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<byte> key, int place) => (key[place >> 1] >> (4 * (~place & 1))) & 15;

    /// <summary>Writes the nibbles of a key, two per byte.</summary>
    public static void Expand(ReadOnlySpan<byte> key, Span<byte> nibbles)
    {
        for (int i = 0; i < key.Length; i++)
        {
            nibbles[2 * i] = (byte)(key[i] >> 4);
            nibbles[2 * i + 1] = (byte)(key[i] & 15);
        }
    }

    /// <summary>The bytes that <see cref="Pack"/> needs for a number of nibbles.</summary>
    public static int PackedLength(int nibbles) => (nibbles + 1) / 2;

    /// <summary>Writes two nibbles per byte; the low half of the last byte of an odd number is 0.</summary>
    public static void Pack(ReadOnlySpan<byte> nibbles, Span<byte> packed)
    {
        int pairs = nibbles.Length / 2;
        for (int i = 0; i < pairs; i++) packed[i] = (byte)(nibbles[2 * i] << 4 | nibbles[2 * i + 1]);
        if ((nibbles.Length & 1) != 0) packed[pairs] = (byte)(nibbles[^1] << 4);
    }

    /// <summary>Writes the compact ("hex prefix") form of a path and returns its length (Yellow Paper, appendix C).</summary>
    public static int WriteHexPrefix(ReadOnlySpan<byte> nibbles, bool isLeaf, Span<byte> destination)
    {
        int flag = isLeaf ? 2 : 0;
        bool odd = (nibbles.Length & 1) != 0;
        destination[0] = (byte)(odd ? (flag + 1) << 4 | nibbles[0] : flag << 4);
        Pack(odd ? nibbles[1..] : nibbles, destination[1..]);
        return 1 + nibbles.Length / 2;
    }

    [InlineArray(Maximum)]
    private struct Content
    {
        private byte _first;
    }
}
