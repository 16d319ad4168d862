using System;
using System.Text.Json;
using ContractVm.HostApi;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Node.Tests;

/// <summary>Private keys: their bytes, their text, their addresses.</summary>
public sealed class PrivateKeyTests
{
    [Fact]
    public void KeysOutsideTheGroupOrderAreRefused()
    {
        byte[] order = new byte[32], last = new byte[32];
        Signature.Order.ToBigEndian(order);
        (Signature.Order - UInt256.One).ToBigEndian(last);
        Assert.Throws<ArgumentException>(() => PrivateKey.FromBytes(new byte[32]));
        Assert.Throws<ArgumentException>(() => PrivateKey.FromBytes(new byte[31]));
        Assert.False(PrivateKey.TryParse("0x00", out _));
        Assert.False(PrivateKey.TryParse(Hex.Encode(order), out _));
        Assert.True(PrivateKey.TryParse(Hex.Encode(last), out PrivateKey? key));
        Assert.Equal(Hex.Encode(last), Hex.Encode(key.Bytes));
    }

    [Fact]
    public void TextOfAKeyIsItsAddressOnly()
    {
        byte[] one = new byte[32];
        one[^1] = 1;
        Assert.Equal("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", PrivateKey.FromBytes(one).ToString());
    }

    [SharedDataFact(Vectors.EthersAccounts)]
    public void EthersAccounts()
    {
        int count = 0;
        foreach (JsonElement account in Vectors.Read(Vectors.EthersAccounts).EnumerateArray())
        {
            Assert.True(PrivateKey.TryParse(account.Text("privateKey"), out PrivateKey? key));
            Assert.Equal(account.Text("address"), key.Address.ToChecksumString());
            count++;
        }
        Assert.Equal(259, count);
    }
}
