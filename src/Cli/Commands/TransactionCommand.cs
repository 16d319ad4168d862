using System.CommandLine;
using System.Globalization;
using System.Linq;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm tx</c>: a transaction and what it came to.</summary>
internal static class TransactionCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> hash = new("HASH") { Description = "The transaction's hash." };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("tx", "Show a transaction: what it asked for, and what it came to.")
        {
            Examples = ["cvm tx 0x… --db /tmp/chain", "cvm tx 0x… --db /tmp/chain --json"],
        };
        command.Add(hash);
        command.Add(directory);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(hash), parsed.GetRequiredValue(directory), parsed.GetValue(json)));
    }

    private static int Run(string text, string directory, bool json)
    {
        if (!Hash256.TryParse(text, out Hash256 hash)) throw new UsageException($"'{text}' is not a transaction hash: 0x and 64 hexadecimal digits");
        return ChainDirectory.Open(directory, chain =>
        {
            (ulong number, int index) = chain.FindTransaction(hash) ?? throw new FailureException($"there is no transaction {hash}");
            Transaction transaction = chain.GetBlock(number)!.Transactions[index];
            StoredReceipt receipt = chain.GetReceipts(number)![index];
            if (json)
            {
                JsonOutput.Write(writer =>
                {
                    EthereumJson.WriteTransaction(writer, transaction, receipt.Sender, number, index);
                    writer.WriteStartObject("receipt");
                    EthereumJson.WriteReceipt(writer, receipt);
                    writer.WriteEndObject();
                });
                return ExitCodes.Success;
            }

            WriteText(transaction, receipt, number, index);
            return ExitCodes.Success;
        });
    }

    private static void WriteText(Transaction transaction, StoredReceipt receipt, ulong number, int index)
    {
        TextOutput.Facts(
            ("transaction", transaction.Hash.ToString()),
            ("block", string.Create(CultureInfo.InvariantCulture, $"{number}, index {index}")),
            ("from", receipt.Sender.ToChecksumString()),
            ("to", transaction.To?.ToChecksumString() ?? "a creation"),
            ("contract", receipt.Contract?.ToChecksumString() ?? "none created"),
            ("value", $"{transaction.Value} wei"),
            ("nonce", transaction.Nonce.ToString(CultureInfo.InvariantCulture)),
            ("outcome", receipt.Outcome.ToString()),
            ("gas", string.Create(CultureInfo.InvariantCulture, $"{receipt.GasUsed} of {transaction.GasLimit}, {receipt.GasPrice} wei each")),
            ("ink", receipt.InkUsed.ToString(CultureInfo.InvariantCulture)),
            ("output", receipt.Output.Length == 0 ? "none" : Hex.Encode(receipt.Output)),
            ("input", transaction.Data.Length > 1024 ? $"{transaction.Data.Length} bytes" : Hex.Encode(transaction.Data.Span)));
        TextOutput.Table(
            ["log of", "topics", "data"],
            receipt.Receipt.Logs.Select(static log => new[] { log.Address.ToString(), string.Join(" ", log.Topics), Hex.Encode(log.Data) }).ToArray());
    }
}
