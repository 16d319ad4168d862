using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Tests;

/// <summary>A short run of each fuzzing target, what earlier runs found, and the comparison with V8.</summary>
public class FuzzTests
{
    private static readonly Lazy<FuzzCorpus> Corpus = new(static () => FuzzCorpus.Read(TestData.Shared("corpora/spec/test/core") ?? Path.Combine(TestData.ProjectRoot, "conformance", "cases")));
    private static readonly string Regressions = Path.Combine(TestData.ProjectRoot, "fuzz", "regressions");

    public static TheoryData<string> Targets() => [.. FuzzTargets.All.Select(static target => target.Name)];

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Regressions, "*.wa*t*").Concat(Directory.GetFiles(Regressions, "*.wasm")).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void AShortRunFindsNothing(string name)
    {
        string found = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        FuzzRun.Report report = FuzzRun.Run(FuzzTargets.Find(name)!, Corpus.Value, seed: 42, TimeSpan.FromSeconds(3), found);
        Assert.Empty(report.Findings);
        Assert.True(report.Accepted > 0 && report.Inputs > report.Accepted, $"{report.Inputs} inputs, {report.Accepted} accepted");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void WhatWasFoundStaysRight(string file) => FuzzTargets.Find(file[..file.IndexOf('-', StringComparison.Ordinal)])!.Check(File.ReadAllBytes(Path.Combine(Regressions, file)));

    [Fact]
    public void AFindingIsKeptAsAFile()
    {
        string found = Directory.CreateTempSubdirectory("found").FullName;
        FuzzRun.Report report = FuzzRun.Run(new Careless(), Corpus.Value, seed: 1, TimeSpan.FromMilliseconds(50), found);
        Assert.Contains("it broke", Assert.Single(report.Findings), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Assert.Single(Directory.GetFiles(found, "careless-*.wasm"))));
        Directory.Delete(found, recursive: true);
    }

    [Fact]
    public void GeneratedModulesAreValidUnlessTheyAreToBeWrong()
    {
        int refused = 0;
        Features used = Features.None;
        for (ulong seed = 1; seed <= 1_000; seed++)
        {
            byte[] module = StructureGenerator.Generate(seed, StructureOptions.Everything);
            used |= TestModules.Load(module).UsedFeatures;
            Assert.Equal(module, StructureGenerator.Generate(seed, StructureOptions.Everything));
            if (!Module.TryLoad(StructureGenerator.Generate(seed, StructureOptions.Everything with { Mistakes = true }), Profiles.Bare, out _, out _)) refused++;
        }

        Assert.True(refused > 300, $"only {refused} mistakes were seen");
        Assert.Equal(Profiles.Bare.Features & ~Features.StartFunction, used & ~Features.StartFunction);
    }

    /// <summary>V8 accepts and refuses the same modules, as far as it has the features with their final meaning.</summary>
    [ProgramFact("install Node.js 20", "node")]
    public void AnotherEngineAcceptsTheSameModules()
    {
        StringWriter output = new();
        string found = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        FuzzCorpus small = new(Corpus.Value.Modules.Where(static (_, index) => index % 8 == 0).ToList(), Corpus.Value.Texts);
        int code = V8Comparison.Run(small, 5, TimeSpan.FromSeconds(1), found, output);
        Assert.True(code == 0, output.ToString());
    }

    /// <summary>Several wrong bodies and wrong sizes: the first error is the same for every number of threads.</summary>
    [Fact]
    public void ThreadsDoNotChangeTheFirstError()
    {
        Random64 random = new(9);
        int refused = 0;
        for (int round = 0; round < 60; round++)
        {
            ModuleBuilder builder = new();
            int type = builder.Type("ii", "i");
            for (int i = 0; i < 300; i++) builder.Function(type, "il", [0x20, 0, 0x20, 1, 0x6A, 0x02, 0x40, 0x0B]);
            byte[] module = builder.Build();
            ByteRange code = ModuleSections.List(module, out _).Single(static section => section.Name == "code").Content;
            for (int changes = random.Below(6); changes > 0; changes--) module[code.Start + 2 + random.Below(code.Length - 2)] = (byte)random.Next();
            bool isAccepted = Module.TryLoad(module, Profiles.Bare, out Module one, out ModuleError error);
            if (!isAccepted) refused++;
            for (int threads = 2; threads <= 4; threads++)
            {
                Assert.Equal(isAccepted, Module.TryLoad(module, Profiles.Bare, out Module other, out ModuleError otherError, threads));
                Assert.Equal(error, otherError);
                if (isAccepted) Assert.Equal(one.Bodies.Select(static body => body.Plan.Charges.ToArray()), other.Bodies.Select(static body => body.Plan.Charges.ToArray()));
            }
        }

        Assert.InRange(refused, 20, 59);
    }

    private sealed class Careless : FuzzTarget
    {
        public override string Name => "careless";

        public override byte[] Make(FuzzCorpus corpus, Random64 random) => [1, 2, 3];

        public override bool Check(byte[] input) => throw new FindingException("it broke");
    }
}
