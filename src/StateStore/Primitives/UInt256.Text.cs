using System;
using System.Globalization;

namespace ContractVm.StateStore;

public readonly partial struct UInt256
{
    private const int MaxDecimalDigits = 78;
    private const ulong TenToThe19 = 10_000_000_000_000_000_000;

    /// <summary>The number in decimal digits, without leading zeros.</summary>
    public override string ToString()
    {
        if (FitsUInt64) return _w0.ToString(CultureInfo.InvariantCulture);
        Span<char> digits = stackalloc char[MaxDecimalDigits];
        int start = MaxDecimalDigits;
        UInt256 rest = this;
        while (!rest.IsZero)
        {
            rest = DivRem(rest, TenToThe19, out UInt256 group);
            ulong part = group._w0;
            // every group but the first one printed has 19 digits
            for (int i = 0; rest.IsZero ? part != 0 : i < 19; i++)
            {
                digits[--start] = (char)('0' + part % 10);
                part /= 10;
            }
        }
        return new string(digits[start..]);
    }

    /// <summary><c>0x</c> and lower-case digits without leading zeros, <c>0x0</c> for 0: a JSON-RPC "quantity".</summary>
    public string ToHexString()
    {
        Span<byte> bytes = stackalloc byte[32];
        ToBigEndian(bytes);
        string digits = Convert.ToHexStringLower(bytes).TrimStart('0');
        return digits.Length == 0 ? "0x0" : "0x" + digits;
    }

    /// <summary>Reads a number as <see cref="TryParse"/> does.</summary>
    /// <exception cref="FormatException">The text is not such a number, or it needs more than 256 bits.</exception>
    public static UInt256 Parse(ReadOnlySpan<char> text) => TryParse(text, out UInt256 value)
        ? value
        : throw new FormatException("not a decimal or 0x-hexadecimal number below 2^256");

    /// <summary>
    /// Reads decimal digits, or <c>0x</c> and hexadecimal digits of either case; leading zeros are allowed, signs and separators are
    /// not. False for any other text and for numbers of more than 256 bits.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out UInt256 value) =>
        Hex.HasPrefix(text) ? TryParseHex(text[2..], out value) : TryParseDecimal(text, out value);

    private static bool TryParseHex(ReadOnlySpan<char> digits, out UInt256 value)
    {
        value = Zero;
        if (digits.IsEmpty) return false;
        UInt256 result = Zero;
        foreach (char digit in digits)
        {
            if (!char.IsAsciiHexDigit(digit) || result._w3 >> 60 != 0) return false;
            int number = digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10;
            result = result << 4 | (ulong)number;
        }
        value = result;
        return true;
    }

    private static bool TryParseDecimal(ReadOnlySpan<char> digits, out UInt256 value)
    {
        value = Zero;
        if (digits.IsEmpty) return false;
        UInt256 result = Zero;
        foreach (char digit in digits)
        {
            if (!char.IsAsciiDigit(digit)) return false;
            if (!TryMultiply(result, 10, out UInt256 shifted) || !TryAdd(shifted, (ulong)(digit - '0'), out result)) return false;
        }
        value = result;
        return true;
    }
}
