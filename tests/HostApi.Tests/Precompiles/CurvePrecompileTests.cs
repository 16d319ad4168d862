using System;
using System.Linq;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>The precompiled contracts over pairing curves at their edges.</summary>
public sealed class CurvePrecompileTests
{
    private const string BnPrime = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
    private const string BnOrder = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
    private const string BlsPrime = "000000000000000000000000000000001a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    private static readonly byte[] One = Word("1"), Zero = new byte[64], Generator = [.. Word("1"), .. Word("2")];

    [Fact]
    public void Bn254ReadsBeyondTheInputZerosAndIgnoresWhatIsTooMuch()
    {
        Assert.Equal(Zero, Run(6, []));
        Assert.Equal(Zero, Run(7, []));
        Assert.Equal(One, Run(8, []));
        Assert.Equal(Generator, Run(6, Generator));
        Assert.Equal(Generator, Run(6, [.. Zero, .. Generator, 1, 2, 3]));
        Assert.Equal(Zero, Run(7, Generator));
        // The scalar 0x01 followed by zeros.
        Assert.Equal(Run(7, [.. Generator, 1, .. new byte[31]]), Run(7, [.. Generator, 1]));
        Assert.Equal(Run(7, [.. Generator, .. Word("3")]), Run(7, [.. Generator, .. Word("3"), 9]));
        // A point cut within y: y is 2 with its last byte gone, so 0, and (1, 0) is not on the curve.
        Assert.Null(Run(6, Generator[..^1]));
        Assert.Null(Run(8, new byte[191]));
        Assert.Null(Run(8, new byte[193]));
        Assert.Equal(One, Run(8, new byte[192]));
        Assert.Equal(One, Run(8, [.. Generator, .. new byte[128]]));
        Assert.Equal([150UL, 6000UL, 45_000UL, 79_000UL], new[] { Gas(6, 0), Gas(7, 5000), Gas(8, 191), Gas(8, 192) });
    }

    [Fact]
    public void Bn254SumsAndMultiples()
    {
        byte[] negative = [.. Word("1"), .. Word("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45")];
        Assert.Equal(Zero, Run(6, [.. Generator, .. negative]));
        Assert.Equal(negative, Run(7, [.. Generator, .. Word("30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000")]));
        Assert.Equal(Zero, Run(7, [.. Generator, .. Word(BnOrder)]));
        Assert.Equal(Run(6, [.. Generator, .. Generator]), Run(7, [.. Generator, .. Word("2")]));
        Assert.Equal(Zero, Run(7, [.. Zero, .. Word(new string('f', 64))]));
        // Not on the curve; not reduced, though equal modulo the prime.
        foreach (byte[] bad in (byte[][])[[.. Word("1"), .. Word("1")], [.. Word("1"), .. Word("0")], [.. Word("0"), .. Word(BnPrime)], [.. Word(BnPrime), .. Word("0")],
            [.. Word("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd48"), .. Word("2")], Enumerable.Repeat((byte)0xff, 64).ToArray()])
        {
            Assert.Null(Run(6, [.. bad, .. Zero]));
            Assert.Null(Run(6, [.. Zero, .. bad]));
            Assert.Null(Run(7, [.. bad, .. Zero]));
            Assert.Null(Run(8, [.. bad, .. new byte[128]]));
        }
    }

    [Fact]
    public void Bn254PairingRefusesWhatIsNotInTheSecondGroup()
    {
        // x = i + u with a y on the twist: one in the group's cofactor many are in the group.
        Fp2<Fp254> b = new Fp2<Fp254>(Field.FromNumber<Fp254>(3), default) * Fp2<Fp254>.Invert(Fp254.TimesXi(Fp2<Fp254>.One));
        int tried = 0;
        for (int i = 1; i < 30; i++)
        {
            Fp2<Fp254> x = new(Field.FromNumber<Fp254>(i), Fp254.One);
            if (!Fp2<Fp254>.TrySquareRoot(Fp2<Fp254>.Square(x) * x + b, out Fp2<Fp254> y)) continue;
            byte[] point = new byte[128];
            x.C1.Write(point.AsSpan(0, 32));
            x.C0.Write(point.AsSpan(32, 32));
            y.C1.Write(point.AsSpan(64, 32));
            y.C0.Write(point.AsSpan(96, 32));
            // Even where the other of the two points is infinity (EIP-197).
            Assert.Null(Run(8, [.. Zero, .. point]));
            Assert.Null(Run(8, [.. Generator, .. point]));
            tried++;
        }
        Assert.InRange(tried, 5, 30);
    }

