// UNSAFE. Invariant: State and the function descriptors lie in a reservation that this object owns until Dispose; no emitted code
// of the store runs after that. Addresses in them are of contexts and code that the store's instances keep alive.
using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace ContractVm.Native;

/// <summary>
/// What a store of the compiled engine has besides: the state of its running execution, and a descriptor for each function
/// reference. Neither ever moves. Used by one thread at a time.
/// </summary>
internal sealed unsafe class NativeStore : IDisposable
{
    private const int StateBytes = 256;
    private const ulong CommitBytes = 64 << 10;
    // Descriptors of two million functions, where address space is scarce.
    private const ulong ScarceBytes = 64 << 20;
    private readonly MemoryReservation _memory;
    private readonly List<LinearMemory> _memories = [];
    private readonly List<CompiledModule> _modules = [];
    /// <summary>The module that was found last.</summary>
    private CompiledModule? _found;
    /// <summary>The store's instances by their numbers, at hand for host calls.</summary>
    private Instance[] _instances = new Instance[1];
    // By handles: the heap for pinned objects is collected with the oldest generation alone, which stores that come and go would cause often.
    private readonly List<PinnedGCHandle<ulong[]>> _pins = [];
    private GCHandle _handle;
    private SubtypeOrder? _order;
    private TypeSpace? _orderedTypes;
    private ulong _written = StateBytes + FunctionDescriptor.Size;
    private bool _isDisposed;

    /// <summary>Makes it for a store.</summary>
    /// <exception cref="NodeFaultException">The machine does not give the address space, or cannot run emitted code.</exception>
    public NativeStore(Store store)
    {
        if (!Stubs.IsAvailable) throw new NodeFaultException("the machine cannot run compiled code");
        Store = store;
        _memory = MemoryReservation.TryRent(MemoryReservation.StandardBytes) ?? MemoryReservation.TryRent(ScarceBytes) ?? throw new NodeFaultException("the machine cannot reserve a store");
        if (!_memory.TryCommit(Math.Max(_memory.Committed, CommitBytes)))
        {
            _memory.Free();
            throw new NodeFaultException("the machine cannot commit a store");
        }

        // Weak: the store is alive while anything of it runs.
        _handle = GCHandle.Alloc(this, GCHandleType.Weak);
        *(nint*)(State + ExecutionLayout.Owner) = GCHandle.ToIntPtr(_handle);
        *(int*)(Functions + FunctionDescriptor.Type) = -1;
    }

    /// <summary>The store.</summary>
    public Store Store { get; }
    /// <summary>State of the running execution, see <see cref="ExecutionLayout"/>.</summary>
    public byte* State => _memory.Base;
    /// <summary>The descriptors, see <see cref="FunctionDescriptor"/>; the first is that of null.</summary>
    public byte* Functions => _memory.Base + StateBytes;
    /// <summary>The meter of the running execution.</summary>
    public Gas.Meter? Meter { get; set; }
    /// <summary>The execution stack of the running execution.</summary>
    public NativeStack? Stack { get; set; }
    /// <summary>What .NET code threw under emitted code; thrown again when that is left.</summary>
    public ExceptionDispatchInfo? Thrown { get; set; }
    /// <summary>The store has been disposed of.</summary>
    public bool IsDisposed => _isDisposed;

    /// <summary>The store that runs, by the address of its state: the handle there was made of a store in the constructor.</summary>
    public static NativeStore Of(byte* state) => System.Runtime.CompilerServices.Unsafe.As<NativeStore>(GCHandle.FromIntPtr(*(nint*)(state + ExecutionLayout.Owner)).Target!);

    /// <summary>Makes room for the descriptors of references up to a number.</summary>
    /// <exception cref="NodeFaultException">The machine does not give the memory.</exception>
    public void Reserve(ulong references)
    {
        _written = StateBytes + (references + 1) * FunctionDescriptor.Size;
        if (_written <= _memory.Committed) return;
        if (_written > _memory.Length || !_memory.TryCommit((_written + CommitBytes - 1) & ~(CommitBytes - 1))) throw new NodeFaultException("the machine cannot commit a store");
    }

