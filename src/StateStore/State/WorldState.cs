using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>
/// The state while one block is executed: reads fall through to a <see cref="StateReader"/>, writes stay in memory until
/// <see cref="ComputeCommit"/>. Every change can be taken back to the byte with <see cref="Snapshot"/> and <see cref="Revert"/> within a
/// transaction. Nothing that is observable depends on the order of a hash table. For one thread. Members throw
/// <see cref="StoreException"/> when the store fails.
/// </summary>
public sealed partial class WorldState
{
    private readonly StateReader _reader;
    private readonly Dictionary<Address, AccountEntry> _accounts = [];
    private readonly Dictionary<Hash256, byte[]> _codes = [];
    private readonly List<AccountEntry> _touched = [];
    private readonly Journal _journal = new();
    private List<LogEntry> _logs = [];
    private ulong _refund;

    // Goes up at the beginning and at the end of a transaction, so a mark of one never holds outside it.
    private int _transaction = 1;
    private bool _inTransaction;

    /// <summary>Begins on the state that a reader reads, which must not change while this object is used.</summary>
    public WorldState(StateReader reader) => _reader = reader;

    /// <summary>Is told of accesses by the members below; null for nobody.</summary>
    public IStateObserver? Observer { get; set; }

    /// <summary>True between <see cref="BeginTransaction"/> and <see cref="EndTransaction"/>.</summary>
    public bool InTransaction => _inTransaction;

    /// <summary>
    /// Begins a transaction: no address or slot is warm, transient storage is empty, the refund is 0, there are no logs, and the values
    /// that storage has now are its original values.
    /// </summary>
    /// <exception cref="InvalidOperationException">A transaction is open.</exception>
    public void BeginTransaction()
    {
        if (_inTransaction) throw new InvalidOperationException("the last transaction has not been ended");
        _inTransaction = true;
        NextTransaction();
        _touched.Clear();
        _logs = [];
        _refund = 0;
    }

    /// <summary>
    /// Ends the transaction: touched accounts that are empty are deleted (EIP-161), marks are forgotten, and what happened can no longer
    /// be reverted. <see cref="Logs"/> stay readable until the next transaction begins.
    /// </summary>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    public void EndTransaction()
    {
        if (!_inTransaction) throw new InvalidOperationException("no transaction is open");
        _inTransaction = false;
        foreach (AccountEntry account in _touched)
            if (account.Exists && account.IsEmpty) Delete(account);
        _touched.Clear();
        _refund = 0;
        NextTransaction();
    }

    /// <summary>
    /// A mark to return to with <see cref="Revert"/>. Marks are numbers that grow with every change; one is valid until the transaction
    /// ends or an older one is reverted to.
    /// </summary>
    public int Snapshot() => _journal.Count;

    /// <summary>
    /// Takes back everything since a mark: balances, nonces, code, storage, transient storage, created accounts, warm marks, refund and
    /// logs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mark any more.</exception>
    public void Revert(int snapshot)
    {
        if (snapshot < 0 || snapshot > _journal.Count) throw new ArgumentOutOfRangeException(nameof(snapshot), "no such snapshot");
        while (_journal.Count > snapshot) UndoNewest();
    }

    /// <summary>
    /// True when the account is in the state now: stored, or touched in this transaction (an account that is touched and stays empty
    /// exists until the transaction ends).
    /// </summary>
    public bool Exists(in Address address) => Account(address).Exists;

    /// <summary>True for nonce 0, balance 0 and no code (EIP-161), so also for an account that does not exist.</summary>
    public bool IsEmpty(in Address address) => Account(address).IsEmpty;

    /// <summary>The balance in wei.</summary>
    public UInt256 GetBalance(in Address address)
    {
        UInt256 balance = Account(address).Balance;
        Observer?.OnAccess(StateField.Balance, false, address, Hash256.Zero, Hash256.FromUInt256(balance));
        return balance;
    }

    /// <summary>Adds to a balance and touches the account, also when the amount is 0.</summary>
    /// <exception cref="OverflowException">The sum does not fit into 256 bits, which no state with a sane total supply reaches.</exception>
    public void AddBalance(in Address address, in UInt256 amount)
    {
        AccountEntry account = Account(address);
        if (!UInt256.TryAdd(account.Balance, amount, out UInt256 sum))
            throw new OverflowException($"the balance of {address} would exceed 256 bits");
        SetBalance(account, sum);
    }

    /// <summary>Subtracts from a balance and touches the account; false, and no change at all, when the balance is too small.</summary>
    public bool TrySubtractBalance(in Address address, in UInt256 amount)
    {
        AccountEntry account = Account(address);
        if (!UInt256.TrySubtract(account.Balance, amount, out UInt256 difference)) return false;
        SetBalance(account, difference);
        return true;
    }

    /// <summary>Sets a balance and touches the account.</summary>
    public void SetBalance(in Address address, in UInt256 balance) => SetBalance(Account(address), balance);

    /// <summary>The nonce.</summary>
    public ulong GetNonce(in Address address)
    {
        ulong nonce = Account(address).Nonce;
        Observer?.OnAccess(StateField.Nonce, false, address, Hash256.Zero, Hash256.FromUInt256(nonce));
        return nonce;
    }

    /// <summary>Sets a nonce and touches the account.</summary>
    public void SetNonce(in Address address, ulong nonce)
    {
        AccountEntry account = Account(address);
        Observer?.OnAccess(StateField.Nonce, true, address, Hash256.Zero, Hash256.FromUInt256(nonce));
        Touch(account);
        if (account.Nonce == nonce) return;
        _journal.Add(Undo.Nonce, account, account.Nonce);
        account.Nonce = nonce;
    }

