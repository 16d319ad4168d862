using System;
using System.Globalization;
using System.Numerics;

namespace ContractVm.Text;

/// <summary>An IEEE 754 binary interchange format.</summary>
/// <param name="Bits">Width in bits.</param>
/// <param name="Precision">Bits of the significand, the hidden one included.</param>
/// <param name="MinimumExponent">Exponent of the smallest normal number.</param>
internal readonly record struct FloatFormat(int Bits, int Precision, int MinimumExponent)
{
    public static FloatFormat Single { get; } = new(32, 24, -126);
    public static FloatFormat Double { get; } = new(64, 53, -1022);

    public ulong SignBit => 1UL << (Bits - 1);
    public ulong Infinity => SignBit - (1UL << (Precision - 1));
    public ulong QuietBit => 1UL << (Precision - 2);
}

/// <summary>
/// Values of floating-point literals, rounded once, to nearest with ties to even (WebAssembly 3.0, text format, "Values",
/// "Floating-Point").
/// </summary>
internal static class FloatText
{
    /// <summary>Halfway points between doubles have at most 767 digits; more are only zero or not zero.</summary>
    private const int MaximumDigits = 800;
    /// <summary>Powers of ten beyond any finite or non-zero double.</summary>
    private const long ExponentLimit = 400;

    /// <summary>
    /// Reads a number of any of the three number tokens into its bits. False where it is out of range: a finite number that
    /// rounds to infinity, or a payload that is zero or too wide.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> text, FloatFormat format, out ulong bits)
    {
        ulong sign = text[0] == '-' ? format.SignBit : 0;
        if (text[0] is (byte)'+' or (byte)'-') text = text[1..];
        bool isGood = text switch
        {
            [(byte)'i', ..] => Give(format.Infinity, out bits),
            [(byte)'n', _, _] => Give(format.Infinity | format.QuietBit, out bits),
            [(byte)'n', ..] => TryReadPayload(text[4..], format, out bits),
            [(byte)'0', (byte)'x', ..] => TryReadHexadecimal(text[2..], format, out bits),
            _ => TryReadDecimal(text, format, out bits),
        };
        bits |= sign;
        return isGood;
    }

    private static bool Give(ulong value, out ulong bits)
    {
        bits = value;
        return true;
    }

    private static bool TryReadPayload(ReadOnlySpan<byte> text, FloatFormat format, out ulong bits)
    {
        bool isGood = NumberText.TryReadNatural(text, (1UL << (format.Precision - 1)) - 1, out ulong payload) && payload != 0;
        bits = format.Infinity | payload;
        return isGood;
    }

    private static bool TryReadHexadecimal(ReadOnlySpan<byte> text, FloatFormat format, out ulong bits)
    {
        int mark = text.IndexOfAny((byte)'p', (byte)'P');
        long exponent = mark < 0 ? 0 : ReadExponent(text[(mark + 1)..]);
        ulong significand = 0;
        bool isInexact = false, isFraction = false;
        foreach (byte character in mark < 0 ? text : text[..mark])
        {
            if (character == '_') continue;
            if (character == '.')
            {
                isFraction = true;
                continue;
            }

            uint digit = NumberText.DigitValue(character);
            bool isFull = significand >> 60 != 0;
            if (isFull) isInexact |= digit != 0;
            else significand = significand << 4 | digit;
            // A digit that was taken moves the point when it is a fraction; one that was not, when it is not.
            if (isFull != isFraction) exponent += isFull ? 4 : -4;
        }

        return TryRound(significand, exponent, isInexact, format, out bits);
    }

    /// <summary>Rounds significand times 2^exponent; an inexact significand stands for a little more than it says.</summary>
    private static bool TryRound(ulong significand, long exponent, bool isInexact, FloatFormat format, out ulong bits)
    {
        bits = 0;
        if (significand == 0) return true;
        int shift = BitOperations.LeadingZeroCount(significand);
        significand <<= shift;
        long leading = exponent - shift + 63;
        if (leading > -format.MinimumExponent + 1) return false;

        // Below the normal numbers, every power of two costs one more bit.
        long missing = Math.Max(0, format.MinimumExponent - leading);
        long dropped = 64 - format.Precision + missing;
        if (dropped > 64) return true;
        ulong kept = dropped == 64 ? 0 : significand >> (int)dropped;
        ulong rest = dropped == 64 ? significand : significand & ((1UL << (int)dropped) - 1);
        ulong half = 1UL << (int)(dropped - 1);
        bool roundsUp = rest > half || (rest == half && (isInexact || (kept & 1) != 0));

        // The hidden bit adds one to the exponent field, and so does a carry out of the significand.
        bits = kept + (roundsUp ? 1UL : 0UL);
        if (missing == 0) bits += (ulong)(leading - format.MinimumExponent) << (format.Precision - 1);
        return bits < format.Infinity;
    }

    private static bool TryReadDecimal(ReadOnlySpan<byte> text, FloatFormat format, out ulong bits)
    {
        int mark = text.IndexOfAny((byte)'e', (byte)'E');
        long exponent = mark < 0 ? 0 : ReadExponent(text[(mark + 1)..]);
        Span<byte> digits = stackalloc byte[MaximumDigits + 16];
        int count = 0;
        bool isFraction = false, isInexact = false;
        foreach (byte character in mark < 0 ? text : text[..mark])
        {
            if (character == '_') continue;
            if (character == '.')
            {
                isFraction = true;
                continue;
            }

            bool isTaken = count < MaximumDigits && (count > 0 || character != '0');
            if (isTaken) digits[count++] = character;
            else isInexact |= character != '0';
            bool isLeadingZero = !isTaken && count == 0;
            if (isFraction && (isTaken || isLeadingZero)) exponent--;
            else if (!isFraction && count == MaximumDigits && !isTaken) exponent++;
        }

        bits = 0;
        long leading = exponent + count;
        if (count == 0 || leading < -ExponentLimit) return true;
        if (leading > ExponentLimit) return false;
        if (isInexact)
        {
            digits[count++] = (byte)'1';
            exponent--;
        }

        digits[count++] = (byte)'e';
        exponent.TryFormat(digits[count..], out int written, default, CultureInfo.InvariantCulture);
        ReadOnlySpan<byte> normal = digits[..(count + written)];
        const NumberStyles Styles = NumberStyles.AllowExponent;
        bits = format.Bits == 32
            ? BitConverter.SingleToUInt32Bits(float.Parse(normal, Styles, CultureInfo.InvariantCulture))
            : BitConverter.DoubleToUInt64Bits(double.Parse(normal, Styles, CultureInfo.InvariantCulture));
        return bits < format.Infinity;
    }

    /// <summary>An exponent, cut off far beyond what the length of any text could bring back into range.</summary>
    private static long ReadExponent(ReadOnlySpan<byte> text)
    {
        const long Limit = 1L << 40;
        bool isNegative = text[0] == '-';
        if (text[0] is (byte)'+' or (byte)'-') text = text[1..];
        long value = 0;
        foreach (byte character in text)
            if (character != '_' && value < Limit) value = value * 10 + (character - '0');
        return isNegative ? -value : value;
    }
}
