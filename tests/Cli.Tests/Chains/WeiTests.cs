using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using Xunit;

namespace ContractVm.Cli.Tests.Chains;

/// <summary>Amounts of money are read exactly or not at all.</summary>
public sealed class WeiTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("5", "5")]
    [InlineData("0x10", "16")]
    [InlineData("5wei", "5")]
    [InlineData("1gwei", "1000000000")]
    [InlineData("0.000000001gwei", "1")]
    [InlineData("1ether", "1000000000000000000")]
    [InlineData("0.5ether", "500000000000000000")]
    [InlineData("1.000000000000000001ether", "1000000000000000001")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639935", "115792089237316195423570985008687907853269984665640564039457584007913129639935")]
    public void Amounts(string text, string wei) => Assert.Equal(wei, Wei.Parse("--value", text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1.5wei")]
    [InlineData(".5ether")]
    [InlineData("1.ether")]
    [InlineData("ether")]
    [InlineData("1 ether")]
    [InlineData("0x1ether")]
    [InlineData("1,5ether")]
    [InlineData("1e18")]
    [InlineData("1Ether")]
    [InlineData("0.0000000000000000001ether")]
    [InlineData("115792089237316195423570985008687907853269984665640564039458ether")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    public void NotAmounts(string text) => Assert.Contains(text, Assert.Throws<UsageException>(() => Wei.Parse("--value", text)).Message, System.StringComparison.Ordinal);
}
