using System;
using System.Collections.Generic;
using System.Linq;

namespace ContractVm.Conformance;

/// <summary>Does everything in two engines, and takes a difference between them for a failure.</summary>
internal sealed class BothEngines(IScriptEngine first, IScriptEngine second) : IScriptEngine
{
    public EngineResult Instantiate(Module module, out object? instance)
    {
        EngineResult one = first.Instantiate(module, out object? made), other = second.Instantiate(module, out object? alsoMade);
        instance = made is not null && alsoMade is not null ? new Pair(made, alsoMade) : null;
        return Compare(one, other);
    }

    public void Register(string name, object instance)
    {
        first.Register(name, ((Pair)instance).First);
        second.Register(name, ((Pair)instance).Second);
    }

    public EngineResult Invoke(object instance, string export, IReadOnlyList<ScriptValue> arguments) =>
        Compare(first.Invoke(((Pair)instance).First, export, arguments), second.Invoke(((Pair)instance).Second, export, arguments));

    public EngineResult Get(object instance, string export) =>
        Compare(first.Get(((Pair)instance).First, export), second.Get(((Pair)instance).Second, export));

    private static EngineResult Compare(EngineResult one, EngineResult other)
    {
        if (one.Outcome == EngineOutcome.Unsupported) return one;
        if (other.Outcome == EngineOutcome.Unsupported) return other;
        if (one.Outcome == other.Outcome && one.Text == other.Text && one.Values.SequenceEqual(other.Values)) return one;
        return new EngineResult(EngineOutcome.Trap, $"the engines differ: {Describe(one)} and {Describe(other)}", []);
    }

    private static string Describe(EngineResult result) =>
        $"{result.Outcome} {result.Text} {string.Join(", ", result.Values.Select(static value => FormattableString.Invariant($"{value.Type} {value.High:x}:{value.Low:x}")))}";

    private sealed record Pair(object First, object Second);
}
