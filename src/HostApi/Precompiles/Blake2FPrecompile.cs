using System;
using System.Buffers.Binary;

namespace ContractVm.HostApi;

/// <summary>BLAKE2b's compression function: input is rounds (4 bytes, big-endian), state, block, two counters (little-endian) and a byte for the last block.</summary>
internal sealed class Blake2FPrecompile() : Precompile(9, "BLAKE2F", "EIP-152")
{
    private const int InputLength = 213, StateOffset = 4, BlockOffset = 68, CounterOffset = 196, LastOffset = 212;

    // What is not acceptable is not worked on: it costs what the call has, whatever this says.
    public override ulong GasOf(ReadOnlySpan<byte> input) => input.Length == InputLength ? BinaryPrimitives.ReadUInt32BigEndian(input) : 0;

    public override byte[]? Run(ReadOnlySpan<byte> input)
    {
        if (input.Length != InputLength || input[LastOffset] > 1) return null;
        Span<ulong> state = stackalloc ulong[Blake2b.StateWords];
        Span<ulong> block = stackalloc ulong[Blake2b.BlockWords];
        Read(input[StateOffset..], state);
        Read(input[BlockOffset..], block);
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(input[CounterOffset..]), high = BinaryPrimitives.ReadUInt64LittleEndian(input[(CounterOffset + 8)..]);
        Blake2b.Compress(BinaryPrimitives.ReadUInt32BigEndian(input), state, block, low, high, input[LastOffset] == 1);
        byte[] output = new byte[Blake2b.StateWords * sizeof(ulong)];
        for (int i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(output.AsSpan(i * sizeof(ulong)), state[i]);
        return output;
    }

    private static void Read(ReadOnlySpan<byte> source, Span<ulong> words)
    {
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt64LittleEndian(source[(i * sizeof(ulong))..]);
    }
}
