using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Artifacts;

/// <summary>What a cache has done so far.</summary>
/// <param name="MemoryHits">Modules that were loaded already.</param>
/// <param name="DiskHits">Modules that were loaded from artifacts.</param>
/// <param name="Compilations">Calls of the compiler.</param>
/// <param name="Evictions">Modules that were unloaded to make room.</param>
internal readonly record struct ModuleCacheCounts(long MemoryHits, long DiskHits, long Compilations, long Evictions);

/// <summary>
/// Compiled modules in memory, above artifacts on disk, above the compiler. Each is made once, whoever asks, and shared. The limit is
/// kept by unloading what has not been used for longest; what an instance or a lease uses stays, and is looked at again when the next
/// module comes. What is in it never changes a result. Safe for concurrent use.
/// </summary>
internal sealed class ModuleCache : IDisposable
{
    // What an entry takes beside the code and the module.
    private const int EntryBytes = 1024;
    private readonly Lock _gate = new();
    private readonly Dictionary<Identity, LinkedListNode<Entry>> _entries = [];
    // The last used first.
    private readonly LinkedList<Entry> _order = new();
    private readonly Dictionary<Identity, TaskCompletionSource> _flights = [];
    private readonly ConditionalWeakTable<Module, KnownKey> _keys = [];
    private readonly long _limitBytes;
    private readonly ArtifactStore? _artifacts;
    private ModuleCacheCounts _counts;
    private long _bytes;
    private bool _isDisposed;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="limitBytes">Bytes of code, tables and modules at most, but for what is in use.</param>
    /// <param name="artifacts">Where compiled modules are kept, or null.</param>
    public ModuleCache(long limitBytes, ArtifactStore? artifacts = null)
    {
        _limitBytes = limitBytes;
        _artifacts = artifacts;
    }

    /// <summary>What it has done so far.</summary>
    public ModuleCacheCounts Counts
    {
        get
        {
            lock (_gate) return _counts;
        }
    }

