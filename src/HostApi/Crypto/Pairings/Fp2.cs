using System;
using System.Runtime.CompilerServices;

namespace ContractVm.HostApi;

/// <summary>C0 + C1 u with u² = -1.</summary>
internal readonly struct Fp2<F>(in F c0, in F c1) : IRootField<Fp2<F>> where F : struct, IPrimeField<F>
{
    /// <summary>The part without u.</summary>
    public readonly F C0 = c0;
    /// <summary>The part with u.</summary>
    public readonly F C1 = c1;

    /// <inheritdoc/>
    public static Fp2<F> Zero => default;
    /// <inheritdoc/>
    public static Fp2<F> One => new(F.One, default);
    /// <inheritdoc/>
    public bool IsZero => C0.IsZero && C1.IsZero;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp2<F> operator +(in Fp2<F> left, in Fp2<F> right) => new(left.C0 + right.C0, left.C1 + right.C1);
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp2<F> operator -(in Fp2<F> left, in Fp2<F> right) => new(left.C0 - right.C0, left.C1 - right.C1);
    /// <inheritdoc/>
    public static Fp2<F> operator -(in Fp2<F> value) => new(-value.C0, -value.C1);

    /// <summary>The product, with three products of the field below (Karatsuba).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp2<F> operator *(in Fp2<F> left, in Fp2<F> right)
    {
        F product0 = left.C0 * right.C0, product1 = left.C1 * right.C1;
        return new Fp2<F>(product0 - product1, (left.C0 + left.C1) * (right.C0 + right.C1) - product0 - product1);
    }

    /// <summary>The product with an element of the field below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp2<F> operator *(in Fp2<F> left, in F right) => new(left.C0 * right, left.C1 * right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp2<F> Square(in Fp2<F> value)
    {
        F half = value.C0 * value.C1;
        return new Fp2<F>((value.C0 + value.C1) * (value.C0 - value.C1), half + half);
    }

    /// <inheritdoc/>
    public static Fp2<F> Invert(in Fp2<F> value)
    {
        F inverse = F.Invert(F.Square(value.C0) + F.Square(value.C1));
        return new Fp2<F>(value.C0 * inverse, -(value.C1 * inverse));
    }

    /// <inheritdoc/>
    public static bool TrySquareRoot(in Fp2<F> value, out Fp2<F> root)
    {
        root = default;
        F half;
        if (value.C1.IsZero)
        {
            // -1 is not a square: the root of C0 or that of -C0, times u.
            root = F.TrySquareRoot(value.C0, out half) ? new Fp2<F>(half, default) : new Fp2<F>(default, half);
            return true;
        }
        // The root (x + y u) has x² - y² = C0, 2xy = C1 and x² + y² = the norm's root s: x² is (C0 + s)/2 or (C0 - s)/2, whose product is -(C1/2)². Where the
        // first is no square its negative is y².
        if (!F.TrySquareRoot(F.Square(value.C0) + F.Square(value.C1), out F norm)) return false;
        bool isFirst = F.TrySquareRoot((value.C0 + norm) * Half, out half);
        F other = value.C1 * Half * F.Invert(half);
        root = isFirst ? new Fp2<F>(half, other) : new Fp2<F>(other, half);
        return true;
    }

    /// <inheritdoc/>
    public bool HasSign => C0.IsZero ? C1.HasSign : C0.HasSign;

    /// <summary>C0 - C1 u, which is also the power with the prime.</summary>
    public static Fp2<F> Conjugate(in Fp2<F> value) => new(value.C0, -value.C1);

    /// <summary>ξ^(i (p - 1) / 6) for i from 0 to 5: what u's and w's powers are multiplied with when they are raised to the prime.</summary>
    public static Fp2<F>[] FrobeniusFactors { get; } = MakeFrobeniusFactors();

    /// <inheritdoc/>
    public bool Equals(Fp2<F> other) => C0.Equals(other.C0) && C1.Equals(other.C1);
    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Fp2<F> other && Equals(other);
    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(C0, C1);

    private static readonly F Half = F.Invert(F.One + F.One);

    private static Fp2<F>[] MakeFrobeniusFactors()
    {
        Fp2<F> step = Field.Power(F.TimesXi(One), (F.Modulus - 1) / 6);
        Fp2<F>[] factors = new Fp2<F>[6];
        factors[0] = One;
        for (int i = 1; i < factors.Length; i++) factors[i] = factors[i - 1] * step;
        return factors;
    }
}
