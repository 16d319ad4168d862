using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ContractVm.StateStore;

/// <summary>
/// Keccak-256 as Ethereum uses it: Keccak-f[1600], rate 136 bytes, original padding 01 (FIPS 202 without its domain bits;
/// Yellow Paper, section 3). Allocates nothing. Thread-safe: it has no state.
/// </summary>
public static class Keccak256
{
    private const int Rate = 136;
    private const int RateWords = Rate / 8;

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
        if (VectorWord.IsSupported) Hash<VectorWord>(input, destination);
        else Hash<ScalarWord>(input, destination);
    }

    /// <summary>The same with one kind of word: what all of them must agree on.</summary>
    [SkipLocalsInit]
    internal static void Hash<T>(ReadOnlySpan<byte> input, Span<byte> destination) where T : unmanaged, IKeccakWord<T>
    {
        if (destination.Length < Hash256.Length)
            throw new ArgumentException($"a hash needs 32 bytes, the destination has {destination.Length}", nameof(destination));
        Span<T> state = stackalloc T[KeccakPermutation.Words];
        state.Clear();
        while (input.Length >= Rate)
        {
            Absorb(state, input[..Rate]);
            input = input[Rate..];
        }
        Span<byte> last = stackalloc byte[Rate];
        last.Clear();
        input.CopyTo(last);
        last[input.Length] = 0x01;
        last[Rate - 1] |= 0x80;
        Absorb(state, last);
        for (int i = 0; i < Hash256.Length / 8; i++) BinaryPrimitives.WriteUInt64LittleEndian(destination[(8 * i)..], state[i].ToUInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Absorb<T>(Span<T> state, ReadOnlySpan<byte> block) where T : unmanaged, IKeccakWord<T>
    {
        for (int i = 0; i < RateWords; i++) state[i] = T.Xor(state[i], T.Constant(BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..])));
        KeccakPermutation.Permute(state);
    }
}
