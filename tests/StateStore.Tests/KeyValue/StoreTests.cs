using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ContractVm.StateStore.RocksDb;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class MemoryStoreTests : StoreConformance
{
    protected override IKeyValueStore Create() => new MemoryStore();

    // The recursion of the tree is as deep as the tree is high, so its height must stay logarithmic in every order of writes.
    [Fact]
    public void TheTreeStaysLow()
    {
        const int Count = 20_000;
        SortedTree? up = null;
        SortedTree? down = null;
        for (int i = 0; i < Count; i++)
        {
            up = SortedTree.Put(up, Key(i), []);
            down = SortedTree.Put(down, Key(Count - i), []);
        }
        Check(up, Count);
        Check(down, Count);
        for (int i = 0; i < Count * 7 / 8; i++) up = SortedTree.Delete(up, Key(i));
        for (int i = 0; i < Count; i++)
            if (i % 8 != 0) down = SortedTree.Delete(down, Key(i + 1));
        Check(up, Count / 8);
        Check(down, Count / 8);

        static byte[] Key(int number) => [(byte)(number >> 16), (byte)(number >> 8), (byte)number];
        static void Check(SortedTree? tree, int count) => Assert.InRange(SortedTree.HeightOf(tree), Math.Log2(count), 1.45 * Math.Log2(count) + 1);
    }
}

public sealed class RocksDbConformanceTests : StoreConformance
{
    private readonly TemporaryDirectory _directory = new();

    protected override IKeyValueStore Create() => RocksDbStore.Open(_directory.Path);

    public override void Dispose()
    {
        base.Dispose();
        _directory.Dispose();
    }
}

