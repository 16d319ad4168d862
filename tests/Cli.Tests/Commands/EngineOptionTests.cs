using System;
using System.IO;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary>The option <c>--engine</c> of commands that execute transactions: it decides what runs, and nothing else.</summary>
public sealed class EngineOptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheDemoIsTheSameInBothEngines()
    {
        string automatic = Path.Combine(_folder.Path, "automatic"), interpreted = Path.Combine(_folder.Path, "interpreted");
        JsonElement first = Cvm.Run("demo", "--db", automatic, "--transactions", "1000", "--json").Succeeded().Json();
        JsonElement second = Cvm.Run("demo", "--db", interpreted, "--transactions", "1000", "--engine", "interpreter", "--json").Succeeded().Json();
        foreach (string property in (string[])["token", "blocks", "transactions", "outcomes", "gasUsed", "inkUsed", "stateRoot", "receiptsRoot", "blockHash", "replayIdentical"])
            Assert.Equal(second.GetProperty(property).GetRawText(), first.GetProperty(property).GetRawText());
        Assert.True(first.GetProperty("replayIdentical").GetBoolean());
        Assert.Equal("{\"compiled\":0,\"interpreter\":1001}", second.GetProperty("runs").GetRawText());
        Assert.False(Directory.Exists(Path.Combine(interpreted, "artifacts")));
        if (!Engines.IsCompiledAvailable) return;
        Assert.Equal("{\"compiled\":1001,\"interpreter\":0}", first.GetProperty("runs").GetRawText());
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(automatic, "artifacts"), "*.code", SearchOption.AllDirectories));

        // Each engine checks what the other did.
        Assert.Contains("engine: interpreter", Cvm.Run("replay", "--db", automatic, "--engine", "interpreter").Succeeded().Output, StringComparison.Ordinal);
        JsonElement replayed = Cvm.Run("replay", "--db", interpreted, "--engine", "compiled", "--json").Succeeded().Json();
        Assert.True(replayed.GetProperty("identical").GetBoolean());
        Assert.Equal("{\"compiled\":1001,\"interpreter\":0}", replayed.GetProperty("runs").GetRawText());
    }

    [Fact]
    public void ATransactionGoesThroughEitherEngine()
    {
        string chain = Path.Combine(_folder.Path, "chain");
        Cvm.Run("init", chain, "--json").Succeeded();
        JsonElement deployed = Cvm.Run("deploy", TestModules.TokenPath, "T", "T", "18", "1000", "--constructor", "(string,string,uint8,uint256)", "--engine", "interpreter", "--db", chain, "--json").Succeeded().Json();
        string token = deployed.GetProperty("receipt").GetProperty("contractAddress").GetString()!;
        foreach (string engine in (string[])["auto", "interpreter", "auto"])
        {
            Cvm.Run("send", token, "mint(address,uint256)", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "5", "--engine", engine, "--db", chain, "--json").Succeeded();
            Cvm.Run("call", token, "totalSupply()(uint256)", "--engine", engine, "--db", chain).Succeeded();
        }

        Assert.Equal("1015\n", Cvm.Run("call", token, "totalSupply()(uint256)", "--db", chain).Succeeded().Output);
        Cvm.Run("call", token, "totalSupply()(uint256)", "--engine", "jit", "--db", chain).Failed(2, "'jit' is not one of");
    }

    [ProgramFact("bash", "bash")]
    public void WithoutExecutableMemoryTheNodeSaysSoOnceAndInterprets()
    {
        if (!Engines.IsCompiledAvailable) return;
        // Address space for .NET, but not for memories with their guards.
        string script = $"ulimit -v 12000000 && {Cvm.ShellCommand("demo", "--db", Path.Combine(_folder.Path, "chain"), "--transactions", "100", "--json")}";
        (int exitCode, string output, string error) = TestData.Run("env", ["DOTNET_GCHeapHardLimit=0x8000000", "bash", "-c", script]);
        Assert.True(exitCode == 0, error + output);
        Assert.Equal("cvm: this machine gives no executable memory, or too little address space: the interpreter runs all contracts\n", error);
        Assert.Contains("\"runs\":{\"compiled\":0,\"interpreter\":101}", output, StringComparison.Ordinal);
    }
}
