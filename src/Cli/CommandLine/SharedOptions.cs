using System;
using System.CommandLine;
using System.Linq;
using ContractVm.HostApi;

namespace ContractVm.Cli.CommandLine;

/// <summary>Options that several commands have, each with one meaning.</summary>
internal static class SharedOptions
{
    /// <summary>Machine-readable output.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of text." };

    /// <summary>The profile that a module is checked against.</summary>
    public static Option<Profile> ProfileOption(Profile otherwise)
    {
        Option<Profile> option = new("--profile")
        {
            Description = "What a module may hold and what it costs: contractvm-v1 (contracts, with their host interface) or wasm (the bare language).",
            HelpName = "NAME",
            DefaultValueFactory = _ => otherwise,
            CustomParser = result =>
            {
                string name = result.Tokens[0].Value;
                Profile? found = Find(name);
                if (found is null) result.AddError($"--profile '{name}' is not one of {string.Join(", ", Profiles.All.Select(profile => profile.Name))}");
                return found;
            },
        };
        option.CompletionSources.Add(Profiles.All.Select(profile => profile.Name).ToArray());
        return option;
    }

    /// <summary>A module file.</summary>
    public static Argument<string> ModuleFile() => new("FILE") { Description = "A module in the binary format (.wasm)." };

    // The contract profile is the one that contracts are deployed under: with the host's imports and required exports.
    private static Profile? Find(string name) =>
        string.Equals(name, HostTable.ContractProfile.Name, StringComparison.Ordinal) ? HostTable.ContractProfile : Profiles.Find(name);
}
