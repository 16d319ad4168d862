using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>
/// Turns changed accounts, given in the order of their hashes, into the rows of a block: flat rows, trie nodes, code, preimages,
/// reverse rows and the block rows; what is derived from the others, nodes with their history, goes into a batch of its own. Storage tries come before the account trie, whose values contain their roots; large ones one after
/// the other with all threads, small ones side by side. The bytes are the same for any number of threads.
/// </summary>
internal static class CommitWriter
{
    // A storage trie with as many changes is worth all threads; of smaller ones, a thread gets about this many changes at a time.
    private const int LargeTrie = 1024;
    private const int ShareOfSlots = 256;

    /// <summary>Fills the commit.</summary>
    /// <param name="helpers">The threads' updaters, on the state before the block.</param>
    /// <param name="commit">Receives rows and roots.</param>
    /// <param name="accounts">The changed accounts, in the order of their hashes.</param>
    /// <param name="keepHistory">True to write reverse rows.</param>
    public static void Write(TrieHelpers helpers, StateCommit commit, IReadOnlyList<AccountChange> accounts, bool keepHistory)
    {
        helpers.AwaitNodes();
        ulong? block = keepHistory ? commit.Number : null;
        Hash256[] storageRoots = new Hash256[accounts.Count];
        List<Share> shares = Divide(accounts);
        try
        {
            WriteStorage(helpers, accounts, shares, storageRoots, block);
            foreach (Share share in shares)
            {
                commit.Batch.Append(share.Batch);
                commit.Nodes.Append(share.Nodes);
            }
            WriteAccounts(helpers, commit, accounts, storageRoots, block);
        }
        finally
        {
            foreach (Share share in shares)
            {
                share.Batch.Dispose();
                share.Nodes.Dispose();
            }
            helpers.Reset();
        }
    }

    // Neighbouring accounts, so that the batches of the shares, one after the other, are in the order of the accounts.
    private sealed record Share(int First, int Count, bool IsLarge, WriteBatch Batch, WriteBatch Nodes);

    private static List<Share> Divide(IReadOnlyList<AccountChange> accounts)
    {
        List<Share> shares = [];
        int first = 0;
        int slots = 0;
        for (int i = 0; i < accounts.Count; i++)
        {
            int own = accounts[i].Slots.Count;
            bool large = own >= LargeTrie;
            if (first < i && (large || slots >= ShareOfSlots)) Close(i, false);
            slots += own;
            if (large) Close(i + 1, true);
        }
        if (slots > 0) Close(accounts.Count, false);
        return shares;

        void Close(int end, bool isLarge)
        {
            if (slots > 0) shares.Add(new Share(first, end - first, isLarge, new WriteBatch(), new WriteBatch()));
            first = end;
            slots = 0;
        }
    }

    private static void WriteStorage(TrieHelpers helpers, IReadOnlyList<AccountChange> accounts, List<Share> shares, Hash256[] roots, ulong? block)
    {
        for (int i = 0; i < roots.Length; i++) roots[i] = accounts[i].Before.StorageRoot;
        List<Share> small = [];
        foreach (Share share in shares)
        {
            if (!share.IsLarge)
            {
                small.Add(share);
                continue;
            }
            TrieHelpers.Helper helper = helpers.Rent();
            roots[share.First] = WriteSlots(helper, accounts[share.First], share, block, helpers);
            helpers.Return(helper);
        }
        helpers.ForEach(small.Count, (number, helper) =>
        {
            Share share = small[number];
            for (int i = share.First; i < share.First + share.Count; i++)
                if (accounts[i].Slots.Count > 0) roots[i] = WriteSlots(helper, accounts[i], share, block, null);
        });
    }

