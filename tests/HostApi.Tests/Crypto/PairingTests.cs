using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using ContractVm.StateStore;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>The groups against double-and-add, the pairings against what makes them pairings.</summary>
public sealed class PairingTests
{
    private static readonly BigInteger BnOrder = Bn254.Order.ToBigInteger();
    // EIP-2537: the order of the groups of BLS12-381.
    private static readonly BigInteger BlsOrder = UInt256.Parse("0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001").ToBigInteger();
    // EIP-197's generator of the second group, and (1, 2).
    private static readonly AffinePoint<Fp254> BnG1 = new(Field.FromNumber<Fp254>(1), Field.FromNumber<Fp254>(2));
    private static readonly AffinePoint<Fp2<Fp254>> BnG2 = new(
        Of("10857046999023057135944570762232829481370756359578518086990519993285655852781", "11559732032986387107991004021392285783925812861821192530917403151452391805634"),
        Of("8495653923123431417604973247489272438418190587263600148770280649306958101930", "4082367875863433681332203403145435568316851327593401208105741076214120093531"));
    private static readonly AffinePoint<Fp381> BlsG1Point = BlsG1.Instance.Map(Field.FromNumber<Fp381>(1));
    private static readonly AffinePoint<Fp2<Fp381>> BlsG2Point = BlsG2.Instance.Map(Fp2<Fp381>.One);

    [Fact]
    public void MultiplesInBn254() => CheckGroup(BnG1, Bn254.Order, point => Bn254.IsInG1(point));

    [Fact]
    public void MultiplesInBn254Twist() => CheckGroup(BnG2, Bn254.Order, point => Bn254.IsInG2(point));

    [Fact]
    public void MultiplesInBls12381() => CheckGroup(BlsG1Point, UInt256.FromBigInteger(BlsOrder), point => BlsG1.Instance.Contains(point));

    [Fact]
    public void MultiplesInBls12381Twist() => CheckGroup(BlsG2Point, UInt256.FromBigInteger(BlsOrder), point => BlsG2.Instance.Contains(point));

    /// <summary>Points of a curve that are not of the group's order are found to be outside of it: those times the order are not infinity, but those times the cofactor are inside.</summary>
    [Fact]
    public void PointsOutsideTheGroups()
    {
        CheckOutside(Field.FromNumber<Fp381>(4), x => Field.FromNumber<Fp381>(x), BlsOrder, point => BlsG1.Instance.Contains(point));
        CheckOutside(Fp381.TimesXi(new Fp2<Fp381>(Field.FromNumber<Fp381>(4), default)), x => new Fp2<Fp381>(Field.FromNumber<Fp381>(x), Field.FromNumber<Fp381>(1)), BlsOrder, point => BlsG2.Instance.Contains(point));
        CheckOutside(Fp2<Fp254>.Square(BnG2.Y) - Fp2<Fp254>.Square(BnG2.X) * BnG2.X, x => new Fp2<Fp254>(Field.FromNumber<Fp254>(x), Field.FromNumber<Fp254>(1)), BnOrder, point => Bn254.IsInG2(point));
    }

    [Fact]
    public void PairingOfBn254IsBilinear()
    {
        CheckPairing(BnG1, BnG2, BnOrder, pairs => Bn254.Pair(pairs), 4);
        // The pairing's values are of order r.
        Fp12<Fp254> value = Bn254.Pair([new PointPair<Fp254>(BnG1, BnG2)]);
        Assert.Equal(Fp12<Fp254>.One, Field.Power(value, BnOrder));
    }

    [Fact]
    public void PairingOfBls12381IsBilinear()
    {
        CheckPairing(BlsG1Point, BlsG2Point, BlsOrder, pairs => Bls12381.Pair(pairs), 4);
        Assert.Equal(Fp12<Fp381>.One, Field.Power(Bls12381.Pair([new PointPair<Fp381>(BlsG1Point, BlsG2Point)]), BlsOrder));
    }

