using System;
using System.Collections.Generic;
using ContractVm.Gas;
using ContractVm.Interpreter;
using ContractVm.Native;
using ContractVm.Runtime;

namespace ContractVm;

/// <summary>A module cannot be instantiated; the message says why.</summary>
public sealed class InstantiationException(string message) : Exception(message);

/// <summary>
/// A module with its memories, tables, globals and tags (WebAssembly 3.0, "Module Instances"). Used by one thread at a time.
/// Disposing of an instance that has a store of its own gives memory and objects back; instances that share a store live as
/// long as the store.
/// </summary>
public sealed partial class Instance : IDisposable
{
    private readonly bool _ownsStore;
    // For the compiled engine the whole context, of which the globals are a part; pinned then.
    private readonly ulong[] _globals;
    private readonly int[] _globalSlots;
    private readonly Table[] _tables;
    private readonly LinearMemory[] _memories;
    private readonly Tag[] _tags;
    private readonly ImportedFunction[] _importedFunctions;
    private readonly Global[] _importedGlobals;
    private readonly bool[] _droppedData;
    private readonly bool[] _droppedElements;
    private readonly ulong[]?[] _elementValues;

    private Instance(Module module, Store? store, object? state, ExecutionObserver? observer)
    {
        Observer = observer;
        Module = module;
        _ownsStore = store is null;
        Store = store ?? new Store(module.Profile.ObjectBytes);
        Compiled = Store.Native is null ? null : CompiledModule.Of(module);
        Prepared = Compiled is null ? PreparedModule.Of(module, observer is not null) : null!;
        _globalSlots = Compiled is null ? Prepared.GlobalSlots : Compiled.GlobalSlots;
        Call = new HostCall(this, state);
        TypeMapping = Store.JoinTypes(module);
        Number = Store.InstanceCount;
        FunctionBase = Store.AddFunctions(this);
        _globals = Compiled is null ? new ulong[_globalSlots[^1]] : InstanceContext.Allocate(module, _globalSlots[^1], Store.Native!);
        GlobalStart = Compiled is null ? 0 : InstanceContext.GlobalStart;
        _tables = new Table[module.TableList.Count];
        _memories = new LinearMemory[module.MemoryList.Count];
        _tags = new Tag[module.TagCount];
        _importedFunctions = new ImportedFunction[module.ImportedFunctions];
        _importedGlobals = new Global[module.ImportedGlobals];
        _droppedData = new bool[module.DataList.Count];
        _droppedElements = new bool[module.ElementList.Count];
        _elementValues = new ulong[]?[module.ElementList.Count];
    }

    /// <summary>The module.</summary>
    public Module Module { get; }
    /// <summary>What it shares with the instances that it is linked with.</summary>
    public Store Store { get; }
    /// <summary>Its first memory, or null where it has none.</summary>
    public LinearMemory? Memory => _memories.Length > 0 ? _memories[0] : null;
    /// <summary>Its memories, imported ones first.</summary>
    public IReadOnlyList<LinearMemory> Memories => _memories;
    /// <summary>The slots of the globals that it defines, see <see cref="GlobalSlot"/>; those of imported ones are not used.</summary>
    public Span<ulong> Globals => _globals.AsSpan(GlobalStart, _globalSlots[^1]);
    /// <summary>Its tables, imported ones first.</summary>
    public IReadOnlyList<Table> Tables => _tables;

    /// <summary>Its module for the interpreter; null in a store of the compiled engine.</summary>
    internal PreparedModule Prepared { get; }
    /// <summary>Its module for the compiled engine; null in a store of the interpreter.</summary>
    internal CompiledModule? Compiled { get; }
    /// <summary>Its place among the store's instances.</summary>
    internal int Number { get; }
    /// <summary>Where the globals start in <see cref="GlobalArray"/>: 0 in a store of the interpreter.</summary>
    internal int GlobalStart { get; }
    /// <summary>The context of emitted code (<see cref="ContextLayout"/>); pinned.</summary>
    internal ulong[] ContextArray => _globals;
    /// <summary>Address of the context.</summary>
    internal unsafe nint ContextAddress => (nint)InstanceContext.AddressOf(_globals, 0);
    internal ExecutionObserver? Observer { get; }
    internal HostCall Call { get; }
    /// <summary>A reference to function i is this plus i plus one.</summary>
    internal ulong FunctionBase { get; }
    /// <summary>The store's index of each of the module's canonical types; null where they are the same.</summary>
    internal int[]? TypeMapping { get; }
    internal ImportedFunction[] ImportedFunctions => _importedFunctions;
    internal Global[] ImportedGlobals => _importedGlobals;
    internal ulong[] GlobalArray => _globals;
    internal Table[] TableArray => _tables;
    internal LinearMemory[] MemoryArray => _memories;
    internal Tag[] TagArray => _tags;

    /// <summary>The first slot of a global in <see cref="Globals"/>: its index, unless there are v128 globals before it.</summary>
    public int GlobalSlot(int index) => _globalSlots[index];

    /// <summary>The store's index of one of the module's canonical types.</summary>
    internal int StoreType(int canonical) => TypeMapping is null ? canonical : TypeMapping[canonical];

    /// <summary>Finds what the instance exports under a name.</summary>
    public bool TryGetExport(string name, out External external)
    {
        bool isFound = Module.TryGetExport(name, out Export export);
        external = isFound ? ExternalAt(export.Kind, export.Index) : null!;
        return isFound;
    }

    /// <summary>Finds an exported function.</summary>
    public bool TryGetFunction(string name, out Function function)
    {
        function = TryGetExport(name, out External external) ? (external as Function)! : null!;
        return function is not null;
    }

