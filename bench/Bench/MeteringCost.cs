using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm;
using ContractVm.Gas;

namespace Bench;

/// <summary>
/// What metering costs: the kernels under the bare profile's prices and under a schedule where nothing costs anything and so nothing
/// is charged, run in turns; and how long validation takes with either, which is what making the plan costs.
/// </summary>
internal static class MeteringCost
{
    private const int Settling = 10, Samples = 15;

    public static int Run(IReadOnlyList<Kernel> kernels, byte[] bytes)
    {
        Profile unmetered = new("unmetered", Profiles.Bare.Features, Profiles.Bare.Limits, ScheduleReader.LoadBuiltIn("unmetered", OpcodeTable.Catalog));
        Module metered = Load(bytes, Profiles.Bare), free = Load(bytes, unmetered);
        Console.WriteLine("| kernel | metered ms | unmetered ms | metered / unmetered |\n|---|---|---|---|");
        List<double> ratios = [];
        foreach ((string name, uint size, _, _) in kernels)
        {
            List<double> withCharges = [], without = [];
            for (int run = 0; run < Settling + Samples; run++)
            {
                double first = Time(metered, name, size), second = Time(free, name, size);
                if (run < Settling) continue;
                withCharges.Add(first);
                without.Add(second);
            }

            double ratio = Median(withCharges) / Median(without);
            ratios.Add(ratio);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {Median(withCharges):f3} | {Median(without):f3} | {ratio:f3} |"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\ngeometric mean, metered / unmetered: {Math.Exp(ratios.Average(Math.Log)):f3}"));
        return 0;
    }

    private static Module Load(byte[] bytes, Profile profile) =>
        Module.TryLoad(bytes, profile, out Module module, out ModuleError error) ? module : throw new InvalidDataException(error.ToString());

    private static double Time(Module module, string name, uint size)
    {
        module.TryGetExport(name, out Export export);
        Instance.Create(module, static _ => null, null, out Instance? instance);
        using (instance)
        {
            Meter meter = new(ulong.MaxValue, module.Profile.Schedule.StackWords);
            ulong[] results = new ulong[1];
            long from = Stopwatch.GetTimestamp();
            ExecutionResult result = instance!.Invoke(export.Index, [size], results, meter);
            double elapsed = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
            return result.Outcome == Outcome.Success ? elapsed : throw new InvalidDataException(result.ToString());
        }
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
