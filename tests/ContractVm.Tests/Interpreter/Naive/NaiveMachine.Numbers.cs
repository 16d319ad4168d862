using System;
using System.Collections.Generic;
using ContractVm.Binary;

namespace ContractVm.Tests.Interpreter.Naive;

internal sealed partial class NaiveMachine
{
    private static readonly Dictionary<string, Func<ulong, ulong, (ulong, TrapKind)>> Floats = new(StringComparer.Ordinal);

    /// <summary>Constants, loads and stores, arithmetic: by the instruction's name and the letters of its types.</summary>
    private void Number(Frame frame, OpcodeInfo info, ref ByteReader reader)
    {
        switch (info.Immediates)
        {
            case Immediates.I32: frame.Push((uint)reader.ReadS32("a constant")); return;
            case Immediates.I64: frame.Push((ulong)reader.ReadS64("a constant")); return;
            case Immediates.F32: frame.Push(reader.ReadFixed32("a constant")); return;
            case Immediates.F64: frame.Push(reader.ReadFixed64("a constant")); return;
            case Immediates.MemArg:
                reader.ReadU32("an alignment");
                Access(frame, info, reader.ReadU64("an offset"));
                return;
        }

        if (info.Operands.Length == 0) return;
        ulong second = info.Operands.Length == 2 ? frame.Pop() : 0, first = frame.Pop();
        if (info.UsesFloats)
        {
            if (!Floats.TryGetValue(info.Name, out Func<ulong, ulong, (ulong, TrapKind)>? operation)) Floats.Add(info.Name, operation = FloatTests.OracleOf(info.Name));
            (ulong value, TrapKind trap) = operation(first, second);
            if (trap != TrapKind.None) throw new NaiveTrap(trap);
            frame.Push(value);
            return;
        }

        frame.Push(Integer(info.Name[4..], info.Operands[0] == 'i' ? 32 : 64, info.Results[0] == 'i' ? 32 : 64, first, second));
    }

    private void Access(Frame frame, OpcodeInfo info, ulong offset)
    {
        bool isStore = info.Results.Length == 0;
        ulong value = isStore ? frame.Pop() : 0, address = frame.Pop() + offset;
        int bytes = 1 << info.NaturalAlignment;
        if (address + (ulong)bytes > (ulong)Memory.Length) throw new NaiveTrap(TrapKind.MemoryOutOfBounds);
        if (isStore)
        {
            for (int i = 0; i < bytes; i++) Memory[address + (ulong)i] = (byte)(value >> (8 * i));
            return;
        }

        for (int i = 0; i < bytes; i++) value |= (ulong)Memory[address + (ulong)i] << (8 * i);
        frame.Push(info.Name.EndsWith("_s", StringComparison.Ordinal) ? Cut(Signed(value, 8 * bytes), info.Results[0] == 'i' ? 32 : 64) : value);
    }

    private static Int128 Signed(ulong value, int width)
    {
        Int128 whole = Cut(value, width);
        return whole >= Int128.One << (width - 1) ? whole - (Int128.One << width) : whole;
    }

    private static ulong Cut(Int128 value, int width) => (ulong)(value & ((Int128.One << width) - 1));

