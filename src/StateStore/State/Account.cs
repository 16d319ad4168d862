namespace ContractVm.StateStore;

/// <summary>An account as execution sees it (Yellow Paper, section 4.1); its storage root belongs to the trie.</summary>
/// <param name="Nonce">Transactions sent, or contracts created.</param>
/// <param name="Balance">Wei.</param>
/// <param name="CodeHash">Keccak-256 of its code; that of nothing where it has none.</param>
public readonly record struct Account(ulong Nonce, UInt256 Balance, Hash256 CodeHash)
{
    /// <summary>The account that does not exist: everything zero, no code.</summary>
    public static Account Empty => new(0, UInt256.Zero, Keccak256.OfEmpty);

    /// <summary>Nothing in it (EIP-161): such an account is not kept.</summary>
    public bool IsEmpty => Nonce == 0 && Balance.IsZero && CodeHash == Keccak256.OfEmpty;
}
