using System;
using System.Linq;

namespace ContractVm.Fuzz.Differential;

/// <summary>Values at which operations change what they do, as bits.</summary>
internal static class SpecialValues
{
    private static readonly ulong[] Integers32 = MakeIntegers(32), Integers64 = MakeIntegers(64);

    private static readonly uint[] Floats32 =
    [
        0, 0x8000_0000, 0x3F80_0000, 0xBF80_0000, 0x3F00_0000, 0xBF00_0000, 0x3F7F_FFFF, 0xBF7F_FFFF,
        // Halfway between integers, and the last halves that there are.
        0x3FC0_0000, 0x4020_0000, 0xC020_0000, 0x4AFF_FFFF, 0x4B00_0000, 0x4B7F_FFFF,
        // Denormals, the least normal number, the greatest, infinities.
        1, 0x8000_0001, 0x007F_FFFF, 0x0080_0000, 0x7F7F_FFFF, 0xFF7F_FFFF, 0x7F80_0000, 0xFF80_0000,
        // NaNs: canonical, with payloads, signalling, both signs.
        0x7FC0_0000, 0xFFC0_0000, 0x7FC1_2345, 0xFFE0_0001, 0x7F80_0001, 0xFFA0_0000, 0x7FFF_FFFF,
        // 2^31, 2^32, 2^63, 2^64 and their neighbours.
        0x4EFF_FFFF, 0x4F00_0000, 0x4F00_0001, 0xCF00_0000, 0xCF00_0001, 0x4F7F_FFFF, 0x4F80_0000, 0x5EFF_FFFF, 0x5F00_0000, 0xDF00_0000, 0xDF00_0001, 0x5F7F_FFFF, 0x5F80_0000,
    ];

    private static readonly ulong[] Floats64 =
    [
        0, 0x8000_0000_0000_0000, 0x3FF0_0000_0000_0000, 0xBFF0_0000_0000_0000, 0x3FE0_0000_0000_0000, 0xBFE0_0000_0000_0000, 0x3FEF_FFFF_FFFF_FFFF, 0xBFEF_FFFF_FFFF_FFFF,
        0x3FF8_0000_0000_0000, 0x4004_0000_0000_0000, 0xC004_0000_0000_0000, 0x432F_FFFF_FFFF_FFFF, 0x4330_0000_0000_0000, 0x433F_FFFF_FFFF_FFFF,
        1, 0x8000_0000_0000_0001, 0x000F_FFFF_FFFF_FFFF, 0x0010_0000_0000_0000, 0x7FEF_FFFF_FFFF_FFFF, 0xFFEF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000,
        0x7FF8_0000_0000_0000, 0xFFF8_0000_0000_0000, 0x7FF8_1234_5678_9ABC, 0xFFFC_0000_0000_0001, 0x7FF0_0000_0000_0001, 0xFFF4_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF,
        0x41DF_FFFF_FFC0_0000, 0x41E0_0000_0000_0000, 0x41DF_FFFF_FFFF_FFFF, 0xC1E0_0000_0000_0000, 0xC1E0_0000_0020_0000, 0xC1E0_0000_001F_FFFF, 0x41EF_FFFF_FFE0_0000, 0x41EF_FFFF_FFFF_FFFF, 0x41F0_0000_0000_0000,
        0x43DF_FFFF_FFFF_FFFF, 0x43E0_0000_0000_0000, 0xC3E0_0000_0000_0000, 0xC3E0_0000_0000_0001, 0x43EF_FFFF_FFFF_FFFF, 0x43F0_0000_0000_0000,
        // What is halfway between two f32, overflows to infinity there, or becomes a denormal.
        0x3FF0_0000_1000_0000, 0x3FF0_0000_3000_0000, 0x47EF_FFFF_E000_0000, 0x47EF_FFFF_F000_0000, 0x3690_0000_0000_0000, 0x3680_0000_0000_0000, 0x380F_FFFF_FFFF_FFFF,
    ];

    /// <summary>The bits of a value of a type letter; 0 for references.</summary>
    public static ulong Of(char type, Random64 random)
    {
        switch (type)
        {
            case 'i': return (uint)Pick(Integers32, random);
            case 'l': return Pick(Integers64, random);
            case 'f': return random.OneIn(5) ? (uint)random.Next() : random.OneIn(4) ? SmallFloat(random) : Floats32[random.Below(Floats32.Length)];
            case 'd': return random.OneIn(5) ? random.Next() : random.OneIn(4) ? BitConverter.DoubleToUInt64Bits(Small(random)) : Floats64[random.Below(Floats64.Length)];
            case 'v': return VectorHalf(random);
            default: return 0;
        }
    }

    /// <summary>Half of a vector: lanes of one shape, or chance.</summary>
    public static ulong VectorHalf(Random64 random)
    {
        switch (random.Below(6))
        {
            case 0: return Of('f', random) | Of('f', random) << 32;
            case 1: return Of('d', random);
            case 2: return Of('i', random) | Of('i', random) << 32;
            case 3: return Of('l', random);
            case 4: return random.Next();
            default:
                ulong lanes = 0;
                int width = random.OneIn(2) ? 8 : 16;
                for (int at = 0; at < 64; at += width)
                {
                    ulong lane = random.Below(6) switch { 0 => 0, 1 => 1, 2 => (1UL << (width - 1)) - 1, 3 => 1UL << (width - 1), 4 => (1UL << width) - 1, _ => random.Next() & ((1UL << width) - 1) };
                    lanes |= lane << at;
                }

                return lanes;
        }
    }

    private static ulong Pick(ulong[] values, Random64 random) => random.Below(8) switch
    {
        0 => random.Next(),
        1 => (ulong)random.Below(256),
        2 => (ulong)-(long)random.Below(256),
        _ => values[random.Below(values.Length)],
    };

    private static double Small(Random64 random) => (random.Below(2001) - 1000) / 4.0;

    private static ulong SmallFloat(Random64 random) => BitConverter.SingleToUInt32Bits((float)Small(random));

    private static ulong[] MakeIntegers(int width) => Enumerable.Range(0, width)
        .SelectMany(static bit => new[] { (1UL << bit) - 1, 1UL << bit, (1UL << bit) + 1 })
        .Concat((ulong[])[ulong.MaxValue, ulong.MaxValue - 1, 1UL << 63, 1UL << (width - 1), 3, 5, 7, 10, 100, 1000, unchecked((ulong)-7L), 0x5555_5555_5555_5555, 0xAAAA_AAAA_AAAA_AAAA])
        .Distinct().ToArray();
}
