using System;
using ContractVm.Gas;

namespace ContractVm.HostApi;

/// <summary>The block, the transaction, the frame, and what is left to spend.</summary>
internal static class Environment
{
    public static HostStatus GasLeft(CallFrame frame, HostCall call, Span<ulong> slots) => Return(slots, call.Meter.InkLeft / Prices.InkPerGas);

    public static HostStatus InkLeft(CallFrame frame, HostCall call, Span<ulong> slots) => Return(slots, call.Meter.InkLeft);

    public static HostStatus BaseFee(CallFrame frame, HostCall call, Span<ulong> slots) => call.Write(slots[0], frame.Transaction.Block.BaseFee);

    public static HostStatus ChainId(CallFrame frame, HostCall call, Span<ulong> slots) => Return(slots, frame.Transaction.Block.ChainId);

    public static HostStatus Coinbase(CallFrame frame, HostCall call, Span<ulong> slots) => call.Write(slots[0], frame.Transaction.Block.Coinbase.Bytes);

    public static HostStatus GasLimit(CallFrame frame, HostCall call, Span<ulong> slots) => Return(slots, frame.Transaction.Block.GasLimit);

    public static HostStatus Number(CallFrame frame, HostCall call, Span<ulong> slots) => Return(slots, frame.Transaction.Block.Number);

    public static HostStatus Timestamp(CallFrame frame, HostCall call, Span<ulong> slots) => Return(slots, frame.Transaction.Block.Timestamp);

    public static HostStatus Contract(CallFrame frame, HostCall call, Span<ulong> slots) => call.Write(slots[0], frame.Contract.Bytes);

    public static HostStatus Reentrant(CallFrame frame, HostCall call, Span<ulong> slots) => Return(slots, frame.IsReentrant ? 1UL : 0);

    public static HostStatus Sender(CallFrame frame, HostCall call, Span<ulong> slots) => call.Write(slots[0], frame.Caller.Bytes);

    public static HostStatus Value(CallFrame frame, HostCall call, Span<ulong> slots) => call.Write(slots[0], frame.Value);

    public static HostStatus GasPrice(CallFrame frame, HostCall call, Span<ulong> slots) => call.Write(slots[0], frame.Transaction.GasPrice);

    public static HostStatus InkPrice(CallFrame frame, HostCall call, Span<ulong> slots) => Return(slots, Prices.InkPerGas);

    public static HostStatus Origin(CallFrame frame, HostCall call, Span<ulong> slots) => call.Write(slots[0], frame.Transaction.Origin.Bytes);

    public static HostStatus PayForMemoryGrow(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        // Stylus truncates the pages to 16 bits. A schedule that prices pages at memory.grow has them paid there, once.
        int pages = (ushort)slots[0];
        Schedule schedule = call.Instance.Module.Profile.Schedule;
        if (pages == 0 || schedule.PerUnit((int)Opcode.MemoryGrow) != 0) return call.Meter.TryCharge(Prices.Call) ? HostStatus.Continue : HostStatus.OutOfInk;
        return frame.Transaction.Pages.TryOpen(pages, call.Meter) ? HostStatus.Continue : HostStatus.OutOfInk;
    }

    private static HostStatus Return(Span<ulong> slots, ulong value)
    {
        slots[0] = value;
        return HostStatus.Continue;
    }
}
