using System;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>An address and storage slots of it that a transaction announces (EIP-2930).</summary>
/// <param name="Address">The account.</param>
/// <param name="Keys">Its slots.</param>
public sealed record AccessListEntry(Address Address, Hash256[] Keys);

/// <summary>What a transaction asks for, and what its signature covers. Immutable.</summary>
public sealed class UnsignedTransaction
{
    /// <summary>The format: one of <see cref="TransactionType"/>.</summary>
    public byte Type { get; init; } = TransactionType.DynamicFee;

    /// <summary>The chain it is for; null for a legacy transaction that is valid on every chain (before EIP-155).</summary>
    public ulong? ChainId { get; init; }

    /// <summary>How many transactions the sender made before.</summary>
    public ulong Nonce { get; init; }

    /// <summary>The gas price of the older formats; setting it sets both maximum fees.</summary>
    public UInt256 GasPrice
    {
        get => MaxFeePerGas;
        init
        {
            MaxFeePerGas = value;
            MaxPriorityFeePerGas = value;
        }
    }

    /// <summary>The most that the block's proposer gets per gas (EIP-1559); the gas price in the older formats.</summary>
    public UInt256 MaxPriorityFeePerGas { get; init; }

    /// <summary>The most that is paid per gas (EIP-1559); the gas price in the older formats.</summary>
    public UInt256 MaxFeePerGas { get; init; }

    /// <summary>The most gas that may be used.</summary>
    public ulong GasLimit { get; init; }

    /// <summary>The account called; null for a creation.</summary>
    public Address? To { get; init; }

    /// <summary>How much is sent along, in wei.</summary>
    public UInt256 Value { get; init; }

    /// <summary>Calldata, or the code and constructor arguments of a creation.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The accounts and slots announced (EIP-2930).</summary>
    public IReadOnlyList<AccessListEntry> AccessList { get; init; } = [];

    /// <summary>What the transaction costs before it does anything (Yellow Paper, section 6.2).</summary>
    public ulong IntrinsicGas => TransactionGas.Intrinsic(this);

    /// <summary>The hash that is signed.</summary>
    /// <exception cref="InvalidOperationException">The fields do not fit the type.</exception>
    public Hash256 SigningHash() => Keccak256.Hash(EncodeForSigning());

    /// <summary>The bytes whose hash is signed.</summary>
    /// <exception cref="InvalidOperationException">The fields do not fit the type.</exception>
    public byte[] EncodeForSigning() => TransactionEncoding.ForSigning(this);

    /// <summary>Signs: makes a transaction of it.</summary>
    /// <exception cref="InvalidOperationException">The fields do not fit the type.</exception>
    public Transaction Sign(PrivateKey key) => new(this, key.Sign(SigningHash()));
}