    // The rows of an account's slots and of its storage trie, whose root is returned.
    private static Hash256 WriteSlots(TrieHelpers.Helper helper, AccountChange account, Share share, ulong? block, TrieHelpers? helpers)
    {
        WriteBatch batch = share.Batch;
        Span<byte> slotKey = stackalloc byte[StateRows.SlotKeyLength];
        Span<byte> historyKey = stackalloc byte[HistoryRows.MaximumKey];
        account.Slots.Sort(static (left, right) => left.KeyHash.CompareTo(right.KeyHash));
        TrieChanges changes = helper.Slots;
        changes.Clear();
        foreach (ref readonly SlotChange slot in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(account.Slots))
        {
            StateRows.WriteSlotKey(account.Hash, slot.KeyHash, slotKey);
            ReadOnlySpan<byte> before = StateRows.SlotRow(slot.Before);
            if (slot.After.IsZero)
            {
                batch.Delete(Column.Slots, slotKey);
                changes.Add(slot.KeyHash, !before.IsEmpty, default);
            }
            else
            {
                ReadOnlySpan<byte> row = StateRows.SlotRow(slot.After);
                batch.Put(Column.Slots, slotKey, row);
                // Yellow Paper, section 4.1: the trie holds the RLP of the value as a number
                helper.Rlp.Clear();
                helper.Rlp.Write(row);
                changes.Add(slot.KeyHash, !before.IsEmpty, helper.Rlp.Written);
                if (account.HasKeys && before.IsEmpty) batch.Put(Column.Preimages, slot.KeyHash.Bytes, slot.Key.Bytes);
            }
            if (block is ulong number)
                batch.Put(Column.History, historyKey[..HistoryRows.WriteKey(HistoryRows.SlotKind, slotKey, number, historyKey)], before);
        }
        changes.RequireSorted();
        return helper.Updater.Update(account.Hash.Bytes, account.Before.StorageRoot, changes, share.Nodes, block, helpers);
    }

    // The rows of the accounts and of the account trie, and the block rows.
    private static void WriteAccounts(TrieHelpers helpers, StateCommit commit, IReadOnlyList<AccountChange> accounts, Hash256[] storageRoots, ulong? block)
    {
        WriteBatch batch = commit.Batch;
        Span<byte> historyKey = stackalloc byte[HistoryRows.MaximumKey];
        TrieHelpers.Helper helper = helpers.Rent();
        TrieChanges changes = helper.Slots;
        changes.Clear();
        RlpWriter rlp = helper.Rlp;
        BlockRow blockRow = new(commit.ParentRoot);
        for (int i = 0; i < accounts.Count; i++)
        {
            AccountChange change = accounts[i];
            blockRow.Account(change.Hash);
            foreach (SlotChange slot in change.Slots) blockRow.Slot(slot.KeyHash);
            if (change.Code is byte[] code) batch.Put(Column.Code, change.After.CodeHash.Bytes, code);
            if (change.Address is Address address) batch.Put(Column.Preimages, change.Hash.Bytes, address.Bytes);
            if (change.Exists)
            {
                Account after = change.After with { StorageRoot = storageRoots[i] };
                rlp.Clear();
                after.WriteRow(rlp);
                batch.Put(Column.Accounts, change.Hash.Bytes, rlp.Written);
                rlp.Clear();
                after.WriteRlp(rlp);
                changes.Add(change.Hash, change.Existed, rlp.Written);
            }
            else
            {
                if (storageRoots[i] != TrieRoot.Empty) throw new StoreException(StoreFault.Corrupt, $"the deleted account {change.Hash} keeps storage");
                batch.Delete(Column.Accounts, change.Hash.Bytes);
                changes.Add(change.Hash, change.Existed, default);
            }
            commit.ChangedAccounts++;
            commit.ChangedSlots += change.Slots.Count;
            if (block is not ulong number) continue;
            rlp.Clear();
            if (change.Existed) change.Before.WriteRow(rlp);
            batch.Put(Column.History, historyKey[..HistoryRows.WriteKey(HistoryRows.AccountKind, change.Hash.Bytes, number, historyKey)], rlp.Written);
        }
        changes.RequireSorted();
        commit.StateRoot = helper.Updater.Update(default, commit.ParentRoot, changes, commit.Nodes, block, helpers);
        helpers.Return(helper);
        if (block is not ulong own) return;
        byte[] paths = PathsRow.Of(commit.Nodes);
        HistoryRows.WriteBlockKey(HistoryRows.BlockKind, own, historyKey);
        batch.Put(Column.History, historyKey[..HistoryRows.BlockKeyLength], blockRow.Finish(commit.StateRoot));
        HistoryRows.WriteBlockKey(HistoryRows.PathsKind, own, historyKey);
        commit.Nodes.Put(Column.History, historyKey[..HistoryRows.BlockKeyLength], paths);
    }
}
