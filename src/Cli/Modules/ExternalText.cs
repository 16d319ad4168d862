using System;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Modules;

/// <summary>Imports and exports for people and for programs.</summary>
internal static class ExternalText
{
    /// <summary>The tables of imports and exports; nothing where there are none.</summary>
    public static void Write(Module module)
    {
        if (module.Imports.Count > 0) TextOutput.Line("imports");
        TextOutput.Table(["import", "kind", "type"], module.Imports.Select(import => new[] { $"{import.Module}.{import.Name}", Kind(import.Kind), TypeOf(module, import.Kind, import.Index) }).ToList());
        if (module.Exports.Count > 0) TextOutput.Line("exports");
        TextOutput.Table(["export", "kind", "type"], module.Exports.Select(export => new[] { export.Name, Kind(export.Kind), TypeOf(module, export.Kind, export.Index) }).ToList());
    }

    /// <summary>The properties <c>imports</c> and <c>exports</c>.</summary>
    public static void WriteJson(Utf8JsonWriter writer, Module module)
    {
        writer.WriteStartArray("imports");
        foreach (Import import in module.Imports)
        {
            writer.WriteStartObject();
            writer.WriteString("module", import.Module);
            writer.WriteString("name", import.Name);
            WriteExternal(writer, module, import.Kind, import.Index);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("exports");
        foreach (Export export in module.Exports)
        {
            writer.WriteStartObject();
            writer.WriteString("name", export.Name);
            WriteExternal(writer, module, export.Kind, export.Index);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>The size of a memory, as the module declares it and as the profile caps it.</summary>
    public static string Pages(MemoryType memory, Profile profile) => memory.Limits.Maximum is ulong maximum
        ? $"{Number(memory.Limits.Minimum)} pages of 64 KiB, at most {Number(Math.Min(maximum, profile.Limits[Limit.MemoryPages]))}"
        : $"{Number(memory.Limits.Minimum)} pages of 64 KiB, at most {Number(profile.Limits[Limit.MemoryPages])} (the profile's limit)";

    /// <summary>The names of a set of features.</summary>
    public static string[] FeatureNames(Features features) =>
        Enum.GetValues<Features>().Where(feature => feature != Features.None && features.HasFlag(feature)).Select(feature => feature.ToString()).ToArray();

    private static void WriteExternal(Utf8JsonWriter writer, Module module, ExternalKind kind, int index)
    {
        writer.WriteString("kind", Kind(kind));
        if (kind == ExternalKind.Function) writer.WriteFunctionType(module.TypeOfFunction(index));
        else writer.WriteString("type", TypeOf(module, kind, index));
    }

    private static string TypeOf(Module module, ExternalKind kind, int index) => kind switch
    {
        ExternalKind.Function => module.TypeOfFunction(index).ToString(),
        ExternalKind.Table => $"{Number(module.Tables[index].Limits.Minimum)} {module.Tables[index].Element}",
        ExternalKind.Memory => Pages(module.Memories[index], module.Profile),
        ExternalKind.Global => (module.Globals[index].IsMutable ? "mut " : "") + module.Globals[index].Value,
        _ => module.TypeOfTag(index).ToString(),
    };

    private static string Kind(ExternalKind kind) => kind.ToString().ToLowerInvariant();

    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
