using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Fuzz;

namespace ContractVm.Tests.Interpreter;

/// <summary>A vector instruction with its immediate, as a function of the module that <see cref="VectorCases"/> makes.</summary>
/// <param name="Info">The instruction.</param>
/// <param name="Immediate">The lane in the first byte, or a shuffle's or constant's bytes.</param>
internal sealed record VectorFunction(OpcodeInfo Info, byte[] Immediate);

/// <summary>
/// Every vector instruction with every lane as a function over memory, and the inputs for them: all pairs of special values of
/// each lane type, side by side in the lanes, and random bytes.
/// <para>
/// A function takes the address of its operands, sixteen bytes each, and the address for its result. An operand that is an
/// address is a byte, counted from <see cref="Data"/>; for a store it is the result's.
/// </para>
/// </summary>
internal static class VectorCases
{
    public const int In = 0, Out = 64, Data = 256, CaseSize = 48, ResultSize = 16;

    /// <summary>What the memory holds from <see cref="Data"/> on.</summary>
    public static byte[] DataBytes { get; } = RandomBytes(new Random64(99), 256 + 16);

    public static IReadOnlyList<VectorFunction> Functions { get; } = BuildFunctions();

    /// <summary>Cases one after the other: three operands each.</summary>
    public static byte[] Inputs { get; } = BuildInputs();

    public static int Count => Inputs.Length / CaseSize;

    /// <summary>The operands of a case, as many as the instruction takes.</summary>
    public static byte[][] Operands(OpcodeInfo info, int index) =>
        Enumerable.Range(0, info.Operands.Length).Select(k => Inputs.AsSpan(index * CaseSize + k * 16, 16).ToArray()).ToArray();

