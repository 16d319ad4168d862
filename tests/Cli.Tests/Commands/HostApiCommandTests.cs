using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.HostApi;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary><c>cvm hostapi</c> prints the table that contracts are linked by.</summary>
public sealed class HostApiCommandTests
{
    [Fact]
    public void JsonHasEveryEntryWithItsTypeInkAndNeeds()
    {
        JsonElement json = Cvm.Run("hostapi", "--json").Succeeded().Json();
        Assert.Equal("vm_hooks", json.GetProperty("module").GetString());
        JsonElement[] functions = json.GetProperty("functions").EnumerateArray().ToArray();
        Assert.Equal(HostTable.Entries.Count, functions.Length);
        foreach ((HostFunctionEntry entry, JsonElement function) in HostTable.Entries.Zip(functions))
        {
            Assert.Equal(entry.Name, function.GetProperty("name").GetString());
            Assert.Equal(entry.Type.Parameters.Length, function.GetProperty("parameters").GetArrayLength());
            Assert.Equal(entry.Type.Results.Length, function.GetProperty("results").GetArrayLength());
            Assert.Equal(entry.Ink, function.GetProperty("ink").GetUInt64());
            Capabilities needs = function.GetProperty("needs").EnumerateArray().Aggregate(Capabilities.None, (sum, right) => sum | Enum.Parse<Capabilities>(right.GetString()!));
            Assert.Equal(entry.Needs, needs);
            Assert.Equal(entry.Summary, function.GetProperty("summary").GetString());
        }
    }

    /// <summary>The page has the table as it is, and all precompiled contracts.</summary>
    [Fact]
    public void ThePageHasTheTable()
    {
        string page = File.ReadAllText(Path.Combine(TestData.ProjectRoot, "docs", "HOSTAPI.md"));
        Assert.Contains(Cvm.Run("hostapi", "--markdown").Succeeded().Output, page, StringComparison.Ordinal);
        foreach (Precompile precompile in Precompiles.All)
            Assert.Contains($"| 0x{precompile.Number:x2} | {precompile.Name} | {precompile.Source} |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void TextIsOneLineForEachFunction()
    {
        string[] lines = Cvm.Run("hostapi").Succeeded().Output.TrimEnd('\n').Split('\n');
        Assert.Equal(HostTable.Entries.Select(entry => entry.Name).Prepend("name"), lines.Select(line => line.Split(' ')[0]));
        Assert.Contains("(i32, i32) -> ()", lines.Single(line => line.StartsWith("storage_load_bytes32 ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
