using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ContractVm.HostApi;
using ContractVm.Text;

namespace ContractVm.Calibration;

/// <summary>
/// The one module that all cases share, but for the loop: so cases can also be mixed in one loop. Objects and exceptions are in it only
/// where a case needs them, since not every engine runs them equally. What cases compute with comes from mutable globals, whose values no
/// compiler knows.
/// </summary>
public static class CaseModule
{
    /// <summary>Functions of type $unary in the table $functions, all different.</summary>
    internal const int Functions = 64;
    /// <summary>Bytes of the passive data segment.</summary>
    internal const int SegmentBytes = 4096;
    /// <summary>Subtypes of $t0, each of the one before.</summary>
    internal const int Depth = 15;

    /// <summary>A pseudo-random i32 on the stack, from the local $r (a linear congruential generator: use its high bits).</summary>
    internal const string Random = "local.get $r i32.const 1664525 i32.mul i32.const 1013904223 i32.add local.tee $r";

    /// <summary>Locals of each type, set from globals of the same name with one more dollar sign: what the letters at the end mean stands at their use.</summary>
    private static readonly (string Local, string Type, string Value)[] Values =
    [
        ("$i", "i32", "i32.const 0x12345677"), ("$i2", "i32", "i32.const 7"), ("$i3", "i32", "i32.const 0x80000001"), ("$r", "i32", "i32.const 99"),
        ("$l", "i64", "i64.const 0x123456789abcdef1"), ("$l2", "i64", "i64.const 7"), ("$l3", "i64", "i64.const 0x8000000000000001"), ("$l4", "i64", "i64.const 0"),
        ("$fn", "f32", "f32.const 1.5"), ("$fn2", "f32", "f32.const 1.25"), ("$fd", "f32", "f32.const 1e-40"), ("$fd2", "f32", "f32.const 3e-41"),
        ("$fx", "f32", "f32.const nan"), ("$fx2", "f32", "f32.const nan"), ("$f1", "f32", "f32.const 1.0000001"),
        ("$dn", "f64", "f64.const 1.5"), ("$dn2", "f64", "f64.const 1.25"), ("$dd", "f64", "f64.const 1e-310"), ("$dd2", "f64", "f64.const 3e-311"),
        ("$dx", "f64", "f64.const nan"), ("$dx2", "f64", "f64.const nan"), ("$d1", "f64", "f64.const 1.0000000000000002"),
        ("$v", "v128", "v128.const i32x4 0x12345678 0x9abcdef0 3 0x77777777"), ("$v2", "v128", "v128.const i32x4 7 9 0x80000001 5"),
        ("$v32n", "v128", "v128.const f32x4 1.5 2.5 3.5 4.5"), ("$v32n2", "v128", "v128.const f32x4 1.25 1.25 1.25 1.25"),
        ("$v32d", "v128", "v128.const f32x4 1e-40 2e-40 3e-40 4e-40"), ("$v32d2", "v128", "v128.const f32x4 1e-41 1e-41 1e-41 1e-41"),
        ("$v32x", "v128", "v128.const f32x4 nan nan nan nan"), ("$v32x2", "v128", "v128.const f32x4 nan nan nan nan"),
        ("$v321", "v128", "v128.const f32x4 1.0000001 1.0000001 1.0000001 1.0000001"),
        ("$v64n", "v128", "v128.const f64x2 1.5 2.5"), ("$v64n2", "v128", "v128.const f64x2 1.25 1.25"),
        ("$v64d", "v128", "v128.const f64x2 1e-310 2e-310"), ("$v64d2", "v128", "v128.const f64x2 1e-311 1e-311"),
        ("$v64x", "v128", "v128.const f64x2 nan nan"), ("$v64x2", "v128", "v128.const f64x2 nan nan"),
        ("$v641", "v128", "v128.const f64x2 1.0000000000000002 1.0000000000000002"),
    ];

