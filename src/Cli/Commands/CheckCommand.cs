using System.CommandLine;
using System.Text.Json;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;
using ContractVm.HostApi;
using ContractVm.Text;

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
        TaughtCommand command = new("check", "Check a module against a profile: every reason why it is refused, what it uses, its limits, what deploying it costs.")
        {
            Notes =
            [
                "Reasons have a stable code and number, the byte where each was met first, and for a text its line and column.",
                "The error on stderr is the first one, which is also what a node says. docs/PROFILES.md lists what profiles accept.",
                "Exit code 0 where the module is accepted, 1 where it is refused or cannot be read.",
            ],
            Examples =
            [
                "cvm check contracts/token/token.wasm",
                "cvm check add.wat --profile wasm-3.0 --json",
                "cvm check contracts/token/token.wasm --profile stylus-v2",
            ],
        };
        command.Add(file);
        command.Add(profile);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(file), parsed.GetProfile(profile), parsed.GetValue(json)));
    }

    private static int Run(string path, Profile profile, bool json)
    {
        ModuleFile file;
        try
        {
            file = ModuleFile.Read(path, profile);
        }
        catch (TextFailureException failure) when (json)
        {
            JsonOutput.Write(writer => WriteTextError(writer, profile, failure.Error));
            throw;
        }

        CheckReport report = new(file, profile);
        if (json) JsonOutput.Write(report.WriteJson);
        else report.WriteText();
        return report.Error is null ? ExitCodes.Success : throw new FailureException(file.Describe(report.Error));
    }

    private static void WriteTextError(Utf8JsonWriter writer, Profile profile, TextError error)
    {
        writer.WriteBoolean("ok", false);
        writer.WriteString("profile", profile.Name);
        writer.WriteStartObject("error");
        writer.WriteString("kind", "text");
        writer.WriteString("code", error.Code.ToString());
        writer.WriteNumber("number", (int)error.Code);
        writer.WriteNumber("line", error.Line);
        writer.WriteNumber("column", error.Column);
        writer.WriteString("detail", error.Detail);
        writer.WriteEndObject();
        writer.WriteBoolean("complete", false);
    }
}
