using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.IO.Enumeration;
using System.Linq;

namespace Bench;

/// <summary>
/// Programs of the shared corpora in V8 and in our engines, in turns. Outputs must be the expected ones where there are such, and
/// agree in any case.
/// </summary>
internal sealed class CorpusSpeed : IDisposable
{
    private const int MostSamples = 9, InterpreterSamples = 3, MostCalls = 20_000;
    // A function is called so often that a sample takes this long in the first engine.
    private const double SampleNanoseconds = 4e6;
    // Shorter ones measure the call more than the program.
    private const double ShortNanoseconds = 1e3;
    // More than any engine takes: it makes ink a bound for the time.
    private const double CompiledInk = 1e14, InterpretedInk = 3.5e11;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), Budget = TimeSpan.FromSeconds(4);
    private static readonly string Ours = Variant.Compiled.Name, Interpreted = Variant.Interpreter.Name;
    private readonly List<(string Name, ICorpusRunner Runner)> _runners = [];
    private readonly TimeSpan _interpreterLimit;
    private readonly List<(string Workload, string Engine, string Note)> _notes = [];

    private CorpusSpeed(TimeSpan interpreterLimit)
    {
        _interpreterLimit = interpreterLimit;
        if (Peer.IsHere("node", "V8"))
        {
            _runners.Add((Names.TurboFan, new PeerCorpus(new Peer("node", "--no-liftoff", Kernels.Script("corpora.js")))));
            _runners.Add((Names.Liftoff, new PeerCorpus(new Peer("node", "--liftoff-only", Kernels.Script("corpora.js")))));
        }

        // What runs the kernels first has settled.
        byte[] kernels = File.ReadAllBytes(Kernels.Module);
        OwnKernels.TryMake(Variant.Compiled, kernels)?.Dispose();
        _runners.Add((Ours, new OwnCorpus(Variant.Compiled, CompiledInk)));
        if (interpreterLimit == TimeSpan.Zero) return;
        OwnKernels.TryMake(Variant.Interpreter, kernels)?.Dispose();
        _runners.Add((Interpreted, new OwnCorpus(Variant.Interpreter, InterpretedInk)));
    }

    /// <summary>Measures and prints.</summary>
    /// <param name="pattern">Names of programs, with stars.</param>
    /// <param name="interpreterSeconds">About how long the interpreter may run a program; 0 leaves it out.</param>
    public static int Run(string pattern, double interpreterSeconds)
    {
        string folder = Workloads.FindFolder() ?? throw new InvalidDataException("the corpora are not here: CONTRACTVM_CORPORA says where, or they are in shared/corpora beside the repository");
        List<Workload> workloads = Workloads.Read(folder).Where(workload => FileSystemName.MatchesSimpleExpression(pattern, workload.Name)).ToList();
        if (workloads.Count == 0) throw new InvalidDataException($"no program is called {pattern}");
        using CorpusSpeed speed = new(TimeSpan.FromSeconds(interpreterSeconds));
        List<Dictionary<string, double?>> rows = [];
        List<string> names = speed._runners.Select(static runner => runner.Name).ToList();
        (string Name, string Over, string Under)[] ratios =
            [("compiled / TurboFan", Ours, Names.TurboFan), ("compiled / Liftoff", Ours, Names.Liftoff), ("Liftoff / TurboFan", Names.Liftoff, Names.TurboFan), ("interpreter / TurboFan", Interpreted, Names.TurboFan), ("interpreter / compiled", Interpreted, Ours)];
        Console.WriteLine("Milliseconds of the measured part, or of a call:\n");
        Console.WriteLine(Figures.Head(["program", .. names, .. ratios.Select(static ratio => ratio.Name)]));
        foreach (Workload workload in workloads)
        {
            Dictionary<string, double?> times = speed.Measure(workload);
            double? first = names.Select(name => times.GetValueOrDefault(name)).FirstOrDefault(static time => time is not null);
            bool isLong = first > ShortNanoseconds;
            if (isLong) rows.Add(times);
            Console.WriteLine(Figures.Row([workload.Name + (isLong ? "" : " *"), .. names.Select(name => Figures.Milliseconds(times.GetValueOrDefault(name))), .. ratios.Select(ratio => Figures.Fixed(Ratio(times, ratio.Over, ratio.Under), 2))]));
        }

        Console.WriteLine(Figures.Row(["geometric mean", .. names.Select(static _ => ""), .. ratios.Select(ratio => Figures.Fixed(Figures.GeometricMean(rows.Select(row => Ratio(row, ratio.Over, ratio.Under))), 2))]));
        Console.WriteLine("\n\\* less than a microsecond: the call more than the program; not in the means");
        foreach (IGrouping<(string Engine, string Note), (string Workload, string Engine, string Note)> note in speed._notes.GroupBy(static note => (note.Engine, note.Note)))
            Console.WriteLine($"- {note.Key.Engine}: {note.Key.Note}: {(note.Count() == workloads.Count ? "all programs" : string.Join(", ", note.Select(static one => one.Workload)))}");
        return 0;
    }

    private static double? Ratio(Dictionary<string, double?> times, string over, string under) => times.GetValueOrDefault(over) / times.GetValueOrDefault(under);

    private Dictionary<string, double?> Measure(Workload workload)
    {
        Dictionary<string, List<double>> samples = [];
        string? outcome = null, settled = null;
        int calls = 1;
        Dictionary<string, int> rounds = [];
        foreach ((string name, ICorpusRunner runner) in _runners)
        {
            // The first run settles, is compared with what is expected, and shows how much a sample takes.
            long from = Stopwatch.GetTimestamp();
            TimeSpan limit = name == Interpreted ? _interpreterLimit : Limit;
            CorpusSample? first = runner.Run(workload, 1, workload.Call?.ExpectedMemory.Length ?? 0, limit, out string? problem);
            if (first is not { } sample)
            {
                _notes.Add((workload.Name, name, problem!));
                // What the fastest compiler does not do in time, no other does.
                if (problem!.StartsWith("more", StringComparison.Ordinal) && name == _runners[0].Name) break;
                continue;
            }

            Check(workload, name, sample.Outcome);
            outcome ??= sample.Outcome;
            if (sample.Outcome != outcome) throw new InvalidDataException($"{workload.Name}: {outcome} elsewhere, {sample.Outcome} in {name}");
            // One run that takes longer than all others may is enough.
            int fitting = (int)Math.Min(Budget / Stopwatch.GetElapsedTime(from), name == Interpreted ? InterpreterSamples : MostSamples);
            samples.Add(name, fitting > 0 ? [] : [sample.Nanoseconds]);
            rounds.Add(name, fitting);
            if (workload.Call is not null && samples.Count == 1 && runner.Run(workload, 3, 0, limit, out _) is { } probe)
                calls = (int)Math.Clamp(SampleNanoseconds / Math.Max(probe.Nanoseconds, 1), 1, MostCalls);
        }

        for (int round = 0; round < MostSamples; round++)
            foreach ((string name, ICorpusRunner runner) in _runners)
            {
                bool isInterpreter = name == Interpreted;
                if (!samples.TryGetValue(name, out List<double>? times) || round >= rounds[name]) continue;
                int mine = isInterpreter ? Math.Max(1, calls / 20) : calls;
                if (runner.Run(workload, mine, int.MaxValue, isInterpreter ? _interpreterLimit : Limit, out _) is not { } sample) continue;
                // After another number of calls the memory may be another.
                if (mine == calls) settled ??= sample.Outcome;
                if (mine == calls && sample.Outcome != settled) throw new InvalidDataException($"{workload.Name}: {settled} elsewhere, {sample.Outcome} in {name}");
                times.Add(sample.Nanoseconds);
            }

        return samples.ToDictionary(static pair => pair.Key, static pair => Figures.Median(pair.Value));
    }

    private void Check(Workload workload, string name, string outcome)
    {
        string[] words = outcome.Split(' ');
        if (words[0] == "failed:")
        {
            _notes.Add((workload.Name, name, outcome));
            return;
        }

        bool isExpected = workload.Call is FunctionCase call
            ? (call.ExpectedResult.Length == 0 || words[0] == call.ExpectedResult) && words[1] == Workloads.Hash(call.ExpectedMemory)
            : words[1] == "0" && (workload.Output is null || workload.Output == words[2]) && (workload.Errors is null || workload.Errors == words[3]);
        if (!isExpected) _notes.Add((workload.Name, name, $"not what is expected ({outcome})"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((string _, ICorpusRunner runner) in _runners) runner.Dispose();
    }
}
