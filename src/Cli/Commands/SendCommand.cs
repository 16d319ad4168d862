using System.CommandLine;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm send</c>: a transaction to a contract, or money to anyone.</summary>
internal static class SendCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> address = new("ADDRESS") { Description = "The contract to call, or who gets the money." };
        Argument<string?> signature = new("SIGNATURE") { Description = "The function to call; none to send money alone.", Arity = ArgumentArity.ZeroOrOne };
        Argument<string[]> arguments = Calldata.Arguments();
        TaughtCommand command = new("send", "Send a transaction to a contract, or money to an account: one transaction, one block.")
        {
            Notes = [.. Calldata.Notes, "Exit code 1 where the transaction was refused (no block is made), or did not succeed in its block."],
            Examples =
            [
                "cvm send 0x… 'transfer(address,uint256)(bool)' 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 5 --db /tmp/chain",
                "cvm send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --value 0.5ether --from 3 --db /tmp/chain",
            ],
        };
        command.Add(address);
        command.Add(signature);
        command.Add(arguments);
        TransactionSender sender = new(command);
        return command.Does(parsed =>
        {
            Address to = Wallet.ParseAddress(parsed.GetRequiredValue(address));
            string? function = parsed.GetValue(signature);
            Calldata call = function is null ? new Calldata([], null) : Calldata.Parse(function, parsed.GetValue(arguments) ?? []);
            return sender.Send(parsed, to, _ => call, needsCode: function is not null);
        });
    }
}
