using System.Runtime.InteropServices;

namespace ContractVm.StateStore.RocksDb;

/// <summary>
/// The functions of librocksdb's C interface (rocksdb/c.h, 7.8) that this project calls, one to one. Invariant of every caller:
/// pointers are to memory that is pinned or native for the whole call; the library keeps none of them except the iterator bounds,
/// which <see cref="ReadOptionsHandle"/> keeps alive. An error comes back as a string in <c>error</c> and is consumed by
/// <see cref="NativeError"/>. Functions that newer libraries dropped are not used.
/// </summary>
internal static unsafe partial class Native
{
    public const string Library = "rocksdb";

    static Native() => NativeLibraryLoader.Register();

    // memory that the library allocated
    [LibraryImport(Library)] public static partial void rocksdb_free(nint pointer);

    // options
    [LibraryImport(Library)] public static partial nint rocksdb_options_create();
    [LibraryImport(Library)] public static partial void rocksdb_options_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_get_options_from_string(OptionsHandle options, byte* text, OptionsHandle result, nint* error);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_create_if_missing(OptionsHandle options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_create_missing_column_families(OptionsHandle options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_wal_recovery_mode(OptionsHandle options, int mode);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_db_write_buffer_size(OptionsHandle options, nuint bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_open_files(OptionsHandle options, int count);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_info_log_level(OptionsHandle options, int level);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_background_jobs(OptionsHandle options, int count);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_total_wal_size(OptionsHandle options, ulong bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_wal_bytes_per_sync(OptionsHandle options, ulong bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_memtable_prefix_bloom_size_ratio(OptionsHandle options, double ratio);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_memtable_whole_key_filtering(OptionsHandle options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_write_buffer_size(OptionsHandle options, nuint bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_write_buffer_number(OptionsHandle options, int count);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_compression(OptionsHandle options, int kind);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_block_based_table_factory(OptionsHandle options, TableOptionsHandle table);

    // table format and cache
    [LibraryImport(Library)] public static partial nint rocksdb_block_based_options_create();
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_block_size(TableOptionsHandle options, nuint bytes);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_filter_policy(TableOptionsHandle options, nint policy);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_block_cache(TableOptionsHandle options, CacheHandle cache);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks(TableOptionsHandle options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(TableOptionsHandle options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(TableOptionsHandle options, byte on);
    [LibraryImport(Library)] public static partial nint rocksdb_filterpolicy_create_bloom_full(double bitsPerKey);
    [LibraryImport(Library)] public static partial nint rocksdb_cache_create_lru(nuint capacity);
    [LibraryImport(Library)] public static partial void rocksdb_cache_destroy(nint cache);

    // database
    [LibraryImport(Library)]
    public static partial nint rocksdb_open_column_families(
        OptionsHandle options, byte* path, int count, byte** names, nint* columnOptions, nint* columns, nint* error);
    [LibraryImport(Library)] public static partial void rocksdb_close(nint database);
    [LibraryImport(Library)] public static partial void rocksdb_column_family_handle_destroy(nint column);
    [LibraryImport(Library)] public static partial nint rocksdb_property_value_cf(DatabaseHandle database, ColumnHandle column, byte* name);
    [LibraryImport(Library)] public static partial nint rocksdb_checkpoint_object_create(DatabaseHandle database, nint* error);
    [LibraryImport(Library)] public static partial void rocksdb_checkpoint_create(CheckpointHandle checkpoint, byte* path, ulong logSizeForFlush, nint* error);
    [LibraryImport(Library)] public static partial void rocksdb_checkpoint_object_destroy(nint checkpoint);

    // reads
    [LibraryImport(Library)] public static partial nint rocksdb_readoptions_create();
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_snapshot(ReadOptionsHandle options, SnapshotHandle snapshot);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_iterate_lower_bound(ReadOptionsHandle options, byte* key, nuint length);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_iterate_upper_bound(ReadOptionsHandle options, byte* key, nuint length);
    [LibraryImport(Library)]
    public static partial nint rocksdb_get_pinned_cf(
        DatabaseHandle database, ReadOptionsHandle options, ColumnHandle column, byte* key, nuint length, nint* error);
    [LibraryImport(Library)] public static partial byte* rocksdb_pinnableslice_value(nint slice, nuint* length);
    [LibraryImport(Library)] public static partial void rocksdb_pinnableslice_destroy(nint slice);
    [LibraryImport(Library)]
    public static partial void rocksdb_batched_multi_get_cf(
        DatabaseHandle database, ReadOptionsHandle options, ColumnHandle column, nuint count, byte** keys, nuint* lengths,
        nint* values, nint* errors, byte sorted);
    [LibraryImport(Library)] public static partial nint rocksdb_create_snapshot(DatabaseHandle database);
    [LibraryImport(Library)] public static partial void rocksdb_release_snapshot(nint database, nint snapshot);

    // iterators
    [LibraryImport(Library)] public static partial nint rocksdb_create_iterator_cf(DatabaseHandle database, ReadOptionsHandle options, ColumnHandle column);
    [LibraryImport(Library)] public static partial void rocksdb_iter_destroy(nint iterator);
    [LibraryImport(Library)] public static partial byte rocksdb_iter_valid(IteratorHandle iterator);
    [LibraryImport(Library)] public static partial void rocksdb_iter_seek_to_first(IteratorHandle iterator);
    [LibraryImport(Library)] public static partial void rocksdb_iter_seek_to_last(IteratorHandle iterator);
    [LibraryImport(Library)] public static partial void rocksdb_iter_seek(IteratorHandle iterator, byte* key, nuint length);
    [LibraryImport(Library)] public static partial void rocksdb_iter_seek_for_prev(IteratorHandle iterator, byte* key, nuint length);
    [LibraryImport(Library)] public static partial void rocksdb_iter_next(IteratorHandle iterator);
    [LibraryImport(Library)] public static partial void rocksdb_iter_prev(IteratorHandle iterator);
    [LibraryImport(Library)] public static partial byte* rocksdb_iter_key(IteratorHandle iterator, nuint* length);
    [LibraryImport(Library)] public static partial byte* rocksdb_iter_value(IteratorHandle iterator, nuint* length);
    [LibraryImport(Library)] public static partial void rocksdb_iter_get_error(IteratorHandle iterator, nint* error);

    // writes
    [LibraryImport(Library)] public static partial nint rocksdb_writeoptions_create();
    [LibraryImport(Library)] public static partial void rocksdb_writeoptions_destroy(nint options);
    [LibraryImport(Library)] public static partial nint rocksdb_writebatch_create();
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_clear(WriteBatchHandle batch);
    [LibraryImport(Library)] public static partial byte* rocksdb_writebatch_data(WriteBatchHandle batch, nuint* length);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_destroy(nint batch);
    [LibraryImport(Library)]
    public static partial void rocksdb_writebatch_put_cf(
        WriteBatchHandle batch, ColumnHandle column, byte* key, nuint keyLength, byte* value, nuint valueLength);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_delete_cf(WriteBatchHandle batch, ColumnHandle column, byte* key, nuint length);
    [LibraryImport(Library)] public static partial void rocksdb_write(DatabaseHandle database, WriteOptionsHandle options, WriteBatchHandle batch, nint* error);
    [LibraryImport(Library)] public static partial void rocksdb_flush_wal(DatabaseHandle database, byte sync, nint* error);
}
