using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Commands;

/// <summary>
/// <c>cvm diff</c>: the same call in both engines, and the first place where they part. Runs with the same ink stop at the same metering
/// block, so the least ink with which the engines differ, found by halving, names the block, and the interpreter's steps its instructions.
/// </summary>
internal static class DiffCommand
{
    private const int ShownSteps = 20;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = SharedOptions.ModuleFile();
        Argument<string[]> arguments = SharedOptions.InvocationArguments();
        Option<string> invoke = SharedOptions.InvokedFunction();
        Option<ulong> ink = SharedOptions.InvocationInk();
        Option<string> profile = SharedOptions.ProfileOption(Profiles.Bare);
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("diff", "Run a call in the interpreter and compiled, and name the first difference, down to the instruction.")
        {
            Notes =
            [
                "Compared are outcome, place of a trap, results, ink, globals, tables and memories. Values are written as for run.",
                "Where the engines differ, the call is repeated with less and less ink until they do not; the instructions between are printed.",
                "Exit code 0 where both agree, 1 where they do not.",
            ],
            Examples = ["cvm diff add.wat --invoke add 2 3", "cvm diff loop.wasm --invoke spin 1000 --ink 5000000 --json"],
        };
        command.Add(file);
        command.Add(arguments);
        command.Add(invoke);
        command.Add(ink);
        command.Add(profile);
        command.Add(json);
        return command.Does(parsed => Run(
            parsed.GetRequiredValue(file), parsed.GetProfile(profile), parsed.GetRequiredValue(invoke), parsed.GetValue(arguments) ?? [], parsed.GetValue(ink), parsed.GetValue(json)));
    }

    private static int Run(string path, Profile profile, string name, string[] arguments, ulong ink, bool json)
    {
        Module module = ModuleFile.Load(path, profile);
        Invocation invocation = Invocation.Prepare(path, module, name, arguments);
        EngineNames.Choose("compiled", path, module);
        ulong used = Math.Max(InkUsed(invocation, ink, EngineKind.Interpreter), InkUsed(invocation, ink, EngineKind.Compiled));
        (string Name, string First, string Second)? difference = Compare(invocation, ink);
        if (difference is null)
        {
            if (json) JsonOutput.Write(writer => { writer.WriteBoolean("same", true); writer.WriteNumber("inkUsed", used); });
            else TextOutput.Line(string.Create(CultureInfo.InvariantCulture, $"the same: both engines agree after {used} ink"));
            return ExitCodes.Success;
        }

        ulong least = Least(invocation, Math.Min(used, ink), ink, ref difference);
        List<Step> steps = Steps(invocation, least);
        (string what, string first, string second) = difference ?? default;
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteBoolean("same", false);
                writer.WriteString("what", what);
                writer.WriteString("interpreter", first);
                writer.WriteString("compiled", second);
                writer.WriteNumber("ink", least);
                writer.WriteStartArray("instructions");
                foreach (Step step in steps)
                {
                    writer.WriteStartObject();
                    writer.WriteNumber("function", step.Function);
                    writer.WriteNumber("offset", step.Offset);
                    writer.WriteString("instruction", step.Name);
                    writer.WriteString("top", step.Top);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
        }
        else
        {
            TextOutput.Facts(("differs", what), ("interpreter", first), ("compiled", second), ("least ink", least.ToString(CultureInfo.InvariantCulture)));
            TextOutput.Line("instructions of the last metering block that ran, with the top of the operand stack before each");
            TextOutput.Table(["function", "byte", "instruction", "top"], steps.Select(step => new[] { FunctionLabel.Of(module, step.Function), Number(step.Offset), step.Name, step.Top }).ToList());
        }

        throw new FailureException($"{path}: the engines differ in {what}");
    }

    private static ulong InkUsed(Invocation invocation, ulong ink, EngineKind engine)
    {
        invocation.Engine = engine;
        return invocation.Run(ink, 1).InkUsed;
    }

    private static (string Name, string First, string Second)? Compare(Invocation invocation, ulong ink) =>
        EngineSnapshot.Difference(invocation.Inspect(ink, EngineKind.Interpreter), invocation.Inspect(ink, EngineKind.Compiled));

    /// <summary>The least ink with which the engines differ; what they differ in then takes the place of what was known.</summary>
    private static ulong Least(Invocation invocation, ulong used, ulong ink, ref (string Name, string First, string Second)? difference)
    {
        // Below the ink that was used the end is OutOfInk; at it, the end that was seen first.
        ulong low = 0, high = used;
        if (Compare(invocation, high) is { } atUsed) difference = atUsed;
        else return ink;
        while (low < high)
        {
            ulong middle = low + (high - low) / 2;
            if (Compare(invocation, middle) is { } found) (high, difference) = (middle, found);
            else low = middle + 1;
        }

        return high;
    }

    private static List<Step> Steps(Invocation invocation, ulong ink)
    {
        LastBlock last = new();
        invocation.Inspect(ink, EngineKind.Interpreter, last);
        return last.Steps.Count <= ShownSteps ? last.Steps : last.Steps[^ShownSteps..];
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed record Step(int Function, int Offset, string Name, string Top);

    /// <summary>Keeps the steps since ink was paid last.</summary>
    private sealed class LastBlock : ExecutionObserver
    {
        private ulong _ink;

        public List<Step> Steps { get; } = [];

        public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
        {
            if (inkLeft != _ink) Steps.Clear();
            _ink = inkLeft;
            string top = operands.IsEmpty ? "" : string.Create(CultureInfo.InvariantCulture, $"0x{operands[^1]:x}");
            Steps.Add(new Step(function, offset, instance.Module.InstructionAt(offset)?.Name ?? "", top));
        }
    }
}
