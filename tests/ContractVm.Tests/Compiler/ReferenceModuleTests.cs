using System.Collections.Generic;
using System.Linq;
using ContractVm.Gas;
using ContractVm.Tests.Interpreter;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Modules with types of the garbage-collection and exception proposals, tags, and initial values that make objects: each does the same in both engines.
/// </summary>
public class ReferenceModuleTests
{
    /// <summary>Text, and arguments for which <c>run</c> is called.</summary>
    public static TheoryData<string, ulong[]> Mentions() => new()
    {
        // A type that is not final: what is called may be of a type below it.
        {
            """
            (module
              (type $top (sub (func (param i32) (result i32))))
              (type $below (sub $top (func (param i32) (result i32))))
              (type $other (sub $top (func (param i32) (result i32))))
              (type $alone (func (param i32) (result i32)))
              (func $a (type $top) (i32.add (local.get 0) (i32.const 1)))
              (func $b (type $below) (i32.add (local.get 0) (i32.const 2)))
              (func $c (type $other) (i32.add (local.get 0) (i32.const 3)))
              (func $d (type $alone) (i32.add (local.get 0) (i32.const 4)))
              (table funcref (elem $a $b $c $d))
              (func (export "run") (param i32) (result i32)
                (if (result i32) (i32.lt_u (local.get 0) (i32.const 8))
                  (then (call_indirect (type $top) (i32.const 100) (local.get 0)))
                  (else (call_indirect (type $below) (i32.const 100) (i32.sub (local.get 0) (i32.const 8)))))))
            """,
            [0, 1, 2, 3, 4, 8, 9, 10, 11, 12]
        },
        // Objects that initial values make, in globals and tables; code only hands them on.
        {
            """
            (module
              (type $pair (struct (field i32) (field i64)))
              (type $row (array (mut i16)))
              (global $g (mut (ref null $pair)) (struct.new $pair (i32.const 1) (i64.const 2)))
              (global $h (ref $row) (array.new $row (i32.const 7) (i32.const 3)))
              (table $t 4 (ref null eq) (ref.i31 (i32.const 5)))
              (func (export "run") (param i32) (result i32)
                (table.set $t (i32.const 1) (global.get $g))
                (table.set $t (i32.const 2) (global.get $h))
                (if (i32.eq (local.get 0) (i32.const 2)) (then (global.set $g (ref.null none))))
                (i32.add
                  (i32.shl (ref.is_null (global.get $g)) (i32.const 4))
                  (ref.eq (table.get $t (local.get 0)) (table.get $t (i32.const 3))))))
            """,
            [0, 1, 2, 3, 4]
        },
        // Small numbers as references, null among them, and both hierarchies.
        {
            """
            (module
              (func $pass (param i31ref) (result externref) (extern.convert_any (local.get 0)))
              (func $back (param externref) (result anyref) (any.convert_extern (local.get 0)))
              (func (export "run") (param i32) (result i32)
                (local $r i31ref)
                (if (i32.ne (local.get 0) (i32.const 77)) (then (local.set $r (ref.i31 (local.get 0)))))
                (if (ref.is_null (call $back (call $pass (local.get $r)))) (then (drop (i31.get_u (local.get $r)))))
                (i32.xor (i32.rotl (i31.get_s (local.get $r)) (i32.const 3)) (i31.get_u (local.get $r)))))
            """,
            [0, 1, 77, 0x3FFF_FFFF, 0x4000_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]
        },
        // Tags and types of exceptions, without anyone who throws.
        {
            """
            (module
              (tag $t (export "tag") (param i32))
              (rec (type $list (struct (field (ref null $list)))) (type $f (func (param (ref null $list)) (result i32))))
              (global $e exnref (ref.null exn))
              (func $length (type $f) (if (result i32) (ref.is_null (local.get 0)) (then (i32.const 0)) (else (unreachable))))
              (func (export "run") (param i32) (result i32)
                (local exnref)
                (local.set 1 (global.get $e))
                (i32.add (ref.is_null (local.get 1)) (call_ref $f (ref.null $list) (ref.func $length))))
              (elem declare func $length))
            """,
            [0]
        },
    };

    [Theory]
    [MemberData(nameof(Mentions))]
    public void BothEnginesDoTheSame(string text, ulong[] arguments)
    {
        Module module = TextModules.Load(text);
        Assert.NotEqual(Features.None, module.UsedFeatures & (Features.Gc | Features.Exceptions));
        Assert.True(Engines.TryCompile(module, out string? reason) || !Engines.IsCompiledAvailable, reason);
        if (!Engines.IsCompiledAvailable) return;
        Assert.Equal(Run(module, arguments, EngineKind.Interpreter), Run(module, arguments, EngineKind.Compiled));
    }

    [Fact]
    public void TypesOfOtherModulesAreComparedByTheirStructure()
    {
        if (!Engines.IsCompiledAvailable) return;
        Module giver = TextModules.Load("""
            (module
              (rec (type $unused (struct)) (type $moved (sub (func (result i32)))))
              (type $top (sub (func (result i32))))
              (type $below (sub final $top (func (result i32))))
              (func $a (type $top) (i32.const 1))
              (func $b (type $below) (i32.const 2))
              (func $c (type $moved) (i32.const 3))
              (table (export "table") funcref (elem $a $b $c)))
            """);
        Module taker = TextModules.Load("""
            (module
              (import "giver" "table" (table 3 funcref))
              (type $top (sub (func (result i32))))
              (type $below (sub final $top (func (result i32))))
              (func (export "run") (param i32) (result i32)
                (if (result i32) (i32.lt_u (local.get 0) (i32.const 8))
                  (then (call_indirect (type $top) (local.get 0)))
                  (else (call_indirect (type $below) (i32.sub (local.get 0) (i32.const 8)))))))
            """);
        ulong[] arguments = [0, 1, 2, 8, 9, 10];
        List<(ExecutionResult, ulong)> interpreted = Run(taker, arguments, EngineKind.Interpreter, giver), compiled = Run(taker, arguments, EngineKind.Compiled, giver);
        Assert.Equal(interpreted, compiled);
        Assert.Equal([true, true, false, false, true, false], compiled.Select(static call => call.Item1.Outcome == Outcome.Success));
    }

    private static List<(ExecutionResult, ulong)> Run(Module module, ulong[] arguments, EngineKind kind, Module? giver = null)
    {
        using Store store = new(1 << 20, kind);
        Instance? other = null;
        if (giver is not null) Instance.Create(giver, static _ => null, null, out other, store);
        Assert.Equal(ExecutionResult.Success, Instance.Create(module, import => other!.TryGetExport(import.Name, out External found) ? found : null, null, out Instance? instance, store));
        Assert.True(module.TryGetExport("run", out Export run));
        List<(ExecutionResult, ulong)> all = [];
        ulong[] results = new ulong[1];
        foreach (ulong argument in arguments)
        {
            Meter meter = new(1_000_000, 1_000);
            results[0] = 0;
            all.Add((instance!.Invoke(run.Index, [argument], results, meter), results[0] << 32 ^ meter.InkLeft));
        }

        return all;
    }
}
