using System;

namespace Bench;

/// <summary>More of them: what is cheap to write many times, and dear to represent.</summary>
internal static partial class CompileBombs
{
    private const byte Branch = 0x0C, Return = 0x0F, Tee = 0x22, Eqz = 0x45, Select = 0x1B, Unreachable = 0x00, Extended = 0xFC;
    private const byte AsNonNull = 0xD4, ReferenceNull = 0xD0, FunctionReference = 0x70;

    // Function 1, as "f".
    private static readonly byte[] Exported = [1, 1, (byte)'f', 0, 1];

    private static readonly (string Name, Func<byte[]> Build)[] Second =
    [
        ("300 000 nested loops, each repeated", static () => Function([.. Repeat(300_000, [Loop, Void]), .. Repeat(300_000, [Get, 0, BranchIf, 0, End])])),
        ("100 000 calls with 1 000 results that nobody takes", static () => Function(Repeat(100_000, [Block, Void, Call, 0, Branch, 0, End]), results: 1_000)),
        ("100 000 ifs inside one another that keep 1 000 operands", static () => Function(
            [.. Repeat(1_000, [Const32, 0]), .. Repeat(100_000, [Get, 0, If, 0]), .. Repeat(100_000, [End]), .. Repeat(1_000, [Drop])], parameters: 1_000, results: 1_000)),
        ("20 000 ifs whose arms throw 1 000 operands away", static () => Function(
            [.. Many(20_000, static _ => [Get, 0, If, Void, Call, 0, Unreachable, End])], results: 1_000)),
        ("6 000 nested ifs around 6 000 locals", static () => Function(
            [.. Repeat(6_000, [Get, 0, If, Void]), .. Many(6_000, static i => [Get, 0, Set, .. Leb(i + 1)]), .. Repeat(6_000, [End]), .. UseOf(6_000)], locals: 6_000)),
        ("6 000 nested blocks with two exits around 6 000 locals", static () => Function(
            [.. Repeat(6_000, [Block, Void, Get, 0, BranchIf, 0]), .. Many(6_000, static i => [Get, 0, Set, .. Leb(i + 1)]), .. Repeat(6_000, [End]), .. UseOf(6_000)], locals: 6_000)),
        ("br_table of 500 000 targets in a body of 40 000 locals", static () => Function(
            [.. Many(40_000, static i => [Get, 0, Set, .. Leb(i + 1)]), .. Repeat(10, [Block, Void, Get, 0, BranchTable, .. Leb(49_999), .. new byte[50_000], End]), .. UseOf(40_000)], locals: 40_000)),
        ("200 000 branches to one label, a value each", static () => Function(
            [Block, Void, .. Repeat(200_000, [Get, 1, Const32, 1, Add32, Set, 1, Get, 0, BranchIf, 0]), End, .. UseOf(1)])),
        ("200 000 branches back to one loop, a value each", static () => Function(
            [Loop, Void, .. Repeat(200_000, [Get, 1, Const32, 1, Add32, Set, 1, Get, 0, BranchIf, 0]), End, .. UseOf(1)])),
        ("60 000 rings that do nothing", static () => Function(Repeat(60_000, [Get, 0, If, Void, Loop, Void, Block, Void, Branch, 0, End, Branch, 0, End, End]))),
        ("a chain of 200 000 tests of tests", static () => Function([Get, 0, .. Repeat(200_000, [Eqz, Tee, 1, Get, 1, BranchIf, 0]), Drop])),
        ("a chain of 200 000 choices", static () => Function([Const32, 0, Get, 0, .. Repeat(200_000, [Get, 1, Get, 0, Select]), Store32, 2, 0])),
        ("a chain of 300 000 checks of one reference", static () => Function([ReferenceNull, FunctionReference, .. Repeat(300_000, [AsNonNull]), Drop])),
        ("200 000 returns", static () => Function(Repeat(200_000, [Get, 0, If, Void, Return, End]))),
        ("100 000 conditional branches out of a body of 1 000 results", static () => Function(
            [.. Repeat(1_000, [Const32, 0]), .. Repeat(100_000, [Get, 0, BranchIf, 0]), .. Repeat(1_000, [Drop])])),
        ("50 000 copies of 64 bytes", static () => Function(Repeat(50_000, [Get, 0, Get, 0, Const32, 0xC0, 0, Extended, 10, 0, 0]))),
        ("50 000 copies of any length", static () => Function(Repeat(50_000, [Get, 0, Get, 0, Get, 0, Extended, 10, 0, 0]))),
        ("100 000 divisions", static () => Function([.. Many(100_000, static i => [Get, 0, Const32, .. Signed(i % 1_000 + 7), (byte)(0x6D + i % 4), Set, 0])])),
        ("one large function, then 200 000 small ones", static () => Functions(200_000, [0, End], [1, 1, I32, .. Repeat(300_000, [Get, 0, Const32, 1, Add32, Set, 0]), End])),
        ("a function of 7 MB", static () => Function([.. Many(700_000, static i => [Get, 0, Get, 0, Load32, 2, .. Leb(i % 97 * 4), Add32, Set, 0])])),
    ];
}
