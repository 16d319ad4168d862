using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.Text;
using Xunit;
using Xunit.Abstractions;

namespace ContractVm.Tests;

/// <summary>
/// Modules made to cost time or memory. Bounds are several times what a slow machine needs, and far below what a cost that grows
/// faster than the module would come to; memory is bounded by a multiple of the module's bytes.
/// </summary>
public class AdversarialTests(ITestOutputHelper output)
{
    private static readonly byte[] Header = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0];

    private static readonly byte[] Huge = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
    private static readonly byte[] ThousandResults = [2, 0x60, 0, 0xE8, 7, .. Repeat(1_000, [0x7F]), 0x60, 0, 0];
    private static readonly byte[] ThousandBoth = [2, 0x60, 0xE8, 7, .. Repeat(1_000, [0x7F]), 0xE8, 7, .. Repeat(1_000, [0x7F]), 0x60, 0, 0];

    /// <summary>A module, whether plain WebAssembly accepts it, the seconds and the bytes for each of its bytes that it may cost.</summary>
    internal static readonly Dictionary<string, (Func<byte[]> Build, bool IsValid, double Seconds, int Memory)> Bombs = new()
    {
        ["a million nested blocks"] = (static () => Body(Nested([0x02, 0x40], [0x0B], 1_000_000)), true, 3, 60),
        ["a million nested loops"] = (static () => Body(Nested([0x03, 0x40], [0x0B], 1_000_000)), true, 3, 60),
        ["a million nested ifs"] = (static () => Body(Nested([0x41, 0, 0x04, 0x40], [0x0B], 1_000_000)), true, 3, 60),
        ["a million nested ifs with else"] = (static () => Body(Nested([0x41, 0, 0x04, 0x40, 0x05], [0x0B], 1_000_000)), true, 3, 60),
        ["a million nested try_tables"] = (static () => Body(Nested([0x1F, 0x40, 1, 2, 0], [0x0B], 1_000_000)), true, 3, 60),
        ["a million blocks that are not closed"] = (static () => Body(Nested([0x02, 0x40], [], 1_000_000)), false, 3, 60),
        ["50 000 locals in each of 20 000 functions"] = (static () => Functions(20_000, [0x60, 0, 0], [1, 0xD0, 0x86, 3, 0x7F, 0x0B]), true, 3, 60),
        ["50 000 references without a default in each of 20 000 functions"] = (static () => Functions(20_000, [0x60, 0, 0], [1, 0xD0, 0x86, 3, 0x64, 0x70, 0x0B]), true, 3, 60),
        ["50 000 single declarations of locals in each of 10 functions"] = (static () => Functions(10, [0x60, 0, 0], [0xD0, 0x86, 3, .. Repeat(50_000, [1, 0x7F]), 0x0B]), true, 3, 60),
        ["a million empty functions"] = (static () => Functions(1_000_000, [0x60, 0, 0], [0, 0x0B]), true, 10, 120),
        ["a million empty functions of 1 000 parameters"] = (static () => Functions(1_000_000, [0x60, 0xE8, 7, .. Repeat(1_000, [0x7B]), 0], [0, 0x0B]), true, 10, 120),
        ["one group of a million types"] = (static () => Types([1, 0x4E, .. Leb(1_000_000), .. Repeat(1_000_000, [0x60, 0, 0])]), true, 10, 200),
        ["a million equal groups"] = (static () => Types([.. Leb(1_000_000), .. Repeat(1_000_000, [0x60, 0, 0])]), true, 10, 200),
        ["half a million different groups"] = (static () => Types([.. Leb(500_000), .. Enumerable.Range(0, 500_000).SelectMany(Distinct)]), true, 10, 200),
        ["groups that refer to all before them"] = (static () => Types([.. Leb(1_000), .. Enumerable.Range(0, 1_000).SelectMany(static i => (byte[])[0x5F, .. Leb(i), .. Enumerable.Range(0, i).SelectMany(static k => (byte[])[0x63, .. ModuleBuilder.Signed(k), 0])])]), true, 3, 60),
        ["chains of supertypes at the limit"] = (static () => Types([.. Leb(640_000), .. Enumerable.Range(0, 640_000).SelectMany(static i => i % 64 == 0 ? (byte[])[0x50, 0, 0x60, 0, 0] : [0x50, 1, .. Leb(i - 1), 0x60, 0, 0])]), true, 10, 200),
        ["a chain of supertypes beyond the limit"] = (static () => Types([.. Leb(100_000), .. Enumerable.Range(0, 100_000).SelectMany(static i => i == 0 ? (byte[])[0x50, 0, 0x60, 0, 0] : [0x50, 1, .. Leb(i - 1), 0x60, 0, 0])]), false, 3, 200),
        ["br_table with 65 520 equal targets of 1 000 results, 20 times"] = (static () => Body(
            [0x02, 0, .. Enumerable.Range(0, 20).SelectMany(static _ => (byte[])[0x10, 0, 0x41, 0, 0x0E, .. Leb(65_519), .. new byte[65_520]]), 0x0B, .. Repeat(1_000, [0x1A])], ThousandResults, 0), true, 3, 60),
        ["br_table with 65 520 different targets of 1 000 results"] = (static () => Body(
            [.. Repeat(65_519, [0x02, 0]), 0x10, 0, 0x41, 0, 0x0E, .. Leb(65_519), .. Enumerable.Range(0, 65_520).SelectMany(static i => Leb(i % 65_519)), .. Repeat(65_519, [0x0B]), .. Repeat(1_000, [0x1A])], ThousandResults, 0), true, 5, 60),
        ["br_table whose targets take a supertype of each of 1 000 operands"] = (static () => Body(
            [.. Repeat(20_000, [0x02, 2]), 0x10, 0, 0x41, 0, 0x0E, .. Leb(19_999), .. Enumerable.Range(0, 20_000).SelectMany(Leb), .. Repeat(20_000, [0x0B]), .. Repeat(1_000, [0x1A])],
            [3, 0x60, 0, 0xE8, 7, .. Repeat(1_000, [0x64, 0x71]), 0x60, 0, 0, 0x60, 0, 0xE8, 7, .. Repeat(1_000, [0x6D])], 0), true, 3, 60),
        ["100 000 calls with 1 000 parameters and results"] = (static () => Body([.. Repeat(1_000, [0x41, 0]), .. Repeat(100_000, [0x10, 0]), .. Repeat(1_000, [0x1A])], ThousandBoth, 0), true, 5, 60),
        ["100 000 dead calls with 1 000 parameters and results"] = (static () => Body([0x00, .. Repeat(100_000, [0x10, 0]), 0x00], ThousandBoth, 0), true, 5, 200),
        ["100 000 dead blocks with 1 000 parameters"] = (static () => Body([0x00, .. Repeat(100_000, [0x02, 0, 0x00, 0x0B]), 0x00], ThousandBoth, 0), true, 5, 200),
        ["operands without end"] = (static () => Body(Repeat(20_000, [0x10, 0]), ThousandResults, 0), false, 3, 60),
        ["100 000 dead struct.new of 10 000 fields"] = (static () => Body(
            [0x00, .. Repeat(100_000, [0xFB, 0, 0, 0x1A])], [2, 0x5F, .. Leb(10_000), .. Repeat(10_000, [0x7F, 0]), 0x60, 0, 0], 1), true, 5, 200),
        ["100 000 struct.new_default of 10 000 fields"] = (static () => Body(
            Repeat(100_000, [0xFB, 1, 0, 0x1A]), [2, 0x5F, .. Leb(10_000), .. Repeat(10_000, [0x7F, 0]), 0x60, 0, 0], 1), true, 5, 200),
        ["a hundred thousand exports with long names"] = (static () => Sections((1, [1, 0x60, 0, 0]), (3, [1, 0]), (7, [.. Leb(100_000), .. Enumerable.Range(0, 100_000).SelectMany(static i => (byte[])[40, .. Name(i, 40), 0, 0])]), (10, [1, 2, 0, 0x0B])), true, 5, 60),
        ["a hundred thousand imports with long names"] = (static () => Sections((1, [1, 0x60, 0, 0]), (2, [.. Leb(100_000), .. Enumerable.Range(0, 100_000).SelectMany(static i => (byte[])[1, (byte)'m', 40, .. Name(i, 40), 0, 0])])), true, 5, 60),
        ["a million names of functions"] = (static () => Sections((0, [4, .. "name"u8, 1, .. Size([.. Leb(1_000_000), .. Enumerable.Range(0, 1_000_000).SelectMany(static i => (byte[])[.. Leb(i), 0])])])), true, 5, 120),
        ["a name section that announces 2^32-1 names"] = (static () => Sections((0, [4, .. "name"u8, 1, 6, .. Huge, 0])), true, 1, 1_000),
        ["a million empty custom sections"] = (static () => [.. Header, .. Repeat(1_000_000, [0, 1, 0])], true, 5, 200),
        ["integers with as many bytes as they may have"] = (static () => Body(Repeat(200_000, [0x41, 0x80, 0x80, 0x80, 0x80, 0, 0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x1A, 0x1A])), true, 3, 60),
        ["a million operands"] = (static () => Body([.. Repeat(1_000_000, [0x41, 0]), .. Repeat(1_000_000, [0x1A])]), true, 3, 60),
    };

    public static TheoryData<string> Names() => [.. Bombs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ItCostsInProportionToItsSize(string name)
    {
        (Func<byte[]> build, bool isValid, double seconds, int memory) = Bombs[name];
        byte[] module = build();
        GC.Collect();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Stopwatch clock = Stopwatch.StartNew();
        bool isAccepted = Module.TryLoad(module, Profiles.Bare, out _, out ModuleError error);
        double elapsed = clock.Elapsed.TotalSeconds;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine(FormattableString.Invariant($"{name}: {module.Length} bytes, {elapsed:f3} s, {module.Length / 1e6 / elapsed:f1} MB/s, {(double)allocated / module.Length:f1} bytes allocated for each"));
        Assert.True(isAccepted == isValid, error?.ToString() ?? "accepted");
        Assert.True(elapsed < seconds, $"{elapsed} s");
        Assert.True(allocated < (long)memory * module.Length + (100L << 20), $"{allocated} bytes for {module.Length}");

        // As a contract it is refused or small, and examined as fast.
        clock.Restart();
        Module.Examine(module, Profiles.ContractVmV1);
        Assert.True(clock.Elapsed.TotalSeconds < seconds, $"examined in {clock.Elapsed}");
    }

    [Theory]
    [InlineData(1, new byte[0])]
    [InlineData(2, new byte[0])]
    [InlineData(3, new byte[0])]
    [InlineData(4, new byte[0])]
    [InlineData(5, new byte[0])]
    [InlineData(13, new byte[0])]
    [InlineData(6, new byte[0])]
    [InlineData(7, new byte[0])]
    [InlineData(9, new byte[0])]
    [InlineData(10, new byte[0])]
    [InlineData(11, new byte[0])]
    [InlineData(1, new byte[] { 1, 0x4E })]
    [InlineData(1, new byte[] { 1, 0x50 })]
    [InlineData(1, new byte[] { 1, 0x60 })]
    [InlineData(1, new byte[] { 1, 0x60, 0 })]
    [InlineData(1, new byte[] { 1, 0x5F })]
    [InlineData(2, new byte[] { 1 })]
    [InlineData(9, new byte[] { 1, 1, 0 })]
    [InlineData(9, new byte[] { 1, 5, 0x70 })]
    [InlineData(11, new byte[] { 1, 1 })]
    public void AVectorThatAnnouncesEverythingReservesNothing(byte section, byte[] start)
    {
        byte[] module = Sections((section, [.. start, .. Huge]));
        foreach (Profile profile in Profiles.All)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.False(Module.TryLoad(module, profile, out _, out _));
            Module.Examine(module, profile);
            TextPrinter.TryPrint(module, TextWriter.Null, new PrintOptions(), out _);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000);
        }
    }

    [Theory]
    [InlineData("a million nested blocks")]
    [InlineData("a million nested ifs with else")]
    [InlineData("one group of a million types")]
    [InlineData("br_table with 65 520 different targets of 1 000 results")]
    [InlineData("a million names of functions")]
    [InlineData("a million empty functions of 1 000 parameters")]
    public void ItIsPrintedInProportionToItsSize(string name)
    {
        byte[] module = Bombs[name].Build();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Stopwatch clock = Stopwatch.StartNew();
        Assert.True(TextPrinter.TryPrint(module, TextWriter.Null, new PrintOptions(), out ModuleError? error), error?.ToString());
        output.WriteLine(FormattableString.Invariant($"{name}: printed in {clock.Elapsed.TotalSeconds:f3} s"));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400L * module.Length + (100 << 20));
    }

    private static byte[] Nested(byte[] open, byte[] close, int depth) => [.. Repeat(depth, open), .. Repeat(depth, close)];

    private static byte[] Repeat(int count, byte[] item)
    {
        byte[] all = new byte[count * item.Length];
        for (int i = 0; i < count; i++) item.CopyTo(all, i * item.Length);
        return all;
    }

    private static byte[] Leb(int value) => ModuleBuilder.Unsigned((ulong)value);

    private static byte[] Size(byte[] content) => [.. Leb(content.Length), .. content];

    private static byte[] Name(int number, int length) => System.Text.Encoding.ASCII.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(length, 'x'));

    /// <summary>A function type that no other number gives: its parameters are the number's digits.</summary>
    private static byte[] Distinct(int number)
    {
        List<byte> digits = [];
        for (int rest = number; rest > 0; rest /= 4) digits.Add((byte)(0x7C + rest % 4));
        return [0x60, (byte)digits.Count, .. digits, 0];
    }

    private static byte[] Sections(params (byte Id, byte[] Content)[] sections) => [.. Header, .. sections.SelectMany(static section => (byte[])[section.Id, .. Size(section.Content)])];

    private static byte[] Types(byte[] content) => Sections((1, content));

    private static byte[] Body(byte[] instructions) => Body(instructions, [1, 0x60, 0, 0], 0, hasImport: false);

    /// <summary>A function whose body this is, behind an imported one of the first type.</summary>
    private static byte[] Body(byte[] instructions, byte[] types, int importType, bool hasImport = true)
    {
        // The function has the last type without parameters and results of those that are used here.
        byte own = hasImport ? (byte)1 : (byte)0;
        byte[] code = [1, .. Size([0, .. instructions, 0x0B])];
        return hasImport
            ? Sections((1, types), (2, [1, 1, (byte)'m', 1, (byte)'f', 0, (byte)importType]), (3, [1, own]), (10, code))
            : Sections((1, types), (3, [1, own]), (10, code));
    }

    private static byte[] Functions(int count, byte[] type, byte[] body) =>
        Sections((1, [1, .. type]), (3, [.. Leb(count), .. new byte[count]]), (10, [.. Leb(count), .. Repeat(count, Size(body))]));
}
