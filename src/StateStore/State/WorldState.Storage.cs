using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace ContractVm.StateStore;

public sealed partial class WorldState
{
    /// <summary>The refund counter of the transaction, in gas.</summary>
    public ulong Refund => _refund;

    /// <summary>
    /// The logs of the transaction, oldest first. The list of one transaction is not used again for the next, so it may be kept.
    /// </summary>
    public IReadOnlyList<LogEntry> Logs => _logs;

    /// <summary>The value of a storage slot now; zero where there is none.</summary>
    public Hash256 GetStorage(in Address address, in Hash256 key)
    {
        Hash256 value = Slot(address, key).Value;
        Observer?.OnAccess(StateField.Slot, false, address, key, value);
        return value;
    }

    /// <summary>The value of a storage slot when the transaction began: the "original value" of EIP-2200.</summary>
    public Hash256 GetOriginalStorage(in Address address, in Hash256 key)
    {
        SlotEntry slot = Slot(address, key);
        return slot.StartIn == _transaction ? slot.Start : slot.Value;
    }

    /// <summary>Sets a storage slot and touches the account; zero removes the slot.</summary>
    public void SetStorage(in Address address, in Hash256 key, in Hash256 value)
    {
        Observer?.OnAccess(StateField.Slot, true, address, key, value);
        Touch(Account(address));
        SlotEntry slot = Slot(address, key);
        if (slot.Value == value) return;
        if (slot.StartIn != _transaction)
        {
            slot.Start = slot.Value;
            slot.StartIn = _transaction;
        }
        _journal.Add(Undo.Storage, slot, slot.Value);
        slot.Value = value;
    }

    /// <summary>The value of a transient slot (EIP-1153); zero where none was set in this transaction.</summary>
    public Hash256 GetTransientStorage(in Address address, in Hash256 key)
    {
        SlotEntry slot = SlotOf(Entry(address), key);
        Hash256 value = slot.TransientIn == _transaction ? slot.Transient : Hash256.Zero;
        Observer?.OnAccess(StateField.TransientSlot, false, address, key, value);
        return value;
    }

    /// <summary>Sets a transient slot (EIP-1153) for the rest of the transaction.</summary>
    public void SetTransientStorage(in Address address, in Hash256 key, in Hash256 value)
    {
        Observer?.OnAccess(StateField.TransientSlot, true, address, key, value);
        SlotEntry slot = SlotOf(Entry(address), key);
        if (slot.TransientIn != _transaction)
        {
            slot.Transient = Hash256.Zero;
            slot.TransientIn = _transaction;
        }
        if (slot.Transient == value) return;
        _journal.Add(Undo.Transient, slot, slot.Transient);
        slot.Transient = value;
    }

    /// <summary>Marks an address as accessed in this transaction (EIP-2929); true when it was cold before. Reads nothing.</summary>
    public bool AccessAddress(in Address address)
    {
        AccountEntry account = Entry(address);
        if (account.WarmIn == _transaction) return false;
        _journal.Add(Undo.AddressWarmed, account);
        account.WarmIn = _transaction;
        return true;
    }

    /// <summary>Marks a storage slot as accessed in this transaction (EIP-2929); true when it was cold before. Reads nothing.</summary>
    public bool AccessSlot(in Address address, in Hash256 key)
    {
        SlotEntry slot = SlotOf(Entry(address), key);
        if (slot.WarmIn == _transaction) return false;
        _journal.Add(Undo.SlotWarmed, slot);
        slot.WarmIn = _transaction;
        return true;
    }

    /// <summary>True when an address was accessed in this transaction; does not mark it.</summary>
    public bool IsWarm(in Address address) => _accounts.TryGetValue(address, out AccountEntry? account) && account.WarmIn == _transaction;

    /// <summary>True when a storage slot was accessed in this transaction; does not mark it.</summary>
    public bool IsWarm(in Address address, in Hash256 key) =>
        _accounts.TryGetValue(address, out AccountEntry? account) && account.Slots is not null
        && account.Slots.TryGetValue(key, out SlotEntry? slot) && slot.WarmIn == _transaction;

    /// <summary>Adds to the refund counter.</summary>
    /// <exception cref="OverflowException">The counter would exceed 64 bits.</exception>
    public void AddRefund(ulong gas) => SetRefund(checked(_refund + gas));

    /// <summary>Subtracts from the refund counter.</summary>
    /// <exception cref="OverflowException">The counter would become negative.</exception>
    public void SubtractRefund(ulong gas) => SetRefund(checked(_refund - gas));

    /// <summary>Appends a log.</summary>
    public void AddLog(LogEntry log)
    {
        ArgumentNullException.ThrowIfNull(log);
        _journal.Add(Undo.Log, null);
        _logs.Add(log);
    }

    private void SetRefund(ulong refund)
    {
        if (refund == _refund) return;
        _journal.Add(Undo.Refund, null, _refund);
        _refund = refund;
    }

    private SlotEntry Slot(in Address address, in Hash256 key)
    {
        AccountEntry account = Account(address);
        SlotEntry slot = SlotOf(account, key);
        if (!slot.IsLoaded) Load(account, slot);
        return slot;
    }

    private static SlotEntry SlotOf(AccountEntry account, in Hash256 key)
    {
        ref SlotEntry? slot = ref CollectionsMarshal.GetValueRefOrAddDefault(account.Slots ??= [], key, out bool _);
        return slot ??= new SlotEntry(key);
    }

    private void Load(AccountEntry account, SlotEntry slot)
    {
        slot.KeyHash = Keccak256.Hash(slot.Key.Bytes);
        // an account without storage has no slots to look for
        slot.Before = account.Before.StorageRoot == TrieRoot.Empty ? Hash256.Zero : _reader.GetStorageByHash(account.Hash, slot.KeyHash);
        slot.Value = account.IsWiped ? Hash256.Zero : slot.Before;
        slot.IsLoaded = true;
    }
}
