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
/// The body of a host function. Arguments stand in the first slots (see <see cref="ValueSlots"/>; i32 zero-extended, floats
/// as bits); results go to the first slots. Spans of the memory must not be kept beyond the call. A .NET exception is a fault
/// of the node and ends the execution without an outcome.
/// </summary>
/// <param name="call">Who calls.</param>
/// <param name="slots">Arguments and results.</param>
public delegate HostStatus HostCallback(HostCall call, Span<ulong> slots);

/// <summary>A function of the host that a module can import. Immutable; may be imported into any store.</summary>
/// <param name="module">Module name.</param>
/// <param name="name">Name in that module.</param>
/// <param name="type">Its type; without concrete reference types.</param>
/// <param name="callback">Its body.</param>
public sealed class HostFunction(string module, string name, FunctionType type, HostCallback callback) : External
{
    /// <summary>Module name.</summary>
    public string Module { get; } = module;
    /// <summary>Name in that module.</summary>
    public string Name { get; } = name;
    /// <summary>Its type.</summary>
    public FunctionType Type { get; } = type;
    /// <summary>Its body.</summary>
    public HostCallback Callback { get; } = callback;
    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Function;
}

/// <summary>What a host function sees of the instance that calls it. One per instance; used by one thread at a time.</summary>
public sealed class HostCall
{
    internal HostCall(Instance instance, object? state)
    {
        Instance = instance;
        State = state;
    }

    /// <summary>The calling instance.</summary>
    public Instance Instance { get; }
    /// <summary>What the embedder attached to the instance.</summary>
    public object? State { get; }
    /// <summary>The meter of the running execution.</summary>
    public Meter Meter { get; internal set; } = null!;

    /// <summary>A range of the instance's memory; false where it is not wholly inside, or there is no memory.</summary>
    public bool TryGetMemory(uint offset, uint length, out Span<byte> span)
    {
        if (Instance.Memory is LinearMemory memory) return memory.TryGetSpan(offset, length, out span);
        span = default;
        return false;
    }
}
