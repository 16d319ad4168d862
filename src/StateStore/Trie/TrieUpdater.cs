using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ContractVm.StateStore;

/// <summary>
/// Applies a sorted set of changes to a stored trie of 32-byte keys: descends once, splitting the changes by nibble, and on the way up
/// hashes what changed and writes it to a batch. The caller of a step owns the row at the step's path: a step returns what the node
/// there has become, and the caller writes or deletes it, so that a branch with one child left can take that child's place.
/// Recursion is bounded by the 64 nibbles of a key. For one thread.
/// </summary>
internal sealed class TrieUpdater : IDisposable
{
    private readonly byte[] _path = new byte[NibblePath.Maximum];
    private readonly byte[] _rowKey = new byte[NodeKey.Maximum];
    private readonly ValueBuffer _row = new(600);
    private readonly RlpWriter _rlp = new(600);
    private ByteBuffer _nodes = new(16 * 1024);
    private ByteBuffer _merged = new(600);
    private IKeyValueReader _reader = null!;
    private TrieChanges _changes = null!;
    private WriteBatch _output = null!;
    private int _trieLength;

    private enum Outcome : byte
    {
        Unchanged,
        Empty,
        Changed,
    }

    /// <summary>
    /// Applies changes and returns the new root. Node rows are written to and deleted in <paramref name="output"/>; nothing is written
    /// to the store.
    /// </summary>
    /// <param name="reader">Where the node rows are.</param>
    /// <param name="owner">The address hash of a storage trie; empty for the account trie.</param>
    /// <param name="root">The root before the changes.</param>
    /// <param name="changes">The changes, sorted; their order and number are unspecified afterwards.</param>
    /// <param name="output">Receives the changed rows.</param>
    /// <exception cref="StoreException">The stored nodes are damaged or missing.</exception>
    public Hash256 Update(IKeyValueReader reader, ReadOnlySpan<byte> owner, in Hash256 root, TrieChanges changes, WriteBatch output)
    {
        _reader = reader;
        _changes = changes;
        _output = output;
        _trieLength = NodeKey.WriteTrie(owner, _rowKey);
        _nodes.Truncate(0);
        bool hadRow = root != TrieRoot.Empty;
        Result result = hadRow ? UpdateNode(0, changes.Entries) : Build(0, changes.Entries);
        switch (result.Outcome)
        {
            case Outcome.Unchanged:
                return root;
            case Outcome.Empty:
                if (hadRow) DeleteRow(0);
                return TrieRoot.Empty;
            default:
                PutRow(0, NodeOf(result));
                return result.Reference.ToRootHash();
        }
    }

    public void Dispose() => _rlp.Dispose();

    // The node whose row is at the path: leaf or branch.
    private Result UpdateNode(int depth, Span<TrieChanges.Entry> changes)
    {
        ReadOnlySpan<byte> blob = ReadRow(depth);
        if (!TrieNode.IsBranch(blob)) return UpdateLeaf(depth, blob, changes);
        TrieNode.ReadBranch(blob, out BranchNode branch);
        RequireFit(depth + branch.Prefix.Length + 1);
        return UpdateBranch(depth, ref branch, moved: false, changes);
    }

    private Result UpdateLeaf(int depth, ReadOnlySpan<byte> blob, Span<TrieChanges.Entry> changes)
    {
        ReadOnlySpan<byte> value = TrieNode.ReadLeaf(blob, out NibblePath prefix);
        if (depth + prefix.Length != NibblePath.Maximum) throw Corrupt("a trie leaf has a key of the wrong length");
        prefix.Nibbles.CopyTo(_path.AsSpan(depth));
        Span<byte> keyBytes = stackalloc byte[Hash256.Length];
        NibblePath.Pack(_path, keyBytes);
        Hash256 key = Hash256.FromBytes(keyBytes);

        int live = 0;
        int place = 0;
        foreach (ref readonly TrieChanges.Entry change in changes)
        {
            if (change.Key == key)
            {
                if (!change.IsDelete && _changes.ValueOf(change).SequenceEqual(value) && changes.Length == 1) return Unchanged;
                Result built = Build(depth, changes);
                return built.Outcome == Outcome.Unchanged ? new Result { Outcome = Outcome.Empty } : built;
            }
            if (change.IsDelete) continue;
            live++;
            if (change.Key < key) place++;
        }
        if (live == 0) return Unchanged;

        // The leaf stays and others come beside it: together they are built as if nothing had been here.
        TrieChanges.Entry[] joined = ArrayPool<TrieChanges.Entry>.Shared.Rent(live + 1);
        int count = 0;
        foreach (ref readonly TrieChanges.Entry change in changes)
        {
            if (change.IsDelete) continue;
            if (count == place) count++;
            joined[count++] = change;
        }
        joined[place] = _changes.CreateEntry(key, value);
        Result result = Build(depth, joined.AsSpan(0, live + 1));
        ArrayPool<TrieChanges.Entry>.Shared.Return(joined);
        return result;
    }

