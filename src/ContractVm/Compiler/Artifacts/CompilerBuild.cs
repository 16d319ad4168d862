using System;
using ContractVm.Gas;

namespace ContractVm.Compiler.Artifacts;

/// <summary>Which compiler this is: code of another one is never run.</summary>
internal static class CompilerBuild
{
    // Raised by hand where the same assemblies, on something that they do not know of, would make other code.
    private const int Version = 1;

    /// <summary>
    /// The version, what the compiler and the metering plan were built from, and the runtime, whose arithmetic folds constants. Builds
    /// from the same sources have the same module version ids.
    /// </summary>
    public static string Identity { get; } = FormattableString.Invariant(
        $"{Version}/{typeof(CompilerBuild).Module.ModuleVersionId}/{typeof(Schedule).Module.ModuleVersionId}/{Environment.Version}");
}
