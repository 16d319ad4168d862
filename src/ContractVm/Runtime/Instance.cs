using System;
using System.Collections.Generic;
using ContractVm.Gas;
using ContractVm.Interpreter;
using ContractVm.Runtime;

namespace ContractVm;

/// <summary>A module cannot be instantiated; the message says why.</summary>
public sealed class InstantiationException(string message) : Exception(message);

/// <summary>
/// A module with its memory, tables and globals (WebAssembly 3.0, "Module Instances"). Used by one thread at a time; dispose
/// it to give its memory back.
/// </summary>
public sealed class Instance : IDisposable
{
    private readonly ulong[] _globals;
    private readonly Table[] _tables;
    private readonly bool[] _droppedData;
    private readonly bool[] _droppedElements;
    private readonly ulong[]?[] _elementValues;

    private Instance(Module module, HostFunction[] hostFunctions, object? state)
    {
        Module = module;
        Prepared = PreparedModule.Of(module);
        HostFunctions = hostFunctions;
        Call = new HostCall(this, state);
        _globals = new ulong[module.GlobalTypeList.Count];
        _tables = new Table[module.TableList.Count];
        _droppedData = new bool[module.DataList.Count];
        _droppedElements = new bool[module.ElementList.Count];
        _elementValues = new ulong[]?[module.ElementList.Count];
    }

    /// <summary>The module.</summary>
    public Module Module { get; }
    /// <summary>Its memory, or null where it has none.</summary>
    public LinearMemory? Memory { get; private set; }
    /// <summary>Its globals, one 64-bit slot each.</summary>
    public Span<ulong> Globals => _globals;
    /// <summary>Its tables.</summary>
    public IReadOnlyList<Table> Tables => _tables;

    internal PreparedModule Prepared { get; }
    internal HostFunction[] HostFunctions { get; }
    internal HostCall Call { get; }
    internal Table[] TableArray => _tables;

    /// <summary>
    /// Makes an instance: resolves imports, makes memory and tables, copies active segments. The start function is not run:
    /// <see cref="RunStart"/> does, under a meter.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="resolve">Finds the host function of an import; null where there is none.</param>
    /// <param name="state">What host functions shall find in <see cref="HostCall.State"/>.</param>
    /// <param name="instance">The instance, where the result is a success.</param>
    /// <returns>Success, or the trap of a segment that does not fit.</returns>
    /// <exception cref="InstantiationException">An import is missing or has another type.</exception>
    public static ExecutionResult Create(Module module, Func<Import, HostFunction?> resolve, object? state, out Instance? instance)
    {
        if (!Engines.CanRun(module, out Features missing)) throw new InstantiationException($"no engine of this build runs {missing}");
        foreach (MemoryType memory in module.MemoryList)
            if (memory.Limits.Minimum > Engines.MostMemoryPages) throw new InstantiationException($"a memory of {memory.Limits.Minimum} pages is more than an engine gives");
        foreach (TableType table in module.TableList)
            if (table.Limits.Minimum > Engines.MostTableElements) throw new InstantiationException($"a table of {table.Limits.Minimum} elements is more than an engine gives");
        HostFunction[] hostFunctions = new HostFunction[module.ImportedFunctions];
        foreach (Import import in module.ImportList)
        {
            if (import.Kind != ExternalKind.Function || resolve(import) is not HostFunction function)
                throw new InstantiationException($"nothing is known to import as {import.Module}.{import.Name}");
            if (!function.Type.Equals(module.TypeOfFunction(import.Index)))
                throw new InstantiationException($"{import.Module}.{import.Name} is {function.Type}, not {module.TypeOfFunction(import.Index)}");
            hostFunctions[import.Index] = function;
        }

        Instance made = new(module, hostFunctions, state);
        TrapKind trap = made.Initialize();
        if (trap != TrapKind.None)
        {
            made.Dispose();
            instance = null;
            return new ExecutionResult(Outcome.Failure, trap, -1, -1);
        }

        instance = made;
        return ExecutionResult.Success;
    }

    /// <summary>Runs the start function, where the module has one.</summary>
    public ExecutionResult RunStart(Meter meter) =>
        Module.StartFunction < 0 ? ExecutionResult.Success : Invoke(Module.StartFunction, [], [], meter);

