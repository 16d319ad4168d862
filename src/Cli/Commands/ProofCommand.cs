using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm proof</c>: the Merkle proof of an account and of some of its slots (EIP-1186).</summary>
internal static class ProofCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> address = new("ADDRESS") { Description = "The account." };
        Argument<string[]> keys = new("SLOT") { Description = "Storage keys: 0x and 64 digits, or numbers.", Arity = ArgumentArity.ZeroOrMore };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<ulong?> block = StateCommand.BlockOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("proof", "Prove what an account and its slots are in a block, or that they are not there.")
        {
            Notes = ["With --json in the form of eth_getProof, with the block and its state root beside it. The proof is checked before it is printed."],
            Examples = ["cvm proof 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 --db /tmp/chain --json", "cvm proof ADDRESS 0 1 --block 3 --db /tmp/chain"],
        };
        command.Add(address);
        command.Add(keys);
        command.Add(directory);
        command.Add(block);
        command.Add(json);
        return command.Does(parsed =>
        {
            Address account = Wallet.ParseAddress(parsed.GetRequiredValue(address));
            Hash256[] slots = Array.ConvertAll(parsed.GetValue(keys) ?? [], StateCommand.ParseKey);
            return ChainDirectory.Open(parsed.GetRequiredValue(directory), chain => Prove(chain, account, slots, parsed.GetValue(block), parsed.GetValue(json)));
        });
    }

    private static int Prove(Chain chain, Address address, Hash256[] keys, ulong? block, bool json)
    {
        using StateReader reader = chain.Database.At(block ?? chain.Head.Number);
        AccountProof proof = AccountProof.Create(reader, address, keys);
        if (proof.FindFault(reader.StateRoot) is ProofFault fault)
            throw new FailureException($"the trie of block {reader.Block} does not prove what the accounts say: {fault.Message}; see cvm state verify");
        if (json) JsonOutput.Write(writer => Write(writer, proof, reader));
        else
        {
            TextOutput.Facts(
                ("block", reader.Block!.Value.ToString(CultureInfo.InvariantCulture)), ("state root", reader.StateRoot.ToString()), ("account", address.ToChecksumString()),
                ("nonce", proof.Account.Nonce.ToString(CultureInfo.InvariantCulture)), ("balance", $"{proof.Account.Balance} wei"),
                ("code hash", proof.Account.CodeHash.ToString()), ("storage root", proof.Account.StorageRoot.ToString()));
            WriteNodes(proof.Nodes);
            foreach (StorageProof slot in proof.Storage)
            {
                TextOutput.Line($"slot {slot.Key} = {slot.Value.ToHexString()}");
                WriteNodes(slot.Nodes);
            }
        }

        return ExitCodes.Success;
    }

    private static void WriteNodes(IReadOnlyList<byte[]> nodes)
    {
        foreach (byte[] node in nodes) TextOutput.Line($"    {Hex.Encode(node)}");
    }

    private static void Write(Utf8JsonWriter writer, AccountProof proof, StateReader reader)
    {
        writer.WriteString("address", proof.Address.ToString());
        WriteNodes(writer, "accountProof", proof.Nodes);
        writer.WriteString("balance", EthereumJson.Quantity(proof.Account.Balance));
        writer.WriteString("codeHash", proof.Account.CodeHash.ToString());
        writer.WriteString("nonce", EthereumJson.Quantity(proof.Account.Nonce));
        writer.WriteString("storageHash", proof.Account.StorageRoot.ToString());
        writer.WriteStartArray("storageProof");
        foreach (StorageProof slot in proof.Storage)
        {
            writer.WriteStartObject();
            writer.WriteString("key", slot.Key.ToString());
            writer.WriteString("value", EthereumJson.Quantity(slot.Value));
            WriteNodes(writer, "proof", slot.Nodes);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("blockNumber", EthereumJson.Quantity(reader.Block!.Value));
        writer.WriteString("stateRoot", reader.StateRoot.ToString());
    }

    private static void WriteNodes(Utf8JsonWriter writer, string name, IReadOnlyList<byte[]> nodes)
    {
        writer.WriteStartArray(name);
        foreach (byte[] node in nodes) writer.WriteStringValue(Hex.Encode(node));
        writer.WriteEndArray();
    }
}
