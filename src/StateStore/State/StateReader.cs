using System;

namespace ContractVm.StateStore;

/// <summary>
/// Reads of the state: live, frozen in a snapshot, or as it was after an earlier block. For one thread; make one per thread. Dispose
/// releases the snapshot where there is one.
/// </summary>
public sealed class StateReader : IDisposable
{
    private readonly IKeyValueSnapshot? _snapshot;
    private readonly ulong? _asOf;
    private readonly bool _hasTries;
    private readonly ValueBuffer _row = new(128);
    private readonly byte[] _key = new byte[HistoryRows.MaximumKey];
    private KeyValueIterator? _history;

    internal StateReader(IKeyValueReader rows, IKeyValueSnapshot? snapshot, BlockHead? head, ulong? asOf, TrieHelpers? helpers = null, bool hasTries = true)
    {
        _hasTries = hasTries;
        Helpers = helpers;
        Rows = rows;
        _snapshot = snapshot;
        Head = head;
        _asOf = asOf;
    }

    /// <summary>The head when the reader was made; null for a database without a genesis block.</summary>
    public BlockHead? Head { get; }

    /// <summary>The block after which the state is read: an earlier one, or the head; null without a genesis block.</summary>
    public ulong? Block => _asOf ?? Head?.Number;

    /// <summary>True when the reader reads an earlier block than the head.</summary>
    public bool IsHistorical => _asOf is not null;

    /// <summary>The state root of the block that is read; that of the empty state without a genesis block.</summary>
    /// <exception cref="StoreException">The history has no row of it, or the row is damaged.</exception>
    public Hash256 StateRoot
    {
        get
        {
            if (_asOf is not ulong block) return Head?.StateRoot ?? TrieRoot.Empty;
            // the row of the next block has it: that of the block itself is pruned with the floor at this block
            return new BlockRowReader(StateHistory.BlockRowOf(Rows, block + 1)).ParentRoot;
        }
    }

    internal IKeyValueReader Rows { get; }

    /// <summary>What computes a block on this state; null where the state is not the live one.</summary>
    internal TrieHelpers? Helpers { get; }

    /// <summary>The accounts, or the slots of some or all owners, as they are in the block that is read.</summary>
    internal StateCursor CreateCursor(Column column, ReadOnlySpan<byte> prefix = default) =>
        _asOf is ulong block ? new PastCursor(Rows, column, prefix, block) : new LiveCursor(Rows, column, prefix);

    /// <summary>The nodes of the tries of the block that is read.</summary>
    /// <exception cref="InvalidOperationException">The reader was made without them.</exception>
    internal ITrieSource CreateTrieSource()
    {
        RequireTries();
        return _asOf is ulong block ? new PastTrie(this, block) : new LiveTrie(Rows, null);
    }

    /// <summary>Refuses a reader whose snapshot may not have the nodes yet; of the live rows, waits for them.</summary>
    internal void RequireTries()
    {
        if (!_hasTries) throw new InvalidOperationException("the reader was made for accounts and slots alone");
        Helpers?.AwaitNodes();
    }

    /// <summary>Reads an account; false, and <see cref="Account.Empty"/>, where there is none.</summary>
    /// <exception cref="StoreException">The storage engine fails or a row is damaged.</exception>
    public bool TryGetAccount(in Address address, out Account account) => TryGetAccountByHash(Keccak256.Hash(address.Bytes), out account);

    /// <summary>Reads a storage slot; zero where there is none.</summary>
    /// <exception cref="StoreException">The storage engine fails or a row is damaged.</exception>
    public Hash256 GetStorage(in Address address, in Hash256 key) =>
        GetStorageByHash(Keccak256.Hash(address.Bytes), Keccak256.Hash(key.Bytes));

    /// <summary>Reads code by its hash; an empty array for the hash of nothing.</summary>
    /// <exception cref="StoreException">There is no such code, or the storage engine fails.</exception>
    public byte[] GetCode(in Hash256 codeHash)
    {
        if (codeHash == Keccak256.OfEmpty) return [];
        return Rows.Get(Column.Code, codeHash.Bytes) ?? throw new StoreException(StoreFault.Corrupt, $"the code {codeHash} is missing");
    }

    /// <summary>Releases the snapshot.</summary>
    public void Dispose()
    {
        _history?.Dispose();
        _snapshot?.Dispose();
    }

    internal bool HasCode(in Hash256 codeHash) => Rows.TryGet(Column.Code, codeHash.Bytes, _row);

    internal bool TryGetAccountByHash(in Hash256 hash, out Account account)
    {
        ReadOnlySpan<byte> row = Read(Column.Accounts, HistoryRows.AccountKind, hash.Bytes);
        account = row.IsEmpty ? Account.Empty : Account.FromRow(row);
        return !row.IsEmpty;
    }

    internal Hash256 GetStorageByHash(in Hash256 owner, in Hash256 key)
    {
        Span<byte> live = stackalloc byte[StateRows.SlotKeyLength];
        StateRows.WriteSlotKey(owner, key, live);
        return StateRows.SlotValue(Read(Column.Slots, HistoryRows.SlotKind, live));
    }

    // The row before the first block above the one asked for that changed it, or else the live row; empty for none.
    private ReadOnlySpan<byte> Read(Column column, byte kind, ReadOnlySpan<byte> liveKey)
    {
        if (_asOf is ulong block)
        {
            int length = HistoryRows.WriteKey(kind, liveKey, block + 1, _key);
            _history ??= Rows.CreateIterator(Column.History);
            _history.Seek(_key.AsSpan(0, length));
            if (_history.IsValid && _history.Key.StartsWith(_key.AsSpan(0, 1 + liveKey.Length)))
                return _history.Value;
        }
        return Rows.TryGet(column, liveKey, _row) ? _row.Span : default;
    }
}
