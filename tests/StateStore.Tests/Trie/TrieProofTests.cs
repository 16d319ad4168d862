using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.TestSupport;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class TrieProofTests
{
    private const string Folder = "vectors/execution-apis/tests/";

    [Fact]
    public void ProvesPresenceAndAbsence() => Property.Check(TrieHarness.Batches, batches =>
    {
        using MemoryStore store = new();
        using TrieHarness trie = new(store, []);
        HashSet<Hash256> seen = [];
        foreach (KeyValuePair<Hash256, byte[]>[] batch in batches)
        {
            seen.UnionWith(batch.Select(item => item.Key));
            trie.Apply(batch);
        }
        foreach (Hash256 key in seen)
        {
            IReadOnlyList<byte[]> proof = trie.Prove(key);
            Assert.True(TrieProof.TryVerify(trie.Root, key.Bytes, proof, out byte[] value));
            Assert.Equal(trie.Content.GetValueOrDefault(key, []), value);
            Assert.All(proof.Skip(1), node => Assert.True(node.Length >= 32));
        }
    }, 400);

    // The four shapes of absence: no trie, no child, another leaf, another extension.
    [Theory]
    [InlineData(new byte[0], 0)]
    [InlineData(new byte[] { 0x10, 0x20 }, 1)]
    [InlineData(new byte[] { 0x35 }, 1)]
    [InlineData(new byte[] { 0x31, 0x32 }, 1)]
    public void EveryShapeOfAbsence(byte[] keys, int nodes)
    {
        static Hash256 Key(byte first) => Hash256.FromBytes([first, .. new byte[31]]);
        using MemoryStore store = new();
        using TrieHarness trie = new(store, []);
        trie.Apply(keys.Select(first => KeyValuePair.Create(Key(first), new byte[40].Select(_ => first).ToArray())));
        IReadOnlyList<byte[]> proof = trie.Prove(Key(0x40));
        Assert.Equal(nodes, proof.Count);
        Assert.True(TrieProof.TryVerify(trie.Root, Key(0x40).Bytes, proof, out byte[] value));
        Assert.Empty(value);
    }

    [Fact]
    public void MutatedProofsFail()
    {
        Gen<Mutation> mutations =
            from size in Gen.Choose(1, 200)
            from key in Gen.Choose(0, 250)
            from kind in Gen.Choose(0, 7)
            from place in Gen.Choose(0, int.MaxValue)
            from bit in Gen.Choose(0, 7)
            select new Mutation(size, key, kind, place, bit);
        int changed = 0;
        Property.Check(mutations, mutation =>
        {
            using MemoryStore store = new();
            using TrieHarness trie = new(store, []);
            trie.Apply(Enumerable.Range(0, mutation.Size).Select(i => KeyValuePair.Create(Keccak256.Hash([(byte)i]), new byte[] { (byte)(i + 1), 5 })));
            Hash256 key = Keccak256.Hash([(byte)mutation.Key]);
            IReadOnlyList<byte[]> proof = trie.Prove(key);
            Assert.True(TrieProof.TryVerify(trie.Root, key.Bytes, proof, out byte[] expected));
            List<byte[]> other = mutation.Apply(proof);
            if (other.Count == proof.Count && other.Zip(proof).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second))) return;
            changed++;
            Assert.False(TrieProof.TryVerify(trie.Root, key.Bytes, other, out byte[] value));
            Assert.Empty(value);
            // nor does the right proof show anything under another root
            Assert.False(TrieProof.TryVerify(Keccak256.Hash(trie.Root.Bytes), key.Bytes, proof, out value));
            Assert.Equal(mutation.Key < mutation.Size, expected.Length > 0);
        }, 1000);
        Assert.True(changed > 700, $"only {changed} proofs were changed");
    }

    private sealed record Mutation(int Size, int Key, int Kind, int Place, int Bit)
    {
        public List<byte[]> Apply(IReadOnlyList<byte[]> proof)
        {
            List<byte[]> other = proof.Select(node => node.ToArray()).ToList();
            int index = Place % other.Count;
            byte[] node = other[index];
            switch (Kind)
            {
                case 0 or 1:
                    node[Place / 7 % node.Length] ^= (byte)(1 << Bit);
                    break;
                case 2:
                    other.RemoveAt(index);
                    break;
                case 3:
                    other.Insert(index, node);
                    break;
                case 4:
                    other[index] = node[..(Place / 7 % node.Length)];
                    break;
                case 5:
                    other[index] = [.. node, 0x80];
                    break;
                case 6:
                    other.Reverse();
                    break;
                default:
                    other.Add([0x80]);
                    break;
            }
            return other;
        }
    }

    // Nodes whose hash is right because the "root" was made for them: only their shape can be refused.
    [Theory]
    [InlineData("0x05", "it is no list")] // neither a list nor the empty string
    [InlineData("0xc0", "it has 0 items, expected 2 or 17")] // no items
    [InlineData("0xc3010203", "it has 3 items, expected 2 or 17")] // three items
    [InlineData("0xc22080", "a leaf without a value")] // a leaf without a value
    [InlineData("0xc28005", "its path is not in the compact form")] // an empty path
    [InlineData("0xc24005", "its path is not in the compact form")] // an unknown flag
    [InlineData("0xc22105", "its path is not in the compact form")] // an even path with a nibble
    [InlineData("0xc20005", "an extension without a path")] // an extension without a path
    [InlineData("0xc21180", "a child's hash has 0 bytes, expected 32")] // an extension to nothing
    [InlineData("0xc21105", "a child's hash has 1 bytes, expected 32")] // an extension to a short string
    [InlineData("0xc3c02005", "node")] // a list as a path
    [InlineData("0xc22005ff", "node")] // bytes behind the node
    public void RefusesMalformedNodes(string hex, string reason)
    {
        byte[] node = Hex.Decode(hex);
        byte[] key = new byte[32];
        key[0] = 0x11;
        Assert.False(TrieProof.TryVerify(Keccak256.Hash(node), key, [node], out byte[] value));
        Assert.Empty(value);
        ProofFault fault = TrieProof.FindFault(Keccak256.Hash(node), key, [node], out value)!;
        Assert.Equal(ProofFaultKind.Malformed, fault.Kind);
        Assert.StartsWith("node 0 is no node of a trie: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SaysWhatIsWrongWithAProof()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        TestBlocks.CommitNext(database, 3, sync: false);
        using StateReader reader = database.AtSnapshot();
        Hash256 root = reader.StateRoot;
        AccountProof proof = AccountProof.Create(reader, TestBlocks.AddressOf(1), [Hash256.Zero]);
        Assert.Null(proof.FindFault(root));
        Check(proof with { Nodes = [] }, ProofFaultKind.MissingNode, $"the proof has no nodes, expected the node with the hash {root}");
        Check(proof with { Nodes = [.. proof.Nodes.Skip(1)] }, ProofFaultKind.WrongHash, $"expected {root}");
        Check(proof with { Nodes = [.. proof.Nodes.SkipLast(1)] }, ProofFaultKind.MissingNode, "expected one more with the hash ");
        Check(proof with { Nodes = [.. proof.Nodes, [0x80]] }, ProofFaultKind.ExtraNodes, $"the proof ends at node {proof.Nodes.Count - 1}, but has {proof.Nodes.Count + 1} nodes");
        Check(proof with { Account = Account.Empty with { Nonce = 77 } }, ProofFaultKind.OtherValue, "the proof shows ");
        Check(proof with { Storage = [proof.Storage[0] with { Value = 77 }] }, ProofFaultKind.OtherValue, "not 77");

        void Check(AccountProof wrong, ProofFaultKind kind, string expected)
        {
            ProofFault fault = wrong.FindFault(root)!;
            Assert.Equal(kind, fault.Kind);
            Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
            Assert.False(wrong.Verify(root));
        }
    }

    [Fact]
    public void RandomNodesNeverBreakTheVerifier()
    {
        Gen<byte> items = Gen.Elements<byte>(0x00, 0x11, 0x20, 0x31, 0x80, 0x81, 0xC0, 0xC1, 0xC2, 0xD1, 0xC7, 0xF8);
        Property.Check(Property.Sequences(items, 1, 30), node =>
        {
            byte[] key = new byte[32];
            bool good = TrieProof.TryVerify(Keccak256.Hash(node), key, [node], out byte[] value);
            if (!good) Assert.Empty(value);
        }, 5000);
    }

    [Fact]
    public void AcceptsTheEmptyTrie()
    {
        Assert.True(TrieProof.TryVerify(TrieRoot.Empty, new byte[32], [], out byte[] value));
        Assert.Empty(value);
        Assert.True(TrieProof.TryVerify(TrieRoot.Empty, new byte[32], [[0x80]], out _));
        Assert.False(TrieProof.TryVerify(Hash256.Zero, new byte[32], [], out _));
    }

    [SharedDataTheory(Folder + "eth_getProof")]
    [InlineData("get-account-proof-blockhash.io")]
    [InlineData("get-account-proof-default-block.io")]
    [InlineData("get-account-proof-latest.io")]
    [InlineData("get-account-proof-with-storage.io")]
    public void VerifiesTheProofsOfExecutionApis(string file)
    {
        Hash256 root = Hash256.Parse(Answer(Folder + "eth_getBlockByNumber/get-latest.io").Text("stateRoot"));
        AccountProof proof = ReadProof(Answer(Folder + "eth_getProof/" + file));
        Assert.True(proof.Verify(root));
        Assert.NotEmpty(proof.Nodes);
        Assert.False(proof.Verify(Keccak256.Hash(root.Bytes)));
        Assert.False((proof with { Account = proof.Account with { Nonce = proof.Account.Nonce + 1 } }).Verify(root));
        Assert.False((proof with { Account = proof.Account with { Balance = proof.Account.Balance + UInt256.One } }).Verify(root));
        Assert.False((proof with { Address = Address.Zero }).Verify(root));
        foreach (StorageProof slot in proof.Storage)
        {
            StorageProof wrong = slot with { Value = slot.Value + UInt256.One };
            Assert.False((proof with { Storage = [wrong] }).Verify(root));
            Assert.False((proof with { Storage = [slot with { Key = Keccak256.OfEmpty }] }).Verify(root));
        }
    }

    private static JsonElement Answer(string file)
    {
        string line = File.ReadLines(Vectors.Path(file)).First(text => text.StartsWith("<<", StringComparison.Ordinal));
        using JsonDocument document = JsonDocument.Parse(line[2..]);
        return document.RootElement.GetProperty("result").Clone();
    }

    private static AccountProof ReadProof(JsonElement result)
    {
        static List<byte[]> Nodes(JsonElement list) => list.EnumerateArray().Select(node => Hex.Decode(node.GetString()!)).ToList();
        Account account = new(
            (ulong)UInt256.Parse(result.Text("nonce")),
            UInt256.Parse(result.Text("balance")),
            Hash256.Parse(result.Text("storageHash")),
            Hash256.Parse(result.Text("codeHash")));
        List<StorageProof> storage = result.GetProperty("storageProof").EnumerateArray().Select(slot => new StorageProof(
            Hash256.FromUInt256(UInt256.Parse(slot.Text("key"))), UInt256.Parse(slot.Text("value")), Nodes(slot.GetProperty("proof")))).ToList();
        return new AccountProof(Address.Parse(result.Text("address")), account, Nodes(result.GetProperty("accountProof")), storage);
    }
}