    /// <summary>Writes what stands behind a function reference.</summary>
    public void Describe(ulong reference, nint code, nint context, int type)
    {
        byte* descriptor = Functions + reference * FunctionDescriptor.Size;
        *(nint*)(descriptor + FunctionDescriptor.Code) = code;
        *(nint*)(descriptor + FunctionDescriptor.Context) = context;
        *(int*)(descriptor + FunctionDescriptor.Type) = type;
    }

    /// <summary>Lets emitted code find which of the store's types are below which; to be asked again when there are more types.</summary>
    public void Describe(TypeSpace types)
    {
        if (_order is not null && _order.Count == types.Count && ReferenceEquals(_orderedTypes, types)) return;
        // The order of a module's own types is kept with them, so that a store of one module makes none.
        (_order, _orderedTypes) = (types.Order, types);
        *(ulong**)(State + ExecutionLayout.SubtypeOrder) = _order.Entries;
    }

    /// <summary>Keeps a memory, whoever made it, from being given back while emitted code may know its address.</summary>
    public void Keep(LinearMemory memory)
    {
        if (memory.TryRetain()) _memories.Add(memory);
    }

    /// <summary>Keeps code from being unloaded.</summary>
    public void Keep(CompiledModule module)
    {
        module.AddUse();
        _modules.Add(module);
    }

    /// <summary>Lets emitted code of an instance find it by its context.</summary>
    public void Add(Instance instance)
    {
        if (instance.Number >= _instances.Length) Array.Resize(ref _instances, Math.Max(instance.Number + 1, _instances.Length * 2));
        _instances[instance.Number] = instance;
    }

    /// <summary>The instance of a context.</summary>
    public Instance InstanceOf(byte* context) => _instances[*(int*)(context + ContextLayout.Handle)];

    /// <summary>Keeps an array in place until the store is disposed of; gives the pin's number.</summary>
    public int Pin(ulong[] array)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, Store);
        _pins.Add(new PinnedGCHandle<ulong[]>(array));
        return _pins.Count - 1;
    }

    /// <summary>Keeps an array in place instead of the one before; afterwards, when nothing of the store runs, there is nothing to keep.</summary>
    public void Repin(int pin, ulong[] array)
    {
        if (_isDisposed) return;
        PinnedGCHandle<ulong[]> handle = _pins[pin];
        handle.Target = array;
    }

    /// <summary>The module whose code an address is in; null where there is none.</summary>
    public CompiledModule? FindModule(ulong address)
    {
        // Frames next to one another are mostly of the same module.
        if (_found is not null && _found.Contains(address)) return _found;
        foreach (CompiledModule module in _modules)
            if (module.Contains(address)) return _found = module;
        return null;
    }

    /// <summary>True where an address is in the address space of a memory of the store, so that an access there may fault.</summary>
    public bool IsInMemory(ulong address)
    {
        foreach (LinearMemory memory in _memories)
            if (memory.Covers(address)) return true;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        foreach (LinearMemory memory in _memories) memory.Release();
        foreach (CompiledModule module in _modules) module.RemoveUse();
        foreach (PinnedGCHandle<ulong[]> pin in _pins) pin.Dispose();
        _memory.GiveBack(_written);
        _handle.Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Gives back what the owner forgot. Memories have finalizers of their own; modules do too, but may be in use elsewhere, where
    /// the count must become right again.
    /// </summary>
    ~NativeStore()
    {
        // Null where the constructor did not come so far.
        if (_modules is not null)
            foreach (CompiledModule module in _modules) module.RemoveUse();
        if (_pins is not null)
            foreach (PinnedGCHandle<ulong[]> pin in _pins) pin.Dispose();
        if (_handle.IsAllocated) _handle.Free();
        _memory?.Free();
    }
}
