using System;
using System.Threading;

namespace ContractVm.StateStore;

/// <summary>
/// Rows of branches at the head, of bounded number: a row has some places, of which the last ones that came there are kept. What a block
/// writes is put here when it is committed, so it never says anything else than the store; that a row is absent is never kept. An entry
/// is immutable and is replaced as a whole, so threads that compute one block may all use it.
/// </summary>
internal sealed class NodeCache
{
    private const int MostPlaces = 4;
    private const int LockCount = 64;

    // each: length of the key, key, row
    private readonly byte[]?[] _entries;
    private readonly int _places;
    // who reads takes none
    private readonly Lock[] _locks = new Lock[LockCount];

    /// <summary>Makes an empty cache.</summary>
    /// <param name="count">The most rows kept; a power of two.</param>
    public NodeCache(int count)
    {
        if (count < 1 || (count & (count - 1)) != 0) throw new ArgumentOutOfRangeException(nameof(count), "not a power of two");
        _entries = new byte[count][];
        _places = Math.Min(count, MostPlaces);
        for (int i = 0; i < LockCount; i++) _locks[i] = new Lock();
    }

    /// <summary>Copies a row, where it is here.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, ValueBuffer row)
    {
        foreach (ref byte[]? place in PlacesOf(key, out int _))
        {
            if (Volatile.Read(ref place) is not byte[] entry || !KeyOf(entry).SequenceEqual(key)) continue;
            row.Set(entry.AsSpan(1 + entry[0]));
            return true;
        }
        return false;
    }

    /// <summary>Keeps a row.</summary>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> row)
    {
        byte[] entry = GC.AllocateUninitializedArray<byte>(1 + key.Length + row.Length);
        entry[0] = checked((byte)key.Length);
        key.CopyTo(entry.AsSpan(1));
        row.CopyTo(entry.AsSpan(1 + key.Length));
        Put(key, entry);
    }

    /// <summary>Follows a batch that has been written to the store.</summary>
    public void Apply(WriteBatch batch)
    {
        foreach (WriteBatch.Operation operation in batch.Operations(Column.Nodes))
        {
            if (operation.IsDelete) Put(operation.Key, null);
            else Set(operation.Key, operation.Value);
        }
    }

    /// <summary>Forgets everything: a write has failed, and what the store holds is not known.</summary>
    public void Clear() => Array.Clear(_entries);

    // The newest goes first and pushes the oldest out, or fills the place of an entry of the same key, which goes. A thread that reads
    // meanwhile may miss a row that moves, and reads it from the store.
    private void Put(ReadOnlySpan<byte> key, byte[]? entry)
    {
        Span<byte[]?> places = PlacesOf(key, out int first);
        lock (_locks[first / MostPlaces % LockCount])
        {
            foreach (ref byte[]? place in places)
            {
                byte[]? old = place;
                bool isSame = old is not null && KeyOf(old).SequenceEqual(key);
                if (entry is null && !isSame) continue;
                Volatile.Write(ref place, entry);
                if (old is null || isSame) return;
                entry = old;
            }
        }
    }

    private Span<byte[]?> PlacesOf(ReadOnlySpan<byte> key, out int first)
    {
        first = HashSeed.Mix(key) & (_entries.Length - 1) & -_places;
        return _entries.AsSpan(first, _places);
    }

    private static ReadOnlySpan<byte> KeyOf(byte[] entry) => entry.AsSpan(1, entry[0]);
}
