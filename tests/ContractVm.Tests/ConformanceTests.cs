using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Conformance;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Tests;

public class ConformanceTests
{
    private static readonly string Cases = Path.Combine(TestData.ProjectRoot, "conformance", "cases");

    public static IEnumerable<object[]> Scripts() =>
        Directory.GetFiles(Cases, "*.wast").Order(StringComparer.Ordinal).Select(static path => new object[] { Path.GetFileName(path) });

    [Theory]
    [MemberData(nameof(Scripts))]
    public void OwnCasesPass(string script)
    {
        ScriptReport report = ConformanceRun.Run(script, Path.Combine(Cases, script), Conformance.EngineChoice.Interpreter);
        Assert.Empty(report.Failures);
        Assert.Empty(report.Skipped);
        Assert.True(report.Passed > 10, $"only {report.Passed} commands ran");
    }

    [Fact]
    public void ARunnerThatExpectsSomethingElseFails()
    {
        // The check itself must be able to fail: one expected value is changed.
        string copy = Path.Combine(Directory.CreateTempSubdirectory("conformance").FullName, "control.wast");
        string text = File.ReadAllText(Path.Combine(Cases, "control.wast"));
        File.WriteAllText(copy, text.Replace("5000050000", "5000050001", StringComparison.Ordinal));
        ScriptReport report = ConformanceRun.Run("control.wast", copy, Conformance.EngineChoice.Interpreter);
        Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
        Assert.Contains("expected", Assert.Single(report.Failures).Text, StringComparison.Ordinal);
    }

    /// <summary>The official suite without an engine: every module is accepted or refused as it says, malformed and invalid apart.</summary>
    [SharedDataTheory("corpora/spec")]
    [InlineData("corpora/spec/test/core", 7_000)]
    [InlineData("corpora/spec/test/custom", 28)]
    [InlineData("corpora/spec/proposals/threads", 100)]
    public void TheOfficialSuiteIsReadValidatedAndLinked(string folder, int least)
    {
        int passed = 0;
        List<ScriptRemark> failures = [];
        foreach ((string name, string path) in ConformanceRun.Find(TestData.Shared(folder)!, null))
        {
            ScriptReport report = ConformanceRun.Run(name, path, Conformance.EngineChoice.None);
            passed += report.Passed;
            failures.AddRange(report.Failures);
        }

        Assert.Empty(failures);
        Assert.True(passed >= least, $"only {passed} commands ran");
    }
}
