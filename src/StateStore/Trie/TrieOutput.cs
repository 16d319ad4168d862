using System;

namespace ContractVm.StateStore;

/// <summary>
/// Where an update of a trie writes: rows of branches, and, where history is kept, what each of them was before the block. For one
/// thread.
/// </summary>
internal sealed class TrieOutput
{
    private readonly byte[] _key = new byte[1 + NodeKey.Maximum + HistoryRows.NodeKeyEnd];
    private WriteBatch _batch = null!;
    private ulong? _block;
    private int _trieLength;

    /// <summary>Begins with one trie.</summary>
    /// <param name="batch">Receives the rows.</param>
    /// <param name="owner">The address hash of a storage trie; empty for the account trie.</param>
    /// <param name="block">The block that the rows before are those of; null where no history is kept.</param>
    public void Begin(WriteBatch batch, ReadOnlySpan<byte> owner, ulong? block)
    {
        _batch = batch;
        _block = block;
        // the key of the row before begins with one byte more
        _trieLength = NodeKey.WriteTrie(owner, _key.AsSpan(1));
    }

    /// <summary>Writes the row of a branch.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="row">What it is now.</param>
    /// <param name="isNew">True where there was no row before.</param>
    public void Put(ReadOnlySpan<byte> path, ReadOnlySpan<byte> row, bool isNew)
    {
        _batch.Put(Column.Nodes, KeyOf(path), row);
        if (isNew) Before(path, default);
    }

    /// <summary>Deletes the row at a path.</summary>
    public void Delete(ReadOnlySpan<byte> path) => _batch.Delete(Column.Nodes, KeyOf(path));

    /// <summary>Keeps what the branch at a path was before: <see cref="TrieNode.WriteBefore"/>, or empty for no branch.</summary>
    public void Before(ReadOnlySpan<byte> path, ReadOnlySpan<byte> before)
    {
        if (_block is not ulong block) return;
        int length = HistoryRows.EndNodeKey(_key, NodeKey.WritePath(_key.AsSpan(1), _trieLength, path), block);
        _batch.Put(Column.History, _key.AsSpan(0, length), before);
    }

    private ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> path) => _key.AsSpan(1, NodeKey.WritePath(_key.AsSpan(1), _trieLength, path));
}
