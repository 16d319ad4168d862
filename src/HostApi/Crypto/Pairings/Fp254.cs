using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ContractVm.HostApi;

/// <summary>An element of the prime field of the curve bn254, also called alt_bn128 (EIP-196).</summary>
internal readonly struct Fp254 : IPrimeField<Fp254>
{
    private const int Words = 4;
    // The modulus p, its words from the lowest on (EIP-196).
    private const ulong P0 = 0x3c208c16d87cfd47, P1 = 0x97816a916871ca8d, P2 = 0xb85045b68181585d, P3 = 0x30644e72e131a029;
    // -1/p modulo 2^64; with R = 2^256: R, R² and R³ modulo p.
    private const ulong NegativeInverse = 0x87d20782e4866389;
    private static readonly Fp254 R1 = new(0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f);
    private static readonly Fp254 R2 = new(0xf32cfc5b538afa89, 0xb5e71911d44501fb, 0x47ab1eff0a417ff6, 0x06d89f71cab8351f);
    private static readonly Fp254 R3 = new(0xb1cd6dafda1530df, 0x62f210e6a7283db6, 0xef7f0b0c0ada0afb, 0x20fd6e902d592544);
    private static ReadOnlySpan<ulong> ModulusWords => [P0, P1, P2, P3];

    // The number times R modulo p, which is Montgomery's form; below p.
    private readonly ulong _w0, _w1, _w2, _w3;

    private Fp254(ulong w0, ulong w1, ulong w2, ulong w3) => (_w0, _w1, _w2, _w3) = (w0, w1, w2, w3);

    /// <inheritdoc/>
    public static Fp254 Zero => default;
    /// <inheritdoc/>
    public static Fp254 One => R1;
    /// <inheritdoc/>
    public static BigInteger Modulus { get; } = BigInteger.Parse("21888242871839275222246405745257275088696311157297823662689037894645226208583", System.Globalization.CultureInfo.InvariantCulture);
    /// <inheritdoc/>
    public bool IsZero => (_w0 | _w1 | _w2 | _w3) == 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Fp254 operator +(in Fp254 left, in Fp254 right)
    {
        // Below 2p, which fits the words.
        ulong carry = 0;
        ulong w0 = Limbs.Add(left._w0, right._w0, ref carry);
        ulong w1 = Limbs.Add(left._w1, right._w1, ref carry);
        ulong w2 = Limbs.Add(left._w2, right._w2, ref carry);
        ulong w3 = Limbs.Add(left._w3, right._w3, ref carry);
        return Reduce(w0, w1, w2, w3);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Fp254 operator -(in Fp254 left, in Fp254 right)
    {
        ulong borrow = 0, carry = 0;
        ulong w0 = Limbs.Subtract(left._w0, right._w0, ref borrow);
        ulong w1 = Limbs.Subtract(left._w1, right._w1, ref borrow);
        ulong w2 = Limbs.Subtract(left._w2, right._w2, ref borrow);
        ulong w3 = Limbs.Subtract(left._w3, right._w3, ref borrow);
        // p again where it went below zero.
        ulong mask = 0 - borrow;
        w0 = Limbs.Add(w0, P0 & mask, ref carry);
        w1 = Limbs.Add(w1, P1 & mask, ref carry);
        w2 = Limbs.Add(w2, P2 & mask, ref carry);
        w3 = Limbs.Add(w3, P3 & mask, ref carry);
        return new Fp254(w0, w1, w2, w3);
    }

    /// <inheritdoc/>
    public static Fp254 operator -(in Fp254 value) => Zero - value;

    /// <summary>Montgomery's product, the sum of products and the reduction word by word; p's highest bit is 0, so that no word beyond them is carried.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static Fp254 operator *(in Fp254 left, in Fp254 right)
    {
        ulong b0 = right._w0, b1 = right._w1, b2 = right._w2, b3 = right._w3;
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0;
        AddProduct(left._w0, b0, b1, b2, b3, ref t0, ref t1, ref t2, ref t3);
        AddProduct(left._w1, b0, b1, b2, b3, ref t0, ref t1, ref t2, ref t3);
        AddProduct(left._w2, b0, b1, b2, b3, ref t0, ref t1, ref t2, ref t3);
        AddProduct(left._w3, b0, b1, b2, b3, ref t0, ref t1, ref t2, ref t3);
        return Reduce(t0, t1, t2, t3);
    }

    /// <inheritdoc/>
    public static Fp254 Square(in Fp254 value) => value * value;

    /// <inheritdoc/>
    public static Fp254 Invert(in Fp254 value)
    {
        Span<ulong> words = [value._w0, value._w1, value._w2, value._w3];
        ModularInverse.Invert(words, ModulusWords, NegativeInverse);
        // (aR)⁻¹ · R³ / R = a⁻¹ · R.
        return new Fp254(words[0], words[1], words[2], words[3]) * R3;
    }

    /// <inheritdoc/>
    public static bool TrySquareRoot(in Fp254 value, out Fp254 root) => Field.TrySquareRoot(value, out root);

    /// <inheritdoc/>
    public bool HasSign => Field.IsOdd(this);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Fp2<Fp254> TimesXi(in Fp2<Fp254> value)
    {
        // ξ = 9 + u (EIP-197).
        Fp2<Fp254> doubled = value + value, fourfold = doubled + doubled, ninefold = fourfold + fourfold + value;
        return new Fp2<Fp254>(ninefold.C0 - value.C1, ninefold.C1 + value.C0);
    }

    /// <inheritdoc/>
    public static bool TryRead(ReadOnlySpan<byte> bigEndian, out Fp254 value)
    {
        value = default;
        Span<ulong> words = stackalloc ulong[Words];
        if (!Limbs.TryRead(bigEndian, words) || !Limbs.IsLess(words, ModulusWords)) return false;
        value = new Fp254(words[0], words[1], words[2], words[3]) * R2;
        return true;
    }

    /// <inheritdoc/>
    public void Write(Span<byte> destination)
    {
        Fp254 plain = this * new Fp254(1, 0, 0, 0);
        Limbs.Write([plain._w0, plain._w1, plain._w2, plain._w3], destination);
    }

    /// <inheritdoc/>
    public bool Equals(Fp254 other) => ((_w0 ^ other._w0) | (_w1 ^ other._w1) | (_w2 ^ other._w2) | (_w3 ^ other._w3)) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Fp254 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_w0, _w1);

    // t = (t + a · b + m · p) / 2^64, with the m for which the lowest word is zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProduct(ulong a, ulong b0, ulong b1, ulong b2, ulong b3, ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3)
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
        t3 = reduced + carry;
    }

    // Of a number below 2p.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Fp254 Reduce(ulong w0, ulong w1, ulong w2, ulong w3)
    {
        ulong borrow = 0;
        ulong r0 = Limbs.Subtract(w0, P0, ref borrow);
        ulong r1 = Limbs.Subtract(w1, P1, ref borrow);
        ulong r2 = Limbs.Subtract(w2, P2, ref borrow);
        ulong r3 = Limbs.Subtract(w3, P3, ref borrow);
        // Below p already where the difference is below zero.
        ulong mask = 0 - borrow;
        return new Fp254(r0 ^ ((r0 ^ w0) & mask), r1 ^ ((r1 ^ w1) & mask), r2 ^ ((r2 ^ w2) & mask), r3 ^ ((r3 ^ w3) & mask));
    }
}
