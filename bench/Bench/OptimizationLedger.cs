using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm;
using ContractVm.Compiler;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace Bench;

/// <summary>
/// What each optimization brings: the kernels with it left out over the kernels with everything, in turns, and what leaving it out does
/// to the size of the code. docs/OPTIMIZATIONS.md keeps the figures.
/// </summary>
internal static class OptimizationLedger
{
    private const int Settling = 2, Samples = 31;

    /// <summary>Measures and prints.</summary>
    public static int Run(string[] names)
    {
        Kernel[] kernels = Kernels.Named(names);
        byte[] bytes = File.ReadAllBytes(Kernels.Module);
        List<(string Name, CompilerOptions Options)> variants = [("everything", CompilerOptions.Default)];
        foreach (Optimizations one in Enum.GetValues<Optimizations>())
            if (one != Optimizations.None) variants.Add((one.ToString(), CompilerOptions.Default with { Without = one }));
        variants.Add(("canonical NaNs", CompilerOptions.Default with { HasCanonicalNaNs = false }));
        variants.Add(("AVX-512", CompilerOptions.Default with { Cpu = CpuFeatures.OfThisMachine.WithoutAvx512() }));
        variants.Add(("AVX, BMI and LZCNT", CompilerOptions.Default with { Cpu = CpuFeatures.Baseline }));
        List<OwnKernels> runners = variants.Select(variant => OwnKernels.TryMake(new Variant(variant.Name, variant.Options), bytes)!).ToList();
        double[][,] times = kernels.Select(_ => new double[variants.Count, Samples]).ToArray();
        for (int k = 0; k < kernels.Length; k++)
        {
            for (int round = 0; round < Settling + Samples; round++)
                for (int v = 0; v < variants.Count; v++)
                {
                    double nanoseconds = runners[v].Run(kernels[k], kernels[k].Calls).Nanoseconds;
                    if (round >= Settling) times[k][v, round - Settling] = nanoseconds;
                }
        }

        Console.WriteLine(Figures.Head(["left out", "time, geometric mean", "worst kernel", "code size"]));
        long size = CodeSize(bytes, variants[0].Options);
        for (int v = 1; v < variants.Count; v++)
        {
            List<(string Kernel, double Ratio)> ratios = kernels.Select((kernel, k) => (kernel.Name, Best(times[k], v) / Best(times[k], 0))).ToList();
            (string worst, double by) = ratios.MaxBy(static ratio => ratio.Ratio);
            Console.WriteLine(Figures.Row([
                variants[v].Name, Figures.Fixed(Figures.GeometricMean(ratios.Select(static ratio => (double?)ratio.Ratio)), 3), $"{worst} {Figures.Fixed(by, 2)}",
                Figures.Fixed((double)CodeSize(bytes, variants[v].Options) / size, 3)]));
        }

        foreach (OwnKernels runner in runners) runner.Dispose();
        return 0;
    }

    /// <summary>The fastest: what else runs on a shared machine only adds to the time.</summary>
    private static double Best(double[,] times, int variant) => Enumerable.Range(0, Samples).Min(sample => times[variant, sample]);

    private static long CodeSize(byte[] bytes, CompilerOptions options)
    {
        if (!Module.TryLoad(bytes, Profiles.Bare, out Module module, out ModuleError error)) throw new InvalidDataException(error.ToString());
        return ModuleCompiler.TryCompile(module, options, 1, out CompiledCode? code, out string? reason) ? code!.Code.Length : throw new InvalidDataException(reason);
    }
}
