using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;
using ContractVm.HostApi;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm hostapi</c>: the functions that a contract can import.</summary>
internal static class HostApiCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("hostapi", $"List the host functions that a contract can import from the module {HostTable.ModuleName}.")
        {
            Notes =
            [
                "ink is what every call pays first; what depends on sizes and on the state comes on top (1 gas = 10000 ink).",
                "needs is what the calling frame must be allowed; a view call is not allowed WriteState and Log.",
            ],
            Examples = ["cvm hostapi", "cvm hostapi --json"],
        };
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetValue(json)));
    }

    private static int Run(bool json)
    {
        if (json) WriteJson();
        else TextOutput.Table(["name", "type", "ink", "needs", "does"], HostTable.Entries.Select(Row).ToList());
        return ExitCodes.Success;
    }

    private static string[] Row(HostFunctionEntry entry) =>
        [entry.Name, entry.Type.ToString(), entry.Ink.ToString(CultureInfo.InvariantCulture), string.Join(", ", Needs(entry)), entry.Summary];

    private static void WriteJson() => JsonOutput.Write(writer =>
    {
        writer.WriteString("module", HostTable.ModuleName);
        writer.WriteStartArray("functions");
        foreach (HostFunctionEntry entry in HostTable.Entries)
        {
            writer.WriteStartObject();
            writer.WriteString("name", entry.Name);
            writer.WriteFunctionType(entry.Type);
            writer.WriteNumber("ink", entry.Ink);
            writer.WriteStrings("needs", Needs(entry));
            writer.WriteString("summary", entry.Summary);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static string[] Needs(HostFunctionEntry entry) =>
        Enum.GetValues<Capabilities>().Where(right => IsSingle(right) && entry.Needs.HasFlag(right)).Select(right => right.ToString()).ToArray();

    private static bool IsSingle(Capabilities right) => byte.PopCount((byte)right) == 1;
}
