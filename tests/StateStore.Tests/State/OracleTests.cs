using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>Random blocks, followed by a trie library that shares nothing with this one.</summary>
public sealed class OracleTests
{
    private const int Chains = 4;
    private const int Blocks = 60;

    [OracleFact]
    public void AnotherLibraryFollowsRandomBlocks()
    {
        using TemporaryDirectory directory = new();
        string path = directory.Sub("sequence");
        int proofs = 0;
        using (StreamWriter file = File.CreateText(path))
        {
            for (int seed = 0; seed < Chains; seed++)
            {
                using RocksDbStore store = RocksDbStore.Open(directory.Sub($"chain{seed}"));
                StateDatabase database = StateDatabase.Open(store);
                for (int i = 0; i < Blocks; i++)
                {
                    TestBlocks.CommitNext(database, seed, sync: false);
                    WriteBlock(file, database);
                }
                proofs += WriteProofs(file, database, new Random(seed));
            }
        }
        (int exit, string output, string problem) = TestData.Run("node", [OracleFactAttribute.Script("sequences.mjs"), path]);
        Assert.True(exit == 0, output + problem);
        Assert.Equal($"{Chains * Blocks} blocks, {proofs} proofs, 0 differences", output.Trim());
    }

    private static void WriteBlock(StreamWriter file, StateDatabase database)
    {
        ulong number = database.Head.Number;
        using StateReader reader = database.AtHead();
        IEnumerable<object> changes = number == 0
            ? StateDump.Accounts(reader).Select(account => Change(
                account.Address, account.Account, StateDump.Slots(reader, account.AddressHash).Select(slot => (slot.Key, slot.Value))))
            : StateDiff.Between(database, number - 1, number).Select(account => Change(
                account.Address, account.After, account.Slots.Select(slot => (slot.Key, slot.After))));
        file.WriteLine(JsonSerializer.Serialize(new { block = number, stateRoot = database.Head.StateRoot.ToString(), accounts = changes.ToArray() }));
    }

    private static object Change(Address? address, Account? account, IEnumerable<(Hash256? Key, Hash256 Value)> slots) => new
    {
        address = address!.Value.ToString(),
        account = account is Account present
            ? new { nonce = Quantity(present.Nonce), balance = Quantity(present.Balance), codeHash = present.CodeHash.ToString() }
            : null,
        slots = slots.Select(slot => new[] { slot.Key!.Value.ToString(), slot.Value.ToString() }).ToArray(),
    };

    private static int WriteProofs(StreamWriter file, StateDatabase database, Random random)
    {
        int proofs = 0;
        for (ulong block = 0; block < Blocks; block += 3)
        {
            using StateReader reader = database.At(block);
            for (int i = 0; i < 4; i++)
            {
                // 60 addresses are used and 40 keys: some of these are never there
                Hash256[] keys = [Hash256.FromUInt256((ulong)random.Next(45)), Hash256.FromUInt256((ulong)random.Next(45))];
                AccountProof proof = AccountProof.Create(reader, TestBlocks.AddressOf(random.Next(70)), keys);
                Assert.True(proof.Verify(reader.StateRoot));
                file.WriteLine(JsonSerializer.Serialize(new
                {
                    block,
                    stateRoot = reader.StateRoot.ToString(),
                    proof = new
                    {
                        address = proof.Address.ToString(),
                        accountProof = proof.Nodes.Select(node => Hex.Encode(node)).ToArray(),
                        nonce = Quantity(proof.Account.Nonce),
                        balance = Quantity(proof.Account.Balance),
                        storageHash = proof.Account.StorageRoot.ToString(),
                        codeHash = proof.Account.CodeHash.ToString(),
                        storageProof = proof.Storage.Select(slot => new
                        {
                            key = slot.Key.ToString(),
                            value = Quantity(slot.Value),
                            proof = slot.Nodes.Select(node => Hex.Encode(node)).ToArray(),
                        }).ToArray(),
                    },
                }));
                proofs++;
            }
        }
        return proofs;
    }

    private static string Quantity(UInt256 value) => value.ToHexString();
}
