using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class StateDatabaseTests
{
    private static MemoryStore Chain(int blocks, int seed = 5)
    {
        MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        for (int i = 0; i < blocks; i++) TestBlocks.CommitNext(database, seed, sync: false);
        return store;
    }

    private static StoreException OpenFails(IKeyValueStore store) => Assert.Throws<StoreException>(() => StateDatabase.Open(store));

    [Fact]
    public void ANewDatabaseIsEmpty()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        Assert.False(database.HasGenesis);
        Assert.Throws<InvalidOperationException>(() => database.Head);
        Assert.Throws<InvalidOperationException>(() => database.ChainId);
        Assert.Throws<InvalidOperationException>(() => database.GenesisHash);
        Assert.Throws<InvalidOperationException>(() => database.At(0));
        using StateReader reader = database.AtSnapshot();
        Assert.Null(reader.Block);
        Assert.False(reader.TryGetAccount(Address.Zero, out Account account));
        Assert.Equal(Account.Empty, account);
        Assert.Null(StateVerifier.FindDisagreement(reader));
        database.RequireChain(1, Hash256.Zero);
        using StateCommit commit = database.CreateWorld().ComputeCommit(0);
        Assert.Equal((TrieRoot.Empty, 0), (commit.StateRoot, commit.Batch.Count));
    }

    [Fact]
    public void KeepsItsChainAndHead()
    {
        using MemoryStore store = Chain(4);
        StateDatabase database = StateDatabase.Open(store);
        Assert.Equal((TestBlocks.ChainId, TestBlocks.HashOf(0), 3UL, 0UL), (database.ChainId, database.GenesisHash, database.Head.Number, database.Floor));
        Assert.Equal(TestBlocks.HashOf(3), database.Head.Hash);
        database.RequireChain(TestBlocks.ChainId, TestBlocks.HashOf(0));
        // rows that the caller put into the batch came with it
        Assert.Equal(TestBlocks.HashOf(2).ToArray(), store.Get(Column.Headers, BitConverter.GetBytes(2UL)));
    }

    [Fact]
    public void RefusesAnotherChain()
    {
        using MemoryStore store = Chain(1);
        StateDatabase database = StateDatabase.Open(store);
        StoreException id = Assert.Throws<StoreException>(() => database.RequireChain(1, TestBlocks.HashOf(0)));
        Assert.Equal((StoreFault.OtherChain, "the database belongs to chain 77, not to chain 1"), (id.Fault, id.Message));
        StoreException genesis = Assert.Throws<StoreException>(() => database.RequireChain(77, Hash256.Zero));
        Assert.Equal(StoreFault.OtherChain, genesis.Fault);
        Assert.Contains(TestBlocks.HashOf(0).ToString(), genesis.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesANewerFormat()
    {
        using MemoryStore store = Chain(1);
        store.Put(Column.Meta, "format"u8, [0, 0, 0, 4]);
        StoreException fault = OpenFails(store);
        Assert.Equal(StoreFault.UnknownFormat, fault.Fault);
        Assert.Contains("the database has format 4, this build knows format 3", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format")]
    [InlineData("chain")]
    [InlineData("genesis")]
    [InlineData("head")]
    [InlineData("nodes")]
    [InlineData("floor")]
    public void RefusesMissingAndDamagedRows(string row)
    {
        byte[] key = System.Text.Encoding.ASCII.GetBytes(row);
        using MemoryStore store = Chain(2);
        byte[] value = store.Get(Column.Meta, key)!;
        store.Delete(Column.Meta, key);
        StoreException missing = OpenFails(store);
        Assert.Equal(StoreFault.Corrupt, missing.Fault);
        Assert.Contains($"\"{row}\"", missing.Message, StringComparison.Ordinal);
        store.Put(Column.Meta, key, value.AsSpan(1));
        StoreException damaged = OpenFails(store);
        Assert.Equal(StoreFault.Corrupt, damaged.Fault);
        Assert.Contains(row, damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesAFloorAboveTheHead()
    {
        using MemoryStore store = Chain(2);
        byte[] floor = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(floor, 2);
        store.Put(Column.Meta, "floor"u8, floor);
        Assert.Equal("the floor, block 2, is above the head, block 1", OpenFails(store).Message);
    }

    [Fact]
    public void RefusesABlockThatDoesNotFollowTheHead()
    {
        using MemoryStore store = Chain(3);
        StateDatabase database = StateDatabase.Open(store);
        using StateCommit late = database.CreateWorld().ComputeCommit(4);
        Assert.Throws<InvalidOperationException>(() => database.Commit(late, Hash256.Zero));
        WorldState world = database.CreateWorld();
        world.AddBalance(Address.Zero, 1);
        using StateCommit stale = world.ComputeCommit(3);
        WorldState other = database.CreateWorld();
        other.AddBalance(Address.Zero, 2);
        using StateCommit first = other.ComputeCommit(3);
        database.Commit(first, Hash256.Zero);
        Assert.Throws<InvalidOperationException>(() => database.Commit(stale, Hash256.Zero));
        Assert.Throws<InvalidOperationException>(() => database.CommitGenesis(stale, 1, Hash256.Zero));
        using StateReader old = database.At(1);
        Assert.Throws<InvalidOperationException>(() => new WorldState(old).ComputeCommit(4));
    }

    [Fact]
    public void WorldsOverEarlierBlocksReadTheirState()
    {
        using MemoryStore store = Chain(10);
        StateDatabase database = StateDatabase.Open(store);
        using MemoryStore shorter = Chain(6);
        StateDatabase same = StateDatabase.Open(shorter);
        using StateReader old = database.At(5);
        Assert.Equal(database.Head, old.Head);
        WorldState past = new(old);
        WorldState present = same.CreateWorld();
        for (int i = 0; i < 60; i++)
        {
            Address address = TestBlocks.AddressOf(i);
            Assert.Equal(present.GetBalance(address), past.GetBalance(address));
            Assert.Equal(present.GetCode(address).ToArray(), past.GetCode(address).ToArray());
            for (ulong key = 0; key < 40; key++)
                Assert.Equal(present.GetStorage(address, Hash256.FromUInt256(key)), past.GetStorage(address, Hash256.FromUInt256(key)));
        }
    }

    [Fact]
    public void OtherThanTheHeadIsRefusedByName()
    {
        using MemoryStore store = Chain(5);
        StateDatabase database = StateDatabase.Open(store);
        StoreException above = Assert.Throws<StoreException>(() => database.At(5));
        Assert.Equal((StoreFault.AboveHead, "block 5 is above the head, block 4"), (above.Fault, above.Message));
        Assert.True(StateHistory.RaiseFloor(database, 3));
        StoreException below = Assert.Throws<StoreException>(() => database.At(2));
        Assert.Equal((StoreFault.BelowFloor, "the state of block 2 is no longer kept: the oldest is that of block 3"), (below.Fault, below.Message));
        Assert.Throws<ArgumentOutOfRangeException>(() => StateHistory.RaiseFloor(database, 5));
        using StateReader historical = database.At(3);
        Assert.Throws<InvalidOperationException>(() => StateVerifier.FindDisagreement(historical));
    }

    [Fact]
    public void ABlockExecutedAgainOnTheStateBeforeItHasItsRoot()
    {
        const ulong Last = 40;
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        List<Hash256> roots = [];
        for (ulong number = 0; number <= Last; number++)
        {
            TestBlocks.CommitNext(database, 5, sync: false);
            roots.Add(database.Head.StateRoot);
        }
        for (ulong number = 1; number <= Last + 1; number++)
        {
            using StateReader before = database.At(number - 1);
            WorldState world = new(before);
            TestBlocks.Apply(world, number, 5);
            Hash256 root = world.ComputeRoot();
            if (number <= Last) Assert.Equal(roots[(int)number], root);
            else
            {
                TestBlocks.CommitNext(database, 5, sync: false);
                Assert.Equal(database.Head.StateRoot, root);
            }
        }
        using StateReader flat = database.At(3, tries: false);
        Assert.Throws<InvalidOperationException>(() => new WorldState(flat).ComputeRoot());
    }

    [Fact]
    public void RaisingTheFloorDeletesJustTheRowsBelow()
    {
        using MemoryStore store = Chain(12);
        StateDatabase database = StateDatabase.Open(store);
        List<string> before = HistoryRowsOf(store);
        using StateReader oldReader = database.At(2);
        Hash256 expected = ReadAll(oldReader);
        // in three steps, as a node would between blocks; lowering it does nothing
        Assert.False(StateHistory.RaiseFloor(database, 7, maximumBlocks: 2));
        Assert.Equal(7UL, database.Floor);
        Assert.False(StateHistory.RaiseFloor(database, 1, maximumBlocks: 2));
        Assert.True(StateHistory.RaiseFloor(database, 7));
        List<string> kept = before.Where(key => HistoryRows.BlockOf(Hex.Decode(key)) > 7).ToList();
        Assert.Equal(kept, HistoryRowsOf(store));
        Assert.NotEmpty(kept);
        // a reader from before reads on through its snapshot
        Assert.Equal(expected, ReadAll(oldReader));
        for (ulong block = 7; block < 12; block++)
        {
            using MemoryStore shorter = Chain((int)block + 1);
            using StateReader now = StateDatabase.Open(shorter).AtSnapshot();
            using StateReader then = database.At(block);
            Assert.Equal(ReadAll(now), ReadAll(then));
        }
        TestBlocks.CommitNext(database, 5, sync: false);
        using StateReader head = database.AtSnapshot();
        Assert.Null(StateVerifier.FindDisagreement(head));
    }

    private static List<string> HistoryRowsOf(IKeyValueStore store)
    {
        List<string> rows = [];
        using KeyValueIterator iterator = store.CreateIterator(Column.History);
        for (iterator.SeekToFirst(); iterator.IsValid; iterator.Next()) rows.Add(Hex.Encode(iterator.Key));
        return rows;
    }

    private static Hash256 ReadAll(StateReader reader)
    {
        using RlpWriter all = new();
        for (int i = 0; i < 60; i++)
        {
            Address address = TestBlocks.AddressOf(i);
            _ = reader.TryGetAccount(address, out Account account);
            account.WriteRlp(all);
            for (ulong key = 0; key < 40; key++) all.Write(reader.GetStorage(address, Hash256.FromUInt256(key)));
        }
        return Keccak256.Hash(all.Written);
    }

    [Fact]
    public void TheHistoryNamesTheTouchedAccounts()
    {
        using MemoryStore store = Chain(1);
        StateDatabase database = StateDatabase.Open(store);
        WorldState world = database.CreateWorld();
        for (int i = 0; i < 5; i++) world.AddBalance(TestBlocks.AddressOf(i), 1);
        _ = world.GetBalance(TestBlocks.AddressOf(7));
        using StateCommit commit = world.ComputeCommit(1);
        database.Commit(commit, Hash256.Zero);
        List<Hash256> expected = Enumerable.Range(0, 5).Select(i => Keccak256.Hash(TestBlocks.AddressOf(i).Bytes)).Order().ToList();
        Assert.Equal(expected, StateHistory.TouchedAccounts(database, 1));
        Assert.Equal(StoreFault.Corrupt, Assert.Throws<StoreException>(() => StateHistory.TouchedAccounts(database, 2)).Fault);
    }

    [Fact]
    public void RefusesARollbackOfAnotherHead()
    {
        using MemoryStore store = Chain(4);
        StateDatabase database = StateDatabase.Open(store);
        using StateCommit rollback = StateHistory.ComputeRollback(database);
        TestBlocks.CommitNext(database, 5, sync: false);
        Assert.Throws<InvalidOperationException>(() => StateHistory.Rollback(database, rollback, Hash256.Zero));
    }

    [Fact]
    public void ARollbackThatDoesNotLeadToTheParentIsRefused()
    {
        using MemoryStore store = Chain(4);
        StateDatabase database = StateDatabase.Open(store);
        Hash256 touched = StateHistory.TouchedAccounts(database, 3)[0];
        byte[] key = new byte[HistoryRows.MaximumKey];
        int length = HistoryRows.WriteKey(HistoryRows.AccountKind, touched.Bytes, 3, key);
        using RlpWriter row = new();
        (Account.Empty with { Balance = 424242 }).WriteRow(row);
        store.Put(Column.History, key.AsSpan(0, length), row.Written);
        Assert.Equal(StoreFault.Corrupt, Assert.Throws<StoreException>(() => StateHistory.ComputeRollback(database)).Fault);
    }

    [Fact]
    public async Task ReadersInOtherThreadsSeeWholeBlocks()
    {
        using MemoryStore store = Chain(1);
        StateDatabase database = StateDatabase.Open(store);
        using System.Threading.CancellationTokenSource done = new();
        Task<int>[] readers = Enumerable.Range(0, 2).Select(number => Task.Run(() =>
        {
            int reads = 0;
            while (!done.IsCancellationRequested || reads == 0)
            {
                using StateReader reader = database.AtSnapshot();
                Assert.Null(StateVerifier.FindDisagreement(reader));
                using StateReader earlier = database.At(reader.Head!.Number / 2);
                _ = ReadAll(earlier);
                reads++;
            }
            return reads;
        })).ToArray();
        for (int i = 0; i < 60; i++) TestBlocks.CommitNext(database, 9, sync: false);
        await done.CancelAsync();
        foreach (Task<int> reader in readers) Assert.True(await reader > 0);
    }

    [Fact]
    public void DumpsNameUnknownPreimagesAsSuch()
    {
        using MemoryStore store = Chain(3);
        StateDatabase database = StateDatabase.Open(store);
        using StateReader reader = database.AtHead();
        DumpedAccount account = StateDump.Accounts(reader).First(item => StateDump.Slots(reader, item.AddressHash).Any());
        DumpedSlot slot = StateDump.Slots(reader, account.AddressHash).First();
        byte[] preimage = store.Get(Column.Preimages, slot.KeyHash.Bytes)!;
        store.Delete(Column.Preimages, account.AddressHash.Bytes);
        store.Delete(Column.Preimages, slot.KeyHash.Bytes);
        Assert.Null(StateDump.Accounts(reader).First(item => item.AddressHash == account.AddressHash).Address);
        Assert.Equal(slot with { Key = null }, StateDump.Slots(reader, account.AddressHash).First());
        preimage[5] ^= 1;
        store.Put(Column.Preimages, slot.KeyHash.Bytes, preimage);
        Assert.Equal(StoreFault.Corrupt, Assert.Throws<StoreException>(() => StateDump.Slots(reader, account.AddressHash).First()).Fault);
    }
}
