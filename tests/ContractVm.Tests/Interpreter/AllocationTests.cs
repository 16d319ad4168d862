using System;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>Once prepared, and once the pools are filled, an execution takes nothing from .NET's heap: no call, no instruction does.</summary>
public class AllocationTests
{
    [Fact]
    public void NoInstructionAndNoCallAllocates()
    {
        using TextModules modules = new(64 << 20);
        modules.Host("f", "il", "l", static (call, slots) =>
        {
            slots[0] += slots[1];
            return call.Meter.TryCharge(3) ? HostStatus.Continue : HostStatus.OutOfInk;
        });
        modules.Add("""
            (module (tag (export "e") (param i64)) (tag $e2 (param i64 v128))
              (func (export "other") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
              (func (export "thrower") (param i64) (throw $e2 (local.get 0) (v128.const i64x2 1 2))))
            """, "other");
        Instance instance = modules.Add("""
            (module
              (type $s (struct (field (mut i64)) (field v128))) (type $a (array (mut i16))) (type $f (func (param i64) (result i64)))
              (import "host" "f" (func $host (param i32 i64) (result i64))) (import "other" "other" (func $other (type $f))) (import "other" "thrower" (func $thrower (param i64)))
              (import "other" "e" (tag $e (param i64)))
              (memory $m 1) (memory $wide i64 1) (table $t funcref (elem $tail $other $own)) (data $d "abcdefgh")
              (global $v (mut v128) (v128.const i64x2 0 0)) (global $keep (mut anyref) (ref.null any))
              (func $own (type $f) (i64.mul (local.get 0) (i64.const 3)))
              (func $tail (type $f) (return_call_indirect $t (type $f) (local.get 0) (i32.const 1)))
              (func $throw (param i64) (throw $e (local.get 0)))
              (elem declare func $own)
              (func (export "run") (param $n i32) (result i64) (local $x i64) (local $s (ref null $s)) (local $a (ref null $a))
                (loop $l
                  (local.set $x (call_indirect $t (type $f) (local.get $x) (i32.const 0)))
                  (local.set $x (call $other (local.get $x)))
                  (local.set $x (call_indirect $t (type $f) (local.get $x) (i32.const 2)))
                  (local.set $x (call_ref $f (local.get $x) (ref.func $own)))
                  (local.set $x (call $host (local.get $n) (local.get $x)))
                  (local.set $x (block $c (result i64) (try_table (catch $e $c) (call $throw (local.get $x))) (unreachable)))
                  (block $c (try_table (catch_all $c) (call $thrower (local.get $x))))
                  (local.set $s (struct.new $s (local.get $x) (global.get $v)))
                  (local.set $a (array.new_data $a $d (i32.const 1) (i32.const 3)))
                  (array.copy $a $a (local.get $a) (i32.const 0) (local.get $a) (i32.const 1) (i32.const 2))
                  (global.set $keep (select (result anyref) (local.get $s) (local.get $a) (local.get $n)))
                  (drop (ref.test (ref $s) (global.get $keep)))
                  (global.set $v (i64x2.add (struct.get $s 1 (local.get $s)) (i64x2.splat (local.get $x))))
                  (v128.store $m (i32.const 64) (f32x4.sqrt (f32x4.convert_i32x4_u (global.get $v))))
                  (i64.store $wide (i64.const 8) (i64.load $m (i32.const 64)))
                  (memory.copy $wide $m (i64.const 100) (i32.const 60) (i32.const 40))
                  (drop (i64.atomic.rmw.add $m (i32.const 8) (local.get $x)))
                  (table.set $t (i32.const 2) (table.get $t (i32.const 2)))
                  (f64.store $m (i32.const 16) (f64.nearest (f64.convert_i64_u (local.get $x))))
                  (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $x)))
            """);
        Assert.True(instance.Module.TryGetExport("run", out Export run));
        Meter meter = new(ulong.MaxValue, Profiles.Bare.Schedule.StackWords);
        ulong[] arguments = [3000], results = new ulong[1];
        Assert.Equal(ExecutionResult.Success, instance.Invoke(run.Index, arguments, results, meter));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ExecutionResult.Success, instance.Invoke(run.Index, arguments, results, meter));
        // An instruction or call that allocated would do so 3000 times. Tests at the same time may have emptied the pool of stacks, of which
        // a new one is some hundred bytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);
    }
}
