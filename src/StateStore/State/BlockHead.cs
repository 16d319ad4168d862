using System;
using System.Buffers.Binary;

namespace ContractVm.StateStore;

/// <summary>The last committed block: number, block hash and state root.</summary>
public sealed record BlockHead(ulong Number, Hash256 Hash, Hash256 StateRoot)
{
    private const int RowLength = 8 + 2 * Hash256.Length;

    internal byte[] ToRow()
    {
        byte[] row = new byte[RowLength];
        BinaryPrimitives.WriteUInt64BigEndian(row, Number);
        Hash.CopyTo(row.AsSpan(8));
        StateRoot.CopyTo(row.AsSpan(8 + Hash256.Length));
        return row;
    }

    internal static BlockHead FromRow(ReadOnlySpan<byte> row) => row.Length == RowLength
        ? new BlockHead(
            BinaryPrimitives.ReadUInt64BigEndian(row),
            Hash256.FromBytes(row.Slice(8, Hash256.Length)),
            Hash256.FromBytes(row.Slice(8 + Hash256.Length, Hash256.Length)))
        : throw new StoreException(StoreFault.Corrupt, $"the head row has {row.Length} bytes, not {RowLength}");
}
