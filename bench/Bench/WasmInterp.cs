using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using ContractVm;
using ContractVm.Text;

namespace Bench;

/// <summary>
/// wabt's wasm-interp, which runs exports without arguments only and tells no time: a module whose one exported function calls the
/// kernel many times is run against the same module that calls it no time, and the difference is divided.
/// </summary>
internal sealed partial class WasmInterp(byte[] kernels, string folder)
{
    private const double EnoughSeconds = 0.4;
    private readonly string _text = WithoutFunctionExports(kernels);

    /// <summary>Runs a kernel; the median over the samples, in nanoseconds for one call.</summary>
    public (string Sum, double Ns) Measure(int function, uint size, int samples)
    {
        string none = Write(function, size, 0), once = Write(function, size, 1);
        Time(once, out string sum);
        double empty = Median(samples, () => Time(none, out _));
        double single = Math.Max(1e-6, Time(once, out _) - empty);
        int calls = Math.Clamp((int)(EnoughSeconds / single), 1, 100_000);
        string many = Write(function, size, calls);
        double median = Median(samples, () => Time(many, out _));
        return (sum, (median - empty) * 1e9 / calls);
    }

    /// <summary>The middle one of several measurements.</summary>
    public static double Median(int samples, Func<double> measure)
    {
        double[] values = new double[samples];
        for (int i = 0; i < samples; i++) values[i] = measure();
        return values.Order().ElementAt(samples / 2);
    }

    private string Write(int function, uint size, int calls)
    {
        string driver = string.Create(CultureInfo.InvariantCulture, $"""
            (func (export "go") (result i64) (local $left i32) (local $sum i64)
              (local.set $left (i32.const {calls}))
              (block $done (loop $next
                (br_if $done (i32.eqz (local.get $left)))
                (local.set $sum (call {function} (i32.const {size})))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br $next)))
              (local.get $sum)))
            """);
        string text = _text[.._text.LastIndexOf(')')] + driver;
        if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions { Names = false }, out TextModule? module, out TextError? error))
            throw new InvalidDataException(error.ToString());
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"kernel-{function}-{calls}.wasm"));
        File.WriteAllBytes(path, module.Bytes);
        return path;
    }

    private static double Time(string path, out string sum)
    {
        long from = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo("wasm-interp", [path, "--run-all-exports"]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        Match result = Result().Match(output);
        if (!result.Success) throw new InvalidDataException($"wasm-interp: {output}");
        sum = ulong.Parse(result.Groups[1].Value, CultureInfo.InvariantCulture).ToString("x16", CultureInfo.InvariantCulture);
        return seconds;
    }

    private static string WithoutFunctionExports(byte[] module)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        if (!TextPrinter.TryPrint(module, output, new PrintOptions(), out ModuleError error)) throw new InvalidDataException(error.ToString());
        return FunctionExport().Replace(output.ToString(), "");
    }

    [GeneratedRegex("go\\(\\) => i64:([0-9]+)")]
    private static partial Regex Result();

    [GeneratedRegex("""\(export "[a-z]*" \(func [^)]*\)\)""")]
    private static partial Regex FunctionExport();
}
