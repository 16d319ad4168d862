using System.CommandLine;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.HostApi;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm deploy</c>: a module becomes a contract.</summary>
internal static class DeployCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = SharedOptions.ModuleFile();
        Argument<string[]> arguments = Calldata.Arguments();
        Option<string?> constructor = new("--constructor") { Description = "Types of the constructor's parameters, as in '(string,uint8)'.", HelpName = "TYPES" };
        TaughtCommand command = new("deploy", "Deploy a module as a contract: one transaction, one block.")
        {
            Notes =
            [
                "The module is checked first; where it is refused nothing is sent. ARGS are written as for cvm call.",
                "The contract's address is shown as contract, with --json as receipt.contractAddress.",
                "Exit code 1 where the deployment was refused, or reverted in its block.",
            ],
            Examples =
            [
                "cvm deploy contracts/spinner/spinner.wasm --db /tmp/chain",
                "cvm deploy contracts/token/token.wasm 'My Token' MTK 18 1000000 --constructor '(string,string,uint8,uint256)' --db /tmp/chain",
            ],
        };
        command.Add(file);
        command.Add(arguments);
        command.Add(constructor);
        TransactionSender sender = new(command);
        return command.Does(parsed =>
        {
            string[] values = parsed.GetValue(arguments) ?? [];
            string? types = parsed.GetValue(constructor);
            if (types is null && values.Length > 0) throw new UsageException("constructor arguments need their types: --constructor '(string,uint8)'");
            byte[]? encoded = types is null ? null : Calldata.ParseConstructor(types, values);
            return sender.Send(parsed, null, chain =>
            {
                Module module = ModuleFile.Load(parsed.GetRequiredValue(file), chain.Genesis.Profile);
                return new Calldata(encoded is null ? module.Bytes.ToArray() : DeploymentCode.Frame(module.Bytes.Span, encoded), null);
            }, needsCode: false);
        });
    }
}
