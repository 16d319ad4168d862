using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.Fuzz;
using ContractVm.Fuzz.Differential;
using ContractVm.Fuzz.Hooks;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm fuzz</c>: generated and changed inputs, and what must hold for each.</summary>
internal static class FuzzCommand
{
    private const ulong DefaultSeconds = 30, MostSeconds = 7 * 86_400;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        TaughtCommand command = new("fuzz", "Search for inputs for which something that must hold does not.")
        {
            Examples = ["cvm fuzz differential --seconds 60 --seed 7", "cvm fuzz decoder --seconds 10"],
        };
        command.Add(CreateDifferential());
        command.Add(CreateHostApi());
        foreach (FuzzTarget target in FuzzTargets.All) command.Add(CreateTarget(target));
        return command;
    }

    private static Command CreateDifferential() => CreateCampaign(
        new TaughtCommand("differential", "Run generated modules in the interpreter and as compiled code, and compare all that can be seen.")
        {
            Notes =
            [
                "Compared after each call: outcome, trap and where, results, ink and stack words left, host calls and what was left at",
                "each, memories, globals, tables; with ample ink, with exactly what was used, with less. A case that differs is made",
                "small and written to differential-SEED.wat; the exit code is 1. Should wrong code end the process, differential-running",
                "in the same folder says with which seed.",
            ],
            Examples = ["cvm fuzz differential --seconds 60 --seed 7", "cvm fuzz differential --json"],
        },
        "kinds of differences", DifferentialCampaign.Run, static (report, isJson) =>
        {
            if (isJson) WriteJson(report);
            else WriteText(report);
            return report.Findings.Count;
        });

    private static Command CreateHostApi() => CreateCampaign(
        new TaughtCommand("hostapi", "Run random sequences of host calls in both engines and next to a model of the host API.")
        {
            Notes =
            [
                "Frames inside frames, creations, pointers and lengths at every edge, static frames, little ink. Compared: outcome, output,",
                "ink after every host call, state, logs, refund. A case that differs is made small and written to hostapi-SEED.hooks, a",
                "readable script; the exit code is 1.",
            ],
            Examples = ["cvm fuzz hostapi --seconds 60 --seed 7", "cvm fuzz hostapi --json"],
        },
        "differences", HookCampaign.Run, static (report, isJson) =>
        {
            if (isJson) WriteJson(report);
            else WriteText(report);
            return report.Findings.Count;
        });

    /// <summary>A campaign: options, run, report. The writer returns how many findings there are.</summary>
    private static TaughtCommand CreateCampaign<TReport>(
        TaughtCommand command, string findingsAre, Func<ulong, TimeSpan, string, int, TReport> run, Func<TReport, bool, int> write)
    {
        Option<ulong> seconds = Seconds(), seed = Seed(), findings = Numbers.Option("--findings", $"End after so many {findingsAre} (1 unless given).", 1, 1000, 1);
        Option<string> found = Found();
        Option<bool> json = SharedOptions.Json();
        command.Add(seconds);
        command.Add(seed);
        command.Add(findings);
        command.Add(found);
        command.Add(json);
        command.Does(parsed =>
        {
            TReport report = run(parsed.GetValue(seed), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetRequiredValue(found), (int)parsed.GetValue(findings));
            return write(report, parsed.GetValue(json)) == 0 ? ExitCodes.Success : ExitCodes.Failure;
        });
        return command;
    }

    private static void WriteText(HookReport report)
    {
        List<(string, string)> facts =
        [
            ("cases", Count(report.Cases)), ("not modelled", Count(report.NotModelled)),
            ("frames", string.Join(", ", report.Frames.OrderBy(static pair => pair.Key).Select(static pair => $"{Count(pair.Value)} {pair.Key}"))),
            ("host calls", string.Create(CultureInfo.InvariantCulture, $"{Count(report.Calls.Values.Sum())} of {report.Calls.Count} functions")),
        ];
        if (report.NotCalled.Count > 0) facts.Add(("not called", string.Join(' ', report.NotCalled)));
        TextOutput.Facts([.. facts]);
        foreach (HookFinding finding in report.Findings) TextOutput.Line($"{finding.File}: {finding.Difference.ReplaceLineEndings(" ")}");
    }

    private static void WriteJson(HookReport report) => JsonOutput.Write(writer =>
    {
        writer.WriteNumber("cases", report.Cases);
        writer.WriteNumber("notModelled", report.NotModelled);
        WriteEnds(writer, "frames", report.Frames.ToDictionary(static pair => pair.Key.ToString(), static pair => pair.Value, StringComparer.Ordinal));
        WriteEnds(writer, "hostCalls", report.Calls);
        writer.WriteStrings("notCalled", report.NotCalled.ToArray());
        writer.WriteStartArray("findings");
        foreach (HookFinding finding in report.Findings)
        {
            writer.WriteStartObject();
            writer.WriteNumber("seed", finding.Seed);
            writer.WriteString("difference", finding.Difference);
            writer.WriteString("file", finding.File);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static Command CreateTarget(FuzzTarget target)
    {
        Option<ulong> seconds = Seconds(), seed = Seed();
        Option<string> found = Found(), corpus = new("--corpus") { Description = "Folder of modules and texts to start from.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("conformance", "cases") };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new(target.Name, $"Fuzz with the target {target.Name} (docs/ARCHITECTURE.md).") { Examples = [$"cvm fuzz {target.Name} --seconds 10"] };
        command.Add(seconds);
        command.Add(seed);
        command.Add(corpus);
        command.Add(found);
        command.Add(json);
        return command.Does(parsed =>
        {
            string folder = parsed.GetRequiredValue(corpus);
            if (!Directory.Exists(folder)) throw new FailureException($"there is no folder {folder} (--corpus names another)");
            FuzzCorpus inputs = FuzzCorpus.Read(folder);
            if (inputs.Modules.Count == 0 || inputs.Texts.Count == 0) throw new FailureException($"{folder} has no modules or no texts (.wasm, .wat, .wast)");
            FuzzRun.Report report = FuzzRun.Run(target, inputs, parsed.GetValue(seed), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetRequiredValue(found));
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(writer =>
                {
                    writer.WriteString("target", target.Name);
                    writer.WriteNumber("inputs", report.Inputs);
                    writer.WriteNumber("accepted", report.Accepted);
                    writer.WriteStrings("findings", report.Findings.ToArray());
                });
            }
            else
            {
                TextOutput.Facts(("inputs", Count(report.Inputs)), ("accepted", Count(report.Accepted)), ("findings", Count(report.Findings.Count)));
                foreach (string finding in report.Findings) TextOutput.Line(finding);
            }

            return report.Findings.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
        });
    }

    private static Option<ulong> Seconds() => Numbers.Option("--seconds", $"How long ({DefaultSeconds} unless given).", 1, MostSeconds, DefaultSeconds);

    private static Option<ulong> Seed() => Numbers.Option("--seed", "What is generated (1 unless given).", 0, ulong.MaxValue, 1);

    private static Option<string> Found() => new("--found") { Description = "Folder for what is found.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("fuzz", "found") };

    private static void WriteText(CampaignReport report)
    {
        List<(string, string)> facts =
        [
            ("engines", string.Join("; ", DifferentialCampaign.Engines)), ("cases", Count(report.Cases)), ("modules", Count(report.Modules)), ("calls", Count(report.Calls)),
            ("not instantiated", Count(report.Unmade)), ("returned", report.SuccessShare.ToString("p1", CultureInfo.InvariantCulture) + " of the calls with ample ink"),
            ("instructions", string.Create(CultureInfo.InvariantCulture, $"{report.Opcodes - report.NotGenerated.Count} of {report.Opcodes} generated, {report.Opcodes - report.NotExecuted.Count} seen executed")),
        ];
        if (report.NotGenerated.Count > 0) facts.Add(("not generated", string.Join(' ', report.NotGenerated)));
        if (report.NotExecuted.Count > 0) facts.Add(("not seen executed", string.Join(' ', report.NotExecuted)));
        if (report.TrapsNotSeen.Count > 0) facts.Add(("traps not seen", string.Join(' ', report.TrapsNotSeen)));
        TextOutput.Facts([.. facts]);
        TextOutput.Table(["end of a call", "ample ink", "limits"], report.Ends.Keys.Union(report.LimitedEnds.Keys).Order(StringComparer.Ordinal)
            .Select(end => new[] { end, Count(report.Ends.GetValueOrDefault(end)), Count(report.LimitedEnds.GetValueOrDefault(end)) }).ToList());
        foreach (CampaignFinding finding in report.Findings) TextOutput.Line($"{finding.File}: {finding.Engine}: {finding.Difference.ReplaceLineEndings(" ")}");
    }

    private static void WriteJson(CampaignReport report) => JsonOutput.Write(writer =>
    {
        writer.WriteStrings("engines", DifferentialCampaign.Engines.ToArray());
        writer.WriteNumber("cases", report.Cases);
        writer.WriteNumber("modules", report.Modules);
        writer.WriteNumber("calls", report.Calls);
        writer.WriteNumber("notInstantiated", report.Unmade);
        writer.WriteNumber("returnedShare", Math.Round(report.SuccessShare, 4));
        WriteEnds(writer, "ends", report.Ends);
        WriteEnds(writer, "limitedEnds", report.LimitedEnds);
        writer.WriteNumber("instructions", report.Opcodes);
        writer.WriteStrings("notGenerated", report.NotGenerated.ToArray());
        writer.WriteStrings("notSeenExecuted", report.NotExecuted.ToArray());
        writer.WriteStrings("trapsNotSeen", report.TrapsNotSeen.ToArray());
        writer.WriteStartArray("findings");
        foreach (CampaignFinding finding in report.Findings)
        {
            writer.WriteStartObject();
            writer.WriteNumber("seed", finding.Seed);
            writer.WriteString("engine", finding.Engine);
            writer.WriteString("difference", finding.Difference);
            writer.WriteString("file", finding.File);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static void WriteEnds(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, long> ends)
    {
        writer.WriteStartObject(name);
        foreach ((string end, long count) in ends) writer.WriteNumber(end, count);
        writer.WriteEndObject();
    }

    private static string Count(long count) => count.ToString("n0", CultureInfo.InvariantCulture);
}
