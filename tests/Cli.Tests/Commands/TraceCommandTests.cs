using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary>Traces: what they hold, and that they change nothing.</summary>
public sealed class TraceCommandTests
{
    [Theory]
    [InlineData("compiled")]
    [InlineData("interpreter")]
    public void ATraceHasEachFrameAndHostCallAndChangesNothing(string engine)
    {
        using TemporaryFolder folder = new();
        string chain = Path.Combine(folder.Path, "chain"), file = Path.Combine(folder.Path, "trace.jsonl"), plain = Path.Combine(folder.Path, "plain");
        Cvm.Run("init", chain).Succeeded();
        Cvm.Run("init", plain).Succeeded();
        string spinner = Path.Combine(TestData.ProjectRoot, "contracts", "spinner", "spinner.wasm");
        string[] roots = new string[2];
        string hash = "";
        foreach ((int i, string db) in new[] { (0, plain), (1, chain) })
        {
            string contract = Cvm.Run("deploy", spinner, "--db", db, "--json").Succeeded().Json().GetProperty("receipt").GetProperty("contractAddress").GetString()!;
            string[] send = ["send", contract, "env()", "--db", db, "--engine", engine, "--json"];
            JsonElement sent = Cvm.Run(i == 0 ? send : [.. send, "--trace-json", file, "--trace-state"]).Succeeded().Json();
            roots[i] = Cvm.Run("block", "2", "--db", db, "--json").Succeeded().Output;
            hash = sent.GetProperty("hash").GetString()!;
        }

        Assert.Equal(roots[0], roots[1]);
        JsonElement[] lines = File.ReadAllLines(file).Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(hash, lines[0].GetProperty("transaction").GetString());
        Assert.Equal("start", lines.First(static line => line.TryGetProperty("frame", out _)).GetProperty("frame").GetString());
        Assert.Equal("Success", lines.Last(static line => line.TryGetProperty("frame", out _)).GetProperty("outcome").GetString());
        JsonElement chainId = lines.Single(static line => line.TryGetProperty("host", out JsonElement name) && name.GetString() == "chainid");
        Assert.Equal(31337, chainId.GetProperty("outputs").GetProperty("id").GetInt32());
        Assert.Equal(88_400UL, chainId.GetProperty("inkBefore").GetUInt64() - chainId.GetProperty("inkAfter").GetUInt64());
        Assert.Contains(lines, static line => line.TryGetProperty("state", out _));

        // The same once more from the chain, without the state.
        string[] again = Cvm.Run("trace", hash, "--db", chain, "--engine", engine).Succeeded().Output.TrimEnd('\n').Split('\n');
        Assert.Equal(File.ReadAllLines(file).Where(static line => !line.StartsWith("{\"state\"", StringComparison.Ordinal)), again);
    }

    [Fact]
    public void AnUnknownTransactionIsNamed()
    {
        using TemporaryFolder folder = new();
        string chain = Path.Combine(folder.Path, "chain");
        Cvm.Run("init", chain).Succeeded();
        string hash = "0x" + new string('1', 64);
        Cvm.Run("trace", hash, "--db", chain).Failed(1, $"there is no transaction {hash}");
    }
}
