using System;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>Tail calls take no stack, wherever they go, and end the frame that they leave (WebAssembly 3.0, "return_call").</summary>
public abstract class TailCallTests(EngineKind engine)
{
    private const ulong Million = 1_000_000;

    [Theory]
    [InlineData("return_call $odd", "return_call $even")]
    [InlineData("return_call_indirect (type $step)", "return_call_indirect (type $step)")]
    [InlineData("return_call_ref $step", "return_call_ref $step")]
    [InlineData("return_call $odd", "return_call_ref $step")]
    public void AMillionTakeTheStackOfOne(string toOdd, string toEven)
    {
        using TextModules modules = new(engine: engine);
        string Target(string call, int element, string name) => call.Contains("indirect", StringComparison.Ordinal) ? $"(i32.const {element})" : call.Contains("ref", StringComparison.Ordinal) ? $"(ref.func {name})" : "";
        Instance instance = modules.Add($$"""
            (module
              (type $step (func (param i64 i64) (result i64)))
              (table funcref (elem $even $odd))
              (func $even (export "even") (type $step)
                (if (i64.eqz (local.get 0)) (then (return (i64.add (local.get 1) (i64.const 1000)))))
                ({{toOdd}} (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 1)) {{Target(toOdd, 1, "$odd")}}))
              (func $odd (type $step) (local i64 i64 i64)
                (if (i64.eqz (local.get 0)) (then (return (i64.add (local.get 1) (i64.const 2000)))))
                ({{toEven}} (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 2)) {{Target(toEven, 0, "$even")}})))
            """);
        // The larger frame: two parameters, three locals, at most four operands, the schedule's constant.
        ulong words = 2 + 3 + 4 + Profiles.Bare.Schedule.FrameWords;
        Meter meter = TextModules.NewMeter(words: words);
        (ExecutionResult result, ulong[] values) = TextModules.Call(instance, "even", meter, Million, 0);
        Assert.Equal((ExecutionResult.Success, Million / 2 * 3 + 1000, words), (result, values[0], meter.StackWordsLeft));
    }

