using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ContractVm.StateStore.RocksDb;

namespace ContractVm.StateStore;

/// <summary>What a node may choose about its database; none of it changes what is stored.</summary>
public sealed record RocksDbSettings
{
    /// <summary>Create the database when there is none; otherwise a missing one is an error. Default: true.</summary>
    public bool CreateIfMissing { get; init; } = true;

    /// <summary>Size in bytes of the one block cache that all columns share. Default: 256 MiB.</summary>
    public long CacheBytes { get; init; } = 256L << 20;

    /// <summary>Size in bytes of the write buffer of a column that every block writes to; others have an eighth. Default: 64 MiB.</summary>
    public long WriteBufferBytes { get; init; } = 64L << 20;

    /// <summary>Files kept open; -1 for all. Default: 512.</summary>
    public int MaxOpenFiles { get; init; } = 512;
}

/// <summary>
/// A store in a directory, kept by RocksDB. One process at a time may have a directory open. Thread-safe as
/// <see cref="IKeyValueReader"/> says; the directory is released when the store and all its snapshots and iterators are disposed.
/// </summary>
public sealed class RocksDbStore : IKeyValueStore
{
    // rocksdb/c.h: rocksdb_point_in_time_recovery, so a torn log gives a prefix of the batches; rocksdb_lz4_compression,
    // and InfoLogLevel::FATAL_LEVEL (rocksdb/env.h).
    private const int PointInTimeRecovery = 2;
    private const int NoCompression = 0;
    private const int Lz4Compression = 4;
    private const int BackgroundJobs = 2;
    private const int FatalLogLevel = 4;
    private const long LargestSpareBatch = 64 << 20;
    private const double MemoryFilterPart = 0.02;
    private const int LogBytesToStartWriting = 1 << 20;

    private readonly Database _database;
    private readonly ReadOptionsHandle _reads = new();
    private readonly WriteOptionsHandle _writes = new();
    private readonly Lock _behindLock = new();
    private WriteBatchHandle? _spareBatch;
    private Task _behind = Task.CompletedTask;

    private readonly AcknowledgedBlock _acknowledged;

    private RocksDbStore(string directory, Database database, AcknowledgedBlock acknowledged)
    {
        Directory = directory;
        _database = database;
        _acknowledged = acknowledged;
    }

    /// <summary>The last block whose commit was acknowledged as being on the disk; null where none was.</summary>
    internal AcknowledgedBlock Acknowledged => _acknowledged;

    /// <summary>The directory of the database.</summary>
    public string Directory { get; }

