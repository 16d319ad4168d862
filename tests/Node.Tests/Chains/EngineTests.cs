using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.HostApi;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Node.Tests.Chains;

/// <summary>A chain is the same whatever runs its contracts, and keeps what was compiled.</summary>
public class EngineTests
{
    private static readonly EngineSettings Interpreter = new() { Engine = EngineChoice.Interpreter };

    [Fact]
    public void BlocksAreTheSameInBothEngines()
    {
        using TestChain automatic = new(), interpreted = new(engine: Interpreter);
        ChainTests.Scenario(automatic);
        ChainTests.Scenario(interpreted);
        for (ulong number = 0; number <= interpreted.Chain.Head.Number; number++)
        {
            BlockHeader expected = interpreted.Chain.GetHeader(number)!, header = automatic.Chain.GetHeader(number)!;
            Assert.Null(HeaderDifference.First(expected, header));
            Assert.Equal(interpreted.Chain.GetReceipts(number)!.Select(Row), automatic.Chain.GetReceipts(number)!.Select(Row));
        }

        Assert.Equal(interpreted.Chain.Head.Hash, automatic.Chain.Head.Hash);
        Assert.Equal(0, interpreted.Chain.EngineRuns.Compiled);
        if (Engines.IsCompiledAvailable) Assert.Equal(new EngineRuns(interpreted.Chain.EngineRuns.Interpreted, 0), automatic.Chain.EngineRuns);

        static string Row(StoredReceipt receipt) =>
            $"{receipt.Outcome} {receipt.GasUsed} {receipt.InkUsed} {receipt.Contract} {Convert.ToHexString(receipt.Output)} {Convert.ToHexString(receipt.Receipt.Encode())}";
    }

    [Fact]
    public void ABlockOfOneEngineIsReplayedByTheOther()
    {
        using TestChain automatic = new(), interpreted = new(engine: Interpreter);
        ChainTests.Scenario(automatic);
        ChainTests.Scenario(interpreted);
        ReplayReport first = Replay.Run(automatic.Chain, new MemoryStore(), 1, 6, engine: Interpreter), second = Replay.Run(interpreted.Chain, new MemoryStore(), 1, 6, engine: EngineSettings.Default);
        Assert.Equal((null, null), (first.Difference, second.Difference));
        Assert.Equal(first.InkUsed, second.InkUsed);
        Assert.Equal(0, first.EngineRuns.Compiled);
        if (Engines.IsCompiledAvailable) Assert.Equal(0, second.EngineRuns.Interpreted);
    }

    [Fact]
    public void AChainThatIsOpenedAgainCompilesNothingAgain()
    {
        if (!Engines.IsCompiledAvailable) return;
        string folder = Directory.CreateTempSubdirectory("chain").FullName;
        List<string> reports = [];
        EngineSettings settings = new() { ArtifactFolder = Path.Combine(folder, "artifacts"), Report = reports.Add };
        Address token;
        using (TestChain chain = new(RocksDbStore.Open(folder), settings))
        {
            Assert.False(Directory.Exists(settings.ArtifactFolder), "a chain that runs nothing needs no folder");
            token = chain.DeployToken();
            Assert.Equal((1, 0), chain.Chain.CodeCounts);
        }

        for (int round = 0; round < 2; round++)
        {
            using Chain reopened = Chain.Open(RocksDbStore.Open(folder), engine: settings);
            Assert.Equal(Outcome.Success, Supply(reopened, token).Outcome);
            Assert.Equal((0, 1), reopened.CodeCounts);
        }

        // What was damaged is compiled again, and said.
        string artifact = Directory.EnumerateFiles(settings.ArtifactFolder, "*.code", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(artifact);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(artifact, bytes);
        Assert.Empty(reports);
        using (Chain reopened = Chain.Open(RocksDbStore.Open(folder), engine: settings))
        {
            Assert.Equal(TestChain.Word(1_000_000), Supply(reopened, token).Output);
            Assert.Equal((1, 0), reopened.CodeCounts);
            Assert.Contains("damaged", Assert.Single(reports), StringComparison.Ordinal);
        }

        // A folder that cannot be had costs time alone.
        using (Chain reopened = Chain.Open(RocksDbStore.Open(folder), engine: settings with { ArtifactFolder = Path.Combine(artifact, "below") }))
        {
            Assert.Equal(TestChain.Word(1_000_000), Supply(reopened, token).Output);
            Assert.Equal(2, reports.Count);
        }

        Directory.Delete(folder, recursive: true);

        static FrameResult Supply(Chain chain, Address token) => chain.Call(default, token, 0, TestChain.Calldata("totalSupply()"), 1_000_000, out _);
    }
}
