using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm state dump</c> and <c>cvm state diff</c>: states as text and as lines of JSON.</summary>
internal static class StateTextCommands
{
    /// <summary>Makes <c>dump</c>.</summary>
    public static Command CreateDump()
    {
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<ulong?> block = StateCommand.BlockOption();
        Option<bool> json = new("--json") { Description = "Print one JSON object for each account, one on a line." };
        TaughtCommand command = new("dump", "Print every account and storage slot, ordered by hashed key.")
        {
            Notes = ["With --json the lines hold all that the state root commits to."],
            Examples = ["cvm state dump --db /tmp/chain", "cvm state dump --block 2 --json --db /tmp/chain"],
        };
        command.Add(directory);
        command.Add(block);
        command.Add(json);
        return command.Does(parsed => ChainDirectory.Open(parsed.GetRequiredValue(directory), chain => Dump(chain, parsed.GetValue(block), parsed.GetValue(json))));
    }

    /// <summary>Makes <c>diff</c>.</summary>
    public static Command CreateDiff()
    {
        Argument<ulong> first = new("A") { Description = "A block number." };
        Argument<ulong> second = new("B") { Description = "Another one." };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<bool> json = new("--json") { Description = "Print one JSON object for each account that differs, one on a line." };
        TaughtCommand command = new("diff", "Print what differs between the states after two blocks, ordered by hashed key.")
        {
            Examples = ["cvm state diff 2 5 --db /tmp/chain", "cvm state diff 2 5 --json --db /tmp/chain"],
        };
        command.Add(first);
        command.Add(second);
        command.Add(directory);
        command.Add(json);
        return command.Does(parsed => ChainDirectory.Open(
            parsed.GetRequiredValue(directory), chain => Diff(chain, parsed.GetValue(first), parsed.GetValue(second), parsed.GetValue(json))));
    }

    /// <summary>Writes the fields of an account.</summary>
    public static void WriteAccount(Utf8JsonWriter writer, in Account account)
    {
        writer.WriteString("nonce", EthereumJson.Quantity(account.Nonce));
        writer.WriteString("balance", EthereumJson.Quantity(account.Balance));
        writer.WriteString("codeHash", account.CodeHash.ToString());
        writer.WriteString("storageRoot", account.StorageRoot.ToString());
    }

    private static string NameOf(Address? address, in Hash256 hash) => address?.ToChecksumString() ?? $"account with hash {hash}";

    private static string NameOf(Hash256? key, in Hash256 hash) => key?.ToString() ?? $"slot with hash {hash}";

    private static int Dump(Chain chain, ulong? block, bool json)
    {
        using StateReader reader = chain.Database.At(block ?? chain.Head.Number);
        foreach (DumpedAccount entry in StateDump.Accounts(reader))
        {
            Account account = entry.Account;
            if (json)
            {
                JsonOutput.Write(writer =>
                {
                    writer.WriteString("address", entry.Address?.ToString());
                    writer.WriteString("addressHash", entry.AddressHash.ToString());
                    WriteAccount(writer, account);
                    writer.WriteStartArray("slots");
                    foreach (DumpedSlot slot in StateDump.Slots(reader, entry.AddressHash))
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

            TextOutput.Line($"{NameOf(entry.Address, entry.AddressHash)}  nonce {account.Nonce}  {account.Balance} wei" + (account.HasCode ? $"  code {account.CodeHash}" : ""));
            foreach (DumpedSlot slot in StateDump.Slots(reader, entry.AddressHash)) TextOutput.Line($"    {NameOf(slot.Key, slot.KeyHash)} = {slot.Value}");
        }

        if (!json) TextOutput.Line($"state root of block {reader.Block}: {reader.StateRoot}");
        return ExitCodes.Success;
    }

    private static int Diff(Chain chain, ulong first, ulong second, bool json)
    {
        foreach (AccountDifference difference in StateDiff.Between(chain.Database, first, second))
        {
            if (json)
            {
                JsonOutput.Write(writer => WriteDifference(writer, difference));
                continue;
            }

            TextOutput.Line(NameOf(difference.Address, difference.AddressHash));
            WriteChange("nonce", difference.Before?.Nonce.ToString(CultureInfo.InvariantCulture), difference.After?.Nonce.ToString(CultureInfo.InvariantCulture));
            WriteChange("wei", difference.Before?.Balance.ToString(), difference.After?.Balance.ToString());
            WriteChange("code", difference.Before?.CodeHash.ToString(), difference.After?.CodeHash.ToString());
            foreach (SlotDifference slot in difference.Slots) WriteChange(NameOf(slot.Key, slot.KeyHash), slot.Before.ToString(), slot.After.ToString());
        }

        return ExitCodes.Success;
    }

    private static void WriteChange(string name, string? before, string? after)
    {
        if (before != after) TextOutput.Line($"    {name}: {before ?? "none"} -> {after ?? "none"}");
    }

    private static void WriteDifference(Utf8JsonWriter writer, AccountDifference difference)
    {
        writer.WriteString("address", difference.Address?.ToString());
        writer.WriteString("addressHash", difference.AddressHash.ToString());
        foreach ((string name, Account? account) in new[] { ("before", difference.Before), ("after", difference.After) })
        {
            if (account is not Account present)
            {
                writer.WriteNull(name);
                continue;
            }

            writer.WriteStartObject(name);
            WriteAccount(writer, present);
            writer.WriteEndObject();
        }

        writer.WriteStartArray("slots");
        foreach (SlotDifference slot in difference.Slots)
        {
            writer.WriteStartObject();
            writer.WriteString("key", slot.Key?.ToString());
            writer.WriteString("keyHash", slot.KeyHash.ToString());
            writer.WriteString("before", slot.Before.ToString());
            writer.WriteString("after", slot.After.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