    /// <summary>Adds one to a nonce, touches the account, and returns the nonce from before.</summary>
    /// <exception cref="OverflowException">The nonce is 2^64 - 1; callers refuse such a sender or creator before (EIP-2681).</exception>
    public ulong IncrementNonce(in Address address)
    {
        ulong nonce = Account(address).Nonce;
        SetNonce(address, checked(nonce + 1));
        return nonce;
    }

    /// <summary>Keccak-256 of the code; that of no bytes where there is no code or no account.</summary>
    public Hash256 GetCodeHash(in Address address)
    {
        Hash256 hash = Account(address).CodeHash;
        Observer?.OnAccess(StateField.Code, false, address, Hash256.Zero, hash);
        return hash;
    }

    /// <summary>The code; empty where there is none.</summary>
    public ReadOnlyMemory<byte> GetCode(in Address address)
    {
        AccountEntry account = Account(address);
        Observer?.OnAccess(StateField.Code, false, address, Hash256.Zero, account.CodeHash);
        return account.Code ??= Code(account.CodeHash);
    }

    /// <summary>Code by its hash: of a stored account, or of one created in this block.</summary>
    /// <exception cref="StoreException">There is no such code.</exception>
    public ReadOnlyMemory<byte> GetCodeByHash(in Hash256 codeHash) => Code(codeHash);

    /// <summary>Sets the code, of which a copy is kept, and touches the account.</summary>
    public void SetCode(in Address address, ReadOnlySpan<byte> code)
    {
        AccountEntry account = Account(address);
        Touch(account);
        Hash256 hash = Keccak256.Hash(code);
        Observer?.OnAccess(StateField.Code, true, address, Hash256.Zero, hash);
        if (hash == account.CodeHash) return;
        _journal.Add(Undo.Code, account, account.CodeHash);
        byte[] copy = code.ToArray();
        _codes[hash] = copy;
        account.CodeHash = hash;
        account.Code = copy;
    }

    private void NextTransaction()
    {
        _transaction = checked(_transaction + 1);
        _journal.Clear();
    }

    private void SetBalance(AccountEntry account, in UInt256 balance)
    {
        Observer?.OnAccess(StateField.Balance, true, account.Address, Hash256.Zero, Hash256.FromUInt256(balance));
        Touch(account);
        if (account.Balance == balance) return;
        _journal.Add(Undo.Balance, account, Hash256.FromUInt256(account.Balance));
        account.Balance = balance;
    }

    private void Touch(AccountEntry account)
    {
        if (!account.Exists)
        {
            _journal.Add(Undo.Created, account);
            account.Exists = true;
        }
        if (account.TouchedIn == _transaction) return;
        _journal.Add(Undo.Touched, account);
        account.TouchedIn = _transaction;
        _touched.Add(account);
    }

    // EIP-161: at the end of a transaction, so nothing of it is journaled.
    private static void Delete(AccountEntry account)
    {
        account.Exists = false;
        account.Code = null;
        account.IsWiped = true;
        if (account.Slots is null) return;
        foreach (SlotEntry slot in account.Slots.Values) slot.Value = Hash256.Zero;
    }

    private byte[] Code(in Hash256 hash)
    {
        if (!_codes.TryGetValue(hash, out byte[]? code))
        {
            code = _reader.GetCode(hash);
            _codes.Add(hash, code);
        }
        return code;
    }

    private AccountEntry Account(in Address address)
    {
        AccountEntry account = Entry(address);
        if (!account.IsLoaded) Load(account);
        return account;
    }

    private AccountEntry Entry(in Address address)
    {
        if (!_accounts.TryGetValue(address, out AccountEntry? account))
        {
            account = new AccountEntry(address);
            _accounts.Add(address, account);
        }
        return account;
    }

    private void Load(AccountEntry account)
    {
        account.Hash = Keccak256.Hash(account.Address.Bytes);
        account.Existed = _reader.TryGetAccountByHash(account.Hash, out account.Before);
        account.Exists = account.Existed;
        account.Nonce = account.Before.Nonce;
        account.Balance = account.Before.Balance;
        account.CodeHash = account.Before.CodeHash;
        account.IsLoaded = true;
    }

    private void UndoNewest()
    {
        ref readonly JournalEntry entry = ref _journal.Pop();
        switch (entry.Kind)
        {
            case Undo.Created:
                ((AccountEntry)entry.Target!).Exists = false;
                break;
            case Undo.Touched:
                ((AccountEntry)entry.Target!).TouchedIn = 0;
                _touched.RemoveAt(_touched.Count - 1);
                break;
            case Undo.Balance:
                ((AccountEntry)entry.Target!).Balance = entry.Value.ToUInt256();
                break;
            case Undo.Nonce:
                ((AccountEntry)entry.Target!).Nonce = entry.Number;
                break;
            case Undo.Code:
                AccountEntry account = (AccountEntry)entry.Target!;
                account.CodeHash = entry.Value;
                account.Code = null;
                break;
            case Undo.Storage:
                ((SlotEntry)entry.Target!).Value = entry.Value;
                break;
            case Undo.Transient:
                ((SlotEntry)entry.Target!).Transient = entry.Value;
                break;
            case Undo.AddressWarmed:
                ((AccountEntry)entry.Target!).WarmIn = 0;
                break;
            case Undo.SlotWarmed:
                ((SlotEntry)entry.Target!).WarmIn = 0;
                break;
            case Undo.Refund:
                _refund = entry.Number;
                break;
            case Undo.Log:
                _logs.RemoveAt(_logs.Count - 1);
                break;
            default:
                throw new InvalidOperationException($"unknown undo step {entry.Kind}");
        }
    }
}
