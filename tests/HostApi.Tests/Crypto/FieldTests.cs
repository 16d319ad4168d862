using System;
using System.Linq;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>The prime fields against whole numbers, the extensions against the laws of fields.</summary>
public sealed class FieldTests
{
    [Fact]
    public void Fp254IsNumbersModuloThePrime() => CheckNumbers<Fp254>(BigInteger.Parse("21888242871839275222246405745257275088696311157297823662689037894645226208583"));

    [Fact]
    public void Fp381IsNumbersModuloThePrime() =>
        CheckNumbers<Fp381>(BigInteger.Parse("4002409555221667393417789825735904156556882819939007885332058136124031650490837864442687629129015664037894272559787"));

    [Fact]
    public void ExtensionsOfFp254AreFields() => CheckTower<Fp254>();

    [Fact]
    public void ExtensionsOfFp381AreFields() => CheckTower<Fp381>();

    private static void CheckNumbers<F>(BigInteger prime) where F : struct, IPrimeField<F>
    {
        Assert.Equal(prime, F.Modulus);
        Assert.False(F.TryRead(prime.ToByteArray(isUnsigned: true, isBigEndian: true), out _));
        Assert.False(F.TryRead(((BigInteger.One << 512) - 1).ToByteArray(isUnsigned: true, isBigEndian: true), out _));
        Assert.True(F.TryRead((prime - 1).ToByteArray(isUnsigned: true, isBigEndian: true), out _));
        Assert.True(F.Invert(F.Zero).IsZero);
        Prop.ForAll(Arb.From(Numbers(prime)), Arb.From(Numbers(prime)), (x, y) =>
        {
            F a = Field.FromNumber<F>(x), b = Field.FromNumber<F>(y);
            BigInteger Mod(BigInteger value) => (value % prime + prime) % prime;
            bool isSquare = BigInteger.ModPow(x, (prime - 1) / 2, prime) <= 1;
            return Field.ToNumber(a) == x && Field.ToNumber(a + b) == Mod(x + y) && Field.ToNumber(a - b) == Mod(x - y) && Field.ToNumber(-a) == Mod(-x)
                && Field.ToNumber(a * b) == Mod(x * y) && Field.ToNumber(F.Square(a)) == Mod(x * x) && a.Equals(b) == (x == y) && a.IsZero == x.IsZero
                && Field.ToNumber(F.Invert(a)) == BigInteger.ModPow(x, prime - 2, prime) && Field.ToNumber(Field.Power(a, y)) == BigInteger.ModPow(x, y, prime)
                && F.TrySquareRoot(a, out F root) == isSquare && (!isSquare || F.Square(root).Equals(a)) && a.HasSign == !x.IsEven;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static void CheckTower<F>() where F : struct, IPrimeField<F>
    {
        Gen<Fp2<F>> fp2 = Numbers(F.Modulus).SelectMany(x => Numbers(F.Modulus).Select(y => new Fp2<F>(Field.FromNumber<F>(x), Field.FromNumber<F>(y))));
        Gen<Fp6<F>> fp6 = Gen.ArrayOf(fp2, 3).Select(parts => new Fp6<F>(parts[0], parts[1], parts[2]));
        Gen<Fp12<F>> fp12 = Gen.ArrayOf(fp6, 2).Select(parts => new Fp12<F>(parts[0], parts[1]));
        CheckLaws(fp2);
        CheckLaws(fp6);
        CheckLaws(fp12);

        // What each extension is made with: u² = -1, v³ = w⁶ = ξ.
        Fp2<F> u = new(F.Zero, F.One), xi = F.TimesXi(Fp2<F>.One);
        Fp6<F> v = new(default, Fp2<F>.One, default);
        Fp12<F> w = new(default, Fp6<F>.One);
        Assert.Equal(-Fp2<F>.One, Fp2<F>.Square(u));
        Assert.Equal(new Fp6<F>(xi, default, default), v * v * v);
        Assert.Equal(new Fp12<F>(v, default), w * w);
        // ξ is neither a square nor a cube, so that these are fields.
        Assert.False(Fp2<F>.TrySquareRoot(xi, out _));
        Assert.NotEqual(Fp2<F>.One, Field.Power(xi, (F.Modulus * F.Modulus - 1) / 3));

        Prop.ForAll(Arb.From(fp2), a =>
        {
            bool isSquare = a.IsZero || Field.Power(a, (F.Modulus * F.Modulus - 1) / 2).Equals(Fp2<F>.One);
            return F.TimesXi(a).Equals(a * xi) && Fp2<F>.Conjugate(a).Equals(Field.Power(a, F.Modulus))
                && Fp2<F>.TrySquareRoot(a, out Fp2<F> root) == isSquare && (!isSquare || Fp2<F>.Square(root).Equals(a));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
        Prop.ForAll(Arb.From(fp12), Arb.From(Gen.ArrayOf(fp2, 3)), (a, r) =>
        {
            Fp12<F> sparse034 = new(new Fp6<F>(r[0], default, default), new Fp6<F>(r[1], r[2], default));
            Fp12<F> sparse014 = new(new Fp6<F>(r[0], r[1], default), new Fp6<F>(default, r[2], default));
            return Fp12<F>.Times034(a, r[0], r[1], r[2]).Equals(a * sparse034) && Fp12<F>.Times014(a, r[0], r[1], r[2]).Equals(a * sparse014)
                && Fp6<F>.TimesV(a.C0).Equals(a.C0 * v);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
        Prop.ForAll(Arb.From(fp12), a =>
        {
            if (a.IsZero) return true;
            Fp12<F> cyclotomic = MillerLoop.EasyPart(a);
            return Fp12<F>.Frobenius(a).Equals(Field.Power(a, F.Modulus)) && Fp12<F>.Conjugate(a).Equals(Field.Power(a, BigInteger.Pow(F.Modulus, 6)))
                && cyclotomic.Equals(Field.Power(a, (BigInteger.Pow(F.Modulus, 6) - 1) * (BigInteger.Pow(F.Modulus, 2) + 1)))
                && Fp12<F>.CyclotomicSquare(cyclotomic).Equals(cyclotomic * cyclotomic) && Fp12<F>.Conjugate(cyclotomic).Equals(Fp12<F>.Invert(cyclotomic))
                && Fp12<F>.CyclotomicPower(cyclotomic, 0xd201000000010000).Equals(Field.Power(cyclotomic, 0xd201000000010000));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5));
    }

    private static void CheckLaws<T>(Gen<T> elements) where T : struct, IField<T> =>
        Prop.ForAll(Arb.From(elements), Arb.From(elements), Arb.From(elements), (a, b, c) =>
            (a + b).Equals(b + a) && (a * b).Equals(b * a) && (a * (b * c)).Equals(a * b * c) && (a * (b + c)).Equals(a * b + a * c)
            && (a - b + b).Equals(a) && (a + -a).IsZero && (a * T.One).Equals(a) && (a * T.Zero).IsZero && T.Square(a).Equals(a * a)
            && (a.IsZero ? T.Invert(a).IsZero : (a * T.Invert(a)).Equals(T.One))).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    /// <summary>Numbers below the prime: any, near zero, near the prime, with long runs of equal bits.</summary>
    internal static Gen<BigInteger> Numbers(BigInteger prime)
    {
        Gen<BigInteger> any = Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), 48).Select(bytes => new BigInteger(bytes, isUnsigned: true) % prime);
        Gen<BigInteger> small = Gen.Choose(0, 3).Select(value => (BigInteger)value);
        Gen<BigInteger> runs = Gen.Choose(0, 380).SelectMany(high => Gen.Choose(0, 380).Select(low => BigInteger.Abs((BigInteger.One << high) - (BigInteger.One << low)) % prime));
        return Gen.OneOf(any, any, small, small.Select(value => prime - 1 - value), runs);
    }
}
