using System;
using ContractVm.Cli.Abi;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Cli.Tests.Abi;

/// <summary>Encodings that the Solidity documentation spells out ("Contract ABI Specification", "Examples"), and well-known selectors.</summary>
public sealed class VectorTests
{
    [Theory]
    [InlineData("transfer(address,uint256)", "0xa9059cbb")]
    [InlineData("balanceOf(address)(uint256)", "0x70a08231")]
    [InlineData("approve(address spender, uint amount)", "0x095ea7b3")]
    [InlineData("transferFrom(address,address,uint256)(bool)", "0x23b872dd")]
    [InlineData("totalSupply()", "0x18160ddd")]
    [InlineData("Error(string)", "0x08c379a0")]
    [InlineData("Panic(uint256)", "0x4e487b71")]
    [InlineData("baz(uint32,bool)", "0xcdcd77c0")]
    [InlineData("bar(bytes3[2])", "0xfce353f6")]
    [InlineData("sam(bytes,bool,uint[])", "0xa5643bf2")]
    [InlineData("f(uint256,uint32[],bytes10,bytes)", "0x8be65246")]
    [InlineData("g(uint256[][],string[])", "0x2289b18c")]
    public void Selectors(string signature, string selector) => Assert.Equal(selector, Hex.Encode(FunctionSignature.Parse(signature).Selector));

    [Fact]
    public void TheTransferEventHasItsTopic() => Assert.Equal(
        "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
        EventSignature.Parse("Transfer(address indexed from, address indexed to, uint256 value)").Topic.ToString());

    [Theory]
    [InlineData("baz(uint32,bool)", "45 1", "69", "true")]
    [InlineData("bar(bytes3[2])", "6162630000000000000000000000000000000000000000000000000000000000 6465660000000000000000000000000000000000000000000000000000000000", "[0x616263, 0x646566]")]
    [InlineData("sam(bytes,bool,uint256[])", "60 1 a0 4 6461766500000000000000000000000000000000000000000000000000000000 3 1 2 3", "0x64617665", "true", "[1,2,3]")]
    [InlineData("f(uint256,uint32[],bytes10,bytes)",
        "123 80 3132333435363738393000000000000000000000000000000000000000000000 e0 2 456 789 d 48656c6c6f2c20776f726c642100000000000000000000000000000000000000",
        "0x123", "[0x456,0x789]", "0x31323334353637383930", "0x48656c6c6f2c20776f726c6421")]
    [InlineData("g(uint256[][],string[])",
        "40 140 2 40 a0 2 1 2 1 3 3 60 a0 e0 3 6f6e650000000000000000000000000000000000000000000000000000000000 "
        + "3 74776f0000000000000000000000000000000000000000000000000000000000 5 7468726565000000000000000000000000000000000000000000000000000000",
        "[[1, 2], [3]]", "[\"one\", \"two\", \"three\"]")]
    [InlineData("n(int8,int256)", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff80 0", "-128", "0")]
    [InlineData("t((uint8,string),bool)", "40 1 7 40 1 7800000000000000000000000000000000000000000000000000000000000000", "(7, \"x\")", "true")]
    public void Calls(string signature, string words, params string[] arguments)
    {
        FunctionSignature function = FunctionSignature.Parse(signature);
        string expected = string.Concat(Array.ConvertAll(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), word => word.PadLeft(64, '0')));
        byte[] call = function.EncodeCall(arguments);
        Assert.Equal(expected, Hex.Encode(call.AsSpan(4))[2..]);
        AbiType[] types = new AbiType[function.Inputs.Count];
        for (int i = 0; i < types.Length; i++) types[i] = function.Inputs[i].Type;
        Assert.Equal(call[4..], AbiEncoder.Encode(types, AbiDecoder.Decode(types, call[4..])));
    }

    [Fact]
    public void AConstructorIsEncodedWithoutASelector() => Assert.Equal(
        "0x" + "60".PadLeft(64, '0') + "12".PadLeft(64, '0') + "a0".PadLeft(64, '0') + "1".PadLeft(64, '0') + "54".PadRight(64, '0') + "0".PadLeft(64, '0'),
        Hex.Encode(Signatures.EncodeArguments(Signatures.ParseConstructor("constructor(string name,uint8,string)"), ["T", "18", ""], "constructor")));

    [Theory]
    [InlineData("", "reverted without a reason")]
    [InlineData("0x08c379a000000000000000000000000000000000000000000000000000000000000000200000000000000000000000000000000000000000000000000000000000000004626f6f6d00000000000000000000000000000000000000000000000000000000", "reverted: boom")]
    [InlineData("0x4e487b710000000000000000000000000000000000000000000000000000000000000011", "reverted: panic 0x11 (arithmetic overflow)")]
    [InlineData("0x4e487b7100000000000000000000000000000000000000000000000000000000000000ff", "reverted: panic 0xff (no known meaning)")]
    [InlineData("0x08c379a0", "reverted with the data 0x08c379a0")]
    [InlineData("0x12345678", "reverted with the data 0x12345678")]
    public void RevertData(string data, string reason) => Assert.Equal(reason, RevertReason.Describe(data.Length == 0 ? [] : Hex.Decode(data)));
}
