using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Security.Cryptography;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace Bench;

/// <summary>
/// What precompiled contracts cost: nanoseconds for a call, by gas, and how many times what a gas may take. Inputs are those that make them slow, as far as we
/// know: scalars with many bits, points that are all checked, different points in every term. The fastest of the samples, so that other work on the machine does
/// not count.
/// </summary>
internal static class PrecompileSpeed
{
    // 10 000 ink for a gas, 1.4 ns for 1000 ink.
    private const double NanosecondsPerGas = 14;
    private const int Samples = 21;
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500), Sample = TimeSpan.FromMilliseconds(5);
    // EIP-197 and EIP-2537: the generators.
    private const string Bn254G1 = "00000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000002";
    private const string Bn254G2 =
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed" +
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
    private const string BlsG1 =
        "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb" +
        "0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";
    private const string BlsG2 =
        "00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8" +
        "0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e" +
        "000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801" +
        "000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be";

    /// <summary>Measures the contracts whose name contains a word, all for none.</summary>
    public static int Run(string word)
    {
        Console.WriteLine(Figures.Head("contract", "input", "gas", "µs", "ns for a gas", $"of {NanosecondsPerGas} ns"));
        foreach ((int number, string what, byte[] input) in Cases())
        {
            Precompile precompile = Precompiles.All.Single(candidate => candidate.Number == number);
            if (!precompile.Name.Contains(word, StringComparison.Ordinal)) continue;
            if (precompile.Run(input) is null) throw new InvalidOperationException($"{precompile.Name} refuses {what}");
            double nanoseconds = Measure(precompile, input);
            ulong gas = precompile.GasOf(input);
            Console.WriteLine(Figures.Row(precompile.Name, what, gas.ToString(), Figures.Fixed(nanoseconds / 1000, 2), Figures.Fixed(nanoseconds / gas, 2),
                Figures.Fixed(nanoseconds / gas / NanosecondsPerGas, 2)));
        }
        return 0;
    }

    private static double Measure(Precompile precompile, byte[] input)
    {
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        for (; calls < 40 || Stopwatch.GetElapsedTime(start) < Settling; calls++) precompile.Run(input);
        double once = Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls;
        int count = Math.Max(1, (int)(Sample.TotalNanoseconds / once));
        List<double> samples = [];
        for (int sample = 0; sample < Samples; sample++)
        {
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++) precompile.Run(input);
            samples.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / count);
        }
        return samples.Min();
    }

    private static IEnumerable<(int Number, string What, byte[] Input)> Cases()
    {
        byte[] hash = SHA256.HashData([1]), key = SHA256.HashData([2]);
        Signature signature = Secp256k1.Sign(Hash256.FromBytes(hash), key);
        yield return (1, "a good signature", [.. hash, .. Word(27 + (ulong)signature.YParity), .. Word(signature.R), .. Word(signature.S)]);
        foreach (int number in new[] { 2, 3, 4 })
            foreach (int length in new[] { 0, 64, 16_384 }) yield return (number, $"{length} bytes", RandomBytes(length));
        foreach ((int b, int e, int m) in new[] { (1, 1, 1), (32, 32, 32), (32, 1024, 32), (64, 64, 64), (128, 128, 128), (256, 3, 256), (256, 256, 256), (1024, 1, 1024), (1024, 32, 1024) })
            yield return (5, $"{b}, {e}, {m} bytes", [.. Word((ulong)b), .. Word((ulong)e), .. Word((ulong)m), .. RandomBytes(b), .. Ones(e), .. RandomOdd(m)]);
        byte[] bnPoint = Run(7, [.. Hex(Bn254G1), .. RandomBytes(32)]);
        yield return (6, "two points", [.. Hex(Bn254G1), .. bnPoint]);
        yield return (6, "a point twice", [.. bnPoint, .. bnPoint]);
        yield return (7, "random scalar", [.. bnPoint, .. RandomBytes(32)]);
        foreach (int count in new[] { 0, 1, 2, 8 }) yield return (8, $"{count} pairs", Repeat(count, () => [.. bnPoint, .. Hex(Bn254G2)]));
        foreach (uint rounds in new uint[] { 12, 1_000_000 }) yield return (9, $"{rounds} rounds", [(byte)(rounds >> 24), (byte)(rounds >> 16), (byte)(rounds >> 8), (byte)rounds, .. RandomBytes(208), 1]);
        foreach ((int add, int sum, byte[] generator) in new[] { (0x0b, 0x0c, Hex(BlsG1)), (0x0d, 0x0e, Hex(BlsG2)) })
        {
            byte[] NewPoint() => Run(sum, [.. generator, .. RandomBytes(32)]);
            yield return (add, "two points", [.. NewPoint(), .. NewPoint()]);
            foreach (int count in new[] { 1, 2, 8, 31, 32, 128, 192, 256, 512 }) yield return (sum, $"{count} terms", Repeat(count, () => [.. NewPoint(), .. RandomBytes(32)]));
        }
        foreach (int count in new[] { 1, 2, 8 }) yield return (0x0f, $"{count} pairs", Repeat(count, () => [.. Run(0x0c, [.. Hex(BlsG1), .. RandomBytes(32)]), .. Run(0x0e, [.. Hex(BlsG2), .. RandomBytes(32)])]));
        // Elements for which the first candidate gives no point and for which it does.
        foreach (byte last in new byte[] { 1, 2, 3, 4 }) yield return (0x10, $"{last}", [.. new byte[63], last]);
        foreach (byte last in new byte[] { 1, 2, 3, 4 }) yield return (0x11, $"{last} + u", [.. new byte[63], last, .. new byte[63], 1]);
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint q = ecdsa.ExportParameters(includePrivateParameters: false).Q;
        yield return (0x100, "a good signature", [.. hash, .. ecdsa.SignHash(hash), .. q.X!, .. q.Y!]);
    }

    private static byte[] Run(int number, byte[] input) =>
        Precompiles.All.Single(candidate => candidate.Number == number).Run(input) ?? throw new InvalidOperationException($"{number} refuses its input");

    private static byte[] Repeat(int count, Func<byte[]> make) => Enumerable.Range(0, count).SelectMany(_ => make()).ToArray();

    private static byte[] Hex(string digits) => Convert.FromHexString(digits);

    private static readonly Random Random = new(1);

    private static byte[] RandomBytes(int length)
    {
        byte[] bytes = new byte[length];
        Random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Ones(int length) => Enumerable.Repeat((byte)0xff, length).ToArray();

    private static byte[] RandomOdd(int length)
    {
        byte[] bytes = RandomBytes(length);
        bytes[0] |= 0x80;
        bytes[^1] |= 1;
        return bytes;
    }

    private static byte[] Word(UInt256 value)
    {
        byte[] bytes = new byte[32];
        value.ToBigEndian(bytes);
        return bytes;
    }
}
