using ContractVm.Compiler.X64;

namespace ContractVm.Compiler;

/// <summary>
/// What the compiler is to do differently. The results of an execution are the same whatever is chosen, but for <see cref="HasMetering"/>
/// and <see cref="HasCanonicalNaNs"/>, which only benchmarks may switch off.
/// </summary>
internal sealed record CompilerOptions
{
    /// <summary>Everything as validators run it, for the machine at hand.</summary>
    public static CompilerOptions Default { get; } = new();

    /// <summary>Instructions that the code may use.</summary>
    public CpuFeatures Cpu { get; init; } = CpuFeatures.OfThisMachine;
    /// <summary>Checks every access against the memory's size in code; off where guard pages do it.</summary>
    public bool HasExplicitBounds { get; init; }
    /// <summary>Charges ink. Benchmarks only switch it off.</summary>
    public bool HasMetering { get; init; } = true;
    /// <summary>Makes NaNs canonical. Benchmarks only switch it off.</summary>
    public bool HasCanonicalNaNs { get; init; } = true;
    /// <summary>Finds computations that have been done already.</summary>
    public bool HasValueNumbering { get; init; } = true;
    /// <summary>Computes what depends on constants alone and simplifies what can be.</summary>
    public bool HasSimplification { get; init; } = true;
    /// <summary>Tells which instruction of the module each piece of code comes from.</summary>
    public bool MapsCode { get; init; }
}
