using System.CommandLine;
using System.Globalization;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm wat</c>: text becomes a module in the binary format.</summary>
internal static class WatCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = new("FILE") { Description = "A module in the text format (.wat)." };
        Option<string> output = new("-o", "--output") { Description = "The file to write.", HelpName = "OUT.wasm", Required = true };
        Option<bool> strip = new("--strip") { Description = "Leave identifiers out; without this they become a name section." };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("wat", "Write a module's text in the binary format.")
        {
            Notes =
            [
                "The bytes are those that every command makes of a text: cvm deploy x.wat deploys what cvm wat x.wat writes.",
                "The module is not validated: cvm check does that. Errors name file, line and column.",
            ],
            Examples =
            [
                "cvm wat add.wat -o add.wasm",
                "cvm wat add.wat -o add.wasm --strip --json",
            ],
        };
        command.Add(file);
        command.Add(output);
        command.Add(strip);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(file), parsed.GetRequiredValue(output), parsed.GetValue(strip), parsed.GetValue(json)));
    }

    private static int Run(string path, string output, bool strip, bool json)
    {
        ModuleFile file = ModuleFile.Read(path, Profiles.Bare, names: !strip);
        if (!file.IsText) throw new FailureException($"{path}: this is no text; cvm print writes a module as text");
        OutputFile.Write(output, file.Bytes.Span);
        if (!json) TextOutput.Line(string.Create(CultureInfo.InvariantCulture, $"{output}: {file.Bytes.Length} bytes"));
        else
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteString("file", output);
                writer.WriteNumber("bytes", file.Bytes.Length);
            });
        }

        return ExitCodes.Success;
    }
}