    /// <summary>
    /// Makes an instance: resolves imports, makes memories and tables, copies active segments. The start function is not run:
    /// <see cref="RunStart"/> does, under a meter.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="resolve">Finds what is imported; null where there is nothing.</param>
    /// <param name="state">What host functions shall find in <see cref="HostCall.State"/>.</param>
    /// <param name="instance">The instance, where the result is a success.</param>
    /// <param name="store">Where to make it, so that it can import from others there; null for a store of its own.</param>
    /// <param name="observer">
    /// Sees what the instance does, or null. In a store of the compiled engine it sees instructions alone, of a module that was compiled by
    /// <see cref="Engines.TryCompileObserved"/>.
    /// </param>
    /// <returns>
    /// Success, or the trap of a segment or initial value. As the specification has it, segments that came before the one that
    /// does not fit have been copied by then, into what was imported too.
    /// </returns>
    /// <exception cref="InstantiationException">An import is missing or has another type, or an engine limit is exceeded; then nothing was changed.</exception>
    public static ExecutionResult Create(Module module, Func<Import, External?> resolve, object? state, out Instance? instance, Store? store = null, ExecutionObserver? observer = null)
    {
        if (!Engines.CanRun(module, out Features missing)) throw new InstantiationException($"no engine of this build runs {missing}");
        foreach (MemoryType memory in module.MemoryList)
            if (memory.Limits.Minimum > Engines.MostMemoryPages) throw new InstantiationException($"a memory of {memory.Limits.Minimum} pages is more than an engine gives");
        foreach (TableType table in module.TableList)
            if (table.Limits.Minimum > Engines.MostTableElements) throw new InstantiationException($"a table of {table.Limits.Minimum} elements is more than an engine gives");

        if (store?.Native is not null)
        {
            if (!Engines.TryCompile(module, out string? reason)) throw new InstantiationException($"the module cannot be compiled: {reason}");
            if (observer is not null && !CompiledModule.Of(module)!.IsObserved) throw new InstantiationException("the module was not compiled to be observed");
        }

        Instance made = new(module, store, state, observer);
        TrapKind trap;
        try
        {
            made.ResolveImports(resolve);
            trap = made.Initialize();
        }
        catch
        {
            made.Dispose();
            throw;
        }

        // In a shared store what was made stays: a table may refer to its functions already.
        if (trap != TrapKind.None) made.Dispose();
        instance = trap == TrapKind.None ? made : null;
        return trap == TrapKind.None ? ExecutionResult.Success : new ExecutionResult(Outcome.Failure, trap, -1, -1);
    }

    /// <summary>Runs the start function, where the module has one.</summary>
    public ExecutionResult RunStart(Meter meter) =>
        Module.StartFunction < 0 ? ExecutionResult.Success : Invoke(Module.StartFunction, [], [], meter);

    /// <summary>Calls a function by its index.</summary>
    /// <param name="function">Index in the function index space.</param>
    /// <param name="arguments">One 64-bit slot for each parameter: i32 zero-extended, floats as bits; a v128 takes two, low half first.</param>
    /// <param name="results">Takes the slots of the results, where the outcome is a success.</param>
    /// <param name="meter">Pays for ink and stack.</param>
    /// <exception cref="NodeFaultException">The machine failed the node.</exception>
    public ExecutionResult Invoke(int function, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter)
    {
        if ((uint)function >= (uint)Module.FunctionCount) throw new ArgumentOutOfRangeException(nameof(function));
        FunctionType type = Module.TypeOfFunction(function);
        if (arguments.Length != ValueSlots.Count(type.Parameters) || results.Length != ValueSlots.Count(type.Results))
            throw new ArgumentException($"the function is {type}");
        if (function < Module.ImportedFunctions && _importedFunctions[function].Owner is Instance owner)
            return owner.Invoke(owner.Module.ImportedFunctions + _importedFunctions[function].Index, arguments, results, meter);
        Meter outer = Call.Meter;
        Call.Meter = meter;
        try
        {
            return function < Module.ImportedFunctions
                ? InvokeHost(_importedFunctions[function].Host!, arguments, results, meter)
                : Compiled is null
                    ? InterpreterLoop.Run(this, function - Module.ImportedFunctions, arguments, results, meter)
                    : CompiledEngine.Run(this, function - Module.ImportedFunctions, arguments, results, meter);
        }
        finally
        {
            Call.Meter = outer;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsStore) Store.Dispose();
    }

    private ExecutionResult InvokeHost(HostFunction function, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter)
    {
        ulong wordsBefore = meter.StackWordsLeft;
        // The host may have made this call from a host function: it takes .NET stack as every nested call does.
        if (!meter.TryNest()) return new ExecutionResult(Outcome.OutOfStack, TrapKind.None, -1, -1);
        HostStatus status;
        try
        {
            ulong[] slots = new ulong[Math.Max(arguments.Length, results.Length)];
            arguments.CopyTo(slots);
            status = function.Invoke(Call, slots);
            ValueSlots.Narrow(function.Type.Results, slots);
            slots.AsSpan(0, results.Length).CopyTo(results);
        }
        finally
        {
            meter.Unnest();
            meter.Settle(meter.InkLeft, meter.IsExhausted, wordsBefore);
        }

        if (meter.IsExhausted) return new ExecutionResult(Outcome.OutOfInk, TrapKind.None, -1, -1);
        return status is HostStatus.Continue or HostStatus.Exit
            ? ExecutionResult.Success
            : new ExecutionResult(Outcome.Failure, TrapKind.HostFault, -1, -1);
    }
}
