using System;
using System.Runtime.CompilerServices;

namespace ContractVm.HostApi;

/// <summary>A pair of points whose pairing is computed: P of the curve over the prime field, Q of the twist over its extension, both not infinity.</summary>
internal readonly record struct PointPair<F>(AffinePoint<F> P, AffinePoint<Fp2<F>> Q) where F : struct, IPrimeField<F>;

/// <summary>Multiplies the value of a line at P to an element: the tower's places of its parts differ between the two kinds of twist.</summary>
/// <param name="f">The element.</param>
/// <param name="y">The part that yP is multiplied with already.</param>
/// <param name="x">The part that xP is multiplied with already.</param>
/// <param name="constant">The part without coordinates of P.</param>
internal delegate Fp12<F> LineProduct<F>(in Fp12<F> f, in Fp2<F> y, in Fp2<F> x, in Fp2<F> constant) where F : struct, IPrimeField<F>;

/// <summary>
/// The steps of Miller's algorithm on a twist y² = x³ + b': the point T is doubled or a point added to it, and the line through them is multiplied to f.
/// A line of slope s through (x1, y1) of the twist has at P the value yP - s xP + (s x1 - y1), each part at its own place of the tower; s = rise/run, and all is
/// scaled by what is in Fp2, which the final exponentiation takes away.
/// </summary>
internal static class MillerLoop
{
    /// <summary>f · line(T, T)(P), and T becomes 2T.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Double<F>(ref Fp12<F> f, ref JacobianPoint<Fp2<F>> t, in AffinePoint<F> p, LineProduct<F> product) where F : struct, IPrimeField<F>
    {
        // s = 3X² / (2YZ); all times 2YZ³.
        Fp2<F> xx = Fp2<F>.Square(t.X), yy = Fp2<F>.Square(t.Y), zz = Fp2<F>.Square(t.Z), c = Fp2<F>.Square(yy);
        Fp2<F> d = Fp2<F>.Square(t.X + yy) - xx - c;
        d += d;
        Fp2<F> e = xx + xx + xx;
        Fp2<F> x = Fp2<F>.Square(e) - d - d;
        Fp2<F> c2 = c + c, c4 = c2 + c2;
        Fp2<F> yz = t.Y * t.Z, z = yz + yz;
        Fp2<F> constant = e * t.X - yy - yy;
        t = new JacobianPoint<Fp2<F>>(x, e * (d - x) - c4 - c4, z);
        f = product(f, z * zz * p.Y, -(e * zz) * p.X, constant);
    }

    /// <summary>f · line(T, Q)(P), and T becomes T + Q; T is neither Q nor -Q nor infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<F>(ref Fp12<F> f, ref JacobianPoint<Fp2<F>> t, in AffinePoint<Fp2<F>> q, in AffinePoint<F> p, LineProduct<F> product) where F : struct, IPrimeField<F>
    {
        // s = r / (Z h); all times Z h.
        Fp2<F> zz = Fp2<F>.Square(t.Z);
        Fp2<F> h = q.X * zz - t.X, r = q.Y * t.Z * zz - t.Y;
        Fp2<F> z = t.Z * h, hh = Fp2<F>.Square(h), hhh = hh * h, v = t.X * hh;
        Fp2<F> x = Fp2<F>.Square(r) - hhh - v - v;
        t = new JacobianPoint<Fp2<F>>(x, r * (v - x) - t.Y * hhh, z);
        f = product(f, z * p.Y, -r * p.X, r * q.X - z * q.Y);
    }

    /// <summary>The power with (p⁶ - 1)(p² + 1), the first part of a final exponentiation.</summary>
    public static Fp12<F> EasyPart<F>(in Fp12<F> f) where F : struct, IPrimeField<F>
    {
        Fp12<F> power = Fp12<F>.Conjugate(f) * Fp12<F>.Invert(f);
        return Fp12<F>.Frobenius(Fp12<F>.Frobenius(power)) * power;
    }
}
