using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace ContractVm.Fuzz;

/// <summary>What a generated module has to do with others.</summary>
public enum ReferenceLinks
{
    /// <summary>Nothing: it has no imports.</summary>
    None,
    /// <summary>It imports from the host and exports functions, tags and a table, as the module <c>lib</c>.</summary>
    Library,
    /// <summary>It imports from the host and from the library, into whose table it puts functions of its own.</summary>
    Client,
}

/// <summary>
/// Modules that are linked: exceptions, references and tail calls go from instance to instance and through functions of the host that call back, with
/// vectors and floats in locals and in what exceptions carry, and with more arguments and results than registers.
/// </summary>
public sealed partial class ReferenceProgramGenerator
{
    private const string Types = """
        (module
          (type $p (sub (struct (field (mut i32)) (field (mut anyref)))))
          (type $c (sub $p (struct (field (mut i32)) (field (mut anyref)) (field (mut i64)))))
          (type $b (sub final $p (struct (field (mut i32)) (field (mut anyref)) (field (mut i8)))))
          (type $ri (array (mut i32))) (type $rb (array (mut i16))) (type $rr (array (mut anyref)))
          (type $f (func (param i32 anyref) (result i32)))

        """;

    private const string LinkedTypes = """
          (type $w (func (param i32 anyref i64 i32 i64 i32 v128 i64 i32 i64 f64 i32) (result i32)))
          (type $m (func (param i32 anyref) (result i32 i64 anyref i32 i64 i32 v128 f64)))

        """;

    private const string Tags = """
          (tag $t0 (param i32)) (tag $t1 (param anyref i64)) (tag $t2)

        """;

    private const string OwnTable = """
          (table $tf 6 10 (ref null $f))

        """;

    private const string Elements = """
          (elem (table $tf) (i32.const 0) (ref null $f) (ref.func $f0) (ref.func $f1) (ref.func $f2) (ref.func $f3))

        """;

    /// <summary>The tag without values is each module's own: the others' is another one.</summary>
    private const string LibraryParts = """
          (tag $t0 (export "t0") (param i32)) (tag $t1 (export "t1") (param anyref i64)) (tag $t2) (tag $t3 (export "t3") (param v128 i32 f32))
          (table $tf (export "tf") 6 10 (ref null $f))
          (export "f0" (func $f0)) (export "f1" (func $f1)) (export "f2" (func $f2)) (export "w0" (func $w0)) (export "m0" (func $m0))
          (elem (table $tf) (i32.const 0) (ref null $f) (ref.func $f0) (ref.func $h0) (ref.func $f2) (ref.func $f3))

        """;

    private const string ClientImports = """
          (import "lib" "t0" (tag $t0 (param i32))) (import "lib" "t1" (tag $t1 (param anyref i64))) (import "lib" "t3" (tag $t3 (param v128 i32 f32)))
          (import "lib" "tf" (table $tf 6 10 (ref null $f)))
          (import "lib" "f0" (func $g0 (type $f))) (import "lib" "f1" (func $g1 (type $f))) (import "lib" "f2" (func $g2 (type $f)))
          (import "lib" "w0" (func $gw (type $w))) (import "lib" "m0" (func $gm (type $m)))

        """;

    private const string ClientParts = """
          (tag $t2)
          (elem (table $tf) (i32.const 2) (ref null $f) (ref.func $f1) (ref.func $f2))
          (elem declare func $g0 $g1 $g2)

        """;

    private const string State = """
          (memory (export "memory") 1 2) (data $d "0123456789abcdef")
          (table $ta 4 8 anyref)
          (elem $e anyref (ref.i31 (i32.const 3)) (ref.null any) (struct.new $p (i32.const 4) (ref.i31 (i32.const -4))))
          (elem declare func $f0 $f1 $f2 $f3)
          (global $fuel (mut i32) (i32.const 40)) (global $gi (mut i32) (i32.const 1)) (global $gl (mut i64) (i64.const 2))
          (global $ga (mut anyref) (array.new_fixed $ri 2 (i32.const 5) (i32.const 6))) (global $gp (mut (ref null $p)) (struct.new_default $c))

        """;

