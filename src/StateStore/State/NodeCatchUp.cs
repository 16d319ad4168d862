namespace ContractVm.StateStore;

/// <summary>
/// Writes the trie nodes that a crash has left behind. Nodes of a large block are written behind it (docs/STATE.md), so a database may have
/// those of an earlier block than its head. Block by block, what changed is read from the block's row and its history, the tries are
/// updated as at the commit, and the root must be the block's. The rows are those that would have been written.
/// </summary>
internal static class NodeCatchUp
{
    /// <summary>Brings the nodes to the head.</summary>
    /// <param name="database">A database that nobody else uses yet.</param>
    /// <param name="written">The block whose nodes are there.</param>
    /// <exception cref="StoreException">The history has a gap or leads to another root, or the store fails.</exception>
    public static void Run(StateDatabase database, ulong written)
    {
        for (ulong block = written + 1; block <= database.Head.Number; block++)
        {
            using StateReader before = database.At(block - 1, tries: false);
            using StateReader after = database.At(block, tries: false);
            byte[] row = StateHistory.BlockRowOf(database.Store, block);
            BlockRowReader roots = new(row);
            // no node has changed since the block before: its tries are the stored nodes, with the leaves of then
            using PastTrie tries = new(before, block - 1);
            TrieHelpers helpers = new(() => tries, threads: 1);
            using StateCommit commit = new(block, roots.ParentRoot);
            CommitWriter.Write(helpers, commit, StateHistory.ChangesOf(row, before, after), keepHistory: true);
            if (commit.StateRoot != roots.Root)
                throw new StoreException(StoreFault.Corrupt, $"the trie nodes of block {block}, which were not written, lead to the state {commit.StateRoot}, not {roots.Root}");
            using WriteBatch nodes = StateDatabase.TakeNodes(commit, block);
            database.Store.Write(nodes, sync: false);
        }
    }
}
