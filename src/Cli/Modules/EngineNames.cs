using System.Globalization;
using ContractVm.Cli.CommandLine;
using ContractVm.HostApi;

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

    /// <summary>The choice of a name.</summary>
    public static EngineChoice Parse(string name) => name switch
    {
        "interpreter" => EngineChoice.Interpreter,
        "compiled" => EngineChoice.Compiled,
        _ => EngineChoice.Automatic,
    };

    /// <summary>Which engines ran contracts, and how often.</summary>
    public static string Describe(EngineRuns runs) => runs switch
    {
        (0, 0) => "none: no contract ran",
        (long compiled, 0) => string.Create(CultureInfo.InvariantCulture, $"compiled, {compiled:#,0} runs of contracts"),
        (0, long interpreted) => string.Create(CultureInfo.InvariantCulture, $"interpreter, {interpreted:#,0} runs of contracts"),
        (long compiled, long interpreted) => string.Create(CultureInfo.InvariantCulture, $"compiled, {compiled:#,0} runs of contracts; interpreter, {interpreted:#,0}"),
    };

    /// <summary>The engine of a name.</summary>
    /// <exception cref="FailureException">It does not run the module.</exception>
    public static EngineKind Choose(string name, string path, Module module)
    {
        switch (Parse(name))
        {
            case EngineChoice.Interpreter: return EngineKind.Interpreter;
            case EngineChoice.Compiled:
                if (!Engines.TryCompile(module, out string? reason)) throw new FailureException($"{path}: the module is not compiled: {reason}");
                return EngineKind.Compiled;
            default: return Engines.FastestFor(module);
        }
    }
}
