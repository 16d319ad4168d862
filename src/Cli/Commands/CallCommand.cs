using System.Collections.Generic;
using System.CommandLine;
using ContractVm.Cli.Abi;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm call</c>: asks a contract, and changes nothing.</summary>
internal static class CallCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> address = new("ADDRESS") { Description = "The contract." };
        Argument<string> signature = new("SIGNATURE") { Description = "The function, with the types it returns." };
        Argument<string[]> arguments = Calldata.Arguments();
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<string> from = new("--from")
        {
            Description = "Who calls: an address, or the number of a development account.",
            HelpName = "ACCOUNT",
            DefaultValueFactory = static _ => "0",
        };
        Option<ulong?> gas = Numbers.Optional("--gas", "Gas that may be used; the block's limit unless given.", 0, long.MaxValue);
        Option<string> engine = SharedOptions.EngineOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("call", "Call a contract on the state after the last block; its changes are thrown away.")
        {
            Notes = [.. Calldata.Notes, "Prints each returned value on a line, or the returned bytes where the types are not given."],
            Examples =
            [
                "cvm call 0x… 'balanceOf(address)(uint256)' 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 --db /tmp/chain",
                "cvm call 0x… 'name()(string)' --db /tmp/chain --json",
            ],
        };
        command.Add(address);
        command.Add(signature);
        command.Add(arguments);
        command.Add(directory);
        command.Add(from);
        command.Add(gas);
        command.Add(engine);
        command.Add(json);
        TracedOptions trace = new(command);
        return command.Does(parsed =>
        {
            Address to = Wallet.ParseAddress(parsed.GetRequiredValue(address));
            Calldata call = Calldata.Parse(parsed.GetRequiredValue(signature), parsed.GetValue(arguments) ?? []);
            return ChainDirectory.Open(parsed.GetRequiredValue(directory), chain =>
            {
                Address caller = Wallet.Caller(chain, parsed.GetRequiredValue(from));
                ContractAccount.Require(chain, to);
                ulong gasLimit = parsed.GetValue(gas) ?? chain.Head.GasLimit;
                (FrameResult result, ulong gasUsed) = trace.Run(parsed, chain, () => (chain.Call(caller, to, UInt256.Zero, call.Bytes, gasLimit, out ulong spent), spent));
                IReadOnlyList<AbiValue>? values = result.Outcome == Outcome.Success ? call.Decode(result.Output) : null;
                if (parsed.GetValue(json)) WriteJson(result, values, gasUsed);
                else if (result.Outcome == Outcome.Success) WriteText(result.Output, values);
                return result.Outcome == Outcome.Success
                    ? ExitCodes.Success
                    : throw new FailureException($"the call {OutcomeText.Describe(result.Outcome, result.Output, result.Execution, gasLimit)}");
            }, parsed.GetEngine(engine));
        });
    }

    private static void WriteText(byte[] output, IReadOnlyList<AbiValue>? values)
    {
        if (values is null) TextOutput.Line(Hex.Encode(output));
        else foreach (AbiValue value in values) TextOutput.Line(AbiText.Format(value));
    }

    private static void WriteJson(FrameResult result, IReadOnlyList<AbiValue>? values, ulong gasUsed) => JsonOutput.Write(writer =>
    {
        writer.WriteString("outcome", result.Outcome.ToString());
        writer.WriteString("output", Hex.Encode(result.Output));
        if (values is not null) writer.WriteValues("values", values);
        writer.WriteNumber("gasUsed", gasUsed);
    });
}
