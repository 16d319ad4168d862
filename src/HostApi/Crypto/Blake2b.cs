using System;
using System.Numerics;

namespace ContractVm.HostApi;

/// <summary>The compression function F of BLAKE2b (RFC 7693, section 3.2) with any number of rounds. Safe for all threads.</summary>
internal static class Blake2b
{
    /// <summary>Words of a state.</summary>
    public const int StateWords = 8;
    /// <summary>Words of a block.</summary>
    public const int BlockWords = 16;

    // RFC 7693, section 2.6: the initialization vector; section 2.7: the order of the block's words, round after round, again from the start after ten.
    private static ReadOnlySpan<ulong> InitialVector =>
    [
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
        0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    ];
    private const int Schedules = 10;
    private static ReadOnlySpan<byte> Schedule =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    /// <summary>Compresses a block into the state.</summary>
    /// <param name="rounds">How many rounds; BLAKE2b itself has 12.</param>
    /// <param name="state">The eight words of the state, which become the new ones.</param>
    /// <param name="block">The sixteen words of the block.</param>
    /// <param name="counterLow">Bytes hashed so far, low word.</param>
    /// <param name="counterHigh">Bytes hashed so far, high word.</param>
    /// <param name="isLast">True for the last block.</param>
    public static void Compress(uint rounds, Span<ulong> state, ReadOnlySpan<ulong> block, ulong counterLow, ulong counterHigh, bool isLast)
    {
        // The words in the order in which the rounds take them, so that no round looks up where they are.
        Span<ulong> ordered = stackalloc ulong[Schedules * BlockWords];
        for (int i = 0; i < ordered.Length; i++) ordered[i] = block[Schedule[i]];
        ulong a0 = state[0], a1 = state[1], a2 = state[2], a3 = state[3], b0 = state[4], b1 = state[5], b2 = state[6], b3 = state[7];
        ulong c0 = InitialVector[0], c1 = InitialVector[1], c2 = InitialVector[2], c3 = InitialVector[3];
        ulong d0 = InitialVector[4] ^ counterLow, d1 = InitialVector[5] ^ counterHigh, d2 = isLast ? ~InitialVector[6] : InitialVector[6], d3 = InitialVector[7];
        int offset = 0;
        for (uint round = 0; round < rounds; round++)
        {
            ReadOnlySpan<ulong> words = ordered.Slice(offset, BlockWords);
            // First the columns, then the diagonals (RFC 7693, section 3.2).
            Mix(ref a0, ref b0, ref c0, ref d0, words[0], words[1]);
            Mix(ref a1, ref b1, ref c1, ref d1, words[2], words[3]);
            Mix(ref a2, ref b2, ref c2, ref d2, words[4], words[5]);
            Mix(ref a3, ref b3, ref c3, ref d3, words[6], words[7]);
            Mix(ref a0, ref b1, ref c2, ref d3, words[8], words[9]);
            Mix(ref a1, ref b2, ref c3, ref d0, words[10], words[11]);
            Mix(ref a2, ref b3, ref c0, ref d1, words[12], words[13]);
            Mix(ref a3, ref b0, ref c1, ref d2, words[14], words[15]);
            offset = offset + BlockWords == ordered.Length ? 0 : offset + BlockWords;
        }
        (state[0], state[1], state[2], state[3]) = (state[0] ^ a0 ^ c0, state[1] ^ a1 ^ c1, state[2] ^ a2 ^ c2, state[3] ^ a3 ^ c3);
        (state[4], state[5], state[6], state[7]) = (state[4] ^ b0 ^ d0, state[5] ^ b1 ^ d1, state[6] ^ b2 ^ d2, state[7] ^ b3 ^ d3);
    }

    // RFC 7693, section 3.1.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong a, ref ulong b, ref ulong c, ref ulong d, ulong x, ulong y)
    {
        a += b + x;
        d = BitOperations.RotateRight(d ^ a, 32);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 24);
        a += b + y;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 63);
    }
}
