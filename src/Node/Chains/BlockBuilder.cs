using System;
using System.Collections.Generic;
using System.Text;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>
/// A block in the making on top of a chain's head: transactions are executed as they are added. Nothing is written until the
/// sealed block is committed. Used by one thread.
/// </summary>
public sealed class BlockBuilder
{
    /// <summary>Unless said otherwise: the processors but one, at most 7, where signatures take less time than execution by far.</summary>
    internal static readonly int UsualSignatureThreads = Math.Min(Environment.ProcessorCount - 1, 7);

    private readonly ModuleCache _modules;
    private readonly BlockHeader _parent;
    private readonly BlockEnvironment _environment;
    private readonly List<Transaction> _transactions = [];
    private readonly List<ExecutedTransaction> _executed = [];
    private ulong _gasUsed;

    internal BlockBuilder(WorldState state, ModuleCache modules, BlockHeader parent, BlockEnvironment environment)
    {
        _modules = modules;
        _parent = parent;
        _environment = environment;
        State = state;
    }

    /// <summary>Who is told what the frames of its transactions do, or null.</summary>
    public ITracer? Tracer { get; set; }

    /// <summary>Takes what contracts print, or null.</summary>
    public Action<CallFrame, string>? Console { get; init; }

    /// <summary>Threads beside the executing one that find who signed the transactions of <see cref="AddAll"/>; 0 for none.</summary>
    public int SignatureThreads { get; init; } = UsualSignatureThreads;

    /// <summary>What was executed so far.</summary>
    public IReadOnlyList<ExecutedTransaction> Executed => _executed;

    /// <summary>Executes a transaction at the end of the block, where the rules allow it.</summary>
    public TransactionVerdict TryAdd(Transaction transaction, out ExecutedTransaction? executed)
    {
        Tracer?.OnTransaction(transaction.Hash, _environment.Number, _transactions.Count);
        TransactionVerdict verdict = BlockExecutor.TryExecute(State, _environment, transaction, _gasUsed, _modules, out executed, Tracer, Console);
        if (executed is null) return verdict;
        _transactions.Add(transaction);
        _executed.Add(executed);
        _gasUsed = executed.Receipt.CumulativeGasUsed;
        return verdict;
    }

    /// <summary>Executes transactions that must all be executable.</summary>
    /// <exception cref="InvalidBlockException">One is not; the message names block, index and field.</exception>
    public void AddAll(IReadOnlyList<Transaction> transactions)
    {
        SenderRecovery.Start(transactions, SignatureThreads);
        DeepStack.Run(AddHere, transactions);
    }

    private int AddHere(IReadOnlyList<Transaction> transactions)
    {
        for (int i = 0; i < transactions.Count; i++)
        {
            TransactionVerdict verdict = TryAdd(transactions[i], out _);
            if (verdict.Problem != TransactionProblem.None) throw new InvalidBlockException($"block {_environment.Number}, transaction {i}: {verdict.Detail}");
        }

        return transactions.Count;
    }

    /// <summary>Hash of the block that this one follows.</summary>
    internal Hash256 ParentHash => _parent.Hash;

    /// <summary>The state that the block changes.</summary>
    internal WorldState State { get; }

    /// <summary>The finished block, as soon as the state root is known.</summary>
    internal SealedBlock Seal(in Hash256 stateRoot)
    {
        byte[] bloom = new byte[Bloom.Length];
        List<Receipt> receipts = new(_executed.Count);
        foreach (ExecutedTransaction executed in _executed)
        {
            receipts.Add(executed.Receipt);
            Bloom.Merge(bloom, Bloom.Of(executed.Receipt.Logs));
        }

        BlockHeader header = new()
        {
            ParentHash = _parent.Hash,
            Coinbase = _environment.Coinbase,
            StateRoot = stateRoot,
            TransactionsRoot = Block.TransactionsRootOf(_transactions),
            ReceiptsRoot = Block.ReceiptsRootOf(receipts),
            LogsBloom = bloom,
            Number = _environment.Number,
            GasLimit = _environment.GasLimit,
            GasUsed = _gasUsed,
            Timestamp = _environment.Timestamp,
            ExtraData = Encoding.ASCII.GetBytes(_modules.Profile.Name),
            BaseFee = _environment.BaseFee,
        };
        return new SealedBlock(new Block(header, _transactions), _executed);
    }
}

/// <summary>A block with what its transactions came to.</summary>
/// <param name="Block">The block.</param>
/// <param name="Executed">What its transactions came to, in order.</param>
public sealed record SealedBlock(Block Block, IReadOnlyList<ExecutedTransaction> Executed);
