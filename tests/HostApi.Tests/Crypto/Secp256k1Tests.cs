using System;
using System.Formats.Asn1;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>The binding of libsecp256k1.</summary>
public sealed class Secp256k1Tests
{
    private static readonly byte[] KeyOne = UInt256Bytes(UInt256.One);

    [Fact]
    public void PublicKeyOfOneIsTheGenerator()
    {
        // SEC 2, section 2.4.1: the base point G.
        const string Generator = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
        Assert.Equal(Generator, Hex.Encode(Secp256k1.PublicKey(KeyOne)));
        Assert.Equal("0x02" + Generator[2..66], Hex.Encode(Secp256k1.CompressedPublicKey(KeyOne)));
    }

    [Fact]
    public void KeysOutsideTheGroupOrderAreRefused()
    {
        byte[] zero = new byte[32];
        byte[] order = UInt256Bytes(Signature.Order);
        byte[] last = UInt256Bytes(Signature.Order - UInt256.One);
        Assert.False(Secp256k1.IsPrivateKey(zero));
        Assert.False(Secp256k1.IsPrivateKey(order));
        Assert.False(Secp256k1.IsPrivateKey(new byte[31]));
        Assert.False(Secp256k1.IsPrivateKey(new byte[33]));
        Assert.False(Secp256k1.IsPrivateKey([]));
        Assert.True(Secp256k1.IsPrivateKey(last));
        Assert.Throws<ArgumentException>(() => Secp256k1.PublicKey(zero));
        Assert.Throws<ArgumentException>(() => Secp256k1.PublicKey([]));
        Assert.Throws<ArgumentException>(() => Secp256k1.CompressedPublicKey(order));
        Assert.Throws<ArgumentException>(() => Secp256k1.Sign(Hash256.Zero, order));
    }

    [Fact]
    public void SumOfKeysIsModuloTheOrderAndNeverZero()
    {
        byte[] last = UInt256Bytes(Signature.Order - UInt256.One);
        Assert.Equal(UInt256Bytes(2), Secp256k1.AddPrivateKeys(KeyOne, KeyOne));
        Assert.Equal(UInt256Bytes(1), Secp256k1.AddPrivateKeys(last, UInt256Bytes(2)));
        Assert.Null(Secp256k1.AddPrivateKeys(last, KeyOne));
        Assert.Null(Secp256k1.AddPrivateKeys(KeyOne, UInt256Bytes(Signature.Order)));
    }

    // The vectors for RFC 6979 over secp256k1 that Bitcoin's implementations share.
    [Theory]
    [InlineData("1", "Satoshi Nakamoto", "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8", "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5")]
    [InlineData("1", "All those moments will be lost in time, like tears in rain. Time to die...", "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b", "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21")]
    public void NonceIsThatOfRfc6979(string key, string message, string r, string s)
    {
        Hash256 hash = Hash256.FromBytes(SHA256.HashData(Encoding.ASCII.GetBytes(message)));
        Signature signature = Secp256k1.Sign(hash, UInt256Bytes(UInt256.Parse(key)));
        Assert.Equal(UInt256.Parse("0x" + r), signature.R);
        Assert.Equal(UInt256.Parse("0x" + s), signature.S);
    }

