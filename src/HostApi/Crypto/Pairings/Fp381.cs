using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ContractVm.HostApi;

/// <summary>An element of the prime field of the curve BLS12-381 (EIP-2537).</summary>
internal readonly struct Fp381 : IPrimeField<Fp381>
{
    private const int Words = 6;
    // The modulus p, its words from the lowest on (EIP-2537).
    private const ulong P0 = 0xb9feffffffffaaab, P1 = 0x1eabfffeb153ffff, P2 = 0x6730d2a0f6b0f624, P3 = 0x64774b84f38512bf, P4 = 0x4b1ba7b6434bacd7, P5 = 0x1a0111ea397fe69a;
    // -1/p modulo 2^64; with R = 2^384: R, R² and R³ modulo p.
    private const ulong NegativeInverse = 0x89f3fffcfffcfffd;
    private static readonly Fp381 R1 = new(0x760900000002fffd, 0xebf4000bc40c0002, 0x5f48985753c758ba, 0x77ce585370525745, 0x5c071a97a256ec6d, 0x15f65ec3fa80e493);
    private static readonly Fp381 R2 = new(0xf4df1f341c341746, 0x0a76e6a609d104f1, 0x8de5476c4c95b6d5, 0x67eb88a9939d83c0, 0x9a793e85b519952d, 0x11988fe592cae3aa);
    private static readonly Fp381 R3 = new(0xed48ac6bd94ca1e0, 0x315f831e03a7adf8, 0x9a53352a615e29dd, 0x34c04e5e921e1761, 0x2512d43565724728, 0x0aa6346091755d4d);
    private static ReadOnlySpan<ulong> ModulusWords => [P0, P1, P2, P3, P4, P5];

    // The number times R modulo p, which is Montgomery's form; below p.
    private readonly ulong _w0, _w1, _w2, _w3, _w4, _w5;

    private Fp381(ulong w0, ulong w1, ulong w2, ulong w3, ulong w4, ulong w5) => (_w0, _w1, _w2, _w3, _w4, _w5) = (w0, w1, w2, w3, w4, w5);

    /// <inheritdoc/>
    public static Fp381 Zero => default;
    /// <inheritdoc/>
    public static Fp381 One => R1;
    /// <inheritdoc/>
    public static BigInteger Modulus { get; } = BigInteger.Parse("4002409555221667393417789825735904156556882819939007885332058136124031650490837864442687629129015664037894272559787", System.Globalization.CultureInfo.InvariantCulture);
    /// <inheritdoc/>
    public bool IsZero => (_w0 | _w1 | _w2 | _w3 | _w4 | _w5) == 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Fp381 operator +(in Fp381 left, in Fp381 right)
    {
        // Below 2p, which fits the words.
        ulong carry = 0;
        ulong w0 = Limbs.Add(left._w0, right._w0, ref carry);
        ulong w1 = Limbs.Add(left._w1, right._w1, ref carry);
        ulong w2 = Limbs.Add(left._w2, right._w2, ref carry);
        ulong w3 = Limbs.Add(left._w3, right._w3, ref carry);
        ulong w4 = Limbs.Add(left._w4, right._w4, ref carry);
        ulong w5 = Limbs.Add(left._w5, right._w5, ref carry);
        return Reduce(w0, w1, w2, w3, w4, w5);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Fp381 operator -(in Fp381 left, in Fp381 right)
    {
        ulong borrow = 0, carry = 0;
        ulong w0 = Limbs.Subtract(left._w0, right._w0, ref borrow);
        ulong w1 = Limbs.Subtract(left._w1, right._w1, ref borrow);
        ulong w2 = Limbs.Subtract(left._w2, right._w2, ref borrow);
        ulong w3 = Limbs.Subtract(left._w3, right._w3, ref borrow);
        ulong w4 = Limbs.Subtract(left._w4, right._w4, ref borrow);
        ulong w5 = Limbs.Subtract(left._w5, right._w5, ref borrow);
        // p again where it went below zero.
        ulong mask = 0 - borrow;
        w0 = Limbs.Add(w0, P0 & mask, ref carry);
        w1 = Limbs.Add(w1, P1 & mask, ref carry);
        w2 = Limbs.Add(w2, P2 & mask, ref carry);
        w3 = Limbs.Add(w3, P3 & mask, ref carry);
        w4 = Limbs.Add(w4, P4 & mask, ref carry);
        w5 = Limbs.Add(w5, P5 & mask, ref carry);
        return new Fp381(w0, w1, w2, w3, w4, w5);
    }

    /// <inheritdoc/>
    public static Fp381 operator -(in Fp381 value) => Zero - value;

    /// <summary>Montgomery's product, the sum of products and the reduction word by word; p's highest bit is 0, so that no word beyond them is carried.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static Fp381 operator *(in Fp381 left, in Fp381 right)
    {
        ulong b0 = right._w0, b1 = right._w1, b2 = right._w2, b3 = right._w3, b4 = right._w4, b5 = right._w5;
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0;
        AddProduct(left._w0, b0, b1, b2, b3, b4, b5, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddProduct(left._w1, b0, b1, b2, b3, b4, b5, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddProduct(left._w2, b0, b1, b2, b3, b4, b5, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddProduct(left._w3, b0, b1, b2, b3, b4, b5, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddProduct(left._w4, b0, b1, b2, b3, b4, b5, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddProduct(left._w5, b0, b1, b2, b3, b4, b5, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        return Reduce(t0, t1, t2, t3, t4, t5);
    }

    /// <inheritdoc/>
    public static Fp381 Square(in Fp381 value) => value * value;

    /// <inheritdoc/>
    public static Fp381 Invert(in Fp381 value)
    {
        Span<ulong> words = [value._w0, value._w1, value._w2, value._w3, value._w4, value._w5];
        ModularInverse.Invert(words, ModulusWords, NegativeInverse);
        // (aR)⁻¹ · R³ / R = a⁻¹ · R.
        return new Fp381(words[0], words[1], words[2], words[3], words[4], words[5]) * R3;
    }

    /// <inheritdoc/>
    public static bool TrySquareRoot(in Fp381 value, out Fp381 root) => Field.TrySquareRoot(value, out root);

    /// <inheritdoc/>
    public bool HasSign => Field.IsOdd(this);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp2<Fp381> TimesXi(in Fp2<Fp381> value)
    {
        // ξ = 1 + u (EIP-2537).
        return new Fp2<Fp381>(value.C0 - value.C1, value.C0 + value.C1);
    }

    /// <inheritdoc/>
    public static bool TryRead(ReadOnlySpan<byte> bigEndian, out Fp381 value)
    {
        value = default;
        Span<ulong> words = stackalloc ulong[Words];
        if (!Limbs.TryRead(bigEndian, words) || !Limbs.IsLess(words, ModulusWords)) return false;
        value = new Fp381(words[0], words[1], words[2], words[3], words[4], words[5]) * R2;
        return true;
    }

    /// <inheritdoc/>
    public void Write(Span<byte> destination)
    {
        Fp381 plain = this * new Fp381(1, 0, 0, 0, 0, 0);
        Limbs.Write([plain._w0, plain._w1, plain._w2, plain._w3, plain._w4, plain._w5], destination);
    }

    /// <inheritdoc/>
    public bool Equals(Fp381 other) => ((_w0 ^ other._w0) | (_w1 ^ other._w1) | (_w2 ^ other._w2) | (_w3 ^ other._w3) | (_w4 ^ other._w4) | (_w5 ^ other._w5)) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Fp381 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_w0, _w1);

    // t = (t + a · b + m · p) / 2^64, with the m for which the lowest word is zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProduct(ulong a, ulong b0, ulong b1, ulong b2, ulong b3, ulong b4, ulong b5, ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3, ref ulong t4, ref ulong t5)
    {
        ulong carry = 0;
        ulong word = Limbs.MultiplyAdd(a, b0, t0, ref carry);
        ulong m = word * NegativeInverse;
        ulong reduced = Limbs.CarryOfCancelling(m, P0, word);
        word = Limbs.MultiplyAdd(a, b1, t1, ref carry);
        t0 = Limbs.MultiplyAdd(m, P1, word, ref reduced);
        word = Limbs.MultiplyAdd(a, b2, t2, ref carry);
        t1 = Limbs.MultiplyAdd(m, P2, word, ref reduced);
        word = Limbs.MultiplyAdd(a, b3, t3, ref carry);
        t2 = Limbs.MultiplyAdd(m, P3, word, ref reduced);
        word = Limbs.MultiplyAdd(a, b4, t4, ref carry);
        t3 = Limbs.MultiplyAdd(m, P4, word, ref reduced);
        word = Limbs.MultiplyAdd(a, b5, t5, ref carry);
        t4 = Limbs.MultiplyAdd(m, P5, word, ref reduced);
        t5 = reduced + carry;
    }

    // Of a number below 2p.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Fp381 Reduce(ulong w0, ulong w1, ulong w2, ulong w3, ulong w4, ulong w5)
    {
        ulong borrow = 0;
        ulong r0 = Limbs.Subtract(w0, P0, ref borrow);
        ulong r1 = Limbs.Subtract(w1, P1, ref borrow);
        ulong r2 = Limbs.Subtract(w2, P2, ref borrow);
        ulong r3 = Limbs.Subtract(w3, P3, ref borrow);
        ulong r4 = Limbs.Subtract(w4, P4, ref borrow);
        ulong r5 = Limbs.Subtract(w5, P5, ref borrow);
        // Below p already where the difference is below zero.
        ulong mask = 0 - borrow;
        return new Fp381(r0 ^ ((r0 ^ w0) & mask), r1 ^ ((r1 ^ w1) & mask), r2 ^ ((r2 ^ w2) & mask), r3 ^ ((r3 ^ w3) & mask), r4 ^ ((r4 ^ w4) & mask), r5 ^ ((r5 ^ w5) & mask));
    }
}
