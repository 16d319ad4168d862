using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.Tests.Interpreter;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Vector instructions some of whose operands are constants, and such whose results go into branches and choices: what the compiler has other code
/// for. Functions take the address of three vectors and the address for the result.
/// </summary>
internal static class VectorConstantCases
{
    private static readonly List<(string Name, byte[] Code)> List = [];
    private static readonly Random64 Random = new(23);

    /// <summary>The functions.</summary>
    public static IReadOnlyList<(string Name, byte[] Code)> Functions { get; } = Build();

    /// <summary>A module of all of them.</summary>
    public static byte[] Module()
    {
        ModuleBuilder builder = new();
        int type = builder.Type("ii", "");
        foreach ((string _, byte[] code) in Functions) builder.Function(type, "vvv", code);
        return builder.Memory(1).Export("memory", ExternalKind.Memory, 0).Build();
    }

    private static List<(string Name, byte[] Code)> Build()
    {
        byte[][] constants = [.. Constants()];
        foreach (OpcodeInfo info in OpcodeTable.All)
        {
            if (info.Feature is not (Features.Simd or Features.RelaxedSimd) || info.Results != "v" || info.Immediates != Immediates.None) continue;
            switch (info.Operands)
            {
                case "vv":
                    foreach (byte[] constant in constants)
                    {
                        Add(info, "constant second", [.. Load(0), .. Constant(constant), .. ModuleBuilder.Vector(info.Opcode)]);
                        Add(info, "constant first", [.. Constant(constant), .. Load(0), .. ModuleBuilder.Vector(info.Opcode)]);
                    }

                    break;
                case "vi":
                    for (int count = -1; count < 66; count++) Add(info, "count " + count, [.. Load(0), .. Number(count), .. ModuleBuilder.Vector(info.Opcode)]);
                    break;
                case "vvv":
                    foreach (byte[] constant in constants.Concat(Masks())) Add(info, "constant third", [.. Load(0), .. Load(16), .. Constant(constant), .. ModuleBuilder.Vector(info.Opcode)]);
                    // The mask is the result of a comparison.
                    Add(info, "mask", [.. Load(0), .. Load(16), .. Load(16), .. Load(32), .. ModuleBuilder.Vector(Opcode.I16x8GtS), .. ModuleBuilder.Vector(info.Opcode)]);
                    break;
                case "i":
                    foreach (int number in new[] { 0, 1, -1, 0x1234_5678 }) Add(info, "of a constant", [.. Number(number), .. ModuleBuilder.Vector(info.Opcode), .. Load(0), .. ModuleBuilder.Vector(Opcode.V128Xor)]);
                    break;
            }
        }

        foreach (byte[] places in Places())
        {
            Add("shuffle of two", [.. Load(0), .. Load(16), .. ModuleBuilder.Vector(Opcode.I8x16Shuffle, places)]);
            Add("shuffle of one", [0x20, 0, .. ModuleBuilder.Vector(Opcode.V128Load, 0, 0), 0x22, 2, 0x20, 2, .. ModuleBuilder.Vector(Opcode.I8x16Shuffle, places)]);
            Add("shuffle with zeros", [.. Load(0), .. Constant(new byte[16]), .. ModuleBuilder.Vector(Opcode.I8x16Shuffle, places)]);
            Add("shuffle after zeros", [.. Constant(new byte[16]), .. Load(0), .. ModuleBuilder.Vector(Opcode.I8x16Shuffle, places)]);
        }

        foreach (Opcode test in new[] { Opcode.V128AnyTrue, Opcode.I8x16AllTrue, Opcode.I16x8AllTrue, Opcode.I32x4AllTrue, Opcode.I64x2AllTrue })
        {
            foreach (Opcode made in new[] { Opcode.V128And, Opcode.I8x16Eq, Opcode.I64x2Ne, Opcode.V128Or })
            {
                byte[] condition = [.. Load(0), .. Load(16), .. ModuleBuilder.Vector(made), .. ModuleBuilder.Vector(test)];
                Add(test + " in a choice", [.. Load(0), .. Load(32), .. condition, 0x1B]);
                Add(test + " in a branch", [.. Load(0), 0x21, 2, .. condition, 0x45, 0x04, 0x40, .. Load(16), 0x21, 2, 0x0B, 0x20, 2]);
                Add(test + " as a number", [.. condition, .. ModuleBuilder.Vector(Opcode.I32x4Splat)]);
            }
        }

        AddChains();
        return List;
    }

