using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm;

namespace Bench;

/// <summary>Measures decoding with validation, and preparation, over real modules: bytes of module a second, best of several runs each.</summary>
internal static class ModuleSpeed
{
    private const int Runs = 7;

    public static int Run(string folder)
    {
        double loadSeconds = 0, prepareSeconds = 0;
        long loaded = 0, prepared = 0;
        int accepted = 0, refused = 0;
        foreach (string path in Directory.GetFiles(folder, "*.wasm", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            byte[] bytes = File.ReadAllBytes(path);
            double best = double.MaxValue, bestPrepare = double.MaxValue;
            Module? module = null;
            for (int run = 0; run < Runs; run++)
            {
                long start = Stopwatch.GetTimestamp();
                bool isAccepted = Module.TryLoad(bytes, Profiles.Bare, out Module made, out ModuleError _);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
                if (!isAccepted) break;
                module = made;
                // Imports that are no functions cannot be instantiated yet.
                if (made.Imports.Any(static import => import.Kind != ExternalKind.Function)) continue;
                start = Stopwatch.GetTimestamp();
                Instance.Create(made, import => new HostFunction(import.Module, import.Name, made.TypeOfFunction(import.Index), static (_, _) => HostStatus.Continue), null, out Instance? instance);
                bestPrepare = Math.Min(bestPrepare, Stopwatch.GetElapsedTime(start).TotalSeconds);
                instance?.Dispose();
            }

            if (module is null)
            {
                refused++;
                continue;
            }

            accepted++;
            loaded += bytes.Length;
            loadSeconds += best;
            if (bestPrepare == double.MaxValue) continue;
            prepared += bytes.Length;
            prepareSeconds += bestPrepare;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{accepted} modules accepted, {refused} refused"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"decode and validate: {loaded / 1e6 / loadSeconds:f1} MB/s; prepare and instantiate: {prepared / 1e6 / prepareSeconds:f1} MB/s"));
        return 0;
    }
}
