using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>What is done with the reverse rows besides reading: forgetting old ones, and going back a block.</summary>
public static class StateHistory
{
    /// <summary>
    /// Gives up the states before a block and deletes the rows they needed. The floor goes up first, so a reader gets either the right
    /// state or an error. What a crash leaves undeleted the next call deletes. Another thread may commit meanwhile, but not roll back.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="floor">The oldest block whose state stays readable.</param>
    /// <param name="maximumBlocks">How many blocks' rows to delete in this call, which bounds the time it takes.</param>
    /// <returns>True when no more rows are left to delete.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The floor is above the head.</exception>
    public static bool RaiseFloor(StateDatabase database, ulong floor, int maximumBlocks = int.MaxValue)
    {
        IKeyValueStore store = database.Store;
        // what a crash leaves of the last blocks to be computed again needs the state before them
        database.AwaitNodes();
        if (floor > database.Head.Number) throw new ArgumentOutOfRangeException(nameof(floor), $"block {floor} is above the head");
        using WriteBatch batch = new();
        if (floor > database.Floor)
        {
            MetaRows.PutNumber(batch, MetaRows.Floor, floor);
            // not synced: what is lost of the log is lost from its end, so never this row without the deletions behind it
            store.Write(batch, sync: false);
        }
        floor = database.Floor;
        // from the first row that is left, not from the first place where one was: deleted rows are slow to pass
        Span<byte> first = stackalloc byte[HistoryRows.BlockKeyLength];
        HistoryRows.WriteBlockKey(HistoryRows.BlockKind, MetaRows.GetPruned(store) + 1, first);
        using KeyValueIterator blocks = store.CreateIterator(Column.History, [HistoryRows.BlockKind]);
        for (blocks.Seek(first); blocks.IsValid; blocks.Next())
        {
            ulong number = HistoryRows.BlockOf(blocks.Key);
            if (number > floor) break;
            if (maximumBlocks-- <= 0) return false;
            batch.Clear();
            DeleteRows(store, number, blocks.Value, batch);
            MetaRows.PutNumber(batch, MetaRows.Pruned, number);
            store.Write(batch, sync: false);
        }
        return true;
    }

    /// <summary>
    /// Computes the way back from the head to its parent: the result's batch restores the state before the head block and deletes the
    /// block's history. Hand it to <see cref="Rollback"/>, with the caller's own rows of the block deleted in the same batch.
    /// </summary>
    /// <exception cref="StoreException">
    /// <see cref="StoreFault.BelowFloor"/>: the history of the head block is not kept. <see cref="StoreFault.Corrupt"/>: the rows do not
    /// lead to the parent's state root.
    /// </exception>
    public static StateCommit ComputeRollback(StateDatabase database)
    {
        BlockHead head = database.Head;
        if (head.Number == database.Floor)
            throw new StoreException(StoreFault.BelowFloor, $"the state before block {head.Number} is no longer kept");
        using StateReader before = database.At(head.Number - 1);
        IKeyValueStore store = database.Store;
        byte[] row = BlockRowOf(store, head.Number);
        using StateReader now = database.AtHead();
        Hash256 parentRoot = new BlockRowReader(row).ParentRoot;
        StateCommit commit = new(head.Number - 1, head.StateRoot);
        try
        {
            CommitWriter.Write(now.Helpers!, commit, ChangesOf(row, now, before), keepHistory: false);
            if (commit.StateRoot != parentRoot)
                throw new StoreException(StoreFault.Corrupt, $"going back from block {head.Number} leads to the state {commit.StateRoot}, not {parentRoot}");
            DeleteRows(store, head.Number, row, commit.Batch);
            return commit;
        }
        catch
        {
            commit.Dispose();
            throw;
        }
    }

