using System;

namespace ContractVm.StateStore.RocksDb;

/// <summary>
/// Walks over rows of one column. Invariant: the spans it returns point into memory that the library keeps until the next move, and
/// the handle keeps the iterator and its database until <see cref="Dispose"/>.
/// </summary>
internal sealed unsafe class RocksDbIterator(DatabaseHandle database, ReadOptionsHandle options, ColumnHandle column) : KeyValueIterator
{
    private readonly IteratorHandle _handle = new(database, options, column);
    private bool _valid;

    public override bool IsValid => _valid;

    public override ReadOnlySpan<byte> Key
    {
        get
        {
            RequireRow();
            nuint length = 0;
            byte* key = Native.rocksdb_iter_key(_handle, &length);
            return new ReadOnlySpan<byte>(key, checked((int)length));
        }
    }

    public override ReadOnlySpan<byte> Value
    {
        get
        {
            RequireRow();
            nuint length = 0;
            byte* value = Native.rocksdb_iter_value(_handle, &length);
            return new ReadOnlySpan<byte>(value, checked((int)length));
        }
    }

    public override void SeekToFirst()
    {
        Native.rocksdb_iter_seek_to_first(_handle);
        Moved();
    }

    public override void SeekToLast()
    {
        Native.rocksdb_iter_seek_to_last(_handle);
        Moved();
    }

    public override void Seek(ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key) Native.rocksdb_iter_seek(_handle, pointer, (nuint)key.Length);
        Moved();
    }

    public override void SeekForPrev(ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key) Native.rocksdb_iter_seek_for_prev(_handle, pointer, (nuint)key.Length);
        Moved();
    }

    public override void Next()
    {
        RequireRow();
        Native.rocksdb_iter_next(_handle);
        Moved();
    }

    public override void Prev()
    {
        RequireRow();
        Native.rocksdb_iter_prev(_handle);
        Moved();
    }

    public override void Dispose()
    {
        _valid = false;
        _handle.Dispose();
    }

    // An iterator that met an error stands on no row, exactly as one that is at the end: only the error tells them apart.
    private void Moved()
    {
        _valid = Native.rocksdb_iter_valid(_handle) != 0;
        if (_valid) return;
        nint error = 0;
        Native.rocksdb_iter_get_error(_handle, &error);
        NativeError.Check(error, "walk over rows");
    }
}
