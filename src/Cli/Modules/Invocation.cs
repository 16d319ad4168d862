using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using ContractVm.Cli.CommandLine;
using ContractVm.Gas;

namespace ContractVm.Cli.Modules;

/// <summary>What running a function came to.</summary>
/// <param name="Execution">How it ended.</param>
/// <param name="Values">Types and bits of the results; none unless it succeeded.</param>
/// <param name="InkUsed">Ink of start function and call.</param>
/// <param name="ElapsedMilliseconds">Time of each call alone; none where instantiation or the start function failed.</param>
internal sealed record InvocationResult(ExecutionResult Execution, (ValueType Type, ulong Low, ulong High)[] Values, ulong InkUsed, double[] ElapsedMilliseconds);

/// <summary>A function of a module that imports nothing, with arguments that fit it.</summary>
internal sealed class Invocation
{
    private readonly string _path;
    private readonly Module _module;
    private readonly int _function;
    private readonly ulong[] _arguments;

    private readonly bool _isObserved;

    /// <summary>What runs it; observed runs are the interpreter's unless the code was compiled for it.</summary>
    public EngineKind Engine { get; set; }
    /// <summary>The module.</summary>
    public Module Module => _module;

    private Invocation(string path, Module module, int function, ulong[] arguments, bool isObserved = false)
    {
        _isObserved = isObserved;
        _path = path;
        _module = module;
        _function = function;
        _arguments = arguments;
    }

    /// <summary>Finds the function and reads the arguments.</summary>
    /// <exception cref="FailureException">The module has imports or no such function.</exception>
    /// <exception cref="UsageException">The arguments do not fit the function's type.</exception>
    public static Invocation Prepare(string path, Module module, string name, string[] arguments)
    {
        if (module.Imports.Count > 0)
        {
            Import first = module.Imports[0];
            string others = module.Imports.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" and {module.Imports.Count - 1} more");
            throw new FailureException($"{path}: the module imports {first.Module}.{first.Name}{others}; run offers no imports, so only modules without any can be run");
        }

        if (!module.TryGetExport(name, out Export export)) throw new FailureException($"{path}: there is no export '{name}'; {Functions(module)}");
        if (export.Kind != ExternalKind.Function) throw new FailureException($"{path}: the export '{name}' is a {export.Kind.ToString().ToLowerInvariant()}, not a function");
        FunctionType type = module.TypeOfFunction(export.Index);
        if (type.Parameters.Length != arguments.Length)
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{name} is {type}: it takes {type.Parameters.Length} arguments, not {arguments.Length}"));
        ulong[] slots = new ulong[ValueSlots.Count(type.Parameters)];
        for (int i = 0, slot = 0; i < arguments.Length; slot += ValueSlots.Of(type.Parameters[i++])) Argument(name, i + 1, type.Parameters[i], arguments[i], slots.AsSpan(slot));
        return new Invocation(path, module, export.Index, slots);
    }

    /// <summary>The same call of another module, which the same functions and types make.</summary>
    public Invocation Of(Module module) => new(_path, module, _function, _arguments);

    /// <summary>The same call of another module, which is compiled so that an observer is told of the instructions in a range of its bytes.</summary>
    /// <exception cref="FailureException">It cannot be compiled.</exception>
    public Invocation Observed(Module module, ByteRange range)
    {
        if (!Engines.TryCompileObserved(module, range, out string? reason)) throw new FailureException($"{_path}: {reason}");
        return new Invocation(_path, module, _function, _arguments, isObserved: true);
    }

    /// <summary>Runs it so many times, each on a fresh instance with its own meter.</summary>
    /// <exception cref="NodeFaultException">Two runs of the same call differed.</exception>
    public InvocationResult Run(ulong ink, int repeat)
    {
        List<double> elapsed = [];
        InvocationResult first = RunOnce(ink, elapsed, null);
        for (int i = 2; i <= repeat; i++)
        {
            InvocationResult next = RunOnce(ink, elapsed, null);
            if (next.Execution != first.Execution || next.InkUsed != first.InkUsed || !next.Values.AsSpan().SequenceEqual(first.Values))
                throw new NodeFaultException(string.Create(CultureInfo.InvariantCulture, $"run {i} of {_path} did not end as run 1 did"));
        }

        return first with { ElapsedMilliseconds = [.. elapsed] };
    }

    /// <summary>Runs it once more under an observer, which must not change anything.</summary>
    /// <exception cref="NodeFaultException">The observed run ended in another way.</exception>
    public void RunObserved(ulong ink, ExecutionObserver observer, InvocationResult plain)
    {
        InvocationResult observed = RunOnce(ink, [], observer);
        if (observed.Execution != plain.Execution || observed.InkUsed != plain.InkUsed || !observed.Values.AsSpan().SequenceEqual(plain.Values))
            throw new NodeFaultException($"the observed run of {_path} did not end as the plain one did");
    }

    /// <summary>Runs it once, observed or not, and looks at all that can be seen afterwards.</summary>
    public EngineSnapshot Inspect(ulong ink, EngineKind engine, ExecutionObserver? observer = null)
    {
        Engine = engine;
        EngineSnapshot? snapshot = null;
        RunOnce(ink, [], observer, (instance, result) => snapshot = new EngineSnapshot(instance, result.Execution, result.Values, result.InkUsed));
        return snapshot!;
    }

    private InvocationResult RunOnce(ulong ink, List<double> elapsed, ExecutionObserver? observer, Action<Instance?, InvocationResult>? inspect = null)
    {
        FunctionType type = _module.TypeOfFunction(_function);
        ulong[] results = new ulong[ValueSlots.Count(type.Results)];
        Meter meter = new(ink, _module.Profile.Schedule.StackWords);
        using Store store = new(_module.Profile.ObjectBytes, observer is null || _isObserved ? Engine : EngineKind.Interpreter);
        ExecutionResult execution = Instance.Create(_module, _ => null, null, out Instance? instance, store, observer);
        using Instance? made = instance;
        if (made is not null) execution = made.RunStart(meter);
        if (execution.Outcome == Outcome.Success)
        {
            long started = Stopwatch.GetTimestamp();
            execution = made!.Invoke(_function, _arguments, results, meter);
            elapsed.Add(Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 4));
        }

        List<(ValueType, ulong, ulong)> values = [];
        int slot = 0;
        foreach (ValueType result in execution.Outcome == Outcome.Success ? type.Results : [])
        {
            values.Add((result, results[slot], result == ValueType.V128 ? results[slot + 1] : 0));
            slot += ValueSlots.Of(result);
        }

        InvocationResult outcome = new(execution, [.. values], ink - meter.InkLeft, []);
        inspect?.Invoke(made, outcome);
        return outcome;
    }

    private static void Argument(string function, int number, ValueType type, string text, Span<ulong> slots)
    {
        if (!NumericText.IsNumeric(type))
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"parameter {number} of {function} is a {type}, which has no form on the command line"));
        if (!NumericText.TryParse(type, text, slots))
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"argument {number} of {function}, '{text}', is not an {type}: {NumericText.Expectation(type)}"));
    }

    private static string Functions(Module module)
    {
        const int Shown = 10;
        string[] names = module.Exports.Where(export => export.Kind == ExternalKind.Function).Select(export => export.Name).ToArray();
        if (names.Length == 0) return "the module exports no function";
        return "exported functions: " + string.Join(", ", names.Take(Shown)) + (names.Length > Shown ? ", …" : "");
    }
}
