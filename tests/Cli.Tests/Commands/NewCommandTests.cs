using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary>A project that cvm new writes builds, deploys and runs as it is.</summary>
public sealed class NewCommandTests : IDisposable
{
    private const string Changed = "Changed(address indexed by,uint256 number)";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ContractCompilerFact("c")]
    public void AProjectInCWorks() => Works("c");

    [ContractCompilerFact("rust")]
    public void AProjectInRustWorks() => Works("rust");

    [ContractCompilerFact("assemblyscript")]
    public void AProjectInAssemblyScriptWorks() => Works("assemblyscript");

    [Theory]
    [InlineData("c", "c")]
    [InlineData("rust", "rs")]
    [InlineData("assemblyscript", "ts")]
    public void AProjectHasWhatItNeeds(string language, string extension)
    {
        JsonElement json = Cvm.Run("new", language, "my_counter", "--in", _folder.Path, "--json").Succeeded().Json();
        string project = Path.Combine(_folder.Path, "my_counter");
        Assert.Equal(project, json.GetProperty("directory").GetString());
        string[] files = [.. json.GetProperty("files").EnumerateArray().Select(file => file.GetString()!)];
        Assert.Equal(files, Directory.EnumerateFiles(project, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(project, file)).Order(StringComparer.Ordinal));
        Assert.Superset(new[] { ".gitignore", "README.md", "build", $"my_counter.{extension}", "sdk/README.md" }.ToHashSet(), files.ToHashSet());
        foreach (string file in files.Where(file => !file.StartsWith("sdk/", StringComparison.Ordinal)))
            Assert.DoesNotMatch("@[A-Z]+@", File.ReadAllText(Path.Combine(project, file)));
        foreach (string file in files.Where(file => file.StartsWith("sdk/", StringComparison.Ordinal)))
            Assert.Contains(File.ReadAllText(Path.Combine(project, file)), Sources(language));
    }

    [Fact]
    public void WhatIsThereStays()
    {
        Cvm.Run("new", "c", "counter", "--in", _folder.Path).Succeeded();
        Cvm.Run("new", "c", "counter", "--in", _folder.Path).Failed(1, "counter", "is there already");
        Cvm.Run("new", "cobol", "counter", "--in", _folder.Path).Failed(2, "'cobol' is not one of c, rust, assemblyscript");
        foreach (string name in new[] { "Counter", "../x", "a/b", "", "1a", "a-b", new string('a', 41) })
            Cvm.Run("new", "c", name, "--in", _folder.Path).Failed(2, "NAME");
        Cvm.Run("new", "c").Failed(2, "NAME is missing");
    }

    private void Works(string language)
    {
        string project = Path.Combine(_folder.Path, "counter"), chain = Path.Combine(_folder.Path, "chain"), module = Path.Combine(project, "counter.wasm");
        Cvm.Run("new", language, "counter", "--in", _folder.Path).Succeeded();
        // The compiler that contracts/build uses, so that nothing is fetched.
        if (language == "assemblyscript")
            File.CreateSymbolicLink(Path.Combine(project, "node_modules"), Path.Combine(TestData.ProjectRoot, "sdk", "assemblyscript", "node_modules"));
        byte[] first = Build();
        Assert.Equal(first, Build());
        foreach (string profile in new[] { "contractvm-v1", "stylus-v2" }) Cvm.Run("check", module, "--profile", profile).Succeeded();

        Cvm.Run("init", chain, "--accounts", "2").Succeeded();
        JsonElement deployed = Cvm.Run("deploy", module, "5", "--constructor", "(uint256)", "--db", chain, "--json").Succeeded().Json();
        string contract = deployed.GetProperty("receipt").GetProperty("contractAddress").GetString()!;
        Assert.Equal("5\n", Number());
        JsonElement sent = Cvm.Run("send", contract, "increment()", "--db", chain, "--event", Changed, "--json").Succeeded().Json();
        Assert.Equal("6", Assert.Single(sent.GetProperty("events").EnumerateArray()).GetProperty("values")[1].GetString());
        Assert.Equal("6\n", Number());
        Cvm.Run("send", contract, "set(uint256)", "115792089237316195423570985008687907853269984665640564039457584007913129639935", "--db", chain).Succeeded();
        CvmResult overflow = Cvm.Run("call", contract, "increment()", "--db", chain);
        Assert.NotEqual(0, overflow.ExitCode);
        Assert.Contains("Counter: overflow", overflow.Error + overflow.Output, StringComparison.Ordinal);

        string Number() => Cvm.Run("call", contract, "number()(uint256)", "--db", chain).Succeeded().Output;

        byte[] Build()
        {
            (int exitCode, string output, string error) = TestData.Run(Path.Combine(project, "build"), [], project);
            Assert.True(exitCode == 0, output + error);
            return File.ReadAllBytes(module);
        }
    }

    private static string[] Sources(string language)
    {
        string sdk = Path.Combine(TestData.ProjectRoot, "sdk", language);
        string code = language switch { "rust" => Path.Combine(sdk, "src"), "assemblyscript" => Path.Combine(sdk, "assembly"), _ => sdk };
        return [.. Directory.EnumerateFiles(code).Append(Path.Combine(sdk, "README.md")).Select(File.ReadAllText)];
    }
}
