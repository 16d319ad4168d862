using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ContractVm.Cli.CommandLine;

/// <summary>Options whose value is a whole number, with an error that names the range.</summary>
internal static class Numbers
{
    /// <summary>An option from a least to a greatest number, in decimal digits.</summary>
    public static Option<ulong> Option(string name, string description, ulong least, ulong greatest, ulong otherwise) => new(name)
    {
        Description = description,
        HelpName = "NUMBER",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parse(result, name, least, greatest),
    };

    /// <summary>An option from a least to a greatest number that may be left out.</summary>
    public static Option<ulong?> Optional(string name, string description, ulong least, ulong greatest) => new(name)
    {
        Description = description,
        HelpName = "NUMBER",
        CustomParser = result => Parse(result, name, least, greatest),
    };

    private static ulong Parse(ArgumentResult result, string name, ulong least, ulong greatest)
    {
        string text = result.Tokens[0].Value;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value >= least && value <= greatest) return value;
        result.AddError($"{name} must be a whole number from {least} to {greatest}, not '{text}'");
        return 0;
    }
}
