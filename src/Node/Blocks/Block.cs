using System;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>A block: its header and its transactions (Yellow Paper, section 4.3). It has no ommers.</summary>
/// <param name="Header">The header.</param>
/// <param name="Transactions">The transactions, in order.</param>
public sealed record Block(BlockHeader Header, IReadOnlyList<Transaction> Transactions)
{
    /// <summary>Root of a list of transactions.</summary>
    public static Hash256 TransactionsRootOf(IReadOnlyList<Transaction> transactions)
    {
        byte[][] items = new byte[transactions.Count][];
        for (int i = 0; i < items.Length; i++) items[i] = transactions[i].Encoded.ToArray();
        return TrieRoot.OfList(items);
    }

    /// <summary>Root of a list of receipts.</summary>
    public static Hash256 ReceiptsRootOf(IReadOnlyList<Receipt> receipts)
    {
        byte[][] items = new byte[receipts.Count][];
        for (int i = 0; i < items.Length; i++) items[i] = receipts[i].Encode();
        return TrieRoot.OfList(items);
    }

    /// <summary>The transactions as one list: envelopes as byte strings, legacy transactions as they are (EIP-2718).</summary>
    public byte[] EncodeBody()
    {
        using RlpWriter writer = new(1024);
        int list = writer.BeginList();
        foreach (Transaction transaction in Transactions)
        {
            if (transaction.Type == TransactionType.Legacy) writer.WriteRaw(transaction.Encoded.Span);
            else writer.Write(transaction.Encoded.Span);
        }

        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="EncodeBody"/> wrote.</summary>
    /// <exception cref="RlpException">The list is malformed.</exception>
    /// <exception cref="InvalidBlockException">A transaction is malformed.</exception>
    public static IReadOnlyList<Transaction> DecodeBody(ReadOnlySpan<byte> body)
    {
        RlpReader reader = new(body);
        RlpReader list = reader.ReadList("body");
        List<Transaction> transactions = [];
        while (!list.AtEnd)
        {
            bool isList = list.NextIsList;
            byte[] encoded = (isList ? list.ReadRaw("body.transaction") : list.ReadBytes("body.transaction")).ToArray();
            if (!Transaction.TryDecode(encoded, out Transaction? transaction, out TransactionError error))
                throw new InvalidBlockException($"transaction {transactions.Count}: {error}");
            // EIP-2718: a legacy transaction stands as a list; as a byte string it would be the same block in other bytes.
            if (isList != (transaction.Type == TransactionType.Legacy))
                throw new InvalidBlockException($"transaction {transactions.Count}: a legacy transaction inside a byte string");
            transactions.Add(transaction);
        }

        reader.End("body");
        return transactions;
    }
}
