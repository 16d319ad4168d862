using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace ContractVm.Calibration;

/// <summary>Cases of control flow, calls, exceptions, constants, locals and globals.</summary>
internal static class ControlCases
{
    private const string Bit = $"{CaseModule.Random} i32.const 31 i32.shr_u";
    private const string Count = "local.get $l i64.const 1 i64.add local.set $l";
    private const string Element = $"local.get $i {CaseModule.Random} i32.const 26 i32.shr_u";

    public static IEnumerable<Case> All() => [.. Structure(), .. Branches(), .. Calls(), .. Exceptions(), .. Values()];

    private static IEnumerable<Case> Structure()
    {
        yield return new Case("unreachable", "ends a call", "", "unreachable") { EndsCall = true, Outcome = Outcome.Failure };
        yield return new Case("return", "of nothing", "", "call $returns", "call $empty");
        yield return new Case("block", "empty, with its end", "", "block end");
        yield return new Case("loop", "empty, with its end", "", "loop end");
        yield return new Case("end", "of a block that is branched to, with its block", "", "block local.get $l i64.eqz br_if 0 end", "local.get $l i64.eqz drop");
        yield return new Case("if", "predicted, with its end", "local.get $i2", $"if {Count} end", $"drop {Count}");
        yield return new Case("if", "unpredictable, with its end", Bit, $"if {Count} end", $"drop {Count}");
        yield return new Case("else", "predicted", $"local.get $i2 if {Count}", "else nop", "", "end");
        yield return new Case("else", "unpredictable", $"{Bit} if {Count}", $"else {Count}", "", "end");
        yield return new Case("drop", "with local.get", "", "local.get $i drop");
    }

    private static IEnumerable<Case> Branches()
    {
        yield return new Case("br", "out of a block", "block", "br 0", "", "end");
        yield return new Case("br_if", "never taken", "block local.get $n i32.eqz", "br_if 0", "drop", $"{Count} end");
        yield return new Case("br_if", "always taken", "block local.get $i2", "br_if 0", "drop", $"{Count} end");
        yield return new Case("br_if", "unpredictable", $"block {Bit}", "br_if 0", "drop", $"{Count} end");
        foreach (int targets in new[] { 2, 64, 1024 })
        {
            yield return Table(targets, "the same", $"local.get $i2 i32.const {Text(targets - 1)} i32.and");
            yield return Table(targets, "random", $"{CaseModule.Random} i32.const 16 i32.shr_u i32.const {Text(targets - 1)} i32.and");
        }

        yield return new Case("select", "predicted", "local.get $i2 local.get $i3", "select", "drop drop") { Chain = "$i" };
        yield return new Case("select", "unpredictable", $"local.get $i2 {Bit}", "select", "drop drop", "local.get $i2 i32.add") { Chain = "$i" };
        yield return new Case("select_t", "of i32", $"local.get $i2 {Bit}", "select (result i32)", "drop drop", "local.get $i2 i32.add") { Chain = "$i" };
        yield return new Case("select_t", "of v128", $"local.get $v2 {Bit}", "select (result v128)", "drop drop", "local.get $v2 i32x4.add") { Chain = "$v" };
    }

    private static Case Table(int targets, string which, string index)
    {
        // Each target is an instruction of its own, so that where it goes can be foreseen or not.
        StringBuilder before = new("block $out "), after = new();
        for (int i = 0; i < targets; i++) before.Append("block ");
        for (int i = 0; i < targets; i++) after.Append(CultureInfo.InvariantCulture, $" end i32.const {i} local.set $is br $out");
        string labels = string.Join(' ', Enumerable.Range(0, targets).Select(Text));
        return new Case("br_table", $"{Text(targets)} targets, {which}", $"{before}{index}", $"br_table {labels}", "drop br 0", $"{after} end") { Unroll = targets > 100 ? 2 : 8 };
    }

