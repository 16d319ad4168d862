using System.CommandLine;
using System.IO;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;
using ContractVm.Text;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm print</c>: a module as text.</summary>
internal static class PrintCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = SharedOptions.ModuleFile();
        Option<bool> offsets = new("--offsets") { Description = "Put the byte offset of each field and instruction before it, as a comment." };
        Option<string?> output = new("-o", "--output") { Description = "The file to write; standard output unless given.", HelpName = "OUT.wat" };
        TaughtCommand command = new("print", "Print a module as text that reads back to the same module.")
        {
            Notes =
            [
                "The module need not be valid, nor accepted by any profile. Where its bytes are malformed, what stands before is",
                "printed, a comment says what is wrong, and the exit code is 1.",
            ],
            Examples =
            [
                "cvm print contracts/token/token.wasm",
                "cvm print contracts/token/token.wasm --offsets -o token.wat",
            ],
        };
        command.Add(file);
        command.Add(offsets);
        command.Add(output);
        return command.Does(parsed => Run(parsed.GetRequiredValue(file), parsed.GetValue(offsets), parsed.GetValue(output)));
    }

    private static int Run(string path, bool offsets, string? output)
    {
        ModuleFile file = ModuleFile.Read(path, Profiles.Bare);
        ModuleError? error = file.TooLarge;
        if (error is null)
        {
            using TextWriter writer = OutputFile.OpenText(output);
            TextPrinter.TryPrint(file.Bytes, writer, new PrintOptions { Offsets = offsets }, out error);
        }

        return error is null ? ExitCodes.Success : throw new FailureException(file.Describe(error));
    }
}
