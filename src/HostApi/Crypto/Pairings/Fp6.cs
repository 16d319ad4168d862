using System;
using System.Runtime.CompilerServices;

namespace ContractVm.HostApi;

/// <summary>C0 + C1 v + C2 v² with v³ = ξ.</summary>
internal readonly struct Fp6<F>(in Fp2<F> c0, in Fp2<F> c1, in Fp2<F> c2) : IField<Fp6<F>> where F : struct, IPrimeField<F>
{
    /// <summary>The part without v.</summary>
    public readonly Fp2<F> C0 = c0;
    /// <summary>The part with v.</summary>
    public readonly Fp2<F> C1 = c1;
    /// <summary>The part with v².</summary>
    public readonly Fp2<F> C2 = c2;

    /// <inheritdoc/>
    public static Fp6<F> Zero => default;
    /// <inheritdoc/>
    public static Fp6<F> One => new(Fp2<F>.One, default, default);
    /// <inheritdoc/>
    public bool IsZero => C0.IsZero && C1.IsZero && C2.IsZero;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp6<F> operator +(in Fp6<F> left, in Fp6<F> right) => new(left.C0 + right.C0, left.C1 + right.C1, left.C2 + right.C2);
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp6<F> operator -(in Fp6<F> left, in Fp6<F> right) => new(left.C0 - right.C0, left.C1 - right.C1, left.C2 - right.C2);
    /// <inheritdoc/>
    public static Fp6<F> operator -(in Fp6<F> value) => new(-value.C0, -value.C1, -value.C2);

    /// <summary>The product, with six products of the field below (Karatsuba).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp6<F> operator *(in Fp6<F> left, in Fp6<F> right)
    {
        Fp2<F> p0 = left.C0 * right.C0, p1 = left.C1 * right.C1, p2 = left.C2 * right.C2;
        Fp2<F> c0 = p0 + F.TimesXi((left.C1 + left.C2) * (right.C1 + right.C2) - p1 - p2);
        Fp2<F> c1 = (left.C0 + left.C1) * (right.C0 + right.C1) - p0 - p1 + F.TimesXi(p2);
        Fp2<F> c2 = (left.C0 + left.C2) * (right.C0 + right.C2) - p0 - p2 + p1;
        return new Fp6<F>(c0, c1, c2);
    }

    /// <summary>The product with an element of the field below.</summary>
    public static Fp6<F> operator *(in Fp6<F> left, in Fp2<F> right) => new(left.C0 * right, left.C1 * right, left.C2 * right);

    /// <summary>The product with r0 + r1 v.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp6<F> Times01(in Fp6<F> left, in Fp2<F> r0, in Fp2<F> r1)
    {
        Fp2<F> p0 = left.C0 * r0, p1 = left.C1 * r1;
        return new Fp6<F>(p0 + F.TimesXi((left.C1 + left.C2) * r1 - p1), (left.C0 + left.C1) * (r0 + r1) - p0 - p1, (left.C0 + left.C2) * r0 - p0 + p1);
    }

    /// <summary>The product with r1 v.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp6<F> Times1(in Fp6<F> left, in Fp2<F> r1) => new(F.TimesXi(left.C2 * r1), left.C0 * r1, left.C1 * r1);

    /// <summary>The product with v.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp6<F> TimesV(in Fp6<F> value) => new(F.TimesXi(value.C2), value.C0, value.C1);

    /// <inheritdoc/>
    public static Fp6<F> Square(in Fp6<F> value) => value * value;

    /// <inheritdoc/>
    public static Fp6<F> Invert(in Fp6<F> value)
    {
        // The adjugate's first column over the norm.
        Fp2<F> a0 = Fp2<F>.Square(value.C0) - F.TimesXi(value.C1 * value.C2);
        Fp2<F> a1 = F.TimesXi(Fp2<F>.Square(value.C2)) - value.C0 * value.C1;
        Fp2<F> a2 = Fp2<F>.Square(value.C1) - value.C0 * value.C2;
        Fp2<F> norm = value.C0 * a0 + F.TimesXi(value.C2 * a1 + value.C1 * a2);
        return new Fp6<F>(a0, a1, a2) * Fp2<F>.Invert(norm);
    }

    /// <inheritdoc/>
    public bool Equals(Fp6<F> other) => C0.Equals(other.C0) && C1.Equals(other.C1) && C2.Equals(other.C2);
    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Fp6<F> other && Equals(other);
    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(C0, C1, C2);
}
