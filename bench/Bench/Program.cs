using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm;
using ContractVm.Gas;

// bench [KERNEL...]   runs the kernels in every engine that is here, side by side, and prints a table in Markdown: native code needs
//                     clang-19 on PATH, V8 needs node, wabt's interpreter needs wasm-interp; what is missing is said and left out. Medians.
// bench metering      the kernels with and without metering, in turns.
// bench modules DIR   how fast the modules below a folder are decoded and validated, and prepared for the interpreter, on one core.
// bench artifacts     how long compiled modules of several sizes take from memory, from disk, and to disk.
if (args.Length == 1 && args[0] == "artifacts") return Bench.ArtifactSpeed.Run();
if (args.Length == 2 && args[0] == "modules") return Bench.ModuleSpeed.Run(args[1]);
(string Name, uint Size)[] kernels =
    [("fib", 27), ("sieve", 60_000), ("sort", 40_000), ("chacha", 2_000), ("keccakf", 20_000), ("matmul", 4), ("dispatch", 1_000_000), ("indirect", 1_000_000)];
if (args.Length == 1 && args[0] == "metering") return Bench.MeteringCost.Run(kernels, File.ReadAllBytes(Path.Combine(FindKernels(), "kernels.wasm")));
if (args.Length > 0) kernels = kernels.Where(kernel => args.Contains(kernel.Name)).ToArray();
string folder = FindKernels();
byte[] bytes = File.ReadAllBytes(Path.Combine(folder, "kernels.wasm"));
if (!Module.TryLoad(bytes, Profiles.Bare, out Module module, out ModuleError error)) throw new InvalidDataException(error.ToString());

string temporary = Directory.CreateTempSubdirectory("bench").FullName;
string native = Path.Combine(temporary, "native");
bool hasNative = Run("clang-19", ["-O2", "-o", native, Path.Combine(folder, "native.c")]) is not null;
string script = Path.Combine(temporary, "v8.js");
File.WriteAllText(script, """
    const fs = require('fs');
    const run = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(process.argv[2]))).exports[process.argv[3]];
    const times = [];
    let sum;
    for (let i = 0; i < 11; i++) { const from = process.hrtime.bigint(); sum = run(Number(process.argv[4])); times.push(Number(process.hrtime.bigint() - from)); }
    console.log(BigInt.asUintN(64, sum).toString(16).padStart(16, '0') + ' ' + times.sort((a, b) => a - b)[5]);
    """);
bool hasNode = Run("node", ["--version"]) is not null;
if (!hasNative) Console.Error.WriteLine("native code is left out: clang-19 is not on PATH (apt-get install clang-19)");
bool hasWabt = Run("wasm-interp", ["--version"]) is not null;
if (!hasWabt) Console.Error.WriteLine("wabt's interpreter is left out: wasm-interp is not on PATH (apt-get install wabt)");
if (!hasNode) Console.Error.WriteLine("V8 is left out: node is not on PATH");

Console.WriteLine("| kernel | native ms | V8 Liftoff | V8 TurboFan | wasm-interp | interpreter | interpreter / native | wasm-interp / interpreter | ink/µs |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
List<double> ratios = [], wabtRatios = [];
Bench.WasmInterp wasmInterp = new(bytes, temporary);
foreach ((string name, uint size) in kernels)
{
    string argument = size.ToString(CultureInfo.InvariantCulture);
    (string Sum, double Ns)? clang = hasNative ? Parse(Run(native, [name, argument])) : null;
    string wasm = Path.Combine(folder, "kernels.wasm");
    (string Sum, double Ns)? liftoff = hasNode ? Parse(Run("node", ["--liftoff-only", script, wasm, name, argument])) : null;
    (string Sum, double Ns)? turbofan = hasNode ? Parse(Run("node", ["--no-liftoff", script, wasm, name, argument])) : null;
    module.TryGetExport(name, out Export kernel);
    (string Sum, double Ns)? wabt = hasWabt ? wasmInterp.Measure(kernel.Index, size, samples: 5) : null;
    (string sum, double ns, ulong ink) = Interpret(name, size);
    foreach ((string Sum, double Ns)? other in new[] { clang, liftoff, turbofan, wabt })
        if (other is { } peer && peer.Sum != sum) throw new InvalidDataException($"{name}: {sum} here, {peer.Sum} there");
    if (clang is { } reference) ratios.Add(ns / reference.Ns);
    if (wabt is { } slower) wabtRatios.Add(slower.Ns / ns);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {Milliseconds(clang)} | {Milliseconds(liftoff)} | {Milliseconds(turbofan)} | {Milliseconds(wabt)} | {ns / 1e6:f3} | {(clang is { } c ? (ns / c.Ns).ToString("f1", CultureInfo.InvariantCulture) : "-")} | {(wabt is { } w ? (w.Ns / ns).ToString("f1", CultureInfo.InvariantCulture) : "-")} | {ink * 1e3 / ns:f0} |"));
}

if (ratios.Count > 0)
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\ngeometric mean, interpreter / native: {Math.Exp(ratios.Average(Math.Log)):f1}"));
if (wabtRatios.Count > 0)
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"geometric mean, wasm-interp / interpreter: {Math.Exp(wabtRatios.Average(Math.Log)):f1}"));
Directory.Delete(temporary, recursive: true);
return 0;

(string Sum, double Ns, ulong Ink) Interpret(string name, uint size)
{
    module.TryGetExport(name, out Export export);
    ulong[] results = new ulong[1];
    const int Settling = 10, Samples = 11;
    List<double> times = [];
    ulong ink = 0;
    // The first runs let .NET's tiered compiler settle.
    for (int run = 0; run < Settling + Samples; run++)
    {
        ExecutionResult created = Instance.Create(module, static _ => null, null, out Instance? instance);
        if (instance is null) throw new InvalidDataException(created.ToString());
        using (instance)
        {
            Meter meter = new(ulong.MaxValue, module.Profile.Schedule.StackWords);
            long from = Stopwatch.GetTimestamp();
            ExecutionResult result = instance.Invoke(export.Index, [size], results, meter);
            if (run >= Settling) times.Add(Stopwatch.GetElapsedTime(from).TotalNanoseconds);
            if (result.Outcome != Outcome.Success) throw new InvalidDataException(result.ToString());
            ink = ulong.MaxValue - meter.InkLeft;
        }
    }

    times.Sort();
    return (results[0].ToString("x16", CultureInfo.InvariantCulture), times[Samples / 2], ink);
}

static string Milliseconds((string Sum, double Ns)? figure) => figure is { } known ? (known.Ns / 1e6).ToString("f3", CultureInfo.InvariantCulture) : "-";

static (string, double)? Parse(string? line)
{
    string[] words = (line ?? throw new InvalidDataException("a peer failed")).Split(' ');
    return (words[0], double.Parse(words[1], CultureInfo.InvariantCulture));
}

static string? Run(string program, string[] arguments)
{
    try
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : null;
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return null;
    }
}

static string FindKernels()
{
    for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        if (File.Exists(Path.Combine(at.FullName, "vm.sln"))) return Path.Combine(at.FullName, "bench", "kernels");
    throw new InvalidOperationException("vm.sln is not above the program");
}
