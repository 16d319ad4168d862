// UNSAFE. Invariant: the function pointer is that of a static managed method, given at construction; nothing else is called.
using System;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>How a host function hands control back.</summary>
public enum HostStatus : byte
{
    /// <summary>The contract goes on.</summary>
    Continue,
    /// <summary>The execution ends here, as the host function asked (exit_early).</summary>
    Exit,
    /// <summary>A charge could not be paid.</summary>
    OutOfInk,
    /// <summary>The contract used the function wrongly: the execution fails.</summary>
    Fault,
}

/// <summary>
/// The body of a host function. Arguments stand in the first slots, one 64-bit slot each (i32 zero-extended, floats as bits; a
/// v128 takes two, low half first); results go to the first slots. Spans of the memory must not be kept beyond the call. A .NET
/// exception is a fault of the node and ends the execution without an outcome.
/// </summary>
/// <param name="call">Who calls.</param>
/// <param name="slots">Arguments and results.</param>
public delegate HostStatus HostCallback(HostCall call, Span<ulong> slots);

/// <summary>A function of the host that a module can import. Immutable; may be imported into any store.</summary>
public sealed unsafe class HostFunction : External
{
    private readonly HostCallback? _callback;
    private readonly delegate*<HostCall, Span<ulong>, HostStatus> _pointer;

    /// <summary>Makes a function of a delegate.</summary>
    /// <param name="module">Module name.</param>
    /// <param name="name">Name in that module.</param>
    /// <param name="type">Its type; without concrete reference types.</param>
    /// <param name="callback">Its body.</param>
    public HostFunction(string module, string name, FunctionType type, HostCallback callback)
    {
        Module = module;
        Name = name;
        Type = type;
        _callback = callback;
    }

    /// <summary>Makes a function of a static method, which is called without the indirection of a delegate.</summary>
    /// <param name="module">Module name.</param>
    /// <param name="name">Name in that module.</param>
    /// <param name="type">Its type; without concrete reference types.</param>
    /// <param name="body">Address of its body.</param>
    public HostFunction(string module, string name, FunctionType type, delegate*<HostCall, Span<ulong>, HostStatus> body)
    {
        if (body is null) throw new ArgumentNullException(nameof(body));
        Module = module;
        Name = name;
        Type = type;
        _pointer = body;
    }

    /// <summary>Module name.</summary>
    public string Module { get; }
    /// <summary>Name in that module.</summary>
    public string Name { get; }
    /// <summary>Its type.</summary>
    public FunctionType Type { get; }
    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Function;

    internal HostStatus Invoke(HostCall call, Span<ulong> slots) => _pointer is null ? _callback!(call, slots) : _pointer(call, slots);
}

/// <summary>What a host function sees of the instance that calls it. One per instance; used by one thread at a time.</summary>
public sealed class HostCall
{
    internal HostCall(Instance instance, object? state)
    {
        Instance = instance;
        State = state;
    }

    /// <summary>The instance that imported the function.</summary>
    public Instance Instance { get; }
    /// <summary>What the embedder attached to the instance.</summary>
    public object? State { get; }
    /// <summary>The meter of the running execution.</summary>
    public Meter Meter { get; internal set; } = null!;

    /// <summary>A range of the instance's first memory; false where it is not wholly inside, or there is no memory.</summary>
    public bool TryGetMemory(uint offset, uint length, out Span<byte> span)
    {
        if (Instance.Memory is LinearMemory memory) return memory.TryGetSpan(offset, length, out span);
        span = default;
        return false;
    }
}
