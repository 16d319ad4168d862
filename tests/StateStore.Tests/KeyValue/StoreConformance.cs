using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>What every store does. The same tests run on each of them.</summary>
public abstract class StoreConformance : IDisposable
{
    private readonly Lazy<IKeyValueStore> _store;

    protected StoreConformance() => _store = new Lazy<IKeyValueStore>(Create);

    protected abstract IKeyValueStore Create();

    private IKeyValueStore Store => _store.Value;

    public virtual void Dispose()
    {
        if (_store.IsValueCreated) _store.Value.Dispose();
        GC.SuppressFinalize(this);
    }

    private static byte[] B(params byte[] bytes) => bytes;

    private static List<string> All(KeyValueIterator iterator)
    {
        List<string> rows = [];
        for (iterator.SeekToFirst(); iterator.IsValid; iterator.Next()) rows.Add($"{Hex.Encode(iterator.Key)} {Hex.Encode(iterator.Value)}");
        return rows;
    }

    [Fact]
    public void KeepsRowsPerColumn()
    {
        ValueBuffer buffer = new(1);
        foreach (Column column in Enum.GetValues<Column>())
        {
            Assert.Null(Store.Get(column, B(1)));
            Store.Put(column, B(1), B((byte)column, 7));
            Store.Put(column, B(1), B((byte)column, 8));
        }
        foreach (Column column in Enum.GetValues<Column>())
        {
            Assert.Equal(B((byte)column, 8), Store.Get(column, B(1)));
            Assert.True(Store.TryGet(column, B(1), buffer));
            Assert.Equal(B((byte)column, 8), buffer.Span.ToArray());
            Assert.False(Store.TryGet(column, B(1, 0), buffer));
            Assert.Equal(0, buffer.Length);
            Store.Delete(column, B(1));
            Store.Delete(column, B(1));
            Assert.Null(Store.Get(column, B(1)));
        }
    }

    [Fact]
    public void KeepsEmptyKeysAndValues()
    {
        Store.Put(Column.Code, [], B(5));
        Store.Put(Column.Code, B(0), []);
        Assert.Equal(B(5), Store.Get(Column.Code, []));
        Assert.Equal(B(), Store.Get(Column.Code, B(0)));
        ValueBuffer buffer = new();
        Assert.True(Store.TryGet(Column.Code, B(0), buffer));
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void KeepsLargeValues()
    {
        byte[] value = new byte[3_000_000];
        for (int i = 0; i < value.Length; i++) value[i] = (byte)(i * i >> 7);
        Store.Put(Column.Code, B(1), value);
        Assert.Equal(value, Store.Get(Column.Code, B(1)));
        ValueBuffer buffer = new();
        Assert.True(Store.TryGet(Column.Code, B(1), buffer));
        Assert.True(buffer.Span.SequenceEqual(value));
    }

    [Fact]
    public void OwnsItsRows()
    {
        byte[] key = B(1);
        byte[] value = B(2);
        Store.Put(Column.Nodes, key, value);
        key[0] = 9;
        value[0] = 9;
        byte[] read = Store.Get(Column.Nodes, B(1))!;
        Assert.Equal(B(2), read);
        read[0] = 9;
        Assert.Equal(B(2), Store.Get(Column.Nodes, B(1)));
    }

    [Fact]
    public void AppliesABatchInItsOrder()
    {
        using WriteBatch batch = new(1);
        batch.Put(Column.Accounts, B(1), B(1));
        batch.Put(Column.Slots, B(1), B(2));
        batch.Delete(Column.Accounts, B(1));
        batch.Put(Column.Accounts, B(1), B(3));
        batch.Put(Column.Slots, B(2), B(4));
        batch.Delete(Column.Slots, B(2));
        Assert.Equal(6, batch.Count);
        Assert.Null(Store.Get(Column.Accounts, B(1)));
        Store.Write(batch, sync: true);
        Assert.Equal(B(3), Store.Get(Column.Accounts, B(1)));
        Assert.Equal(B(2), Store.Get(Column.Slots, B(1)));
        Assert.Null(Store.Get(Column.Slots, B(2)));
        Assert.Equal(6, batch.Count);

        batch.Clear();
        Assert.Equal((0, 0L), (batch.Count, batch.Length));
        Store.Write(batch, sync: false);
        Assert.Equal(B(3), Store.Get(Column.Accounts, B(1)));
    }

    [Fact]
    public void ReadsManyKeys()
    {
        const int Count = 1000;
        byte[] keys = new byte[4 * Count];
        for (int i = 0; i < Count; i++)
        {
            BitConverter.TryWriteBytes(keys.AsSpan(4 * i), i * 7919 % Count);
            if (i % 3 != 0) Store.Put(Column.Slots, keys.AsSpan(4 * i, 4), B((byte)i));
        }
        byte[]?[] values = new byte[]?[Count];
        Store.MultiGet(Column.Slots, keys, 4, values);
        using IKeyValueSnapshot snapshot = Store.CreateSnapshot();
        byte[]?[] again = new byte[]?[Count];
        snapshot.MultiGet(Column.Slots, keys, 4, again);
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(i % 3 == 0 ? null : B((byte)i), values[i]);
            Assert.Equal(values[i], again[i]);
        }
        Store.MultiGet(Column.Slots, [], 4, []);
        Assert.Throws<ArgumentException>(() => Store.MultiGet(Column.Slots, new byte[7], 4, new byte[]?[2]));
    }