    private static ulong Integer(string name, int width, int resultWidth, ulong a, ulong b)
    {
        Int128 x = Cut(a, width), y = Cut(b, width), signedX = Signed(a, width), signedY = Signed(b, width);
        int shift = (int)(b % (uint)width);
        if (name.StartsWith("div", StringComparison.Ordinal) || name.StartsWith("rem", StringComparison.Ordinal))
        {
            if (y == 0) throw new NaiveTrap(TrapKind.DivideByZero);
            if (name == "div_s" && signedX / signedY == Int128.One << (width - 1)) throw new NaiveTrap(TrapKind.IntegerOverflow);
        }

        Int128 result = name switch
        {
            "add" => x + y,
            "sub" => x - y,
            "mul" => (Int128)((UInt128)x * (UInt128)y),
            "div_u" => x / y,
            "div_s" => signedX / signedY,
            "rem_u" => x % y,
            "rem_s" => signedX % signedY,
            "and" => x & y,
            "or" => x | y,
            "xor" => x ^ y,
            "shl" => x << shift,
            "shr_u" => x >> shift,
            "shr_s" => signedX >> shift,
            "rotl" => x << shift | x >> (width - shift),
            "rotr" => x >> shift | x << (width - shift),
            "eqz" => x == 0 ? 1 : 0,
            "eq" => x == y ? 1 : 0,
            "ne" => x != y ? 1 : 0,
            "lt_u" => x < y ? 1 : 0,
            "lt_s" => signedX < signedY ? 1 : 0,
            "gt_u" => x > y ? 1 : 0,
            "gt_s" => signedX > signedY ? 1 : 0,
            "le_u" => x <= y ? 1 : 0,
            "le_s" => signedX <= signedY ? 1 : 0,
            "ge_u" => x >= y ? 1 : 0,
            "ge_s" => signedX >= signedY ? 1 : 0,
            "clz" => CountZeros(a, width - 1, -1, width),
            "ctz" => CountZeros(a, 0, 1, width),
            "popcnt" => Ones(a, width),
            "extend8_s" => Signed(a, 8),
            "extend16_s" => Signed(a, 16),
            "extend32_s" => Signed(a, 32),
            "extend_i32_s" => signedX,
            "extend_i32_u" or "wrap_i64" => x,
            _ => throw new InvalidOperationException($"{name} has no definition here"),
        };
        return Cut(result, resultWidth);
    }

    private static int CountZeros(ulong value, int from, int step, int width)
    {
        int count = 0;
        for (int bit = from; count < width && (value >> bit & 1) == 0; bit += step) count++;
        return count;
    }

    private static int Ones(ulong value, int width)
    {
        int count = 0;
        for (int bit = 0; bit < width; bit++) count += (int)(value >> bit & 1);
        return count;
    }

    private void MemoryInstruction(Frame frame, Opcode opcode, ref ByteReader reader)
    {
        switch (opcode)
        {
            case Opcode.MemorySize:
                reader.ReadU32("a memory");
                frame.Push((ulong)(Memory.Length / MemoryType.PageSize));
                return;
            case Opcode.MemoryGrow:
                reader.ReadU32("a memory");
                ulong pages = (ulong)(Memory.Length / MemoryType.PageSize), wanted = pages + frame.Pop();
                bool isPossible = wanted <= Math.Min(_module.Memories[0].Limits.Maximum ?? 65536, 65536);
                if (isPossible)
                {
                    byte[] grown = new byte[wanted * MemoryType.PageSize];
                    Memory.CopyTo(grown, 0);
                    Memory = grown;
                }

                frame.Push(isPossible ? pages : uint.MaxValue);
                return;
            case Opcode.DataDrop: _data[reader.ReadU32("a segment")] = []; return;
        }

        int segment = (int)reader.ReadU32("a segment or memory");
        if (opcode != Opcode.MemoryFill) reader.ReadU32("a memory");
        ulong count = frame.Pop(), source = frame.Pop(), target = frame.Pop();
        switch (opcode)
        {
            case Opcode.MemoryInit: MemoryInit(segment, target, source, count); break;
            case Opcode.MemoryFill:
                if (target + count > (ulong)Memory.Length) throw new NaiveTrap(TrapKind.MemoryOutOfBounds);
                for (ulong i = 0; i < count; i++) Memory[target + i] = (byte)source;
                break;
            default:
                if (target + count > (ulong)Memory.Length || source + count > (ulong)Memory.Length) throw new NaiveTrap(TrapKind.MemoryOutOfBounds);
                byte[] before = [.. Memory];
                for (ulong i = 0; i < count; i++) Memory[target + i] = before[source + i];
                break;
        }
    }

    private void MemoryInit(int segment, ulong target, ulong source, ulong count)
    {
        if (target + count > (ulong)Memory.Length || source + count > (ulong)_data[segment].Length) throw new NaiveTrap(TrapKind.MemoryOutOfBounds);
        for (ulong i = 0; i < count; i++) Memory[target + i] = _data[segment][source + i];
    }
}
