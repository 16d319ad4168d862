using System;

namespace ContractVm.StateStore;

/// <summary>
/// What one block changes, computed but not written: the new state root and the rows. The caller may add rows of its own columns to
/// <see cref="Batch"/> and then hands this to <see cref="StateDatabase.Commit"/>, or drops it. For one thread.
/// </summary>
public sealed class StateCommit : IDisposable
{
    private bool _isTaken;

    internal StateCommit(ulong number, in Hash256 parentRoot)
    {
        Number = number;
        ParentRoot = parentRoot;
        StateRoot = parentRoot;
    }

    /// <summary>The number of the block.</summary>
    public ulong Number { get; }

    /// <summary>The state root before the block.</summary>
    public Hash256 ParentRoot { get; }

    /// <summary>The state root after the block.</summary>
    public Hash256 StateRoot { get; internal set; }

    /// <summary>The number of accounts that changed.</summary>
    public int ChangedAccounts { get; internal set; }

    /// <summary>The number of storage slots that changed.</summary>
    public int ChangedSlots { get; internal set; }

    /// <summary>The rows to write, without trie nodes: the same changes on the same state give the same bytes.</summary>
    public WriteBatch Batch { get; } = new();

    /// <summary>The trie nodes and what they were before the block: derived from the other rows. Empty after the commit.</summary>
    public WriteBatch Nodes { get; private set; } = new();

    /// <summary>Gives the batches' memory back.</summary>
    public void Dispose()
    {
        Batch.Dispose();
        Nodes.Dispose();
    }

    /// <summary>Hands the nodes over to the caller, who disposes them.</summary>
    /// <exception cref="InvalidOperationException">They were taken before, by a write that may have failed.</exception>
    internal WriteBatch TakeNodes()
    {
        if (_isTaken) throw new InvalidOperationException("a commit is written once: compute it again");
        _isTaken = true;
        WriteBatch nodes = Nodes;
        Nodes = new WriteBatch();
        return nodes;
    }
}
