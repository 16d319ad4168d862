using System;
using System.Collections.Generic;

namespace ContractVm.HostApi;

/// <summary>Copies what a host call reads and writes, as its row in the table says, for a tracer.</summary>
internal readonly struct TracedCall
{
    private readonly HostFunctionEntry _function;
    private readonly TracedValue[] _arguments;

    private TracedCall(HostFunctionEntry function, TracedValue[] arguments) => (_function, _arguments) = (function, arguments);

    /// <summary>What goes in.</summary>
    public IReadOnlyList<TracedValue> Arguments => _arguments;

    /// <summary>Copies what goes in, before the host function runs.</summary>
    public static TracedCall Begin(HostFunctionEntry function, HostCall call, ReadOnlySpan<ulong> slots)
    {
        TracedValue[] arguments = new TracedValue[function.Parameters.Count];
        for (int i = 0; i < arguments.Length; i++)
        {
            Parameter parameter = function.Parameters[i];
            uint length = parameter.Kind == ParameterKind.Bytes ? (uint)slots[i + 1] : (uint)parameter.BytesRead;
            bool isRead = parameter.Kind == ParameterKind.Bytes || length > 0;
            arguments[i] = new TracedValue(parameter.Name, parameter.Kind, slots[i], isRead ? Copy(call, slots[i], length) : null);
        }

        return new TracedCall(function, arguments);
    }

    /// <summary>Copies what came out.</summary>
    public IReadOnlyList<TracedValue> OutputsOf(CallFrame frame, HostCall call, ReadOnlySpan<ulong> slots, HostStatus status)
    {
        List<TracedValue> outputs = [];
        if (status != HostStatus.Continue) return outputs;
        foreach (TracedValue argument in _arguments)
        {
            Parameter parameter = new(argument.Name, argument.Kind);
            uint length = argument.Kind switch
            {
                ParameterKind.InputOut => (uint)frame.Input.Length,
                ParameterKind.BytesOut => (uint)slots[0],
                _ => (uint)parameter.BytesWritten,
            };
            if (length > 0 || argument.Kind is ParameterKind.InputOut or ParameterKind.BytesOut)
                outputs.Add(argument with { Bytes = Copy(call, argument.Number, length) });
        }

        foreach (Parameter result in _function.Results) outputs.Add(new TracedValue(result.Name, result.Kind, slots[0], null));
        return outputs;
    }

    private static byte[]? Copy(HostCall call, ulong pointer, uint length) => call.TryGetMemory((uint)pointer, length, out Span<byte> bytes) ? bytes.ToArray() : null;
}