    /// <summary>Values that live on, float computations whose NaNs are seen late, and more values than registers.</summary>
    private static void AddChains()
    {
        foreach (Opcode opcode in new[] { Opcode.F32x4Add, Opcode.F32x4Min, Opcode.F32x4Max, Opcode.F64x2Mul, Opcode.F64x2Min, Opcode.F64x2Max, Opcode.F32x4Div, Opcode.F64x2Pmin, Opcode.I64x2Mul, Opcode.I8x16LeU })
        {
            byte[] made = [.. Load(0), .. Load(16), .. ModuleBuilder.Vector(opcode)];
            Add(opcode + " with its operands", [.. made, .. Load(0), .. ModuleBuilder.Vector(Opcode.V128Xor), .. Load(16), .. ModuleBuilder.Vector(Opcode.V128Xor)]);
            Add(opcode + " twice", [.. made, .. Load(32), .. ModuleBuilder.Vector(opcode), .. Load(0), .. ModuleBuilder.Vector(opcode)]);
            Add(opcode + " of itself", [.. made, 0x22, 2, 0x20, 2, .. ModuleBuilder.Vector(opcode), 0x20, 2, .. ModuleBuilder.Vector(Opcode.I32x4Sub)]);
        }

        List<byte> code = [];
        for (int i = 0; i < 40; i++) code.AddRange([.. Load(16 * (i % 3)), .. Number(i), .. ModuleBuilder.Vector(i % 2 == 0 ? Opcode.I16x8Shl : Opcode.I8x16ShrS)]);
        Opcode[] joining = [Opcode.I8x16SubSatS, Opcode.I16x8Q15mulrSatS, Opcode.I8x16GtU, Opcode.I64x2Mul, Opcode.I16x8ExtmulHighI8x16S, Opcode.V128Andnot, Opcode.I8x16Swizzle];
        for (int i = 0; i < 39; i++) code.AddRange(ModuleBuilder.Vector(joining[i % joining.Length]));
        Add("many values", [.. code]);
    }

    private static IEnumerable<byte[]> Constants()
    {
        yield return new byte[16];
        yield return Repeat([0xFF]);
        yield return Repeat([0x80]);
        yield return Repeat([0, 0, 0, 0x80]);
        yield return Repeat([0, 0, 0, 0, 0, 0, 0, 0x80]);
        yield return Repeat(BitConverter.GetBytes(1.5f));
        yield return Repeat(BitConverter.GetBytes(-2.5));
        yield return Repeat([.. BitConverter.GetBytes(0f), .. BitConverter.GetBytes(3f)]);
        yield return Repeat([.. BitConverter.GetBytes(0.0), .. BitConverter.GetBytes(7.0)]);
        yield return Repeat([.. BitConverter.GetBytes(float.NaN), .. BitConverter.GetBytes(3f)]);
        yield return Enumerable.Range(0, 16).Select(static k => (byte)(k * 3)).ToArray();
        yield return RandomBytes(255);
    }

    private static IEnumerable<byte[]> Masks()
    {
        yield return [0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255];
        yield return [0, 255, 0, 255, 255, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
    }

    private static IEnumerable<byte[]> Places()
    {
        // Rotations, with the places as they are and with the operands exchanged.
        for (int start = 0; start < 32; start++) yield return Each(k => (start + k) & 31);
        for (int bytes = 1; bytes <= 8; bytes *= 2)
        {
            foreach (int start in new[] { 0, 8 })
            {
                foreach (int exchanged in new[] { 0, 16 })
                    yield return Each(k => (start + k / (2 * bytes) * bytes + k % bytes + (k / bytes & 1) * 16) ^ exchanged);
            }

            for (int i = 0; i < 20; i++)
            {
                byte[] lanes = RandomBytes(32 / bytes - 1), own = RandomBytes(16 / bytes - 1), from = RandomBytes(1);
                yield return Each(k => lanes[k / bytes] * bytes + k % bytes);
                yield return Each(k => own[k / bytes] * bytes + k % bytes);
                // From either operand in place, and a half from each.
                yield return Each(k => k + 16 * from[k / bytes]);
                yield return Each(k => (own[k / bytes] * bytes + k % bytes) | (k >= 8 ? 16 : 0));
                yield return Each(k => (own[k / bytes] * bytes + k % bytes) | (k < 8 ? 16 : 0));
                // Within one half, the other as it is.
                yield return Each(k => k < 8 ? (own[k / bytes] * bytes + k % bytes) & 7 : k);
                yield return Each(k => k >= 8 ? (own[k / bytes] * bytes + k % bytes) | 8 : k);
            }

            for (int to = 2 * bytes; to <= 8; to *= 2)
            {
                yield return Each(k => k % to < bytes ? k / to * bytes + k % to : 16 + k);
                yield return Each(k => k % to < bytes ? k / to * bytes + k % to + 16 : k);
            }

            yield return Each(k => k % bytes);
        }

        for (int count = -15; count < 16; count++) yield return Each(k => k + count is >= 0 and < 16 ? k + count : 16 + k % 5);
    }

    private static byte[] Each(Func<int, int> place) => Enumerable.Range(0, 16).Select(k => (byte)place(k)).ToArray();

    private static byte[] Repeat(byte[] part) => Enumerable.Range(0, 16).Select(k => part[k % part.Length]).ToArray();

    private static byte[] RandomBytes(int mask) => Enumerable.Range(0, 16).Select(_ => (byte)(Random.Next() & (uint)mask)).ToArray();

    private static byte[] Load(int offset) => [0x20, 0, .. ModuleBuilder.Vector(Opcode.V128Load, 0, (byte)offset)];

    private static byte[] Constant(byte[] value) => ModuleBuilder.Vector(Opcode.V128Const, value);

    private static byte[] Number(int value)
    {
        List<byte> code = [0x41];
        while (value is < -64 or > 63)
        {
            code.Add((byte)(value & 127 | 128));
            value >>= 7;
        }

        code.Add((byte)(value & 127));
        return [.. code];
    }

    private static void Add(OpcodeInfo info, string what, byte[] code) => Add(string.Create(CultureInfo.InvariantCulture, $"{info.Name} {what}"), code);

    private static void Add(string name, byte[] code) => List.Add((name, [0x20, 1, .. code, .. ModuleBuilder.Vector(Opcode.V128Store, 0, 0)]));
}
