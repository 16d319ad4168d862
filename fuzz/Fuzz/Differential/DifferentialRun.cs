using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ContractVm.Fuzz.Differential;

/// <summary>Engines do not do the same.</summary>
/// <param name="Engine">The one that differs from the reference.</param>
/// <param name="Text">Where, and what was expected.</param>
/// <param name="IsRefused">It does not run a module at all.</param>
internal sealed record Difference(string Engine, string Text, bool IsRefused = false);

/// <summary>
/// Runs a case in several engines and compares all that can be seen, after each call. Three passes, each from new instances: with
/// ample ink; with exactly the ink that was used; with one less for one call, and chance limits of ink and stack for those after it.
/// </summary>
internal sealed class DifferentialRun(DifferentialCase test, IReadOnlyList<TestedEngine> engines, RunStatistics? statistics = null)
{
    // Enough to grow a memory by two pages.
    private const ulong Ample = 25_000_000;
    private readonly Dictionary<int, ulong> _used = [];

    /// <summary>Runs a case; null where there is no difference.</summary>
    /// <param name="test">The case.</param>
    /// <param name="engines">The engines, the reference first.</param>
    /// <param name="statistics">Counts what the reference does, or null.</param>
    /// <exception cref="InvalidCaseException">The case is none.</exception>
    public static Difference? Check(DifferentialCase test, IReadOnlyList<TestedEngine> engines, RunStatistics? statistics = null) => new DifferentialRun(test, engines, statistics).Check();

    private Difference? Check()
    {
        List<List<TestedModule>> loaded = [];
        try
        {
            foreach (TestedEngine engine in engines)
            {
                List<TestedModule> modules = [];
                loaded.Add(modules);
                foreach (byte[] bytes in test.Modules)
                {
                    if (engine.Load(bytes, out string? reason) is not TestedModule module) return new Difference(engine.Name, $"module {modules.Count} is not run: {reason}", IsRefused: true);
                    modules.Add(module);
                }
            }

            Random64 random = new(test.Seed);
            // Recursion ends for want of ink where there are many words, else for want of words.
            ulong words = random.OneIn(2) ? Profiles.Bare.Schedule.StackWords : 500 + random.Next() % 8000;
            if (Pass("ample", loaded, _ => (Ample, words), isFirst: true) is Difference ample) return ample;
            if (Pass("exact", loaded, step => (_used.GetValueOrDefault(step, Ample), words)) is Difference exact) return exact;
            int cut = random.Below(test.Calls.Count + 1);
            return Pass("short", loaded, step =>
            {
                if (!_used.TryGetValue(step, out ulong used)) used = Ample;
                if (step < cut) return (Ample, words);
                if (step == cut) return (used == 0 ? 0 : used - 1, words);
                return (random.OneIn(3) ? Ample : random.Next() % (used + 1), random.OneIn(2) ? words : random.Next() % 400);
            });
        }
        finally
        {
            foreach (TestedModule module in loaded.SelectMany(static modules => modules)) module.Dispose();
        }
    }

    private Difference? Pass(string pass, List<List<TestedModule>> loaded, Func<int, (ulong Ink, ulong Words)> limits, bool isFirst = false)
    {
        List<World> worlds = [];
        try
        {
            foreach (TestedEngine engine in engines) worlds.Add(new World(engine));
            for (int i = 0; i < test.Modules.Count; i++)
            {
                // Start functions have steps of their own, before all calls.
                (ulong ink, ulong words) = isFirst ? limits(0) : limits(-1 - i);
                StepRecord? made = Compare(pass, $"making instance {i}", worlds, engine => worlds[engine].Add(loaded[engine][i].Module, ink, words), out Difference? difference);
                if (difference is not null) return difference;
                if (isFirst) _used[-1 - i] = ink - made!.Ink;
                if (made!.Result.Outcome != Outcome.Success || made.Thrown is not null)
                {
                    if (isFirst) statistics?.NotMade();
                    return null;
                }
            }

            for (int step = 0; step < test.Calls.Count; step++)
            {
                CaseCall call = test.Calls[step];
                Instance reference = worlds[0].Instances[Math.Min(call.Module, worlds[0].Instances.Count - 1)];
                if (!reference.Module.TryGetExport(call.Export, out Export export) || export.Kind != ExternalKind.Function) continue;
                (ulong ink, ulong words) = limits(step + 1);
                StepRecord? made = Compare(pass, $"call {step} of {call.Export}", worlds, engine =>
                {
                    Instance instance = worlds[engine].Instances[reference.Number];
                    return worlds[engine].Call(instance, export, worlds[engine].Fitting(instance, instance.Module.TypeOfFunction(export.Index), call.Arguments), ink, words);
                }, out Difference? difference);
                if (difference is not null) return difference;
                if (isFirst) _used[step + 1] = ink - made!.Ink;
                statistics?.Called(pass, made!);
            }

            if (isFirst) statistics?.Observe(test);
            return null;
        }
        finally
        {
            foreach (World world in worlds) world.Dispose();
        }
    }

    private StepRecord? Compare(string pass, string what, List<World> worlds, Func<int, StepRecord> run, out Difference? difference)
    {
        difference = null;
        StepRecord expected = run(0);
        if (expected.Thrown is string thrown && thrown.Contains('\n', StringComparison.Ordinal)) difference = new Difference(engines[0].Name, $"{pass}: {what}: threw {thrown}");
        for (int engine = 1; engine < worlds.Count && difference is null; engine++)
        {
            StepRecord step = run(engine);
            string? text = Differs(step, expected) ?? worlds[engine].DifferenceFrom(worlds[0]);
            if (text is not null) difference = new Difference(engines[engine].Name, $"{pass}: {what}: {text}");
        }

        return expected;
    }

    private static string? Differs(StepRecord step, StepRecord expected)
    {
        if (step.Thrown != expected.Thrown) return $"threw {step.Thrown ?? "nothing"}, expected {expected.Thrown ?? "nothing"}";
        if (step.Result != expected.Result) return $"{step.Result}, expected {expected.Result}";
        for (int i = 0; i < expected.Values.Length; i++)
            if (step.Values[i] != expected.Values[i]) return string.Create(CultureInfo.InvariantCulture, $"result slot {i} is {step.Values[i]:x}, expected {expected.Values[i]:x}");
        if ((step.Ink, step.IsExhausted) != (expected.Ink, expected.IsExhausted)) return string.Create(CultureInfo.InvariantCulture, $"ink left {step.Ink} {step.IsExhausted}, expected {expected.Ink} {expected.IsExhausted}");
        return step.Words != expected.Words ? string.Create(CultureInfo.InvariantCulture, $"words left {step.Words}, expected {expected.Words}") : null;
    }
}
