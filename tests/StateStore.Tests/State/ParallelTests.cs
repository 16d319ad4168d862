using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>Threads change timing and nothing else; one thread writes while many read.</summary>
public sealed class ParallelTests
{
    // Large tries, small ones, and so many accounts that the account trie is divided too.
    private static void Change(WorldState world, int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < 1500; i++)
        {
            Address address = TestBlocks.AddressOf(random.Next(4000));
            world.SetBalance(address, (ulong)random.Next(3));
            for (int slot = random.Next(3); slot > 0; slot--) world.SetStorage(address, Hash256.FromUInt256((ulong)random.Next(6)), Hash256.FromUInt256((ulong)random.Next(2)));
        }
        for (int contract = 0; contract < 3; contract++)
            for (int i = 0; i < 2500; i++)
                world.SetStorage(TestBlocks.AddressOf(contract), Hash256.FromUInt256((ulong)random.Next(5000)), Hash256.FromUInt256((ulong)random.Next(3)));
    }

    [Fact]
    public void TheNumberOfThreadsDoesNotShow()
    {
        int[] threads = [1, 2, 3, 8];
        MemoryStore[] stores = threads.Select(_ => new MemoryStore()).ToArray();
        StateDatabase[] databases = threads.Select((count, i) => StateDatabase.Open(stores[i], new StateSettings { Threads = count, CachedNodes = count == 3 ? 1 : 1 << 12 })).ToArray();
        for (ulong number = 0; number < 6; number++)
        {
            byte[]? expected = null;
            foreach (StateDatabase database in databases)
            {
                WorldState world = database.CreateWorld();
                Change(world, (int)number);
                using StateCommit commit = world.ComputeCommit(number);
                expected ??= TestBlocks.RowsOf(commit);
                Assert.True(expected.AsSpan().SequenceEqual(TestBlocks.RowsOf(commit)), $"block {number}");
                if (number == 0) database.CommitGenesis(commit, 1, Hash256.Zero);
                else database.Commit(commit, Hash256.Zero, sync: false);
            }
        }
        using StateReader reader = databases[3].AtSnapshot();
        Assert.Null(StateVerifier.FindDisagreement(reader));
    }

    [Fact]
    public async Task ManyReadersAtFixedBlocksBesideAWriterAndAPruner()
    {
        using TemporaryDirectory directory = new();
        using RocksDbStore store = RocksDbStore.Open(directory.Path, new RocksDbSettings { WriteBufferBytes = 1 << 18 });
        StateDatabase database = StateDatabase.Open(store, TestBlocks.NodesBehind);
        List<Hash256> roots = [];
        for (int i = 0; i < 10; i++) Next();
        using CancellationTokenSource done = new();
        Task<int>[] readers = Enumerable.Range(0, 4).Select(number => Task.Run(() =>
        {
            Random random = new(number);
            int reads = 0;
            while (!done.IsCancellationRequested || reads < 5)
            {
                ulong head;
                lock (roots) head = (ulong)roots.Count - 1;
                ulong block = head - (ulong)random.Next((int)Math.Min(head, 30));
                StateReader reader;
                try
                {
                    reader = database.At(block);
                }
                catch (StoreException fault) when (fault.Fault == StoreFault.BelowFloor)
                {
                    continue;
                }
                using (reader)
                {
                    Hash256 expected;
                    lock (roots) expected = roots[(int)block];
                    Assert.Equal(expected, reader.StateRoot);
                    Assert.Equal(expected, StateVerifier.ComputeRoot(reader));
                    AccountProof proof = AccountProof.Create(reader, TestBlocks.AddressOf(random.Next(60)), [Hash256.FromUInt256((ulong)random.Next(40))]);
                    Assert.True(proof.Verify(expected));
                }
                reads++;
            }
            return reads;
        })).ToArray();
        using (StatePruner pruner = new(database, 12))
        {
            for (int i = 0; i < 150; i++)
            {
                Next();
                pruner.HeadMoved();
            }
            await done.CancelAsync();
            foreach (Task<int> reader in readers) Assert.True(await reader >= 5);
            pruner.HeadMoved();
            SpinWait.SpinUntil(() => database.Floor == database.Head.Number - 11, TimeSpan.FromSeconds(30));
            pruner.RequireRunning();
        }
        Assert.Equal(database.Head.Number - 11, database.Floor);
        Assert.Equal(StoreFault.BelowFloor, Assert.Throws<StoreException>(() => database.At(database.Floor - 1)).Fault);
        // nothing of the given up blocks is left
        using KeyValueIterator rows = store.CreateIterator(Column.History);
        for (rows.SeekToFirst(); rows.IsValid; rows.Next()) Assert.True(HistoryRows.BlockOf(rows.Key) > database.Floor);

        void Next()
        {
            TestBlocks.CommitNext(database, 77, sync: false);
            lock (roots) roots.Add(database.Head.StateRoot);
        }
    }

    [Fact]
    public void RetentionIsKeptWithTheDatabase()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        TestBlocks.CommitNext(database, 1, sync: false);
        Assert.Null(database.Retained);
        database.SetRetained(5);
        Assert.Equal(5UL, StateDatabase.Open(store).Retained);
        Assert.Throws<ArgumentOutOfRangeException>(() => database.SetRetained(0));
        database.SetRetained(null);
        Assert.Null(database.Retained);
    }
}
