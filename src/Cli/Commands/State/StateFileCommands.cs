using System;
using System.CommandLine;
using System.IO;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm state export</c> and <c>cvm state import</c>: the state of one block as one file.</summary>
internal static class StateFileCommands
{
    /// <summary>Makes <c>export</c>.</summary>
    public static Command CreateExport()
    {
        Option<string> output = new("--out") { Description = "The file to write.", HelpName = "FILE", Required = true };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<ulong?> block = StateCommand.BlockOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("export", "Write the state of one block to one file.")
        {
            Examples = ["cvm state export --out state.cvm --db /tmp/chain", "cvm state export --out state.cvm --block 3 --db /tmp/chain"],
        };
        command.Add(output);
        command.Add(directory);
        command.Add(block);
        command.Add(json);
        return command.Does(parsed => ChainDirectory.Open(parsed.GetRequiredValue(directory), chain =>
        {
            string path = parsed.GetRequiredValue(output);
            using Stream file = OutputFile.OpenBinary(path);
            ExportSummary summary = chain.Export(parsed.GetValue(block) ?? chain.Head.Number, file);
            file.Flush();
            return Report(summary, path, parsed.GetValue(json), "written to");
        }));
    }

    /// <summary>Makes <c>import</c>.</summary>
    public static Command CreateImport()
    {
        Argument<string> input = new("FILE") { Description = "An exported state." };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<string?> hash = new("--hash") { Description = "The block hash that it must have.", HelpName = "HASH" };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("import", "Make a chain that begins with an exported state; every chunk is checked while it is read.")
        {
            Notes =
            [
                "The file may be from anyone. All of it is checked against the state root in its block header: with --hash against a block",
                "that you know. Earlier blocks are not in it, so the chain cannot be replayed from block 0.",
            ],
            Examples = ["cvm state import state.cvm --db /tmp/copy"],
        };
        command.Add(input);
        command.Add(directory);
        command.Add(hash);
        command.Add(json);
        return command.Does(parsed => Import(parsed.GetRequiredValue(input), parsed.GetRequiredValue(directory), parsed.GetValue(hash), parsed.GetValue(json)));
    }

    private static int Import(string path, string directory, string? hash, bool json)
    {
        Hash256? expected = null;
        if (hash is not null) expected = Hash256.TryParse(hash, out Hash256 parsed) ? parsed : throw new UsageException($"--hash '{hash}' is no block hash");
        try
        {
            using FileStream file = File.OpenRead(path);
            using BufferedStream buffered = new(file, 1 << 20);
            using RocksDbStore store = RocksDbStore.Open(directory);
            return Report(Chain.Import(store, buffered, expected), directory, json, "read into");
        }
        catch (ExportFileException exception)
        {
            throw new FailureException($"{path}: {exception.Message}");
        }
        catch (StoreException exception)
        {
            throw new FailureException($"{directory}: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FailureException($"{path}: {exception.Message}");
        }
    }

    private static int Report(ExportSummary summary, string place, bool json, string done)
    {
        if (!json)
        {
            TextOutput.Line($"block {summary.Head.Block.Number}, state root {summary.Head.Block.StateRoot}: {summary.Accounts} accounts, {summary.Slots} slots, {summary.Codes} codes {done} {place}");
            return ExitCodes.Success;
        }

        JsonOutput.Write(writer =>
        {
            writer.WriteNumber("block", summary.Head.Block.Number);
            writer.WriteString("hash", summary.Head.Block.Hash.ToString());
            writer.WriteString("stateRoot", summary.Head.Block.StateRoot.ToString());
            writer.WriteNumber("accounts", summary.Accounts);
            writer.WriteNumber("slots", summary.Slots);
            writer.WriteNumber("codes", summary.Codes);
        });
        return ExitCodes.Success;
    }
}
