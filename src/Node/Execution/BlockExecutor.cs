using System;
using ContractVm.Gas;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>What a transaction came to.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Sender">Who signed it.</param>
/// <param name="Receipt">Its receipt.</param>
/// <param name="Outcome">How it ended: finer than the receipt's status.</param>
/// <param name="Output">Return or revert data.</param>
/// <param name="Contract">The contract that it created, or null.</param>
/// <param name="GasUsed">Gas that it paid for.</param>
/// <param name="InkUsed">Ink that the machine used.</param>
/// <param name="GasPrice">Wei paid for a unit of gas.</param>
/// <param name="Execution">Where it trapped, for people.</param>
/// <param name="Error">Why its module was refused, or null.</param>
public sealed record ExecutedTransaction(
    Transaction Transaction, Address Sender, Receipt Receipt, Outcome Outcome, byte[] Output, Address? Contract, ulong GasUsed, ulong InkUsed,
    UInt256 GasPrice, ExecutionResult Execution, ModuleError? Error);

/// <summary>A transaction that cannot be in a block was in one; the message names its index and field.</summary>
public sealed class InvalidBlockException(string message) : Exception(message);

/// <summary>
/// Executes transactions on a state: a pure function of the state before, the block's environment and the transaction.
/// Sealer, replay and any consensus engine come here, through <see cref="BlockBuilder"/>. Changes stay in the world state; nothing is
/// written.
/// </summary>
public static class BlockExecutor
{
    // EIP-3529: at most a fifth of the gas used is given back.
    private const ulong RefundQuotient = 5;

    /// <summary>Executes one transaction, where the rules allow it.</summary>
    /// <param name="state">The state; unchanged where the verdict is not good.</param>
    /// <param name="block">The block.</param>
    /// <param name="transaction">The transaction.</param>
    /// <param name="gasUsedBefore">Gas that the block has used already.</param>
    /// <param name="modules">Loaded modules.</param>
    /// <param name="executed">What it came to; null where the verdict is not good.</param>
    /// <param name="tracer">Who is told what its frames do, or null.</param>
    /// <param name="console">Takes what contracts print, or null.</param>
    public static TransactionVerdict TryExecute(
        WorldState state, BlockEnvironment block, Transaction transaction, ulong gasUsedBefore, ModuleCache modules, out ExecutedTransaction? executed, ITracer? tracer = null,
        Action<CallFrame, string>? console = null)
    {
        executed = null;
        TransactionVerdict verdict = TransactionCheck.Check(transaction, state, block, block.GasLimit - gasUsedBefore, modules.Profile, out Address sender);
        if (verdict.Problem != TransactionProblem.None) return verdict;

        state.BeginTransaction();
        // EIP-1559: the priority fee is what the fee leaves above the base fee, up to the sender's maximum.
        UInt256 room = transaction.MaxFeePerGas - block.BaseFee;
        UInt256 priority = transaction.MaxPriorityFeePerGas < room ? transaction.MaxPriorityFeePerGas : room;
        UInt256 gasPrice = block.BaseFee + priority;
        if (!state.TrySubtractBalance(sender, gasPrice * transaction.GasLimit)) throw new InvalidOperationException("the sender was checked to have the funds");
        state.IncrementNonce(sender);
        Warm(state, block, transaction, sender);

        ulong inkLimit = Ink.Multiply(transaction.GasLimit - transaction.IntrinsicGas, modules.Profile.Schedule.InkPerGas);
        Meter meter = new(inkLimit, modules.Profile.Schedule.StackWords);
        TransactionContext context = new(state, block, sender, gasPrice, meter, modules) { Tracer = tracer, Console = console, Seed = transaction.Hash };
        Address to = transaction.To ?? Address.ForCreate(sender, transaction.Nonce);
        FrameKind kind = transaction.To is null ? FrameKind.Create : FrameKind.Call;
        CallFrame frame = new(context, to, sender, transaction.Value, transaction.Data, Capabilities.All, kind);
        state.Observer = tracer?.StateObserver;
        FrameResult result = kind == FrameKind.Create ? ContractRunner.Create(frame) : ContractRunner.Call(frame);
        state.Observer = null;

        // Gas is whole: a begun unit is used.
        ulong gasUsed = transaction.GasLimit - meter.InkLeft / modules.Profile.Schedule.InkPerGas;
        gasUsed -= Math.Min(state.Refund, gasUsed / RefundQuotient);
        state.AddBalance(sender, gasPrice * (transaction.GasLimit - gasUsed));
        // The base fee is burnt, the rest is the proposer's (EIP-1559).
        state.AddBalance(block.Coinbase, priority * gasUsed);
        bool isSuccess = result.Outcome == Outcome.Success;
        LogEntry[] logs = [.. state.Logs];
        state.EndTransaction();
        Receipt receipt = new(transaction.Type, isSuccess, gasUsedBefore + gasUsed, logs);
        executed = new ExecutedTransaction(
            transaction, sender, receipt, result.Outcome, result.Output, transaction.To is null && isSuccess ? to : null, gasUsed, inkLimit - meter.InkLeft,
            gasPrice, result.Execution, result.Error);
        return verdict;
    }

    /// <summary>What a transaction names is warm from the start (EIP-2929, 2930, 3651).</summary>
    private static void Warm(WorldState state, BlockEnvironment block, Transaction transaction, Address sender)
    {
        state.AccessAddress(sender);
        state.AccessAddress(block.Coinbase);
        if (transaction.To is Address to) state.AccessAddress(to);
        foreach (AccessListEntry entry in transaction.AccessList)
        {
            state.AccessAddress(entry.Address);
            foreach (Hash256 key in entry.Keys) state.AccessSlot(entry.Address, key);
        }
    }
}
