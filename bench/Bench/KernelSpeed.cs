using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm;

namespace Bench;

/// <summary>
/// The kernels in every engine that is here, in turns: each round takes a sample of each, so that what else the machine does hits
/// all alike. Every engine must come to the same checksums.
/// </summary>
internal sealed class KernelSpeed : IDisposable
{
    private const int Settling = 3, Samples = 15, InterpreterSamples = 5, WabtSamples = 5;
    private readonly string _temporary = Directory.CreateTempSubdirectory("bench").FullName;
    private readonly byte[] _bytes = File.ReadAllBytes(Kernels.Module);
    private readonly List<(string Name, IKernelRunner Runner)> _runners = [];
    private readonly List<Row> _rows = [];
    private readonly WasmInterp? _wabt;

    private KernelSpeed(bool hasInterpreter, bool hasWabt)
    {
        if (Peer.IsHere("clang-19", "native code")) AddNative();
        if (Peer.IsHere("node", "V8"))
        {
            _runners.Add((Names.TurboFan, new PeerKernels(new Peer("node", "--no-liftoff", Kernels.Script("kernels.js"), Kernels.Module))));
            _runners.Add((Names.Liftoff, new PeerKernels(new Peer("node", "--liftoff-only", Kernels.Script("kernels.js"), Kernels.Module))));
        }

        foreach (Variant variant in (Variant[])[Variant.Compiled, Variant.Unmetered, Variant.NotCanonical, Variant.Checked])
            if (OwnKernels.TryMake(variant, _bytes) is OwnKernels runner) _runners.Add((variant.Name, runner));
        if (hasInterpreter) _runners.Add((Variant.Interpreter.Name, OwnKernels.TryMake(Variant.Interpreter, _bytes)!));
        if (hasWabt && Peer.IsHere("wasm-interp", "wabt's interpreter")) _wabt = new WasmInterp(_bytes, _temporary);
    }

    /// <summary>Measures and prints.</summary>
    public static int Run(string[] arguments)
    {
        string[] options = arguments.Where(static argument => argument.StartsWith("--", StringComparison.Ordinal)).ToArray();
        Kernel[] kernels = Kernels.Named(arguments.Except(options).ToArray());
        using KernelSpeed speed = new(!options.Contains("--no-interpreter"), options.Contains("--wasm-interp"));
        foreach (Kernel kernel in kernels) speed._rows.Add(speed.Measure(kernel));
        speed.PrintTimes();
        speed.PrintRatios();
        return 0;
    }

    private void AddNative()
    {
        string native = Path.Combine(_temporary, "native");
        if (Peer.Run("clang-19", "-O2", "-o", native, Path.Combine(Kernels.Folder, "kernels", "native.c")) is not null) _runners.Add((Names.Native, new PeerKernels(new Peer(native))));
        else Console.Error.WriteLine("native code is left out: clang-19 failed");
    }

    private Row Measure(Kernel kernel)
    {
        Dictionary<string, List<double>> times = _runners.ToDictionary(static runner => runner.Name, static _ => new List<double>());
        string? sum = null;
        ulong ink = 0;
        for (int round = 0; round < Settling + Samples; round++)
            foreach ((string name, IKernelRunner runner) in _runners)
            {
                bool isSlow = name == Variant.Interpreter.Name;
                if (isSlow && round is >= InterpreterSamples + 1 or 0) continue;
                if (!isSlow && name == Variant.NotCanonical.Name && !kernel.HasFloats) continue;
                KernelSample sample = runner.Run(kernel, isSlow ? 1 : kernel.Calls);
                sum ??= sample.Sum;
                if (sample.Sum != sum) throw new InvalidDataException($"{kernel.Name}: {sum} elsewhere, {sample.Sum} in {name}");
                if (isSlow) ink = sample.Ink;
                if (isSlow || round >= Settling) times[name].Add(sample.Nanoseconds);
            }

        Row row = new(kernel, times.ToDictionary(static pair => pair.Key, static pair => Figures.Median(pair.Value)), ink);
        if (_wabt is not null && LoadedModule().TryGetExport(kernel.Name, out Export export))
        {
            (string wabtSum, double nanoseconds) = _wabt.Measure(export.Index, kernel.Size, WabtSamples);
            if (wabtSum != sum) throw new InvalidDataException($"{kernel.Name}: {sum} elsewhere, {wabtSum} in {Names.Wabt}");
            row.Times[Names.Wabt] = nanoseconds;
        }

        return row;
    }

