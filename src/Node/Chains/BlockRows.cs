using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>What is kept of an executed transaction beside its receipt: what receipts leave out and people ask for.</summary>
/// <param name="Receipt">The receipt.</param>
/// <param name="Sender">Who signed it.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="GasUsed">Gas that it paid for.</param>
/// <param name="InkUsed">Ink that the machine used.</param>
/// <param name="GasPrice">Wei paid for a unit of gas.</param>
/// <param name="Contract">The contract that it created, or null.</param>
/// <param name="Output">Return or revert data.</param>
public sealed record StoredReceipt(
    Receipt Receipt, Address Sender, Outcome Outcome, ulong GasUsed, ulong InkUsed, UInt256 GasPrice, Address? Contract, byte[] Output);

/// <summary>Keys and values of the rows that the node adds to a block's batch (docs/STATE.md).</summary>
internal static class BlockRows
{
    private const byte BlockByHash = (byte)'b', TransactionByHash = (byte)'t';

    public static byte[] NumberKey(ulong number)
    {
        byte[] key = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(key, number);
        return key;
    }

    public static ulong ReadNumber(ReadOnlySpan<byte> number) => BinaryPrimitives.ReadUInt64BigEndian(number);

    public static byte[] BlockKey(in Hash256 hash) => [BlockByHash, .. hash.Bytes];

    public static byte[] TransactionKey(in Hash256 hash) => [TransactionByHash, .. hash.Bytes];

    public static byte[] TransactionPlace(ulong number, int index)
    {
        byte[] place = new byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(place, number);
        BinaryPrimitives.WriteInt32BigEndian(place.AsSpan(8), index);
        return place;
    }

    public static (ulong Number, int Index) ReadPlace(ReadOnlySpan<byte> place) =>
        (BinaryPrimitives.ReadUInt64BigEndian(place), BinaryPrimitives.ReadInt32BigEndian(place[8..]));

    public static byte[] EncodeReceipts(IReadOnlyList<ExecutedTransaction> transactions)
    {
        using RlpWriter writer = new(4096);
        int list = writer.BeginList();
        foreach (ExecutedTransaction transaction in transactions)
        {
            int entry = writer.BeginList();
            writer.Write(transaction.Receipt.Encode());
            writer.Write(transaction.Sender);
            writer.Write((ulong)transaction.Outcome);
            writer.Write(transaction.GasUsed);
            writer.Write(transaction.InkUsed);
            writer.Write(transaction.GasPrice);
            writer.Write(transaction.Contract);
            writer.Write(transaction.Output);
            writer.EndList(entry);
        }

        writer.EndList(list);
        return writer.ToArray();
    }

    public static IReadOnlyList<StoredReceipt> DecodeReceipts(ReadOnlySpan<byte> rows)
    {
        RlpReader reader = new(rows);
        RlpReader list = reader.ReadList("receipts");
        List<StoredReceipt> receipts = [];
        while (!list.AtEnd)
        {
            RlpReader entry = list.ReadList("receipt row");
            receipts.Add(new StoredReceipt(
                Receipt.Decode(entry.ReadBytes("receipt row.receipt")),
                entry.ReadAddress("receipt row.sender"),
                (Outcome)entry.ReadUInt64("receipt row.outcome"),
                entry.ReadUInt64("receipt row.gasUsed"),
                entry.ReadUInt64("receipt row.inkUsed"),
                entry.ReadUInt256("receipt row.gasPrice"),
                entry.ReadOptionalAddress("receipt row.contract"),
                entry.ReadBytes("receipt row.output").ToArray()));
            entry.End("receipt row");
        }

        return receipts;
    }
}
