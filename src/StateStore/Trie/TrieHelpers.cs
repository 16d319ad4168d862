using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace ContractVm.StateStore;

/// <summary>One child of the root branch and the changes below it.</summary>
internal readonly record struct TriePart(int Nibble, ChildKind Kind, NodeRef Reference, int Start, int Count);

/// <summary>What has become of a <see cref="TriePart"/>.</summary>
internal readonly record struct PartResult(TrieUpdater.Outcome Outcome, NodeRef Reference, byte[] Node);

/// <summary>How an update spreads over threads.</summary>
internal sealed record PartRequest(TrieHelpers Helpers, WriteBatch Output, ulong? Block);

/// <summary>
/// The threads' updaters, kept from block to block. How many there are changes timing only: what they write is put together in the
/// order of the keys. Used by one block at a time.
/// </summary>
internal sealed class TrieHelpers
{
    /// <summary>A trie with fewer changes is updated by one thread: the others would cost more than they save.</summary>
    public const int Worthwhile = 256;

    private readonly Func<ITrieSource> _createSource;
    private readonly ConcurrentBag<Helper> _all = [];
    private readonly ConcurrentBag<Helper> _idle = [];
    private readonly ParallelOptions _options;
    private Task _nodesWritten = Task.CompletedTask;

    /// <summary>Makes them when they are needed first.</summary>
    /// <param name="createSource">Makes one thread's view of the stored tries.</param>
    /// <param name="threads">The most threads that work at once.</param>
    public TrieHelpers(Func<ITrieSource> createSource, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _createSource = createSource;
        _options = new ParallelOptions { MaxDegreeOfParallelism = threads };
    }

    /// <summary>The most threads that work at once.</summary>
    public int Threads => _options.MaxDegreeOfParallelism;

    /// <summary>The write of the last block's nodes, which may go on when the block is committed.</summary>
    public Task NodesWritten
    {
        get => Volatile.Read(ref _nodesWritten);
        set => Volatile.Write(ref _nodesWritten, value);
    }

    /// <summary>Waits until the nodes of the last block are written: before that nobody may read nodes of the head.</summary>
    /// <exception cref="StoreException">They could not be written.</exception>
    public void AwaitNodes() => NodesWritten.GetAwaiter().GetResult();

    /// <summary>Does something for each number below a count, with one thread's helper.</summary>
    public void ForEach(int count, Action<int, Helper> action)
    {
        if (count < 2 || Threads == 1)
        {
            Helper one = Rent();
            for (int i = 0; i < count; i++) action(i, one);
            Return(one);
            return;
        }
        try
        {
            Parallel.For(0, count, _options, Rent, (i, _, helper) =>
            {
                action(i, helper);
                return helper;
            }, Return);
        }
        catch (AggregateException fault)
        {
            // which of several came first depends on the threads: none of them reaches more than the message
            throw fault.InnerExceptions[0] is StoreException store ? store : fault;
        }
    }

    /// <summary>Updates the parts below a branch and appends their rows in the order of the parts.</summary>
    public PartResult[] Run(TriePart[] parts, ReadOnlySpan<byte> path, ReadOnlySpan<byte> owner, TrieChanges changes, WriteBatch output, ulong? block)
    {
        PartResult[] results = new PartResult[parts.Length];
        WriteBatch[] batches = new WriteBatch[parts.Length];
        byte[] start = path.ToArray();
        byte[] trie = owner.ToArray();
        ForEach(parts.Length, (i, helper) =>
        {
            ref readonly TriePart part = ref parts[i];
            batches[i] = new WriteBatch();
            results[i] = helper.Updater.UpdatePart(
                part, [.. start, (byte)part.Nibble], changes.Entries.Slice(part.Start, part.Count), trie, changes, batches[i], block);
        });
        foreach (WriteBatch batch in batches)
        {
            output.Append(batch);
            batch.Dispose();
        }
        return results;
    }

    /// <summary>A helper for the calling thread; give it back with <see cref="Return"/>.</summary>
    public Helper Rent()
    {
        if (_idle.TryTake(out Helper? helper)) return helper;
        helper = new Helper(_createSource());
        _all.Add(helper);
        return helper;
    }

    /// <summary>Takes a helper back.</summary>
    public void Return(Helper helper) => _idle.Add(helper);

    /// <summary>Ends a block, also one that failed: iterators see the rows of the moment they were made in.</summary>
    public void Reset()
    {
        foreach (Helper helper in _all) helper.Source.Reset();
    }

    /// <summary>What one thread needs.</summary>
    internal sealed class Helper(ITrieSource source)
    {
        public ITrieSource Source => source;

        public TrieUpdater Updater { get; } = new(source);

        public TrieChanges Slots { get; } = new();

        public RlpWriter Rlp { get; } = new(Account.MaximumRlp + 16);
    }
}
