using System;
using System.Globalization;

namespace ContractVm.Cli.Modules;

/// <summary>
/// Numbers of the numeric types and vectors as text. Integers are decimal (signed or unsigned) or hexadecimal; floats are decimal,
/// nan, inf, -inf, or their bits in hexadecimal.
/// </summary>
internal static class NumericText
{
    private const uint CanonicalNan32 = 0x7FC0_0000;
    private const ulong CanonicalNan64 = 0x7FF8_0000_0000_0000;

    /// <summary>True for i32, i64, f32, f64 and v128.</summary>
    public static bool IsNumeric(ValueType type) => type == ValueType.I32 || type == ValueType.I64 || type == ValueType.V128 || type.IsFloat;

    /// <summary>Reads a value to its slots: one, or two for a v128, low half first.</summary>
    public static bool TryParse(ValueType type, string text, Span<ulong> slots)
    {
        if (type != ValueType.V128) return TryParse(type, text, out slots[0]);
        UInt128 vector = 0;
        bool isRead = text.StartsWith("0x", StringComparison.Ordinal) && text.Length <= 34
            && UInt128.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out vector);
        (slots[0], slots[1]) = ((ulong)vector, (ulong)(vector >> 64));
        return isRead;
    }

    /// <summary>Reads a value of a numeric type to its 64-bit slot: i32 zero-extended, floats as bits.</summary>
    public static bool TryParse(ValueType type, string text, out ulong bits)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal)) return TryParseBits(text.AsSpan(2), Digits(type), out bits);
        if (!type.IsFloat) return TryParseInteger(type, text, out bits);
        ulong? special = (text, type == ValueType.F32) switch
        {
            ("nan", true) => CanonicalNan32,
            ("nan", false) => CanonicalNan64,
            ("inf", true) => BitConverter.SingleToUInt32Bits(float.PositiveInfinity),
            ("inf", false) => BitConverter.DoubleToUInt64Bits(double.PositiveInfinity),
            ("-inf", true) => BitConverter.SingleToUInt32Bits(float.NegativeInfinity),
            ("-inf", false) => BitConverter.DoubleToUInt64Bits(double.NegativeInfinity),
            _ => null,
        };
        bits = special ?? 0;
        return special is not null || TryParseFloat(type, text, out bits);
    }

    /// <summary>How values of a type are written, for errors.</summary>
    public static string Expectation(ValueType type) => type == ValueType.V128
        ? "0x and at most 32 hexadecimal digits, the highest lane first"
        : type.IsFloat
        ? $"a decimal number in the type's range, nan, inf, -inf, or 0x and at most {Digits(type)} hexadecimal digits (the value's bits)"
        : type == ValueType.I32
            ? "a whole number from -2147483648 to 4294967295, or 0x and at most 8 hexadecimal digits"
            : "a whole number from -9223372036854775808 to 18446744073709551615, or 0x and at most 16 hexadecimal digits";

    /// <summary>The bits of a value in its slots.</summary>
    public static string Bits(ValueType type, ulong low, ulong high) =>
        type == ValueType.V128 ? string.Create(CultureInfo.InvariantCulture, $"0x{high:x16}{low:x16}") : Bits(type, low);

    /// <summary>The bits in hexadecimal, as many digits as the type has; 16 for references.</summary>
    public static string Bits(ValueType type, ulong bits) =>
        Digits(type) == 8 ? string.Create(CultureInfo.InvariantCulture, $"0x{(uint)bits:x8}") : string.Create(CultureInfo.InvariantCulture, $"0x{bits:x16}");

    /// <summary>The value for people: signed, and unsigned where that differs; floats in the shortest form that reads back.</summary>
    public static string Readable(ValueType type, ulong bits)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        if (type == ValueType.I32) return (int)bits < 0 ? string.Create(invariant, $"{(int)bits} (unsigned {(uint)bits})") : ((int)bits).ToString(invariant);
        if (type == ValueType.I64) return (long)bits < 0 ? string.Create(invariant, $"{(long)bits} (unsigned {bits})") : bits.ToString(invariant);
        if (type == ValueType.F32) return Special(BitConverter.UInt32BitsToSingle((uint)bits)) ?? BitConverter.UInt32BitsToSingle((uint)bits).ToString("R", invariant);
        if (type == ValueType.F64) return Special(BitConverter.UInt64BitsToDouble(bits)) ?? BitConverter.UInt64BitsToDouble(bits).ToString("R", invariant);
        if (type == ValueType.V128) return "vector";
        // A function reference is the function's index plus one.
        return bits == 0 ? "null" : type == ValueType.FuncRef ? string.Create(invariant, $"function {bits - 1}") : "reference";
    }

    private static int Digits(ValueType type) => type == ValueType.I32 || type == ValueType.F32 ? 8 : 16;

    private static string? Special(double value) =>
        double.IsNaN(value) ? "nan" : double.IsPositiveInfinity(value) ? "inf" : double.IsNegativeInfinity(value) ? "-inf" : null;

    private static bool TryParseBits(ReadOnlySpan<char> digits, int most, out ulong bits)
    {
        bits = 0;
        return digits.Length <= most && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits);
    }

    private static bool TryParseInteger(ValueType type, string text, out ulong bits)
    {
        bool isSigned = text.StartsWith('-');
        bits = 0;
        if (isSigned)
        {
            if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long negative)) return false;
            if (type == ValueType.I32 && negative < int.MinValue) return false;
            bits = type == ValueType.I32 ? (uint)negative : (ulong)negative;
            return true;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && (type == ValueType.I64 || bits <= uint.MaxValue);
    }

    private static bool TryParseFloat(ValueType type, string text, out ulong bits)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        bits = 0;
        // The library also reads words and symbols for infinity; those are not decimal numbers.
        if (text.AsSpan().ContainsAnyExcept("+-.0123456789eE")) return false;
        if (type == ValueType.F32)
        {
            if (!float.TryParse(text, Style, CultureInfo.InvariantCulture, out float single) || !float.IsFinite(single)) return false;
            bits = BitConverter.SingleToUInt32Bits(single);
            return true;
        }

        if (!double.TryParse(text, Style, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number)) return false;
        bits = BitConverter.DoubleToUInt64Bits(number);
        return true;
    }
}
