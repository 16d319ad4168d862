using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>Reads and writes points of bn254 as EIP-196 and EIP-197 encode them: x and y, 32 bytes each; infinity is (0, 0).</summary>
internal static class Bn254Encoding
{
    /// <summary>Bytes of a coordinate in the prime field.</summary>
    public const int FieldLength = 32;
    /// <summary>Bytes of a point of the first group.</summary>
    public const int G1Length = 2 * FieldLength;
    /// <summary>Bytes of a point of the second group.</summary>
    public const int G2Length = 4 * FieldLength;

    /// <summary>Reads a point of the first group from the input padded with zeros; false for what is none.</summary>
    public static bool TryReadG1(ReadOnlySpan<byte> input, int offset, out AffinePoint<Fp254> point)
    {
        Span<byte> bytes = stackalloc byte[G1Length];
        PrecompileInput.Slice(input, offset, bytes);
        point = default;
        if (!Fp254.TryRead(bytes[..FieldLength], out Fp254 x) || !Fp254.TryRead(bytes[FieldLength..], out Fp254 y)) return false;
        point = new AffinePoint<Fp254>(x, y);
        return Bn254.IsInG1(point);
    }

    /// <summary>Reads a point of the second group; false for what is none. Of a coordinate the part with u comes first (EIP-197).</summary>
    public static bool TryReadG2(ReadOnlySpan<byte> bytes, out AffinePoint<Fp2<Fp254>> point)
    {
        point = default;
        if (!Fp254.TryRead(bytes[..FieldLength], out Fp254 x1) || !Fp254.TryRead(bytes[FieldLength..(2 * FieldLength)], out Fp254 x0)) return false;
        if (!Fp254.TryRead(bytes[(2 * FieldLength)..(3 * FieldLength)], out Fp254 y1) || !Fp254.TryRead(bytes[(3 * FieldLength)..G2Length], out Fp254 y0)) return false;
        point = new AffinePoint<Fp2<Fp254>>(new Fp2<Fp254>(x0, x1), new Fp2<Fp254>(y0, y1));
        return Bn254.IsInG2(point);
    }

    /// <summary>A point's bytes.</summary>
    public static byte[] Write(in AffinePoint<Fp254> point)
    {
        byte[] output = new byte[G1Length];
        point.X.Write(output.AsSpan(0, FieldLength));
        point.Y.Write(output.AsSpan(FieldLength));
        return output;
    }
}

/// <summary>The sum of two points of bn254.</summary>
internal sealed class Bn254AddPrecompile() : Precompile(6, "BN254_ADD", "EIP-196, EIP-1108")
{
    public override ulong GasOf(ReadOnlySpan<byte> input) => 150;

    public override byte[]? Run(ReadOnlySpan<byte> input) =>
        Bn254Encoding.TryReadG1(input, 0, out AffinePoint<Fp254> left) && Bn254Encoding.TryReadG1(input, Bn254Encoding.G1Length, out AffinePoint<Fp254> right)
            ? Bn254Encoding.Write(AffinePoint<Fp254>.Add(left, right)) : null;
}

/// <summary>A point of bn254 times a number of 32 bytes, whichever.</summary>
internal sealed class Bn254MulPrecompile() : Precompile(7, "BN254_MUL", "EIP-196, EIP-1108")
{
    public override ulong GasOf(ReadOnlySpan<byte> input) => 6000;

    public override byte[]? Run(ReadOnlySpan<byte> input)
    {
        if (!Bn254Encoding.TryReadG1(input, 0, out AffinePoint<Fp254> point)) return null;
        Span<byte> scalar = stackalloc byte[32];
        PrecompileInput.Slice(input, Bn254Encoding.G1Length, scalar);
        return Bn254Encoding.Write(Multiplication.Multiply(point, UInt256.FromBigEndian(scalar)).ToAffine());
    }
}

/// <summary>Whether the product of pairings of bn254 is one: the word 1 or 0. Without input it is.</summary>
internal sealed class Bn254PairingPrecompile() : Precompile(8, "BN254_PAIRING", "EIP-197, EIP-1108")
{
    private const int PairLength = Bn254Encoding.G1Length + Bn254Encoding.G2Length;

    public override ulong GasOf(ReadOnlySpan<byte> input) => 45_000 + 34_000 * (ulong)(input.Length / PairLength);

    public override byte[]? Run(ReadOnlySpan<byte> input)
    {
        if (input.Length % PairLength != 0) return null;
        PointPair<Fp254>[] pairs = new PointPair<Fp254>[input.Length / PairLength];
        for (int i = 0; i < pairs.Length; i++)
        {
            int offset = i * PairLength;
            if (!Bn254Encoding.TryReadG1(input, offset, out AffinePoint<Fp254> p)) return null;
            if (!Bn254Encoding.TryReadG2(input.Slice(offset + Bn254Encoding.G1Length, Bn254Encoding.G2Length), out AffinePoint<Fp2<Fp254>> q)) return null;
            pairs[i] = new PointPair<Fp254>(p, q);
        }
        byte[] output = new byte[32];
        if (Bn254.IsProductOne(pairs)) output[^1] = 1;
        return output;
    }
}
