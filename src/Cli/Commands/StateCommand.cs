using System.CommandLine;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm state</c>: what the chain's state holds.</summary>
internal static class StateCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        TaughtCommand command = new("state", "Look at the state after the last block.") { Examples = ["cvm state dump --db /tmp/chain --json", "cvm state verify --db /tmp/chain"] };
        command.Add(CreateDump());
        command.Add(CreateVerify());
        return command;
    }

    private static Command CreateVerify()
    {
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("verify", "Compute the state root from the accounts and slots alone, compare it with the trie and the head, and name the first disagreement.")
        {
            Notes = ["Exit code 1 where they disagree."],
            Examples = ["cvm state verify --db /tmp/chain"],
        };
        command.Add(directory);
        command.Add(json);
        return command.Does(parsed => Verify(parsed.GetRequiredValue(directory), parsed.GetValue(json)));
    }

    private static int Verify(string directory, bool json) => ChainDirectory.Open(directory, chain =>
    {
        string? disagreement = StateVerifier.FindDisagreement(chain.State);
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteBoolean("ok", disagreement is null);
                if (disagreement is not null) writer.WriteString("disagreement", disagreement);
                writer.WriteNumber("block", chain.Head.Number);
                writer.WriteString("stateRoot", chain.Head.StateRoot.ToString());
            });
            return disagreement is null ? ExitCodes.Success : ExitCodes.Failure;
        }

        if (disagreement is not null) throw new FailureException($"{directory}: {disagreement}");
        TextOutput.Line($"ok: accounts, slots and trie of block {chain.Head.Number} agree on {chain.Head.StateRoot}");
        return ExitCodes.Success;
    });

    private static Command CreateDump()
    {
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<bool> json = new("--json") { Description = "Print one JSON object for each account, one on a line." };
        TaughtCommand command = new("dump", "Print every account and storage slot, ordered by hashed key.")
        {
            Notes = ["With --json the lines hold all that the state root commits to."],
            Examples = ["cvm state dump --db /tmp/chain"],
        };
        command.Add(directory);
        command.Add(json);
        return command.Does(parsed => Dump(parsed.GetRequiredValue(directory), parsed.GetValue(json)));
    }

    private static int Dump(string directory, bool json) => ChainDirectory.Open(directory, chain =>
    {
        foreach (DumpedAccount entry in StateDump.Accounts(chain.State))
        {
            Account account = entry.Account;
            if (json)
            {
                JsonOutput.Write(writer =>
                {
                    writer.WriteString("address", entry.Address?.ToString());
                    writer.WriteString("addressHash", entry.AddressHash.ToString());
                    writer.WriteString("nonce", EthereumJson.Quantity(account.Nonce));
                    writer.WriteString("balance", EthereumJson.Quantity(account.Balance));
                    writer.WriteString("codeHash", account.CodeHash.ToString());
                    writer.WriteString("storageRoot", account.StorageRoot.ToString());
                    writer.WriteStartArray("slots");
                    foreach (DumpedSlot slot in StateDump.Slots(chain.State, entry.AddressHash))
                    {
                        writer.WriteStartObject();
                        writer.WriteString("key", slot.Key?.ToString());
                        writer.WriteString("keyHash", slot.KeyHash.ToString());
                        writer.WriteString("value", slot.Value.ToString());
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                });
                continue;
            }

            TextOutput.Line($"{entry.Address?.ToChecksumString() ?? $"account with hash {entry.AddressHash}"}  nonce {account.Nonce}  {account.Balance} wei"
                + (account.HasCode ? $"  code {account.CodeHash}" : ""));
            foreach (DumpedSlot slot in StateDump.Slots(chain.State, entry.AddressHash))
                TextOutput.Line($"    {slot.Key?.ToString() ?? $"slot with hash {slot.KeyHash}"} = {slot.Value}");
        }

        if (!json) TextOutput.Line($"state root of block {chain.Head.Number}: {chain.Head.StateRoot}");
        return ExitCodes.Success;
    });
}
