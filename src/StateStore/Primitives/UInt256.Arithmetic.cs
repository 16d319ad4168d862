using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ContractVm.StateStore;

public readonly partial struct UInt256
{
    /// <summary>Sum modulo 2^256.</summary>
    public static UInt256 operator +(in UInt256 left, in UInt256 right)
    {
        _ = TryAdd(left, right, out UInt256 sum);
        return sum;
    }

    /// <summary>Difference modulo 2^256.</summary>
    public static UInt256 operator -(in UInt256 left, in UInt256 right)
    {
        _ = TrySubtract(left, right, out UInt256 difference);
        return difference;
    }

    /// <summary>Product modulo 2^256.</summary>
    public static UInt256 operator *(in UInt256 left, in UInt256 right) => MultiplyLow(left, right);

    /// <summary>Quotient, rounded towards zero.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 operator /(in UInt256 dividend, in UInt256 divisor) => DivRem(dividend, divisor, out _);

    /// <summary>Remainder.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 operator %(in UInt256 dividend, in UInt256 divisor) => Mod(dividend, divisor);

    /// <summary>The sum modulo 2^256; false when it needed more than 256 bits.</summary>
    public static bool TryAdd(in UInt256 left, in UInt256 right, out UInt256 sum)
    {
        ulong carry = 0;
        ulong w0 = AddWithCarry(left._w0, right._w0, ref carry);
        ulong w1 = AddWithCarry(left._w1, right._w1, ref carry);
        ulong w2 = AddWithCarry(left._w2, right._w2, ref carry);
        ulong w3 = AddWithCarry(left._w3, right._w3, ref carry);
        sum = new UInt256(w0, w1, w2, w3);
        return carry == 0;
    }

    /// <summary>The difference modulo 2^256; false when it would be negative.</summary>
    public static bool TrySubtract(in UInt256 left, in UInt256 right, out UInt256 difference)
    {
        ulong borrow = 0;
        ulong w0 = SubtractWithBorrow(left._w0, right._w0, ref borrow);
        ulong w1 = SubtractWithBorrow(left._w1, right._w1, ref borrow);
        ulong w2 = SubtractWithBorrow(left._w2, right._w2, ref borrow);
        ulong w3 = SubtractWithBorrow(left._w3, right._w3, ref borrow);
        difference = new UInt256(w0, w1, w2, w3);
        return borrow == 0;
    }

    /// <summary>The product modulo 2^256; false when it needed more than 256 bits.</summary>
    public static bool TryMultiply(in UInt256 left, in UInt256 right, out UInt256 product)
    {
        if (left.FitsUInt64 && right.FitsUInt64)
        {
            ulong high = Math.BigMul(left._w0, right._w0, out ulong low);
            product = new UInt256(low, high, 0, 0);
            return true;
        }
        Span<ulong> words = stackalloc ulong[8];
        MultiplyFull(left, right, words);
        product = new UInt256(words[0], words[1], words[2], words[3]);
        return (words[4] | words[5] | words[6] | words[7]) == 0;
    }

    /// <summary>The quotient, rounded towards zero, and the remainder.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 DivRem(in UInt256 dividend, in UInt256 divisor, out UInt256 remainder)
    {
        if (dividend.FitsUInt64 && divisor.FitsUInt64)
        {
            (ulong quotient64, ulong remainder64) = Math.DivRem(dividend._w0, divisor._w0);
            remainder = remainder64;
            return quotient64;
        }
        Span<ulong> words = stackalloc ulong[4];
        dividend.CopyWords(words);
        Span<uint> quotient = stackalloc uint[8];
        remainder = LongDivision.DivRem(words, divisor, quotient);
        return FromHalfWords(quotient);
    }

    /// <summary>The remainder.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 Mod(in UInt256 dividend, in UInt256 divisor)
    {
        _ = DivRem(dividend, divisor, out UInt256 remainder);
        return remainder;
    }

    /// <summary>(left + right) mod modulus, the sum taken in full; 0 when the modulus is 0 (Yellow Paper, appendix H, ADDMOD).</summary>
    public static UInt256 AddMod(in UInt256 left, in UInt256 right, in UInt256 modulus)
    {
        if (modulus.IsZero) return Zero;
        Span<ulong> words = stackalloc ulong[5];
        bool fits = TryAdd(left, right, out UInt256 sum);
        sum.CopyWords(words);
        words[4] = fits ? 0UL : 1UL;
        Span<uint> quotient = stackalloc uint[10];
        return LongDivision.DivRem(words, modulus, quotient);
    }

    /// <summary>(left × right) mod modulus, the product taken in full; 0 when the modulus is 0 (Yellow Paper, appendix H, MULMOD).</summary>
    public static UInt256 MulMod(in UInt256 left, in UInt256 right, in UInt256 modulus)
    {
        if (modulus.IsZero) return Zero;
        Span<ulong> words = stackalloc ulong[8];
        MultiplyFull(left, right, words);
        Span<uint> quotient = stackalloc uint[16];
        return LongDivision.DivRem(words, modulus, quotient);
    }

    /// <summary>value to the power of exponent, modulo 2^256; 0 to the power of 0 is 1 (Yellow Paper, appendix H, EXP).</summary>
    public static UInt256 Pow(in UInt256 value, in UInt256 exponent)
    {
        UInt256 result = One;
        UInt256 square = value;
        int low = Math.Min(exponent.BitLength, PowSquarings);
        for (int bit = 0; bit < low; bit++)
        {
            if (exponent.Bit(bit)) result = MultiplyLow(result, square);
            square = SquareLow(square);
        }
        if (exponent.BitLength <= PowSquarings) return result;
        // an even number to a power of 256 or more is a multiple of 2^256
        if ((value._w0 & 1) == 0) return Zero;
        // An odd number is 1 + y after k squarings, y a multiple of 2^(k + 2) (induction: 2y + y²). Here y is one of 2^86, so y³ is
        // 0 modulo 2^256, and (1 + y)^m = 1 + my + (m(m - 1) / 2)y² (binomial theorem).
        UInt256 m = exponent >> PowSquarings;
        UInt256 y = square - One;
        UInt256 pairs = (m._w0 & 1) == 0 ? MultiplyLow(m >> 1, m - One) : MultiplyLow(m, (m - One) >> 1);
        UInt256 rest = One + MultiplyLow(y, m + MultiplyLow(pairs, y));
        return MultiplyLow(result, rest);
    }

    /// <summary>Shift to the left; 0 for a count of 256 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public static UInt256 operator <<(in UInt256 value, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count >= 256) return Zero;
        UInt256 whole = (count >> 6) switch
        {
            0 => value,
            1 => new UInt256(0, value._w0, value._w1, value._w2),
            2 => new UInt256(0, 0, value._w0, value._w1),
            _ => new UInt256(0, 0, 0, value._w0),
        };
        int left = count & 63;
        if (left == 0) return whole;
        int right = 64 - left;
        return new UInt256(
            whole._w0 << left,
            (whole._w1 << left) | (whole._w0 >> right),
            (whole._w2 << left) | (whole._w1 >> right),
            (whole._w3 << left) | (whole._w2 >> right));
    }

    /// <summary>Shift to the right, zeros coming in; 0 for a count of 256 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public static UInt256 operator >>(in UInt256 value, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count >= 256) return Zero;
        UInt256 whole = (count >> 6) switch
        {
            0 => value,
            1 => new UInt256(value._w1, value._w2, value._w3, 0),
            2 => new UInt256(value._w2, value._w3, 0, 0),
            _ => new UInt256(value._w3, 0, 0, 0),
        };
        int right = count & 63;
        if (right == 0) return whole;
        int left = 64 - right;
        return new UInt256(
            (whole._w0 >> right) | (whole._w1 << left),
            (whole._w1 >> right) | (whole._w2 << left),
            (whole._w2 >> right) | (whole._w3 << left),
            whole._w3 >> right);
    }

    /// <summary>Bitwise and.</summary>
    public static UInt256 operator &(in UInt256 left, in UInt256 right) =>
        new(left._w0 & right._w0, left._w1 & right._w1, left._w2 & right._w2, left._w3 & right._w3);

    /// <summary>Bitwise or.</summary>
    public static UInt256 operator |(in UInt256 left, in UInt256 right) =>
        new(left._w0 | right._w0, left._w1 | right._w1, left._w2 | right._w2, left._w3 | right._w3);

    /// <summary>Bitwise exclusive or.</summary>
    public static UInt256 operator ^(in UInt256 left, in UInt256 right) =>
        new(left._w0 ^ right._w0, left._w1 ^ right._w1, left._w2 ^ right._w2, left._w3 ^ right._w3);

    /// <summary>Bitwise complement.</summary>
    public static UInt256 operator ~(in UInt256 value) => new(~value._w0, ~value._w1, ~value._w2, ~value._w3);

    /// <summary>The bit at a place between 0 (least significant) and 255.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The place is outside 0 to 255.</exception>
    public bool Bit(int place)
    {
        if ((uint)place > 255) throw new ArgumentOutOfRangeException(nameof(place));
        ulong word = (place >> 6) switch { 0 => _w0, 1 => _w1, 2 => _w2, _ => _w3 };
        return ((word >> (place & 63)) & 1) != 0;
    }

    internal static UInt256 FromHalfWords(ReadOnlySpan<uint> halves) => new(
        halves[0] | (ulong)halves[1] << 32,
        halves[2] | (ulong)halves[3] << 32,
        halves[4] | (ulong)halves[5] << 32,
        halves[6] | (ulong)halves[7] << 32);

    internal void CopyWords(Span<ulong> words)
    {
        words[0] = _w0;
        words[1] = _w1;
        words[2] = _w2;
        words[3] = _w3;
    }

    // How many squarings Pow does at most: 3 × (84 + 2) >= 256.
    private const int PowSquarings = 84;

    // The low half of schoolbook multiplication, column by column; of the last column only the low words count.
    private static UInt256 MultiplyLow(in UInt256 left, in UInt256 right)
    {
        ulong w1 = Math.BigMul(left._w0, right._w0, out ulong w0);
        ulong w2 = 0;
        ulong w3 = left._w0 * right._w3 + left._w1 * right._w2 + left._w2 * right._w1 + left._w3 * right._w0;
        AddProduct(left._w0, right._w1, ref w1, ref w2, ref w3);
        AddProduct(left._w1, right._w0, ref w1, ref w2, ref w3);
        AddProduct(left._w0, right._w2, ref w2, ref w3);
        AddProduct(left._w1, right._w1, ref w2, ref w3);
        AddProduct(left._w2, right._w0, ref w2, ref w3);
        return new UInt256(w0, w1, w2, w3);
    }

    // The same for a square, in which every product of two different words comes twice.
    private static UInt256 SquareLow(in UInt256 value)
    {
        ulong w2 = Math.BigMul(value._w0, value._w1, out ulong w1);
        ulong w3 = value._w0 * value._w3 + value._w1 * value._w2;
        AddProduct(value._w0, value._w2, ref w2, ref w3);
        w3 = w3 << 1 | w2 >> 63;
        w2 = w2 << 1 | w1 >> 63;
        w1 <<= 1;
        ulong high = Math.BigMul(value._w0, value._w0, out ulong w0);
        ulong carry = 0;
        w1 = AddWithCarry(w1, high, ref carry);
        high = Math.BigMul(value._w1, value._w1, out ulong low);
        w2 = AddWithCarry(w2, low, ref carry);
        w3 = AddWithCarry(w3, high, ref carry);
        return new UInt256(w0, w1, w2, w3);
    }

    // (w1, w2, w3) += left × right
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProduct(ulong left, ulong right, ref ulong w1, ref ulong w2, ref ulong w3)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        ulong carry = 0;
        w1 = AddWithCarry(w1, low, ref carry);
        w2 = AddWithCarry(w2, high, ref carry);
        w3 += carry;
    }

    // (w2, w3) += left × right
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProduct(ulong left, ulong right, ref ulong w2, ref ulong w3)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        ulong carry = 0;
        w2 = AddWithCarry(w2, low, ref carry);
        w3 = AddWithCarry(w3, high, ref carry);
    }

    // Schoolbook multiplication: eight words, least significant first.
    private static void MultiplyFull(in UInt256 left, in UInt256 right, Span<ulong> words)
    {
        Span<ulong> x = stackalloc ulong[4];
        Span<ulong> y = stackalloc ulong[4];
        left.CopyWords(x);
        right.CopyWords(y);
        words[..8].Clear();
        for (int i = 0; i < 4; i++)
        {
            if (x[i] == 0) continue;
            ulong carry = 0;
            for (int j = 0; j < 4; j++)
            {
                UInt128 sum = Math.BigMul(x[i], y[j]) + words[i + j] + carry;
                words[i + j] = (ulong)sum;
                carry = (ulong)(sum >> 64);
            }
            words[i + 4] = carry;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddWithCarry(ulong left, ulong right, ref ulong carry)
    {
        ulong sum = left + right;
        ulong overflow = sum < left ? 1UL : 0UL;
        ulong result = sum + carry;
        carry = overflow | (result < sum ? 1UL : 0UL);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SubtractWithBorrow(ulong left, ulong right, ref ulong borrow)
    {
        ulong difference = left - right;
        ulong underflow = left < right ? 1UL : 0UL;
        ulong result = difference - borrow;
        borrow = underflow | (difference < borrow ? 1UL : 0UL);
        return result;
    }

    // Knuth, The Art of Computer Programming, volume 2, section 4.3.1, algorithm D, on half words of 32 bits.
    private static class LongDivision
    {
        // The quotient has two half words per dividend word; the remainder is returned.
        public static UInt256 DivRem(ReadOnlySpan<ulong> dividend, in UInt256 divisor, Span<uint> quotient)
        {
            if (divisor.IsZero) throw new DivideByZeroException();
            quotient.Clear();
            Span<uint> v = stackalloc uint[8];
            Split(divisor, v);
            v = v[..((divisor.BitLength + 31) / 32)];

            Span<uint> u = stackalloc uint[17];
            u.Clear();
            int length = 2 * dividend.Length;
            for (int i = 0; i < dividend.Length; i++)
            {
                u[2 * i] = (uint)dividend[i];
                u[2 * i + 1] = (uint)(dividend[i] >> 32);
            }
            while (length > 0 && u[length - 1] == 0) length--;
            if (v.Length == 1) return DivideByHalfWord(u[..length], v[0], quotient);
            if (length >= v.Length) Divide(u[..(length + 1)], v, quotient);
            return FromHalfWords(u[..8]);
        }

        private static UInt256 DivideByHalfWord(ReadOnlySpan<uint> u, uint divisor, Span<uint> quotient)
        {
            ulong remainder = 0;
            for (int i = u.Length - 1; i >= 0; i--)
            {
                ulong part = remainder << 32 | u[i];
                quotient[i] = (uint)(part / divisor);
                remainder = part % divisor;
            }
            return remainder;
        }

        // u has one half word more than the dividend, zero; it holds the remainder afterwards.
        private static void Divide(Span<uint> u, Span<uint> v, Span<uint> quotient)
        {
            int shift = BitOperations.LeadingZeroCount(v[^1]);
            ShiftLeft(u, shift);
            ShiftLeft(v, shift);
            for (int j = u.Length - 1 - v.Length; j >= 0; j--)
            {
                Span<uint> part = u.Slice(j, v.Length + 1);
                ulong top = (ulong)part[^1] << 32 | part[^2];
                ulong guess = top / v[^1];
                ulong rest = top % v[^1];
                while (guess > uint.MaxValue || guess * v[^2] > (rest << 32 | part[^3]))
                {
                    guess--;
                    rest += v[^1];
                    if (rest > uint.MaxValue) break;
                }
                if (SubtractProduct(part, v, guess))
                {
                    guess--;
                    AddBack(part, v);
                }
                quotient[j] = (uint)guess;
            }
            ShiftRight(u, shift);
        }

        // part -= v × factor; true when the result is negative.
        private static bool SubtractProduct(Span<uint> part, ReadOnlySpan<uint> v, ulong factor)
        {
            ulong carry = 0;
            long borrow = 0;
            for (int i = 0; i < v.Length; i++)
            {
                ulong product = factor * v[i] + carry;
                carry = product >> 32;
                long difference = part[i] - (long)(uint)product + borrow;
                part[i] = (uint)difference;
                borrow = difference >> 32;
            }
            long last = part[^1] - (long)carry + borrow;
            part[^1] = (uint)last;
            return last < 0;
        }

        private static void AddBack(Span<uint> part, ReadOnlySpan<uint> v)
        {
            ulong carry = 0;
            for (int i = 0; i < v.Length; i++)
            {
                ulong sum = (ulong)part[i] + v[i] + carry;
                part[i] = (uint)sum;
                carry = sum >> 32;
            }
            part[^1] += (uint)carry;
        }

        private static void ShiftLeft(Span<uint> halves, int count)
        {
            if (count == 0) return;
            for (int i = halves.Length - 1; i > 0; i--) halves[i] = halves[i] << count | halves[i - 1] >> (32 - count);
            halves[0] <<= count;
        }

        private static void ShiftRight(Span<uint> halves, int count)
        {
            if (count == 0) return;
            for (int i = 0; i < halves.Length - 1; i++) halves[i] = halves[i] >> count | halves[i + 1] << (32 - count);
            halves[^1] >>= count;
        }

        private static void Split(in UInt256 value, Span<uint> halves)
        {
            Span<ulong> words = stackalloc ulong[4];
            value.CopyWords(words);
            for (int i = 0; i < 4; i++)
            {
                halves[2 * i] = (uint)words[i];
                halves[2 * i + 1] = (uint)(words[i] >> 32);
            }
        }
    }
}
