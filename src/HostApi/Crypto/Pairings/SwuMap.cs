using System;

namespace ContractVm.HostApi;

/// <summary>
/// The simplified Shallue-van de Woestijne-Ulas map (RFC 9380, section 6.6.2) from a field to y² = x³ + Ax + B, and an isogeny from there to the curve that is
/// meant (section 6.6.3). Immutable.
/// </summary>
/// <param name="a">A, not zero.</param>
/// <param name="b">B, not zero.</param>
/// <param name="z">Z, not a square.</param>
/// <param name="isogeny">The polynomials over and under x, and over and under the factor of y; coefficients from the constant on.</param>
internal sealed class SwuMap<F>(F a, F b, F z, (F[] XOver, F[] XUnder, F[] YOver, F[] YUnder) isogeny) where F : struct, IRootField<F>
{
    private readonly F _a = a, _b = b, _z = z, _minusBOverA = -b * F.Invert(a), _bOverZa = b * F.Invert(z * a);
    private readonly (F[] XOver, F[] XUnder, F[] YOver, F[] YUnder) _isogeny = isogeny;

    /// <summary>The point of the curve that is meant; not in a subgroup yet.</summary>
    public AffinePoint<F> Map(in F u)
    {
        F zu = _z * F.Square(u), denominator = F.Square(zu) + zu;
        F x = denominator.IsZero ? _bOverZa : _minusBOverA * (F.One + F.Invert(denominator));
        if (!F.TrySquareRoot((F.Square(x) + _a) * x + _b, out F y))
        {
            // RFC 9380, section 6.6.2: of the two candidates one at least gives a square.
            x = zu * x;
            if (!F.TrySquareRoot((F.Square(x) + _a) * x + _b, out y)) throw new InvalidOperationException("neither x coordinate of the map is on the curve");
        }
        if (u.HasSign != y.HasSign) y = -y;
        return FollowIsogeny(x, y);
    }

    private AffinePoint<F> FollowIsogeny(in F x, in F y)
    {
        F xUnder = Evaluate(_isogeny.XUnder, x), yUnder = Evaluate(_isogeny.YUnder, x), both = xUnder * yUnder;
        // The isogeny's kernel goes to infinity.
        if (both.IsZero) return AffinePoint<F>.Infinity;
        F inverse = F.Invert(both);
        return new AffinePoint<F>(Evaluate(_isogeny.XOver, x) * yUnder * inverse, y * Evaluate(_isogeny.YOver, x) * xUnder * inverse);
    }

    private static F Evaluate(F[] coefficients, in F x)
    {
        F value = F.Zero;
        for (int i = coefficients.Length - 1; i >= 0; i--) value = value * x + coefficients[i];
        return value;
    }
}