    [Fact]
    public void WhatIsSignedIsRecovered()
    {
        Prop.ForAll<byte[], byte[]>((keySeed, message) =>
        {
            byte[] key = SHA256.HashData(keySeed);
            Address signer = Secp256k1.AddressOf(key);
            Hash256 hash = Keccak256.Hash(message);
            Signature signature = Secp256k1.Sign(hash, key);
            bool recovered = Secp256k1.TryRecover(hash, signature, out Address address);
            // The same r and s with the other parity belong to another key, and so does the same signature of another hash.
            bool other = Secp256k1.TryRecover(hash, signature with { YParity = 1 - signature.YParity }, out Address wrong) && wrong == signer;
            bool moved = Secp256k1.TryRecover(Keccak256.Hash(hash.Bytes), signature, out Address elsewhere) && elsewhere == signer;
            return recovered && address == signer && signature.InRange && !signature.HasHighS && !other && !moved && signature == Secp256k1.Sign(hash, key);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void SignaturesOutOfRangeRecoverNothing()
    {
        Hash256 hash = Keccak256.Hash([1]);
        Signature good = Secp256k1.Sign(hash, KeyOne);
        Signature[] bad =
        [
            good with { R = UInt256.Zero }, good with { S = UInt256.Zero }, good with { R = Signature.Order }, good with { S = Signature.Order },
            good with { R = UInt256.MaxValue }, good with { S = UInt256.MaxValue }, good with { YParity = 2 }, good with { YParity = -1 },
            // No point of the curve has the x coordinate 5.
            good with { R = 5 },
        ];
        foreach (Signature signature in bad)
        {
            Assert.False(Secp256k1.TryRecover(hash, signature, out Address address), signature.ToString());
            Assert.Equal(Address.Zero, address);
        }
        Assert.Throws<ArgumentException>(() => Secp256k1.TryRecoverPublicKey(hash, good, new byte[63]));
    }

    [Fact]
    public void AllThreadsShareTheLibrary()
    {
        Hash256 hash = Keccak256.Hash([7]);
        byte[][] keys = Enumerable.Range(1, 64).Select(i => UInt256Bytes((ulong)i)).ToArray();
        Address[] recovered = keys.AsParallel().AsOrdered().WithDegreeOfParallelism(8)
            .Select(key => Secp256k1.TryRecover(hash, Secp256k1.Sign(hash, key), out Address address) ? address : Address.Zero).ToArray();
        Assert.Equal(keys.Select(key => Secp256k1.AddressOf(key)), recovered);
    }

    /// <summary>A signature verifies exactly when recovery with one of the two parities gives the key that is said to have made it.</summary>
    [SharedDataFact(Vectors.Wycheproof)]
    public void WycheproofBitcoinSignatures()
    {
        int valid = 0, invalid = 0, beyondEthereum = 0;
        foreach (JsonElement group in Vectors.Read(Vectors.Wycheproof).GetProperty("testGroups").EnumerateArray())
        {
            string publicKey = "0x" + group.GetProperty("publicKey").Text("uncompressed")[2..];
            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
            {
                Hash256 hash = Hash256.FromBytes(SHA256.HashData(Convert.FromHexString(test.Text("msg"))));
                bool expected = test.Text("result") == "valid";
                bool accepted = TryReadDer(Convert.FromHexString(test.Text("sig")), out UInt256 r, out UInt256 s)
                    && s <= Signature.HalfOrder && Enumerable.Range(0, 2).Any(parity => Recovers(hash, new Signature(r, s, parity), publicKey));
                if (expected && !accepted)
                {
                    // A nonce point whose x is not below the group order: the signature is good, and has no parity of 0 or 1.
                    Assert.Equal("k*G has a large x-coordinate", test.Text("comment"));
                    beyondEthereum++;
                    continue;
                }
                Assert.True(expected == accepted, $"{test.GetProperty("tcId")}: {test.Text("comment")}");
                if (expected) valid++;
                else invalid++;
            }
        }
        Assert.Equal((161, 301, 1), (valid, invalid, beyondEthereum));
    }

    private static bool Recovers(in Hash256 hash, in Signature signature, string publicKey)
    {
        byte[] recovered = new byte[Secp256k1.PublicKeyLength];
        return Secp256k1.TryRecoverPublicKey(hash, signature, recovered) && Hex.Encode(recovered) == publicKey;
    }

    private static bool TryReadDer(byte[] signature, out UInt256 r, out UInt256 s)
    {
        r = s = default;
        try
        {
            AsnReader outer = new(signature, AsnEncodingRules.DER);
            AsnReader sequence = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            ReadOnlyMemory<byte> rBytes = sequence.ReadIntegerBytes();
            ReadOnlyMemory<byte> sBytes = sequence.ReadIntegerBytes();
            sequence.ThrowIfNotEmpty();
            return TryReadPositive(rBytes.Span, out r) && TryReadPositive(sBytes.Span, out s);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool TryReadPositive(ReadOnlySpan<byte> bytes, out UInt256 value)
    {
        value = default;
        if (bytes[0] >= 0x80) return false;
        ReadOnlySpan<byte> digits = bytes.TrimStart((byte)0);
        if (digits.Length > 32) return false;
        value = UInt256.FromBigEndian(digits);
        return true;
    }

    private static byte[] UInt256Bytes(UInt256 value)
    {
        byte[] bytes = new byte[32];
        value.ToBigEndian(bytes);
        return bytes;
    }
}
