using System;
using System.Buffers.Binary;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>Typed reads and writes of the contract's memory; false where a range is not wholly inside.</summary>
internal static class GuestMemory
{
    public static bool TryReadHash(this HostCall call, ulong pointer, out Hash256 value)
    {
        bool isInside = call.TryGetMemory((uint)pointer, Hash256.Length, out Span<byte> bytes);
        value = isInside ? Hash256.FromBytes(bytes) : default;
        return isInside;
    }

    public static bool TryReadNumber(this HostCall call, ulong pointer, out UInt256 value)
    {
        bool isInside = call.TryGetMemory((uint)pointer, 32, out Span<byte> bytes);
        value = isInside ? UInt256.FromBigEndian(bytes) : default;
        return isInside;
    }

    public static bool TryReadAddress(this HostCall call, ulong pointer, out Address value)
    {
        bool isInside = call.TryGetMemory((uint)pointer, Address.Length, out Span<byte> bytes);
        value = isInside ? Address.FromBytes(bytes) : default;
        return isInside;
    }

    public static HostStatus Write(this HostCall call, ulong pointer, ReadOnlySpan<byte> bytes)
    {
        if (!call.TryGetMemory((uint)pointer, (uint)bytes.Length, out Span<byte> target)) return HostStatus.Fault;
        bytes.CopyTo(target);
        return HostStatus.Continue;
    }

    public static HostStatus Write(this HostCall call, ulong pointer, in UInt256 value)
    {
        if (!call.TryGetMemory((uint)pointer, 32, out Span<byte> target)) return HostStatus.Fault;
        value.ToBigEndian(target);
        return HostStatus.Continue;
    }

    /// <summary>Writes a length: 4 bytes, little endian.</summary>
    public static HostStatus WriteLength(this HostCall call, ulong pointer, int length)
    {
        if (!call.TryGetMemory((uint)pointer, sizeof(uint), out Span<byte> target)) return HostStatus.Fault;
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)length);
        return HostStatus.Continue;
    }

    /// <summary>Pays gas, in ink.</summary>
    public static bool TryChargeGas(this HostCall call, ulong gas) => call.Meter.TryCharge(ContractVm.Gas.Ink.Multiply(gas, Prices.InkPerGas));

    /// <summary>Demands gas without paying it.</summary>
    public static bool TryRequireGas(this HostCall call, ulong gas) => call.Meter.TryRequire(ContractVm.Gas.Ink.Multiply(gas, Prices.InkPerGas));
}
