namespace ContractVm.StateStore;

/// <summary>A log of a contract (Yellow Paper, section 4.3.1).</summary>
/// <param name="Address">The contract.</param>
/// <param name="Topics">At most four topics.</param>
/// <param name="Data">The data.</param>
public sealed record LogEntry(Address Address, Hash256[] Topics, byte[] Data);
