using System;
using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class UInt256Tests
{
    private static readonly BigInteger Modulus = BigInteger.One << 256;

    // Words that are all zeros, all ones, a border or random: carries, borrows and the rare steps of long division all occur.
    private static Gen<UInt256> Numbers
    {
        get
        {
            Gen<ulong> random = Gen.Zip(Gen.Choose(int.MinValue, int.MaxValue), Gen.Choose(int.MinValue, int.MaxValue))
                .Select(pair => (ulong)(uint)pair.Item1 << 32 | (uint)pair.Item2);
            Gen<ulong> word = Gen.Frequency(
                (4, Gen.Constant(0UL)),
                (2, Gen.Constant(ulong.MaxValue)),
                (2, Gen.Elements(1UL, 2UL, 0x80000000UL, 0xFFFFFFFFUL, 0x100000000UL, 0x8000000000000000UL, 0xFFFFFFFF00000000UL)),
                (4, random));
            return word.ArrayOf(4).Select(words => new UInt256(words[0], words[1], words[2], words[3]));
        }
    }

    private static BigInteger Big(UInt256 value) => value.ToBigInteger();

    private static void Equal(BigInteger expected, UInt256 actual) => Assert.Equal(expected, Big(actual));

    [Fact]
    public void AddsAndSubtracts() => Property.Check(Gen.Zip(Numbers, Numbers), pair =>
    {
        (UInt256 x, UInt256 y) = pair;
        BigInteger sum = Big(x) + Big(y);
        Assert.Equal(sum < Modulus, UInt256.TryAdd(x, y, out UInt256 added));
        Equal(sum % Modulus, added);
        Equal(sum % Modulus, x + y);
        BigInteger difference = Big(x) - Big(y);
        Assert.Equal(difference.Sign >= 0, UInt256.TrySubtract(x, y, out UInt256 subtracted));
        Equal((difference + Modulus) % Modulus, subtracted);
        Equal((difference + Modulus) % Modulus, x - y);
    }, 5000);

    [Fact]
    public void Multiplies() => Property.Check(Gen.Zip(Numbers, Numbers), pair =>
    {
        (UInt256 x, UInt256 y) = pair;
        BigInteger product = Big(x) * Big(y);
        Assert.Equal(product < Modulus, UInt256.TryMultiply(x, y, out UInt256 multiplied));
        Equal(product % Modulus, multiplied);
        Equal(product % Modulus, x * y);
    }, 5000);

    [Fact]
    public void Divides() => Property.Check(Property.Three(Numbers, Numbers, Gen.Choose(0, 255)), values =>
    {
        (UInt256 x, UInt256 y, int shift) = values;
        foreach (UInt256 divisor in new[] { y, y >> shift, x >> shift, x, x + 1, x - 1 })
        {
            if (divisor.IsZero)
            {
                Assert.Throws<DivideByZeroException>(() => x / divisor);
                Assert.Throws<DivideByZeroException>(() => x % divisor);
                continue;
            }
            UInt256 quotient = UInt256.DivRem(x, divisor, out UInt256 remainder);
            Equal(Big(x) / Big(divisor), quotient);
            Equal(Big(x) % Big(divisor), remainder);
            Equal(Big(x) / Big(divisor), x / divisor);
            Equal(Big(x) % Big(divisor), x % divisor);
            Equal(Big(x) % Big(divisor), UInt256.Mod(x, divisor));
        }
    }, 5000);

    [Fact]
    public void AddsAndMultipliesUnderAModulus() => Property.Check(Property.Three(Numbers, Numbers, Numbers), values =>
    {
        (UInt256 x, UInt256 y, UInt256 m) = values;
        Equal(m.IsZero ? 0 : (Big(x) + Big(y)) % Big(m), UInt256.AddMod(x, y, m));
        Equal(m.IsZero ? 0 : Big(x) * Big(y) % Big(m), UInt256.MulMod(x, y, m));
    }, 5000);

    [Fact]
    public void RaisesToPowers() => Property.Check(Property.Three(Numbers, Numbers, Gen.Choose(0, 255)), values =>
    {
        (UInt256 x, UInt256 y, int shift) = values;
        // exponents of every length; bases that are odd, even, and odd times a power of two
        foreach (UInt256 exponent in new[] { y, y >> shift, (ulong)shift })
            foreach (UInt256 value in new[] { x, x | UInt256.One, (x | UInt256.One) << shift % 5 })
                Equal(BigInteger.ModPow(Big(value), Big(exponent), Modulus), UInt256.Pow(value, exponent));
    }, 1500);

    // The border between squaring and the binomial theorem is at 84 bits.
    [Fact]
    public void RaisesToPowersAroundEveryPowerOfTwo()
    {
        UInt256[] values = [0, 1, 2, 3, 5, UInt256.MaxValue, UInt256.MaxValue - 1, UInt256.One << 255, (UInt256.One << 128) - 1, (UInt256.One << 86) + 1, UInt256.Parse("0xfedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543211")];
        for (int bit = 0; bit < 256; bit++)
            foreach (UInt256 exponent in new[] { (UInt256.One << bit) - 1, UInt256.One << bit, (UInt256.One << bit) + 1, UInt256.MaxValue - (UInt256.One << bit) })
                foreach (UInt256 value in values)
                    Equal(BigInteger.ModPow(Big(value), Big(exponent), Modulus), UInt256.Pow(value, exponent));
    }

    [Fact]
    public void ArithmeticTakesNoMemory()
    {
        UInt256 x = UInt256.MaxValue / 3, y = UInt256.MaxValue / 7, m = UInt256.MaxValue - 188;
        UInt256 sum = Work(x, y, m);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) sum ^= Work(x + (ulong)i, y, m);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.False(sum.IsZero);
    }

    private static UInt256 Work(in UInt256 x, in UInt256 y, in UInt256 m)
    {
        Span<byte> bytes = stackalloc byte[32];
        (x * y).ToBigEndian(bytes);
        UInt256 read = UInt256.FromBigEndian(bytes);
        return (x + y) ^ (x - y) ^ (x / 12345) ^ (x % y) ^ UInt256.AddMod(x, y, m) ^ UInt256.MulMod(x, y, m) ^ UInt256.Pow(x, y) ^ (x << 77) ^ (y >> 13) ^ read;
    }

    [Fact]
    public void ShiftsAndCombinesBits() => Property.Check(Property.Three(Numbers, Numbers, Gen.Choose(0, 300)), values =>
    {
        (UInt256 x, UInt256 y, int count) = values;
        Equal((Big(x) << count) % Modulus, x << count);
        Equal(Big(x) >> count, x >> count);
        Equal(Big(x) & Big(y), x & y);
        Equal(Big(x) | Big(y), x | y);
        Equal(Big(x) ^ Big(y), x ^ y);
        Equal(Modulus - 1 - Big(x), ~x);
        if (count < 256) Assert.Equal(!(Big(x) >> count).IsEven, x.Bit(count));
        else Assert.Throws<ArgumentOutOfRangeException>(() => x.Bit(count));
        Assert.Equal((long)Big(x).GetBitLength(), x.BitLength);
        Assert.Throws<ArgumentOutOfRangeException>(() => x << -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => x >> -1);
    }, 3000);

    [Fact]
    public void Compares() => Property.Check(Property.Three(Numbers, Numbers, Gen.Choose(0, 2)), values =>
    {
        (UInt256 x, UInt256 other, int kind) = values;
        UInt256 y = kind switch { 0 => other, 1 => x, _ => x + 1 };
        int order = Big(x).CompareTo(Big(y));
        Assert.Equal(order, x.CompareTo(y));
        Assert.Equal(order < 0, x < y);
        Assert.Equal(order > 0, x > y);
        Assert.Equal(order <= 0, x <= y);
        Assert.Equal(order >= 0, x >= y);
        Assert.Equal(order == 0, x == y);
        Assert.Equal(order != 0, x != y);
        Assert.Equal(order == 0, x.Equals((object)y));
        if (order == 0) Assert.Equal(x.GetHashCode(), y.GetHashCode());
    }, 2000);

    [Fact]
    public void Converts() => Property.Check(Gen.Zip(Numbers, Gen.Choose(0, 255)), values =>
    {
        UInt256 x = values.Item1 >> values.Item2;
        byte[] full = new byte[32];
        x.ToBigEndian(full);
        Assert.Equal(x, UInt256.FromBigEndian(full));
        byte[] minimal = Big(x).IsZero ? [] : Big(x).ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] written = new byte[x.ByteLength];
        Assert.Equal(minimal.Length, x.ToMinimalBigEndian(written));
        Assert.Equal(minimal, written);
        Assert.Equal(x, UInt256.FromBigEndian(minimal));
        Assert.Equal(x, UInt256.FromBigInteger(Big(x)));
        Assert.Equal(Big(x) <= ulong.MaxValue, x.FitsUInt64);
        if (x.FitsUInt64) Assert.Equal(Big(x), (ulong)x);
        else Assert.Throws<OverflowException>(() => (ulong)x);
        Assert.Equal((ulong)(Big(x) & ulong.MaxValue), x.LowUInt64);
        Assert.Equal(x.IsZero, Big(x).IsZero);

        string text = Big(x).ToString(CultureInfo.InvariantCulture);
        Assert.Equal(text, x.ToString());
        Assert.Equal(x, UInt256.Parse(text));
        Assert.Equal(x, UInt256.Parse("000" + text));
        string hex = Convert.ToHexString(full).TrimStart('0').ToLowerInvariant();
        Assert.Equal(hex.Length == 0 ? "0x0" : "0x" + hex, x.ToHexString());
        Assert.Equal(x, UInt256.Parse(x.ToHexString()));
        Assert.Equal(x, UInt256.Parse("0x" + Convert.ToHexString(full)));
        Assert.Equal(x, UInt256.Parse("0x00" + Convert.ToHexString(full)));
    }, 3000);

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1,000")]
    [InlineData("1e3")]
    [InlineData("0X1")]
    [InlineData("0xg")]
    [InlineData("0x10000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    [InlineData("1000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public void RejectsOtherText(string text)
    {
        Assert.False(UInt256.TryParse(text, out UInt256 value));
        Assert.True(value.IsZero);
        Assert.Throws<FormatException>(() => UInt256.Parse(text));
    }

    [Fact]
    public void KnowsItsLimits()
    {
        Assert.Equal("115792089237316195423570985008687907853269984665640564039457584007913129639935", UInt256.MaxValue.ToString());
        Assert.Equal(UInt256.MaxValue, UInt256.Parse(UInt256.MaxValue.ToString()));
        Assert.True((UInt256.MaxValue + UInt256.One).IsZero);
        Assert.Throws<OverflowException>(() => UInt256.FromBigInteger(-1));
        Assert.Throws<OverflowException>(() => UInt256.FromBigInteger(Modulus));
        Assert.Throws<ArgumentException>(() => UInt256.FromBigEndian(new byte[33]));
        Assert.Throws<ArgumentException>(() => UInt256.One.ToBigEndian(new byte[31]));
        Assert.Throws<ArgumentException>(() => UInt256.MaxValue.ToMinimalBigEndian(new byte[31]));
        Assert.Equal(0, UInt256.Zero.ToMinimalBigEndian([]));
    }
}
