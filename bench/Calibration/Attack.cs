using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.Fuzz;
using ContractVm.Gas;
using ContractVm.Text;

namespace ContractVm.Calibration;

/// <summary>A program that the attack found.</summary>
/// <param name="Composition">What it is made of: cases with the number of their repetitions in a turn, or the seed of a generated program.</param>
/// <param name="Ratio">Time per ink, as a multiple of the reference's.</param>
/// <param name="NanosecondsPerInk">Time per ink.</param>
public sealed record Finding(IReadOnlyList<string> Composition, double Ratio, double NanosecondsPerInk);

/// <summary>What an attack came to.</summary>
/// <param name="Engine">The engine's name.</param>
/// <param name="ReferencePerInk">Nanoseconds per ink of a loop of i32 additions.</param>
/// <param name="Tried">Programs that were measured.</param>
/// <param name="Worst">The worst that were found, measured again; the worst one first.</param>
/// <param name="Text">The worst one as a module in the text format.</param>
public sealed record AttackReport(string Engine, double ReferencePerInk, int Tried, IReadOnlyList<Finding> Worst, string Text);

/// <summary>
/// Plays the adversary: looks for the program with the most time per ink, by evolution over mixtures of the library's cases in one loop,
/// with a generated program now and then. The seed decides what is tried in which order; times decide what survives.
/// </summary>
/// <param name="engine">The engine to attack.</param>
/// <param name="cases">What to mix.</param>
/// <param name="seed">Where chance starts.</param>
public sealed class Attack(IMeasuredEngine engine, IReadOnlyList<Case> cases, ulong seed)
{
    private const int Survivors = 12, Finalists = 6, MostGenes = 6, MostRepeats = 32, GeneratedEvery = 10, Runs = 3, FinalRuns = 7, MostTurns = 1 << 20;
    // Programs without one that ends well, beyond the time.
    private const int MostInVain = 200;
    private const double Slice = 2_000_000, FinalSlice = 10_000_000, PartForSingles = 0.4;
    /// <summary>A generated program shorter than this is mostly the call from outside, which contracts cannot make.</summary>
    private const double LeastGenerated = 20_000;
    /// <summary>Ink of one call of a generated program: some of them run for minutes.</summary>
    private const ulong MostGenerated = 1_000_000_000;

    private readonly Random64 _random = new(seed);
    private readonly Case[] _cases = cases.Where(static one => !one.EndsCall).ToArray();

    /// <summary>A case and its repetitions in a turn.</summary>
    private readonly record struct Gene(Case Case, int Repeats);

    /// <summary>A mixture of cases, or the seed of a generated program.</summary>
    private sealed record Candidate(Gene[] Genes, ulong Generated)
    {
        public double PerInk { get; set; }

        public string[] Composition => Genes.Length == 0
            ? [string.Create(CultureInfo.InvariantCulture, $"generated program {Generated}")]
            : Genes.Select(static gene => string.Create(CultureInfo.InvariantCulture, $"{gene.Repeats} x {gene.Case}")).ToArray();
    }

