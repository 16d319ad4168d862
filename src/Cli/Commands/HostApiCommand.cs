using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text;
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
                "needs is what the calling frame must be allowed; a static or view call is not allowed WriteState, Log, Transfer and Create.",
            ],
            Examples = ["cvm hostapi", "cvm hostapi --json"],
        };
        Option<bool> markdown = new("--markdown") { Description = "Print the table of docs/HOSTAPI.md." };
        command.Add(json);
        command.Add(markdown);
        return command.Does(parsed => Run(parsed.GetValue(json), parsed.GetValue(markdown)));
    }

    private static int Run(bool json, bool markdown)
    {
        if (json) WriteJson();
        else if (markdown) Console.Out.Write(Markdown());
        else TextOutput.Table(["name", "type", "ink", "needs", "does"], HostTable.Entries.Select(Row).ToList());
        return ExitCodes.Success;
    }

    /// <summary>The table as docs/HOSTAPI.md has it.</summary>
    internal static string Markdown()
    {
        StringBuilder text = new("| function | parameters | result | ink | needs | does |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (HostFunctionEntry entry in HostTable.Entries)
        {
            string parameters = string.Join(", ", entry.Parameters.Select(Text)), results = string.Join(", ", entry.Results.Select(Text));
            text.Append(CultureInfo.InvariantCulture, $"| `{entry.Name}` | {parameters} | {results} | {entry.Ink} | {string.Join(", ", Needs(entry))} | {entry.Summary} |\n");
        }

        return text.ToString();
    }

    private static string Text(Parameter parameter) => $"{parameter.Name} `{Parameter.NameOf(parameter.Kind)}`";

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
            writer.WriteStartArray("arguments");
            foreach (Parameter parameter in entry.Parameters)
            {
                writer.WriteStartObject();
                writer.WriteString("name", parameter.Name);
                writer.WriteString("kind", Parameter.NameOf(parameter.Kind));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNumber("ink", entry.Ink);
            writer.WriteStrings("needs", Needs(entry));
            writer.WriteString("summary", entry.Summary);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static string[] Needs(HostFunctionEntry entry) =>
        Enum.GetValues<Capabilities>().Where(right => IsSingle(right) && entry.Needs.HasFlag(right)).Select(right => right.ToString()).ToArray();

    private static bool IsSingle(Capabilities right) => uint.PopCount((uint)right) == 1;
}
