using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// Writes what frames do as JSON lines (docs/HOSTAPI.md, "Traces"). Used by one thread; what it could not write is thrown to whoever runs the
/// transaction.
/// </summary>
/// <param name="stream">Where lines go; not closed.</param>
/// <param name="withState">Accesses to the state are written too.</param>
public sealed class JsonTracer(Stream stream, bool withState = false) : ITracer, IStateObserver, IDisposable
{
    private readonly Utf8JsonWriter _writer = new(stream);
    private int _depth;

    /// <inheritdoc/>
    public IStateObserver? StateObserver => withState ? this : null;

    /// <inheritdoc/>
    public void OnTransaction(in Hash256 hash, ulong block, int index)
    {
        Begin("transaction", hash.ToString());
        _writer.WriteNumber("block", block);
        _writer.WriteNumber("index", index);
        End();
    }

    /// <inheritdoc/>
    public void OnFrameStart(CallFrame frame)
    {
        _depth = frame.Depth;
        Begin("frame", "start");
        _writer.WriteString("kind", frame.Kind.ToString());
        _writer.WriteString("contract", frame.Contract.ToString());
        if (frame.CodeAddress != frame.Contract) _writer.WriteString("code", frame.CodeAddress.ToString());
        _writer.WriteString("caller", frame.Caller.ToString());
        _writer.WriteString("value", frame.Value.ToString());
        _writer.WriteString("rights", frame.Capabilities.ToString());
        _writer.WriteNumber("ink", frame.Meter.InkLeft);
        _writer.WriteString("input", Hex.Encode(frame.Input.Span));
        End();
    }

    /// <inheritdoc/>
    public void OnFrameEnd(CallFrame frame, FrameResult result, ulong inkLeft)
    {
        _depth = frame.Depth;
        Begin("frame", "end");
        _writer.WriteString("outcome", result.Outcome.ToString());
        if (result.Execution.Trap != TrapKind.None) _writer.WriteString("trap", result.Execution.Trap.ToString());
        if (result.Error is ModuleError error) _writer.WriteString("error", error.ToString());
        _writer.WriteNumber("ink", inkLeft);
        _writer.WriteString("output", Hex.Encode(result.Output));
        End();
        _depth = frame.Depth - 1;
    }

    /// <inheritdoc/>
    public void OnHostCallStart(CallFrame frame, HostFunctionEntry function, IReadOnlyList<TracedValue> arguments)
    {
        // Other functions are over before anything else happens: a line for their end says it all.
        if ((function.Needs & (Capabilities.Call | Capabilities.Create)) == 0) return;
        _depth = frame.Depth;
        Begin("calls", Name(function));
        Write("arguments", arguments);
        End();
    }

    /// <inheritdoc/>
    public void OnHostCallEnd(
        CallFrame frame, HostFunctionEntry function, IReadOnlyList<TracedValue> arguments, IReadOnlyList<TracedValue> outputs, HostStatus status, ulong inkBefore, ulong inkAfter)
    {
        _depth = frame.Depth;
        Begin("host", Name(function));
        Write("arguments", arguments);
        Write("outputs", outputs);
        if (status != HostStatus.Continue) _writer.WriteString("status", status.ToString());
        _writer.WriteNumber("inkBefore", inkBefore);
        _writer.WriteNumber("inkAfter", inkAfter);
        End();
    }

    /// <inheritdoc/>
    public void OnAccess(StateField field, bool isWrite, in Address address, in Hash256 key, in Hash256 value)
    {
        Begin("state", isWrite ? "write" : "read");
        _writer.WriteString("of", field.ToString());
        _writer.WriteString("account", address.ToString());
        if (field is StateField.Slot or StateField.TransientSlot) _writer.WriteString("slot", key.ToString());
        _writer.WriteString("value", value.ToString());
        End();
    }

    /// <summary>Writes what is left in the buffer.</summary>
    public void Dispose() => _writer.Dispose();

    private static string Name(HostFunctionEntry function) => function.Module == HostTable.ModuleName ? function.Name : $"{function.Module}.{function.Name}";

    private void Begin(string kind, string what)
    {
        _writer.WriteStartObject();
        _writer.WriteString(kind, what);
        _writer.WriteNumber("depth", _depth);
    }

    private void End()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        _writer.Reset();
        stream.WriteByte((byte)'\n');
    }

    private void Write(string property, IReadOnlyList<TracedValue> values)
    {
        if (values.Count == 0) return;
        _writer.WriteStartObject(property);
        foreach (TracedValue value in values)
        {
            if (value.Bytes is byte[] bytes) _writer.WriteString(value.Name, Hex.Encode(bytes));
            else _writer.WriteNumber(value.Name, value.Number);
        }

        _writer.WriteEndObject();
    }
}
