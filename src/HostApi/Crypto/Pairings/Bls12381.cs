using System;

namespace ContractVm.HostApi;

/// <summary>The pairing of BLS12-381 (EIP-2537), the optimal ate pairing. The twist goes to the curve by (x, y) -> (x / w², y / w³). Safe for all threads.</summary>
internal static class Bls12381
{
    private const ulong Parameter = BlsGroup<Fp381>.Parameter;

    /// <summary>True where the product of the pairings is one. Pairs with infinity count for one.</summary>
    /// <param name="pairs">Points of the two groups.</param>
    public static bool IsProductOne(ReadOnlySpan<PointPair<Fp381>> pairs) => Pair(pairs).Equals(Fp12<Fp381>.One);

    /// <summary>The product of the pairings' third powers.</summary>
    public static Fp12<Fp381> Pair(ReadOnlySpan<PointPair<Fp381>> pairs) => FinalExponentiation(Miller(pairs));

    // F. Vercauteren, "Optimal Pairings" (2008), section IV.A: f_{x,Q}(P), which for a negative x is the conjugate of f_{-x,Q}(P).
    private static Fp12<Fp381> Miller(ReadOnlySpan<PointPair<Fp381>> pairs)
    {
        LineProduct<Fp381> product = static (in Fp12<Fp381> f, in Fp2<Fp381> y, in Fp2<Fp381> x, in Fp2<Fp381> constant) => Fp12<Fp381>.Times014(f, constant, x, y);
        JacobianPoint<Fp2<Fp381>>[] points = new JacobianPoint<Fp2<Fp381>>[pairs.Length];
        for (int i = 0; i < pairs.Length; i++) points[i] = JacobianPoint<Fp2<Fp381>>.From(pairs[i].Q);
        Fp12<Fp381> f = Fp12<Fp381>.One;
        for (int bit = 62; bit >= 0; bit--)
        {
            f = Fp12<Fp381>.Square(f);
            for (int i = 0; i < pairs.Length; i++)
            {
                if (pairs[i].P.IsInfinity || pairs[i].Q.IsInfinity) continue;
                MillerLoop.Double(ref f, ref points[i], pairs[i].P, product);
                if ((Parameter >> bit & 1) != 0) MillerLoop.Add(ref f, ref points[i], pairs[i].Q, pairs[i].P, product);
            }
        }
        return Fp12<Fp381>.Conjugate(f);
    }

    // D. Hayashida, K. Hayasaka, T. Teruya, "Efficient Final Exponentiation via Cyclotomic Structure for Pairings over Families of Elliptic Curves" (2020):
    // 3 (p⁴ - p² + 1)/r = (x - 1)² (x + p) (x² + p² - 1) + 3. A third power is one where the number is: three does not divide r.
    private static Fp12<Fp381> FinalExponentiation(in Fp12<Fp381> f)
    {
        Fp12<Fp381> m = MillerLoop.EasyPart(f);
        Fp12<Fp381> a = ToX(m) * Fp12<Fp381>.Conjugate(m);
        a = ToX(a) * Fp12<Fp381>.Conjugate(a);
        Fp12<Fp381> b = ToX(a) * Fp12<Fp381>.Frobenius(a);
        Fp12<Fp381> c = ToX(ToX(b)) * Fp12<Fp381>.Frobenius(Fp12<Fp381>.Frobenius(b)) * Fp12<Fp381>.Conjugate(b);
        return c * Fp12<Fp381>.CyclotomicSquare(m) * m;
    }

    // The inverse of an element here is its conjugate.
    private static Fp12<Fp381> ToX(in Fp12<Fp381> value) => Fp12<Fp381>.Conjugate(Fp12<Fp381>.CyclotomicPower(value, Parameter));
}
