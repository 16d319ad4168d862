using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using System.Numerics;
using System.Text;

namespace ContractVm.Text;

/// <summary>
/// Collects characters for a <see cref="TextWriter"/> and knows the shapes that text has everywhere: lines with their
/// indentation and offsets, numbers, floats and strings. Only ASCII is written, with line feeds.
/// </summary>
internal sealed class PrintBuffer
{
    // Deeper nesting is not indented further: the output stays linear in the module's size, and no screen is wider.
    private const int DeepestIndentation = 40;
    private const int LineWidth = 110;
    private const string Blanks = "                                                                                ";

    private readonly TextWriter _output;
    private readonly char[] _buffer = new char[16384];
    private readonly int _offsetDigits;
    private int _length;
    private long _flushed;
    private int _column;
    private int _indentation;
    private bool _hasLines;

    /// <param name="output">Where the characters go.</param>
    /// <param name="largestOffset">The largest offset to be shown, or -1 to show none.</param>
    public PrintBuffer(TextWriter output, int largestOffset)
    {
        _output = output;
        ShowsOffsets = largestOffset >= 0;
        _offsetDigits = ShowsOffsets ? (BitOperations.Log2((uint)largestOffset | 1) >> 2) + 1 : 0;
    }

    public bool ShowsOffsets { get; }

    /// <summary>How many characters have been written.</summary>
    public long Written => _flushed + _length;

    public void Flush()
    {
        _output.Write(_buffer, 0, _length);
        _flushed += _length;
        _length = 0;
    }

    public void Write(char character)
    {
        if (_length == _buffer.Length) Flush();
        _buffer[_length++] = character;
        _column++;
    }

    public void Write(ReadOnlySpan<char> text)
    {
        _column += text.Length;
        while (text.Length > _buffer.Length - _length)
        {
            int part = _buffer.Length - _length;
            text[..part].CopyTo(_buffer.AsSpan(_length));
            _length += part;
            text = text[part..];
            Flush();
        }

        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    /// <summary>Starts a line; an offset of -1 leaves its place empty, so that indentation lines up.</summary>
    public void StartLine(int depth, int offset = -1)
    {
        if (_hasLines) Write('\n');
        _hasLines = true;
        _column = 0;
        if (ShowsOffsets) WriteGutter(offset);
        Write(Blanks.AsSpan(0, 2 * Math.Min(depth, DeepestIndentation)));
        _indentation = _column;
    }

    /// <summary>A blank between items of a list, or a new line where this one is long; nothing where one has just begun.</summary>
    public void Separate(int depth)
    {
        if (_column == _indentation) return;
        if (_column < LineWidth) Write(' ');
        else StartLine(depth);
    }

    /// <summary>An offset inside of a line, with the blank after it.</summary>
    public void WriteInlineOffset(int offset)
    {
        if (!ShowsOffsets) return;
        WriteOffset(offset);
        Write(' ');
    }

    public void WriteNumber(ulong value)
    {
        Span<char> digits = stackalloc char[20];
        value.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        Write(digits[..length]);
    }

    public void WriteSigned(long value)
    {
        Span<char> digits = stackalloc char[20];
        value.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        Write(digits[..length]);
    }

    /// <summary>The least hexadecimal digits, after 0x.</summary>
    public void WriteHex(ulong value, string format = "x")
    {
        Span<char> digits = stackalloc char[16];
        value.TryFormat(digits, out int length, format, CultureInfo.InvariantCulture);
        Write("0x");
        Write(digits[..length]);
    }

    public void WriteFloat32(uint bits)
    {
        const uint exponent = 0x7F80_0000;
        if ((bits & exponent) == exponent)
        {
            WriteSpecialFloat(bits >> 31 != 0, bits & 0x007F_FFFF, 0x0040_0000);
            return;
        }

        // The shortest decimal that reads back to the same bits, the sign of zero included.
        Span<char> digits = stackalloc char[32];
        BitConverter.UInt32BitsToSingle(bits).TryFormat(digits, out int length, "R", CultureInfo.InvariantCulture);
        Write(digits[..length]);
    }

    public void WriteFloat64(ulong bits)
    {
        const ulong exponent = 0x7FF0_0000_0000_0000;
        if ((bits & exponent) == exponent)
        {
            WriteSpecialFloat(bits >> 63 != 0, bits & 0x000F_FFFF_FFFF_FFFF, 0x0008_0000_0000_0000);
            return;
        }

        Span<char> digits = stackalloc char[32];
        BitConverter.UInt64BitsToDouble(bits).TryFormat(digits, out int length, "R", CultureInfo.InvariantCulture);
        Write(digits[..length]);
    }

    /// <summary>Sixteen bytes as four hexadecimal lanes.</summary>
    public void WriteVector(ReadOnlySpan<byte> bytes)
    {
        Write("i32x4");
        for (int lane = 0; lane < 16; lane += 4)
        {
            Write(' ');
            WriteHex(BinaryPrimitives.ReadUInt32LittleEndian(bytes[lane..]), "x8");
        }
    }

    /// <summary>A name as a string.</summary>
    public void WriteString(string name) => WriteString(Encoding.UTF8.GetBytes(name));

    /// <summary>Bytes as a string on this line.</summary>
    public void WriteString(ReadOnlySpan<byte> bytes)
    {
        Write('"');
        foreach (byte value in bytes) WriteEscaped(value);
        Write('"');
    }

    /// <summary>Bytes as strings, each on a line of its own where they need more than what is left of this one.</summary>
    public void WriteStrings(ReadOnlySpan<byte> bytes, int depth)
    {
        if (bytes.Length < (LineWidth - _column) / 2) Write(' ');
        else StartLine(depth);
        Write('"');
        foreach (byte value in bytes)
        {
            if (_column > LineWidth)
            {
                Write('"');
                StartLine(depth);
                Write('"');
            }

            WriteEscaped(value);
        }

        Write('"');
    }

    /// <summary>The form of a byte in strings and quoted identifiers; returns how many characters it takes, at most three.</summary>
    public static int Escape(byte value, Span<char> text)
    {
        if (value is >= 0x20 and < 0x7F and not (byte)'"' and not (byte)'\\')
        {
            text[0] = (char)value;
            return 1;
        }

        text[0] = '\\';
        text[1] = (char)value;
        if (value is (byte)'"' or (byte)'\\') return 2;
        value.TryFormat(text[1..], out _, "x2", CultureInfo.InvariantCulture);
        return 3;
    }

    private void WriteEscaped(byte value)
    {
        Span<char> text = stackalloc char[3];
        Write(text[..Escape(value, text)]);
    }

    private void WriteSpecialFloat(bool isNegative, ulong fraction, ulong canonical)
    {
        if (isNegative) Write('-');
        if (fraction == 0)
        {
            Write("inf");
            return;
        }

        Write("nan");
        if (fraction == canonical) return;
        Write(':');
        WriteHex(fraction);
    }

    private void WriteGutter(int offset)
    {
        int width = _offsetDigits + "(;@;) ".Length;
        if (offset >= 0) WriteOffset(offset);
        while (_column < width) Write(' ');
    }

    private void WriteOffset(int offset)
    {
        Span<char> digits = stackalloc char[8];
        offset.TryFormat(digits, out int length, "x", CultureInfo.InvariantCulture);
        Write("(;@");
        Write(digits[..length]);
        Write(";)");
    }
}
