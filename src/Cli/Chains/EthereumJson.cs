using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Chains;

/// <summary>
/// Blocks, transactions and receipts with the names and forms of Ethereum's JSON-RPC (execution-apis), and their raw bytes, so that
/// any library can hash and root them again. What Ethereum does not have (outcome, ink) stands beside.
/// </summary>
internal static class EthereumJson
{
    /// <summary>The shortest hexadecimal form of a number.</summary>
    public static string Quantity(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    /// <inheritdoc cref="Quantity(ulong)"/>
    public static string Quantity(in UInt256 value) => value.ToHexString();

    /// <summary>Writes a header's fields, and its RLP as <c>raw</c>.</summary>
    public static void WriteHeader(Utf8JsonWriter writer, BlockHeader header)
    {
        writer.WriteString("number", Quantity(header.Number));
        writer.WriteString("hash", header.Hash.ToString());
        writer.WriteString("parentHash", header.ParentHash.ToString());
        writer.WriteString("sha3Uncles", header.OmmersHash.ToString());
        writer.WriteString("miner", header.Coinbase.ToString());
        writer.WriteString("stateRoot", header.StateRoot.ToString());
        writer.WriteString("transactionsRoot", header.TransactionsRoot.ToString());
        writer.WriteString("receiptsRoot", header.ReceiptsRoot.ToString());
        writer.WriteString("logsBloom", Hex.Encode(header.LogsBloom.Span));
        writer.WriteString("difficulty", Quantity(header.Difficulty));
        writer.WriteString("gasLimit", Quantity(header.GasLimit));
        writer.WriteString("gasUsed", Quantity(header.GasUsed));
        writer.WriteString("timestamp", Quantity(header.Timestamp));
        writer.WriteString("extraData", Hex.Encode(header.ExtraData.Span));
        writer.WriteString("mixHash", header.MixHash.ToString());
        writer.WriteString("nonce", "0x" + header.Nonce.ToString("x16", CultureInfo.InvariantCulture));
        if (header.BaseFee is UInt256 baseFee) writer.WriteString("baseFeePerGas", Quantity(baseFee));
        writer.WriteString("raw", Hex.Encode(header.Encode()));
    }

    /// <summary>Writes a transaction's fields, where it is, and its envelope as <c>raw</c>.</summary>
    public static void WriteTransaction(Utf8JsonWriter writer, Transaction transaction, Address sender, ulong block, int index)
    {
        writer.WriteString("hash", transaction.Hash.ToString());
        writer.WriteString("blockNumber", Quantity(block));
        writer.WriteString("transactionIndex", Quantity((ulong)index));
        writer.WriteString("type", Quantity(transaction.Type));
        if (transaction.ChainId is ulong chainId) writer.WriteString("chainId", Quantity(chainId));
        writer.WriteString("from", sender.ToString());
        writer.WriteString("to", transaction.To?.ToString());
        writer.WriteString("nonce", Quantity(transaction.Nonce));
        writer.WriteString("gas", Quantity(transaction.GasLimit));
        writer.WriteString("value", Quantity(transaction.Value));
        writer.WriteString("input", Hex.Encode(transaction.Data.Span));
        if (transaction.Type == TransactionType.DynamicFee)
        {
            writer.WriteString("maxFeePerGas", Quantity(transaction.MaxFeePerGas));
            writer.WriteString("maxPriorityFeePerGas", Quantity(transaction.MaxPriorityFeePerGas));
        }
        else
        {
            writer.WriteString("gasPrice", Quantity(transaction.GasPrice));
        }

        writer.WriteString("v", Quantity(transaction.V));
        writer.WriteString("r", Quantity(transaction.Signature.R));
        writer.WriteString("s", Quantity(transaction.Signature.S));
        writer.WriteString("raw", Hex.Encode(transaction.Encoded.Span));
    }

    /// <summary>Writes a receipt's fields, what the machine adds to them, and its envelope as <c>raw</c>.</summary>
    public static void WriteReceipt(Utf8JsonWriter writer, StoredReceipt stored)
    {
        writer.WriteString("status", stored.Receipt.IsSuccess ? "0x1" : "0x0");
        writer.WriteString("outcome", stored.Outcome.ToString());
        writer.WriteString("gasUsed", Quantity(stored.GasUsed));
        writer.WriteString("cumulativeGasUsed", Quantity(stored.Receipt.CumulativeGasUsed));
        writer.WriteString("effectiveGasPrice", Quantity(stored.GasPrice));
        writer.WriteNumber("inkUsed", stored.InkUsed);
        writer.WriteString("contractAddress", stored.Contract?.ToString());
        writer.WriteString("output", Hex.Encode(stored.Output));
        writer.WriteStartArray("logs");
        foreach (LogEntry log in stored.Receipt.Logs)
        {
            writer.WriteStartObject();
            writer.WriteString("address", log.Address.ToString());
            writer.WriteStartArray("topics");
            foreach (Hash256 topic in log.Topics) writer.WriteStringValue(topic.ToString());
            writer.WriteEndArray();
            writer.WriteString("data", Hex.Encode(log.Data));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("logsBloom", Hex.Encode(Bloom.Of(stored.Receipt.Logs)));
        writer.WriteString("raw", Hex.Encode(stored.Receipt.Encode()));
    }

    /// <summary>Writes a block: header, transactions, receipts.</summary>
    public static void WriteBlock(Utf8JsonWriter writer, Block block, IReadOnlyList<StoredReceipt> receipts)
    {
        WriteHeader(writer, block.Header);
        writer.WriteStartArray("transactions");
        for (int i = 0; i < block.Transactions.Count; i++)
        {
            writer.WriteStartObject();
            WriteTransaction(writer, block.Transactions[i], receipts[i].Sender, block.Header.Number, i);
            writer.WriteStartObject("receipt");
            WriteReceipt(writer, receipts[i]);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
