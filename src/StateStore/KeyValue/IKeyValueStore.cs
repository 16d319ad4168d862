using System;
using System.Threading.Tasks;

namespace ContractVm.StateStore;

/// <summary>
/// Reads of rows: at the head (a store) or at one moment (a snapshot). Keys are ordered bytewise. All members may be called from
/// several threads at once. Every member throws <see cref="StoreException"/> when the storage engine fails and
/// <see cref="ObjectDisposedException"/> after the store or snapshot was closed.
/// </summary>
public interface IKeyValueReader
{
    /// <summary>Copies the value of a key into <paramref name="value"/>; false, and an empty buffer, when there is no such row.</summary>
    bool TryGet(Column column, ReadOnlySpan<byte> key, ValueBuffer value);

    /// <summary>Returns the value of a key in a new array, or null when there is no such row.</summary>
    byte[]? Get(Column column, ReadOnlySpan<byte> key);

    /// <summary>
    /// Reads many keys of one length, laid one after the other in <paramref name="keys"/>, into <paramref name="values"/>; null where
    /// there is no such row.
    /// </summary>
    /// <exception cref="ArgumentException">The length of <paramref name="keys"/> is not the number of values times the key length.</exception>
    void MultiGet(Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values);

    /// <summary>
    /// Creates an iterator over the rows whose keys begin with <paramref name="prefix"/>, as they are at this moment; it stands on no
    /// row at first. The caller disposes it.
    /// </summary>
    KeyValueIterator CreateIterator(Column column, ReadOnlySpan<byte> prefix = default);
}

/// <summary>A store of rows in columns; see <see cref="IKeyValueReader"/> for threads and errors.</summary>
public interface IKeyValueStore : IKeyValueReader, IDisposable
{
    /// <summary>Writes one row, not synchronised to disk: for tests and tools; blocks are written as one batch.</summary>
    void Put(Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Deletes one row, not synchronised to disk; a missing row is no error.</summary>
    void Delete(Column column, ReadOnlySpan<byte> key);

    /// <summary>
    /// Applies all operations of a batch, in their order, as one atomic unit: after a crash either all of them are there or none.
    /// </summary>
    /// <param name="batch">The operations; unchanged by the call.</param>
    /// <param name="sync">True: the call returns after the operating system reports the write to be on the disk.</param>
    void Write(WriteBatch batch, bool sync);

    /// <summary>
    /// Applies a batch as <see cref="Write"/> does without sync, but possibly after this call, in another thread. Disposing the store waits
    /// for it.
    /// </summary>
    /// <param name="batch">The operations; must stay as they are until the result has ended, which throws what the write has thrown.</param>
    Task WriteBehind(WriteBatch batch);

    /// <summary>Freezes the rows as they are now. The caller disposes the snapshot.</summary>
    IKeyValueSnapshot CreateSnapshot();
}

/// <summary>Reads of the rows as they were when the snapshot was made.</summary>
public interface IKeyValueSnapshot : IKeyValueReader, IDisposable;

/// <summary>
/// Walks over rows in key order. For one thread. <see cref="Key"/> and <see cref="Value"/> are valid until the next call that moves.
/// </summary>
public abstract class KeyValueIterator : IDisposable
{
    /// <summary>True when the iterator stands on a row.</summary>
    public abstract bool IsValid { get; }

    /// <summary>The key of the current row.</summary>
    /// <exception cref="InvalidOperationException">The iterator stands on no row.</exception>
    public abstract ReadOnlySpan<byte> Key { get; }

    /// <summary>The value of the current row.</summary>
    /// <exception cref="InvalidOperationException">The iterator stands on no row.</exception>
    public abstract ReadOnlySpan<byte> Value { get; }

    /// <summary>Moves to the first row.</summary>
    public abstract void SeekToFirst();

    /// <summary>Moves to the last row.</summary>
    public abstract void SeekToLast();

    /// <summary>Moves to the first row whose key is not before <paramref name="key"/>.</summary>
    public abstract void Seek(ReadOnlySpan<byte> key);

    /// <summary>Moves to the last row whose key is not behind <paramref name="key"/>.</summary>
    public abstract void SeekForPrev(ReadOnlySpan<byte> key);

    /// <summary>Moves to the next row; behind the last one the iterator stands on no row.</summary>
    /// <exception cref="InvalidOperationException">The iterator stands on no row.</exception>
    public abstract void Next();

    /// <summary>Moves to the previous row; before the first one the iterator stands on no row.</summary>
    /// <exception cref="InvalidOperationException">The iterator stands on no row.</exception>
    public abstract void Prev();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Throws when the iterator stands on no row.</summary>
    protected void RequireRow()
    {
        if (!IsValid) throw new InvalidOperationException("the iterator stands on no row");
    }

    /// <summary>
    /// The first key behind every key that begins with <paramref name="prefix"/>, or empty when there is none (the prefix is empty or
    /// all ff).
    /// </summary>
    internal static byte[] EndOf(ReadOnlySpan<byte> prefix)
    {
        ReadOnlySpan<byte> kept = prefix.TrimEnd((byte)0xFF);
        if (kept.IsEmpty) return [];
        byte[] end = kept.ToArray();
        end[^1]++;
        return end;
    }
}
