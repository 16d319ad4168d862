namespace ContractVm.Fuzz;

/// <summary>What the modules of <see cref="StructureGenerator"/> are made of.</summary>
/// <param name="Allowed">Features that may be used.</param>
/// <param name="Mistakes">A few types and indices are deliberately wrong.</param>
/// <param name="Table64">Tables may have 64-bit indices where memories may.</param>
public sealed record StructureOptions(Features Allowed, bool Mistakes = false, bool Table64 = true)
{
    /// <summary>All of WebAssembly 3.0 and atomics.</summary>
    public static StructureOptions Everything { get; } = new(Profiles.Bare.Features);

    /// <summary>Whether all of some features may be used.</summary>
    public bool Has(Features features) => (Allowed & features) == features;
}
