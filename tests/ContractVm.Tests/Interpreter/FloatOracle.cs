using System;
using System.Numerics;

namespace ContractVm.Tests.Interpreter;

/// <summary>A binary floating-point format by its three numbers (IEEE 754-2019, 3.3).</summary>
/// <param name="Width">Bits of an encoding.</param>
/// <param name="Precision">Bits of a significand, the leading one included.</param>
/// <param name="LowestExponent">Power of two of the smallest denormal.</param>
internal sealed record FloatFormat(int Width, int Precision, int LowestExponent)
{
    public static readonly FloatFormat Single = new(32, 24, -149), Double = new(64, 53, -1074);

    public ulong SignBit => 1UL << (Width - 1);
    public ulong Infinity => SignBit - (1UL << (Precision - 1));
    public ulong CanonicalNaN => Infinity | 1UL << (Precision - 2);
    public bool IsNaN(ulong bits) => (bits & ~SignBit) > Infinity;
    public bool IsInfinite(ulong bits) => (bits & ~SignBit) == Infinity;
    public bool IsNegative(ulong bits) => (bits & SignBit) != 0;
    public bool IsZero(ulong bits) => (bits & ~SignBit) == 0;
}

/// <summary>
/// What the operations are by their definitions, over whole numbers alone: an operand is a significand times a power of two, a
/// result is the exact one rounded once, to nearest and even. No floating-point operator takes part.
/// </summary>
internal static class FloatOracle
{
    /// <summary>A finite operand as an exact whole multiple of the format's smallest denormal.</summary>
    public static BigInteger Units(FloatFormat format, ulong bits)
    {
        ulong magnitude = bits & ~format.SignBit, fraction = magnitude & ((1UL << (format.Precision - 1)) - 1);
        int field = (int)(magnitude >> (format.Precision - 1));
        BigInteger units = field == 0 ? fraction : (BigInteger)(fraction | 1UL << (format.Precision - 1)) << (field - 1);
        return format.IsNegative(bits) ? -units : units;
    }

    /// <summary>The encoding nearest to numerator / denominator × 2^exponent; a zero takes the sign that is given.</summary>
    public static ulong Round(FloatFormat format, BigInteger numerator, BigInteger denominator, int exponent, bool zeroIsNegative)
    {
        bool isNegative = numerator.IsZero ? zeroIsNegative : numerator.Sign < 0;
        ulong sign = isNegative ? format.SignBit : 0;
        numerator = BigInteger.Abs(numerator);
        if (numerator.IsZero) return sign;

        // The unit in the last place: such that the quotient has as many bits as the precision, and no lower than a denormal's.
        int unit = (int)(numerator.GetBitLength() - denominator.GetBitLength()) + exponent - format.Precision;
        while (true)
        {
            if (unit < format.LowestExponent) unit = format.LowestExponent;
            int shift = exponent - unit;
            BigInteger scaled = shift > 0 ? numerator << shift : numerator, divisor = shift < 0 ? denominator << -shift : denominator;
            BigInteger quotient = BigInteger.DivRem(scaled, divisor, out BigInteger rest);
            if (quotient.GetBitLength() > format.Precision)
            {
                unit++;
                continue;
            }

            int half = (rest * 2).CompareTo(divisor);
            if (half > 0 || half == 0 && !quotient.IsEven) quotient += 1;
            // A carry out of the significand goes on into the exponent by itself, as the encodings are in the order of the values.
            BigInteger encoding = quotient + ((BigInteger)(unit - format.LowestExponent) << (format.Precision - 1));
            return sign | (encoding >= format.Infinity ? format.Infinity : (ulong)encoding);
        }
    }

    public static ulong Add(FloatFormat format, ulong a, ulong b)
    {
        if (format.IsNaN(a) || format.IsNaN(b)) return format.CanonicalNaN;
        if (format.IsInfinite(a)) return format.IsInfinite(b) && a != b ? format.CanonicalNaN : a;
        if (format.IsInfinite(b)) return b;
        // An exact zero is negative only where both terms are.
        return Round(format, Units(format, a) + Units(format, b), 1, format.LowestExponent, format.IsNegative(a) && format.IsNegative(b));
    }

    public static ulong Subtract(FloatFormat format, ulong a, ulong b) =>
        format.IsNaN(b) ? format.CanonicalNaN : Add(format, a, b ^ format.SignBit);

    public static ulong Multiply(FloatFormat format, ulong a, ulong b)
    {
        if (format.IsNaN(a) || format.IsNaN(b)) return format.CanonicalNaN;
        ulong sign = (a ^ b) & format.SignBit;
        if (format.IsInfinite(a) || format.IsInfinite(b))
            return format.IsZero(a) || format.IsZero(b) ? format.CanonicalNaN : sign | format.Infinity;
        return Round(format, Units(format, a) * Units(format, b), 1, 2 * format.LowestExponent, sign != 0);
    }

    public static ulong Divide(FloatFormat format, ulong a, ulong b)
    {
        if (format.IsNaN(a) || format.IsNaN(b)) return format.CanonicalNaN;
        ulong sign = (a ^ b) & format.SignBit;
        if (format.IsInfinite(a)) return format.IsInfinite(b) ? format.CanonicalNaN : sign | format.Infinity;
        if (format.IsInfinite(b)) return sign;
        if (format.IsZero(b)) return format.IsZero(a) ? format.CanonicalNaN : sign | format.Infinity;
        BigInteger numerator = BigInteger.Abs(Units(format, a));
        return Round(format, sign != 0 ? -numerator : numerator, BigInteger.Abs(Units(format, b)), 0, sign != 0);
    }

