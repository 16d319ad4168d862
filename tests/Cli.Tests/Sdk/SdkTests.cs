using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests.Sdk;

/// <summary>What the example contracts do not use of the SDKs: delegate calls, custom errors and their way through a caller, calls of accounts without code.</summary>
public sealed partial class SdkTests : IDisposable
{
    private const string Nobody = "0x00000000000000000000000000000000000dead1";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ContractCompilerFact("c")]
    public void C() => Works("c", "c");

    [ContractCompilerFact("rust")]
    public void Rust() => Works("rust", "rs");

    [ContractCompilerFact("assemblyscript")]
    public void AssemblyScript() => Works("assemblyscript", "ts");

    private void Works(string language, string extension)
    {
        string module = Build(language, extension), chain = Path.Combine(_folder.Path, "chain");
        Cvm.Run("init", chain, "--accounts", "2").Succeeded();
        string one = Deploy(), other = Deploy();

        // The other's code on this one's storage: its value, its sender, and what was in the cache; the other's own storage stays empty.
        Send(one, "delegate(address,uint256)", other, "41");
        Assert.Equal(("41", "5"), (Call(one, "number()(uint256)"), Call(one, "other()(uint256)")));
        Assert.Equal(("0", "0"), (Call(other, "number()(uint256)"), Call(other, "other()(uint256)")));
        Assert.Equal("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", Call(one, "caller()(address)"));
        // What is loaded after it is true.
        Assert.Equal("42", Call(one, "delegate(address,uint256)(uint256)", other, "42"));
        Assert.Equal("41", Call(one, "number()(uint256)"));
        // Without code there is nothing to run: the call succeeds and changes nothing.
        Fails("probe: an old value", one, "delegate(address,uint256)", Nobody, "43");

        string error = $"{Selector("TooLow(uint256,uint256)")}{3.ToString("x64", CultureInfo.InvariantCulture)}{7.ToString("x64", CultureInfo.InvariantCulture)}";
        Assert.Equal(error, RevertData(one, "fail(uint256)", "3"));
        Assert.Equal(error, RevertData(one, "forward(address)", other));
        Assert.Equal("0", Call(one, "attempt(address)(uint256)", other));
        Assert.Equal("1", Call(one, "attempt(address)(uint256)", Nobody));

        Fails("call: not a contract", one, "transfer(address)", Nobody);
        Fails("call: malformed answer", one, "balance(address)", Nobody);
        Fails("ABI: unknown selector", one, "transfer(address)", other);

        string Deploy() => Cvm.Run("deploy", module, "--db", chain, "--json").Succeeded().Json().GetProperty("receipt").GetProperty("contractAddress").GetString()!;

        void Send(params string[] arguments) => Cvm.Run(["send", .. arguments, "--db", chain]).Succeeded();

        string Call(params string[] arguments) => Cvm.Run(["call", .. arguments, "--db", chain]).Succeeded().Output.TrimEnd('\n');

        void Fails(string reason, params string[] arguments)
        {
            CvmResult result = Cvm.Run(["call", .. arguments, "--db", chain]);
            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains(reason, result.Error + result.Output, StringComparison.Ordinal);
        }

        string RevertData(params string[] arguments)
        {
            string trace = Path.Combine(_folder.Path, "trace.json");
            Assert.NotEqual(0, Cvm.Run(["call", .. arguments, "--db", chain, "--trace-json", trace]).ExitCode);
            string[] lines = File.ReadAllLines(trace);
            using JsonDocument end = JsonDocument.Parse(lines[^1]);
            return end.RootElement.GetProperty("output").GetString()!;
        }
    }

    private string Build(string language, string extension)
    {
        Cvm.Run("new", language, "probe", "--in", _folder.Path).Succeeded();
        string project = Path.Combine(_folder.Path, "probe"), source = File.ReadAllText(Path.Combine(TestData.ProjectRoot, "tests", "Cli.Tests", "Sdk", $"probe.{extension}"));
        File.WriteAllText(Path.Combine(project, $"probe.{extension}"), Marker().Replace(source, static match => Selector(match.Groups[1].Value)));
        if (language == "assemblyscript")
            File.CreateSymbolicLink(Path.Combine(project, "node_modules"), Path.Combine(TestData.ProjectRoot, "sdk", "assemblyscript", "node_modules"));
        (int exitCode, string output, string error) = TestData.Run(Path.Combine(project, "build"), [], project);
        Assert.True(exitCode == 0, output + error);
        return Path.Combine(project, "probe.wasm");
    }

    private static string Selector(string signature) => Hex.Encode(Keccak256.Hash(Encoding.ASCII.GetBytes(signature)).Bytes[..4]);

    [GeneratedRegex(@"\$([A-Za-z]+\([a-z0-9,]*\))\$")]
    private static partial Regex Marker();
}
