using System;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary><c>cvm run</c>: values in and out, outcomes, wrong calls.</summary>
public sealed class RunCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public RunCommandTests() => _file = _folder.Write("functions.wasm", TestModules.Functions());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheJsonObjectHasExactlyTheDocumentedForm()
    {
        CvmResult result = Cvm.Run("run", _file, "--invoke", "add", "0x0123456789abcdef", "0", "--json").Succeeded();
        Assert.StartsWith("{\"outcome\":\"Success\",\"results\":[{\"type\":\"i64\",\"value\":\"0x0123456789abcdef\"}],\"engine\":\"", result.Output, StringComparison.Ordinal);
        JsonElement json = result.Json();
        Assert.Equal(["outcome", "results", "engine", "inkUsed", "elapsedMs"], json.EnumerateObject().Select(property => property.Name));
        Assert.True(json.GetProperty("inkUsed").GetUInt64() > 0);
        Assert.True(Assert.Single(json.GetProperty("elapsedMs").EnumerateArray()).GetDouble() >= 0);
    }

    [Theory]
    [InlineData("0xffffffff 0xfffffffffffffffe 0xc0600000 0xfff0000000000000", "-1", "-2", "-3.5", "-inf")]
    [InlineData("0xffffffff 0xffffffffffffffff 0x7fc00000 0x7ff8000000000000", "4294967295", "18446744073709551615", "nan", "nan")]
    [InlineData("0x80000000 0x8000000000000000 0x80000000 0x8000000000000000", "-2147483648", "-9223372036854775808", "-0", "-0.0")]
    [InlineData("0x000000ff 0x00000000000000ff 0x7fa00001 0x7ff0000000000001", "0xff", "0xff", "0x7fa00001", "0x7ff0000000000001")]
    [InlineData("0x00000000 0x0000000000000000 0x3dcccccd 0x3fb999999999999a", "0", "0", "0.1", "1e-1")]
    public void ValuesOfEveryTypePassThroughUnchanged(string expected, params string[] arguments)
    {
        JsonElement json = Cvm.Run(["run", _file, "--json", "--invoke", "all", .. arguments]).Succeeded().Json();
        Assert.Equal("i32 i64 f32 f64", string.Join(' ', json.GetProperty("results").EnumerateArray().Select(value => value.GetProperty("type").GetString())));
        Assert.Equal(expected, string.Join(' ', json.GetProperty("results").EnumerateArray().Select(value => value.GetProperty("value").GetString())));
    }

    [Fact]
    public void TextShowsValuesInWordsAndBits()
    {
        string text = Cvm.Run("run", _file, "--invoke", "all", "-5", "7", "0.5", "-1e300").Succeeded().Output;
        Assert.Contains("i32   -5 (unsigned 4294967291)  0xfffffffb\n", text, StringComparison.Ordinal);
        Assert.Contains("f32   0.5 ", text, StringComparison.Ordinal);
        Assert.Contains("f64   -1E+300 ", text, StringComparison.Ordinal);
        Assert.Contains("\noutcome   Success\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryRepeatIsAFreshInstanceAfterItsStartFunction()
    {
        JsonElement json = Cvm.Run("run", _file, "--invoke", "count", "--repeat", "5", "--json").Succeeded().Json();
        Assert.Equal("0x00000008", json.GetProperty("results")[0].GetProperty("value").GetString());
        Assert.Equal(5, json.GetProperty("elapsedMs").GetArrayLength());
        JsonElement once = Cvm.Run("run", _file, "--invoke", "count", "--json").Succeeded().Json();
        Assert.Equal(once.GetProperty("inkUsed").GetUInt64(), json.GetProperty("inkUsed").GetUInt64());
    }

    [Fact]
    public void TooLittleInkIsOutOfInkAndTakesAll()
    {
        JsonElement json = Cvm.Run("run", _file, "--invoke", "loop", "--ink", "20000", "--json").Failed(1, "OutOfInk", "20000 ink").Json();
        Assert.Equal("OutOfInk", json.GetProperty("outcome").GetString());
        Assert.Equal(0, json.GetProperty("results").GetArrayLength());
        Assert.Equal(20000UL, json.GetProperty("inkUsed").GetUInt64());
        Assert.False(json.TryGetProperty("trap", out _));
        Cvm.Run("run", _file, "--invoke", "add", "1", "2", "--ink", "0").Failed(1, "OutOfInk");
    }

    [Fact]
    public void TheInkThatACallUsesIsExactlyEnough()
    {
        string used = Cvm.Run("run", _file, "--invoke", "add", "1", "2", "--json").Succeeded().Json().GetProperty("inkUsed").GetRawText();
        ulong ink = ulong.Parse(used, System.Globalization.CultureInfo.InvariantCulture);
        Cvm.Run("run", _file, "--invoke", "add", "1", "2", "--ink", used).Succeeded();
        Cvm.Run("run", _file, "--invoke", "add", "1", "2", "--ink", (ink - 1).ToString(System.Globalization.CultureInfo.InvariantCulture)).Failed(1, "OutOfInk");
    }

    [Fact]
    public void ATrapIsNamedWithItsPlace()
    {
        CvmResult result = Cvm.Run("run", _file, "--invoke", "divide", "1", "0", "--json").Failed(1, "divide trapped: DivideByZero at byte ", "function 4");
        JsonElement trap = result.Json().GetProperty("trap");
        Assert.Equal("DivideByZero", trap.GetProperty("kind").GetString());
        Assert.Equal(4, trap.GetProperty("function").GetInt32());
        Assert.Equal(0x6D, TestModules.Functions()[trap.GetProperty("offset").GetInt32()]);
        Cvm.Run("run", _file, "--invoke", "recurse").Failed(1, "OutOfStack");
    }

    [Fact]
    public void FailuresBeforeTheCallHaveNoTime()
    {
        JsonElement start = Cvm.Run("run", _folder.Write("start.wasm", TestModules.FailingStart()), "--invoke", "run", "--json").Failed(1, "Unreachable").Json();
        Assert.Equal(("Failure", 0), (start.GetProperty("outcome").GetString(), start.GetProperty("elapsedMs").GetArrayLength()));
        JsonElement data = Cvm.Run("run", _folder.Write("data.wasm", TestModules.MisplacedData()), "--invoke", "run", "--json").Failed(1, "a segment does not fit").Json();
        Assert.Equal("MemoryOutOfBounds", data.GetProperty("trap").GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Null, data.GetProperty("trap").GetProperty("offset").ValueKind);
    }

    [Theory]
    [InlineData(1, "there is no export 'nosuch'; exported functions: add, all", "nosuch")]
    [InlineData(1, "the export 'memory' is a memory, not a function", "memory")]
    [InlineData(2, "add is (i64, i64) -> (i64): it takes 2 arguments, not 1", "add", "1")]
    [InlineData(2, "it takes 2 arguments, not 3", "add", "1", "2", "3")]
    [InlineData(2, "argument 2 of add, 'x', is not an i64", "add", "1", "x")]
    [InlineData(2, "argument 1 of add, '1.5', is not an i64", "add", "1.5", "1")]
    [InlineData(2, "argument 1 of divide, '4294967296', is not an i32", "divide", "4294967296", "1")]
    [InlineData(2, "argument 1 of divide, '-2147483649', is not an i32", "divide", "-2147483649", "1")]
    [InlineData(2, "argument 1 of divide, '0x100000000', is not an i32", "divide", "0x100000000", "1")]
    [InlineData(2, "argument 1 of divide, '', is not an i32", "divide", "", "1")]
    [InlineData(2, "argument 1 of halve, '1e999', is not an f64", "halve", "1e999")]
    [InlineData(2, "argument 1 of halve, '∞', is not an f64", "halve", "∞")]
    [InlineData(2, "argument 1 of halve, 'Infinity', is not an f64", "halve", "Infinity")]
    [InlineData(2, "argument 1 of halve, '1,5', is not an f64", "halve", "1,5")]
    public void CallsThatDoNotFitAreOneLine(int exitCode, string message, string name, params string[] arguments) =>
        Assert.Equal("", Cvm.Run(["run", _file, "--json", "--invoke", name, .. arguments]).Failed(exitCode, message).Output);

    [Fact]
    public void ImportsCannotBeRun() =>
        Cvm.Run("run", _folder.Write("import.wasm", TestModules.Importing()), "--invoke", "run").Failed(1, "imports vm_hooks.block_number", "run offers no imports");

    [Fact]
    public void ARefusedModuleIsNotRun()
    {
        byte[] bytes = TestModules.Functions();
        Cvm.Run("run", _folder.Write("cut.wasm", bytes[..^1]), "--invoke", "add", "1", "2").Failed(1, "malformed module", "at byte ");
        Cvm.Run("run", _file, "--invoke", "add", "1", "2", "--profile", "contractvm-v1").Failed(1, "unsupported module");
    }

    [Fact]
    public void WordsThatLookLikeOptionsCanFollowTwoDashes() =>
        Assert.Equal("0x0000000000000002", Cvm.Run("run", _file, "--invoke", "add", "--json", "--", "-5", "7").Succeeded().Json().GetProperty("results")[0].GetProperty("value").GetString());
}
