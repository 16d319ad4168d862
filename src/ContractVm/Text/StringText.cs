using System;
using System.Text;

namespace ContractVm.Text;

/// <summary>String literals (WebAssembly 3.0, text format, "Values", "Strings").</summary>
internal static class StringText
{
    /// <summary>
    /// The length of the literal at the start of the text, both quotes included. Control characters, wrong escapes and a missing
    /// quote are refused; characters above ASCII have been checked before.
    /// </summary>
    public static int Measure(ReadOnlySpan<byte> text, int offset)
    {
        int at = 1;
        while (at < text.Length)
        {
            byte character = text[at];
            switch (character)
            {
                case (byte)'"':
                    return at + 1;
                case (byte)'\\':
                    int length = MeasureEscape(text[at..]);
                    if (length == 0) throw new TextException(TextErrorCode.BadEscape, offset + at, "no such escape in a string");
                    at += length;
                    break;
                case (byte)'\n' or (byte)'\r':
                    throw new TextException(TextErrorCode.UnclosedString, offset, "the string does not end on its line");
                case < 0x20 or 0x7F:
                    throw new TextException(TextErrorCode.UnexpectedCharacter, offset + at, "a control character in a string must be escaped");
                default:
                    at++;
                    break;
            }
        }

        throw new TextException(TextErrorCode.UnclosedString, offset, "the string does not end");
    }

    /// <summary>Appends the bytes that a measured literal stands for.</summary>
    public static void Decode(ReadOnlySpan<byte> literal, ByteWriter destination)
    {
        ReadOnlySpan<byte> rest = literal[1..^1];
        while (rest.IndexOf((byte)'\\') is int plain and >= 0)
        {
            destination.WriteBytes(rest[..plain]);
            rest = rest[plain..];
            int length = MeasureEscape(rest);
            WriteEscape(rest[..length], destination);
            rest = rest[length..];
        }

        destination.WriteBytes(rest);
    }

    /// <summary>The length of an escape from its backslash, or 0 where it is none.</summary>
    private static int MeasureEscape(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2) return 0;
        if ("nrt\\'\""u8.Contains(text[1])) return 2;
        if (text[1] != 'u') return text.Length > 2 && char.IsAsciiHexDigit((char)text[1]) && char.IsAsciiHexDigit((char)text[2]) ? 3 : 0;

        if (text.Length < 3 || text[2] != '{') return 0;
        uint value = 0;
        bool afterDigit = false;
        for (int at = 3; at < text.Length; at++)
        {
            byte character = text[at];
            if (character == '}') return afterDigit && Rune.IsValid(value) ? at + 1 : 0;
            if (character == '_' && afterDigit)
            {
                afterDigit = false;
                continue;
            }

            if (!char.IsAsciiHexDigit((char)character)) return 0;
            value = value << 4 | NumberText.DigitValue(character);
            if (value > 0x10FFFF) return 0;
            afterDigit = true;
        }

        return 0;
    }

    private static void WriteEscape(ReadOnlySpan<byte> escape, ByteWriter destination)
    {
        switch (escape[1])
        {
            case (byte)'n':
                destination.WriteByte((byte)'\n');
                break;
            case (byte)'r':
                destination.WriteByte((byte)'\r');
                break;
            case (byte)'t':
                destination.WriteByte((byte)'\t');
                break;
            case (byte)'u':
                uint value = 0;
                foreach (byte character in escape[3..^1])
                    if (character != '_') value = value << 4 | NumberText.DigitValue(character);
                Span<byte> bytes = stackalloc byte[4];
                destination.WriteBytes(bytes[..new Rune(value).EncodeToUtf8(bytes)]);
                break;
            default:
                destination.WriteByte(escape.Length == 3
                    ? (byte)(NumberText.DigitValue(escape[1]) << 4 | NumberText.DigitValue(escape[2]))
                    : escape[1]);
                break;
        }
    }
}
