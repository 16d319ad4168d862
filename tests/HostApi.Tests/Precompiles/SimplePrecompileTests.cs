using System;
using System.Buffers.Binary;
using System.Linq;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using ContractVm.StateStore;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>The precompiled contracts without curves that pair, at their edges and against other code.</summary>
public sealed class SimplePrecompileTests
{
    private static readonly Precompile Ecrecover = new EcrecoverPrecompile(), Modexp = new ModexpPrecompile(), Blake2F = new Blake2FPrecompile(), P256Verify = new P256VerifyPrecompile();

    [Fact]
    public void EcrecoverRecoversWhatIsSigned()
    {
        Prop.ForAll<byte[], byte[], bool>((seed, message, trailing) =>
        {
            byte[] key = SHA256.HashData(seed);
            Hash256 hash = Keccak256.Hash(message);
            Signature signature = Secp256k1.Sign(hash, key);
            byte[] input = [.. hash.Bytes, .. Word((ulong)signature.YParity + 27), .. Word(signature.R), .. Word(signature.S)];
            // The other form of the same signature is good here (EIP-2 is about transactions).
            byte[] high = [.. hash.Bytes, .. Word(28 - (ulong)signature.YParity), .. Word(signature.R), .. Word(Signature.Order - signature.S)];
            byte[] expected = [.. new byte[12], .. Secp256k1.AddressOf(key).Bytes];
            return Ecrecover.Run(trailing ? [.. input, 1, 2, 3] : input)!.SequenceEqual(expected) && Ecrecover.Run(high)!.SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void EcrecoverOfAnythingElseIsNothing()
    {
        Hash256 hash = Keccak256.Hash([1]);
        Signature signature = Secp256k1.Sign(hash, Word(1));
        ulong v = (ulong)signature.YParity + 27;
        byte[] Input(UInt256 v, UInt256 r, UInt256 s) => [.. hash.Bytes, .. Word(v), .. Word(r), .. Word(s)];
        Assert.Equal(32, Ecrecover.Run(Input(v, signature.R, signature.S))!.Length);
        foreach (UInt256 bad in new UInt256[] { 0, 1, 26, 29, 27 + 256, UInt256.MaxValue, UInt256.One << 255 }) Assert.Empty(Ecrecover.Run(Input(bad, signature.R, signature.S))!);
        foreach (UInt256 bad in new[] { UInt256.Zero, Signature.Order, UInt256.MaxValue })
        {
            Assert.Empty(Ecrecover.Run(Input(v, bad, signature.S))!);
            Assert.Empty(Ecrecover.Run(Input(v, signature.R, bad))!);
        }
        Assert.Empty(Ecrecover.Run([])!);
        Assert.Empty(Ecrecover.Run(Input(v, signature.R, signature.S).AsSpan(..96))!);
        Assert.Equal(3000UL, Ecrecover.GasOf(new byte[1000]));
    }

    // The test vectors of the paper that defines RIPEMD-160 (appendix B).
    [Theory]
    [InlineData("", "9c1185a5c5e9fc54612808977ee8f548b2258d31")]
    [InlineData("a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe")]
    [InlineData("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")]
    [InlineData("message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "12a053384a9c0c88e405a06c27dcf49ada62eb2b")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "b0e20b6e3116640286ed3a87a5713079b21f5189")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "9b752e45573d4b39f4dbd3323cab82bf63326bfb")]
    public void Ripemd160OfThePaper(string message, string digest)
    {
        byte[] input = Encoding.ASCII.GetBytes(message);
        Assert.Equal(new string('0', 24) + digest, Convert.ToHexStringLower(new Ripemd160Precompile().Run(input)));
        Assert.Equal(600 + 120 * (ulong)((input.Length + 31) / 32), new Ripemd160Precompile().GasOf(input));
    }

    [Fact]
    public void Ripemd160OfAMillionLetters() =>
        Assert.EndsWith("52783243c1697bdbe16d37f97f68f08325dc1528", Convert.ToHexStringLower(new Ripemd160Precompile().Run(Enumerable.Repeat((byte)'a', 1_000_000).ToArray())), StringComparison.Ordinal);

    /// <summary>EIP-198's examples: Fermat's little theorem for a 256-bit prime, with the base left out, and lengths nobody can pay.</summary>
    [Fact]
    public void ModexpOfTheProposal()
    {
        byte[] exponent = Convert.FromHexString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e");
        byte[] prime = Convert.FromHexString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
        byte[] fermat = [.. Word(1), .. Word(32), .. Word(32), 3, .. exponent, .. prime];
        Assert.Equal(Word(1), Modexp.Run(fermat));
        Assert.Equal(4080UL, Modexp.GasOf(fermat));
        Assert.Equal(Word(0), Modexp.Run([.. Word(0), .. Word(32), .. Word(32), .. exponent, .. prime]));
        byte[] absurd = [.. Word(0), .. Word(32), .. Word(UInt256.MaxValue), .. exponent, 0xff];
        Assert.Null(Modexp.Run(absurd));
        // 3^(2^15) mod 2^255: the modulus goes on with zeros beyond the input.
        Assert.Equal("3b01b01ac41f2d6e917c6d6a221ce793802469026d9ab7578fa2e79e4da6aaab",
            Convert.ToHexStringLower(Modexp.Run([.. Word(1), .. Word(2), .. Word(32), 3, 0xff, 0xff, 0x80, .. new byte[31]])!));
        Assert.Equal("3b01b01ac41f2d6e917c6d6a221ce793802469026d9ab7578fa2e79e4da6aaab",
            Convert.ToHexStringLower(Modexp.Run([.. Word(1), .. Word(2), .. Word(32), 3, 0xff, 0xff, 0x80])!));
    }

    [Fact]
    public void ModexpAtItsEdges()
    {
        Assert.Empty(Modexp.Run([])!);
        Assert.Equal(500UL, Modexp.GasOf([]));
        Assert.Empty(Modexp.Run([.. Word(0), .. Word(1024), .. Word(0)])!);
        Assert.Equal(new byte[7], Modexp.Run([.. Word(3), .. Word(3), .. Word(7)]));
        // 0^0 is 1, and everything modulo 1 is 0 (EIP-198).
        Assert.Equal([0, 5 - 4], Modexp.Run([.. Word(0), .. Word(0), .. Word(2), 0, 5]));
        Assert.Equal([0], Modexp.Run([.. Word(1), .. Word(1), .. Word(1), 7, 0, 1]));
        Assert.Equal(1024, Modexp.Run([.. Word(1024), .. Word(1024), .. Word(1024)])!.Length);
        for (int i = 0; i < 3; i++)
            foreach (UInt256 length in new UInt256[] { 1025, 1UL << 32, UInt256.One << 64, UInt256.One << 255, UInt256.MaxValue })
            {
                byte[] input = [.. Word(i == 0 ? length : 1), .. Word(i == 1 ? length : 1), .. Word(i == 2 ? length : 1)];
                Assert.Null(Modexp.Run(input));
                Assert.Equal(500UL, Modexp.GasOf(input));
            }
    }

    [Fact]
    public void ModexpIsRepeatedMultiplication()
    {
        Gen<byte[]> number = Gen.Sized(size => Gen.Choose(0, size).SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), length)));
        Prop.ForAll(Arb.From(number.SelectMany(b => number.SelectMany(e => number.Select(m => (Base: b, Exponent: e, Modulus: m))))), operands =>
        {
            byte[] input = [.. Word((ulong)operands.Base.Length), .. Word((ulong)operands.Exponent.Length), .. Word((ulong)operands.Modulus.Length), .. operands.Base, .. operands.Exponent, .. operands.Modulus];
            BigInteger modulus = Number(operands.Modulus), power = modulus.IsOne ? 0 : 1;
            foreach (byte digits in operands.Exponent)
                for (int bit = 7; bit >= 0 && !modulus.IsZero; bit--)
                {
                    power = power * power % modulus;
                    if ((digits >> bit & 1) != 0) power = power * Number(operands.Base) % modulus;
                }
            byte[]? output = Modexp.Run(input);
            return output is not null && output.Length == operands.Modulus.Length && Number(output) == (modulus.IsZero ? 0 : power);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>RFC 7693, appendix A, as EIP-152 has it (BLAKE2b of "abc" as the last block and as one that is not), and those that must fail.</summary>
    [Fact]
    public void Blake2FOfTheProposal()
    {
        byte[] input = Convert.FromHexString("0000000c" +
            "48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b" +
            "616263" + new string('0', 250) + "03" + new string('0', 30) + "01");
        Assert.Equal("ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
            Convert.ToHexStringLower(Blake2F.Run(input)!));
        Assert.Equal(12UL, Blake2F.GasOf(input));
        byte[] middle = [.. input[..^1], 0];
        Assert.Equal("75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d2875298743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735",
            Convert.ToHexStringLower(Blake2F.Run(middle)!));
        Assert.Null(Blake2F.Run([.. input[..^1], 2]));
        Assert.Null(Blake2F.Run(input.AsSpan(..^1)));
        Assert.Null(Blake2F.Run([.. input, 0]));
        Assert.Null(Blake2F.Run([]));
        BinaryPrimitives.WriteUInt32BigEndian(input, uint.MaxValue);
        Assert.Equal((ulong)uint.MaxValue, Blake2F.GasOf(input));
    }

    [Fact]
    public void P256VerifiesWhatIsSigned()
    {
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters key = ecdsa.ExportParameters(includePrivateParameters: false);
        UInt256 order = UInt256.Parse("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        UInt256 prime = UInt256.Parse("0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
        Prop.ForAll<byte[], int>((message, position) =>
        {
            byte[] hash = SHA256.HashData(message), signature = ecdsa.SignHash(hash);
            byte[] input = [.. hash, .. signature, .. key.Q.X!, .. key.Q.Y!];
            byte[] otherS = [.. hash, .. signature[..32], .. Word(order - UInt256.FromBigEndian(signature.AsSpan(32))), .. key.Q.X!, .. key.Q.Y!];
            byte[] wrong = input.ToArray();
            wrong[(position & int.MaxValue) % wrong.Length] ^= 1;
            return P256Verify.Run(input)!.SequenceEqual(Word(1)) && P256Verify.Run(otherS)!.SequenceEqual(Word(1)) && P256Verify.Run(wrong) is [];
        }).QuickCheckThrowOnFailure();

        byte[] hash = SHA256.HashData([]), good = [.. hash, .. ecdsa.SignHash(hash), .. key.Q.X!, .. key.Q.Y!];
        byte[] With(int word, UInt256 value) => [.. good[..(32 * word)], .. Word(value), .. good[(32 * word + 32)..]];
        Assert.Equal(Word(1), P256Verify.Run(good));
        for (int word = 1; word <= 4; word++)
            foreach (UInt256 value in new[] { UInt256.Zero, order, prime, UInt256.MaxValue }) Assert.Empty(P256Verify.Run(With(word, value))!);
        // The point at infinity, and coordinates that are the same modulo the prime.
        Assert.Empty(P256Verify.Run([.. good[..96], .. new byte[64]])!);
        Assert.Empty(P256Verify.Run(good.AsSpan(..159))!);
        Assert.Empty(P256Verify.Run([.. good, 0])!);
        Assert.Empty(P256Verify.Run([])!);
        Assert.Equal(6900UL, P256Verify.GasOf([]));
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Word(UInt256 value)
    {
        byte[] bytes = new byte[32];
        value.ToBigEndian(bytes);
        return bytes;
    }
}
