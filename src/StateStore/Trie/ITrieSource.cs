using System;

namespace ContractVm.StateStore;

/// <summary>
/// The nodes of stored tries at one block: branches have rows, leaves are made of flat rows. For one thread.
/// </summary>
internal interface ITrieSource : IDisposable
{
    /// <summary>Copies the row of the branch at a path; false where there is none: a leaf, or no trie.</summary>
    /// <param name="owner">The address hash of a storage trie; empty for the account trie.</param>
    /// <param name="path">The nibbles from the root.</param>
    /// <param name="row">Receives the row, in the form of <see cref="TrieNode"/>.</param>
    /// <exception cref="StoreException">A row is damaged.</exception>
    bool TryGetBranch(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer row);

    /// <summary>Finds the one key below a path where the parent says that a leaf is, and its value in the trie.</summary>
    /// <param name="owner">The address hash of a storage trie; empty for the account trie.</param>
    /// <param name="path">The nibbles from the root to the leaf.</param>
    /// <param name="value">Receives the value in the trie.</param>
    /// <exception cref="StoreException">There is no such key, or its row is damaged.</exception>
    Hash256 GetLeaf(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, ValueBuffer value);

    /// <summary>Lets go of the moment whose rows were looked for: the next look is at the rows as they are then.</summary>
    void Reset();
}
