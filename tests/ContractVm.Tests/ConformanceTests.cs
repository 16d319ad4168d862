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
    public static IEnumerable<object[]> Scripts() =>
        Directory.GetFiles(Path.Combine(TestData.ProjectRoot, "conformance", "cases"), "*.json")
            .Order(StringComparer.Ordinal).Select(static path => new object[] { Path.GetFileName(path) });

    [Theory]
    [MemberData(nameof(Scripts))]
    public void OwnCasesPass(string script)
    {
        ScriptReport report = ScriptRunner.Run(Path.Combine(TestData.ProjectRoot, "conformance", "cases", script));
        Assert.Empty(report.Failures);
        Assert.Empty(report.Skipped);
        Assert.True(report.Passed > 10, $"only {report.Passed} commands ran");
    }

    [Fact]
    public void ARunnerThatExpectsSomethingElseFails()
    {
        // The check itself must be able to fail: one expected value is changed.
        string folder = Path.Combine(TestData.ProjectRoot, "conformance", "cases");
        string copy = Directory.CreateTempSubdirectory("conformance").FullName;
        foreach (string file in Directory.GetFiles(folder, "control*")) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        string script = Path.Combine(copy, "control.json");
        File.WriteAllText(script, File.ReadAllText(script).Replace("5000050000", "5000050001", StringComparison.Ordinal));
        ScriptReport report = ScriptRunner.Run(script);
        Directory.Delete(copy, recursive: true);
        Assert.Contains("expected", Assert.Single(report.Failures), StringComparison.Ordinal);
    }
}
