using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.Node;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Cli.Tests;

public sealed class PublishTests : IDisposable
{
    private static readonly PrivateKey Key = Mnemonic.Accounts(Mnemonic.Development, 1)[0];
    private readonly string _directory = Directory.CreateTempSubdirectory("publish").FullName;

    public PublishTests() => Cvm.Run("init", _directory).Succeeded();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Signed(byte type = 2, ulong nonce = 0, ulong chainId = 31337, ulong gas = 21_000, ulong price = 2_000_000_000, string value = "1") => Hex.Encode(new UnsignedTransaction
    {
        Type = type, ChainId = chainId, Nonce = nonce, MaxFeePerGas = price, MaxPriorityFeePerGas = price, GasLimit = gas, To = Address.Parse("0x00000000000000000000000000000000000000aa"), Value = UInt256.Parse(value),
    }.Sign(Key).Encoded.Span);

    [Fact]
    public void AllThreeKindsGoIntoOneBlock()
    {
        JsonElement block = Cvm.Run("publish", Signed(0), Signed(1, nonce: 1), Signed(2, nonce: 2), "--db", _directory, "--json").Succeeded().Json();
        Assert.Equal("0x1", block.GetProperty("number").GetString());
        Assert.Equal(["0x0", "0x1", "0x2"], block.GetProperty("transactions").EnumerateArray().Select(static t => t.GetProperty("type").GetString()!));
        Assert.All(block.GetProperty("transactions").EnumerateArray(), static t => Assert.Equal("Success", t.GetProperty("receipt").GetProperty("outcome").GetString()));
    }

    [Fact]
    public void WhatIsRefusedIsNamedAndNothingIsWritten()
    {
        string good = Signed();
        void Refused(string raw, params string[] words) => Cvm.Run("publish", raw, "--db", _directory).Failed(1, words);
        Refused(Signed(nonce: 1), "nonce", "1 is ahead");
        Refused(Signed(chainId: 1), "chainId", "31337");
        Refused(Signed(gas: 20_999), "gas", "21000");
        Refused(Signed(gas: 30_000_001), "gas", "30000000");
        Refused(Signed(value: "10000000000000000000000"), "value", "10000000000000000000000");
        Refused(Signed(price: 1), "maxFeePerGas", "base fee");
        Refused(good[..^2], "transaction");
        Refused(good + "00", "transaction");
        Refused("0x", "transaction");
        Refused("0x05c0", "type");
        // s = 0: a signature that no key can make.
        Refused(Hex.Encode(WithZeroS()), "s");
        Cvm.Run("publish", "0xzz", "--db", _directory).Failed(2, "hexadecimal");
        Cvm.Run("publish", good, Signed(nonce: 5), "--db", _directory).Failed(1, "transaction 1", "nonce");
        Assert.Equal("0x0", Cvm.Run("block", "latest", "--db", _directory, "--json").Succeeded().Json().GetProperty("number").GetString());
    }

    private static byte[] WithZeroS()
    {
        Hex.TryDecode(Signed(), out byte[] bytes);
        RlpReader reader = new(bytes.AsSpan(1));
        RlpReader fields = reader.ReadList("transaction");
        using RlpWriter writer = new();
        int list = writer.BeginList();
        for (int i = 0; i < 12; i++)
        {
            ReadOnlySpan<byte> field = fields.ReadRaw("field");
            if (i < 11) writer.WriteRaw(field);
        }

        writer.Write(0UL);
        writer.EndList(list);
        return [2, .. writer.Written];
    }
}
