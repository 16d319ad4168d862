using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.HostApi;

namespace ContractVm.Fuzz.Hooks;

/// <summary>What a campaign came to.</summary>
/// <param name="Cases">Cases that were run.</param>
/// <param name="NotModelled">Cases that the model could not follow: the engines alone were compared.</param>
/// <param name="Frames">Frames, by how they ended.</param>
/// <param name="Calls">Host calls, by name.</param>
/// <param name="NotCalled">Host functions that were not called.</param>
/// <param name="Findings">Where something differs.</param>
public sealed record HookReport(
    long Cases, long NotModelled, IReadOnlyDictionary<Outcome, long> Frames, IReadOnlyDictionary<string, long> Calls, IReadOnlyList<string> NotCalled, IReadOnlyList<HookFinding> Findings);

/// <summary>A case in which something differs.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Difference">How.</param>
/// <param name="File">The case, made small, as text.</param>
public sealed record HookFinding(ulong Seed, string Difference, string File);

/// <summary>Generates cases for a time and runs them in both engines and next to the model; ends with enough differences.</summary>
public static class HookCampaign
{
    private static readonly TimeSpan ShrinkTime = TimeSpan.FromMinutes(2);

    /// <summary>Runs for a time.</summary>
    /// <param name="seed">The first case's seed; each further case has the next one.</param>
    /// <param name="time">How long, without the time for making cases small.</param>
    /// <param name="foundFolder">Where cases that differ are written.</param>
    /// <param name="mostFindings">After so many it ends.</param>
    public static HookReport Run(ulong seed, TimeSpan time, string foundFolder, int mostFindings = 1) => Run(ModelRules.Right, seed, time, foundFolder, long.MaxValue, mostFindings);

    /// <summary>Checks a case that is a text: how it differs, or null.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static string? Check(string text)
    {
        using HookRun run = new(ModelRules.Right);
        return run.Check(HookText.Read(text));
    }

    internal static HookReport Run(ModelRules rules, ulong first, TimeSpan time, string foundFolder, long mostCases, int mostFindings)
    {
        using HookRun run = new(rules);
        List<HookFinding> findings = [];
        Stopwatch clock = Stopwatch.StartNew();
        long cases = 0;
        for (ulong seed = first; clock.Elapsed < time && cases < mostCases && findings.Count < mostFindings; seed++, cases++)
        {
            HookCase test = new HookGenerator(seed).Next();
            if (run.Check(test) is not string difference) continue;
            clock.Stop();
            HookShrinker shrinker = new(test, run);
            HookCase small = shrinker.Shrink(ShrinkTime);
            Directory.CreateDirectory(foundFolder);
            string shown = shrinker.Difference ?? difference, path = Path.Combine(foundFolder, string.Create(CultureInfo.InvariantCulture, $"hostapi-{seed}.hooks"));
            File.WriteAllText(path, HookText.Write(small, string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {shown}")));
            findings.Add(new HookFinding(seed, shown, path));
            clock.Start();
        }

        return new HookReport(cases, run.NotModelled, run.Ends, run.Calls, [.. HostTable.Entries.Select(static entry => entry.Name).Where(name => !run.Calls.ContainsKey(name))], findings);
    }
}
