using System;
using System.Collections.Generic;
using System.Linq;

namespace Bench;

/// <summary>Valid modules that are made to cost a compiler more for each byte than any program does.</summary>
internal static partial class CompileBombs
{
    private const byte End = 0x0B, Block = 0x02, Loop = 0x03, If = 0x04, Else = 0x05, BranchIf = 0x0D, BranchTable = 0x0E, Call = 0x10, Drop = 0x1A;
    private const byte Get = 0x20, Set = 0x21, Const32 = 0x41, Const64 = 0x42, Load32 = 0x28, Load64 = 0x29, Store32 = 0x36, Store64 = 0x37, Add32 = 0x6A, Xor32 = 0x73, Add64 = 0x7C, Xor64 = 0x85;
    private const byte I32 = 0x7F, I64 = 0x7E, Void = 0x40;

    /// <summary>Names and modules. Function 0 is imported; its type, the first, is the one that is given.</summary>
    public static IReadOnlyList<(string Name, Func<byte[]> Build)> All => [.. First, .. Second, .. Third];

    /// <summary>Writes them to a folder, by number.</summary>
    public static int Write(string folder)
    {
        for (int i = 0; i < All.Count; i++) System.IO.File.WriteAllBytes(System.IO.Path.Combine(folder, FormattableString.Invariant($"{i:d2} {All[i].Name}.wasm")), All[i].Build());
        return 0;
    }

    private static readonly (string Name, Func<byte[]> Build)[] First =
    [
        ("a million nested blocks", static () => Function(Nested([Block, Void], [End], 1_000_000))),
        ("a million nested loops", static () => Function(Nested([Loop, Void], [End], 1_000_000))),
        ("500 000 nested ifs with else", static () => Function(Nested([Get, 0, If, Void, Else], [End], 500_000))),
        ("100 000 blocks, each left by a branch", static () => Function([.. Nested([Block, Void], [Get, 0, BranchIf, 0, End], 100_000)])),
        ("br_table, 65 520 equal targets of 1 000 results, 20 times", static () => Function(
            [Block, 0, .. Many(20, static _ => [Call, 0, Const32, 0, BranchTable, .. Leb(65_519), .. new byte[65_520]]), End, .. Repeat(1_000, [Drop])], results: 1_000)),
        ("br_table, 20 000 different targets of 1 000 results", static () => Function(
            [.. Repeat(20_000, [Block, 0]), Call, 0, Const32, 0, BranchTable, .. Leb(19_999), .. Many(20_000, Leb), .. Repeat(20_000, [End]), .. Repeat(1_000, [Drop])], results: 1_000)),
        ("br_table, 20 000 cases of code", static () => Function(
            [.. Repeat(20_000, [Block, Void]), Get, 0, BranchTable, .. Leb(19_999), .. Many(20_000, Leb), .. Many(20_000, static i => [End, Get, 0, Const32, .. Signed(i), Xor32, Set, 1])])),
        ("50 000 locals in each of 2 000 functions", static () => Functions(2_000, [1, .. Leb(50_000), I32, End])),
        ("49 900 locals, each set in a loop", static () => Function(
            [Loop, Void, .. Many(49_900, static i => [Get, .. Leb(i + 1), Const32, 1, Add32, Set, .. Leb(i + 1)]), Get, 0, BranchIf, 0, End, .. UseOf(49_900)], locals: 49_900)),
        ("1 000 nested loops around 1 000 locals", static () => Function(
            [.. Repeat(1_000, [Loop, Void]), .. Many(1_000, static i => [Get, .. Leb(i + 1), Const32, 1, Add32, Set, .. Leb(i + 1)]), .. Repeat(1_000, [Get, 0, BranchIf, 0, End]), .. UseOf(1_000)], locals: 1_000)),
        ("20 000 ifs, each sets one of 200 locals", static () => Function(
            [.. Many(20_000, static i => [Get, .. Leb(i * 7 % 200), If, Void, Get, .. Leb(i * 13 % 200), Const32, .. Signed(i), Add32, Set, .. Leb(i % 200), End]), .. UseOf(200)], locals: 200)),
        ("200 locals exchanged in a loop, 500 times", static () => Function(
            [.. Many(500, static _ => [Loop, Void, .. Many(200, static i => [Get, .. Leb(i + 1)]), .. Many(200, static i => [Set, .. Leb((i * 77 + 1) % 200 + 1)]), Get, 0, BranchIf, 0, End]), .. UseOf(200)], locals: 200)),
        ("a tree of 200 000 additions, deep to the right", static () => Function([Const32, 0, .. Repeat(200_000, [Get, 0]), .. Repeat(199_999, [Add32]), Store32, 2, 0])),
        ("a tree of 200 000 loads, deep to the right", static () => Function([Const32, 0, .. Many(200_000, static i => [Get, 0, Load32, 2, .. Leb(i % 4096 * 4)]), .. Repeat(199_999, [Add32]), Store32, 2, 0])),
        ("a chain of 300 000 operations", static () => Function([Get, 0, Load32, 2, 4, Set, 1, Const32, 0, Get, 0, .. Many(300_000, static i => i % 2 == 0 ? [Get, 1, Add32] : [Get, 0, Xor32]), Store32, 2, 0])),
        ("100 000 constants that differ above 2^32", static () => Function(
            [Const32, 0, Get, 2, .. Many(100_000, static i => [Const64, .. Signed((long)i << 36), i % 2 == 0 ? Xor64 : Add64]), Store64, 3, 0], wide: 1)),
        ("100 000 sums of values and constants that differ above 2^32", static () => Function(
            [Get, 0, Load64, 3, 0, Set, 2, .. Many(100_000, static i => [Get, 2, Const64, .. Signed((long)i << 32 | 1), Add64, Drop])], locals: 1, wide: 2)),
        ("5 000 results alive over 5 000 calls", static () => Function([.. Repeat(5_000, [Call, 0]), .. Repeat(4_999, [Add32]), Set, 0], results: 1)),
        ("100 000 calls", static () => Function(Repeat(100_000, [Call, 0, Set, 0]), results: 1)),
        ("2 000 calls with 1 000 parameters and results", static () => Function(
            [.. Repeat(1_000, [Const32, 0]), .. Repeat(2_000, [Call, 0]), .. Repeat(1_000, [Drop])], parameters: 1_000, results: 1_000)),
        ("200 000 loads and stores in one function", static () => Function(
            Many(200_000, static i => [Get, 0, Get, 0, Load32, 2, .. Leb(i % 997 * 4), Const32, .. Signed(i), Add32, Store32, 2, .. Leb(i % 1009 * 4)]))),
        ("100 000 live ranges across a loop", static () => Function(
            [.. Many(500, static i => [Get, 0, Const32, .. Signed(i * 1023), Xor32, Set, .. Leb(i + 1)]), .. Repeat(200, [Loop, Void, Get, 0, BranchIf, 0, End]), .. Many(100_000, static i => [Get, .. Leb(i % 500 + 1), Get, .. Leb(i * 31 % 500 + 1), Xor32, Set, .. Leb(i * 17 % 500 + 1)]), .. UseOf(500)], locals: 500)),
        ("200 000 empty functions", static () => Functions(200_000, [0, End])),
    ];