    /// <summary>
    /// The module. With strict equivalents, relaxed instructions are written as sequences of strict ones that give the
    /// deterministic profile's result, for engines whose own results are others.
    /// </summary>
    public static byte[] Module(bool withStrictEquivalents)
    {
        ModuleBuilder builder = new();
        int type = builder.Type("ii", "");
        for (int k = 0; k < Functions.Count; k++)
        {
            int function = builder.Function(type, "vvv", Code(Functions[k], withStrictEquivalents));
            builder.Export(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{k:d4} {Functions[k].Info.Name}"), ExternalKind.Function, function);
        }

        return builder.Memory(1).Export("memory", ExternalKind.Memory, 0).Data(Data, DataBytes).Build();
    }

    private static byte[] Code(VectorFunction function, bool withStrictEquivalents)
    {
        OpcodeInfo info = function.Info;
        bool isStore = info.Results.Length == 0;
        List<byte> code = [];
        if (!isStore) code.AddRange([0x20, 1]);
        for (int k = 0; k < info.Operands.Length; k++)
        {
            if (info.Operands[k] == 'm' && isStore)
            {
                code.AddRange([0x20, 1]);
                continue;
            }

            code.AddRange([0x20, 0]);
            byte offset = (byte)(16 * k);
            code.AddRange(info.Operands[k] switch
            {
                'm' => [0x2D, 0, offset],
                'i' => [0x28, 0, offset],
                'l' => [0x29, 0, offset],
                'f' => [0x2A, 0, offset],
                'd' => [0x2B, 0, offset],
                _ => ModuleBuilder.Vector(Opcode.V128Load, 0, offset),
            });
        }

        byte[] displacement = isStore ? [0] : ModuleBuilder.Unsigned(Data);
        byte[] immediate = info.Immediates switch
        {
            Immediates.None => [],
            Immediates.Lane => function.Immediate[..1],
            Immediates.MemArg => [0, .. displacement],
            Immediates.MemArgLane => [0, .. displacement, function.Immediate[0]],
            _ => function.Immediate,
        };
        code.AddRange(withStrictEquivalents && info.Feature == Features.RelaxedSimd ? StrictEquivalent(info.Opcode) : ModuleBuilder.Vector(info.Opcode, immediate));
        if (isStore) return [.. code];
        code.AddRange(info.Results[0] switch
        {
            'i' => [0x36, 0, 0],
            'l' => [0x37, 0, 0],
            'f' => [0x38, 0, 0],
            'd' => [0x39, 0, 0],
            _ => ModuleBuilder.Vector(Opcode.V128Store, 0, 0),
        });
        return [.. code];
    }

    private static byte[] StrictEquivalent(Opcode opcode)
    {
        // Even and odd products of bytes, side by side as i16: the halves of two extmuls, sorted by a shuffle.
        byte[] even = [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29], odd = even.Select(static k => (byte)(k + 2)).ToArray();
        byte[] products =
        [
            0x21, 4, 0x22, 3, 0x20, 4, .. ModuleBuilder.Vector(Opcode.I16x8ExtmulLowI8x16S), 0x21, 2,
            0x20, 3, 0x20, 4, .. ModuleBuilder.Vector(Opcode.I16x8ExtmulHighI8x16S), 0x21, 3,
            0x20, 2, 0x20, 3, .. ModuleBuilder.Vector(Opcode.I8x16Shuffle, even), 0x20, 2, 0x20, 3, .. ModuleBuilder.Vector(Opcode.I8x16Shuffle, odd),
            .. ModuleBuilder.Vector(Opcode.I16x8AddSatS),
        ];
        // With the third operand put aside in a local.
        static byte[] MultiplyAdd(byte[] negate, Opcode multiply, Opcode add) =>
            [0x21, 4, 0x21, 3, .. negate, 0x20, 3, .. ModuleBuilder.Vector(multiply), 0x20, 4, .. ModuleBuilder.Vector(add)];
        return opcode switch
        {
            Opcode.I8x16RelaxedSwizzle => ModuleBuilder.Vector(Opcode.I8x16Swizzle),
            Opcode.I32x4RelaxedTruncF32x4S => ModuleBuilder.Vector(Opcode.I32x4TruncSatF32x4S),
            Opcode.I32x4RelaxedTruncF32x4U => ModuleBuilder.Vector(Opcode.I32x4TruncSatF32x4U),
            Opcode.I32x4RelaxedTruncF64x2SZero => ModuleBuilder.Vector(Opcode.I32x4TruncSatF64x2SZero),
            Opcode.I32x4RelaxedTruncF64x2UZero => ModuleBuilder.Vector(Opcode.I32x4TruncSatF64x2UZero),
            Opcode.F32x4RelaxedMadd => MultiplyAdd([], Opcode.F32x4Mul, Opcode.F32x4Add),
            Opcode.F32x4RelaxedNmadd => MultiplyAdd(ModuleBuilder.Vector(Opcode.F32x4Neg), Opcode.F32x4Mul, Opcode.F32x4Add),
            Opcode.F64x2RelaxedMadd => MultiplyAdd([], Opcode.F64x2Mul, Opcode.F64x2Add),
            Opcode.F64x2RelaxedNmadd => MultiplyAdd(ModuleBuilder.Vector(Opcode.F64x2Neg), Opcode.F64x2Mul, Opcode.F64x2Add),
            Opcode.F32x4RelaxedMin => ModuleBuilder.Vector(Opcode.F32x4Min),
            Opcode.F32x4RelaxedMax => ModuleBuilder.Vector(Opcode.F32x4Max),
            Opcode.F64x2RelaxedMin => ModuleBuilder.Vector(Opcode.F64x2Min),
            Opcode.F64x2RelaxedMax => ModuleBuilder.Vector(Opcode.F64x2Max),
            Opcode.I16x8RelaxedQ15mulrS => ModuleBuilder.Vector(Opcode.I16x8Q15mulrSatS),
            Opcode.I16x8RelaxedDotI8x16I7x16S => products,
            Opcode.I32x4RelaxedDotI8x16I7x16AddS =>
            [
                // The third operand waits below on the stack; addition does not mind the order.
                0x21, 2, 0x21, 4, 0x21, 3, 0x20, 2, 0x20, 3, 0x20, 4, .. products,
                .. ModuleBuilder.Vector(Opcode.I32x4ExtaddPairwiseI16x8S), .. ModuleBuilder.Vector(Opcode.I32x4Add),
            ],
            _ => ModuleBuilder.Vector(Opcode.V128Bitselect),
        };
    }

    private static List<VectorFunction> BuildFunctions()
    {
        Random64 random = new(5);
        List<VectorFunction> functions = [];
        foreach (OpcodeInfo info in OpcodeTable.All)
        {
            if (info.Feature is not (Features.Simd or Features.RelaxedSimd)) continue;
            if (info.Immediates is Immediates.Shuffle)
            {
                functions.Add(new VectorFunction(info, Enumerable.Range(0, 16).Select(static k => (byte)k).ToArray()));
                functions.Add(new VectorFunction(info, Enumerable.Range(0, 16).Select(static k => (byte)(31 - k)).ToArray()));
                for (int k = 0; k < 6; k++) functions.Add(new VectorFunction(info, RandomBytes(random, 16).Select(static x => (byte)(x & 31)).ToArray()));
            }
            else if (info.Immediates is Immediates.V128)
            {
                functions.Add(new VectorFunction(info, RandomBytes(random, 16)));
            }
            else
            {
                for (int lane = 0; lane < Math.Max(info.Lanes, 1); lane++) functions.Add(new VectorFunction(info, [(byte)lane]));
            }
        }

        return functions;
    }

    private static byte[] BuildInputs()
    {
        Random64 random = new(7);
        ulong[] singles =
        [
            0, 0x8000_0000, 0x3F80_0000, 0xBF80_0000, 0x3F00_0000, 0x3FC0_0000, 0x4020_0000, 0xC020_0000, 1, 0x8000_0001, 0x007F_FFFF, 0x0080_0000,
            0x7F7F_FFFF, 0xFF7F_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0xFFC0_0000, 0x7F80_0001, 0xFFA5_A5A5, 0x7FFF_FFFF, 0x4B00_0001, 0x4AFF_FFFF,
            0x4EFF_FFFF, 0x4F00_0000, 0xCF00_0000, 0xCF00_0001, 0x4F7F_FFFF, 0x4F80_0000, 0x3F80_0001, 0x3400_0000, 0x3DCC_CCCD,
        ];
        ulong[] doubles =
        [
            0, 0x8000_0000_0000_0000, 0x3FF0_0000_0000_0000, 0xBFF0_0000_0000_0000, 0x3FE0_0000_0000_0000, 0x4004_0000_0000_0000, 0xC004_0000_0000_0000, 1,
            0x800F_FFFF_FFFF_FFFF, 0x7FEF_FFFF_FFFF_FFFF, 0xFFEF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0x7FF8_0000_0000_0000,
            0xFFF8_0000_0000_0000, 0x7FF0_0000_0000_0001, 0xFFF5_A5A5_A5A5_A5A5, 0x4330_0000_0000_0001, 0x41DF_FFFF_FFC0_0000, 0x41E0_0000_0000_0000,
            0xC1E0_0000_0000_0000, 0xC1E0_0000_0020_0000, 0x41EF_FFFF_FFF0_0000, 0x41EF_FFFF_FFE0_0000, 0x36A0_0000_0000_0000, 0x3690_0000_0000_0000,
            0x47EF_FFFF_F000_0000, 0x47EF_FFFF_EFFF_FFFF, 0x3FF0_0000_1000_0000, 0x3FF0_0000_0000_0001, 0x3CB0_0000_0000_0000, 0x3FB9_9999_9999_999A,
        ];
        List<(int Bits, ulong[] Values)> tables =
        [
            (8, [0, 1, 2, 7, 8, 15, 16, 31, 32, 0x7E, 0x7F, 0x80, 0x81, 0xFE, 0xFF]),
            (16, [0, 1, 15, 16, 17, 0x7F, 0x80, 0xFF, 0x100, 0x4000, 0x7FFF, 0x8000, 0x8001, 0xFF7F, 0xFF80, 0xFFFF]),
            (32, [0, 1, 7, 8, 31, 32, 33, 63, 64, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_8000, 0xFFFF_7FFF, 0xFFFF_FFFF]),
            (64, [0, 1, 63, 64, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0x8000_0000_0000_0001, ulong.MaxValue]),
            (32, singles),
            (64, doubles),
        ];
        List<byte> inputs = [];
        foreach ((int bits, ulong[] values) in tables)
        {
            int lanes = 128 / bits, pairs = values.Length * values.Length;
            // Two passes: the third operand, and which pairs are neighbours, differ between them.
            foreach (int stride in new[] { 1, 7 })
            {
                for (int first = 0; first < pairs; first += lanes)
                {
                    ulong[] a = new ulong[lanes], b = new ulong[lanes], c = new ulong[lanes];
                    for (int k = 0; k < lanes; k++)
                    {
                        int pair = (first + k) * stride % pairs;
                        (a[k], b[k], c[k]) = (values[pair / values.Length], values[pair % values.Length], values[random.Below(values.Length)]);
                    }

                    foreach (ulong[] vector in new[] { a, b, c }) inputs.AddRange(Pack(vector, bits));
                }
            }
        }

        for (int k = 0; k < 200; k++) inputs.AddRange(RandomBytes(random, CaseSize));
        return [.. inputs];
    }

    private static byte[] Pack(ulong[] lanes, int bits)
    {
        byte[] bytes = new byte[16], lane = new byte[8];
        for (int k = 0; k < lanes.Length; k++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(lane, lanes[k]);
            lane.AsSpan(0, bits / 8).CopyTo(bytes.AsSpan(k * bits / 8));
        }

        return bytes;
    }

    private static byte[] RandomBytes(Random64 random, int count) => Enumerable.Range(0, count).Select(_ => (byte)random.Next()).ToArray();
}
