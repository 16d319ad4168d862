using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ContractVm.Interpreter;

/// <summary>
/// Float vector operations (WebAssembly 3.0, "Numerics"), lane by lane as <see cref="FloatMath"/> does them. Min and Max are
/// comparisons and bits, and conversions to integers go through <see cref="FloatMath"/>, because the machines' own differ.
/// A NaN of an arithmetic result becomes the positive canonical one here.
/// </summary>
internal static class VectorFloats
{
    // Vectors pass through calls by way of memory, which takes longer than what is done with them.
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)] public static Vector128<float> Canonical(Vector128<float> a) =>
        Vector128.ConditionalSelect(Vector128.Equals(a, a), a, Vector128.Create(FloatMath.CanonicalNaN32).AsSingle());

    [MethodImpl(Inline)] public static Vector128<double> Canonical(Vector128<double> a) =>
        Vector128.ConditionalSelect(Vector128.Equals(a, a), a, Vector128.Create(FloatMath.CanonicalNaN64).AsDouble());

    /// <summary>Where neither is less they are equal, and differ at most in the sign of zero: min has it, max does not.</summary>
    [MethodImpl(Inline)] public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) =>
        Ordered(a, b, Vector128.ConditionalSelect(Vector128.LessThan(a, b), a, Vector128.ConditionalSelect(Vector128.LessThan(b, a), b, a | b)));

    /// <inheritdoc cref="Min(Vector128{float}, Vector128{float})"/>
    [MethodImpl(Inline)] public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) =>
        Ordered(a, b, Vector128.ConditionalSelect(Vector128.LessThan(a, b), b, Vector128.ConditionalSelect(Vector128.LessThan(b, a), a, a & b)));

    /// <inheritdoc cref="Min(Vector128{float}, Vector128{float})"/>
    [MethodImpl(Inline)] public static Vector128<double> Min(Vector128<double> a, Vector128<double> b) =>
        Ordered(a, b, Vector128.ConditionalSelect(Vector128.LessThan(a, b), a, Vector128.ConditionalSelect(Vector128.LessThan(b, a), b, a | b)));

    /// <inheritdoc cref="Min(Vector128{float}, Vector128{float})"/>
    [MethodImpl(Inline)] public static Vector128<double> Max(Vector128<double> a, Vector128<double> b) =>
        Ordered(a, b, Vector128.ConditionalSelect(Vector128.LessThan(a, b), b, Vector128.ConditionalSelect(Vector128.LessThan(b, a), a, a & b)));

    [MethodImpl(Inline)] private static Vector128<float> Ordered(Vector128<float> a, Vector128<float> b, Vector128<float> value) =>
        Vector128.ConditionalSelect(Vector128.Equals(a, a) & Vector128.Equals(b, b), value, Vector128.Create(FloatMath.CanonicalNaN32).AsSingle());

    [MethodImpl(Inline)] private static Vector128<double> Ordered(Vector128<double> a, Vector128<double> b, Vector128<double> value) =>
        Vector128.ConditionalSelect(Vector128.Equals(a, a) & Vector128.Equals(b, b), value, Vector128.Create(FloatMath.CanonicalNaN64).AsDouble());

    /// <summary>One of the operands, with its bits: b where it is less.</summary>
    [MethodImpl(Inline)] public static Vector128<T> PseudoMin<T>(Vector128<T> a, Vector128<T> b) => Vector128.ConditionalSelect(Vector128.LessThan(b, a), b, a);

    /// <summary>One of the operands, with its bits: b where it is greater.</summary>
    [MethodImpl(Inline)] public static Vector128<T> PseudoMax<T>(Vector128<T> a, Vector128<T> b) => Vector128.ConditionalSelect(Vector128.LessThan(a, b), b, a);

    /// <summary>Rounds twice, as the deterministic profile has it: a fused operation would round once.</summary>
    [MethodImpl(Inline)] public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Canonical(a * b + c);

    /// <inheritdoc cref="MultiplyAdd(Vector128{float}, Vector128{float}, Vector128{float})"/>
    [MethodImpl(Inline)] public static Vector128<double> MultiplyAdd(Vector128<double> a, Vector128<double> b, Vector128<double> c) => Canonical(a * b + c);

    [MethodImpl(Inline)] public static Vector128<uint> Negate(Vector128<uint> a) => a ^ Vector128.Create(0x8000_0000u);
    [MethodImpl(Inline)] public static Vector128<ulong> Negate(Vector128<ulong> a) => a ^ Vector128.Create(0x8000_0000_0000_0000ul);
    [MethodImpl(Inline)] public static Vector128<uint> Abs(Vector128<uint> a) => a & Vector128.Create(0x7FFF_FFFFu);
    [MethodImpl(Inline)] public static Vector128<ulong> Abs(Vector128<ulong> a) => a & Vector128.Create(0x7FFF_FFFF_FFFF_FFFFul);

    [MethodImpl(Inline)] public static Vector128<int> SaturateInt32(Vector128<float> a) =>
        Vector128.Create(FloatMath.SaturateInt32(a[0]), FloatMath.SaturateInt32(a[1]), FloatMath.SaturateInt32(a[2]), FloatMath.SaturateInt32(a[3]));

    [MethodImpl(Inline)] public static Vector128<uint> SaturateUInt32(Vector128<float> a) =>
        Vector128.Create(FloatMath.SaturateUInt32(a[0]), FloatMath.SaturateUInt32(a[1]), FloatMath.SaturateUInt32(a[2]), FloatMath.SaturateUInt32(a[3]));

    [MethodImpl(Inline)] public static Vector128<int> SaturateInt32(Vector128<double> a) => Vector128.Create(FloatMath.SaturateInt32(a[0]), FloatMath.SaturateInt32(a[1]), 0, 0);

    [MethodImpl(Inline)] public static Vector128<uint> SaturateUInt32(Vector128<double> a) => Vector128.Create(FloatMath.SaturateUInt32(a[0]), FloatMath.SaturateUInt32(a[1]), 0, 0);

    [MethodImpl(Inline)] public static Vector128<float> ToSingle(Vector128<int> a) => Vector128.Create((float)a[0], (float)a[1], (float)a[2], (float)a[3]);

    /// <summary>By way of long, whose conversion rounds once.</summary>
    [MethodImpl(Inline)] public static Vector128<float> ToSingle(Vector128<uint> a) => Vector128.Create((float)(long)a[0], (float)(long)a[1], (float)(long)a[2], (float)(long)a[3]);

    [MethodImpl(Inline)] public static Vector128<double> LowToDouble(Vector128<int> a) => Vector128.Create((double)a[0], (double)a[1]);

    [MethodImpl(Inline)] public static Vector128<double> LowToDouble(Vector128<uint> a) => Vector128.Create((double)(long)a[0], (double)(long)a[1]);

    [MethodImpl(Inline)] public static Vector128<float> Demote(Vector128<double> a) => Canonical(Vector128.Create((float)a[0], (float)a[1], 0f, 0f));

    [MethodImpl(Inline)] public static Vector128<double> PromoteLow(Vector128<float> a) => Canonical(Vector128.Create((double)a[0], (double)a[1]));
}
