using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.Abi;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Chains;

/// <summary>Shows a committed transaction: what it asked for, what it came to, and its logs as the events that are known.</summary>
internal sealed class TransactionReport
{
    private const int LongestInput = 1024;
    private readonly EventSignature[] _events;
    private readonly bool _json;

    /// <summary>Makes a report.</summary>
    /// <exception cref="UsageException">An event's signature is wrong.</exception>
    public TransactionReport(string[] events, bool json)
    {
        _json = json;
        try
        {
            _events = events.Select(EventSignature.Parse).ToArray();
        }
        catch (AbiException exception)
        {
            throw new UsageException($"--event: {exception.Message}");
        }
    }

    /// <summary>The option that names events to decode.</summary>
    public static Option<string[]> EventOption() => new("--event")
    {
        Description = "Decode logs of this event, as in 'Transfer(address indexed from,address indexed to,uint256 value)'. May be given more than once.",
        HelpName = "SIGNATURE",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Prints a transaction.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="hash">The transaction.</param>
    /// <param name="returned">What it returned, where the types are known.</param>
    /// <exception cref="FailureException">There is no such transaction.</exception>
    public void Write(Chain chain, Hash256 hash, IReadOnlyList<AbiValue>? returned)
    {
        (ulong number, int index) = chain.FindTransaction(hash) ?? throw new FailureException($"there is no transaction {hash}");
        Transaction transaction = chain.GetBlock(number)!.Transactions[index];
        StoredReceipt receipt = chain.GetReceipts(number)![index];
        List<DecodedLog> logs = receipt.Receipt.Logs.Select(Decode).OfType<DecodedLog>().ToList();
        if (_json) JsonOutput.Write(writer => WriteJson(writer, transaction, receipt, number, index, returned, logs));
        else WriteText(transaction, receipt, number, index, returned, logs);
    }

    private void WriteJson(
        Utf8JsonWriter writer, Transaction transaction, StoredReceipt receipt, ulong number, int index, IReadOnlyList<AbiValue>? returned, List<DecodedLog> logs)
    {
        EthereumJson.WriteTransaction(writer, transaction, receipt.Sender, number, index);
        writer.WriteStartObject("receipt");
        EthereumJson.WriteReceipt(writer, receipt);
        writer.WriteEndObject();
        if (returned is not null) writer.WriteValues("values", returned);
        if (_events.Length == 0) return;
        writer.WriteStartArray("events");
        foreach (DecodedLog log in logs)
        {
            writer.WriteStartObject();
            writer.WriteString("address", log.Address.ToString());
            writer.WriteString("event", log.Event.Canonical);
            writer.WriteValues("values", log.Values);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteText(Transaction transaction, StoredReceipt receipt, ulong number, int index, IReadOnlyList<AbiValue>? returned, List<DecodedLog> logs)
    {
        List<(string, string)> facts =
        [
            ("transaction", transaction.Hash.ToString()),
            ("block", string.Create(CultureInfo.InvariantCulture, $"{number}, index {index}")),
            ("from", receipt.Sender.ToChecksumString()),
            ("to", transaction.To?.ToChecksumString() ?? "a creation"),
            ("contract", receipt.Contract?.ToChecksumString() ?? "none created"),
            ("value", $"{transaction.Value} wei"),
            ("nonce", transaction.Nonce.ToString(CultureInfo.InvariantCulture)),
            ("outcome", receipt.Outcome.ToString()),
            ("gas", string.Create(CultureInfo.InvariantCulture, $"{receipt.GasUsed} of {transaction.GasLimit}, {receipt.GasPrice} wei each")),
            ("ink", receipt.InkUsed.ToString(CultureInfo.InvariantCulture)),
            ("output", receipt.Output.Length == 0 ? "none" : Hex.Encode(receipt.Output)),
            ("input", transaction.Data.Length > LongestInput ? string.Create(CultureInfo.InvariantCulture, $"{transaction.Data.Length} bytes") : Hex.Encode(transaction.Data.Span)),
        ];
        if (receipt.Outcome == Outcome.Revert) facts.Add(("reason", RevertReason.Describe(receipt.Output)));
        if (returned is not null) facts.Add(("returned", string.Join(", ", returned.Select(AbiText.Format))));
        TextOutput.Facts([.. facts]);
        TextOutput.Table(["log of", "topics", "data"], receipt.Receipt.Logs.Select(static log => new[] { log.Address.ToString(), string.Join(" ", log.Topics), Hex.Encode(log.Data) }).ToArray());
        TextOutput.Table(["event of", "event", "values"], logs.Select(static log => new[] { log.Address.ToString(), log.Event.Name, log.ValuesText }).ToArray());
    }

    // A log that only looks like the event is shown as it is, not refused: whoever emitted it may write anything.
    private DecodedLog? Decode(LogEntry log)
    {
        foreach (EventSignature signature in _events)
        {
            try
            {
                return new DecodedLog(log.Address, signature, signature.Decode(log.Topics, log.Data));
            }
            catch (AbiException)
            {
                continue;
            }
        }

        return null;
    }

    /// <summary>A log as an event.</summary>
    private sealed record DecodedLog(Address Address, EventSignature Event, AbiValue[] Values)
    {
        public string ValuesText => string.Join(", ", Values.Select((value, i) => Event.Inputs[i].Name is string name ? $"{name} {AbiText.Format(value)}" : AbiText.Format(value)));
    }
}

/// <summary>Decoded values in JSON.</summary>
internal static class AbiJson
{
    /// <summary>An array of values.</summary>
    public static void WriteValues(this Utf8JsonWriter writer, string property, IReadOnlyList<AbiValue> values)
    {
        writer.WriteStartArray(property);
        foreach (AbiValue value in values) AbiText.WriteJson(writer, value);
        writer.WriteEndArray();
    }
}
