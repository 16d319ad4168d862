using ContractVm.Cli.CommandLine;

namespace ContractVm.Cli.Modules;

/// <summary>The engines' names on the command line.</summary>
internal static class EngineNames
{
    /// <summary>Whichever is fastest for the module.</summary>
    public const string Automatic = "auto";
    /// <summary>The names, the default first.</summary>
    public static readonly string[] All = [Automatic, "interpreter", "compiled"];

    /// <summary>Name of an engine.</summary>
    public static string Of(EngineKind engine) => engine == EngineKind.Compiled ? "compiled" : "interpreter";

    /// <summary>The engine of a name.</summary>
    /// <exception cref="FailureException">It does not run the module.</exception>
    public static EngineKind Choose(string name, string path, Module module)
    {
        switch (name)
        {
            case "interpreter": return EngineKind.Interpreter;
            case "compiled":
                if (!Engines.TryCompile(module, out string? reason)) throw new FailureException($"{path}: the module is not compiled: {reason}");
                return EngineKind.Compiled;
            default: return Engines.FastestFor(module);
        }
    }
}
