using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ContractVm.StateStore;

namespace Bench;

/// <summary>How fast blocks are committed to a large state, beside a plain batch of the same rows; and reads and proofs.</summary>
internal static class StateSpeed
{
    private const int Rounds = 15;
    private const int WarmUps = 4;

    public static int Run(string directory, int accounts)
    {
        StateWorkload workload = new(accounts);
        using RocksDbStore store = RocksDbStore.Open(directory);
        StateDatabase database = StateDatabase.Open(store);
        if (!database.HasGenesis)
        {
            long start = Stopwatch.GetTimestamp();
            workload.Fill(database);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"filled in {Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{accounts} accounts, {workload.Slots} slots; {Rounds} blocks each, median (best)"));
        Console.WriteLine();
        StateReadSpeed.RunAtHead(store, database, workload);
        Console.WriteLine();
        foreach (bool backToBack in new[] { false, true })
        {
            Console.WriteLine(Figures.Head(
                "changed slots", backToBack ? "where; back to back" : "where; one at a time", "execute ms", "root ms", "write ms", "root + write ms", "plain batch ms", "rows", "bytes per slot"));
            foreach (int slots in new[] { 1000, 10_000 })
                foreach (BlockShape shape in Enum.GetValues<BlockShape>()) Console.WriteLine(Blocks(store, database, workload, shape, slots, backToBack));
            Console.WriteLine();
        }

        WriteRoots(store, workload);
        Console.WriteLine();
        StateReadSpeed.RunInThePast(database, workload);
        return 0;
    }

    /// <summary>Roots alone, on a state that <see cref="Run"/> has made.</summary>
    public static int Roots(string directory, int accounts)
    {
        using RocksDbStore store = RocksDbStore.Open(directory, new RocksDbSettings { CreateIfMissing = false });
        WriteRoots(store, new StateWorkload(accounts));
        return 0;
    }

    private static void WriteRoots(RocksDbStore store, StateWorkload workload)
    {
        Console.WriteLine(Figures.Head("root alone of 10000 changed slots", "threads", "ms"));
        foreach (BlockShape shape in Enum.GetValues<BlockShape>())
            foreach (int threads in new[] { 1, 2 }) Console.WriteLine(RootAlone(store, workload, shape, threads));
    }

    /// <summary>The trie of @ethereumjs/mpt in memory, where it is installed: one large contract, without a database.</summary>
    public static int Peer()
    {
        string packages = Path.Combine(Kernels.Folder, "..", "tests", "oracles");
        string? line = Bench.Peer.Run("node", Kernels.Script("trie.mjs"), packages, StateWorkload.LargeSlots.ToString(CultureInfo.InvariantCulture), "10000");
        if (line is null) throw new InvalidDataException("node and the packages of tests/oracles are needed: cd tests/oracles && npm ci");
        Console.WriteLine(Figures.Head("@ethereumjs/mpt, 10000 changed of 100000 slots", "median ms", "best ms", "proof us", "look-up us"));
        Console.WriteLine(Figures.Row(["one trie in memory, no database", .. line.Split(' ')]));
        return 0;
    }

    private static string Blocks(RocksDbStore store, StateDatabase database, StateWorkload workload, BlockShape shape, int slots, bool backToBack)
    {
        List<double> execute = [], root = [], write = [], all = [], plain = [];
        double rows = 0, bytes = 0;
        // the same rows, kept and written afterwards: so the background work of one store does not slow the other
        List<WriteBatch> batches = [];
        for (int round = 0; round < Rounds + WarmUps; round++)
        {
            Random random = new(HashOf(database.Head.Number));
            WorldState world = database.CreateWorld();
            long start = Stopwatch.GetTimestamp();
            workload.Change(world, shape, slots, random);
            execute.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            start = Stopwatch.GetTimestamp();
            using StateCommit commit = world.ComputeCommit(database.Head.Number + 1);
            root.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            double computed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            WriteBatch copy = new();
            copy.Append(commit.Batch);
            copy.Append(commit.Nodes);
            batches.Add(copy);
            rows = copy.Count;
            bytes = copy.Length / (double)commit.ChangedSlots;
            long middle = Stopwatch.GetTimestamp();
            database.Commit(commit, StateWorkload.KeyOf((int)commit.Number));
            write.Add(Stopwatch.GetElapsedTime(middle).TotalMilliseconds);
            all.Add(computed + write[^1]);
            if (!backToBack) Settle(store);
        }

        string folder = Path.Combine(Path.GetTempPath(), $"plain-{Environment.ProcessId}");
        using (RocksDbStore other = RocksDbStore.Open(folder))
        {
            foreach (WriteBatch batch in batches)
            {
                long start = Stopwatch.GetTimestamp();
                other.Write(batch, sync: true);
                plain.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                batch.Dispose();
                if (!backToBack) Settle(other);
            }
        }

        Directory.Delete(folder, recursive: true);
        foreach (List<double> times in new[] { execute, root, write, all, plain }) times.RemoveRange(0, WarmUps);
        return Figures.Row([
            slots.ToString(CultureInfo.InvariantCulture), shape.ToString().ToLowerInvariant(), .. new[] { execute, root, write, all, plain }.Select(list => $"{Figures.Fixed(Figures.Median(list), 1)} ({Figures.Fixed(list.Min(), 1)})"),
            Figures.Fixed(rows, 0), Figures.Fixed(bytes, 0)]);
    }

    // Until flushes and compactions are over, as they are between blocks that come every second or so.
    private static void Settle(RocksDbStore store)
    {
        string[] signs = ["rocksdb.mem-table-flush-pending", "rocksdb.compaction-pending", "rocksdb.num-running-flushes", "rocksdb.num-running-compactions"];
        for (int left = 500; left > 0 && Array.Exists(signs, sign => Array.Exists(Enum.GetValues<Column>(), column => store.Property(column, sign) != "0")); left--)
            Thread.Sleep(10);
    }

    // The same block computed again and again and never committed: nothing is written, and nodes are in memory.
    private static string RootAlone(RocksDbStore store, StateWorkload workload, BlockShape shape, int threads)
    {
        StateDatabase database = StateDatabase.Open(store, new StateSettings { Threads = threads });
        WorldState world = database.CreateWorld();
        workload.Change(world, shape, 10_000, new Random(7));
        List<double> times = [];
        for (int round = 0; round < Rounds + WarmUps; round++)
        {
            long start = Stopwatch.GetTimestamp();
            using StateCommit commit = world.ComputeCommit(database.Head.Number + 1);
            if (round >= WarmUps) times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return Figures.Row(shape.ToString().ToLowerInvariant(), threads.ToString(CultureInfo.InvariantCulture), $"{Figures.Fixed(Figures.Median(times), 1)} ({Figures.Fixed(times.Min(), 1)})");
    }

    private static int HashOf(ulong number) => (int)(number * 2_654_435_761UL % int.MaxValue);
}
