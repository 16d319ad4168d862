using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>A slot that differs between two states.</summary>
/// <param name="KeyHash">Keccak-256 of the key.</param>
/// <param name="Key">The key; null where the preimage is not stored.</param>
/// <param name="Before">The value in the first state.</param>
/// <param name="After">The value in the second state.</param>
public readonly record struct SlotDifference(Hash256 KeyHash, Hash256? Key, Hash256 Before, Hash256 After);

/// <summary>An account that differs between two states.</summary>
/// <param name="AddressHash">Keccak-256 of the address.</param>
/// <param name="Address">The address; null where the preimage is not stored.</param>
/// <param name="Before">The account in the first state; null where it is not there.</param>
/// <param name="After">The account in the second state; null where it is not there.</param>
/// <param name="Slots">Its slots that differ, ordered by hashed key.</param>
public sealed record AccountDifference(Hash256 AddressHash, Address? Address, Account? Before, Account? After, IReadOnlyList<SlotDifference> Slots);

/// <summary>What two blocks' states differ in, from the block rows between them: work in proportion to what changed.</summary>
public static class StateDiff
{
    /// <summary>The accounts that differ, ordered by hashed address.</summary>
    /// <param name="database">The database.</param>
    /// <param name="first">A block whose state is kept.</param>
    /// <param name="second">Another one, before or behind it.</param>
    /// <exception cref="StoreException">A block is not kept, or a row is damaged.</exception>
    public static IReadOnlyList<AccountDifference> Between(StateDatabase database, ulong first, ulong second)
    {
        using StateReader before = database.At(first);
        using StateReader after = database.At(second);
        SortedDictionary<Hash256, SortedSet<Hash256>> touched = [];
        for (ulong block = Math.Min(first, second) + 1; block <= Math.Max(first, second); block++)
        {
            BlockRowReader row = new(StateHistory.BlockRowOf(before.Rows, block));
            while (row.TryAccount(out Hash256 hash))
            {
                if (!touched.TryGetValue(hash, out SortedSet<Hash256>? slots)) touched.Add(hash, slots = []);
                while (row.TrySlot(out Hash256 key)) slots.Add(key);
            }
        }
        List<AccountDifference> differences = [];
        foreach ((Hash256 hash, SortedSet<Hash256> keys) in touched)
        {
            List<SlotDifference> slots = [];
            foreach (Hash256 key in keys)
            {
                Hash256 was = before.GetStorageByHash(hash, key), now = after.GetStorageByHash(hash, key);
                if (was != now) slots.Add(new SlotDifference(key, StateDump.KeyOf(before.Rows, key), was, now));
            }
            Account? old = before.TryGetAccountByHash(hash, out Account found) ? found : null;
            Account? present = after.TryGetAccountByHash(hash, out found) ? found : null;
            if (old != present) differences.Add(new AccountDifference(hash, StateDump.AddressOf(before.Rows, hash), old, present, slots));
        }
        return differences;
    }
}