    /// <summary>Locals that take results.</summary>
    private static readonly (string Local, string Type, string Value)[] Sinks =
        [("$is", "i32", "i32.const 0"), ("$ls", "i64", "i64.const 0"), ("$fs", "f32", "f32.const 0"), ("$ds", "f64", "f64.const 0"), ("$vs", "v128", "v128.const i64x2 0 0")];

    private static readonly string Locals =
        string.Concat(Values.Concat(Sinks).Select(static value => $"(local {value.Local} {value.Type}) "))
        + """
          (local $extern externref) (local $f funcref) (local $u (ref null $unary))

          """;

    private const string ObjectLocals = """
          (local $any anyref) (local $t (ref null $t0)) (local $deep (ref null $t0)) (local $eq eqref) (local $words (ref null $words)) (local $bytes (ref null $bytes))
          (local $refs (ref null $refs)) (local $p (ref null $packed)) (local $i31 i31ref)

          """;

    private static readonly string Begin =
        string.Concat(Values.Select(static value => $"(local.set {value.Local} (global.get ${value.Local}))\n"))
        + """
          (local.set $f (ref.func $f0)) (local.set $u (ref.func $f0))

          """;

    private const string BeginObjects = """
          (local.set $t (global.get $t)) (local.set $deep (global.get $deep)) (local.set $any (global.get $t)) (local.set $eq (global.get $t)) (local.set $p (global.get $p))
          (local.set $extern (extern.convert_any (global.get $t))) (local.set $i31 (ref.i31 (i32.const 5)))
          (local.set $words (global.get $words)) (local.set $bytes (global.get $bytes)) (local.set $refs (global.get $refs))

          """;

    private const string NearMemory = """
        (memory $memory (export "memory") 8 8)
        (func (export "touch") (memory.fill (i32.const 0) (i32.const 0) (i32.const 0x80000)))

        """;
    private const string FarMemory = """
        (memory $memory (export "memory") 128 128) (memory $grown 0 128)
        (func (export "touch") (memory.fill (i32.const 0) (i32.const 0) (i32.const 0x800000)))

        """;

    /// <summary>Objects of 72 bytes, the reference to each included, and words of 4 bytes, that there is room for.</summary>
    public const int NearObjects = 1 << 12, FarObjects = 1 << 17, NearWords = 1 << 16, FarWords = 1 << 21;

    private static readonly string ObjectTypes = BuildObjectTypes(), Prelude = BuildPrelude(), Objects = BuildObjects();
    private static readonly string NearObjectsText = SizedObjects(NearObjects, NearWords), FarObjectsText = SizedObjects(FarObjects, FarWords);
    /// <summary>Contracts as they are, but for objects of which caches hold few.</summary>
    private static readonly Profile FarProfile = Profiles.ContractVmV1 with { ObjectBytes = 16 << 20 };

    /// <summary>What only modules with objects and exceptions define.</summary>
    private static readonly HashSet<string> ObjectNames = Words(ObjectTypes + Objects + ObjectLocals).Where(static word => word[0] == '$').Except(Words(Prelude + Locals)).ToHashSet(StringComparer.Ordinal);

    /// <summary>The module of a case; its export "run" takes the number of turns.</summary>
    public static string Text(Case measured, bool isBaseline)
    {
        StringBuilder body = new();
        string unit = measured.Unit(isBaseline);
        if (measured.Chain is string chain) body.Append("local.get ").AppendLine(chain);
        for (int i = 0; i < (measured.EndsCall ? 1 : measured.Unroll); i++) body.AppendLine(unit);
        if (measured.Chain is not null) body.Append("local.set ").AppendLine(measured.Sink ?? measured.Chain);
        return Text(body.ToString(), measured.HasObjects, measured.IsFar, hasLoop: !measured.EndsCall);
    }

