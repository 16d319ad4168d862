using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Bench;

/// <summary>A kernel and how it is measured.</summary>
/// <param name="Name">The name that it is exported by.</param>
/// <param name="Size">Its argument.</param>
/// <param name="Calls">Calls in one sample, so that a sample takes some milliseconds of native code.</param>
/// <param name="HasFloats">It computes with floats.</param>
internal sealed record Kernel(string Name, uint Size, int Calls, bool HasFloats = false);

/// <summary>The kernels of bench/kernels.</summary>
internal static class Kernels
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Kernel> All { get; } =
    [
        new("fib", 27, 8), new("sieve", 60_000, 40), new("sort", 40_000, 1), new("chacha", 2_000, 30), new("keccakf", 20_000, 2),
        new("matmul", 4, 10, HasFloats: true), new("dispatch", 1_000_000, 1), new("indirect", 1_000_000, 3), new("bigint", 20_000, 10),
        new("hashmap", 200_000, 12), new("json", 20, 10), new("nbody", 20_000, 5, HasFloats: true), new("mandel", 128, 4, HasFloats: true),
        new("memmoves", 10_000, 12), new("simdfloat", 500, 6, HasFloats: true), new("simdint", 200, 2),
        new("stencil", 100, 6, HasFloats: true), new("fft", 20, 4, HasFloats: true), new("saxpy", 400, 2, HasFloats: true), new("siphash", 10_000, 2),
        new("crc", 100, 2), new("heapsort", 20_000, 1), new("radixsort", 20_000, 8), new("utf8", 50, 4), new("lz", 10, 3), new("automaton", 100, 2),
        new("search", 50, 3), new("machine", 1_000, 3), new("queens", 11, 2),
        new("sha256", 2_000, 2), new("distance", 3, 2), new("tree", 10, 2), new("words", 10, 2),
        new("spectral", 20, 2, HasFloats: true), new("clamp", 60, 3, HasFloats: true), new("convert", 100_000, 2, HasFloats: true),
    ];

    /// <summary>The folder bench of the repository.</summary>
    public static string Folder { get; } = Path.Combine(FindRoot(), "bench");

    /// <summary>Path of the module.</summary>
    public static string Module { get; } = Path.Combine(Folder, "kernels", "kernels.wasm");

    /// <summary>Path of one of the scripts for node.</summary>
    public static string Script(string name) => Path.Combine(Folder, "peers", name);

    /// <summary>The kernels of these names; all of them where there are no names.</summary>
    public static Kernel[] Named(IReadOnlyCollection<string> names)
    {
        foreach (string name in names)
            if (All.All(kernel => kernel.Name != name)) throw new InvalidDataException($"there is no kernel {name}");
        return All.Where(kernel => names.Count == 0 || names.Contains(kernel.Name)).ToArray();
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "vm.sln"))) return at.FullName;
        throw new InvalidOperationException("vm.sln is not above the program");
    }
}
