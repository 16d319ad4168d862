using System;

namespace ContractVm.Cli.CommandLine;

/// <summary>What the process tells its caller. Part of the interface.</summary>
internal static class ExitCodes
{
    /// <summary>Everything asked for was done.</summary>
    public const int Success = 0;
    /// <summary>The thing asked about failed: a refused module, a trap, a file that cannot be read.</summary>
    public const int Failure = 1;
    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;
}

/// <summary>The thing asked about failed; the message is the one line that says what and where.</summary>
internal class FailureException(string message) : Exception(message);

/// <summary>The command line is wrong; the message is the one line that says how.</summary>
internal sealed class UsageException(string message) : Exception(message);
