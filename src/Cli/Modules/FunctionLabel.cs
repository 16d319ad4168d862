using System.Globalization;

namespace ContractVm.Cli.Modules;

/// <summary>Names functions for people.</summary>
internal static class FunctionLabel
{
    /// <summary>A function's index, with its name where the module's name section has one.</summary>
    public static string Of(Module module, int index)
    {
        string number = string.Create(CultureInfo.InvariantCulture, $"function {index}");
        return module.FunctionNames.TryGetValue(index, out string? name) ? $"{number} ({name})" : number;
    }
}
