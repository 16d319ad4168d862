using System.Linq;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>Exceptions across frames and instances, what they carry, and what they cost (WebAssembly 3.0, "try_table"; docs/GAS.md).</summary>
public abstract class ExceptionTests(EngineKind engine)
{
    private const string Deep = """
        (module
          (tag $e (param i64 v128 f64)) (tag $other (param i64 v128 f64))
          (func $down (param i64)
            (if (i64.eqz (local.get 0)) (then (throw $e (i64.const 3) (v128.const i64x2 4 5) (f64.const nan:0x4000000000001))))
            ;; A handler on the way that is for another tag.
            (block $not (result i64 v128 f64)
              (try_table (catch $other $not) (call $down (i64.sub (local.get 0) (i64.const 1))))
              (return))
            (unreachable))
          (func (export "run") (param i64) (result i64 v128 i64) (local f64)
            (block $caught (result i64 v128 f64) (try_table (catch $e $caught) (call $down (local.get 0))) (unreachable))
            (local.set 1) (i64.reinterpret_f64 (local.get 1)))
          (func (export "uncaught") (param i64) (call $down (local.get 0))))
        """;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5000)]
    public void ThroughManyFramesPayloadStackAndInkAreExact(int depth)
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add(Deep);
        Meter meter = TextModules.NewMeter();
        ulong words = meter.StackWordsLeft;
        Assert.Equal([3, 4, 5, 0x7FF4_0000_0000_0001], TextModules.Call(instance, "run", meter, (ulong)depth).Values);
        Assert.Equal(words, meter.StackWordsLeft);
        // Each level looks at one clause and is left, the last one has none; then the clause that catches.
        Schedule schedule = Profiles.Bare.Schedule;
        ulong unit = schedule.UnwindStep, units = 2 * (ulong)depth + 2;
        ulong entered = TextModules.Plenty - meter.InkLeft - units * unit;
        Assert.Equal(BlocksOf(depth), entered);
    }

    /// <summary>The blocks that are entered on the way down and after catching, priced by hand.</summary>
    private static ulong BlocksOf(int depth)
    {
        Schedule schedule = Profiles.Bare.Schedule;
        ulong Price(params Opcode[] opcodes) => schedule.BlockHeader + opcodes.Aggregate(0UL, (sum, opcode) => sum + schedule.PriceOf((int)opcode));
        ulong entry = schedule.FunctionEntry;
        ulong run = entry + schedule.PerLocal + Price(Opcode.Block, Opcode.TryTable, Opcode.LocalGet, Opcode.Call, Opcode.End, Opcode.Unreachable)
            + Price(Opcode.LocalSet, Opcode.LocalGet, Opcode.I64ReinterpretF64, Opcode.End) + schedule.PerOperand((int)Opcode.TryTable);
        ulong test = entry + Price(Opcode.LocalGet, Opcode.I64Eqz, Opcode.If);
        ulong onward = Price(Opcode.Block, Opcode.TryTable, Opcode.LocalGet, Opcode.I64Const, Opcode.I64Sub, Opcode.Call, Opcode.End, Opcode.Return)
            + schedule.PerOperand((int)Opcode.TryTable);
        ulong thrown = Price(Opcode.I64Const, Opcode.V128Const, Opcode.F64Const, Opcode.Throw) + 3 * schedule.PerOperand((int)Opcode.Throw);
        return run + (ulong)depth * (test + onward) + test + thrown;
    }

    [Fact]
    public void UncaughtItEndsTheExecutionWhereItWasThrown()
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add("""
            (module
              (tag $e)
              (func $leaf (nop) (throw $e))
              (func (export "run") (call $leaf))
              (func $again (param exnref) (throw_ref (local.get 0)))
              (func (export "again") (block $caught (result exnref) (try_table (catch_all_ref $caught) (call $leaf)) (unreachable)) (call $again)))
            """);
        Meter meter = TextModules.NewMeter();
        (ExecutionResult result, _) = TextModules.Call(instance, "run", meter);
        Assert.Equal((Outcome.Failure, TrapKind.UncaughtException, 0), (result.Outcome, result.Trap, result.TrapFunction));
        Assert.Equal((byte)Opcode.Throw, instance.Module.Bytes.Span[result.TrapOffset]);
        (result, _) = TextModules.Call(instance, "again", meter);
        Assert.Equal((Outcome.Failure, TrapKind.UncaughtException, 2), (result.Outcome, result.Trap, result.TrapFunction));
        Assert.Equal((byte)Opcode.ThrowRef, instance.Module.Bytes.Span[result.TrapOffset]);
        // And the meter is as good as before.
        Assert.Equal(Profiles.Bare.Schedule.StackWords, meter.StackWordsLeft);
    }

    [Fact]
    public void TagsAreTheSameOnlyWhereTheyAreOne()
    {
        using TextModules modules = new(engine: engine);
        modules.Add("""
            (module
              (tag $a (export "a") (param i32)) (tag $b (export "b") (param i32))
              (func (export "throwA") (throw $a (i32.const 1))) (func (export "throwB") (throw $b (i32.const 2))))
            """, "origin");
        // The same tag under two names, a tag of the same type under its own, and an instance between.
        modules.Add("""
            (module (import "origin" "throwA" (func $f)) (import "origin" "a" (tag $a (param i32))) (export "alias" (tag $a))
              (func (export "through") (call $f)))
            """, "between");
        Instance instance = modules.Add("""
            (module
              (import "origin" "a" (tag $a (param i32))) (import "between" "alias" (tag $alias (param i32))) (import "origin" "b" (tag $b (param i32)))
              (import "origin" "throwB" (func $throwB)) (import "between" "through" (func $throwA))
              (tag $own (param i32))
              (func (export "a") (result i32)
                (block $own (result i32) (block $b (result i32) (block $alias (result i32)
                  (try_table (catch $own $own) (catch $b $b) (catch $alias $alias) (catch $a $own) (call $throwA)) (unreachable))
                  (return (i32.add (i32.const 10)))) (return (i32.add (i32.const 20)))) (return (i32.add (i32.const 30))))
              (func (export "b") (result i32)
                (block $own (result i32) (block $b (result i32)
                  (try_table (catch $own $own) (catch $a $own) (catch $b $b) (call $throwB)) (unreachable))
                  (return (i32.add (i32.const 20)))) (return (i32.add (i32.const 30))))
              (func (export "own") (result i32)
                (block $all (block $a (result i32) (try_table (catch $a $a) (catch_all $all) (throw $own (i32.const 3))) (unreachable)) (return)) (i32.const 40)))
            """);
        Assert.Equal((11UL, 22UL, 40UL), (TextModules.Value(instance, "a"), TextModules.Value(instance, "b"), TextModules.Value(instance, "own")));
    }

    [Fact]
    public void ThrownAgainItIsTheSameWithTheSamePayload()
    {
        using TextModules modules = new(engine: engine);
        modules.Add("(module (tag (export \"e\") (param v128 i64)) (global (export \"kept\") (mut exnref) (ref.null exn)))", "shared");
        modules.Add("""
            (module
              (import "shared" "e" (tag $e (param v128 i64))) (import "shared" "kept" (global $kept (mut exnref)))
              ;; Kept in a global, dropped on the stack, thrown again without a handler of its own.
              (func (export "pass")
                (block $r (result v128 i64 exnref) (try_table (catch_ref $e $r) (throw $e (v128.const i64x2 11 12) (i64.const 13))) (unreachable))
                (global.set $kept) (drop) (drop)
                (throw_ref (global.get $kept))))
            """, "thrower");
        Instance instance = modules.Add("""
            (module
              (import "shared" "e" (tag $e (param v128 i64))) (import "shared" "kept" (global $kept (mut exnref))) (import "thrower" "pass" (func $pass))
              (func (export "run") (result v128 i64 i64) (local $x exnref)
                (block $first (result exnref) (try_table (catch_all_ref $first) (call $pass)) (unreachable))
                (local.set $x)
                (block $second (result v128 i64)
                  (try_table (catch $e $second) (block $third (try_table (catch_all $third) (nop)) (throw_ref (local.get $x)))) (unreachable))
                (i64.extend_i32_u (ref.is_null (global.get $kept))))
              (func (export "null") (throw_ref (ref.null exn))))
            """);
        Assert.Equal([11, 12, 13, 0UL], TextModules.Values(instance, "run"));
        Assert.Equal(TrapKind.NullReference, TextModules.Trap(instance, "null"));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 104)]
    public void TheInnermostHandlerThatFitsCatchesAndClausesGoInOrder(ulong which, ulong expected)
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add("""
            (module
              (tag $a) (tag $b) (tag $c) (tag $d)
              (func $throw (param i32)
                (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $a)))
                (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $b)))
                (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $c)))
                (throw $d))
              (func (export "run") (param i32) (result i32)
                (block $outer
                  (block $outerD
                    (try_table (catch $a $outer) (catch $d $outerD) (catch_all $outer)
                      (block $innerA (block $innerB (block $innerC
                        ;; The first clause that fits counts, though a later one would too.
                        (try_table (catch $a $innerA) (catch $b $innerB) (catch $b $innerC) (catch $c $innerC) (catch $a $innerC)
                          (call $throw (local.get 0)))
                        (unreachable))
                        (return (i32.const 3))) (return (i32.const 2)))
                      (return (i32.const 1))))
                  (return (i32.const 104)))
                (i32.const 999))
              ;; What is thrown by a handler's target is for the handlers around it, not for those beside it.
              (func (export "rethrow") (result i32)
                (block $outer
                  (try_table (catch $b $outer)
                    (block $inner (try_table (catch $a $inner) (catch $b $inner) (throw $a)))
                    (throw $b)))
                (i32.const 7)))
            """);
        Assert.Equal(expected, TextModules.Value(instance, "run", which));
        Assert.Equal(7UL, TextModules.Value(instance, "rethrow"));
    }

    /// <summary>Tail calls from instance to instance, with more arguments than registers, leave no frames; what waits finds its own instance, memory and global again.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void BehindTailCallsToOtherInstancesTheCatcherIsInItsOwn(ulong turns)
    {
        using TextModules modules = new(engine: engine);
        modules.Add("""
            (module
              (type $wide (func (param i32 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
              (tag $e (export "e") (param i64 i64)) (memory 1) (global $own i64 (i64.const 1000))
              (table (export "t") 1 1 funcref)
              (func (export "pass") (type $wide)
                (i32.store8 (i32.const 5) (i32.const 99))
                (if (i32.eqz (local.get 0)) (then (throw $e (i64.add (local.get 9) (local.get 11)) (global.get $own))))
                (return_call_indirect (type $wide)
                  (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8)
                  (i64.add (local.get 9) (i64.const 1)) (local.get 10) (local.get 11) (i32.const 0))))
            """, "lib");
        Instance instance = modules.Add("""
            (module
              (type $wide (func (param i32 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
              (import "lib" "e" (tag $e (param i64 i64))) (import "lib" "pass" (func $pass (type $wide))) (import "lib" "t" (table 1 1 funcref))
              (memory 1) (data (i32.const 5) "\07") (global $own (mut i64) (i64.const 30))
              (elem (i32.const 0) func $back)
              (func $back (type $wide)
                (global.set $own (i64.add (global.get $own) (i64.const 1)))
                (return_call $pass (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10) (local.get 11)))
              ;; One of few arguments that tail-calls one of many, of its own instance or the other.
              (func $few (param i32) (result i64)
                (if (i32.and (local.get 0) (i32.const 1)) (then (return_call $back (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9) (i64.const 10) (i64.const 11))))
                (return_call $pass (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9) (i64.const 10) (i64.const 11)))
              (func $waits (param i64 i32) (result i64) (i64.add (local.get 0) (call $few (local.get 1))))
              (func (export "run") (param i32) (result i64 i64 i64 i64) (local $kept i64)
                (local.set $kept (i64.const 5))
                (block $h (result i64 i64)
                  (try_table (catch $e $h) (drop (call $waits (i64.const 3) (local.get 0))))
                  (unreachable))
                (i64.mul (global.get $own) (local.get $kept))
                (i64.load8_u (i32.const 5))))
            """, "client");
        Meter meter = TextModules.NewMeter();
        ulong words = meter.StackWordsLeft;
        (ExecutionResult result, ulong[] values) = TextModules.Call(instance, "run", meter, turns);
        Assert.Equal(ExecutionResult.Success, result);
        Assert.Equal([9 + turns + 11, 1000UL, 5 * (30 + turns + (turns & 1)), 7UL], values);
        Assert.Equal(words, meter.StackWordsLeft);
    }

    [Fact]
    public void TrapsAreNotCaught()
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add("""
            (module
              (func (export "run") (block $all (try_table (catch_all $all) (unreachable))))
              (func (export "zero") (result i32) (block $all (try_table (catch_all $all) (drop (i32.div_u (i32.const 1) (i32.const 0))))) (i32.const 1)))
            """);
        Assert.Equal((TrapKind.Unreachable, TrapKind.DivideByZero), (TextModules.Trap(instance, "run"), TextModules.Trap(instance, "zero")));
    }

    [Fact]
    public void OperandsBelowATryTableAndParametersOfItStay()
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add("""
            (module
              (tag $e (param i64 i64))
              (func (export "run") (param i64) (result i64) (local v128)
                ;; Eight operands below that must survive, two that the block takes.
                (i64.const 1) (local.get 0) (i64.const 3) (i64.const 4) (v128.const i64x2 5 6) (local.get 0)
                (block $caught (result i64 i64)
                  (i64.const 100) (i64.const 200)
                  (try_table (param i64 i64) (catch $e $caught)
                    (local.set 0 (i64.const 50))
                    (throw $e)) (unreachable))
                (i64.sub) (i64.add) (local.set 0) (i64x2.extract_lane 1) (i64.add (local.get 0)) (i64.add) (i64.add) (i64.add) (i64.add)))
            """);
        // 7 + (100 - 200), 6, 4, 3, 7, 1
        Assert.Equal(unchecked((ulong)(7 - 100 + 6 + 4 + 3 + 7 + 1)), TextModules.Value(instance, "run", 7));
    }

    [Fact]
    public void InkThatEndsWhileHandlersAreLookedForEndsTheExecution()
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add(Deep);
        Meter full = TextModules.NewMeter();
        TextModules.Call(instance, "run", full, 20);
        ulong used = TextModules.Plenty - full.InkLeft, unit = Profiles.Bare.Schedule.UnwindStep;
        // 2 × 20 + 2 steps, and the charges of some blocks before them.
        Assert.True(used > 45 * unit);
        for (ulong less = 1; less < 45 * unit; less += unit / 2)
        {
            Meter meter = TextModules.NewMeter(used - less);
            (ExecutionResult result, _) = TextModules.Call(instance, "run", meter, 20);
            Assert.Equal((Outcome.OutOfInk, 0UL, true), (result.Outcome, meter.InkLeft, meter.IsExhausted));
        }

        Meter exact = TextModules.NewMeter(used);
        Assert.Equal((ExecutionResult.Success, 0UL), (TextModules.Call(instance, "run", exact, 20).Result, exact.InkLeft));
    }
}

/// <inheritdoc/>
public class InterpretedExceptionTests() : ExceptionTests(EngineKind.Interpreter);

/// <inheritdoc/>
public class CompiledExceptionTests() : ExceptionTests(EngineKind.Compiled);