public sealed class RocksDbStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void KeepsRowsOnDisk()
    {
        using (RocksDbStore store = RocksDbStore.Open(_directory.Path))
        {
            foreach (Column column in Enum.GetValues<Column>()) store.Put(column, [1], [(byte)column]);
        }
        using RocksDbStore again = RocksDbStore.Open(_directory.Path, new RocksDbSettings { CreateIfMissing = false });
        foreach (Column column in Enum.GetValues<Column>()) Assert.Equal(new[] { (byte)column }, again.Get(column, [1]));
    }

    [Fact]
    public void RefusesAMissingDatabase()
    {
        string path = _directory.Sub("none");
        StoreException fault = Assert.Throws<StoreException>(() => RocksDbStore.Open(path, new RocksDbSettings { CreateIfMissing = false }));
        Assert.Equal((StoreFault.NotFound, $"there is no database in {path}"), (fault.Fault, fault.Message));
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void RefusesADirectoryThatIsAFile()
    {
        string path = _directory.Sub("file");
        File.WriteAllText(path, "");
        StoreException fault = Assert.Throws<StoreException>(() => RocksDbStore.Open(path));
        Assert.Equal(StoreFault.Engine, fault.Fault);
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesADamagedManifest()
    {
        RocksDbStore.Open(_directory.Path).Dispose();
        string manifest = Directory.GetFiles(_directory.Path, "MANIFEST-*").Single();
        byte[] bytes = File.ReadAllBytes(manifest);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(manifest, bytes);
        StoreException fault = Assert.Throws<StoreException>(() => RocksDbStore.Open(_directory.Path));
        Assert.Equal(StoreFault.Corrupt, fault.Fault);
    }

    [Fact]
    public void RefusesASecondStoreInOneProcess()
    {
        using RocksDbStore store = RocksDbStore.Open(_directory.Path);
        StoreException fault = Assert.Throws<StoreException>(() => RocksDbStore.Open(_directory.Path));
        Assert.Equal(StoreFault.Locked, fault.Fault);
    }

    [Fact]
    public void RefusesADirectoryThatAnotherProcessHolds()
    {
        using Process holder = Child.Start("hold", _directory.Path);
        try
        {
            Assert.Equal("open", holder.StandardOutput.ReadLine());
            StoreException fault = Assert.Throws<StoreException>(() => RocksDbStore.Open(_directory.Path));
            Assert.Equal(StoreFault.Locked, fault.Fault);
            Assert.Contains($"the database {_directory.Path} is held by another process", fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            holder.StandardInput.Close();
            holder.WaitForExit();
        }
        Assert.Equal(0, holder.ExitCode);
        RocksDbStore.Open(_directory.Path).Dispose();
    }

    [Fact]
    public void NamesThePackageWhenTheLibraryIsMissing()
    {
        StoreException fault = Assert.Throws<StoreException>(() => NativeLibraryLoader.Load(["libcontractvm-none.so.1", "libcontractvm-none.so"]));
        Assert.Equal(StoreFault.LibraryMissing, fault.Fault);
        Assert.Contains("libcontractvm-none.so.1, libcontractvm-none.so", fault.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install librocksdb7.8", fault.Message, StringComparison.Ordinal);
    }

    // RocksDB writes the options it really uses into a file: an option that came too late to be used is not in it.
    [Fact]
    public void UsesTheOptionsOfTheColumnTable()
    {
        using RocksDbStore store = RocksDbStore.Open(_directory.Path, new RocksDbSettings { CacheBytes = 12_345_678, WriteBufferBytes = 1 << 20 });
        string[] lines = File.ReadAllLines(Directory.GetFiles(_directory.Path, "OPTIONS-*").Order(StringComparer.Ordinal).Last());
        Assert.Contains("  wal_recovery_mode=kPointInTimeRecovery", lines);
        Assert.Contains("  db_write_buffer_size=4194304", lines);
        foreach (ColumnOptions column in Columns.All)
        {
            string[] family = Section(lines, $"[CFOptions \"{column.Name}\"]");
            Assert.Contains(column.Compress ? "  compression=kLZ4Compression" : "  compression=kNoCompression", family);
            Assert.Contains($"  write_buffer_size={(column.Hot ? 1 << 20 : 1 << 17)}", family);
            string[] table = Section(lines, $"[TableOptions/BlockBasedTable \"{column.Name}\"]");
            Assert.Contains($"  block_size={column.BlockBytes}", table);
            Assert.Contains("  cache_index_and_filter_blocks=true", table);
            // a policy made through the C interface is named without its bits
            Assert.Contains(column.BloomBits > 0 ? "  filter_policy=bloomfilter" : "  filter_policy=nullptr", table);
        }
        foreach (Column column in Enum.GetValues<Column>())
            Assert.Equal("12345678", store.Property(column, "rocksdb.block-cache-capacity"));
        Assert.Null(store.Property(Column.Meta, "rocksdb.no-such-property"));
    }

    private static string[] Section(string[] lines, string title)
    {
        int start = Array.FindIndex(lines, line => line.Trim() == title);
        Assert.True(start >= 0, $"no section {title}");
        return lines.Skip(start + 1).TakeWhile(line => !line.TrimStart().StartsWith('[')).ToArray();
    }

    [Fact]
    public void ReadsRowsThatWereFlushedToFiles()
    {
        // write buffers so small that tables are written and compacted while the test runs
        using RocksDbStore store = RocksDbStore.Open(_directory.Path, new RocksDbSettings { WriteBufferBytes = 1 << 16 });
        byte[] key = new byte[32];
        byte[] value = new byte[100];
        for (int i = 0; i < 20_000; i++)
        {
            BitConverter.TryWriteBytes(key, i * 2654435761u);
            BitConverter.TryWriteBytes(value, i);
            store.Put(Column.Slots, key, value);
        }
        Assert.NotEmpty(Directory.GetFiles(_directory.Path, "*.sst"));
        for (int i = 0; i < 20_000; i++)
        {
            BitConverter.TryWriteBytes(key, i * 2654435761u);
            Assert.Equal(i, BitConverter.ToInt32(store.Get(Column.Slots, key)));
        }
    }

    [Fact]
    public void ChecksumsTellAChangedTable()
    {
        using (RocksDbStore store = RocksDbStore.Open(_directory.Path, new RocksDbSettings { WriteBufferBytes = 1 << 16 }))
            for (int i = 0; i < 5000; i++) store.Put(Column.Accounts, BitConverter.GetBytes(i), new byte[100]);
        foreach (string table in Directory.GetFiles(_directory.Path, "*.sst"))
        {
            byte[] bytes = File.ReadAllBytes(table);
            bytes[100] ^= 1;
            File.WriteAllBytes(table, bytes);
        }
        StoreException fault = Assert.Throws<StoreException>(() =>
        {
            using RocksDbStore store = RocksDbStore.Open(_directory.Path);
            using KeyValueIterator rows = store.CreateIterator(Column.Accounts);
            for (rows.SeekToFirst(); rows.IsValid; rows.Next()) _ = rows.Key;
        });
        Assert.Equal(StoreFault.Corrupt, fault.Fault);
    }

    [Fact]
    public void ACheckpointIsADatabaseOfItsOwn()
    {
        using RocksDbStore store = RocksDbStore.Open(_directory.Sub("live"));
        store.Put(Column.Accounts, [1], [1]);
        store.CreateCheckpoint(_directory.Sub("copy"));
        store.Put(Column.Accounts, [1], [2]);
        using RocksDbStore copy = RocksDbStore.Open(_directory.Sub("copy"));
        Assert.Equal(new byte[] { 1 }, copy.Get(Column.Accounts, [1]));
        Assert.Equal(new byte[] { 2 }, store.Get(Column.Accounts, [1]));
        Assert.Throws<StoreException>(() => store.CreateCheckpoint(_directory.Sub("copy")));
    }

    [Fact]
    public void ReadsAllocateNothing()
    {
        using RocksDbStore store = RocksDbStore.Open(_directory.Path);
        store.Put(Column.Accounts, [1], new byte[100]);
        ValueBuffer buffer = new();
        byte[] key = [1];
        for (int i = 0; i < 1000; i++) Assert.True(store.TryGet(Column.Accounts, key, buffer));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) _ = store.TryGet(Column.Accounts, key, buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
