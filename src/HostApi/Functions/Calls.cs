using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>Calls of other contracts, and creations.</summary>
internal static class Calls
{
    // Stylus gives 2 for whatever went wrong.
    private const ulong Succeeded = 0, Failed = 2;

    public static HostStatus Call(CallFrame frame, HostCall call, Span<ulong> slots) =>
        Run(frame, call, slots, FrameKind.Call, data: slots[1], length: (uint)slots[2], value: slots[3], gas: slots[4], returnLength: slots[5]);

    public static HostStatus DelegateCall(CallFrame frame, HostCall call, Span<ulong> slots) =>
        Run(frame, call, slots, FrameKind.DelegateCall, data: slots[1], length: (uint)slots[2], value: null, gas: slots[3], returnLength: slots[4]);

    public static HostStatus StaticCall(CallFrame frame, HostCall call, Span<ulong> slots) =>
        Run(frame, call, slots, FrameKind.StaticCall, data: slots[1], length: (uint)slots[2], value: null, gas: slots[3], returnLength: slots[4]);

    public static HostStatus Create1(CallFrame frame, HostCall call, Span<ulong> slots) => Create(frame, call, slots[0], (uint)slots[1], slots[2], null, slots[3], slots[4]);

    public static HostStatus Create2(CallFrame frame, HostCall call, Span<ulong> slots) => Create(frame, call, slots[0], (uint)slots[1], slots[2], slots[3], slots[4], slots[5]);

    private static HostStatus Run(CallFrame frame, HostCall call, Span<ulong> slots, FrameKind kind, ulong data, uint length, ulong? value, ulong gas, ulong returnLength)
    {
        if (!TryPayForData(call, length)) return HostStatus.OutOfInk;
        ulong gasLeft = call.Meter.InkLeft / Prices.InkPerGas;
        UInt256 wei = UInt256.Zero;
        if (!call.TryReadAddress(slots[0], out Address to) || !call.TryGetMemory((uint)data, length, out Span<byte> bytes)) return HostStatus.Fault;
        if (value is ulong pointer && !call.TryReadNumber(pointer, out wei)) return HostStatus.Fault;
        bool isSuccess = NestedCalls.TryCall(frame, kind, to, wei, bytes.ToArray(), gasLeft, gas, out ulong cost);
        if (!call.TryChargeGas(cost)) return HostStatus.OutOfInk;
        slots[0] = isSuccess ? Succeeded : Failed;
        return call.WriteLength(returnLength, frame.ReturnData.Length);
    }

    private static HostStatus Create(CallFrame frame, HostCall call, ulong code, uint length, ulong endowment, ulong? salt, ulong contract, ulong revertLength)
    {
        if (!TryPayForData(call, length)) return HostStatus.OutOfInk;
        Hash256 word = default;
        if (!call.TryGetMemory((uint)code, length, out Span<byte> bytes) || !call.TryReadNumber(endowment, out UInt256 wei)) return HostStatus.Fault;
        if (salt is ulong pointer && !call.TryReadHash(pointer, out word)) return HostStatus.Fault;
        if (!frame.Has(Capabilities.Create)) return HostStatus.Fault;
        ulong gasLeft = call.Meter.InkLeft / Prices.InkPerGas;
        if (!NestedCalls.TryCreate(frame, bytes.ToArray(), wei, salt is null ? null : word, gasLeft, out Address created, out ulong cost)) return HostStatus.Fault;
        if (!call.TryChargeGas(cost)) return HostStatus.OutOfInk;
        HostStatus written = call.WriteLength(revertLength, frame.ReturnData.Length);
        return written == HostStatus.Continue ? call.Write(contract, created.Bytes) : written;
    }

    // Read from the memory, and given to the state: twice.
    private static bool TryPayForData(HostCall call, uint length)
    {
        ulong ink = Prices.Read(length);
        return call.Meter.TryCharge(ink) && call.Meter.TryCharge(ink);
    }
}
