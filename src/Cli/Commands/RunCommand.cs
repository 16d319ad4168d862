using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm run</c>: call an exported function of a module that needs no host.</summary>
internal static class RunCommand
{
    private const ulong MostRepeats = 1_000_000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = SharedOptions.ModuleFile();
        Argument<string[]> arguments = SharedOptions.InvocationArguments();
        Option<string> invoke = SharedOptions.InvokedFunction();
        Option<ulong> ink = SharedOptions.InvocationInk();
        Option<string> profile = SharedOptions.ProfileOption(Profiles.Bare);
        Option<ulong> repeat = Numbers.Option("--repeat", "Run so many times, each on a fresh instance, and time each.", 1, MostRepeats, 1);
        Option<string?> trace = new("--trace") { Description = "Write every step to a file: a JSON object a line.", HelpName = "FILE" };
        Option<bool> coverage = new("--coverage") { Description = "Tell for each function how many of its instructions ran." };
        Option<string?> gasProfile = new("--gas-profile") { Description = "Tell where ink went, and write it by call stack to a file (folded stacks, for flame graphs).", HelpName = "FILE" };
        Option<string> engine = SharedOptions.EngineOption();
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("run", "Call an exported function of a module without imports, after its start function.")
        {
            Notes =
            [
                "i32, i64  decimal, signed or unsigned (-1, 4294967295), or hexadecimal (0xff).",
                "f32, f64  decimal (-0.5, 1e10), nan, inf, -inf; a 0x value is the float's bits (0x3f800000 is the f32 1).",
                "v128      0x and up to 32 hexadecimal digits, the highest lane first.",
                "Results are printed as values and as bits in hexadecimal. The time is that of the call alone; the first",
                "one includes what .NET takes to compile the engine, so use --repeat to measure.",
                "The compiled engine runs what it can, the interpreter the rest; --engine insists on one. Results and ink are the same.",
                "--trace and --coverage run the call once more in the interpreter, watched: it must end as before, to the unit of ink. A line of a trace",
                "is a step (function, byte offset, instruction, ink left, height and top of the operand stack), a memory access, or the end.",
                "Exit code 0 where the outcome is Success, 1 for any other outcome or a refused module, 2 for arguments",
                "that do not fit the function's type.",
            ],
            Examples =
            [
                "cvm run add.wat --invoke add 2 -3",
                "cvm run math.wasm --invoke hypot 3.0 0x4010000000000000 --json",
                "cvm run loop.wasm --invoke spin 1000000 --ink 5000000 --repeat 5",
                "cvm run add.wat --invoke add 2 3 --trace steps.jsonl --coverage",
            ],
        };
        command.Add(file);
        command.Add(arguments);
        command.Add(invoke);
        command.Add(ink);
        command.Add(repeat);
        command.Add(profile);
        command.Add(engine);
        command.Add(trace);
        command.Add(coverage);
        command.Add(gasProfile);
        command.Add(json);
        return command.Does(parsed => Run(
            parsed.GetRequiredValue(file), parsed.GetProfile(profile), parsed.GetRequiredValue(engine), parsed.GetRequiredValue(invoke), parsed.GetValue(arguments) ?? [],
            parsed.GetValue(ink), (int)parsed.GetValue(repeat), parsed.GetValue(trace), parsed.GetValue(coverage), parsed.GetValue(gasProfile), parsed.GetValue(json)));
    }

    private static int Run(string path, Profile profile, string engine, string name, string[] arguments, ulong ink, int repeat, string? trace, bool coverage, string? gasProfile, bool json)
    {
        Module module = ModuleFile.Load(path, profile);
        Invocation invocation = Invocation.Prepare(path, module, name, arguments);
        invocation.Engine = EngineNames.Choose(engine, path, module);
        InvocationResult result = invocation.Run(ink, repeat);
        if (trace is not null)
        {
            using StepTrace steps = new(trace);
            invocation.RunObserved(ink, steps, result);
            steps.End(result.Execution, result.InkUsed);
        }

        Coverage? covered = coverage ? new Coverage() : null;
        if (covered is not null) invocation.RunObserved(ink, covered, result);
        InkProfile? spent = gasProfile is null ? null : new InkProfile(module, ink);
        if (spent is not null)
        {
            invocation.RunObserved(ink, spent, result);
            spent.End(ink - result.InkUsed);
            spent.WriteFolded(gasProfile!);
        }

        if (json) WriteJson(result, invocation.Engine, module, covered, spent);
        else WriteText(result, invocation.Engine, module, covered, spent);
        return result.Execution.Outcome == Outcome.Success
            ? ExitCodes.Success
            : throw new FailureException($"{path}: {Reason(module, name, ink, result.Execution)}");
    }

    private static void WriteJson(InvocationResult result, EngineKind engine, Module module, Coverage? coverage, InkProfile? spent) => JsonOutput.Write(writer =>
    {
        writer.WriteString("outcome", result.Execution.Outcome.ToString());
        writer.WriteStartArray("results");
        foreach ((ValueType type, ulong low, ulong high) in result.Values)
        {
            writer.WriteStartObject();
            writer.WriteString("type", type.ToString());
            writer.WriteString("value", NumericText.Bits(type, low, high));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("engine", EngineNames.Of(engine));
        writer.WriteNumber("inkUsed", result.InkUsed);
        writer.WriteStartArray("elapsedMs");
        foreach (double elapsed in result.ElapsedMilliseconds) writer.WriteNumberValue(elapsed);
        writer.WriteEndArray();
        if (result.Execution.Trap != TrapKind.None)
        {
            writer.WriteStartObject("trap");
            writer.WriteString("kind", result.Execution.Trap.ToString());
            writer.WriteIndex("function", result.Execution.TrapFunction);
            writer.WriteIndex("offset", result.Execution.TrapOffset);
            writer.WriteEndObject();
        }

        if (coverage is not null) WriteCoverage(writer, module, coverage);
        if (spent is not null) WriteProfile(writer, module, spent);
    });

    private static void WriteProfile(Utf8JsonWriter writer, Module module, InkProfile spent)
    {
        writer.WriteStartObject("gasProfile");
        writer.WriteStartArray("functions");
        foreach ((int function, ulong functionInk) in spent.Functions)
        {
            writer.WriteStartObject();
            writer.WriteNumber("function", function);
            if (module.FunctionNames.TryGetValue(function, out string? functionName)) writer.WriteString("name", functionName);
            writer.WriteNumber("ink", functionInk);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("instructions");
        foreach ((string instruction, long count, ulong instructionInk) in spent.Instructions)
        {
            writer.WriteStartObject();
            writer.WriteString("instruction", instruction);
            writer.WriteNumber("count", count);
            writer.WriteNumber("ink", instructionInk);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteCoverage(Utf8JsonWriter writer, Module module, Coverage coverage)
    {
        writer.WriteStartArray("coverage");
        foreach ((int function, int run, int all) in coverage.Functions(module))
        {
            writer.WriteStartObject();
            writer.WriteNumber("function", function);
            if (module.FunctionNames.TryGetValue(function, out string? functionName)) writer.WriteString("name", functionName);
            writer.WriteNumber("run", run);
            writer.WriteNumber("instructions", all);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteText(InvocationResult result, EngineKind engine, Module module, Coverage? coverage, InkProfile? spent)
    {
        TextOutput.Table(
            ["type", "value", "bits"],
            result.Values.Select(value => new[] { value.Type.ToString(), NumericText.Readable(value.Type, value.Low), NumericText.Bits(value.Type, value.Low, value.High) }).ToList());
        TextOutput.Facts(
            ("outcome", result.Execution.Outcome.ToString()),
            ("engine", EngineNames.Of(engine)),
            ("ink used", result.InkUsed.ToString(CultureInfo.InvariantCulture)),
            ("elapsed", Times(result.ElapsedMilliseconds)));
        if (coverage is not null)
        {
            TextOutput.Table(
                ["function", "instructions run", "of", "percent"],
                coverage.Functions(module).Select(row => new[]
                {
                    FunctionLabel.Of(module, row.Function), Number(row.Run), Number(row.All), (100.0 * row.Run / row.All).ToString("f1", CultureInfo.InvariantCulture),
                }).ToList());
        }

        if (spent is null) return;
        TextOutput.Table(["function", "ink"], spent.Functions.Select(row => new[] { FunctionLabel.Of(module, row.Function), row.Ink.ToString(CultureInfo.InvariantCulture) }).ToList());
        TextOutput.Table(
            ["instruction", "count", "ink"],
            spent.Instructions.Select(row => new[] { row.Name, row.Count.ToString(CultureInfo.InvariantCulture), row.Ink.ToString(CultureInfo.InvariantCulture) }).ToList());
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Times(double[] elapsed)
    {
        if (elapsed.Length == 0) return "the function did not run";
        if (elapsed.Length == 1) return string.Create(CultureInfo.InvariantCulture, $"{elapsed[0]} ms");
        double[] sorted = elapsed.Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"{sorted[0]} ms least, {sorted[sorted.Length / 2]} ms median, {sorted[^1]} ms most, of {sorted.Length} runs");
    }

    private static string Reason(Module module, string name, ulong ink, ExecutionResult execution) => execution.Outcome switch
    {
        Outcome.OutOfInk => string.Create(CultureInfo.InvariantCulture, $"{name} ended as OutOfInk: {ink} ink did not suffice (--ink gives more)"),
        Outcome.OutOfStack => string.Create(CultureInfo.InvariantCulture, $"{name} ended as OutOfStack: calls nested deeper than {module.Profile.Schedule.StackWords} words of stack"),
        _ when execution.TrapOffset >= 0 => string.Create(CultureInfo.InvariantCulture, $"{name} trapped: {execution.Trap} at byte {execution.TrapOffset}, {FunctionLabel.Of(module, execution.TrapFunction)}"),
        _ => $"the module cannot be instantiated: a segment does not fit ({execution.Trap})",
    };
}