    // A branch whose row is at the path, or, if moved, one whose prefix was cut and that has no row yet where it is now.
    private Result UpdateBranch(int depth, ref BranchNode branch, bool moved, Span<TrieChanges.Entry> changes)
    {
        int shared = SharedWithPrefix(depth, branch.Prefix, changes);
        if (shared < branch.Prefix.Length)
        {
            // a deletion beside the prefix deletes nothing
            changes = RemoveDeletesBeside(depth, branch.Prefix, changes);
            shared = SharedWithPrefix(depth, branch.Prefix, changes);
        }
        if (shared < branch.Prefix.Length) return SplitBranch(depth, ref branch, shared, changes);
        if (changes.IsEmpty && !moved) return Unchanged;

        branch.Prefix.Nibbles.CopyTo(_path.AsSpan(depth));
        int fork = depth + branch.Prefix.Length;
        Children children = new() { Mark = _nodes.Length, HadRow = branch.Mask };
        while (!changes.IsEmpty)
        {
            Span<TrieChanges.Entry> group = TakeGroup(ref changes, fork, out int nibble);
            _path[fork] = (byte)nibble;
            bool exists = (branch.Mask >> nibble & 1) != 0;
            Result child = exists ? UpdateNode(fork + 1, group) : Build(fork + 1, group);
            SetChild(ref branch, ref children, nibble, child);
        }
        return Finish(depth, ref branch, ref children, moved);
    }

    // Some key leaves the branch's prefix: a new branch comes there, with the old one, its prefix cut, as one child.
    private Result SplitBranch(int depth, ref BranchNode old, int shared, Span<TrieChanges.Entry> changes)
    {
        int fork = depth + shared;
        int oldNibble = old.Prefix.Nibbles[shared];
        BranchNode branch = default;
        branch.Prefix.Add(old.Prefix.Nibbles[..shared]);
        branch.Prefix.Nibbles.CopyTo(_path.AsSpan(depth));
        old.Prefix.RemoveFirst(shared + 1);
        Children children = new() { Mark = _nodes.Length };
        bool oldDone = false;
        while (!changes.IsEmpty || !oldDone)
        {
            int next = changes.IsEmpty ? 16 : NibblePath.At(changes[0].Key.Bytes, fork);
            Span<TrieChanges.Entry> group = default;
            int nibble = oldNibble;
            if (oldDone || next <= oldNibble) group = TakeGroup(ref changes, fork, out nibble);
            _path[fork] = (byte)nibble;
            Result child;
            if (nibble == oldNibble)
            {
                child = UpdateBranch(fork + 1, ref old, moved: true, group);
                oldDone = true;
            }
            else child = Build(fork + 1, group);
            SetChild(ref branch, ref children, nibble, child);
        }
        return Finish(depth, ref branch, ref children, moved: true);
    }

    // A part of the trie where nothing is yet.
    private Result Build(int depth, Span<TrieChanges.Entry> entries)
    {
        entries = RemoveDeletes(entries);
        if (entries.IsEmpty) return Unchanged;
        ReadOnlySpan<byte> first = entries[0].Key.Bytes;
        if (entries.Length == 1) return Leaf(depth, first, _changes.ValueOf(entries[0]));

        BranchNode branch = default;
        ReadOnlySpan<byte> last = entries[^1].Key.Bytes;
        int fork = depth;
        for (; NibblePath.At(first, fork) == NibblePath.At(last, fork); fork++)
        {
            _path[fork] = (byte)NibblePath.At(first, fork);
            branch.Prefix.Add(_path[fork]);
        }
        Children children = new() { Mark = _nodes.Length };
        while (!entries.IsEmpty)
        {
            Span<TrieChanges.Entry> group = TakeGroup(ref entries, fork, out int nibble);
            _path[fork] = (byte)nibble;
            SetChild(ref branch, ref children, nibble, Build(fork + 1, group));
        }
        return Finish(depth, ref branch, ref children, moved: true);
    }

