using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class TrieUpdaterTests
{
    private static Hash256 Key(params byte[] start)
    {
        byte[] key = new byte[32];
        start.CopyTo(key, 0);
        return Hash256.FromBytes(key);
    }

    private static KeyValuePair<Hash256, byte[]> Put(Hash256 key, params byte[] value) => KeyValuePair.Create(key, value);

    private static KeyValuePair<Hash256, byte[]> Delete(Hash256 key) => KeyValuePair.Create(key, Array.Empty<byte>());

    [Fact]
    public void BatchesGiveTheRootAndTheRowsOfAFreshTrie() => Property.Check(TrieHarness.Batches, batches =>
    {
        using MemoryStore store = new();
        byte[] owner = batches.Length % 2 == 0 ? [] : Key(7).ToArray();
        using TrieHarness trie = new(store, owner);
        foreach (KeyValuePair<Hash256, byte[]>[] batch in batches)
        {
            trie.Apply(batch);
            trie.CheckAgainstFreshTrie();
        }
    }, 1500);

    [Fact]
    public void RandomKeysGiveTheRootAndTheRowsOfAFreshTrie()
    {
        Gen<KeyValuePair<Hash256, byte[]>> change =
            from number in Gen.Choose(0, 3000)
            from length in Gen.Choose(0, 40)
            select Put(Keccak256.Hash(BitConverter.GetBytes(number)), Enumerable.Repeat((byte)(number | 1), length).ToArray());
        Property.Check(Property.Sequences(change, 300, 1500), changes =>
        {
            using MemoryStore store = new();
            using TrieHarness trie = new(store, []);
            foreach (KeyValuePair<Hash256, byte[]>[] batch in changes.Chunk(200)) trie.Apply(batch.DistinctBy(item => item.Key));
            trie.CheckAgainstFreshTrie();
            trie.Apply(trie.Content.Keys.Select(Delete).ToArray());
            trie.CheckAgainstFreshTrie();
            Assert.Empty(trie.Rows());
        }, 15);
    }

    [Fact]
    public void TheOrderOfChangesDoesNotShow() => Property.Check(Gen.Zip(TrieHarness.Change.ArrayOf(20), Gen.Choose(0, int.MaxValue)), pair =>
    {
        KeyValuePair<Hash256, byte[]>[] changes = pair.Item1.DistinctBy(item => item.Key).ToArray();
        KeyValuePair<Hash256, byte[]>[] shuffled = changes.ToArray();
        new Random(pair.Item2).Shuffle(shuffled);
        using MemoryStore left = new();
        using MemoryStore right = new();
        using TrieHarness first = new(left, []);
        using TrieHarness second = new(right, []);
        Assert.Equal(first.Apply(changes), second.Apply(shuffled));
        Assert.Equal(first.Apply(changes.Select(item => Delete(item.Key))), second.Apply(shuffled.Select(item => Delete(item.Key))));
        Assert.Equal(TrieRoot.Empty, first.Root);
    });

    [Fact]
    public void TriesOfDifferentOwnersDoNotMeet()
    {
        using MemoryStore store = new();
        TrieHarness[] tries = [new(store, []), new(store, Key(0).ToArray()), new(store, Key(1).ToArray()), new(store, Key(1, 1).ToArray())];
        for (int round = 0; round < 3; round++)
            for (int i = 0; i < tries.Length; i++)
                tries[i].Apply([Put(Key((byte)round), (byte)(i + 1)), Put(Key((byte)(i + 1), (byte)(round + 1)), 9)]);
        foreach (TrieHarness trie in tries)
        {
            trie.CheckAgainstFreshTrie();
            trie.Dispose();
        }
    }

    [Fact]
    public void WritesNothingWhereNothingChanges()
    {
        using MemoryStore store = new();
        using TrieHarness trie = new(store, []);
        trie.Apply([Put(Key(1), 1), Put(Key(1, 1), 2), Put(Key(2), 3)]);
        Assert.Empty(trie.Apply([]));
        Assert.Empty(trie.Apply([Put(Key(1), 1), Put(Key(2), 3)]));
        Assert.Empty(trie.Apply([Delete(Key(3)), Delete(Key(1, 2)), Delete(Key(2, 1))]));
        // beside the nibbles that two keys share
        Assert.Empty(trie.Apply([Delete(Key(1, 0x10)), Delete(Key(1, 0x20)), Delete(Key(0x10))]));
        trie.CheckAgainstFreshTrie();
    }

    [Fact]
    public void RefusesAKeyThatIsChangedTwice()
    {
        TrieChanges changes = new();
        changes.Add(Key(1), false, [1]);
        changes.Add(Key(2), false, [1]);
        changes.Add(Key(1), false, []);
        Assert.Throws<ArgumentException>(changes.Sort);
    }

    [Fact]
    public void NamesMissingAndDamagedRows() => Property.Check(Gen.Choose(0, int.MaxValue), seed =>
    {
        Random random = new(seed);
        using MemoryStore store = new();
        using TrieHarness trie = new(store, []);
        trie.Apply(Enumerable.Range(0, 60).Select(i => Put(Keccak256.Hash([(byte)i]), (byte)(i + 1), 1)));
        string[] rows = trie.Rows().Keys.ToArray();
        byte[] row = Hex.Decode(rows[random.Next(rows.Length)]);
        byte[] value = store.Get(Column.Nodes, row)!;
        switch (random.Next(4))
        {
            case 0:
                store.Delete(Column.Nodes, row);
                break;
            case 1:
                store.Put(Column.Nodes, row, value.AsSpan(0, random.Next(value.Length)));
                break;
            case 2:
                value[0] ^= (byte)(1 << random.Next(8));
                store.Put(Column.Nodes, row, value);
                break;
            default:
                store.Put(Column.Nodes, row, [.. value, 1]);
                break;
        }
        // Damage is reported, or leads to another root: never to a crash of another kind.
        Hash256 before = trie.Root;
        try
        {
            trie.Apply(trie.Content.Keys.ToArray().Select((key, i) => i % 2 == 0 ? Delete(key) : Put(key, 77)));
        }
        catch (StoreException fault)
        {
            Assert.Equal(StoreFault.Corrupt, fault.Fault);
            return;
        }
        Assert.NotEqual(before, trie.Root);
    }, 400);
}
