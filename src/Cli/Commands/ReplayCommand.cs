using System;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;
using ContractVm.HostApi;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm replay</c>: executes blocks again in a second database and compares everything.</summary>
internal static class ReplayCommand
{
    private const ulong ProgressStep = 1000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<ulong> from = Numbers.Option("--from", "First block to compare; those before it are executed too, but for --stored-states.", 1, ulong.MaxValue, 1);
        Option<ulong?> to = Numbers.Optional("--to", "Last block; the head where not given.", 0, ulong.MaxValue);
        Option<string> directory = ChainDirectory.DatabaseOption();
        Option<string> engine = SharedOptions.EngineOption();
        Option<bool> stored = new("--stored-states") { Description = "Execute each block on the state that its parent left, as the database has it, not on one made from block 0." };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("replay", "Execute every block again, from block 0, in a second database, and compare state roots, receipts and gas.")
        {
            Notes =
            [
                "Exit code 1 where something differs; the first difference is named. The second database is in memory.",
                "--stored-states takes time for the blocks asked for alone. It believes the state before the first of them, which must be kept:",
                "cvm state root --block N --recompute computes its root from every account and slot.",
                "The engine makes no difference: --engine interpreter checks what compiled code did, and the other way.",
            ],
            Examples = ["cvm replay --db /tmp/chain", "cvm replay --db /tmp/chain --engine interpreter", "cvm replay --db /tmp/chain --from 10 --to 20 --stored-states --json"],
        };
        command.Add(from);
        command.Add(to);
        command.Add(stored);
        command.Add(directory);
        command.Add(engine);
        command.Add(json);
        TracedOptions trace = new(command);
        return command.Does(parsed => trace.Run(
            parsed, tracer => Run(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(stored), parsed.GetRequiredValue(directory), parsed.GetEngine(engine), parsed.GetValue(json), tracer)));
    }

    private static int Run(ulong from, ulong? given, bool stored, string directory, EngineChoice engine, bool json, ITracer? tracer) => ChainDirectory.Open(directory, chain =>
    {
        ulong to = given ?? chain.Head.Number;
        if (to > chain.Head.Number) throw new FailureException($"there is no block {to}: the last one is {chain.Head.Number}");
        if (from > to && to > 0) throw new UsageException($"--from {from} is above --to {to}");
        long start = Stopwatch.GetTimestamp();
        Action<ulong>? progress = json ? null : static number =>
        {
            if (number % ProgressStep == 0) TextOutput.Line(string.Create(CultureInfo.InvariantCulture, $"block {number}"));
        };
        ReplayReport report = stored && to > 0
            ? Replay.RunOnStoredStates(chain, from, to, progress, tracer)
            : Replay.Run(chain, new MemoryStore(), from, to, progress, tracer: tracer);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteBoolean("identical", report.Difference is null);
                if (report.Difference is string difference) writer.WriteString("difference", difference);
                writer.WriteNumber("from", from);
                writer.WriteNumber("to", to);
                writer.WriteNumber("blocks", report.Blocks);
                writer.WriteNumber("transactions", report.Transactions);
                writer.WriteNumber("gasUsed", report.GasUsed);
                writer.WriteNumber("inkUsed", report.InkUsed);
                writer.WriteString("stateRoot", report.StateRoot.ToString());
                writer.WriteRuns("runs", report.EngineRuns);
                writer.WriteNumber("elapsedMs", Math.Round(time.TotalMilliseconds, 3));
            });
        }
        else if (report.Difference is null)
        {
            TextOutput.Line(string.Create(CultureInfo.InvariantCulture,
                $"identical: {report.Blocks} blocks, {report.Transactions} transactions, {report.GasUsed} gas, {report.InkUsed} ink"));
            TextOutput.Line($"state root of block {to}: {report.StateRoot}");
            TextOutput.Line($"engine: {EngineNames.Describe(report.EngineRuns)}");
        }
        else
        {
            throw new FailureException(report.Difference);
        }

        return report.Difference is null ? ExitCodes.Success : ExitCodes.Failure;
    }, engine);
}
