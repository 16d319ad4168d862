using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>Trie nodes that are written behind their block: what a crash leaves out is computed again, to the byte.</summary>
public sealed class NodesBehindTests
{
    /// <summary>A store in memory whose writes behind a block wait, or fail, as a test wants.</summary>
    private sealed class SlowStore : IKeyValueStore
    {
        private readonly MemoryStore _store = new();

        /// <summary>What the next write behind a block waits for before it writes.</summary>
        public Task Gate { get; set; } = Task.CompletedTask;

        /// <summary>True: writes fail.</summary>
        public bool IsFull { get; set; }

        public static StoreException Fault { get; } = new(StoreFault.Engine, "no space");

        public bool TryGet(Column column, ReadOnlySpan<byte> key, ValueBuffer value) => _store.TryGet(column, key, value);

        public byte[]? Get(Column column, ReadOnlySpan<byte> key) => _store.Get(column, key);

        public void MultiGet(Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values) => _store.MultiGet(column, keys, keyLength, values);

        public KeyValueIterator CreateIterator(Column column, ReadOnlySpan<byte> prefix = default) => _store.CreateIterator(column, prefix);

        public void Put(Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _store.Put(column, key, value);

        public void Delete(Column column, ReadOnlySpan<byte> key) => _store.Delete(column, key);

        public void Write(WriteBatch batch, bool sync)
        {
            if (IsFull) throw Fault;
            _store.Write(batch, sync);
        }

        public async Task WriteBehind(WriteBatch batch)
        {
            await Gate.ConfigureAwait(false);
            _store.Write(batch, sync: false);
        }

        public IKeyValueSnapshot CreateSnapshot() => _store.CreateSnapshot();

        public void Dispose() => _store.Dispose();
    }

    private static readonly StateSettings Always = new() { LargestNodesAtOnce = 0 };

    private static SortedDictionary<string, string> RowsOf(IKeyValueReader store)
    {
        SortedDictionary<string, string> rows = new(StringComparer.Ordinal);
        foreach (Column column in Enum.GetValues<Column>())
        {
            using KeyValueIterator iterator = store.CreateIterator(column);
            for (iterator.SeekToFirst(); iterator.IsValid; iterator.Next()) rows.Add($"{column} {Hex.Encode(iterator.Key)}", Hex.Encode(iterator.Value));
        }
        return rows;
    }

    private static bool IsNodeRow(Column column, ReadOnlySpan<byte> key) =>
        column == Column.Nodes || (column == Column.Meta && key.SequenceEqual(MetaRows.Nodes))
        || (column == Column.History && key[0] is (HistoryRows.NodeKind or HistoryRows.PathsKind));

    // The rows of a later moment, but trie nodes with their history as they were at an earlier one.
    private static MemoryStore Mixed(IKeyValueReader rows, IKeyValueReader nodes)
    {
        MemoryStore store = new();
        foreach (Column column in Enum.GetValues<Column>())
        {
            foreach (IKeyValueReader from in new[] { rows, nodes })
            {
                using KeyValueIterator iterator = from.CreateIterator(column);
                for (iterator.SeekToFirst(); iterator.IsValid; iterator.Next())
                    if (IsNodeRow(column, iterator.Key) == (from == nodes)) store.Put(column, iterator.Key, iterator.Value);
            }
        }
        return store;
    }

    [Fact]
    public void WhatACrashLeavesOutIsComputedAgain() => Property.Check(Property.Sequences(StateModel.Steps, 60, 400), steps =>
    {
        using MemoryStore store = new();
        StateModel model = new(store);
        model.CommitBlock();
        List<IKeyValueSnapshot> moments = [store.CreateSnapshot()];
        foreach (StateModel.Step step in steps)
        {
            model.Apply(step);
            if (step.Kind == StateModel.Kind.Block) moments.Add(store.CreateSnapshot());
        }
        SortedDictionary<string, string> expected = RowsOf(moments[^1]);
        for (int lost = 1; lost < Math.Min(moments.Count, 5); lost++)
        {
            using MemoryStore crashed = Mixed(moments[^1], moments[^(lost + 1)]);
            if (lost == 1) Assert.NotEqual(expected, RowsOf(crashed));
            StateDatabase reopened = StateDatabase.Open(crashed);
            Assert.Equal(expected, RowsOf(crashed));
            using StateReader reader = reopened.AtSnapshot();
            Assert.Null(StateVerifier.FindDisagreement(reader));
        }
    }, 60);

