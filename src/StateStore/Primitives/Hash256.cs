using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContractVm.StateStore;

/// <summary>
/// 32 bytes: a Keccak-256 hash, a storage key or a storage value. Ordered and compared byte by byte, first byte first.
/// Immutable, so safe to share between threads.
/// </summary>
public readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>
{
    /// <summary>The number of bytes: 32.</summary>
    public const int Length = 32;

    // Four words in memory order, not in numeric order: the word size only gives the struct its alignment.
    private readonly Words _words;

    private Hash256(ReadOnlySpan<byte> bytes) => bytes.CopyTo(MemoryMarshal.AsBytes((Span<ulong>)_words));

    /// <summary>32 zero bytes.</summary>
    public static Hash256 Zero => default;

    /// <summary>The bytes, in place: the span lives as long as the variable that holds this value.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes((ReadOnlySpan<ulong>)_words);

    /// <summary>True when all 32 bytes are zero.</summary>
    public bool IsZero => (_words[0] | _words[1] | _words[2] | _words[3]) == 0;

    /// <summary>Copies 32 bytes.</summary>
    /// <exception cref="ArgumentException">The span is not 32 bytes long.</exception>
    public static Hash256 FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length) ThrowLength(bytes.Length);
        return new Hash256(bytes);
    }

    /// <summary>The 32-byte big-endian form of a number: how a number becomes a storage key or value.</summary>
    public static Hash256 FromUInt256(in UInt256 value)
    {
        Span<byte> bytes = stackalloc byte[Length];
        value.ToBigEndian(bytes);
        return new Hash256(bytes);
    }

    /// <summary>The bytes read as one big-endian number.</summary>
    public UInt256 ToUInt256() => UInt256.FromBigEndian(Bytes);

    /// <summary>Copies the 32 bytes to the start of a span.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination) => Bytes.CopyTo(destination);

    /// <summary>Returns the 32 bytes in a new array.</summary>
    public byte[] ToArray() => Bytes.ToArray();

    /// <summary>Reads <c>0x</c> and 64 hexadecimal digits of either case.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static Hash256 Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out Hash256 hash) ? hash : throw new FormatException("not 0x followed by 64 hexadecimal digits");

    /// <summary>Reads <c>0x</c> and 64 hexadecimal digits of either case; false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bool good = Hex.TryDecode(text, bytes);
        hash = good ? new Hash256(bytes) : default;
        return good;
    }

    /// <summary><c>0x</c> and 64 lower-case digits.</summary>
    public override string ToString() => Hex.Encode(Bytes);

    /// <summary>True when all bytes are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(Hash256 other) =>
        ((_words[0] ^ other._words[0]) | (_words[1] ^ other._words[1]) | (_words[2] ^ other._words[2]) | (_words[3] ^ other._words[3])) == 0;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Hash256 other && Equals(other);

    /// <summary>A hash code for tables in this process; it differs from process to process.</summary>
    public override int GetHashCode() => HashSeed.Mix(_words[0], _words[1], _words[2], _words[3]);

    /// <summary>Compares byte by byte, first byte first.</summary>
    public int CompareTo(Hash256 other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>True when all bytes are equal.</summary>
    public static bool operator ==(in Hash256 left, in Hash256 right) => left.Equals(right);

    /// <summary>True when some byte differs.</summary>
    public static bool operator !=(in Hash256 left, in Hash256 right) => !left.Equals(right);

    /// <summary>Bytewise order.</summary>
    public static bool operator <(in Hash256 left, in Hash256 right) => left.CompareTo(right) < 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >(in Hash256 left, in Hash256 right) => left.CompareTo(right) > 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator <=(in Hash256 left, in Hash256 right) => left.CompareTo(right) <= 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >=(in Hash256 left, in Hash256 right) => left.CompareTo(right) >= 0;

    [DoesNotReturn]
    private static void ThrowLength(int length) => throw new ArgumentException($"a Hash256 has 32 bytes, not {length}");

    [InlineArray(4)]
    private struct Words
    {
        private ulong _first;
    }
}
