using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.Fuzz.Differential;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Calls exported functions of a module in the interpreter and as compiled code, each call on new instances, and compares all that can be
/// seen: how it ended and where, ink, stack words, results, what host functions saw, memories, globals, tables.
/// </summary>
internal sealed class EngineComparison(TestedModule interpreted, TestedModule compiled, TestedEngine compiler) : IDisposable
{
    // Most imports only give numbers; the others read and write memory, charge, call back, end the execution.
    private static readonly string[] Kinds = ["mix", "mix", "mix", "memory", "memory", "charge", "globals", "call", "mix", "memory", "exit", "fault"];

    /// <summary>Calls that were compared.</summary>
    public int Calls { get; private set; }
    /// <summary>Those that returned.</summary>
    public int Returned { get; private set; }
    /// <summary>Host calls that were compared.</summary>
    public long HostCalls { get; private set; }

    /// <summary>Compares a call; null where there is no difference.</summary>
    /// <param name="export">An exported function.</param>
    /// <param name="seed">Of the arguments, and of which host function does what.</param>
    /// <param name="ink">Ink of the call.</param>
    /// <param name="used">Ink that it used.</param>
    /// <param name="words">Stack words of the call.</param>
    public string? Compare(Export export, ulong seed, ulong ink, ulong words, out ulong used)
    {
        used = 0;
        Module module = interpreted.Module;
        // The names make the kinds, so that both worlds have the same.
        string NameOf(Import import) => Kinds[(int)((seed + (ulong)import.Name.Sum(static letter => letter * 31)) % (ulong)Kinds.Length)];
        using World one = new(TestedEngines.Reference, names: NameOf), two = new(compiler, names: NameOf);
        StepRecord made = one.Add(interpreted.Module, ink, words), other = two.Add(compiled.Module, ink, words);
        if (Differs(other, made) is string difference) return $"making an instance: {difference}";
        if (one.Instances.Count == 0 || made.Result.Outcome != Outcome.Success) return null;
        FunctionType type = module.TypeOfFunction(export.Index);
        StepRecord expected = one.Call(one.Instances[0], export, Arguments(one, type, seed), ink, words);
        StepRecord found = two.Call(two.Instances[0], two.Instances[0].Module.TryGetExport(export.Name, out Export same) ? same : export, Arguments(two, type, seed), ink, words);
        used = ink - expected.Ink;
        Calls++;
        HostCalls += one.Events.Count;
        if (expected.Result.Outcome == Outcome.Success && expected.Thrown is null) Returned++;
        return Differs(found, expected) ?? two.DifferenceFrom(one);
    }

    private static ulong[] Arguments(World world, FunctionType type, ulong seed)
    {
        // The first set is small numbers: lengths and addresses that a program can use.
        if (seed > 0) return world.Arguments(world.Instances[0], type, new Random64(seed));
        return world.Fitting(world.Instances[0], type, [.. Enumerable.Range(0, ValueSlots.Count(type.Parameters)).Select(static i => 1024UL + 32 * (ulong)i)]);
    }

    private static string? Differs(StepRecord found, StepRecord expected)
    {
        if (found.Thrown != expected.Thrown) return $"threw {found.Thrown ?? "nothing"}, expected {expected.Thrown ?? "nothing"}";
        if (found.Result != expected.Result) return $"{found.Result}, expected {expected.Result}";
        if (!found.Values.AsSpan().SequenceEqual(expected.Values)) return $"results {Text(found.Values)}, expected {Text(expected.Values)}";
        if ((found.Ink, found.IsExhausted) != (expected.Ink, expected.IsExhausted)) return FormattableString.Invariant($"ink left {found.Ink}, expected {expected.Ink}");
        return found.Words != expected.Words ? FormattableString.Invariant($"words left {found.Words}, expected {expected.Words}") : null;
    }

    private static string Text(IEnumerable<ulong> values) => string.Join(' ', values.Select(static value => value.ToString("x", CultureInfo.InvariantCulture)));

    /// <inheritdoc/>
    public void Dispose()
    {
        interpreted.Dispose();
        compiled.Dispose();
    }
}
