using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ContractVm.Calibration;

/// <summary>Cases of what touches linear memory and tables: in the first cache level, missing the caches, across lines, in bulk.</summary>
internal static class MemoryCases
{
    /// <summary>Lines of 64 bytes in 4 KiB, in the 512 KiB that are near, and in all of the 8 MiB that the profile allows.</summary>
    private const string First = "i32.const 9 i32.shr_u i32.const 0xfc0 i32.and", Near = "i32.const 9 i32.shr_u i32.const 0x7ffc0 i32.and", Far = "i32.const 9 i32.shr_u i32.const 0x7fffc0 i32.and";
    /// <summary>Every second line, so that an access into the next one is inside.</summary>
    private const string NearPair = "i32.const 9 i32.shr_u i32.const 0x7ff80 i32.and", FarPair = "i32.const 9 i32.shr_u i32.const 0x7fff80 i32.and";

    /// <summary>Loads, stores and atomics, from their signatures. The next address depends on what was loaded.</summary>
    public static IEnumerable<Case> Of(OpcodeInfo info)
    {
        if (info.Immediates is not (Immediates.MemArg or Immediates.MemArgLane)) yield break;
        string lane = info.Immediates == Immediates.MemArgLane ? " 1" : "";
        yield return Make(info, "in the first cache", First, info.Name + lane);
        yield return Make(info, "misses the first cache", Near, info.Name + lane) with { Prepare = "touch" };
        yield return Make(info, "misses the caches", Far, info.Name + lane) with { Prepare = "touch", IsFar = true };
        bool canSplit = info.NaturalAlignment > 0 && !info.Name.Contains("atomic", System.StringComparison.Ordinal);
        if (!canSplit) yield break;
        yield return Make(info, "misses the first, across lines", NearPair, info.Name + " offset=63" + lane) with { Prepare = "touch" };
        yield return Make(info, "misses, across lines", FarPair, info.Name + " offset=63" + lane) with { Prepare = "touch", IsFar = true };
    }

    private static Case Make(OpcodeInfo info, string situation, string mask, string text)
    {
        string operands = string.Concat(info.Operands.Skip(1).Select(static type => $" local.get {(type switch { 'f' => "$fn", 'd' => "$dn", _ => $"${type}2" })}"));
        string drops = string.Join(' ', Enumerable.Repeat("drop", info.Operands.Length));
        if (info.Results.Length == 0) return new Case(info.Name, situation, $"{CaseModule.Random} {mask}{operands}", text, drops);
        char result = info.Results[0];
        string instead = result switch { 'f' => "$fn", 'd' => "$dn", _ => $"${result}2" };
        return new Case(
            info.Name, situation, $"{CaseModule.Random} {mask}{operands}", text, $"{drops} local.get {instead}",
            $"{NumericCases.Convert(result, 'i')} local.get $r i32.add local.set $r");
    }

