using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ContractVm.StateStore;

/// <summary>
/// A 20-byte account address. Ordered and compared byte by byte, first byte first. Immutable, so safe to share between threads.
/// </summary>
public readonly struct Address : IEquatable<Address>, IComparable<Address>
{
    /// <summary>The number of bytes: 20.</summary>
    public const int Length = 20;

    private const int Digits = Length * 2;

    private readonly Content _bytes;

    private Address(ReadOnlySpan<byte> bytes) => bytes.CopyTo(_bytes);

    /// <summary>20 zero bytes.</summary>
    public static Address Zero => default;

    /// <summary>The bytes, in place: the span lives as long as the variable that holds this value.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>True when all 20 bytes are zero.</summary>
    public bool IsZero => !Bytes.ContainsAnyExcept((byte)0);

    /// <summary>Copies 20 bytes.</summary>
    /// <exception cref="ArgumentException">The span is not 20 bytes long.</exception>
    public static Address FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length) ThrowLength(bytes.Length);
        return new Address(bytes);
    }

    /// <summary>The address of an uncompressed public key without its 04 prefix: the hash's last 20 bytes (Yellow Paper, appendix F).</summary>
    /// <exception cref="ArgumentException">The key is not 64 bytes long.</exception>
    public static Address FromPublicKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != 64) throw new ArgumentException($"a public key has 64 bytes, not {key.Length}");
        Hash256 hash = Keccak256.Hash(key);
        return new Address(hash.Bytes[^Length..]);
    }

    /// <summary>
    /// The address of a contract created by <paramref name="sender"/> whose nonce before the creation is <paramref name="nonce"/>:
    /// the last 20 bytes of keccak(rlp([sender, nonce])) (Yellow Paper, section 7).
    /// </summary>
    public static Address ForCreate(in Address sender, ulong nonce)
    {
        // list header, 21 bytes of address, at most 9 bytes of nonce: always a short list
        Span<byte> item = stackalloc byte[1 + 21 + 9];
        item[1] = 0x80 + Length;
        sender.Bytes.CopyTo(item[2..]);
        int end = 22;
        if (nonce is > 0 and < 0x80) item[end++] = (byte)nonce;
        else
        {
            Span<byte> number = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(number, nonce);
            ReadOnlySpan<byte> digits = number.TrimStart((byte)0);
            item[end++] = (byte)(0x80 + digits.Length);
            digits.CopyTo(item[end..]);
            end += digits.Length;
        }
        item[0] = (byte)(0xC0 + end - 1);
        Hash256 hash = Keccak256.Hash(item[..end]);
        return new Address(hash.Bytes[^Length..]);
    }

    /// <summary>
    /// The address of a contract created with a salt: the last 20 bytes of keccak(0xff ‖ sender ‖ salt ‖ keccak(init code)) (EIP-1014).
    /// </summary>
    public static Address ForCreate2(in Address sender, in Hash256 salt, in Hash256 initCodeHash)
    {
        Span<byte> item = stackalloc byte[1 + Length + Hash256.Length + Hash256.Length];
        item[0] = 0xFF;
        sender.Bytes.CopyTo(item[1..]);
        salt.CopyTo(item[(1 + Length)..]);
        initCodeHash.CopyTo(item[(1 + Length + Hash256.Length)..]);
        Hash256 hash = Keccak256.Hash(item);
        return new Address(hash.Bytes[^Length..]);
    }

    /// <summary>Copies the 20 bytes to the start of a span.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 20 bytes.</exception>
    public void CopyTo(Span<byte> destination) => Bytes.CopyTo(destination);

    /// <summary>Returns the 20 bytes in a new array.</summary>
    public byte[] ToArray() => Bytes.ToArray();

    /// <summary>Reads an address as <see cref="TryParse"/> does.</summary>
    /// <exception cref="FormatException">The text is not an address, or its mixed-case checksum is wrong.</exception>
    public static Address Parse(ReadOnlySpan<char> text) => TryParse(text, out Address address)
        ? address
        : throw new FormatException("not 0x followed by 40 hexadecimal digits with a right EIP-55 checksum");

    /// <summary>
    /// Reads <c>0x</c> and 40 hexadecimal digits: all lower case, all upper case, or mixed case with the right EIP-55 checksum.
    /// False for any other text.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Address address)
    {
        address = default;
        Span<byte> bytes = stackalloc byte[Length];
        if (!Hex.TryDecode(text, bytes)) return false;
        Address parsed = new(bytes);
        ReadOnlySpan<char> digits = text[2..];
        if (digits.ContainsAnyInRange('a', 'f') && digits.ContainsAnyInRange('A', 'F'))
        {
            Span<char> expected = stackalloc char[Digits];
            parsed.WriteChecksummed(expected);
            if (!digits.SequenceEqual(expected)) return false;
        }
        address = parsed;
        return true;
    }

    /// <summary><c>0x</c> and 40 lower-case digits.</summary>
    public override string ToString() => Hex.Encode(Bytes);

    /// <summary><c>0x</c> and 40 digits in mixed case with the checksum of EIP-55.</summary>
    public string ToChecksumString()
    {
        Span<char> text = stackalloc char[2 + Digits];
        text[0] = '0';
        text[1] = 'x';
        WriteChecksummed(text[2..]);
        return new string(text);
    }

    /// <summary>True when all bytes are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(Address other)
    {
        ReadOnlySpan<byte> left = Bytes;
        ReadOnlySpan<byte> right = other.Bytes;
        return Read64(left, 0) == Read64(right, 0) && Read64(left, 8) == Read64(right, 8) && Read32(left) == Read32(right);
    }

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Address other && Equals(other);

    /// <summary>A hash code for tables in this process; it differs from process to process.</summary>
    public override int GetHashCode()
    {
        ReadOnlySpan<byte> bytes = Bytes;
        return HashSeed.Mix(Read64(bytes, 0), Read64(bytes, 8), Read32(bytes), Length);
    }

    /// <summary>Compares byte by byte, first byte first.</summary>
    public int CompareTo(Address other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>True when all bytes are equal.</summary>
    public static bool operator ==(in Address left, in Address right) => left.Equals(right);

    /// <summary>True when some byte differs.</summary>
    public static bool operator !=(in Address left, in Address right) => !left.Equals(right);

    /// <summary>Bytewise order.</summary>
    public static bool operator <(in Address left, in Address right) => left.CompareTo(right) < 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >(in Address left, in Address right) => left.CompareTo(right) > 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator <=(in Address left, in Address right) => left.CompareTo(right) <= 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >=(in Address left, in Address right) => left.CompareTo(right) >= 0;

    // EIP-55: a letter is upper case when the nibble at its place in keccak(lower-case digits) is 8 or more.
    private void WriteChecksummed(Span<char> digits)
    {
        Span<byte> ascii = stackalloc byte[Digits];
        ReadOnlySpan<byte> bytes = Bytes;
        for (int i = 0; i < Digits; i++)
            ascii[i] = "0123456789abcdef"u8[Nibble(bytes, i)];
        Hash256 hash = Keccak256.Hash(ascii);
        for (int i = 0; i < Digits; i++)
        {
            bool upper = ascii[i] >= (byte)'a' && Nibble(hash.Bytes, i) >= 8;
            digits[i] = (char)(upper ? ascii[i] - 32 : ascii[i]);
        }
    }

    private static int Nibble(ReadOnlySpan<byte> bytes, int index) => (bytes[index >> 1] >> (4 * (~index & 1))) & 15;

    private static ulong Read64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    private static uint Read32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);

    [DoesNotReturn]
    private static void ThrowLength(int length) => throw new ArgumentException($"an address has 20 bytes, not {length}");

    [InlineArray(Length)]
    private struct Content
    {
        private byte _first;
    }
}
