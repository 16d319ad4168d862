using System;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class Hash256Tests
{
    // few distinct bytes, so that common prefixes and equal values occur
    private static Gen<byte[]> Raw => Gen.Elements<byte>(0, 1, 127, 128, 255).ArrayOf(32);

    [Fact]
    public void KeepsItsBytes() => Property.Check(Raw, bytes =>
    {
        Hash256 hash = Hash256.FromBytes(bytes);
        Assert.Equal(bytes, hash.Bytes.ToArray());
        Assert.Equal(bytes, hash.ToArray());
        byte[] copy = new byte[34];
        hash.CopyTo(copy.AsSpan(1));
        Assert.Equal(bytes, copy[1..33]);
        Assert.Equal(hash, Hash256.Parse(hash.ToString()));
        Assert.Equal("0x" + Convert.ToHexString(bytes).ToLowerInvariant(), hash.ToString());
        Assert.Equal(hash, Hash256.FromUInt256(hash.ToUInt256()));
        Assert.Equal(bytes.All(b => b == 0), hash.IsZero);
    });

    [Fact]
    public void OrdersByBytes() => Property.Check(Gen.Zip(Raw, Raw), pair =>
    {
        // one shared half, so that the difference often comes late
        pair.Item1.AsSpan(0, 16).CopyTo(pair.Item2);
        Hash256 left = Hash256.FromBytes(pair.Item1);
        Hash256 right = Hash256.FromBytes(pair.Item2);
        int order = Math.Sign(pair.Item1.AsSpan().SequenceCompareTo(pair.Item2));
        Assert.Equal(order, Math.Sign(left.CompareTo(right)));
        Assert.Equal(order == 0, left == right);
        Assert.Equal(order != 0, left != right);
        Assert.Equal(order < 0, left < right);
        Assert.Equal(order > 0, left > right);
        Assert.Equal(order <= 0, left <= right);
        Assert.Equal(order >= 0, left >= right);
        if (order == 0) Assert.Equal(left.GetHashCode(), right.GetHashCode());
        Assert.Equal(order == 0, left.Equals((object)right));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void RejectsOtherLengths(int length)
    {
        Assert.Throws<ArgumentException>(() => Hash256.FromBytes(new byte[length]));
        string text = "0x" + new string('0', 2 * length);
        Assert.False(Hash256.TryParse(text, out Hash256 _));
        Assert.Throws<FormatException>(() => Hash256.Parse(text));
    }

    [Fact]
    public void NeverEqualsAnotherType() => Assert.False(Hash256.Zero.Equals(new object()));
}
