using System;
using System.Collections.Generic;
using System.Globalization;
using ContractVm.Gas;
using ContractVm.Tests.Text;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>Modules written as text, linked by name in one store, and short ways to call them.</summary>
internal sealed class TextModules : IDisposable
{
    public const ulong Plenty = 1UL << 60;
    private readonly Dictionary<(string, string), External> _known = [];
    private readonly Store _store;

    /// <summary>Makes an empty store.</summary>
    /// <param name="objectBytes">Its limit on objects.</param>
    /// <param name="engine">What runs it; the interpreter where no code can be run.</param>
    public TextModules(ulong objectBytes = 1 << 20, EngineKind engine = EngineKind.Interpreter) =>
        _store = new Store(objectBytes, Engines.IsCompiledAvailable ? engine : EngineKind.Interpreter);

    public Store Store => _store;

    public static Module Load(string text, Profile? profile = null) => TestModules.Load(Texts.Read(text).Bytes, profile);

    /// <summary>Makes something importable.</summary>
    public void Define(string module, string name, External external) => _known[(module, name)] = external;

    /// <summary>Makes a host function importable; type letters are i, l, f, d, v, r (externref).</summary>
    public void Host(string name, string parameters, string results, HostCallback body) =>
        Define("host", name, new HostFunction("host", name, new FunctionType(Types(parameters), Types(results)), body));

    /// <summary>Instantiates a text; its exports can be imported under the name by those that follow.</summary>
    public Instance Add(string text, string name = "m", object? state = null)
    {
        ExecutionResult result = TryAdd(text, out Instance? instance, name, state);
        return instance ?? throw new InvalidOperationException($"{result}");
    }

    public ExecutionResult TryAdd(string text, out Instance? instance, string name = "m", object? state = null)
    {
        ExecutionResult result = Instance.Create(Load(text), import => _known.GetValueOrDefault((import.Module, import.Name)), state, out instance, _store);
        if (instance is null) return result;
        foreach (Export export in instance.Module.Exports)
            if (instance.TryGetExport(export.Name, out External external)) _known[(name, export.Name)] = external;
        return instance.RunStart(NewMeter());
    }

    public static Meter NewMeter(ulong ink = Plenty, ulong? words = null) => new(ink, words ?? Profiles.Bare.Schedule.StackWords);

    public static (ExecutionResult Result, ulong[] Values) Call(Instance instance, string name, Meter meter, params ulong[] arguments)
    {
        Assert.True(instance.Module.TryGetExport(name, out Export export), name);
        ulong[] results = new ulong[ValueSlots.Count(instance.Module.TypeOfFunction(export.Index).Results)];
        return (instance.Invoke(export.Index, arguments, results, meter), results);
    }

    /// <summary>Calls a function that must succeed, and gives its slots.</summary>
    public static ulong[] Values(Instance instance, string name, params ulong[] arguments)
    {
        (ExecutionResult result, ulong[] values) = Call(instance, name, NewMeter(), arguments);
        Assert.True(result == ExecutionResult.Success, string.Create(CultureInfo.InvariantCulture, $"{name}: {result}"));
        return values;
    }

    /// <summary>Calls a function that must succeed, and gives its first slot.</summary>
    public static ulong Value(Instance instance, string name, params ulong[] arguments) => Values(instance, name, arguments)[0];

    /// <summary>Calls a function that must fail, and says how.</summary>
    public static TrapKind Trap(Instance instance, string name, params ulong[] arguments)
    {
        ExecutionResult result = Call(instance, name, NewMeter(), arguments).Result;
        Assert.Equal(Outcome.Failure, result.Outcome);
        return result.Trap;
    }

    public void Dispose() => _store.Dispose();

    private static ValueType[] Types(string letters)
    {
        ValueType[] types = new ValueType[letters.Length];
        for (int i = 0; i < types.Length; i++)
        {
            types[i] = letters[i] switch
            {
                'i' => ValueType.I32, 'l' => ValueType.I64, 'f' => ValueType.F32, 'd' => ValueType.F64, 'v' => ValueType.V128, _ => ValueType.ExternRef,
            };
        }

        return types;
    }
}
