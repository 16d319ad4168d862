using System;

namespace ContractVm.Cli.Output;

/// <summary>The one way to say that something went wrong.</summary>
internal static class ErrorLine
{
    /// <summary>Writes one line to stderr and returns the exit code.</summary>
    public static int Write(string command, string message, int exitCode)
    {
        Console.Error.WriteLine($"{command}: {Printable.Escape(message)}");
        return exitCode;
    }
}
