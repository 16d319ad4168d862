using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

public sealed partial class WorldState
{
    /// <summary>
    /// Computes the state root after everything that happened so far, and the rows that bring the database there. Nothing is written
    /// and this object is unchanged, so it may go on and compute again. The result is disposed by the caller.
    /// </summary>
    /// <param name="number">The number of the block; the reverse rows carry it.</param>
    /// <exception cref="InvalidOperationException">A transaction is open, or the reader reads an earlier block than the head.</exception>
    public StateCommit ComputeCommit(ulong number)
    {
        if (_inTransaction) throw new InvalidOperationException("the transaction has not been ended");
        if (_reader.IsHistorical) throw new InvalidOperationException("a block can only be committed on the head");
        TrieHelpers helpers = _reader.Helpers ?? throw new InvalidOperationException("a block can only be committed on the head, not on a snapshot of it");
        StateCommit commit = new(number, _reader.Head?.StateRoot ?? TrieRoot.Empty);
        try
        {
            // the genesis block has no before, so it has no reverse rows
            CommitWriter.Write(helpers, commit, ChangedAccounts().ConvertAll(ChangeOf), keepHistory: _reader.Head is not null);
            return commit;
        }
        catch
        {
            commit.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Computes the state root after everything that happened so far, on whichever state this was made: the head's, a snapshot's, an
    /// earlier block's. For those who execute a block again; who commits one has the root from <see cref="ComputeCommit"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A transaction is open, or the reader was made without tries.</exception>
    public Hash256 ComputeRoot()
    {
        if (_inTransaction) throw new InvalidOperationException("the transaction has not been ended");
        using ITrieSource tries = _reader.CreateTrieSource();
        using StateCommit commit = new((_reader.Block ?? 0) + 1, _reader.StateRoot);
        CommitWriter.Write(new TrieHelpers(() => tries, threads: 1), commit, ChangedAccounts().ConvertAll(ChangeOf), keepHistory: false);
        return commit.StateRoot;
    }

    // In the order of their hashes: the order of the table they come from must not show.
    private List<AccountEntry> ChangedAccounts()
    {
        List<AccountEntry> changed = [];
        foreach (AccountEntry account in _accounts.Values)
            if (account.IsLoaded && IsChanged(account)) changed.Add(account);
        changed.Sort(static (left, right) => left.Hash.CompareTo(right.Hash));
        return changed;
    }

    private static bool IsChanged(AccountEntry account)
    {
        if (account.Exists != account.Existed) return true;
        if (!account.Exists) return false;
        if (account.Nonce != account.Before.Nonce || account.Balance != account.Before.Balance || account.CodeHash != account.Before.CodeHash) return true;
        if (account.IsWiped && account.Before.StorageRoot != TrieRoot.Empty) return true;
        if (account.Slots is null) return false;
        foreach (SlotEntry slot in account.Slots.Values)
            if (slot.IsLoaded && slot.Value != slot.Before) return true;
        return false;
    }

    private AccountChange ChangeOf(AccountEntry account) => new()
    {
        Hash = account.Hash,
        Existed = account.Existed,
        Before = account.Before,
        Exists = account.Exists,
        After = new Account(account.Nonce, account.Balance, account.Before.StorageRoot, account.CodeHash),
        Slots = ChangedSlots(account),
        Address = account.Existed ? null : account.Address,
        Code = account.Exists && account.CodeHash != account.Before.CodeHash && !_reader.HasCode(account.CodeHash) ? Code(account.CodeHash) : null,
    };

    // In any order: they are sorted by hash where they are written.
    private List<SlotChange> ChangedSlots(AccountEntry account)
    {
        List<SlotChange> changed = [];
        HashSet<Hash256> known = [];
        if (account.Slots is not null)
        {
            foreach (SlotEntry slot in account.Slots.Values)
            {
                if (!slot.IsLoaded) continue;
                if (account.IsWiped) known.Add(slot.KeyHash);
                if (slot.Value != slot.Before) changed.Add(new SlotChange(slot.KeyHash, slot.Key, slot.Before, slot.Value));
            }
        }
        if (account.IsWiped && account.Before.StorageRoot != TrieRoot.Empty) AddWipedSlots(account, known, changed);
        return changed;
    }

    // The stored slots of a deleted account that nothing has read or written in this block.
    private void AddWipedSlots(AccountEntry account, HashSet<Hash256> known, List<SlotChange> changed)
    {
        using StateCursor rows = _reader.CreateCursor(Column.Slots, account.Hash.Bytes);
        for (rows.Seek(account.Hash.Bytes); rows.IsValid; rows.Next())
        {
            Hash256 keyHash = Hash256.FromBytes(rows.Key[Hash256.Length..]);
            // a slot that becomes zero needs no preimage, so the key itself is not needed
            if (!known.Contains(keyHash)) changed.Add(new SlotChange(keyHash, default, StateRows.SlotValue(rows.Row), Hash256.Zero));
        }
    }
}
