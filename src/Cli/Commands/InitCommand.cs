using System.CommandLine;
using System.IO;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.HostApi;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm init</c>: a new chain with funded development accounts.</summary>
internal static class InitCommand
{
    private const ulong MaximumAccounts = 1000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> directory = new("DIR") { Description = "An empty or new directory." };
        Option<ulong> chainId = Numbers.Option("--chain-id", "The chain's id (EIP-155).", 1, long.MaxValue, Genesis.DevelopmentChainId);
        Option<ulong> accounts = Numbers.Option("--accounts", "Accounts of the development mnemonic to fund.", 1, MaximumAccounts, 10);
        Option<bool> console = new("--console") { Description = "Contracts may print, with Stylus' modules console and debug: for development." };
        Option<bool> wasi = new("--wasi") { Description = "Programs with WASI imports are taken (docs/HOSTAPI.md)." };
        Option<string> keep = SharedOptions.Keep();
        keep.DefaultValueFactory = _ => "archive";
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("init", "Make a chain: block 0, and development accounts with 10000 ether each.")
        {
            Notes =
            [
                "The accounts are those that Anvil and Hardhat show: mnemonic test test test test test test test test test test test junk,",
                "path m/44'/60'/0'/0/i. Their keys are known to everyone; never use them for anything of value.",
            ],
            Examples = ["cvm init /tmp/chain", "cvm init /tmp/chain --chain-id 1337 --json", "cvm init /tmp/chain --keep 128"],
        };
        command.Add(directory);
        command.Add(chainId);
        command.Add(accounts);
        command.Add(console);
        command.Add(wasi);
        command.Add(keep);
        command.Add(json);
        return command.Does(parsed =>
        {
            Profile profile = HostTable.ChainProfile(parsed.GetValue(console), parsed.GetValue(wasi));
            return Run(parsed.GetRequiredValue(directory), parsed.GetValue(chainId), (int)parsed.GetValue(accounts), profile, SharedOptions.ParseKept(parsed.GetRequiredValue(keep)), parsed.GetValue(json));
        });
    }

    private static int Run(string directory, ulong chainId, int accounts, Profile profile, ulong? kept, bool json)
    {
        directory = Path.GetFullPath(directory);
        PrivateKey[] keys = Mnemonic.Accounts(Mnemonic.Development, accounts);
        return ChainDirectory.Create(directory, Genesis.Development(chainId, accounts) with { Profile = profile }, chain =>
        {
            if (kept is not null) chain.Database.SetRetained(kept);
            if (json)
            {
                JsonOutput.Write(writer =>
                {
                    writer.WriteString("directory", directory);
                    writer.WriteNumber("chainId", chain.ChainId);
                    writer.WriteString("profile", chain.Genesis.Profile.Name);
                    writer.WriteString("genesisHash", chain.Head.Hash.ToString());
                    writer.WriteString("stateRoot", chain.Head.StateRoot.ToString());
                    writer.WriteStartArray("accounts");
                    foreach (PrivateKey key in keys)
                    {
                        writer.WriteStartObject();
                        writer.WriteString("address", key.Address.ToChecksumString());
                        writer.WriteString("privateKey", Hex.Encode(key.Bytes));
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                });
                return ExitCodes.Success;
            }

            TextOutput.Line($"chain {chain.ChainId} in {directory}, block 0 is {chain.Head.Hash}");
            List(chain, keys);
            return ExitCodes.Success;
        });
    }

    private static void List(Chain chain, PrivateKey[] keys)
    {
        string[][] rows = new string[keys.Length][];
        for (int i = 0; i < keys.Length; i++)
        {
            chain.State.TryGetAccount(keys[i].Address, out Account account);
            rows[i] = [$"{i}", keys[i].Address.ToChecksumString(), account.Balance.ToString(), Hex.Encode(keys[i].Bytes)];
        }

        TextOutput.Table(["account", "address", "wei", "private key"], rows);
    }
}
