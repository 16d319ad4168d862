using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// Loaded modules by code hash, the least recently used leaving first, above their compiled code, which has a limit of its own. What is
/// in it never changes a result: a module that is not there is loaded again from its bytes. Safe for concurrent use.
/// </summary>
public sealed class ModuleCache : IDisposable
{
    private readonly Dictionary<Hash256, LinkedListNode<Entry>> _nodes = [];
    private readonly LinkedList<Entry> _order = new();
    private readonly int _capacity;
    // Opened by the first contract that runs, so that looking at a chain touches no folder.
    private readonly Lazy<CodeCache?> _code;
    private long _compiledRuns;
    private long _interpretedRuns;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="profile">The profile that modules are loaded under.</param>
    /// <param name="settings">What runs them; null for the default.</param>
    /// <param name="capacity">Loaded modules at most.</param>
    public ModuleCache(Profile profile, EngineSettings? settings = null, int capacity = 256)
    {
        Profile = profile;
        Settings = settings ?? EngineSettings.Default;
        _capacity = capacity;
        _code = new Lazy<CodeCache?>(OpenCode);
    }

    /// <summary>The profile that modules are loaded under.</summary>
    public Profile Profile { get; }
    /// <summary>What runs them.</summary>
    public EngineSettings Settings { get; }
    /// <summary>Contracts and constructors that were started so far.</summary>
    public EngineRuns Runs => new(Interlocked.Read(ref _compiledRuns), Interlocked.Read(ref _interpretedRuns));
    /// <summary>Calls of the compiler so far, and modules loaded from artifacts.</summary>
    public (long Compiled, long Loaded) Counts => _code is { IsValueCreated: true, Value: CodeCache code } ? (code.Compilations, code.Loads) : default;

    /// <summary>The module of a code hash, where it is here.</summary>
    /// <exception cref="NodeFaultException">It must be compiled, and cannot be.</exception>
    public bool TryRent(in Hash256 codeHash, out ReadyModule ready)
    {
        Entry? entry = Find(codeHash);
        ready = entry is null ? default : Prepare(entry);
        return entry is not null;
    }

    /// <summary>The module of a code hash, loaded from its bytes where it is not here.</summary>
    /// <exception cref="NodeFaultException">Code of the state is not a module (it was checked when it was deployed), or must be compiled and cannot be.</exception>
    public ReadyModule Rent(in Hash256 codeHash, ReadOnlyMemory<byte> code)
    {
        if (TryRent(codeHash, out ReadyModule known)) return known;
        if (!Module.TryLoad(code, Profile, out Module module, out ModuleError error))
            throw new NodeFaultException($"the deployed code {codeHash} is not acceptable under {Profile.Name}: {error}");
        return Rent(codeHash, module);
    }

    /// <summary>The module of a code hash, which the caller has loaded in case that it is not here: so it is compiled when it is deployed.</summary>
    /// <exception cref="NodeFaultException">It must be compiled, and cannot be.</exception>
    public ReadyModule Rent(in Hash256 codeHash, Module module)
    {
        if (TryRent(codeHash, out ReadyModule known)) return known;
        Entry entry = new(codeHash, module);
        lock (_order)
        {
            // Another thread may have been faster.
            if (_nodes.TryGetValue(codeHash, out LinkedListNode<Entry>? node)) entry = node.Value;
            else _nodes.Add(codeHash, _order.AddFirst(entry));
            if (_nodes.Count > _capacity)
            {
                _nodes.Remove(_order.Last!.Value.Hash);
                _order.RemoveLast();
            }
        }

        return Prepare(entry);
    }

    /// <summary>Gives compiled code up; code that runs goes with the last that uses it.</summary>
    public void Dispose()
    {
        if (_code is { IsValueCreated: true, Value: CodeCache code }) code.Dispose();
    }

    /// <summary>Counts a run for <see cref="Runs"/>.</summary>
    internal void Count(EngineKind engine) => Interlocked.Increment(ref engine == EngineKind.Compiled ? ref _compiledRuns : ref _interpretedRuns);

    private Entry? Find(in Hash256 codeHash)
    {
        lock (_order)
        {
            if (!_nodes.TryGetValue(codeHash, out LinkedListNode<Entry>? node)) return null;
            if (node != _order.First)
            {
                _order.Remove(node);
                _order.AddFirst(node);
            }

            return node.Value;
        }
    }

    // Outside of the lock: compiling takes long, and who asks for the same module waits there.
    private ReadyModule Prepare(Entry entry)
    {
        Module module = entry.Module;
        if (Settings.Engine == EngineChoice.Interpreter) return new ReadyModule(module, null, entry.Resolve);
        if (_code.Value?.Rent(module) is ModuleLease lease)
        {
            // Instances are made of the object that has the code; the other one would only take memory.
            entry.Module = lease.Module;
            return new ReadyModule(lease.Module, lease, entry.Resolve);
        }

        if (Settings.Engine == EngineChoice.Automatic) return new ReadyModule(module, null, entry.Resolve);
        Engines.TryCompile(module, out string? reason);
        throw new NodeFaultException($"the contract with code {entry.Hash} is not compiled: {reason}");
    }

    private CodeCache? OpenCode()
    {
        if (!Engines.IsCompiledAvailable)
        {
            if (Engines.IsCompiledTarget) Settings.Report?.Invoke("this machine gives no executable memory, or too little address space: the interpreter runs all contracts");
            return null;
        }

        try
        {
            return new CodeCache(Settings.ArtifactFolder, Settings.MemoryBytes, Settings.ArtifactBytes, Settings.Report);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Settings.Report?.Invoke($"compiled code cannot be kept in {Settings.ArtifactFolder}: {exception.Message}");
            return new CodeCache(null, Settings.MemoryBytes);
        }
    }

    private sealed class Entry
    {
        // By index, so that an instance need not look names up. Contracts import nothing but functions.
        private readonly HostFunction?[] _functions;

        public Entry(in Hash256 hash, Module module)
        {
            Hash = hash;
            Module = module;
            Resolve = Find;
            HostTable? host = module.Profile.Host as HostTable;
            List<HostFunction?> functions = [];
            foreach (Import import in module.Imports)
                if (import.Kind == ExternalKind.Function) functions.Add(host?.Find(import.Module, import.Name)?.Function);
            _functions = [.. functions];
        }

        public Hash256 Hash { get; }
        public Module Module { get; set; }
        public Func<Import, External?> Resolve { get; }

        private HostFunction? Find(Import import) => import.Kind == ExternalKind.Function ? _functions[import.Index] : null;
    }
}
