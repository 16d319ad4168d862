using System;
using System.Buffers.Binary;
using System.Threading;
using System.Threading.Tasks;

namespace ContractVm.StateStore;

/// <summary>What a node may choose about its state; none of it changes what is stored.</summary>
public sealed record StateSettings
{
    /// <summary>The most threads that compute the root of a block. Default: one for each processor, at most 16.</summary>
    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 16);

    /// <summary>The most rows of trie nodes kept in memory, of at most some 700 bytes each and of 300 on average; a power of two. Default: 524 288.</summary>
    public int CachedNodes { get; init; } = 1 << 19;

    /// <summary>
    /// Trie nodes of a block that take at most so many bytes are written together with it; those of a larger one behind it, while the
    /// next one is executed. 0: always behind; <see cref="int.MaxValue"/>: never. Default: 256 KiB.
    /// </summary>
    public int LargestNodesAtOnce { get; init; } = 1 << 18;
}

/// <summary>
/// A chain's state in a key-value store: which chain it is, the head, and the state at the head and at earlier blocks. One thread at
/// a time commits; readers may be made and used in other threads meanwhile. The store stays the caller's, who disposes it last.
/// </summary>
public sealed class StateDatabase
{
    private readonly NodeCache _nodes;
    private readonly TrieHelpers _helpers;
    private readonly int _largestNodesAtOnce;
    private ulong _chainId;
    private Hash256 _genesisHash;
    private BlockHead? _head;

    private StateDatabase(IKeyValueStore store, StateSettings settings)
    {
        Store = store;
        _nodes = new NodeCache(settings.CachedNodes);
        _largestNodesAtOnce = settings.LargestNodesAtOnce;
        _helpers = new TrieHelpers(() => new LiveTrie(store, _nodes), settings.Threads);
    }

    /// <summary>The store below.</summary>
    public IKeyValueStore Store { get; }

    /// <summary>False for a new database: it has no genesis block and its state is empty.</summary>
    public bool HasGenesis => Volatile.Read(ref _head) is not null;

    /// <summary>The last committed block.</summary>
    /// <exception cref="InvalidOperationException">There is no genesis block yet.</exception>
    public BlockHead Head => Volatile.Read(ref _head) ?? throw NoGenesis();

    /// <summary>The chain's id (EIP-155).</summary>
    /// <exception cref="InvalidOperationException">There is no genesis block yet.</exception>
    public ulong ChainId => HasGenesis ? _chainId : throw NoGenesis();

    /// <summary>The hash of the genesis block.</summary>
    /// <exception cref="InvalidOperationException">There is no genesis block yet.</exception>
    public Hash256 GenesisHash => HasGenesis ? _genesisHash : throw NoGenesis();

    /// <summary>The oldest block whose state can be read.</summary>
    /// <exception cref="StoreException">The row is missing or damaged.</exception>
    public ulong Floor => MetaRows.GetNumber(Store, MetaRows.Floor);

    /// <summary>How many of the last blocks are to keep their state; null for all. The setting is kept in the database; see <see cref="StatePruner"/>.</summary>
    /// <exception cref="StoreException">The row is damaged.</exception>
    public ulong? Retained => Store.Get(Column.Meta, MetaRows.Retain) is null ? null : MetaRows.GetNumber(Store, MetaRows.Retain);

    /// <summary>Sets <see cref="Retained"/>; it holds from the next start of a node on.</summary>
    public void SetRetained(ulong? blocks)
    {
        using WriteBatch batch = new();
        if (blocks is ulong number) MetaRows.PutNumber(batch, MetaRows.Retain, number > 0 ? number : throw new ArgumentOutOfRangeException(nameof(blocks)));
        else batch.Delete(Column.Meta, MetaRows.Retain);
        Store.Write(batch, sync: true);
    }

