using System.IO;
using System.Text.Json;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary><c>cvm fuzz</c> from the outside.</summary>
public sealed class FuzzCommandTests
{
    [Fact]
    public void TheDifferentialTargetSaysWhatItDid()
    {
        JsonElement json = Cvm.Run("fuzz", "differential", "--seconds", "2", "--seed", "5", "--json").Succeeded().Json();
        Assert.True(json.GetProperty("cases").GetInt64() > 0);
        Assert.True(json.GetProperty("calls").GetInt64() > json.GetProperty("cases").GetInt64());
        Assert.InRange(json.GetProperty("returnedShare").GetDouble(), 0.1, 1);
        Assert.True(json.GetProperty("ends").TryGetProperty("Success", out _));
        Assert.Equal(0, json.GetProperty("findings").GetArrayLength());
    }

    [Fact]
    public void OtherTargetsRunToo()
    {
        string corpus = Path.Combine(ContractVm.TestSupport.TestData.ProjectRoot, "conformance", "cases");
        JsonElement json = Cvm.Run("fuzz", "bytes", "--seconds", "1", "--corpus", corpus, "--json").Succeeded().Json();
        Assert.Equal("bytes", json.GetProperty("target").GetString());
        Assert.True(json.GetProperty("inputs").GetInt64() > 0);
    }

    [Theory]
    [InlineData(2, "--seconds", "fuzz", "differential", "--seconds", "0")]
    [InlineData(2, "is not a command", "fuzz", "nothing")]
    [InlineData(1, "no folder", "fuzz", "decoder", "--corpus", "/nowhere")]
    public void WhatIsWrongIsSaid(int exitCode, string word, params string[] arguments) => Cvm.Run(arguments).Failed(exitCode, word);
}
