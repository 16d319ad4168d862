using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ContractVm.HostApi;

/// <summary>Steps of arithmetic on numbers of several 64-bit words, the lowest first. Without branches.</summary>
internal static class Limbs
{
    /// <summary>The low word of left · right + addend + carry; the high word is the new carry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyAdd(ulong left, ulong right, ulong addend, ref ulong carry)
    {
        ulong high = MultiplyHigh(left, right), low = left * right;
        low += addend;
        high += One(low < addend);
        low += carry;
        high += One(low < carry);
        carry = high;
        return low;
    }

    /// <summary>The carry of left · right + addend where the low word of the sum is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CarryOfCancelling(ulong left, ulong right, ulong addend) => MultiplyHigh(left, right) + One(addend != 0);

    /// <summary>The low word of left + right + carry (0 or 1); the high bit is the new carry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong left, ulong right, ref ulong carry)
    {
        ulong partial = left + right, sum = partial + carry;
        carry = One(partial < left) | One(sum < partial);
        return sum;
    }

    /// <summary>The low word of left - right - borrow (0 or 1); the new borrow is 1 where it was below zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(ulong left, ulong right, ref ulong borrow)
    {
        ulong partial = left - right, difference = partial - borrow;
        borrow = One(left < right) | One(partial < borrow);
        return difference;
    }

    /// <summary>Reads a number of any length, big-endian, into all the words; false where it does not fit.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bigEndian, Span<ulong> words)
    {
        int most = words.Length * sizeof(ulong);
        if (bigEndian.Length > most && bigEndian[..^most].ContainsAnyExcept((byte)0)) return false;
        Span<byte> padded = stackalloc byte[most];
        padded.Clear();
        ReadOnlySpan<byte> low = bigEndian.Length > most ? bigEndian[^most..] : bigEndian;
        low.CopyTo(padded[(most - low.Length)..]);
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt64BigEndian(padded[(most - sizeof(ulong) * (i + 1))..]);
        return true;
    }

    /// <summary>Writes a number, big-endian, into a destination that has at least as many bytes as the words.</summary>
    public static void Write(ReadOnlySpan<ulong> words, Span<byte> destination)
    {
        destination.Clear();
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt64BigEndian(destination[(destination.Length - sizeof(ulong) * (i + 1))..], words[i]);
    }

    /// <summary>True where the first number is below the second, which has as many words.</summary>
    public static bool IsLess(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right)
    {
        ulong borrow = 0;
        for (int i = 0; i < right.Length; i++) Subtract(left[i], right[i], ref borrow);
        return borrow != 0;
    }

    // Where there is an instruction for it: Math.BigMul brings its low word through memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyHigh(ulong left, ulong right) => Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(left, right) : Math.BigMul(left, right, out _);

    // The bit that a comparison sets, without the jump that a conditional expression may become.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong One(bool value) => Unsafe.BitCast<bool, byte>(value);
}
