using System;
using System.Buffers.Binary;
using System.Text;

namespace ContractVm.Binary;

/// <summary>
/// Reads the binary format's elements from a range of the module's bytes (WebAssembly 3.0, binary format, "Values"). Every
/// failure is a <see cref="ModuleException"/> with the offset of the offending byte and the section and function at hand.
/// </summary>
internal ref struct ByteReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    public ByteReader(ReadOnlySpan<byte> module, ByteRange range)
    {
        _bytes = module[..range.End];
        _position = range.Start;
    }

    /// <summary>Name of the section being read, for errors.</summary>
    public string? Section;
    /// <summary>Index of the function being read, or -1, for errors.</summary>
    public int Function = -1;
    /// <summary>Takes what is found while reading; readers of validated bytes have none.</summary>
    public Findings Findings = null!;

    /// <summary>Offset of the next byte.</summary>
    public int Position
    {
        readonly get => _position;
        set => _position = value;
    }

    public readonly int End => _bytes.Length;
    public readonly int Remaining => _bytes.Length - _position;
    public readonly bool IsAtEnd => _position >= _bytes.Length;

    public readonly ModuleException Error(ModuleErrorCode code, string detail) => Error(code, _position, detail);
    public readonly ModuleException Error(ModuleErrorCode code, int offset, string detail) => new(new ModuleError(code, offset, Section, Function, detail));

    /// <summary>Refuses the module for a reason after which the bytes can still be read.</summary>
    /// <exception cref="ModuleException">Reasons are not collected.</exception>
    public readonly void Report(ModuleErrorCode code, int offset, string detail, Features feature = Features.None)
    {
        ModuleError error = new(code, offset, Section, Function, detail) { Feature = feature };
        if (Findings.Reasons is not ReasonList reasons) throw new ModuleException(error);
        reasons.Add(error);
    }

    public byte ReadByte(string what)
    {
        if (_position >= _bytes.Length) throw Error(ModuleErrorCode.UnexpectedEnd, $"the bytes end before {what}");
        return _bytes[_position++];
    }

    public readonly byte PeekByte() => _position < _bytes.Length ? _bytes[_position] : (byte)0;

    public ReadOnlySpan<byte> ReadBytes(int count, string what)
    {
        if (count < 0 || count > Remaining) throw Error(ModuleErrorCode.UnexpectedEnd, $"{what} is longer than what is left");
        ReadOnlySpan<byte> result = _bytes.Slice(_position, count);
        _position += count;
        return result;
    }

    /// <summary>Skips a range and returns where it is.</summary>
    public ByteRange ReadRange(uint length, string what)
    {
        if (length > (uint)Remaining) throw Error(ModuleErrorCode.UnexpectedEnd, $"{what} is longer than what is left");
        ByteRange range = new(_position, _position + (int)length);
        _position = range.End;
        return range;
    }

    /// <summary>Unsigned LEB128, at most 32 bits.</summary>
    public uint ReadU32(string what)
    {
        if (_position < _bytes.Length)
        {
            byte first = _bytes[_position];
            if (first < 0x80)
            {
                _position++;
                return first;
            }
        }

        return (uint)ReadUnsigned(32, what);
    }

    /// <summary>Unsigned LEB128, at most 64 bits.</summary>
    public ulong ReadU64(string what) => ReadUnsigned(64, what);

    /// <summary>Signed LEB128, at most 32 bits.</summary>
    public int ReadS32(string what) => (int)ReadSigned(32, what);

    /// <summary>Signed LEB128, at most 33 bits.</summary>
    public long ReadS33(string what) => ReadSigned(33, what);

    /// <summary>Signed LEB128, at most 64 bits.</summary>
    public long ReadS64(string what) => ReadSigned(64, what);

    public uint ReadFixed32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4, what));
    public ulong ReadFixed64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8, what));

    /// <summary>
    /// The length of a vector. Each element takes at least one byte, so a length above the bytes that are left is wrong
    /// before anything is reserved for it.
    /// </summary>
    public int ReadCount(string what)
    {
        int start = _position;
        uint count = ReadU32(what);
        if (count > (uint)Remaining) throw Error(ModuleErrorCode.UnexpectedEnd, start, $"{what} announces {count} items in {Remaining} bytes");
        return (int)count;
    }

    /// <summary>A name: UTF-8 with its length.</summary>
    public string ReadName(string what)
    {
        int start = _position;
        uint length = ReadU32(what);
        ReadOnlySpan<byte> bytes = ReadBytes(length > int.MaxValue ? -1 : (int)length, what);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error(ModuleErrorCode.BadUtf8, start, $"{what} is not UTF-8");
        }
    }

    private ulong ReadUnsigned(int bits, string what)
    {
        int start = _position;
        ulong result = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = ReadByte(what);
            if (shift + 7 > bits)
            {
                if (next >= 0x80) throw Error(ModuleErrorCode.IntegerTooLong, start, $"{what}: the integer has too many bytes");
                if (next >> (bits - shift) != 0) throw Error(ModuleErrorCode.IntegerTooLarge, start, $"{what}: the integer has more than {bits} bits");
            }

            result |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return result;
        }
    }

    private long ReadSigned(int bits, string what)
    {
        int start = _position;
        long result = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = ReadByte(what);
            if (shift + 7 > bits)
            {
                if (next >= 0x80) throw Error(ModuleErrorCode.IntegerTooLong, start, $"{what}: the integer has too many bytes");
                // The bits beyond the type, and the sign bit itself, must all equal the sign.
                int used = bits - shift;
                int rest = (sbyte)(next << 1) >> 1 >> (used - 1);
                if (rest is not (0 or -1)) throw Error(ModuleErrorCode.IntegerTooLarge, start, $"{what}: the integer has more than {bits} bits");
            }

            result |= (long)(next & 0x7F) << shift;
            if (next >= 0x80) continue;
            int length = shift + 7;
            return length < 64 ? result << (64 - length) >> (64 - length) : result;
        }
    }
}
