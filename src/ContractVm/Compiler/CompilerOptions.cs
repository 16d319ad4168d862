using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler;

/// <summary>
/// What the compiler is asked for. Everything here is part of the key of a compiled artifact. The results of an execution are the same
/// whatever is chosen, but for <see cref="HasMetering"/> and <see cref="HasCanonicalNaNs"/>, which only benchmarks switch off.
/// </summary>
/// <param name="Cpu">Instructions that the code may use.</param>
/// <param name="ChecksMemory">Accesses to the first memory are compared with its length, too: no guard behind it is needed.</param>
/// <param name="HasMetering">Ink is charged.</param>
/// <param name="MapsCode">The result tells which instruction of the module each piece of code comes from.</param>
internal sealed record CompilerOptions(CpuFeatures Cpu, bool ChecksMemory = false, bool HasMetering = true, bool MapsCode = false)
{
    /// <summary>Everything as validators run it, for the machine at hand: with checks in the code where it gives no guards.</summary>
    public static CompilerOptions Default { get; } = ForThisMachine();

    /// <summary>What <see cref="Default"/> is on this machine as it is now.</summary>
    public static CompilerOptions ForThisMachine() => new(CpuFeatures.OfThisMachine, ChecksMemory: !MemoryReservation.CanGuard());

    /// <summary>NaNs that are computed are made canonical.</summary>
    public bool HasCanonicalNaNs { get; init; } = true;
    /// <summary>Computations that have been done already are found.</summary>
    public bool HasValueNumbering { get; init; } = true;
    /// <summary>What depends on constants alone is computed, and what can be simplified is.</summary>
    public bool HasSimplification { get; init; } = true;
    /// <summary>Every value is kept in the frame, as in functions too large for anything better.</summary>
    public bool HasBasicAllocation { get; init; }
}
