using System;
using System.Runtime.CompilerServices;

namespace ContractVm.Interpreter;

/// <summary>
/// Float operations that .NET does not give as one exact operator (WebAssembly 3.0, "Numerics"). Results may be any NaN; the
/// caller makes it canonical.
/// </summary>
internal static class FloatMath
{
    public const uint CanonicalNaN32 = 0x7FC0_0000;
    public const ulong CanonicalNaN64 = 0x7FF8_0000_0000_0000;

    /// <summary>The bits of the result of float arithmetic: a NaN becomes the canonical one (deterministic profile).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Canonical(float value) => float.IsNaN(value) ? CanonicalNaN32 : BitConverter.SingleToUInt32Bits(value);

    /// <inheritdoc cref="Canonical(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Canonical(double value) => double.IsNaN(value) ? CanonicalNaN64 : BitConverter.DoubleToUInt64Bits(value);

    // IEEE 754-2019 minimum and maximum: a NaN wins, and -0 is below +0; .NET's Min and Max are defined so.
    public static float Min(float a, float b) => MathF.Min(a, b);
    public static float Max(float a, float b) => MathF.Max(a, b);
    public static double Min(double a, double b) => Math.Min(a, b);
    public static double Max(double a, double b) => Math.Max(a, b);

    public static float Nearest(float a) => MathF.Round(a, MidpointRounding.ToEven);
    public static double Nearest(double a) => Math.Round(a, MidpointRounding.ToEven);

    /// <summary>u64 to f32, rounded once: above the signed range the halved value keeps its lost bit as a sticky one.</summary>
    public static float ToSingle(ulong value) => (long)value >= 0 ? (float)(long)value : (float)(long)((value >> 1) | (value & 1)) * 2f;

    /// <inheritdoc cref="ToSingle"/>
    public static double ToDouble(ulong value) => (long)value >= 0 ? (double)(long)value : (double)(long)((value >> 1) | (value & 1)) * 2.0;

    /// <summary>Truncates into a range given by exclusive bounds, which are exact in a double.</summary>
    public static TrapKind Check(double value, double above, double below) =>
        double.IsNaN(value) ? TrapKind.InvalidConversion : value > above && value < below ? TrapKind.None : TrapKind.IntegerOverflow;

    /// <summary>2^63 and above do not fit a long: subtract before converting.</summary>
    public static ulong ToUInt64(double value) => value >= 9223372036854775808.0 ? (ulong)(long)(value - 9223372036854775808.0) + (1UL << 63) : (ulong)(long)value;

    public static int SaturateInt32(double value) =>
        double.IsNaN(value) ? 0 : value <= int.MinValue ? int.MinValue : value >= int.MaxValue ? int.MaxValue : (int)value;

    public static uint SaturateUInt32(double value) =>
        double.IsNaN(value) || value <= 0 ? 0 : value >= uint.MaxValue ? uint.MaxValue : (uint)(long)value;

    public static long SaturateInt64(double value) =>
        double.IsNaN(value) ? 0 : value < -9223372036854775808.0 ? long.MinValue : value >= 9223372036854775808.0 ? long.MaxValue : (long)value;

    public static ulong SaturateUInt64(double value) =>
        double.IsNaN(value) || value <= 0 ? 0 : value >= 18446744073709551616.0 ? ulong.MaxValue : ToUInt64(value);
}
