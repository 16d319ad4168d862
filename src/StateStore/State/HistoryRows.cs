using System;
using System.Buffers.Binary;

namespace ContractVm.StateStore;

/// <summary>
/// Rows of the column <see cref="Column.History"/>. A reverse row is kind, key, block number (8 bytes, big-endian): its value is the
/// live row as it was before that block, empty for none. A block row is kind, block number: the roots and the keys it touched.
/// </summary>
internal static class HistoryRows
{
    public const byte AccountKind = (byte)'a';
    public const byte BlockKind = (byte)'b';
    public const byte NodeKind = (byte)'n';
    public const byte PathsKind = (byte)'p';
    public const byte SlotKind = (byte)'s';

    /// <summary>What the key of a node's reverse row has behind the node's key: the end of the path, the block number.</summary>
    public const int NodeKeyEnd = 1 + BlockBytes;

    /// <summary>The longest key of a reverse row.</summary>
    public const int MaximumKey = 1 + NodeKey.Maximum + NodeKeyEnd;

    /// <summary>The length of a block row's key.</summary>
    public const int BlockKeyLength = 1 + BlockBytes;

    /// <summary>The number of bytes of a block number.</summary>
    public const int BlockBytes = 8;

    // no nibble, so that no path's key begins another path's key
    private const byte PathEnd = 16;

    /// <summary>
    /// Completes the key of a node's reverse row, whose node key has been written behind the first byte, and returns its length.
    /// </summary>
    public static int EndNodeKey(Span<byte> key, int nodeKeyLength, ulong block)
    {
        key[0] = NodeKind;
        key[1 + nodeKeyLength] = PathEnd;
        BinaryPrimitives.WriteUInt64BigEndian(key[(2 + nodeKeyLength)..], block);
        return 1 + nodeKeyLength + NodeKeyEnd;
    }

    /// <summary>Writes the key of a reverse row and returns its length.</summary>
    public static int WriteKey(byte kind, ReadOnlySpan<byte> liveKey, ulong block, Span<byte> destination)
    {
        destination[0] = kind;
        liveKey.CopyTo(destination[1..]);
        BinaryPrimitives.WriteUInt64BigEndian(destination[(1 + liveKey.Length)..], block);
        return 1 + liveKey.Length + BlockBytes;
    }

    /// <summary>Writes the key of a row of a block: <see cref="BlockKind"/> or <see cref="PathsKind"/>.</summary>
    public static void WriteBlockKey(byte kind, ulong block, Span<byte> destination) => WriteKey(kind, default, block, destination);

    /// <summary>The block number at the end of a key of this column.</summary>
    public static ulong BlockOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt64BigEndian(key[^BlockBytes..]);
}

/// <summary>
/// Writes a block row: parent's state root, state root, then for each touched account its hash, the number of touched slots (4 bytes,
/// big-endian) and the hashes of their keys.
/// </summary>
internal sealed class BlockRow
{
    private ByteBuffer _row = new(1024);
    private int _countPlace;

    public BlockRow(in Hash256 parentRoot)
    {
        parentRoot.CopyTo(_row.Append(Hash256.Length));
        _row.Append(Hash256.Length).Clear();
    }

    public void Account(in Hash256 hash)
    {
        hash.CopyTo(_row.Append(Hash256.Length));
        _countPlace = _row.Length;
        _row.Append(4).Clear();
    }

    public void Slot(in Hash256 key)
    {
        key.CopyTo(_row.Append(Hash256.Length));
        Span<byte> count = _row.Span.Slice(_countPlace, 4);
        BinaryPrimitives.WriteInt32BigEndian(count, BinaryPrimitives.ReadInt32BigEndian(count) + 1);
    }

    public ReadOnlySpan<byte> Finish(in Hash256 root)
    {
        root.CopyTo(_row.Span[Hash256.Length..]);
        return _row.Span;
    }
}

/// <summary>Reads a block row, account by account.</summary>
internal ref struct BlockRowReader
{
    private readonly ReadOnlySpan<byte> _row;
    private int _position;
    private int _slots;

    public BlockRowReader(ReadOnlySpan<byte> row)
    {
        _row = row;
        ParentRoot = Take();
        Root = Take();
        _slots = 0;
    }

    public Hash256 ParentRoot { get; }

    public Hash256 Root { get; }

    /// <summary>Goes to the next account, passing slots that were not read.</summary>
    public bool TryAccount(out Hash256 hash)
    {
        while (TrySlot(out Hash256 _))
        {
        }
        hash = default;
        if (_position == _row.Length) return false;
        hash = Take();
        if (_row.Length - _position < 4) throw Corrupt();
        _slots = BinaryPrimitives.ReadInt32BigEndian(_row[_position..]);
        _position += 4;
        return true;
    }

    /// <summary>The next slot of the current account.</summary>
    public bool TrySlot(out Hash256 key)
    {
        key = default;
        if (_slots <= 0) return false;
        _slots--;
        key = Take();
        return true;
    }

    private Hash256 Take()
    {
        if (_row.Length - _position < Hash256.Length) throw Corrupt();
        Hash256 hash = Hash256.FromBytes(_row.Slice(_position, Hash256.Length));
        _position += Hash256.Length;
        return hash;
    }

    private static StoreException Corrupt() => new(StoreFault.Corrupt, "a block row of the history cannot be decoded");
}
