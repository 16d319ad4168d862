using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm;

namespace Bench;

/// <summary>
/// How fast modules are compiled, on one core, by processor time: bytes of bodies over the time of compiling them, validation not
/// included. Real modules first, then modules that are made to be slow, whose time for each byte is compared with the real ones'.
/// V8's times include its validation; its compilers run on one thread, all functions at once.
/// </summary>
internal sealed class CompileSpeed : IDisposable
{
    // In smaller modules the time is not that of the bodies.
    private const int Runs = 5, Slowest = 15, LeastBytes = 4_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _temporary = Directory.CreateTempSubdirectory("bench").FullName;
    private readonly Peer _own = OwnProcess();
    private readonly Peer? _turboFan, _liftoff;
    private readonly Dictionary<string, int> _refusals = [];

    private CompileSpeed(bool hasPeers)
    {
        if (!hasPeers || !Peer.IsHere("node", "V8")) return;
        string[] one = ["--single-threaded", "--no-wasm-lazy-compilation"];
        _turboFan = new Peer("node", [.. one, "--no-liftoff", Kernels.Script("compile.js")]);
        _liftoff = new Peer("node", [.. one, "--liftoff-only", Kernels.Script("compile.js")]);
    }

    /// <summary>Measures and prints.</summary>
    /// <param name="folder">Where modules are.</param>
    public static int Run(string folder)
    {
        using CompileSpeed speed = new(hasPeers: true);
        double? median = speed.Modules(folder);
        speed.Bombs(median, "");
        speed.PrintRefusals();
        return 0;
    }

    /// <summary>Measures and prints the modules made to be slow whose names contain a word, without V8, against a median of so many nanoseconds for a byte.</summary>
    public static int RunBombs(string median, string word)
    {
        using CompileSpeed speed = new(hasPeers: false);
        speed.Bombs(Number(median), word);
        speed.PrintRefusals();
        return 0;
    }