    /// <summary>The module of any body that the locals of the cases are enough for.</summary>
    /// <param name="body">What the loop repeats.</param>
    /// <param name="hasObjects">The module has objects and exceptions.</param>
    /// <param name="isFar">Its memory is large.</param>
    /// <param name="hasLoop">The body is repeated as often as the argument says, else run once.</param>
    public static string Text(string body, bool hasObjects, bool isFar, bool hasLoop = true) => string.Concat(
        "(module\n", hasObjects ? ObjectTypes : "", Prelude, isFar ? FarMemory : NearMemory, hasObjects ? (isFar ? FarObjectsText : NearObjectsText) : "", "(func (export \"run\") (param $n i32) ",
        Locals + (hasObjects ? ObjectLocals : ""), Begin + (hasObjects ? BeginObjects : ""), Loop(body, hasLoop));

    /// <summary>True where a text needs what only modules with objects and exceptions have.</summary>
    internal static bool MentionsObjects(string text) => Words(text).Any(IsOfObjects);

    private static string Loop(string body, bool hasLoop) => string.Concat(
        hasLoop ? "(loop $again\n" : "", body,
        hasLoop ? "(br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))" : "", "\n",
        // The next run goes on where this one ended: the same addresses again would be in the caches. And what nobody can see afterwards,
        // a compiler need not compute.
        string.Concat(Values.Concat(Sinks).Select(static value => $"(global.set ${value.Local} (local.get {value.Local}))\n")), "))");

    /// <summary>The profile that modules of cases are loaded under.</summary>
    /// <param name="isFar">Objects may take more than what is near.</param>
    public static Profile ProfileOf(bool isFar) => isFar ? FarProfile : Profiles.ContractVmV1;

    private static string SizedObjects(int objects, int words) => Objects
        .Replace("OBJECTS", objects.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("WORDS", words.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Loads a module from its text at the prices of contractvm-v1.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isFar">Objects may take more than what is near.</param>
    public static Module Load(string text, bool isFar)
    {
        if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions { Names = false }, out TextModule? read, out TextError? wrong))
            throw new CalibrationException($"a module of the library is no text: {wrong}");
        return Module.TryLoad(read.Bytes, ProfileOf(isFar), out Module module, out ModuleError error) ? module : throw new CalibrationException($"a module of the library is refused: {error}");
    }

    private static bool IsOfObjects(string word) =>
        ObjectNames.Contains(word) || word is "any" or "anyref" || (OpcodeTable.TryFind(word, out Opcode opcode) && (OpcodeTable.Get(opcode).NeededFeatures & (Features.Gc | Features.Exceptions)) != 0);

