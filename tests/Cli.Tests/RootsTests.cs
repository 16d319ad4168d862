using System;
using System.IO;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests;

public class RootsTests
{
    [OracleFact]
    public void AnotherLibraryComputesTheSameRoots()
    {
        string folder = Directory.CreateTempSubdirectory("roots").FullName;
        Cvm.Run("demo", "--db", folder, "--transactions", "350").Succeeded();
        (int compared, string output, string problem) = TestData.Run("node", [Path.Combine(TestData.ProjectRoot, "tests", "oracles", "roots.mjs"), Cvm.Assembly, folder]);
        (int proofs, string checkedProofs, string problems) = TestData.Run("node", [Path.Combine(TestData.ProjectRoot, "tests", "oracles", "proofs.mjs"), Cvm.Assembly, folder]);
        Directory.Delete(folder, recursive: true);
        Assert.True(proofs == 0, checkedProofs + problems);
        Assert.EndsWith("27 accounts, 54 slots, 0 differences", checkedProofs.Trim(), StringComparison.Ordinal);
        Assert.True(compared == 0, output + problem);
        Assert.Contains("12 accounts", output, StringComparison.Ordinal);
        Assert.EndsWith("6 blocks, 0 differences", output.Trim(), StringComparison.Ordinal);
    }
}
