using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ContractVm.StateStore;

/// <summary>
/// Applies a sorted set of changes to a stored trie of 32-byte keys: descends once, splitting the changes by nibble, and on the way up
/// hashes what changed and writes it. The caller of a step owns the row at the step's path: a step returns what the node there has
/// become, and the caller writes or deletes it, so that a branch with one child left can leave its place to that child. A leaf whose key
/// existed costs no read: the branch above says that it is a leaf. Recursion is bounded by the 64 nibbles of a key. For one thread.
/// </summary>
internal sealed class TrieUpdater(ITrieSource source) : IDisposable
{
    private readonly byte[] _path = new byte[NibblePath.Maximum];
    private readonly byte[] _owner = new byte[Hash256.Length];
    private readonly ValueBuffer _row = new(TrieNode.UsualRow);
    private readonly RlpWriter _rlp = new(TrieNode.UsualRow);
    private readonly TrieOutput _output = new();
    // changed nodes that wait for their parent: rows of branches; keys and values of leaves
    private ByteBuffer _nodes = new(16 * 1024);
    private ByteBuffer _merged = new(TrieNode.UsualRow);
    // what the branches on the present path were before
    private ByteBuffer _befores = new(1024);
    // values of leaves that were found beside new ones, behind all values of the changes
    private ByteBuffer _found = new(256);
    private TrieChanges _changes = null!;
    private int _ownerLength;

    /// <summary>What has become of the node at a path.</summary>
    internal enum Outcome : byte
    {
        Unchanged,
        Empty,
        Leaf,
        Branch,
    }

    /// <summary>
    /// Applies changes and returns the new root. Rows are written to and deleted in <paramref name="output"/>; nothing is written to the
    /// store.
    /// </summary>
    /// <param name="owner">The address hash of a storage trie; empty for the account trie.</param>
    /// <param name="root">The root before the changes.</param>
    /// <param name="changes">The changes, sorted; their order and number are unspecified afterwards.</param>
    /// <param name="output">Receives the changed rows.</param>
    /// <param name="block">The block whose rows before are written; null for none.</param>
    /// <param name="helpers">Other updaters for the parts of a large change; null to do all in this thread.</param>
    /// <exception cref="StoreException">The stored nodes are damaged or missing.</exception>
    public Hash256 Update(ReadOnlySpan<byte> owner, in Hash256 root, TrieChanges changes, WriteBatch output, ulong? block, TrieHelpers? helpers = null)
    {
        Begin(owner, changes, output, block);
        bool hadRow = root != TrieRoot.Empty && source.TryGetBranch(owner, default, _row);
        Span<TrieChanges.Entry> entries = changes.Entries;
        NodeRef rootReference = default;
        rootReference.Set(root.Bytes);
        Result result =
            hadRow ? UpdateNode(0, entries, rootReference, helpers is null || entries.Length < TrieHelpers.Worthwhile ? null : new PartRequest(helpers, output, block))
            : root == TrieRoot.Empty ? BuildNew(0, entries)
            : UpdateLeaf(0, rootReference, entries);
        Hash256 reached = result.Outcome switch
        {
            Outcome.Unchanged => root,
            Outcome.Empty => TrieRoot.Empty,
            _ => result.Reference.ToRootHash(),
        };
        // A leaf that is the root and short is known by its RLP: only its hash tells that nothing changed.
        if (result.Outcome == Outcome.Branch) _output.Put(default, NodeOf(result), isNew: !hadRow);
        else if (hadRow && result.Outcome != Outcome.Unchanged) _output.Delete(default);
        return reached;
    }

    /// <summary>Does one part of a large update: the changes below one child of the root branch.</summary>
    internal PartResult UpdatePart(in TriePart part, ReadOnlySpan<byte> path, Span<TrieChanges.Entry> changes, ReadOnlySpan<byte> owner, TrieChanges all, WriteBatch output, ulong? block)
    {
        Begin(owner, all, output, block);
        path.CopyTo(_path);
        Result result = UpdateChild(part.Kind, part.Reference, path.Length, changes);
        return new PartResult(result.Outcome, result.Reference, result.Outcome is Outcome.Leaf or Outcome.Branch ? NodeOf(result).ToArray() : []);
    }

    public void Dispose() => _rlp.Dispose();

