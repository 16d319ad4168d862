using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm;
using ContractVm.Compiler;
using ContractVm.Native;

namespace Bench;

/// <summary>
/// Compiles modules in a process of its own, as V8's compilers have one: what takes too long can be ended, and what breaks takes
/// nothing else with it. Each line COMMAND PATH RUNS is answered with a line: words, or a dash and a reason.
/// </summary>
internal static class CompileJob
{
    /// <summary>Measures a whole module: processor milliseconds of the median, bytes of bodies, bytes of code.</summary>
    public const string Whole = "whole";
    /// <summary>Measures functions one by one: for each of the slowest index, bytes, processor milliseconds.</summary>
    public const string Functions = "functions";

    // Smaller functions are too short for the clock; of more than this many the largest are looked at.
    private const int LeastBytes = 1_000, MostFunctions = 40, Reported = 3;
    private const double SettlingSeconds = 3;

    /// <summary>Answers until the input ends.</summary>
    public static int Serve()
    {
        Settle();
        while (Console.ReadLine() is string line)
        {
            int first = line.IndexOf(' ', StringComparison.Ordinal), last = line.LastIndexOf(' ');
            Console.WriteLine(Answer(line[..first], File.ReadAllBytes(line[(first + 1)..last]), int.Parse(line.AsSpan(last + 1), CultureInfo.InvariantCulture)));
        }

        return 0;
    }

    private static string Answer(string command, byte[] bytes, int runs)
    {
        if (!Module.TryLoad(bytes, Profiles.Bare, out Module module, out ModuleError error)) return $"- {error}";
        if (!TryTime(module, runs, out double milliseconds, out CompiledCode? code, out string? reason)) return $"- {reason}";
        return command == Whole
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds} {module.BodyList.Sum(static body => (long)body.Code.Length)} {code!.Code.Length}")
            : Slowest(bytes, module, runs);
    }

    /// <summary>
    /// A function alone: the module with all other bodies replaced by a trap, less the module with all bodies replaced.
    /// </summary>
    private static string Slowest(byte[] bytes, Module module, int runs)
    {
        double empty = TimeOf(BodyStubs.Keep(bytes, module, -1), runs);
        IEnumerable<int> large = Enumerable.Range(0, module.BodyList.Count).Where(i => module.BodyList[i].Code.Length >= LeastBytes)
            .OrderByDescending(i => module.BodyList[i].Code.Length).Take(MostFunctions);
        IEnumerable<string> slowest = large.Select(i => (Index: i, Bytes: module.BodyList[i].Code.Length, Time: Math.Max(0, TimeOf(BodyStubs.Keep(bytes, module, i), runs) - empty)))
            .OrderByDescending(static one => one.Time / one.Bytes).Take(Reported)
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{module.ImportedFunctions + one.Index} {one.Bytes} {one.Time}"));
        return string.Join(' ', slowest);
    }

    private static double TimeOf(byte[] bytes, int runs) =>
        Module.TryLoad(bytes, Profiles.Bare, out Module module, out _) && TryTime(module, runs, out double milliseconds, out _, out _) ? milliseconds : double.NaN;

    private static bool TryTime(Module module, int runs, out double milliseconds, out CompiledCode? code, out string? reason)
    {
        List<double> times = [];
        milliseconds = 0;
        do
        {
            TimeSpan from = Environment.CpuUsage.TotalTime;
            if (!ModuleCompiler.TryCompile(module, CompilerOptions.Default, 1, out code, out reason)) return false;
            times.Add((Environment.CpuUsage.TotalTime - from).TotalMilliseconds);
        }
        while (times.Count < runs);

        milliseconds = Figures.Median(times)!.Value;
        return true;
    }

    /// <summary>.NET's tiered compiler shall be done with our compiler.</summary>
    private static void Settle()
    {
        Module.TryLoad(File.ReadAllBytes(Kernels.Module), Profiles.Bare, out Module module, out _);
        TimeSpan from = Environment.CpuUsage.TotalTime;
        while ((Environment.CpuUsage.TotalTime - from).TotalSeconds < SettlingSeconds)
            if (!ModuleCompiler.TryCompile(module, CompilerOptions.Default, 1, out _, out _)) return;
    }
}