    private Module LoadedModule() => Module.TryLoad(_bytes, Profiles.Bare, out Module module, out ModuleError error) ? module : throw new InvalidDataException(error.ToString());

    private void PrintTimes()
    {
        List<string> names = [Names.Native, Names.TurboFan, Names.Liftoff, Variant.Compiled.Name, Variant.Unmetered.Name, Variant.NotCanonical.Name, Variant.Checked.Name, Variant.Interpreter.Name];
        if (_wabt is not null) names.Add(Names.Wabt);
        Console.WriteLine("Milliseconds for a call:\n");
        Console.WriteLine(Figures.Head(["kernel", .. names]));
        foreach (Row row in _rows) Console.WriteLine(Figures.Row([row.Kernel.Name, .. names.Select(name => Figures.Milliseconds(row.Time(name)))]));
    }

    private void PrintRatios()
    {
        string ours = Variant.Compiled.Name;
        (string Name, string Over, string Under)[] ratios =
        [
            ("compiled / TurboFan", ours, Names.TurboFan), ("compiled / native", ours, Names.Native), ("compiled / Liftoff", ours, Names.Liftoff),
            ("metering", ours, Variant.Unmetered.Name), ("canonical NaNs", ours, Variant.NotCanonical.Name), ("explicit checks", Variant.Checked.Name, ours),
            ("TurboFan / native", Names.TurboFan, Names.Native), ("interpreter / native", Variant.Interpreter.Name, Names.Native),
            ("interpreter / compiled", Variant.Interpreter.Name, ours),
        ];
        Console.WriteLine("\nRatios: compiled with everything over what stands there; metering, canonical NaNs and explicit checks: with over without:\n");
        Console.WriteLine(Figures.Head(["kernel", .. ratios.Select(static ratio => ratio.Name), "interpreter, ink/µs"]));
        foreach (Row row in _rows)
            Console.WriteLine(Figures.Row([row.Kernel.Name, .. ratios.Select(ratio => Figures.Fixed(row.Ratio(ratio.Over, ratio.Under), 2)), Figures.Fixed(row.Ink * 1e3 / row.Time(Variant.Interpreter.Name), 0)]));
        Console.WriteLine(Figures.Row(["geometric mean", .. ratios.Select(ratio => Figures.Fixed(Figures.GeometricMean(_rows.Select(row => row.Ratio(ratio.Over, ratio.Under))), 2)), "-"]));
        Row[] slow = _rows.Where(row => row.Ratio(ours, Names.TurboFan) > 2).ToArray();
        if (_rows.Any(row => row.Ratio(ours, Names.TurboFan) is not null))
            Console.WriteLine($"\nabove 2 times TurboFan: {(slow.Length == 0 ? "none" : string.Join(", ", slow.Select(row => $"{row.Kernel.Name} ({Figures.Fixed(row.Ratio(ours, Names.TurboFan), 2)})")))}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((string _, IKernelRunner runner) in _runners) runner.Dispose();
        Directory.Delete(_temporary, recursive: true);
    }

    /// <summary>Medians of one kernel, in nanoseconds for a call.</summary>
    private sealed record Row(Kernel Kernel, Dictionary<string, double?> Times, ulong Ink)
    {
        public double? Time(string name) => Times.GetValueOrDefault(name);

        public double? Ratio(string over, string under) => Time(over) / Time(under);
    }
}

/// <summary>Names of the engines that are not ours.</summary>
internal static class Names
{
    public const string Native = "native", TurboFan = "V8 TurboFan", Liftoff = "V8 Liftoff", Wabt = "wasm-interp";
}
