using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using ContractVm.Gas;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>
/// A chain in a key-value store: blocks are proposed on its head, or imported, and committed one atomic batch each. One thread
/// writes; readers of committed blocks may be many.
/// </summary>
public sealed class Chain : IDisposable
{
    private readonly IKeyValueStore _store;
    private readonly StateDatabase _state;
    private readonly ModuleCache _modules;
    private readonly bool _sync;
    private readonly StatePruner? _pruner;

    private Chain(IKeyValueStore store, StateDatabase state, Genesis genesis, BlockHeader head, bool sync, EngineSettings? engine)
    {
        _modules = new ModuleCache(genesis.Profile, engine);
        Genesis = genesis;
        _store = store;
        _state = state;
        Head = head;
        _sync = sync;
        if (state.Retained is ulong retained) _pruner = new StatePruner(state, retained);
    }

    /// <summary>What the chain started from.</summary>
    public Genesis Genesis { get; }
    /// <summary>Header of the last committed block.</summary>
    public BlockHeader Head { get; private set; }
    /// <summary>Chain id.</summary>
    public ulong ChainId => _state.ChainId;
    /// <summary>The state after the head; for the thread that commits.</summary>
    public StateReader State => _state.AtHead();
    /// <summary>What runs contracts.</summary>
    public EngineSettings Engine => _modules.Settings;
    /// <summary>Contracts and constructors that were started so far, by engine.</summary>
    public EngineRuns EngineRuns => _modules.Runs;
    /// <summary>Calls of the compiler so far, and contracts whose code was loaded from artifacts.</summary>
    public (long Compiled, long Loaded) CodeCounts => _modules.Counts;
    /// <summary>The database.</summary>
    public StateDatabase Database => _state;
    /// <summary>Takes what contracts print, where the chain's profile lets them; null to drop it.</summary>
    public Action<CallFrame, string>? Console { get; set; }
    /// <summary>Threads beside the executing one that find who signed the transactions of a block; 0 for none. Default: the other processors, at most 7.</summary>
    public int SignatureThreads { get; set; } = BlockBuilder.UsualSignatureThreads;
    /// <summary>Who is told what the frames of blocks do that are built or imported, and of calls; null for nobody.</summary>
    public ITracer? Tracer { get; set; }

    /// <summary>Makes a chain in an empty store, and commits its block 0. The chain owns the store.</summary>
    /// <param name="store">An empty store.</param>
    /// <param name="genesis">What the chain starts from.</param>
    /// <param name="sync">Wait for the disk at each commit.</param>
    /// <param name="engine">What runs contracts; null for the default.</param>
    /// <exception cref="StoreException">The store is not empty, or fails.</exception>
    public static Chain Create(IKeyValueStore store, Genesis genesis, bool sync = true, EngineSettings? engine = null)
    {
        StateDatabase database = StateDatabase.Open(store);
        if (database.HasGenesis) throw new StoreException(StoreFault.OtherChain, $"there is a chain already, with id {database.ChainId}");
        WorldState state = database.CreateWorld();
        state.BeginTransaction();
        foreach ((Address address, UInt256 balance) in genesis.Balances) state.AddBalance(address, balance);
        state.EndTransaction();

        using StateCommit commit = state.ComputeCommit(0);
        BlockHeader header = new()
        {
            StateRoot = commit.StateRoot,
            TransactionsRoot = TrieRoot.Empty,
            ReceiptsRoot = TrieRoot.Empty,
            GasLimit = genesis.GasLimit,
            Timestamp = genesis.Timestamp,
            ExtraData = Encoding.ASCII.GetBytes(genesis.Profile.Name),
            BaseFee = genesis.BaseFee,
        };
        commit.Batch.Put(Column.Meta, Genesis.RowKey, genesis.Encode());
        AddRows(new SealedBlock(new Block(header, []), []), commit.Batch);
        database.CommitGenesis(commit, genesis.ChainId, header.Hash);
        return new Chain(store, database, genesis, header, sync, engine);
    }

    /// <summary>Opens a chain. The chain owns the store.</summary>
    /// <param name="store">A store that holds a chain.</param>
    /// <param name="chainId">The chain that it must be, or null for any.</param>
    /// <param name="sync">Wait for the disk at each commit.</param>
    /// <param name="engine">What runs contracts; null for the default.</param>
    /// <exception cref="StoreException">It is no chain, another chain, of a newer format, or damaged.</exception>
    public static Chain Open(IKeyValueStore store, ulong? chainId = null, bool sync = true, EngineSettings? engine = null)
    {
        try
        {
            return OpenDecoded(store, chainId, sync, engine);
        }
        catch (RlpException exception)
        {
            throw new StoreException(StoreFault.Corrupt, $"a row of the chain is damaged: {exception.Message}");
        }
    }

