using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ContractVm.Calibration;

/// <summary>Cases of references, structs, arrays and casts.</summary>
internal static class ObjectCases
{
    /// <summary>Bytes that objects of one instance may take together where they are far, less what the prelude makes.</summary>
    private const int ArenaBytes = 15 << 20;
    /// <summary>One of all objects that there is room for, near or far, and one of as many words.</summary>
    private static readonly string NearObject = Random("objects", CaseModule.NearObjects) + " array.get $objects", FarObject = Random("objects", CaseModule.FarObjects) + " array.get $objects";
    private static readonly string NearWord = Random("words", CaseModule.NearWords), FarWord = Random("words", CaseModule.FarWords);
    private const string IsNull = "ref.is_null i32.xor";

    public static IEnumerable<Case> All() => [.. References(), .. Casts(), .. Structs(), .. NewArrays(), .. Arrays()];

    private static IEnumerable<Case> References()
    {
        yield return Chained("ref.null", "an operand", "", "ref.null func", "local.get $f", IsNull);
        yield return Chained("ref.func", "an operand", "", "ref.func $f3", "local.get $f", IsNull);
        yield return Chained("ref.is_null", "not null", "local.get $f", "ref.is_null", "drop local.get $i2", "i32.xor");
        yield return Chained("ref.eq", "equal", "local.get $eq local.get $eq", "ref.eq", "drop drop local.get $i2", "i32.xor");
        yield return Chained("ref.as_non_null", "not null", "local.get $u", "ref.as_non_null", "", IsNull);
        yield return new Case("br_on_null", "not null", "block local.get $u", "br_on_null 0", "", "drop end");
        yield return new Case("br_on_null", "null", "block ref.null $unary", "br_on_null 0", "", "drop end");
        yield return new Case("br_on_non_null", "not null", "block (result (ref null $unary)) local.get $u", "br_on_non_null 0", "drop", "local.get $u end drop");
        yield return Chained("ref.i31", "an operand", "local.get $i2", "ref.i31", "drop local.get $i31", IsNull);
        yield return Chained("i31.get_s", "an operand", "local.get $i31", "i31.get_s", "drop local.get $i2", "i32.xor");
        yield return Chained("i31.get_u", "an operand", "local.get $i31", "i31.get_u", "drop local.get $i2", "i32.xor");
        yield return Chained("any.convert_extern", "an operand", "local.get $extern", "any.convert_extern", "drop local.get $any", IsNull);
        yield return Chained("extern.convert_any", "an operand", "local.get $any", "extern.convert_any", "drop local.get $extern", IsNull);
    }

    private static IEnumerable<Case> Casts()
    {
        foreach ((string situation, string value, string type) in new[] { ("own type", "local.get $any", "$t0"), ("15 types above", "local.get $deep", "$t0"), ("not of it", "local.get $t", "$t15"), ("all that is near", NearObject, "$t0"), ("misses the caches", FarObject, "$t0") })
        {
            bool isFar = value == FarObject;
            string? prepare = isFar || value == NearObject ? "objects" : null;
            yield return Chained("ref.test", situation, value, $"ref.test (ref {type})", "drop local.get $i2", "i32.xor") with { Prepare = prepare, IsFar = isFar };
            yield return Chained("ref.test_null", situation, value, $"ref.test (ref null {type})", "drop local.get $i2", "i32.xor") with { Prepare = prepare, IsFar = isFar };
            yield return new Case("br_on_cast", situation, $"block (result anyref) {value}", Typed("br_on_cast", value, type), "", "end drop") { Prepare = prepare, IsFar = isFar };
            yield return new Case("br_on_cast_fail", situation, $"block (result anyref) {value}", Typed("br_on_cast_fail", value, type), "", "end drop") { Prepare = prepare, IsFar = isFar };
            if (situation == "not of it") continue;
            yield return Chained("ref.cast", situation, value, $"ref.cast (ref {type})", "", IsNull) with { Prepare = prepare, IsFar = isFar };
            yield return Chained("ref.cast_null", situation, value, $"ref.cast (ref null {type})", "", IsNull) with { Prepare = prepare, IsFar = isFar };
        }
    }

    private static string Typed(string name, string value, string type) => $"{name} 0 {(value == "local.get $any" ? "anyref" : "(ref null $t0)")} (ref {type})";

    private static IEnumerable<Case> Structs()
    {
        yield return New("struct.new", "1 field", "local.get $i2", "struct.new $one", 16);
        yield return New("struct.new", "100 fields", string.Join(' ', Enumerable.Repeat("local.get $l2", 100)), "struct.new $hundred", 808);
        yield return New("struct.new_default", "1 field", "", "struct.new_default $one", 16);
        yield return New("struct.new_default", "100 fields", "", "struct.new_default $hundred", 808);
        foreach ((string situation, string value, string? prepare) in new (string, string, string?)[] { ("in the first cache", "local.get $t", null), ("all that is near", NearObject, "objects"), ("misses the caches", FarObject, "objects") })
        {
            yield return Chained("struct.get", situation, value, "struct.get $t0 0", "drop local.get $i2", "i32.xor") with { Prepare = prepare, IsFar = value == FarObject };
            yield return new Case("struct.set", situation, $"{value} local.get $i2", "struct.set $t0 0", "drop drop") { Prepare = prepare, IsFar = value == FarObject };
        }

        yield return Chained("struct.get_s", "in the first cache", "local.get $p", "struct.get_s $packed 0", "drop local.get $i2", "i32.xor");
        yield return Chained("struct.get_u", "in the first cache", "local.get $p", "struct.get_u $packed 1", "drop local.get $i2", "i32.xor");
    }

