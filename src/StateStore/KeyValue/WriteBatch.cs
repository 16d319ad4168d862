using System;
using System.Buffers;
using System.Buffers.Binary;

namespace ContractVm.StateStore;

/// <summary>
/// A list of puts and deletes for one atomic write to any store, kept column by column: operations on one column keep their order, and
/// between columns there is none. The same block always makes the same bytes. For one thread; reusable after <see cref="Clear"/>.
/// </summary>
public sealed class WriteBatch : IDisposable
{
    // An operation: key length, value length or -1 for a delete (both 4 bytes little-endian), key, value.
    private const int HeaderBytes = 8;
    private const int Deleted = -1;

    private readonly Run[] _runs = new Run[Columns.Count];
    private readonly int _capacity;

    /// <summary>An empty batch with room for <paramref name="capacity"/> bytes in a column before the first growth.</summary>
    public WriteBatch(int capacity = 4096) => _capacity = capacity;

    /// <summary>The number of operations.</summary>
    public int Count { get; private set; }

    /// <summary>The number of bytes of all operations, keys and values and what frames them.</summary>
    public long Length
    {
        get
        {
            long length = 0;
            foreach (ref readonly Run run in _runs.AsSpan()) length += run.Length;
            return length;
        }
    }

    /// <summary>All operations as bytes, column by column, for comparing batches.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[checked((int)Length)];
        int start = 0;
        foreach (ref readonly Run run in _runs.AsSpan())
        {
            run.Bytes.CopyTo(bytes.AsSpan(start));
            start += run.Length;
        }
        return bytes;
    }

    /// <summary>Appends: the row has this value from then on.</summary>
    public void Put(Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Append(column, key, value, value.Length);

    /// <summary>Appends: the row is gone from then on.</summary>
    public void Delete(Column column, ReadOnlySpan<byte> key) => Append(column, key, default, Deleted);

    /// <summary>Appends all operations of another batch.</summary>
    public void Append(WriteBatch other)
    {
        for (int i = 0; i < _runs.Length; i++)
        {
            ReadOnlySpan<byte> bytes = other._runs[i].Bytes;
            if (!bytes.IsEmpty) bytes.CopyTo(_runs[i].Reserve(bytes.Length, _capacity));
        }
        Count += other.Count;
    }

    /// <summary>Forgets all operations and keeps the buffers.</summary>
    public void Clear()
    {
        foreach (ref Run run in _runs.AsSpan()) run.Clear();
        Count = 0;
    }

    /// <summary>Walks over the operations, column by column.</summary>
    public Enumerator GetEnumerator() => new(this, 0, _runs.Length - 1);

    /// <summary>The operations on one column, in their order.</summary>
    public Enumerator Operations(Column column) => new(this, (int)column, (int)column);

    /// <summary>Gives the buffers back to the pool; the batch may not be used any more.</summary>
    public void Dispose()
    {
        foreach (ref Run run in _runs.AsSpan()) run.Free();
        Count = 0;
    }

    private void Append(Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int valueLength)
    {
        Span<byte> operation = _runs[(int)column].Reserve(checked(HeaderBytes + key.Length + value.Length), _capacity);
        BinaryPrimitives.WriteInt32LittleEndian(operation, key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(operation[4..], valueLength);
        key.CopyTo(operation[HeaderBytes..]);
        value.CopyTo(operation[(HeaderBytes + key.Length)..]);
        Count++;
    }

    // The operations on one column, in a pooled buffer.
    private struct Run
    {
        private byte[]? _buffer;

        public int Length { get; private set; }

        public readonly ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, Length);

        public Span<byte> Reserve(int count, int capacity)
        {
            int start = Length;
            int needed = checked(start + count);
            if (_buffer is null || needed > _buffer.Length)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(Math.Max((long)needed, 2L * start), capacity), Array.MaxLength));
                Bytes.CopyTo(larger);
                if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = larger;
            }
            Length = needed;
            return _buffer.AsSpan(start, count);
        }

        public void Clear() => Length = 0;

        public void Free()
        {
            if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
            Length = 0;
        }
    }

    /// <summary>One operation.</summary>
    public readonly ref struct Operation
    {
        internal Operation(Column column, bool isDelete, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            Column = column;
            IsDelete = isDelete;
            Key = key;
            Value = value;
        }

        /// <summary>The column of the row.</summary>
        public Column Column { get; }

        /// <summary>True when the row is deleted, false when it is written.</summary>
        public bool IsDelete { get; }

        /// <summary>The key of the row.</summary>
        public ReadOnlySpan<byte> Key { get; }

        /// <summary>The value of the row; empty for a delete.</summary>
        public ReadOnlySpan<byte> Value { get; }
    }

    /// <summary>Walks over the operations of a batch that does not change meanwhile.</summary>
    public ref struct Enumerator
    {
        private readonly WriteBatch _batch;
        private readonly int _last;
        private int _column;
        private ReadOnlySpan<byte> _rest;
        private Operation _current;

        internal Enumerator(WriteBatch batch, int first, int last)
        {
            _batch = batch;
            _column = first;
            _last = last;
            _rest = batch._runs[first].Bytes;
        }

        /// <summary>The operation that the last <see cref="MoveNext"/> came to.</summary>
        public readonly Operation Current => _current;

        /// <summary>The walk itself, so that one column can be walked over.</summary>
        public readonly Enumerator GetEnumerator() => this;

        /// <summary>Goes to the next operation; false behind the last one.</summary>
        public bool MoveNext()
        {
            while (_rest.IsEmpty)
            {
                if (_column == _last) return false;
                _rest = _batch._runs[++_column].Bytes;
            }
            int keyLength = BinaryPrimitives.ReadInt32LittleEndian(_rest);
            int valueLength = BinaryPrimitives.ReadInt32LittleEndian(_rest[4..]);
            bool isDelete = valueLength == Deleted;
            if (isDelete) valueLength = 0;
            ReadOnlySpan<byte> key = _rest.Slice(HeaderBytes, keyLength);
            ReadOnlySpan<byte> value = _rest.Slice(HeaderBytes + keyLength, valueLength);
            _current = new Operation((Column)_column, isDelete, key, value);
            _rest = _rest[(HeaderBytes + keyLength + valueLength)..];
            return true;
        }
    }
}
