using System;
using System.Buffers;
using System.Buffers.Binary;

namespace ContractVm.StateStore;

/// <summary>
/// A list of puts and deletes for one atomic write to any store. It holds bytes in one pooled buffer, so the same block always makes
/// the same <see cref="Bytes"/>. For one thread; reusable after <see cref="Clear"/>.
/// </summary>
public sealed class WriteBatch : IDisposable
{
    // An operation: column (high bit set: delete), key length, value length (both 4 bytes little-endian), key, value.
    private const int HeaderBytes = 9;
    private const byte DeleteBit = 0x80;

    private byte[] _buffer;
    private int _length;

    /// <summary>An empty batch with room for <paramref name="capacity"/> bytes before the first growth.</summary>
    public WriteBatch(int capacity = 4096) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>The number of operations.</summary>
    public int Count { get; private set; }

    /// <summary>All operations as bytes, for comparing batches; valid until the next change.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Appends: the row has this value from then on.</summary>
    public void Put(Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Append((byte)column, key, value);

    /// <summary>Appends: the row is gone from then on.</summary>
    public void Delete(Column column, ReadOnlySpan<byte> key) => Append((byte)((byte)column | DeleteBit), key, default);

    /// <summary>Appends all operations of another batch.</summary>
    public void Append(WriteBatch other)
    {
        other.Bytes.CopyTo(Reserve(other._length));
        Count += other.Count;
    }

    /// <summary>Forgets all operations and keeps the buffer.</summary>
    public void Clear()
    {
        _length = 0;
        Count = 0;
    }

    /// <summary>Walks over the operations in their order.</summary>
    public Enumerator GetEnumerator() => new(Bytes);

    /// <summary>Gives the buffer back to the pool; the batch may not be used any more.</summary>
    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        Clear();
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Append(byte head, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Span<byte> operation = Reserve(checked(HeaderBytes + key.Length + value.Length));
        operation[0] = head;
        BinaryPrimitives.WriteInt32LittleEndian(operation[1..], key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(operation[5..], value.Length);
        key.CopyTo(operation[HeaderBytes..]);
        value.CopyTo(operation[(HeaderBytes + key.Length)..]);
        Count++;
    }

    private Span<byte> Reserve(int count)
    {
        int start = _length;
        int needed = checked(start + count);
        if (needed > _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max((long)needed, 2L * _buffer.Length), Array.MaxLength));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        _length = needed;
        return _buffer.AsSpan(start, count);
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
        private ReadOnlySpan<byte> _rest;
        private Operation _current;

        internal Enumerator(ReadOnlySpan<byte> bytes) => _rest = bytes;

        /// <summary>The operation that the last <see cref="MoveNext"/> came to.</summary>
        public readonly Operation Current => _current;

        /// <summary>Goes to the next operation; false behind the last one.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty) return false;
            byte head = _rest[0];
            int keyLength = BinaryPrimitives.ReadInt32LittleEndian(_rest[1..]);
            int valueLength = BinaryPrimitives.ReadInt32LittleEndian(_rest[5..]);
            ReadOnlySpan<byte> key = _rest.Slice(HeaderBytes, keyLength);
            ReadOnlySpan<byte> value = _rest.Slice(HeaderBytes + keyLength, valueLength);
            _current = new Operation((Column)(head & ~DeleteBit), (head & DeleteBit) != 0, key, value);
            _rest = _rest[(HeaderBytes + keyLength + valueLength)..];
            return true;
        }
    }
}
