using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.TestSupport;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class TrieRootTests
{
    [Fact]
    public void EmptyRootIsTheConstant()
    {
        Assert.Equal("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421", TrieRoot.Empty.ToString());
        Assert.Equal(TrieRoot.Empty, TrieRoot.Of([]));
        Assert.Equal(TrieRoot.Empty, TrieRoot.OfList([]));
        Assert.Equal(TrieRoot.Empty, TrieRoot.OfSecure([KeyValuePair.Create(new byte[] { 1 }, Array.Empty<byte>())]));
    }

    // Short keys over few nibbles: many are prefixes of others, so branches have values.
    [Fact]
    public void KeysOfDifferentLengthsGiveTheNaiveRoot()
    {
        Gen<KeyValuePair<byte[], byte[]>> pair =
            from length in Gen.Choose(0, 5)
            from key in Gen.Elements<byte>(0x00, 0x01, 0x10, 0x11).ArrayOf(length)
            from size in Gen.Elements(1, 2, 30, 100)
            from fill in Gen.Choose(0, 255)
            select KeyValuePair.Create(key, Enumerable.Repeat((byte)fill, size).ToArray());
        Property.Check(Property.Sequences(pair, 0, 25), pairs =>
        {
            KeyValuePair<byte[], byte[]>[] distinct = pairs.DistinctBy(item => Hex.Encode(item.Key)).ToArray();
            Assert.Equal(NaiveTrie.Root(distinct), TrieRoot.Of(distinct));
            Assert.Equal(NaiveTrie.Root(distinct.Select(item => KeyValuePair.Create(Keccak256.Hash(item.Key).ToArray(), item.Value))), TrieRoot.OfSecure(distinct));
        }, 2000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(300)]
    public void ListsAreTriesOverTheRlpOfTheIndex(int count)
    {
        byte[][] items = Enumerable.Range(0, count).Select(i => Enumerable.Repeat((byte)i, 1 + i * 7 % 60).ToArray()).ToArray();
        List<KeyValuePair<byte[], byte[]>> pairs = [];
        for (int i = 0; i < count; i++)
        {
            using RlpWriter key = new();
            key.Write((ulong)i);
            pairs.Add(KeyValuePair.Create(key.ToArray(), items[i]));
        }
        Assert.Equal(NaiveTrie.Root(pairs), TrieRoot.OfList(items));
        Assert.Equal(TrieRoot.Of(pairs), TrieRoot.OfList(items));
    }

    [Fact]
    public void RefusesWhatIsNoTrie()
    {
        KeyValuePair<byte[], byte[]> pair = KeyValuePair.Create(new byte[] { 1 }, new byte[] { 1 });
        Assert.Throws<ArgumentException>(() => TrieRoot.Of([pair, pair]));
        Assert.Throws<ArgumentException>(() => TrieRoot.Of([KeyValuePair.Create(new byte[33], new byte[] { 1 })]));
        Assert.Throws<ArgumentException>(() => TrieRoot.OfList([[]]));
        using TrieBuilder builder = new();
        builder.Add([2], [1]);
        Assert.Throws<ArgumentException>(() => builder.Add([1], [1]));
    }

    // Every block of the chain of execution-apis: the header's transactions root is that of the block's transactions.
    [SharedDataFact("vectors/execution-apis/tests/chain.rlp")]
    public void TransactionRootsOfRealBlocks()
    {
        byte[] chain = File.ReadAllBytes(Vectors.Path("vectors/execution-apis/tests/chain.rlp"));
        RlpReader blocks = new(chain);
        int count = 0;
        int nonempty = 0;
        while (!blocks.AtEnd)
        {
            RlpReader block = blocks.ReadList("block");
            RlpReader header = block.ReadList("header");
            for (int i = 0; i < 4; i++) header.ReadRaw("field");
            Hash256 expected = header.ReadHash("transactionsRoot");
            RlpReader transactions = block.ReadList("transactions");
            List<byte[]> items = [];
            // a typed transaction is a string around its bytes (EIP-2718), a legacy one is the list itself
            while (!transactions.AtEnd) items.Add((transactions.NextIsList ? transactions.ReadRaw("tx") : transactions.ReadBytes("tx")).ToArray());
            Assert.Equal(expected, TrieRoot.OfList(items));
            count++;
            if (items.Count > 1) nonempty++;
        }
        Assert.True(count > 20 && nonempty > 5, $"{count} blocks, {nonempty} with more than one transaction");
    }
}
