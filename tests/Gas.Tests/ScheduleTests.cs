using System;
using System.Linq;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Gas.Tests;

public class ScheduleTests
{
    /// <summary>A machine of five instructions.</summary>
    private sealed class Catalog : IOpcodeCatalog
    {
        private static readonly string?[] Names = ["add", "mul", null, "copy", "table.jump", "end"];

        public int IdLimit => Names.Length;
        public string? NameOf(int id) => Names[id];
    }

    private const string Settings = """
        schedule s
        ink-per-gas 10000
        block-header 10
        function-entry 0
        per-local 3
        frame-words 4
        stack-words 4096
        deploy-base 1000
        deploy-per-byte 20
        deploy-per-function 5
        instance-base 70
        instance-per-element 6
        instance-per-byte 2
        unwind-step 1

        """;

    private const string Good = Settings + "block-rule straight-line\nstack-rule exact\nop add 1\nop mul 7 # a comment\nop copy 5 unit 2\nop table.* 9 each 4\nop end 0\n";

    private static Schedule Parse(string text) => ScheduleReader.Parse("s", text, new Catalog());

    [Fact]
    public void PricesAreReadByNameAndGlob()
    {
        Schedule schedule = Parse(Good);
        Assert.Equal([1UL, 7, 0, 5, 9, 0], Enumerable.Range(0, 6).Select(schedule.PriceOf));
        Assert.Equal((2UL, 4UL), (schedule.PerUnit(3), schedule.PerOperand(4)));
        Assert.Equal(1000UL + 200 * 20 + 3 * 5, schedule.DeploymentInk(200, 3));
        Assert.Equal(70UL + 6 * 10 + 2 * 100, schedule.InstanceInk(10, 100));
        Assert.Equal(ulong.MaxValue, schedule.InstanceInk(ulong.MaxValue, 1));
        Assert.Equal(32, schedule.Hash.Length);
        Assert.False(schedule.Hash.Span.SequenceEqual(Parse(Good + "# edited").Hash.Span));
    }

    [Theory]
    [InlineData("op mul 7", "", "mul has no price")]
    [InlineData("op mul 7", "op mul 7\nop mul 8", "line 19: mul is priced already")]
    [InlineData("op mul 7", "op mul -7", "line 18: -7 is not a number")]
    [InlineData("op mul 7", "op mul 18446744073709551616", "line 18: 18446744073709551616 is not a number")]
    [InlineData("op mul 7", "op mul seven", "line 18: seven is not a number")]
    [InlineData("op mul 7", "op nul 7", "line 18: no instruction has that name")]
    [InlineData("op mul 7", "op mul 7 per 3", "line 18: unknown word per")]
    [InlineData("op mul 7", "op mul", "line 18: expected")]
    [InlineData("per-local 3", "per-global 3", "line 5: unknown setting")]
    [InlineData("per-local 3", "per-local 3\nper-local 3", "line 6: the setting stands twice")]
    [InlineData("per-local 3", "", "the setting per-local is missing")]
    [InlineData("ink-per-gas 10000", "ink-per-gas 0", "ink-per-gas is 0")]
    [InlineData("stack-words 4096", "stack-words 4294967296", "stack-words must be")]
    [InlineData("block-rule straight-line", "block-rule crooked", "line 15: unknown block rule")]
    [InlineData("schedule s", "schedule t", "the file calls itself t")]
    public void WrongFilesAreRefusedByNameAndLine(string from, string to, string message)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        ScheduleException exception = Assert.Throws<ScheduleException>(() => Parse(Good.Replace(from, to, StringComparison.Ordinal)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InkSaturates() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), ArbMap.Default.ArbFor<ulong>(), static (a, b) =>
            Ink.Add(a, b) == (ulong)BigInteger.Min(ulong.MaxValue, (BigInteger)a + b)
            && Ink.Multiply(a, b) == (ulong)BigInteger.Min(ulong.MaxValue, (BigInteger)a * b)
            && Ink.Multiply(a, ~b) == (ulong)BigInteger.Min(ulong.MaxValue, (BigInteger)a * ~b)
            && Ink.Add(a, ~b) == (ulong)BigInteger.Min(ulong.MaxValue, (BigInteger)a + ~b)).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void AMeterThatCannotPayIsEmptyAndStaysSo()
    {
        Meter meter = new(100, 10);
        Assert.True(meter.TryCharge(60));
        Assert.True(meter.TryCharge(40));
        Assert.Equal((0UL, false), (meter.InkLeft, meter.IsExhausted));
        Assert.True(meter.TryCharge(0));
        Assert.False(meter.TryCharge(1));
        Assert.True(meter.IsExhausted);
        Assert.False(meter.TryCharge(0));
    }

    [Fact]
    public void BlocksEndWhereTheRuleSays()
    {
        // add, mul, jump with two targets | add, end (a target) | end
        FunctionPlan plan = Plan(Good, static builder =>
        {
            builder.Begin(100, locals: 2);
            builder.Add(0, ControlRole.Ordinary, 101, 0, false);
            builder.Add(1, ControlRole.Call, 102, 0, false);
            builder.Add(4, ControlRole.BranchTable, 105, 2, false);
            builder.Add(0, ControlRole.Ordinary, 106, 0, false);
            builder.Add(5, ControlRole.End, 107, 0, true);
            builder.Add(5, ControlRole.End, 108, 0, false);
        });
        Assert.Equal([new Charge(100, 10 + 2 * 3 + 1 + 7 + 9 + 2 * 4), new Charge(105, 10 + 1), new Charge(107, 10)], plan.Charges.ToArray());
        Assert.Equal(20UL + 4, plan.FrameWords);
    }

    [Fact]
    public void TheStylusRuleEndsBlocksAtCallsAndEveryEnd()
    {
        FunctionPlan plan = Plan(Good.Replace("straight-line", "stylus", StringComparison.Ordinal), static builder =>
        {
            builder.Begin(0, 0);
            builder.Add(0, ControlRole.Block, 1, 0, false);
            builder.Add(1, ControlRole.Call, 2, 0, false);
            builder.Add(5, ControlRole.End, 3, 0, false);
            builder.Add(5, ControlRole.End, 4, 0, false);
        });
        Assert.Equal([new Charge(0, 18), new Charge(2, 10), new Charge(3, 10)], plan.Charges.ToArray());
    }

    private static FunctionPlan Plan(string schedule, Action<PlanBuilder> add)
    {
        PlanBuilder builder = new(Parse(schedule));
        add(builder);
        return builder.Finish(20, 0);
    }
}
