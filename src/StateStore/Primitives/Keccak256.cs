using System;
using System.Buffers.Binary;
using System.Numerics;

namespace ContractVm.StateStore;

/// <summary>
/// Keccak-256 as Ethereum uses it: Keccak-f[1600], rate 136 bytes, original padding 01 (FIPS 202 without its domain bits;
/// Yellow Paper, section 3). Allocates nothing. Thread-safe: it has no state.
/// </summary>
public static class Keccak256
{
    private const int Rate = 136;
    private const int StateWords = 25;

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

    /// <summary>The hash of no bytes: the code hash of an account without code.</summary>
    public static Hash256 OfEmpty { get; } = Hash(default);

    /// <summary>Returns the hash of the bytes.</summary>
    public static Hash256 Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        Hash(input, hash);
        return Hash256.FromBytes(hash);
    }

    /// <summary>Writes the hash of the bytes to the first 32 bytes of a span, which may overlap the input.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> input, Span<byte> destination)
    {
        if (destination.Length < Hash256.Length)
            throw new ArgumentException($"a hash needs 32 bytes, the destination has {destination.Length}", nameof(destination));
        Span<ulong> state = stackalloc ulong[StateWords];
        state.Clear();
        while (input.Length >= Rate)
        {
            Absorb(state, input[..Rate]);
            Permute(state);
            input = input[Rate..];
        }
        Span<byte> last = stackalloc byte[Rate];
        last.Clear();
        input.CopyTo(last);
        last[input.Length] = 0x01;
        last[Rate - 1] |= 0x80;
        Absorb(state, last);
        Permute(state);
        for (int i = 0; i < Hash256.Length / 8; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(destination[(8 * i)..], state[i]);
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (int i = 0; i < Rate / 8; i++)
            state[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..]);
    }

    // Two rounds per turn, from the words a to the words e and back, so that no word is ever copied.
    // Word names are letter, y, x; rotations are FIPS 202 table 2.
    private static void Permute(Span<ulong> state)
    {
        _ = state[StateWords - 1];
        ulong a00 = state[0], a01 = state[1], a02 = state[2], a03 = state[3], a04 = state[4];
        ulong a10 = state[5], a11 = state[6], a12 = state[7], a13 = state[8], a14 = state[9];
        ulong a20 = state[10], a21 = state[11], a22 = state[12], a23 = state[13], a24 = state[14];
        ulong a30 = state[15], a31 = state[16], a32 = state[17], a33 = state[18], a34 = state[19];
        ulong a40 = state[20], a41 = state[21], a42 = state[22], a43 = state[23], a44 = state[24];
        ulong b0, b1, b2, b3, b4, c0, c1, c2, c3, c4, d0, d1, d2, d3, d4;
        ulong e00, e01, e02, e03, e04;
        ulong e10, e11, e12, e13, e14;
        ulong e20, e21, e22, e23, e24;
        ulong e30, e31, e32, e33, e34;
        ulong e40, e41, e42, e43, e44;
        for (int round = 0; round < 24; round += 2)
        {
            c0 = a00 ^ a10 ^ a20 ^ a30 ^ a40;
            c1 = a01 ^ a11 ^ a21 ^ a31 ^ a41;
            c2 = a02 ^ a12 ^ a22 ^ a32 ^ a42;
            c3 = a03 ^ a13 ^ a23 ^ a33 ^ a43;
            c4 = a04 ^ a14 ^ a24 ^ a34 ^ a44;
            d0 = c4 ^ BitOperations.RotateLeft(c1, 1);
            d1 = c0 ^ BitOperations.RotateLeft(c2, 1);
            d2 = c1 ^ BitOperations.RotateLeft(c3, 1);
            d3 = c2 ^ BitOperations.RotateLeft(c4, 1);
            d4 = c3 ^ BitOperations.RotateLeft(c0, 1);
            b0 = a00 ^ d0;
            b1 = BitOperations.RotateLeft(a11 ^ d1, 44);
            b2 = BitOperations.RotateLeft(a22 ^ d2, 43);
            b3 = BitOperations.RotateLeft(a33 ^ d3, 21);
            b4 = BitOperations.RotateLeft(a44 ^ d4, 14);
            e00 = b0 ^ (~b1 & b2) ^ RoundConstants[round];
            e01 = b1 ^ (~b2 & b3);
            e02 = b2 ^ (~b3 & b4);
            e03 = b3 ^ (~b4 & b0);
            e04 = b4 ^ (~b0 & b1);
            b0 = BitOperations.RotateLeft(a03 ^ d3, 28);
            b1 = BitOperations.RotateLeft(a14 ^ d4, 20);
            b2 = BitOperations.RotateLeft(a20 ^ d0, 3);
            b3 = BitOperations.RotateLeft(a31 ^ d1, 45);
            b4 = BitOperations.RotateLeft(a42 ^ d2, 61);
            e10 = b0 ^ (~b1 & b2);
            e11 = b1 ^ (~b2 & b3);
            e12 = b2 ^ (~b3 & b4);
            e13 = b3 ^ (~b4 & b0);
            e14 = b4 ^ (~b0 & b1);
            b0 = BitOperations.RotateLeft(a01 ^ d1, 1);
            b1 = BitOperations.RotateLeft(a12 ^ d2, 6);
            b2 = BitOperations.RotateLeft(a23 ^ d3, 25);
            b3 = BitOperations.RotateLeft(a34 ^ d4, 8);
            b4 = BitOperations.RotateLeft(a40 ^ d0, 18);
            e20 = b0 ^ (~b1 & b2);
            e21 = b1 ^ (~b2 & b3);
            e22 = b2 ^ (~b3 & b4);
            e23 = b3 ^ (~b4 & b0);
            e24 = b4 ^ (~b0 & b1);
            b0 = BitOperations.RotateLeft(a04 ^ d4, 27);
            b1 = BitOperations.RotateLeft(a10 ^ d0, 36);
            b2 = BitOperations.RotateLeft(a21 ^ d1, 10);
            b3 = BitOperations.RotateLeft(a32 ^ d2, 15);
            b4 = BitOperations.RotateLeft(a43 ^ d3, 56);
            e30 = b0 ^ (~b1 & b2);
            e31 = b1 ^ (~b2 & b3);
            e32 = b2 ^ (~b3 & b4);
            e33 = b3 ^ (~b4 & b0);
            e34 = b4 ^ (~b0 & b1);
            b0 = BitOperations.RotateLeft(a02 ^ d2, 62);
            b1 = BitOperations.RotateLeft(a13 ^ d3, 55);
            b2 = BitOperations.RotateLeft(a24 ^ d4, 39);
            b3 = BitOperations.RotateLeft(a30 ^ d0, 41);
            b4 = BitOperations.RotateLeft(a41 ^ d1, 2);
            e40 = b0 ^ (~b1 & b2);
            e41 = b1 ^ (~b2 & b3);
            e42 = b2 ^ (~b3 & b4);
            e43 = b3 ^ (~b4 & b0);
            e44 = b4 ^ (~b0 & b1);

            c0 = e00 ^ e10 ^ e20 ^ e30 ^ e40;
            c1 = e01 ^ e11 ^ e21 ^ e31 ^ e41;
            c2 = e02 ^ e12 ^ e22 ^ e32 ^ e42;
            c3 = e03 ^ e13 ^ e23 ^ e33 ^ e43;
            c4 = e04 ^ e14 ^ e24 ^ e34 ^ e44;
            d0 = c4 ^ BitOperations.RotateLeft(c1, 1);
            d1 = c0 ^ BitOperations.RotateLeft(c2, 1);
            d2 = c1 ^ BitOperations.RotateLeft(c3, 1);
            d3 = c2 ^ BitOperations.RotateLeft(c4, 1);
            d4 = c3 ^ BitOperations.RotateLeft(c0, 1);
            b0 = e00 ^ d0;
            b1 = BitOperations.RotateLeft(e11 ^ d1, 44);
            b2 = BitOperations.RotateLeft(e22 ^ d2, 43);
            b3 = BitOperations.RotateLeft(e33 ^ d3, 21);
            b4 = BitOperations.RotateLeft(e44 ^ d4, 14);
            a00 = b0 ^ (~b1 & b2) ^ RoundConstants[round + 1];
            a01 = b1 ^ (~b2 & b3);
            a02 = b2 ^ (~b3 & b4);
            a03 = b3 ^ (~b4 & b0);
            a04 = b4 ^ (~b0 & b1);
            b0 = BitOperations.RotateLeft(e03 ^ d3, 28);
            b1 = BitOperations.RotateLeft(e14 ^ d4, 20);
            b2 = BitOperations.RotateLeft(e20 ^ d0, 3);
            b3 = BitOperations.RotateLeft(e31 ^ d1, 45);
            b4 = BitOperations.RotateLeft(e42 ^ d2, 61);
            a10 = b0 ^ (~b1 & b2);
            a11 = b1 ^ (~b2 & b3);
            a12 = b2 ^ (~b3 & b4);
            a13 = b3 ^ (~b4 & b0);
            a14 = b4 ^ (~b0 & b1);
            b0 = BitOperations.RotateLeft(e01 ^ d1, 1);
            b1 = BitOperations.RotateLeft(e12 ^ d2, 6);
            b2 = BitOperations.RotateLeft(e23 ^ d3, 25);
            b3 = BitOperations.RotateLeft(e34 ^ d4, 8);
            b4 = BitOperations.RotateLeft(e40 ^ d0, 18);
            a20 = b0 ^ (~b1 & b2);
            a21 = b1 ^ (~b2 & b3);
            a22 = b2 ^ (~b3 & b4);
            a23 = b3 ^ (~b4 & b0);
            a24 = b4 ^ (~b0 & b1);
            b0 = BitOperations.RotateLeft(e04 ^ d4, 27);
            b1 = BitOperations.RotateLeft(e10 ^ d0, 36);
            b2 = BitOperations.RotateLeft(e21 ^ d1, 10);
            b3 = BitOperations.RotateLeft(e32 ^ d2, 15);
            b4 = BitOperations.RotateLeft(e43 ^ d3, 56);
            a30 = b0 ^ (~b1 & b2);
            a31 = b1 ^ (~b2 & b3);
            a32 = b2 ^ (~b3 & b4);
            a33 = b3 ^ (~b4 & b0);
            a34 = b4 ^ (~b0 & b1);
            b0 = BitOperations.RotateLeft(e02 ^ d2, 62);
            b1 = BitOperations.RotateLeft(e13 ^ d3, 55);
            b2 = BitOperations.RotateLeft(e24 ^ d4, 39);
            b3 = BitOperations.RotateLeft(e30 ^ d0, 41);
            b4 = BitOperations.RotateLeft(e41 ^ d1, 2);
            a40 = b0 ^ (~b1 & b2);
            a41 = b1 ^ (~b2 & b3);
            a42 = b2 ^ (~b3 & b4);
            a43 = b3 ^ (~b4 & b0);
            a44 = b4 ^ (~b0 & b1);
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
