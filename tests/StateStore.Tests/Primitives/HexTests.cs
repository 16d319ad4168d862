using System;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class HexTests
{
    [Theory]
    [InlineData("0x", new byte[0])]
    [InlineData("0x00", new byte[] { 0 })]
    [InlineData("0xff01aB", new byte[] { 255, 1, 171 })]
    public void Decodes(string text, byte[] expected)
    {
        Assert.True(Hex.TryDecode(text, out byte[] bytes));
        Assert.Equal(expected, bytes);
        Assert.Equal(expected, Hex.Decode(text));
        Assert.Equal(text.ToLowerInvariant(), Hex.Encode(bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("00")]
    [InlineData("0X00")]
    [InlineData("0x0")]
    [InlineData("0x0g")]
    [InlineData("0x 0")]
    [InlineData("0x00 ")]
    [InlineData("0x-1")]
    [InlineData("0x\u0660\u0660")]
    public void Rejects(string text)
    {
        Assert.False(Hex.TryDecode(text, out byte[] bytes));
        Assert.Empty(bytes);
        Assert.Throws<FormatException>(() => Hex.Decode(text));
    }

    [Fact]
    public void DecodesIntoExactlyTheDestination()
    {
        byte[] two = new byte[2];
        Assert.True(Hex.TryDecode("0x0102", two));
        Assert.Equal(new byte[] { 1, 2 }, two);
        Assert.False(Hex.TryDecode("0x01", two));
        Assert.False(Hex.TryDecode("0x010203", two));
        Assert.False(Hex.TryDecode("0x010", two));
    }
}
