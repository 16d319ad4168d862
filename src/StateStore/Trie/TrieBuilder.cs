using System;

namespace ContractVm.StateStore;

/// <summary>Receives the branches of a trie as they are finished, children before parents.</summary>
internal interface ITrieSink
{
    /// <summary>One finished branch.</summary>
    /// <param name="path">The nibbles from the root to the branch.</param>
    /// <param name="row">Its stored form.</param>
    void Node(ReadOnlySpan<byte> path, ReadOnlySpan<byte> row);
}

/// <summary>
/// Computes the root of a trie from its whole content, one key after the other in ascending order, holding only the branches on the
/// path to the last key. It shares no logic with <see cref="TrieUpdater"/>, whose work it checks. For one thread.
/// </summary>
internal sealed class TrieBuilder(ITrieSink? sink = null) : IDisposable
{
    private readonly Level[] _levels = CreateLevels();
    private readonly byte[] _key = new byte[NibblePath.Maximum];
    private readonly byte[] _next = new byte[NibblePath.Maximum];
    private readonly RlpWriter _rlp = new(600);
    private ByteBuffer _value = new(128);
    private ByteBuffer _row = new(600);
    private int _keyLength = -1;
    private int _sharedWithPrevious = -1;
    private int _open;

    /// <summary>Adds a pair.</summary>
    /// <param name="key">At most 32 bytes, behind all keys before it.</param>
    /// <param name="value">Not empty: an empty value is an absent key.</param>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!TryAdd(key, value)) throw new ArgumentException("trie keys must ascend");
    }

    /// <summary>Adds a pair; false, and no change, where the key is not behind all keys before it.</summary>
    public bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (2 * key.Length > NibblePath.Maximum) throw new ArgumentException($"a trie key has at most 32 bytes, not {key.Length}");
        if (value.IsEmpty) throw new ArgumentException("a trie holds no empty values");
        NibblePath.Expand(key, _next);
        Span<byte> next = _next.AsSpan(0, 2 * key.Length);
        if (_keyLength >= 0)
        {
            ReadOnlySpan<byte> previous = _key.AsSpan(0, _keyLength);
            if (previous.SequenceCompareTo(next) >= 0) return false;
            Place(previous.CommonPrefixLength(next));
        }
        next.CopyTo(_key);
        _keyLength = next.Length;
        _value.Truncate(0);
        value.CopyTo(_value.Append(value.Length));
        return true;
    }

    /// <summary>Ends the trie and returns its root; the builder is then empty again.</summary>
    public Hash256 Finish()
    {
        if (_keyLength < 0) return TrieRoot.Empty;
        NodeRef root = Place(-1);
        _keyLength = -1;
        _sharedWithPrevious = -1;
        return root.ToRootHash();
    }

    /// <summary>
    /// Ends a part of a trie: all keys share their first nibbles, and others that do not are elsewhere. Returns the hash by which the
    /// branch above refers to the part; the builder is then empty again.
    /// </summary>
    /// <param name="depth">The number of nibbles down to the part; 0 for a whole trie.</param>
    public Hash256 FinishBelow(int depth)
    {
        if (depth == 0 || _keyLength < 0) return Finish();
        Place(depth - 1);
        NodeRef part = Top.Branch.Children[_key[depth - 1]];
        _open = 0;
        _keyLength = -1;
        _sharedWithPrevious = -1;
        return part.ToRootHash();
    }

    public void Dispose() => _rlp.Dispose();

    // Puts the pending pair into the trie, now that the number of nibbles it shares with the next key is known (-1: there is none),
    // and finishes the branches that no later key can reach. Returns the root when there is no next key.
    private NodeRef Place(int sharedWithNext)
    {
        int fork = Math.Max(_sharedWithPrevious, sharedWithNext);
        NodeRef node = default;
        if (fork == _keyLength)
        {
            // the key ends where the next one goes on: its value is the branch's (never so for keys of one length)
            Push(fork);
            Top.Value = _value.Span.ToArray();
        }
        else
        {
            if (sharedWithNext > _sharedWithPrevious) Push(fork);
            node = NodeRef.To(TrieNode.LeafRlp(_key.AsSpan(fork + 1, _keyLength - fork - 1), _value.Span, _rlp));
            if (fork < 0) return node;
            AddChild(node, isLeaf: true);
        }
        while (_open > 0 && Top.Depth > sharedWithNext)
        {
            int below = _open > 1 ? _levels[_open - 2].Depth : -1;
            int parent = Math.Max(below, sharedWithNext);
            node = CloseTop(parent + 1);
            if (parent < 0) return node;
            if (parent > below) Push(parent);
            AddChild(node, isLeaf: false);
        }
        _sharedWithPrevious = sharedWithNext;
        return node;
    }

    private ref Level Top => ref _levels[_open - 1];

    private void Push(int depth)
    {
        ref Level level = ref _levels[_open++];
        level.Depth = depth;
        level.Value = [];
        level.Branch.Mask = 0;
        level.Branch.Leaves = 0;
        level.Branch.Children = default;
    }

    private void AddChild(in NodeRef child, bool isLeaf)
    {
        int nibble = _key[Top.Depth];
        Top.Branch.Mask |= (ushort)(1 << nibble);
        if (isLeaf) Top.Branch.Leaves |= (ushort)(1 << nibble);
        Top.Branch.Children[nibble] = child;
    }

    // Finishes the deepest branch as the node that begins at a place of the key, and takes it off the stack.
    private NodeRef CloseTop(int start)
    {
        ref Level top = ref Top;
        _open--;
        top.Branch.Prefix.Clear();
        top.Branch.Prefix.Add(_key.AsSpan(start, top.Depth - start));
        if (sink is not null)
        {
            if (top.Value.Length != 0) throw new InvalidOperationException("a branch with a value has no stored form");
            _row.Truncate(0);
            TrieNode.WriteBranch(top.Branch, ref _row);
            sink.Node(_key.AsSpan(0, start), _row.Span);
        }
        return TrieNode.RefOf(top.Branch, top.Value, _rlp);
    }

    // One level per nibble of the longest key and one for a key that ends at the last nibble.
    private static Level[] CreateLevels() => new Level[NibblePath.Maximum + 1];

    private struct Level
    {
        public int Depth;
        public byte[] Value;
        public BranchNode Branch;
    }
}
