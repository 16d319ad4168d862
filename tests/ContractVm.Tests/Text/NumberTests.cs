using System;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Text;
using ContractVm.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Tests.Text;

public class NumberTests
{
    private static readonly Gen<string> Digits = Gen.Elements('0', '1', '5', '9', '4', '7').ArrayOf().Select(static digits => new string(digits));
    private static readonly Gen<string> HexDigits = Gen.Elements('0', '0', '1', '7', '8', 'f', 'C').ArrayOf().Select(static digits => new string(digits));

    [Fact]
    public void DecimalsAreTheNearestFloats()
    {
        Gen<(string, string, int)> numbers =
            from whole in Digits
            from fraction in Digits
            from exponent in Gen.Frequency((3, Gen.Choose(-20, 20)), (2, Gen.Choose(-345, 320)))
            select ("0" + whole, fraction, exponent);
        Property.Check(numbers, static number =>
        {
            (string whole, string fraction, int exponent) = number;
            string text = $"{whole}.{fraction}e{exponent.ToString(CultureInfo.InvariantCulture)}";
            BigInteger digits = BigInteger.Parse(whole + fraction, CultureInfo.InvariantCulture);
            int power = exponent - fraction.Length;
            ExpectNearest(text, digits * BigInteger.Pow(10, Math.Max(power, 0)), BigInteger.Pow(10, Math.Max(-power, 0)));
        }, 3000);
    }

