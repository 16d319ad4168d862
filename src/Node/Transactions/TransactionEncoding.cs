using System;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>Writes transactions: the three formats, unsigned and signed (Yellow Paper, section 4.2; EIP-155, EIP-2930, EIP-1559).</summary>
internal static class TransactionEncoding
{
    /// <summary>The bytes whose hash is signed.</summary>
    public static byte[] ForSigning(UnsignedTransaction transaction)
    {
        using RlpWriter writer = new(256 + transaction.Data.Length);
        WriteType(writer, transaction);
        int list = writer.BeginList();
        WriteFields(writer, transaction);
        if (transaction.Type == TransactionType.Legacy && transaction.ChainId is ulong chainId)
        {
            // EIP-155: the chain id and two zeros take the signature's place.
            writer.Write(chainId);
            writer.Write(0UL);
            writer.Write(0UL);
        }
        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>The bytes that are sent.</summary>
    public static byte[] Signed(UnsignedTransaction transaction, in Signature signature)
    {
        using RlpWriter writer = new(256 + transaction.Data.Length);
        WriteType(writer, transaction);
        int list = writer.BeginList();
        WriteFields(writer, transaction);
        writer.Write(V(transaction, signature));
        writer.Write(signature.R);
        writer.Write(signature.S);
        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>What stands before r and s: the parity, or 27 or twice the chain id and 35 more in the legacy format (EIP-155).</summary>
    public static UInt256 V(UnsignedTransaction transaction, in Signature signature)
    {
        UInt256 parity = (ulong)signature.YParity;
        if (transaction.Type != TransactionType.Legacy) return parity;
        return transaction.ChainId is ulong chainId ? ((UInt256)chainId << 1) + 35 + parity : 27 + parity;
    }

    private static void WriteType(RlpWriter writer, UnsignedTransaction transaction)
    {
        if (transaction.Type == TransactionType.Legacy) return;
        if (transaction.Type > TransactionType.DynamicFee) throw new InvalidOperationException($"there is no transaction type {transaction.Type}");
        writer.WriteRaw([transaction.Type]);
    }

    // What the format has no field for would be lost, and with it what the caller meant.
    private static void RequireFit(UnsignedTransaction transaction)
    {
        if (transaction.Type != TransactionType.Legacy && transaction.ChainId is null)
            throw new InvalidOperationException("a typed transaction needs a chain id");
        if (transaction.Type == TransactionType.Legacy && transaction.AccessList.Count > 0)
            throw new InvalidOperationException("a legacy transaction has no access list");
        if (transaction.Type != TransactionType.DynamicFee && transaction.MaxPriorityFeePerGas != transaction.MaxFeePerGas)
            throw new InvalidOperationException("only a dynamic-fee transaction has a priority fee of its own");
    }

    private static void WriteFields(RlpWriter writer, UnsignedTransaction transaction)
    {
        RequireFit(transaction);
        if (transaction.Type != TransactionType.Legacy && transaction.ChainId is ulong chainId) writer.Write(chainId);
        writer.Write(transaction.Nonce);
        if (transaction.Type == TransactionType.DynamicFee) writer.Write(transaction.MaxPriorityFeePerGas);
        writer.Write(transaction.MaxFeePerGas);
        writer.Write(transaction.GasLimit);
        writer.Write(transaction.To);
        writer.Write(transaction.Value);
        writer.Write(transaction.Data.Span);
        if (transaction.Type != TransactionType.Legacy) WriteAccessList(writer, transaction);
    }

    private static void WriteAccessList(RlpWriter writer, UnsignedTransaction transaction)
    {
        int entries = writer.BeginList();
        foreach (AccessListEntry entry in transaction.AccessList)
        {
            int fields = writer.BeginList();
            writer.Write(entry.Address);
            int keys = writer.BeginList();
            foreach (Hash256 key in entry.Keys) writer.Write(key);
            writer.EndList(keys);
            writer.EndList(fields);
        }
        writer.EndList(entries);
    }
}
