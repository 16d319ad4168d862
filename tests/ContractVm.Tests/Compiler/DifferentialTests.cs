using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.Compiler;
using ContractVm.Fuzz.Differential;
using ContractVm.Gas;
using ContractVm.TestSupport;
using FsCheck.Fluent;
using Xunit;
using Xunit.Abstractions;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Generated programs do the same in the interpreter and as compiled code, and the programs are good enough to say so: they do all
/// that there is, and most of it to an end.
/// </summary>
public class DifferentialTests(ITestOutputHelper output)
{
    private static readonly string Regressions = Path.Combine(TestData.ProjectRoot, "tests", "ContractVm.Tests", "Compiler", "Regressions");
    private static readonly TestedEngine[] Engines = [TestedEngines.Reference, .. TestedEngines.Compared];

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Regressions, "*.wat").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>The same cases every time.</summary>
    [Fact]
    public void CasesOfKnownSeedsDoTheSame()
    {
        CampaignReport report = Campaign(1, 800);
        Assert.True(report.Findings.Count == 0, Describe(report));
        Assert.Empty(report.NotGenerated);
        Assert.Empty(report.TrapsNotSeen);
        // Executions are seen for a quarter of the cases only.
        Assert.True(report.NotExecuted.Count < 30, string.Join(' ', report.NotExecuted));
        Assert.InRange(report.SuccessShare, 0.3, 0.9);
        Assert.InRange(report.Unmade, 0, report.Cases / 8);
        foreach (string end in new[] { "OutOfInk", "OutOfStack", "Thrown" }) Assert.True(report.Ends.ContainsKey(end), end);
    }

    /// <summary>Other cases every time; what fails is printed with its seed.</summary>
    [Fact]
    public void CasesOfAFreshSeedDoTheSame()
    {
        ulong seed = (ulong)DateTime.UtcNow.Ticks;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        CampaignReport report = DifferentialCampaign.Run(seed, TimeSpan.FromSeconds(6), Found());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Cases} cases, {report.Calls} calls"));
        Assert.True(report.Findings.Count == 0, Describe(report));
    }

    [Fact]
    public void CasesOfAnySeedDoTheSame() => Text.Property.Check(
        Gen.Choose(0, int.MaxValue - 1).Select(static seed => (ulong)(uint)seed << 20),
        static seed => Assert.Null(DifferentialRun.Check(ProgramCase.Generate(seed).ToCase(), Engines)), 100);

    [Fact]
    public void ObjectsAndExceptionsOfAnySeedDoTheSame() => Text.Property.Check(
        Gen.Choose(0, int.MaxValue - 1).Select(static seed => (ulong)(uint)seed << 20),
        static seed => Assert.Null(DifferentialRun.Check(ReferenceCase.Generate(seed), Engines)), 100);

    /// <summary>Where frames' words are Stylus', which what is called may exceed, they are a value that calls change, and that exceptions give back.</summary>
    [Fact]
    public void StackWordsByStylusAreTheSameBehindExceptions()
    {
        string prices = File.ReadAllText(Path.Combine(TestData.ProjectRoot, "src", "Gas", "Schedules", "contractvm-v1.gas"));
        Schedule schedule = ScheduleReader.Parse("words", prices.Replace("schedule contractvm-v1", "schedule words", StringComparison.Ordinal).Replace("stack-rule exact", "stack-rule stylus", StringComparison.Ordinal), OpcodeTable.Catalog);
        Assert.Equal(StackRule.Stylus, schedule.StackRule);
        Profile profile = new("words", Profiles.Bare.Features, Profiles.Bare.Limits, schedule) { ObjectBytes = Profiles.Bare.ObjectBytes };
        TestedEngine[] engines =
        [
            new InterpreterUnderTest() { Profile = profile },
            new CompilerUnderTest("compiled", CompilerOptions.Default with { ProvesFunctions = true }) { Profile = profile },
            new CompilerUnderTest("compiled, values in the frame", CompilerOptions.Default with { ProvesFunctions = true, Without = Optimizations.RegisterAllocation }) { Profile = profile },
        ];
        for (ulong seed = 1; seed <= 150; seed++) Assert.Null(DifferentialRun.Check(ReferenceCase.Generate(seed), engines));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void WhatWasFoundStaysRight(string file) => Assert.Null(DifferentialRun.Check(CaseText.Read(File.ReadAllText(Path.Combine(Regressions, file))), Engines));

    [Fact]
    public void AFileSaysWhatTheCaseIs()
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            DifferentialCase test = ProgramCase.Generate(seed).ToCase();
            string text = CaseText.Write(test, "a comment");
            DifferentialCase read = CaseText.Read(text);
            Assert.Equal(test.Seed, read.Seed);
            Assert.Equal(test.Calls.Select(static call => (call.Module, call.Export, string.Join(' ', call.Arguments))), read.Calls.Select(static call => (call.Module, call.Export, string.Join(' ', call.Arguments))));
            // A module may have written numbers and types in longer forms than the text gives.
            Assert.Equal(text, CaseText.Write(read, "a comment"));
        }
    }

    /// <summary>Whatever is falsified in the other engine is reported.</summary>
    [Theory]
    [InlineData("result", "result slot")]
    [InlineData("trap", "expected ExecutionResult")]
    [InlineData("offset", "expected ExecutionResult")]
    // The first finding from seed 1 on is one of stack words, whose many locals are what it shows.
    [InlineData("outcome", "expected ExecutionResult", 11)]
    [InlineData("ink", "ink left")]
    [InlineData("words", "words left")]
    [InlineData("exhausted", "ink left")]
    [InlineData("exception", "threw")]
    [InlineData("host call", "host call")]
    public void AFalseEngineIsFound(string what, string text, ulong seed = 1)
    {
        string found = Found();
        CampaignReport report = DifferentialCampaign.Run([TestedEngines.Reference, new FalseEngine(what)], seed, TimeSpan.FromMinutes(1), found, 300);
        CampaignFinding finding = Assert.Single(report.Findings);
        Assert.Equal("false", finding.Engine);
        Assert.Contains(text, finding.Difference, StringComparison.Ordinal);
        string small = File.ReadAllText(finding.File);
        output.WriteLine(small);
        // It has become small, and still shows the difference.
        Assert.InRange(small.Split('\n').Length, 3, 60);
        Assert.NotNull(DifferentialRun.Check(CaseText.Read(small), [TestedEngines.Reference, new FalseEngine(what)]));
        Directory.Delete(found, recursive: true);
    }

    /// <summary>An instruction that does what another one of its type does is found out, whichever it is: the programs look at its result.</summary>
    [Fact]
    public void ExchangedInstructionsAreFound()
    {
        List<MutantEngine> left = [.. MutantEngine.All()];
        int all = left.Count;
        List<ulong> needed = [];
        for (ulong seed = 1; seed <= MostMutantCases && left.Count > 0; seed++)
        {
            DifferentialCase test = ProgramCase.Generate(seed).ToCase();
            HashSet<Opcode> held = MutantEngine.Held(test);
            foreach (MutantEngine mutant in left.Where(mutant => held.Contains(mutant.From)).ToArray())
            {
                if (DifferentialRun.Check(test, [TestedEngines.Reference, mutant]) is null) continue;
                left.Remove(mutant);
                needed.Add(seed);
            }
        }

        needed.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{all - left.Count} of {all} found, half of them by case {needed[needed.Count / 2]}"));
        output.WriteLine(string.Join(", ", left.Select(static mutant => mutant.Name)));
        // All lanes of laneselect are chosen bit by bit, whatever their width: those are one instruction.
        left.RemoveAll(static mutant => mutant.Name.Contains("laneselect", StringComparison.Ordinal));
        Assert.True(left.Count <= 2, string.Join(", ", left.Select(static mutant => mutant.Name)));
    }

    private static ulong MostMutantCases => ulong.TryParse(Environment.GetEnvironmentVariable("CONTRACTVM_TESTS"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong times) ? 1500 * times : 1500;

    private static CampaignReport Campaign(ulong seed, long cases) => DifferentialCampaign.Run([.. Engines], seed, TimeSpan.FromMinutes(10), Found(), cases);

    private static string Found() => Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    private static string Describe(CampaignReport report) => string.Join('\n', report.Findings.Select(static finding => $"{finding.Seed}: {finding.Engine}: {finding.Difference}\n{File.ReadAllText(finding.File)}"));
}
