using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>The sum of two points of a curve of BLS12-381, which need not be in its group.</summary>
internal sealed class BlsAddPrecompile<F>(ushort number, string name, ulong gas, BlsGroup<F> group) : Precompile(number, name, "EIP-2537") where F : struct, IRootField<F>
{
    public override ulong GasOf(ReadOnlySpan<byte> input) => gas;

    public override byte[]? Run(ReadOnlySpan<byte> input)
    {
        if (input.Length != 2 * group.PointLength) return null;
        return group.TryRead(input[..group.PointLength], out AffinePoint<F> left) && group.TryRead(input[group.PointLength..], out AffinePoint<F> right)
            ? group.Write(AffinePoint<F>.Add(left, right)) : null;
    }
}

/// <summary>A sum of multiples of elements of a group of BLS12-381; the gas is that of one multiplication each, less a discount by their number.</summary>
internal sealed class BlsSumPrecompile<F>(ushort number, string name, ulong gas, ushort[] discounts, BlsGroup<F> group) : Precompile(number, name, "EIP-2537") where F : struct, IRootField<F>
{
    private const int ScalarLength = 32;
    private int TermLength => group.PointLength + ScalarLength;

    public override ulong GasOf(ReadOnlySpan<byte> input)
    {
        int terms = input.Length / TermLength;
        // The discounts are in thousandths of the price.
        return terms == 0 ? 0 : (ulong)terms * gas * discounts[Math.Min(terms, discounts.Length) - 1] / 1000;
    }

    public override byte[]? Run(ReadOnlySpan<byte> input)
    {
        if (input.Length == 0 || input.Length % TermLength != 0) return null;
        AffinePoint<F>[] points = new AffinePoint<F>[input.Length / TermLength];
        UInt256[] scalars = new UInt256[points.Length];
        for (int i = 0; i < points.Length; i++)
        {
            ReadOnlySpan<byte> term = input.Slice(i * TermLength, TermLength);
            if (!group.TryRead(term[..group.PointLength], out points[i]) || !group.Contains(points[i])) return null;
            scalars[i] = UInt256.FromBigEndian(term[group.PointLength..]);
        }
        return group.Write(Multiplication.Sum<F>(points, scalars).ToAffine());
    }
}

/// <summary>The element of a group of BLS12-381 that a field element is mapped to.</summary>
internal sealed class BlsMapPrecompile<F>(ushort number, string name, ulong gas, BlsGroup<F> group) : Precompile(number, name, "EIP-2537") where F : struct, IRootField<F>
{
    public override ulong GasOf(ReadOnlySpan<byte> input) => gas;

    public override byte[]? Run(ReadOnlySpan<byte> input) =>
        input.Length == group.FieldLength && group.TryReadField(input, out F value) ? group.Write(group.Map(value)) : null;
}

/// <summary>Whether the product of pairings of BLS12-381 is one: the word 1 or 0.</summary>
internal sealed class BlsPairingPrecompile() : Precompile(0x0f, "BLS12_PAIRING_CHECK", "EIP-2537")
{
    private static readonly int G1Length = BlsG1.Instance.PointLength, PairLength = G1Length + BlsG2.Instance.PointLength;

    public override ulong GasOf(ReadOnlySpan<byte> input) => 37_700 + 32_600 * (ulong)(input.Length / PairLength);

    public override byte[]? Run(ReadOnlySpan<byte> input)
    {
        if (input.Length == 0 || input.Length % PairLength != 0) return null;
        PointPair<Fp381>[] pairs = new PointPair<Fp381>[input.Length / PairLength];
        for (int i = 0; i < pairs.Length; i++)
        {
            ReadOnlySpan<byte> pair = input.Slice(i * PairLength, PairLength);
            if (!BlsG1.Instance.TryRead(pair[..G1Length], out AffinePoint<Fp381> p) || !BlsG1.Instance.Contains(p)) return null;
            if (!BlsG2.Instance.TryRead(pair[G1Length..], out AffinePoint<Fp2<Fp381>> q) || !BlsG2.Instance.Contains(q)) return null;
            pairs[i] = new PointPair<Fp381>(p, q);
        }
        byte[] output = new byte[32];
        if (Bls12381.IsProductOne(pairs)) output[^1] = 1;
        return output;
    }
}

/// <summary>The precompiled contracts of EIP-2537.</summary>
internal static class BlsPrecompiles
{
    // EIP-2537, "ABI for operations": the addresses, the gas and the discounts.
    private static readonly ushort[] G1Discounts =
    [
        1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677,
        673, 669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
        625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598,
        596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
        575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
        558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
        543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531,
        530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
    ];
    private static readonly ushort[] G2Discounts =
    [
        1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717,
        711, 704, 699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
        643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607,
        606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
        580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562,
        561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
        546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535,
        534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
    ];

    /// <summary>Them all, by address.</summary>
    public static Precompile[] All { get; } =
    [
        new BlsAddPrecompile<Fp381>(0x0b, "BLS12_G1ADD", 375, BlsG1.Instance),
        new BlsSumPrecompile<Fp381>(0x0c, "BLS12_G1MSM", 12_000, G1Discounts, BlsG1.Instance),
        new BlsAddPrecompile<Fp2<Fp381>>(0x0d, "BLS12_G2ADD", 600, BlsG2.Instance),
        new BlsSumPrecompile<Fp2<Fp381>>(0x0e, "BLS12_G2MSM", 22_500, G2Discounts, BlsG2.Instance),
        new BlsPairingPrecompile(),
        new BlsMapPrecompile<Fp381>(0x10, "BLS12_MAP_FP_TO_G1", 5_500, BlsG1.Instance),
        new BlsMapPrecompile<Fp2<Fp381>>(0x11, "BLS12_MAP_FP2_TO_G2", 23_800, BlsG2.Instance),
    ];
}