    /// <summary>Searches.</summary>
    /// <param name="seconds">How long.</param>
    public AttackReport Search(double seconds)
    {
        if (_cases.Length == 0) throw new CalibrationException($"the attack mixes cases in one loop, and none of these goes on after it: {string.Join(", ", cases)}");
        Stopwatch clock = Stopwatch.StartNew();
        using Calibrator.Reference reference = new(engine);
        List<Candidate> pool = [];
        Queue<Case> singles = new(Shuffled());
        int tried = 0;
        // Where the machine is so busy that the time is over at once, there is a result all the same.
        while (clock.Elapsed.TotalSeconds < seconds || (pool.Count == 0 && tried < MostInVain))
        {
            bool isSingle = singles.Count > 0 && clock.Elapsed.TotalSeconds < seconds * PartForSingles;
            Candidate candidate =
                tried % GeneratedEvery == GeneratedEvery - 1 ? new Candidate([], _random.Next())
                : isSingle || pool.Count == 0 ? new Candidate([new Gene(singles.Count > 0 ? singles.Dequeue() : SomeCase(), 8)], 0)
                : Child(pool);
            if (tried++ % 50 == 0) reference.Sample();
            candidate.PerInk = Measure(candidate, Slice, Runs);
            Insert(pool, candidate);
        }

        // What was measured in haste, with its luck, is measured again at length.
        for (int i = 0; i < 3; i++) reference.Sample();
        if (pool.Count > Finalists) pool.RemoveRange(Finalists, pool.Count - Finalists);
        foreach (Candidate candidate in pool)
            // One that runs out of something in so many turns keeps its first figure.
            if (Measure(candidate, FinalSlice, FinalRuns) is > 0 and double perInk) candidate.PerInk = perInk;
        pool.Sort(static (a, b) => b.PerInk.CompareTo(a.PerInk));
        List<Finding> worst = pool.Select(candidate => new Finding(candidate.Composition, candidate.PerInk / reference.PerInk, candidate.PerInk)).ToList();
        return new AttackReport(engine.Name, reference.PerInk, tried, worst, pool.Count == 0 ? "" : TextOf(pool[0]));
    }

