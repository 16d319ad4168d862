using System.IO;
using Xunit;

namespace ContractVm.TestSupport;

/// <summary>A fact that needs the packages of tests/oracles, which ./test installs where npm can.</summary>
public sealed class OracleFactAttribute : FactAttribute
{
    /// <summary>Skips where they are not there, and says how to get them.</summary>
    public OracleFactAttribute()
    {
        if (!TestData.HasProgram("node")) Skip = "node is not on PATH: install Node.js and npm, then ./test";
        else if (!Directory.Exists(Path.Combine(TestData.ProjectRoot, "tests", "oracles", "node_modules", "@ethereumjs", "mpt")))
            Skip = "the npm packages of tests/oracles are not installed: cd tests/oracles && npm ci";
    }

    /// <summary>The path of a script in tests/oracles.</summary>
    public static string Script(string name) => Path.Combine(TestData.ProjectRoot, "tests", "oracles", name);
}
