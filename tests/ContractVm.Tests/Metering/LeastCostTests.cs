using ContractVm.Fuzz;
using ContractVm.Gas;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Tests.Metering;

/// <summary>The least cost of a function: computed by hand, and never more than what a run that returns has paid.</summary>
public class LeastCostTests
{
    private const ulong Header = 1000, Entry = 2000;

    [Theory]
    [InlineData("(func (export \"run\"))", Header + Entry + 1)]
    // The cheap arm: if, then one nop and the else; the other arm divides.
    [InlineData("(func (export \"run\") (param i32) (if (local.get 0) (then (nop)) (else (drop (i32.div_u (local.get 0) (local.get 0))))))", (Header + Entry + 75 + 765) + (Header + 1 + 1) + (Header + 1))]
    // Without else, nothing of the block: behind its end.
    [InlineData("(func (export \"run\") (param i32) (if (local.get 0) (then (nop))))", (Header + Entry + 75 + 765) + (Header + 1))]
    // A loop runs at least once; its branch back costs more.
    [InlineData("(func (export \"run\") (param i32) (loop (br_if 0 (local.get 0))))", (Header + Entry + 1) + (Header + 75 + 765) + (Header + 1 + 1))]
    // The branch out of the function leaves before the rest.
    [InlineData("(func (export \"run\") (param i32) (br_if 0 (local.get 0)) (drop (i32.div_u (local.get 0) (local.get 0))))", Header + Entry + 75 + 765)]
    public void ComputedByHand(string function, ulong ink)
    {
        Module module = EmbeddingTests.Load($"(module {function})");
        Assert.Equal(ink, module.LeastInk(0));
    }

    [Fact]
    public void WhatNeverReturnsHasNone() => Assert.Null(EmbeddingTests.Load("(module (func (export \"run\") (loop (br 0))) )").LeastInk(0));

    [Fact]
    public void NoRunThatReturnsPaysLess() =>
        Prop.ForAll(ArbMap.Default.ArbFor<uint>(), static seed =>
        {
            Module module = TestModules.Load(ProgramGenerator.Generate(seed));
            using Instance instance = TestModules.Instantiate(module);
            module.TryGetExport("run", out Export run);
            (ExecutionResult result, _, Meter meter) = TestModules.Run(instance, "run", 1UL << 50, seed, seed);
            return result.Outcome != Outcome.Success || module.LeastInk(run.Index) <= (1UL << 50) - meter.InkLeft;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
}
