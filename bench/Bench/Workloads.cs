using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Security.Cryptography;

namespace Bench;

/// <summary>A program of the corpora with what it needs and what must come out.</summary>
/// <param name="Name">For people.</param>
/// <param name="Path">The module.</param>
/// <param name="Files">Of a WASI program: the files that it finds, by name.</param>
/// <param name="Output">Of a WASI program: the hash that its output must have, or null.</param>
/// <param name="Errors">Of a WASI program: the hash that its errors must have, or null.</param>
/// <param name="Call">Of a function: how it is called; else null.</param>
internal sealed record Workload(string Name, string Path, Dictionary<string, string> Files, string? Output, string? Errors, FunctionCase? Call);

/// <summary>A call of a function, from a file of vectors.</summary>
/// <param name="Function">The export.</param>
/// <param name="Parameters">A letter for each parameter: i for i32, I for i64.</param>
/// <param name="Result">Letter of the result, or nothing.</param>
/// <param name="Arguments">The arguments, as 64 bits.</param>
/// <param name="Memory">What the memory starts with.</param>
/// <param name="ExpectedResult">The result, or nothing where none is demanded.</param>
/// <param name="ExpectedMemory">What the memory must start with afterwards.</param>
internal sealed record FunctionCase(string Function, string Parameters, string Result, ulong[] Arguments, byte[] Memory, string ExpectedResult, byte[] ExpectedMemory);

/// <summary>Finds the programs in the folder bench of the shared corpora.</summary>
internal static class Workloads
{
    /// <summary>The folder; null where it is not here.</summary>
    public static string? FindFolder()
    {
        string? given = Environment.GetEnvironmentVariable("CONTRACTVM_CORPORA");
        string root = Path.Combine(Kernels.Folder, "..", "..", "shared", "corpora");
        string[] candidates = given is null ? [Path.Combine(root, "bench"), root] : [Path.Combine(given, "bench"), given];
        return candidates.Select(Path.GetFullPath).FirstOrDefault(static folder => Directory.Exists(Path.Combine(folder, "sightglass")));
    }

    /// <summary>All programs below the folder, by name.</summary>
    public static List<Workload> Read(string folder)
    {
        List<Workload> all = [];
        foreach (string path in Directory.GetFiles(Path.Combine(folder, "sightglass"), "*.wasm", SearchOption.AllDirectories)) all.Add(Program(folder, path));
        string fizzy = Path.Combine(folder, "fizzy");
        foreach (string path in Directory.Exists(fizzy) ? Directory.GetFiles(fizzy, "*.inputs", SearchOption.AllDirectories) : [])
            foreach ((string name, FunctionCase call) in Cases(path))
                all.Add(new Workload($"{NameOf(folder, path)} {name}", Path.ChangeExtension(path, ".wasm"), [], null, null, call));
        all.Sort(static (first, second) => string.CompareOrdinal(first.Name, second.Name));
        return all;
    }

    /// <summary>The hash that outputs are compared by.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string NameOf(string folder, string path)
    {
        string name = Path.ChangeExtension(Path.GetRelativePath(folder, path), null).Replace('\\', '/');
        return name.EndsWith("/benchmark", StringComparison.Ordinal) ? name[..^"/benchmark".Length] : name;
    }

    private static Workload Program(string folder, string path)
    {
        string own = Path.GetDirectoryName(path)!;
        Dictionary<string, string> files = [];
        // A program without an input of its own takes that of its scalar twin.
        string[] sources = Directory.GetFiles(own, "*.input*").Length > 0 ? [own] : [own.Replace("-simd", "-scalar", StringComparison.Ordinal)];
        foreach (string source in sources.Where(Directory.Exists))
            foreach (string file in Directory.GetFiles(source, "*.input*")) files[Path.GetFileName(file)] = file;
        return new Workload(NameOf(folder, path), path, files, Expected(path, ".stdout.expected"), Expected(path, ".stderr.expected"), null);
    }

    private static string? Expected(string module, string extension)
    {
        string path = Path.ChangeExtension(module, null) + extension;
        return File.Exists(path) ? Hash(File.ReadAllBytes(path)) : null;
    }

    private static IEnumerable<(string Name, FunctionCase Call)> Cases(string path)
    {
        string[] lines = File.ReadAllLines(path);
        for (int at = 0; at < lines.Length; at += 7)
        {
            while (at < lines.Length && lines[at].Length == 0) at++;
            if (at == lines.Length) yield break;
            string Line(int offset) => at + offset < lines.Length ? lines[at + offset].Trim() : "";
            string[] type = Line(2).Split(':');
            yield return (lines[at], new FunctionCase(
                Line(1), type[0], type[1], Line(3).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number).ToArray(), Bytes(Line(4)), Line(5), Bytes(Line(6))));
        }
    }

    private static ulong Number(string word) =>
        word.StartsWith("0x", StringComparison.Ordinal) ? ulong.Parse(word.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : (ulong)(BigInteger.Parse(word, CultureInfo.InvariantCulture) & ulong.MaxValue);

    private static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
