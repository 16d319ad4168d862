using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace ContractVm.StateStore;

/// <summary>
/// Reads RLP items one after the other from bytes it does not own (Yellow Paper, appendix B), and accepts only the one canonical
/// encoding of everything. Nothing is copied or allocated. Every method throws <see cref="RlpException"/> with the name of the
/// field and the offset in the whole input; the reader must not be used after that. For one thread, as every ref struct.
/// </summary>
public ref struct RlpReader
{
    private readonly ReadOnlySpan<byte> _input;
    private readonly int _base;
    private int _position;

    /// <summary>Starts before the first item of <paramref name="input"/>.</summary>
    public RlpReader(ReadOnlySpan<byte> input) : this(input, 0)
    {
    }

    private RlpReader(ReadOnlySpan<byte> input, int start)
    {
        _input = input;
        _base = start;
        _position = 0;
    }

    /// <summary>Byte offset of the next item in the whole input.</summary>
    public readonly int Offset => _base + _position;

    /// <summary>True when no item is left.</summary>
    public readonly bool AtEnd => _position == _input.Length;

    /// <summary>True when the next item is a list; false for a string and at the end.</summary>
    public readonly bool NextIsList => _position < _input.Length && _input[_position] >= 0xC0;

    /// <summary>Enters a list: returns a reader over its items and moves behind it.</summary>
    public RlpReader ReadList(string field)
    {
        Header header = ReadHeader(field);
        if (!header.IsList) Throw(RlpError.ExpectedList, Offset, field);
        int start = _position + header.Size;
        _position = start + header.Length;
        return new RlpReader(_input.Slice(start, header.Length), _base + start);
    }

    /// <summary>Reads a string of any length; the span is a part of the input.</summary>
    public ReadOnlySpan<byte> ReadBytes(string field)
    {
        Header header = ReadHeader(field);
        if (header.IsList) Throw(RlpError.ExpectedString, Offset, field);
        int start = _position + header.Size;
        _position = start + header.Length;
        return _input.Slice(start, header.Length);
    }

    /// <summary>Reads a string of at most <paramref name="maximum"/> bytes.</summary>
    public ReadOnlySpan<byte> ReadBytes(int maximum, string field)
    {
        int offset = Offset;
        ReadOnlySpan<byte> bytes = ReadBytes(field);
        if (bytes.Length > maximum) Throw(RlpError.TooLarge, offset, field);
        return bytes;
    }

    /// <summary>Reads a string of exactly <paramref name="length"/> bytes.</summary>
    public ReadOnlySpan<byte> ReadFixed(int length, string field)
    {
        int offset = Offset;
        ReadOnlySpan<byte> bytes = ReadBytes(field);
        if (bytes.Length != length) Throw(RlpError.WrongLength, offset, field);
        return bytes;
    }

    /// <summary>Reads an integer of at most 64 bits.</summary>
    public ulong ReadUInt64(string field)
    {
        ReadOnlySpan<byte> bytes = ReadInteger(8, field);
        Span<byte> padded = stackalloc byte[8];
        padded.Clear();
        bytes.CopyTo(padded[(8 - bytes.Length)..]);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    /// <summary>Reads an integer of at most 256 bits.</summary>
    public UInt256 ReadUInt256(string field) => UInt256.FromBigEndian(ReadInteger(32, field));

    /// <summary>Reads 20 bytes.</summary>
    public Address ReadAddress(string field) => Address.FromBytes(ReadFixed(Address.Length, field));

    /// <summary>Reads 20 bytes, or null for the empty string: the recipient of a transaction (Yellow Paper, section 4.2).</summary>
    public Address? ReadOptionalAddress(string field)
    {
        int offset = Offset;
        ReadOnlySpan<byte> bytes = ReadBytes(field);
        if (bytes.IsEmpty) return null;
        if (bytes.Length != Address.Length) Throw(RlpError.WrongLength, offset, field);
        return Address.FromBytes(bytes);
    }

    /// <summary>Reads 32 bytes.</summary>
    public Hash256 ReadHash(string field) => Hash256.FromBytes(ReadFixed(Hash256.Length, field));

    /// <summary>Reads one item of any kind and returns it with its prefix; the items inside a list are not checked.</summary>
    public ReadOnlySpan<byte> ReadRaw(string field)
    {
        Header header = ReadHeader(field);
        ReadOnlySpan<byte> item = _input.Slice(_position, header.Size + header.Length);
        _position += item.Length;
        return item;
    }

    /// <summary>Counts the items that are left, without moving; the items inside lists are not checked.</summary>
    public readonly int CountItems(string field)
    {
        RlpReader copy = this;
        int count = 0;
        while (!copy.AtEnd)
        {
            copy.ReadRaw(field);
            count++;
        }
        return count;
    }

    /// <summary>Requires that no item is left.</summary>
    public readonly void End(string field)
    {
        if (!AtEnd) Throw(RlpError.TrailingBytes, Offset, field);
    }

    /// <summary>
    /// Requires that the bytes are exactly one canonical item, at every depth. The depth is bounded by memory only, not by the
    /// stack: the open lists are kept in a pooled array of at most one number per byte of input.
    /// </summary>
    public static void Validate(ReadOnlySpan<byte> input, string field)
    {
        RlpReader reader = new(input);
        Header first = reader.ReadHeader(field);
        if (first.Size + first.Length != input.Length) Throw(RlpError.TrailingBytes, first.Size + first.Length, field);
        if (!first.IsList) return;

        int[] ends = ArrayPool<int>.Shared.Rent(16);
        try
        {
            int depth = 0;
            ends[depth++] = input.Length;
            int position = first.Size;
            while (depth > 0)
            {
                int end = ends[depth - 1];
                if (position == end)
                {
                    depth--;
                    continue;
                }
                RlpReader inner = new(input[position..end], position);
                Header header = inner.ReadHeader(field);
                position += header.Size;
                if (!header.IsList)
                {
                    position += header.Length;
                    continue;
                }
                if (depth == ends.Length) ends = Grow(ends);
                ends[depth++] = position + header.Length;
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(ends);
        }
    }

    private static int[] Grow(int[] full)
    {
        int[] larger = ArrayPool<int>.Shared.Rent(full.Length * 2);
        full.CopyTo(larger, 0);
        ArrayPool<int>.Shared.Return(full);
        return larger;
    }

    private ReadOnlySpan<byte> ReadInteger(int maximum, string field)
    {
        int offset = Offset;
        ReadOnlySpan<byte> bytes = ReadBytes(field);
        if (!bytes.IsEmpty && bytes[0] == 0) Throw(RlpError.LeadingZero, offset, field);
        if (bytes.Length > maximum) Throw(RlpError.TooLarge, offset, field);
        return bytes;
    }

    // Reads the prefix of the next item and checks that the item fits; does not move.
    private readonly Header ReadHeader(string field)
    {
        ReadOnlySpan<byte> rest = _input[_position..];
        if (rest.IsEmpty) Throw(RlpError.Truncated, Offset, field);
        int first = rest[0];
        if (first < 0x80) return new Header(false, 0, 1);

        bool isList = first >= 0xC0;
        int code = first - (isList ? 0xC0 : 0x80);
        int size = 1;
        int length = code;
        if (code > 55)
        {
            size += code - 55;
            length = ReadLength(rest, code - 55, field);
        }
        if (length > rest.Length - size) Throw(RlpError.Truncated, Offset, field);
        if (!isList && length == 1 && rest[size] < 0x80) Throw(RlpError.NonMinimalByte, Offset, field);
        return new Header(isList, size, length);
    }

    private readonly int ReadLength(ReadOnlySpan<byte> rest, int count, string field)
    {
        if (rest.Length < 1 + count) Throw(RlpError.Truncated, Offset, field);
        if (rest[1] == 0) Throw(RlpError.NonMinimalLength, Offset, field);
        if (count > 4) Throw(RlpError.TooLarge, Offset, field);
        long length = 0;
        for (int i = 1; i <= count; i++) length = length << 8 | rest[i];
        if (length <= 55) Throw(RlpError.NonMinimalLength, Offset, field);
        if (length > int.MaxValue) Throw(RlpError.TooLarge, Offset, field);
        return (int)length;
    }

    [DoesNotReturn]
    private static void Throw(RlpError error, int offset, string field) => throw new RlpException(error, offset, field);

    // Size counts the prefix, Length what follows it; a byte below 0x80 is its own content, so its prefix has no bytes.
    private readonly record struct Header(bool IsList, int Size, int Length);
}