    [Fact]
    public void HexadecimalsAreTheNearestFloats()
    {
        Gen<(string, string, int)> numbers =
            from whole in HexDigits
            from fraction in HexDigits
            from exponent in Gen.Frequency((3, Gen.Choose(-160, 160)), (2, Gen.Choose(-1150, 1100)))
            select ("0" + whole, fraction, exponent);
        Property.Check(numbers, static number =>
        {
            (string whole, string fraction, int exponent) = number;
            string text = $"0x{whole}.{fraction}p{exponent.ToString(CultureInfo.InvariantCulture)}";
            BigInteger digits = BigInteger.Parse("0" + whole + fraction, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            int power = exponent - 4 * fraction.Length;
            ExpectNearest(text, digits * BigInteger.Pow(2, Math.Max(power, 0)), BigInteger.Pow(2, Math.Max(-power, 0)));
        }, 3000);
    }

    [Fact]
    public void HalfwayPointsGoToTheEvenNeighbourAndTheirSurroundingsDoNot() => Property.Check(
        from seed in Gen.Choose(0, int.MaxValue)
        from above in Gen.Choose(-1, 1)
        select (seed, above), static point =>
        {
            // A float and half of the step to the next one, written out exactly in decimal, then nudged in the last of many digits.
            Random random = new(point.seed);
            uint bits = (uint)random.Next(1, 0x7F7F_FFFF);
            (BigInteger low, int lowPower) = Exact(bits, FloatFormat.Single);
            (BigInteger high, int highPower) = Exact(bits + 1, FloatFormat.Single);
            int power = Math.Min(lowPower, highPower) - 1;
            BigInteger middle = (low << (lowPower - power)) + (high << (highPower - power)) >> 1;
            int places = Math.Max(0, -power) + 30;
            BigInteger scaled = BigInteger.Pow(10, places) * middle;
            scaled = power < 0 ? scaled >> -power : scaled << power;
            scaled += point.above;
            string digits = scaled.ToString(CultureInfo.InvariantCulture);
            string text = $"{digits}e-{places.ToString(CultureInfo.InvariantCulture)}";
            uint expected = point.above < 0 ? bits : point.above > 0 ? bits + 1 : bits + (bits & 1);
            Assert.True(FloatText.TryRead(Encoding.ASCII.GetBytes(text), FloatFormat.Single, out ulong actual));
            Assert.Equal(expected, (uint)actual);
        });

    [Theory]
    [InlineData("0x1.fffffefffffffffffp127", true)]
    [InlineData("0x1.ffffffp127", false)]
    [InlineData("340282356779733661637539395458142568447", true)]
    [InlineData("340282356779733661637539395458142568448", false)]
    [InlineData("1e99999999999999999999", false)]
    [InlineData("0e99999999999999999999", true)]
    [InlineData("1e-99999999999999999999", true)]
    [InlineData("nan:0x1", true)]
    [InlineData("nan:0x7f_ffff", true)]
    [InlineData("nan:0x80_0000", false)]
    [InlineData("nan:0x0", false)]
    [InlineData("-inf", true)]
    public void RangesOfFloatsEndWhereTheyRoundToInfinity(string text, bool isInRange) =>
        Assert.Equal(isInRange, FloatText.TryRead(Encoding.ASCII.GetBytes(text), FloatFormat.Single, out _));

    [Fact]
    public void ExponentsAndZerosOfAnyLengthBalance()
    {
        string zeros = new('0', 20_000);
        Assert.Equal(1.0, Double($"0.{zeros}1e20001"));
        Assert.Equal(1.0, Double($"1{zeros}e-20000"));
        Assert.Equal(1.0, Double($"0x0.{zeros}1p80004"));
        Assert.Equal(1.0, Double($"0x1{zeros}p-80000"));
        Assert.Equal(Math.BitIncrement(1.0), Double($"1.00000000000000011102230246251565404236316680908203125{zeros}1"));
        Assert.Equal(1.0, Double($"1.00000000000000011102230246251565404236316680908203125{zeros}"));
    }

    [Theory]
    [InlineData("0", 8, true, 0)]
    [InlineData("255", 8, true, 255)]
    [InlineData("256", 8, false, 0)]
    [InlineData("-128", 8, true, 128)]
    [InlineData("-129", 8, false, 0)]
    [InlineData("+127", 8, true, 127)]
    [InlineData("+128", 8, false, 0)]
    [InlineData("0xffff_ffff", 32, true, 0xFFFFFFFF)]
    [InlineData("0x1_0000_0000", 32, false, 0)]
    [InlineData("-0x8000_0000", 32, true, 0x80000000)]
    [InlineData("18446744073709551615", 64, true, ulong.MaxValue)]
    [InlineData("18446744073709551616", 64, false, 0)]
    [InlineData("-9223372036854775808", 64, true, 1UL << 63)]
    [InlineData("-9223372036854775809", 64, false, 0)]
    [InlineData("000000000000000000000000000001", 32, true, 1)]
    public void IntegersHaveTheRangeOfTheirType(string text, int bits, bool isInRange, ulong expected)
    {
        Assert.Equal(isInRange, NumberText.TryRead(Encoding.ASCII.GetBytes(text), bits, out ulong value));
        if (isInRange) Assert.Equal(expected, value);
    }

    [Fact]
    public void IntegersAreReadAsBigIntegersAre() => Property.Check(
        from digits in HexDigits
        from isHexadecimal in Gen.Elements(true, false)
        from sign in Gen.Elements("", "+", "-")
        from bits in Gen.Elements(8, 16, 32, 64)
        select (digits, isHexadecimal, sign, bits), static number =>
        {
            string digits = "0" + (number.isHexadecimal ? number.digits : string.Concat(number.digits.Where(char.IsAsciiDigit)));
            BigInteger value = BigInteger.Parse(digits, number.isHexadecimal ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture);
            if (number.sign == "-") value = -value;
            BigInteger limit = BigInteger.One << (number.sign == "" ? number.bits : number.bits - 1);
            bool isInRange = value < limit && value >= -limit;
            string text = number.sign + (number.isHexadecimal ? "0x" : "") + digits;
            Assert.Equal(isInRange, NumberText.TryRead(Encoding.ASCII.GetBytes(text), number.bits, out ulong actual));
            if (isInRange) Assert.Equal((ulong)(value & ((BigInteger.One << number.bits) - 1)), actual);
        }, 2000);

    [Theory]
    [InlineData("0", TokenKind.Natural)]
    [InlineData("1_000", TokenKind.Natural)]
    [InlineData("0xAb_c", TokenKind.Natural)]
    [InlineData("-1", TokenKind.Integer)]
    [InlineData("+0x1", TokenKind.Integer)]
    [InlineData("1.", TokenKind.Float)]
    [InlineData("1e3", TokenKind.Float)]
    [InlineData("1.E-1_0", TokenKind.Float)]
    [InlineData("0x1p1", TokenKind.Float)]
    [InlineData("0x1.p+1", TokenKind.Float)]
    [InlineData("0xe", TokenKind.Natural)]
    [InlineData("nan", TokenKind.Float)]
    [InlineData("-inf", TokenKind.Float)]
    [InlineData("+nan:0x1_2", TokenKind.Float)]
    [InlineData("_1", TokenKind.Reserved)]
    [InlineData("1_", TokenKind.Reserved)]
    [InlineData("1__0", TokenKind.Reserved)]
    [InlineData("0x", TokenKind.Reserved)]
    [InlineData("0X1", TokenKind.Reserved)]
    [InlineData("1e", TokenKind.Reserved)]
    [InlineData("1e+", TokenKind.Reserved)]
    [InlineData(".5", TokenKind.Reserved)]
    [InlineData("1._5", TokenKind.Reserved)]
    [InlineData("1_.5", TokenKind.Reserved)]
    [InlineData("1e_5", TokenKind.Reserved)]
    [InlineData("0x1.p", TokenKind.Reserved)]
    [InlineData("--1", TokenKind.Reserved)]
    [InlineData("1f", TokenKind.Reserved)]
    [InlineData("+", TokenKind.Reserved)]
    [InlineData("+nan:1", TokenKind.Reserved)]
    [InlineData("infinity", TokenKind.Keyword)]
    [InlineData("nan:canonical", TokenKind.Keyword)]
    public void NumbersAreToldFromOtherTokens(string text, object kind) =>
        Assert.Equal((TokenKind)kind, Lexer.Read(Encoding.ASCII.GetBytes(text)).Kind(0));

    private static double Double(string text)
    {
        Assert.True(FloatText.TryRead(Encoding.ASCII.GetBytes(text), FloatFormat.Double, out ulong bits), text[..Math.Min(50, text.Length)]);
        return BitConverter.UInt64BitsToDouble(bits);
    }

    /// <summary>Checks a literal against its exact value in both formats, without any floating-point arithmetic.</summary>
    private static void ExpectNearest(string text, BigInteger numerator, BigInteger denominator)
    {
        foreach (FloatFormat format in new[] { FloatFormat.Single, FloatFormat.Double })
        {
            bool isInRange = FloatText.TryRead(Encoding.ASCII.GetBytes(text), format, out ulong bits);
            ulong candidate = isInRange ? bits : format.Infinity;
            // Infinity stands where the next float would be, so its lower midpoint is the limit of the range.
            if (candidate > 0) Expect(Compare(candidate - 1, candidate) is var below && (below > 0 || (below == 0 && (candidate & 1) == 0)));
            if (isInRange) Expect(Compare(candidate, candidate + 1) is var above && (above < 0 || (above == 0 && (candidate & 1) == 0)));

            int Compare(ulong low, ulong high)
            {
                (BigInteger a, int aPower) = Exact(low, format);
                (BigInteger b, int bPower) = Exact(high, format);
                int power = Math.Min(aPower, bPower);
                BigInteger sum = (a << (aPower - power)) + (b << (bPower - power));
                // numerator / denominator against sum * 2^power / 2
                BigInteger left = numerator << Math.Max(0, 1 - power);
                BigInteger right = (sum * denominator) << Math.Max(0, power - 1);
                return left.CompareTo(right);
            }

            void Expect(bool condition) => Assert.True(condition, $"{text} is {bits:X} in {format.Bits} bits");
        }
    }

    /// <summary>The value of a float as an integer and a power of two.</summary>
    private static (BigInteger Significand, int Power) Exact(ulong bits, FloatFormat format)
    {
        int fractionBits = format.Precision - 1;
        int exponent = (int)(bits >> fractionBits);
        ulong fraction = bits & ((1UL << fractionBits) - 1);
        return exponent == 0
            ? (fraction, format.MinimumExponent - fractionBits)
            : (fraction | 1UL << fractionBits, format.MinimumExponent - fractionBits + exponent - 1);
    }
}
