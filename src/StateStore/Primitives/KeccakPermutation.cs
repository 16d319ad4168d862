using System;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ContractVm.StateStore;

/// <summary>A word of the Keccak state: what the permutation does with it.</summary>
internal interface IKeccakWord<T> where T : unmanaged, IKeccakWord<T>
{
    /// <summary>Exclusive or.</summary>
    static abstract T Xor(T left, T right);

    /// <summary>Exclusive or of three.</summary>
    static abstract T Xor(T first, T second, T third);

    /// <summary>Rotation to the left.</summary>
    static abstract T RotateLeft(T value, [ConstantExpected] byte count);

    /// <summary>first ^ (~second &amp; third): step chi.</summary>
    static abstract T Chi(T first, T second, T third);

    /// <summary>The number as a word.</summary>
    static abstract T Constant(ulong value);

    /// <summary>The word as a number.</summary>
    ulong ToUInt64();
}

/// <summary>One word in a general register.</summary>
internal readonly struct ScalarWord(ulong value) : IKeccakWord<ScalarWord>
{
    private readonly ulong _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarWord Xor(ScalarWord left, ScalarWord right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarWord Xor(ScalarWord first, ScalarWord second, ScalarWord third) => new(first._value ^ second._value ^ third._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarWord RotateLeft(ScalarWord value, [ConstantExpected] byte count) => new(BitOperations.RotateLeft(value._value, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarWord Chi(ScalarWord first, ScalarWord second, ScalarWord third) => new(first._value ^ (~second._value & third._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarWord Constant(ulong value) => new(value);

    public ulong ToUInt64() => _value;
}

/// <summary>
/// One word in a vector register, of which AVX-512 has 32: the whole state and what a round needs besides, where the 16 general
/// registers do not hold half of it; and it has three-operand logic and rotation as single instructions.
/// </summary>
internal readonly struct VectorWord(Vector128<ulong> value) : IKeccakWord<VectorWord>
{
    // Truth tables of vpternlogq over (first, second, third): bit 4f + 2s + t.
    private const byte ExclusiveOr = 0x96;
    private const byte ChiTable = 0xD2;

    private readonly Vector128<ulong> _value = value;

    /// <summary>True on machines that have the instructions.</summary>
    public static bool IsSupported => Avx512F.VL.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorWord Xor(VectorWord left, VectorWord right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorWord Xor(VectorWord first, VectorWord second, VectorWord third) =>
        new(Avx512F.VL.TernaryLogic(first._value, second._value, third._value, ExclusiveOr));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorWord RotateLeft(VectorWord value, [ConstantExpected] byte count) => new(Avx512F.VL.RotateLeft(value._value, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorWord Chi(VectorWord first, VectorWord second, VectorWord third) =>
        new(Avx512F.VL.TernaryLogic(first._value, second._value, third._value, ChiTable));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorWord Constant(ulong value) => new(Vector128.CreateScalarUnsafe(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ToUInt64() => _value.ToScalar();
}

/// <summary>Keccak-f[1600] (FIPS 202, section 3.3), written once for every kind of word.</summary>
internal static class KeccakPermutation
{
    /// <summary>The number of words of a state.</summary>
    public const int Words = 25;

    // FIPS 202, section 3.2.5: the constants of step iota.
    private static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
        0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
        0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
        0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    /// <summary>Permutes a state in place.</summary>
    // Two rounds per turn, from the words a to the words e and back, so that no word is ever copied. Word names are letter, y, x;
    // rotations are FIPS 202 table 2.
    [SkipLocalsInit]
    // optimized when it is first called: a process that has just started would take 30 times as long for its first hashes
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Permute<T>(Span<T> state) where T : unmanaged, IKeccakWord<T>
    {
        _ = state[Words - 1];
        T a00 = state[0], a01 = state[1], a02 = state[2], a03 = state[3], a04 = state[4];
        T a10 = state[5], a11 = state[6], a12 = state[7], a13 = state[8], a14 = state[9];
        T a20 = state[10], a21 = state[11], a22 = state[12], a23 = state[13], a24 = state[14];
        T a30 = state[15], a31 = state[16], a32 = state[17], a33 = state[18], a34 = state[19];
        T a40 = state[20], a41 = state[21], a42 = state[22], a43 = state[23], a44 = state[24];
        T b0, b1, b2, b3, b4, c0, c1, c2, c3, c4, d0, d1, d2, d3, d4;
        T e00, e01, e02, e03, e04;
        T e10, e11, e12, e13, e14;
        T e20, e21, e22, e23, e24;
        T e30, e31, e32, e33, e34;
        T e40, e41, e42, e43, e44;
        for (int round = 0; round < 24; round += 2)
        {
            c0 = T.Xor(T.Xor(a00, a10, a20), a30, a40);
            c1 = T.Xor(T.Xor(a01, a11, a21), a31, a41);
            c2 = T.Xor(T.Xor(a02, a12, a22), a32, a42);
            c3 = T.Xor(T.Xor(a03, a13, a23), a33, a43);
            c4 = T.Xor(T.Xor(a04, a14, a24), a34, a44);
            d0 = T.RotateLeft(c1, 1);
            d1 = T.RotateLeft(c2, 1);
            d2 = T.RotateLeft(c3, 1);
            d3 = T.RotateLeft(c4, 1);
            d4 = T.RotateLeft(c0, 1);
            b0 = T.Xor(a00, c4, d0);
            b1 = T.RotateLeft(T.Xor(a11, c0, d1), 44);
            b2 = T.RotateLeft(T.Xor(a22, c1, d2), 43);
            b3 = T.RotateLeft(T.Xor(a33, c2, d3), 21);
            b4 = T.RotateLeft(T.Xor(a44, c3, d4), 14);
            e00 = T.Xor(T.Chi(b0, b1, b2), T.Constant(RoundConstants[round]));
            e01 = T.Chi(b1, b2, b3);
            e02 = T.Chi(b2, b3, b4);
            e03 = T.Chi(b3, b4, b0);
            e04 = T.Chi(b4, b0, b1);
            b0 = T.RotateLeft(T.Xor(a03, c2, d3), 28);
            b1 = T.RotateLeft(T.Xor(a14, c3, d4), 20);
            b2 = T.RotateLeft(T.Xor(a20, c4, d0), 3);
            b3 = T.RotateLeft(T.Xor(a31, c0, d1), 45);
            b4 = T.RotateLeft(T.Xor(a42, c1, d2), 61);
            e10 = T.Chi(b0, b1, b2);
            e11 = T.Chi(b1, b2, b3);
            e12 = T.Chi(b2, b3, b4);
            e13 = T.Chi(b3, b4, b0);
            e14 = T.Chi(b4, b0, b1);
            b0 = T.RotateLeft(T.Xor(a01, c0, d1), 1);
            b1 = T.RotateLeft(T.Xor(a12, c1, d2), 6);
            b2 = T.RotateLeft(T.Xor(a23, c2, d3), 25);
            b3 = T.RotateLeft(T.Xor(a34, c3, d4), 8);
            b4 = T.RotateLeft(T.Xor(a40, c4, d0), 18);
            e20 = T.Chi(b0, b1, b2);
            e21 = T.Chi(b1, b2, b3);
            e22 = T.Chi(b2, b3, b4);
            e23 = T.Chi(b3, b4, b0);
            e24 = T.Chi(b4, b0, b1);
            b0 = T.RotateLeft(T.Xor(a04, c3, d4), 27);
            b1 = T.RotateLeft(T.Xor(a10, c4, d0), 36);
            b2 = T.RotateLeft(T.Xor(a21, c0, d1), 10);
            b3 = T.RotateLeft(T.Xor(a32, c1, d2), 15);
            b4 = T.RotateLeft(T.Xor(a43, c2, d3), 56);
            e30 = T.Chi(b0, b1, b2);
            e31 = T.Chi(b1, b2, b3);
            e32 = T.Chi(b2, b3, b4);
            e33 = T.Chi(b3, b4, b0);
            e34 = T.Chi(b4, b0, b1);
            b0 = T.RotateLeft(T.Xor(a02, c1, d2), 62);
            b1 = T.RotateLeft(T.Xor(a13, c2, d3), 55);
            b2 = T.RotateLeft(T.Xor(a24, c3, d4), 39);
            b3 = T.RotateLeft(T.Xor(a30, c4, d0), 41);
            b4 = T.RotateLeft(T.Xor(a41, c0, d1), 2);
            e40 = T.Chi(b0, b1, b2);
            e41 = T.Chi(b1, b2, b3);
            e42 = T.Chi(b2, b3, b4);
            e43 = T.Chi(b3, b4, b0);
            e44 = T.Chi(b4, b0, b1);

            c0 = T.Xor(T.Xor(e00, e10, e20), e30, e40);
            c1 = T.Xor(T.Xor(e01, e11, e21), e31, e41);
            c2 = T.Xor(T.Xor(e02, e12, e22), e32, e42);
            c3 = T.Xor(T.Xor(e03, e13, e23), e33, e43);
            c4 = T.Xor(T.Xor(e04, e14, e24), e34, e44);
            d0 = T.RotateLeft(c1, 1);
            d1 = T.RotateLeft(c2, 1);
            d2 = T.RotateLeft(c3, 1);
            d3 = T.RotateLeft(c4, 1);
            d4 = T.RotateLeft(c0, 1);
            b0 = T.Xor(e00, c4, d0);
            b1 = T.RotateLeft(T.Xor(e11, c0, d1), 44);
            b2 = T.RotateLeft(T.Xor(e22, c1, d2), 43);
            b3 = T.RotateLeft(T.Xor(e33, c2, d3), 21);
            b4 = T.RotateLeft(T.Xor(e44, c3, d4), 14);
            a00 = T.Xor(T.Chi(b0, b1, b2), T.Constant(RoundConstants[round + 1]));
            a01 = T.Chi(b1, b2, b3);
            a02 = T.Chi(b2, b3, b4);
            a03 = T.Chi(b3, b4, b0);
            a04 = T.Chi(b4, b0, b1);
            b0 = T.RotateLeft(T.Xor(e03, c2, d3), 28);
            b1 = T.RotateLeft(T.Xor(e14, c3, d4), 20);
            b2 = T.RotateLeft(T.Xor(e20, c4, d0), 3);
            b3 = T.RotateLeft(T.Xor(e31, c0, d1), 45);
            b4 = T.RotateLeft(T.Xor(e42, c1, d2), 61);
            a10 = T.Chi(b0, b1, b2);
            a11 = T.Chi(b1, b2, b3);
            a12 = T.Chi(b2, b3, b4);
            a13 = T.Chi(b3, b4, b0);
            a14 = T.Chi(b4, b0, b1);
            b0 = T.RotateLeft(T.Xor(e01, c0, d1), 1);
            b1 = T.RotateLeft(T.Xor(e12, c1, d2), 6);
            b2 = T.RotateLeft(T.Xor(e23, c2, d3), 25);
            b3 = T.RotateLeft(T.Xor(e34, c3, d4), 8);
            b4 = T.RotateLeft(T.Xor(e40, c4, d0), 18);
            a20 = T.Chi(b0, b1, b2);
            a21 = T.Chi(b1, b2, b3);
            a22 = T.Chi(b2, b3, b4);
            a23 = T.Chi(b3, b4, b0);
            a24 = T.Chi(b4, b0, b1);
            b0 = T.RotateLeft(T.Xor(e04, c3, d4), 27);
            b1 = T.RotateLeft(T.Xor(e10, c4, d0), 36);
            b2 = T.RotateLeft(T.Xor(e21, c0, d1), 10);
            b3 = T.RotateLeft(T.Xor(e32, c1, d2), 15);
            b4 = T.RotateLeft(T.Xor(e43, c2, d3), 56);
            a30 = T.Chi(b0, b1, b2);
            a31 = T.Chi(b1, b2, b3);
            a32 = T.Chi(b2, b3, b4);
            a33 = T.Chi(b3, b4, b0);
            a34 = T.Chi(b4, b0, b1);
            b0 = T.RotateLeft(T.Xor(e02, c1, d2), 62);
            b1 = T.RotateLeft(T.Xor(e13, c2, d3), 55);
            b2 = T.RotateLeft(T.Xor(e24, c3, d4), 39);
            b3 = T.RotateLeft(T.Xor(e30, c4, d0), 41);
            b4 = T.RotateLeft(T.Xor(e41, c0, d1), 2);
            a40 = T.Chi(b0, b1, b2);
            a41 = T.Chi(b1, b2, b3);
            a42 = T.Chi(b2, b3, b4);
            a43 = T.Chi(b3, b4, b0);
            a44 = T.Chi(b4, b0, b1);
        }
        state[0] = a00;
        state[1] = a01;
        state[2] = a02;
        state[3] = a03;
        state[4] = a04;
        state[5] = a10;
        state[6] = a11;
        state[7] = a12;
        state[8] = a13;
        state[9] = a14;
        state[10] = a20;
        state[11] = a21;
        state[12] = a22;
        state[13] = a23;
        state[14] = a24;
        state[15] = a30;
        state[16] = a31;
        state[17] = a32;
        state[18] = a33;
        state[19] = a34;
        state[20] = a40;
        state[21] = a41;
        state[22] = a42;
        state[23] = a43;
        state[24] = a44;
    }
}