    private static Chain OpenDecoded(IKeyValueStore store, ulong? chainId, bool sync, EngineSettings? engine)
    {
        StateDatabase database = StateDatabase.Open(store);
        if (!database.HasGenesis) throw new StoreException(StoreFault.NotFound, "there is no chain");
        if (chainId is ulong expected) database.RequireChain(expected, database.GenesisHash);
        BlockHead last = database.Head;
        byte[] rlp = store.Get(Column.Headers, BlockRows.NumberKey(last.Number))
            ?? throw new StoreException(StoreFault.Corrupt, $"the header of the head, block {last.Number}, is missing");
        BlockHeader head = BlockHeader.Decode(rlp);
        if (head.Hash != last.Hash || head.StateRoot != last.StateRoot)
            throw new StoreException(StoreFault.Corrupt, $"the header of block {last.Number} is not the head's");
        byte[] row = store.Get(Column.Meta, Genesis.RowKey) ?? throw new StoreException(StoreFault.Corrupt, "the genesis is missing");
        Genesis genesis = Genesis.Decode(row);
        string profile = Encoding.ASCII.GetString(head.ExtraData.Span);
        if (profile != genesis.Profile.Name)
            throw new StoreException(StoreFault.Corrupt, $"block {last.Number} was made under the profile {profile}, the chain's is {genesis.Profile.Name}");
        return new Chain(store, database, genesis, head, sync, engine);
    }

    /// <summary>Writes the state of a block, with what a chain needs to go on from there, to a stream.</summary>
    /// <exception cref="StoreException">The block's state is not kept, or a row is damaged.</exception>
    public ExportSummary Export(ulong number, Stream stream)
    {
        using StateReader reader = _state.At(number);
        BlockHeader header = GetHeader(number) ?? throw new StoreException(StoreFault.Corrupt, $"the header of block {number} is missing");
        using RlpWriter attachment = new();
        int list = attachment.BeginList();
        attachment.Write(header.Encode());
        attachment.Write(Genesis.Encode());
        attachment.EndList(list);
        BlockHead head = new(number, header.Hash, header.StateRoot);
        return StateExporter.Export(reader, new ExportHead(ChainId, _state.GenesisHash, head, attachment.ToArray()), stream);
    }

    /// <summary>
    /// Reads an exported state into an empty store, which is then a chain that begins with that block. The file may be from anyone: what
    /// is believed of it is its block hash.
    /// </summary>
    /// <param name="store">An empty store; stays the caller's.</param>
    /// <param name="stream">The file.</param>
    /// <param name="expected">The block hash that it must have; null to believe it.</param>
    /// <exception cref="ExportFileException">The file is damaged, or another block's.</exception>
    /// <exception cref="StoreException">The store is not empty, or fails.</exception>
    public static ExportSummary Import(IKeyValueStore store, Stream stream, Hash256? expected = null) => StateImporter.Import(stream, store, (head, batch) =>
    {
        RlpReader outer = new(head.Attachment);
        RlpReader list = outer.ReadList("attachment");
        ReadOnlySpan<byte> rlp = list.ReadBytes("attachment.header");
        ReadOnlySpan<byte> genesis = list.ReadBytes("attachment.genesis");
        BlockHeader header = BlockHeader.Decode(rlp);
        if (header.Hash != head.Block.Hash || header.StateRoot != head.Block.StateRoot || header.Number != head.Block.Number)
            throw new ExportFileException("the block header is not that of the block");
        if (expected is Hash256 hash && hash != head.Block.Hash) throw new ExportFileException($"the file is of block {head.Block.Hash}, not of {hash}");
        if (Genesis.Decode(genesis).ChainId != head.ChainId) throw new ExportFileException("the genesis is that of another chain");
        byte[] number = BlockRows.NumberKey(header.Number);
        batch.Put(Column.Meta, Genesis.RowKey, genesis);
        batch.Put(Column.Headers, number, rlp);
        batch.Put(Column.Index, BlockRows.BlockKey(header.Hash), number);
    });

    /// <summary>The environment of the next block.</summary>
    /// <param name="timestamp">Seconds since 1970, above the parent's; null for one more than the parent's.</param>
    /// <param name="coinbase">Who gets the priority fees.</param>
    public BlockEnvironment NextEnvironment(ulong? timestamp = null, Address coinbase = default)
    {
        ulong time = timestamp ?? Head.Timestamp + 1;
        // Yellow Paper, section 4.3.4: a block is later than its parent.
        if (time <= Head.Timestamp) throw new InvalidBlockException($"timestamp: {time} is not after the parent's {Head.Timestamp}");
        return EnvironmentAfter(Head, time, coinbase);
    }

