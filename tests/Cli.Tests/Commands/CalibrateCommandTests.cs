using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary><c>cvm calibrate</c> from the outside. Nothing here depends on how long things take.</summary>
public sealed class CalibrateCommandTests
{
    private static readonly string[] RowProperties = ["name", "case", "engine", "ns", "spreadNs", "stable", "charged", "price", "units", "unitPrice", "ratio", "proposed"];

    [Fact]
    public void JsonHasARowForEachCaseOfTheFilter()
    {
        JsonElement json = Cvm.Run("calibrate", "--filter", "i32.add", "--seconds", "1", "--json").Succeeded().Json();
        Assert.Equal(("compiled", "contractvm-v1"), (json.GetProperty("engine").GetString(), json.GetProperty("schedule").GetString()));
        Assert.True(json.GetProperty("referenceNsPerInk").GetDouble() > 0);
        JsonElement row = Assert.Single(json.GetProperty("rows").EnumerateArray());
        Assert.Equal(RowProperties, row.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(("i32.add", 70UL, 70.0), (row.GetProperty("name").GetString(), row.GetProperty("price").GetUInt64(), row.GetProperty("charged").GetDouble()));
        Assert.True(row.GetProperty("ns").GetDouble() > 0);
        Assert.True(row.GetProperty("ratio").GetDouble() > 0);
        Assert.True(row.GetProperty("proposed").GetUInt64() > 0);
    }

    [Fact]
    public void TextIsALineForEachCaseAndTheReference()
    {
        string[] lines = Cvm.Run("calibrate", "--filter", "i64.div_?", "--seconds", "1").Succeeded().Output.TrimEnd('\n').Split('\n');
        Assert.Equal(["name", "i64.div_s", "i64.div_s", "i64.div_u", "i64.div_u", "engine", "reference", "unstable"], lines.Select(static line => line.Split(' ')[0]));
    }

    [Fact]
    public void TheAttackReportsAndKeepsTheWorst()
    {
        using TemporaryFolder folder = new();
        string kept = Path.Combine(folder.Path, "found");
        JsonElement json = Cvm.Run("calibrate", "--attack", "--seconds", "1", "--filter", "i64.*", "--seed", "7", "--keep", kept, "--json").Succeeded().Json();
        Assert.Equal(7UL, json.GetProperty("seed").GetUInt64());
        JsonElement[] worst = json.GetProperty("worst").EnumerateArray().ToArray();
        Assert.NotEmpty(worst);
        Assert.All(worst, static finding => Assert.NotEmpty(finding.GetProperty("composition").EnumerateArray()));
        List<double> ratios = worst.Select(static finding => finding.GetProperty("ratio").GetDouble()).ToList();
        Assert.Equal(ratios.OrderDescending(), ratios);
        Assert.True(ratios[^1] > 0);
        Cvm.Run("check", json.GetProperty("kept").GetString()!, "--profile", "wasm-3.0").Succeeded();
    }

    [Theory]
    [InlineData(2, "--engine", "--engine", "abacus")]
    [InlineData(2, "--seconds", "--seconds", "0")]
    [InlineData(2, "--attack", "--keep", "/tmp")]
    [InlineData(1, "unreachable", "--attack", "--filter", "unreachable")]
    [InlineData(1, "i33.add", "--filter", "i33.add")]
    [InlineData(1, "!*", "--filter", "!*")]
    public void WhatDoesNotFitIsSaid(int exitCode, string word, params string[] arguments) => Cvm.Run(["calibrate", .. arguments]).Failed(exitCode, word);
}
