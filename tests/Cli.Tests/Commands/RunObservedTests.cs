using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary><c>cvm run --trace</c> and <c>--coverage</c>, and vectors on the command line.</summary>
public sealed class RunObservedTests : IDisposable
{
    private const string Source = """
        (module (memory 1)
          (func $fac (export "fac") (param i64) (result i64)
            (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1)) (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))
          (func (export "v") (param v128) (result v128)
            (i64.store (i32.const 8) (i64.const 3))
            (i32x4.add (local.get 0) (v128.load (i32.const 8))))
          (func (export "trap") (i64.store (i32.const 65535) (i64.const 3))))
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _module;

    public RunObservedTests() => _module = _folder.Write("f.wat", Encoding.UTF8.GetBytes(Source));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ATraceHoldsEveryStepAndTheEnd()
    {
        string file = Path.Combine(_folder.Path, "steps.jsonl");
        JsonElement plain = Cvm.Run("run", _module, "--invoke", "fac", "5", "--json").Succeeded().Json();
        JsonElement traced = Cvm.Run("run", _module, "--invoke", "fac", "5", "--json", "--trace", file).Succeeded().Json();
        Assert.Equal(plain.GetProperty("inkUsed").GetUInt64(), traced.GetProperty("inkUsed").GetUInt64());
        Assert.Equal("0x0000000000000078", traced.GetProperty("results")[0].GetProperty("value").GetString());
        JsonElement[] lines = File.ReadAllLines(file).Select(static line => JsonDocument.Parse(line).RootElement.Clone()).ToArray();
        JsonElement end = lines[^1];
        Assert.Equal(lines.Length - 1, end.GetProperty("steps").GetInt32());
        Assert.Equal(("Success", plain.GetProperty("inkUsed").GetUInt64()), (end.GetProperty("outcome").GetString(), end.GetProperty("inkUsed").GetUInt64()));
        Assert.Equal("local.get", lines[0].GetProperty("instruction").GetString());
        Assert.Equal("0x78", lines[^2].GetProperty("top")[0].GetString());
        Assert.Equal(5, lines.Count(static line => line.TryGetProperty("instruction", out JsonElement name) && name.GetString() == "call"));
    }

    [Fact]
    public void AccessesAndTrapsStandInTheTrace()
    {
        string file = Path.Combine(_folder.Path, "steps.jsonl");
        Cvm.Run("run", _module, "--invoke", "trap", "--trace", file).Failed(1, "MemoryOutOfBounds");
        string[] lines = File.ReadAllLines(file);
        Assert.Contains("\"memory\":0,\"address\":\"0xffff\",\"bytes\":8,\"access\":\"write\"", lines[^2], StringComparison.Ordinal);
        Assert.Contains("\"trap\":\"MemoryOutOfBounds\"", lines[^1], StringComparison.Ordinal);
        Cvm.Run("run", _module, "--invoke", "trap", "--trace", _folder.Path).Failed(1, "cannot write");
    }

    [Fact]
    public void CoverageCountsInstructionsOfEachFunction()
    {
        JsonElement rows = Cvm.Run("run", _module, "--invoke", "fac", "0", "--json", "--coverage").Succeeded().Json().GetProperty("coverage");
        Assert.Equal(["fac"], rows.EnumerateArray().Where(static row => row.TryGetProperty("name", out _)).Select(static row => row.GetProperty("name").GetString()));
        // local.get, eqz, if, const, else and the two ends of thirteen.
        Assert.InRange(rows[0].GetProperty("run").GetInt32(), 5, 7);
        Assert.Equal((13, 0), (rows[0].GetProperty("instructions").GetInt32(), rows[1].GetProperty("run").GetInt32()));
        string text = Cvm.Run("run", _module, "--invoke", "fac", "3", "--coverage").Succeeded().Output;
        Assert.Contains("function 0 (fac)", text, StringComparison.Ordinal);
        Assert.Contains("100.0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void AGasProfileAddsUpToTheInkThatWasUsed()
    {
        string file = Path.Combine(_folder.Path, "folded.txt");
        JsonElement json = Cvm.Run("run", _module, "--invoke", "fac", "5", "--json", "--gas-profile", file).Succeeded().Json();
        ulong used = json.GetProperty("inkUsed").GetUInt64();
        JsonElement profile = json.GetProperty("gasProfile");
        Assert.Equal(used, profile.GetProperty("functions").EnumerateArray().Aggregate(0UL, static (sum, row) => sum + row.GetProperty("ink").GetUInt64()));
        Assert.Equal(used, profile.GetProperty("instructions").EnumerateArray().Aggregate(0UL, static (sum, row) => sum + row.GetProperty("ink").GetUInt64()));
        Assert.Equal(5, profile.GetProperty("instructions").EnumerateArray().Single(static row => row.GetProperty("instruction").GetString() == "call").GetProperty("count").GetInt32());
        string[] lines = File.ReadAllLines(file);
        Assert.Equal(used, lines.Aggregate(0UL, static (sum, line) => sum + ulong.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), System.Globalization.CultureInfo.InvariantCulture)));
        // Six activations, each below the one that called it.
        Assert.Equal(6, lines.Length);
        Assert.Equal(6, lines.Max(static line => line.Split(';').Length));
    }

    [Fact]
    public void VectorsAreWrittenWithTheHighestLaneFirst()
    {
        JsonElement json = Cvm.Run("run", _module, "--invoke", "v", "0x100000000", "--json").Succeeded().Json();
        Assert.Equal("0x00000000000000000000000100000003", json.GetProperty("results")[0].GetProperty("value").GetString());
        Cvm.Run("run", _module, "--invoke", "v", "7").Failed(2, "is not an v128");
    }
}
