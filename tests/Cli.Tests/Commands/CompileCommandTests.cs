using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.Compiler;
using ContractVm.HostApi;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary><c>cvm compile</c>: figures, the artifact, the same bytes on any number of threads, and what is not compiled.</summary>
public sealed class CompileCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheArtifactIsWrittenAndDescribed()
    {
        string[] files = [Path.Combine(_folder.Path, "1.code"), Path.Combine(_folder.Path, "2.code")];
        JsonElement json = Cvm.Run("compile", TestModules.TokenPath, "-o", files[0], "--profile", "contractvm-v1", "--threads", "1", "--json").Succeeded().Json();
        Assert.Equal(
            ["file", "moduleBytes", "functions", "codeBytes", "sites", "artifactBytes", "key", "threads", "elapsedMs", "megabytesPerSecond"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(new FileInfo(TestModules.TokenPath).Length, json.GetProperty("moduleBytes").GetInt64());
        Assert.Equal(new FileInfo(files[0]).Length, json.GetProperty("artifactBytes").GetInt64());
        Assert.True(json.GetProperty("codeBytes").GetInt32() > 1000 && json.GetProperty("functions").GetInt32() == 19);

        CvmResult text = Cvm.Run("compile", TestModules.TokenPath, "-o", files[1], "--profile", "contractvm-v1", "--threads", "5").Succeeded();
        foreach (string word in (string[])["MB/s", "19 functions", "threads: 5", json.GetProperty("key").GetString()!]) Assert.Contains(word, text.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(files[0]), File.ReadAllBytes(files[1]));

        // The profile is part of what the code is made of.
        JsonElement bare = Cvm.Run("compile", TestModules.TokenPath, "-o", files[1], "--json").Succeeded().Json();
        Assert.NotEqual(json.GetProperty("key").GetString(), bare.GetProperty("key").GetString());
    }

    [Fact]
    public void WhatIsNotCompiledIsSaid()
    {
        // Values in number out of all proportion to the bytes.
        string types = string.Concat(Enumerable.Repeat(" i32", 100)), values = string.Concat(Enumerable.Repeat(" (i32.const 0)", 100)), calls = string.Concat(Enumerable.Repeat(" call $f", 1000));
        string text = $"(module (tag $t) (func $f (result{types}){values}) (func{calls} unreachable))";
        string garbage = _folder.Write("garbage.wat", System.Text.Encoding.UTF8.GetBytes(text)), output = Path.Combine(_folder.Path, "out.code");
        Cvm.Run("compile", garbage, "-o", output).Failed(1, "not compiled", "more values");
        Assert.False(File.Exists(output));
        Cvm.Run("compile", garbage, "-o", output, "--profile", "stylus-v2").Failed(1, "garbage.wat:1:");
        Cvm.Run("compile", garbage).Failed(2, "-o");
        Cvm.Run("compile", garbage, "-o", output, "--threads", "0").Failed(2, "1 to 256");
        Cvm.Run("compile", TestModules.TokenPath, "-o", _folder.Path).Failed(1, "it is a folder");
    }

    public static TheoryData<string> Contracts() => [.. Directory.EnumerateFiles(Path.Combine(TestData.ProjectRoot, "contracts"), "*.wasm", SearchOption.AllDirectories).Order()];

    [Theory]
    [MemberData(nameof(Contracts))]
    public void ContractsAreTheSameOnAnyNumberOfThreads(string path) => AssertSame(path, HostTable.ContractProfile);

    [SharedDataFact("corpora")]
    public void CorporaAreTheSameOnAnyNumberOfThreads()
    {
        string root = TestData.Shared("corpora")!;
        string[] modules = [.. ((string[])["bench", "contracts"]).Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.wasm", SearchOption.AllDirectories)).Where(path => new FileInfo(path).Length < 1 << 20).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(modules);
        // Some of each kind, spread over the names.
        int compared = 0;
        for (int i = 0; i < modules.Length; i += Math.Max(1, modules.Length / 40)) compared += AssertSame(modules[i], Profiles.Bare) ? 1 : 0;
        Assert.True(compared >= Math.Min(modules.Length, 10), $"{compared} of {modules.Length} modules were compiled");
    }

    private static bool AssertSame(string path, Profile profile)
    {
        byte[] bytes = File.ReadAllBytes(path);
        byte[]? first = null;
        foreach (int threads in (int[])[1, 2, 5])
        {
            // A module of its own each time, so that nothing is left from the last.
            if (!Module.TryLoad(bytes, profile, out Module module, out _) || !CompiledArtifact.TryMake(module, threads, out CompiledArtifact? artifact, out _)) return false;
            first ??= artifact!.Bytes.ToArray();
            Assert.True(artifact!.Bytes.Span.SequenceEqual(first), $"{path} on {threads} threads");
        }

        return true;
    }
}