    private static IEnumerable<Case> NewArrays()
    {
        foreach (int length in new[] { 0, 16, 4096, 1 << 20 })
        {
            yield return NewArray("array.new", length, 4, $"local.get $i2 i32.const {Text(length)}", "array.new $words", "drop drop");
            yield return NewArray("array.new_default", length, 4, $"i32.const {Text(length)}", "array.new_default $words", "drop");
        }

        yield return New("array.new_fixed", "8 elements", string.Join(' ', Enumerable.Repeat("local.get $l2", 8)), "array.new_fixed $longs 8", 72);
        yield return New("array.new_fixed", "500 elements", string.Join(' ', Enumerable.Repeat("local.get $l2", 500)), "array.new_fixed $longs 500", 4008);
        foreach (int length in new[] { 0, CaseModule.SegmentBytes })
            yield return NewArray("array.new_data", length, 1, $"i32.const 0 i32.const {Text(length)}", "array.new_data $bytes $segment", "drop drop");
        foreach (int length in new[] { 0, CaseModule.Functions })
            yield return NewArray("array.new_elem", length, 8, $"i32.const 0 i32.const {Text(length)}", "array.new_elem $refs $names", "drop drop");
    }

    private static IEnumerable<Case> Arrays()
    {
        foreach ((string situation, string element, string? prepare) in new (string, string, string?)[] { ("in the first cache", "local.get $words i32.const 3", null), ("all that is near", NearWord, "words"), ("misses the caches", FarWord, "words") })
        {
            yield return Chained("array.get", situation, element, "array.get $words", "drop drop local.get $i2", "i32.xor") with { Prepare = prepare, IsFar = element == FarWord };
            yield return new Case("array.set", situation, $"{element} local.get $i2", "array.set $words", "drop drop drop") { Prepare = prepare, IsFar = element == FarWord };
        }

        yield return Chained("array.get_s", "in the first cache", "local.get $bytes i32.const 3", "array.get_s $bytes", "drop drop local.get $i2", "i32.xor");
        yield return Chained("array.get_u", "in the first cache", "local.get $bytes i32.const 3", "array.get_u $bytes", "drop drop local.get $i2", "i32.xor");
        yield return Chained("array.len", "in the first cache", "local.get $words", "array.len", "drop local.get $i2", "i32.xor");
        foreach (int length in new[] { 0, 16, 1 << 20 })
        {
            string? prepare = length > 16 ? "words" : null;
            yield return Bulk("array.fill", length, $"global.get $words i32.const 0 local.get $i2 i32.const {Text(length)}", "array.fill $words", prepare);
            yield return Bulk("array.copy", length, $"global.get $words i32.const {Text(length > 16 ? length - 1 : 0)} global.get $words i32.const 0 i32.const {Text(length)}", "array.copy $words $words", prepare);
        }

        foreach (int length in new[] { 0, CaseModule.SegmentBytes })
            yield return Bulk("array.init_data", length, $"local.get $bytes i32.const 0 i32.const 0 i32.const {Text(length)}", "array.init_data $bytes $segment", null);
        foreach (int length in new[] { 0, CaseModule.Functions })
            yield return Bulk("array.init_elem", length, $"local.get $refs i32.const 0 i32.const 0 i32.const {Text(length)}", "array.init_elem $refs $names", null);
    }

    /// <summary>An array in a global and an index below a length, which is a power of two.</summary>
    private static string Random(string array, int length) => $"global.get ${array} {CaseModule.Random} i32.const {Text(32 - int.Log2(length))} i32.shr_u";

    private static Case Chained(string name, string situation, string before, string instruction, string filler, string after) =>
        new(name, situation, before, instruction, filler, after) { Chain = "$i" };

    /// <summary>A new object of so many bytes, header included: one instance has room for only so many.</summary>
    private static Case New(string name, string situation, string operands, string instruction, int bytes)
    {
        int unroll = bytes > 4000 ? 10 : 50;
        return new Case(name, situation, "", $"{operands} {instruction} drop") { Unroll = unroll, MostTurns = ArenaBytes / (bytes * unroll), IsFar = true };
    }

    private static Case NewArray(string name, int length, int elementBytes, string operands, string instruction, string filler)
    {
        int bytes = length * elementBytes, unroll = bytes > 100_000 ? 1 : 50;
        return new Case(name, $"{Text(length)} elements", operands, $"{instruction} drop", filler)
        {
            Units = bytes, Unroll = unroll, MostTurns = ArenaBytes / ((bytes + 16) * unroll), IsFar = true,
        };
    }

    private static Case Bulk(string name, int length, string operands, string instruction, string? prepare)
    {
        string drops = string.Join(' ', Enumerable.Repeat("drop", name == "array.copy" ? 5 : 4));
        return new Case(name, $"{Text(length)} elements", operands, instruction, drops) { Units = length, Unroll = length > 100_000 ? 1 : 50, Prepare = prepare, IsFar = length > 100_000 };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
