// FROM THE LEAD: this file is finished (it is on main, with HostApi and the executor built on it); read NOTE-FROM-LEAD.md in the
// root of this worktree, keep this file as it is or adapt it minimally to your Account, and build StateDatabase on IStateReader and StateChanges.
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContractVm.StateStore;

/// <summary>
/// The state while a block executes: an overlay over the state before it. Every change is journaled, so that any frame can
/// be undone to the byte. Used by one thread; the reader below may be shared.
/// </summary>
public sealed class WorldState
{
    private readonly IStateReader _reader;
    private readonly Dictionary<Address, AccountEntry> _accounts = [];
    private readonly Dictionary<(Address, Hash256), SlotEntry> _slots = [];
    private readonly Dictionary<(Address, Hash256), Hash256> _transient = [];
    private readonly HashSet<Address> _warmAddresses = [];
    private readonly HashSet<(Address, Hash256)> _warmSlots = [];
    private readonly Dictionary<Hash256, byte[]> _codes = [];
    private readonly List<LogEntry> _logs = [];
    private readonly List<JournalEntry> _journal = [];
    private readonly List<AccountEntry> _touched = [];
    private long _refund;
    private int _transaction;

    /// <summary>Starts from a fixed state.</summary>
    public WorldState(IStateReader reader) => _reader = reader;

    private sealed class AccountEntry
    {
        /// <summary>As the block found it.</summary>
        public Account Before;
        public bool ExistedBefore;
        public Account Current;
        public bool Exists;
        /// <summary>Number of the transaction that touched it last, for the removal of empty accounts.</summary>
        public int TouchedBy;
    }

    private struct SlotEntry
    {
        public Hash256 Before;
        public Hash256 Current;
        /// <summary>Value at the start of transaction <see cref="WrittenBy"/>.</summary>
        public Hash256 Original;
        public int WrittenBy;
    }

    private enum JournalKind : byte
    {
        Account,
        Slot,
        Transient,
        WarmAddress,
        WarmSlot,
        Refund,
        Log,
    }

    /// <summary>What to put back: the old account, or the old value.</summary>
    private struct JournalEntry
    {
        public JournalKind Kind;
        public bool Exists;
        public Address Address;
        public Hash256 Key;
        public Hash256 Value;
        public Account Account;
        public long Refund;
        public int TouchedBy;
    }

    /// <summary>True where there is such an account.</summary>
    public bool Exists(in Address address) => Entry(address).Exists;

    /// <summary>True where there is no such account, or nothing in it (EIP-161).</summary>
    public bool IsEmpty(in Address address)
    {
        AccountEntry entry = Entry(address);
        return !entry.Exists || entry.Current.IsEmpty;
    }

    /// <summary>Wei of an account.</summary>
    public UInt256 GetBalance(in Address address) => Entry(address).Current.Balance;

    /// <summary>Nonce of an account.</summary>
    public ulong GetNonce(in Address address) => Entry(address).Current.Nonce;

    /// <summary>Hash of an account's code; that of nothing where it has none.</summary>
    public Hash256 GetCodeHash(in Address address) => Entry(address).Current.CodeHash;

    /// <summary>Code of an account; empty where it has none.</summary>
    public ReadOnlyMemory<byte> GetCode(in Address address) => GetCodeByHash(Entry(address).Current.CodeHash);

    /// <summary>Code by its hash.</summary>
    public ReadOnlyMemory<byte> GetCodeByHash(in Hash256 codeHash)
    {
        if (codeHash == Keccak256.OfEmpty) return default;
        return _codes.TryGetValue(codeHash, out byte[]? code) ? code : _reader.GetCode(codeHash);
    }

    /// <summary>Adds wei. Touches the account even where the amount is zero (EIP-161).</summary>
    /// <exception cref="OverflowException">More than 2^256-1 wei, which no chain issues.</exception>
    public void AddBalance(in Address address, in UInt256 amount)
    {
        Account account = Entry(address).Current;
        if (!UInt256.TryAdd(account.Balance, amount, out UInt256 sum)) throw new OverflowException("a balance above 2^256-1");
        Set(address, account with { Balance = sum });
    }

    /// <summary>Takes wei away; false, and nothing changed, where there is less.</summary>
    public bool TrySubtractBalance(in Address address, in UInt256 amount)
    {
        Account account = Entry(address).Current;
        if (!UInt256.TrySubtract(account.Balance, amount, out UInt256 rest)) return false;
        Set(address, account with { Balance = rest });
        return true;
    }

    /// <summary>Sets the balance.</summary>
    public void SetBalance(in Address address, in UInt256 balance) => Set(address, Entry(address).Current with { Balance = balance });