    /// <summary>Writes what <see cref="ComputeRollback"/> computed and makes the parent the head: one atomic, synced write.</summary>
    /// <param name="database">The database.</param>
    /// <param name="rollback">Computed on the present head.</param>
    /// <param name="parentHash">The hash of the parent block.</param>
    /// <exception cref="InvalidOperationException">The rollback was computed on another head.</exception>
    public static void Rollback(StateDatabase database, StateCommit rollback, in Hash256 parentHash)
    {
        BlockHead head = database.Head;
        if (rollback.Number + 1 != head.Number || rollback.ParentRoot != head.StateRoot)
            throw new InvalidOperationException($"the rollback to block {rollback.Number} was not computed on the head, block {head.Number}");
        database.WriteHead(rollback, new BlockHead(rollback.Number, parentHash, rollback.StateRoot), sync: true);
    }

    /// <summary>What a block changes between two states: what its row names, as it is in the one and in the other.</summary>
    internal static List<AccountChange> ChangesOf(ReadOnlySpan<byte> blockRow, StateReader from, StateReader to)
    {
        BlockRowReader reader = new(blockRow);
        List<AccountChange> changes = [];
        while (reader.TryAccount(out Hash256 hash))
        {
            bool existed = from.TryGetAccountByHash(hash, out Account before);
            bool exists = to.TryGetAccountByHash(hash, out Account after);
            List<SlotChange> slots = [];
            while (reader.TrySlot(out Hash256 key))
                slots.Add(new SlotChange(key, default, from.GetStorageByHash(hash, key), to.GetStorageByHash(hash, key)));
            // the preimages of the keys are stored already: a slot is not zero in one of the two
            changes.Add(new AccountChange { Hash = hash, Existed = existed, Before = before, Exists = exists, After = after, Slots = slots, HasKeys = false });
        }
        return changes;
    }

    /// <summary>The hashes of the addresses of the accounts that a block changed, ascending.</summary>
    /// <exception cref="StoreException"><see cref="StoreFault.Corrupt"/>: there is no history of this block, or it is damaged.</exception>
    public static IReadOnlyList<Hash256> TouchedAccounts(StateDatabase database, ulong block)
    {
        BlockRowReader reader = new(BlockRowOf(database.Store, block));
        List<Hash256> touched = [];
        while (reader.TryAccount(out Hash256 hash)) touched.Add(hash);
        return touched;
    }

    internal static byte[] BlockRowOf(IKeyValueReader store, ulong block) =>
        RowOf(store, HistoryRows.BlockKind, block) ?? throw new StoreException(StoreFault.Corrupt, $"there is no history of block {block}");

    private static byte[]? RowOf(IKeyValueReader store, byte kind, ulong block)
    {
        Span<byte> key = stackalloc byte[HistoryRows.BlockKeyLength];
        HistoryRows.WriteBlockKey(kind, block, key);
        return store.Get(Column.History, key);
    }

    // The reverse rows of a block and its block rows.
    private static void DeleteRows(IKeyValueReader store, ulong number, ReadOnlySpan<byte> blockRow, WriteBatch batch)
    {
        Span<byte> key = stackalloc byte[HistoryRows.MaximumKey];
        Span<byte> slot = stackalloc byte[StateRows.SlotKeyLength];
        BlockRowReader reader = new(blockRow);
        while (reader.TryAccount(out Hash256 hash))
        {
            while (reader.TrySlot(out Hash256 slotKey))
            {
                StateRows.WriteSlotKey(hash, slotKey, slot);
                batch.Delete(Column.History, key[..HistoryRows.WriteKey(HistoryRows.SlotKind, slot, number, key)]);
            }
            batch.Delete(Column.History, key[..HistoryRows.WriteKey(HistoryRows.AccountKind, hash.Bytes, number, key)]);
        }
        PathsRow.DeleteRows(RowOf(store, HistoryRows.PathsKind, number), number, batch);
        foreach (byte kind in (ReadOnlySpan<byte>)[HistoryRows.BlockKind, HistoryRows.PathsKind])
        {
            HistoryRows.WriteBlockKey(kind, number, key);
            batch.Delete(Column.History, key[..HistoryRows.BlockKeyLength]);
        }
    }
}
