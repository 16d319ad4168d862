using System;
using System.Runtime.CompilerServices;
using System.Numerics;

namespace ContractVm.HostApi;

/// <summary>
/// Inverses modulo an odd number: T. Pornin, "Optimized Binary GCD for Modular Inversion" (2020), algorithm 2, in variable time. Thirty-one halvings at a time are
/// found on 64 bits of each number and done to the whole numbers after that.
/// </summary>
internal static class ModularInverse
{
    private const int Halvings = 31;
    private const ulong LowMask = (1UL << Halvings) - 1;
    private const int MostWords = 6;

    /// <summary>Replaces a number below the modulus by its inverse; zero by zero.</summary>
    /// <param name="value">The number, from the lowest word on; six words at most.</param>
    /// <param name="modulus">An odd prime of as many words, its highest bit 0.</param>
    /// <param name="negativeInverse">-1/modulus modulo 2^64.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Invert(Span<ulong> value, ReadOnlySpan<ulong> modulus, ulong negativeInverse)
    {
        int words = modulus.Length;
        Span<ulong> a = stackalloc ulong[words], b = stackalloc ulong[words], u = stackalloc ulong[words], v = stackalloc ulong[words];
        value.CopyTo(a);
        modulus.CopyTo(b);
        u.Clear();
        v.Clear();
        u[0] = 1;
        // Invariant: a = value · u and b = value · v modulo the modulus; a and b are not negative and b is odd. Each round takes at least 31 bits off the two
        // together, so that a becomes zero; then b is the greatest common divisor.
        while (a.ContainsAnyExcept(0UL))
        {
            FindSteps(a, b, out long f0, out long g0, out long f1, out long g1);
            Combine(a, b, ref f0, ref g0, ref f1, ref g1);
            CombineModulo(u, v, f0, g0, f1, g1, modulus, negativeInverse);
        }
        v.CopyTo(value);
    }

    // a becomes (a · f0 + b · g0) / 2^31 and b becomes (a · f1 + b · g1) / 2^31 when the steps are done; |f| + |g| is at most 2^31.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FindSteps(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, out long f0, out long g0, out long f1, out long g1)
    {
        int top = a.Length - 1;
        while (top > 0 && (a[top] | b[top]) == 0) top--;
        ulong x = a[0], y = b[0];
        if (top > 0)
        {
            // The 33 highest bits by the longer of the two, and the 31 lowest.
            int shift = BitOperations.LeadingZeroCount(a[top] | b[top]);
            x = (High(a, top, shift) & ~LowMask) | (a[0] & LowMask);
            y = (High(b, top, shift) & ~LowMask) | (b[0] & LowMask);
        }
        (f0, g0, f1, g1) = (1, 0, 0, 1);
        int left = Halvings;
        while (true)
        {
            int zeros = Math.Min(BitOperations.TrailingZeroCount(x), left);
            x >>= zeros;
            f1 <<= zeros;
            g1 <<= zeros;
            left -= zeros;
            if (left == 0) return;
            if (x < y)
            {
                (x, y) = (y, x);
                (f0, f1) = (f1, f0);
                (g0, g1) = (g1, g0);
            }
            x -= y;
            f0 -= f1;
            g0 -= g1;
        }
    }

    private static ulong High(ReadOnlySpan<ulong> number, int top, int shift) =>
        shift == 0 ? number[top] : number[top] << shift | number[top - 1] >> (64 - shift);

    private static void Combine(Span<ulong> a, Span<ulong> b, ref long f0, ref long g0, ref long f1, ref long g1)
    {
        Span<ulong> newA = stackalloc ulong[MostWords + 1], newB = stackalloc ulong[MostWords + 1];
        newA = newA[..(a.Length + 1)];
        newB = newB[..(a.Length + 1)];
        LinearSum(a, f0, b, g0, newA);
        LinearSum(a, f1, b, g1, newB);
        // The approximations may have taken the greater from the smaller: then the number is negative, and its cofactors change sign with it.
        if (ShiftToPositive(newA, a)) (f0, g0) = (-f0, -g0);
        if (ShiftToPositive(newB, b)) (f1, g1) = (-f1, -g1);
    }

    private static void CombineModulo(Span<ulong> u, Span<ulong> v, long f0, long g0, long f1, long g1, ReadOnlySpan<ulong> modulus, ulong negativeInverse)
    {
        Span<ulong> newU = stackalloc ulong[MostWords + 1], newV = stackalloc ulong[MostWords + 1];
        newU = newU[..(u.Length + 1)];
        newV = newV[..(u.Length + 1)];
        LinearSum(u, f0, v, g0, newU);
        LinearSum(u, f1, v, g1, newV);
        HalveModulo(newU, u, modulus, negativeInverse);
        HalveModulo(newV, v, modulus, negativeInverse);
    }

    // sum = x · f + y · g in two's complement, one word longer than the numbers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LinearSum(ReadOnlySpan<ulong> x, long f, ReadOnlySpan<ulong> y, long g, Span<ulong> sum)
    {
        ulong fSign = (ulong)(f >> 63), gSign = (ulong)(g >> 63);
        long carry = 0;
        for (int i = 0; i < x.Length; i++)
        {
            ulong fHigh = Math.BigMul(x[i], (ulong)f, out ulong fLow) - (x[i] & fSign);
            ulong gHigh = Math.BigMul(y[i], (ulong)g, out ulong gLow) - (y[i] & gSign);
            ulong overflow = 0, low = Limbs.Add(fLow, gLow, ref overflow);
            ulong high = fHigh + gHigh + overflow + (ulong)(carry >> 63);
            overflow = 0;
            sum[i] = Limbs.Add(low, (ulong)carry, ref overflow);
            carry = (long)(high + overflow);
        }
        sum[^1] = (ulong)carry;
    }

    // number = |sum| / 2^31, exactly; true where the sum was negative.
    private static bool ShiftToPositive(Span<ulong> sum, Span<ulong> number)
    {
        bool isNegative = (long)sum[^1] < 0;
        if (isNegative)
        {
            ulong borrow = 0;
            for (int i = 0; i < sum.Length; i++) sum[i] = Limbs.Subtract(0, sum[i], ref borrow);
        }
        for (int i = 0; i < number.Length; i++) number[i] = sum[i] >> Halvings | sum[i + 1] << (64 - Halvings);
        return isNegative;
    }

    // number = sum / 2^31 modulo the modulus; the sum is less than 2^31 times the modulus from zero.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HalveModulo(Span<ulong> sum, Span<ulong> number, ReadOnlySpan<ulong> modulus, ulong negativeInverse)
    {
        ulong multiple = sum[0] * negativeInverse & LowMask, carry = 0;
        for (int i = 0; i < modulus.Length; i++) sum[i] = Limbs.MultiplyAdd(multiple, modulus[i], sum[i], ref carry);
        sum[^1] += carry;
        bool isNegative = (long)sum[^1] < 0;
        for (int i = 0; i < number.Length; i++) number[i] = sum[i] >> Halvings | sum[i + 1] << (64 - Halvings);
        // From -modulus to twice the modulus: the highest word's sign is in the bits above the number's.
        carry = 0;
        if (isNegative)
            for (int i = 0; i < number.Length; i++) number[i] = Limbs.Add(number[i], modulus[i], ref carry);
        else if (!Limbs.IsLess(number, modulus))
            for (int i = 0; i < number.Length; i++) number[i] = Limbs.Subtract(number[i], modulus[i], ref carry);
    }
}
