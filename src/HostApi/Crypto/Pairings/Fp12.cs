using System;
using System.Runtime.CompilerServices;

namespace ContractVm.HostApi;

/// <summary>C0 + C1 w with w² = v, so that w⁶ = ξ.</summary>
internal readonly struct Fp12<F>(in Fp6<F> c0, in Fp6<F> c1) : IField<Fp12<F>> where F : struct, IPrimeField<F>
{
    /// <summary>The part without w.</summary>
    public readonly Fp6<F> C0 = c0;
    /// <summary>The part with w.</summary>
    public readonly Fp6<F> C1 = c1;

    /// <inheritdoc/>
    public static Fp12<F> Zero => default;
    /// <inheritdoc/>
    public static Fp12<F> One => new(Fp6<F>.One, default);
    /// <inheritdoc/>
    public bool IsZero => C0.IsZero && C1.IsZero;

    /// <inheritdoc/>
    public static Fp12<F> operator +(in Fp12<F> left, in Fp12<F> right) => new(left.C0 + right.C0, left.C1 + right.C1);
    /// <inheritdoc/>
    public static Fp12<F> operator -(in Fp12<F> left, in Fp12<F> right) => new(left.C0 - right.C0, left.C1 - right.C1);
    /// <inheritdoc/>
    public static Fp12<F> operator -(in Fp12<F> value) => new(-value.C0, -value.C1);

    /// <summary>The product, with three products of the field below (Karatsuba).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp12<F> operator *(in Fp12<F> left, in Fp12<F> right) =>
        Join(left.C0 * right.C0, left.C1 * right.C1, (left.C0 + left.C1) * (right.C0 + right.C1));

    /// <summary>The product with r0 + (r3 + r4 v) w.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp12<F> Times034(in Fp12<F> left, in Fp2<F> r0, in Fp2<F> r3, in Fp2<F> r4) =>
        Join(left.C0 * r0, Fp6<F>.Times01(left.C1, r3, r4), Fp6<F>.Times01(left.C0 + left.C1, r0 + r3, r4));

    /// <summary>The product with r0 + r1 v + r4 v w.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp12<F> Times014(in Fp12<F> left, in Fp2<F> r0, in Fp2<F> r1, in Fp2<F> r4) =>
        Join(Fp6<F>.Times01(left.C0, r0, r1), Fp6<F>.Times1(left.C1, r4), Fp6<F>.Times01(left.C0 + left.C1, r0, r1 + r4));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp12<F> Square(in Fp12<F> value)
    {
        Fp6<F> product = value.C0 * value.C1;
        Fp6<F> c0 = (value.C0 + value.C1) * (value.C0 + Fp6<F>.TimesV(value.C1)) - product - Fp6<F>.TimesV(product);
        return new Fp12<F>(c0, product + product);
    }

    /// <summary>
    /// The square of an element whose norms to the fields of degree 6 and 4 are 1, as those after the first part of a final exponentiation
    /// (R. Granger, M. Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions", 2010, section 3.2).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp12<F> CyclotomicSquare(in Fp12<F> value)
    {
        SquareFp4(value.C0.C0, value.C1.C1, out Fp2<F> a0, out Fp2<F> a1);
        SquareFp4(value.C1.C0, value.C0.C2, out Fp2<F> b0, out Fp2<F> b1);
        SquareFp4(value.C0.C1, value.C1.C2, out Fp2<F> c0, out Fp2<F> c1);
        Fp6<F> even = new(ThriceLessTwice(a0, value.C0.C0), ThriceLessTwice(b0, value.C0.C1), ThriceLessTwice(c0, value.C0.C2));
        Fp6<F> odd = new(ThriceAndTwice(F.TimesXi(c1), value.C1.C0), ThriceAndTwice(a1, value.C1.C1), ThriceAndTwice(b1, value.C1.C2));
        return new Fp12<F>(even, odd);
    }

    /// <inheritdoc/>
    public static Fp12<F> Invert(in Fp12<F> value)
    {
        Fp6<F> inverse = Fp6<F>.Invert(Fp6<F>.Square(value.C0) - Fp6<F>.TimesV(Fp6<F>.Square(value.C1)));
        return new Fp12<F>(value.C0 * inverse, -(value.C1 * inverse));
    }

    /// <summary>C0 - C1 w, which is the power with p⁶, and for elements of norm 1 the inverse.</summary>
    public static Fp12<F> Conjugate(in Fp12<F> value) => new(value.C0, -value.C1);

    /// <summary>The power with the prime.</summary>
    public static Fp12<F> Frobenius(in Fp12<F> value)
    {
        // The part of w^i is conjugated and multiplied with ξ^(i (p - 1) / 6).
        Fp2<F>[] factors = Fp2<F>.FrobeniusFactors;
        return new Fp12<F>(
            new Fp6<F>(Fp2<F>.Conjugate(value.C0.C0), Fp2<F>.Conjugate(value.C0.C1) * factors[2], Fp2<F>.Conjugate(value.C0.C2) * factors[4]),
            new Fp6<F>(Fp2<F>.Conjugate(value.C1.C0) * factors[1], Fp2<F>.Conjugate(value.C1.C1) * factors[3], Fp2<F>.Conjugate(value.C1.C2) * factors[5]));
    }

    /// <summary>A power of an element for which <see cref="CyclotomicSquare"/> is right.</summary>
    public static Fp12<F> CyclotomicPower(in Fp12<F> value, ulong exponent)
    {
        Fp12<F> power = One;
        for (int bit = 63 - System.Numerics.BitOperations.LeadingZeroCount(exponent); bit >= 0; bit--)
        {
            power = CyclotomicSquare(power);
            if ((exponent >> bit & 1) != 0) power *= value;
        }
        return power;
    }

    /// <inheritdoc/>
    public bool Equals(Fp12<F> other) => C0.Equals(other.C0) && C1.Equals(other.C1);
    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Fp12<F> other && Equals(other);
    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(C0, C1);

    // Of the products of both first parts, of both second parts and of both sums.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Fp12<F> Join(in Fp6<F> first, in Fp6<F> second, in Fp6<F> sums) => new(first + Fp6<F>.TimesV(second), sums - first - second);

    // (a + b s)² with s² = ξ.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SquareFp4(in Fp2<F> a, in Fp2<F> b, out Fp2<F> c0, out Fp2<F> c1)
    {
        Fp2<F> aa = Fp2<F>.Square(a), bb = Fp2<F>.Square(b);
        c1 = Fp2<F>.Square(a + b) - aa - bb;
        c0 = aa + F.TimesXi(bb);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Fp2<F> ThriceLessTwice(in Fp2<F> thrice, in Fp2<F> twice)
    {
        Fp2<F> difference = thrice - twice;
        return difference + difference + thrice;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Fp2<F> ThriceAndTwice(in Fp2<F> thrice, in Fp2<F> twice)
    {
        Fp2<F> sum = thrice + twice;
        return sum + sum + thrice;
    }
}
