using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Text.Json;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary>Commands on a chain: init, accounts, deploy, send, call, block, tx, replay, state dump.</summary>
public sealed class ChainCommandTests(ChainFixture chain) : IClassFixture<ChainFixture>
{
    private const string Alice = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", Bob = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", Carol = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
    private const string BobsKey = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
    private const string Transfer = "Transfer(address indexed from,address indexed to,uint256 value)";

    [Fact]
    public void TheFirstContractOfTheFirstAccountHasItsWellKnownAddress()
    {
        Assert.Equal("0x5fbdb2315678afecb367f032d93f642f64180aa3", chain.Token);
        Assert.Equal(Alice, chain.Deployment.GetProperty("from").GetString(), ignoreCase: true);
        Assert.Equal("Success", chain.Deployment.GetProperty("receipt").GetProperty("outcome").GetString());
        Assert.Equal(JsonValueKind.Null, chain.Deployment.GetProperty("to").ValueKind);
    }

    [Fact]
    public void CallsDecodeWhatTheSignatureNames()
    {
        Assert.Equal("\"My Token\"\n", Call("name()(string)").Succeeded().Output);
        Assert.Equal("18\n", Call("decimals()(uint8)").Succeeded().Output);
        Assert.Equal($"{Alice}\n", Call("owner()(address)").Succeeded().Output);
        JsonElement json = Call("totalSupply()(uint256)", "--json").Succeeded().Json();
        Assert.Equal("1000000", json.GetProperty("values")[0].GetString());
        Assert.Equal("0x" + "f4240".PadLeft(64, '0'), json.GetProperty("output").GetString());
        Assert.True(json.GetProperty("gasUsed").GetUInt64() > 0);
        Assert.Equal("0x" + "f4240".PadLeft(64, '0') + "\n", Call("totalSupply()").Succeeded().Output);
        Assert.Equal("0x" + "f4240".PadLeft(64, '0') + "\n", Call("0x18160ddd").Succeeded().Output);
    }

    [Fact]
    public void ASentTransferIsInABlockWithItsEventAndChangesBalances()
    {
        BigInteger before = Balance(Bob);
        ulong block = Head();
        JsonElement sent = Send("transfer(address,uint256)(bool)", Bob, "5", "--event", Transfer, "--json").Succeeded().Json();
        Assert.Equal(block + 1, Head());
        Assert.True(sent.GetProperty("values")[0].GetBoolean());
        JsonElement occurred = Assert.Single(sent.GetProperty("events").EnumerateArray());
        Assert.Equal("Transfer(address,address,uint256)", occurred.GetProperty("event").GetString());
        Assert.Equal([Alice, Bob, "5"], occurred.GetProperty("values").EnumerateArray().Select(value => value.GetString()));
        Assert.Equal(before + 5, Balance(Bob));

        string hash = sent.GetProperty("hash").GetString()!;
        JsonElement read = Run("tx", hash, "--json").Succeeded().Json();
        Assert.Equal(sent.GetProperty("raw").GetString(), read.GetProperty("raw").GetString());
        string text = Run("tx", hash, "--event", Transfer).Succeeded().Output;
        Assert.Contains($"from {Alice}, to {Bob}, value 5", text, StringComparison.Ordinal);
        Assert.Contains(hash, Run("block", "latest").Succeeded().Output, StringComparison.Ordinal);

        // Without moving anything, a call gives the same answer.
        Assert.Equal("true\n", Call("transfer(address,uint256)(bool)", Bob, "5").Succeeded().Output);
        Assert.Equal(before + 5, Balance(Bob));
    }

    [Fact]
    public void ARevertIsInABlockAndItsReasonOnStderr()
    {
        ulong block = Head();
        CvmResult result = Send("transfer(address,uint256)", Bob, "5", "--from", "2", "--json").Failed(1, "reverted: ERC20: transfer amount exceeds balance");
        Assert.Equal(block + 1, Head());
        JsonElement json = result.Json();
        Assert.Equal("Revert", json.GetProperty("receipt").GetProperty("outcome").GetString());
        Assert.Contains(json.GetProperty("hash").GetString()!, result.Error, StringComparison.Ordinal);
        Assert.Contains("reason       reverted: ERC20", Run("tx", json.GetProperty("hash").GetString()!).Succeeded().Output, StringComparison.Ordinal);
        Call("transfer(address,uint256)", Bob, "5", "--from", Carol).Failed(1, "the call reverted: ERC20: transfer amount exceeds balance");
    }

