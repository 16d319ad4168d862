using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using ContractVm.Calibration;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary>The cases of the calibration: complete, valid, and each different from its baseline by one thing.</summary>
public sealed class CalibrateCasesTests
{
    [Fact]
    public void EveryAcceptedInstructionAndHostFunctionHasACase()
    {
        HashSet<string> covered = CaseLibrary.All.Select(static one => one.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(CaseLibrary.Names.Except(covered));
        Assert.Empty(covered.Except(CaseLibrary.Names));
        Assert.True(covered.Count > 550, $"{covered.Count} names");
    }

    [Fact]
    public void ACaseUsesWhatItMeasuresAndItsBaselineUsesItLess()
    {
        foreach (Case one in CaseLibrary.All)
        {
            // Instructions with two names in the table have one in text; some stand in a function that is called instead.
            string word = one.Name switch
            {
                "ref.test_null" or "ref.cast_null" or "select_t" => one.Name[..one.Name.IndexOf('_', StringComparison.Ordinal)],
                _ => one.Name.Replace("vm_hooks.", "$", StringComparison.Ordinal),
            };
            bool isCalled = one.Instruction.Contains("call $", StringComparison.Ordinal) && !one.Name.StartsWith("vm_hooks.", StringComparison.Ordinal);
            if (!isCalled) Assert.True(Count(one.Instruction, word) > Count(one.Filler, word), one.ToString());
            Assert.NotEqual(one.Instruction, one.Filler);
        }
    }

    [Fact]
    public void NoCaseStandsTwice() => Assert.Equal(CaseLibrary.All.Count, CaseLibrary.All.Select(static one => one.ToString()).Distinct().Count());

    [Fact]
    public void TheBaselineDiffersByTheInstructionAlone()
    {
        foreach (Case one in CaseLibrary.All)
        {
            string text = CaseModule.Text(one, isBaseline: false), baseline = CaseModule.Text(one, isBaseline: true);
            int repetitions = one.EndsCall ? 1 : one.Unroll;
            Assert.Equal(text.Length - baseline.Length, repetitions * (one.Instruction.Length - one.Filler.Length));
            int first = text.AsSpan().CommonPrefixLength(baseline);
            Assert.True(first >= text.IndexOf(one.Unit(isBaseline: false), StringComparison.Ordinal) + one.Before.Length, one.ToString());
        }
    }

    [Fact]
    public void EachCaseAndItsBaselineIsValidAndEndsAsItShould()
    {
        // Many cases have the same baseline: each text is run once.
        List<(Case Case, bool IsBaseline)> programs = CaseLibrary.All.Select(static one => (one, false))
            .Concat(CaseLibrary.All.DistinctBy(static one => (CaseModule.Text(one, isBaseline: true), one.Prepare)).Select(static one => (one, true))).ToList();
        foreach (IMeasuredEngine engine in MeasuredEngines.All)
            Parallel.ForEach(programs, pair =>
            {
                // The load is under contractvm-v1 and throws where the module is refused.
                using TimedProgram program = TimedProgram.Of(engine, pair.Case, pair.IsBaseline);
                Run run = program.Run(1);
                Assert.True(run.Result.Outcome == (pair.IsBaseline ? Outcome.Success : pair.Case.Outcome), $"{pair.Case}: {run.Result}");
                Assert.True(run.Ink > 0, pair.Case.ToString());
            });
    }

    [Fact]
    public void InstancesHaveRoomForTheTurnsThatCasesPromise()
    {
        foreach (Case one in CaseLibrary.All.Where(static one => one.MostTurns > 0))
        {
            using TimedProgram program = TimedProgram.Of(MeasuredEngines.All[0], one, isBaseline: false);
            Assert.True(program.Run(one.MostTurns).Result.Outcome == Outcome.Success, one.ToString());
        }
    }

    [Fact]
    public void OnlyTheTrapEndsInAnotherWayThanSuccess() =>
        Assert.Equal(["unreachable"], CaseLibrary.All.Where(static one => one.Outcome != Outcome.Success).Select(static one => one.Name));

    [Theory]
    [InlineData(100, 0, 0, 50, 50, 100)]
    [InlineData(1000, 0, 0, 1200, 200, 1)]
    [InlineData(12345, 0, 0, 100, 100, 13000)]
    [InlineData(1000, 100, 20, 2500, 500, 5)]
    [InlineData(-5, 0, 0, 10, 10, 1)]
    public void AProposalCoversTheTimeWithAllElseUnchanged(double nanoseconds, double units, ulong unitPrice, double ink, ulong price, ulong wanted)
    {
        // A reference of one nanosecond per ink makes ink of nanoseconds.
        Row row = new(CaseLibrary.All[0] with { Units = units }, "none", nanoseconds, 0, ink, price, unitPrice);
        Assert.Equal(wanted, row.Proposed(1));
    }

    private static int Count(string text, string word) => text.Split(' ').Count(one => one == word);
}
