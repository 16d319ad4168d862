using System;

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

/// <summary>The state that execution starts from: a block's, fixed. Safe for concurrent use.</summary>
public interface IStateReader
{
    /// <summary>Reads an account; false where there is none.</summary>
    bool TryGetAccount(in Address address, out Account account);

    /// <summary>Reads a storage slot; zero where nothing is stored.</summary>
    Hash256 GetStorage(in Address address, in Hash256 key);

    /// <summary>Reads code by its hash.</summary>
    /// <exception cref="System.IO.InvalidDataException">The state refers to code that is not there.</exception>
    ReadOnlyMemory<byte> GetCode(in Hash256 codeHash);
}

/// <summary>A log of a contract (Yellow Paper, section 4.3.1).</summary>
/// <param name="Address">The contract.</param>
/// <param name="Topics">At most four topics.</param>
/// <param name="Data">The data.</param>
public sealed record LogEntry(Address Address, Hash256[] Topics, byte[] Data);
