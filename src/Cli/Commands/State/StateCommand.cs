using System.CommandLine;
using System.Globalization;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm state</c>: what the chain's state holds and held.</summary>
internal static class StateCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        TaughtCommand command = new("state", "Look at the state after any block that is kept, check it, and carry it to another directory.")
        {
            Examples = ["cvm state dump --db /tmp/chain --json", "cvm state verify /tmp/chain", "cvm state export --db /tmp/chain --out state.cvm"],
        };
        command.Add(CreateRoot());
        command.Add(CreateGet());
        command.Add(StateTextCommands.CreateDump());
        command.Add(StateTextCommands.CreateDiff());
        command.Add(StateVerifyCommand.Create());
        command.Add(CreatePrune());
        command.Add(StateFileCommands.CreateExport());
        command.Add(StateFileCommands.CreateImport());
        return command;
    }

    /// <summary>The option that names a block.</summary>
    public static Option<ulong?> BlockOption() => Numbers.Optional("--block", "The block after which the state is read; the last one where not given.", 0, ulong.MaxValue);

    /// <summary>A storage key: 32 bytes in hexadecimal, or a number.</summary>
    public static Hash256 ParseKey(string text)
    {
        if (Hash256.TryParse(text, out Hash256 key)) return key;
        if (UInt256.TryParse(text, out UInt256 number)) return Hash256.FromUInt256(number);
        throw new UsageException($"'{text}' is no storage key: 0x and 64 digits, or a number below 2^256");
    }

    private static Command CreateRoot()
    {
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<ulong?> block = BlockOption();
        Option<bool> recompute = new("--recompute") { Description = "Compute it from the accounts and slots alone, and compare." };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("root", "Print the state root of a block.")
        {
            Notes = ["Exit code 1 where --recompute finds another root."],
            Examples = ["cvm state root --db /tmp/chain", "cvm state root --block 3 --recompute --db /tmp/chain"],
        };
        command.Add(directory);
        command.Add(block);
        command.Add(recompute);
        command.Add(json);
        return command.Does(parsed => ChainDirectory.Open(parsed.GetRequiredValue(directory), chain =>
        {
            using StateReader reader = chain.Database.At(parsed.GetValue(block) ?? chain.Head.Number);
            Hash256 root = reader.StateRoot;
            if (parsed.GetValue(recompute) && StateVerifier.ComputeRoot(reader) is Hash256 computed && computed != root)
                throw new FailureException($"the accounts and slots of block {reader.Block} have the state root {computed}, not {root}");
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(writer =>
                {
                    writer.WriteNumber("block", reader.Block!.Value);
                    writer.WriteString("stateRoot", root.ToString());
                });
            }
            else TextOutput.Line(root.ToString());
            return ExitCodes.Success;
        }));
    }

    private static Command CreateGet()
    {
        Argument<string> address = new("ADDRESS") { Description = "The account." };
        Argument<string[]> keys = new("SLOT") { Description = "Storage keys: 0x and 64 digits, or numbers.", Arity = ArgumentArity.ZeroOrMore };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<ulong?> block = BlockOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("get", "Print an account and some of its storage slots.")
        {
            Examples = ["cvm state get 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 --db /tmp/chain", "cvm state get ADDRESS 0 1 --block 2 --json --db /tmp/chain"],
        };
        command.Add(address);
        command.Add(keys);
        command.Add(directory);
        command.Add(block);
        command.Add(json);
        return command.Does(parsed =>
        {
            Address account = Wallet.ParseAddress(parsed.GetRequiredValue(address));
            Hash256[] slots = System.Array.ConvertAll(parsed.GetValue(keys) ?? [], ParseKey);
            return ChainDirectory.Open(parsed.GetRequiredValue(directory), chain => Get(chain, account, slots, parsed.GetValue(block), parsed.GetValue(json)));
        });
    }

    private static int Get(Chain chain, Address address, Hash256[] keys, ulong? block, bool json)
    {
        using StateReader reader = chain.Database.At(block ?? chain.Head.Number);
        bool exists = reader.TryGetAccount(address, out Account account);
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteString("address", address.ToString());
                writer.WriteNumber("block", reader.Block!.Value);
                writer.WriteBoolean("exists", exists);
                StateTextCommands.WriteAccount(writer, account);
                writer.WriteStartObject("slots");
                foreach (Hash256 key in keys) writer.WriteString(key.ToString(), reader.GetStorage(address, key).ToString());
                writer.WriteEndObject();
            });
            return ExitCodes.Success;
        }

        TextOutput.Facts(
            ("account", address.ToChecksumString() + (exists ? "" : " (does not exist)")), ("block", reader.Block!.Value.ToString(CultureInfo.InvariantCulture)),
            ("nonce", account.Nonce.ToString(CultureInfo.InvariantCulture)), ("balance", $"{account.Balance} wei"),
            ("code hash", account.CodeHash.ToString()), ("storage root", account.StorageRoot.ToString()));
        foreach (Hash256 key in keys) TextOutput.Line($"    {key} = {reader.GetStorage(address, key)}");
        return ExitCodes.Success;
    }

    private static Command CreatePrune()
    {
        Option<string> keep = SharedOptions.Keep();
        keep.Required = true;
        Option<bool> always = new("--from-now-on") { Description = "Keep to that while blocks are made, too." };
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("prune", "Give up the states of old blocks. Blocks, transactions and receipts stay.")
        {
            Notes =
            [
                "What is given up cannot be had back, except by executing the blocks again. A chain keeps all states (an archive) unless",
                "cvm init --keep or --from-now-on says otherwise.",
            ],
            Examples =
            [
                "cvm state prune --keep 1000 --db /tmp/chain", "cvm state prune --keep 1000 --from-now-on --db /tmp/chain",
                "cvm state prune --keep archive --from-now-on --db /tmp/chain",
            ],
        };
        command.Add(keep);
        command.Add(always);
        command.Add(directory);
        command.Add(json);
        return command.Does(parsed =>
        {
            ulong? kept = SharedOptions.ParseKept(parsed.GetRequiredValue(keep));
            return ChainDirectory.Open(parsed.GetRequiredValue(directory), chain => Prune(chain, kept, parsed.GetValue(always), parsed.GetValue(json)));
        });
    }

    private static int Prune(Chain chain, ulong? kept, bool always, bool json)
    {
        ulong before = chain.Database.Floor;
        if (always) chain.Database.SetRetained(kept);
        if (kept is ulong number && chain.Head.Number >= number) StateHistory.RaiseFloor(chain.Database, chain.Head.Number + 1 - number);
        ulong floor = chain.Database.Floor;
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteNumber("oldestBefore", before);
                writer.WriteNumber("oldest", floor);
                writer.WriteNumber("head", chain.Head.Number);
            });
        }
        else TextOutput.Line($"the oldest state is that of block {floor}, it was that of block {before}; the last block is {chain.Head.Number}");
        return ExitCodes.Success;
    }
}
