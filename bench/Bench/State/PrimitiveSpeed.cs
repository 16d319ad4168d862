using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using ContractVm.StateStore;

namespace Bench;

/// <summary>How fast Keccak-256 and the operations on 256-bit numbers are, in one thread.</summary>
internal static class PrimitiveSpeed
{
    private const int Rounds = 25;

    public static int Run()
    {
        Console.WriteLine(Figures.Head("Keccak-256 of", "best ns", "median ns", "best MB/s"));
        foreach (int length in new[] { 20, 32, 64, 135, 532, 4096, 1 << 20 })
        {
            byte[] input = new byte[length];
            new Random(1).NextBytes(input);
            byte[] hash = new byte[32];
            List<double> times = Time(Math.Max(20, 2_000_000 / (length + 136)), () => Keccak256.Hash(input, hash));
            double best = times[0];
            Console.WriteLine(Figures.Row(string.Create(CultureInfo.InvariantCulture, $"{length} bytes"), Figures.Fixed(best, 0), Figures.Fixed(Figures.Median(times), 0), Figures.Fixed(length / best * 1000, 0)));
        }

        Console.WriteLine();
        Console.WriteLine(Figures.Head("UInt256", "best ns", "BigInteger, best ns"));
        UInt256 a = UInt256.Parse("0xfedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210");
        UInt256 b = UInt256.Parse("0x123456789abcdef0123456789abcdef0fedcba987");
        UInt256 m = UInt256.Parse("0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
        BigInteger x = a.ToBigInteger(), y = b.ToBigInteger(), n = m.ToBigInteger(), range = BigInteger.One << 256;
        UInt256 sum = default;
        BigInteger total = default;
        Row("add", () => sum += a + b, () => total = (x + y) % range);
        Row("multiply", () => sum = a * b, () => total = x * y % range);
        Row("divide", () => sum = a / b, () => total = x / y);
        Row("mulmod", () => sum = UInt256.MulMod(a, m, b), () => total = x * n % y);
        Row("exp", () => sum = UInt256.Pow(a, b), () => total = BigInteger.ModPow(x, y, range));
        Row("to decimal", () => sum = (ulong)a.ToString().Length, () => total = x.ToString(CultureInfo.InvariantCulture).Length);
        return sum.IsZero && total.IsZero ? 1 : 0;
    }

    private static void Row(string name, Action ours, Action theirs) =>
        Console.WriteLine(Figures.Row(name, Figures.Fixed(Time(20_000, ours)[0], 1), Figures.Fixed(Time(20_000, theirs)[0], 1)));

    // Nanoseconds of one call in each round, ascending.
    private static List<double> Time(int calls, Action action)
    {
        // so long that the runtime has compiled it for good
        for (long begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin).TotalMilliseconds < 500;) action();
        List<double> times = [];
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++) action();
            times.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls);
        }

        times.Sort();
        return times;
    }
}