    public static ulong SquareRoot(FloatFormat format, ulong a)
    {
        if (format.IsNaN(a)) return format.CanonicalNaN;
        if (format.IsZero(a)) return a;
        if (format.IsNegative(a)) return format.CanonicalNaN;
        if (format.IsInfinite(a)) return a;
        BigInteger value = Units(format, a);
        int exponent = format.LowestExponent;
        // Enough bits that the whole root has some beyond the precision, and an even power of two beside it.
        int more = Math.Max(0, 2 * (format.Precision + 4) - (int)value.GetBitLength());
        if ((exponent - more) % 2 != 0) more++;
        value <<= more;
        BigInteger root = WholeRoot(value);
        // One bit tells whether the root is exact; it stands far below the place where it is rounded.
        BigInteger sticky = root * 2 + (root * root == value ? 0 : 1);
        return Round(format, sticky, 1, (exponent - more) / 2 - 1, false);
    }

    /// <summary>The largest whole number whose square is not above the value.</summary>
    private static BigInteger WholeRoot(BigInteger value)
    {
        BigInteger guess = BigInteger.One << (int)((value.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (guess + value / guess) >> 1;
            if (next >= guess) return guess;
            guess = next;
        }
    }

    public static ulong Minimum(FloatFormat format, ulong a, ulong b)
    {
        if (format.IsNaN(a) || format.IsNaN(b)) return format.CanonicalNaN;
        if (format.IsZero(a) && format.IsZero(b)) return a | b;
        return Compare(format, a, b) <= 0 ? a : b;
    }

    public static ulong Maximum(FloatFormat format, ulong a, ulong b)
    {
        if (format.IsNaN(a) || format.IsNaN(b)) return format.CanonicalNaN;
        if (format.IsZero(a) && format.IsZero(b)) return a & b;
        return Compare(format, a, b) >= 0 ? a : b;
    }

    /// <summary>The order of two operands that are no NaN; zeros are equal.</summary>
    public static int Compare(FloatFormat format, ulong a, ulong b) => Extended(format, a).CompareTo(Extended(format, b));

    // An infinity is further out than every finite value.
    private static BigInteger Extended(FloatFormat format, ulong a)
    {
        if (!format.IsInfinite(a)) return Units(format, a);
        BigInteger beyond = BigInteger.One << 3000;
        return format.IsNegative(a) ? -beyond : beyond;
    }

    /// <summary>Ceil, floor, trunc and nearest: how the whole number is chosen is told by the rounding.</summary>
    public static ulong ToWhole(FloatFormat format, ulong a, Func<BigInteger, BigInteger, BigInteger> choose)
    {
        if (format.IsNaN(a)) return format.CanonicalNaN;
        if (format.IsInfinite(a)) return a;
        return Round(format, choose(Units(format, a), BigInteger.One << -format.LowestExponent), 1, 0, format.IsNegative(a));
    }

    public static BigInteger Floor(BigInteger a, BigInteger b) => (a - (a % b + b) % b) / b;
    public static BigInteger Ceiling(BigInteger a, BigInteger b) => -Floor(-a, b);
    public static BigInteger Truncate(BigInteger a, BigInteger b) => BigInteger.Divide(a, b);

    public static BigInteger Nearest(BigInteger a, BigInteger b)
    {
        BigInteger below = Floor(a, b);
        int half = ((a - below * b) * 2).CompareTo(b);
        return half > 0 || half == 0 && !below.IsEven ? below + 1 : below;
    }

    /// <summary>Promotion and demotion.</summary>
    public static ulong Convert(FloatFormat from, FloatFormat to, ulong a)
    {
        if (from.IsNaN(a)) return to.CanonicalNaN;
        if (from.IsInfinite(a)) return to.Infinity | (from.IsNegative(a) ? to.SignBit : 0);
        return Round(to, Units(from, a), 1, from.LowestExponent, from.IsNegative(a));
    }

    public static ulong FromWhole(FloatFormat format, BigInteger value) => Round(format, value, 1, 0, false);

    /// <summary>The operand without its fraction, or a trap; saturating gives the nearest bound, and 0 for a NaN.</summary>
    public static (ulong Value, TrapKind Trap) ToInteger(FloatFormat format, ulong a, int width, bool isSigned, bool saturates)
    {
        BigInteger lowest = isSigned ? -(BigInteger.One << (width - 1)) : 0, highest = (BigInteger.One << (isSigned ? width - 1 : width)) - 1;
        if (format.IsNaN(a)) return (0, saturates ? TrapKind.None : TrapKind.InvalidConversion);
        BigInteger whole = format.IsInfinite(a) ? Extended(format, a) : Truncate(Units(format, a), BigInteger.One << -format.LowestExponent);
        if (whole < lowest || whole > highest)
        {
            if (!saturates) return (0, TrapKind.IntegerOverflow);
            whole = whole < lowest ? lowest : highest;
        }

        return ((ulong)(whole & ((BigInteger.One << width) - 1)), TrapKind.None);
    }
}
