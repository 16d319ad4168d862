using System;
using System.Runtime.InteropServices;

namespace ContractVm.StateStore.RocksDb;

/// <summary>
/// An object of the library, destroyed exactly once. An object that belongs to a database holds a reference to it, so the database
/// closes after the last of them, in whatever order they are disposed or finalized.
/// </summary>
internal abstract class NativeHandle : SafeHandle
{
    private readonly NativeHandle? _owner;

    protected NativeHandle(nint value, NativeHandle? owner = null) : base(0, ownsHandle: true)
    {
        if (value == 0) throw new StoreException(StoreFault.Engine, $"RocksDB returned no object for {GetType().Name}");
        if (owner is not null)
        {
            bool added = false;
            owner.DangerousAddRef(ref added);
            _owner = owner;
        }
        SetHandle(value);
    }

    public sealed override bool IsInvalid => handle == 0;

    protected nint OwnerValue => _owner!.handle;

    protected abstract void Destroy();

    protected sealed override bool ReleaseHandle()
    {
        Destroy();
        _owner?.DangerousRelease();
        return true;
    }
}

internal sealed class OptionsHandle() : NativeHandle(Native.rocksdb_options_create())
{
    public nint Value => handle;

    /// <summary>The same options with one more that the C interface has no function for; this object is disposed.</summary>
    public unsafe OptionsHandle With(string option)
    {
        OptionsHandle result = new();
        nint error = 0;
        fixed (byte* text = System.Text.Encoding.ASCII.GetBytes(option + '\0')) Native.rocksdb_get_options_from_string(this, text, result, &error);
        NativeError.Check(error, $"set {option}");
        Dispose();
        return result;
    }

    protected override void Destroy() => Native.rocksdb_options_destroy(handle);
}

internal sealed class TableOptionsHandle() : NativeHandle(Native.rocksdb_block_based_options_create())
{
    protected override void Destroy() => Native.rocksdb_block_based_options_destroy(handle);
}

internal sealed class CacheHandle(long bytes) : NativeHandle(Native.rocksdb_cache_create_lru((nuint)bytes))
{
    protected override void Destroy() => Native.rocksdb_cache_destroy(handle);
}

internal sealed class DatabaseHandle(nint value) : NativeHandle(value)
{
    protected override void Destroy() => Native.rocksdb_close(handle);
}

internal sealed class ColumnHandle(nint value, DatabaseHandle database) : NativeHandle(value, database)
{
    protected override void Destroy() => Native.rocksdb_column_family_handle_destroy(handle);
}

internal sealed class SnapshotHandle(DatabaseHandle database) : NativeHandle(Native.rocksdb_create_snapshot(database), database)
{
    protected override void Destroy() => Native.rocksdb_release_snapshot(OwnerValue, handle);
}

internal sealed class CheckpointHandle(nint value, DatabaseHandle database) : NativeHandle(value, database)
{
    protected override void Destroy() => Native.rocksdb_checkpoint_object_destroy(handle);
}

internal sealed class WriteOptionsHandle() : NativeHandle(Native.rocksdb_writeoptions_create())
{
    protected override void Destroy() => Native.rocksdb_writeoptions_destroy(handle);
}

internal sealed class WriteBatchHandle() : NativeHandle(Native.rocksdb_writebatch_create())
{
    protected override void Destroy() => Native.rocksdb_writebatch_destroy(handle);
}

/// <summary>Read options; those of a snapshot keep the snapshot, those of a bounded iterator keep the bytes of the bounds.</summary>
internal sealed class ReadOptionsHandle : NativeHandle
{
    private readonly SnapshotHandle? _snapshot;
    private NativeBytes? _lower;
    private NativeBytes? _upper;

    public ReadOptionsHandle(SnapshotHandle? snapshot = null) : base(Native.rocksdb_readoptions_create(), snapshot)
    {
        _snapshot = snapshot;
        if (snapshot is not null) Native.rocksdb_readoptions_set_snapshot(this, snapshot);
    }

    /// <summary>New options that read through the same snapshot, between two keys; an empty end means no end.</summary>
    public ReadOptionsHandle Bounded(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        ReadOptionsHandle bounded = new(_snapshot);
        if (!start.IsEmpty)
        {
            bounded._lower = new NativeBytes(start);
            bounded._lower.SetLowerBound(bounded);
        }
        if (!end.IsEmpty)
        {
            bounded._upper = new NativeBytes(end);
            bounded._upper.SetUpperBound(bounded);
        }
        return bounded;
    }

    protected override void Destroy()
    {
        Native.rocksdb_readoptions_destroy(handle);
        _lower?.Free();
        _upper?.Free();
    }
}

/// <summary>An iterator; it holds its read options, since the library keeps pointers to the bounds in them.</summary>
internal sealed class IteratorHandle : NativeHandle
{
    private readonly ReadOptionsHandle _options;

    public IteratorHandle(DatabaseHandle database, ReadOptionsHandle options, ColumnHandle column)
        : base(Native.rocksdb_create_iterator_cf(database, options, column), database)
    {
        bool added = false;
        options.DangerousAddRef(ref added);
        _options = options;
    }

    protected override void Destroy()
    {
        Native.rocksdb_iter_destroy(handle);
        _options.DangerousRelease();
    }
}