    /// <summary>Bytes that count against the limit.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    /// <summary>
    /// The code of a module: from memory, else from its artifact, else from the compiler, which then writes the artifact. Null where the
    /// machine cannot run emitted code, or the compiler gives none, which is remembered.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="options">What the compiler is asked for.</param>
    /// <param name="compile">The compiler. It is called once at a time for a module, and must not ask the cache for the same one.</param>
    /// <returns>A use of the code, which the caller ends.</returns>
    /// <exception cref="ArgumentException">The machine could not run what was compiled.</exception>
    /// <exception cref="NodeFaultException">The compiler's tables cannot be the module's.</exception>
    public ModuleLease? GetOrCompile(Module module, CompilerOptions options, Func<Module, CompilerOptions, CompiledCode?> compile)
    {
        if (!options.Cpu.IsWithin(CpuFeatures.OfThisMachine)) throw new ArgumentException("this machine lacks instructions of the target", nameof(options));
        if (!Stubs.IsAvailable) return null;
        Identity identity = new(KeyOf(module, options), module.Profile);
        while (true)
        {
            TaskCompletionSource? flight;
            bool isOurs = false;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                if (TryTake(identity, out ModuleLease? lease)) return lease;
                if (!_flights.TryGetValue(identity, out flight))
                {
                    isOurs = true;
                    flight = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    _flights.Add(identity, flight);
                }
            }

            // Then it is there, or whoever tried failed and it is our turn.
            if (isOurs) return Make(identity, flight, module, options, compile);
            flight.Task.Wait();
        }
    }

    /// <summary>Unloads what nobody uses until the rest is within a limit.</summary>
    public void Trim(long mostBytes)
    {
        lock (_gate)
        {
            LinkedListNode<Entry>? node = _order.Last;
            while (_bytes > mostBytes && node is not null)
            {
                LinkedListNode<Entry>? previous = node.Previous;
                if (node.Value.Compiled is not CompiledModule compiled || compiled.TryDisposeUnused())
                {
                    Remove(node);
                    _counts = _counts with { Evictions = _counts.Evictions + 1 };
                }

                node = previous;
            }
        }
    }

    /// <summary>Gives everything up: code that instances use is unloaded with the last of them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            foreach (Entry entry in _order) entry.Compiled?.Dispose();
            _entries.Clear();
            _order.Clear();
            _bytes = 0;
        }
    }

    private ArtifactKey KeyOf(Module module, CompilerOptions options)
    {
        if (_keys.TryGetValue(module, out KnownKey? known) && ReferenceEquals(known.Options, options)) return known.Key;
        known = new KnownKey(options, ArtifactKey.Of(module, options));
        _keys.AddOrUpdate(module, known);
        return known.Key;
    }

    private bool TryTake(in Identity identity, out ModuleLease? lease)
    {
        lease = null;
        if (!_entries.TryGetValue(identity, out LinkedListNode<Entry>? node)) return false;
        if (node.Value.Compiled is CompiledModule compiled)
        {
            if (!compiled.TryAddUse())
            {
                // Somebody else disposed of it.
                Remove(node);
                return false;
            }

            lease = new ModuleLease(compiled);
        }

        if (node != _order.First)
        {
            _order.Remove(node);
            _order.AddFirst(node);
        }

        _counts = _counts with { MemoryHits = _counts.MemoryHits + 1 };
        return true;
    }

    private ModuleLease? Make(Identity identity, TaskCompletionSource flight, Module module, CompilerOptions options, Func<Module, CompilerOptions, CompiledCode?> compile)
    {
        try
        {
            StoredCode? stored = null;
            _artifacts?.TryRead(identity.Key, module, out stored);
            using (stored)
            {
                CompiledCode? code = stored is null ? Compile(identity.Key, module, options, compile) : stored.Code;
                CompiledModule? compiled = null;
                // A machine without memory may have some the next time; that a module is not compiled stays so.
                if (code is not null && !TryLoad(module, code, out compiled)) return null;
                return Add(identity, compiled, isFromDisk: stored is not null);
            }
        }
        finally
        {
            lock (_gate) _flights.Remove(identity);
            flight.SetResult();
        }
    }

    private CompiledCode? Compile(in ArtifactKey key, Module module, CompilerOptions options, Func<Module, CompilerOptions, CompiledCode?> compile)
    {
        lock (_gate) _counts = _counts with { Compilations = _counts.Compilations + 1 };
        CompiledCode? code = compile(module, options);
        if (code is null) return null;
        if (Artifact.DefectOf(code, module) is string defect) throw new NodeFaultException($"compiled code has a defect: {defect}");
        _artifacts?.TryWrite(key, code);
        return code;
    }

    private bool TryLoad(Module module, CompiledCode code, out CompiledModule? compiled)
    {
        if (!CompiledModule.TryLoad(module, code, out compiled))
        {
            // Address space for code is bounded too.
            Trim(0);
            if (!CompiledModule.TryLoad(module, code, out compiled)) return false;
        }

        if (compiled!.TryAttach()) return true;
        // The object has other code, of other options or another cache: this code needs one of its own.
        compiled.Dispose();
        if (!Module.TryLoad(module.Bytes, module.Profile, out Module own, out ModuleError error)) throw new NodeFaultException($"a module that was accepted no longer is: {error}");
        return CompiledModule.TryLoad(own, code, out compiled) && compiled!.TryAttach();
    }

    private ModuleLease? Add(in Identity identity, CompiledModule? compiled, bool isFromDisk)
    {
        ModuleLease? lease = null;
        lock (_gate)
        {
            if (_isDisposed)
            {
                compiled?.Dispose();
                throw new ObjectDisposedException(nameof(ModuleCache));
            }

            if (isFromDisk) _counts = _counts with { DiskHits = _counts.DiskHits + 1 };
            if (compiled is not null)
            {
                compiled.AddUse();
                lease = new ModuleLease(compiled);
            }

            Entry entry = new(identity, compiled, EntryBytes + (compiled is null ? 0 : compiled.MemoryBytes + compiled.Module.Bytes.Length));
            _entries.Add(identity, _order.AddFirst(entry));
            _bytes += entry.Bytes;
        }

        if (Bytes > _limitBytes) Trim(_limitBytes);
        return lease;
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _order.Remove(node);
        _entries.Remove(node.Value.Identity);
        _bytes -= node.Value.Bytes;
    }

    /// <summary>
    /// What is shared: code by its key, for modules under the same profile object, since a profile has a host interface and rules that
    /// the code does not depend on.
    /// </summary>
    private readonly record struct Identity(ArtifactKey Key, Profile Profile)
    {
        public bool Equals(Identity other) => Key == other.Key && ReferenceEquals(Profile, other.Profile);

        public override int GetHashCode() => Key.GetHashCode();
    }

    // Compiled is null where the compiler gives no code.
    private sealed record Entry(Identity Identity, CompiledModule? Compiled, long Bytes);

    private sealed record KnownKey(CompilerOptions Options, ArtifactKey Key);
}
