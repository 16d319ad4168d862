using System;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// A frame's cache of its contract's storage, as Stylus has it: loads are remembered, writes stay here until they are
/// flushed, and what is never flushed is lost. Writes to slots that were never loaded count as changed.
/// </summary>
public sealed class StorageCache(WorldState state, Address contract)
{
    /// <summary>A map that has been larger is not cleared but dropped: clearing costs by what it once held, which somebody else paid.</summary>
    private const int MostCleared = 1024;
    private Dictionary<Hash256, Slot> _slots = [];
    // Slots written since the last flush, each once: a flush looks at these alone, so that it costs what was paid for the writes.
    private readonly List<Hash256> _written = [];
    private int _reads;
    private int _writes;

    private struct Slot
    {
        public Hash256 Value;
        public Hash256 Known;
        public bool IsKnown;
        public bool IsWritten;
        public readonly bool IsDirty => !IsKnown || Value != Known;
    }

    /// <summary>Reads a slot. Gas: by the number of reads, and on a miss the access (EIP-2929) and the call into the state.</summary>
    public Hash256 Load(in Hash256 key, out ulong gas)
    {
        gas = _reads++ switch { < 32 => 0, < 128 => 2, _ => 10 };
        if (_slots.TryGetValue(key, out Slot slot)) return slot.Value;
        gas += (state.AccessSlot(contract, key) ? Prices.ColdSlot : Prices.WarmAccess) + Prices.StateCallGas;
        Hash256 value = state.GetStorage(contract, key);
        _slots.Add(key, new Slot { Value = value, Known = value, IsKnown = true });
        return value;
    }

    /// <summary>Writes a slot here. Gas: by the number of writes.</summary>
    public void Store(in Hash256 key, in Hash256 value, out ulong gas)
    {
        gas = _writes++ switch { < 8 => 0, < 64 => 7, _ => 10 };
        ref Slot slot = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_slots, key, out _);
        slot.Value = value;
        if (slot.IsWritten) return;
        slot.IsWritten = true;
        _written.Add(key);
    }

    /// <summary>True where a flush would write.</summary>
    public bool HasChanges()
    {
        foreach (Hash256 key in _written)
            if (_slots[key].IsDirty) return true;
        return false;
    }

    /// <summary>
    /// Writes what changed to the state, in the order of the keys. Stops, with part of it written, where the gas does not
    /// suffice: the frame is undone then.
    /// </summary>
    /// <param name="gasAvailable">Gas that may be used, to the last unit.</param>
    /// <param name="clear">Forget everything afterwards.</param>
    /// <param name="gas">Gas used.</param>
    public bool TryFlush(ulong gasAvailable, bool clear, out ulong gas)
    {
        gas = 0;
        // By key, so that it does not depend on the order of the writes where the gas ends.
        _written.Sort();
        foreach (Hash256 key in _written)
        {
            ref Slot slot = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrNullRef(_slots, key);
            slot.IsWritten = false;
            if (!slot.IsDirty) continue;
            gas += StorageGas.Charge(state, contract, key, slot.Value);
            if (gas > gasAvailable) return false;
            state.SetStorage(contract, key, slot.Value);
            slot.Known = slot.Value;
            slot.IsKnown = true;
        }

        _written.Clear();
        if (clear && _slots.EnsureCapacity(0) <= MostCleared) _slots.Clear();
        else if (clear) _slots = [];
        return true;
    }
}

/// <summary>Gas and refunds of a storage write (EIP-2200 with EIP-2929 and EIP-3529).</summary>
internal static class StorageGas
{
    private const ulong SetGas = 20_000, ResetGas = 5_000 - Prices.ColdSlot, ClearRefund = 4_800;

    /// <summary>Charges a write that is about to happen: returns its gas and books its refund.</summary>
    public static ulong Charge(WorldState state, Address contract, in Hash256 key, in Hash256 value)
    {
        ulong gas = state.AccessSlot(contract, key) ? Prices.ColdSlot : 0;
        Hash256 current = state.GetStorage(contract, key);
        if (current == value) return gas + Prices.WarmAccess;
        Hash256 original = state.GetOriginalStorage(contract, key);
        if (original == current)
        {
            if (original.IsZero) return gas + SetGas;
            if (value.IsZero) state.AddRefund(ClearRefund);
            return gas + ResetGas;
        }

        if (!original.IsZero)
        {
            if (current.IsZero) state.SubtractRefund(ClearRefund);
            if (value.IsZero) state.AddRefund(ClearRefund);
        }

        if (original == value) state.AddRefund((original.IsZero ? SetGas : ResetGas) - Prices.WarmAccess);
        return gas + Prices.WarmAccess;
    }
}
