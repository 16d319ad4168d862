using System;
using System.Buffers.Binary;

namespace ContractVm.StateStore;

/// <summary>
/// The row that tells which nodes a block changed, so that their reverse rows can be found and deleted: for each trie its key part, the
/// number of paths (4 bytes, big-endian), and the paths, each its length in nibbles and its packed nibbles.
/// </summary>
internal static class PathsRow
{
    /// <summary>Collects the nodes whose reverse rows are in a batch, in their order there.</summary>
    public static byte[] Of(WriteBatch batch)
    {
        ByteBuffer row = new(4096);
        Span<byte> trie = stackalloc byte[1 + Hash256.Length];
        int trieLength = 0;
        int countPlace = 0;
        foreach (WriteBatch.Operation operation in batch.Operations(Column.History))
        {
            if (operation.Key[0] != HistoryRows.NodeKind) continue;
            ReadOnlySpan<byte> key = operation.Key[1..^HistoryRows.NodeKeyEnd];
            int length = NodeKey.TrieLength(key);
            if (!key[..length].SequenceEqual(trie[..trieLength]))
            {
                trieLength = length;
                key[..length].CopyTo(trie);
                key[..length].CopyTo(row.Append(length));
                countPlace = row.Length;
                row.Append(4).Clear();
            }
            Span<byte> count = row.Span.Slice(countPlace, 4);
            BinaryPrimitives.WriteInt32BigEndian(count, BinaryPrimitives.ReadInt32BigEndian(count) + 1);
            ReadOnlySpan<byte> path = key[length..];
            Span<byte> packed = row.Append(1 + NibblePath.PackedLength(path.Length));
            packed[0] = (byte)path.Length;
            NibblePath.Pack(path, packed[1..]);
        }
        return row.Span.ToArray();
    }

    /// <summary>Deletes the reverse rows of the nodes that a row names.</summary>
    /// <exception cref="StoreException">The row is damaged.</exception>
    public static void DeleteRows(ReadOnlySpan<byte> row, ulong block, WriteBatch batch)
    {
        Span<byte> key = stackalloc byte[HistoryRows.MaximumKey];
        while (!row.IsEmpty)
        {
            int trieLength = NodeKey.TrieLength(row);
            if (row.Length < trieLength + 4) throw Corrupt();
            row[..trieLength].CopyTo(key[1..]);
            int count = BinaryPrimitives.ReadInt32BigEndian(row[trieLength..]);
            row = row[(trieLength + 4)..];
            for (int i = 0; i < count; i++)
            {
                int nibbles = row.IsEmpty ? NibblePath.Maximum + 1 : row[0];
                int packed = NibblePath.PackedLength(nibbles);
                if (nibbles > NibblePath.Maximum || row.Length < 1 + packed) throw Corrupt();
                for (int n = 0; n < nibbles; n++) key[1 + trieLength + n] = (byte)NibblePath.At(row[1..], n);
                batch.Delete(Column.History, key[..HistoryRows.EndNodeKey(key, trieLength + nibbles, block)]);
                row = row[(1 + packed)..];
            }
        }
    }

    private static StoreException Corrupt() => new(StoreFault.Corrupt, "a row of changed nodes in the history cannot be decoded");
}
