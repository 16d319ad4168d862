using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Fuzz.Hooks;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.HostApi.Tests.Fuzzing;

/// <summary>A short run of the fuzzing target <c>hostapi</c>; that it finds mistakes; what it found before.</summary>
public sealed class HookFuzzTests
{
    private static readonly TimeSpan Ample = TimeSpan.FromMinutes(5);
    private static readonly string Regressions = Path.Combine(TestData.ProjectRoot, "fuzz", "regressions");

    private static readonly Dictionary<string, ModelRules> Mistakes = new(StringComparer.Ordinal)
    {
        ["refund"] = new() { ClearRefund = 15_000 },
        ["stipend"] = new() { Stipend = 2_301 },
        ["price of a byte"] = new() { ReadByteInk = 54 },
        ["logs of failed frames"] = new() { KeepsLogs = true },
        ["warm after a failure"] = new() { KeepsWarm = true },
        ["delegate calls are frames"] = new() { CountsDelegates = true },
        ["transient storage in static frames"] = new() { AllowsTransient = true },
    };

    public static TheoryData<string> AllMistakes() => [.. Mistakes.Keys];

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Regressions, "*.hooks").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void AShortRunFindsNothingAndCallsEverything()
    {
        HookReport report = HookCampaign.Run(ModelRules.Right, 42, Ample, NewFolder(), mostCases: 500, mostFindings: 1);
        Assert.Empty(report.Findings);
        Assert.Empty(report.NotCalled);
        Assert.InRange(report.NotModelled, 0, report.Cases / 20);
        foreach (Outcome outcome in (Outcome[])[Outcome.Success, Outcome.Revert, Outcome.Failure, Outcome.OutOfInk]) Assert.InRange(report.Frames[outcome], 100, long.MaxValue);
    }

    /// <summary>A model with a wrong rule is found out, and the case that shows it is small.</summary>
    [Theory]
    [MemberData(nameof(AllMistakes))]
    public void AMistakeIsFoundAndMadeSmall(string mistake)
    {
        string folder = NewFolder();
        HookReport report = HookCampaign.Run(Mistakes[mistake], 1, Ample, folder, mostCases: 5_000, mostFindings: 1);
        string text = File.ReadAllText(Assert.Single(report.Findings).File);
        Assert.InRange(text.Split('\n').Length, 4, 20);
        using HookRun wrong = new(Mistakes[mistake]);
        Assert.NotNull(wrong.Check(HookText.Read(text)));
        Assert.Null(HookCampaign.Check(text));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void CasesAreReadAsTheyWereWritten()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            HookCase test = new HookGenerator(seed).Next();
            string text = HookText.Write(test, "comment");
            HookCase read = HookText.Read(text);
            Assert.Equal(text, HookText.Write(read, "comment"));
            Assert.Equal(test.Transactions.Select(static transaction => HookDriver.Encode(transaction.Script)), read.Transactions.Select(static transaction => HookDriver.Encode(transaction.Script)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("transaction to 0 value 0 ink 1")]
    [InlineData("profile stylus-v2\ntransaction to 0 value 0")]
    [InlineData("profile stylus-v2\ntransaction to 0 value 0 ink 1\n  chainid 1")]
    [InlineData("profile stylus-v2\ntransaction to 0 value 0 ink 1\n  jump")]
    public void OtherTextsAreRefused(string text) => Assert.Throws<FormatException>(() => HookText.Read(text));

    [Theory]
    [MemberData(nameof(Files))]
    public void WhatWasFoundStaysRight(string file) => Assert.Null(HookCampaign.Check(File.ReadAllText(Path.Combine(Regressions, file))));

    private static string NewFolder() => Directory.CreateTempSubdirectory("hooks").FullName;
}
