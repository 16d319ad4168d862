using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class WorldStateTests
{
    private static readonly Address Alice = Address.FromBytes([.. new byte[19], 0xA]);
    private static readonly Address Bob = Address.FromBytes([.. new byte[19], 0xB]);
    private static readonly Hash256 Key = Hash256.FromUInt256(1);
    private static readonly Hash256 One = Hash256.FromUInt256(1);
    private static readonly Hash256 Two = Hash256.FromUInt256(2);

    [Fact]
    public void AgreesWithTheModel() => Property.Check(Property.Sequences(StateModel.Steps, 20, 250), steps =>
    {
        using MemoryStore store = new();
        StateModel model = new(store);
        foreach (StateModel.Step step in steps) model.Apply(step);
        model.CommitBlock();
        model.CheckHistory();
    }, 250);

    [Fact]
    public void AgreesWithTheModelOnDisk()
    {
        Property.Check(Property.Sequences(StateModel.Steps, 300, 600), steps =>
        {
            using TemporaryDirectory directory = new();
            using RocksDbStore store = RocksDbStore.Open(directory.Path);
            StateModel model = new(store, new StateSettings { LargestNodesAtOnce = 0 });
            foreach (StateModel.Step step in steps) model.Apply(step);
            model.CommitBlock();
            model.CheckHistory();
        }, 8);
    }

    [Fact]
    public void RollsBackBlockByBlock() => Property.Check(Property.Sequences(StateModel.Steps, 50, 300), steps =>
    {
        using MemoryStore store = new();
        StateModel model = new(store);
        List<SortedDictionary<string, string>> rows = [];
        model.CommitBlock();
        rows.Add(model.Rows());
        foreach (StateModel.Step step in steps)
        {
            model.Apply(step);
            if (step.Kind == StateModel.Kind.Block) rows.Add(model.Rows());
        }
        for (int number = rows.Count - 2; number >= 0; number--)
        {
            using StateCommit rollback = StateHistory.ComputeRollback(model.Database);
            StateHistory.Rollback(model.Database, rollback, StateModel.BlockHash((ulong)number));
            Assert.Equal(rows[number], model.Rows());
            using StateReader reader = model.Database.AtSnapshot();
            StateModel.Compare(reader, model.Committed[number]);
            Assert.Null(StateVerifier.FindDisagreement(reader));
        }
        Assert.Equal(StoreFault.BelowFloor, Assert.Throws<StoreException>(() => StateHistory.ComputeRollback(model.Database)).Fault);
    }, 120);

    // The same changes in any order of access make the same batch, byte for byte.
    [Fact]
    public void TheOrderOfAccessDoesNotShow() => Property.Check(Gen.Choose(0, int.MaxValue), seed =>
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        WorldState genesis = database.CreateWorld();
        TestBlocks.Apply(genesis, 0, seed);
        using StateCommit first = genesis.ComputeCommit(0);
        database.CommitGenesis(first, 1, Hash256.Zero);
        Random random = new(seed);
        List<Action<WorldState>> changes = [];
        for (int i = 0; i < 60; i++)
        {
            Address address = TestBlocks.AddressOf(i);
            Hash256 key = Hash256.FromUInt256((ulong)(i % 7));
            Hash256 value = Hash256.FromUInt256((ulong)random.Next(3));
            changes.Add(world => world.SetStorage(address, key, value));
            changes.Add(world => world.AddBalance(address, 5));
            changes.Add(world => world.GetCode(TestBlocks.AddressOf(i % 9)));
        }
        byte[]? expected = null;
        for (int round = 0; round < 4; round++)
        {
            WorldState world = database.CreateWorld();
            foreach (Action<WorldState> change in changes) change(world);
            using StateCommit commit = world.ComputeCommit(1);
            expected ??= TestBlocks.RowsOf(commit);
            Assert.Equal(expected, TestBlocks.RowsOf(commit));
            Action<WorldState>[] shuffled = changes.ToArray();
            random.Shuffle(shuffled);
            changes = [.. shuffled];
        }
    }, 30);

    [Fact]
    public void OriginalValuesAreThoseOfTheTransactionsBeginning()
    {
        WorldState world = StateDatabase.Open(new MemoryStore()).CreateWorld();
        world.BeginTransaction();
        world.SetStorage(Alice, Key, One);
        Assert.Equal(Hash256.Zero, world.GetOriginalStorage(Alice, Key));
        world.SetNonce(Alice, 1);
        world.EndTransaction();
        world.BeginTransaction();
        Assert.Equal(One, world.GetOriginalStorage(Alice, Key));
        int mark = world.Snapshot();
        world.SetStorage(Alice, Key, Two);
        world.Revert(mark);
        Assert.Equal((One, One), (world.GetOriginalStorage(Alice, Key), world.GetStorage(Alice, Key)));
        world.SetStorage(Alice, Key, Two);
        world.SetStorage(Alice, Key, Hash256.Zero);
        Assert.Equal((One, Hash256.Zero), (world.GetOriginalStorage(Alice, Key), world.GetStorage(Alice, Key)));
    }

    [Fact]
    public void DeletesTouchedEmptyAccountsWithTheirStorage()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        WorldState genesis = database.CreateWorld();
        // empty accounts stay in a genesis block: they are not touched in a transaction
        genesis.SetBalance(Alice, UInt256.Zero);
        genesis.SetStorage(Bob, Key, One);
        genesis.SetStorage(Bob, Hash256.FromUInt256(2), Two);
        using StateCommit first = genesis.ComputeCommit(0);
        database.CommitGenesis(first, 1, Hash256.Zero);
        using StateReader before = database.AtSnapshot();
        Assert.True(before.TryGetAccount(Alice, out Account account));
        Assert.Equal(Account.Empty, account);

        WorldState world = database.CreateWorld();
        world.BeginTransaction();
        Assert.True(world.Exists(Alice));
        world.AddBalance(Alice, 0);
        world.AddBalance(Bob, 0);
        world.EndTransaction();
        Assert.False(world.Exists(Alice) || world.Exists(Bob));
        Assert.Equal(Hash256.Zero, world.GetStorage(Bob, Key));

        // one slot is set anew, the other one is never looked at
        world.BeginTransaction();
        world.SetNonce(Bob, 1);
        world.SetStorage(Bob, Key, Two);
        world.EndTransaction();
        using StateCommit commit = world.ComputeCommit(1);
        database.Commit(commit, One);
        using StateReader after = database.AtSnapshot();
        Assert.False(after.TryGetAccount(Alice, out _));
        Assert.Equal((Two, Hash256.Zero), (after.GetStorage(Bob, Key), after.GetStorage(Bob, Hash256.FromUInt256(2))));
        Assert.Null(StateVerifier.FindDisagreement(after));
        using StateReader earlier = database.At(0);
        Assert.True(earlier.TryGetAccount(Alice, out _));
        Assert.Equal((One, Two), (earlier.GetStorage(Bob, Key), earlier.GetStorage(Bob, Hash256.FromUInt256(2))));
    }

    [Fact]
    public void RefusesMisuse()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        WorldState world = database.CreateWorld();
        Assert.Throws<InvalidOperationException>(world.EndTransaction);
        world.BeginTransaction();
        Assert.Throws<InvalidOperationException>(world.BeginTransaction);
        Assert.Throws<InvalidOperationException>(() => world.ComputeCommit(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Revert(world.Snapshot() + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Revert(-1));
        world.SetBalance(Alice, UInt256.MaxValue);
        Assert.Throws<OverflowException>(() => world.AddBalance(Alice, 1));
        world.SetNonce(Alice, ulong.MaxValue);
        Assert.Throws<OverflowException>(() => world.IncrementNonce(Alice));
        Assert.Throws<OverflowException>(() => world.SubtractRefund(1));
        Assert.Equal((UInt256.MaxValue, ulong.MaxValue), (world.GetBalance(Alice), world.GetNonce(Alice)));
        Assert.Equal(StoreFault.Corrupt, Assert.Throws<StoreException>(() => world.GetCodeByHash(One)).Fault);
    }

    [Fact]
    public void LogsOfATransactionOutliveIt()
    {
        WorldState world = StateDatabase.Open(new MemoryStore()).CreateWorld();
        world.BeginTransaction();
        LogEntry log = new(Alice, [], [1]);
        world.AddLog(log);
        world.EndTransaction();
        IReadOnlyList<LogEntry> logs = world.Logs;
        world.BeginTransaction();
        Assert.Empty(world.Logs);
        Assert.Equal([log], logs);
    }

    [Fact]
    public void CachedReadsAllocateNothing()
    {
        WorldState world = StateDatabase.Open(new MemoryStore()).CreateWorld();
        world.BeginTransaction();
        world.SetStorage(Alice, Key, One);
        world.SetCode(Alice, [1, 2, 3]);
        world.SetTransientStorage(Alice, Key, Two);
        _ = Read(world);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) _ = Read(world);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static bool Read(WorldState world) =>
            world.Exists(Alice) & world.GetStorage(Alice, Key) == One & world.GetOriginalStorage(Alice, Key).IsZero
            & world.GetTransientStorage(Alice, Key) == Two & world.GetCode(Alice).Length == 3 & world.GetBalance(Alice).IsZero
            & !world.IsWarm(Alice) & !world.IsWarm(Alice, Key) & world.GetNonce(Alice) == 0;
    }
}
