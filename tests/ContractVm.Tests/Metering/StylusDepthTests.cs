using System.Text;
using ContractVm.Gas;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Metering;

/// <summary>Frame words under Stylus' depth model, computed by hand from docs/GAS.md: greatest height, declared locals, 4.</summary>
public class StylusDepthTests
{
    [Theory]
    // The charge of the first block: two values.
    [InlineData("(func)", 2)]
    [InlineData("(func (param i32) (result i32) (local.get 0))", 2)]
    // Parameters do not count, declared locals do.
    [InlineData("(func (param i64 i64) (local i32 i32 i32))", 2 + 3)]
    [InlineData("(func (drop (i32.add (i32.const 1) (i32.add (i32.const 2) (i32.const 3)))))", 3)]
    // A call's results come on top of its arguments; the block behind it begins with one value and charges two more.
    [InlineData("(func (drop (call $two (i32.const 1) (i32.const 2)))) (func $two (param i32 i32) (result i32) (i32.const 0))", 3)]
    [InlineData("(func (call $none (i32.const 1) (i32.const 2) (i32.const 3))) (func $none (param i32 i32 i32))", 3)]
    // memory.fill: its three operands less the size, and four values of the charge.
    [InlineData("(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 1)))", 6)]
    // A block's result is in place before the block: one, the constant, and behind the end one and the charge's two.
    [InlineData("(func (drop (block (result i32) (i32.const 1))))", 3)]
    // After a branch nothing is reset: the height goes on.
    [InlineData("(func (block (br 0) (drop (i32.add (i32.const 1) (i32.add (i32.const 1) (i32.const 1))))))", 3)]
    // An if takes its condition; its arms begin at the same height, with the charge of a block each.
    [InlineData("(func (param i32) (i32.const 1) (i32.const 2) (if (local.get 0) (then (nop)) (else (nop))) (drop) (drop))", 4)]
    public void FrameWords(string functions, ulong heightAndLocals)
    {
        Assert.True(TextFormat.TryRead(Encoding.UTF8.GetBytes($"(module {functions})"), new TextOptions(), out TextModule? text, out TextError? error), $"{error}");
        Profile profile = new("stylus-depth", Profiles.Bare.Features, Profiles.Bare.Limits, Profiles.StylusV2.Schedule);
        Assert.Equal(heightAndLocals + 4, TestModules.Load(text.Bytes, profile).Bodies[0].Plan.FrameWords);
    }

    [Theory]
    [InlineData("(return)", Outcome.Success)]
    [InlineData("(nop)", Outcome.Success)]
    [InlineData("(br 0)", Outcome.OutOfStack)]
    [InlineData("(br_if 0 (i32.const 1))", Outcome.OutOfStack)]
    [InlineData("(br_table 0 (i32.const 5))", Outcome.OutOfStack)]
    public void ABranchOutOfAFunctionKeepsItsWords(string way, Outcome outcome)
    {
        Assert.True(TextFormat.TryRead(Encoding.UTF8.GetBytes($"""
            (module (func $leave {way})
              (func (export "run") (local i32)
                (loop $again (call $leave) (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 5000))))))
            """), new TextOptions(), out TextModule? text, out TextError? error), $"{error}");
        Profile profile = new("stylus-depth", Profiles.Bare.Features, Profiles.Bare.Limits, Profiles.StylusV2.Schedule);
        using Instance instance = TestModules.Instantiate(TestModules.Load(text.Bytes, profile));
        Assert.Equal(outcome, TestModules.Run(instance, "run", 1UL << 50).Result.Outcome);
        // What was lost is there again for the next execution.
        Assert.Equal(outcome, TestModules.Run(instance, "run", 1UL << 50).Result.Outcome);
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void AFrameHoldsSoManyValuesAtMost(int values, bool isAccepted)
    {
        StringBuilder code = new();
        for (int i = 0; i < values; i++) code.Append("(i32.const 0)");
        for (int i = 0; i < values; i++) code.Append("(drop)");
        Assert.True(TextFormat.TryRead(Encoding.UTF8.GetBytes($"(module (memory (export \"memory\") 1) (func (export \"user_entrypoint\") (param i32) (result i32) {code} (i32.const 0)))"), new TextOptions(), out TextModule? text, out _));
        bool accepted = Module.TryLoad(text.Bytes, Profiles.StylusV2, out _, out ModuleError error);
        Assert.Equal((isAccepted, isAccepted ? (ModuleErrorCode?)null : ModuleErrorCode.RuleBroken), (accepted, error?.Code));
    }

    [Fact]
    public void TheLastOfTwentyTwoThousandWordsCannotBeUsed()
    {
        // A frame of 6 words calls itself: 22 000 are refused where no more than a frame is left.
        Assert.Equal(21_999UL, Profiles.StylusV2.Schedule.StackWords);
        Assert.True(TextFormat.TryRead("(module (global (export \"depth\") (mut i32) (i32.const 0)) (func $run (export \"run\") (global.set 0 (i32.add (global.get 0) (i32.const 1))) (call $run)))"u8.ToArray(), new TextOptions(), out TextModule? text, out _));
        Profile profile = new("stylus-depth", Profiles.Bare.Features, Profiles.Bare.Limits, Profiles.StylusV2.Schedule);
        Module module = TestModules.Load(text.Bytes, profile);
        using Instance instance = TestModules.Instantiate(module);
        Assert.Equal(Outcome.OutOfStack, TestModules.Run(instance, "run", 1UL << 50).Result.Outcome);
        Assert.Equal(21_999UL / module.Bodies[0].Plan.FrameWords, instance.Globals[0]);
    }
}
