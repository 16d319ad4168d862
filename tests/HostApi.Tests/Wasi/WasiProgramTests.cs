using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.HostApi.Tests.Wasi;

/// <summary>A fact that compiles a program for WASI; skipped by name where the compiler or its library is not there.</summary>
public sealed class WasiCompilerFactAttribute : FactAttribute
{
    public WasiCompilerFactAttribute(string language) => Skip = language == "c"
        ? !TestData.HasProgram("clang-19") || !TestData.HasProgram("wasm-ld-19") ? "clang-19 or wasm-ld-19 is not on PATH; to run this test: apt-get install clang-19 lld-19"
            : !File.Exists("/usr/lib/wasm32-wasi/libc.a") || !Directory.Exists("/usr/lib/llvm-19/lib/clang/19/lib/wasi")
                ? "the C library for WASI is not installed; to run this test: apt-get install wasi-libc libclang-rt-19-dev-wasm32"
            : null
        : !File.Exists("/usr/bin/rustc") || !Directory.Exists("/usr/lib/rustlib/wasm32-wasi") || !TestData.HasProgram("wasm-ld-19")
            ? "Debian's rustc and its standard library for WASI are not installed; to run this test: apt-get install rustc libstd-rust-dev-wasm32 lld-19"
        : null;
}

/// <summary>Ordinary programs of wasi-libc and of Rust's standard library, compiled here and run as contracts of a chain that takes them.</summary>
public sealed class WasiProgramTests : IDisposable
{
    private static readonly Profile Profile = HostTable.ChainProfile(hasConsole: false, hasWasi: true);
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Files = new(StringComparer.Ordinal)
    {
        ["greeting.txt"] = "good morning\nworld\n"u8.ToArray(), ["data/numbers"] = "1 2 3 40\n"u8.ToArray(),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("wasi").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [WasiCompilerFact("c")]
    public void AProgramInC()
    {
        byte[] program = CompileC("libc.c");
        string[] always =
        [
            "-5 4000000000 -1234567890123456789 beef  3.14 1e+100 text !", "-77 2500.000 42", "grows 0 1", "-100 -3 0 5 7 42 99", "5", "0 1700000007 0 1 1 2023-11-14 22:13:27", "0 1 1",
            "0 end no home", "1 1 0", "[one][two two][three] 1",
        ];
        string[] withFiles = ["good morning", "13 6 world 1", "1 0", "0 9 1", "0 1", "46", "7", "1 0"];
        foreach (EngineChoice engine in (EngineChoice[])[EngineChoice.Automatic, EngineChoice.Interpreter])
        {
            Assert.Equal([.. always, "no files: 1", "to standard error", "at the end"], Run(engine, program, "one\ntwo two\nthree", null, out FrameResult result));
            Assert.Equal(Outcome.Revert, result.Outcome);
            Assert.Equal([.. always, .. withFiles, "to standard error", "at the end"], Run(engine, program, "one\ntwo two\nthree", Files, out _));
        }
    }

    [WasiCompilerFact("rust")]
    public void AProgramInRust()
    {
        byte[] program = CompileRust("std.rs");
        string[] always = ["text Some(5)    2.500 0xbeef", """{"a": 2, "b": 1}""", "1700000007", "0 true", "41665416675000"];
        foreach (EngineChoice engine in (EngineChoice[])[EngineChoice.Automatic, EngineChoice.Interpreter])
        {
            Assert.Equal([.. always, "good morning", "world", "9 2 3 40", "Err(Some(69))", "true", "to standard error"], Run(engine, program, "a b\na", Files, out FrameResult result));
            Assert.Equal(Outcome.Revert, result.Outcome);
            Assert.Equal("no files: Uncategorized", Run(engine, program, "a b\na", null, out _)[5]);
            Run(engine, program, "", Files, out result);
            Assert.Equal(Outcome.Success, result.Outcome);
            string[] panicked = Run(engine, program, "panic", Files, out result);
            Assert.Contains(panicked, static line => line.Contains("as asked", StringComparison.Ordinal));
            Assert.Equal((Outcome.Failure, TrapKind.Unreachable), (result.Outcome, result.Execution.Trap));
        }
    }

    private byte[] CompileC(string source) => Compile(
        "clang-19", ["--target=wasm32-wasi", "-O2", "-Wall", "-Werror", "-fuse-ld=/usr/bin/wasm-ld-19", "-z", "stack-size=65536", "-Wl,--stack-first,--max-memory=8388608,--strip-all", Source(source)]);

    // Only warnings of the linker are no errors then: it is newer than the compiler, and knows not all that libraries hold.
    private byte[] CompileRust(string source) => Compile(
        "/usr/bin/rustc",
        ["--target", "wasm32-wasi", "-O", "-C", "strip=symbols", "-C", "linker=wasm-ld-19", "-C", "link-arg=--no-fatal-warnings", "-C", "link-arg=-zstack-size=65536", "-C", "link-arg=--max-memory=8388608", Source(source)]);

    private byte[] Compile(string compiler, string[] arguments)
    {
        string output = Path.Combine(_folder, "program.wasm");
        (int exitCode, string text, string error) = TestData.Run(compiler, [.. arguments, "-o", output]);
        Assert.True(exitCode == 0, text + error);
        return File.ReadAllBytes(output);
    }

    private static string Source(string name) => Path.Combine(TestData.ProjectRoot, "tests", "HostApi.Tests", "Wasi", name);

    /// <summary>Runs a program and returns the lines that it printed.</summary>
    private static string[] Run(EngineChoice engine, byte[] program, string input, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? files, out FrameResult result)
    {
        List<string> printed = [];
        Chainlet chain = new(engine, Profile) { Printed = printed, Files = files };
        result = chain.Call(chain.DeployGood(program, ink: 1UL << 60), Chainlet.Alice, Encoding.ASCII.GetBytes(input), ink: 50_000_000_000);
        return [.. printed];
    }
}