    /// <summary>Sets the nonce.</summary>
    public void SetNonce(in Address address, ulong nonce) => Set(address, Entry(address).Current with { Nonce = nonce });

    /// <summary>Counts the nonce up by one.</summary>
    public void IncrementNonce(in Address address) => SetNonce(address, GetNonce(address) + 1);

    /// <summary>Sets the code. The array is kept and must not change.</summary>
    public void SetCode(in Address address, byte[] code)
    {
        Hash256 hash = Keccak256.Hash(code);
        if (code.Length > 0) _codes.TryAdd(hash, code);
        Set(address, Entry(address).Current with { CodeHash = hash });
    }

    /// <summary>Reads a storage slot; zero where nothing is stored.</summary>
    public Hash256 GetStorage(in Address address, in Hash256 key) => Slot(address, key).Current;

    /// <summary>The slot's value at the start of the transaction (EIP-2200).</summary>
    public Hash256 GetOriginalStorage(in Address address, in Hash256 key)
    {
        ref SlotEntry slot = ref Slot(address, key);
        return slot.WrittenBy == _transaction ? slot.Original : slot.Current;
    }

    /// <summary>Writes a storage slot.</summary>
    public void SetStorage(in Address address, in Hash256 key, in Hash256 value)
    {
        ref SlotEntry slot = ref Slot(address, key);
        if (slot.WrittenBy != _transaction)
        {
            slot.Original = slot.Current;
            slot.WrittenBy = _transaction;
        }

        if (slot.Current == value) return;
        _journal.Add(new JournalEntry { Kind = JournalKind.Slot, Address = address, Key = key, Value = slot.Current });
        slot.Current = value;
    }

    /// <summary>Reads a transient slot (EIP-1153).</summary>
    public Hash256 GetTransientStorage(in Address address, in Hash256 key) => _transient.GetValueOrDefault((address, key));

