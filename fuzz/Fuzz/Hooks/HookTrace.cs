using System.Collections.Generic;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Fuzz.Hooks;

/// <summary>A host call that happened.</summary>
internal sealed class CallTrace
{
    public required string Name;
    public ulong Before, After;
    public HostStatus Status;
    /// <summary>The frame that it opened, or null.</summary>
    public FrameTrace? Frame;
}

/// <summary>A frame that happened.</summary>
internal sealed class FrameTrace
{
    public ulong InkStart, InkLeft;
    public Outcome Outcome;
    public byte[] Output = [];
    public readonly List<CallTrace> Calls = [];
}

/// <summary>Writes down a transaction's frames and host calls with their ink.</summary>
internal sealed class HookRecorder : ITracer
{
    private readonly Stack<FrameTrace> _open = [];

    /// <summary>The outermost frame, or null where none began.</summary>
    public FrameTrace? Root { get; private set; }

    /// <summary>Frames so far.</summary>
    public int Frames { get; private set; }

    public void OnTransaction(in Hash256 hash, ulong block, int index)
    {
    }

    public void OnFrameStart(CallFrame frame)
    {
        FrameTrace trace = new() { InkStart = frame.Meter.InkLeft };
        if (_open.TryPeek(out FrameTrace? outer)) outer.Calls[^1].Frame = trace;
        else Root = trace;
        _open.Push(trace);
        Frames++;
    }

    public void OnFrameEnd(CallFrame frame, FrameResult result, ulong inkLeft)
    {
        FrameTrace trace = _open.Pop();
        (trace.Outcome, trace.Output, trace.InkLeft) = (result.Outcome, result.Output, inkLeft);
    }

    public void OnHostCallStart(CallFrame frame, HostFunctionEntry function, IReadOnlyList<TracedValue> arguments) => _open.Peek().Calls.Add(new CallTrace { Name = function.Name });

    public void OnHostCallEnd(
        CallFrame frame, HostFunctionEntry function, IReadOnlyList<TracedValue> arguments, IReadOnlyList<TracedValue> outputs, HostStatus status, ulong inkBefore, ulong inkAfter)
    {
        CallTrace call = _open.Peek().Calls[^1];
        (call.Before, call.After, call.Status) = (inkBefore, inkAfter, status);
    }
}
