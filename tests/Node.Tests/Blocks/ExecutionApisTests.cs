using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Node.Tests;

/// <summary>
/// The 54 blocks of the execution-apis test chain, made by Geth across all forks from Homestead to Osaka, and what Geth answers
/// about them.
/// </summary>
public sealed class ExecutionApisTests
{
    private const string Chain = Vectors.ExecutionApis + "/chain.rlp";
    private const ulong ChainId = 3503995874084926;
    private const int London = 27;

    [SharedDataFact(Chain)]
    public void HeadersAreReadWrittenAndLinked()
    {
        Hash256 parent = Hash256.Parse(Answer("eth_getBlockByNumber/get-genesis.io").Text("hash"));
        ulong number = 0;
        foreach (RawBlock block in ReadChain())
        {
            number++;
            Assert.Equal(number, block.Header.Number);
            Assert.Equal(parent, block.Header.ParentHash);
            Assert.Equal(block.RawHeader, block.Header.Encode());
            Assert.Equal(block.Header, BlockHeader.Decode(block.RawHeader));
            parent = block.Header.Hash;
        }
        Assert.Equal(54UL, number);
        Assert.Equal(Hash256.Parse(Answer("eth_getBlockByNumber/get-latest.io").Text("hash")), parent);
    }

    [SharedDataFact(Chain)]
    public void RawHeadersAreThoseThatGethServes()
    {
        Assert.Equal(0UL, BlockHeader.Decode(Hex.Decode(Answer("debug_getRawHeader/get-genesis.io").GetString())).Number);
        byte[] third = Hex.Decode(Answer("debug_getRawHeader/get-block-n.io").GetString());
        BlockHeader header = BlockHeader.Decode(third);
        Assert.Equal(third, header.Encode());
        Assert.Equal(header, ReadChain()[(int)header.Number - 1].Header);
    }

    /// <summary>Blob and set-code transactions of the later forks are refused by type; all others give the same bytes, hash and root.</summary>
    [SharedDataFact(Chain)]
    public void TransactionsAndTheirRoots()
    {
        Dictionary<byte, int> read = [], refused = [];
        foreach (RawBlock block in ReadChain())
        {
            Assert.Equal(block.Header.TransactionsRoot, TrieRoot.OfList(block.Transactions));
            List<Transaction> transactions = [];
            foreach (byte[] encoded in block.Transactions)
            {
                byte type = encoded[0] >= 0xC0 ? (byte)0 : encoded[0];
                if (!Transaction.TryDecode(encoded, ChainId, out Transaction? transaction, out TransactionError error))
                {
                    Assert.Equal(new TransactionError(TransactionErrorKind.UnsupportedType, "type"), error);
                    refused[type] = refused.GetValueOrDefault(type) + 1;
                    continue;
                }
                Assert.Equal(type, transaction.Type);
                Assert.Equal(encoded, new Transaction(transaction.Unsigned, transaction.Signature).Encoded.ToArray());
                Assert.True(transaction.TryRecoverSender(out Address _));
                Assert.True(transaction.IntrinsicGas <= transaction.GasLimit);
                transactions.Add(transaction);
                read[type] = read.GetValueOrDefault(type) + 1;
            }
            if (transactions.Count < block.Transactions.Count) continue;
            Assert.Equal(block.Header.TransactionsRoot, Block.TransactionsRootOf(transactions));
            Assert.Equal(block.RawBody, new Block(block.Header, transactions).EncodeBody());
            Assert.Equal(transactions.Select(transaction => transaction.Hash), Block.DecodeBody(block.RawBody).Select(transaction => transaction.Hash));
        }
        Assert.Equal(new byte[] { 0, 1, 2 }, read.Keys.Order().ToArray());
        Assert.Equal(new byte[] { 3, 4 }, refused.Keys.Order().ToArray());
        Assert.True(read.Values.Sum() > 200, $"{read.Values.Sum()} transactions");
    }

    [SharedDataFact(Chain)]
    public void TransactionsAreWhatGethSaysTheyAre()
    {
        Dictionary<Hash256, Transaction> byHash = ReadChain().SelectMany(block => block.Transactions)
            .Select(encoded => Transaction.TryDecode(encoded, out Transaction? transaction, out _) ? transaction : null)
            .OfType<Transaction>().ToDictionary(transaction => transaction.Hash);
        int count = 0;
        foreach (JsonElement answer in Directory.GetFiles(Vectors.PathOf(Vectors.ExecutionApis), "*.io", SearchOption.AllDirectories)
            .Where(file => file.Contains("eth_getTransactionBy", StringComparison.Ordinal)).Select(AnswerOf))
        {
            if (answer.ValueKind != JsonValueKind.Object || !byHash.TryGetValue(Hash256.Parse(answer.Text("hash")), out Transaction? transaction)) continue;
            Assert.True(transaction.TryRecoverSender(out Address sender));
            Assert.Equal(Address.Parse(answer.Text("from")), sender);
            Assert.Equal(UInt256.Parse(answer.Text("nonce")), (UInt256)transaction.Nonce);
            Assert.Equal(UInt256.Parse(answer.Text("gas")), (UInt256)transaction.GasLimit);
            Assert.Equal(UInt256.Parse(answer.Text("value")), transaction.Value);
            Assert.Equal(Hex.Decode(answer.Text("input")), transaction.Data.ToArray());
            Assert.Equal(UInt256.Parse(answer.Text("v")), transaction.V);
            Assert.Equal(UInt256.Parse(answer.Text("r")), transaction.Signature.R);
            Assert.Equal(UInt256.Parse(answer.Text("s")), transaction.Signature.S);
            Assert.Equal(answer.GetProperty("to").GetString() is string to ? Address.Parse(to) : null, transaction.To);
            count++;
        }
        Assert.Equal(7, count);
    }

