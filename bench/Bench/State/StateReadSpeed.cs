using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using ContractVm.StateStore;

namespace Bench;

/// <summary>How fast slots are read and proofs are made and checked, and what the state takes on the disk.</summary>
internal static class StateReadSpeed
{
    private const int Samples = 5000;
    private const int CachedSlots = 20_000;
    private const int BlocksBack = 30;

    /// <summary>At the head, before blocks are committed.</summary>
    public static void RunAtHead(RocksDbStore store, StateDatabase database, StateWorkload workload)
    {
        using StateReader head = database.AtSnapshot();
        (Address, Hash256)[] few = Few(workload);
        foreach ((Address address, Hash256 key) in few) head.GetStorage(address, key);
        Random random = new(5);
        Console.WriteLine(ReadsHead);
        Report("cached", i => few[i * 7 % CachedSlots], head);
        Report("any", _ => Any(workload, random), head);
        Console.WriteLine();
        Console.WriteLine(ProofsHead);
        ReportProofs("at the head", head, workload);
        Console.WriteLine();
        ReportSizes(store, workload);
    }

    /// <summary>Some blocks back, behind those that were committed meanwhile.</summary>
    public static void RunInThePast(StateDatabase database, StateWorkload workload)
    {
        using StateReader past = database.At(database.Head.Number - Math.Min(BlocksBack, database.Head.Number - database.Floor));
        string ago = string.Create(CultureInfo.InvariantCulture, $"{database.Head.Number - past.Block!.Value} blocks ago");
        (Address, Hash256)[] few = Few(workload);
        foreach ((Address address, Hash256 key) in few) past.GetStorage(address, key);
        Console.WriteLine(ReadsHead);
        Report("cached, " + ago, i => few[i * 7 % CachedSlots], past);
        Console.WriteLine();
        Console.WriteLine(ProofsHead);
        ReportProofs(ago, past, workload);
    }

    private static string ReadsHead => Figures.Head("one slot, by address and key", "median us", "mean us", "99 of 100 below, us");

    private static string ProofsHead => Figures.Head("proof of an account and one slot", "made, median us", "99 of 100 below, us", "checked, median us", "nodes", "bytes");

    private static (Address, Hash256)[] Few(StateWorkload workload)
    {
        Random random = new(3);
        return Enumerable.Range(0, CachedSlots).Select(_ => Any(workload, random)).ToArray();
    }

    private static void ReportSizes(RocksDbStore store, StateWorkload workload)
    {
        Console.WriteLine(Figures.Head("column", "MB on the disk", "bytes for an account"));
        double sum = 0;
        foreach (Column column in Enum.GetValues<Column>())
        {
            double bytes = double.Parse(store.Property(column, "rocksdb.total-sst-files-size")!, CultureInfo.InvariantCulture);
            sum += bytes;
            if (bytes > 1e5) Console.WriteLine(Figures.Row(column.ToString(), Figures.Fixed(bytes / 1e6, 0), Figures.Fixed(bytes / workload.Accounts, 0)));
        }

        Console.WriteLine(Figures.Row("all", Figures.Fixed(sum / 1e6, 0), Figures.Fixed(sum / workload.Accounts, 0)));
    }

    private static (Address Address, Hash256 Key) Any(StateWorkload workload, Random random) => random.Next(2) == 0
        ? (workload.Large(random.Next(workload.LargeContracts)), StateWorkload.KeyOf(random.Next(StateWorkload.LargeSlots)))
        : (StateWorkload.AddressOf(random.Next(workload.SmallContracts)), StateWorkload.KeyOf(random.Next(StateWorkload.SmallSlots)));

    private static void Report(string name, Func<int, (Address, Hash256)> next, StateReader reader)
    {
        List<double> times = Sample(i =>
        {
            (Address address, Hash256 key) = next(i);
            long start = Stopwatch.GetTimestamp();
            reader.GetStorage(address, key);
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        });
        Console.WriteLine(Figures.Row(name, Figures.Fixed(Figures.Median(times), 1), Figures.Fixed(times.Average(), 1), Figures.Fixed(times[Samples * 99 / 100], 1)));
    }

    private static void ReportProofs(string name, StateReader reader, StateWorkload workload)
    {
        Random random = new(4);
        List<double> checking = [];
        int nodes = 0, bytes = 0;
        List<double> making = Sample(_ =>
        {
            (Address address, Hash256 key) = Any(workload, random);
            long start = Stopwatch.GetTimestamp();
            AccountProof proof = AccountProof.Create(reader, address, [key]);
            double made = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            start = Stopwatch.GetTimestamp();
            if (!proof.Verify(reader.StateRoot)) throw new InvalidOperationException("a proof does not hold");
            checking.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            nodes += proof.Nodes.Count + proof.Storage[0].Nodes.Count;
            bytes += proof.Nodes.Concat(proof.Storage[0].Nodes).Sum(node => node.Length);
            return made;
        });
        Console.WriteLine(Figures.Row(
            name, Figures.Fixed(Figures.Median(making), 0), Figures.Fixed(making[Samples * 99 / 100], 0), Figures.Fixed(Figures.Median(checking), 0),
            Figures.Fixed(nodes / 2.0 / Samples, 1), Figures.Fixed(bytes / 2.0 / Samples, 0)));
    }

    // As many unmeasured ones before; ascending.
    private static List<double> Sample(Func<int, double> measure)
    {
        for (int i = 0; i < Samples; i++) measure(i);
        List<double> times = Enumerable.Range(0, Samples).Select(measure).ToList();
        times.Sort();
        return times;
    }
}
