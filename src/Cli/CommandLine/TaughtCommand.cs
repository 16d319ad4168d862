using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.IO;

namespace ContractVm.Cli.CommandLine;

/// <summary>A command whose help ends with notes and examples.</summary>
internal sealed class TaughtCommand : Command
{
    /// <summary>Makes a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it is for, in a sentence.</param>
    public TaughtCommand(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>What a user has to know beyond the options, line by line.</summary>
    public string[] Notes { get; init; } = [];

    /// <summary>Command lines that work as they stand.</summary>
    public string[] Examples { get; init; } = [];

    /// <summary>Sets what the command does; it returns the exit code.</summary>
    public TaughtCommand Does(Func<ParseResult, int> action)
    {
        SetAction(action);
        return this;
    }
}

/// <summary>The library's help, then the command's notes and examples.</summary>
internal sealed class TaughtHelp(HelpAction inner) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = inner.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not TaughtCommand command) return code;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        Section(output, "Notes:", command.Notes);
        Section(output, "Examples:", command.Examples);
        return code;
    }

    private static void Section(TextWriter output, string title, string[] lines)
    {
        if (lines.Length == 0) return;
        output.WriteLine(title);
        foreach (string line in lines) output.WriteLine($"  {line}");
        output.WriteLine();
    }
}
