using System;
using System.Threading;
using System.Threading.Tasks;

namespace ContractVm.StateStore;

/// <summary>
/// A store in memory, with the behaviour of <see cref="RocksDbStore"/> except that nothing outlives it: for tests and for chains that
/// are thrown away. One tree per column, replaced as a whole by every write, so snapshots and iterators cost nothing.
/// </summary>
public sealed class MemoryStore : IKeyValueStore
{
    private readonly Lock _writing = new();
    private SortedTree?[]? _columns = new SortedTree?[Columns.Count];

    /// <inheritdoc/>
    public bool TryGet(Column column, ReadOnlySpan<byte> key, ValueBuffer value) => MemoryReads.TryGet(Current, column, key, value);

    /// <inheritdoc/>
    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => MemoryReads.Get(Current, column, key);

    /// <inheritdoc/>
    public void MultiGet(Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values) =>
        MemoryReads.MultiGet(Current, column, keys, keyLength, values);

    /// <inheritdoc/>
    public KeyValueIterator CreateIterator(Column column, ReadOnlySpan<byte> prefix = default) =>
        new MemoryIterator(Current[(int)column], prefix);

    /// <inheritdoc/>
    public void Put(Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        lock (_writing)
        {
            SortedTree?[] columns = (SortedTree?[])Current.Clone();
            columns[(int)column] = SortedTree.Put(columns[(int)column], key.ToArray(), value.ToArray());
            Volatile.Write(ref _columns, columns);
        }
    }

    /// <inheritdoc/>
    public void Delete(Column column, ReadOnlySpan<byte> key)
    {
        lock (_writing)
        {
            SortedTree?[] columns = (SortedTree?[])Current.Clone();
            columns[(int)column] = SortedTree.Delete(columns[(int)column], key);
            Volatile.Write(ref _columns, columns);
        }
    }

    /// <inheritdoc/>
    public void Write(WriteBatch batch, bool sync)
    {
        lock (_writing)
        {
            SortedTree?[] columns = (SortedTree?[])Current.Clone();
            foreach (WriteBatch.Operation operation in batch)
            {
                ref SortedTree? tree = ref columns[(int)operation.Column];
                tree = operation.IsDelete
                    ? SortedTree.Delete(tree, operation.Key)
                    : SortedTree.Put(tree, operation.Key.ToArray(), operation.Value.ToArray());
            }
            Volatile.Write(ref _columns, columns);
        }
    }

    /// <inheritdoc/>
    public Task WriteBehind(WriteBatch batch)
    {
        Write(batch, sync: false);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IKeyValueSnapshot CreateSnapshot() => new MemorySnapshot(Current);

    /// <summary>Drops all rows.</summary>
    public void Dispose() => Volatile.Write(ref _columns, null);

    private SortedTree?[] Current
    {
        get
        {
            SortedTree?[]? columns = Volatile.Read(ref _columns);
            ObjectDisposedException.ThrowIf(columns is null, this);
            return columns;
        }
    }
}

/// <summary>The rows of a memory store as they were when the snapshot was made.</summary>
internal sealed class MemorySnapshot(SortedTree?[] columns) : IKeyValueSnapshot
{
    private SortedTree?[]? _columns = columns;

    public bool TryGet(Column column, ReadOnlySpan<byte> key, ValueBuffer value) => MemoryReads.TryGet(Current, column, key, value);

    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => MemoryReads.Get(Current, column, key);

    public void MultiGet(Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values) =>
        MemoryReads.MultiGet(Current, column, keys, keyLength, values);

    public KeyValueIterator CreateIterator(Column column, ReadOnlySpan<byte> prefix = default) =>
        new MemoryIterator(Current[(int)column], prefix);

    public void Dispose() => _columns = null;

    private SortedTree?[] Current
    {
        get
        {
            SortedTree?[]? columns = _columns;
            ObjectDisposedException.ThrowIf(columns is null, this);
            return columns;
        }
    }
}

/// <summary>Reads that the store and its snapshots share.</summary>
internal static class MemoryReads
{
    public static bool TryGet(SortedTree?[] columns, Column column, ReadOnlySpan<byte> key, ValueBuffer value)
    {
        SortedTree? row = SortedTree.Find(columns[(int)column], key);
        if (row is null)
        {
            value.Clear();
            return false;
        }
        value.Set(row.Value);
        return true;
    }

    // A copy, so that a caller that changes its array does not change the store.
    public static byte[]? Get(SortedTree?[] columns, Column column, ReadOnlySpan<byte> key) =>
        SortedTree.Find(columns[(int)column], key)?.Value.AsSpan().ToArray();

    public static void MultiGet(SortedTree?[] columns, Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values)
    {
        KeyArguments.RequireKeys(keys, keyLength, values.Length);
        for (int i = 0; i < values.Length; i++) values[i] = Get(columns, column, keys.Slice(i * keyLength, keyLength));
    }
}

/// <summary>Checks that both stores make of their arguments.</summary>
internal static class KeyArguments
{
    public static void RequireKeys(ReadOnlySpan<byte> keys, int keyLength, int count)
    {
        if (keyLength < 0 || keys.Length != (long)keyLength * count)
            throw new ArgumentException($"{count} keys of {keyLength} bytes are {(long)keyLength * count} bytes, not {keys.Length}");
    }
}

/// <summary>Walks over one tree; every step is a search, which needs no path to the current row.</summary>
internal sealed class MemoryIterator : KeyValueIterator
{
    private readonly byte[] _start;
    private readonly byte[] _end;
    private readonly SortedTree? _tree;
    private SortedTree? _row;
    private bool _disposed;

    public MemoryIterator(SortedTree? tree, ReadOnlySpan<byte> prefix)
    {
        _tree = tree;
        _start = prefix.ToArray();
        _end = EndOf(prefix);
    }

    public override bool IsValid => !_disposed && _row is not null;

    public override ReadOnlySpan<byte> Key
    {
        get
        {
            RequireRow();
            return _row!.Key;
        }
    }

    public override ReadOnlySpan<byte> Value
    {
        get
        {
            RequireRow();
            return _row!.Value;
        }
    }

    public override void SeekToFirst() => Stand(SortedTree.Ceiling(_tree, _start, strict: false));

    public override void SeekToLast() => Stand(_end.Length == 0 ? SortedTree.Last(_tree) : SortedTree.Floor(_tree, _end, strict: true));

    public override void Seek(ReadOnlySpan<byte> key) =>
        Stand(SortedTree.Ceiling(_tree, key.SequenceCompareTo(_start) < 0 ? _start : key, strict: false));

    public override void SeekForPrev(ReadOnlySpan<byte> key)
    {
        if (_end.Length != 0 && key.SequenceCompareTo(_end) >= 0) SeekToLast();
        else Stand(SortedTree.Floor(_tree, key, strict: false));
    }

    public override void Next()
    {
        RequireRow();
        Stand(SortedTree.Ceiling(_tree, _row!.Key, strict: true));
    }

    public override void Prev()
    {
        RequireRow();
        Stand(SortedTree.Floor(_tree, _row!.Key, strict: true));
    }

    public override void Dispose()
    {
        _disposed = true;
        _row = null;
    }

    private void Stand(SortedTree? row)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _row = row is not null && row.Key.AsSpan().StartsWith(_start) ? row : null;
    }
}
