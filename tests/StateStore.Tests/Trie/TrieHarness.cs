using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>One stored trie and, beside it, its content as a dictionary, which is where its leaves are read from.</summary>
internal sealed class TrieHarness : IDisposable, ITrieSource
{
    private readonly IKeyValueStore _store;
    private readonly byte[] _owner;
    private readonly LiveTrie _rows;
    private readonly TrieUpdater _updater;
    private readonly TrieChanges _changes = new();

    public TrieHarness(IKeyValueStore store, byte[] owner)
    {
        _store = store;
        _owner = owner;
        _rows = new LiveTrie(store, null);
        _updater = new TrieUpdater(this);
    }

    public SortedDictionary<Hash256, byte[]> Content { get; } = [];

    public Hash256 Root { get; private set; } = TrieRoot.Empty;

    /// <summary>Applies one batch; an empty value deletes. Returns what it wrote.</summary>
    public byte[] Apply(IEnumerable<KeyValuePair<Hash256, byte[]>> changes)
    {
        _changes.Clear();
        List<KeyValuePair<Hash256, byte[]>> list = changes.ToList();
        foreach ((Hash256 key, byte[] value) in list) _changes.Add(key, Content.ContainsKey(key), value);
        _changes.Sort();
        using WriteBatch batch = new();
        // leaves are looked for in the content before the changes
        Root = _updater.Update(_owner, Root, _changes, batch, null);
        foreach ((Hash256 key, byte[] value) in list)
        {
            if (value.Length == 0) Content.Remove(key);
            else Content[key] = value;
        }
        _store.Write(batch, sync: false);
        return batch.ToArray();
    }

    public IReadOnlyList<byte[]> Prove(in Hash256 key) => TrieProof.Prove(this, Root, _owner, key);

    public bool TryGetBranch(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer row) => _rows.TryGetBranch(owner, path, row);

    public Hash256 GetLeaf(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer value)
    {
        byte[] full = new byte[owner.Length + Hash256.Length];
        owner.CopyTo(full);
        foreach ((Hash256 key, byte[] found) in Content)
        {
            key.CopyTo(full.AsSpan(owner.Length));
            if (!LeafRows.IsBelow(owner, path, full)) continue;
            value.Set(found);
            return key;
        }
        throw LeafRows.Missing();
    }

    /// <summary>The root and the rows are those of a trie that was built from the content at once.</summary>
    public void CheckAgainstFreshTrie()
    {
        IEnumerable<KeyValuePair<byte[], byte[]>> pairs = Content.Select(pair => KeyValuePair.Create(pair.Key.ToArray(), pair.Value)).ToList();
        Assert.Equal(NaiveTrie.Root(pairs), Root);
        Assert.Equal(NaiveTrie.Root(pairs), TrieRoot.Of(pairs));
        RowCollector fresh = new(_owner);
        using TrieBuilder builder = new(fresh);
        foreach ((Hash256 key, byte[] value) in Content) builder.Add(key.Bytes, value);
        Assert.Equal(Root, builder.Finish());
        Assert.Equal(fresh.Rows, Rows());
    }

    /// <summary>All node rows of this trie.</summary>
    public SortedDictionary<string, string> Rows()
    {
        SortedDictionary<string, string> rows = new(StringComparer.Ordinal);
        byte[] trie = new byte[NodeKey.Maximum];
        int length = NodeKey.WriteTrie(_owner, trie);
        using KeyValueIterator iterator = _store.CreateIterator(Column.Nodes, trie.AsSpan(0, length));
        for (iterator.SeekToFirst(); iterator.IsValid; iterator.Next()) rows.Add(Hex.Encode(iterator.Key), Hex.Encode(iterator.Value));
        return rows;
    }

    // its rows are always as they are now
    public void Reset()
    {
    }

    public void Dispose() => _updater.Dispose();

    /// <summary>
    /// Keys that differ in few nibbles, at the top, in the middle and at the very end, so that splits, merges and nodes shorter than 32
    /// bytes occur all the time; values from one byte to more than a branch.
    /// </summary>
    public static Gen<KeyValuePair<Hash256, byte[]>> Change =>
        from first in Gen.Elements<byte>(0x00, 0x01, 0x10, 0xF0)
        from middle in Gen.Elements<byte>(0x00, 0x00, 0x01, 0x20)
        from late in Gen.Elements<byte>(0x00, 0x00, 0x10)
        from last in Gen.Elements<byte>(0x00, 0x01, 0x02, 0x10, 0xFF)
        from kind in Gen.Choose(0, 5)
        from fill in Gen.Choose(1, 255)
        select KeyValuePair.Create(KeyOf(first, middle, late, last), ValueOf(kind, (byte)fill));

    /// <summary>Batches of changes, each key once per batch.</summary>
    public static Arbitrary<KeyValuePair<Hash256, byte[]>[][]> Batches => Property.Sequences(
        from count in Gen.Choose(0, 12)
        from changes in Change.ArrayOf(count)
        select changes.DistinctBy(change => change.Key).ToArray(), 1, 10);

    private static Hash256 KeyOf(byte first, byte middle, byte late, byte last)
    {
        byte[] key = new byte[32];
        (key[0], key[9], key[30], key[31]) = (first, middle, late, last);
        return Hash256.FromBytes(key);
    }

    private static byte[] ValueOf(int kind, byte fill) => kind switch
    {
        0 or 1 => [],
        2 or 3 => [fill],
        4 => Enumerable.Repeat(fill, 33).ToArray(),
        _ => Enumerable.Repeat(fill, 600).ToArray(),
    };

    private sealed class RowCollector(byte[] owner) : ITrieSink
    {
        public SortedDictionary<string, string> Rows { get; } = new(StringComparer.Ordinal);

        public void Node(ReadOnlySpan<byte> path, ReadOnlySpan<byte> blob)
        {
            byte[] key = new byte[NodeKey.Maximum];
            int length = NodeKey.WritePath(key, NodeKey.WriteTrie(owner, key), path);
            Rows.Add(Hex.Encode(key.AsSpan(0, length)), Hex.Encode(blob));
        }
    }
}
