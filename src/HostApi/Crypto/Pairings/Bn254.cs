using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>The groups and the pairing of bn254 (EIP-196, EIP-197): y² = x³ + 3, its twist y² = x³ + 3/ξ, the optimal ate pairing. Safe for all threads.</summary>
internal static class Bn254
{
    // The curve's parameter x, from which all follows: p = 36x⁴ + 36x³ + 24x² + 6x + 1, r = 36x⁴ + 36x³ + 18x² + 6x + 1.
    private const ulong Parameter = 4965661367192848881;
    // 6x + 2 has 65 bits: its highest is the start of the loop.
    private const ulong LoopLow = unchecked(6 * Parameter + 2);
    private const int LoopBits = 64;

    /// <summary>The order r of both groups.</summary>
    public static readonly UInt256 Order = UInt256.Parse("21888242871839275222246405745257275088548364400416034343698204186575808495617");

    private static readonly Fp254 CurveB = Field.FromNumber<Fp254>(3);
    private static readonly Fp2<Fp254> TwistB = new Fp2<Fp254>(CurveB, default) * Fp2<Fp254>.Invert(Fp254.TimesXi(Fp2<Fp254>.One));

    /// <summary>True for a point of the first group; all points of the curve are.</summary>
    public static bool IsInG1(in AffinePoint<Fp254> point) => point.IsOnCurve(CurveB);

    /// <summary>True for a point of the second group: on the twist, and of order r.</summary>
    public static bool IsInG2(in AffinePoint<Fp2<Fp254>> point)
    {
        if (!point.IsOnCurve(TwistB)) return false;
        // The Frobenius map π has π² - tπ + p = 0 on the twist. Where π(Q) = (t - 1) Q, that is (p + 1 - t) Q = r Q = 0; and t - 1 = 6x².
        JacobianPoint<Fp2<Fp254>> multiple = Multiplication.MultiplySparse(JacobianPoint<Fp2<Fp254>>.From(point), Parameter);
        multiple = Multiplication.MultiplySparse(Multiplication.MultiplySparse(multiple, Parameter), 6);
        return JacobianPoint<Fp2<Fp254>>.AreEqual(multiple, JacobianPoint<Fp2<Fp254>>.From(Frobenius(point)));
    }

    /// <summary>True where the product of the pairings is one. Pairs with infinity count for one.</summary>
    /// <param name="pairs">Points of the two groups.</param>
    public static bool IsProductOne(ReadOnlySpan<PointPair<Fp254>> pairs) => FinalExponentiation(Miller(pairs)).Equals(Fp12<Fp254>.One);

    /// <summary>The product of the pairings.</summary>
    public static Fp12<Fp254> Pair(ReadOnlySpan<PointPair<Fp254>> pairs) => FinalExponentiation(Miller(pairs));

    // F. Vercauteren, "Optimal Pairings" (2008), section IV.A: f_{6x+2,Q}(P) and the lines of π(Q) and -π²(Q).
    private static Fp12<Fp254> Miller(ReadOnlySpan<PointPair<Fp254>> pairs)
    {
        LineProduct<Fp254> product = static (in Fp12<Fp254> f, in Fp2<Fp254> y, in Fp2<Fp254> x, in Fp2<Fp254> constant) => Fp12<Fp254>.Times034(f, y, x, constant);
        JacobianPoint<Fp2<Fp254>>[] points = new JacobianPoint<Fp2<Fp254>>[pairs.Length];
        for (int i = 0; i < pairs.Length; i++) points[i] = JacobianPoint<Fp2<Fp254>>.From(pairs[i].Q);
        Fp12<Fp254> f = Fp12<Fp254>.One;
        for (int bit = LoopBits - 1; bit >= 0; bit--)
        {
            f = Fp12<Fp254>.Square(f);
            for (int i = 0; i < pairs.Length; i++)
            {
                if (IsTrivial(pairs[i])) continue;
                MillerLoop.Double(ref f, ref points[i], pairs[i].P, product);
                if ((LoopLow >> bit & 1) != 0) MillerLoop.Add(ref f, ref points[i], pairs[i].Q, pairs[i].P, product);
            }
        }
        for (int i = 0; i < pairs.Length; i++)
        {
            if (IsTrivial(pairs[i])) continue;
            AffinePoint<Fp2<Fp254>> first = Frobenius(pairs[i].Q), second = Frobenius(first).Negated();
            MillerLoop.Add(ref f, ref points[i], first, pairs[i].P, product);
            MillerLoop.Add(ref f, ref points[i], second, pairs[i].P, product);
        }
        return f;
    }

    // M. Scott et al., "On the Final Exponentiation for Calculating Pairings on Ordinary Elliptic Curves" (2009), section 6: (p⁴ - p² + 1)/r by powers of p and x.
    private static Fp12<Fp254> FinalExponentiation(in Fp12<Fp254> f)
    {
        Fp12<Fp254> m = MillerLoop.EasyPart(f);
        Fp12<Fp254> mp = Fp12<Fp254>.Frobenius(m), mp2 = Fp12<Fp254>.Frobenius(mp), mp3 = Fp12<Fp254>.Frobenius(mp2);
        Fp12<Fp254> mx = Fp12<Fp254>.CyclotomicPower(m, Parameter), mx2 = Fp12<Fp254>.CyclotomicPower(mx, Parameter), mx3 = Fp12<Fp254>.CyclotomicPower(mx2, Parameter);
        Fp12<Fp254> mx2p = Fp12<Fp254>.Frobenius(mx2);
        Fp12<Fp254> y0 = mp * mp2 * mp3, y1 = Fp12<Fp254>.Conjugate(m), y2 = Fp12<Fp254>.Frobenius(mx2p), y3 = Fp12<Fp254>.Conjugate(Fp12<Fp254>.Frobenius(mx));
        Fp12<Fp254> y4 = Fp12<Fp254>.Conjugate(mx * mx2p), y5 = Fp12<Fp254>.Conjugate(mx2), y6 = Fp12<Fp254>.Conjugate(mx3 * Fp12<Fp254>.Frobenius(mx3));
        // y0 · y1² · y2⁶ · y3¹² · y4¹⁸ · y5³⁰ · y6³⁶, by the addition chain there.
        Fp12<Fp254> t0 = Fp12<Fp254>.CyclotomicSquare(y6) * y4 * y5;
        Fp12<Fp254> t1 = y3 * y5 * t0;
        t0 *= y2;
        t1 = Fp12<Fp254>.CyclotomicSquare(Fp12<Fp254>.CyclotomicSquare(t1) * t0);
        return Fp12<Fp254>.CyclotomicSquare(t1 * y1) * (t1 * y0);
    }

    // The map (x, y) -> (x^p, y^p) of the curve, seen on the twist, from where (x, y) goes to (x w², y w³).
    private static AffinePoint<Fp2<Fp254>> Frobenius(in AffinePoint<Fp2<Fp254>> point) =>
        new(Fp2<Fp254>.Conjugate(point.X) * Fp2<Fp254>.FrobeniusFactors[2], Fp2<Fp254>.Conjugate(point.Y) * Fp2<Fp254>.FrobeniusFactors[3]);

    private static bool IsTrivial(in PointPair<Fp254> pair) => pair.P.IsInfinity || pair.Q.IsInfinity;
}
