using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>What a contract may ask of accounts. The first access in a transaction costs more (EIP-2929).</summary>
internal static class Accounts
{
    // Stylus prices a code access by the largest EVM code: 700 gas for each 24 576 bytes that code may have.
    private const ulong CodeGas = 700;

    public static HostStatus Balance(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!TryAccess(frame, call, slots[0], 0, out Address address, out HostStatus status)) return status;
        return call.Write(slots[1], frame.Transaction.State.GetBalance(address));
    }

    public static HostStatus CodeHash(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!TryAccess(frame, call, slots[0], 0, out Address address, out HostStatus status)) return status;
        // EXTCODEHASH (EIP-1052): 0 for accounts that do not exist.
        WorldState state = frame.Transaction.State;
        Hash256 hash = state.IsEmpty(address) ? Hash256.Zero : state.GetCodeHash(address);
        return call.Write(slots[1], hash.Bytes);
    }

    public static HostStatus CodeSize(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!TryAccess(frame, call, slots[0], CodeGas, out Address address, out HostStatus status)) return status;
        slots[0] = (uint)CodeOf(frame, address).Length;
        return HostStatus.Continue;
    }

    public static HostStatus Code(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!TryAccess(frame, call, slots[0], CodeGas, out Address address, out HostStatus status)) return status;
        ReadOnlySpan<byte> code = CodeOf(frame, address).Span;
        if (!call.Meter.TryCharge(Prices.Write((ulong)code.Length))) return HostStatus.OutOfInk;
        uint offset = (uint)slots[1], size = (uint)slots[2];
        ReadOnlySpan<byte> part = offset < (uint)code.Length ? code[(int)offset..] : [];
        if (size < (uint)part.Length) part = part[..(int)size];
        HostStatus written = call.Write(slots[3], part);
        slots[0] = (uint)part.Length;
        return written;
    }

    /// <summary>The code, remembered as the last one that was asked for: it is not paid twice running. That there is none is not remembered.</summary>
    private static ReadOnlyMemory<byte> CodeOf(CallFrame frame, Address address)
    {
        ReadOnlyMemory<byte> code = frame.Transaction.State.GetCode(address);
        frame.LastCode = code.IsEmpty ? frame.LastCode : address;
        return code;
    }

    private static bool TryAccess(CallFrame frame, HostCall call, ulong pointer, ulong codeGas, out Address address, out HostStatus status)
    {
        address = default;
        status = HostStatus.OutOfInk;
        if (!call.TryRequireGas(Prices.ColdAccount)) return false;
        status = HostStatus.Fault;
        if (!call.TryReadAddress(pointer, out address)) return false;
        if (codeGas > 0 && frame.LastCode == address) return true;
        status = HostStatus.OutOfInk;
        ulong gas = Precompiles.IsColdAccess(frame.Transaction.State, address) ? Prices.ColdAccount : Prices.WarmAccess;
        return call.TryChargeGas(gas + codeGas);
    }
}
