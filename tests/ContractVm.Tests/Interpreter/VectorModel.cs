using System;
using System.Globalization;
using System.Linq;

namespace ContractVm.Tests.Interpreter;

/// <summary>
/// What every vector instruction gives, lane by lane from the specification's definitions (WebAssembly 3.0, "Numerics") and the
/// instruction's name alone; relaxed instructions with the result that the deterministic profile prescribes. Integer lanes
/// are whole numbers of 128 bits, f32 arithmetic is done in double, which rounds it right.
/// </summary>
internal static class VectorModel
{
    /// <summary>The value that an instruction leaves, or for a store what it writes, filled up with zeros to sixteen bytes.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="immediate">The lane in the first byte, or a shuffle's or constant's bytes.</param>
    /// <param name="operands">Operands, sixteen bytes each; what stands for an address is not looked at.</param>
    /// <param name="memory">The bytes at the address.</param>
    public static byte[] Evaluate(string name, byte[] immediate, byte[][] operands, ReadOnlySpan<byte> memory)
    {
        string shape = name[..name.IndexOf('.', StringComparison.Ordinal)], op = name[(shape.Length + 1)..];
        if (op is "load" or "store" || op.StartsWith("load", StringComparison.Ordinal) || op.StartsWith("store", StringComparison.Ordinal))
            return Memory(op, immediate[0], operands, memory);
        if (shape == "v128") return Bits(op, immediate, operands);
        int bits = Number(shape[1..shape.IndexOf('x', StringComparison.Ordinal)]);
        if (op == "splat") return Pack(Enumerable.Repeat(Lanes(operands[0], bits)[0], 128 / bits), bits);
        if (op.StartsWith("extract_lane", StringComparison.Ordinal)) return Scalar(Extend(Lanes(operands[0], bits)[immediate[0]], bits, op.EndsWith("_s", StringComparison.Ordinal)));
        if (op == "replace_lane")
        {
            ulong[] lanes = Lanes(operands[0], bits);
            lanes[immediate[0]] = Lanes(operands[1], bits)[0];
            return Pack(lanes, bits);
        }

        return shape[0] == 'f' ? Float(op, bits, operands) : Integer(op, bits, immediate, operands);
    }

    private static byte[] Memory(string op, int lane, byte[][] operands, ReadOnlySpan<byte> memory)
    {
        byte[] value = operands.Length > 1 ? operands[1].ToArray() : new byte[16];
        if (op == "load") return memory[..16].ToArray();
        if (op == "store") return value;
        if (op.Contains('x', StringComparison.Ordinal))
        {
            // load8x8_s: width, lanes, signedness.
            int from = Number(op[4..op.IndexOf('x', StringComparison.Ordinal)]);
            return Pack(Lanes([.. memory[..8], .. new byte[8]], from).Take(64 / from).Select(x => Extend(x, from, op[^1] == 's')), from * 2);
        }

        int bits = Number(string.Concat(op.Where(char.IsAsciiDigit)));
        ReadOnlySpan<byte> element = memory[..(bits / 8)];
        if (op.EndsWith("_splat", StringComparison.Ordinal)) return Pack(Enumerable.Repeat(Lanes([.. element, .. new byte[16]], bits)[0], 128 / bits), bits);
        if (op.EndsWith("_zero", StringComparison.Ordinal)) return [.. element, .. new byte[16 - bits / 8]];
        if (op.StartsWith("store", StringComparison.Ordinal)) return [.. value[(lane * bits / 8)..((lane + 1) * bits / 8)], .. new byte[16 - bits / 8]];
        element.CopyTo(value.AsSpan(lane * bits / 8));
        return value;
    }