    private void PrintRefusals()
    {
        foreach ((string reason, int count) in _refusals) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"- not compiled, {count} modules: {reason}"));
    }

    private double? Modules(string folder)
    {
        List<Row> rows = [];
        List<(string Module, string Function, int Bytes, double Milliseconds)> functions = [];
        Console.WriteLine(Figures.Head("module", "KB of bodies", "compiled ms", "MB/s", "code / bodies", "TurboFan MB/s", "Liftoff MB/s"));
        foreach (string path in Directory.GetFiles(folder, "*.wasm", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Measure(Path.GetRelativePath(folder, path), path, Runs) is not Row row) continue;
            rows.Add(row);
            Console.WriteLine(Figures.Row(row.Name, Figures.Fixed(row.Bytes / 1e3, 1), Figures.Fixed(row.Own, 2), Figures.Fixed(row.Rate(row.Own), 2),
                Figures.Fixed(row.CodeBytes / row.Bytes, 2), Figures.Fixed(row.Rate(row.TurboFan), 2), Figures.Fixed(row.Rate(row.Liftoff), 2)));
            if (row.Own is not null) functions.AddRange(FunctionsOf(row.Name, path));
        }

        if (rows.Count == 0) throw new InvalidDataException($"no modules in {folder}");
        Console.WriteLine(Figures.Row("all", Figures.Fixed(rows.Sum(static row => row.Bytes) / 1e3, 1), Figures.Fixed(Total(rows, static row => row.Own), 0), Overall(rows, static row => row.Own),
            Figures.Fixed(rows.Where(static row => row.Own is not null).Sum(static row => row.CodeBytes) / rows.Where(static row => row.Own is not null).Sum(static row => row.Bytes), 2),
            Overall(rows, static row => row.TurboFan), Overall(rows, static row => row.Liftoff)));
        double? median = Figures.Median(rows.Where(static row => row.Bytes >= LeastBytes).Select(static row => row.PerByte(row.Own)).OfType<double>().ToList());
        Console.WriteLine($"\nmedian over modules with bodies of at least {LeastBytes} bytes: {Figures.Fixed(median, 1)} ns for a byte\n");
        if (functions.Count == 0) return median;
        Console.WriteLine($"Slowest functions for their size:\n\n{Figures.Head("module", "function", "bytes", "ns for a byte", "over the median")}");
        foreach ((string module, string function, int bytes, double milliseconds) in functions.OrderByDescending(static one => one.Milliseconds / one.Bytes).Take(Slowest))
            Console.WriteLine(Figures.Row(module, function, bytes.ToString(CultureInfo.InvariantCulture), Figures.Fixed(milliseconds * 1e6 / bytes, 1), Figures.Fixed(milliseconds * 1e6 / bytes / median, 1)));
        return median;
    }

    private void Bombs(double? median, string word)
    {
        List<double?> ratios = [];
        (string Name, Func<byte[]> Build)[] bombs = CompileBombs.All.Where(bomb => bomb.Name.Contains(word, StringComparison.Ordinal)).ToArray();
        foreach ((string name, Func<byte[]> build) in bombs)
            if (!Module.TryLoad(build(), Profiles.Bare, out _, out ModuleError error)) throw new InvalidDataException($"{name}: {error}");
        Console.WriteLine($"\nModules made to be slow:\n\n{Figures.Head("module", "KB of bodies", "compiled ms", "ns for a byte", "over the median", "code / bodies", "TurboFan ms", "Liftoff ms")}");
        foreach ((string name, Func<byte[]> build) in bombs)
        {
            string path = Path.Combine(_temporary, "bomb.wasm");
            File.WriteAllBytes(path, build());
            Row row = Measure(name, path, 1)!;
            ratios.Add(row.PerByte(row.Own) / median);
            Console.WriteLine(Figures.Row(name, Figures.Fixed(row.Bytes / 1e3, 1), row.HasTimedOut ? $"more than {Limit.TotalSeconds} s" : Figures.Fixed(row.Own, 1), Figures.Fixed(row.PerByte(row.Own), 1),
                Figures.Fixed(ratios[^1], 1), Figures.Fixed(row.CodeBytes / row.Bytes, 2), Figures.Fixed(row.TurboFan, 1), Figures.Fixed(row.Liftoff, 1)));
        }

        Console.WriteLine($"\nworst over median: {Figures.Fixed(ratios.Max(), 1)}");
    }

    private Row? Measure(string name, string path, int runs)
    {
        if (!Module.TryLoad(File.ReadAllBytes(path), Profiles.Bare, out Module module, out ModuleError error))
        {
            CountRefusal(error.ToString());
            return null;
        }

        long bytes = module.BodyList.Sum(static body => (long)body.Code.Length);
        string question = string.Create(CultureInfo.InvariantCulture, $"{path} {runs}");
        string? answer = _own.Ask($"{CompileJob.Whole} {question}", Limit);
        bool hasTimedOut = answer is null && _own.HasTimedOut;
        if (answer is null) CountRefusal(hasTimedOut ? "too slow" : "the process died");
        else if (answer.StartsWith('-')) CountRefusal(answer[2..]);
        string[] words = answer is null || answer.StartsWith('-') ? [] : answer.Split(' ');
        return new Row(name, bytes, words.Length > 0 ? Number(words[0]) : null, words.Length > 0 ? Number(words[2]) : null, Ask(_turboFan, question), Ask(_liftoff, question), hasTimedOut);
    }

    private IEnumerable<(string Module, string Function, int Bytes, double Milliseconds)> FunctionsOf(string name, string path)
    {
        string? answer = _own.Ask($"{CompileJob.Functions} {path} 3", Limit);
        if (string.IsNullOrEmpty(answer) || answer.StartsWith('-')) yield break;
        foreach (string[] one in answer.Split(' ').Chunk(3)) yield return (name, one[0], int.Parse(one[1], CultureInfo.InvariantCulture), Number(one[2]));
    }

    private void CountRefusal(string reason) => _refusals[reason] = _refusals.GetValueOrDefault(reason) + 1;

    private static double? Ask(Peer? peer, string question) => peer?.Ask(question, Limit) is string answer && answer != "-" ? Number(answer) : null;

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);

    private static double Total(List<Row> rows, Func<Row, double?> time) => rows.Sum(row => time(row) ?? 0);

    private static string Overall(List<Row> rows, Func<Row, double?> time) =>
        Figures.Fixed(rows.Where(row => time(row) is not null).Sum(static row => row.Bytes) / 1e3 / Total(rows, time), 2);

    // Run by `dotnet` or as a program of its own.
    private static Peer OwnProcess() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? new Peer(Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "ContractVm.Bench.dll"), "compile-job")
        : new Peer(Environment.ProcessPath!, "compile-job");

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Dispose();
        _turboFan?.Dispose();
        _liftoff?.Dispose();
        Directory.Delete(_temporary, recursive: true);
    }

    /// <summary>One module; times in milliseconds.</summary>
    private sealed record Row(string Name, double Bytes, double? Own, double? CodeBytes, double? TurboFan, double? Liftoff, bool HasTimedOut)
    {
        /// <summary>Megabytes a second.</summary>
        public double? Rate(double? milliseconds) => Bytes / 1e3 / milliseconds;

        /// <summary>Nanoseconds for a byte.</summary>
        public double? PerByte(double? milliseconds) => milliseconds * 1e6 / Bytes;
    }
}
