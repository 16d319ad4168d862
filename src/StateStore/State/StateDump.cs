using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>An account in a dump.</summary>
/// <param name="AddressHash">Keccak-256 of the address: dumps are in this order.</param>
/// <param name="Address">The address; null where the preimage is not stored.</param>
/// <param name="Account">The account.</param>
public sealed record DumpedAccount(Hash256 AddressHash, Address? Address, Account Account);

/// <summary>A storage slot in a dump.</summary>
/// <param name="KeyHash">Keccak-256 of the key: dumps are in this order.</param>
/// <param name="Key">The key; null where the preimage is not stored.</param>
/// <param name="Value">The value; never zero.</param>
public readonly record struct DumpedSlot(Hash256 KeyHash, Hash256? Key, Hash256 Value);

/// <summary>
/// Walks over the whole state of a block, always in the same order, holding one row at a time. Errors of the store come as
/// <see cref="StoreException"/> while walking.
/// </summary>
public static class StateDump
{
    /// <summary>All accounts.</summary>
    /// <param name="reader">The state; through a snapshot where blocks are committed meanwhile.</param>
    public static IEnumerable<DumpedAccount> Accounts(StateReader reader)
    {
        using StateCursor accounts = reader.CreateCursor(Column.Accounts);
        for (accounts.Seek(default); accounts.IsValid; accounts.Next())
        {
            Hash256 hash = Hash256.FromBytes(accounts.Key);
            Account account = Account.FromRow(accounts.Row);
            yield return new DumpedAccount(hash, AddressOf(reader.Rows, hash), account);
        }
    }

    /// <summary>All storage slots of an account.</summary>
    /// <param name="reader">The state; through a snapshot where blocks are committed meanwhile.</param>
    /// <param name="addressHash">Keccak-256 of the account's address.</param>
    public static IEnumerable<DumpedSlot> Slots(StateReader reader, Hash256 addressHash)
    {
        using StateCursor slots = reader.CreateCursor(Column.Slots, addressHash.Bytes);
        for (slots.Seek(addressHash.Bytes); slots.IsValid; slots.Next())
        {
            Hash256 hash = Hash256.FromBytes(slots.Key[Hash256.Length..]);
            Hash256 value = StateRows.SlotValue(slots.Row);
            yield return new DumpedSlot(hash, KeyOf(reader.Rows, hash), value);
        }
    }

    internal static Address? AddressOf(IKeyValueReader rows, in Hash256 hash) =>
        Preimage(rows, hash, Address.Length) is byte[] address ? Address.FromBytes(address) : null;

    internal static Hash256? KeyOf(IKeyValueReader rows, in Hash256 hash) =>
        Preimage(rows, hash, Hash256.Length) is byte[] key ? Hash256.FromBytes(key) : null;

    private static byte[]? Preimage(IKeyValueReader rows, in Hash256 hash, int length)
    {
        byte[]? preimage = rows.Get(Column.Preimages, hash.Bytes);
        if (preimage is null) return null;
        if (preimage.Length != length || Keccak256.Hash(preimage) != hash)
            throw new StoreException(StoreFault.Corrupt, $"the preimage of {hash} is damaged");
        return preimage;
    }
}