    private static string[] Words(string text) => text.Split([' ', '(', ')', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);

    private static string BuildObjectTypes()
    {
        StringBuilder text = new();
        text.Append("""
            (type $words (array (mut i32))) (type $bytes (array (mut i8))) (type $longs (array (mut i64))) (type $refs (array (mut funcref)))
            (type $packed (struct (field (mut i8)) (field (mut i16)) (field (mut i32))))
            (type $t0 (sub (struct (field (mut i32)) (field (mut i64)) (field (mut i64)) (field (mut i64)) (field (mut i64)) (field (mut i64)) (field (mut i64)))))
            (type $objects (array (mut (ref null $t0))))

            """);
        for (int i = 1; i <= Depth; i++)
            text.AppendLine(CultureInfo.InvariantCulture, $"(type $t{i} (sub $t{i - 1} (struct (field (mut i32)) (field (mut i64)) (field (mut i64)) (field (mut i64)) (field (mut i64)) (field (mut i64)) (field (mut i64)))))");
        text.AppendLine($"(type $one (struct (field (mut i32)))) (type $hundred (struct {Repeat("(field i64)", 100)}))");
        return text.ToString();
    }

    private static string BuildPrelude()
    {
        StringBuilder text = new();
        text.AppendLine("(type $none (func)) (type $unary (func (param i32) (result i32)))");
        text.AppendLine($"(type $wide (func (param {Repeat("i64", 100)})))");
        foreach (HostFunctionEntry entry in HostTable.Entries)
            text.AppendLine($"(import \"{HostTable.ModuleName}\" \"{entry.Name}\" (func ${entry.Name} {Types("param", entry.Type.Parameters.ToArray())} {Types("result", entry.Type.Results.ToArray())}))");
        text.Append("""
            (table $functions 65536 65536 funcref) (table $grows 0 65536 funcref) (table $other 65536 funcref) (table $typed 64 64 (ref null $unary))
            (global $g (mut i32) (i32.const 3)) (global $gv (mut v128) (v128.const i64x2 1 2))

            """);
        foreach ((string local, string type, string value) in Values.Concat(Sinks)) text.AppendLine($"(global ${local} (mut {type}) ({value}))");
        text.AppendLine($"(data $segment \"{new string('a', SegmentBytes)}\")");
        text.AppendLine($"(elem $names funcref {Repeat("(ref.func $f0)", Functions)})");
        text.AppendLine(CultureInfo.InvariantCulture, $"(elem (table $functions) (i32.const 0) func {string.Join(' ', Enumerable.Range(0, Functions).Select(static i => string.Create(CultureInfo.InvariantCulture, $"$f{i}")))})");
        text.AppendLine(CultureInfo.InvariantCulture, $"(elem (table $typed) (i32.const 0) (ref null $unary) {string.Join(' ', Enumerable.Range(0, Functions).Select(static i => string.Create(CultureInfo.InvariantCulture, $"(ref.func $f{i})")))})");
        for (int i = 0; i < Functions; i++) text.AppendLine(CultureInfo.InvariantCulture, $"(func $f{i} (type $unary) (i32.add (local.get 0) (i32.const {i})))");
        text.AppendLine($"(func $empty) (func $wide (type $wide)) (func $locals (local {Repeat("i64", 1000)}))");
        text.Append("""
            (func $returns return) (func $tail (type $unary) (return_call $f1 (local.get 0)))
            (func $tail_table (type $unary) (return_call_indirect $functions (type $unary) (local.get 0) (i32.and (local.get 0) (i32.const 63))))
            (func $tail_ref (type $unary) (return_call_ref $unary (local.get 0) (ref.func $f1)))
            (func (export "slots") (local $i i32)
              (loop $again
                (i32.store (i32.const 1024) (local.get $i)) (call $storage_cache_bytes32 (i32.const 1024) (i32.const 1024))
                (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000)))))

            """);
        return text.ToString();
    }

    private static string BuildObjects()
    {
        StringBuilder text = new();
        text.Append("""
            (tag $e) (tag $e16 (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64))
            (global $t (ref $t0) (struct.new_default $t0)) (global $deep (ref $t15) (struct.new_default $t15)) (global $p (ref $packed) (struct.new_default $packed))
            (global $words (mut (ref null $words)) (array.new_default $words (i32.const 16)))
            (global $bytes (mut (ref null $bytes)) (array.new_default $bytes (i32.const 4096)))
            (global $refs (mut (ref null $refs)) (array.new_default $refs (i32.const 64)))
            (global $objects (mut (ref null $objects)) (ref.null $objects))
            (func $throws0 (throw $e))

            """);
        for (int i = 1; i <= 16; i++) text.AppendLine(CultureInfo.InvariantCulture, $"(func $throws{i} (call $throws{i - 1}))");
        text.Append("""
            (func (export "objects") (local $i i32)
              (global.set $objects (array.new_default $objects (i32.const OBJECTS)))
              (loop $again
                (array.set $objects (global.get $objects) (local.get $i) (struct.new_default $t0))
                (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const OBJECTS)))))
            (func (export "words") (global.set $words (array.new $words (i32.const 1) (i32.const WORDS))))

            """);
        return text.ToString();
    }

    private static string Repeat(string word, int times) => string.Join(' ', Enumerable.Repeat(word, times));

    private static string Types(string keyword, IReadOnlyList<ValueType> types) => types.Count == 0 ? "" : $"({keyword} {string.Join(' ', types)})";
}
