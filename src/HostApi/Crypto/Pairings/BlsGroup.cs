using System;
using System.Numerics;

namespace ContractVm.HostApi;

/// <summary>One of the two groups of BLS12-381, with its points' encoding (EIP-2537): x and y one after the other; infinity is all zeros. Immutable.</summary>
internal abstract class BlsGroup<F> where F : struct, IRootField<F>
{
    // The absolute value of the curve's parameter x, from which all follows; x is negative (EIP-2537).
    public const ulong Parameter = 0xd201000000010000;

    /// <summary>Bytes of a coordinate.</summary>
    public abstract int FieldLength { get; }
    /// <summary>Bytes of a point.</summary>
    public int PointLength => 2 * FieldLength;

    /// <summary>Reads a coordinate of <see cref="FieldLength"/> bytes; false where it is not reduced.</summary>
    public abstract bool TryReadField(ReadOnlySpan<byte> bytes, out F value);

    /// <summary>True for a point of the curve that is in the subgroup of prime order.</summary>
    public abstract bool Contains(in AffinePoint<F> point);

    /// <summary>The element of the group that RFC 9380 maps a field element to.</summary>
    public abstract AffinePoint<F> Map(in F value);

    /// <summary>Reads a point; false where it is not on the curve. It need not be in the group.</summary>
    public bool TryRead(ReadOnlySpan<byte> bytes, out AffinePoint<F> point)
    {
        point = default;
        if (!TryReadField(bytes[..FieldLength], out F x) || !TryReadField(bytes[FieldLength..], out F y)) return false;
        point = new AffinePoint<F>(x, y);
        return point.IsOnCurve(CurveB);
    }

    /// <summary>A point's bytes.</summary>
    public byte[] Write(in AffinePoint<F> point)
    {
        byte[] output = new byte[PointLength];
        WriteField(point.X, output.AsSpan(0, FieldLength));
        WriteField(point.Y, output.AsSpan(FieldLength));
        return output;
    }

    /// <summary>The b of y² = x³ + b.</summary>
    protected abstract F CurveB { get; }

    /// <summary>Writes a coordinate.</summary>
    protected abstract void WriteField(in F value, Span<byte> destination);