    [Fact]
    public async Task TheNextBlockAndReadersOfTriesWaitAndOthersDoNot()
    {
        using SlowStore store = new();
        StateDatabase database = StateDatabase.Open(store, Always);
        TestBlocks.CommitNext(database, 1, sync: false);
        TestBlocks.CommitNext(database, 1, sync: false);
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Gate = gate.Task;
        TestBlocks.CommitNext(database, 1, sync: false);
        Assert.Equal(2UL, database.Head.Number);

        using StateReader flat = database.At(2, tries: false);
        Assert.Equal(database.Head.StateRoot, StateVerifier.ComputeRoot(flat));
        Assert.Throws<InvalidOperationException>(() => AccountProof.Create(flat, TestBlocks.AddressOf(1), []));
        Assert.Throws<InvalidOperationException>(() => StateVerifier.FindDisagreement(flat));

        Task<bool>[] waiting =
        [
            Task.Run(() => { using StateReader reader = database.AtSnapshot(); return StateVerifier.FindDisagreement(reader) is null; }),
            Task.Run(() => { using StateReader reader = database.At(2); return AccountProof.Create(reader, TestBlocks.AddressOf(1), []).Verify(database.Head.StateRoot); }),
            Task.Run(() => StateVerifier.FindDisagreement(database.AtHead()) is null),
            Task.Run(() => StateHistory.RaiseFloor(database, 1)),
            Task.Run(() => { using StateCommit commit = database.CreateWorld().ComputeCommit(3); return commit.StateRoot == database.Head.StateRoot; }),
        ];
        await Task.Delay(200);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        Assert.Equal(0UL, database.Floor);
        gate.SetResult();
        foreach (Task<bool> task in waiting) Assert.True(await task);
        Assert.Equal(1UL, database.Floor);
        Assert.Equal(3UL, TestBlocks.CommitNext(database, 1, sync: false));
    }

    [Fact]
    public void NodesThatCannotBeWrittenStopTheNodeAndAreComputedAgain()
    {
        using SlowStore store = new();
        StateDatabase database = StateDatabase.Open(store, Always);
        for (int i = 0; i < 4; i++) TestBlocks.CommitNext(database, 1, sync: false);
        store.Gate = Task.FromException(SlowStore.Fault);
        TestBlocks.CommitNext(database, 1, sync: false);
        for (int i = 0; i < 2; i++)
        {
            StoreException fault = Assert.Throws<StoreException>(() => TestBlocks.CommitNext(database, 1, sync: false));
            Assert.Equal(StoreFault.Engine, fault.Fault);
            Assert.Contains("no space", fault.Message, StringComparison.Ordinal);
        }
        store.Gate = Task.CompletedTask;
        StateDatabase reopened = StateDatabase.Open(store, Always);
        Assert.Equal(4UL, reopened.Head.Number);
        TestBlocks.CommitNext(reopened, 1, sync: false);
        using MemoryStore other = new();
        StateDatabase replica = StateDatabase.Open(other);
        for (int i = 0; i < 6; i++) TestBlocks.CommitNext(replica, 1, sync: false);
        reopened.AwaitNodes();
        Assert.Equal(RowsOf(other), RowsOf(store));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void ACommitThatFailedIsComputedAgain(int largestAtOnce)
    {
        using SlowStore store = new();
        StateDatabase database = StateDatabase.Open(store, new StateSettings { LargestNodesAtOnce = largestAtOnce });
        for (int i = 0; i < 3; i++) TestBlocks.CommitNext(database, 1, sync: false);
        WorldState world = database.CreateWorld();
        TestBlocks.Apply(world, 3, 1);
        using StateCommit commit = world.ComputeCommit(3);
        store.IsFull = true;
        Assert.Throws<StoreException>(() => database.Commit(commit, TestBlocks.HashOf(3)));
        store.IsFull = false;
        // its nodes are gone: written now, they would be missing
        Assert.Throws<InvalidOperationException>(() => database.Commit(commit, TestBlocks.HashOf(3)));
        Assert.Equal(2UL, database.Head.Number);
        TestBlocks.CommitNext(database, 1, sync: false);
        database.AwaitNodes();
        using MemoryStore other = new();
        StateDatabase replica = StateDatabase.Open(other);
        for (int i = 0; i < 4; i++) TestBlocks.CommitNext(replica, 1, sync: false);
        Assert.Equal(RowsOf(other), RowsOf(store));
    }

    [Fact]
    public void AHistoryThatDoesNotLeadToTheHeadIsRefused()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        for (int i = 0; i < 4; i++) TestBlocks.CommitNext(database, 1, sync: false);
        using IKeyValueSnapshot moment = store.CreateSnapshot();
        TestBlocks.CommitNext(database, 1, sync: false);
        using MemoryStore crashed = Mixed(store, moment);
        Hash256 touched = StateHistory.TouchedAccounts(database, 4)[0];
        using RlpWriter row = new();
        (Account.Empty with { Balance = 4242 }).WriteRow(row);
        crashed.Put(Column.Accounts, touched.Bytes, row.Written);
        Assert.Equal(StoreFault.Corrupt, Assert.Throws<StoreException>(() => StateDatabase.Open(crashed)).Fault);
        // a marker that no crash leaves
        using WriteBatch batch = new();
        MetaRows.PutNumber(batch, MetaRows.Nodes, 9);
        store.Write(batch, sync: false);
        Assert.Equal(StoreFault.Corrupt, Assert.Throws<StoreException>(() => StateDatabase.Open(store)).Fault);
    }
}
