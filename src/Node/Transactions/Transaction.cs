using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>A signed transaction. Immutable; safe for all threads.</summary>
public sealed class Transaction
{
    private StrongBox<Address>? _sender;

    /// <summary>Joins a transaction and a signature made elsewhere.</summary>
    /// <exception cref="ArgumentException">The signature is out of range or has a high s.</exception>
    /// <exception cref="InvalidOperationException">The fields do not fit the type.</exception>
    public Transaction(UnsignedTransaction unsigned, in Signature signature)
        : this(unsigned, RequireValid(signature), TransactionEncoding.Signed(unsigned, signature))
    {
    }

    // The decoder accepts one encoding only, so the bytes it read are those that the other constructor writes.
    internal Transaction(UnsignedTransaction unsigned, in Signature signature, ReadOnlyMemory<byte> encoded)
    {
        Unsigned = unsigned;
        Signature = signature;
        Encoded = encoded;
        Hash = Keccak256.Hash(encoded.Span);
        IntrinsicGas = unsigned.IntrinsicGas;
    }

    /// <summary>What the signature covers.</summary>
    public UnsignedTransaction Unsigned { get; }

    /// <summary>The sender's signature.</summary>
    public Signature Signature { get; }

    /// <summary>The encoding that is hashed and sent: a type byte and a list, or the list alone for a legacy transaction (EIP-2718).</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>Keccak-256 of <see cref="Encoded"/>.</summary>
    public Hash256 Hash { get; }

    /// <summary>The format: one of <see cref="TransactionType"/>.</summary>
    public byte Type => Unsigned.Type;

    /// <summary>The chain it is for; null for a legacy transaction that is valid on every chain (before EIP-155).</summary>
    public ulong? ChainId => Unsigned.ChainId;

    /// <summary>How many transactions the sender made before.</summary>
    public ulong Nonce => Unsigned.Nonce;

    /// <summary>The gas price of the older formats; the maximum fee of the newest.</summary>
    public UInt256 GasPrice => Unsigned.GasPrice;

    /// <summary>The most that the block's proposer gets per gas (EIP-1559); the gas price in the older formats.</summary>
    public UInt256 MaxPriorityFeePerGas => Unsigned.MaxPriorityFeePerGas;

    /// <summary>The most that is paid per gas (EIP-1559); the gas price in the older formats.</summary>
    public UInt256 MaxFeePerGas => Unsigned.MaxFeePerGas;

    /// <summary>The most gas that may be used.</summary>
    public ulong GasLimit => Unsigned.GasLimit;

    /// <summary>The account called; null for a creation.</summary>
    public Address? To => Unsigned.To;

    /// <summary>How much is sent along, in wei.</summary>
    public UInt256 Value => Unsigned.Value;

    /// <summary>Calldata, or the code and constructor arguments of a creation.</summary>
    public ReadOnlyMemory<byte> Data => Unsigned.Data;

    /// <summary>The accounts and slots announced (EIP-2930).</summary>
    public IReadOnlyList<AccessListEntry> AccessList => Unsigned.AccessList;

    /// <summary>What the transaction costs before it does anything (Yellow Paper, section 6.2).</summary>
    public ulong IntrinsicGas { get; }

    /// <summary>The v of the legacy format (EIP-155), or the parity of the others, as JSON-RPC shows it.</summary>
    public UInt256 V => TransactionEncoding.V(Unsigned, Signature);

    /// <summary>
    /// Reads a transaction as it is sent: nothing but its one canonical encoding, with a signature in range and a low s. The
    /// transaction keeps its own copy of the bytes.
    /// </summary>
    public static bool TryDecode(ReadOnlyMemory<byte> encoded, [NotNullWhen(true)] out Transaction? transaction, out TransactionError error) =>
        TransactionDecoding.TryDecode(encoded.Span, out transaction, out error);

    /// <summary>
    /// As the other overload, and refuses what is signed for another chain. Legacy transactions without a chain id (before EIP-155)
    /// pass, as they are valid on every chain.
    /// </summary>
    public static bool TryDecode(
        ReadOnlyMemory<byte> encoded, ulong chainId, [NotNullWhen(true)] out Transaction? transaction, out TransactionError error)
    {
        if (!TryDecode(encoded, out transaction, out error)) return false;
        if (transaction.ChainId is null || transaction.ChainId == chainId) return true;
        error = new TransactionError(TransactionErrorKind.WrongChainId, transaction.Type == TransactionType.Legacy ? "v" : "chainId");
        transaction = null;
        return false;
    }

    /// <summary>True where the sender has been recovered.</summary>
    internal bool IsSenderKnown => Volatile.Read(ref _sender) is not null;

    /// <summary>The account that signed; false when no key can have made the signature. Recovered once.</summary>
    public bool TryRecoverSender(out Address sender)
    {
        StrongBox<Address>? known = Volatile.Read(ref _sender);
        if (known is null)
        {
            if (!Secp256k1.TryRecover(Unsigned.SigningHash(), Signature, out sender)) return false;
            known = new StrongBox<Address>(sender);
            Volatile.Write(ref _sender, known);
        }
        sender = known.Value;
        return true;
    }

    private static Signature RequireValid(in Signature signature) =>
        TransactionDecoding.IsValid(signature, "yParity", out TransactionError error) ? signature : throw new ArgumentException(error.ToString());
}
