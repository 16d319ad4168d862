using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace ContractVm.StateStore;

/// <summary>
/// An unsigned integer of 256 bits. The operators wrap modulo 2^256, as the words of the Ethereum Virtual Machine do
/// (Yellow Paper, appendix H); the Try methods report overflow instead. Immutable, so safe to share between threads.
/// </summary>
public readonly partial struct UInt256 : IEquatable<UInt256>, IComparable<UInt256>
{
    // Least significant word first.
    private readonly ulong _w0;
    private readonly ulong _w1;
    private readonly ulong _w2;
    private readonly ulong _w3;

    /// <summary>Builds a number from four 64-bit words, the least significant one first.</summary>
    public UInt256(ulong word0, ulong word1, ulong word2, ulong word3)
    {
        _w0 = word0;
        _w1 = word1;
        _w2 = word2;
        _w3 = word3;
    }

    /// <summary>0.</summary>
    public static UInt256 Zero => default;

    /// <summary>1.</summary>
    public static UInt256 One => new(1, 0, 0, 0);

    /// <summary>2^256 - 1.</summary>
    public static UInt256 MaxValue => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <summary>True for 0.</summary>
    public bool IsZero => (_w0 | _w1 | _w2 | _w3) == 0;

    /// <summary>True when the number fits into 64 bits.</summary>
    public bool FitsUInt64 => (_w1 | _w2 | _w3) == 0;

    /// <summary>The place of the highest set bit plus one; 0 for 0.</summary>
    public int BitLength =>
        _w3 != 0 ? 256 - BitOperations.LeadingZeroCount(_w3)
        : _w2 != 0 ? 192 - BitOperations.LeadingZeroCount(_w2)
        : _w1 != 0 ? 128 - BitOperations.LeadingZeroCount(_w1)
        : 64 - BitOperations.LeadingZeroCount(_w0);

    /// <summary>The number of bytes of the shortest big-endian form; 0 for 0.</summary>
    public int ByteLength => (BitLength + 7) / 8;

    /// <summary>Reads up to 32 bytes, most significant first; no bytes are 0.</summary>
    /// <exception cref="ArgumentException">There are more than 32 bytes.</exception>
    public static UInt256 FromBigEndian(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 32)
            return new UInt256(
                BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes));
        if (bytes.Length > 32) throw new ArgumentException($"a UInt256 has at most 32 bytes, not {bytes.Length}", nameof(bytes));
        Span<byte> padded = stackalloc byte[32];
        padded.Clear();
        bytes.CopyTo(padded[(32 - bytes.Length)..]);
        return FromBigEndian(padded);
    }

    /// <summary>Writes all 32 bytes, most significant first, to the start of a span.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public void ToBigEndian(Span<byte> destination)
    {
        if (destination.Length < 32) throw new ArgumentException($"32 bytes are needed, not {destination.Length}", nameof(destination));
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _w0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _w1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _w2);
        BinaryPrimitives.WriteUInt64BigEndian(destination, _w3);
    }

    /// <summary>
    /// Writes the shortest big-endian form (no leading zero byte, nothing for 0) to the start of a span and returns its length.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is shorter than <see cref="ByteLength"/>.</exception>
    public int ToMinimalBigEndian(Span<byte> destination)
    {
        Span<byte> full = stackalloc byte[32];
        ToBigEndian(full);
        int length = ByteLength;
        full[(32 - length)..].CopyTo(destination);
        return length;
    }

    /// <summary>Every 64-bit number is a 256-bit number.</summary>
    public static implicit operator UInt256(ulong value) => new(value, 0, 0, 0);

    /// <summary>The number as 64 bits.</summary>
    /// <exception cref="OverflowException">The number does not fit into 64 bits.</exception>
    public static explicit operator ulong(in UInt256 value) =>
        value.FitsUInt64 ? value._w0 : throw new OverflowException("the number does not fit into 64 bits");

    /// <summary>The lowest 64 bits.</summary>
    public ulong LowUInt64 => _w0;

    /// <summary>The number as an arbitrary-size integer, for printing and for tests.</summary>
    public BigInteger ToBigInteger()
    {
        Span<byte> bytes = stackalloc byte[32];
        ToBigEndian(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    /// <summary>The same number as an arbitrary-size integer, for printing and for tests.</summary>
    /// <exception cref="OverflowException">The number is negative or needs more than 256 bits.</exception>
    public static UInt256 FromBigInteger(BigInteger value)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (value.Sign < 0 || !value.TryWriteBytes(bytes, out int written, isUnsigned: true, isBigEndian: true))
            throw new OverflowException("the number is not between 0 and 2^256 - 1");
        return FromBigEndian(bytes[..written]);
    }

    /// <summary>True when the numbers are equal.</summary>
    public bool Equals(UInt256 other) => ((_w0 ^ other._w0) | (_w1 ^ other._w1) | (_w2 ^ other._w2) | (_w3 ^ other._w3)) == 0;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is UInt256 other && Equals(other);

    /// <summary>A hash code for tables in this process; it differs from process to process.</summary>
    public override int GetHashCode() => HashSeed.Mix(_w0, _w1, _w2, _w3);

    /// <summary>Numeric order.</summary>
    public int CompareTo(UInt256 other) => this < other ? -1 : Equals(other) ? 0 : 1;

    /// <summary>True when the numbers are equal.</summary>
    public static bool operator ==(in UInt256 left, in UInt256 right) => left.Equals(right);

    /// <summary>True when the numbers differ.</summary>
    public static bool operator !=(in UInt256 left, in UInt256 right) => !left.Equals(right);

    /// <summary>Numeric order.</summary>
    public static bool operator <(in UInt256 left, in UInt256 right)
    {
        if (left._w3 != right._w3) return left._w3 < right._w3;
        if (left._w2 != right._w2) return left._w2 < right._w2;
        if (left._w1 != right._w1) return left._w1 < right._w1;
        return left._w0 < right._w0;
    }

    /// <summary>Numeric order.</summary>
    public static bool operator >(in UInt256 left, in UInt256 right) => right < left;

    /// <summary>Numeric order.</summary>
    public static bool operator <=(in UInt256 left, in UInt256 right) => !(right < left);

    /// <summary>Numeric order.</summary>
    public static bool operator >=(in UInt256 left, in UInt256 right) => !(left < right);
}
