using System.CommandLine;
using System.Globalization;
using ContractVm.Cli.Abi;
using ContractVm.Cli.CommandLine;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Chains;

/// <summary>The options of a transaction, and the sending: one transaction, one block.</summary>
internal sealed class TransactionSender
{
    private const ulong PriorityFee = 1_000_000_000;
    private readonly Option<string> _directory = ChainDirectory.DatabaseOption();
    private readonly Option<string> _from = Wallet.FromOption();
    private readonly Option<string?> _key = Wallet.KeyOption();
    private readonly Option<string> _value = new("--value")
    {
        Description = "Money to send along: wei, or with a unit, as in 0.5ether.",
        HelpName = "AMOUNT",
        DefaultValueFactory = static _ => "0",
    };

    private readonly Option<ulong?> _gas = Numbers.Optional("--gas", "Gas that may be used; the block's limit unless given. What is not used is not paid.", 21_000, long.MaxValue);
    private readonly Option<string[]> _events = TransactionReport.EventOption();
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Makes the options of a command.</summary>
    public TransactionSender(Command command)
    {
        command.Add(_directory);
        command.Add(_from);
        command.Add(_key);
        command.Add(_value);
        command.Add(_gas);
        command.Add(_events);
        command.Add(_json);
    }

    /// <summary>Sends a transaction and shows what it came to.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="to">Who is called; null for a creation.</param>
    /// <param name="call">The data; what it returns is decoded where its types are known.</param>
    /// <param name="needsCode">The account called must be a contract.</param>
    /// <exception cref="FailureException">It was refused, or did not succeed; the message says whether a block was made.</exception>
    public int Send(ParseResult parsed, Address? to, Calldata call, bool needsCode)
    {
        UInt256 value = Wei.Parse("--value", parsed.GetRequiredValue(_value));
        TransactionReport report = new(parsed.GetValue(_events) ?? [], parsed.GetValue(_json));
        return ChainDirectory.Open(parsed.GetRequiredValue(_directory), chain =>
        {
            PrivateKey key = Wallet.Signer(chain, parsed.GetRequiredValue(_from), parsed.GetValue(_key));
            if (needsCode) ContractAccount.Require(chain, to!.Value);
            Transaction transaction = new UnsignedTransaction
            {
                ChainId = chain.ChainId,
                Nonce = chain.NextNonce(key.Address),
                // Twice the base fee of the block that it will be in leaves room.
                MaxFeePerGas = BaseFee.Next(chain.Head) * 2 + PriorityFee,
                MaxPriorityFeePerGas = PriorityFee,
                GasLimit = parsed.GetValue(_gas) ?? chain.Head.GasLimit,
                To = to,
                Value = value,
                Data = call.Bytes,
            }.Sign(key);
            ExecutedTransaction executed = Mine(chain, transaction);
            report.Write(chain, transaction.Hash, executed.Outcome == Outcome.Success ? call : null);
            return executed.Outcome == Outcome.Success ? ExitCodes.Success : throw new FailureException($"block {chain.Head.Number} has the transaction {transaction.Hash}, but it {Reason(executed)}");
        });
    }

    private static ExecutedTransaction Mine(Chain chain, Transaction transaction)
    {
        BlockBuilder builder = chain.StartBlock(chain.NextEnvironment());
        TransactionVerdict verdict = builder.TryAdd(transaction, out ExecutedTransaction? executed);
        if (executed is null) throw new FailureException($"the transaction was refused and no block made: {verdict.Detail}");
        chain.Commit(builder);
        return executed;
    }

    private static string Reason(ExecutedTransaction executed)
    {
        if (executed.Error is ModuleError error) return $"did not deploy: {error}";
        return OutcomeText.Describe(executed.Outcome, executed.Output, executed.Execution, executed.Transaction.GasLimit);
    }
}

/// <summary>Says how an execution on a chain ended.</summary>
internal static class OutcomeText
{
    /// <summary>A half sentence about an outcome that is not a success.</summary>
    public static string Describe(Outcome outcome, byte[] output, ExecutionResult execution, ulong gas) => outcome switch
    {
        Outcome.Revert => RevertReason.Describe(output),
        Outcome.OutOfInk => string.Create(CultureInfo.InvariantCulture, $"ran out of ink: {gas} gas did not suffice"),
        Outcome.OutOfStack => "ran out of stack",
        _ when execution.TrapOffset >= 0 => string.Create(CultureInfo.InvariantCulture, $"trapped: {execution.Trap} at byte {execution.TrapOffset}, function {execution.TrapFunction}"),
        _ when execution.Trap != TrapKind.None => $"failed: {execution.Trap}",
        _ => "failed",
    };
}

/// <summary>Accounts that must be contracts.</summary>
internal static class ContractAccount
{
    /// <summary>Demands that there is code: a call of an account without any succeeds, and does nothing.</summary>
    /// <exception cref="FailureException">There is none.</exception>
    public static void Require(Chain chain, Address address)
    {
        if (!chain.State.TryGetAccount(address, out Account account) || account.CodeHash == Keccak256.OfEmpty)
            throw new FailureException($"there is no contract at {address.ToChecksumString()}");
    }
}
