using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ContractVm.Gas;

namespace ContractVm.Conformance;

/// <summary>What running a script came to. Every command is counted in one of the three numbers.</summary>
public sealed class ScriptReport
{
    /// <summary>Commands that went as the script says.</summary>
    public int Passed { get; internal set; }
    /// <summary>One line for each command that did not: file, line, what was expected and what came.</summary>
    public List<string> Failures { get; } = [];
    /// <summary>One line for each command that was not run, with the reason.</summary>
    public List<string> Skipped { get; } = [];
}

/// <summary>
/// Runs assertion scripts in the JSON form of the WebAssembly tools: a list of commands over binary modules beside the script
/// (module, register, action, assert_return, assert_trap, assert_exhaustion, assert_invalid, assert_malformed,
/// assert_unlinkable, assert_uninstantiable). NaN patterns mean the positive canonical NaN, as the deterministic profile has it.
/// </summary>
public sealed class ScriptRunner
{
    private const ulong InkPerCall = ulong.MaxValue;
    private readonly string _folder;
    private readonly string _file;
    private readonly ScriptReport _report = new();
    private readonly Dictionary<string, Instance> _named = new(StringComparer.Ordinal);
    private Instance? _current;
    private string? _skipReason;

    private ScriptRunner(string path)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _file = Path.GetFileName(path);
    }

    /// <summary>Runs one script.</summary>
    public static ScriptReport Run(string path)
    {
        ScriptRunner runner = new(path);
        using JsonDocument script = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (JsonElement command in script.RootElement.GetProperty("commands").EnumerateArray()) runner.RunCommand(command);
        return runner._report;
    }

    private void RunCommand(JsonElement command)
    {
        string type = command.GetProperty("type").GetString()!;
        int line = command.GetProperty("line").GetInt32();
        switch (type)
        {
            case "module":
                LoadModule(command, line);
                break;
            case "action" or "assert_return" or "assert_trap" or "assert_exhaustion":
                RunAction(type, command, line);
                break;
            case "assert_invalid" or "assert_malformed":
                RunRejection(type, command, line);
                break;
            case "assert_uninstantiable":
                RunUninstantiable(command, line);
                break;
            default:
                Skip(line, $"{type} needs linking between modules");
                break;
        }
    }

    private void LoadModule(JsonElement command, int line)
    {
        _current = null;
        _skipReason = null;
        if (!Module.TryLoad(Read(command), Profiles.Bare, out Module module, out ModuleError error))
        {
            if (error.Kind == ModuleErrorKind.Unsupported)
            {
                Skip(line, error.Detail);
                _skipReason = error.Detail;
            }
            else
            {
                Fail(line, $"the module was refused: {error}");
                _skipReason = "its module was refused";
            }

            return;
        }

        try
        {
            ExecutionResult result = Instance.Create(module, SpecTestHost.Resolve, null, out Instance? instance);
            if (instance is not null && result.Outcome == Outcome.Success) result = instance.RunStart(NewMeter());
            if (result.Outcome != Outcome.Success)
            {
                Fail(line, $"instantiation ended as {result.Outcome} {result.Trap}");
                return;
            }

            _current = instance;
            if (command.TryGetProperty("name", out JsonElement name)) _named[name.GetString()!] = instance!;
            _report.Passed++;
        }
        catch (InstantiationException exception)
        {
            Skip(line, exception.Message);
            _skipReason = exception.Message;
        }
    }

    private void RunAction(string type, JsonElement command, int line)
    {
        JsonElement action = command.GetProperty("action");
        Instance? instance = _current;
        if (action.TryGetProperty("module", out JsonElement named) && !_named.TryGetValue(named.GetString()!, out instance)) instance = null;
        if (instance is null)
        {
            Skip(line, $"no instance: {_skipReason}");
            return;
        }

        string field = action.GetProperty("field").GetString()!;
        if (!instance.Module.TryGetExport(field, out Export export))
        {
            Fail(line, $"there is no export {field}");
            return;
        }

        ulong[] results;
        ExecutionResult outcome;
        if (export.Kind == ExternalKind.Global)
        {
            results = [instance.Globals[export.Index]];
            outcome = ExecutionResult.Success;
        }
        else if (export.Index < instance.Module.ImportedFunctions)
        {
            Skip(line, "the export is an imported function");
            return;
        }
        else
        {
            List<ulong> arguments = [];
            foreach (JsonElement argument in action.GetProperty("args").EnumerateArray()) arguments.Add(ParseValue(argument, out _));
            results = new ulong[instance.Module.TypeOfFunction(export.Index).Results.Length];
            outcome = instance.Invoke(export.Index, arguments.ToArray(), results, NewMeter());
        }

        switch (type)
        {
            case "assert_trap" when outcome.Outcome == Outcome.Failure && TrapText(outcome.Trap) is string text
                && command.GetProperty("text").GetString()!.StartsWith(text, StringComparison.Ordinal):
            case "assert_exhaustion" when outcome.Outcome is Outcome.OutOfStack or Outcome.OutOfInk:
            case "action" when outcome.Outcome == Outcome.Success:
                _report.Passed++;
                return;
            case "assert_return" when outcome.Outcome == Outcome.Success:
                CompareResults(command.GetProperty("expected"), results, line);
                return;
            default:
                Fail(line, $"{type} {field}: ended as {outcome.Outcome} {outcome.Trap}");
                return;
        }
    }

    private void CompareResults(JsonElement expected, ulong[] results, int line)
    {
        int index = 0;
        foreach (JsonElement value in expected.EnumerateArray())
        {
            ulong wanted = ParseValue(value, out bool isAny);
            if (index >= results.Length || (isAny ? results[index] == 0 : results[index] != wanted))
            {
                Fail(line, $"result {index} is {(index < results.Length ? results[index] : 0):x}, expected {value}");
                return;
            }

            index++;
        }

        if (index == results.Length) _report.Passed++;
        else Fail(line, $"{results.Length} results, expected {index}");
    }

    private void RunRejection(string type, JsonElement command, int line)
    {
        if (command.GetProperty("module_type").GetString() != "binary")
        {
            Skip(line, "a module in the text format");
            return;
        }

        ModuleErrorKind wanted = type == "assert_invalid" ? ModuleErrorKind.Invalid : ModuleErrorKind.Malformed;
        if (Module.TryLoad(Read(command), Profiles.Bare, out _, out ModuleError error)) Fail(line, $"{type}: accepted, expected {command.GetProperty("text")}");
        else if (error.Kind == wanted) _report.Passed++;
        else if (error.Kind == ModuleErrorKind.Unsupported) Skip(line, error.Detail);
        else Fail(line, $"{type}: {error}, expected {command.GetProperty("text")}");
    }

    private void RunUninstantiable(JsonElement command, int line)
    {
        if (!Module.TryLoad(Read(command), Profiles.Bare, out Module module, out ModuleError error))
        {
            if (error.Kind == ModuleErrorKind.Unsupported) Skip(line, error.Detail);
            else Fail(line, $"the module was refused: {error}");
            return;
        }

        try
        {
            ExecutionResult result = Instance.Create(module, SpecTestHost.Resolve, null, out Instance? instance);
            if (instance is not null) result = instance.RunStart(NewMeter());
            if (result.Outcome == Outcome.Failure) _report.Passed++;
            else Fail(line, $"assert_uninstantiable: ended as {result.Outcome}");
        }
        catch (InstantiationException exception)
        {
            Skip(line, exception.Message);
        }
    }

    private byte[] Read(JsonElement command) => File.ReadAllBytes(Path.Combine(_folder, command.GetProperty("filename").GetString()!));

    private static Meter NewMeter() => new(InkPerCall, Profiles.Bare.Schedule.StackWords);

    /// <summary>Parses an argument or expected value; the flag is set for "any non-null reference".</summary>
    private static ulong ParseValue(JsonElement element, out bool isAny)
    {
        string type = element.GetProperty("type").GetString()!;
        string text = element.TryGetProperty("value", out JsonElement value) ? value.GetString()! : "any";
        isAny = text == "any";
        return (type, text) switch
        {
            ("funcref" or "externref", "null") => 0,
            ("externref", _) when !isAny => ulong.Parse(text, CultureInfo.InvariantCulture) + 1,
            ("f32", "nan:canonical" or "nan:arithmetic") => 0x7FC0_0000,
            ("f64", "nan:canonical" or "nan:arithmetic") => 0x7FF8_0000_0000_0000,
            _ when isAny => 0,
            _ => ulong.Parse(text, CultureInfo.InvariantCulture),
        };
    }

    private static string? TrapText(TrapKind trap) => trap switch
    {
        TrapKind.Unreachable => "unreachable",
        TrapKind.DivideByZero => "integer divide by zero",
        TrapKind.IntegerOverflow => "integer overflow",
        TrapKind.InvalidConversion => "invalid conversion to integer",
        TrapKind.MemoryOutOfBounds => "out of bounds memory access",
        TrapKind.TableOutOfBounds => "out of bounds table access",
        TrapKind.UndefinedElement => "undefined element",
        TrapKind.UninitializedElement => "uninitialized element",
        TrapKind.IndirectCallTypeMismatch => "indirect call type mismatch",
        _ => null,
    };

    private void Fail(int line, string what) => _report.Failures.Add(string.Create(CultureInfo.InvariantCulture, $"{_file}:{line}: {what}"));

    private void Skip(int line, string why) => _report.Skipped.Add(string.Create(CultureInfo.InvariantCulture, $"{_file}:{line}: {why}"));
}

/// <summary>The functions of the suite's <c>spectest</c> module: they take values and do nothing.</summary>
internal static class SpecTestHost
{
    public static HostFunction? Resolve(Import import)
    {
        if (import.Module != "spectest" || import.Kind != ExternalKind.Function) return null;
        ValueType[]? parameters = import.Name switch
        {
            "print" => [],
            "print_i32" => [ValueType.I32],
            "print_i64" => [ValueType.I64],
            "print_f32" => [ValueType.F32],
            "print_f64" => [ValueType.F64],
            "print_i32_f32" => [ValueType.I32, ValueType.F32],
            "print_f64_f64" => [ValueType.F64, ValueType.F64],
            _ => null,
        };
        return parameters is null ? null : new HostFunction("spectest", import.Name, new FunctionType(parameters, []), static (_, _) => HostStatus.Continue);
    }
}
