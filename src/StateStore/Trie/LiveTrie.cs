using System;

namespace ContractVm.StateStore;

/// <summary>The tries at the head, or in a snapshot: rows of branches, and leaves from the flat rows. For one thread.</summary>
/// <param name="rows">The rows.</param>
/// <param name="cache">Rows of branches at the head; null where <paramref name="rows"/> is anything else.</param>
internal sealed class LiveTrie(IKeyValueReader rows, NodeCache? cache) : ITrieSource
{
    private readonly byte[] _key = new byte[NodeKey.Maximum];
    private KeyValueIterator? _accounts;
    private KeyValueIterator? _slots;

    /// <inheritdoc/>
    public bool TryGetBranch(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer row)
    {
        ReadOnlySpan<byte> key = _key.AsSpan(0, NodeKey.WritePath(_key, NodeKey.WriteTrie(owner, _key), path));
        if (cache is null) return rows.TryGet(Column.Nodes, key, row);
        if (cache.TryGet(key, row)) return true;
        if (!rows.TryGet(Column.Nodes, key, row)) return false;
        cache.Set(key, row.Span);
        return true;
    }

    /// <inheritdoc/>
    public Hash256 GetLeaf(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer value)
    {
        KeyValueIterator iterator = owner.IsEmpty
            ? _accounts ??= rows.CreateIterator(Column.Accounts)
            : _slots ??= rows.CreateIterator(Column.Slots);
        Span<byte> start = stackalloc byte[StateRows.SlotKeyLength];
        int length = LeafRows.WriteFirstKey(owner, path, start);
        iterator.Seek(start[..length]);
        if (!iterator.IsValid || !LeafRows.IsBelow(owner, path, iterator.Key)) throw LeafRows.Missing();
        return LeafRows.Read(owner, iterator.Key, iterator.Value, value);
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    /// <inheritdoc/>
    public void Reset()
    {
        _accounts?.Dispose();
        _slots?.Dispose();
        _accounts = null;
        _slots = null;
    }
}

/// <summary>Leaves of tries as flat rows: an account, or a slot of an owner.</summary>
internal static class LeafRows
{
    /// <summary>Writes the first flat key that can be below a path, and returns its length.</summary>
    public static int WriteFirstKey(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, Span<byte> key)
    {
        int length = owner.Length + Hash256.Length;
        key[..length].Clear();
        owner.CopyTo(key);
        NibblePath.Pack(path, key[owner.Length..]);
        return length;
    }

    /// <summary>True when a flat key is one of the owner's, below the path.</summary>
    public static bool IsBelow(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ReadOnlySpan<byte> key)
    {
        if (key.Length != owner.Length + Hash256.Length || !key.StartsWith(owner)) return false;
        ReadOnlySpan<byte> hashed = key[owner.Length..];
        for (int i = 0; i < path.Length; i++)
            if (NibblePath.At(hashed, i) != path[i]) return false;
        return true;
    }

    /// <summary>Returns the trie's key of a flat row, and its value (Yellow Paper, section 4.1).</summary>
    public static Hash256 Read(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> key, ReadOnlySpan<byte> row, ValueBuffer value)
    {
        using RlpWriter rlp = new(Account.MaximumRlp + 16);
        if (owner.IsEmpty) Account.FromRow(row).WriteRlp(rlp);
        else rlp.Write(StateRows.SlotRow(StateRows.SlotValue(row)));
        value.Set(rlp.Written);
        return Hash256.FromBytes(key[owner.Length..]);
    }

    /// <summary>There is no flat row where a branch has a leaf.</summary>
    public static StoreException Missing() => new(StoreFault.Corrupt, "a trie has a leaf for which there is no flat row");
}