    private IEnumerable<Case> Shuffled()
    {
        Case[] order = [.. _cases];
        for (int i = order.Length - 1; i > 0; i--)
        {
            int other = _random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    private Case SomeCase() => _cases[_random.Below(_cases.Length)];

    /// <summary>Keeps the worst, and of those with the same cases only one, so that the pool stays diverse.</summary>
    private static void Insert(List<Candidate> pool, Candidate candidate)
    {
        if (candidate.PerInk <= 0) return;
        int twin = pool.FindIndex(other => other.Generated == candidate.Generated && other.Genes.Select(static gene => gene.Case).ToHashSet().SetEquals(candidate.Genes.Select(static gene => gene.Case)));
        if (twin >= 0 && pool[twin].PerInk >= candidate.PerInk) return;
        if (twin >= 0) pool.RemoveAt(twin);
        pool.Add(candidate);
        pool.Sort(static (a, b) => b.PerInk.CompareTo(a.PerInk));
        if (pool.Count > Survivors) pool.RemoveAt(pool.Count - 1);
    }

    private Candidate Child(List<Candidate> pool)
    {
        Candidate parent = pool[_random.Below(pool.Count)], other = pool[_random.Below(pool.Count)];
        List<Gene> genes = [.. parent.Genes];
        switch (_random.Below(5))
        {
            case 0:
                genes.Insert(_random.Below(genes.Count + 1), new Gene(SomeCase(), 1 + _random.Below(MostRepeats)));
                break;
            case 1 when genes.Count > 1:
                genes.RemoveAt(_random.Below(genes.Count));
                break;
            case 2 when other.Genes.Length > 0:
                genes.Add(other.Genes[_random.Below(other.Genes.Length)]);
                break;
            case 3 when genes.Count > 1:
                int at = _random.Below(genes.Count);
                genes[at] = new Gene(SomeCase(), genes[at].Repeats);
                break;
            default:
                if (genes.Count == 0) break;
                int changed = _random.Below(genes.Count);
                genes[changed] = genes[changed] with { Repeats = 1 + _random.Below(MostRepeats) };
                break;
        }

        if (genes.Count == 0) genes.Add(new Gene(SomeCase(), 8));
        if (genes.Count > MostGenes) genes.RemoveAt(_random.Below(genes.Count));
        return new Candidate([.. genes], 0);
    }

    /// <summary>Nanoseconds per ink, the least of several runs so that neighbours on the machine do not look like an attack; 0 where it does not end well.</summary>
    private double Measure(Candidate candidate, double slice, int runs)
    {
        if (candidate.Genes.Length == 0) return MeasureGenerated(candidate.Generated, slice, runs);
        bool isBounded = candidate.Genes.Any(static gene => gene.Case.MostTurns > 0);
        // Each gene that fills something has room for so many executions.
        int most = candidate.Genes.Min(static gene => gene.Case.MostTurns == 0 ? MostTurns : Math.Max(1, gene.Case.MostTurns * gene.Case.Unroll / gene.Repeats));
        if (!TryLoad(candidate, out Module module)) return 0;
        using TimedProgram program = new(engine, module, candidate.Genes.Select(static gene => gene.Case.Prepare).OfType<string>().Distinct().ToList(), isBounded);
        int turns = 1;
        Run run = program.Run(turns);
        while (run.Result.Outcome == Outcome.Success && run.Nanoseconds < slice && turns < most)
        {
            turns = Math.Min(turns * 2, most);
            run = program.Run(turns);
        }

        double least = double.MaxValue;
        for (int i = 0; i < runs && run.Result.Outcome == Outcome.Success; i++)
        {
            run = program.Run(turns);
            least = Math.Min(least, run.Nanoseconds / run.Ink);
        }

        return run.Result.Outcome == Outcome.Success ? least : 0;
    }

    /// <summary>A generated program is run from outside, as often as fills the slice.</summary>
    private double MeasureGenerated(ulong program, double slice, int runs)
    {
        if (!Module.TryLoad(ProgramGenerator.Generate(program), Profiles.ContractVmV1, out Module module, out _)) return 0;
        IMeasuredProgram prepared = engine.Prepare(module);
        Scene scene = new();
        using IMeasuredInstance instance = prepared.Start(scene.Frame);
        Span<ulong> results = stackalloc ulong[1];
        double least = double.MaxValue;
        for (int i = 0; i < runs; i++)
        {
            ulong ink = 0;
            long start = Stopwatch.GetTimestamp();
            int calls = 0;
            for (; Stopwatch.GetElapsedTime(start).TotalNanoseconds < slice / 4; calls++)
            {
                Meter meter = new(MostGenerated, Profiles.ContractVmV1.Schedule.StackWords);
                if (instance.Call("run", [program & 0xFFFF, program], results, meter).Outcome != Outcome.Success) return 0;
                ink += MostGenerated - meter.InkLeft;
            }

            double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            if (nanoseconds / calls < LeastGenerated) return 0;
            least = Math.Min(least, nanoseconds / ink);
        }

        return least;
    }

    private static bool TryLoad(Candidate candidate, out Module module)
    {
        module = null!;
        string text = TextOf(candidate);
        // A mixture may be more than a body may hold.
        return TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions { Names = false }, out TextModule? read, out _)
            && Module.TryLoad(read.Bytes, CaseModule.ProfileOf(candidate.Genes.Any(static gene => gene.Case.IsFar)), out module, out _);
    }

    private static string TextOf(Candidate candidate)
    {
        if (candidate.Genes.Length == 0)
        {
            using StringWriter printed = new(CultureInfo.InvariantCulture);
            TextPrinter.TryPrint(ProgramGenerator.Generate(candidate.Generated), printed, PrintOptions.Default, out _);
            return printed.ToString();
        }

        StringBuilder body = new();
        foreach (Gene gene in candidate.Genes)
        {
            body.AppendLine(CultureInfo.InvariantCulture, $";; {gene.Repeats} x {gene.Case}");
            if (gene.Case.Chain is string chain) body.AppendLine(CultureInfo.InvariantCulture, $"local.get {chain}");
            for (int i = 0; i < gene.Repeats; i++) body.AppendLine(gene.Case.Unit(isBaseline: false));
            if (gene.Case.Chain is not null) body.AppendLine(CultureInfo.InvariantCulture, $"local.set {gene.Case.Sink ?? gene.Case.Chain}");
        }

        string prepare = string.Join(", ", candidate.Genes.Select(static gene => gene.Case.Prepare).OfType<string>().Distinct());
        return (prepare.Length == 0 ? "" : $";; call once before: {prepare}\n") + CaseModule.Text(
            body.ToString(), candidate.Genes.Any(static gene => gene.Case.HasObjects), candidate.Genes.Any(static gene => gene.Case.IsFar));
    }
}
