using System;
using System.CommandLine;
using System.CommandLine.Invocation;
using System.IO;
using System.Text;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Commands;
using ContractVm.Cli.Output;

namespace ContractVm.Cli;

/// <summary>The entry: parses, runs one command, turns everything that goes wrong into one line and an exit code.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        // The locale's encoding must not decide the bytes that come out.
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        ParseResult parsed = Root.Create().Parse(arguments, Root.Parsing);
        string command = UsageErrors.NameOf(parsed.CommandResult);
        if (parsed.Action is ParseErrorAction) return ErrorLine.Write(command, UsageErrors.Describe(parsed, command), ExitCodes.Usage);
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UsageException exception)
        {
            return ErrorLine.Write(command, $"{exception.Message} (see {command} --help)", ExitCodes.Usage);
        }
        catch (FailureException exception)
        {
            return ErrorLine.Write(command, exception.Message, ExitCodes.Failure);
        }
        catch (NodeFaultException exception)
        {
            return ErrorLine.Write(command, $"the machine failed: {exception.Message}", ExitCodes.Failure);
        }
        catch (IOException exception)
        {
            // Files are read where their errors are named; what is left is the output.
            return ErrorLine.Write(command, $"cannot write the output: {exception.Message}", ExitCodes.Failure);
        }
        catch (Exception exception)
        {
            return ErrorLine.Write(command, $"internal error, please report it: {exception.GetType().Name}: {exception.Message}", ExitCodes.Failure);
        }
    }
}