    /// <summary>
    /// A module whose one function has this body, a memory, and an imported function. Local 0 is the parameter, then come as many
    /// locals as are asked for, at least one, then those of 64 bits.
    /// </summary>
    private static byte[] Function(byte[] instructions, int parameters = 0, int results = 0, int locals = 1, int wide = 0)
    {
        byte[] types = [2, 0x60, .. Leb(parameters), .. Repeat(parameters, [I32]), .. Leb(results), .. Repeat(results, [I32]), 0x60, 1, I32, 0];
        byte[] body = [2, .. Leb(Math.Max(1, locals)), I32, .. Leb(wide), I64, .. instructions, End];
        return Sections((1, types), (2, [1, 1, (byte)'m', 1, (byte)'f', 0, 0]), (3, [1, 1]), (5, [1, 0, 1]), (7, Exported), (10, [1, .. Sized(body)]));
    }

    // Stores what the locals after the parameter come to, so that nothing is dead.
    private static byte[] UseOf(int locals) => [Const32, 0, Get, 1, .. Many(locals - 1, static i => [Get, .. Leb(i + 2), Xor32]), Store32, 2, 0];

    private static byte[] Functions(int count, byte[] body) => Sections((1, [1, 0x60, 0, 0]), (3, [.. Leb(count), .. new byte[count]]), (10, [.. Leb(count), .. Repeat(count, Sized(body))]));

    private static byte[] Functions(int count, byte[] body, byte[] first) =>
        Sections((1, [1, 0x60, 0, 0]), (3, [.. Leb(count + 1), .. new byte[count + 1]]), (10, [.. Leb(count + 1), .. Sized(first), .. Repeat(count, Sized(body))]));

    private static byte[] Sections(params (byte Id, byte[] Content)[] sections) =>
        [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0, .. sections.SelectMany(static section => (byte[])[section.Id, .. Sized(section.Content)])];

    private static byte[] Sized(byte[] content) => [.. Leb(content.Length), .. content];

    private static byte[] Nested(byte[] open, byte[] close, int depth) => [.. Repeat(depth, open), .. Repeat(depth, close)];

    private static byte[] Repeat(int count, byte[] item) => Many(count, _ => item);

    private static byte[] Many(int count, Func<int, byte[]> item)
    {
        List<byte> all = [];
        for (int i = 0; i < count; i++) all.AddRange(item(i));
        return [.. all];
    }

    private static byte[] Leb(int value)
    {
        List<byte> bytes = [];
        for (uint left = (uint)value; ; left >>= 7)
        {
            bytes.Add((byte)(left | (left < 0x80 ? 0 : 0x80u)));
            if (left < 0x80) break;
        }

        return [.. bytes];
    }

    private static byte[] Signed(long value)
    {
        List<byte> bytes = [];
        while (value is < -64 or > 63)
        {
            bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        bytes.Add((byte)(value & 0x7F));
        return [.. bytes];
    }
}
