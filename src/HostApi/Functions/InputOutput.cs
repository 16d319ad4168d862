using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>Calldata, results, logs, hashing.</summary>
internal static class InputOutput
{
    private const ulong LogGas = 375, LogTopicGas = 375, LogByteGas = 8;
    private const int MaximumTopics = 4;

    public static HostStatus ReadArgs(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.Meter.TryCharge(Prices.Write((ulong)frame.Input.Length))) return HostStatus.OutOfInk;
        return call.Write(slots[0], frame.Input.Span);
    }

    public static HostStatus WriteResult(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        ulong ink = Prices.Read((uint)slots[1]);
        if (!call.Meter.TryCharge(ink) || !call.Meter.TryCharge(ink)) return HostStatus.OutOfInk;
        if (!call.TryGetMemory((uint)slots[0], (uint)slots[1], out Span<byte> data)) return HostStatus.Fault;
        frame.SetOutput(data);
        return HostStatus.Continue;
    }

    public static HostStatus ExitEarly(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        frame.ExitStatus = (uint)slots[0];
        return HostStatus.Exit;
    }

    public static HostStatus ReadReturnData(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        uint offset = (uint)slots[1], size = (uint)slots[2];
        ReadOnlySpan<byte> part = offset < (uint)frame.ReturnData.Length ? frame.ReturnData.AsSpan((int)offset) : [];
        if (size < (uint)part.Length) part = part[..(int)size];
        if (!call.Meter.TryCharge(Prices.Write((ulong)part.Length))) return HostStatus.OutOfInk;
        // Where nothing is written nobody looks at the pointer (Stylus).
        HostStatus written = part.IsEmpty ? HostStatus.Continue : call.Write(slots[0], part);
        slots[0] = (uint)part.Length;
        return written;
    }

    public static HostStatus ReturnDataSize(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        slots[0] = (uint)frame.ReturnData.Length;
        return HostStatus.Continue;
    }

    public static HostStatus EmitLog(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        uint length = (uint)slots[1], topicCount = (uint)slots[2];
        if (topicCount > MaximumTopics || length < topicCount * Hash256.Length) return HostStatus.Fault;
        if (!call.Meter.TryCharge(Prices.Read(length))) return HostStatus.OutOfInk;
        // LOGn (Yellow Paper, appendix H): base, each topic, each byte of data.
        uint dataLength = length - topicCount * Hash256.Length;
        if (!call.TryChargeGas(LogGas + LogTopicGas * topicCount + LogByteGas * dataLength)) return HostStatus.OutOfInk;
        if (!call.TryGetMemory((uint)slots[0], length, out Span<byte> bytes)) return HostStatus.Fault;
        if (!frame.Has(Capabilities.Log)) return HostStatus.Fault;
        Hash256[] topics = new Hash256[topicCount];
        for (int i = 0; i < topics.Length; i++) topics[i] = Hash256.FromBytes(bytes.Slice(i * Hash256.Length, Hash256.Length));
        frame.Transaction.State.AddLog(new LogEntry(frame.Contract, topics, bytes[(topics.Length * Hash256.Length)..].ToArray()));
        return HostStatus.Continue;
    }

    public static HostStatus Keccak(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.Meter.TryCharge(Prices.Keccak((uint)slots[1]))) return HostStatus.OutOfInk;
        if (!call.TryGetMemory((uint)slots[0], (uint)slots[1], out Span<byte> input)) return HostStatus.Fault;
        Hash256 hash = Keccak256.Hash(input);
        return call.Write(slots[2], hash.Bytes);
    }
}