    [Fact]
    public void BetweenInstancesTheyTakeNoneEither()
    {
        // Two instances of one module through a table that both import, and a third one that calls and waits.
        using TextModules modules = new(engine: engine);
        modules.Add("(module (table (export \"t\") 2 funcref) (global (export \"sum\") (mut i64) (i64.const 0)))", "shared");
        const string Half = """
            (module
              (type $step (func (param i64) (result i64)))
              (import "shared" "t" (table $t 2 funcref)) (import "shared" "sum" (global $sum (mut i64)))
              (global $own (mut i64) (i64.const 0))
              (elem (i32.const {0}) $go)
              (func $go (type $step)
                (global.set $own (i64.add (global.get $own) (i64.const 1)))
                (global.set $sum (i64.add (global.get $sum) (i64.const {1})))
                (if (i64.eqz (local.get 0)) (then (return (global.get $own))))
                (return_call_indirect $t (type $step) (i64.sub (local.get 0) (i64.const 1)) (i32.const {2})))
              (func (export "count") (result i64) (global.get $own)))
            """;
        Instance first = modules.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, Half, 0, 1, 1), "first");
        Instance second = modules.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, Half, 1, 10, 0), "second");
        Instance caller = modules.Add("""
            (module
              (type $step (func (param i64) (result i64)))
              (import "shared" "t" (table $t 2 funcref)) (import "shared" "sum" (global $sum (mut i64)))
              (func (export "run") (param i64) (result i64 i64)
                (call_indirect $t (type $step) (local.get 0) (i32.const 0))
                (global.get $sum)))
            """, "caller");
        ulong words = 1 + 3 + 2 * (1 + 3 + Profiles.Bare.Schedule.FrameWords);
        Meter meter = TextModules.NewMeter(words: words);
        (ExecutionResult result, ulong[] values) = TextModules.Call(caller, "run", meter, Million);
        Assert.Equal(ExecutionResult.Success, result);
        Assert.Equal([Million / 2 + 1, Million / 2 * 11 + 1], values);
        Assert.Equal((Million / 2 + 1, Million / 2, words), (TextModules.Value(first, "count"), TextModules.Value(second, "count"), meter.StackWordsLeft));
    }

    [Fact]
    public void NumbersAndSizesOfParametersMayDiffer()
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add("""
            (module
              (type $many (func (param v128 i64 v128 i64 i64 v128) (result v128 i64)))
              (type $none (func (result v128 i64)))
              (global $kept (mut v128) (v128.const i64x2 0 0))
              ;; Few to many, overlapping the frame that is left; then many to few.
              (func (export "few") (param i64) (result v128 i64)
                (return_call $more (local.get 0) (i64x2.splat (local.get 0))))
              (func $more (param i64 v128) (result v128 i64) (local v128)
                (local.set 2 (i64x2.add (local.get 1) (v128.const i64x2 1 2)))
                (return_call_ref $many (local.get 2) (local.get 0) (local.get 1) (i64.const 7) (i64.const 8) (local.get 2) (ref.func $many)))
              (func $many (type $many) (local i64)
                (global.set $kept (i64x2.add (local.get 0) (i64x2.sub (local.get 5) (local.get 2))))
                (local.set 6 (i64.add (i64.mul (local.get 1) (i64.const 100)) (i64.add (i64.mul (local.get 3) (i64.const 10)) (local.get 4))))
                (return_call $one (local.get 6)))
              (func $one (param i64) (result v128 i64) (local v128)
                (if (v128.any_true (local.get 1)) (then (unreachable)))
                (return (global.get $kept) (local.get 0)))
              (elem declare func $many))
            """);
        // 5 + (1, 2) + (1, 2), and 5 7 8.
        Assert.Equal([7, 9, 578UL], TextModules.Values(instance, "few", 5));
    }

    [Theory]
    [InlineData("return_call $host", "")]
    [InlineData("return_call_ref $type", "(ref.func $host)")]
    [InlineData("return_call_indirect (type $type)", "(i32.const 0)")]
    public void ToAHostFunctionItsResultsAreTheCallers(string call, string target)
    {
        using TextModules modules = new(engine: engine);
        ulong wordsThere = 0;
        modules.Host("f", "lv", "vl", (host, slots) =>
        {
            wordsThere = host.Meter.StackWordsLeft;
            (slots[0], slots[1], slots[2]) = (slots[1] + 1, slots[2] + 1, slots[0] + 1);
            return HostStatus.Continue;
        });
        Instance instance = modules.Add($$"""
            (module
              (type $type (func (param i64 v128) (result v128 i64)))
              (import "host" "f" (func $host (type $type)))
              (table funcref (elem $host))
              (func $tail (export "tail") (param i64) (result v128 i64) (local i64 i64 i64 i64) ({{call}} (local.get 0) (v128.const i64x2 20 30) {{target}}))
              (func (export "run") (param i64) (result v128 i64) (call $tail (local.get 0))))
            """);
        Assert.Equal([21, 31, 11UL], TextModules.Values(instance, "tail", 10));
        Meter meter = TextModules.NewMeter(words: 1000);
        Assert.Equal([21, 31, 11UL], TextModules.Call(instance, "run", meter, 10).Values);
        // While the host runs, only the frame that waits has words: one parameter, three operands, the constant.
        Assert.Equal((1000 - (1 + 3 + (ulong)Profiles.Bare.Schedule.FrameWords), 1000UL), (wordsThere, meter.StackWordsLeft));
    }

    [Theory]
    [InlineData("return_call $fail", TrapKind.UncaughtException)]
    [InlineData("call $fail", TrapKind.None)]
    public void WhatTheCalleeThrowsIsNotCaughtByTheFrameThatWasLeft(string call, TrapKind trap)
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add($$"""
            (module
              (tag $e (param i32))
              (func $fail (result i32) (throw $e (i32.const 5)))
              (func $left (result i32) (block $caught (result i32) (try_table (catch $e $caught) ({{call}}) (drop)) (i32.const 1)))
              (func (export "run") (result i32) (call $left))
              (func (export "outer") (result i32)
                (block $caught (result i32) (try_table (result i32) (catch $e $caught) (call $left)) (i32.const 100) (i32.add))))
            """.Replace("({call}) (drop)", call.StartsWith("return", StringComparison.Ordinal) ? $"({call})" : $"({call}) (drop)", StringComparison.Ordinal));
        if (trap != TrapKind.None) Assert.Equal(trap, TextModules.Trap(instance, "run"));
        else Assert.Equal(5UL, TextModules.Value(instance, "run"));
        // Thrown to the caller's own handler, or returned past it.
        Assert.Equal(trap == TrapKind.None ? 105UL : 5UL, TextModules.Value(instance, "outer"));
    }

    [Fact]
    public void AnExceptionAfterManyTailCallsBetweenInstancesFindsTheCaller()
    {
        using TextModules modules = new(engine: engine);
        modules.Add("(module (table (export \"t\") 2 funcref) (tag (export \"e\") (param i64)))", "shared");
        for (int i = 0; i < 2; i++)
        {
            modules.Add($$"""
                (module
                  (type $step (func (param i64)))
                  (import "shared" "t" (table $t 2 funcref)) (import "shared" "e" (tag $e (param i64)))
                  (elem (i32.const {{i}}) $go)
                  (func $go (export "go") (type $step)
                    (if (i64.eqz (local.get 0)) (then (throw $e (i64.const {{77 + i}}))))
                    (return_call_indirect $t (type $step) (i64.sub (local.get 0) (i64.const 1)) (i32.const {{1 - i}}))))
                """, i == 0 ? "first" : "second");
        }

        Instance caller = modules.Add("""
            (module
              (import "first" "go" (func $go (param i64))) (import "shared" "e" (tag $e (param i64)))
              (global $own (mut i64) (i64.const 9))
              (func $middle (param i64) (call $go (local.get 0)))
              (func (export "run") (param i64) (result i64 i64)
                (block $caught (result i64) (try_table (catch $e $caught) (call $middle (local.get 0))) (unreachable))
                (global.get $own)))
            """, "caller");
        Meter meter = TextModules.NewMeter();
        ulong words = meter.StackWordsLeft;
        for (ulong steps = 0; steps < 5; steps++)
            Assert.Equal([77 + steps % 2, 9], TextModules.Call(caller, "run", meter, steps).Values);
        Assert.Equal(words, meter.StackWordsLeft);
    }

    [Fact]
    public void ATailCallThatDoesNotFitEndsAsOutOfStack()
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add("""
            (module
              (func (export "run") (return_call $large))
              (func $large (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)))
            """);
        ulong words = 10 + Profiles.Bare.Schedule.FrameWords;
        Assert.Equal(Outcome.OutOfStack, TextModules.Call(instance, "run", TextModules.NewMeter(words: words - 1)).Result.Outcome);
        Assert.Equal(Outcome.Success, TextModules.Call(instance, "run", TextModules.NewMeter(words: words)).Result.Outcome);
    }
}

/// <inheritdoc/>
public class InterpretedTailCallTests() : TailCallTests(EngineKind.Interpreter);

/// <inheritdoc/>
public class CompiledTailCallTests() : TailCallTests(EngineKind.Compiled);
