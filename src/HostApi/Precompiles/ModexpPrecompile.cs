using System;
using System.Buffers.Binary;
using System.Numerics;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// base^exponent modulo modulus: input is three lengths, a word each, then the three numbers, big-endian. Lengths above 1024 are not acceptable
/// (EIP-7823); priced so that the time is bounded by the gas (EIP-7883).
/// </summary>
internal sealed class ModexpPrecompile() : Precompile(5, "EXPMOD", "EIP-198, EIP-7823, EIP-7883")
{
    private const int WordLength = 32, NumbersOffset = 3 * WordLength, MostLength = 1024;
    private const ulong LeastGas = 500;

    public override ulong GasOf(ReadOnlySpan<byte> input)
    {
        // Lengths above the limit are refused before any work: the call fails and costs all it has.
        if (!TryReadLengths(input, out int baseLength, out int exponentLength, out int modulusLength)) return LeastGas;
        ulong longest = (ulong)Math.Max(baseLength, modulusLength);
        ulong words = (longest + 7) / 8;
        // EIP-7883: calculate_multiplication_complexity.
        ulong complexity = longest <= WordLength ? 16 : 2 * words * words;
        return Math.Max(LeastGas, complexity * Iterations(input, baseLength, exponentLength));
    }

    public override byte[]? Run(ReadOnlySpan<byte> input)
    {
        if (!TryReadLengths(input, out int baseLength, out int exponentLength, out int modulusLength)) return null;
        byte[] output = new byte[modulusLength];
        BigInteger modulus = Operand(input, NumbersOffset + baseLength + exponentLength, modulusLength);
        // EIP-198: by zero, and with no length, the result is zero in as many bytes as the modulus has.
        if (modulus.IsZero) return output;
        BigInteger power = BigInteger.ModPow(Operand(input, NumbersOffset, baseLength), Operand(input, NumbersOffset + baseLength, exponentLength), modulus);
        int length = power.GetByteCount(isUnsigned: true);
        // A number is written in one byte at least, and a modulus that is not zero has one.
        power.TryWriteBytes(output.AsSpan(modulusLength - length), out _, isUnsigned: true, isBigEndian: true);
        return output;
    }

    // EIP-7883: calculate_iteration_count; the exponent's head is its first 32 bytes.
    private static ulong Iterations(ReadOnlySpan<byte> input, int baseLength, int exponentLength)
    {
        Span<byte> head = stackalloc byte[Math.Min(exponentLength, WordLength)];
        PrecompileInput.Slice(input, NumbersOffset + baseLength, head);
        ulong headBits = (ulong)Math.Max(UInt256.FromBigEndian(head).BitLength - 1, 0);
        ulong tail = exponentLength <= WordLength ? 0 : 16 * (ulong)(exponentLength - WordLength);
        return Math.Max(tail + headBits, 1);
    }

    private static bool TryReadLengths(ReadOnlySpan<byte> input, out int baseLength, out int exponentLength, out int modulusLength)
    {
        (exponentLength, modulusLength) = (0, 0);
        return TryReadLength(input, 0, out baseLength) && TryReadLength(input, WordLength, out exponentLength) && TryReadLength(input, 2 * WordLength, out modulusLength);
    }

    private static bool TryReadLength(ReadOnlySpan<byte> input, int offset, out int length)
    {
        Span<byte> word = stackalloc byte[WordLength];
        PrecompileInput.Slice(input, offset, word);
        uint low = BinaryPrimitives.ReadUInt32BigEndian(word[^4..]);
        length = (int)Math.Min(low, MostLength + 1);
        return length <= MostLength && !word[..^4].ContainsAnyExcept((byte)0);
    }

    private static BigInteger Operand(ReadOnlySpan<byte> input, int offset, int length)
    {
        Span<byte> bytes = stackalloc byte[length];
        PrecompileInput.Slice(input, offset, bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }
}