    [SharedDataFact(Chain)]
    public void BaseFeeFollowsFromTheParent()
    {
        List<RawBlock> blocks = ReadChain();
        int checkedBlocks = 0;
        for (int i = London; i < blocks.Count; i++)
        {
            Assert.Equal(blocks[i].Header.BaseFee, BaseFee.Next(blocks[i - 1].Header));
            checkedBlocks++;
        }
        Assert.Equal(27, checkedBlocks);
        Assert.Null(blocks[London - 2].Header.BaseFee);
        // EIP-1559: the first block with a base fee has the initial one.
        Assert.Equal((UInt256)1_000_000_000, blocks[London - 1].Header.BaseFee);
    }

    [SharedDataFact(Chain)]
    public void ReceiptsOfTheLastBlock()
    {
        BlockHeader header = ReadChain()[^1].Header;
        Receipt[] receipts = Answer("eth_getBlockReceipts/get-block-receipts-latest.io").EnumerateArray().Select(ReceiptOf).ToArray();
        Assert.Equal([0, 10, 0, 1], receipts.Select(receipt => receipt.Logs.Count));
        Assert.Equal(header.ReceiptsRoot, Block.ReceiptsRootOf(receipts));
        byte[] bloom = new byte[Bloom.Length];
        foreach (Receipt receipt in receipts) Bloom.Merge(bloom, Bloom.Of(receipt.Logs));
        Assert.Equal(header.LogsBloom.ToArray(), bloom);
        foreach (LogEntry log in receipts.SelectMany(receipt => receipt.Logs))
        {
            Assert.True(Bloom.MayContain(header.LogsBloom.Span, log.Address.Bytes));
            Assert.All(log.Topics, topic => Assert.True(Bloom.MayContain(header.LogsBloom.Span, topic.Bytes)));
        }
        Assert.False(Bloom.MayContain(header.LogsBloom.Span, Address.Zero.Bytes));
        foreach (Receipt receipt in receipts)
        {
            Receipt read = Receipt.Decode(receipt.Encode());
            Assert.Equal(receipt.Encode(), read.Encode());
            Assert.Equal((receipt.Type, receipt.IsSuccess, receipt.CumulativeGasUsed, receipt.Logs.Count), (read.Type, read.IsSuccess, read.CumulativeGasUsed, read.Logs.Count));
        }
    }

    /// <summary>Before Byzantium a receipt had a state root in place of the status (EIP-658): this chain never had them.</summary>
    [SharedDataFact(Chain)]
    public void ReceiptsWithoutAStatusAreRefused()
    {
        string[] receipts = Answer("debug_getRawReceipts/get-block-n.io").EnumerateArray().Select(receipt => receipt.GetString()!).ToArray();
        Assert.Equal(3, receipts.Length);
        foreach (string receipt in receipts)
        {
            RlpException fault = Assert.Throws<RlpException>(() => Receipt.Decode(Hex.Decode(receipt)));
            Assert.Equal("receipt.status", fault.Field);
        }
    }

    private static Receipt ReceiptOf(JsonElement answer) => new(
        (byte)UInt256.Parse(answer.Text("type")).LowUInt64, answer.Text("status") == "0x1",
        UInt256.Parse(answer.Text("cumulativeGasUsed")).LowUInt64,
        answer.GetProperty("logs").EnumerateArray().Select(log => new LogEntry(
            Address.Parse(log.Text("address")), log.GetProperty("topics").EnumerateArray().Select(topic => Hash256.Parse(topic.GetString())).ToArray(),
            Hex.Decode(log.Text("data")))).ToArray());

    private static JsonElement Answer(string file) => AnswerOf(Vectors.PathOf($"{Vectors.ExecutionApis}/{file}"));

    private static JsonElement AnswerOf(string path) => JsonSerializer.Deserialize<JsonElement>(
        File.ReadLines(path).First(line => line.StartsWith("<< ", StringComparison.Ordinal))[3..]) is JsonElement reply
            && reply.TryGetProperty("result", out JsonElement result) ? result : default;

    private static List<RawBlock> ReadChain()
    {
        RlpReader reader = new(File.ReadAllBytes(Vectors.PathOf(Chain)));
        List<RawBlock> blocks = [];
        while (!reader.AtEnd) blocks.Add(RawBlock.Read(ref reader));
        return blocks;
    }
}
