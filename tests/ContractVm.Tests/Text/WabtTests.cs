using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.Conformance;
using ContractVm.TestSupport;
using ContractVm.Text;
using Xunit;
using Xunit.Abstractions;

namespace ContractVm.Tests.Text;

/// <summary>The text reader against the WebAssembly Binary Toolkit, byte for byte.</summary>
public class WabtTests(ITestOutputHelper log)
{
    private const string TypedBlock = "a block with an explicit type keeps its index; wabt writes the one result instead";
    private const string NullableItems = "items of type funcref are written as such; wabt makes them function indices, whose type is not nullable";
    private const string NoData = "an instruction that needs the data count gets one, even of 0; wabt leaves it out, which makes another module malformed";
    private const string Reference = "wabt writes a code of an older draft for references to types";

    /// <summary>How many modules of a script are written in another way, and why.</summary>
    private static readonly Dictionary<string, (int Count, string Reason)> Different = new(StringComparer.Ordinal)
    {
        ["test/core/block.wast"] = (2, TypedBlock),
        ["test/core/loop.wast"] = (2, TypedBlock),
        ["test/core/bulk-memory/bulk.wast"] = (4, NullableItems),
        ["test/core/bulk-memory/table_copy.wast"] = (40, NullableItems),
        ["test/core/ref_func.wast"] = (2, NullableItems),
        ["test/core/bulk-memory/memory_init.wast"] = (2, NoData),
        ["test/core/memory64/memory_init64.wast"] = (2, NoData),
        ["test/core/func.wast"] = (1, Reference),
    };

    [ProgramFact("apt-get install wabt", "wast2json")]
    public void ModulesAndNamesAreWrittenAsByWabt()
    {
        if (TestData.Shared(SuiteTests.Root) is not string root) return;
        string folder = Directory.CreateTempSubdirectory("wast2json").FullName;
        List<string> faults = [];
        int compared = 0;
        foreach (string path in SuiteTests.ScriptFiles())
        {
            // Scripts with anything that this version of wabt does not know are left out as a whole.
            string json = Path.Combine(folder, "script.json");
            if (TestData.Run("wast2json", ["--enable-all", "--no-check", "--debug-names", Path.Combine(root, path), "-o", json]).ExitCode != 0) continue;
            List<string> differences = [];
            compared += Compare(path, json, differences, faults);
            (int expected, string reason) = Different.GetValueOrDefault(path, (0, "no reason"));
            if (differences.Count == expected) continue;
            faults.Add($"{path}: {differences.Count} modules differ, {expected} should ({reason})");
            faults.AddRange(differences);
        }

        Directory.Delete(folder, recursive: true);
        log.WriteLine($"{compared} modules compared");
        foreach (string fault in faults) log.WriteLine(fault);
        Assert.Empty(faults);
        Assert.True(compared > 3000, $"only {compared} modules were compared");
    }

    private static int Compare(string path, string json, List<string> differences, List<string> faults)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(json));
        List<string> files = document.RootElement.GetProperty("commands").EnumerateArray()
            .Where(static command => command.TryGetProperty("filename", out _)).Select(static command => command.GetProperty("filename").GetString()!).ToList();
        List<(int Line, ScriptModule Module)> modules = SuiteTests.ReadScript(path).SelectMany(SuiteTests.ModulesOf).ToList();
        Assert.Equal(files.Count, modules.Count);
        int compared = 0;
        for (int index = 0; index < modules.Count; index++)
        {
            if (modules[index].Module is not { Form: ModuleForm.Text, Module: TextModule module }) continue;
            compared++;
            byte[] theirs = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(json)!, files[index]));
            NameSection theirNames = NameSection.CutOff(ref theirs, isWabt: true);
            byte[] ours = module.Bytes;
            NameSection ourNames = NameSection.CutOff(ref ours, isWabt: false);
            string place = $"{path}:{modules[index].Line}";
            if (!theirs.AsSpan().SequenceEqual(ours)) differences.Add($"{place}\n  wabt {Convert.ToHexString(theirs)}\n  here {Convert.ToHexString(ours)}");
            if (theirNames.MissingIn(ourNames) is string missing) faults.Add($"{place}: the name {missing} is missing");
        }

        return compared;
    }
}
