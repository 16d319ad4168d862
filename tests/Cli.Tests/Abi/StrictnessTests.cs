using System;
using System.Linq;
using ContractVm.Cli.Abi;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Cli.Tests.Abi;

/// <summary>What signatures, arguments and data are refused, and what the message names.</summary>
public sealed class StrictnessTests
{
    [Theory]
    [InlineData("", "a name is missing")]
    [InlineData("1f()", "a name is missing")]
    [InlineData("f", "'(' is missing")]
    [InlineData("f(", "a type is missing")]
    [InlineData("f(uint256", "')' is missing")]
    [InlineData("f(uint256,)", "a type is missing")]
    [InlineData("f(uint7)", "character 3: 'uint7' is not a type")]
    [InlineData("f(uint0)", "'uint0' is not a type")]
    [InlineData("f(uint264)", "'uint264' is not a type")]
    [InlineData("f(uint008)", "'uint008' is not a type")]
    [InlineData("f(bytes33)", "'bytes33' is not a type")]
    [InlineData("f(Address)", "'Address' is not a type")]
    [InlineData("f(address)x", "'x' is too much")]
    [InlineData("f(address)(bool)(bool)", "'(bool)' is too much")]
    [InlineData("f(uint8[0])", "an array's length must be a whole number above 0")]
    [InlineData("f(uint8[-1])", "an array's length")]
    [InlineData("f(uint8[)", "an array's length")]
    [InlineData("f(uint8[65536][65536])", "more than 65536")]
    [InlineData("f(())", "a type is missing")]
    [InlineData("f(address indexed a b)", "')' is missing")]
    public void Signature(string text, string message) =>
        Assert.Contains(message, Assert.Throws<AbiException>(() => FunctionSignature.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void DeepNestingIsRefusedWithoutRecursingToItsEnd()
    {
        const int Depth = 100_000;
        string tuples = $"f({new string('(', Depth)}bool{new string(')', Depth)})";
        string arrays = $"f(bool{string.Concat(Enumerable.Repeat("[]", Depth))})";
        Assert.Contains("nested deeper", Assert.Throws<AbiException>(() => FunctionSignature.Parse(tuples)).Message, StringComparison.Ordinal);
        Assert.Contains("nested deeper", Assert.Throws<AbiException>(() => FunctionSignature.Parse(arrays)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("f(uint8)", "argument 1 of f (uint8): '256' is not a whole number from 0 to 2^8 - 1", "256")]
    [InlineData("f(uint8 decimals)", "argument 1 of f (uint8 decimals)", "-1")]
    [InlineData("f(int8)", "'128' is not a whole number from -2^7 to 2^7 - 1", "128")]
    [InlineData("f(int8)", "'-129' is not", "-129")]
    [InlineData("f(int8)", "'--1' is not", "--1")]
    [InlineData("f(uint256)", "'' is not", "")]
    [InlineData("f(uint256)", "'1e18' is not", "1e18")]
    [InlineData("f(uint256)", "is not a whole number", "115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    [InlineData("f(bool,bool)", "argument 2 of f (bool): '1' is not true or false", "true", "1")]
    [InlineData("f(address)", "is not an address", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb922")]
    [InlineData("f(address)", "with the right checksum", "0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266")]
    [InlineData("f(bytes4)", "'0x123456' is not 0x and 8 hexadecimal digits", "0x123456")]
    [InlineData("f(bytes)", "even number", "0x123")]
    [InlineData("f(bytes)", "even number", "1234")]
    [InlineData("f(uint8[])", "argument 1 of f (uint8[])[1]: '256' is not", "[1,256]")]
    [InlineData("f(uint8[])", "'[' is missing", "1")]
    [InlineData("f(uint8[])", "']' is missing", "[1")]
    [InlineData("f(uint8[])", "is too much", "[1]]")]
    [InlineData("f(uint8[])", "'' is not", "[1,]")]
    [InlineData("f(uint8[2])", "uint8[2] has 2 values, not 1", "[1]")]
    [InlineData("f((uint8,bool))", "has 2 values, not 1", "(1)")]
    [InlineData("f((uint8,bool))", "has only 2 components", "(1,true,2)")]
    [InlineData("f(string[])", "'\"' is missing", "[a]")]
    [InlineData("f(string[])", "not quoted as in JSON", "[\"\\x\"]")]
    [InlineData("f(string[])", "'\"' is missing", "[\"a\\")]
    [InlineData("f(string[])", "JSON", "[\"\\ud800\"]")]
    [InlineData("f(uint8)", "f(uint8) takes 1 arguments, not 2", "1", "2")]
    [InlineData("f(uint8)", "f(uint8) takes 1 arguments, not 0")]
    public void Arguments(string signature, string message, params string[] arguments) =>
        Assert.Contains(message, Assert.Throws<AbiException>(() => FunctionSignature.Parse(signature).EncodeCall(arguments)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("uint256", "the data ends at byte 0, inside the value at byte 0")]
    [InlineData("uint256", "the data has 64 bytes, the values end at byte 32", "1", "2")]
    [InlineData("uint8", "value 1 (uint8): the word at byte 0 has more than 8 bits", "100")]
    [InlineData("bool", "more than 1 bits", "2")]
    [InlineData("address", "more than 160 bits", "1ffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("int8", "does not fit 8 signed bits", "80")]
    [InlineData("bytes2", "the padding at byte 2 is not zero", "6162630000000000000000000000000000000000000000000000000000000000")]
    [InlineData("bytes", "the offset at byte 0 points outside", "40")]
    [InlineData("bytes", "the offset at byte 0 points outside", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("bytes", "the length at byte 32 reaches outside", "20", "1")]
    [InlineData("bytes", "the padding at byte 65 is not zero", "20", "1", "6162000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("string", "is not UTF-8", "20", "1", "ff00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("uint256[]", "the length at byte 32 reaches outside", "20", "ffffffff")]
    [InlineData("uint8[]", "value 1 (uint8[])[1]: the word", "20", "2", "1", "100")]
    [InlineData("string[2000000000]", "inside the value", "20")]
    public void Data(string type, string message, params string[] words)
    {
        AbiType[] types = [FunctionSignature.Parse($"f({type})").Inputs[0].Type];
        byte[] data = Hex.Decode("0x" + string.Concat(words.Select(word => word.PadLeft(64, '0'))));
        Assert.Contains(message, Assert.Throws<AbiException>(() => AbiDecoder.Decode(types, data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OffsetsThatCrossCostNoMoreThanTheData()
    {
        // Each array's 63 elements all point back to the same place: 63^10 values if it were believed.
        const int Levels = 10, Words = 64;
        byte[] data = new byte[Levels * Words * 32];
        data[31] = 32;
        for (int level = 0; level < Levels - 1; level++)
        {
            int at = 32 + level * Words * 32;
            data[at + 31] = Words - 1;
            for (int i = 1; i < Words; i++)
            {
                data[at + i * 32 + 30] = (Words - 1) * 32 >> 8;
                data[at + i * 32 + 31] = (Words - 1) * 32 & 255;
            }
        }

        AbiType[] types = [FunctionSignature.Parse($"f(uint256{string.Concat(Enumerable.Repeat("[]", Levels))})").Inputs[0].Type];
        Assert.Contains("lead to the same bytes again", Assert.Throws<AbiException>(() => AbiDecoder.Decode(types, data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEventIsDecodedOnlyFromItsOwnLogs()
    {
        EventSignature transfer = EventSignature.Parse("Transfer(address indexed from,address indexed to,uint256 value)");
        byte[] value = new byte[32];
        value[31] = 5;
        Hash256 one = Hash256.FromUInt256(1), two = Hash256.FromUInt256(2);
        Assert.Equal(
            "0x0000000000000000000000000000000000000001 0x0000000000000000000000000000000000000002 5",
            string.Join(' ', transfer.Decode([transfer.Topic, one, two], value).Select(AbiText.Format)));
        Assert.Contains("is not one of", Assert.Throws<AbiException>(() => transfer.Decode([one], value)).Message, StringComparison.Ordinal);
        Assert.Contains("has 3 topics, the log has 2", Assert.Throws<AbiException>(() => transfer.Decode([transfer.Topic, one], value)).Message, StringComparison.Ordinal);
        Assert.Contains("more than 3 indexed", Assert.Throws<AbiException>(() => EventSignature.Parse("E(bool indexed,bool indexed,bool indexed,bool indexed)")).Message, StringComparison.Ordinal);
    }
}
