using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>
/// Ink that ends anywhere: a program with every kind of instruction, under every limit below its cost, leaves what a shorter run of
/// the same program leaves, and never anything else.
/// </summary>
public class ExhaustionTests
{
    private static readonly ulong Words = Profiles.Bare.Schedule.StackWords;

    // After each kind of instruction its result goes to the journal in memory, so that every limit stops somewhere else.
    private const string Program = """
        (module
          (type $pair (struct (field (mut i32)) (field (mut v128)))) (type $row (array (mut i16))) (type $step (func (param i32) (result i32)))
          (import "host" "pay" (func $pay (param i32) (result i32)))
          (memory $m 1 4) (memory $wide i64 1 4) (table $t 4 20 funcref) (elem (i32.const 1) $double $double) (elem $e func $double) (data $d "abcdefgh")
          (global $at (mut i32) (i32.const 0)) (global $v (mut v128) (v128.const i64x2 1 2)) (global $kept (mut (ref null $pair)) (ref.null $pair))
          (tag $x (param i32))
          (func $mark (param i32)
            (i32.store (global.get $at) (local.get 0))
            (global.set $at (i32.add (global.get $at) (i32.const 4))))
          (func $double (type $step) (i32.mul (local.get 0) (i32.const 2)))
          (func $tail (param i32 i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
            (call $mark (local.get 1))
            (return_call $tail (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 1))))
          (func $throw (param i32) (if (local.get 0) (then (call $throw (i32.sub (local.get 0) (i32.const 1))) (return))) (throw $x (i32.const 9)))
          (func (export "run") (result i32) (local $i i32) (local $f f64) (local $row (ref null $row))
            (loop $again
              (call $mark (i32.shl (i32.const 1) (local.get $i)))
              (block $a (block $b (block $c (br_table $a $b $c (local.get $i))) (call $mark (i32.const 33))) (call $mark (i32.const 22)))
              (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4))))
            (local.set $f (f64.sqrt (f64.convert_i32_u (local.get $i))))
            (call $mark (i32.trunc_f64_s (local.get $f)))
            (memory.fill (i32.const 1000) (i32.const 7) (i32.const 30)) (call $mark (i32.load (i32.const 1000)))
            (memory.copy (i32.const 1010) (i32.const 1000) (i32.const 40)) (call $mark (i32.const 1))
            (memory.init $d (i32.const 1020) (i32.const 0) (i32.const 8)) (data.drop $d) (call $mark (i32.const 2))
            (call $mark (memory.grow (i32.const 2)))
            (memory.copy $wide $m (i64.const 5) (i32.const 1000) (i32.const 50)) (call $mark (i32.load $wide (i64.const 5)))
            (call $mark (i32.wrap_i64 (memory.grow $wide (i64.const 1))))
            (global.set $v (i8x16.add (global.get $v) (i8x16.splat (i32.const 3)))) (call $mark (i32x4.extract_lane 0 (global.get $v)))
            (call $mark (i32.atomic.rmw.add (i32.const 2000) (i32.const 5)))
            (call $mark (table.grow $t (ref.func $double) (i32.const 6)))
            (table.fill $t (i32.const 3) (ref.func $double) (i32.const 4)) (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 5)) (table.init $t $e (i32.const 9) (i32.const 0) (i32.const 1))
            (call $mark (call_indirect $t (type $step) (i32.const 21) (i32.const 3)))
            (call $mark (call_ref $step (i32.const 8) (ref.func $double)))
            (call $mark (call $tail (i32.const 5) (i32.const 50)))
            (call $mark (call $pay (i32.const 17)))
            (call $mark (block $caught (result i32) (try_table (catch $x $caught) (call $throw (i32.const 4))) (unreachable)))
            (global.set $kept (struct.new $pair (i32.const 6) (global.get $v)))
            (call $mark (struct.get $pair 0 (global.get $kept)))
            (local.set $row (array.new $row (i32.const 0x12345) (i32.const 12)))
            (array.copy $row $row (local.get $row) (i32.const 1) (local.get $row) (i32.const 0) (i32.const 8)) (array.fill $row (local.get $row) (i32.const 2) (i32.const 4) (i32.const 5))
            (call $mark (array.get_s $row (local.get $row) (i32.const 1)))
            (call $mark (i31.get_s (ref.i31 (i32.const -5))))
            (drop (block $not (result anyref) (br_on_cast_fail $not anyref (ref $pair) (global.get $kept)) (call $mark (i32.const 77))))
            (block $null (br_on_null $null (global.get $kept)) (drop) (call $mark (i32.const 78)))
            (global.get $at)))
        """;

