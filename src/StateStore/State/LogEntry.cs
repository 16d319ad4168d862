namespace ContractVm.StateStore;

/// <summary>An event that a contract emitted (Yellow Paper, section 4.3.1). The arrays are the entry's own: do not change them.</summary>
/// <param name="Address">The contract.</param>
/// <param name="Topics">Zero to four topics.</param>
/// <param name="Data">Any bytes.</param>
public sealed record LogEntry(Address Address, Hash256[] Topics, byte[] Data);