    /// <summary>Reads hexadecimal digits.</summary>
    protected static Fp381 Parse(string digits) =>
        Field.FromNumber<Fp381>(BigInteger.Parse("0" + digits, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>The first group: on y² = x³ + 4 over the prime field.</summary>
internal sealed class BlsG1 : BlsGroup<Fp381>
{
    /// <summary>The only one.</summary>
    public static readonly BlsG1 Instance = new();

    // EIP-2537, "Curve parameters": the generator; it says which of the two cube roots of one is meant.
    private static readonly AffinePoint<Fp381> Generator = new(
        Parse("17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"),
        Parse("08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"));
    private static readonly Fp381 B = Field.FromNumber<Fp381>(4);
    private static readonly Fp381 CubeRoot = FindCubeRoot();
    private static readonly SwuMap<Fp381> Swu = new(Parse(Bls12381IsogenyData.G1A), Parse(Bls12381IsogenyData.G1B), Field.FromNumber<Fp381>(11), (
        ParseAll(Bls12381IsogenyData.G1XNumerator), ParseAll(Bls12381IsogenyData.G1XDenominator),
        ParseAll(Bls12381IsogenyData.G1YNumerator), ParseAll(Bls12381IsogenyData.G1YDenominator)));

    private BlsG1() { }

    public override int FieldLength => 64;
    protected override Fp381 CurveB => B;

    public override bool TryReadField(ReadOnlySpan<byte> bytes, out Fp381 value) => Fp381.TryRead(bytes, out value);

    protected override void WriteField(in Fp381 value, Span<byte> destination) => value.Write(destination);

    public override bool Contains(in AffinePoint<Fp381> point) => point.IsOnCurve(B) && IsEigenvector(point, CubeRoot);

    // RFC 9380, section 8.8.1: h_eff = 1 - x clears the cofactor.
    public override AffinePoint<Fp381> Map(in Fp381 value) =>
        Multiplication.MultiplySparse(JacobianPoint<Fp381>.From(Swu.Map(value)), Parameter + 1).ToAffine();

    // The map φ(x, y) = (βx, y), β³ = 1, has φ² + φ + 1 = 0. Where φ(P) = -x² P, that is (x⁴ - x² + 1) P = r P = 0.
    private static bool IsEigenvector(in AffinePoint<Fp381> point, in Fp381 cubeRoot)
    {
        JacobianPoint<Fp381> multiple = Multiplication.MultiplySparse(JacobianPoint<Fp381>.From(point), Parameter);
        multiple = Multiplication.MultiplySparse(multiple, Parameter);
        return JacobianPoint<Fp381>.AreEqual(-multiple, JacobianPoint<Fp381>.From(point with { X = point.X * cubeRoot }));
    }

    private static Fp381 FindCubeRoot()
    {
        Fp381 root = Field.Power(Field.FromNumber<Fp381>(2), (Fp381.Modulus - 1) / 3);
        return IsEigenvector(Generator, root) ? root : Fp381.Square(root);
    }

    private static Fp381[] ParseAll(string[] digits) => Array.ConvertAll(digits, Parse);
}

/// <summary>The second group: on the twist y² = x³ + 4ξ over the extension field.</summary>
internal sealed class BlsG2 : BlsGroup<Fp2<Fp381>>
{
    /// <summary>The only one.</summary>
    public static readonly BlsG2 Instance = new();

    private static readonly Fp2<Fp381> B = Fp381.TimesXi(Of(4, 0));
    // ψ goes from the twist to the curve, raises to the power p, and goes back (see Bls12381): it multiplies x and y with these.
    private static readonly Fp2<Fp381> PsiX = Fp2<Fp381>.Invert(Fp2<Fp381>.FrobeniusFactors[2]), PsiY = Fp2<Fp381>.Invert(Fp2<Fp381>.FrobeniusFactors[3]);
    // RFC 9380, section 8.8.2.
    private static readonly SwuMap<Fp2<Fp381>> Swu = new(Of(0, 240), Of(1012, 1012), -Of(2, 1), (
        ParseAll(Bls12381IsogenyData.G2XNumerator), ParseAll(Bls12381IsogenyData.G2XDenominator),
        ParseAll(Bls12381IsogenyData.G2YNumerator), ParseAll(Bls12381IsogenyData.G2YDenominator)));

    private BlsG2() { }

    public override int FieldLength => 128;
    protected override Fp2<Fp381> CurveB => B;

    public override bool TryReadField(ReadOnlySpan<byte> bytes, out Fp2<Fp381> value)
    {
        value = default;
        if (!Fp381.TryRead(bytes[..(FieldLength / 2)], out Fp381 c0) || !Fp381.TryRead(bytes[(FieldLength / 2)..], out Fp381 c1)) return false;
        value = new Fp2<Fp381>(c0, c1);
        return true;
    }

    protected override void WriteField(in Fp2<Fp381> value, Span<byte> destination)
    {
        value.C0.Write(destination[..(FieldLength / 2)]);
        value.C1.Write(destination[(FieldLength / 2)..]);
    }

    // M. Scott, "A note on group membership tests for G1, G2 and GT on BLS pairing-friendly curves" (2021): where ψ(Q) = xQ, the order of Q divides both the
    // twist's order and (x - 1)²/3 · r, which share no factor but r.
    public override bool Contains(in AffinePoint<Fp2<Fp381>> point)
    {
        if (!point.IsOnCurve(B)) return false;
        JacobianPoint<Fp2<Fp381>> q = JacobianPoint<Fp2<Fp381>>.From(point);
        return JacobianPoint<Fp2<Fp381>>.AreEqual(Psi(q), -Multiplication.MultiplySparse(q, Parameter));
    }

    // RFC 9380, appendix G.3: the cofactor is cleared by (x² - x - 1) P + (x - 1) ψ(P) + ψ²(2P); here x = -n.
    public override AffinePoint<Fp2<Fp381>> Map(in Fp2<Fp381> value)
    {
        JacobianPoint<Fp2<Fp381>> p = JacobianPoint<Fp2<Fp381>>.From(Swu.Map(value));
        JacobianPoint<Fp2<Fp381>> np = Multiplication.MultiplySparse(p, Parameter), nPlusOne = np + p;
        JacobianPoint<Fp2<Fp381>> first = Multiplication.MultiplySparse(nPlusOne, Parameter) + -p;
        return (first + -Psi(nPlusOne) + Psi(Psi(JacobianPoint<Fp2<Fp381>>.Double(p)))).ToAffine();
    }

    private static JacobianPoint<Fp2<Fp381>> Psi(in JacobianPoint<Fp2<Fp381>> point) =>
        new(Fp2<Fp381>.Conjugate(point.X) * PsiX, Fp2<Fp381>.Conjugate(point.Y) * PsiY, Fp2<Fp381>.Conjugate(point.Z));

    private static Fp2<Fp381> Of(int c0, int c1) => new(Field.FromNumber<Fp381>(c0), Field.FromNumber<Fp381>(c1));

    private static Fp2<Fp381>[] ParseAll(string[] digits)
    {
        Fp2<Fp381>[] values = new Fp2<Fp381>[digits.Length / 2];
        for (int i = 0; i < values.Length; i++) values[i] = new Fp2<Fp381>(Parse(digits[2 * i]), Parse(digits[2 * i + 1]));
        return values;
    }
}