    [Fact]
    public void EveryLimitStopsAtAPointOfTheSameRun()
    {
        using StreamReader reader = new(typeof(ScheduleReader).Assembly.GetManifestResourceStream("ContractVm.Gas.Schedules.unmetered.gas")!, Encoding.UTF8);
        // Everything costs something, and little, so that every limit can be tried.
        string prices = reader.ReadToEnd().Replace("schedule unmetered", "schedule small", StringComparison.Ordinal).Replace("op * 0", "op * 1 unit 1", StringComparison.Ordinal)
            .Replace("unwind-step 0", "unwind-step 1", StringComparison.Ordinal).Replace("block-header 0", "block-header 2", StringComparison.Ordinal).Replace("function-entry 0", "function-entry 3", StringComparison.Ordinal);
        Profile profile = new("small", Profiles.Bare.Features, Profiles.Bare.Limits, ScheduleReader.Parse("small", prices, OpcodeTable.Catalog)) { ObjectBytes = 1 << 16 };
        Module module = TextModules.Load(Program, profile);
        (ExecutionResult full, byte[] finalState, ulong left) = Run(module, TextModules.Plenty);
        Assert.Equal(ExecutionResult.Success, full);
        ulong total = TextModules.Plenty - left;
        Assert.InRange(total, 500UL, 20_000UL);
        HashSet<string> states = [];
        string before = "";
        int journal = 0;
        for (ulong ink = 0; ink <= total; ink++)
        {
            (ExecutionResult result, byte[] state, left) = Run(module, ink);
            Assert.Equal(ink == total ? Outcome.Success : Outcome.OutOfInk, result.Outcome);
            Assert.Equal(0UL, left);
            string now = Convert.ToHexString(state);
            if (now == before) continue;
            // A new state was never there before, and the journal only becomes longer.
            Assert.True(states.Add(now));
            before = now;
            int entries = BitConverter.ToInt32(state);
            Assert.True(entries >= journal && entries <= journal + 4);
            Assert.True(state.AsSpan(4, entries).SequenceEqual(finalState.AsSpan(4, entries)));
            journal = entries;
        }

        Assert.Equal(Convert.ToHexString(finalState), before);
        Assert.InRange(states.Count, 40, 200);
    }

    /// <summary>Runs a fresh instance; its state is the journal's length, the beginning of the memories, their sizes, table and globals.</summary>
    private static (ExecutionResult, byte[], ulong) Run(Module module, ulong ink)
    {
        HostFunction pay = new("host", "pay", new FunctionType([ValueType.I32], [ValueType.I32]), static (call, slots) => call.Meter.TryCharge(slots[0]++) ? HostStatus.Continue : HostStatus.OutOfInk);
        Instance.Create(module, _ => pay, null, out Instance? instance);
        using (instance)
        {
            Meter meter = TextModules.NewMeter(ink);
            ExecutionResult result = TextModules.Call(instance!, "run", meter).Result;
            Assert.Equal(Words, meter.StackWordsLeft);
            List<byte> state = [.. BitConverter.GetBytes((int)instance!.Globals[0])];
            foreach (LinearMemory memory in instance.Memories)
            {
                Assert.True(memory.TryGetSpan(0, 2048, out Span<byte> bytes));
                state.AddRange(bytes);
                state.AddRange(BitConverter.GetBytes(memory.Pages));
            }

            foreach (ulong element in instance.Tables[0].Elements) state.AddRange(BitConverter.GetBytes(element));
            foreach (ulong slot in instance.Globals) state.AddRange(BitConverter.GetBytes(slot));
            return (result, [.. state], meter.InkLeft);
        }
    }
}
