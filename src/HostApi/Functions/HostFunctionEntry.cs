using System;
using System.Collections.Generic;

namespace ContractVm.HostApi;

/// <summary>The body of a host function: the base ink is paid and the frame's right checked when it runs.</summary>
/// <param name="frame">The calling frame.</param>
/// <param name="call">Access to the instance's memory.</param>
/// <param name="slots">Arguments, and room for the result.</param>
public delegate HostStatus HostBody(CallFrame frame, HostCall call, Span<ulong> slots);

/// <summary>One row of a table of host functions. Immutable.</summary>
public sealed class HostFunctionEntry
{
    private readonly HostBody _body;

    /// <summary>Makes a row.</summary>
    /// <param name="module">The module that contracts import it from.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="parameters">
    /// "name:kind name:kind -> name:kind": a kind is u32 or u64, or that of a pointer: address (20 bytes), word (32 bytes), bytes (as many as the next parameter
    /// says); with &gt; before it what is written there, with &lt;&gt; what is read and written.
    /// </param>
    /// <param name="ink">Ink that every call pays before anything else.</param>
    /// <param name="needs">What the calling frame must be allowed.</param>
    /// <param name="summary">One line of documentation.</param>
    /// <param name="body">What it does after it is paid and allowed.</param>
    public HostFunctionEntry(string module, string name, string parameters, ulong ink, Capabilities needs, string summary, HostBody body)
    {
        int arrow = parameters.IndexOf("->", StringComparison.Ordinal);
        Module = module;
        Name = name;
        Parameters = Parameter.ParseAll(arrow < 0 ? parameters : parameters[..arrow]);
        Results = arrow < 0 ? [] : Parameter.ParseAll(parameters[(arrow + 2)..]);
        Type = new FunctionType(TypesOf(Parameters), TypesOf(Results));
        Ink = ink;
        Needs = needs;
        Summary = summary;
        _body = body;
        Function = new HostFunction(module, name, Type, Invoke);
    }

    /// <summary>The module that contracts import it from.</summary>
    public string Module { get; }
    /// <summary>Name in that module.</summary>
    public string Name { get; }
    /// <summary>Parameters, with what they mean.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }
    /// <summary>Results: none or one.</summary>
    public IReadOnlyList<Parameter> Results { get; }
    /// <summary>Exact type.</summary>
    public FunctionType Type { get; }
    /// <summary>Ink that every call pays before anything else; sizes and state come on top.</summary>
    public ulong Ink { get; }
    /// <summary>What the calling frame must be allowed.</summary>
    public Capabilities Needs { get; }
    /// <summary>One line of documentation.</summary>
    public string Summary { get; }
    /// <summary>Calls cost nothing, far memory or not: for what only helps to debug.</summary>
    public bool IsFree { get; init; }
    /// <summary>The body checks the right itself, once it has charged what depends on sizes: so much is gone too where the right is not there.</summary>
    public bool ChecksRight { get; init; }
    /// <summary>The importable function.</summary>
    public HostFunction Function { get; }

    // Order of the interface: pay first, then check, then read, then work.
    private HostStatus Invoke(HostCall call, Span<ulong> slots)
    {
        CallFrame frame = (CallFrame)call.State!;
        ITracer? tracer = frame.Transaction.Tracer;
        if (tracer is not null) return InvokeTraced(tracer, frame, call, slots);
        return Run(frame, call, slots);
    }

    private HostStatus Run(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!IsFree && !call.Meter.TryCharge(ContractVm.Gas.Ink.Add(Ink, call.Instance.Module.HostSurcharge))) return HostStatus.OutOfInk;
        return ChecksRight || frame.Has(Needs) ? _body(frame, call, slots) : HostStatus.Fault;
    }

    private HostStatus InvokeTraced(ITracer tracer, CallFrame frame, HostCall call, Span<ulong> slots)
    {
        ulong before = call.Meter.InkLeft;
        TracedCall traced = TracedCall.Begin(this, call, slots);
        tracer.OnHostCallStart(frame, this, traced.Arguments);
        HostStatus status = Run(frame, call, slots);
        tracer.OnHostCallEnd(frame, this, traced.Arguments, traced.OutputsOf(frame, call, slots, status), status, before, call.Meter.InkLeft);
        return status;
    }

    private static ValueType[] TypesOf(IReadOnlyList<Parameter> parameters)
    {
        ValueType[] types = new ValueType[parameters.Count];
        for (int i = 0; i < types.Length; i++) types[i] = parameters[i].Type;
        return types;
    }
}
