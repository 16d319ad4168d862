using System;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>The 2048-bit filter over logs' addresses and topics (Yellow Paper, section 4.3.1, M3:2048).</summary>
public static class Bloom
{
    /// <summary>Bytes of a filter.</summary>
    public const int Length = 256;

    /// <summary>The filter of some logs.</summary>
    public static byte[] Of(IReadOnlyList<LogEntry> logs)
    {
        byte[] bloom = new byte[Length];
        foreach (LogEntry log in logs)
        {
            Add(bloom, log.Address.Bytes);
            foreach (Hash256 topic in log.Topics) Add(bloom, topic.Bytes);
        }

        return bloom;
    }

    /// <summary>Adds all bits of another filter.</summary>
    public static void Merge(Span<byte> bloom, ReadOnlySpan<byte> other)
    {
        for (int i = 0; i < Length; i++) bloom[i] |= other[i];
    }

    /// <summary>False where the item was certainly not added.</summary>
    public static bool MayContain(ReadOnlySpan<byte> bloom, ReadOnlySpan<byte> item)
    {
        Hash256 hash = Keccak256.Hash(item);
        for (int pair = 0; pair < 3; pair++)
        {
            int bit = BitOf(hash, pair);
            if ((bloom[Length - 1 - bit / 8] & (1 << (bit % 8))) == 0) return false;
        }

        return true;
    }

    private static void Add(Span<byte> bloom, ReadOnlySpan<byte> item)
    {
        Hash256 hash = Keccak256.Hash(item);
        for (int pair = 0; pair < 3; pair++)
        {
            int bit = BitOf(hash, pair);
            bloom[Length - 1 - bit / 8] |= (byte)(1 << (bit % 8));
        }
    }

    // The low eleven bits of each of the first three pairs of bytes.
    private static int BitOf(in Hash256 hash, int pair) => ((hash.Bytes[2 * pair] << 8) | hash.Bytes[2 * pair + 1]) & 0x7FF;
}
