using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Node.Tests;

/// <summary>
/// Transactions that ethers.js has signed, in every format: built and signed here they give the same bytes, and those bytes decode to the
/// same fields.
/// </summary>
public sealed class EthersTransactionTests
{
    // Half of the cases leave the chain id out: they have neither an EIP-155 nor a blob form.
    private const int CasesWithChainId = 1664;

    [SharedDataFact(Vectors.EthersTransactions)]
    public void Legacy() => CheckAll("Legacy", TransactionType.Legacy, replayProtected: false, 3200);

    [SharedDataFact(Vectors.EthersTransactions)]
    public void ReplayProtected() => CheckAll("Eip155", TransactionType.Legacy, replayProtected: true, CasesWithChainId);

    [SharedDataFact(Vectors.EthersTransactions)]
    public void AccessList() => CheckAll("Berlin", TransactionType.AccessList, replayProtected: true, 3200);

    [SharedDataFact(Vectors.EthersTransactions)]
    public void DynamicFee() => CheckAll("London", TransactionType.DynamicFee, replayProtected: true, 3200);

    [SharedDataFact(Vectors.EthersTransactions)]
    public void BlobTransactionsAreRefused()
    {
        int count = 0;
        foreach (JsonElement test in Vectors.Read(Vectors.EthersTransactions).EnumerateArray())
        {
            string encoded = test.Text("signedCancun");
            if (encoded.Length == 0) continue;
            Assert.False(Transaction.TryDecode(Hex.Decode(encoded), out Transaction? transaction, out TransactionError error));
            Assert.Null(transaction);
            Assert.Equal(new TransactionError(TransactionErrorKind.UnsupportedType, "type"), error);
            count++;
        }
        Assert.Equal(CasesWithChainId, count);
    }

    private static void CheckAll(string format, byte type, bool replayProtected, int cases)
    {
        int count = 0;
        foreach (JsonElement test in Vectors.Read(Vectors.EthersTransactions).EnumerateArray())
        {
            string name = test.Text("name");
            string expected = test.Text("signed" + format);
            if (expected.Length == 0) continue;
            UnsignedTransaction unsigned = Build(test.GetProperty("transaction"), type, replayProtected);
            Assert.True(PrivateKey.TryParse(test.Text("privateKey"), out PrivateKey? key));
            Assert.True(test.Text("unsigned" + format) == Hex.Encode(unsigned.EncodeForSigning()), name);

            Transaction signed = unsigned.Sign(key);
            Assert.True(expected == Hex.Encode(signed.Encoded.Span), name);

            Assert.True(Transaction.TryDecode(Hex.Decode(expected), out Transaction? decoded, out TransactionError error), $"{name}: {error}");
            Assert.True(decoded.TryRecoverSender(out Address sender));
            Assert.Equal(key.Address, sender);
            Assert.Equal(signed.Hash, decoded.Hash);
            Assert.Equal(signed.Signature, decoded.Signature);
            AssertSame(unsigned, decoded);
            count++;
        }
        Assert.Equal(cases, count);
    }

    private static UnsignedTransaction Build(JsonElement fields, byte type, bool replayProtected)
    {
        bool dynamicFee = type == TransactionType.DynamicFee;
        UInt256 maximumFee = Number(fields, dynamicFee ? "maxFeePerGas" : "gasPrice");
        return new UnsignedTransaction
        {
            Type = type,
            ChainId = replayProtected ? (ulong)Number(fields, "chainId") : null,
            Nonce = (ulong)Number(fields, "nonce"),
            MaxFeePerGas = maximumFee,
            MaxPriorityFeePerGas = dynamicFee ? Number(fields, "maxPriorityFeePerGas") : maximumFee,
            GasLimit = (ulong)Number(fields, "gasLimit"),
            To = fields.TryGetProperty("to", out JsonElement to) && to.GetString() is string address ? Address.Parse(address) : null,
            Value = Number(fields, "value"),
            Data = fields.TryGetProperty("data", out JsonElement data) ? Hex.Decode(data.GetString()) : default,
            AccessList = type == TransactionType.Legacy ? [] : AccessListOf(fields),
        };
    }

    private static AccessListEntry[] AccessListOf(JsonElement fields) =>
        !fields.TryGetProperty("accessList", out JsonElement list) ? [] : list.EnumerateArray().Select(entry => new AccessListEntry(
            Address.Parse(entry.Text("address")),
            entry.GetProperty("storageKeys").EnumerateArray().Select(key => Hash256.Parse(key.GetString())).ToArray())).ToArray();

    private static UInt256 Number(JsonElement fields, string name)
    {
        if (!fields.TryGetProperty(name, out JsonElement value)) return UInt256.Zero;
        return value.ValueKind == JsonValueKind.Number ? value.GetUInt64() : UInt256.Parse(value.GetString());
    }

    private static void AssertSame(UnsignedTransaction expected, Transaction actual)
    {
        Assert.Equal(expected.Type, actual.Type);
        Assert.Equal(expected.ChainId, actual.ChainId);
        Assert.Equal(expected.Nonce, actual.Nonce);
        Assert.Equal(expected.GasPrice, actual.GasPrice);
        Assert.Equal(expected.MaxFeePerGas, actual.MaxFeePerGas);
        Assert.Equal(expected.MaxPriorityFeePerGas, actual.MaxPriorityFeePerGas);
        Assert.Equal(expected.GasLimit, actual.GasLimit);
        Assert.Equal(expected.To, actual.To);
        Assert.Equal(expected.Value, actual.Value);
        Assert.Equal(expected.Data.ToArray(), actual.Data.ToArray());
        Assert.Equal(expected.AccessList.Select(entry => entry.Address), actual.AccessList.Select(entry => entry.Address));
        Assert.Equal(expected.AccessList.SelectMany(entry => entry.Keys), actual.AccessList.SelectMany(entry => entry.Keys));
    }
}