    /// <summary>Opens the database in a store; an empty store is a new database.</summary>
    /// <param name="store">The store.</param>
    /// <param name="settings">How it works; null for the defaults.</param>
    /// <exception cref="StoreException">
    /// <see cref="StoreFault.UnknownFormat"/>: a newer build wrote it. <see cref="StoreFault.Corrupt"/>: a row that must be there is not.
    /// <see cref="StoreFault.LostBlocks"/>: acknowledged blocks are not there.
    /// </exception>
    public static StateDatabase Open(IKeyValueStore store, StateSettings? settings = null)
    {
        StateDatabase database = new(store, settings ?? new StateSettings());
        byte[]? format = store.Get(Column.Meta, MetaRows.Format);
        if (format is null)
        {
            if ((store as RocksDbStore)?.Acknowledged.Read() is ulong lost)
                throw new StoreException(StoreFault.LostBlocks, $"block {lost} was committed, but the database is empty: its log was lost or damaged");
            RequireEmpty(store);
            return database;
        }
        if (format.Length != 4) throw new StoreException(StoreFault.Corrupt, $"the row \"format\" has {format.Length} bytes, not 4");
        uint version = BinaryPrimitives.ReadUInt32BigEndian(format);
        if (version != MetaRows.FormatVersion)
            throw new StoreException(StoreFault.UnknownFormat,
                $"the database has format {version}, this build knows format {MetaRows.FormatVersion} only: use the build that wrote it, or a new directory");
        database._chainId = MetaRows.GetNumber(store, MetaRows.ChainId);
        database._genesisHash = Hash256.FromBytes(MetaRows.Get(store, MetaRows.Genesis, Hash256.Length));
        database._head = MetaRows.GetHead(store);
        if (database.Floor > database.Head.Number)
            throw new StoreException(StoreFault.Corrupt, $"the floor, block {database.Floor}, is above the head, block {database.Head.Number}");
        ulong nodes = MetaRows.GetNumber(store, MetaRows.Nodes);
        if (nodes > database.Head.Number || nodes < database.Floor)
            throw new StoreException(StoreFault.Corrupt, $"the trie nodes are those of block {nodes}, the states kept those of blocks {database.Floor} to {database.Head.Number}");
        if ((store as RocksDbStore)?.Acknowledged.Read() is ulong acknowledged && acknowledged > database.Head.Number)
            throw new StoreException(StoreFault.LostBlocks,
                $"block {acknowledged} was committed, but the database ends at block {database.Head.Number}: the end of its log was lost or damaged; "
                + $"the state of block {database.Head.Number} is whole, and deleting the file {AcknowledgedBlock.FileName} goes on from there");
        NodeCatchUp.Run(database, nodes);
        return database;
    }

    /// <summary>Refuses a database of another chain; a new database is of every chain.</summary>
    /// <exception cref="StoreException"><see cref="StoreFault.OtherChain"/>: the chain id or the genesis block is another.</exception>
    public void RequireChain(ulong chainId, in Hash256 genesisHash)
    {
        if (!HasGenesis) return;
        if (_chainId != chainId)
            throw new StoreException(StoreFault.OtherChain, $"the database belongs to chain {_chainId}, not to chain {chainId}");
        if (_genesisHash != genesisHash)
            throw new StoreException(StoreFault.OtherChain, $"the database has the genesis block {_genesisHash}, not {genesisHash}");
    }

    /// <summary>A reader of the live rows: for the thread that commits, on which the state stands still between commits.</summary>
    public StateReader AtHead() => new(Store, null, Volatile.Read(ref _head), null, _helpers);

    /// <summary>A reader of the state as it is now, tries included, unmoved by later commits; dispose it.</summary>
    public StateReader AtSnapshot()
    {
        while (true)
        {
            AwaitNodes();
            StateReader reader = Freeze(null, tries: true);
            // a block has come in between: its nodes may be missing
            if (reader.Head is not BlockHead head || MetaRows.GetNumber(reader.Rows, MetaRows.Nodes) == head.Number) return reader;
            reader.Dispose();
        }
    }

    /// <summary>A reader of the state after a block, unmoved by later commits and pruning; dispose it.</summary>
    /// <param name="block">The block.</param>
    /// <param name="tries">
    /// True: with its tries, for proofs and exports; where the block has just been committed, this waits until its nodes are written. False:
    /// for accounts and slots, at once.
    /// </param>
    /// <exception cref="StoreException">
    /// <see cref="StoreFault.BelowFloor"/>: the block's state is no longer kept. <see cref="StoreFault.AboveHead"/>: there is no such block.
    /// </exception>
    public StateReader At(ulong block, bool tries = true)
    {
        if (tries && HasGenesis && block <= Head.Number) AwaitNodes();
        return Freeze(block, tries);
    }

    /// <summary>Waits until the nodes of the head, as it is now, are written.</summary>
    /// <exception cref="StoreException">They could not be written.</exception>
    internal void AwaitNodes() => _helpers.AwaitNodes();

    /// <summary>The state for executing the next block, or, on a new database, for filling the genesis block.</summary>
    public WorldState CreateWorld() => new(AtHead());

    /// <summary>
    /// Writes a genesis block's state and everything the caller added to the batch, and makes the block the head: one atomic, synced
    /// write.
    /// </summary>
    /// <exception cref="InvalidOperationException">The database has a genesis block.</exception>
    public void CommitGenesis(StateCommit commit, ulong chainId, in Hash256 genesisHash)
    {
        if (HasGenesis) throw new InvalidOperationException("the database has a genesis block");
        WriteMeta(commit.Batch, chainId, genesisHash, commit.Number);
        _chainId = chainId;
        _genesisHash = genesisHash;
        WriteHead(commit, new BlockHead(commit.Number, genesisHash, commit.StateRoot), sync: true);
    }