    [Fact]
    public void Bls12381TakesExactLengths()
    {
        foreach ((int number, int unit, bool isMany) in new[] { (0x0b, 256, false), (0x0c, 160, true), (0x0d, 512, false), (0x0e, 288, true), (0x0f, 384, true), (0x10, 64, false), (0x11, 128, false) })
        {
            Assert.Null(Run(number, []));
            Assert.Null(Run(number, new byte[unit - 1]));
            Assert.Null(Run(number, new byte[unit + 1]));
            Assert.NotNull(Run(number, new byte[unit]));
            Assert.Equal(isMany, Run(number, new byte[3 * unit]) is not null);
        }
        Assert.Equal(new byte[128], Run(0x0b, new byte[256]));
        Assert.Equal(new byte[256], Run(0x0e, new byte[288]));
        Assert.Equal(One, Run(0x0f, new byte[384]));
        Assert.Equal([375UL, 0UL, 12_000UL, 2 * 12_000UL * 949 / 1000, 129 * 12_000UL * 519 / 1000], new[] { Gas(0x0b, 0), Gas(0x0c, 159), Gas(0x0c, 160), Gas(0x0c, 320), Gas(0x0c, 129 * 160) });
        Assert.Equal([600UL, 0UL, 22_500UL, 3 * 22_500UL * 923 / 1000, 1000 * 22_500UL * 524 / 1000], new[] { Gas(0x0d, 0), Gas(0x0e, 287), Gas(0x0e, 288), Gas(0x0e, 3 * 288), Gas(0x0e, 1000 * 288) });
        Assert.Equal([37_700UL, 70_300UL, 5_500UL, 23_800UL], new[] { Gas(0x0f, 383), Gas(0x0f, 384), Gas(0x10, 64), Gas(0x11, 128) });
    }

    [Fact]
    public void Bls12381RefusesWhatIsNotReducedOrNotInTheGroup()
    {
        byte[] prime = Convert.FromHexString(BlsPrime);
        Assert.Null(Run(0x10, prime));
        Assert.Null(Run(0x11, [.. prime, .. Zero]));
        Assert.Null(Run(0x11, [.. Zero, .. prime]));
        Assert.Null(Run(0x0b, [.. prime, .. new byte[192]]));
        // Padding that is not zero.
        Assert.Null(Run(0x10, [1, .. new byte[63]]));
        // (0, 2) is on the curve and not in the group: three times it is infinity.
        byte[] outside = [.. Zero, .. new byte[63], 2];
        byte[] twice = Run(0x0b, [.. outside, .. outside])!;
        Assert.Equal(new byte[128], Run(0x0b, [.. twice, .. outside]));
        Assert.Null(Run(0x0c, [.. outside, .. Word("1")]));
        Assert.Null(Run(0x0f, [.. outside, .. new byte[256]]));
        Assert.Null(Run(0x0b, [.. new byte[63], 1, .. new byte[192]]));
    }

    private static byte[]? Run(int number, byte[] input) => Of(number).Run(input);

    private static ulong Gas(int number, int length) => Of(number).GasOf(new byte[length]);

    private static Precompile Of(int number) => Precompiles.All.Single(precompile => precompile.Number == number);

    private static byte[] Word(string digits)
    {
        byte[] bytes = new byte[32];
        UInt256.Parse("0x" + digits).ToBigEndian(bytes);
        return bytes;
    }
}
