using System;
using System.Text;

namespace ContractVm.StateStore.RocksDb;

/// <summary>
/// An open database with its columns: the calls of the C interface with spans in and spans or arrays out. Invariant: a pointer that
/// goes into the library is to a pinned span or to the stack for the whole call; a pointer that comes out is copied from before the
/// object that owns it is destroyed, in the same method. Thread-safe, as the library's database is.
/// </summary>
internal sealed unsafe class Database : IDisposable
{
    private readonly ColumnHandle[] _columns;

    private Database(DatabaseHandle handle, ColumnHandle[] columns)
    {
        Handle = handle;
        _columns = columns;
    }

    public DatabaseHandle Handle { get; }

    public ColumnHandle this[Column column] => _columns[(int)column];

    /// <summary>Opens all columns, each with its own options.</summary>
    public static Database Open(string path, OptionsHandle options, ReadOnlySpan<string> names, ReadOnlySpan<OptionsHandle> columnOptions)
    {
        int count = names.Length;
        byte[] pathBytes = Encoding.UTF8.GetBytes(path + '\0');
        byte[] nameBytes = Encoding.UTF8.GetBytes(string.Join('\0', names) + '\0');
        byte** nameList = stackalloc byte*[count];
        nint* optionList = stackalloc nint[count];
        nint* columnList = stackalloc nint[count];
        nint error = 0;
        nint database;
        fixed (byte* pathPointer = pathBytes, namePointer = nameBytes)
        {
            byte* name = namePointer;
            for (int i = 0; i < count; i++)
            {
                nameList[i] = name;
                name += Encoding.UTF8.GetByteCount(names[i]) + 1;
                optionList[i] = columnOptions[i].Value;
                columnList[i] = 0;
            }
            database = Native.rocksdb_open_column_families(options, pathPointer, count, nameList, optionList, columnList, &error);
        }
        NativeError.Check(error, $"open {path}");
        DatabaseHandle handle = new(database);
        ColumnHandle[] columns = new ColumnHandle[count];
        for (int i = 0; i < count; i++) columns[i] = new ColumnHandle(columnList[i], handle);
        return new Database(handle, columns);
    }

    public bool TryGet(ReadOptionsHandle options, Column column, ReadOnlySpan<byte> key, ValueBuffer value)
    {
        nint slice = Pin(options, column, key);
        if (slice == 0)
        {
            value.Clear();
            return false;
        }
        try
        {
            value.Set(ValueOf(slice));
        }
        finally
        {
            Native.rocksdb_pinnableslice_destroy(slice);
        }
        return true;
    }

    public byte[]? Get(ReadOptionsHandle options, Column column, ReadOnlySpan<byte> key)
    {
        nint slice = Pin(options, column, key);
        if (slice == 0) return null;
        try
        {
            return ValueOf(slice).ToArray();
        }
        finally
        {
            Native.rocksdb_pinnableslice_destroy(slice);
        }
    }

    public void MultiGet(ReadOptionsHandle options, Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values)
    {
        const int MaximumGroup = 256;
        KeyArguments.RequireKeys(keys, keyLength, values.Length);
        while (!values.IsEmpty)
        {
            int count = Math.Min(values.Length, MaximumGroup);
            MultiGetGroup(options, column, keys[..(count * keyLength)], keyLength, values[..count]);
            keys = keys[(count * keyLength)..];
            values = values[count..];
        }
    }

    public void Put(WriteBatchHandle batch, Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* keyPointer = key, valuePointer = value)
            Native.rocksdb_writebatch_put_cf(batch, this[column], keyPointer, (nuint)key.Length, valuePointer, (nuint)value.Length);
    }

    public void Delete(WriteBatchHandle batch, Column column, ReadOnlySpan<byte> key)
    {
        fixed (byte* keyPointer = key)
            Native.rocksdb_writebatch_delete_cf(batch, this[column], keyPointer, (nuint)key.Length);
    }

    public void Write(WriteOptionsHandle options, WriteBatchHandle batch)
    {
        nint error = 0;
        Native.rocksdb_write(Handle, options, batch, &error);
        NativeError.Check(error, "write a batch");
    }

    /// <summary>Waits until everything that was written is on the disk.</summary>
    public void SyncLog()
    {
        nint error = 0;
        Native.rocksdb_flush_wal(Handle, 1, &error);
        NativeError.Check(error, "sync the log");
    }

    /// <summary>The number of bytes that a batch has in it.</summary>
    public static long LengthOf(WriteBatchHandle batch)
    {
        nuint length = 0;
        Native.rocksdb_writebatch_data(batch, &length);
        return (long)length;
    }

    public string? Property(Column column, string name)
    {
        fixed (byte* pointer = Encoding.UTF8.GetBytes(name + '\0'))
        {
            nint text = Native.rocksdb_property_value_cf(Handle, this[column], pointer);
            return text == 0 ? null : NativeError.Take(text);
        }
    }

    public void CreateCheckpoint(string path)
    {
        nint error = 0;
        nint created = Native.rocksdb_checkpoint_object_create(Handle, &error);
        NativeError.Check(error, "prepare a checkpoint");
        using CheckpointHandle checkpoint = new(created, Handle);
        fixed (byte* pointer = Encoding.UTF8.GetBytes(path + '\0'))
            Native.rocksdb_checkpoint_create(checkpoint, pointer, 0, &error);
        NativeError.Check(error, $"create a checkpoint in {path}");
    }

    public void Dispose()
    {
        foreach (ColumnHandle column in _columns) column.Dispose();
        Handle.Dispose();
    }

    private nint Pin(ReadOptionsHandle options, Column column, ReadOnlySpan<byte> key)
    {
        nint error = 0;
        nint slice;
        fixed (byte* pointer = key)
            slice = Native.rocksdb_get_pinned_cf(Handle, options, this[column], pointer, (nuint)key.Length, &error);
        NativeError.Check(error, "read a row");
        return slice;
    }

    private static ReadOnlySpan<byte> ValueOf(nint slice)
    {
        nuint length = 0;
        byte* value = Native.rocksdb_pinnableslice_value(slice, &length);
        return new ReadOnlySpan<byte>(value, checked((int)length));
    }

    private void MultiGetGroup(ReadOptionsHandle options, Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values)
    {
        int count = values.Length;
        byte** pointers = stackalloc byte*[count];
        nuint* lengths = stackalloc nuint[count];
        nint* slices = stackalloc nint[count];
        nint* errors = stackalloc nint[count];
        fixed (byte* first = keys)
        {
            for (int i = 0; i < count; i++)
            {
                pointers[i] = first + (nint)i * keyLength;
                lengths[i] = (nuint)keyLength;
                slices[i] = 0;
                errors[i] = 0;
            }
            Native.rocksdb_batched_multi_get_cf(Handle, options, this[column], (nuint)count, pointers, lengths, slices, errors, 0);
        }
        nint failure = 0;
        for (int i = 0; i < count; i++)
        {
            // everything is freed before the first error is thrown
            if (errors[i] != 0 && failure == 0) failure = errors[i];
            else if (errors[i] != 0) Native.rocksdb_free(errors[i]);
            values[i] = slices[i] == 0 ? null : ValueOf(slices[i]).ToArray();
            if (slices[i] != 0) Native.rocksdb_pinnableslice_destroy(slices[i]);
        }
        NativeError.Check(failure, "read rows");
    }
}
