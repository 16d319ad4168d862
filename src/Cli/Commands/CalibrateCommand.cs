using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.Calibration;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm calibrate</c>: what instructions and host functions cost in time, against what they cost in ink.</summary>
internal static class CalibrateCommand
{
    private const ulong DefaultSeconds = 120, DefaultAttackSeconds = 60, MostSeconds = 86_400;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        string[] engines = MeasuredEngines.All.Select(engine => engine.Name).ToArray();
        Option<string> engine = new("--engine") { Description = $"The engine to measure: {string.Join(", ", engines)}.", HelpName = "NAME", DefaultValueFactory = _ => engines[0] };
        engine.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && MeasuredEngines.Find(result.Tokens[0].Value) is null) result.AddError($"--engine '{result.Tokens[0].Value}' is not one of {string.Join(", ", engines)}");
        });
        Option<ulong?> seconds = Numbers.Optional("--seconds", $"Roughly how long to measure, or to attack ({DefaultSeconds} and {DefaultAttackSeconds} unless given).", 1, MostSeconds);
        Option<string?> filter = new("--filter") { Description = "Measure, or attack with, only the names that fit the pattern (* and ?); !GLOB: those that do not.", HelpName = "GLOB" };
        Option<bool> attack = new("--attack") { Description = "Search for the program with the most time per ink." };
        Option<ulong?> seed = Numbers.Optional("--seed", "What the attack tries, in which order (1 unless given).", 0, ulong.MaxValue);
        Option<string?> keep = new("--keep") { Description = "Write the worst module that the attack found to DIR/worst.wat.", HelpName = "DIR" };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("calibrate", "Measure what instructions and host functions take in time, and propose prices for contractvm-v1.")
        {
            Notes =
            [
                "ns is the time of one execution: a loop with it less the same loop without it, the median of several rounds.",
                "charged is the ink of one execution, blocks and sizes included. ratio is time per ink as a multiple of the",
                "reference's, a loop of i32 additions. proposed is the price at which the ratio is 1; where units (bytes, pages,",
                "elements) are more than 0 it is the price for each. A row marked with * is unstable: its rounds disagree.",
                "The compiled engine is measured unless --engine says otherwise; what it does not compile runs in the interpreter, as in a node.",
                "The attack mixes the measured cases in one loop, and keeps what has the most time per ink.",
            ],
            Examples = ["cvm calibrate --filter 'i32.*' --seconds 10", "cvm calibrate --json", "cvm calibrate --attack --seconds 60 --keep /tmp/attack", "cvm calibrate --attack --filter '!vm_hooks.*'"],
        };
        command.Add(engine);
        command.Add(seconds);
        command.Add(filter);
        command.Add(attack);
        command.Add(seed);
        command.Add(keep);
        command.Add(json);
        command.Validators.Add(result =>
        {
            bool isAttack = result.GetValue(attack);
            if (!isAttack && (result.GetValue(seed) is not null || result.GetValue(keep) is not null)) result.AddError("--seed and --keep need --attack");
        });
        return command.Does(parsed =>
        {
            IMeasuredEngine measured = MeasuredEngines.Find(parsed.GetRequiredValue(engine))!;
            return parsed.GetValue(attack)
                ? RunAttack(measured, parsed.GetValue(seconds) ?? DefaultAttackSeconds, parsed.GetValue(seed) ?? 1, parsed.GetValue(filter) ?? "*", parsed.GetValue(keep), parsed.GetValue(json))
                : Run(measured, parsed.GetValue(seconds) ?? DefaultSeconds, parsed.GetValue(filter) ?? "*", parsed.GetValue(json));
        });
    }

    private static int Run(IMeasuredEngine engine, ulong seconds, string filter, bool json)
    {
        CalibrationReport report = new Calibrator(engine).Measure(Cases(filter), seconds);
        if (json) WriteJson(report);
        else WriteText(report);
        return ExitCodes.Success;
    }

    private static IReadOnlyList<Case> Cases(string filter)
    {
        IReadOnlyList<Case> cases = CaseLibrary.Matching(filter);
        return cases.Count > 0 ? cases : throw new FailureException($"no instruction and no host function fits '{filter}'");
    }

    private static void WriteText(CalibrationReport report)
    {
        TextOutput.Table(["name", "case", "engine", "ns", "charged", "price", "units", "unit price", "ratio", "proposed", ""], report.Rows.Select(row => new[]
        {
            row.Case.Name, row.Case.Situation, row.Engine, Number(row.Nanoseconds, "f2"), Number(row.Ink, "f0"), Number(row.Price, "f0"), Number(row.Case.Units, "f0"), Number(row.UnitPrice, "f0"),
            Number(row.Ratio(report.ReferencePerInk), "f2"), Number(row.Proposed(report.ReferencePerInk), "f0"), row.IsStable ? "" : "*",
        }).ToList());
        TextOutput.Facts(
            ("engine", report.Engine),
            ("reference", Number(report.ReferencePerInk * 1000, "f4") + " ns for 1000 ink"),
            ("unstable", string.Create(CultureInfo.InvariantCulture, $"{report.Rows.Count(row => !row.IsStable)} of {report.Rows.Count} rows")));
    }

    private static void WriteJson(CalibrationReport report) => JsonOutput.Write(writer =>
    {
        writer.WriteString("engine", report.Engine);
        writer.WriteString("schedule", Profiles.ContractVmV1.Schedule.Name);
        writer.WriteNumber("referenceNsPerInk", report.ReferencePerInk);
        writer.WriteStartArray("rows");
        foreach (Row row in report.Rows)
        {
            writer.WriteStartObject();
            writer.WriteString("name", row.Case.Name);
            writer.WriteString("case", row.Case.Situation);
            writer.WriteString("engine", row.Engine);
            writer.WriteNumber("ns", Math.Round(row.Nanoseconds, 4));
            writer.WriteNumber("spreadNs", Math.Round(row.Spread, 4));
            writer.WriteBoolean("stable", row.IsStable);
            writer.WriteNumber("charged", Math.Round(row.Ink, 2));
            writer.WriteNumber("price", row.Price);
            writer.WriteNumber("units", row.Case.Units);
            writer.WriteNumber("unitPrice", row.UnitPrice);
            writer.WriteNumber("ratio", Math.Round(row.Ratio(report.ReferencePerInk), 4));
            writer.WriteNumber("proposed", row.Proposed(report.ReferencePerInk));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static int RunAttack(IMeasuredEngine engine, ulong seconds, ulong seed, string filter, string? keep, bool json)
    {
        AttackReport report;
        try
        {
            report = new Attack(engine, Cases(filter), seed).Search(seconds);
        }
        catch (CalibrationException exception)
        {
            throw new FailureException(exception.Message);
        }

        if (report.Worst.Count == 0) throw new FailureException("the attack found no program that ends well in its time (--seconds gives more)");
        string? kept = keep is null ? null : Keep(keep, report.Text);
        if (json) WriteAttackJson(report, seed, kept);
        else WriteAttackText(report, kept);
        return ExitCodes.Success;
    }

    private static string Keep(string directory, string text)
    {
        string path = Path.Combine(directory, "worst.wat");
        try
        {
            Directory.CreateDirectory(directory);
            File.WriteAllText(path, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FailureException($"cannot write {path}: {exception.Message}");
        }

        return path;
    }

    private static void WriteAttackText(AttackReport report, string? kept)
    {
        TextOutput.Table(["ratio", "ns for 1000 ink", "composition"], report.Worst.Select(finding => new[]
        {
            Number(finding.Ratio, "f2"), Number(finding.NanosecondsPerInk * 1000, "f4"), string.Join(", ", finding.Composition),
        }).ToList());
        List<(string, string)> facts =
        [
            ("engine", report.Engine), ("reference", Number(report.ReferencePerInk * 1000, "f4") + " ns for 1000 ink"),
            ("tried", Number(report.Tried, "f0") + " programs"), ("worst ratio", Number(report.Worst[0].Ratio, "f2")),
        ];
        if (kept is not null) facts.Add(("kept", kept));
        TextOutput.Facts([.. facts]);
    }

    private static void WriteAttackJson(AttackReport report, ulong seed, string? kept) => JsonOutput.Write(writer =>
    {
        writer.WriteString("engine", report.Engine);
        writer.WriteString("schedule", Profiles.ContractVmV1.Schedule.Name);
        writer.WriteNumber("seed", seed);
        writer.WriteNumber("referenceNsPerInk", report.ReferencePerInk);
        writer.WriteNumber("tried", report.Tried);
        writer.WriteStartArray("worst");
        foreach (Finding finding in report.Worst)
        {
            writer.WriteStartObject();
            writer.WriteNumber("ratio", Math.Round(finding.Ratio, 4));
            writer.WriteNumber("nsPerInk", finding.NanosecondsPerInk);
            writer.WriteStrings("composition", finding.Composition.ToArray());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (kept is not null) writer.WriteString("kept", kept);
    });

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
