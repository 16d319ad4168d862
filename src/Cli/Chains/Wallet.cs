using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using ContractVm.Cli.CommandLine;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Chains;

/// <summary>Whose name a command acts in: a development account of the chain, or the account of a given key.</summary>
internal static class Wallet
{
    private const string From = "--from", Key = "--private-key";

    /// <summary>The option that names the sender.</summary>
    public static Option<string> FromOption() => new(From)
    {
        Description = "Who sends: a development account by its number or address (cvm accounts lists them).",
        HelpName = "ACCOUNT",
        DefaultValueFactory = static _ => "0",
    };

    /// <summary>The option that gives the sender's key.</summary>
    public static Option<string?> KeyOption() => new(Key)
    {
        Description = "The sender's private key, 0x and 64 hexadecimal digits, in place of --from. Others on this machine may see it.",
        HelpName = "KEY",
    };

    /// <summary>The development accounts that the chain's genesis gave money to, in their order; null for an account of another kind.</summary>
    public static PrivateKey?[] Accounts(Chain chain)
    {
        PrivateKey[] keys = Mnemonic.Accounts(Mnemonic.Development, chain.Genesis.Balances.Count);
        return chain.Genesis.Balances.Select(balance => keys.FirstOrDefault(key => key.Address == balance.Address)).ToArray();
    }

    /// <summary>The key to sign with.</summary>
    /// <exception cref="UsageException">The options name no key.</exception>
    public static PrivateKey Signer(Chain chain, string from, string? privateKey)
    {
        if (privateKey is not null) return PrivateKey.TryParse(privateKey, out PrivateKey? given) ? given : throw new UsageException($"{Key} is not 0x and 64 hexadecimal digits of a secp256k1 key");
        PrivateKey?[] accounts = Accounts(chain);
        if (Address.TryParse(from, out Address address))
            return accounts.FirstOrDefault(key => key?.Address == address) ?? throw new UsageException($"{From} {from} is not a development account of this chain: give its key with {Key}");
        return accounts[Index(from, accounts.Length)] ?? throw new UsageException($"{From} {from} is not a development account of this chain");
    }

    /// <summary>The address to call from, for which no key is needed.</summary>
    /// <exception cref="UsageException">The text is neither a number of an account nor an address.</exception>
    public static Address Caller(Chain chain, string from) =>
        Address.TryParse(from, out Address address) ? address : chain.Genesis.Balances[Index(from, chain.Genesis.Balances.Count)].Address;

    /// <summary>An address that a command is given.</summary>
    /// <exception cref="UsageException">It is not one.</exception>
    public static Address ParseAddress(string text) => Address.TryParse(text, out Address address)
        ? address
        : throw new UsageException($"'{text}' is not an address: 0x and 40 hexadecimal digits, with the right checksum where upper and lower case are mixed");

    private static int Index(string from, int accounts) =>
        int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < accounts
            ? index
            : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{From} '{from}' is neither an address nor the number of an account, 0 to {accounts - 1}"));
}
