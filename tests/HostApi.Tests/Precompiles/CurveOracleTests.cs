using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>The precompiled contracts over pairing curves on random inputs, good and spoilt, against another library.</summary>
public sealed class CurveOracleTests
{
    private const string BnG2 =
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed" +
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";

    [OracleFact]
    public void AnotherLibraryComputesTheSame()
    {
        Random random = new(20260901);
        List<(int Number, byte[] Input)> calls = [];
        for (int i = 0; i < 12; i++)
        {
            calls.AddRange(
            [
                (6, [.. BnPoint(random), .. BnPoint(random)]), (7, [.. BnPoint(random), .. Bytes(random, 32)]), (8, BnPairs(random, i % 4)),
                (0x0b, [.. BlsPoint(random, 0x10), .. BlsPoint(random, 0x10)]), (0x0c, Terms(random, 0x10, 1 + i * i / 3)),
                (0x0d, [.. BlsPoint(random, 0x11), .. BlsPoint(random, 0x11)]), (0x0e, Terms(random, 0x11, 1 + i * i / 3)), (0x0f, BlsPairs(random, 1 + i % 3)),
                (0x10, Coordinate(random, 64)), (0x11, Coordinate(random, 128)),
            ]);
        }
        // Each again with something spoilt: a bit, the end, a length.
        foreach ((int number, byte[] input) in calls.ToArray())
        {
            byte[] spoilt = input.ToArray();
            if (spoilt.Length == 0) continue;
            spoilt[random.Next(spoilt.Length)] ^= (byte)(1 << random.Next(8));
            calls.Add((number, spoilt));
            calls.Add((number, input[..random.Next(input.Length)]));
            calls.Add((number, [.. input, 0]));
            calls.Add((number, new byte[input.Length]));
        }

        string file = Path.GetTempFileName();
        File.WriteAllLines(file, calls.Select(call => $"{call.Number} {Convert.ToHexStringLower(call.Input)}"));
        (int exit, string output, string problem) = TestData.Run("node", [Path.Combine(TestData.ProjectRoot, "tests", "oracles", "precompiles.mjs"), file]);
        File.Delete(file);
        Assert.True(exit == 0, problem);
        string[] expected = output.TrimEnd().Split('\n');
        Assert.Equal(calls.Count, expected.Length);
        int failed = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            byte[]? computed = Run(calls[i].Number, calls[i].Input);
            string text = computed is null ? "fail" : Convert.ToHexStringLower(computed);
            Assert.True(text == expected[i], $"{calls[i].Number} {Convert.ToHexStringLower(calls[i].Input)}: {text}, the other library: {expected[i]}");
            if (computed is null) failed++;
        }
        Assert.InRange(failed, calls.Count / 10, calls.Count * 9 / 10);
    }

    private static byte[] BnPairs(Random random, int count)
    {
        byte[] g2 = Convert.FromHexString(BnG2);
        byte[] pairs = Enumerable.Range(0, count).SelectMany(_ => (byte[])[.. BnPoint(random), .. g2]).ToArray();
        if (count < 2) return pairs;
        // Half of the time the last is what makes the product one: minus the sum of all the others.
        byte[] sum = new byte[64];
        for (int i = 0; i < count - 1; i++) sum = Run(6, [.. sum, .. pairs[(192 * i)..(192 * i + 64)]])!;
        byte[] negative = Run(7, [.. sum, .. Convert.FromHexString("30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000")])!;
        if (random.Next(2) == 0) negative.CopyTo(pairs, 192 * (count - 1));
        return pairs;
    }

    private static byte[] BlsPairs(Random random, int count)
    {
        byte[] q = BlsPoint(random, 0x11), p = BlsPoint(random, 0x10);
        byte[] pairs = [.. p, .. q];
        for (int i = 1; i < count; i++) pairs = [.. pairs, .. BlsPoint(random, 0x10), .. i == 1 ? q : BlsPoint(random, 0x11)];
        // (P, Q) and (-P, Q).
        byte[] minusOne = Convert.FromHexString("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000");
        if (count == 2 && random.Next(2) == 0) Run(0x0c, [.. p, .. minusOne])!.CopyTo(pairs, p.Length + q.Length);
        return pairs;
    }

    private static byte[] Terms(Random random, int map, int count) => Enumerable.Range(0, count).SelectMany(_ => (byte[])[.. BlsPoint(random, map), .. Bytes(random, 32)]).ToArray();

    private static byte[] BnPoint(Random random) => Run(7, [.. new byte[31], 1, .. new byte[31], 2, .. Bytes(random, 32)])!;

    private static byte[] BlsPoint(Random random, int map) => Run(map, Coordinate(random, map == 0x10 ? 64 : 128))!;

    // Below 2^376, which is below the prime.
    private static byte[] Coordinate(Random random, int length) =>
        Enumerable.Range(0, length / 64).SelectMany(_ => (byte[])[.. new byte[17], .. Bytes(random, 47)]).ToArray();

    private static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[]? Run(int number, byte[] input) => Precompiles.All.Single(precompile => precompile.Number == number).Run(input);
}