    private void Begin(ReadOnlySpan<byte> owner, TrieChanges changes, WriteBatch output, ulong? block)
    {
        owner.CopyTo(_owner);
        _ownerLength = owner.Length;
        _changes = changes;
        _output.Begin(output, owner, block);
        _nodes.Truncate(0);
        _befores.Truncate(0);
        _found.Truncate(0);
    }

    private Result UpdateChild(ChildKind kind, in NodeRef reference, int depth, Span<TrieChanges.Entry> changes)
    {
        switch (kind)
        {
            case ChildKind.None:
                return BuildNew(depth, changes);
            case ChildKind.Leaf:
                return UpdateLeaf(depth, reference, changes);
            default:
                ReadRow(depth);
                return UpdateNode(depth, changes, reference, null);
        }
    }

    // The branch whose row is at the path and has been read.
    private Result UpdateNode(int depth, Span<TrieChanges.Entry> changes, in NodeRef before, PartRequest? parts)
    {
        TrieNode.ReadBranch(_row.Span, out BranchNode branch);
        RequireFit(depth + branch.Prefix.Length + 1);
        int mark = _befores.Length;
        TrieNode.WriteBefore(branch, before, ref _befores);
        Result result = UpdateBranch(depth, ref branch, moved: false, changes, parts);
        if (result.Outcome != Outcome.Unchanged) _output.Before(_path.AsSpan(0, depth), _befores.Span[mark..]);
        _befores.Truncate(mark);
        return result;
    }

    // A place where one key is, of which no more than the reference to its leaf is known.
    private Result UpdateLeaf(int depth, in NodeRef before, Span<TrieChanges.Entry> changes)
    {
        int existing = 0;
        int live = 0;
        foreach (ref readonly TrieChanges.Entry change in changes)
        {
            if (change.Existed) existing++;
            if (!change.IsDelete) live++;
        }
        if (existing > 1) throw Corrupt("a trie has one leaf where the flat rows have more");
        if (existing == 1)
        {
            Result built = Build(depth, changes);
            if (built.Outcome == Outcome.Unchanged) return new Result { Outcome = Outcome.Empty };
            // the same leaf: the value is what it was (at the root, whose reference is always a hash, that is compared)
            bool same = built.Outcome == Outcome.Leaf && (depth == 0 ? built.Reference.ToRootHash().Bytes : built.Reference.Bytes).SequenceEqual(before.Bytes);
            return same ? Unchanged : built;
        }
        if (live == 0) return Unchanged;

        // The leaf stays and others come beside it: together they are built as if nothing had been here.
        Hash256 key = source.GetLeaf(Owner, _path.AsSpan(0, depth), _row);
        int offset = _found.Length;
        _row.Span.CopyTo(_found.Append(_row.Length));
        TrieChanges.Entry[] joined = ArrayPool<TrieChanges.Entry>.Shared.Rent(live + 1);
        int count = 0;
        bool placed = false;
        foreach (ref readonly TrieChanges.Entry change in changes)
        {
            if (change.IsDelete) continue;
            if (!placed && key < change.Key)
            {
                joined[count++] = new TrieChanges.Entry(key, ~offset, _found.Length - offset, existed: true);
                placed = true;
            }
            joined[count++] = change;
        }
        if (!placed) joined[count++] = new TrieChanges.Entry(key, ~offset, _found.Length - offset, existed: true);
        Result result = Build(depth, joined.AsSpan(0, count));
        ArrayPool<TrieChanges.Entry>.Shared.Return(joined);
        return result;
    }

    // A branch whose row is at the path, or, if moved, one whose prefix was cut and that has no row yet where it is now.
    private Result UpdateBranch(int depth, ref BranchNode branch, bool moved, Span<TrieChanges.Entry> changes, PartRequest? parts)
    {
        int shared = ChangeRuns.SharedWithPrefix(depth, branch.Prefix, changes);
        if (shared < branch.Prefix.Length)
        {
            // a deletion beside the prefix deletes nothing
            changes = ChangeRuns.RemoveDeletesBeside(depth, branch.Prefix, changes);
            shared = ChangeRuns.SharedWithPrefix(depth, branch.Prefix, changes);
        }
        if (shared < branch.Prefix.Length) return SplitBranch(depth, ref branch, shared, changes);
        if (changes.IsEmpty && !moved) return Unchanged;

        branch.Prefix.Nibbles.CopyTo(_path.AsSpan(depth));
        int fork = depth + branch.Prefix.Length;
        Children children = new() { Mark = _nodes.Length, HadRow = branch.Mask & ~branch.Leaves };
        if (parts is not null) UpdateParts(fork, ref branch, ref children, changes, parts);
        else
        {
            while (!changes.IsEmpty)
            {
                Span<TrieChanges.Entry> group = ChangeRuns.TakeGroup(ref changes, fork, out int nibble);
                _path[fork] = (byte)nibble;
                SetChild(ref branch, ref children, nibble, UpdateChild(branch.KindOf(nibble), branch.Children[nibble], fork + 1, group));
            }
        }
        return Finish(depth, ref branch, ref children, moved);
    }