    /// <summary>Bulk operations on memory, tables and segments, and single elements of tables.</summary>
    public static IEnumerable<Case> Bulk()
    {
        foreach ((string situation, uint target, uint source, uint length) in new (string, uint, uint, uint)[]
        {
            ("nothing", 0, 0, 0), ("64 bytes", 0, 4096, 64), ("256 KiB", 0, 0x40000, 0x40000), ("4 MiB", 0, 0x400000, 0x400000), ("4 MiB, overlapping", 1, 0, 0x400000), ("63 bytes, overlapping", 1, 0, 63),
        })
            yield return Sized("memory.copy", situation, $"i32.const {Text(target)} i32.const {Text(source)} i32.const {Text(length)}", "memory.copy", length);
        // The source of the next copy depends on what was copied, so that nothing waits in parallel.
        foreach ((string situation, string mask, bool isFar) in new[] { ("64 bytes, misses the first cache", Near, false), ("64 bytes, misses the caches", FarPair, true) })
            yield return Sized("memory.copy", situation, $"i32.const 0 {CaseModule.Random} {mask} i32.const 64", "memory.copy", 64) with { After = "i32.const 0 i32.load local.get $r i32.add local.set $r", IsFar = isFar };
        yield return Sized("memory.fill", "64 bytes, misses the caches", $"{CaseModule.Random} {Far} local.get $i2 i32.const 64", "memory.fill", 64) with { IsFar = true };
        yield return Sized("memory.fill", "512 KiB", "i32.const 0 local.get $i2 i32.const 0x80000", "memory.fill", 0x80000);
        yield return Sized("memory.fill", "nothing", "i32.const 0 local.get $i2 i32.const 0", "memory.fill", 0);
        yield return Sized("memory.fill", "64 bytes", "i32.const 64 local.get $i2 i32.const 64", "memory.fill", 64);
        yield return Sized("memory.fill", "8 MiB", "i32.const 0 local.get $i2 i32.const 0x800000", "memory.fill", 0x800000);
        yield return Sized("memory.init", "nothing", "i32.const 0 i32.const 0 i32.const 0", "memory.init $segment", 0);
        yield return Sized("memory.init", "4096 bytes", $"{CaseModule.Random} i32.const 9 i32.shr_u i32.const 0x7ff000 i32.and i32.const 0 i32.const 4096", "memory.init $segment", 4096) with { IsFar = true };
        yield return new Case("data.drop", "again", "", "data.drop $segment") { MostTurns = 4000 };
        yield return new Case("elem.drop", "again", "", "elem.drop $names") { MostTurns = 4000 };
        yield return new Case("memory.size", "alone", "", "memory.size", "local.get $i2", "i32.xor") { Chain = "$i" };
        yield return new Case("memory.grow", "nothing", "i32.const 0", "memory.grow", "", "local.get $i i32.xor local.set $i");
        string touches = string.Concat(Enumerable.Range(0, 16).Select(static page => $" local.get $is i32.const 1 i32.store8 $grown offset={Text((uint)page * 4096)}"));
        yield return new Case("memory.grow", "1 page, each touched", "", "i32.const 1 memory.grow $grown i32.const 16 i32.shl local.set $is" + touches) { MostTurns = 120, Unroll = 1, Units = 1, IsFar = true };
        yield return new Case("memory.grow", "128 pages", "", "i32.const 128 memory.grow $grown drop") { MostTurns = 1, Unroll = 1, Units = 128, IsFar = true };
        foreach (Case table in Tables()) yield return table;
    }

    private static IEnumerable<Case> Tables()
    {
        const string Index = $"{CaseModule.Random} i32.const 16 i32.shr_u";
        yield return new Case("table.get", "one element", "i32.const 1", "table.get $functions", "drop local.get $f", "ref.is_null i32.xor") { Chain = "$i" };
        yield return new Case("table.get", "random", Index, "table.get $functions", "drop local.get $f", "ref.is_null i32.xor") { Chain = "$i" };
        yield return new Case("table.set", "one element", "i32.const 100 local.get $f", "table.set $functions", "drop drop");
        yield return new Case("table.set", "random", $"{Index} local.get $f", "table.set $other", "drop drop");
        yield return new Case("table.size", "alone", "", "table.size $functions", "local.get $i2", "i32.xor") { Chain = "$i" };
        yield return new Case("table.grow", "nothing", "", "ref.null func i32.const 0 table.grow $grows drop");
        yield return new Case("table.grow", "by 1 to 16000", "", "ref.null func i32.const 1 table.grow $grows drop") { MostTurns = 320, Units = 1 };
        yield return new Case("table.grow", "65536 at once", "", "ref.null func i32.const 65536 table.grow $grows drop") { MostTurns = 1, Unroll = 1, Units = 65536 };
        yield return Sized("table.fill", "nothing", "i32.const 0 ref.null func i32.const 0", "table.fill $other", 0);
        yield return Sized("table.fill", "65536 elements", "i32.const 0 ref.null func i32.const 65536", "table.fill $other", 65536);
        yield return Sized("table.copy", "nothing", "i32.const 0 i32.const 0 i32.const 0", "table.copy $other $functions", 0);
        yield return Sized("table.copy", "65536 elements", "i32.const 0 i32.const 0 i32.const 65536", "table.copy $other $functions", 65536);
        yield return Sized("table.copy", "65535, overlapping", "i32.const 1 i32.const 0 i32.const 65535", "table.copy $other $other", 65535);
        yield return Sized("table.init", "nothing", "i32.const 0 i32.const 0 i32.const 0", "table.init $other $names", 0);
        yield return Sized("table.init", "64 elements", "i32.const 0 i32.const 0 i32.const 64", "table.init $other $names", 64);
    }

    private static Case Sized(string name, string situation, string before, string text, uint units) => new(name, situation, before, text, "drop drop drop")
    {
        Units = units, Unroll = units > 10_000 ? 1 : 50, IsFar = units > 0x80000, Prepare = name.StartsWith("memory", System.StringComparison.Ordinal) ? "touch" : null,
    };

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
