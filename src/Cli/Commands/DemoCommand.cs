using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Demo;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm demo</c>: a token on a persistent chain, end to end.</summary>
internal static class DemoCommand
{
    private const ulong DefaultTransactions = 1000, MostTransactions = 10_000_000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<string?> directory = new("--db") { Description = "An empty or new directory for the chain; a fresh temporary one unless given.", HelpName = "DIR" };
        Option<ulong> transactions = Numbers.Option("--transactions", "Transactions to send after the deployment.", 1, MostTransactions, DefaultTransactions);
        Option<string> engine = SharedOptions.EngineOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("demo", "Create a chain, deploy a token, send transactions, close and reopen the database, and replay every block in a second one.")
        {
            Notes = ["The same transactions every time, so the state root is the same on every machine and in every engine. Some fail on purpose."],
            Examples = ["cvm demo", "cvm demo --db /tmp/chain --transactions 5000", "cvm demo --engine interpreter", "cvm demo --json"],
        };
        command.Add(directory);
        command.Add(transactions);
        command.Add(engine);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetValue(directory), (int)parsed.GetValue(transactions), parsed.GetEngine(engine), parsed.GetValue(json)));
    }

    private static int Run(string? given, int transactions, EngineChoice engine, bool json)
    {
        string module = Path.Combine(AppContext.BaseDirectory, "token.wasm");
        if (!File.Exists(module)) throw new FailureException($"the token's module is missing: {module}");
        string directory = given is null ? Directory.CreateTempSubdirectory("cvm-demo-").FullName : Path.GetFullPath(given);
        DemoReport report;
        try
        {
            report = DemoRun.Run(directory, File.ReadAllBytes(module), transactions, engine, json ? static _ => { } : TextOutput.Line);
        }
        catch (Exception exception) when (exception is StoreException or InvalidBlockException)
        {
            throw new FailureException($"{directory}: {exception.Message}");
        }

        if (json) WriteJson(report);
        else WriteText(report);
        return report.Replay.Difference is null ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static void WriteText(DemoReport report)
    {
        List<string[]> rows =
        [
            ["blocks", Number(report.Blocks)],
            ["transactions", Number(report.Transactions)],
            .. report.Outcomes.Select(static pair => new[] { $"  {pair.Key}", Number(pair.Value) }),
            ["engine", EngineNames.Describe(report.Runs)],
            ["gas", Number(report.GasUsed)],
            ["ink", Number(report.InkUsed)],
            ["transactions a second", $"{PerSecond(report.Transactions, report.Time)} signed, executed and committed; {PerSecond(report.Transactions, report.ReplayTime)} replayed"],
            ["state root", report.Head.StateRoot.ToString()],
            ["receipts root", $"{report.Head.ReceiptsRoot} (block {Number(report.Head.Number)})"],
            ["replay", report.Replay.Difference ?? $"identical: state roots, receipts roots and gas of {Number(report.Replay.Blocks)} blocks"],
            ["token", report.Token.ToChecksumString()],
            ["database", report.Directory],
        ];
        TextOutput.Table(["", "result"], rows);
        if (report.Replay.Difference is null) TextOutput.Line($"Look around: cvm block 2 --db {report.Directory}");
    }

    private static void WriteJson(DemoReport report) => JsonOutput.Write(writer =>
    {
        writer.WriteString("database", report.Directory);
        writer.WriteString("token", report.Token.ToChecksumString());
        writer.WriteNumber("blocks", report.Blocks);
        writer.WriteNumber("transactions", report.Transactions);
        writer.WriteStartObject("outcomes");
        foreach ((Outcome outcome, long count) in report.Outcomes) writer.WriteNumber(outcome.ToString(), count);
        writer.WriteEndObject();
        writer.WriteRuns("runs", report.Runs);
        writer.WriteNumber("gasUsed", report.GasUsed);
        writer.WriteNumber("inkUsed", report.InkUsed);
        writer.WriteString("stateRoot", report.Head.StateRoot.ToString());
        writer.WriteString("receiptsRoot", report.Head.ReceiptsRoot.ToString());
        writer.WriteString("blockHash", report.Head.Hash.ToString());
        writer.WriteBoolean("replayIdentical", report.Replay.Difference is null);
        if (report.Replay.Difference is string difference) writer.WriteString("replayDifference", difference);
        writer.WriteNumber("elapsedMs", Math.Round(report.Time.TotalMilliseconds, 3));
        writer.WriteNumber("replayMs", Math.Round(report.ReplayTime.TotalMilliseconds, 3));
    });

    private static string PerSecond(long count, TimeSpan time) => Number((long)(count / time.TotalSeconds));

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString("#,0", CultureInfo.InvariantCulture);
}