    private static void CheckGroup<F>(AffinePoint<F> generator, UInt256 order, Func<AffinePoint<F>, bool> contains) where F : struct, IField<F>
    {
        Assert.True(contains(generator));
        Assert.True(contains(AffinePoint<F>.Infinity));
        Assert.True(Multiplication.Multiply(generator, order).IsInfinity);
        Assert.Equal(generator, Multiplication.Multiply(generator, order + UInt256.One).ToAffine());
        Assert.Equal(generator.Negated(), Multiplication.Multiply(generator, order - UInt256.One).ToAffine());
        Assert.True(Multiplication.Multiply(AffinePoint<F>.Infinity, UInt256.MaxValue).IsInfinity);
        Assert.True(Multiplication.Multiply(generator, UInt256.Zero).IsInfinity);

        // A few points over and over, so that terms meet their equals and their negatives.
        AffinePoint<F>[] few = [AffinePoint<F>.Infinity, generator, generator.Negated(), Naive(generator, 2), Naive(generator, 3), Naive(generator, 12345)];
        Gen<UInt256> scalar = Gen.OneOf(
            FieldTests.Numbers(BigInteger.One << 256).Select(UInt256.FromBigInteger), Gen.Choose(0, 40).Select(value => (UInt256)(ulong)value),
            Gen.Choose(0, 3).Select(value => UInt256.MaxValue - (UInt256)(ulong)value), Gen.Choose(0, 3).Select(value => order - (UInt256)(ulong)value));
        Prop.ForAll(Arb.From(Gen.Elements(few)), Arb.From(Gen.Elements(few)), Arb.From(scalar), (p, q, k) =>
        {
            JacobianPoint<F> scaledP = Multiplication.MultiplySparse(JacobianPoint<F>.From(p), 7), scaledQ = Multiplication.MultiplySparse(JacobianPoint<F>.From(q), 7);
            AffinePoint<F> sum = AffinePoint<F>.Add(p, q);
            return (JacobianPoint<F>.From(p) + q).ToAffine() == sum && (JacobianPoint<F>.From(p) + JacobianPoint<F>.From(q)).ToAffine() == sum
                && (scaledP + scaledQ).ToAffine() == Naive(sum, 7) && (scaledP + q).ToAffine() == AffinePoint<F>.Add(Naive(p, 7), q)
                && JacobianPoint<F>.Double(scaledP).ToAffine() == Naive(p, 14) && JacobianPoint<F>.AreEqual(scaledP, scaledQ) == (p == q) && contains(sum)
                && Multiplication.Multiply(p, k).ToAffine() == Naive(p, k.ToBigInteger());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
        foreach (int count in new[] { 0, 1, 2, 5, Multiplication.LeastForBuckets - 1, Multiplication.LeastForBuckets, Multiplication.LeastForBuckets + 9, 300 })
        {
            AffinePoint<F>[] points = Gen.Elements(few).Sample(count, 10).ToArray();
            UInt256[] scalars = scalar.Sample(count, 10).ToArray();
            AffinePoint<F> expected = points.Zip(scalars, (p, k) => Multiplication.Multiply(p, k).ToAffine()).Aggregate(AffinePoint<F>.Infinity, (sum, term) => AffinePoint<F>.Add(sum, term));
            Assert.Equal(expected, Multiplication.Sum<F>(points, scalars).ToAffine());
        }
    }

    private static void CheckOutside<F>(F b, Func<int, F> xOf, BigInteger order, Func<AffinePoint<F>, bool> contains) where F : struct, IRootField<F>
    {
        int outside = 0;
        for (int i = 1; i < 40; i++)
        {
            F x = xOf(i);
            if (!F.TrySquareRoot(F.Square(x) * x + b, out F y)) continue;
            AffinePoint<F> point = new(x, y);
            Assert.True(point.IsOnCurve(b));
            Assert.Equal(Naive(point, order).IsInfinity, contains(point));
            if (!contains(point)) outside++;
            Assert.False(contains(point with { Y = y + F.One }));
        }
        Assert.InRange(outside, 10, 40);
    }

    private static void CheckPairing<F>(AffinePoint<F> p, AffinePoint<Fp2<F>> q, BigInteger order, Func<PointPair<F>[], Fp12<F>> pair, int cases) where F : struct, IPrimeField<F>
    {
        Fp12<F> one = pair([new PointPair<F>(p, q)]);
        Assert.NotEqual(Fp12<F>.One, one);
        Assert.Equal(Fp12<F>.One, pair([]));
        Assert.Equal(Fp12<F>.One, pair([new PointPair<F>(AffinePoint<F>.Infinity, q), new PointPair<F>(p, AffinePoint<Fp2<F>>.Infinity)]));
        Assert.Equal(Fp12<F>.One, pair([new PointPair<F>(p, q), new PointPair<F>(p.Negated(), q)]));
        Assert.Equal(Fp12<F>.One, pair([new PointPair<F>(p, q), new PointPair<F>(p, q.Negated())]));
        foreach ((BigInteger a, BigInteger b) in FieldTests.Numbers(order).SelectMany(a => FieldTests.Numbers(order).Select(b => (a, b))).Sample(cases, 10))
        {
            AffinePoint<F> ap = Naive(p, a);
            AffinePoint<Fp2<F>> bq = Naive(q, b);
            Assert.Equal(Field.Power(one, a * b % order), pair([new PointPair<F>(ap, bq)]));
            Assert.Equal(Field.Power(one, (a + b) % order), pair([new PointPair<F>(ap, q), new PointPair<F>(p, bq)]));
        }
    }

    private static AffinePoint<F> Naive<F>(AffinePoint<F> point, BigInteger scalar) where F : struct, IField<F>
    {
        AffinePoint<F> sum = AffinePoint<F>.Infinity;
        for (long bit = (long)scalar.GetBitLength() - 1; bit >= 0; bit--)
        {
            sum = AffinePoint<F>.Add(sum, sum);
            if (!(scalar >> (int)bit).IsEven) sum = AffinePoint<F>.Add(sum, point);
        }
        return sum;
    }

    private static Fp2<Fp254> Of(string c0, string c1) => new(Field.FromNumber<Fp254>(BigInteger.Parse(c0)), Field.FromNumber<Fp254>(BigInteger.Parse(c1)));
}