    private BlockEnvironment EnvironmentAfter(BlockHeader parent, ulong timestamp, Address coinbase) =>
        new(parent.Number + 1, timestamp, coinbase, parent.GasLimit, BaseFee.Next(parent), ChainId);

    /// <summary>Starts a block on the head.</summary>
    public BlockBuilder StartBlock(BlockEnvironment environment) => new(_state.CreateWorld(), _modules, Head, environment) { Tracer = Tracer, Console = Console, SignatureThreads = SignatureThreads };

    /// <summary>Seals and commits a block that was started on the head.</summary>
    /// <exception cref="InvalidOperationException">The head has moved since.</exception>
    public SealedBlock Commit(BlockBuilder builder)
    {
        using StateCommit commit = Compute(builder);
        SealedBlock block = builder.Seal(commit.StateRoot);
        Write(block, commit);
        return block;
    }

    /// <summary>Executes a block of another node on the head and commits it, where the result is what its header says.</summary>
    /// <exception cref="InvalidBlockException">It is not; the message names the first field that differs.</exception>
    public SealedBlock Import(Block block)
    {
        BlockEnvironment environment = NextEnvironment(block.Header.Timestamp, block.Header.Coinbase);
        BlockBuilder builder = StartBlock(environment);
        builder.AddAll(block.Transactions);
        using StateCommit commit = Compute(builder);
        SealedBlock executed = builder.Seal(commit.StateRoot);
        if (HeaderDifference.First(block.Header, executed.Block.Header) is string difference)
            throw new InvalidBlockException($"block {block.Header.Number}: {difference}");
        Write(executed, commit);
        return executed;
    }

    /// <summary>
    /// Runs a call on the state after the head and throws its changes away (eth_call). Nothing is checked of sender and fees.
    /// </summary>
    public FrameResult Call(Address from, Address to, UInt256 value, ReadOnlyMemory<byte> data, ulong gas, out ulong gasUsed)
    {
        WorldState state = _state.CreateWorld();
        state.BeginTransaction();
        BlockEnvironment environment = new(Head.Number, Head.Timestamp, Head.Coinbase, Head.GasLimit, Head.BaseFee ?? UInt256.Zero, ChainId);
        Schedule schedule = _modules.Profile.Schedule;
        Meter meter = new(Ink.Multiply(gas, schedule.InkPerGas), schedule.StackWords);
        TransactionContext context = new(state, environment, from, UInt256.Zero, meter, _modules) { Tracer = Tracer, Console = Console };
        state.Observer = Tracer?.StateObserver;
        FrameResult result = ContractRunner.Call(new CallFrame(context, to, from, value, data, Capabilities.All));
        gasUsed = gas - meter.InkLeft / schedule.InkPerGas;
        return result;
    }

    /// <summary>Executes a transaction of a committed block once more, after those before it, on the state that the block began with.</summary>
    /// <param name="number">The block.</param>
    /// <param name="index">The transaction's place in it.</param>
    /// <param name="tracer">Who is told what its frames do.</param>
    /// <returns>The first thing in which it came to something else than in the block; null where it is the same.</returns>
    /// <exception cref="StoreException">There is no such block, or its state is not retained any more.</exception>
    public string? Trace(ulong number, int index, ITracer tracer)
    {
        Block block = RequireBlock(number);
        IReadOnlyList<StoredReceipt> receipts = GetReceipts(number) ?? throw new StoreException(StoreFault.Corrupt, $"the receipts of block {number} are missing");
        using StateReader before = _state.At(number - 1, tries: false);
        BlockBuilder builder = StartAgain(block, before);
        for (int i = 0; i <= index; i++)
        {
            builder.Tracer = i == index ? tracer : null;
            TransactionVerdict verdict = builder.TryAdd(block.Transactions[i], out ExecutedTransaction? executed);
            if (executed is null) return $"it cannot be executed: {verdict.Detail}";
            if (i == index) return Replay.Difference(receipts[i], executed);
        }

        throw new ArgumentOutOfRangeException(nameof(index));
    }

