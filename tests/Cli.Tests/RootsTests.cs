using System;
using System.IO;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests;

public class RootsTests
{
    /// <summary>A fact that needs the packages of tests/oracles, which ./test installs where npm can.</summary>
    private sealed class OracleFactAttribute : FactAttribute
    {
        public OracleFactAttribute()
        {
            if (!TestData.HasProgram("node")) Skip = "node is not on PATH: install Node.js and npm, then ./test";
            else if (!Directory.Exists(Path.Combine(TestData.ProjectRoot, "tests", "oracles", "node_modules", "@ethereumjs", "mpt")))
                Skip = "the npm packages of tests/oracles are not installed: cd tests/oracles && npm ci";
        }
    }

    [OracleFact]
    public void AnotherLibraryComputesTheSameRoots()
    {
        string folder = Directory.CreateTempSubdirectory("roots").FullName;
        Cvm.Run("demo", "--db", folder, "--transactions", "350").Succeeded();
        (int compared, string output, string problem) = TestData.Run("node", [Path.Combine(TestData.ProjectRoot, "tests", "oracles", "roots.mjs"), Cvm.Assembly, folder]);
        Directory.Delete(folder, recursive: true);
        Assert.True(compared == 0, output + problem);
        Assert.Contains("12 accounts", output, StringComparison.Ordinal);
        Assert.EndsWith("6 blocks, 0 differences", output.Trim(), StringComparison.Ordinal);
    }
}
