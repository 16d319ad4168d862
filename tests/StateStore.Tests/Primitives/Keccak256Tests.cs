using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class Keccak256Tests
{
    [Theory]
    [InlineData("", "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("abc", "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    [InlineData("testing", "0x5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02")]
    public void HashesKnownText(string text, string expected) =>
        Assert.Equal(expected, Keccak256.Hash(Encoding.ASCII.GetBytes(text)).ToString());

    [Fact]
    public void EmptyHashIsTheConstant() => Assert.Equal(Keccak256.Hash(default), Keccak256.OfEmpty);

    [SharedDataFact("vectors/ethers/testcases/hashes.json.gz")]
    public void HashesTheEthersVectors()
    {
        using JsonDocument cases = Vectors.GzipJson("vectors/ethers/testcases/hashes.json.gz");
        foreach (JsonElement item in cases.RootElement.EnumerateArray())
            Assert.Equal(item.Text("keccak256"), Keccak256.Hash(item.Bytes("data")).ToString());
        Assert.Equal(257, cases.RootElement.GetArrayLength());
    }

    [Fact]
    public void AgreesWithThePlainDefinitionOnEveryLength()
    {
        byte[] input = new byte[600];
        for (int i = 0; i < input.Length; i++) input[i] = (byte)(i * 7 + i / 256);
        for (int length = 0; length <= input.Length; length++)
        {
            ReadOnlySpan<byte> part = input.AsSpan(0, length);
            byte[] expected = Reference(part.ToArray());
            Assert.Equal(expected, Keccak256.Hash(part).ToArray());
            Assert.Equal(expected, HashOf<ScalarWord>(part));
            // where the machine has no AVX-512 there is one form only, and it has just been checked
            if (VectorWord.IsSupported) Assert.Equal(expected, HashOf<VectorWord>(part));
        }
    }

    private static byte[] HashOf<T>(ReadOnlySpan<byte> input) where T : unmanaged, IKeccakWord<T>
    {
        byte[] hash = new byte[32];
        Keccak256.Hash<T>(input, hash);
        return hash;
    }

    [Fact]
    public void MayOverwriteItsInput()
    {
        byte[] bytes = Enumerable.Range(0, 200).Select(i => (byte)i).ToArray();
        Hash256 expected = Keccak256.Hash(bytes);
        Keccak256.Hash(bytes, bytes);
        Assert.Equal(expected.ToArray(), bytes[..32]);
        Assert.Throws<ArgumentException>(() => Keccak256.Hash(bytes, new byte[31]));
    }

    [Fact]
    public void AllocatesNothing()
    {
        byte[] bytes = new byte[1000];
        _ = Keccak256.Hash(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = Keccak256.Hash(bytes);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // FIPS 202 written down step by step, slow; round constants and rotations are computed, not listed.
    private static byte[] Reference(byte[] input)
    {
        byte[] padded = new byte[(input.Length / 136 + 1) * 136];
        input.CopyTo(padded, 0);
        padded[input.Length] ^= 0x01;
        padded[^1] ^= 0x80;
        ulong[,] a = new ulong[5, 5];
        for (int block = 0; block < padded.Length; block += 136)
        {
            for (int i = 0; i < 17; i++) a[i % 5, i / 5] ^= BitConverter.ToUInt64(padded, block + 8 * i);
            int lfsr = 1;
            for (int round = 0; round < 24; round++)
            {
                ulong[] c = new ulong[5];
                for (int x = 0; x < 5; x++) c[x] = a[x, 0] ^ a[x, 1] ^ a[x, 2] ^ a[x, 3] ^ a[x, 4];
                for (int x = 0; x < 5; x++)
                    for (int y = 0; y < 5; y++)
                        a[x, y] ^= c[(x + 4) % 5] ^ ulong.RotateLeft(c[(x + 1) % 5], 1);
                ulong[,] b = new ulong[5, 5];
                b[0, 0] = a[0, 0];
                for (int t = 0, x = 1, y = 0; t < 24; t++)
                {
                    int nextY = (2 * x + 3 * y) % 5;
                    b[y, nextY] = ulong.RotateLeft(a[x, y], (t + 1) * (t + 2) / 2 % 64);
                    (x, y) = (y, nextY);
                }
                for (int x = 0; x < 5; x++)
                    for (int y = 0; y < 5; y++)
                        a[x, y] = b[x, y] ^ (~b[(x + 1) % 5, y] & b[(x + 2) % 5, y]);
                for (int j = 0; j <= 6; j++)
                {
                    if ((lfsr & 1) != 0) a[0, 0] ^= 1UL << ((1 << j) - 1);
                    lfsr = (lfsr << 1) ^ ((lfsr & 0x80) != 0 ? 0x171 : 0);
                }
            }
        }
        byte[] hash = new byte[32];
        for (int i = 0; i < 4; i++) BitConverter.GetBytes(a[i, 0]).CopyTo(hash, 8 * i);
        return hash;
    }
}