    /// <summary>
    /// Executes a committed block once more, on the state that its parent left, as the database has it, and computes the state root there;
    /// nothing is written. May be called from any thread, beside blocks that are committed.
    /// </summary>
    /// <param name="number">The block; from 1 on.</param>
    /// <param name="tracer">Who is told what its frames do, or null.</param>
    /// <exception cref="InvalidBlockException">The result is not what its header says; the message names the first field that differs.</exception>
    /// <exception cref="StoreException">There is no such block, or the state before it is not retained any more.</exception>
    public SealedBlock ExecuteAgain(ulong number, ITracer? tracer = null)
    {
        Block block = RequireBlock(number);
        using StateReader before = _state.At(number - 1);
        BlockBuilder builder = StartAgain(block, before);
        builder.Tracer = tracer;
        builder.AddAll(block.Transactions);
        SealedBlock executed = builder.Seal(builder.State.ComputeRoot());
        return HeaderDifference.First(block.Header, executed.Block.Header) is string difference
            ? throw new InvalidBlockException($"block {number}: {difference}")
            : executed;
    }

    private Block RequireBlock(ulong number) => GetBlock(number) ?? throw new StoreException(StoreFault.NotFound, $"there is no block {number}");

    private BlockBuilder StartAgain(Block block, StateReader before)
    {
        BlockHeader header = block.Header;
        BlockHeader parent = GetHeader(header.Number - 1) ?? throw new StoreException(StoreFault.Corrupt, $"the header of block {header.Number - 1} is missing");
        return new BlockBuilder(new WorldState(before), _modules, parent, EnvironmentAfter(parent, header.Timestamp, header.Coinbase)) { SignatureThreads = SignatureThreads };
    }

    /// <summary>Header of a committed block, or null.</summary>
    public BlockHeader? GetHeader(ulong number) =>
        _store.Get(Column.Headers, BlockRows.NumberKey(number)) is byte[] rlp ? BlockHeader.Decode(rlp) : null;

    /// <summary>A committed block, or null.</summary>
    public Block? GetBlock(ulong number) =>
        GetHeader(number) is BlockHeader header && _store.Get(Column.Bodies, BlockRows.NumberKey(number)) is byte[] body
            ? new Block(header, Block.DecodeBody(body))
            : null;

    /// <summary>What the transactions of a committed block came to, or null.</summary>
    public IReadOnlyList<StoredReceipt>? GetReceipts(ulong number) =>
        _store.Get(Column.Receipts, BlockRows.NumberKey(number)) is byte[] rows ? BlockRows.DecodeReceipts(rows) : null;

    /// <summary>Number of a committed block, by its hash.</summary>
    public ulong? FindBlock(in Hash256 hash) =>
        _store.Get(Column.Index, BlockRows.BlockKey(hash)) is byte[] number ? BlockRows.ReadNumber(number) : null;

    /// <summary>Block number and index of a committed transaction, by its hash.</summary>
    public (ulong Number, int Index)? FindTransaction(in Hash256 hash) =>
        _store.Get(Column.Index, BlockRows.TransactionKey(hash)) is byte[] place ? BlockRows.ReadPlace(place) : null;

    /// <summary>The nonce that an account's next transaction has.</summary>
    public ulong NextNonce(in Address address) => State.TryGetAccount(address, out Account account) ? account.Nonce : 0;

    /// <summary>Closes the store.</summary>
    public void Dispose()
    {
        _pruner?.Dispose();
        _modules.Dispose();
        _store.Dispose();
    }

    private StateCommit Compute(BlockBuilder builder)
    {
        if (builder.ParentHash != Head.Hash) throw new InvalidOperationException("the head has moved since the block was started");
        _pruner?.RequireRunning();
        return builder.State.ComputeCommit(Head.Number + 1);
    }

    /// <summary>Writes the block's own rows, the state's and the head as one batch.</summary>
    private void Write(SealedBlock block, StateCommit commit)
    {
        AddRows(block, commit.Batch);
        _state.Commit(commit, block.Block.Header.Hash, _sync);
        Head = block.Block.Header;
        _pruner?.HeadMoved();
    }

    private static void AddRows(SealedBlock block, WriteBatch batch)
    {
        BlockHeader header = block.Block.Header;
        byte[] number = BlockRows.NumberKey(header.Number);
        batch.Put(Column.Headers, number, header.Encode());
        batch.Put(Column.Bodies, number, block.Block.EncodeBody());
        batch.Put(Column.Receipts, number, BlockRows.EncodeReceipts(block.Executed));
        batch.Put(Column.Index, BlockRows.BlockKey(header.Hash), number);
        for (int i = 0; i < block.Executed.Count; i++)
            batch.Put(Column.Index, BlockRows.TransactionKey(block.Executed[i].Transaction.Hash), BlockRows.TransactionPlace(header.Number, i));
    }
}
