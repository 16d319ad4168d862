using System;

namespace Bench;

/// <summary>More of them: vectors, floats, atomics, objects, exceptions and tail calls, whose instructions become the most code for their bytes.</summary>
internal static partial class CompileBombs
{
    private const byte Vector = 0xFD, Atomic = 0xFE, Object = 0xFB, TryTable = 0x1F, CatchAll = 0x02, TailCall = 0x12, ConstF64 = 0x44, AddF64 = 0xA0, MinF64 = 0xA4, StoreF64 = 0x39, LoadF64 = 0x2B;
    private const byte FloatOfSigned = 0xB7, FloatOfUnsigned = 0xB8, SignedOfFloat = 0xAA;

    private static readonly (string Name, Func<byte[]> Build)[] Third =
    [
        ("a chain of 200 000 counts of bits in 16 lanes", static () => Function([Get, 0, Vector, 0x0F, .. Repeat(200_000, [Vector, 0x62]), Vector, 0x16, 0, Set, 1, .. UseOf(1)])),
        ("a chain of 100 000 conversions in lanes, there and back", static () => Function(
            [Get, 0, Vector, 0x11, .. Repeat(50_000, [Vector, 0xFB, 1, Vector, 0xF9, 1]), Vector, 0x1B, 0, Set, 1, .. UseOf(1)])),
        ("a chain of 100 000 shifts of 16 lanes", static () => Function([Get, 0, Vector, 0x0F, .. Repeat(100_000, [Get, 0, Vector, 0x6C]), Vector, 0x16, 0, Set, 1, .. UseOf(1)])),
        ("a chain of 100 000 products of 64-bit lanes", static () => Function([Get, 0, Vector, 0x11, .. Repeat(100_000, [Get, 0, Vector, 0x11, Vector, 0xD5, 1]), Vector, 0x1B, 0, Set, 1, .. UseOf(1)])),
        ("30 000 shuffles, all different", static () => Function(
            [Get, 0, Vector, 0x0F, .. Many(30_000, static i => [Get, 0, Vector, 0x11, Vector, 0x0D, .. Lanes(i)]), Vector, 0x16, 0, Set, 1, .. UseOf(1)])),
        ("100 000 different constants of floats", static () => Function(
            [Const32, 0, ConstF64, .. BitConverter.GetBytes(0.5), .. Many(100_000, static i => [ConstF64, .. BitConverter.GetBytes(i * 1.000001), AddF64]), StoreF64, 3, 0])),
        ("a chain of 100 000 minima", static () => Function([Const32, 0, Get, 0, FloatOfSigned, .. Repeat(100_000, [Get, 0, FloatOfUnsigned, MinF64]), StoreF64, 3, 0])),
        ("100 000 sums of floats, each stored", static () => Function(
            Many(100_000, static i => [Get, 0, Get, 0, LoadF64, 3, .. Leb(i % 997 * 8), Get, 0, LoadF64, 3, 8, AddF64, StoreF64, 3, .. Leb(i % 1009 * 8)]))),
        ("100 000 floats to integers, each of which may trap", static () => Function(Repeat(100_000, [Get, 0, FloatOfSigned, SignedOfFloat, Set, 0]))),
        ("100 000 atomic exchanges by comparison", static () => Function(Repeat(100_000, [Get, 0, Get, 0, Get, 0, Atomic, 0x48, 2, 0, Set, 0]))),
        ("50 000 handlers around calls", static () => Function(Repeat(50_000, [Block, Void, TryTable, Void, 1, CatchAll, 0, Call, 0, End, End]))),
        ("5 000 handlers inside one another around 20 000 calls", static () => Function(
            [.. Repeat(5_000, [Block, Void, TryTable, Void, 1, CatchAll, 0]), .. Repeat(20_000, [Call, 0]), .. Repeat(10_000, [End])])),
        ("10 000 handlers around 500 locals", static () => Function(
            [.. Many(10_000, static i => [Block, Void, TryTable, Void, 1, CatchAll, 0, Get, 0, Set, .. Leb(i % 500 + 1), Call, 0, End, End]), .. UseOf(500)], locals: 500)),
        ("100 000 tail calls", static () => Function(Repeat(100_000, [Get, 0, If, Void, Get, 0, TailCall, 1, End]))),
        ("100 000 arrays of four elements", static () => OfObjects(Repeat(100_000, [Get, 0, Const32, 4, Object, 6, 0, Drop]))),
        ("100 000 tests for the lowest of 60 types", static () => OfObjects(Repeat(100_000, [Get, 1, Object, 20, 60, Set, 0]))),
        ("20 000 functions of a br_table each", static () => Functions(20_000, [0, Const32, 3, BranchTable, 1, 0, 0, End])),
        ("3 000 ladders of 30 comparisons out of loops", static () => Function(
            Many(3_000, static _ => [Block, Void, Loop, Void, .. Many(30, static i => [Get, 0, Const32, (byte)i, Xor32, BranchIf, 1]), Get, 0, BranchIf, 0, End, End]))),
    ];

    // Sixteen lanes of either operand, in an order that no shorter instruction has.
    private static byte[] Lanes(int seed)
    {
        byte[] lanes = new byte[16];
        for (int i = 0; i < 16; i++) lanes[i] = (byte)((seed * 7 + i * (5 + seed % 11) + seed / 32) & 31);
        return lanes;
    }

    /// <summary>As <see cref="Function"/>; type 0 is an array of i32, types 1 to 60 are structs, each below the one before, and local 1 is a reference to any.</summary>
    private static byte[] OfObjects(byte[] instructions)
    {
        const byte mutable = 1, array = 0x5E, structure = 0x5F, sub = 0x50, any = 0x6E;
        byte[] types = [62, array, I32, mutable, sub, 0, structure, 0, .. Many(59, static i => [sub, 1, .. Leb(i + 1), structure, 0]), 0x60, 2, I32, any, 0];
        return Sections((1, types), (3, [1, 61]), (5, [1, 0, 1]), (7, [1, 1, (byte)'f', 0, 0]), (10, [1, .. Sized([0, .. instructions, End])]));
    }
}
