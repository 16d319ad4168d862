using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;

namespace ContractVm.Fuzz.Differential;

/// <summary>What a campaign came to.</summary>
/// <param name="Cases">Cases that were run.</param>
/// <param name="Modules">Modules in them.</param>
/// <param name="Calls">Calls, those with limits too.</param>
/// <param name="Unmade">Cases whose instances could not be made, in every engine alike.</param>
/// <param name="SuccessShare">Of calls with ample ink, the share that returned.</param>
/// <param name="Ends">Calls with ample ink, by how they ended.</param>
/// <param name="LimitedEnds">Calls with limits, by how they ended.</param>
/// <param name="Opcodes">Instructions that should be generated.</param>
/// <param name="NotGenerated">Those that were not.</param>
/// <param name="NotExecuted">Those that were not seen to be executed.</param>
/// <param name="TrapsNotSeen">Traps that did not occur.</param>
/// <param name="Seed">The case's seed, where engines differ.</param>
/// <param name="Engine">The engine that differs, or null.</param>
/// <param name="Difference">How it differs, or null.</param>
/// <param name="File">The case, made small, as text; or null.</param>
public sealed record CampaignReport(
    long Cases, long Modules, long Calls, long Unmade, double SuccessShare, IReadOnlyDictionary<string, long> Ends, IReadOnlyDictionary<string, long> LimitedEnds,
    int Opcodes, IReadOnlyList<string> NotGenerated, IReadOnlyList<string> NotExecuted, IReadOnlyList<string> TrapsNotSeen,
    ulong Seed, string? Engine, string? Difference, string? File);

/// <summary>Generates cases for a time and runs them in the interpreter and in all that is compared with it; ends with the first difference.</summary>
public static class DifferentialCampaign
{
    // A host function that calls back takes .NET stack.
    private const int StackBytes = 64 << 20;
    private static readonly TimeSpan ShrinkTime = TimeSpan.FromSeconds(60);

    /// <summary>Names of the engines that are compared.</summary>
    public static IReadOnlyList<string> Engines { get; } = [TestedEngines.Reference.Name, .. Names()];

    /// <summary>Runs for a time.</summary>
    /// <param name="seed">The first case's seed; each further case has the next one.</param>
    /// <param name="time">How long, or as long as the number of cases says.</param>
    /// <param name="foundFolder">Where a case that differs is written.</param>
    /// <param name="mostCases">Cases at most.</param>
    public static CampaignReport Run(ulong seed, TimeSpan time, string foundFolder, long mostCases = long.MaxValue) => Run([TestedEngines.Reference, .. TestedEngines.Compared], seed, time, foundFolder, mostCases);

    internal static CampaignReport Run(IReadOnlyList<TestedEngine> engines, ulong seed, TimeSpan time, string foundFolder, long mostCases)
    {
        CampaignReport? report = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                report = RunHere(engines, seed, time, foundFolder, mostCases);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }, StackBytes);
        thread.Start();
        thread.Join();
        return report ?? throw new FindingException($"the campaign failed: {failure}");
    }

    private static CampaignReport RunHere(IReadOnlyList<TestedEngine> engines, ulong first, TimeSpan time, string foundFolder, long mostCases)
    {
        RunStatistics statistics = new();
        Stopwatch clock = Stopwatch.StartNew();
        long cases = 0;
        for (ulong seed = first; clock.Elapsed < time && cases < mostCases; seed++, cases++)
        {
            ProgramCase program = ProgramCase.Generate(seed);
            Difference? difference;
            try
            {
                difference = DifferentialRun.Check(program.ToCase(), engines, statistics);
            }
            catch (InvalidCaseException exception)
            {
                throw new FindingException(string.Create(CultureInfo.InvariantCulture, $"seed {seed} gives no valid case: {exception.Message}"));
            }

            if (difference is null) continue;
            DifferentialCase small = new Shrinker(program, engines).Shrink(ShrinkTime, out Difference? shrunk);
            Directory.CreateDirectory(foundFolder);
            string path = Path.Combine(foundFolder, string.Create(CultureInfo.InvariantCulture, $"differential-{seed}.wat"));
            File.WriteAllText(path, CaseText.Write(small, string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {shrunk?.Engine}: {shrunk?.Text}")));
            return Report(statistics, cases + 1, seed, shrunk ?? difference, path);
        }

        return Report(statistics, cases, first, null, null);
    }

    private static CampaignReport Report(RunStatistics statistics, long cases, ulong seed, Difference? difference, string? file) => new(
        cases, statistics.Modules, statistics.Calls, statistics.Unmade, statistics.SuccessShare, statistics.Ends, statistics.LimitedEnds,
        RunStatistics.Wanted.Count, statistics.NotGenerated, statistics.NotExecuted, statistics.TrapsNotSeen, seed, difference?.Engine, difference?.Text, file);

    private static IEnumerable<string> Names()
    {
        foreach (TestedEngine engine in TestedEngines.Compared) yield return engine.Name;
    }
}
