using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>Sums of multiples of points. In variable time: nothing here is secret.</summary>
internal static class Multiplication
{
    // Digits of a scalar of 256 bits in signed windows: the carry of the last may take one bit more.
    private const int ScalarBits = 257;
    // Odd multiples 1, 3, ... 15 of every point: one addition in six bits.
    private const int WindowBits = 5, TableLength = 1 << (WindowBits - 2);
    /// <summary>From how many points on sorting into buckets is faster than a table for each (measured: bench/RESULTS.md, "Precompiled contracts").</summary>
    public const int LeastForBuckets = 200;

    /// <summary>scalar · point.</summary>
    public static JacobianPoint<F> Multiply<F>(in AffinePoint<F> point, in UInt256 scalar) where F : struct, IField<F> =>
        Sum([point], [scalar]);

    /// <summary>scalar · point, doubling and adding: for scalars with few ones.</summary>
    public static JacobianPoint<F> MultiplySparse<F>(in JacobianPoint<F> point, ulong scalar) where F : struct, IField<F>
    {
        JacobianPoint<F> sum = default;
        for (int bit = 63 - System.Numerics.BitOperations.LeadingZeroCount(scalar); bit >= 0; bit--)
        {
            sum = JacobianPoint<F>.Double(sum);
            if ((scalar >> bit & 1) != 0) sum += point;
        }
        return sum;
    }

    /// <summary>The sum of scalar · point over as many scalars as points.</summary>
    public static JacobianPoint<F> Sum<F>(ReadOnlySpan<AffinePoint<F>> points, ReadOnlySpan<UInt256> scalars) where F : struct, IField<F> =>
        points.Length < LeastForBuckets ? SumByTables(points, scalars) : SumByBuckets(points, scalars);

    // All points share the doublings (Straus).
    private static JacobianPoint<F> SumByTables<F>(ReadOnlySpan<AffinePoint<F>> points, ReadOnlySpan<UInt256> scalars) where F : struct, IField<F>
    {
        JacobianPoint<F>[] odd = new JacobianPoint<F>[points.Length * TableLength];
        AffinePoint<F>[] tables = new AffinePoint<F>[odd.Length];
        sbyte[] digits = new sbyte[points.Length * ScalarBits];
        int length = 0;
        for (int i = 0; i < points.Length; i++)
        {
            length = Math.Max(length, WriteDigits(scalars[i], digits.AsSpan(i * ScalarBits, ScalarBits)));
            JacobianPoint<F> step = JacobianPoint<F>.From(points[i]), twice = JacobianPoint<F>.Double(step);
            for (int j = 0; j < TableLength; j++, step += twice) odd[i * TableLength + j] = step;
        }
        JacobianPoint<F>.ToAffine(odd, tables);
        JacobianPoint<F> sum = default;
        for (int bit = length - 1; bit >= 0; bit--)
        {
            sum = JacobianPoint<F>.Double(sum);
            for (int i = 0; i < points.Length; i++)
            {
                int digit = digits[i * ScalarBits + bit];
                if (digit == 0) continue;
                AffinePoint<F> multiple = tables[i * TableLength + Math.Abs(digit) / 2];
                sum += digit > 0 ? multiple : multiple.Negated();
            }
        }
        return sum;
    }

    // The non-adjacent form: of five digits in a row one at most is not zero, and that is odd and between -15 and 15. Returns how many digits there are.
    private static int WriteDigits(in UInt256 scalar, Span<sbyte> digits)
    {
        Span<byte> bytes = stackalloc byte[32];
        scalar.ToBigEndian(bytes);
        int carry = 0, length = 0;
        for (int bit = 0; bit < ScalarBits;)
        {
            if ((Bits(bytes, bit, 1) ^ carry) == 0)
            {
                digits[bit++] = 0;
                continue;
            }
            int value = Bits(bytes, bit, WindowBits) + carry;
            carry = value >> (WindowBits - 1) & 1;
            digits[bit] = (sbyte)(value - (carry << WindowBits));
            length = bit + 1;
            int end = Math.Min(bit + WindowBits, ScalarBits);
            for (bit++; bit < end; bit++) digits[bit] = 0;
        }
        return length;
    }

    // For each window of the scalars, points with the same digit are added first (Pippenger).
    private static JacobianPoint<F> SumByBuckets<F>(ReadOnlySpan<AffinePoint<F>> points, ReadOnlySpan<UInt256> scalars) where F : struct, IField<F>
    {
        int width = Math.Clamp(System.Numerics.BitOperations.Log2((uint)points.Length) - 2, 4, 12);
        byte[] bytes = new byte[points.Length * 32];
        for (int i = 0; i < points.Length; i++) scalars[i].ToBigEndian(bytes.AsSpan(i * 32, 32));
        JacobianPoint<F>[] buckets = new JacobianPoint<F>[(1 << (width - 1)) + 1];
        JacobianPoint<F> sum = default;
        for (int window = ScalarBits / width; window >= 0; window--)
        {
            for (int i = 0; i < width; i++) sum = JacobianPoint<F>.Double(sum);
            buckets.AsSpan().Clear();
            for (int i = 0; i < points.Length; i++)
            {
                // A digit from -2^(width-1) to 2^(width-1): the bit below the window is the carry of the digit before it.
                ReadOnlySpan<byte> scalar = bytes.AsSpan(i * 32, 32);
                int low = window * width, value = Bits(scalar, low, width), carry = low == 0 ? 0 : Bits(scalar, low - 1, 1);
                int digit = value + carry - (value >> (width - 1) << width);
                if (digit > 0) buckets[digit] += points[i];
                else if (digit < 0) buckets[-digit] += points[i].Negated();
            }
            // The sum of digit · bucket as the sum of the sums from the highest down.
            JacobianPoint<F> running = default, total = default;
            for (int digit = buckets.Length - 1; digit > 0; digit--)
            {
                running += buckets[digit];
                total += running;
            }
            sum += total;
        }
        return sum;
    }

    // Up to 16 bits of a big-endian number of 32 bytes from a bit on; zeros beyond its end.
    private static int Bits(ReadOnlySpan<byte> number, int bit, int count)
    {
        int value = 0;
        for (int i = 2; i >= 0; i--)
        {
            int index = number.Length - 1 - (bit / 8 + i);
            value = value << 8 | (index >= 0 ? number[index] : 0);
        }
        return value >> bit % 8 & (1 << count) - 1;
    }
}
