using System;
using System.IO;
using System.Threading;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>Calls from a contract to the host and back: bounded by stack words, and nothing is torn however they end.</summary>
public abstract class ReentrancyTests(EngineKind engine)
{
    private const string Contract = """
        (module
          (import "host" "again" (func $again (param i32)))
          (memory (export "memory") 1) (global $depth (export "depth") (mut i64) (i64.const 0))
          (export "host" (func $again))
          (func (export "run") (param i32)
            (global.set $depth (i64.add (global.get $depth) (i64.const 1)))
            (call $again (local.get 0))))
        """;

    /// <summary>A host function that calls an export of the instance that its argument chooses, and hands on how it ended.</summary>
    private static HostCallback Calling(Func<HostCall, ulong, Instance> choose, string export, Outcome[] last) => (call, slots) =>
    {
        ExecutionResult result = TextModules.Call(choose(call, slots[0]), export, call.Meter, slots[0]).Result;
        last[0] = result.Outcome;
        return result.Outcome == Outcome.Success ? HostStatus.Continue : HostStatus.Fault;
    };

    [Theory]
    [InlineData("run", true)]
    [InlineData("run", false)]
    // The host function itself, which the contract exports: nothing of the contract runs between.
    [InlineData("host", true)]
    public void TheDepthIsBoundedByWordsOnAThreadAsItComes(string export, bool isSame)
    {
        using TextModules modules = new(engine: engine);
        Instance? first = null, second = null;
        Outcome[] last = new Outcome[1];
        modules.Host("again", "i", "", Calling((call, _) => isSame || ReferenceEquals(call.Instance, second) ? first! : second!, export, last));
        first = modules.Add(Contract);
        second = modules.Add(Contract);
        ExecutionResult result = default;
        Meter meter = TextModules.NewMeter();
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                result = TextModules.Call(first, "run", meter, 1).Result;
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        // The innermost call is out of stack; the host made faults of that, level by level.
        Assert.Equal((Outcome.Failure, TrapKind.HostFault, Outcome.Failure), (result.Outcome, result.Trap, last[0]));
        Schedule schedule = Profiles.Bare.Schedule;
        Assert.Equal(schedule.StackWords, meter.StackWordsLeft);
        if (export == "host") return;
        ulong frame = 3 + schedule.FrameWords;
        ulong depth = 1 + (schedule.StackWords - frame) / (frame + Meter.ReentryWords);
        Assert.Equal(depth, first.Globals[0] + second.Globals[0]);
    }

    [Fact]
    public void EachLevelGoesOnWithWhatTheInnerOneLeft()
    {
        using TextModules modules = new(engine: engine);
        Instance? instance = null;
        modules.Host("down", "i", "i", (call, slots) =>
        {
            ulong before = call.Meter.StackWordsLeft;
            if (slots[0] > 0) slots[0] = TextModules.Call(instance!, "run", call.Meter, slots[0] - 1).Values[0];
            return before == call.Meter.StackWordsLeft ? HostStatus.Continue : HostStatus.Fault;
        });
        instance = modules.Add("""
            (module (import "host" "down" (func $down (param i32) (result i32))) (memory 1)
              (func (export "run") (param i32) (result i32) (local i32 i32)
                (local.set 1 (memory.grow (i32.const 1)))
                (local.set 2 (call $down (local.get 0)))
                ;; The memory that inner levels grew is seen at once.
                (i32.store (i32.mul (local.get 0) (i32.const 65536)) (i32.const 1))
                (i32.add (i32.add (local.get 2) (i32.mul (local.get 1) (i32.const 100))) (memory.size))))
            """);
        // Innermost: 0 + 400 + 5; then each level adds what it saw before, and the size now.
        Assert.Equal(405UL + 305 + 205 + 105, TextModules.Value(instance, "run", 3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(30)]
    public void AnExceptionOfTheHostInANestedCallLeavesEverythingUsable(int depth)
    {
        using TextModules modules = new(engine: engine);
        Instance? instance = null;
        int left = depth;
        modules.Host("again", "i", "", (call, slots) =>
        {
            if (left-- <= 0) throw new IOException("disk");
            return TextModules.Call(instance!, "run", call.Meter, 1).Result.Outcome == Outcome.Success ? HostStatus.Continue : HostStatus.Fault;
        });
        instance = modules.Add(Contract);
        Meter meter = TextModules.NewMeter();
        ulong ink = 0;
        for (int time = 0; time < 3; time++)
        {
            left = depth;
            Assert.Throws<IOException>(() => TextModules.Call(instance, "run", meter, 1));
            Assert.Equal(Profiles.Bare.Schedule.StackWords, meter.StackWordsLeft);
            // Every time the same is paid: nothing that went before shows.
            ulong used = TextModules.Plenty - meter.InkLeft - (ulong)time * ink;
            if (time == 0) ink = used;
            Assert.Equal(ink, used);
        }

        // A call that goes well with the same meter, and its words are not taken for a nested one's.
        using TextModules others = new();
        Instance simple = others.Add("(module (func (export \"run\") (result i32) (i32.const 4)))");
        Meter exact = TextModules.NewMeter(words: 3 + 2 + 4);
        Assert.Equal(ExecutionResult.Success, TextModules.Call(simple, "run", meter).Result);
        Assert.Equal(ExecutionResult.Success, TextModules.Call(simple, "run", exact).Result);
    }

    [Fact]
    public void AnExceptionInANestedCallThatTheHostCatchesIsForgotten()
    {
        using TextModules modules = new(engine: engine);
        Instance? instance = null;
        bool fails = true;
        modules.Host("again", "i", "", (call, slots) =>
        {
            if (slots[0] == 2) throw new IOException("disk");
            try
            {
                TextModules.Call(instance!, "run", call.Meter, 2);
            }
            catch (IOException)
            {
                fails = false;
            }

            // The meter of this call is still this call's.
            return call.Meter.TryCharge(5) ? HostStatus.Continue : HostStatus.OutOfInk;
        });
        instance = modules.Add(Contract);
        Meter meter = TextModules.NewMeter();
        Assert.Equal(ExecutionResult.Success, TextModules.Call(instance, "run", meter, 1).Result);
        Assert.Equal((false, 2UL, Profiles.Bare.Schedule.StackWords), (fails, instance.Globals[0], meter.StackWordsLeft));
    }

    [Fact]
    public void InkThatEndsInsideEndsAllAround()
    {
        using TextModules modules = new(engine: engine);
        Instance? instance = null;
        modules.Host("again", "i", "", (call, slots) =>
        {
            // A host that does not look at how the nested call ended.
            if (slots[0] < 5) TextModules.Call(instance!, "run", call.Meter, slots[0] + 1);
            return HostStatus.Continue;
        });
        instance = modules.Add(Contract);
        Meter full = TextModules.NewMeter();
        Assert.Equal(ExecutionResult.Success, TextModules.Call(instance, "run", full, 0).Result);
        ulong used = TextModules.Plenty - full.InkLeft;
        for (ulong ink = 0; ink < used; ink += 101)
        {
            Meter meter = TextModules.NewMeter(ink);
            Assert.Equal((Outcome.OutOfInk, 0UL, Profiles.Bare.Schedule.StackWords), (TextModules.Call(instance, "run", meter, 0).Result.Outcome, meter.InkLeft, meter.StackWordsLeft));
        }
    }
}

/// <inheritdoc/>
public class InterpretedReentrancyTests() : ReentrancyTests(EngineKind.Interpreter);

/// <inheritdoc/>
public class CompiledReentrancyTests() : ReentrancyTests(EngineKind.Compiled);