    /// <summary>
    /// Writes a block's state and everything the caller added to the batch, and makes the block the head: one atomic write.
    /// </summary>
    /// <param name="commit">Computed on the present head.</param>
    /// <param name="blockHash">The hash of the block.</param>
    /// <param name="sync">True: it is on the disk when the call returns. False: a crash of the machine may lose whole latest blocks.</param>
    /// <exception cref="InvalidOperationException">The commit was computed on another head, or was handed in before, also where that failed.</exception>
    public void Commit(StateCommit commit, in Hash256 blockHash, bool sync = true)
    {
        BlockHead head = Head;
        if (commit.Number != head.Number + 1 || commit.ParentRoot != head.StateRoot)
            throw new InvalidOperationException(
                $"block {commit.Number} on state {commit.ParentRoot} does not follow the head, block {head.Number} with state {head.StateRoot}");
        WriteHead(commit, new BlockHead(commit.Number, blockHash, commit.StateRoot), sync, mayBeBehind: true);
    }

    // The rows that make a store a database, except the head.
    internal static void WriteMeta(WriteBatch batch, ulong chainId, in Hash256 genesisHash, ulong floor)
    {
        Span<byte> format = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(format, MetaRows.FormatVersion);
        batch.Put(Column.Meta, MetaRows.Format, format);
        MetaRows.PutNumber(batch, MetaRows.ChainId, chainId);
        batch.Put(Column.Meta, MetaRows.Genesis, genesisHash.Bytes);
        MetaRows.PutNumber(batch, MetaRows.Floor, floor);
        MetaRows.PutNumber(batch, MetaRows.Nodes, floor);
    }

    internal void WriteHead(StateCommit commit, BlockHead head, bool sync, bool mayBeBehind = false)
    {
        WriteBatch batch = commit.Batch;
        batch.Put(Column.Meta, MetaRows.Head, head.ToRow());
        AcknowledgedBlock? acknowledged = sync ? (Store as RocksDbStore)?.Acknowledged : null;
        // going back: the number must not be above the head at any moment
        if (Volatile.Read(ref _head) is BlockHead old && head.Number < old.Number) acknowledged?.Write(head.Number);
        WriteRows(batch, TakeNodes(commit, head.Number), sync, mayBeBehind);
        Volatile.Write(ref _head, head);
        acknowledged?.Write(head.Number);
    }

    /// <summary>The nodes of a commit, with the row that says which block they are of; the caller disposes them.</summary>
    internal static WriteBatch TakeNodes(StateCommit commit, ulong block)
    {
        WriteBatch nodes = commit.TakeNodes();
        MetaRows.PutNumber(nodes, MetaRows.Nodes, block);
        return nodes;
    }

    // The table of nodes follows in another thread: who computes a block waits for both.
    private void WriteRows(WriteBatch batch, WriteBatch nodes, bool sync, bool mayBeBehind)
    {
        bool behind = mayBeBehind && nodes.Length > _largestNodesAtOnce;
        try
        {
            if (!behind) batch.Append(nodes);
            Store.Write(batch, sync);
        }
        catch
        {
            nodes.Dispose();
            _nodes.Clear();
            throw;
        }
        // before the head is seen: who sees it and waits, waits for its nodes
        if (behind) _helpers.NodesWritten = FollowAsync(nodes, Store.WriteBehind(nodes));
        else
        {
            _nodes.Apply(nodes);
            nodes.Dispose();
        }
    }

    private async Task FollowAsync(WriteBatch nodes, Task write)
    {
        try
        {
            await Task.WhenAll(write, Task.Run(() => _nodes.Apply(nodes))).ConfigureAwait(false);
        }
        catch (StoreException fault)
        {
            throw new StoreException(fault.Fault, $"the trie nodes of the last block could not be written ({fault.Message}): they are computed again when the database is opened");
        }
        finally
        {
            nodes.Dispose();
        }
    }

    private StateReader Freeze(ulong? block, bool tries)
    {
        IKeyValueSnapshot snapshot = Store.CreateSnapshot();
        try
        {
            // head and floor are read through the snapshot: they fit its rows, whatever is committed or pruned meanwhile
            BlockHead? head = HasGenesis ? MetaRows.GetHead(snapshot) : null;
            if (block is ulong number)
            {
                BlockHead present = head ?? throw NoGenesis();
                ulong floor = MetaRows.GetNumber(snapshot, MetaRows.Floor);
                if (number > present.Number)
                    throw new StoreException(StoreFault.AboveHead, $"block {number} is above the head, block {present.Number}");
                if (number < floor)
                    throw new StoreException(StoreFault.BelowFloor, $"the state of block {number} is no longer kept: the oldest is that of block {floor}");
                if (number == present.Number) block = null;
            }
            return new StateReader(snapshot, snapshot, head, block, hasTries: tries);
        }
        catch
        {
            snapshot.Dispose();
            throw;
        }
    }

    private static void RequireEmpty(IKeyValueStore store)
    {
        foreach (Column column in Enum.GetValues<Column>())
        {
            using KeyValueIterator rows = store.CreateIterator(column);
            rows.SeekToFirst();
            if (rows.IsValid) throw new StoreException(StoreFault.Corrupt, $"the database has no row \"format\", but rows in the column {column}");
        }
    }

    private static InvalidOperationException NoGenesis() => new("the database has no genesis block");
}
