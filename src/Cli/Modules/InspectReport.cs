using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Modules;

/// <summary>What is in a module, as far as it can be read.</summary>
internal sealed class InspectReport
{
    private readonly ModuleFile _file;
    private readonly IReadOnlyList<ModuleSection> _sections;
    private readonly Module _module;
    private readonly List<int> _largest;

    public InspectReport(ModuleFile file, int top)
    {
        _file = file;
        _sections = ModuleSections.List(file.Bytes, out _);
        ModuleExamination examination = Module.Examine(file.Bytes, Profiles.Bare);
        _module = examination.Module;
        // Where reading stopped is more to the point than what else is wrong before.
        Error = examination.Stop ?? (examination.IsAccepted ? null : examination.Reasons[0].Error);
        IsComplete = examination.IsComplete;
        _largest = Enumerable.Range(0, _module.Bodies.Count).OrderByDescending(index => _module.Bodies[index].Code.Length).Take(top).ToList();
    }

    /// <summary>What is wrong with the module as plain WebAssembly 3.0, or null.</summary>
    public ModuleError? Error { get; }

    /// <summary>The module could be read to its end.</summary>
    public bool IsComplete { get; }

    /// <summary>Prints it as text.</summary>
    public void WriteText()
    {
        TextOutput.Facts(
            ("module", _file.Path),
            ("bytes", Number(_file.Bytes.Length)),
            ("valid", Error is null ? "yes" : IsComplete ? "no" : string.Create(CultureInfo.InvariantCulture, $"no; reading stopped at byte {Error.Offset}")),
            ("features", string.Join(", ", ExternalText.FeatureNames(_module.UsedFeatures))));
        TextOutput.Table(
            ["section", "offset", "bytes", "content"],
            _sections.Select(section => new[] { SectionName(section), Number(section.Offset), Number(section.Length), $"{Number(section.Content.Start)}-{Number(section.Content.End)}" }).ToList());
        ExternalText.Write(_module);
        TextOutput.Line("counts");
        TextOutput.Facts(Measured().Prepend((Name: "sections", Has: (ulong)_sections.Count)).Select(measure => (measure.Name, Number(measure.Has))).ToArray());
        if (_largest.Count > 0) TextOutput.Line(string.Create(CultureInfo.InvariantCulture, $"largest of {_module.Bodies.Count} functions"));
        TextOutput.Table(["function", "offset", "bytes", "locals", "type", "name"], _largest.Select(Row).ToList());
    }

    /// <summary>Writes it as properties.</summary>
    public void WriteJson(Utf8JsonWriter writer)
    {
        writer.WriteNumber("bytes", _file.Bytes.Length);
        writer.WriteBoolean("valid", Error is null);
        writer.WriteBoolean("complete", IsComplete);
        writer.WriteIndex("stoppedAt", Error is null || IsComplete ? -1 : Error.Offset);
        writer.WriteString("error", Error?.ToString());
        writer.WriteStrings("features", ExternalText.FeatureNames(_module.UsedFeatures));
        writer.WriteStartArray("sections");
        foreach (ModuleSection section in _sections)
        {
            writer.WriteStartObject();
            writer.WriteString("section", section.Name);
            if (section.Name == "custom") writer.WriteString("name", section.CustomName);
            writer.WriteNumber("offset", section.Offset);
            writer.WriteNumber("bytes", section.Length);
            writer.WriteNumber("contentOffset", section.Content.Start);
            writer.WriteNumber("contentBytes", section.Content.Length);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        ExternalText.WriteJson(writer, _module);
        writer.WriteStartObject("counts");
        foreach ((Limit limit, _, _, _) in ModuleLimits.Rows) writer.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(limit.ToString()), _module.Measures[limit]);
        writer.WriteEndObject();
        writer.WriteStartArray("functions");
        foreach (int body in _largest)
        {
            int function = _module.ImportedFunctions + body;
            writer.WriteStartObject();
            writer.WriteNumber("function", function);
            writer.WriteString("name", _module.FunctionNames.GetValueOrDefault(function));
            writer.WriteNumber("offset", _module.Bodies[body].Code.Start);
            writer.WriteNumber("bytes", _module.Bodies[body].Code.Length);
            writer.WriteNumber("locals", _module.Bodies[body].LocalCount);
            writer.WriteFunctionType(_module.TypeOfFunction(function));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private IEnumerable<(string Name, ulong Has)> Measured() =>
        ModuleLimits.Rows.Select(row => (row.Name, Has: _module.Measures[row.Limit])).Where(measure => measure.Has > 0);

    private string[] Row(int body)
    {
        int function = _module.ImportedFunctions + body;
        FunctionBody code = _module.Bodies[body];
        return
        [
            Number(function), Number(code.Code.Start), Number(code.Code.Length), Number(code.LocalCount), _module.TypeOfFunction(function).ToString(),
            _module.FunctionNames.GetValueOrDefault(function) ?? "",
        ];
    }

    private static string SectionName(ModuleSection section) => section.Name == "custom" ? $"custom '{section.CustomName ?? "?"}'" : section.Name;

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
