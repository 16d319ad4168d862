using System;
using System.Buffers.Binary;

namespace ContractVm.StateStore;

/// <summary>The rows of the column <see cref="Column.Meta"/>. Numbers are big-endian.</summary>
internal static class MetaRows
{
    /// <summary>The version of all rows' layout that this build reads and writes.</summary>
    public const uint FormatVersion = 3;

    public static ReadOnlySpan<byte> Format => "format"u8;

    public static ReadOnlySpan<byte> ChainId => "chain"u8;

    public static ReadOnlySpan<byte> Genesis => "genesis"u8;

    public static ReadOnlySpan<byte> Head => "head"u8;

    /// <summary>The last block whose trie nodes are written: the head, or blocks before it.</summary>
    public static ReadOnlySpan<byte> Nodes => "nodes"u8;

    public static ReadOnlySpan<byte> Floor => "floor"u8;

    public static ReadOnlySpan<byte> Pruned => "pruned"u8;

    public static ReadOnlySpan<byte> Retain => "retain"u8;

    public static void PutNumber(WriteBatch batch, ReadOnlySpan<byte> key, ulong value)
    {
        Span<byte> row = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(row, value);
        batch.Put(Column.Meta, key, row);
    }

    public static ulong GetNumber(IKeyValueReader reader, ReadOnlySpan<byte> key) =>
        BinaryPrimitives.ReadUInt64BigEndian(Get(reader, key, 8));

    /// <summary>The last block whose history rows are deleted; 0 for none.</summary>
    public static ulong GetPruned(IKeyValueReader reader) => reader.Get(Column.Meta, Pruned) is null ? 0 : GetNumber(reader, Pruned);

    public static BlockHead GetHead(IKeyValueReader reader) => BlockHead.FromRow(Get(reader, Head));

    /// <summary>Reads a row of a length; refuses a database without it.</summary>
    public static byte[] Get(IKeyValueReader reader, ReadOnlySpan<byte> key, int length)
    {
        byte[] row = Get(reader, key);
        return row.Length == length
            ? row
            : throw new StoreException(StoreFault.Corrupt, $"the row \"{Name(key)}\" has {row.Length} bytes, not {length}");
    }

    private static byte[] Get(IKeyValueReader reader, ReadOnlySpan<byte> key) =>
        reader.Get(Column.Meta, key) ?? throw new StoreException(StoreFault.Corrupt, $"the database has no row \"{Name(key)}\"");

    private static string Name(ReadOnlySpan<byte> key) => System.Text.Encoding.ASCII.GetString(key);
}
