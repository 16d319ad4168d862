using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Enumeration;
using System.Linq;
using ContractVm.Gas;
using ContractVm.Text;

namespace ContractVm.Conformance;

/// <summary>What runs the modules of the scripts.</summary>
public enum EngineChoice
{
    /// <summary>Nothing: modules are read, validated and linked.</summary>
    None,
    /// <summary>The interpreter.</summary>
    Interpreter,
    /// <summary>The compiler.</summary>
    Compiled,
    /// <summary>Both, one after the other; what they come to is compared.</summary>
    Both,
}

/// <summary>Runs all scripts of a folder.</summary>
public static class ConformanceRun
{
    /// <summary>The bare language at no price.</summary>
    public static Profile Profile { get; } = new(
        Profiles.Bare.Name, Profiles.Bare.Features, Profiles.Bare.Limits, ScheduleReader.LoadBuiltIn("unmetered", OpcodeTable.Catalog)) { ObjectBytes = Profiles.Bare.ObjectBytes };

    /// <summary>The scripts below a folder, or the one script, whose path from there matches a glob; in the order of their names.</summary>
    public static IReadOnlyList<(string Name, string Path)> Find(string path, string? glob)
    {
        string root = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        IEnumerable<string> files = File.Exists(path) ? [path] : Directory.EnumerateFiles(path, "*.wast", SearchOption.AllDirectories);
        return files.Select(file => (Name: Path.GetRelativePath(root, file).Replace('\\', '/'), Path: file))
            .Where(script => glob is null || FileSystemName.MatchesSimpleExpression(glob, script.Name, ignoreCase: false)
                || FileSystemName.MatchesSimpleExpression(glob, Path.GetFileName(script.Name), ignoreCase: false))
            .OrderBy(script => script.Name, StringComparer.Ordinal).ToList();
    }

    /// <summary>Runs one script file. A script that cannot be divided into commands is one failure.</summary>
    public static ScriptReport Run(string name, string path, EngineChoice engine)
    {
        if (ScriptReader.TryRead(File.ReadAllBytes(path), out Script? script, out TextError? error))
            return ScriptRunner.Run(name, script, () => NewEngine(engine));
        ScriptReport report = new();
        report.Failures.Add(new ScriptRemark(name, error.Line, error.ToString()));
        return report;
    }

    private static IScriptEngine NewEngine(EngineChoice engine) => engine switch
    {
        EngineChoice.None => new LinkingEngine(),
        EngineChoice.Interpreter => new RunningEngine(EngineKind.Interpreter, static _ => null),
        EngineChoice.Compiled => new RunningEngine(EngineKind.Compiled, Compile),
        _ => new BothEngines(new RunningEngine(EngineKind.Interpreter, static _ => null), new RunningEngine(EngineKind.Compiled, Compile)),
    };

    private static string? Compile(Module module) => Engines.TryCompile(module, out string? reason) ? null : reason;
}
