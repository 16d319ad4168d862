using System;
using System.CommandLine;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm state verify</c>: does the database agree with itself.</summary>
internal static class StateVerifyCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string?> directory = new("DIR") { Description = "The chain's directory; --db or the variable CVM_DB where not given.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> database = new("--db") { Description = "The chain's directory.", HelpName = "DIR" };
        Option<bool> history = new("--history") { Description = "Compute the state root of every block that is kept, too." };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("verify", "Compute the state root from the accounts and slots alone, compare it with the trie and the head, read everything else, and name the first disagreement.")
        {
            Notes = ["Exit code 1 where something disagrees, is damaged, or cannot be opened."],
            Examples = ["cvm state verify /tmp/chain", "cvm state verify /tmp/chain --history --json"],
        };
        command.Add(directory);
        command.Add(database);
        command.Add(history);
        command.Add(json);
        return command.Does(parsed =>
        {
            string? named = parsed.GetValue(directory) ?? parsed.GetValue(database) ?? Environment.GetEnvironmentVariable("CVM_DB");
            if (string.IsNullOrEmpty(named)) throw new UsageException("name the chain's directory");
            return ChainDirectory.Open(named, chain => Verify(chain, named, parsed.GetValue(history), parsed.GetValue(json)));
        });
    }

    private static int Verify(Chain chain, string directory, bool history, bool json)
    {
        string? disagreement = Find(chain, history);
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteBoolean("ok", disagreement is null);
                if (disagreement is not null) writer.WriteString("disagreement", disagreement);
                writer.WriteNumber("block", chain.Head.Number);
                writer.WriteNumber("oldestState", chain.Database.Floor);
                writer.WriteString("stateRoot", chain.Head.StateRoot.ToString());
            });
            return disagreement is null ? ExitCodes.Success : ExitCodes.Failure;
        }

        if (disagreement is not null) throw new FailureException($"{directory}: {disagreement}");
        TextOutput.Line($"ok: accounts, slots and trie of block {chain.Head.Number} agree on {chain.Head.StateRoot}");
        if (history) TextOutput.Line($"ok: the state roots of blocks {chain.Database.Floor} to {chain.Head.Number} are those of their headers");
        return ExitCodes.Success;
    }

    private static string? Find(Chain chain, bool history)
    {
        using StateReader head = chain.Database.AtSnapshot();
        if (StateVerifier.FindDisagreement(head) is string disagreement) return disagreement;
        StateVerifier.ReadOtherRows(head);
        for (ulong number = history ? chain.Database.Floor : chain.Head.Number; number <= chain.Head.Number; number++)
        {
            using StateReader reader = chain.Database.At(number);
            Hash256? expected = chain.GetHeader(number)?.StateRoot;
            if (expected is null) return $"the header of block {number} is missing";
            if (reader.StateRoot != expected) return $"block {number} has the state root {reader.StateRoot} in its history, {expected} in its header";
            if (history && StateVerifier.ComputeRoot(reader) is Hash256 computed && computed != expected)
                return $"the accounts and slots of block {number} have the state root {computed}, its header has {expected}";
        }

        return null;
    }
}
