using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>Persistent and transient storage.</summary>
internal static class Storage
{
    private const ulong MostReadGas = 10, MostWriteGas = 10;

    /// <summary>Gas of an access to transient storage (EIP-1153), which is part of the base ink.</summary>
    public const ulong TransientGas = 100;

    public static HostStatus Load(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        // Demanded even where the cache knows the slot, so that the cache cannot be felt through running out.
        if (!call.TryRequireGas(Prices.ColdSlot + MostReadGas + Prices.StateCallGas)) return HostStatus.OutOfInk;
        if (!call.TryReadHash(slots[0], out Hash256 key)) return HostStatus.Fault;
        Hash256 value = frame.Storage.Load(key, out ulong gas);
        if (!call.TryChargeGas(gas)) return HostStatus.OutOfInk;
        return call.Write(slots[1], value.Bytes);
    }

    public static HostStatus Cache(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryRequireGas(Prices.WriteSentry + MostWriteGas)) return HostStatus.OutOfInk;
        if (!call.TryReadHash(slots[0], out Hash256 key) || !call.TryReadHash(slots[1], out Hash256 value)) return HostStatus.Fault;
        frame.Storage.Store(key, value, out ulong gas);
        return call.TryChargeGas(gas) ? HostStatus.Continue : HostStatus.OutOfInk;
    }

    public static HostStatus Flush(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryRequireGas(Prices.WriteSentry)) return HostStatus.OutOfInk;
        if (frame.Storage.HasChanges() && !frame.Has(Capabilities.WriteState)) return HostStatus.Fault;
        bool isPaid = frame.Storage.TryFlush(call.Meter.InkLeft / Prices.InkPerGas, (uint)slots[0] != 0, out ulong gas);
        return isPaid && call.TryChargeGas(gas) ? HostStatus.Continue : Exhaust(call);
    }

    public static HostStatus TransientLoad(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryReadHash(slots[0], out Hash256 key)) return HostStatus.Fault;
        Hash256 value = frame.Transaction.State.GetTransientStorage(frame.Contract, key);
        return call.Write(slots[1], value.Bytes);
    }

    public static HostStatus TransientStore(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryReadHash(slots[0], out Hash256 key) || !call.TryReadHash(slots[1], out Hash256 value)) return HostStatus.Fault;
        frame.Transaction.State.SetTransientStorage(frame.Contract, key, value);
        return HostStatus.Continue;
    }

    private static HostStatus Exhaust(HostCall call)
    {
        call.Meter.TryRequire(ulong.MaxValue);
        return HostStatus.OutOfInk;
    }
}