    /// <summary>Writes a transient slot (EIP-1153).</summary>
    public void SetTransientStorage(in Address address, in Hash256 key, in Hash256 value)
    {
        ref Hash256 slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_transient, (address, key), out _);
        _journal.Add(new JournalEntry { Kind = JournalKind.Transient, Address = address, Key = key, Value = slot });
        slot = value;
    }

    /// <summary>Notes an access to an account; true where it is the transaction's first (EIP-2929).</summary>
    public bool AccessAddress(in Address address)
    {
        if (!_warmAddresses.Add(address)) return false;
        _journal.Add(new JournalEntry { Kind = JournalKind.WarmAddress, Address = address });
        return true;
    }

    /// <summary>Notes an access to a slot; true where it is the transaction's first (EIP-2929).</summary>
    public bool AccessSlot(in Address address, in Hash256 key)
    {
        if (!_warmSlots.Add((address, key))) return false;
        _journal.Add(new JournalEntry { Kind = JournalKind.WarmSlot, Address = address, Key = key });
        return true;
    }

    /// <summary>Gas to give back at the transaction's end, before the cap.</summary>
    public ulong Refund => _refund > 0 ? (ulong)_refund : 0;

    /// <summary>Books a refund.</summary>
    public void AddRefund(ulong gas) => SetRefund(_refund + (long)gas);

    /// <summary>Takes a booked refund back.</summary>
    public void SubtractRefund(ulong gas) => SetRefund(_refund - (long)gas);

    /// <summary>Adds a log.</summary>
    public void AddLog(LogEntry log)
    {
        _journal.Add(new JournalEntry { Kind = JournalKind.Log });
        _logs.Add(log);
    }

    /// <summary>The transaction's logs so far.</summary>
    public IReadOnlyList<LogEntry> Logs => _logs;

    /// <summary>Marks where the state is now. Marks of one transaction only; they end with it.</summary>
    public int Snapshot() => _journal.Count;

    /// <summary>Undoes everything since a mark, last first.</summary>
    public void Revert(int snapshot)
    {
        if ((uint)snapshot > (uint)_journal.Count) throw new ArgumentOutOfRangeException(nameof(snapshot), "the mark is of another transaction or was undone");
        for (int i = _journal.Count - 1; i >= snapshot; i--) Undo(_journal[i]);
        _journal.RemoveRange(snapshot, _journal.Count - snapshot);
    }

    /// <summary>Starts a transaction: warm sets, transient storage, refund and logs are empty, original values are the current ones.</summary>
    public void BeginTransaction()
    {
        _transaction++;
        _journal.Clear();
        _logs.Clear();
        _transient.Clear();
        _warmAddresses.Clear();
        _warmSlots.Clear();
        _touched.Clear();
        _refund = 0;
    }

    /// <summary>Ends a transaction: accounts that it touched and that are empty are removed (EIP-161). Returns its logs.</summary>
    public LogEntry[] EndTransaction()
    {
        foreach (AccountEntry entry in _touched)
            if (entry.TouchedBy == _transaction && entry.Exists && entry.Current.IsEmpty) entry.Exists = false;
        LogEntry[] logs = [.. _logs];
        _journal.Clear();
        return logs;
    }

    /// <summary>What changed since the block's start, sorted by hashed keys.</summary>
    public StateChanges GetChanges()
    {
        Dictionary<Address, List<SlotChange>> slots = [];
        foreach (((Address address, Hash256 key), SlotEntry slot) in _slots)
        {
            if (slot.Before == slot.Current) continue;
            if (!slots.TryGetValue(address, out List<SlotChange>? list)) slots.Add(address, list = []);
            list.Add(new SlotChange(key, Keccak256.Hash(key.Bytes), slot.Before, slot.Current));
        }

        List<AccountChange> accounts = [];
        SortedDictionary<Hash256, byte[]> codes = [];
        foreach ((Address address, AccountEntry entry) in _accounts)
        {
            Account? before = entry.ExistedBefore ? entry.Before : null, after = entry.Exists ? entry.Current : null;
            bool hasSlots = slots.Remove(address, out List<SlotChange>? changed);
            if (before == after && !hasSlots) continue;
            changed?.Sort(static (a, b) => a.KeyHash.CompareTo(b.KeyHash));
            accounts.Add(new AccountChange(address, Keccak256.Hash(address.Bytes), before, after, changed ?? []));
            if (after is Account kept && _codes.TryGetValue(kept.CodeHash, out byte[]? code)) codes.TryAdd(kept.CodeHash, code);
        }

        if (slots.Count > 0) throw new InvalidOperationException("slots were written without their account being read");
        accounts.Sort(static (a, b) => a.AddressHash.CompareTo(b.AddressHash));
        List<(Hash256, byte[])> codeList = [];
        foreach ((Hash256 hash, byte[] code) in codes) codeList.Add((hash, code));
        return new StateChanges(accounts, codeList);
    }

    private AccountEntry Entry(in Address address)
    {
        if (_accounts.TryGetValue(address, out AccountEntry? known)) return known;
        bool exists = _reader.TryGetAccount(address, out Account account);
        if (!exists) account = Account.Empty;
        AccountEntry entry = new() { Before = account, ExistedBefore = exists, Current = account, Exists = exists };
        _accounts.Add(address, entry);
        return entry;
    }

    private ref SlotEntry Slot(in Address address, in Hash256 key)
    {
        ref SlotEntry known = ref CollectionsMarshal.GetValueRefOrNullRef(_slots, (address, key));
        if (!Unsafe.IsNullRef(ref known)) return ref known;
        // The account belongs to the slot in the changes.
        Entry(address);
        Hash256 value = _reader.GetStorage(address, key);
        ref SlotEntry slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, (address, key), out _);
        slot = new SlotEntry { Before = value, Current = value, WrittenBy = -1 };
        return ref slot;
    }

    private void Set(in Address address, in Account account)
    {
        AccountEntry entry = Entry(address);
        _journal.Add(new JournalEntry { Kind = JournalKind.Account, Address = address, Exists = entry.Exists, Account = entry.Current, TouchedBy = entry.TouchedBy });
        if (entry.TouchedBy != _transaction) _touched.Add(entry);
        entry.Current = account;
        entry.Exists = true;
        entry.TouchedBy = _transaction;
    }

    private void SetRefund(long refund)
    {
        _journal.Add(new JournalEntry { Kind = JournalKind.Refund, Refund = _refund });
        _refund = refund;
    }

    private void Undo(in JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case JournalKind.Account:
                AccountEntry account = _accounts[entry.Address];
                (account.Current, account.Exists, account.TouchedBy) = (entry.Account, entry.Exists, entry.TouchedBy);
                break;
            case JournalKind.Slot:
                CollectionsMarshal.GetValueRefOrNullRef(_slots, (entry.Address, entry.Key)).Current = entry.Value;
                break;
            case JournalKind.Transient:
                _transient[(entry.Address, entry.Key)] = entry.Value;
                break;
            case JournalKind.WarmAddress:
                _warmAddresses.Remove(entry.Address);
                break;
            case JournalKind.WarmSlot:
                _warmSlots.Remove((entry.Address, entry.Key));
                break;
            case JournalKind.Refund:
                _refund = entry.Refund;
                break;
            case JournalKind.Log:
                _logs.RemoveAt(_logs.Count - 1);
                break;
            default:
                throw new InvalidOperationException($"journal entry {entry.Kind}");
        }
    }
}
