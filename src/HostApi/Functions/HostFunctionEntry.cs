using System;

namespace ContractVm.HostApi;

/// <summary>The body of a host function: the base ink is paid and the frame's right checked when it runs.</summary>
/// <param name="frame">The calling frame.</param>
/// <param name="call">Access to the instance's memory.</param>
/// <param name="slots">Arguments, and room for the result.</param>
internal delegate HostStatus HostBody(CallFrame frame, HostCall call, Span<ulong> slots);

/// <summary>One row of the table of host functions.</summary>
public sealed class HostFunctionEntry
{
    internal HostFunctionEntry(string name, string signature, ulong ink, Capabilities needs, string summary, HostBody body)
    {
        Name = name;
        Type = TypeOf(signature);
        Ink = ink;
        Needs = needs;
        Summary = summary;
        Body = body;
        Function = new HostFunction(HostTable.ModuleName, name, Type, Invoke);
    }

    /// <summary>Name in the module <c>vm_hooks</c>.</summary>
    public string Name { get; }
    /// <summary>Exact type.</summary>
    public FunctionType Type { get; }
    /// <summary>Ink that every call pays before anything else; sizes and state come on top.</summary>
    public ulong Ink { get; }
    /// <summary>What the calling frame must be allowed.</summary>
    public Capabilities Needs { get; }
    /// <summary>One line of documentation.</summary>
    public string Summary { get; }
    /// <summary>The importable function.</summary>
    public HostFunction Function { get; }

    private HostBody Body { get; }

    // Order of the interface: pay first, then check, then read, then work.
    private HostStatus Invoke(HostCall call, Span<ulong> slots)
    {
        CallFrame frame = (CallFrame)call.State!;
        if (!call.Meter.TryCharge(ContractVm.Gas.Ink.Add(Ink, call.Instance.Module.HostSurcharge))) return HostStatus.OutOfInk;
        return (frame.Capabilities & Needs) == Needs ? Body(frame, call, slots) : HostStatus.Fault;
    }

    private static FunctionType TypeOf(string signature)
    {
        int colon = signature.IndexOf(':', StringComparison.Ordinal);
        return new FunctionType(Types(signature.AsSpan(0, colon)), Types(signature.AsSpan(colon + 1)));

        static ValueType[] Types(ReadOnlySpan<char> letters)
        {
            ValueType[] types = new ValueType[letters.Length];
            for (int i = 0; i < types.Length; i++) types[i] = letters[i] == 'i' ? ValueType.I32 : ValueType.I64;
            return types;
        }
    }
}
