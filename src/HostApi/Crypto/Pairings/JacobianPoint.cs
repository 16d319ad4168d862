using System;
using System.Runtime.CompilerServices;

namespace ContractVm.HostApi;

/// <summary>
/// A point (X/Z², Y/Z³) of a curve y² = x³ + b; Z is zero at infinity. All operations are right for all points. The formulas are those that the Explicit-Formulas
/// Database (https://www.hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-0.html) names dbl-2009-l, add-2007-bl and madd-2007-bl.
/// </summary>
internal readonly struct JacobianPoint<F>(in F x, in F y, in F z) where F : struct, IField<F>
{
    /// <summary>x times Z².</summary>
    public readonly F X = x;
    /// <summary>y times Z³.</summary>
    public readonly F Y = y;
    /// <summary>The scale; zero at infinity.</summary>
    public readonly F Z = z;

    /// <summary>The neutral element.</summary>
    public static JacobianPoint<F> Infinity => default;

    /// <summary>True for the neutral element.</summary>
    public bool IsInfinity => Z.IsZero;

    /// <summary>The same point with another scale.</summary>
    public static JacobianPoint<F> From(in AffinePoint<F> point) => point.IsInfinity ? default : new JacobianPoint<F>(point.X, point.Y, F.One);

    /// <summary>The negative.</summary>
    public static JacobianPoint<F> operator -(in JacobianPoint<F> point) => new(point.X, -point.Y, point.Z);

    /// <summary>Twice the point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static JacobianPoint<F> Double(in JacobianPoint<F> point)
    {
        F a = F.Square(point.X), b = F.Square(point.Y), c = F.Square(b);
        F d = F.Square(point.X + b) - a - c;
        d += d;
        F e = a + a + a;
        F x = F.Square(e) - d - d;
        F c2 = c + c, c4 = c2 + c2;
        F yz = point.Y * point.Z;
        // Where y is zero so is the new Z; at infinity Z stays zero.
        return new JacobianPoint<F>(x, e * (d - x) - c4 - c4, yz + yz);
    }

    /// <summary>The sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static JacobianPoint<F> operator +(in JacobianPoint<F> left, in JacobianPoint<F> right)
    {
        if (left.IsInfinity) return right;
        if (right.IsInfinity) return left;
        F z1z1 = F.Square(left.Z), z2z2 = F.Square(right.Z);
        F u1 = left.X * z2z2, s1 = left.Y * right.Z * z2z2;
        F h = right.X * z1z1 - u1, r = right.Y * left.Z * z1z1 - s1;
        if (h.IsZero) return r.IsZero ? Double(left) : Infinity;
        return Join(u1, s1, h, r, left.Z * right.Z);
    }

    /// <summary>The sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static JacobianPoint<F> operator +(in JacobianPoint<F> left, in AffinePoint<F> right)
    {
        if (left.IsInfinity) return From(right);
        if (right.IsInfinity) return left;
        F zz = F.Square(left.Z);
        F h = right.X * zz - left.X, r = right.Y * left.Z * zz - left.Y;
        if (h.IsZero) return r.IsZero ? Double(left) : Infinity;
        return Join(left.X, left.Y, h, r, left.Z);
    }

    /// <summary>The point with scale 1; one inversion.</summary>
    public AffinePoint<F> ToAffine()
    {
        if (IsInfinity) return default;
        F inverse = F.Invert(Z), square = F.Square(inverse);
        return new AffinePoint<F>(X * square, Y * square * inverse);
    }

    /// <summary>Writes the points with scale 1, with one inversion for all of them (Montgomery's trick).</summary>
    public static void ToAffine(ReadOnlySpan<JacobianPoint<F>> points, Span<AffinePoint<F>> destination)
    {
        // The products of all scales before each, kept where the results go.
        F product = F.One;
        for (int i = 0; i < points.Length; i++)
        {
            destination[i] = new AffinePoint<F>(product, default);
            if (!points[i].IsInfinity) product *= points[i].Z;
        }
        F inverse = F.Invert(product);
        for (int i = points.Length - 1; i >= 0; i--)
        {
            if (points[i].IsInfinity)
            {
                destination[i] = default;
                continue;
            }
            F own = inverse * destination[i].X, square = F.Square(own);
            inverse *= points[i].Z;
            destination[i] = new AffinePoint<F>(points[i].X * square, points[i].Y * square * own);
        }
    }

    /// <summary>True for the same point, whatever the scales.</summary>
    public static bool AreEqual(in JacobianPoint<F> left, in JacobianPoint<F> right)
    {
        if (left.IsInfinity || right.IsInfinity) return left.IsInfinity == right.IsInfinity;
        F z1z1 = F.Square(left.Z), z2z2 = F.Square(right.Z);
        return (left.X * z2z2).Equals(right.X * z1z1) && (left.Y * right.Z * z2z2).Equals(right.Y * left.Z * z1z1);
    }

    // The third point of a line with h = x2 - x1 and r = y2 - y1, the first point's coordinates scaled as h and r are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static JacobianPoint<F> Join(in F x1, in F y1, in F h, in F r, in F z)
    {
        F hh = F.Square(h), hhh = hh * h, v = x1 * hh;
        F x = F.Square(r) - hhh - v - v;
        return new JacobianPoint<F>(x, r * (v - x) - y1 * hhh, z * h);
    }
}
