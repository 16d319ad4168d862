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
    /// <summary>
    /// For tests: each function's intermediate form, allocation and upper halves are proved right; what is not is a node fault. Slow.
    /// </summary>
    public bool ProvesFunctions { get; init; }
    /// <summary>
    /// Bytes of the module whose instructions tell an <see cref="ExecutionObserver"/> before each of them, as the interpreter's observed form does; for
    /// finding differences. Such code is never kept as an artifact.
    /// </summary>
    public ByteRange Observed { get; init; }
    /// <summary>Optimizations to leave out.</summary>
    public Optimizations Without { get; init; }

    /// <summary>True where an optimization is to be done.</summary>
    public bool Has(Optimizations optimization) => (Without & optimization) == 0;
}

/// <summary>The optimizations that can be switched off one by one: docs/OPTIMIZATIONS.md tells what each brings.</summary>
[System.Flags]
internal enum Optimizations
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Computations that have been done already are found.</summary>
    ValueNumbering = 1,
    /// <summary>What depends on constants alone is computed, and what can be simplified is.</summary>
    Simplification = 2,
    /// <summary>Values get registers by their next use; without it each is kept in the frame, as in functions too large for anything better.</summary>
    RegisterAllocation = 4,
    /// <summary>Loads become operands of the instructions that use them.</summary>
    LoadFolding = 8,
    /// <summary>Divisions by constants become multiplications and shifts.</summary>
    ConstantDivision = 16,
    /// <summary>NaNs are made canonical where their bits are first seen, not where they are computed.</summary>
    LateCanonicalization = 32,
    /// <summary>Block parameters that always have the same value are replaced by it.</summary>
    ParameterCleanup = 64,
    /// <summary>Blocks that end in traps stand behind the others, and registers are taken from them first.</summary>
    ColdBlocks = 128,
    /// <summary>Loops begin at multiples of 16 bytes.</summary>
    LoopAlignment = 256,
    /// <summary>Copies and fills of a few bytes need no call.</summary>
    ShortCopies = 512,
    /// <summary>Blocks that only choose where to go leave their charge to those that they choose from.</summary>
    ChargeSinking = 1024,
    /// <summary>Ways out of a loop from its middle stand behind the other blocks.</summary>
    ExitsAside = 2048,
    /// <summary>Constants of floats and vectors are made before the loop that uses them.</summary>
    ConstantHoisting = 4096,
}
