using System;
using System.Linq;
using System.Text.Json;
using ContractVm.TestSupport;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class AddressTests
{
    private static Gen<byte[]> Raw => Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(20);

    // The examples of EIP-55.
    [Theory]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0x8617E340B3D01FA5F11F306F4090FD50E238070D")]
    [InlineData("0xde709f2102306220921060314715629080e2fb77")]
    [InlineData("0x27b1fdb04752bbc536007a920d24acb045561c26")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [InlineData("0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")]
    [InlineData("0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb")]
    public void WritesAndReadsChecksums(string text)
    {
        Address address = Address.Parse(text);
        Assert.Equal(text, address.ToChecksumString());
        Assert.Equal(text.ToLowerInvariant(), address.ToString());
        Assert.Equal(address, Address.Parse(text.ToLowerInvariant()));
        Assert.Equal(address, Address.Parse("0x" + text[2..].ToUpperInvariant()));
    }

    [Theory]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed")] // one letter of another case
    [InlineData("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed00")]
    [InlineData("0xz27b1fdb04752bbc536007a920d24acb045561c2")]
    [InlineData("")]
    public void RejectsWrongText(string text)
    {
        Assert.False(Address.TryParse(text, out Address address));
        Assert.True(address.IsZero);
        Assert.Throws<FormatException>(() => Address.Parse(text));
    }

    [Fact]
    public void EveryWrongCaseOfAMixedAddressIsRejected()
    {
        const string Good = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        for (int i = 2; i < Good.Length; i++)
        {
            if (!char.IsAsciiLetter(Good[i])) continue;
            char[] text = Good.ToCharArray();
            text[i] = (char)(text[i] ^ 32);
            Assert.False(Address.TryParse(text, out Address _));
        }
    }

    [Fact]
    public void KeepsItsBytesAndOrder() => Property.Check(Property.Three(Raw, Raw, Gen.Choose(0, 20)), values =>
    {
        (byte[] left, byte[] right, int shared) = values;
        left.AsSpan(0, shared).CopyTo(right);
        Address a = Address.FromBytes(left);
        Address b = Address.FromBytes(right);
        Assert.Equal(left, a.Bytes.ToArray());
        Assert.Equal(left, a.ToArray());
        int order = Math.Sign(left.AsSpan().SequenceCompareTo(right));
        Assert.Equal(order, Math.Sign(a.CompareTo(b)));
        Assert.Equal(order == 0, a == b);
        Assert.Equal(order != 0, a != b);
        Assert.Equal(order < 0, a < b);
        Assert.Equal(order > 0, a > b);
        Assert.Equal(order <= 0, a <= b);
        Assert.Equal(order >= 0, a >= b);
        Assert.Equal(order == 0, a.Equals((object)b));
        if (order == 0) Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.Equal(a, Address.Parse(a.ToString()));
        Assert.Equal(a, Address.Parse(a.ToChecksumString()));
    });

    [Fact]
    public void RejectsOtherLengths()
    {
        Assert.Throws<ArgumentException>(() => Address.FromBytes(new byte[19]));
        Assert.Throws<ArgumentException>(() => Address.FromBytes(new byte[32]));
        Assert.Throws<ArgumentException>(() => Address.FromPublicKey(new byte[65]));
    }

    [SharedDataFact("vectors/ethers/testcases/accounts.json.gz")]
    public void ChecksumsOfTheEthersAccounts()
    {
        using JsonDocument cases = Vectors.GzipJson("vectors/ethers/testcases/accounts.json.gz");
        foreach (JsonElement item in cases.RootElement.EnumerateArray())
            Assert.Equal(item.Text("address"), Address.Parse(item.Text("address").ToLowerInvariant()).ToChecksumString());
        Assert.Equal(259, cases.RootElement.GetArrayLength());
    }

    [SharedDataFact("vectors/ethers/testcases/create.json.gz")]
    public void AddressesOfCreatedContracts()
    {
        using JsonDocument cases = Vectors.GzipJson("vectors/ethers/testcases/create.json.gz");
        int count = 0;
        foreach (JsonElement sender in cases.RootElement.EnumerateArray())
            foreach (JsonElement create in sender.GetProperty("creates").EnumerateArray())
            {
                ulong nonce = create.GetProperty("nonce").GetUInt64();
                Assert.Equal(create.Text("address"), Address.ForCreate(Address.Parse(sender.Text("sender")), nonce).ToChecksumString());
                count++;
            }
        Assert.True(count >= 16, $"{count} cases");
    }

    [SharedDataFact("vectors/ethers/testcases/create2.json.gz")]
    public void AddressesOfContractsCreatedWithSalt()
    {
        using JsonDocument cases = Vectors.GzipJson("vectors/ethers/testcases/create2.json.gz");
        int count = 0;
        foreach (JsonElement sender in cases.RootElement.EnumerateArray())
            foreach (JsonElement create in sender.GetProperty("creates").EnumerateArray())
            {
                Hash256 salt = Hash256.Parse(create.Text("salt"));
                Hash256 code = Hash256.Parse(create.Text("initCodeHash"));
                Assert.Equal(Keccak256.Hash(create.Bytes("initCode")), code);
                Assert.Equal(create.Text("address"), Address.ForCreate2(Address.Parse(sender.Text("sender")), salt, code).ToChecksumString());
                count++;
            }
        Assert.True(count >= 16, $"{count} cases");
    }

    [Fact]
    public void CreationHashesTheRlpOfSenderAndNonce() => Property.Check(Gen.Zip(Raw, Gen.Choose(0, 63)), values =>
    {
        Address sender = Address.FromBytes(values.Item1);
        foreach (ulong nonce in new ulong[] { 0, (1UL << values.Item2) - 1, 1UL << values.Item2, ulong.MaxValue >> values.Item2 })
        {
            using RlpWriter writer = new();
            int list = writer.BeginList();
            writer.Write(sender);
            writer.Write(nonce);
            writer.EndList(list);
            Assert.Equal(Keccak256.Hash(writer.Written).Bytes[12..].ToArray(), Address.ForCreate(sender, nonce).ToArray());
        }
    });
}
