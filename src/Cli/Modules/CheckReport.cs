using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Modules;

/// <summary>What a profile says of a module, for people and for programs.</summary>
internal sealed class CheckReport
{
    private readonly ModuleFile _file;
    private readonly Profile _profile;
    private readonly IReadOnlyList<ModuleReason> _reasons;
    private readonly int _uncounted;
    private readonly bool _isComplete;
    /// <summary>What was read; null where nothing was.</summary>
    private readonly Module? _module;

    /// <summary>Looks at a module; it is read twice where it is refused, because the first error and all reasons are two questions.</summary>
    public CheckReport(ModuleFile file, Profile profile)
    {
        _file = file;
        _profile = profile;
        if (file.TryLoad(profile, out Module module, out ModuleError error))
        {
            (_module, _reasons, _isComplete) = (module, [], true);
            return;
        }

        Error = error;
        ModuleExamination? examination = file.Examine(profile);
        _module = examination?.Module;
        _reasons = examination?.Reasons ?? [new ModuleReason(error, 1)];
        _uncounted = examination?.Uncounted ?? 0;
        _isComplete = examination?.IsComplete ?? false;
    }

    /// <summary>The first error, as loading the module gives it; null where the module is accepted.</summary>
    public ModuleError? Error { get; }

    /// <summary>Whatever the profile says, it is a module of the language.</summary>
    private bool IsValid => _reasons.All(reason => reason.Error.Kind is not (ModuleErrorKind.Malformed or ModuleErrorKind.Invalid));

    private bool KnowsAll => _module is not null && _isComplete;

    /// <summary>Gas that deploying costs; a part of a unit is a whole one.</summary>
    private ulong Gas => _module!.DeploymentInk / _profile.Schedule.InkPerGas + (_module.DeploymentInk % _profile.Schedule.InkPerGas == 0 ? 0UL : 1);

    /// <summary>Prints it as text.</summary>
    public void WriteText()
    {
        if (Error is null) TextOutput.Line($"ok: {_file.Path} is accepted by {_profile.Name}");
        else TextOutput.Line($"refused: {_file.Path} is not accepted by {_profile.Name}");
        if (Error is not null)
        {
            TextOutput.Table(["byte", "line", "code", "number", "place", "times", "reason"], _reasons.Select(Row).ToList());
            if (_uncounted > 0) TextOutput.Line($"and {Number(_uncounted)} reasons more");
            if (!_isComplete) TextOutput.Line("The module could not be read to its end; there may be more reasons.");
        }

        if (_module is null) return;
        if (KnowsAll) WriteFacts(_module);
        if (Error is null) ExternalText.Write(_module);
        if (Error is null) WriteLeastInk(_module);
        TextOutput.Line(_isComplete ? "limits" : "limits, as far as the module was read");
        TextOutput.Table(["limit", "has", "allowed", ""], ModuleLimits.Rows.Select(row => LimitRow(_module, row.Limit, row.Name)).ToList());
    }

    private static void WriteLeastInk(Module module)
    {
        List<string[]> rows = module.Exports.Where(export => export.Kind == ExternalKind.Function && export.Index >= module.ImportedFunctions)
            .Select(export => new[] { export.Name, module.LeastInk(export.Index) is ulong ink ? Number(ink) : "never returns" }).ToList();
        if (rows.Count > 0) TextOutput.Line("ink that a call costs at least, without what it calls");
        TextOutput.Table(["function", "ink"], rows);
    }

