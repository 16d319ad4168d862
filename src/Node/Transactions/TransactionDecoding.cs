using System;
using System.Diagnostics.CodeAnalysis;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>Reads transactions, and accepts the one canonical encoding of each only.</summary>
internal static class TransactionDecoding
{
    private const string Whole = "transaction";

    /// <summary>Reads one transaction that is all of the input.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out Transaction? transaction, out TransactionError error)
    {
        transaction = null;
        if (encoded.IsEmpty)
        {
            error = new TransactionError(TransactionErrorKind.Truncated, Whole);
            return false;
        }
        try
        {
            // EIP-2718: a first byte below 0x80 is a type, one from 0xc0 on begins the list of a legacy transaction.
            byte first = encoded[0];
            if (first >= 0xC0) return TryDecodeLegacy(encoded, out transaction, out error);
            if (first is TransactionType.AccessList or TransactionType.DynamicFee) return TryDecodeTyped(encoded, out transaction, out error);
            error = new TransactionError(TransactionErrorKind.UnsupportedType, "type");
            return false;
        }
        catch (RlpException cause)
        {
            error = TransactionError.From(cause);
            return false;
        }
    }

    /// <summary>Requires r, s and the parity in range and s low (Yellow Paper, appendix F; EIP-2).</summary>
    public static bool IsValid(in Signature signature, string parityField, out TransactionError error)
    {
        error = default;
        if (signature.YParity is not (0 or 1)) error = new TransactionError(TransactionErrorKind.InvalidParity, parityField);
        else if (signature.R.IsZero || signature.R >= Signature.Order) error = new TransactionError(TransactionErrorKind.SignatureOutOfRange, "r");
        else if (signature.S.IsZero || signature.S >= Signature.Order) error = new TransactionError(TransactionErrorKind.SignatureOutOfRange, "s");
        else if (signature.HasHighS) error = new TransactionError(TransactionErrorKind.HighS, "s");
        return error.Kind == TransactionErrorKind.None;
    }

    private static bool TryDecodeLegacy(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out Transaction? transaction, out TransactionError error)
    {
        transaction = null;
        RlpReader outer = new(encoded);
        RlpReader fields = outer.ReadList(Whole);
        outer.End(Whole);
        ulong nonce = fields.ReadUInt64("nonce");
        UInt256 gasPrice = fields.ReadUInt256("gasPrice");
        ulong gasLimit = fields.ReadUInt64("gas");
        Address? to = fields.ReadOptionalAddress("to");
        UInt256 value = fields.ReadUInt256("value");
        ReadOnlySpan<byte> data = fields.ReadBytes("input");
        UInt256 v = fields.ReadUInt256("v");
        UInt256 r = fields.ReadUInt256("r");
        UInt256 s = fields.ReadUInt256("s");
        fields.End(Whole);

        if (!TrySplitV(v, out ulong? chainId, out int parity, out error)) return false;
        Signature signature = new(r, s, parity);
        if (!IsValid(signature, "v", out error)) return false;
        UnsignedTransaction unsigned = new()
        {
            Type = TransactionType.Legacy,
            ChainId = chainId,
            Nonce = nonce,
            GasPrice = gasPrice,
            GasLimit = gasLimit,
            To = to,
            Value = value,
            Data = data.ToArray(),
        };
        transaction = new Transaction(unsigned, signature, encoded.ToArray());
        return true;
    }

    private static bool TryDecodeTyped(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out Transaction? transaction, out TransactionError error)
    {
        transaction = null;
        byte type = encoded[0];
        RlpReader outer = new(encoded[1..]);
        RlpReader fields = outer.ReadList(Whole);
        outer.End(Whole);
        ulong chainId = fields.ReadUInt64("chainId");
        ulong nonce = fields.ReadUInt64("nonce");
        bool dynamicFee = type == TransactionType.DynamicFee;
        UInt256 priorityFee = dynamicFee ? fields.ReadUInt256("maxPriorityFeePerGas") : default;
        UInt256 maximumFee = fields.ReadUInt256(dynamicFee ? "maxFeePerGas" : "gasPrice");
        ulong gasLimit = fields.ReadUInt64("gas");
        Address? to = fields.ReadOptionalAddress("to");
        UInt256 value = fields.ReadUInt256("value");
        ReadOnlySpan<byte> data = fields.ReadBytes("input");
        AccessListEntry[] accessList = ReadAccessList(ref fields);
        ulong parity = fields.ReadUInt64("yParity");
        UInt256 r = fields.ReadUInt256("r");
        UInt256 s = fields.ReadUInt256("s");
        fields.End(Whole);

        Signature signature = new(r, s, (int)Math.Min(parity, 2));
        if (!IsValid(signature, "yParity", out error)) return false;
        UnsignedTransaction unsigned = new()
        {
            Type = type,
            ChainId = chainId,
            Nonce = nonce,
            MaxPriorityFeePerGas = dynamicFee ? priorityFee : maximumFee,
            MaxFeePerGas = maximumFee,
            GasLimit = gasLimit,
            To = to,
            Value = value,
            Data = data.ToArray(),
            AccessList = accessList,
        };
        transaction = new Transaction(unsigned, signature, encoded.ToArray());
        return true;
    }

    // Each array is as long as the list has items, and every item takes a byte of input at least.
    private static AccessListEntry[] ReadAccessList(ref RlpReader fields)
    {
        RlpReader list = fields.ReadList("accessList");
        AccessListEntry[] entries = new AccessListEntry[list.CountItems("accessList")];
        for (int i = 0; i < entries.Length; i++)
        {
            RlpReader entry = list.ReadList("accessList");
            Address address = entry.ReadAddress("accessList.address");
            RlpReader keys = entry.ReadList("accessList.storageKeys");
            entry.End("accessList");
            Hash256[] storageKeys = new Hash256[keys.CountItems("accessList.storageKeys")];
            for (int j = 0; j < storageKeys.Length; j++) storageKeys[j] = keys.ReadHash("accessList.storageKeys");
            entries[i] = new AccessListEntry(address, storageKeys);
        }
        return entries;
    }

    // EIP-155: 27 and 28 name no chain; from 35 on the chain id is the number less 35, halved.
    private static bool TrySplitV(in UInt256 v, out ulong? chainId, out int parity, out TransactionError error)
    {
        chainId = null;
        parity = 0;
        error = default;
        if (v == 27 || v == 28)
        {
            parity = (int)(v.LowUInt64 - 27);
            return true;
        }
        UInt256 rest = v - 35;
        if (v < 35) error = new TransactionError(TransactionErrorKind.InvalidParity, "v");
        else if (!(rest >> 1).FitsUInt64) error = new TransactionError(TransactionErrorKind.TooLarge, "v");
        if (error.Kind != TransactionErrorKind.None) return false;
        chainId = (rest >> 1).LowUInt64;
        parity = (int)(rest.LowUInt64 & 1);
        return true;
    }
}
