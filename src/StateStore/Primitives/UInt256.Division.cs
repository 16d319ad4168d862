using System;
using System.Numerics;

namespace ContractVm.StateStore;

public readonly partial struct UInt256
{
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