    private static byte[] Bits(string op, byte[] immediate, byte[][] v) => op switch
    {
        "const" => immediate,
        "not" => Each(k => ~v[0][k]),
        "and" => Each(k => v[0][k] & v[1][k]),
        "andnot" => Each(k => v[0][k] & ~v[1][k]),
        "or" => Each(k => v[0][k] | v[1][k]),
        "xor" => Each(k => v[0][k] ^ v[1][k]),
        "bitselect" => Each(k => (v[0][k] & v[2][k]) | (v[1][k] & ~v[2][k])),
        "any_true" => Scalar(v[0].Any(static x => x != 0) ? 1UL : 0),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "unknown"),
    };

    private static byte[] Integer(string op, int bits, byte[] immediate, byte[][] v)
    {
        bool isSigned = op.EndsWith("_s", StringComparison.Ordinal) || op.EndsWith("_s_zero", StringComparison.Ordinal);
        ulong[] a = Lanes(v[0], bits), b = v.Length > 1 ? Lanes(v[1], bits) : [];
        uint count = v.Length > 1 ? BitConverter.ToUInt32(v[1]) % (uint)bits : 0;
        string[] words = op.Split('_');
        Int128 least = isSigned ? -(Int128.One << (bits - 1)) : 0, most = (Int128.One << (isSigned ? bits - 1 : bits)) - 1;
        Int128 Value(ulong x) => Read(x, bits, isSigned);
        byte[] Zip(Func<Int128, Int128, Int128> f) => Pack(a.Zip(b, (x, y) => (ulong)(UInt128)f(Value(x), Value(y))), bits);
        byte[] Compare(Func<Int128, Int128, bool> f) => Zip((x, y) => f(x, y) ? -1 : 0);
        byte[] Map(Func<Int128, Int128> f) => Pack(a.Select(x => (ulong)(UInt128)f(Value(x))), bits);
        // The operands' lanes of half the width.
        Int128[] Half(byte[] operand) => Lanes(operand, bits / 2).Select(x => Read(x, bits / 2, isSigned)).ToArray();
        switch (op)
        {
            case "eq": return Compare(static (x, y) => x == y);
            case "ne": return Compare(static (x, y) => x != y);
            case "lt_s" or "lt_u": return Compare(static (x, y) => x < y);
            case "gt_s" or "gt_u": return Compare(static (x, y) => x > y);
            case "le_s" or "le_u": return Compare(static (x, y) => x <= y);
            case "ge_s" or "ge_u": return Compare(static (x, y) => x >= y);
            case "add": return Zip(static (x, y) => x + y);
            case "sub": return Zip(static (x, y) => x - y);
            case "mul": return Pack(a.Zip(b, static (x, y) => unchecked(x * y)), bits);
            case "neg": return Map(static x => -x);
            case "abs": return Pack(a.Select(x => (ulong)(UInt128)Int128.Abs(Read(x, bits, true))), bits);
            case "popcnt": return Map(static x => (Int128)ulong.PopCount((ulong)x));
            case "min_s" or "min_u": return Zip(static (x, y) => x <= y ? x : y);
            case "max_s" or "max_u": return Zip(static (x, y) => x >= y ? x : y);
            case "add_sat_s" or "add_sat_u": return Zip((x, y) => Int128.Clamp(x + y, least, most));
            case "sub_sat_s" or "sub_sat_u": return Zip((x, y) => Int128.Clamp(x - y, least, most));
            case "avgr_u": return Zip(static (x, y) => (x + y + 1) / 2);
            case "q15mulr_sat_s" or "relaxed_q15mulr_s": return Zip((x, y) => Int128.Clamp((x * y + 0x4000) >> 15, least, most));
            case "shl": return Pack(a.Select(x => x << (int)count), bits);
            case "shr_s" or "shr_u": return Map(x => x >> (int)count);
            case "all_true": return Scalar(a.All(static x => x != 0) ? 1UL : 0);
            case "bitmask": return Scalar(a.Select((x, k) => (x >> (bits - 1) & 1) << k).Aggregate(static (x, y) => x | y));
            case "swizzle" or "relaxed_swizzle": return Pack(b.Select(k => k < 16 ? a[k] : 0), 8);
            case "shuffle": return Pack(immediate.Select(k => k < 16 ? a[k] : b[k - 16]), 8);
            case "relaxed_laneselect": return Bits("bitselect", immediate, v);
            case "dot_i16x8_s": return Pairs(Half(v[0]).Zip(Half(v[1]), static (x, y) => x * y), bits, static (x, y) => x + y);
            case "relaxed_dot_i8x16_i7x16_s": return RelaxedDot(v);
            case "relaxed_dot_i8x16_i7x16_add_s":
                ulong[] sums = Lanes(Pairs(Lanes(RelaxedDot(v), 16).Select(static x => Read(x, 16, true)), 32, static (x, y) => x + y), 32);
                return Pack(sums.Zip(Lanes(v[2], 32), static (x, y) => x + y), 32);
        }

        switch (words[0])
        {
            case "extadd": return Pairs(Half(v[0]), bits, static (x, y) => x + y);
            case "extend": return Pack(Side(Half(v[0]), words[1]).Select(static x => (ulong)(UInt128)x), bits);
            case "extmul": return Pack(Side(Half(v[0]), words[1]).Zip(Side(Half(v[1]), words[1]), static (x, y) => (ulong)(UInt128)(x * y)), bits);
            case "narrow": return Pack(Lanes(v[0], bits * 2).Concat(Lanes(v[1], bits * 2)).Select(x => (ulong)(UInt128)Int128.Clamp(Read(x, bits * 2, true), least, most)), bits);
        }

        if (op.Contains("trunc", StringComparison.Ordinal))
        {
            double[] from = op.Contains("f32x4", StringComparison.Ordinal) ? Singles(v[0]).Select(static x => (double)x).ToArray() : Doubles(v[0]);
            return Pack(from.Select(x => (ulong)(UInt128)(double.IsNaN(x) ? 0 : (Int128)Math.Clamp(Math.Truncate(x), (double)least, (double)most))), 32);
        }

        throw new ArgumentOutOfRangeException(nameof(op), op, "unknown");
    }

    private static byte[] Float(string op, int bits, byte[][] v)
    {
        bool isSingle = bits == 32;
        ulong[] a = Lanes(v[0], bits), b = v.Length > 1 ? Lanes(v[1], bits) : [], c = v.Length > 2 ? Lanes(v[2], bits) : [];
        ulong sign = 1UL << (bits - 1);
        double Value(ulong x) => isSingle ? BitConverter.UInt32BitsToSingle((uint)x) : BitConverter.UInt64BitsToDouble(x);
        ulong Result(double x) => double.IsNaN(x)
            ? isSingle ? 0x7FC0_0000UL : 0x7FF8_0000_0000_0000
            : isSingle ? BitConverter.SingleToUInt32Bits((float)x) : BitConverter.DoubleToUInt64Bits(x);
        byte[] Map(Func<double, double> f) => Pack(a.Select(x => Result(f(Value(x)))), bits);
        byte[] Zip(Func<double, double, double> f) => Pack(a.Zip(b, (x, y) => Result(f(Value(x), Value(y)))), bits);
        byte[] Choose(Func<double, double, bool> takesSecond) => Pack(a.Zip(b, (x, y) => takesSecond(Value(x), Value(y)) ? y : x), bits);
        byte[] Compare(Func<double, double, bool> f) => Pack(a.Zip(b, (x, y) => f(Value(x), Value(y)) ? ulong.MaxValue : 0), bits);
        ulong MultiplyAdd(ulong x, ulong y, ulong z) => Result(Value(Result(Value(x) * Value(y))) + Value(z));
        switch (op)
        {
            case "eq": return Compare(static (x, y) => x == y);
            case "ne": return Compare(static (x, y) => x != y);
            case "lt": return Compare(static (x, y) => x < y);
            case "gt": return Compare(static (x, y) => x > y);
            case "le": return Compare(static (x, y) => x <= y);
            case "ge": return Compare(static (x, y) => x >= y);
            case "abs": return Pack(a.Select(x => x & ~sign), bits);
            case "neg": return Pack(a.Select(x => x ^ sign), bits);
            case "add": return Zip(static (x, y) => x + y);
            case "sub": return Zip(static (x, y) => x - y);
            case "mul": return Zip(static (x, y) => x * y);
            case "div": return Zip(static (x, y) => x / y);
            case "sqrt": return Map(Math.Sqrt);
            case "ceil": return Map(Math.Ceiling);
            case "floor": return Map(Math.Floor);
            case "trunc": return Map(Math.Truncate);
            case "nearest": return Map(static x => Math.Round(x, MidpointRounding.ToEven));
            case "min" or "relaxed_min": return Zip(static (x, y) => double.IsNaN(x) || double.IsNaN(y) ? double.NaN : x < y || (x == y && double.IsNegative(x)) ? x : y);
            case "max" or "relaxed_max": return Zip(static (x, y) => double.IsNaN(x) || double.IsNaN(y) ? double.NaN : x > y || (x == y && double.IsPositive(x)) ? x : y);
            case "pmin": return Choose(static (x, y) => y < x);
            case "pmax": return Choose(static (x, y) => x < y);
            case "relaxed_madd": return Pack(a.Select((x, k) => MultiplyAdd(x, b[k], c[k])), bits);
            case "relaxed_nmadd": return Pack(a.Select((x, k) => MultiplyAdd(x ^ sign, b[k], c[k])), bits);
            case "convert_i32x4_s" or "convert_low_i32x4_s": return Pack(Lanes(v[0], 32).Take(128 / bits).Select(x => Result((int)x)), bits);
            case "convert_i32x4_u" or "convert_low_i32x4_u": return Pack(Lanes(v[0], 32).Take(128 / bits).Select(x => Result((uint)x)), bits);
            case "demote_f64x2_zero": return Pack(Doubles(v[0]).Select(Result), bits);
            case "promote_low_f32x4": return Pack(Singles(v[0]).Take(2).Select(x => Result(x)), bits);
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown");
        }
    }

    /// <summary>Products of signed bytes; the sum of two saturates.</summary>
    private static byte[] RelaxedDot(byte[][] v) =>
        Pairs(Lanes(v[0], 8).Zip(Lanes(v[1], 8), static (x, y) => Read(x, 8, true) * Read(y, 8, true)), 16, static (x, y) => Int128.Clamp(x + y, short.MinValue, short.MaxValue));

    private static byte[] Pairs(System.Collections.Generic.IEnumerable<Int128> values, int bits, Func<Int128, Int128, Int128> f) =>
        Pack(values.Chunk(2).Select(pair => (ulong)(UInt128)f(pair[0], pair[1])), bits);

    private static Int128[] Side(Int128[] lanes, string side) => side == "low" ? lanes[..(lanes.Length / 2)] : lanes[(lanes.Length / 2)..];

    private static Int128 Read(ulong lane, int bits, bool isSigned) => isSigned ? (long)(lane << (64 - bits)) >> (64 - bits) : (Int128)lane;

    private static ulong Extend(ulong lane, int bits, bool isSigned) => (ulong)(UInt128)Read(lane, bits, isSigned);

    private static float[] Singles(byte[] v) => Enumerable.Range(0, 4).Select(k => BitConverter.ToSingle(v, k * 4)).ToArray();

    private static double[] Doubles(byte[] v) => Enumerable.Range(0, 2).Select(k => BitConverter.ToDouble(v, k * 8)).ToArray();

    private static byte[] Each(Func<int, int> f) => Enumerable.Range(0, 16).Select(k => (byte)f(k)).ToArray();

    /// <summary>An i32 or i64 as it is stored: all bits beyond 32 of an i32 are its sign, and are cut off where it is stored.</summary>
    private static byte[] Scalar(ulong value) => [.. BitConverter.GetBytes(value), .. new byte[8]];

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static ulong[] Lanes(byte[] v, int bits)
    {
        ulong[] lanes = new ulong[128 / bits];
        for (int k = 0; k < 16; k++) lanes[k * 8 / bits] |= (ulong)v[k] << (k * 8 % bits);
        return lanes;
    }

    private static byte[] Pack(System.Collections.Generic.IEnumerable<ulong> lanes, int bits)
    {
        byte[] v = new byte[16];
        int at = 0;
        foreach (ulong lane in lanes)
            for (int shift = 0; shift < bits; shift += 8) v[at++] = (byte)(lane >> shift);
        return v;
    }
}
