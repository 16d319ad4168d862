using System.CommandLine;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm inspect</c>: what is in a module.</summary>
internal static class InspectCommand
{
    private const ulong MostFunctions = 1_000_000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = SharedOptions.ModuleFile();
        Option<ulong> top = Numbers.Option("--top", "How many of the largest functions to list.", 0, MostFunctions, 10);
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("inspect", "Show what is in a module: sections, imports, exports, features, counts, the largest functions.")
        {
            Notes =
            [
                "The module need not be valid: what can be read is shown, and where reading stopped. Exit code 1 where it stopped",
                "or the module is not valid WebAssembly 3.0.",
            ],
            Examples =
            [
                "cvm inspect contracts/token/token.wasm",
                "cvm inspect contracts/token/token.wasm --top 3 --json",
            ],
        };
        command.Add(file);
        command.Add(top);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(file), (int)parsed.GetValue(top), parsed.GetValue(json)));
    }

    private static int Run(string path, int top, bool json)
    {
        ModuleFile file = ModuleFile.Read(path, Profiles.Bare);
        if (file.TooLarge is not null) throw new FailureException(file.Describe(file.TooLarge));
        InspectReport report = new(file, top);
        if (json) JsonOutput.Write(report.WriteJson);
        else report.WriteText();
        return report.Error is null ? ExitCodes.Success : throw new FailureException(file.Describe(report.Error));
    }
}
