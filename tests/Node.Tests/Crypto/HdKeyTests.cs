using System;
using System.Linq;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Node.Tests;

public sealed class HdKeyTests
{
    /// <summary>The accounts that Anvil and Hardhat give money to, as both print them.</summary>
    [Fact]
    public void DevelopmentAccountsAreThoseOfAnvilAndHardhat()
    {
        PrivateKey[] accounts = Mnemonic.Accounts(Mnemonic.Development, 10);
        Assert.Equal(
        [
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
            "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65", "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
            "0x976EA74026E726554dB657fA54763abd0C3a0aa9", "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
            "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f", "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
        ], accounts.Select(account => account.Address.ToChecksumString()));
        Assert.Equal("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", Hex.Encode(accounts[0].Bytes));
        Assert.Equal("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d", Hex.Encode(accounts[1].Bytes));
    }

    /// <summary>The first of BIP-39's test vectors.</summary>
    [Fact]
    public void SeedOfASentence()
    {
        const string Sentence = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        Assert.Equal(
            "0xc55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
            Hex.Encode(Mnemonic.ToSeed(Sentence, "TREZOR")));
        Assert.Throws<ArgumentException>(() => Mnemonic.ToSeed("caf\u00e9"));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mnemonic.Accounts(Sentence, -1));
    }

    /// <summary>BIP-32's test vector 1: hardened and plain children, and the largest index.</summary>
    [Theory]
    [InlineData("m", "e8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35", "873dff81c02f525623fd1fe5167eac3a55a049de3d314bb42ee227ffed37d508")]
    [InlineData("m/0'", "edb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea", "47fdacbd0f1097043b78c63c20c34ef4ed9a111d980047ad16282c7ae6236141")]
    [InlineData("m/0'/1", "3c6cb8d0f6a264c91ea8b5030fadaa8e538b020f0a387421a12de9319dc93368", "2a7857631386ba23dacac34180dd1983734e444fdbf774041578e9b6adb37c19")]
    [InlineData("m/0'/1/2'/2/1000000000", "471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8", "c783e67b921d2beb8f6b389cc646d7263b4145701dadd2161548a8b078e65e9e")]
    public void ChildrenOfASeed(string path, string key, string chainCode)
    {
        HdKey child = HdKey.FromSeed(Convert.FromHexString("000102030405060708090a0b0c0d0e0f")).DerivePath(path);
        Assert.Equal("0x" + key, Hex.Encode(child.PrivateKey.Bytes));
        Assert.Equal("0x" + chainCode, Hex.Encode(child.ChainCode));
    }

    [Theory]
    [InlineData("")]
    [InlineData("44'/60'")]
    [InlineData("m/")]
    [InlineData("m/x")]
    [InlineData("m/-1")]
    [InlineData("m/+1")]
    [InlineData("m/ 1")]
    [InlineData("m/1''")]
    [InlineData("m/2147483648")]
    [InlineData("m/4294967296")]
    public void TextThatIsNoPathIsRefused(string path)
    {
        HdKey key = HdKey.FromSeed(new byte[16]);
        Assert.Throws<FormatException>(() => key.DerivePath(path));
    }

    [Fact]
    public void SeedsHaveSixteenToSixtyFourBytes()
    {
        Assert.Throws<ArgumentException>(() => HdKey.FromSeed(new byte[15]));
        Assert.Throws<ArgumentException>(() => HdKey.FromSeed(new byte[65]));
    }
}