    private Result Leaf(int depth, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Span<byte> nibbles = stackalloc byte[NibblePath.Maximum];
        NibblePath.Expand(key, nibbles);
        Result result = new() { Outcome = Outcome.Changed, Offset = _nodes.Length };
        TrieNode.WriteLeaf(nibbles[depth..], value, ref _nodes);
        result.Length = _nodes.Length - result.Offset;
        result.Reference = NodeRef.To(TrieNode.LeafRlp(nibbles[depth..], value, _rlp));
        return result;
    }

    private static void SetChild(ref BranchNode branch, ref Children children, int nibble, in Result child)
    {
        if (child.Outcome == Outcome.Unchanged) return;
        int bit = 1 << nibble;
        children.Changed |= bit;
        if (child.Outcome == Outcome.Empty)
        {
            branch.Mask = (ushort)(branch.Mask & ~bit);
            branch.Children[nibble] = default;
            return;
        }
        branch.Mask = (ushort)(branch.Mask | bit);
        branch.Children[nibble] = child.Reference;
        children.Nodes[nibble] = (child.Offset, child.Length);
    }

    // All children are known: writes their rows and returns what stands at the branch's place, which is nothing, its only child, or
    // the branch.
    private Result Finish(int depth, ref BranchNode branch, ref Children children, bool moved)
    {
        if (children.Changed == 0 && !moved) return Unchanged;
        int fork = depth + branch.Prefix.Length;
        branch.Prefix.Nibbles.CopyTo(_path.AsSpan(depth));
        bool collapses = BitOperations.PopCount(branch.Mask) == 1;
        if (collapses) MergeOnlyChild(fork, branch, children);
        for (int rest = children.Changed | (collapses ? branch.Mask : 0); rest != 0; rest &= rest - 1)
        {
            int nibble = BitOperations.TrailingZeroCount(rest);
            _path[fork] = (byte)nibble;
            bool stays = !collapses && (branch.Mask >> nibble & 1) != 0;
            (int offset, int length) = children.Nodes[nibble];
            if (stays) PutRow(fork + 1, _nodes.Span.Slice(offset, length));
            else if ((children.HadRow >> nibble & 1) != 0) DeleteRow(fork + 1);
        }
        _nodes.Truncate(children.Mark);
        if (branch.Mask == 0) return new Result { Outcome = Outcome.Empty };
        Result result = new() { Outcome = Outcome.Changed, Offset = _nodes.Length };
        if (collapses)
        {
            _merged.Span.CopyTo(_nodes.Append(_merged.Length));
            result.Reference = RefOfMerged();
        }
        else
        {
            TrieNode.WriteBranch(branch, ref _nodes);
            result.Reference = TrieNode.RefOf(branch, default, _rlp);
        }
        result.Length = _nodes.Length - result.Offset;
        return result;
    }

    // Leaves in _merged the only child of a branch, with the branch's prefix and the child's nibble before its own prefix.
    private void MergeOnlyChild(int fork, in BranchNode branch, in Children children)
    {
        int nibble = BitOperations.TrailingZeroCount(branch.Mask);
        _path[fork] = (byte)nibble;
        (int offset, int length) = children.Nodes[nibble];
        ReadOnlySpan<byte> blob = (children.Changed >> nibble & 1) != 0 ? _nodes.Span.Slice(offset, length) : ReadRow(fork + 1);
        NibblePath prefix = branch.Prefix;
        prefix.Add(nibble);
        _merged.Truncate(0);
        if (TrieNode.IsBranch(blob))
        {
            TrieNode.ReadBranch(blob, out BranchNode child);
            RequireFit(fork + 1 + child.Prefix.Length);
            prefix.Add(child.Prefix.Nibbles);
            child.Prefix = prefix;
            TrieNode.WriteBranch(child, ref _merged);
            return;
        }
        ReadOnlySpan<byte> value = TrieNode.ReadLeaf(blob, out NibblePath own);
        RequireFit(fork + 1 + own.Length);
        prefix.Add(own.Nibbles);
        TrieNode.WriteLeaf(prefix.Nibbles, value, ref _merged);
    }

