using System;

namespace ContractVm.StateStore;

/// <summary>A storage slot that a block changed.</summary>
internal readonly record struct SlotChange(Hash256 KeyHash, Hash256 Key, Hash256 Before, Hash256 After);

/// <summary>
/// Turns changed accounts, given in the order of their hashes, into the rows of a block: flat rows, trie nodes, code, preimages,
/// reverse rows and the block row. Storage tries come before the account trie, whose values contain their roots. For one thread.
/// </summary>
internal sealed class CommitWriter : IDisposable
{
    private readonly IKeyValueReader _rows;
    private readonly StateCommit _commit;
    private readonly WriteBatch _batch;
    private readonly bool _keepHistory;
    private readonly TrieUpdater _updater = new();
    private readonly TrieChanges _accounts = new();
    private readonly TrieChanges _slots = new();
    private readonly RlpWriter _rlp = new(Account.MaximumRlp + 16);
    private readonly byte[] _slotKey = new byte[StateRows.SlotKeyLength];
    private readonly byte[] _historyKey = new byte[HistoryRows.MaximumKey];
    private readonly BlockRow _block;
    private Hash256 _hash;
    private bool _existed;
    private Account _before;

    public CommitWriter(IKeyValueReader rows, StateCommit commit, bool keepHistory)
    {
        _rows = rows;
        _commit = commit;
        _batch = commit.Batch;
        _keepHistory = keepHistory;
        _block = new BlockRow(commit.ParentRoot);
    }

    public void BeginAccount(in Hash256 hash, bool existed, in Account before)
    {
        _hash = hash;
        _existed = existed;
        _before = before;
        _slots.Clear();
        _block.Account(hash);
        _commit.ChangedAccounts++;
    }

    /// <summary>A changed slot of the account.</summary>
    public void Slot(in SlotChange slot, bool writePreimage = true)
    {
        StateRows.WriteSlotKey(_hash, slot.KeyHash, _slotKey);
        if (slot.After.IsZero)
        {
            _batch.Delete(Column.Slots, _slotKey);
            _slots.Add(slot.KeyHash, default);
        }
        else
        {
            ReadOnlySpan<byte> row = StateRows.SlotRow(slot.After);
            _batch.Put(Column.Slots, _slotKey, row);
            // Yellow Paper, section 4.1: the trie holds the RLP of the value as a number
            _rlp.Clear();
            _rlp.Write(row);
            _slots.Add(slot.KeyHash, _rlp.Written);
            if (writePreimage && slot.Before.IsZero) Preimage(slot.KeyHash, slot.Key.Bytes);
        }
        Reverse(HistoryRows.SlotKind, _slotKey, StateRows.SlotRow(slot.Before));
        _block.Slot(slot.KeyHash);
        _commit.ChangedSlots++;
    }

    public void Code(in Hash256 hash, ReadOnlySpan<byte> code) => _batch.Put(Column.Code, hash.Bytes, code);

    public void Preimage(in Hash256 hash, ReadOnlySpan<byte> preimage) => _batch.Put(Column.Preimages, hash.Bytes, preimage);

    /// <summary>Ends the account; its storage root is computed here, whatever root is in <paramref name="after"/>.</summary>
    public void EndAccount(bool exists, in Account after)
    {
        _slots.Sort();
        Hash256 storageRoot = _updater.Update(_rows, _hash.Bytes, _before.StorageRoot, _slots, _batch);
        if (!exists)
        {
            if (storageRoot != TrieRoot.Empty) throw new StoreException(StoreFault.Corrupt, $"the deleted account {_hash} keeps storage");
            _batch.Delete(Column.Accounts, _hash.Bytes);
            _accounts.Add(_hash, default);
        }
        else
        {
            Account account = after with { StorageRoot = storageRoot };
            _rlp.Clear();
            account.WriteRow(_rlp);
            _batch.Put(Column.Accounts, _hash.Bytes, _rlp.Written);
            _rlp.Clear();
            account.WriteRlp(_rlp);
            _accounts.Add(_hash, _rlp.Written);
        }
        _rlp.Clear();
        if (_existed) _before.WriteRow(_rlp);
        Reverse(HistoryRows.AccountKind, _hash.Bytes, _rlp.Written);
    }

    /// <summary>Computes the account trie's root and writes the block row.</summary>
    public void Finish()
    {
        _accounts.Sort();
        _commit.StateRoot = _updater.Update(_rows, default, _commit.ParentRoot, _accounts, _batch);
        if (!_keepHistory) return;
        Span<byte> key = stackalloc byte[HistoryRows.BlockKeyLength];
        HistoryRows.WriteBlockKey(_commit.Number, key);
        _batch.Put(Column.History, key, _block.Finish(_commit.StateRoot));
    }

    public void Dispose()
    {
        _updater.Dispose();
        _rlp.Dispose();
    }

    private void Reverse(byte kind, ReadOnlySpan<byte> liveKey, ReadOnlySpan<byte> before)
    {
        if (!_keepHistory) return;
        int length = HistoryRows.WriteKey(kind, liveKey, _commit.Number, _historyKey);
        _batch.Put(Column.History, _historyKey.AsSpan(0, length), before);
    }
}
