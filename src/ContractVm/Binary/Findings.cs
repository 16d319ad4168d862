namespace ContractVm.Binary;

/// <summary>
/// What reading a module brings to light besides its contents: features used, greatest numbers, reasons against it. Each thread
/// that validates bodies has its own; merging them does not depend on their order.
/// </summary>
internal sealed class Findings(ReasonList? reasons)
{
    /// <summary>Features that the module uses.</summary>
    public Features Used { get; set; } = Features.Core;
    /// <summary>What is held against the limits.</summary>
    public ModuleMeasures Measures { get; } = new();
    /// <summary>Takes reasons after which reading can go on; null where the first one ends it.</summary>
    public ReasonList? Reasons { get; } = reasons;

    public void Merge(Findings other)
    {
        Used |= other.Used;
        Measures.Merge(other.Measures);
    }
}
