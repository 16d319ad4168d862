using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm;
using ContractVm.Text;

namespace Bench;

/// <summary>
/// Measures decoding with validation on one and two threads, preparation for the interpreter, printing and reading of text, over real
/// modules: bytes of module (of text, where text is read) a second, from the median of several runs of each.
/// </summary>
internal static class ModuleSpeed
{
    private const int Runs = 9;

    public static int Run(string folder)
    {
        Rate decode = new("decode and validate, 1 thread"), parallel = new("decode and validate, 2 threads"), prepare = new("prepare and instantiate");
        Rate print = new("print as text"), read = new("read the text");
        int accepted = 0, refused = 0;
        string[] paths = Directory.GetFiles(folder, "*.wasm", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        // A first round lets .NET's tiered compiler settle.
        foreach (string path in paths) Module.TryLoad(File.ReadAllBytes(path), Profiles.Bare, out _, out _);
        foreach (string path in paths)
        {
            byte[] bytes = File.ReadAllBytes(path);
            if (!Module.TryLoad(bytes, Profiles.Bare, out Module module, out _))
            {
                refused++;
                continue;
            }

            accepted++;
            decode.Add(bytes.Length, () => Module.TryLoad(bytes, Profiles.Bare, out _, out _));
            parallel.Add(bytes.Length, () => Module.TryLoad(bytes, Profiles.Bare, out _, out _, threads: 2));
            // Imports that are no functions are resolved by nobody here.
            if (Engines.CanRun(module, out _) && module.Imports.All(static import => import.Kind == ExternalKind.Function))
            {
                // A module is prepared once: each run has one of its own.
                Queue<Module> fresh = new(Enumerable.Range(0, Runs).Select(_ => Module.TryLoad(bytes, Profiles.Bare, out Module made, out ModuleError _) ? made : module));
                prepare.Add(bytes.Length, () => Prepare(fresh.Dequeue()));
            }

            byte[] text = [];
            print.Add(bytes.Length, () => text = Print(bytes));
            read.Add(text.Length, () => TextFormat.TryRead(text, new TextOptions(), out _, out _));
        }

        if (accepted == 0) throw new InvalidDataException($"no modules in {folder}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{accepted} modules accepted, {refused} refused\n\n| step | modules | MB | MB/s |\n|---|---|---|---|"));
        foreach (Rate rate in (Rate[])[decode, parallel, prepare, print, read]) Console.WriteLine(rate);
        return 0;
    }

    private static void Prepare(Module module)
    {
        Instance.Create(module, import => new HostFunction(import.Module, import.Name, module.TypeOfFunction(import.Index), static (_, _) => HostStatus.Continue), null, out Instance? instance);
        instance?.Dispose();
    }

    private static byte[] Print(byte[] module)
    {
        using MemoryStream stream = new();
        using (StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16)) TextPrinter.TryPrint(module, writer, PrintOptions.Default, out _);
        return stream.ToArray();
    }

    /// <summary>Bytes and seconds of one step over all modules.</summary>
    private sealed class Rate(string name)
    {
        private long _bytes;
        private double _seconds;
        private int _modules;

        public void Add(long bytes, Action step)
        {
            List<double> seconds = [];
            for (int run = 0; run < Runs; run++)
            {
                long start = Stopwatch.GetTimestamp();
                step();
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            seconds.Sort();
            _bytes += bytes;
            _seconds += seconds[Runs / 2];
            _modules++;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"| {name} | {_modules} | {_bytes / 1e6:f1} | {_bytes / 1e6 / _seconds:f0} |");
    }
}
