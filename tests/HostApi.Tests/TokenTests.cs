using System;
using System.Text;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests;

public class TokenTests
{
    private readonly Chainlet _chain;
    private readonly Address _token;

    public TokenTests()
        : this(EngineChoice.Automatic)
    {
    }

    private protected TokenTests(EngineChoice engine)
    {
        _chain = new Chainlet(engine);
        byte[] creation = DeploymentCode.Frame(Chainlet.Contract("token"), Abi.Encode("A token with a name of more than thirty-one bytes", "TOK", 18, 1_000_000UL));
        (FrameResult result, _token) = _chain.Deploy(creation, Chainlet.Alice);
        Assert.Equal(Outcome.Success, result.Outcome);
    }

    private UInt256 Number(string signature, params object[] arguments)
    {
        FrameResult result = _chain.Call(_token, Chainlet.Carol, Abi.Call(signature, arguments), capabilities: Capabilities.View);
        Assert.Equal((Outcome.Success, 32), (result.Outcome, result.Output.Length));
        return UInt256.FromBigEndian(result.Output);
    }

    private void Does(Address from, string signature, params object[] arguments) =>
        Assert.Equal(Outcome.Success, _chain.Call(_token, from, Abi.Call(signature, arguments)).Outcome);

    private void Reverts(string reason, Address from, string signature, params object[] arguments)
    {
        FrameResult result = _chain.Call(_token, from, Abi.Call(signature, arguments));
        Assert.Equal((Outcome.Revert, reason), (result.Outcome, Abi.Reason(result.Output)));
        Assert.Empty(_chain.Logs);
    }

    [Fact]
    public void TheConstructorNamesAndMints()
    {
        byte[] name = _chain.Call(_token, Chainlet.Bob, Abi.Call("name()")).Output;
        Assert.Equal(Abi.Encode("A token with a name of more than thirty-one bytes"), name);
        Assert.Equal(Abi.Encode("TOK"), _chain.Call(_token, Chainlet.Bob, Abi.Call("symbol()")).Output);
        Assert.Equal<UInt256>(18, Number("decimals()"));
        Assert.Equal<UInt256>(1_000_000, Number("totalSupply()"));
        Assert.Equal<UInt256>(1_000_000, Number("balanceOf(address)", Chainlet.Alice));
        Assert.Equal(Chainlet.Alice, Address.FromBytes(Abi.Word(Number("owner()")).AsSpan(12)));
    }

    [Fact]
    public void TransfersMoveLogAndKeepTheSupply()
    {
        Does(Chainlet.Alice, "transfer(address,uint256)", Chainlet.Bob, 400);
        LogEntry log = Assert.Single(_chain.Logs);
        Assert.Equal(_token, log.Address);
        Assert.Equal(
            [Keccak256.Hash(Encoding.ASCII.GetBytes("Transfer(address,address,uint256)")), Hash256.FromBytes(Abi.Word(Chainlet.Alice)), Hash256.FromBytes(Abi.Word(Chainlet.Bob))],
            log.Topics);
        Assert.Equal(Abi.Word(400), log.Data);
        Does(Chainlet.Bob, "transfer(address,uint256)", Chainlet.Carol, 400);
        Assert.Equal([999_600, 0, 400, 1_000_000], new[]
        {
            (int)(ulong)Number("balanceOf(address)", Chainlet.Alice), (int)(ulong)Number("balanceOf(address)", Chainlet.Bob),
            (int)(ulong)Number("balanceOf(address)", Chainlet.Carol), (int)(ulong)Number("totalSupply()"),
        });
        Reverts("ERC20: transfer amount exceeds balance", Chainlet.Bob, "transfer(address,uint256)", Chainlet.Carol, 1);
        Reverts("ERC20: transfer to the zero address", Chainlet.Alice, "transfer(address,uint256)", Address.Zero, 1);
    }

