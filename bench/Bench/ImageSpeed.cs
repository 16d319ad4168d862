using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ContractVm;
using ContractVm.Native;
using ContractVm.Text;

namespace Bench;

/// <summary>
/// What an instance costs, in microseconds, from its store to its end, whose memory begins with a data segment: where the segment is copied, and where it
/// is an image that is mapped. By the size of the segment and by pages of the machine that are read or written.
/// </summary>
internal static class ImageSpeed
{
    private const int Settling = 5, Samples = 15, Instances = 100;
    private static readonly int[] Kilobytes = [16, 64, 128, 256, 512, 1024, 4096];
    private static readonly (string Name, int Pages, bool Writes)[] Touches = [("none", 0, false), ("1 written", 1, true), ("16 read", 16, false), ("16 written", 16, true), ("all read", int.MaxValue, false), ("all written", int.MaxValue, true)];

    /// <summary>Measures and prints.</summary>
    public static int Run()
    {
        Console.WriteLine("Microseconds for an instance, copied / mapped, by the pages touched:\n");
        Console.WriteLine(Figures.Head(["segment", .. Touches.Select(static touch => touch.Name)]));
        foreach (int kilobytes in Kilobytes)
        {
            // Half as much again of zeros behind, as programs have.
            Module module = Load($"(module (memory {(kilobytes * 3 / 2 + 63) / 64}) (data (i32.const 0) \"{string.Concat(Enumerable.Repeat("contract", kilobytes * 128))}\"))");
            List<string> row = [$"{kilobytes} KiB"];
            foreach ((_, int pages, bool writes) in Touches)
            {
                List<double>[] times = [[], []];
                for (int round = 0; round < Settling + Samples; round++)
                {
                    if (round < Settling) Thread.Sleep(10);
                    for (int mode = 0; mode < 2; mode++)
                    {
                        MemoryImage.LeastOfThisThread = mode == 0 ? long.MaxValue : 1;
                        double time = Time(module, Math.Min(pages, kilobytes / 4), writes);
                        if (round >= Settling) times[mode].Add(time);
                    }
                }

                MemoryImage.LeastOfThisThread = 0;
                row.Add(string.Create(CultureInfo.InvariantCulture, $"{Figures.Median(times[0]):f1} / {Figures.Median(times[1]):f1}"));
            }

            Console.WriteLine(Figures.Row(row));
        }

        return 0;
    }

    private static double Time(Module module, int pages, bool writes)
    {
        long from = Stopwatch.GetTimestamp(), sum = 0;
        for (int i = 0; i < Instances; i++)
        {
            using Store store = new(kind: EngineKind.Compiled);
            Instance.Create(module, static _ => null, null, out Instance? instance, store);
            instance!.Memory!.TryGetSpan(0, (uint)instance.Memory.ByteLength, out Span<byte> memory);
            for (int page = 0; page < pages; page++)
            {
                sum += memory[page * 4096];
                if (writes) memory[page * 4096] = (byte)i;
            }
        }

        GC.KeepAlive(sum);
        return Stopwatch.GetElapsedTime(from).TotalMicroseconds / Instances;
    }

    private static Module Load(string text)
    {
        if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out TextModule? read, out TextError? error)) throw new InvalidDataException(error.ToString());
        return Module.TryLoad(read.Bytes, Profiles.Bare, out Module module, out ModuleError wrong) ? module : throw new InvalidDataException(wrong.ToString());
    }
}
