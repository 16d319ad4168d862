using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>The verifier is only worth something if it finds what is wrong.</summary>
public sealed class StateVerifierTests
{
    private static (MemoryStore Store, StateDatabase Database) Chain()
    {
        MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        for (int i = 0; i < 5; i++) TestBlocks.CommitNext(database, 3, sync: false);
        return (store, database);
    }

    private static string? Find(StateDatabase database)
    {
        using StateReader reader = database.AtSnapshot();
        return StateVerifier.FindDisagreement(reader);
    }

    private static List<byte[]> Keys(IKeyValueStore store, Column column)
    {
        List<byte[]> keys = [];
        using KeyValueIterator rows = store.CreateIterator(column);
        for (rows.SeekToFirst(); rows.IsValid; rows.Next()) keys.Add(rows.Key.ToArray());
        return keys;
    }

    // Any single row of the live state, changed in any bit or deleted, is found.
    [Fact]
    public void FindsEveryDamagedRow()
    {
        (MemoryStore store, StateDatabase database) = Chain();
        using (store)
        {
            Assert.Null(Find(database));
            HashSet<Hash256> usedCode = [];
            using (StateReader reader = database.AtSnapshot())
                foreach (DumpedAccount account in StateDump.Accounts(reader)) usedCode.Add(account.Account.CodeHash);
            foreach (Column column in new[] { Column.Accounts, Column.Slots, Column.Nodes, Column.Code })
            {
                List<byte[]> keys = Keys(store, column).Where(key => column != Column.Code || usedCode.Contains(Hash256.FromBytes(key))).ToList();
                Assert.NotEmpty(keys);
                Gen<(int, int, int)> damages = Property.Three(Gen.Choose(0, keys.Count - 1), Gen.Choose(0, int.MaxValue), Gen.Choose(0, 8));
                Property.Check(damages, damage =>
                {
                    (int index, int place, int bit) = damage;
                    byte[] key = keys[index];
                    byte[] value = store.Get(column, key)!;
                    byte[] changed = value.ToArray();
                    if (bit < 8) changed[place % changed.Length] ^= (byte)(1 << bit);
                    if (bit < 8) store.Put(column, key, changed);
                    else store.Delete(column, key);
                    Assert.NotNull(Find(database));
                    store.Put(column, key, value);
                    Assert.Null(Find(database));
                }, 60);
            }
        }
    }

    [Fact]
    public void NamesWhatIsWrong()
    {
        (MemoryStore store, StateDatabase database) = Chain();
        using (store)
        {
            byte[] account = Keys(store, Column.Accounts)[3];
            byte[] row = store.Get(Column.Accounts, account)!;
            byte[] slot = Keys(store, Column.Slots)[0];
            byte[] orphan = [.. Enumerable.Repeat((byte)0xFF, 33).ToArray(), .. slot[33..]];

            Check(Column.Slots, orphan, [1], $"the slot {Hex.Encode(orphan)} belongs to no account");
            Check(Column.Slots, [0, 1], [1], "the slot key 0x0001 has the wrong length");
            Check(Column.Slots, slot, [0, 1], "a stored slot cannot be decoded");
            Check(Column.Slots, slot, [], $"the slot {Hex.Encode(slot)} is stored as zero");
            Check(Column.Accounts, [1], [1], "the account key 0x01 has the wrong length");
            byte[] unknownOwner = [1, .. Enumerable.Repeat((byte)0xEE, 32).ToArray()];
            Check(Column.Nodes, unknownOwner, [1], "there are trie nodes of account 0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee, which has no storage");
            byte[] extra = [0, 1, 2, 3, 4, 5, 6];
            Check(Column.Nodes, extra, [1], $"the account trie has {Keys(store, Column.Nodes).Count(key => key[0] == 0) + 1} stored nodes instead of {Keys(store, Column.Nodes).Count(key => key[0] == 0)}");
            Check(Column.Nodes, [0], [1], "the node at the root of the account trie differs from the flat rows");

            using RlpWriter richer = new();
            Account found = Account.FromRow(row);
            (found with { Balance = found.Balance + UInt256.One }).WriteRow(richer);
            store.Put(Column.Accounts, account, richer.Written);
            Assert.StartsWith("the node at path ", Find(database), StringComparison.Ordinal);
            store.Put(Column.Accounts, account, row);
            Assert.Null(Find(database));
        }

        void Check(Column column, byte[] key, byte[] value, string expected)
        {
            byte[]? before = store.Get(column, key);
            store.Put(column, key, value);
            Assert.Equal(expected, Find(database));
            if (before is null) store.Delete(column, key);
            else store.Put(column, key, before);
            Assert.Null(Find(database));
        }
    }

    [Fact]
    public void FindsAHeadWithAnotherRoot()
    {
        (MemoryStore store, StateDatabase database) = Chain();
        using (store)
        {
            BlockHead head = database.Head;
            store.Put(Column.Meta, "head"u8, (head with { StateRoot = Hash256.Zero }).ToRow());
            Assert.Equal($"the accounts have the state root {head.StateRoot}, the head has {Hash256.Zero}", Find(StateDatabase.Open(store)));
        }
    }
}
