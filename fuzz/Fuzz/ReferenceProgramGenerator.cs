using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace ContractVm.Fuzz;

/// <summary>
/// Generates valid modules from a seed, as text: structs, arrays, i31 and casts, branches on them, calls through references and
/// tables, tail calls, exceptions of every kind of clause. They end: loops count down, and every function pays from a global that
/// holds how many calls are left. There are no floats and no vectors, which <see cref="ProgramGenerator"/> and tables of values cover.
/// </summary>
public sealed partial class ReferenceProgramGenerator
{
    private const int MaximumDepth = 5, Functions = 4;
    private static readonly string[] Heaps = ["(ref $p)", "(ref $c)", "(ref $b)", "(ref null $c)", "(ref i31)", "(ref struct)", "(ref array)", "(ref eq)", "(ref null none)", "(ref $ri)", "(ref null $rr)"];
    private static readonly string[] Types32 = ["add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "lt_s", "ge_u", "eq", "ne"];
    private readonly Random64 _random;
    private readonly List<string> _labels = [];
    private int _size, _names;

    private ReferenceProgramGenerator(ulong seed, ReferenceLinks links)
    {
        _random = new Random64(seed);
        _links = links;
    }

    /// <summary>Generates a module that exports <c>run</c> with a parameter i32 and results i32 and i64, and its memory.</summary>
    /// <param name="seed">The same seed gives the same text.</param>
    /// <param name="links">What it has to do with other modules.</param>
    public static string Generate(ulong seed, ReferenceLinks links = ReferenceLinks.None) => new ReferenceProgramGenerator(seed, links).Generate();

    private string Generate()
    {
        StringBuilder text = new(Types);
        if (_links == ReferenceLinks.None) text.Append(Tags).Append(OwnTable).Append(Elements);
        else Link(text);
        text.Append(State);
        for (int i = 0; i < Functions; i++) Function(text, $"$f{i.ToString(CultureInfo.InvariantCulture)}", "$f");
        if (_links != ReferenceLinks.None)
        {
            Function(text, "$w0", "$w");
            Function(text, "$m0", "$m");
            text.Append("  (func $refuel (global.set $fuel (i32.const 40)))\n");
        }

        return text.Append("  (func (export \"run\") (param i32) (result i32 i64)\n    ").Append(_links == ReferenceLinks.None ? "" : "(call $refuel) ").Append("""
            (call $f3 (local.get 0) (global.get $ga)) (i64.add (global.get $gl) (i64.extend_i32_u (global.get $gi)))))
            """).ToString();
    }

    private void Function(StringBuilder text, string name, string type)
    {
        _size = 0;
        _labels.Clear();
        _type = type;
        text.Append(CultureInfo.InvariantCulture, $"  (func {name} (type {type}) (local $i0 i32) (local $i1 i32) (local $l0 i64) (local $a0 anyref) (local $p0 (ref null $p)) (local $r0 (ref null $ri)) (local $n0 (ref null $rr)) (local $f0 (ref null $f)) (local $x0 exnref)");
        if (_links != ReferenceLinks.None) text.Append(LinkedLocals);
        for (int c = 0; c <= MaximumDepth; c++) text.Append(CultureInfo.InvariantCulture, $" (local $c{c} i32)");
        string none = type == "$m" ? NoResults : "(i32.const -1)";
        text.Append(CultureInfo.InvariantCulture, $"\n    (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))) (if (i32.le_s (global.get $fuel) (i32.const 0)) (then (return {none})))\n");
        text.Append("    (local.set $p0 (struct.new $c (local.get 0) (local.get 1) (i64.const 9))) (local.set $r0 (array.new_default $ri (i32.const 8))) (local.set $n0 (array.new $rr (local.get 1) (i32.const 8))) (local.set $f0 (ref.func $f0))\n");
        for (int s = 2 + _random.Below(4); s > 0; s--) text.Append("    ").Append(Statement(0)).Append('\n');
        text.Append("    ").Append(type == "$m" ? Results() : Expression('i', 0)).Append(")\n");
    }

    private string Pick(params ReadOnlySpan<string> texts) => texts[_random.Below(texts.Length)];
    private string Name() => string.Create(CultureInfo.InvariantCulture, $"$n{_names++}");
    private string Number(int limit) => _random.Below(limit).ToString(CultureInfo.InvariantCulture);
    private char AnyType() => "ilaprnfx"[_random.Below(8)];
    private string Index(int depth) => _random.OneIn(40) ? Expression('i', depth + 1) : $"(i32.and {Expression('i', depth + 1)} (i32.const 7))";
    /// <summary>An index into the table of functions: null at 0 and 4, and seldom past the end.</summary>
    private string Element(int depth) => _random.OneIn(25) ? Expression('i', depth + 1) : $"(i32.add (i32.const {(_random.OneIn(8) ? 0 : 1)}) (i32.rem_u {Expression('i', depth + 1)} (i32.const 3)))";

    /// <summary>A number below a limit, or seldom the limit.</summary>
    private string OneBeyond(int limit) => (_random.OneIn(25) ? limit : _random.Below(limit)).ToString(CultureInfo.InvariantCulture);

    private static string Catch(string name, string thrown) => $"(block {name} (result exnref) (try_table (catch_all_ref {name}) {thrown}) (unreachable))";
    private static string Local(char type) => type == 'i' ? "$i0" : $"${type}0";

    private string Statement(int depth)
    {
        _size++;
        if (depth >= MaximumDepth || _size > 120) return $"(global.set $gi {Expression('i', MaximumDepth)})";
        int next = depth + 1;
        if (_links != ReferenceLinks.None && _random.OneIn(4)) return LinkedStatement(depth);
        char type = AnyType();
        switch (_random.Below(20))
        {
            case 0: return $"(global.set $gi (i32.add (global.get $gi) {Expression('i', next)}))";
            case 1: return $"(global.set $gl (i64.xor (global.get $gl) {Expression('l', next)}))";
            case 2: return _random.OneIn(2) ? $"(global.set $ga {Expression('a', next)})" : $"(global.set $gp {Expression('p', next)})";
            case 3: return $"(struct.set $p 0 {Expression('p', next)} {Expression('i', next)}) (struct.set $p 1 (local.get $p0) {Expression('a', next)})";
            case 4: return $"(array.set $ri {Expression('r', next)} {Index(next)} {Expression('i', next)}) (array.set $rr {Expression('n', next)} {Index(next)} {Expression('a', next)})";
            case 5: return $"(array.fill $ri {Expression('r', next)} (i32.const {Number(3)}) {Expression('i', next)} (i32.const {Number(7)})) (array.copy $rr $rr {Expression('n', next)} (i32.const {Number(4)}) {Expression('n', next)} (i32.const {Number(4)}) (i32.const {Number(5)}))";
            case 6: return $"(table.set $ta (i32.const {OneBeyond(4)}) {Expression('a', next)}) (table.set $tf (i32.const {OneBeyond(6)}) {Expression('f', next)})";
            case 7: return $"(drop (table.grow $ta {Expression('a', next)} (i32.const {Number(3)}))) (table.fill $ta (i32.const {Number(3)}) {Expression('a', next)} (i32.const 2)) (table.copy $ta $ta (i32.const {Number(3)}) (i32.const {Number(3)}) (i32.const 2))";
            case 8: return $"(if {Expression('i', next)} (then {Statement(next)}) (else {Statement(next)}))";
            case 9: return Loop(depth);
            case 10: return Block(depth);
            case 11 when _labels.Count > 0: return $"(br_if {_labels[_random.Below(_labels.Count)]} {Expression('i', next)})";
            case 12 or 13: return Try(depth);
            case 14: return $"(if {Expression('i', next)} (then {Throw(next)}))";
            case 15: return $"(if (i32.eqz {Expression('i', next)}) (then {TailCall(next)}))";
            case 16: return $"(i32.store offset={Number(9)} (i32.and {Expression('i', next)} (i32.const 0xfff)) {Expression('i', next)}) (memory.copy (i32.const {Number(99)}) (i32.const {Number(99)}) (i32.const 40))";
            case 17: return $"(table.init $ta $e (i32.const {Number(3)}) (i32.const {Number(2)}) (i32.const {Number(3)})) (array.init_elem $rr $e {Expression('n', next)} (i32.const 1) (i32.const {Number(2)}) (i32.const 1)) (array.init_data $ri $d {Expression('r', next)} (i32.const 0) (i32.const {Number(8)}) (i32.const 2))";
            default: return $"(local.set {Local(type)} {Expression(type, next)})";
        }
    }

    private string Loop(int depth)
    {
        string name = Name(), counter = string.Create(CultureInfo.InvariantCulture, $"$c{depth}");
        return $"(local.set {counter} (i32.const {1 + _random.Below(4)})) (loop {name} {Statement(depth + 1)} (br_if {name} (i32.gt_s (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1))) (i32.const 0))))";
    }

    private string Block(int depth)
    {
        string outer = Name(), inner = Name();
        _labels.AddRange([outer, inner]);
        string body = $"{Statement(depth + 1)} (br_table {inner} {outer} {inner} {Expression('i', depth + 1)})";
        _labels.Remove(inner);
        string text = $"(block {outer} (block {inner} {body}) {Statement(depth + 1)})";
        _labels.Remove(outer);
        return text;
    }

    private string Try(int depth)
    {
        string name = Name();
        string body = $"{Statement(depth + 1)} {(_random.OneIn(2) ? $"(if {Expression('i', depth + 1)} (then {Throw(depth + 1)}))" : Statement(depth + 1))}";
        return _random.Below(5) switch
        {
            0 => $"(block {name} (result i32) (try_table (catch $t0 {name}) {body}) (i32.const 0)) (local.set $i0)",
            1 => $"(block {name} (result anyref i64 exnref) (try_table (catch_ref $t1 {name}) {body}) (ref.null any) (i64.const 0) (local.get $x0)) (local.set $x0) (local.set $l0) (local.set $a0)",
            2 => $"(block {name} (result exnref) (try_table (catch_all_ref {name}) {body}) (local.get $x0)) (local.set $x0)",
            3 => $"(block {name} (try_table (catch $t2 {name}) (catch_all {name}) {body})) (local.set $i1 (i32.const 5))",
            // The block's own operand, and a label further out than the try_table's neighbour.
            _ => $"(block {name} (result i32) (i32.const 7) (block (param i32) (try_table (param i32) (catch $t0 {name}) (local.set $i1) {body})) (local.get $i1)) (local.set $i0)",
        };
    }

    private string Throw(int depth) => _random.Below(5) switch
    {
        0 or 1 => $"(throw $t0 {Expression('i', depth + 1)})",
        2 => $"(throw $t1 {Expression('a', depth + 1)} {Expression('l', depth + 1)})",
        3 => "(throw $t2)",
        _ => _random.OneIn(4) ? "(throw_ref (local.get $x0))" : $"(throw_ref {Expression('x', depth + 1)})",
    };

    private string Arguments(int depth) => $"{Expression('i', depth + 1)} {Expression('a', depth + 1)}";

    private string TailCall(int depth) => _type == "$m" ? $"(return_call {Pick(_multi)} {Arguments(depth)})" : _random.Below(3) switch
    {
        0 => $"(return_call {Callee()} {Arguments(depth)})",
        1 => $"(return_call_ref $f {Arguments(depth)} {Expression('f', depth + 1)})",
        _ => $"(return_call_indirect $tf (type $f) {Arguments(depth)} {Element(depth)})",
    };

    private string Expression(char type, int depth)
    {
        _size++;
        int next = depth + 1;
        bool isLeaf = depth >= MaximumDepth || _size > 160;
        if (isLeaf || _random.OneIn(5)) return Leaf(type);
        string name = Name();
        switch (type, _random.Below(type == 'i' ? 20 : 8))
        {
            case ('i', 0): return $"(ref.eq {Expression("prn"[_random.Below(3)], next)} {Expression("prn"[_random.Below(3)], next)})";
            case ('i', 1): return $"(ref.is_null {Expression("aprnfx"[_random.Below(6)], next)})";
            case ('i', 2): return $"(ref.test {Pick(Heaps)} {Expression('a', next)})";
            case ('i', 3): return $"(struct.get $p 0 {Expression('p', next)})";
            case ('i', 4): return $"(struct.get_{Pick("s", "u")} $b 2 (struct.new $b {Expression('i', next)} {Expression('a', next)} {Expression('i', next)}))";
            case ('i', 5): return $"(array.get $ri {Expression('r', next)} {Index(next)})";
            case ('i', 6): return $"(array.len {Expression("rn"[_random.Below(2)], next)})";
            case ('i', 7): return $"(i31.get_{Pick("s", "u")} (ref.i31 {Expression('i', next)}))";
            case ('i', 8): return $"(call {Callee()} {Arguments(next)})";
            case ('i', 9): return $"(call_indirect $tf (type $f) {Arguments(next)} {Element(next)})";
            case ('i', 10): return $"(call_ref $f {Arguments(next)} {Expression('f', next)})";
            case ('i', 11): return $"(struct.get $c 0 (block {name} (result (ref $c)) (drop (br_on_cast {name} anyref (ref $c) {Expression('a', next)})) (struct.new $c {Expression('i', next)} {Expression('a', next)} {Expression('l', next)})))";
            case ('i', 12): return $"(block {name} (result i32) (try_table (result i32) (catch $t0 {name}) {Expression('i', next)}))";
            case ('i', 13): return $"(if (result i32) {Expression('i', next)} (then {Expression('i', next)}) (else {Expression('i', next)}))";
            case ('i', 14): return $"(array.get_{Pick("s", "u")} $rb (array.new_data $rb $d (i32.const {Number(6)}) (i32.const 5)) (i32.const {OneBeyond(5)}))";
            case ('i', 15): return $"(i32.load{Pick("", "8_s", "16_u")} offset={Number(9)} (i32.and {Expression('i', next)} (i32.const 0xffff)))";
            case ('i', _): return $"(i32.{Pick(Types32)} {Expression('i', next)} {Expression('i', next)})";
            case ('l', 0): return $"(struct.get $c 2 (ref.cast (ref $c) (struct.new $c {Expression('i', next)} {Expression('a', next)} {Expression('l', next)})))";
            case ('l', 1): return $"(i64.extend_i32_{Pick("s", "u")} {Expression('i', next)})";
            case ('l', _): return $"(i64.{Pick(Types32.AsSpan(0, 10))} {Expression('l', next)} {Expression('l', next)})";
            case ('a', 0): return $"(ref.i31 {Expression('i', next)})";
            case ('a', 1): return $"(table.get $ta (i32.const {OneBeyond(4)}))";
            case ('a', 2): return $"(array.get $rr {Expression('n', next)} {Index(next)})";
            case ('a', 3): return $"(struct.get $p 1 {Expression('p', next)})";
            case ('a', 4): return $"(block {name} (result (ref any)) (br_on_non_null {name} {Expression('a', next)}) (ref.i31 {Expression('i', next)}))";
            case ('a', 5): return $"(block {name} (result anyref) (br_on_cast_fail {name} anyref {Pick(Heaps)} {Expression('a', next)}))";
            case ('a', 6): return $"(block {name} (result anyref) (block $o{name[1..]} (br {name} (br_on_null $o{name[1..]} {Expression('a', next)}))) {Expression('p', next)})";
            case ('a', _): return $"(any.convert_extern (extern.convert_any {Expression("aprn"[_random.Below(4)], next)}))";
            case ('p', 0): return _random.OneIn(4) ? $"(ref.cast (ref null $p) {Expression('a', next)})" : Expression('p', next);
            case ('p', 1): return $"(struct.new $p {Expression('i', next)} {Expression('a', next)})";
            case ('p', 2): return $"(struct.new $b {Expression('i', next)} {Expression('a', next)} {Expression('i', next)})";
            case ('p', 3): return $"(select (result (ref null $p)) {Expression('p', next)} {Expression('p', next)} {Expression('i', next)})";
            case ('p', _): return $"(struct.new $c {Expression('i', next)} {Expression('a', next)} {Expression('l', next)})";
            case ('r', 0) when _random.OneIn(3): return $"(array.new_fixed $ri 2 {Expression('i', next)} {Expression('i', next)})";
            case ('r', _): return $"(array.new $ri {Expression('i', next)} (i32.or (i32.const 8) (i32.and {Expression('i', next)} (i32.const 15))))";
            case ('n', 0) when _random.OneIn(3): return $"(array.new_fixed $rr 3 {Expression('a', next)} {Expression('a', next)} {Expression('a', next)})";
            case ('n', 1) when _random.OneIn(3): return "(array.new_elem $rr $e (i32.const 0) (i32.const 3))";
            case ('n', _): return $"(array.new $rr {Expression('a', next)} (i32.const {8 + _random.Below(8)}))";
            case ('f', 0 or 1): return $"(table.get $tf (i32.const {OneBeyond(4)}))";
            case ('x', < 4): return Catch(name, Throw(next));
            default: return Leaf(type);
        }
    }

    private string Leaf(char type)
    {
        if (_random.OneIn(type == 'x' ? 8 : 2)) return $"(local.get {(type == 'i' ? Pick("$i0", "$i1", "0") : type == 'a' ? Pick("$a0", "1") : Local(type))})";
        return type switch
        {
            'i' => _random.OneIn(3) ? "(global.get $gi)" : $"(i32.const {Pick("0", "1", "-1", "3", "0x80000000", "0x7fffffff", "77", "5")})",
            'l' => _random.OneIn(3) ? "(global.get $gl)" : $"(i64.const {Pick("0", "1", "-1", "0x8000000000000000", "33")})",
            'a' => Pick("(global.get $ga)", "(ref.null any)", "(ref.i31 (i32.const -7))", "(local.get $p0)", "(local.get $n0)"),
            'p' => Pick("(global.get $gp)", "(struct.new_default $p)", "(struct.new_default $c)"),
            'r' => "(array.new_default $ri (i32.const 8))",
            'n' => "(array.new_default $rr (i32.const 8))",
            'f' => $"(ref.func {Callee()})",
            _ => Catch(Name(), Pick("(throw $t0 (i32.const 3))", "(throw $t1 (ref.i31 (i32.const 4)) (i64.const 5))", "(throw $t2)")),
        };
    }
}
