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

/// <summary><c>cvm accounts</c>: the accounts that a chain started with, as they are now.</summary>
internal static class AccountsCommand
{
    private sealed record Row(int Index, Address Address, UInt256 Balance, ulong Nonce, string? Key);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> directory = new("DIR") { Description = "The chain's directory." };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("accounts", "List the accounts that the chain's genesis gave money to, with what they have now.")
        {
            Notes = ["--from of cvm send and cvm deploy takes the number in the first column. Everyone knows the development accounts' keys."],
            Examples = ["cvm accounts /tmp/chain", "cvm accounts /tmp/chain --json"],
        };
        command.Add(directory);
        command.Add(json);
        return command.Does(parsed => ChainDirectory.Open(parsed.GetRequiredValue(directory), chain =>
        {
            List<Row> rows = Read(chain);
            if (parsed.GetValue(json)) WriteJson(chain, rows);
            else WriteText(rows);
            return ExitCodes.Success;
        }));
    }

    private static List<Row> Read(Chain chain)
    {
        PrivateKey?[] keys = Wallet.Accounts(chain);
        List<Row> rows = [];
        for (int i = 0; i < keys.Length; i++)
        {
            Address address = chain.Genesis.Balances[i].Address;
            // An account that spent everything may be gone: it has nothing, then.
            bool isThere = chain.State.TryGetAccount(address, out Account account);
            rows.Add(new Row(i, address, isThere ? account.Balance : UInt256.Zero, isThere ? account.Nonce : 0, keys[i] is PrivateKey key ? Hex.Encode(key.Bytes) : null));
        }

        return rows;
    }

    private static void WriteText(List<Row> rows) => TextOutput.Table(
        ["account", "address", "wei", "nonce", "private key"],
        rows.Select(static row => new[]
        {
            row.Index.ToString(CultureInfo.InvariantCulture), row.Address.ToChecksumString(), row.Balance.ToString(),
            row.Nonce.ToString(CultureInfo.InvariantCulture), row.Key ?? "not a development account",
        }).ToArray());

    private static void WriteJson(Chain chain, List<Row> rows) => JsonOutput.Write(writer =>
    {
        writer.WriteNumber("chainId", chain.ChainId);
        writer.WriteNumber("block", chain.Head.Number);
        writer.WriteStartArray("accounts");
        foreach (Row row in rows)
        {
            writer.WriteStartObject();
            writer.WriteNumber("account", row.Index);
            writer.WriteString("address", row.Address.ToChecksumString());
            writer.WriteString("balance", row.Balance.ToString());
            writer.WriteNumber("nonce", row.Nonce);
            writer.WriteString("privateKey", row.Key);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
