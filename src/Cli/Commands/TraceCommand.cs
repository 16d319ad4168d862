using System.CommandLine;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm trace</c>: executes a transaction of a block once more and writes what its contracts do.</summary>
internal static class TraceCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> hash = new("HASH") { Description = "The transaction." };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<string?> output = new("--out", "-o") { Description = "The file to write; standard output unless given.", HelpName = "FILE" };
        Option<bool> state = new("--state") { Description = "Write every access to the state as well." };
        Option<string> engine = SharedOptions.EngineOption();
        TaughtCommand command = new("trace", "Execute a transaction once more, on the state that it found, and write each frame and host call: a JSON object a line.")
        {
            Notes =
            [
                "Those before it in its block are executed first. What it comes to is compared with what the block has; exit code 1 where it differs.",
                "docs/HOSTAPI.md describes the lines. Blocks whose state is no longer retained cannot be traced; cvm replay --trace-json executes from the beginning.",
            ],
            Examples = ["cvm trace 0x… --db /tmp/chain", "cvm trace 0x… --state -o trace.jsonl --db /tmp/chain"],
        };
        command.Add(hash);
        command.Add(directory);
        command.Add(output);
        command.Add(state);
        command.Add(engine);
        return command.Does(parsed => ChainDirectory.Open(parsed.GetRequiredValue(directory), chain =>
        {
            if (!Hash256.TryParse(parsed.GetRequiredValue(hash), out Hash256 wanted)) throw new UsageException($"'{parsed.GetRequiredValue(hash)}' is no hash of 32 bytes");
            (ulong number, int index) = chain.FindTransaction(wanted) ?? throw new FailureException($"there is no transaction {wanted}");
            string? difference = TracedOptions.Run(parsed.GetValue(output), parsed.GetValue(state), tracer => chain.Trace(number, index, tracer));
            return difference is null ? ExitCodes.Success : throw new FailureException($"the transaction came to something else than in its block: {difference}");
        }, parsed.GetEngine(engine)));
    }
}
