using System.Collections.Generic;
using System.CommandLine;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm publish</c>: transactions that another program signed, in one block.</summary>
internal static class PublishCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string[]> raw = new("RAW")
        {
            Description = "Signed transactions, each as 0x and the bytes of its envelope (legacy, EIP-2930 or EIP-1559).",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<string> engine = SharedOptions.EngineOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("publish", "Execute transactions that were signed elsewhere, in one block.")
        {
            Notes = ["Where one of them is refused no block is made, and the first one refused is named.", "Exit code 0 where the block is made, whatever the transactions came to."],
            Examples = ["cvm publish 0x02f8… --db /tmp/chain", "cvm publish 0xf86c… 0xf86c… --db /tmp/chain --json"],
        };
        command.Add(raw);
        command.Add(directory);
        command.Add(engine);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(raw), parsed.GetRequiredValue(directory), parsed.GetEngine(engine), parsed.GetValue(json)));
    }

    private static int Run(string[] texts, string directory, EngineChoice engine, bool json) => ChainDirectory.Open(directory, chain =>
    {
        BlockBuilder builder = chain.StartBlock(chain.NextEnvironment());
        for (int i = 0; i < texts.Length; i++)
        {
            if (!Hex.TryDecode(texts[i], out byte[] bytes)) throw new UsageException($"transaction {i} is not 0x and an even number of hexadecimal digits");
            if (!Transaction.TryDecode(bytes, out Transaction? transaction, out TransactionError error)) throw new FailureException($"transaction {i} is refused: {error}");
            TransactionVerdict verdict = builder.TryAdd(transaction, out _);
            if (verdict.Problem != TransactionProblem.None) throw new FailureException($"transaction {i} is refused: {verdict.Detail}");
        }

        Block block = chain.Commit(builder).Block;
        IReadOnlyList<StoredReceipt> receipts = chain.GetReceipts(block.Header.Number)!;
        if (json) JsonOutput.Write(writer => EthereumJson.WriteBlock(writer, block, receipts));
        else BlockCommand.WriteText(block, receipts);
        return ExitCodes.Success;
    }, engine);
}
