using System;

namespace ContractVm.StateStore;

/// <summary>
/// Keys of the column <see cref="Column.Nodes"/>: kind (0 the account trie, 1 a storage trie), the owner's address hash (storage
/// tries only), the path, one nibble to a byte. One row per path, overwritten in place; rows are in the order of a walk over the trie.
/// </summary>
internal static class NodeKey
{
    /// <summary>The longest key: a storage node below all 64 nibbles.</summary>
    public const int Maximum = 1 + Hash256.Length + NibblePath.Maximum;

    private const byte AccountTrie = 0;
    private const byte StorageTrie = 1;

    /// <summary>Writes the part that all nodes of one trie share; an empty owner is the account trie. Returns its length.</summary>
    public static int WriteTrie(ReadOnlySpan<byte> owner, Span<byte> destination)
    {
        destination[0] = owner.IsEmpty ? AccountTrie : StorageTrie;
        owner.CopyTo(destination[1..]);
        return 1 + owner.Length;
    }

    /// <summary>Writes the path behind the trie's part and returns the length of the whole key.</summary>
    public static int WritePath(Span<byte> key, int trieLength, ReadOnlySpan<byte> nibbles)
    {
        nibbles.CopyTo(key[trieLength..]);
        return trieLength + nibbles.Length;
    }

    /// <summary>The length of the part that all nodes of the trie share to which a key belongs.</summary>
    public static int TrieLength(ReadOnlySpan<byte> key) => key[0] == AccountTrie ? 1 : 1 + Hash256.Length;
}
