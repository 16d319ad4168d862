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
/// Re-executes blocks from genesis in a second database and compares what comes out with what the first one holds: headers (so
/// state roots, receipts roots, gas), and for each transaction outcome, gas, ink and output.
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
        ulong blocks = 0, gas = 0, ink = 0;
        long transactions = 0;
        if (HeaderDifference.First(source.GetHeader(0)!, copy.Head) is string atGenesis) return Report($"block 0: {atGenesis}");
        for (ulong number = 1; number <= to; number++)
        {
            Block block = source.GetBlock(number) ?? throw new StoreException(StoreFault.Corrupt, $"block {number} is missing");
            IReadOnlyList<StoredReceipt> receipts = source.GetReceipts(number) ?? throw new StoreException(StoreFault.Corrupt, $"the receipts of block {number} are missing");
            SealedBlock executed;
            copy.Tracer = number >= from ? tracer : null;
            try
            {
                executed = copy.Import(block);
            }
            catch (InvalidBlockException exception)
            {
                return Report(exception.Message);
            }

            progress?.Invoke(number);
            if (number < from) continue;
            blocks++;
            transactions += executed.Executed.Count;
            for (int i = 0; i < executed.Executed.Count; i++)
            {
                ExecutedTransaction now = executed.Executed[i];
                gas += now.GasUsed;
                ink += now.InkUsed;
                if (Difference(receipts[i], now) is string difference) return Report($"block {number}, transaction {i}: {difference}");
            }
        }

        return Report(null);

        ReplayReport Report(string? difference) => new(blocks, transactions, gas, ink, copy.Head.StateRoot, copy.EngineRuns, difference);
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
