using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using ContractVm.Cli.Modules;
using ContractVm.HostApi;

namespace ContractVm.Cli.CommandLine;

/// <summary>Options that several commands have, each with one meaning.</summary>
internal static class SharedOptions
{
    private const ulong GenerousInk = 1UL << 63;
    private static readonly string[] Names = HostTable.AllProfiles.Select(profile => profile.Name).ToArray();

    /// <summary>Machine-readable output.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of text." };

    /// <summary>How many of the last blocks keep their state.</summary>
    public static Option<string> Keep() => new("--keep") { Description = "How many of the last blocks keep their state, or 'archive' for all.", HelpName = "NUMBER" };

    /// <summary>The number that <see cref="Keep"/> gives; null for all.</summary>
    public static ulong? ParseKept(string text)
    {
        if (text == "archive") return null;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number > 0) return number;
        throw new UsageException($"--keep must be a whole number from 1 on, or 'archive', not '{text}'");
    }

    /// <summary>The name of the profile that a module is checked against.</summary>
    public static Option<string> ProfileOption(Profile otherwise)
    {
        Option<string> option = new("--profile")
        {
            Description = "What a module may hold and what it costs: contractvm-v1, contractvm-v1-nofloat or stylus-v2 (contracts, with their host interface), or wasm-3.0 (the bare language).",
            HelpName = "NAME",
            DefaultValueFactory = _ => otherwise.Name,
        };
        option.CompletionSources.Add(Names);
        option.Validators.Add(result =>
        {
            string name = result.Tokens.Count == 0 ? otherwise.Name : result.Tokens[0].Value;
            if (!Names.Contains(name)) result.AddError($"--profile '{name}' is not one of {string.Join(", ", Names)}");
        });
        return option;
    }

    /// <summary>The profile that the option names.</summary>
    public static Profile GetProfile(this ParseResult parsed, Option<string> option) =>
        HostTable.AllProfiles.Single(profile => profile.Name == parsed.GetRequiredValue(option));

    /// <summary>The name of the engine that runs a module.</summary>
    public static Option<string> EngineOption()
    {
        Option<string> option = new("--engine")
        {
            Description = "What runs modules: interpreter, compiled, or auto, the faster of those that run a module.",
            HelpName = "NAME",
            DefaultValueFactory = _ => EngineNames.Automatic,
        };
        option.CompletionSources.Add(EngineNames.All);
        option.Validators.Add(result =>
        {
            string name = result.Tokens.Count == 0 ? EngineNames.Automatic : result.Tokens[0].Value;
            if (!EngineNames.All.Contains(name)) result.AddError($"--engine '{name}' is not one of {string.Join(", ", EngineNames.All)}");
        });
        return option;
    }

    /// <summary>The choice that the option names.</summary>
    public static EngineChoice GetEngine(this ParseResult parsed, Option<string> option) => EngineNames.Parse(parsed.GetRequiredValue(option));

    /// <summary>The function that a command calls.</summary>
    public static Option<string> InvokedFunction() => new("--invoke") { Description = "The exported function to call.", HelpName = "NAME", Required = true };

    /// <summary>What the function is called with.</summary>
    public static Argument<string[]> InvocationArguments() => new("ARGS")
    {
        Description = "One value for each parameter of the function, in its type.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Ink of a call outside a chain: as good as endless where the option is not given.</summary>
    public static Option<ulong> InvocationInk() =>
        Numbers.Option("--ink", "Ink that start function and call may use together.", 0, ulong.MaxValue, GenerousInk);

    /// <summary>A module file.</summary>
    public static Argument<string> ModuleFile() => new("FILE") { Description = "A module, binary (.wasm) or text (.wat)." };
}
