using System;
using System.Threading;

namespace ContractVm.StateStore;

/// <summary>
/// Rows of branches at the head, of bounded number: a row has one place, and the last one that came there is kept. What a block writes
/// is put here when it is committed, so it never says anything else than the store; that a row is absent is never kept. An entry is
/// immutable and is replaced as a whole, so threads that compute one block may all use it.
/// </summary>
internal sealed class NodeCache
{
    private readonly Entry?[] _entries;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="count">The most rows kept; a power of two.</param>
    public NodeCache(int count)
    {
        if (count < 1 || (count & (count - 1)) != 0) throw new ArgumentOutOfRangeException(nameof(count), "not a power of two");
        _entries = new Entry?[count];
    }

    /// <summary>Copies a row, where it is here.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, ValueBuffer row)
    {
        Entry? entry = Volatile.Read(ref Place(key));
        if (entry is null || !entry.Key.SequenceEqual(key)) return false;
        row.Set(entry.Row);
        return true;
    }

    /// <summary>Keeps a row.</summary>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> row) => Volatile.Write(ref Place(key), new Entry(key, row));

    /// <summary>Follows a batch that has been written to the store.</summary>
    public void Apply(WriteBatch batch)
    {
        foreach (WriteBatch.Operation operation in batch.Operations(Column.Nodes))
        {
            if (!operation.IsDelete)
            {
                Set(operation.Key, operation.Value);
                continue;
            }
            ref Entry? place = ref Place(operation.Key);
            if (place is Entry entry && entry.Key.SequenceEqual(operation.Key)) place = null;
        }
    }

    /// <summary>Forgets everything: a write has failed, and what the store holds is not known.</summary>
    public void Clear() => Array.Clear(_entries);

    private ref Entry? Place(ReadOnlySpan<byte> key) => ref _entries[HashSeed.Mix(key) & (_entries.Length - 1)];

    private sealed class Entry
    {
        private readonly byte[] _bytes;
        private readonly int _keyLength;

        public Entry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> row)
        {
            _bytes = new byte[key.Length + row.Length];
            _keyLength = key.Length;
            key.CopyTo(_bytes);
            row.CopyTo(_bytes.AsSpan(key.Length));
        }

        public ReadOnlySpan<byte> Key => _bytes.AsSpan(0, _keyLength);

        public ReadOnlySpan<byte> Row => _bytes.AsSpan(_keyLength);
    }
}