    private NodeRef RefOfMerged()
    {
        if (TrieNode.IsBranch(_merged.Span))
        {
            TrieNode.ReadBranch(_merged.Span, out BranchNode branch);
            return TrieNode.RefOf(branch, default, _rlp);
        }
        ReadOnlySpan<byte> value = TrieNode.ReadLeaf(_merged.Span, out NibblePath prefix);
        return NodeRef.To(TrieNode.LeafRlp(prefix.Nibbles, value, _rlp));
    }

    private static void RequireFit(int nibbles)
    {
        if (nibbles > NibblePath.Maximum) throw Corrupt("a trie node lies below the end of its keys");
    }

    // Cuts off the front the changes that have the same nibble at a place.
    private static Span<TrieChanges.Entry> TakeGroup(scoped ref Span<TrieChanges.Entry> changes, int place, out int nibble)
    {
        nibble = NibblePath.At(changes[0].Key.Bytes, place);
        int count = 1;
        while (count < changes.Length && NibblePath.At(changes[count].Key.Bytes, place) == nibble) count++;
        Span<TrieChanges.Entry> group = changes[..count];
        changes = changes[count..];
        return group;
    }

    // The nibbles of the prefix that all changes follow; since they are sorted, the first and the last tell.
    private static int SharedWithPrefix(int depth, in NibblePath prefix, ReadOnlySpan<TrieChanges.Entry> changes) => changes.IsEmpty
        ? prefix.Length
        : Math.Min(SharedWithPrefix(depth, prefix, changes[0]), SharedWithPrefix(depth, prefix, changes[^1]));

    private static int SharedWithPrefix(int depth, in NibblePath prefix, in TrieChanges.Entry change)
    {
        ReadOnlySpan<byte> nibbles = prefix.Nibbles;
        int shared = 0;
        while (shared < nibbles.Length && NibblePath.At(change.Key.Bytes, depth + shared) == nibbles[shared]) shared++;
        return shared;
    }

    private static Span<TrieChanges.Entry> RemoveDeletesBeside(int depth, scoped in NibblePath prefix, Span<TrieChanges.Entry> changes)
    {
        int kept = 0;
        foreach (TrieChanges.Entry change in changes)
            if (!change.IsDelete || SharedWithPrefix(depth, prefix, change) == prefix.Length) changes[kept++] = change;
        return changes[..kept];
    }

    private static Span<TrieChanges.Entry> RemoveDeletes(Span<TrieChanges.Entry> changes)
    {
        int kept = 0;
        foreach (TrieChanges.Entry change in changes)
            if (!change.IsDelete) changes[kept++] = change;
        return changes[..kept];
    }

    private ReadOnlySpan<byte> NodeOf(in Result result) => _nodes.Span.Slice(result.Offset, result.Length);

    private ReadOnlySpan<byte> ReadRow(int depth)
    {
        if (!_reader.TryGet(Column.Nodes, RowKey(depth), _row)) throw Corrupt("a trie node is missing");
        return _row.Span;
    }

    private void PutRow(int depth, ReadOnlySpan<byte> blob) => _output.Put(Column.Nodes, RowKey(depth), blob);

    private void DeleteRow(int depth) => _output.Delete(Column.Nodes, RowKey(depth));

    private ReadOnlySpan<byte> RowKey(int depth) => _rowKey.AsSpan(0, NodeKey.WritePath(_rowKey, _trieLength, _path.AsSpan(0, depth)));

    private static StoreException Corrupt(string message) => new(StoreFault.Corrupt, message);

    private static Result Unchanged => default;

    // What a step makes of the node at its path; a changed node lies in _nodes.
    private struct Result
    {
        public Outcome Outcome;
        public int Offset;
        public int Length;
        public NodeRef Reference;
    }

    // The children of a branch while they are worked on, as masks over nibbles. HadRow: the store has a row at the child's path.
    private struct Children
    {
        public int Mark;
        public int Changed;
        public int HadRow;
        public Places Nodes;
    }

    [InlineArray(16)]
    private struct Places
    {
        private (int Offset, int Length) _first;
    }
}
