using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;

namespace ContractVm.Cli.CommandLine;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class UsageErrors
{
    /// <summary>The command as it is typed: <c>cvm check</c>.</summary>
    public static string NameOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{NameOf(parent)} {command.Command.Name}" : command.Command.Name;

    /// <summary>The first error, and where help is to be had.</summary>
    public static string Describe(ParseResult parsed, string command) => $"{Sentence(parsed)} (see {command} --help)";

    private static string Sentence(ParseResult parsed)
    {
        // A word that nothing takes is the cause of the other complaints.
        if (parsed.UnmatchedTokens.Count > 0)
        {
            string word = parsed.UnmatchedTokens[0];
            if (parsed.CommandResult.Command.Subcommands.Count > 0) return $"'{word}' is not a command";
            return word.StartsWith('-') ? $"'{word}' is not an option" : $"'{word}' is one argument too many";
        }

        ParseError error = parsed.Errors[0];
        return error.SymbolResult switch
        {
            ArgumentResult { Tokens.Count: 0 } argument when argument.Argument.Arity.MinimumNumberOfValues > 0 => $"{argument.Argument.Name} is missing",
            CommandResult { Command.Subcommands.Count: > 0 } => "a command is missing",
            OptionResult { Option.Required: true, IdentifierToken: null } option => $"{option.Option.Name} is missing",
            OptionResult { Implicit: false, Tokens.Count: 0 } option when option.Option.Arity.MinimumNumberOfValues > 0 => $"{option.Option.Name} needs a value",
            OptionResult option when option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues || option.IdentifierTokenCount > 1 => $"{option.Option.Name} is given twice",
            _ => string.Join(' ', error.Message.Split((char[]?)null, System.StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.'),
        };
    }
}
