using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Node.Tests;

/// <summary>The blocks of Ethereum's BlockchainTests (ValidBlocks, Cancun): headers field by field, hashes, roots, senders.</summary>
public sealed class ValidBlockTests
{
    [SharedDataFact(Vectors.ValidBlocks)]
    public void Blocks()
    {
        int blocks = 0, transactions = 0, withoutSender = 0;
        foreach ((string name, JsonElement test) in Vectors.ReadAll(Vectors.ValidBlocks))
        {
            Hash256 parent = CheckHeader(name, Hex.Decode(test.Text("genesisRLP")), test.GetProperty("genesisBlockHeader")).Header.Hash;
            foreach (JsonElement expected in test.GetProperty("blocks").EnumerateArray())
            {
                RawBlock block = CheckHeader(name, Hex.Decode(expected.Text("rlp")), expected.GetProperty("blockHeader"));
                Assert.Equal(parent, block.Header.ParentHash);
                Assert.Equal(BlockHeader.NoOmmers, block.OmmersHash);
                Assert.Equal(block.OmmersHash, block.Header.OmmersHash);
                transactions += CheckTransactions(block, expected.GetProperty("transactions"), ref withoutSender);
                parent = block.Header.Hash;
                blocks++;
            }
            Assert.Equal(Hash256.Parse(test.Text("lastblockhash")), parent);
        }
        Assert.Equal((32, 53, 2), (blocks, transactions, withoutSender));
    }

    /// <summary>
    /// The vectors hold no receipts, but that of a block with one transaction and no logs follows from its header: one of the two
    /// that differ in the status has the root.
    /// </summary>
    [SharedDataFact(Vectors.ValidBlocks)]
    public void ReceiptsThatFollowFromTheHeader()
    {
        int succeeded = 0, failed = 0;
        foreach ((string name, JsonElement test) in Vectors.ReadAll(Vectors.ValidBlocks))
        {
            foreach (JsonElement expected in test.GetProperty("blocks").EnumerateArray())
            {
                RawBlock block = Read(Hex.Decode(expected.Text("rlp")));
                if (block.Transactions.Count != 1 || block.Header.LogsBloom.Span.ContainsAnyExcept((byte)0)) continue;
                byte type = block.Transactions[0][0] >= 0xC0 ? (byte)0 : block.Transactions[0][0];
                bool[] statuses = new[] { true, false }.Where(status =>
                    Block.ReceiptsRootOf([new Receipt(type, status, block.Header.GasUsed, [])]) == block.Header.ReceiptsRoot).ToArray();
                Assert.True(statuses.Length == 1, name);
                if (statuses[0]) succeeded++;
                else failed++;
            }
        }
        Assert.Equal((14, 2), (succeeded, failed));
    }

    [Fact]
    public void RootsOfNothing()
    {
        Assert.Equal(TrieRoot.Empty, Block.TransactionsRootOf([]));
        Assert.Equal(TrieRoot.Empty, Block.ReceiptsRootOf([]));
        Assert.Equal(new byte[] { 0xC0 }, new Block(new BlockHeader(), []).EncodeBody());
        Assert.Empty(Block.DecodeBody([0xC0]));
    }

    private static RawBlock Read(byte[] encoded)
    {
        RlpReader reader = new(encoded);
        RawBlock block = RawBlock.Read(ref reader);
        reader.End("block");
        return block;
    }

    private static RawBlock CheckHeader(string name, byte[] encoded, JsonElement expected)
    {
        RawBlock block = Read(encoded);
        BlockHeader header = block.Header;
        Assert.Equal(block.RawHeader, header.Encode());
        Assert.True(Hash256.Parse(expected.Text("hash")) == header.Hash, name);
        Assert.Equal(Hash256.Parse(expected.Text("parentHash")), header.ParentHash);
        Assert.Equal(Hash256.Parse(expected.Text("uncleHash")), header.OmmersHash);
        Assert.Equal(Address.Parse(expected.Text("coinbase")), header.Coinbase);
        Assert.Equal(Hash256.Parse(expected.Text("stateRoot")), header.StateRoot);
        Assert.Equal(Hash256.Parse(expected.Text("transactionsTrie")), header.TransactionsRoot);
        Assert.Equal(Hash256.Parse(expected.Text("receiptTrie")), header.ReceiptsRoot);
        Assert.Equal(Hex.Decode(expected.Text("bloom")), header.LogsBloom.ToArray());
        Assert.Equal(Number(expected, "difficulty"), header.Difficulty);
        Assert.Equal(Number(expected, "number"), header.Number);
        Assert.Equal(Number(expected, "gasLimit"), header.GasLimit);
        Assert.Equal(Number(expected, "gasUsed"), header.GasUsed);
        Assert.Equal(Number(expected, "timestamp"), header.Timestamp);
        Assert.Equal(Hex.Decode(expected.Text("extraData")), header.ExtraData.ToArray());
        Assert.Equal(Hash256.Parse(expected.Text("mixHash")), header.MixHash);
        Assert.Equal(Number(expected, "nonce"), header.Nonce);
        Assert.Equal(Number(expected, "baseFeePerGas"), header.BaseFee);
        Assert.Equal(Hash256.Parse(expected.Text("withdrawalsRoot")), header.WithdrawalsRoot);
        Assert.Equal(Number(expected, "blobGasUsed").LowUInt64, header.BlobGasUsed);
        Assert.Equal(Number(expected, "excessBlobGas").LowUInt64, header.ExcessBlobGas);
        Assert.Equal(Hash256.Parse(expected.Text("parentBeaconBlockRoot")), header.ParentBeaconBlockRoot);
        Assert.Null(header.RequestsHash);
        return block;
    }

    private static int CheckTransactions(RawBlock block, JsonElement expected, ref int withoutSender)
    {
        IReadOnlyList<Transaction> transactions = Block.DecodeBody(block.RawBody);
        Assert.Equal(block.Header.TransactionsRoot, Block.TransactionsRootOf(transactions));
        Assert.Equal(block.RawBody, new Block(block.Header, transactions).EncodeBody());
        Assert.Equal(expected.GetArrayLength(), transactions.Count);
        foreach ((Transaction transaction, JsonElement fields) in transactions.Zip(expected.EnumerateArray()))
        {
            Assert.True(transaction.TryRecoverSender(out Address sender));
            // Some of the vectors leave the sender out.
            if (fields.TryGetProperty("sender", out JsonElement expectedSender)) Assert.Equal(Address.Parse(expectedSender.GetString()), sender);
            else withoutSender++;
            Assert.Equal(Number(fields, "nonce"), transaction.Nonce);
            Assert.Equal(Number(fields, "value"), transaction.Value);
            Assert.Equal(Number(fields, "gasLimit"), transaction.GasLimit);
            Assert.Equal(Hex.Decode(fields.Text("data")), transaction.Data.ToArray());
        }
        return transactions.Count;
    }

    private static UInt256 Number(JsonElement fields, string name) => UInt256.FromBigEndian(Hex.Decode(fields.Text(name)).AsSpan().TrimStart((byte)0));
}
