using System.CommandLine;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
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
        Option<string[]> events = TransactionReport.EventOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("tx", "Show a transaction: what it asked for, and what it came to.")
        {
            Examples =
            [
                "cvm tx 0x… --db /tmp/chain",
                "cvm tx 0x… --db /tmp/chain --event 'Transfer(address indexed from,address indexed to,uint256 value)'",
            ],
        };
        command.Add(hash);
        command.Add(directory);
        command.Add(events);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(hash), parsed.GetRequiredValue(directory), parsed.GetValue(events) ?? [], parsed.GetValue(json)));
    }

    private static int Run(string text, string directory, string[] events, bool json)
    {
        if (!Hash256.TryParse(text, out Hash256 hash)) throw new UsageException($"'{text}' is not a transaction hash: 0x and 64 hexadecimal digits");
        TransactionReport report = new(events, json);
        return ChainDirectory.Open(directory, chain =>
        {
            report.Write(chain, hash, null);
            return ExitCodes.Success;
        });
    }
}
