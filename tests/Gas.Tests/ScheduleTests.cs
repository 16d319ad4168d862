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
        deploy-per-operation 7
        deploy-per-data-byte 2
        instance-base 70
        instance-per-element 6
        instance-per-byte 2
        unwind-step 1
        near-pages 8
        host-far 11

        """;

    private const string Good = Settings + "block-rule straight-line\nstack-rule exact\nop add 1\nop mul 7 # a comment\nop copy 5 unit 2 far 30\nop table.* 9 each 4\nop end 0\n";

    private static Schedule Parse(string text) => ScheduleReader.Parse("s", text, new Catalog());

    [Fact]
    public void PricesAreReadByNameAndGlob()
    {
        Schedule schedule = Parse(Good);
        Assert.Equal([1UL, 7, 0, 5, 9, 0], Enumerable.Range(0, 6).Select(id => schedule.PriceOf(id)));
        Assert.Equal((2UL, 4UL), (schedule.PerUnit(3), schedule.PerOperand(4)));
        Assert.Equal([1UL, 7, 0, 35, 9, 0], Enumerable.Range(0, 6).Select(id => schedule.PriceOf(id, hasFarMemory: true)));
        Assert.Equal((8UL, 11UL), (schedule.NearPages, schedule.HostFar));
        Assert.Equal(1000UL + 200 * 20, schedule.DeploymentInk(200));
        Assert.Equal(3UL * 5 + 40 * 7 + 6 * 2, schedule.ContentsInk(3, 40, 6));
        Assert.Equal(ulong.MaxValue, schedule.ContentsInk(3, ulong.MaxValue, 6));
        Assert.Equal(70UL + 6 * 10 + 2 * 100, schedule.InstanceInk(10, 100));
        Assert.Equal(ulong.MaxValue, schedule.InstanceInk(ulong.MaxValue, 1));
        Assert.Equal(32, schedule.Hash.Length);
        Assert.False(schedule.Hash.Span.SequenceEqual(Parse(Good + "# edited").Hash.Span));
    }

    [Theory]
    [InlineData("op mul 7", "", "mul has no price")]
    [InlineData("op mul 7", "op mul 7\nop mul 8", "line 23: mul is priced already")]
    [InlineData("op mul 7", "op mul -7", "line 22: -7 is not a number")]
    [InlineData("op mul 7", "op mul 18446744073709551616", "line 22: 18446744073709551616 is not a number")]
    [InlineData("op mul 7", "op mul seven", "line 22: seven is not a number")]
    [InlineData("op mul 7", "op nul 7", "line 22: no instruction has that name")]
    [InlineData("op mul 7", "op mul 7 per 3", "line 22: unknown word per")]
    [InlineData("op mul 7", "op mul", "line 22: expected")]
    [InlineData("per-local 3", "per-global 3", "line 5: unknown setting")]
    [InlineData("per-local 3", "per-local 3\nper-local 3", "line 6: the setting stands twice")]
    [InlineData("per-local 3", "", "the setting per-local is missing")]
    [InlineData("ink-per-gas 10000", "ink-per-gas 0", "ink-per-gas is 0")]
    [InlineData("stack-words 4096", "stack-words 4294967296", "stack-words must be")]
    [InlineData("block-rule straight-line", "block-rule crooked", "line 19: unknown block rule")]
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
            builder.Begin(100, locals: 2, hasFarMemory: false);
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
    public void FarMemoryCostsMore()
    {
        foreach (bool isFar in new[] { false, true })
        {
            FunctionPlan plan = Plan(Good, builder =>
            {
                builder.Begin(0, 0, isFar);
                builder.Add(3, ControlRole.Ordinary, 1, 0, false);
                builder.Add(0, ControlRole.Ordinary, 2, 0, false);
                builder.Add(5, ControlRole.End, 3, 0, false);
            });
            Assert.Equal([new Charge(0, 10UL + 5 + (isFar ? 30UL : 0) + 1)], plan.Charges.ToArray());
            Assert.Equal(2UL, Assert.Single(plan.UnitCharges.ToArray()).PerUnit);
        }
    }

    [Theory]
    [InlineData("op mul 7", "op mul 8", "s, line 22: edited")]
    [InlineData("# a comment", "# another comment", "s, line 22: edited")]
    [InlineData("op end 0\n", "op end 0\nop end 0\n", "s, line 26: edited")]
    [InlineData("op end 0\n", "", "s, line 25: edited")]
    public void AReleasedScheduleIsNeverEdited(string old, string edited, string message)
    {
        string released = string.Join('\n', Good.TrimEnd('\n').Split('\n').Select(ScheduleReader.HashOfLine)) + "\n";
        ScheduleReader.CheckRelease("s", Good, released);
        ScheduleException exception = Assert.Throws<ScheduleException>(() => ScheduleReader.CheckRelease("s", Good.Replace(old, edited, StringComparison.Ordinal), released));
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheStylusRuleEndsBlocksAtCallsAndEveryEnd()
    {
        FunctionPlan plan = Plan(Good.Replace("straight-line", "stylus", StringComparison.Ordinal), static builder =>
        {
            builder.Begin(0, 0, hasFarMemory: false);
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