    /// <summary>Writes it as properties.</summary>
    public void WriteJson(Utf8JsonWriter writer)
    {
        writer.WriteBoolean("ok", Error is null);
        writer.WriteString("profile", _profile.Name);
        writer.WriteNumber("bytes", _file.Length);
        if (Error is not null)
        {
            writer.WriteStartObject("error");
            WriteError(writer, Error);
            writer.WriteEndObject();
        }

        writer.WriteStartArray("reasons");
        foreach (ModuleReason reason in _reasons)
        {
            writer.WriteStartObject();
            WriteError(writer, reason.Error);
            writer.WriteNumber("occurrences", reason.Occurrences);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("uncounted", _uncounted);
        writer.WriteBoolean("complete", _isComplete);
        writer.WriteStrings("features", _module is null ? [] : ExternalText.FeatureNames(_module.UsedFeatures));
        WriteLimits(writer);
        if (KnowsAll) WriteKnown(writer, _module!);
        else writer.WriteNull("deployment");
        if (!KnowsAll || !IsValid) writer.WriteNull("engine");
        if (Error is null) WriteModule(writer, _module!);
    }

    private string[] Row(ModuleReason reason)
    {
        ModuleError error = reason.Error;
        string line = _file.TryFindSource(error.Offset, out int atLine, out int column) ? $"{Number(atLine)}:{Number(column)}" : "";
        string place = error.Function >= 0 ? FunctionLabel.Of(_module!, error.Function) : error.Section ?? "";
        return [Number(error.Offset), line, error.Code.ToString(), Number((int)error.Code), place, Number(reason.Occurrences), error.Detail];
    }

    private static string[] LimitRow(Module module, Limit limit, string name)
    {
        ulong has = module.Measures[limit], allowed = module.Profile.Limits[limit];
        return [name, Number(has), Number(allowed), has > allowed ? "exceeded" : ""];
    }

    private void WriteFacts(Module module) => TextOutput.Facts(
        ("bytes", Number(module.Bytes.Length)),
        ("functions", $"{Number(module.Bodies.Count)} defined, {Number(module.ImportedFunctions)} imported"),
        ("start", module.StartFunction < 0 ? "none" : FunctionLabel.Of(module, module.StartFunction)),
        ("memory", module.Memories.Count == 0 ? "none" : string.Join("; ", module.Memories.Select(memory => ExternalText.Pages(memory, module.Profile)))),
        ("tables", Number(module.Tables.Count)),
        ("features", string.Join(", ", ExternalText.FeatureNames(module.UsedFeatures))),
        ("deployment", $"{Number(Gas)} gas ({Number(module.DeploymentInk)} ink)"),
        ("engine", !IsValid ? "none: the module is not valid"
            : Engines.CanRun(module, out Features missing) ? (IsCompiled(module, out string? reason) ? "compiled" : $"interpreter: {reason}") : $"none of this build runs {string.Join(", ", ExternalText.FeatureNames(missing))}"));

    /// <summary>Of a module that the profile accepts it is tried; of others no more is known than that all instructions can be compiled.</summary>
    private bool IsCompiled(Module module, out string? reason)
    {
        if (Error is null) return Engines.TryCompile(module, out reason);
        reason = Engines.IsCompiledAvailable ? null : "this machine cannot run compiled code";
        return reason is null;
    }

    private void WriteError(Utf8JsonWriter writer, ModuleError error)
    {
        bool hasSource = _file.TryFindSource(error.Offset, out int line, out int column);
        writer.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(error.Kind.ToString()));
        writer.WriteString("code", error.Code.ToString());
        writer.WriteNumber("number", (int)error.Code);
        writer.WriteNumber("offset", error.Offset);
        writer.WriteIndex("line", hasSource ? line : -1);
        writer.WriteIndex("column", hasSource ? column : -1);
        writer.WriteString("section", error.Section);
        writer.WriteIndex("function", error.Function);
        if (error.Feature != Features.None) writer.WriteString("feature", error.Feature.ToString());
        writer.WriteString("detail", error.Detail);
    }

    private void WriteLimits(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("limits");
        foreach ((Limit limit, string name, ModuleErrorCode code, _) in ModuleLimits.Rows)
        {
            // Of a file that is too large to be read only its size is known.
            ulong has = _module is not null ? _module.Measures[limit] : limit == Limit.ModuleBytes ? (ulong)_file.Length : 0;
            writer.WriteStartObject();
            writer.WriteString("limit", limit.ToString());
            writer.WriteString("name", name);
            writer.WriteString("code", code.ToString());
            writer.WriteNumber("has", has);
            writer.WriteNumber("allowed", _profile.Limits[limit]);
            writer.WriteBoolean("exceeded", has > _profile.Limits[limit]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteKnown(Utf8JsonWriter writer, Module module)
    {
        writer.WriteStartObject("deployment");
        writer.WriteNumber("gas", Gas);
        writer.WriteNumber("ink", module.DeploymentInk);
        writer.WriteEndObject();
        if (!IsValid) return;
        bool runs = Engines.CanRun(module, out Features missing);
        writer.WriteStartObject("engine");
        writer.WriteBoolean("runs", runs);
        bool isCompiled = IsCompiled(module, out string? reason);
        writer.WriteString("name", isCompiled ? "compiled" : "interpreter");
        writer.WriteString("notCompiled", reason);
        writer.WriteStrings("missing", ExternalText.FeatureNames(missing));
        writer.WriteEndObject();
    }

    private static void WriteModule(Utf8JsonWriter writer, Module module)
    {
        writer.WriteStartObject("functions");
        writer.WriteNumber("defined", module.Bodies.Count);
        writer.WriteNumber("imported", module.ImportedFunctions);
        writer.WriteEndObject();
        writer.WriteIndex("start", module.StartFunction);
        writer.WriteStartArray("memories");
        foreach (MemoryType memory in module.Memories)
        {
            writer.WriteStartObject();
            writer.WriteNumber("minimumPages", memory.Limits.Minimum);
            if (memory.Limits.Maximum is ulong maximum) writer.WriteNumber("maximumPages", maximum);
            else writer.WriteNull("maximumPages");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("tables", module.Tables.Count);
        writer.WriteNumber("globals", module.Globals.Count);
        ExternalText.WriteJson(writer, module);
        writer.WriteStartObject("leastInk");
        foreach (Export export in module.Exports)
        {
            if (export.Kind != ExternalKind.Function || export.Index < module.ImportedFunctions) continue;
            if (module.LeastInk(export.Index) is ulong ink) writer.WriteNumber(export.Name, ink);
            else writer.WriteNull(export.Name);
        }

        writer.WriteEndObject();
    }

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
