using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm;
using ContractVm.Compiler;

namespace Bench;

/// <summary>
/// Where the compiler's time goes: each stage of all functions of all modules below a folder, on one thread, in several rounds of which the
/// fastest counts.
/// </summary>
internal static class CompileStages
{
    private const int Rounds = 5;

    /// <summary>Measures and prints.</summary>
    public static int Run(string folder)
    {
        List<Module> modules = [];
        foreach (string path in Directory.GetFiles(folder, "*.wasm", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Module.TryLoad(File.ReadAllBytes(path), Profiles.Bare, out Module module, out _)) modules.Add(module);
        }

        long bytes = modules.Sum(static module => module.BodyList.Sum(static body => (long)body.Code.Length));
        if (bytes == 0) throw new InvalidDataException($"no modules in {folder}");
        long[] best = new long[FunctionCompiler.StageNames.Length], first = [];
        Array.Fill(best, long.MaxValue);
        for (int round = 0; round < Rounds; round++)
        {
            long[] ticks = new long[best.Length];
            foreach (Module module in modules)
            {
                FunctionCompiler compiler = new(new ContractVm.Compiler.Lowering.ModuleFacts(module, CompilerOptions.Default)) { StageTicks = ticks };
                for (int i = 0; i < module.BodyList.Count; i++) compiler.Compile(i);
            }

            if (round == 0) first = ticks;
            for (int i = 0; i < best.Length; i++) best[i] = Math.Min(best[i], ticks[i]);
        }

        long all = best.Sum();
        Console.WriteLine(Figures.Head("stage", "ms", "ms the first time", "ns for a byte", "share %"));
        for (int i = 0; i < best.Length; i++) Print(FunctionCompiler.StageNames[i], best[i], first[i], bytes, all);
        Print("all", all, first.Sum(), bytes, all);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{bytes / 1e6:f1} MB of bodies, {bytes / 1e6 / (all / (double)Stopwatch.Frequency):f2} MB/s"));
        return 0;
    }

    private static void Print(string name, long ticks, long first, long bytes, long all)
    {
        double seconds = ticks / (double)Stopwatch.Frequency;
        Console.WriteLine(Figures.Row(name, Figures.Fixed(seconds * 1e3, 1), Figures.Fixed(first * 1e3 / Stopwatch.Frequency, 1), Figures.Fixed(seconds * 1e9 / bytes, 1), Figures.Fixed(100.0 * ticks / all, 1)));
    }
}
