namespace ContractVm;

/// <summary>Which modules the engines of this build run. A profile may accept more than they do.</summary>
public static class Engines
{
    // Everything there is.
    private const Features Interpreted = (Features)uint.MaxValue;

    /// <summary>Pages that an engine gives a memory where the profile would allow more; every contract profile allows less.</summary>
    public const ulong MostMemoryPages = 1 << 16;
    /// <summary>Elements that an engine gives a table where the profile would allow more; every contract profile allows less.</summary>
    public const ulong MostTableElements = 10_000_000;

    /// <summary>True where some engine runs the module; else the features that none runs.</summary>
    public static bool CanRun(Module module, out Features missing)
    {
        missing = module.UsedFeatures & ~Interpreted;
        return missing == Features.None;
    }
}
