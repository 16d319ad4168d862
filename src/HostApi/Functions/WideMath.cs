using System;
using System.Numerics;
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
        if (!call.TryGetMemory((uint)slots[1], 32, out Span<byte> exponentBytes)) return HostStatus.Fault;
        if (!call.Meter.TryCharge(Prices.Power(exponentBytes))) return HostStatus.OutOfInk;
        UInt256 exponent = UInt256.FromBigEndian(exponentBytes);
        if (!call.TryReadNumber(slots[0], out UInt256 value)) return HostStatus.Fault;
        UInt256 result = UInt256.One;
        for (int bit = exponent.BitLength - 1; bit >= 0; bit--)
        {
            result *= result;
            if (((exponent >> bit).LowUInt64 & 1) != 0) result *= value;
        }

        return call.Write(slots[0], result);
    }

    public static HostStatus AddMod(CallFrame frame, HostCall call, Span<ulong> slots) => Modular(call, slots, static (a, b) => a + b);

    public static HostStatus MulMod(CallFrame frame, HostCall call, Span<ulong> slots) => Modular(call, slots, static (a, b) => a * b);

    // Sum and product have up to 512 bits before the remainder is taken.
    private static HostStatus Modular(HostCall call, Span<ulong> slots, Func<BigInteger, BigInteger, BigInteger> operation)
    {
        if (!call.TryReadNumber(slots[0], out UInt256 value) || !call.TryReadNumber(slots[1], out UInt256 other)
            || !call.TryReadNumber(slots[2], out UInt256 modulus)) return HostStatus.Fault;
        return call.Write(slots[0], modulus.IsZero
            ? UInt256.Zero
            : UInt256.FromBigInteger(operation(value.ToBigInteger(), other.ToBigInteger()) % modulus.ToBigInteger()));
    }
}
