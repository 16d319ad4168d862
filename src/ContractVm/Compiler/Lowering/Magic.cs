using System;
using System.Numerics;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Division by a constant d as multiplication (Granlund and Montgomery, "Division by Invariant Integers using Multiplication"):
/// floor(n / d) = floor(n · M / 2^(N + s)) for all n of N bits where M = floor(2^(N + s) / d) + 1 and M · d - 2^(N + s) is at most 2^s; for
/// n of fewer bits, or signed, as much less suffices as there are bits less. s is such that 2^s &lt; d &lt; 2^(s + 1): then M has N bits.
/// </summary>
internal readonly record struct Magic(ulong Multiplier, int Shift, bool Suffices)
{
    /// <summary>For unsigned n of so many bits, N or fewer; d is no power of two. Where it does not suffice, M needs a bit more.</summary>
    public static Magic Unsigned(ulong divisor, int width, int bits)
    {
        int shift = BitOperations.Log2(divisor);
        UInt128 power = UInt128.One << (width + shift), multiplier = power / divisor + 1, excess = multiplier * divisor - power;
        return new Magic((ulong)multiplier, shift, excess <= UInt128.One << (shift + width - bits)).Reduced();
    }

    /// <summary>
    /// For signed n of N bits and a positive d: 1 is to be added to the quotient of a negative n, which is rounded down. One bit less always suffices:
    /// the excess is at most d.
    /// </summary>
    public static Magic Signed(ulong divisor, int width) => Unsigned(divisor, width, width - 1);

    /// <summary>The lower 64 bits of the multiplier with one bit more, for a shift of s + 1.</summary>
    public static ulong Wide(ulong divisor) => (ulong)((((UInt128.One << (BitOperations.Log2(divisor) + 1)) - divisor) << 64) / divisor + 1);

    /// <summary>An even multiplier and its shift can be halved without a change.</summary>
    private Magic Reduced()
    {
        int zeros = Math.Min(Shift, BitOperations.TrailingZeroCount(Multiplier));
        return this with { Multiplier = Multiplier >> zeros, Shift = Shift - zeros };
    }
}
