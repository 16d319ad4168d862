using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm block</c>: a block with its transactions and what they came to.</summary>
internal static class BlockCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> number = new("N") { Description = "A block number, a block hash, or latest.", DefaultValueFactory = static _ => "latest" };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("block", "Show a block: header, transactions, receipts.")
        {
            Notes = ["With --json everything that its roots commit to is there as raw bytes too."],
            Examples = ["cvm block 2 --db /tmp/chain", "cvm block latest --db /tmp/chain --json"],
        };
        command.Add(number);
        command.Add(directory);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetValue(number)!, parsed.GetRequiredValue(directory), parsed.GetValue(json)));
    }

    private static int Run(string which, string directory, bool json) => ChainDirectory.Open(directory, chain =>
    {
        ulong number = Find(chain, which);
        Block block = chain.GetBlock(number) ?? throw new FailureException($"there is no block {which}: the last one is {chain.Head.Number}");
        IReadOnlyList<StoredReceipt> receipts = chain.GetReceipts(number) ?? throw new FailureException($"the receipts of block {number} are missing");
        if (json) JsonOutput.Write(writer => EthereumJson.WriteBlock(writer, block, receipts));
        else WriteText(block, receipts);
        return ExitCodes.Success;
    });

    private static ulong Find(Chain chain, string which)
    {
        if (which == "latest") return chain.Head.Number;
        if (ulong.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)) return number;
        if (!Hash256.TryParse(which, out Hash256 hash)) throw new UsageException($"'{which}' is no block number, no block hash, and not latest");
        return chain.FindBlock(hash) ?? throw new FailureException($"there is no block with hash {which}");
    }

    /// <summary>Prints a block for people.</summary>
    public static void WriteText(Block block, IReadOnlyList<StoredReceipt> receipts)
    {
        BlockHeader header = block.Header;
        TextOutput.Facts(
            ("block", header.Number.ToString(CultureInfo.InvariantCulture)),
            ("hash", header.Hash.ToString()),
            ("parent", header.ParentHash.ToString()),
            ("state root", header.StateRoot.ToString()),
            ("receipts root", header.ReceiptsRoot.ToString()),
            ("timestamp", header.Timestamp.ToString(CultureInfo.InvariantCulture)),
            ("gas", string.Create(CultureInfo.InvariantCulture, $"{header.GasUsed} of {header.GasLimit}")),
            ("base fee", $"{header.BaseFee} wei"),
            ("transactions", block.Transactions.Count.ToString(CultureInfo.InvariantCulture)));
        TextOutput.Table(
            ["index", "transaction", "from", "to", "outcome", "gas"],
            block.Transactions.Select((transaction, i) => new[]
            {
                i.ToString(CultureInfo.InvariantCulture), transaction.Hash.ToString(), receipts[i].Sender.ToString(),
                transaction.To?.ToString() ?? $"creates {receipts[i].Contract?.ToString() ?? "nothing"}", receipts[i].Outcome.ToString(),
                receipts[i].GasUsed.ToString(CultureInfo.InvariantCulture),
            }).ToArray());
    }
}
