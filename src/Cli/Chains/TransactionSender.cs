using System;
using System.Collections.Generic;
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
    private readonly Option<string> _engine = SharedOptions.EngineOption();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly TracedOptions _trace;

    /// <summary>Makes the options of a command.</summary>
    public TransactionSender(Command command)
    {
        command.Add(_directory);
        command.Add(_from);
        command.Add(_key);
        command.Add(_value);
        command.Add(_gas);
        command.Add(_events);
        command.Add(_engine);
        command.Add(_json);
        _trace = new TracedOptions(command);
    }

    /// <summary>Sends a transaction and shows what it came to.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="to">Who is called; null for a creation.</param>
    /// <param name="make">Makes the data for the chain; what it returns is decoded where its types are known.</param>
    /// <param name="needsCode">The account called must be a contract.</param>
    /// <exception cref="FailureException">It was refused, or did not succeed; the message says whether a block was made.</exception>
    public int Send(ParseResult parsed, Address? to, Func<Chain, Calldata> make, bool needsCode)
    {
        UInt256 value = Wei.Parse("--value", parsed.GetRequiredValue(_value));
        TransactionReport report = new(parsed.GetValue(_events) ?? [], parsed.GetValue(_json));
        return ChainDirectory.Open(parsed.GetRequiredValue(_directory), chain =>
        {
            PrivateKey key = Wallet.Signer(chain, parsed.GetRequiredValue(_from), parsed.GetValue(_key));
            if (needsCode) ContractAccount.Require(chain, to!.Value);
            Calldata call = make(chain);
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
            ExecutedTransaction executed = _trace.Run(parsed, chain, () => Mine(chain, transaction));
            return Show(chain, executed, call, report);
        }, parsed.GetEngine(_engine));
    }

    // The block is made, whatever comes now: the transaction is shown first, and every error names it.
    private static int Show(Chain chain, ExecutedTransaction executed, Calldata call, TransactionReport report)
    {
        string? problem = executed.Outcome == Outcome.Success ? null : Reason(executed);
        IReadOnlyList<AbiValue>? returned = null;
        if (problem is null)
        {
            try
            {
                returned = call.Decode(executed.Output);
            }
            catch (FailureException exception)
            {
                problem = $"succeeded, but {exception.Message}";
            }
        }

        Hash256 hash = executed.Transaction.Hash;
        report.Write(chain, hash, returned);
        return problem is null
            ? ExitCodes.Success
            : throw new FailureException(string.Create(CultureInfo.InvariantCulture, $"block {chain.Head.Number} has the transaction {hash}: it {problem}"));
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
