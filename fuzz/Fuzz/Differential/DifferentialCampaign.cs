using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
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
/// <param name="Findings">Where engines differ: cases of one kind once.</param>
public sealed record CampaignReport(
    long Cases, long Modules, long Calls, long Unmade, double SuccessShare, IReadOnlyDictionary<string, long> Ends, IReadOnlyDictionary<string, long> LimitedEnds,
    int Opcodes, IReadOnlyList<string> NotGenerated, IReadOnlyList<string> NotExecuted, IReadOnlyList<string> TrapsNotSeen,
    IReadOnlyList<CampaignFinding> Findings);

/// <summary>A case in which engines differ.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Engine">The engine that differs from the reference.</param>
/// <param name="Difference">How.</param>
/// <param name="File">The case, made small, as text.</param>
public sealed record CampaignFinding(ulong Seed, string Engine, string Difference, string File);

/// <summary>Generates cases for a time and runs them in the interpreter and in all that is compared with it; ends with enough differences.</summary>
public static class DifferentialCampaign
{
    /// <summary>One case in so many is of objects and exceptions.</summary>
    private const int ReferencesOneIn = 4;
    // A host function that calls back takes .NET stack.
    private const int StackBytes = 64 << 20;
    // Seconds, where the machine does nothing else.
    private static readonly TimeSpan ShrinkTime = TimeSpan.FromMinutes(2);

    /// <summary>Names of the engines that are compared.</summary>
    public static IReadOnlyList<string> Engines { get; } = [TestedEngines.Reference.Name, .. Names()];

    /// <summary>Runs for a time.</summary>
    /// <param name="seed">The first case's seed; each further case has the next one.</param>
    /// <param name="time">How long, without the time for making cases small.</param>
    /// <param name="foundFolder">Where cases that differ are written.</param>
    /// <param name="mostFindings">After so many kinds of differences it ends.</param>
    public static CampaignReport Run(ulong seed, TimeSpan time, string foundFolder, int mostFindings = 1) => Run([TestedEngines.Reference, .. TestedEngines.Compared], seed, time, foundFolder, long.MaxValue, mostFindings);

    internal static CampaignReport Run(IReadOnlyList<TestedEngine> engines, ulong seed, TimeSpan time, string foundFolder, long mostCases, int mostFindings = 1)
    {
        CampaignReport? report = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                report = RunHere(engines, seed, time, foundFolder, mostCases, mostFindings);
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

    private static CampaignReport RunHere(IReadOnlyList<TestedEngine> engines, ulong first, TimeSpan time, string foundFolder, long mostCases, int mostFindings)
    {
        RunStatistics statistics = new();
        Stopwatch clock = Stopwatch.StartNew();
        Directory.CreateDirectory(foundFolder);
        // Wrong code may end the whole process: then this file says with which case.
        string running = Path.Combine(foundFolder, "differential-running");
        Dictionary<string, CampaignFinding> findings = new(StringComparer.Ordinal);
        long cases = 0;
        for (ulong seed = first; clock.Elapsed < time && cases < mostCases && findings.Count < mostFindings; seed++, cases++)
        {
            File.WriteAllText(running, string.Create(CultureInfo.InvariantCulture, $"seed {seed}\n"));
            ProgramCase? program = seed % ReferencesOneIn == 0 ? null : ProgramCase.Generate(seed);
            Difference? difference;
            try
            {
                difference = DifferentialRun.Check(program?.ToCase() ?? ReferenceCase.Generate(seed), engines, statistics);
            }
            catch (InvalidCaseException exception)
            {
                throw new FindingException(string.Create(CultureInfo.InvariantCulture, $"seed {seed} gives no valid case: {exception.Message}"));
            }

            if (difference is null || findings.ContainsKey(KindOf(difference))) continue;
            clock.Stop();
            Difference? shrunk;
            DifferentialCase small = program is null ? Shrink(seed, engines, out shrunk) : new Shrinker(program, engines).Shrink(ShrinkTime, out shrunk);
            Difference shown = shrunk ?? difference;
            string path = Path.Combine(foundFolder, string.Create(CultureInfo.InvariantCulture, $"differential-{seed}.wat"));
            File.WriteAllText(path, CaseText.Write(small, string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {shown.Engine}: {shown.Text}")));
            findings.TryAdd(KindOf(difference), new CampaignFinding(seed, shown.Engine, shown.Text, path));
            clock.Start();
        }

        File.Delete(running);
        return new CampaignReport(
            cases, statistics.Modules, statistics.Calls, statistics.Unmade, statistics.SuccessShare, statistics.Ends, statistics.LimitedEnds,
            RunStatistics.Wanted.Count, statistics.NotGenerated, statistics.NotExecuted, statistics.TrapsNotSeen, [.. findings.Values]);
    }

    private static DifferentialCase Shrink(ulong seed, IReadOnlyList<TestedEngine> engines, out Difference? shrunk)
    {
        (List<string> texts, List<CaseCall> calls) = ReferenceCase.GenerateTexts(seed);
        return new TextShrinker(texts, calls, seed, engines).Shrink(ShrinkTime, out shrunk);
    }

    /// <summary>What differences of one kind have in common: the engine and the words, not the numbers.</summary>
    private static string KindOf(Difference difference)
    {
        StringBuilder kind = new(difference.Engine);
        if (difference.IsRefused) return kind.Append(difference.Text[difference.Text.IndexOf(':', StringComparison.Ordinal)..]).ToString();
        foreach (string word in difference.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (word.AsSpan().IndexOfAnyInRange('0', '9') < 0) kind.Append(' ').Append(word);
        return kind.ToString();
    }

    private static IEnumerable<string> Names()
    {
        foreach (TestedEngine engine in TestedEngines.Compared) yield return engine.Name;
    }
}
