using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>Random operations on a store and, beside it, on sorted dictionaries; a snapshot of the model is a copy of everything.</summary>
internal sealed class StoreModel(IKeyValueStore store) : IDisposable
{
    private readonly List<(IKeyValueSnapshot Snapshot, Rows Model)> _snapshots = [];
    private readonly WriteBatch _batch = new(1);
    private readonly List<Operation> _batched = [];
    private readonly Rows _now = new();

    public enum Kind
    {
        Put,
        Delete,
        BatchPut,
        BatchDelete,
        WriteBatch,
        TakeSnapshot,
        CheckSnapshot,
        DropSnapshot,
        Seek,
        SeekForPrev,
    }

    public sealed record Operation(Kind Kind, Column Column, byte[] Key, byte[] Value)
    {
        public override string ToString() => $"{Kind} {Column} {Hex.Encode(Key)} {Hex.Encode(Value)}";
    }

    public static Arbitrary<Operation[]> Operations => Property.Sequences(
        from kind in Gen.Frequency(
            (6, Gen.Constant(Kind.Put)), (3, Gen.Constant(Kind.Delete)), (4, Gen.Constant(Kind.BatchPut)), (2, Gen.Constant(Kind.BatchDelete)),
            (2, Gen.Constant(Kind.WriteBatch)), (1, Gen.Constant(Kind.TakeSnapshot)), (1, Gen.Constant(Kind.CheckSnapshot)),
            (1, Gen.Constant(Kind.DropSnapshot)), (2, Gen.Constant(Kind.Seek)), (2, Gen.Constant(Kind.SeekForPrev)))
        from column in Gen.Elements(Column.Meta, Column.Slots, Column.History)
        from keyLength in Gen.Choose(0, 4)
        from key in Gen.Elements<byte>(0, 1, 254, 255).ArrayOf(keyLength)
        from valueLength in Gen.Choose(0, 40)
        from value in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(valueLength)
        select new Operation(kind, column, key, value), 0, 120);

    public void Apply(Operation operation)
    {
        switch (operation.Kind)
        {
            case Kind.Put:
                store.Put(operation.Column, operation.Key, operation.Value);
                _now.Put(operation);
                break;
            case Kind.Delete:
                store.Delete(operation.Column, operation.Key);
                _now.Delete(operation);
                break;
            case Kind.BatchPut:
                _batch.Put(operation.Column, operation.Key, operation.Value);
                _batched.Add(operation);
                break;
            case Kind.BatchDelete:
                _batch.Delete(operation.Column, operation.Key);
                _batched.Add(operation);
                break;
            case Kind.WriteBatch:
                Assert.Equal(_batched.Count, _batch.Count);
                store.Write(_batch, sync: false);
                foreach (Operation item in _batched)
                {
                    if (item.Kind == Kind.BatchPut) _now.Put(item);
                    else _now.Delete(item);
                }
                _batch.Clear();
                _batched.Clear();
                break;
            case Kind.TakeSnapshot:
                _snapshots.Add((store.CreateSnapshot(), _now.Copy()));
                break;
            case Kind.CheckSnapshot:
                foreach ((IKeyValueSnapshot snapshot, Rows model) in _snapshots) model.Check(snapshot);
                break;
            case Kind.DropSnapshot:
                if (_snapshots.Count == 0) break;
                _snapshots[0].Snapshot.Dispose();
                _snapshots.RemoveAt(0);
                break;
            default:
                Seek(operation);
                break;
        }
    }

    public void CheckAll()
    {
        _now.Check(store);
        foreach ((IKeyValueSnapshot snapshot, Rows model) in _snapshots) model.Check(snapshot);
    }

    public void Dispose()
    {
        foreach ((IKeyValueSnapshot snapshot, Rows _) in _snapshots) snapshot.Dispose();
        _batch.Dispose();
    }

    // The first byte of the key is also used as a prefix, and the walk goes a few rows on in both directions.
    private void Seek(Operation operation)
    {
        byte[] prefix = operation.Value.Length % 2 == 0 ? [] : operation.Key.Take(1).ToArray();
        List<byte[]> keys = _now.Keys(operation.Column).Where(key => key.AsSpan().StartsWith(prefix)).ToList();
        using KeyValueIterator iterator = store.CreateIterator(operation.Column, prefix);
        int place;
        if (operation.Kind == Kind.Seek)
        {
            iterator.Seek(operation.Key);
            place = keys.FindIndex(key => key.AsSpan().SequenceCompareTo(operation.Key) >= 0);
        }
        else
        {
            iterator.SeekForPrev(operation.Key);
            place = keys.FindLastIndex(key => key.AsSpan().SequenceCompareTo(operation.Key) <= 0);
        }
        foreach (int step in new[] { 1, 1, -1, -1, -1 })
        {
            bool there = place >= 0 && place < keys.Count;
            Assert.Equal(there, iterator.IsValid);
            if (!there) return;
            Assert.Equal(keys[place], iterator.Key.ToArray());
            Assert.Equal(_now.Value(operation.Column, keys[place]), iterator.Value.ToArray());
            if (step > 0) iterator.Next();
            else iterator.Prev();
            place += step;
        }
    }

    private sealed class Rows
    {
        private readonly SortedDictionary<byte[], byte[]>[] _columns;

        public Rows() : this(Enum.GetValues<Column>().Select(_ => new SortedDictionary<byte[], byte[]>(Order)).ToArray())
        {
        }

        private Rows(SortedDictionary<byte[], byte[]>[] columns) => _columns = columns;

        private static Comparer<byte[]> Order { get; } = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

        public void Put(Operation operation) => _columns[(int)operation.Column][operation.Key] = operation.Value;

        public void Delete(Operation operation) => _columns[(int)operation.Column].Remove(operation.Key);

        public IEnumerable<byte[]> Keys(Column column) => _columns[(int)column].Keys;

        public byte[] Value(Column column, byte[] key) => _columns[(int)column][key];

        public Rows Copy() => new(_columns.Select(column => new SortedDictionary<byte[], byte[]>(column, Order)).ToArray());

        public void Check(IKeyValueReader reader)
        {
            foreach (Column column in Enum.GetValues<Column>())
            {
                using KeyValueIterator iterator = reader.CreateIterator(column);
                iterator.SeekToFirst();
                foreach ((byte[] key, byte[] value) in _columns[(int)column])
                {
                    Assert.True(iterator.IsValid);
                    Assert.Equal(key, iterator.Key.ToArray());
                    Assert.Equal(value, iterator.Value.ToArray());
                    Assert.Equal(value, reader.Get(column, key));
                    iterator.Next();
                }
                Assert.False(iterator.IsValid);
            }
        }
    }
}