    private static IEnumerable<Case> Calls()
    {
        yield return new Case("call", "of nothing", "", "call $empty");
        yield return new Case("call", "one parameter", "", "call $f1") { Chain = "$i" };
        yield return new Case("call", "100 parameters", "", string.Join(' ', Enumerable.Repeat("local.get $l", 100)) + " call $wide") { Unroll = 10 };
        yield return new Case("call", "1000 locals", "", "call $locals");
        yield return new Case("call_indirect", "the same", "local.get $i i32.const 1", "call_indirect $functions (type $unary)", "drop", "local.set $i");
        yield return new Case("call_indirect", "random", Element, "call_indirect $functions (type $unary)", "drop", "local.set $i");
        yield return new Case("call_ref", "the same", "local.get $i local.get $u", "call_ref $unary", "drop", "local.set $i");
        yield return new Case("call_ref", "random", $"{Element} table.get $typed", "call_ref $unary", "drop", "local.set $i");
        yield return new Case("return_call", "in a function of its own", "", "call $tail", "call $f1") { Chain = "$i" };
        yield return new Case("return_call_indirect", "in a function of its own", "", "call $tail_table", "call $f1") { Chain = "$i" };
        yield return new Case("return_call_ref", "in a function of its own", "", "call $tail_ref", "call $f1") { Chain = "$i" };
    }

    private static IEnumerable<Case> Exceptions()
    {
        yield return new Case("try_table", "one clause", "block", "try_table (catch_all 0) end", "", "end");
        yield return new Case("try_table", "200 clauses", "block", $"try_table {string.Join(' ', Enumerable.Repeat("(catch $e 0)", 200))} end", "", "end") { Unroll = 10 };
        yield return new Case("throw", "caught here", "block try_table (catch $e 0)", "throw $e", "", "end end") { IsFar = true, MostTurns = 1000 };
        string sixteen = string.Join(' ', Enumerable.Repeat("local.get $l", 16));
        yield return new Case("throw", "16 values", "block try_table (catch_all 0)", $"{sixteen} throw $e16", "", "end end") { IsFar = true, MostTurns = 200 };
        yield return new Case("throw", "through 16 frames", "block try_table (catch_all 0)", "call $throws16", "", "end end") { IsFar = true, MostTurns = 400 };
        string clauses = string.Join(' ', Enumerable.Repeat("(catch $e16 0)", 200));
        yield return new Case(
            "throw", "past 200 clauses", $"block $o block (result {string.Join(' ', Enumerable.Repeat("i64", 16))}) try_table (catch_all $o) try_table {clauses.Replace(" 0)", " 1)", System.StringComparison.Ordinal)}",
            "throw $e", "", $"end end br $o end {string.Join(' ', Enumerable.Repeat("drop", 16))} end") { IsFar = true, MostTurns = 400, Unroll = 10 };
        yield return new Case(
            "throw_ref", "caught here", "block $o try_table (catch_all $o) block $h (result exnref) try_table (catch_all_ref $h) throw $e end unreachable end", "throw_ref", "drop", "end end") { IsFar = true, MostTurns = 1000 };
    }

    private static IEnumerable<Case> Values()
    {
        yield return new Case("local.get", "with drop", "", "local.get $l3 drop");
        yield return new Case("local.set", "with local.get", "", "local.get $i local.set $is");
        yield return new Case("local.tee", "of the result before", "local.get $i2 i32.add", "local.tee $is") { Chain = "$i" };
        yield return new Case("global.get", "i32", "", "global.get $g", "local.get $i2", "i32.xor") { Chain = "$i" };
        yield return new Case("global.get", "v128", "", "global.get $gv", "local.get $v2", "v128.xor") { Chain = "$v" };
        yield return new Case("global.set", "i32", "local.get $i", "global.set $g", "drop");
        yield return new Case("global.set", "v128", "local.get $v", "global.set $gv", "drop");
        yield return new Case("i32.const", "an operand", "", "i32.const 0x12345", "local.get $i2", "i32.xor") { Chain = "$i" };
        yield return new Case("i64.const", "an operand", "", "i64.const 0x123456789a", "local.get $l2", "i64.xor") { Chain = "$l" };
        yield return new Case("f32.const", "an operand", "", "f32.const 1.25", "local.get $fn2", "f32.min") { Chain = "$fn", Sink = "$fs" };
        yield return new Case("f64.const", "an operand", "", "f64.const 1.25", "local.get $dn2", "f64.min") { Chain = "$dn", Sink = "$ds" };
        yield return new Case("v128.const", "an operand", "", "v128.const i64x2 0x12345 0x6789a", "local.get $v2", "v128.xor") { Chain = "$v" };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
