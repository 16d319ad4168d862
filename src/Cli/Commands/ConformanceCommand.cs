using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Conformance;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm conformance</c>: run the official test suite's scripts.</summary>
internal static class ConformanceCommand
{
    private static readonly string[] Engines = ["none", "interpreter", "compiled", "both"];

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> folder = new("DIR") { Description = "A folder with .wast scripts, or one script." };
        Option<string> engine = new("--engine")
        {
            Description = "What runs the modules: none (they are read, validated and linked), interpreter, compiled or both.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "interpreter",
        };
        engine.CompletionSources.Add(Engines);
        engine.Validators.Add(result =>
        {
            string name = result.Tokens.Count == 0 ? "interpreter" : result.Tokens[0].Value;
            if (Array.IndexOf(Engines, name) < 0) result.AddError($"--engine '{name}' is not one of {string.Join(", ", Engines)}");
        });
        Option<string?> filter = new("--filter") { Description = "Only scripts whose name or path below DIR matches, as in 'simd_*' or 'gc/*'.", HelpName = "GLOB" };
        Option<bool> verbose = new("--skipped") { Description = "Name every command that was not run, not only how many and why." };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("conformance", "Run WebAssembly's official test scripts (.wast) and count every command.")
        {
            Notes =
            [
                "A command passes where everything went as the script says. Failures are named with file and line.",
                "As WebAssembly's deterministic profile has it, 'either' is its first choice and a NaN pattern the positive canonical NaN.",
                "conformance/fetch gets the official scripts. Exit code 0 where nothing failed.",
            ],
            Examples =
            [
                "cvm conformance conformance/cases --engine interpreter",
                "cvm conformance conformance/spec/test/core --engine none --filter 'simd_*'",
            ],
        };
        command.Add(folder);
        command.Add(engine);
        command.Add(filter);
        command.Add(verbose);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(folder), parsed.GetRequiredValue(engine), parsed.GetValue(filter), parsed.GetValue(verbose), parsed.GetValue(json)));
    }

    private static int Run(string folder, string engine, string? filter, bool namesSkipped, bool json)
    {
        if (!Directory.Exists(folder) && !File.Exists(folder)) throw new FailureException($"there is no folder or script '{folder}'; conformance/fetch gets the official scripts");
        IReadOnlyList<(string Name, string Path)> scripts = ConformanceRun.Find(folder, filter);
        if (scripts.Count == 0) throw new FailureException($"no script below '{folder}'{(filter is null ? "" : $" matches '{filter}'")}");
        Conformance.EngineChoice choice = engine switch { "none" => Conformance.EngineChoice.None, "interpreter" => Conformance.EngineChoice.Interpreter, "compiled" => Conformance.EngineChoice.Compiled, _ => Conformance.EngineChoice.Both };
        List<(string Name, ScriptReport Report)> reports = [];
        foreach ((string name, string path) in scripts)
        {
            try
            {
                reports.Add((name, ConformanceRun.Run(name, path, choice)));
            }
            catch (IOException exception)
            {
                throw new FailureException($"cannot read '{path}': {exception.Message}");
            }
        }

        int passed = reports.Sum(report => report.Report.Passed), failed = reports.Sum(report => report.Report.Failures.Count), skipped = reports.Sum(report => report.Report.Skipped.Count);
        if (json) JsonOutput.Write(writer => WriteJson(writer, engine, reports, passed, failed, skipped));
        else WriteText(reports, namesSkipped, passed, failed, skipped);
        return failed == 0 ? ExitCodes.Success : throw new FailureException(string.Create(CultureInfo.InvariantCulture, $"{failed} commands of the scripts failed"));
    }

    private static void WriteText(List<(string Name, ScriptReport Report)> reports, bool namesSkipped, int passed, int failed, int skipped)
    {
        TextOutput.Table(
            ["script", "passed", "failed", "skipped"],
            reports.Select(report => new[] { report.Name, Number(report.Report.Passed), Number(report.Report.Failures.Count), Number(report.Report.Skipped.Count) }).ToList());
        foreach ((_, ScriptReport report) in reports)
            foreach (ScriptRemark failure in report.Failures) TextOutput.Line($"failed: {failure}");
        IEnumerable<ScriptRemark> all = reports.SelectMany(report => report.Report.Skipped);
        if (namesSkipped)
        {
            foreach (ScriptRemark remark in all) TextOutput.Line($"skipped: {remark}");
        }
        else
        {
            foreach (IGrouping<string, ScriptRemark> reason in all.GroupBy(remark => remark.Text).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal))
                TextOutput.Line($"skipped {Number(reason.Count())}: {reason.Key}");
        }

        TextOutput.Line($"{Number(passed)} passed, {Number(failed)} failed, {Number(skipped)} skipped");
    }

    private static void WriteJson(Utf8JsonWriter writer, string engine, List<(string Name, ScriptReport Report)> reports, int passed, int failed, int skipped)
    {
        writer.WriteString("engine", engine);
        writer.WriteNumber("passed", passed);
        writer.WriteNumber("failed", failed);
        writer.WriteNumber("skipped", skipped);
        writer.WriteStartArray("scripts");
        foreach ((string name, ScriptReport report) in reports)
        {
            writer.WriteStartObject();
            writer.WriteString("script", name);
            writer.WriteNumber("passed", report.Passed);
            WriteRemarks(writer, "failures", report.Failures);
            WriteRemarks(writer, "skipped", report.Skipped);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteRemarks(Utf8JsonWriter writer, string property, List<ScriptRemark> remarks)
    {
        writer.WriteStartArray(property);
        foreach (ScriptRemark remark in remarks)
        {
            writer.WriteStartObject();
            writer.WriteNumber("line", remark.Line);
            writer.WriteString("text", remark.Text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
