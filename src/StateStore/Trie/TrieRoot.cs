using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>
/// Roots of Merkle-Patricia tries (Yellow Paper, appendix D) computed in memory from their whole content. Thread-safe: it has no state.
/// </summary>
public static class TrieRoot
{
    /// <summary>The root of a trie without content: keccak(rlp("")).</summary>
    public static Hash256 Empty { get; } = Keccak256.Hash([0x80]);

    /// <summary>
    /// The root over pairs in any order. A pair with an empty value is an absent key.
    /// </summary>
    /// <exception cref="ArgumentException">A key has more than 32 bytes or comes twice.</exception>
    public static Hash256 Of(IEnumerable<KeyValuePair<byte[], byte[]>> pairs) => Compute(pairs, secure: false);

    /// <summary>The root over pairs in any order, each under the hash of its key (a "secure" trie).</summary>
    /// <exception cref="ArgumentException">A key comes twice.</exception>
    public static Hash256 OfSecure(IEnumerable<KeyValuePair<byte[], byte[]>> pairs) => Compute(pairs, secure: true);

    /// <summary>
    /// The root over items under the RLP of their index: the transactions root and the receipts root of a block (Yellow Paper,
    /// section 4.3.2).
    /// </summary>
    /// <exception cref="ArgumentException">An item is empty.</exception>
    public static Hash256 OfList(IReadOnlyList<byte[]> items)
    {
        using TrieBuilder builder = new();
        // In the order of their keys: rlp(1) to rlp(127) are 01 to 7f, rlp(0) is 80, all others begin with 81 or more.
        int count = items.Count;
        for (int i = 1; i < count && i < 0x80; i++) AddItem(builder, i, items[i]);
        if (count > 0) AddItem(builder, 0, items[0]);
        for (int i = 0x80; i < count; i++) AddItem(builder, i, items[i]);
        return builder.Finish();
    }

    private static void AddItem(TrieBuilder builder, int index, byte[] item)
    {
        Span<byte> key = stackalloc byte[1 + sizeof(int)];
        if (index is > 0 and < 0x80)
        {
            key[0] = (byte)index;
            builder.Add(key[..1], item);
            return;
        }
        int length = ((UInt256)(ulong)index).ToMinimalBigEndian(key[1..]);
        key[0] = (byte)(0x80 + length);
        builder.Add(key[..(1 + length)], item);
    }

    private static Hash256 Compute(IEnumerable<KeyValuePair<byte[], byte[]>> pairs, bool secure)
    {
        List<KeyValuePair<byte[], byte[]>> sorted = [];
        foreach ((byte[] key, byte[] value) in pairs)
            if (value.Length != 0) sorted.Add(new KeyValuePair<byte[], byte[]>(secure ? Keccak256.Hash(key).ToArray() : key, value));
        sorted.Sort(static (left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        using TrieBuilder builder = new();
        foreach ((byte[] key, byte[] value) in sorted) builder.Add(key, value);
        return builder.Finish();
    }
}