    [Fact]
    public void ReturnedDataOfOtherTypesStillNamesTheTransaction()
    {
        ulong block = Head();
        CvmResult result = Send("approve(address,uint256)(address,bool)", Bob, "1", "--json").Failed(1, "succeeded, but the contract returned data that is not of the types (address,bool)");
        Assert.Equal(block + 1, Head());
        Assert.Contains(result.Json().GetProperty("hash").GetString()!, result.Error, StringComparison.Ordinal);
        Call("decimals()(bool)").Failed(1, "not of the types (bool)", "more than 1 bits");
    }

    [Fact]
    public void RunningOutOfInkIsInABlockAndTooLittleGasIsNot()
    {
        ulong block = Head();
        JsonElement json = Send("mint(address,uint256)", Bob, "1", "--gas", "32000", "--json").Failed(1, "ran out of ink: 32000 gas did not suffice").Json();
        Assert.Equal("OutOfInk", json.GetProperty("receipt").GetProperty("outcome").GetString());
        Assert.Equal(block + 1, Head());
        Send("mint(address,uint256)", Bob, "1", "--gas", "21000").Failed(1, "no block made: gas: 21000 is below the 21572");
        Assert.Equal(block + 1, Head());
        Call("totalSupply()", "--gas", "1").Failed(1, "the call ran out of ink");
    }

    [Fact]
    public void MoneyIsSentExactly()
    {
        BigInteger before = Wei(Carol);
        Run("send", Carol, "--value", "0.5ether", "--from", Bob).Succeeded();
        Run("send", Carol, "--value", "3", "--private-key", BobsKey).Succeeded();
        Assert.Equal(before + BigInteger.Parse("500000000000000003", CultureInfo.InvariantCulture), Wei(Carol));
        ulong block = Head();
        Run("send", Carol, "--value", "99999ether").Failed(1, "no block made", "gas and value can cost");
        Assert.Equal(block, Head());
    }

    [Fact]
    public void AnAccountWithoutCodeIsNotCalled()
    {
        ulong block = Head();
        Run("send", Bob, "foo()").Failed(1, $"there is no contract at {Bob}");
        Run("call", Bob, "foo()").Failed(1, $"there is no contract at {Bob}");
        Assert.Equal(block, Head());
    }

    [Fact]
    public void ARefusedModuleIsNotSentAndAFailingConstructorIs()
    {
        using TemporaryFolder folder = new();
        ulong block = Head();
        Run("deploy", folder.Write("cut.wasm", TestModules.Token()[..500])).Failed(1, "malformed module", "at byte ");
        Run("deploy", folder.Write("bare.wasm", TestModules.Functions())).Failed(1, "unsupported module");
        Assert.Equal(block, Head());
        JsonElement json = Run("deploy", TestModules.TokenPath, "--json").Failed(1, "reverted: ABI: calldata too short").Json();
        Assert.Equal(JsonValueKind.Null, json.GetProperty("receipt").GetProperty("contractAddress").ValueKind);
        Assert.Equal(block + 1, Head());
        Run("deploy", TestModules.TokenPath, "My Token", "--constructor", "(string)").Failed(1, "reverted: ABI: ");
    }

    [Fact]
    public void ATrapOnTheChainIsNamed()
    {
        string spinner = Path.Combine(Path.GetDirectoryName(TestModules.TokenPath)!, "..", "spinner", "spinner.wasm");
        string address = Run("deploy", spinner, "--json").Succeeded().Json().GetProperty("receipt").GetProperty("contractAddress").GetString()!;
        Run("call", address, "boom()").Failed(1, "the call trapped: Unreachable at byte ");
        Run("send", address, "boom()").Failed(1, "trapped: Unreachable at byte ");
        Run("call", address, "recurse()").Failed(1, "the call ran out of stack");
        Assert.Equal("0x0102\n", Run("call", address, "echo(bytes)(bytes)", "0x0102").Succeeded().Output);
        Run("call", address, "fail(address,uint256,uint256)", Bob, "1", "2").Failed(1, "reverted with the data 0x");
    }

