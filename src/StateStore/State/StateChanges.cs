using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>An account that a block changed.</summary>
/// <param name="Address">The account.</param>
/// <param name="AddressHash">Keccak-256 of the address: its key in the trie.</param>
/// <param name="Before">The account before the block; null where there was none.</param>
/// <param name="After">The account after the block; null where there is none any more.</param>
/// <param name="Slots">Its changed slots, by ascending hash of the key.</param>
public sealed record AccountChange(Address Address, Hash256 AddressHash, Account? Before, Account? After, IReadOnlyList<SlotChange> Slots);

/// <summary>A storage slot that a block changed.</summary>
/// <param name="Key">The slot.</param>
/// <param name="KeyHash">Keccak-256 of the key: its key in the trie.</param>
/// <param name="Before">Value before the block; zero where nothing was stored.</param>
/// <param name="After">Value after the block; zero where nothing is stored any more.</param>
public readonly record struct SlotChange(Hash256 Key, Hash256 KeyHash, Hash256 Before, Hash256 After);

/// <summary>
/// What a block changed, and only that: accounts by ascending hash of their address, each with its slots by ascending hash
/// of their key. Nothing in it depends on the order of execution.
/// </summary>
/// <param name="Accounts">The changed accounts; one whose slots alone changed has the same account before and after.</param>
/// <param name="Codes">Code that accounts refer to for the first time in this block, by ascending hash.</param>
public sealed record StateChanges(IReadOnlyList<AccountChange> Accounts, IReadOnlyList<(Hash256 Hash, byte[] Code)> Codes);
