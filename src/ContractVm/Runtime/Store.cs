using System;
using System.Collections.Generic;
using ContractVm.Linking;
using ContractVm.Native;
using ContractVm.Runtime;

namespace ContractVm;

/// <summary>What runs the instances of a store.</summary>
public enum EngineKind : byte
{
    /// <summary>The interpreter: runs everywhere.</summary>
    Interpreter,
    /// <summary>Machine code, made ahead of time: x86-64 and Linux.</summary>
    Compiled,
}

/// <summary>
/// What instances share that are linked with one another (WebAssembly 3.0, execution, "Store"): types, the numbers of functions
/// and tags, objects, memories. An instance without imports from others has one of its own. Used by one thread at a time;
/// disposing of it gives the memories and objects of all its instances back.
/// </summary>
public sealed class Store : IDisposable
{
    private readonly List<Instance> _instances = [];
    private readonly List<LinearMemory> _memories = [];
    private readonly ulong _objectBytes;
    private Dictionary<Module, int[]>? _mappings;
    private SharedTypes? _shared;
    private Module? _first;
    private TypeSpace? _types;
    private ObjectArena? _objects;
    private ulong _functionCount;
    private int _tagCount;

    /// <summary>Makes an empty store.</summary>
    /// <param name="objectBytes">What structs, arrays and exceptions may take together, in bytes; at most 2^31-1.</param>
    /// <param name="kind">What runs its instances.</param>
    /// <exception cref="NodeFaultException">The machine cannot run compiled code.</exception>
    public Store(ulong objectBytes = 64 << 20, EngineKind kind = EngineKind.Interpreter)
    {
        _objectBytes = Math.Min(objectBytes, int.MaxValue);
        if (kind == EngineKind.Compiled) Native = new NativeStore(this);
    }

    /// <summary>What runs its instances.</summary>
    public EngineKind Kind => Native is null ? EngineKind.Interpreter : EngineKind.Compiled;

    /// <summary>What the compiled engine needs of it; null for the interpreter.</summary>
    internal NativeStore? Native { get; }

    /// <summary>Instances that were made in it.</summary>
    internal int InstanceCount => _instances.Count;

    /// <summary>The types of all modules.</summary>
    internal TypeSpace Types => _types ?? throw new InvalidOperationException("the store has no module");

    /// <summary>The structs, arrays and exceptions; made on first use.</summary>
    internal ObjectArena Objects => _objects ??= new ObjectArena(_objectBytes);

    /// <summary>
    /// Adds a module's types. The first module's own indices are the store's, so a module that is alone needs no translation:
    /// the result is null. Else it gives for each canonical index of the module the one of the store.
    /// </summary>
    internal int[]? JoinTypes(Module module)
    {
        if (_first is null)
        {
            _first = module;
            _types = module.TypeSpace;
            return null;
        }

        if (ReferenceEquals(module, _first)) return null;
        if (_shared is null)
        {
            _shared = new SharedTypes(_first.TypeSpace);
            _types = _shared.Space;
            _mappings = [];
        }

        if (!_mappings!.TryGetValue(module, out int[]? mapping)) _mappings.Add(module, mapping = _shared.Add(module));
        return mapping;
    }

    /// <summary>Gives an instance the numbers of its functions; the result is the number before its first.</summary>
    internal ulong AddFunctions(Instance instance)
    {
        ulong before = _functionCount;
        Native?.Reserve(before + (ulong)instance.Module.FunctionCount);
        _functionCount += (ulong)instance.Module.FunctionCount;
        _instances.Add(instance);
        return before;
    }

    /// <summary>The instance whose index space a function reference comes from, and the index there.</summary>
    internal Instance OwnerOf(ulong reference, out int index)
    {
        int low = 0, high = _instances.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_instances[middle].FunctionBase < reference) low = middle;
            else high = middle - 1;
        }

        // Instances without functions share their base with the next one: the last that starts below has it.
        index = (int)(reference - 1 - _instances[low].FunctionBase);
        return _instances[low];
    }

    /// <summary>Makes a tag that is different from all others.</summary>
    internal Tag NewTag(int typeIndex, FunctionType type) => new(_tagCount++, typeIndex, type) { Home = this };

    /// <summary>Takes a memory that the store shall free.</summary>
    internal void Own(LinearMemory memory) => _memories.Add(memory);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Compiled code of the store is running.</exception>
    public void Dispose()
    {
        if (Native?.Stack is not null) throw new InvalidOperationException("the store is in use");
        Native?.Dispose();
        foreach (LinearMemory memory in _memories) memory.Dispose();
        _memories.Clear();
        _objects?.Dispose();
    }
}