    [Theory]
    [InlineData("'0x12' is not an address", "send", "0x12")]
    [InlineData("'0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266' is not an address", "call", "0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266", "f()")]
    [InlineData("SIGNATURE is missing", "call", Bob)]
    [InlineData("the signature 'f(' is wrong at character 3", "call", Bob, "f(")]
    [InlineData("argument 1 of f (uint8): '256' is not", "call", Bob, "f(uint8)", "256")]
    [InlineData("argument 1 of f (int8): '-129' is not", "send", Bob, "f(int8)", "-129")]
    [InlineData("f(uint8) takes 1 arguments, not 0", "send", Bob, "f(uint8)")]
    [InlineData("'0x123' is not calldata", "call", Bob, "0x123")]
    [InlineData("'1' is one argument too many", "call", Bob, "0x12", "1")]
    [InlineData("--from '3' is neither an address nor the number of an account, 0 to 2", "send", Bob, "--from", "3")]
    [InlineData("is not a development account of this chain: give its key", "send", Bob, "--from", "0x5fbdb2315678afecb367f032d93f642f64180aa3")]
    [InlineData("--private-key is not", "send", Bob, "--private-key", "0x00")]
    [InlineData("--value '1.5wei' is not an amount", "send", Bob, "--value", "1.5wei")]
    [InlineData("--gas must be a whole number", "send", Bob, "--gas", "x")]
    [InlineData("--event: the signature 'E' is wrong", "send", Bob, "--event", "E")]
    [InlineData("constructor arguments need their types", "deploy", "x.wasm", "1")]
    [InlineData("argument 1 of constructor (uint8)", "deploy", "x.wasm", "x", "--constructor", "(uint8)")]
    [InlineData("is not a transaction hash", "tx", "0x12")]
    [InlineData("'first' is no block number, no block hash, and not latest", "block", "first")]
    [InlineData("--to must be a whole number", "replay", "--to", "x")]
    public void WrongUsageIsOneLine(string message, params string[] arguments)
    {
        ulong block = Head();
        Assert.Equal("", Run(arguments).Failed(2, message).Output);
        Assert.Equal(block, Head());
    }

    [Fact]
    public void PlacesWithoutAChainAreOneLine()
    {
        using TemporaryFolder folder = new();
        string absent = Path.Combine(folder.Path, "absent");
        Cvm.Run("accounts", absent).Failed(1, "there is no such directory", $"cvm init {absent}");
        Assert.False(Directory.Exists(absent));
        Cvm.Run("call", Bob, "f()", "--db", folder.Path).Failed(1, folder.Path);
        Cvm.Run("init", chain.Directory).Failed(1, chain.Directory, "there is a chain already");
        Run("tx", "0x" + new string('1', 64)).Failed(1, "there is no transaction");
        Run("block", "999999").Failed(1, "there is no block 999999");
        Cvm.Run("call", Bob, "f()").Failed(2, "--db is missing", "CVM_DB");
    }

    [Fact]
    public void EverythingReplaysAndTheDumpHoldsTheToken()
    {
        Assert.Equal(3, Accounts().GetArrayLength());
        Assert.True(Run("replay", "--json").Succeeded().Json().GetProperty("identical").GetBoolean());
        JsonElement part = Run("replay", "--from", "2", "--to", "2", "--stored-states", "--json").Succeeded().Json();
        Assert.Equal((true, 1), (part.GetProperty("identical").GetBoolean(), part.GetProperty("blocks").GetInt32()));
        Assert.Contains(chain.Token, Run("state", "dump", "--json").Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains($"state root of block {Head()}", Run("state", "dump").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherChainIdGivesAnotherSignature()
    {
        using TemporaryFolder folder = new();
        string directory = Path.Combine(folder.Path, "other");
        Assert.Equal(7, Cvm.Run("init", directory, "--chain-id", "7", "--accounts", "2", "--json").Succeeded().Json().GetProperty("chainId").GetInt32());
        JsonElement sent = Cvm.Run("send", Bob, "--value", "1gwei", "--db", directory, "--json").Succeeded().Json();
        Assert.Equal(("0x7", "0x3b9aca00"), (sent.GetProperty("chainId").GetString(), sent.GetProperty("value").GetString()));
        Cvm.Run("send", Bob, "--from", "2", "--db", directory).Failed(2, "0 to 1");
    }

    private CvmResult Run(params string[] arguments) => Cvm.Run([.. arguments, "--db", chain.Directory]);

    private CvmResult Call(string signature, params string[] arguments) => Run(["call", chain.Token, signature, .. arguments]);

    private CvmResult Send(string signature, params string[] arguments) => Run(["send", chain.Token, signature, .. arguments]);

    private ulong Head() => ulong.Parse(Run("block", "latest", "--json").Succeeded().Json().GetProperty("number").GetString()!.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private BigInteger Balance(string who) => BigInteger.Parse(Call("balanceOf(address)(uint256)", who).Succeeded().Output, CultureInfo.InvariantCulture);

    private JsonElement Accounts() => Cvm.Run("accounts", chain.Directory, "--json").Succeeded().Json().GetProperty("accounts");

    private BigInteger Wei(string who) => BigInteger.Parse(
        Accounts().EnumerateArray().Single(account => account.GetProperty("address").GetString() == who).GetProperty("balance").GetString()!, CultureInfo.InvariantCulture);
}