    // The same with the children spread over several threads; their rows come in the order in which one thread would write them.
    private void UpdateParts(int fork, ref BranchNode branch, ref Children children, Span<TrieChanges.Entry> changes, PartRequest request)
    {
        TriePart[] parts = new TriePart[16];
        int count = 0;
        int start = 0;
        while (!changes.IsEmpty)
        {
            Span<TrieChanges.Entry> group = ChangeRuns.TakeGroup(ref changes, fork, out int nibble);
            parts[count++] = new TriePart(nibble, branch.KindOf(nibble), branch.Children[nibble], start, group.Length);
            start += group.Length;
        }
        PartResult[] results = request.Helpers.Run(parts.AsSpan(0, count).ToArray(), _path.AsSpan(0, fork), Owner, _changes, request.Output, request.Block);
        for (int i = 0; i < count; i++)
        {
            Result result = new() { Outcome = results[i].Outcome, Reference = results[i].Reference, Offset = _nodes.Length, Length = results[i].Node.Length };
            results[i].Node.CopyTo(_nodes.Append(result.Length));
            SetChild(ref branch, ref children, parts[i].Nibble, result);
        }
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
            if (oldDone || next <= oldNibble) group = ChangeRuns.TakeGroup(ref changes, fork, out nibble);
            _path[fork] = (byte)nibble;
            Result child;
            if (nibble == oldNibble)
            {
                child = UpdateBranch(fork + 1, ref old, moved: true, group, null);
                oldDone = true;
            }
            else child = BuildNew(fork + 1, group);
            SetChild(ref branch, ref children, nibble, child);
        }
        return Finish(depth, ref branch, ref children, moved: true);
    }

    // A part of the trie where nothing is yet.
    private Result BuildNew(int depth, Span<TrieChanges.Entry> entries)
    {
        foreach (ref readonly TrieChanges.Entry entry in entries)
            if (entry.Existed) throw Corrupt("a trie has no leaf for a key that has a flat row");
        return Build(depth, entries);
    }

    private Result Build(int depth, Span<TrieChanges.Entry> entries)
    {
        entries = ChangeRuns.RemoveDeletes(entries);
        if (entries.IsEmpty) return Unchanged;
        ReadOnlySpan<byte> first = entries[0].Key.Bytes;
        if (entries.Length == 1) return Leaf(depth, first, ValueOf(entries[0]));

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
            Span<TrieChanges.Entry> group = ChangeRuns.TakeGroup(ref entries, fork, out int nibble);
            _path[fork] = (byte)nibble;
            SetChild(ref branch, ref children, nibble, Build(fork + 1, group));
        }
        return Finish(depth, ref branch, ref children, moved: true);
    }

    private Result Leaf(int depth, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Result result = new() { Outcome = Outcome.Leaf, Offset = _nodes.Length, Length = key.Length + value.Length, Reference = LeafRef(depth, key, value) };
        Span<byte> node = _nodes.Append(result.Length);
        key.CopyTo(node);
        value.CopyTo(node[key.Length..]);
        return result;
    }

    private NodeRef LeafRef(int depth, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Span<byte> nibbles = stackalloc byte[NibblePath.Maximum];
        NibblePath.Expand(key, nibbles);
        return NodeRef.To(TrieNode.LeafRlp(nibbles[depth..], value, _rlp));
    }

    private static void SetChild(ref BranchNode branch, ref Children children, int nibble, in Result child)
    {
        if (child.Outcome == Outcome.Unchanged) return;
        int bit = 1 << nibble;
        children.Changed |= bit;
        branch.Mask = (ushort)(child.Outcome == Outcome.Empty ? branch.Mask & ~bit : branch.Mask | bit);
        branch.Leaves = (ushort)(child.Outcome == Outcome.Leaf ? branch.Leaves | bit : branch.Leaves & ~bit);
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
        bool leaf = collapses && branch.Leaves != 0;
        if (collapses) MergeOnlyChild(fork, branch, children);
        for (int rest = children.Changed | (collapses ? branch.Mask : 0); rest != 0; rest &= rest - 1)
        {
            int nibble = BitOperations.TrailingZeroCount(rest);
            _path[fork] = (byte)nibble;
            bool hadRow = (children.HadRow >> nibble & 1) != 0;
            bool hasRow = !collapses && branch.KindOf(nibble) == ChildKind.Branch;
            (int offset, int length) = children.Nodes[nibble];
            if (hasRow) _output.Put(_path.AsSpan(0, fork + 1), _nodes.Span.Slice(offset, length), isNew: !hadRow);
            else if (hadRow) _output.Delete(_path.AsSpan(0, fork + 1));
        }
        _nodes.Truncate(children.Mark);
        if (branch.Mask == 0) return new Result { Outcome = Outcome.Empty };
        if (leaf) return Leaf(depth, _merged.Span[..Hash256.Length], _merged.Span[Hash256.Length..]);
        Result result = new() { Outcome = Outcome.Branch, Offset = _nodes.Length };
        if (collapses)
        {
            _merged.Span.CopyTo(_nodes.Append(_merged.Length));
            TrieNode.ReadBranch(_merged.Span, out BranchNode child);
            result.Reference = TrieNode.RefOf(child, default, _rlp);
        }
        else
        {
            TrieNode.WriteBranch(branch, ref _nodes);
            result.Reference = TrieNode.RefOf(branch, default, _rlp);
        }
        result.Length = _nodes.Length - result.Offset;
        return result;
    }

    // Leaves in _merged the only child of a branch: a leaf as it is, a branch with the branch's prefix and its nibble before its own.
    private void MergeOnlyChild(int fork, in BranchNode branch, in Children children)
    {
        int nibble = BitOperations.TrailingZeroCount(branch.Mask);
        _path[fork] = (byte)nibble;
        bool changed = (children.Changed >> nibble & 1) != 0;
        (int offset, int length) = children.Nodes[nibble];
        _merged.Truncate(0);
        if (branch.Leaves != 0)
        {
            if (changed) _nodes.Span.Slice(offset, length).CopyTo(_merged.Append(length));
            else
            {
                Hash256 key = source.GetLeaf(Owner, _path.AsSpan(0, fork + 1), _row);
                key.CopyTo(_merged.Append(Hash256.Length));
                _row.Span.CopyTo(_merged.Append(_row.Length));
            }
            return;
        }
        if (!changed) ReadRow(fork + 1);
        TrieNode.ReadBranch(changed ? _nodes.Span.Slice(offset, length) : _row.Span, out BranchNode child);
        RequireFit(fork + 2 + child.Prefix.Length);
        if (!changed)
        {
            // its row goes, and nothing else tells what it was
            int mark = _befores.Length;
            TrieNode.WriteBefore(child, branch.Children[nibble], ref _befores);
            _output.Before(_path.AsSpan(0, fork + 1), _befores.Span[mark..]);
            _befores.Truncate(mark);
        }
        NibblePath prefix = branch.Prefix;
        prefix.Add(nibble);
        prefix.Add(child.Prefix.Nibbles);
        child.Prefix = prefix;
        TrieNode.WriteBranch(child, ref _merged);
    }

    private static void RequireFit(int nibbles)
    {
        if (nibbles > NibblePath.Maximum) throw Corrupt("a trie node lies below the end of its keys");
    }

    private ReadOnlySpan<byte> Owner => _owner.AsSpan(0, _ownerLength);

    private ReadOnlySpan<byte> ValueOf(in TrieChanges.Entry entry) => entry.Offset < 0 ? _found.Span.Slice(~entry.Offset, entry.Length) : _changes.ValueOf(entry);

    private ReadOnlySpan<byte> NodeOf(in Result result) => _nodes.Span.Slice(result.Offset, result.Length);

    private void ReadRow(int depth)
    {
        if (!source.TryGetBranch(Owner, _path.AsSpan(0, depth), _row)) throw Corrupt("a trie node is missing");
    }

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
