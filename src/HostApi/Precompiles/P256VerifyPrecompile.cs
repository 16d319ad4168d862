using System;
using System.Numerics;
using System.Security.Cryptography;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>Verifies an ECDSA signature over P-256: input is hash, r, s, x and y, a word each; output is the word 1, or nothing where the signature is not good.</summary>
internal sealed class P256VerifyPrecompile() : Precompile(0x100, "P256VERIFY", "EIP-7951")
{
    private const int InputLength = 5 * 32;
    // SEC 2, section 2.4.2: secp256r1.
    private static readonly UInt256 Prime = UInt256.Parse("0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    private static readonly UInt256 Order = UInt256.Parse("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    private static readonly BigInteger CurveB = UInt256.Parse("0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b").ToBigInteger();
    private static readonly BigInteger PrimeNumber = Prime.ToBigInteger();

    public override ulong GasOf(ReadOnlySpan<byte> input) => 6900;

    public override byte[] Run(ReadOnlySpan<byte> input)
    {
        if (input.Length != InputLength) return [];
        ReadOnlySpan<byte> x = input[96..128], y = input[128..];
        // EIP-7951, "Input Validation": all that is checked here is never left to what a library makes of it.
        if (!IsScalar(input[32..64]) || !IsScalar(input[64..96]) || !IsOnCurve(UInt256.FromBigEndian(x), UInt256.FromBigEndian(y))) return [];
        ECParameters key = new() { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x.ToArray(), Y = y.ToArray() } };
        using ECDsa ecdsa = ECDsa.Create(key);
        if (!ecdsa.VerifyHash(input[..32], input[32..96], DSASignatureFormat.IeeeP1363FixedFieldConcatenation)) return [];
        byte[] output = new byte[32];
        output[^1] = 1;
        return output;
    }

    private static bool IsScalar(ReadOnlySpan<byte> bytes)
    {
        UInt256 value = UInt256.FromBigEndian(bytes);
        return !value.IsZero && value < Order;
    }

    // y² = x³ - 3x + b; the point at infinity, written (0, 0), is not on it.
    private static bool IsOnCurve(in UInt256 x, in UInt256 y)
    {
        if (x >= Prime || y >= Prime) return false;
        BigInteger x1 = x.ToBigInteger(), y1 = y.ToBigInteger();
        return ((x1 * x1 - 3) * x1 + CurveB - y1 * y1) % PrimeNumber == 0;
    }
}