    private const string LinkedLocals = " (local $v0 v128) (local $d0 f64) (local $e0 f32)";
    private const string NoResults = "(i32.const -1) (i64.const -1) (ref.null any) (i32.const -2) (i64.const -2) (i32.const -3) (v128.const i64x2 1 2) (f64.const -1)";
    private static readonly string[] HostKinds = ["mix", "charge", "memory", "globals", "tables", "call", "fault", "exit", "ink", "throw"];

    private readonly ReferenceLinks _links;
    /// <summary>Functions of types $f, $w and $m that may be called.</summary>
    private readonly List<string> _plain = [], _wide = [], _multi = [];
    /// <summary>The type of the function that is made.</summary>
    private string _type = "$f";

    private void Link(StringBuilder text)
    {
        text.Append(LinkedTypes);
        text.Append(CultureInfo.InvariantCulture, $"  (import \"host\" \"call\" (func $h0 (type $f))) (import \"host\" \"{Pick(HostKinds)}1\" (func $h1 (type $f))) (import \"host\" \"{Pick(HostKinds)}2\" (func $hw (type $w)))\n");
        _plain.AddRange(["$f0", "$f1", "$f2", "$f3", "$h0", "$h1"]);
        _wide.AddRange(["$w0", "$hw"]);
        _multi.Add("$m0");
        if (_links == ReferenceLinks.Client)
        {
            text.Append(ClientImports);
            _plain.AddRange(["$g0", "$g1", "$g2"]);
            _wide.Add("$gw");
            _multi.Add("$gm");
        }

        text.Append(_links == ReferenceLinks.Client ? ClientParts : LibraryParts).Append("  (elem declare func $h0 $h1)\n");
    }

    private string Callee() => _links == ReferenceLinks.None ? $"$f{Number(Functions)}" : Pick(_plain.ToArray());

    private string Pick(List<string> names) => names[_random.Below(names.Count)];

    private string Wide(string call, int depth) =>
        $"({call} {Pick(_wide)} {Arguments(depth)} {Expression('l', depth + 1)} {Expression('i', depth + 1)} (i64.const 5) (local.get $i0) (local.get $v0) {Expression('l', depth + 1)} (i32.const 8) (local.get $l0) (local.get $d0) {Expression('i', depth + 1)})";

    private string Results() =>
        $"{Expression('i', 1)} {Expression('l', 1)} {Expression('a', 1)} (local.get $i0) (local.get $l0) {Expression('i', 2)} (local.get $v0) (local.get $d0)";

    private string LinkedStatement(int depth)
    {
        int next = depth + 1;
        string name = Name();
        switch (_random.Below(12))
        {
            case 0 or 1: return $"(local.set $i0 {Wide("call", next)})";
            case 2: return $"(call {Pick(_multi)} {Arguments(next)}) (local.set $d0) (local.set $v0) (local.set $i0) (local.set $l0) (local.set $i1) (local.set $a0) (global.set $gl) (global.set $gi)";
            case 3: return $"(block {name} (result v128 i32 f32) (try_table (catch $t3 {name}) {Statement(next)} {Statement(next)}) (local.get $v0) (i32.const 1) (f32.const 2)) (local.set $e0) (local.set $i1) (local.set $v0)";
            case 4:
                string taken = Name();
                return $"(block {name} (result i32) (block {taken} (result v128 i32 f32) (try_table (catch $t0 {name}) (catch $t3 {taken}) {Statement(next)} {Statement(next)}) (br {name} (i32.const 9))) (local.set $e0) (local.set $i0) (local.set $v0) (i32.const 4)) (local.set $i1)";
            case 5: return $"(if {Expression('i', next)} (then (throw $t3 (local.get $v0) {Expression('i', next)} (local.get $e0))))";
            case 6: return $"(v128.store (i32.const 512) (local.get $v0)) (f64.store (i32.const 544) (local.get $d0)) (f32.store (i32.const 560) (local.get $e0))";
            case 8 or 9: return $"(if (i32.and (i32.const 1) {Expression('i', next)}) (then {TailCall(next)}))";
            case 7 when _type != "$m": return $"(if (i32.eqz {Expression('i', next)}) (then {Wide("return_call", next)}))";
            default: return $"(local.set $v0 (i64x2.add (local.get $v0) (i64x2.splat {Expression('l', next)}))) (local.set $d0 (f64.add (local.get $d0) (f64.convert_i32_s {Expression('i', next)}))) (local.set $e0 (f32.convert_i32_u {Expression('i', next)}))";
        }
    }
}