    [Fact]
    public void IteratorsStayInTheirPrefix()
    {
        byte[][] keys = [[], B(0), B(1), B(1, 0), B(1, 0, 5), B(1, 255), B(1, 255, 255), B(2), B(255), B(255, 255), B(255, 255, 3)];
        foreach (byte[] key in keys) Store.Put(Column.Index, key, key);
        byte[][] prefixes = [[], B(0), B(1), B(1, 0), B(1, 255), B(3), B(255), B(255, 255), B(255, 255, 255)];
        foreach (byte[] prefix in prefixes)
        {
            byte[][] expected = keys.Where(key => key.AsSpan().StartsWith(prefix)).ToArray();
            using KeyValueIterator iterator = Store.CreateIterator(Column.Index, prefix);
            Assert.False(iterator.IsValid);
            Assert.Equal(expected.Select(key => $"{Hex.Encode(key)} {Hex.Encode(key)}"), All(iterator));
            List<byte[]> backwards = [];
            for (iterator.SeekToLast(); iterator.IsValid; iterator.Prev()) backwards.Add(iterator.Key.ToArray());
            Assert.Equal(expected.Reverse(), backwards);
            foreach (byte[] target in keys.Concat(prefixes).Append(B(1, 0, 6)))
            {
                iterator.Seek(target);
                CheckRow(iterator, expected.FirstOrDefault(key => key.AsSpan().SequenceCompareTo(target) >= 0));
                iterator.SeekForPrev(target);
                CheckRow(iterator, expected.LastOrDefault(key => key.AsSpan().SequenceCompareTo(target) <= 0));
            }
        }
    }

    private static void CheckRow(KeyValueIterator iterator, byte[]? key)
    {
        Assert.Equal(key is not null, iterator.IsValid);
        if (key is null)
        {
            Assert.Throws<InvalidOperationException>(() => iterator.Key.Length);
            Assert.Throws<InvalidOperationException>(() => iterator.Value.Length);
            Assert.Throws<InvalidOperationException>(iterator.Next);
            Assert.Throws<InvalidOperationException>(iterator.Prev);
            return;
        }
        Assert.Equal(key, iterator.Key.ToArray());
        Assert.Equal(key, iterator.Value.ToArray());
    }

