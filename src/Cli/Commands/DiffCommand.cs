using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm diff</c>: the same call in both engines, and the first instruction at which they part (<see cref="EngineDifference"/>).</summary>
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
                "Where the engines differ, the call is repeated with less and less ink until they do not, which gives the metering block; then both show their",
                "operand stacks before each instruction, which gives the instruction. Code that shows them is other code: where it is right, only the block is known.",
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
        Report(path, new EngineDifference(invocation, range => range.Length == 0 ? invocation : invocation.Observed(ModuleFile.Load(path, profile), range)), invocation, ink, json);
        return ExitCodes.Success;
    }

    /// <summary>Looks for a difference and says what was found.</summary>
    /// <exception cref="FailureException">The engines differ.</exception>
    internal static void Report(string path, EngineDifference difference, Invocation invocation, ulong ink, bool json)
    {
        if (!difference.TryFind(ink))
        {
            ulong used = EngineDifference.InkUsed(invocation, EngineKind.Interpreter, ink);
            if (json) JsonOutput.Write(writer => { writer.WriteBoolean("same", true); writer.WriteNumber("inkUsed", used); });
            else TextOutput.Line(string.Create(CultureInfo.InvariantCulture, $"the same: both engines agree after {used} ink"));
            return;
        }

        if (json) JsonOutput.Write(writer => Write(writer, difference));
        else Write(invocation.Module, difference);
        throw new FailureException($"{path}: the engines differ in {difference.Seen.Name}");
    }

    private static void Write(Utf8JsonWriter writer, EngineDifference difference)
    {
        writer.WriteBoolean("same", false);
        writer.WriteString("what", difference.Seen.Name);
        writer.WriteString("interpreter", difference.Seen.First);
        writer.WriteString("compiled", difference.Seen.Second);
        writer.WriteNumber("ink", difference.Ink);
        if (difference.First is FirstInstruction first)
        {
            writer.WriteStartObject("first");
            writer.WriteNumber("function", first.Function);
            writer.WriteNumber("offset", first.Offset);
            writer.WriteString("instruction", first.Instruction);
            writer.WriteString("what", first.What);
            writer.WriteString("interpreter", first.Interpreter);
            writer.WriteString("compiled", first.Compiled);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("first");
        }

        writer.WriteStartArray("instructions");
        foreach (BlockStep step in Shown(difference))
        {
            writer.WriteStartObject();
            writer.WriteNumber("function", step.Function);
            writer.WriteNumber("offset", step.Offset);
            writer.WriteString("instruction", step.Name);
            writer.WriteString("top", step.Top);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Module module, EngineDifference difference)
    {
        TextOutput.Facts(
            ("differs", difference.Seen.Name), ("interpreter", difference.Seen.First), ("compiled", difference.Seen.Second), ("least ink", difference.Ink.ToString(CultureInfo.InvariantCulture)));
        if (difference.First is FirstInstruction first)
        {
            string where = first.Function < 0 ? "before the first instruction" : string.Create(CultureInfo.InvariantCulture, $"{first.Instruction} in function {FunctionLabel.Of(module, first.Function)}, byte {first.Offset}");
            TextOutput.Line("the first instruction after which the observed runs differ");
            TextOutput.Facts(("instruction", where), ("differs", first.What), ("interpreter", first.Interpreter), ("compiled", first.Compiled));
        }
        else
        {
            TextOutput.Line("observed code does what the interpreter does: the instruction is not known");
        }

        TextOutput.Line("instructions of the last metering block that ran, with the top of the operand stack before each");
        TextOutput.Table(["function", "byte", "instruction", "top"], Shown(difference).Select(step => new[] { FunctionLabel.Of(module, step.Function), Number(step.Offset), step.Name, step.Top }).ToList());
    }

    private static IEnumerable<BlockStep> Shown(EngineDifference difference) => difference.Block.Skip(difference.Block.Count - ShownSteps);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
