using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>States of other projects, with the roots they must have.</summary>
public sealed class StateVectorTests
{
    private const string Folder = "vectors/ethereum-tests/BlockchainTests/ValidBlocks";

    // "pre" is the genesis state, "postState" the state after the last block: what lies between is written as one block here.
    [SharedDataFact(Folder)]
    public void RootsOfBlockchainTests()
    {
        int count = 0;
        foreach (string file in Directory.GetFiles(Vectors.Path(Folder), "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonProperty item in document.RootElement.EnumerateObject())
            {
                Check(item.Value);
                count++;
            }
        }
        Assert.Equal(20, count);
    }

    private static void Check(JsonElement test)
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        WorldState genesis = database.CreateWorld();
        Write(genesis, test.GetProperty("pre"));
        using StateCommit first = genesis.ComputeCommit(0);
        Assert.Equal(test.GetProperty("genesisBlockHeader").Text("stateRoot"), first.StateRoot.ToString());
        database.CommitGenesis(first, 1, Hash256.Parse(test.GetProperty("genesisBlockHeader").Text("hash")));

        JsonElement last = test.GetProperty("blocks").EnumerateArray().Single(block =>
            block.TryGetProperty("blockHeader", out JsonElement header) && header.Text("hash") == test.Text("lastblockhash")).GetProperty("blockHeader");
        WorldState world = database.CreateWorld();
        Clear(world, test.GetProperty("pre"), test.GetProperty("postState"));
        Write(world, test.GetProperty("postState"));
        using StateCommit second = world.ComputeCommit(1);
        Assert.Equal(last.Text("stateRoot"), second.StateRoot.ToString());
        database.Commit(second, Hash256.Parse(last.Text("hash")));
        using StateReader reader = database.AtSnapshot();
        Assert.Null(StateVerifier.FindDisagreement(reader));
        CheckProofs(reader, test.GetProperty("postState"));
    }

    private static void CheckProofs(StateReader reader, JsonElement state)
    {
        Hash256 root = reader.Head!.StateRoot;
        foreach (JsonProperty item in state.EnumerateObject())
        {
            Hash256[] keys = Slots(item.Value).Select(slot => slot.Key).Append(Keccak256.OfEmpty).ToArray();
            AccountProof proof = AccountProof.Create(reader, Address.Parse(item.Name), keys);
            Assert.True(proof.Verify(root));
            Assert.Equal(UInt256.Parse(item.Value.Text("balance")), proof.Account.Balance);
            Assert.Equal(Slots(item.Value).Select(slot => slot.Value.ToUInt256()).Append(UInt256.Zero), proof.Storage.Select(slot => slot.Value));
        }
        AccountProof absent = AccountProof.Create(reader, TestBlocks.AddressOf(1), [Hash256.Zero]);
        Assert.True(absent.Verify(root));
        Assert.Equal(Account.Empty, absent.Account);
    }

    [SharedDataFact("vectors/execution-apis/tests/genesis.json")]
    public void GenesisRootOfExecutionApis()
    {
        using JsonDocument genesis = Vectors.Json("vectors/execution-apis/tests/genesis.json");
        string line = File.ReadLines(Vectors.Path("vectors/execution-apis/tests/eth_getBlockByNumber/get-genesis.io"))
            .First(text => text.StartsWith("<<", StringComparison.Ordinal));
        using JsonDocument block = JsonDocument.Parse(line[2..]);
        WorldState world = StateDatabase.Open(new MemoryStore()).CreateWorld();
        Write(world, genesis.RootElement.GetProperty("alloc"));
        using StateCommit commit = world.ComputeCommit(0);
        Assert.Equal(block.RootElement.GetProperty("result").Text("stateRoot"), commit.StateRoot.ToString());
        Assert.True(commit.ChangedAccounts > 10);
    }

    [SharedDataFact("vectors/foundry/crates/anvil/test-data/storage_sample.json")]
    public void StorageSampleOfFoundry()
    {
        // the sample has no root of its own: its use is real slots, against the naive trie
        using JsonDocument sample = Vectors.Json("vectors/foundry/crates/anvil/test-data/storage_sample.json");
        WorldState world = StateDatabase.Open(new MemoryStore()).CreateWorld();
        List<(Hash256, Hash256)> slots = [];
        foreach (JsonProperty item in sample.RootElement.EnumerateObject())
        {
            (Hash256 key, Hash256 value) = (Word(item.Name), Word(item.Value.GetString()!));
            world.SetStorage(Address.Zero, key, value);
            slots.Add((key, value));
        }
        using StateCommit commit = world.ComputeCommit(0);
        Assert.Equal(slots.Count(slot => !slot.Item2.IsZero), commit.ChangedSlots);
        Assert.Equal(NaiveTrie.StateRoot([(Address.Zero, 0, UInt256.Zero, [], slots)]), commit.StateRoot);
    }

    private static void Write(WorldState world, JsonElement accounts)
    {
        foreach (JsonProperty item in accounts.EnumerateObject())
        {
            Address address = Address.Parse(item.Name.StartsWith("0x", StringComparison.Ordinal) ? item.Name : "0x" + item.Name);
            world.SetBalance(address, UInt256.Parse(item.Value.Text("balance")));
            if (item.Value.TryGetProperty("nonce", out JsonElement nonce)) world.SetNonce(address, (ulong)UInt256.Parse(nonce.GetString()));
            if (item.Value.TryGetProperty("code", out JsonElement code)) world.SetCode(address, Hex.Decode(code.GetString()));
            foreach ((Hash256 key, Hash256 value) in Slots(item.Value)) world.SetStorage(address, key, value);
        }
    }

    // What is in the first state and not in the second: slots become zero, accounts become empty and are deleted (EIP-161).
    private static void Clear(WorldState world, JsonElement before, JsonElement after)
    {
        world.BeginTransaction();
        foreach (JsonProperty item in before.EnumerateObject())
        {
            Address address = Address.Parse(item.Name);
            foreach ((Hash256 key, Hash256 _) in Slots(item.Value)) world.SetStorage(address, key, Hash256.Zero);
            if (after.TryGetProperty(item.Name, out JsonElement _)) continue;
            world.SetBalance(address, UInt256.Zero);
            world.SetNonce(address, 0);
            world.SetCode(address, []);
        }
        world.EndTransaction();
    }

    private static IEnumerable<(Hash256 Key, Hash256 Value)> Slots(JsonElement account) => account.TryGetProperty("storage", out JsonElement storage)
        ? storage.EnumerateObject().Select(slot => (Word(slot.Name), Word(slot.Value.GetString()!)))
        : [];

    private static Hash256 Word(string text) => Hash256.FromUInt256(UInt256.Parse(text));
}
