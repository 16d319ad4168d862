using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;
using ContractVm.HostApi;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm check</c>: would a profile accept this module, and if not, why and where.</summary>
internal static class CheckCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = SharedOptions.ModuleFile();
        Option<string> profile = SharedOptions.ProfileOption(HostTable.ContractProfile);
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("check", "Check a module against a profile: what it uses and what deploying it costs, or why it is refused and at which byte.")
        {
            Notes = ["Exit code 0 where the module is accepted, 1 where it is refused or cannot be read."],
            Examples =
            [
                "cvm check contracts/token/token.wasm",
                "cvm check add.wasm --profile wasm-3.0 --json",
            ],
        };
        command.Add(file);
        command.Add(profile);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(file), parsed.GetProfile(profile), parsed.GetValue(json)));
    }

    private static int Run(string path, Profile profile, bool json)
    {
        ModuleFile file = ModuleFile.Load(path, profile);
        if (json) JsonOutput.Write(writer => WriteJson(writer, file, profile));
        else if (file.Module is not null) WriteText(path, file.Module);
        file.Accepted();
        return ExitCodes.Success;
    }

    private static void WriteText(string path, Module module)
    {
        DeploymentCost cost = new(module);
        TextOutput.Line($"ok: {path} is accepted by {module.Profile.Name}");
        TextOutput.Facts(
            ("bytes", Number(module.Bytes.Length)),
            ("functions", $"{Number(module.Bodies.Count)} defined, {Number(module.ImportedFunctions)} imported"),
            ("start", module.StartFunction < 0 ? "none" : FunctionLabel.Of(module, module.StartFunction)),
            ("memory", module.Memories.Count == 0 ? "none" : string.Join("; ", module.Memories.Select(memory => Pages(memory, module.Profile)))),
            ("tables", Number(module.Tables.Count)),
            ("features", string.Join(", ", FeatureNames(module.UsedFeatures))),
            ("deployment", $"{Number(cost.Gas)} gas ({Number(cost.Ink)} ink)"));
        if (module.Imports.Count > 0) TextOutput.Line("imports");
        TextOutput.Table(["import", "kind", "type"], module.Imports.Select(import => new[] { $"{import.Module}.{import.Name}", Kind(import.Kind), TypeOf(module, import.Kind, import.Index) }).ToList());
        if (module.Exports.Count > 0) TextOutput.Line("exports");
        TextOutput.Table(["export", "kind", "type"], module.Exports.Select(export => new[] { export.Name, Kind(export.Kind), TypeOf(module, export.Kind, export.Index) }).ToList());
    }

    private static void WriteJson(Utf8JsonWriter writer, ModuleFile file, Profile profile)
    {
        writer.WriteBoolean("ok", file.Module is not null);
        writer.WriteString("profile", profile.Name);
        writer.WriteNumber("bytes", file.Length);
        if (file.Error is ModuleError error) WriteError(writer, error);
        else WriteModule(writer, file.Accepted());
    }

    private static void WriteError(Utf8JsonWriter writer, ModuleError error)
    {
        writer.WriteStartObject("error");
        writer.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(error.Kind.ToString()));
        writer.WriteString("code", error.Code.ToString());
        writer.WriteNumber("number", (int)error.Code);
        writer.WriteNumber("offset", error.Offset);
        writer.WriteString("section", error.Section);
        writer.WriteIndex("function", error.Function);
        writer.WriteString("detail", error.Detail);
        writer.WriteEndObject();
    }

    private static void WriteModule(Utf8JsonWriter writer, Module module)
    {
        DeploymentCost cost = new(module);
        writer.WriteStrings("features", FeatureNames(module.UsedFeatures));
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
        writer.WriteStartObject("deployment");
        writer.WriteNumber("gas", cost.Gas);
        writer.WriteNumber("ink", cost.Ink);
        writer.WriteEndObject();
    }

    private static void WriteExternal(Utf8JsonWriter writer, Module module, ExternalKind kind, int index)
    {
        writer.WriteString("kind", Kind(kind));
        if (kind == ExternalKind.Function) writer.WriteFunctionType(module.TypeOfFunction(index));
    }

    private static string TypeOf(Module module, ExternalKind kind, int index) => kind switch
    {
        ExternalKind.Function => module.TypeOfFunction(index).ToString(),
        ExternalKind.Table => $"{Number(module.Tables[index].Limits.Minimum)} {module.Tables[index].Element}",
        ExternalKind.Memory => Pages(module.Memories[index], module.Profile),
        ExternalKind.Global => (module.Globals[index].IsMutable ? "mut " : "") + module.Globals[index].Value,
        _ => "",
    };

    private static string Pages(MemoryType memory, Profile profile) => memory.Limits.Maximum is ulong maximum
        ? $"{Number(memory.Limits.Minimum)} pages of 64 KiB, at most {Number(Math.Min(maximum, profile.Limits[Limit.MemoryPages]))}"
        : $"{Number(memory.Limits.Minimum)} pages of 64 KiB, at most {Number(profile.Limits[Limit.MemoryPages])} (the profile's limit)";

    private static string[] FeatureNames(Features features) =>
        Enum.GetValues<Features>().Where(feature => feature != Features.None && features.HasFlag(feature)).Select(feature => feature.ToString()).ToArray();

    private static string Kind(ExternalKind kind) => Lower(kind);

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>What deploying a module costs; part of a unit of gas is a whole one.</summary>
    private readonly struct DeploymentCost(Module module)
    {
        public ulong Ink { get; } = module.DeploymentInk;

        public ulong Gas => Ink / module.Profile.Schedule.InkPerGas + (Ink % module.Profile.Schedule.InkPerGas == 0 ? 0UL : 1);
    }
}
