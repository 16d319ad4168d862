using System;
using System.Collections.Generic;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>What re-executing a range of blocks came to.</summary>
/// <param name="Blocks">Blocks compared.</param>
/// <param name="Transactions">Transactions in them.</param>
/// <param name="GasUsed">Gas that they used.</param>
/// <param name="InkUsed">Ink that they used.</param>
/// <param name="StateRoot">State root after the last one.</param>
/// <param name="EngineRuns">Contracts and constructors that were started, by engine, in blocks before the range too.</param>
/// <param name="Difference">The first difference, or null where there is none.</param>
public sealed record ReplayReport(
    ulong Blocks, long Transactions, ulong GasUsed, ulong InkUsed, Hash256 StateRoot, EngineRuns EngineRuns, string? Difference);

/// <summary>
/// Re-executes blocks, from genesis in a second database or each on the state before it, and compares what comes out with what the
/// database holds: headers (so state roots, receipts roots, gas), and for each transaction outcome, gas, ink and output.
/// </summary>
public static class Replay
{
    /// <summary>Replays and compares.</summary>
    /// <param name="source">The chain to check.</param>
    /// <param name="second">An empty store; taken over and closed.</param>
    /// <param name="from">First block to compare; those before it are executed too.</param>
    /// <param name="to">Last block.</param>
    /// <param name="progress">Told each block's number when it is done.</param>
    /// <param name="engine">What runs contracts; null for what the source has, its artifacts included.</param>
    /// <param name="tracer">Who is told what the frames of the blocks compared do, or null.</param>
    public static ReplayReport Run(Chain source, IKeyValueStore second, ulong from, ulong to, Action<ulong>? progress = null, EngineSettings? engine = null, ITracer? tracer = null)
    {
        using Chain copy = Chain.Create(second, source.Genesis, sync: false, engine ?? source.Engine);
        if (HeaderDifference.First(source.GetHeader(0)!, copy.Head) is string atGenesis)
            return new ReplayReport(0, 0, 0, 0, copy.Head.StateRoot, copy.EngineRuns, $"block 0: {atGenesis}");
        return Compare(source, 1, from, to, progress, copy, number =>
        {
            copy.Tracer = number >= from ? tracer : null;
            return copy.Import(source.GetBlock(number) ?? throw new StoreException(StoreFault.Corrupt, $"block {number} is missing"));
        });
    }

    /// <summary>
    /// Replays a range alone: each block on the state that its parent left, as the database has it. The time depends on the range, not on
    /// what is before it; that the first of those states is right is believed (<see cref="StateVerifier.ComputeRoot"/> tells).
    /// </summary>
    /// <param name="source">The chain to check.</param>
    /// <param name="from">First block; the state before it must be retained.</param>
    /// <param name="to">Last block.</param>
    /// <param name="progress">Told each block's number when it is done.</param>
    /// <param name="tracer">Who is told what the frames do, or null.</param>
    /// <exception cref="StoreException">The state before the first block is not retained any more.</exception>
    public static ReplayReport RunOnStoredStates(Chain source, ulong from, ulong to, Action<ulong>? progress = null, ITracer? tracer = null) =>
        Compare(source, from, from, to, progress, source, number => source.ExecuteAgain(number, tracer));

    private static ReplayReport Compare(Chain source, ulong first, ulong from, ulong to, Action<ulong>? progress, Chain executor, Func<ulong, SealedBlock> execute)
    {
        ulong blocks = 0, gas = 0, ink = 0;
        long transactions = 0;
        EngineRuns before = executor.EngineRuns;
        Hash256 root = executor.GetHeader(first - 1)!.StateRoot;
        for (ulong number = first; number <= to; number++)
        {
            SealedBlock executed;
            try
            {
                executed = execute(number);
            }
            catch (InvalidBlockException exception)
            {
                return Report(exception.Message);
            }

            root = executed.Block.Header.StateRoot;
            progress?.Invoke(number);
            if (number < from) continue;
            blocks++;
            transactions += executed.Executed.Count;
            IReadOnlyList<StoredReceipt> receipts = source.GetReceipts(number) ?? throw new StoreException(StoreFault.Corrupt, $"the receipts of block {number} are missing");
            for (int i = 0; i < executed.Executed.Count; i++)
            {
                ExecutedTransaction now = executed.Executed[i];
                gas += now.GasUsed;
                ink += now.InkUsed;
                if (Difference(receipts[i], now) is string difference) return Report($"block {number}, transaction {i}: {difference}");
            }
        }

        return Report(null);

        ReplayReport Report(string? difference) => new(blocks, transactions, gas, ink, root, executor.EngineRuns.Since(before), difference);
    }

    /// <summary>The first thing in which a transaction came to something else than is stored; null where it is the same.</summary>
    internal static string? Difference(StoredReceipt stored, ExecutedTransaction now)
    {
        if (stored.Sender != now.Sender) return $"sender: stored {stored.Sender}, executed {now.Sender}";
        if (stored.Outcome != now.Outcome) return $"outcome: stored {stored.Outcome}, executed {now.Outcome}";
        if (stored.GasUsed != now.GasUsed) return $"gasUsed: stored {stored.GasUsed}, executed {now.GasUsed}";
        if (stored.InkUsed != now.InkUsed) return $"inkUsed: stored {stored.InkUsed}, executed {now.InkUsed}";
        if (stored.Contract != now.Contract) return $"contract: stored {stored.Contract}, executed {now.Contract}";
        if (!stored.Output.AsSpan().SequenceEqual(now.Output)) return "output differs";
        return stored.Receipt.Encode().AsSpan().SequenceEqual(now.Receipt.Encode()) ? null : "receipt differs";
    }
}
