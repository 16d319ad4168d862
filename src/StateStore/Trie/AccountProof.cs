using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>The proof of one storage slot (EIP-1186).</summary>
/// <param name="Key">The storage key, not hashed.</param>
/// <param name="Value">The value; zero for an absent slot.</param>
/// <param name="Nodes">The nodes of the storage trie, root first.</param>
public sealed record StorageProof(Hash256 Key, UInt256 Value, IReadOnlyList<byte[]> Nodes);

/// <summary>
/// The proof of an account and of some of its slots (EIP-1186): what <c>eth_getProof</c> answers. Immutable.
/// </summary>
/// <param name="Address">The account's address.</param>
/// <param name="Account">The account; <see cref="StateStore.Account.Empty"/> where there is none.</param>
/// <param name="Nodes">The nodes of the account trie, root first.</param>
/// <param name="Storage">The proofs of the slots, in the order they were asked for.</param>
public sealed record AccountProof(Address Address, Account Account, IReadOnlyList<byte[]> Nodes, IReadOnlyList<StorageProof> Storage)
{
    /// <summary>Collects the proof from the stored tries, of whichever block the reader reads.</summary>
    /// <param name="reader">The state; through a snapshot where blocks are committed meanwhile.</param>
    /// <param name="address">The account.</param>
    /// <param name="keys">Storage keys, not hashed.</param>
    /// <exception cref="StoreException">The stored rows are damaged or missing.</exception>
    public static AccountProof Create(StateReader reader, in Address address, IReadOnlyList<Hash256> keys)
    {
        using ITrieSource source = reader.CreateTrieSource();
        Hash256 owner = Keccak256.Hash(address.Bytes);
        _ = reader.TryGetAccountByHash(owner, out Account account);
        List<StorageProof> storage = [];
        foreach (Hash256 key in keys)
        {
            Hash256 hashed = Keccak256.Hash(key.Bytes);
            UInt256 value = reader.GetStorageByHash(owner, hashed).ToUInt256();
            storage.Add(new StorageProof(key, value, TrieProof.Prove(source, account.StorageRoot, owner.Bytes, hashed)));
        }
        return new AccountProof(address, account, TrieProof.Prove(source, reader.StateRoot, default, owner), storage);
    }

    /// <summary>
    /// True when the proof, from whatever source, shows that a state with this root has exactly this account and these slots. An
    /// account without storage, code, nonce and balance is shown by its absence.
    /// </summary>
    public bool Verify(in Hash256 stateRoot) => FindFault(stateRoot) is null;

    /// <summary><see cref="Verify"/>, and why not: null, or what is wrong and what was expected.</summary>
    public ProofFault? FindFault(in Hash256 stateRoot)
    {
        Hash256 owner = Keccak256.Hash(Address.Bytes);
        if (TrieProof.FindFault(stateRoot, owner.Bytes, Nodes, out byte[] found) is ProofFault accountFault) return accountFault.Of($"account {Address}");
        if (!Matches(found)) return Other($"account {Address}", found, "what is stated");
        foreach (StorageProof slot in Storage)
        {
            Hash256 key = Keccak256.Hash(slot.Key.Bytes);
            if (TrieProof.FindFault(Account.StorageRoot, key.Bytes, slot.Nodes, out byte[] value) is ProofFault fault) return fault.Of($"slot {slot.Key}");
            using RlpWriter expected = new();
            if (!slot.Value.IsZero) expected.Write(slot.Value);
            if (!expected.Written.SequenceEqual(value)) return Other($"slot {slot.Key}", value, $"{slot.Value}");
        }
        return null;
    }

    private static ProofFault Other(string owner, byte[] shown, string stated) =>
        new(ProofFaultKind.OtherValue, $"{owner}: the proof shows {(shown.Length == 0 ? "that it is absent" : Hex.Encode(shown))}, not {stated}");

    private bool Matches(byte[] found)
    {
        if (found.Length == 0) return Account == Account.Empty;
        using RlpWriter expected = new();
        Account.WriteRlp(expected);
        return expected.Written.SequenceEqual(found);
    }
}