    /// <summary>Calls a function by its index.</summary>
    /// <param name="function">Index in the function index space.</param>
    /// <param name="arguments">One 64-bit slot for each parameter: i32 zero-extended, floats as bits.</param>
    /// <param name="results">Takes one slot for each result, where the outcome is a success.</param>
    /// <param name="meter">Pays for ink and stack.</param>
    /// <exception cref="NodeFaultException">The machine failed the node.</exception>
    public ExecutionResult Invoke(int function, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter)
    {
        if ((uint)function >= (uint)Module.FunctionCount) throw new ArgumentOutOfRangeException(nameof(function));
        FunctionType type = Module.TypeOfFunction(function);
        if (arguments.Length != type.Parameters.Length || results.Length != type.Results.Length)
            throw new ArgumentException($"the function is {type}");
        Meter outer = Call.Meter;
        Call.Meter = meter;
        try
        {
            return function < Module.ImportedFunctions
                ? InvokeHost(HostFunctions[function], arguments, results, meter)
                : InterpreterLoop.Run(this, function - Module.ImportedFunctions, arguments, results, meter);
        }
        finally
        {
            Call.Meter = outer;
        }
    }

    private ExecutionResult InvokeHost(HostFunction function, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter)
    {
        ulong[] slots = new ulong[Math.Max(arguments.Length, results.Length)];
        arguments.CopyTo(slots);
        HostStatus status = function.Callback(Call, slots);
        slots.AsSpan(0, results.Length).CopyTo(results);
        if (meter.IsExhausted) return new ExecutionResult(Outcome.OutOfInk, TrapKind.None, -1, -1);
        return status is HostStatus.Continue or HostStatus.Exit
            ? ExecutionResult.Success
            : new ExecutionResult(Outcome.Failure, TrapKind.HostFault, -1, -1);
    }

    private TrapKind Initialize()
    {
        ReadOnlySpan<byte> bytes = Module.Bytes.Span;
        ModuleLimits limits = Module.Profile.Limits;
        for (int i = 0; i < Module.GlobalDefinitions.Count; i++)
            _globals[Module.ImportedGlobals + i] = ConstantEvaluator.Evaluate(bytes, Module.GlobalDefinitions[i].Initializer, _globals);
        for (int i = 0; i < _tables.Length; i++) _tables[i] = new Table(Module.TableList[i], (int)Math.Min(limits[Limit.TableElements], Engines.MostTableElements));
        if (Module.MemoryList.Count > 0) Memory = new LinearMemory(Module.MemoryList[0], (int)Math.Min(limits[Limit.MemoryPages], Engines.MostMemoryPages));

        for (int i = 0; i < Module.ElementList.Count; i++)
        {
            ElementSegment segment = Module.ElementList[i];
            _elementValues[i] = ElementValues(segment);
            if (segment.Mode == SegmentMode.Active)
            {
                ulong offset = ConstantEvaluator.Evaluate(bytes, segment.Offset, _globals);
                if (!TryInitTable(i, segment.Table, offset, 0, (ulong)segment.Count)) return TrapKind.TableOutOfBounds;
            }

            if (segment.Mode != SegmentMode.Passive) DropElements(i);
        }

        for (int i = 0; i < Module.DataList.Count; i++)
        {
            DataSegment segment = Module.DataList[i];
            if (segment.Mode != SegmentMode.Active) continue;
            ulong offset = ConstantEvaluator.Evaluate(bytes, segment.Offset, _globals);
            if (!TryInitMemory(i, offset, 0, (ulong)segment.Bytes.Length)) return TrapKind.MemoryOutOfBounds;
            DropData(i);
        }

        return TrapKind.None;
    }

    private ulong[] ElementValues(ElementSegment segment)
    {
        ulong[] values = new ulong[segment.Count];
        for (int k = 0; k < values.Length; k++)
        {
            values[k] = segment.FunctionIndices is int[] functions
                ? (ulong)functions[k] + 1
                : ConstantEvaluator.Evaluate(Module.Bytes.Span, segment.Expressions![k], _globals);
        }

        return values;
    }

    internal bool TryInitMemory(int segment, ulong target, ulong source, ulong length)
    {
        ByteRange range = _droppedData[segment] ? default : Module.DataList[segment].Bytes;
        if (source > (ulong)range.Length || length > (ulong)range.Length - source) return false;
        if (!Memory!.TryGetSpan(target, (uint)length, out Span<byte> span)) return false;
        Module.Bytes.Span.Slice(range.Start + (int)source, (int)length).CopyTo(span);
        return true;
    }

    internal void DropData(int segment) => _droppedData[segment] = true;

    internal bool TryInitTable(int segment, int table, ulong target, ulong source, ulong length)
    {
        ReadOnlySpan<ulong> values = _droppedElements[segment] ? [] : _elementValues[segment];
        Span<ulong> elements = _tables[table].Elements;
        if (source > (ulong)values.Length || length > (ulong)values.Length - source) return false;
        if (target > (ulong)elements.Length || length > (ulong)elements.Length - target) return false;
        values.Slice((int)source, (int)length).CopyTo(elements[(int)target..]);
        return true;
    }

    internal void DropElements(int segment) => _droppedElements[segment] = true;

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Memory?.Dispose();
}
