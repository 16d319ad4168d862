using System;

namespace ContractVm.Text;

/// <summary>The grammar of numbers and the values of integers (WebAssembly 3.0, text format, "Values").</summary>
internal static class NumberText
{
    /// <summary>
    /// The kind of a token that starts with a digit, a sign, or one of the letters of inf and nan: a number where it is one,
    /// and <see cref="TokenKind.Reserved"/> otherwise.
    /// </summary>
    public static TokenKind Classify(ReadOnlySpan<byte> text)
    {
        int at = text[0] is (byte)'+' or (byte)'-' ? 1 : 0;
        ReadOnlySpan<byte> body = text[at..];
        if (body.SequenceEqual("inf"u8) || body.SequenceEqual("nan"u8)) return TokenKind.Float;
        if (body.StartsWith("nan:0x"u8))
            return IsDigits(body[6..], hexadecimal: true, out int length) && length == body.Length - 6 ? TokenKind.Float : TokenKind.Reserved;

        bool hexadecimal = body.StartsWith("0x"u8);
        if (hexadecimal) body = body[2..];
        if (!IsDigits(body, hexadecimal, out int digits)) return TokenKind.Reserved;
        if (digits == body.Length) return at == 0 ? TokenKind.Natural : TokenKind.Integer;

        body = body[digits..];
        if (body[0] == '.')
        {
            body = body[1..];
            if (IsDigits(body, hexadecimal, out digits)) body = body[digits..];
        }

        if (body.Length == 0) return TokenKind.Float;
        if ((body[0] | 0x20) != (hexadecimal ? 'p' : 'e')) return TokenKind.Reserved;
        body = body[1..];
        if (body.Length > 0 && body[0] is (byte)'+' or (byte)'-') body = body[1..];
        return IsDigits(body, hexadecimal: false, out digits) && digits == body.Length ? TokenKind.Float : TokenKind.Reserved;
    }

    /// <summary>Reads a natural number that is at most <paramref name="limit"/>; false where it is larger.</summary>
    public static bool TryReadNatural(ReadOnlySpan<byte> text, ulong limit, out ulong value)
    {
        uint radix = 10;
        if (text.StartsWith("0x"u8))
        {
            radix = 16;
            text = text[2..];
        }

        value = 0;
        foreach (byte character in text)
        {
            if (character == '_') continue;
            uint digit = DigitValue(character);
            if (value > (limit - digit) / radix || digit > limit) return false;
            value = value * radix + digit;
        }

        return true;
    }

    /// <summary>
    /// Reads an integer whose sign is not part of its type: 0 to 2^bits-1 without a sign, -2^(bits-1) to 2^(bits-1)-1 with one.
    /// The value is in two's complement, cut to its bits.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> text, int bits, out ulong value)
    {
        ulong mask = ulong.MaxValue >> (64 - bits);
        bool hasSign = text[0] is (byte)'+' or (byte)'-';
        if (!hasSign) return TryReadNatural(text, mask, out value);
        bool isNegative = text[0] == '-';
        ulong limit = (mask >> 1) + (isNegative ? 1UL : 0UL);
        if (!TryReadNatural(text[1..], limit, out value)) return false;
        if (isNegative) value = (0 - value) & mask;
        return true;
    }

    public static uint DigitValue(byte character) =>
        character <= '9' ? character - (uint)'0' : (character | 0x20u) - 'a' + 10;

    /// <summary>Digits with single underscores between them, as far as they go.</summary>
    private static bool IsDigits(ReadOnlySpan<byte> text, bool hexadecimal, out int length)
    {
        length = 0;
        while (true)
        {
            if (length == text.Length || !IsDigit(text[length], hexadecimal)) return false;
            length++;
            if (length == text.Length) return true;
            if (text[length] == '_') length++;
            else if (!IsDigit(text[length], hexadecimal)) return true;
        }
    }

    private static bool IsDigit(byte character, bool hexadecimal) =>
        hexadecimal ? char.IsAsciiHexDigit((char)character) : char.IsAsciiDigit((char)character);
}
