using System;
using System.Numerics;

namespace ContractVm.HostApi;

/// <summary>An element of a finite field. Values are reduced: equal elements have equal bits.</summary>
internal interface IField<T> : IEquatable<T> where T : struct, IField<T>
{
    /// <summary>The neutral element of addition.</summary>
    static abstract T Zero { get; }
    /// <summary>The neutral element of multiplication.</summary>
    static abstract T One { get; }
    /// <summary>True for <see cref="Zero"/>.</summary>
    bool IsZero { get; }
    /// <summary>The sum.</summary>
    static abstract T operator +(in T left, in T right);
    /// <summary>The difference.</summary>
    static abstract T operator -(in T left, in T right);
    /// <summary>The negative.</summary>
    static abstract T operator -(in T value);
    /// <summary>The product.</summary>
    static abstract T operator *(in T left, in T right);
    /// <summary>The product with itself.</summary>
    static abstract T Square(in T value);
    /// <summary>The inverse; zero for zero.</summary>
    static abstract T Invert(in T value);
}

/// <summary>An element of a field in which square roots are taken.</summary>
internal interface IRootField<T> : IField<T> where T : struct, IRootField<T>
{
    /// <summary>One of the two square roots; false where there is none.</summary>
    static abstract bool TrySquareRoot(in T value, out T root);
    /// <summary>The sign of RFC 9380, section 4.1: of an element that is not zero and its negative one has it.</summary>
    bool HasSign { get; }
}

/// <summary>An element of a prime field over which there is a tower of extensions of degree 12; the prime is 3 modulo 4.</summary>
internal interface IPrimeField<T> : IRootField<T> where T : struct, IPrimeField<T>
{
    /// <summary>The prime.</summary>
    static abstract BigInteger Modulus { get; }
    /// <summary>Reads a number; false when it is not below the prime.</summary>
    static abstract bool TryRead(ReadOnlySpan<byte> bigEndian, out T value);
    /// <summary>Writes the number, big-endian, into as many bytes as the destination has, which are enough.</summary>
    void Write(Span<byte> destination);
    /// <summary>The product with ξ, which is neither a square nor a cube: the tower goes on with its sixth root.</summary>
    static abstract Fp2<T> TimesXi(in Fp2<T> value);
}

/// <summary>What follows from a field's operations.</summary>
internal static class Field
{
    /// <summary>A power with an exponent that is not negative; takes time by the exponent's length.</summary>
    public static T Power<T>(in T value, BigInteger exponent) where T : struct, IField<T>
    {
        // Four bits at a time.
        T[] powers = new T[16];
        powers[0] = T.One;
        for (int i = 1; i < powers.Length; i++) powers[i] = powers[i - 1] * value;
        T power = T.One;
        foreach (byte digits in exponent.ToByteArray(isUnsigned: true, isBigEndian: true))
        {
            power = T.Square(T.Square(T.Square(T.Square(power)))) * powers[digits >> 4];
            power = T.Square(T.Square(T.Square(T.Square(power)))) * powers[digits & 15];
        }
        return power;
    }

    /// <summary>One of the two square roots; false where there is none.</summary>
    public static bool TrySquareRoot<T>(in T value, out T root) where T : struct, IPrimeField<T>
    {
        // The prime is 3 modulo 4.
        root = Power(value, (T.Modulus + 1) / 4);
        return T.Square(root).Equals(value);
    }

    /// <summary>True for an odd number.</summary>
    public static bool IsOdd<T>(in T value) where T : struct, IPrimeField<T>
    {
        Span<byte> bytes = stackalloc byte[64];
        value.Write(bytes);
        return (bytes[^1] & 1) != 0;
    }

    /// <summary>The element that a number from 0 to the modulus less one stands for.</summary>
    /// <exception cref="ArgumentException">The number is not in this range.</exception>
    public static T FromNumber<T>(BigInteger number) where T : struct, IPrimeField<T>
    {
        if (!T.TryRead(number.ToByteArray(isUnsigned: true, isBigEndian: true), out T value)) throw new ArgumentException("the number is not below the modulus");
        return value;
    }

    /// <summary>The number that an element stands for.</summary>
    public static BigInteger ToNumber<T>(in T value) where T : struct, IPrimeField<T>
    {
        Span<byte> bytes = stackalloc byte[64];
        value.Write(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }
}