    /// <summary>Opens the database in a directory, with the default settings or others.</summary>
    /// <exception cref="StoreException">
    /// <see cref="StoreFault.Locked"/>: another process, or another store of this one, has it open. <see cref="StoreFault.NotFound"/>:
    /// there is none and none may be created. <see cref="StoreFault.LibraryMissing"/>, <see cref="StoreFault.Corrupt"/>,
    /// <see cref="StoreFault.Engine"/>: as their names say.
    /// </exception>
    public static RocksDbStore Open(string directory, RocksDbSettings? settings = null)
    {
        settings ??= new RocksDbSettings();
        string path = Path.GetFullPath(directory);
        // CURRENT names the manifest: RocksDB writes it when it creates a database and never removes it.
        if (!settings.CreateIfMissing && !File.Exists(Path.Combine(path, "CURRENT")))
            throw new StoreException(StoreFault.NotFound, $"there is no database in {path}");
        if (settings.CreateIfMissing) CreateDirectory(path);
        Database database = OpenDatabase(path, settings);
        try
        {
            DirectoryHolder.Write(path);
            return new RocksDbStore(path, database, AcknowledgedBlock.Open(path));
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryGet(Column column, ReadOnlySpan<byte> key, ValueBuffer value) => _database.TryGet(_reads, column, key, value);

    /// <inheritdoc/>
    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => _database.Get(_reads, column, key);

    /// <inheritdoc/>
    public void MultiGet(Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values) =>
        _database.MultiGet(_reads, column, keys, keyLength, values);

    /// <inheritdoc/>
    public KeyValueIterator CreateIterator(Column column, ReadOnlySpan<byte> prefix = default) =>
        CreateIterator(_database, _reads, column, prefix);

    /// <inheritdoc/>
    public void Put(Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using WriteBatchHandle batch = new();
        _database.Put(batch, column, key, value);
        _database.Write(_writes, batch);
    }

    /// <inheritdoc/>
    public void Delete(Column column, ReadOnlySpan<byte> key)
    {
        using WriteBatchHandle batch = new();
        _database.Delete(batch, column, key);
        _database.Write(_writes, batch);
    }

    /// <inheritdoc/>
    public void Write(WriteBatch batch, bool sync)
    {
        // growing a batch of some megabytes costs as much as filling it
        WriteBatchHandle native = Interlocked.Exchange(ref _spareBatch, null) ?? new WriteBatchHandle();
        try
        {
            foreach (WriteBatch.Operation operation in batch)
            {
                if (operation.IsDelete) _database.Delete(native, operation.Column, operation.Key);
                else _database.Put(native, operation.Column, operation.Key, operation.Value);
            }
            // The log goes to the disk while the rows go into memory, and is waited for behind that, not before as RocksDB itself would.
            // A reader may see the block some milliseconds before it is on the disk; the caller is not told so before.
            _database.Write(_writes, native);
            if (sync) _database.SyncLog();
        }
        finally
        {
            bool isSmall = RocksDb.Database.LengthOf(native) <= LargestSpareBatch;
            Native.rocksdb_writebatch_clear(native);
            if (!isSmall || Interlocked.CompareExchange(ref _spareBatch, native, null) is not null) native.Dispose();
        }
    }

    /// <inheritdoc/>
    public Task WriteBehind(WriteBatch batch)
    {
        lock (_behindLock)
        {
            Task earlier = _behind;
            return _behind = Task.Run(async () =>
            {
                await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Write(batch, sync: false);
            });
        }
    }

    /// <inheritdoc/>
    public IKeyValueSnapshot CreateSnapshot() => new RocksDbSnapshot(_database);

    /// <summary>
    /// Copies the database as it is now into a new directory on the same disk, by hard links where it can. The copy opens as a
    /// database of its own.
    /// </summary>
    /// <param name="directory">A directory that does not exist yet, in one that does.</param>
    public void CreateCheckpoint(string directory) => _database.CreateCheckpoint(Path.GetFullPath(directory));

    /// <summary>One of RocksDB's properties of a column, such as "rocksdb.stats"; null for an unknown name.</summary>
    public string? Property(Column column, string name) => _database.Property(column, name);

    /// <summary>Closes the database. What was written without sync is in the operating system's hands.</summary>
    public void Dispose()
    {
        // whoever gave the batch has its fault
        lock (_behindLock) Task.WaitAny(_behind);
        _reads.Dispose();
        _writes.Dispose();
        _spareBatch?.Dispose();
        _acknowledged.Dispose();
        _database.Dispose();
    }

    internal static KeyValueIterator CreateIterator(Database database, ReadOptionsHandle reads, Column column, ReadOnlySpan<byte> prefix)
    {
        using ReadOptionsHandle bounded = reads.Bounded(prefix, KeyValueIterator.EndOf(prefix));
        return new RocksDbIterator(database.Handle, bounded, database[column]);
    }

    private static void CreateDirectory(string path)
    {
        try
        {
            System.IO.Directory.CreateDirectory(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Engine, $"the directory {path} cannot be created: {fault.Message}");
        }
    }

    private static Database OpenDatabase(string path, RocksDbSettings settings)
    {
        List<OptionsHandle> handles = [];
        try
        {
            using OptionsHandle options = DatabaseOptions(settings);
            using CacheHandle cache = new(settings.CacheBytes);
            string[] names = new string[Columns.Count];
            for (int i = 0; i < names.Length; i++)
            {
                names[i] = Columns.All[i].Name;
                handles.Add(ColumnOptionsOf(Columns.All[i], settings, cache));
            }
            return Database.Open(path, options, names, handles.ToArray());
        }
        catch (StoreException fault) when (IsLock(fault.Message))
        {
            throw new StoreException(StoreFault.Locked, $"the database {path} is held by {DirectoryHolder.Read(path)}");
        }
        finally
        {
            foreach (OptionsHandle handle in handles) handle.Dispose();
        }
    }

    // "While lock file: <path>/LOCK: ..." from another process, "lock hold by current process ... <path>/LOCK: ..." from this one.
    private static bool IsLock(string message) =>
        message.Contains("/LOCK: ", StringComparison.Ordinal) && message.Contains("lock", StringComparison.Ordinal)
        && (message.Contains("Resource temporarily unavailable", StringComparison.Ordinal) || message.Contains("No locks available", StringComparison.Ordinal));

    private static OptionsHandle DatabaseOptions(RocksDbSettings settings)
    {
        OptionsHandle options = new();
        Native.rocksdb_options_set_create_if_missing(options, settings.CreateIfMissing ? (byte)1 : (byte)0);
        Native.rocksdb_options_set_create_missing_column_families(options, 1);
        Native.rocksdb_options_set_wal_recovery_mode(options, PointInTimeRecovery);
        Native.rocksdb_options_set_max_open_files(options, settings.MaxOpenFiles);
        // RocksDB's text file about itself: builds with assertions (Debian's) end the process at the second line that cannot be written, as
        // on a full disk. What goes wrong comes as results of calls.
        Native.rocksdb_options_set_info_log_level(options, FatalLogLevel);
        Native.rocksdb_options_set_max_background_jobs(options, BackgroundJobs);
        // bounds the memory of all columns together, and with it the log that a start has to read
        Native.rocksdb_options_set_db_write_buffer_size(options, (nuint)(4 * settings.WriteBufferBytes));
        Native.rocksdb_options_set_max_total_wal_size(options, (ulong)(4 * settings.WriteBufferBytes));
        // what is appended to the log is on its way to the disk before it is waited for
        Native.rocksdb_options_set_wal_bytes_per_sync(options, LogBytesToStartWriting);
        // tables of some columns are written before others, so an earlier log may hold rows that are nowhere else: its loss is noticed
        return options.With("track_and_verify_wals_in_manifest=true");
    }

    private static OptionsHandle ColumnOptionsOf(in ColumnOptions column, RocksDbSettings settings, CacheHandle cache)
    {
        using TableOptionsHandle table = new();
        Native.rocksdb_block_based_options_set_block_size(table, (nuint)column.BlockBytes);
        Native.rocksdb_block_based_options_set_block_cache(table, cache);
        Native.rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
        Native.rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
        Native.rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
        // the table options own the policy from here on
        if (column.BloomBits > 0)
            Native.rocksdb_block_based_options_set_filter_policy(table, Native.rocksdb_filterpolicy_create_bloom_full(column.BloomBits));

        OptionsHandle options = new();
        Native.rocksdb_options_set_block_based_table_factory(options, table);
        Native.rocksdb_options_set_compression(options, column.Compress ? Lz4Compression : NoCompression);
        Native.rocksdb_options_set_write_buffer_size(options, (nuint)(column.Hot ? settings.WriteBufferBytes : settings.WriteBufferBytes / 8));
        Native.rocksdb_options_set_max_write_buffer_number(options, 3);
        if (column.BloomBits > 0)
        {
            // most rows that are looked for are in tables: the filter saves the search in memory, which misses the caches at every step
            Native.rocksdb_options_set_memtable_whole_key_filtering(options, 1);
            Native.rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, MemoryFilterPart);
        }
        // a block's rows come almost in the order of their keys: looking for the place of a row near that of the last one halves a write
        return options.With("memtable_insert_with_hint_prefix_extractor=rocksdb.FixedPrefix.1");
    }
}

/// <summary>The rows of a database as they were when the snapshot was made.</summary>
internal sealed class RocksDbSnapshot : IKeyValueSnapshot
{
    private readonly Database _database;
    private readonly SnapshotHandle _snapshot;
    private readonly ReadOptionsHandle _reads;

    public RocksDbSnapshot(Database database)
    {
        _database = database;
        _snapshot = new SnapshotHandle(database.Handle);
        _reads = new ReadOptionsHandle(_snapshot);
    }

    public bool TryGet(Column column, ReadOnlySpan<byte> key, ValueBuffer value) => _database.TryGet(_reads, column, key, value);

    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => _database.Get(_reads, column, key);

    public void MultiGet(Column column, ReadOnlySpan<byte> keys, int keyLength, Span<byte[]?> values) =>
        _database.MultiGet(_reads, column, keys, keyLength, values);

    public KeyValueIterator CreateIterator(Column column, ReadOnlySpan<byte> prefix = default) =>
        RocksDbStore.CreateIterator(_database, _reads, column, prefix);

    public void Dispose()
    {
        _reads.Dispose();
        _snapshot.Dispose();
    }
}