    [Fact]
    public void AllowancesAreSpent()
    {
        Does(Chainlet.Alice, "approve(address,uint256)", Chainlet.Bob, 50);
        Does(Chainlet.Bob, "transferFrom(address,address,uint256)", Chainlet.Alice, Chainlet.Carol, 30);
        Assert.Equal<UInt256>(20, Number("allowance(address,address)", Chainlet.Alice, Chainlet.Bob));
        Reverts("ERC20: insufficient allowance", Chainlet.Bob, "transferFrom(address,address,uint256)", Chainlet.Alice, Chainlet.Carol, 21);
        Does(Chainlet.Alice, "approve(address,uint256)", Chainlet.Bob, UInt256.MaxValue);
        Does(Chainlet.Bob, "transferFrom(address,address,uint256)", Chainlet.Alice, Chainlet.Carol, 21);
        Assert.Equal<UInt256>(UInt256.MaxValue, Number("allowance(address,address)", Chainlet.Alice, Chainlet.Bob));
    }

    [Fact]
    public void OnlyTheOwnerMints()
    {
        Reverts("Ownable: caller is not the owner", Chainlet.Bob, "mint(address,uint256)", Chainlet.Bob, 1);
        Does(Chainlet.Alice, "mint(address,uint256)", Chainlet.Bob, 9);
        Reverts("ERC20: total supply overflow", Chainlet.Alice, "mint(address,uint256)", Chainlet.Bob, UInt256.MaxValue);
        Assert.Equal<UInt256>(1_000_009, Number("totalSupply()"));
        Does(Chainlet.Bob, "burn(uint256)", 9);
        Assert.Equal<UInt256>(1_000_000, Number("totalSupply()"));
    }

    [Fact]
    public void StorageLiesWhereSolidityPutsIt()
    {
        Hash256 slot = Keccak256.Hash([.. Abi.Word(Chainlet.Alice), .. Abi.Word(0)]);
        Assert.Equal(Hash256.FromBytes(Abi.Word(1_000_000)), _chain.State.GetStorage(_token, slot));
        Assert.Equal(Hash256.FromBytes(Abi.Word(1_000_000)), _chain.State.GetStorage(_token, Hash256.FromBytes(Abi.Word(2))));
    }

    [Fact]
    public void EveryInkLimitBelowTheCostUndoesEverything()
    {
        byte[] input = Abi.Call("transfer(address,uint256)", Chainlet.Bob, 5);
        Hash256 before = Root();
        ulong used = 0;
        // Steps that do not divide anything meet every kind of charge.
        for (ulong ink = 1; ; ink += 3_999_971)
        {
            FrameResult result = _chain.Call(_token, Chainlet.Alice, input, ink);
            if (result.Outcome == Outcome.Success)
            {
                used = ink - _chain.Meter.InkLeft;
                break;
            }

            Assert.Equal((Outcome.OutOfInk, 0UL, 0), (result.Outcome, _chain.Meter.InkLeft, result.Output.Length));
            Assert.Empty(_chain.Logs);
            Assert.Equal(before, Root());
        }

        Assert.InRange(used, 10_000UL * 20_000, 10_000UL * 60_000);
    }

    [Fact]
    public void AViewCallCannotWriteOrLog()
    {
        FrameResult result = _chain.Call(_token, Chainlet.Alice, Abi.Call("transfer(address,uint256)", Chainlet.Bob, 5), capabilities: Capabilities.View);
        Assert.Equal((Outcome.Failure, TrapKind.HostFault), (result.Outcome, result.Execution.Trap));
        Assert.Equal<UInt256>(1_000_000, Number("balanceOf(address)", Chainlet.Alice));
    }

    [Theory]
    [InlineData("", "ABI: calldata too short")]
    [InlineData("a9059cbb", "ABI: calldata too short")]
    [InlineData("12345678", "ABI: unknown selector")]
    public void OddCalldataReverts(string hex, string reason)
    {
        FrameResult result = _chain.Call(_token, Chainlet.Alice, Convert.FromHexString(hex));
        Assert.Equal(Outcome.Revert, result.Outcome);
        Assert.StartsWith(reason[..4], Abi.Reason(result.Output), StringComparison.Ordinal);
    }

    private Hash256 Root()
    {
        using StateCommit commit = _chain.State.ComputeCommit(0);
        return commit.StateRoot;
    }
}

/// <summary>The same in the interpreter.</summary>
public sealed class InterpretedTokenTests() : TokenTests(EngineChoice.Interpreter);
