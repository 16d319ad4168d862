using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Conformance;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Tests.Text;

/// <summary>The text reader against the scripts of the official suite.</summary>
public class SuiteTests
{
    internal const string Root = "corpora/spec";

    private static readonly string[] Folders = ["test/core", "test/custom", "proposals/threads"];

    public static IEnumerable<object[]> Scripts() => ScriptFiles().Select(static path => new object[] { path });

    [SharedDataTheory(Root)]
    [MemberData(nameof(Scripts))]
    public void TextIsReadAndRefusedAsTheSuiteSays(string path)
    {
        List<string> faults = [];
        foreach (ScriptCommand command in ReadScript(path)) Check(command, faults);
        Assert.Empty(faults);
    }

    [SharedDataFact(Root)]
    public void WhatIsWrittenIsWellFormed()
    {
        List<string> faults = [];
        int count = 0;
        foreach (string path in ScriptFiles())
        {
            foreach ((int line, ScriptModule module) in ReadScript(path).SelectMany(ModulesOf))
            {
                if (module.Form == ModuleForm.Binary || module.Module is null) continue;
                count++;
                if (!Module.TryLoad(module.Module.Bytes, Profiles.Bare, out _, out ModuleError error) && error.Kind == ModuleErrorKind.Malformed) faults.Add($"{path}:{line}: {error}");
            }
        }

        Assert.Empty(faults);
        Assert.True(count > 4000, $"only {count} modules were read");
    }

    /// <summary>The modules of a command outside of threads.</summary>
    internal static IEnumerable<(int Line, ScriptModule Module)> ModulesOf(ScriptCommand command) => command switch
    {
        ModuleCommand module => [(module.Line, module.Module)],
        AssertModuleCommand assertion => [(assertion.Line, assertion.Module)],
        _ => [],
    };

    /// <summary>Paths below the suite's folder; one that names nothing where the suite is absent, so that the theory has a case.</summary>
    internal static IEnumerable<string> ScriptFiles()
    {
        if (TestData.Shared(Root) is not string root) return [""];
        return Folders.SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder), "*.wast", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal);
    }

    internal static IReadOnlyList<ScriptCommand> ReadScript(string path)
    {
        byte[] source = File.ReadAllBytes(Path.Combine(TestData.Shared(Root)!, path));
        Assert.True(ScriptReader.TryRead(source, out Script? script, out ContractVm.Text.TextError? error), $"{path}: {error}");
        return script.Commands;
    }

    private static void Check(ScriptCommand command, List<string> faults)
    {
        switch (command)
        {
            case ModuleCommand { Module: { Module: null } module }:
                faults.Add($"line {command.Line}: {module.Error}");
                break;
            case AssertModuleCommand assertion:
                Check(assertion, faults);
                break;
            case ThreadCommand thread:
                foreach (ScriptCommand inner in thread.Commands) Check(inner, faults);
                break;
            case UnknownCommand unknown:
                faults.Add($"line {unknown.Line}: {unknown.Word} is not understood: {unknown.Reason}");
                break;
        }
    }

    private static void Check(AssertModuleCommand assertion, List<string> faults)
    {
        bool isRefused = assertion.Failure is ModuleFailure.MalformedCustom or ModuleFailure.InvalidCustom
            || (assertion.Failure == ModuleFailure.Malformed && assertion.Module.Form == ModuleForm.Quote);
        if (isRefused && assertion.Module.Error is null) faults.Add($"line {assertion.Line}: accepted, the suite has \"{assertion.Message}\"");
        if (!isRefused && assertion.Module.Error is not null) faults.Add($"line {assertion.Line}: {assertion.Module.Error}, the suite has \"{assertion.Message}\"");
    }
}
