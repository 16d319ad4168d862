using System;
using System.Numerics;

namespace ContractVm.StateStore;

/// <summary>
/// The tries of an earlier block. A branch that has changed since is put together from the row of what it was before (its shape) and
/// its children's references: of a child that has changed since, the one in the row of what it was before; of another, the one to what
/// it is. So a branch costs at most 17 look-ups, however long ago the block was. For one thread.
/// </summary>
internal sealed class PastTrie(StateReader state, ulong block) : ITrieSource, IDisposable
{
    private readonly byte[] _key = new byte[1 + NodeKey.Maximum + HistoryRows.NodeKeyEnd];
    private readonly ValueBuffer _child = new(TrieNode.UsualRow);
    private readonly RlpWriter _rlp = new(TrieNode.UsualRow);
    private ByteBuffer _made = new(TrieNode.UsualRow);
    private KeyValueIterator? _past;
    private StateCursor? _accounts;
    private StateCursor? _slots;

    /// <inheritdoc/>
    public bool TryGetBranch(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer row)
    {
        if (!TryPast(owner, path, out ReadOnlySpan<byte> before)) return TryLive(owner, path, row);
        if (before.IsEmpty) return false;
        TrieNode.ReadBefore(before, out BranchNode branch, out NodeRef _);
        Span<byte> child = stackalloc byte[NibblePath.Maximum + 1];
        int fork = path.Length + branch.Prefix.Length;
        if (fork >= NibblePath.Maximum) throw Corrupt("a trie branch lies below the end of its keys");
        path.CopyTo(child);
        branch.Prefix.Nibbles.CopyTo(child[path.Length..]);
        for (int rest = branch.Mask; rest != 0; rest &= rest - 1)
        {
            int nibble = BitOperations.TrailingZeroCount(rest);
            child[fork] = (byte)nibble;
            branch.Children[nibble] = branch.KindOf(nibble) == ChildKind.Leaf ? LeafRef(owner, child[..(fork + 1)]) : BranchRef(owner, child[..(fork + 1)]);
        }
        _made.Truncate(0);
        TrieNode.WriteBranch(branch, ref _made);
        row.Set(_made.Span);
        return true;
    }

    /// <inheritdoc/>
    public Hash256 GetLeaf(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer value)
    {
        StateCursor cursor = owner.IsEmpty ? _accounts ??= state.CreateCursor(Column.Accounts) : _slots ??= state.CreateCursor(Column.Slots);
        Span<byte> start = stackalloc byte[StateRows.SlotKeyLength];
        cursor.Seek(start[..LeafRows.WriteFirstKey(owner, path, start)]);
        if (!cursor.IsValid || !LeafRows.IsBelow(owner, path, cursor.Key)) throw LeafRows.Missing();
        return LeafRows.Read(owner, cursor.Key, cursor.Row, value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Reset();
        _rlp.Dispose();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _past?.Dispose();
        _accounts?.Dispose();
        _slots?.Dispose();
        _past = null;
        _accounts = null;
        _slots = null;
    }

    private NodeRef LeafRef(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path)
    {
        Hash256 key = GetLeaf(owner, path, _child);
        Span<byte> nibbles = stackalloc byte[NibblePath.Maximum];
        NibblePath.Expand(key.Bytes, nibbles);
        return NodeRef.To(TrieNode.LeafRlp(nibbles[path.Length..], _child.Span, _rlp));
    }

    private NodeRef BranchRef(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path)
    {
        if (TryPast(owner, path, out ReadOnlySpan<byte> before))
        {
            TrieNode.ReadBefore(before, out BranchNode _, out NodeRef reference);
            return reference;
        }
        if (!TryLive(owner, path, _child)) throw Corrupt("a trie node is missing");
        TrieNode.ReadBranch(_child.Span, out BranchNode branch);
        return TrieNode.RefOf(branch, default, _rlp);
    }

    // The row of what the branch was before the first later block that changed it; empty for no branch.
    private bool TryPast(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, out ReadOnlySpan<byte> before)
    {
        before = default;
        int length = HistoryRows.EndNodeKey(_key, NodeKeyOf(owner, path), block + 1);
        _past ??= state.Rows.CreateIterator(Column.History, [HistoryRows.NodeKind]);
        _past.Seek(_key.AsSpan(0, length));
        if (!_past.IsValid || !_past.Key.StartsWith(_key.AsSpan(0, length - HistoryRows.BlockBytes))) return false;
        before = _past.Value;
        return true;
    }

    private bool TryLive(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer row) =>
        state.Rows.TryGet(Column.Nodes, _key.AsSpan(1, NodeKeyOf(owner, path)), row);

    private int NodeKeyOf(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path)
    {
        Span<byte> key = _key.AsSpan(1);
        return NodeKey.WritePath(key, NodeKey.WriteTrie(owner, key), path);
    }

    private static StoreException Corrupt(string message) => new(StoreFault.Corrupt, message);
}