    [Fact]
    public void SnapshotsAndIteratorsAreFrozen()
    {
        Store.Put(Column.Accounts, B(1), B(1));
        Store.Put(Column.Accounts, B(2), B(2));
        using IKeyValueSnapshot snapshot = Store.CreateSnapshot();
        using KeyValueIterator iterator = Store.CreateIterator(Column.Accounts);
        Store.Put(Column.Accounts, B(1), B(11));
        Store.Delete(Column.Accounts, B(2));
        Store.Put(Column.Accounts, B(3), B(3));

        Assert.Equal(B(1), snapshot.Get(Column.Accounts, B(1)));
        Assert.Equal(B(2), snapshot.Get(Column.Accounts, B(2)));
        Assert.Null(snapshot.Get(Column.Accounts, B(3)));
        ValueBuffer buffer = new();
        Assert.True(snapshot.TryGet(Column.Accounts, B(2), buffer));
        using KeyValueIterator inSnapshot = snapshot.CreateIterator(Column.Accounts);
        List<string> before = ["0x01 0x01", "0x02 0x02"];
        Assert.Equal(before, All(inSnapshot));
        Assert.Equal(before, All(iterator));
        using KeyValueIterator now = Store.CreateIterator(Column.Accounts);
        Assert.Equal(new List<string> { "0x01 0x0b", "0x03 0x03" }, All(now));
    }

    [Fact]
    public void RefusesCallsAfterDispose()
    {
        Store.Put(Column.Meta, B(1), B(1));
        IKeyValueSnapshot snapshot = Store.CreateSnapshot();
        snapshot.Dispose();
        snapshot.Dispose();
        Assert.Throws<ObjectDisposedException>(() => snapshot.Get(Column.Meta, B(1)));
        KeyValueIterator iterator = Store.CreateIterator(Column.Meta);
        iterator.SeekToFirst();
        Assert.True(iterator.IsValid);
        iterator.Dispose();
        iterator.Dispose();
        Assert.False(iterator.IsValid);
        Assert.Throws<ObjectDisposedException>(iterator.SeekToFirst);
        Store.Dispose();
        Store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Store.Get(Column.Meta, B(1)));
        Assert.Throws<ObjectDisposedException>(() => Store.Put(Column.Meta, B(1), B(1)));
        Assert.Throws<ObjectDisposedException>(() => Store.CreateSnapshot());
    }

    [Fact]
    public void OutlivesItsStoreWhileASnapshotIsOpen()
    {
        Store.Put(Column.Meta, B(1), B(1));
        using IKeyValueSnapshot snapshot = Store.CreateSnapshot();
        using KeyValueIterator iterator = snapshot.CreateIterator(Column.Meta);
        iterator.SeekToFirst();
        Assert.Equal(B(1), iterator.Key.ToArray());
    }

    [Fact]
    public async Task ReadersSeeWholeBatches()
    {
        // Two rows always hold the same number; readers in other threads must never see them differ within one snapshot.
        using WriteBatch first = new();
        first.Put(Column.Accounts, B(1), BitConverter.GetBytes(0));
        first.Put(Column.Slots, B(1), BitConverter.GetBytes(0));
        Store.Write(first, sync: false);
        Task<int>[] readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            int last = 0;
            while (last < 400)
            {
                using IKeyValueSnapshot snapshot = Store.CreateSnapshot();
                int left = BitConverter.ToInt32(snapshot.Get(Column.Accounts, B(1)));
                int right = BitConverter.ToInt32(snapshot.Get(Column.Slots, B(1)));
                Assert.Equal(left, right);
                Assert.True(left >= last);
                last = left;
            }
            return last;
        })).ToArray();
        using WriteBatch batch = new();
        for (int i = 1; i <= 400; i++)
        {
            batch.Clear();
            batch.Put(Column.Accounts, B(1), BitConverter.GetBytes(i));
            batch.Put(Column.Slots, B(1), BitConverter.GetBytes(i));
            Store.Write(batch, sync: false);
        }
        int[] seen = await Task.WhenAll(readers);
        Assert.All(seen, last => Assert.Equal(400, last));
    }

    [Fact]
    public void AgreesWithTheModel() => Property.Check(StoreModel.Operations, operations =>
    {
        using WriteBatch clear = new();
        foreach (Column column in Enum.GetValues<Column>())
        {
            using KeyValueIterator rows = Store.CreateIterator(column);
            for (rows.SeekToFirst(); rows.IsValid; rows.Next()) clear.Delete(column, rows.Key);
        }
        Store.Write(clear, sync: false);
        using StoreModel model = new(Store);
        foreach (StoreModel.Operation operation in operations) model.Apply(operation);
        model.CheckAll();
    }, 300);
}
