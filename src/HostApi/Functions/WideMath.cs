using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>256-bit arithmetic in place: the first argument points at the value and takes the result (Yellow Paper, appendix H.2).</summary>
internal static class WideMath
{
    public static HostStatus Divide(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryReadNumber(slots[0], out UInt256 value) || !call.TryReadNumber(slots[1], out UInt256 divisor)) return HostStatus.Fault;
        return call.Write(slots[0], divisor.IsZero ? UInt256.Zero : value / divisor);
    }

    public static HostStatus Modulo(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryReadNumber(slots[0], out UInt256 value) || !call.TryReadNumber(slots[1], out UInt256 modulus)) return HostStatus.Fault;
        return call.Write(slots[0], modulus.IsZero ? UInt256.Zero : value % modulus);
    }

    public static HostStatus Power(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryReadNumber(slots[0], out UInt256 value) || !call.TryGetMemory((uint)slots[1], 32, out Span<byte> exponent)) return HostStatus.Fault;
        if (!call.Meter.TryCharge(Prices.Power(exponent))) return HostStatus.OutOfInk;
        return call.Write(slots[0], UInt256.Pow(value, UInt256.FromBigEndian(exponent)));
    }

    public static HostStatus AddMod(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!TryReadThree(call, slots, out UInt256 value, out UInt256 addend, out UInt256 modulus)) return HostStatus.Fault;
        return call.Write(slots[0], modulus.IsZero ? UInt256.Zero : UInt256.AddMod(value, addend, modulus));
    }

    public static HostStatus MulMod(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!TryReadThree(call, slots, out UInt256 value, out UInt256 multiplier, out UInt256 modulus)) return HostStatus.Fault;
        return call.Write(slots[0], modulus.IsZero ? UInt256.Zero : UInt256.MulMod(value, multiplier, modulus));
    }

    private static bool TryReadThree(HostCall call, Span<ulong> slots, out UInt256 first, out UInt256 second, out UInt256 third)
    {
        second = third = default;
        return call.TryReadNumber(slots[0], out first) && call.TryReadNumber(slots[1], out second) && call.TryReadNumber(slots[2], out third);
    }
}
