using System;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>
/// A block header in Ethereum's format (Yellow Paper, section 4.3; base fee EIP-1559; the last five fields EIP-4895, 4844, 4788
/// and 7685). A header has the optional fields of its fork, none of which may follow a missing one.
/// </summary>
public sealed record BlockHeader
{
    /// <summary>Hash of an empty list of ommers: there never are any.</summary>
    public static Hash256 NoOmmers { get; } = Keccak256.Hash([0xC0]);

    /// <summary>Hash of the parent's header.</summary>
    public Hash256 ParentHash { get; init; }
    /// <summary>Hash of the list of ommers.</summary>
    public Hash256 OmmersHash { get; init; } = NoOmmers;
    /// <summary>Who gets the priority fees.</summary>
    public Address Coinbase { get; init; }
    /// <summary>Root of the state after the block.</summary>
    public Hash256 StateRoot { get; init; }
    /// <summary>Root of the transactions.</summary>
    public Hash256 TransactionsRoot { get; init; }
    /// <summary>Root of the receipts.</summary>
    public Hash256 ReceiptsRoot { get; init; }
    /// <summary>Filter over all logs, 256 bytes.</summary>
    public ReadOnlyMemory<byte> LogsBloom { get; init; } = new byte[Bloom.Length];
    /// <summary>Proof-of-work difficulty; 0 here (EIP-3675).</summary>
    public UInt256 Difficulty { get; init; }
    /// <summary>Block number.</summary>
    public ulong Number { get; init; }
    /// <summary>Gas that the block may use.</summary>
    public ulong GasLimit { get; init; }
    /// <summary>Gas that the block used.</summary>
    public ulong GasUsed { get; init; }
    /// <summary>Seconds since 1970.</summary>
    public ulong Timestamp { get; init; }
    /// <summary>At most 32 bytes; here the name of the profile that contracts run under.</summary>
    public ReadOnlyMemory<byte> ExtraData { get; init; }
    /// <summary>prevRandao (EIP-4399).</summary>
    public Hash256 MixHash { get; init; }
    /// <summary>Proof-of-work nonce, 8 bytes; 0 here.</summary>
    public ulong Nonce { get; init; }
    /// <summary>Wei of each unit of gas that is burnt (EIP-1559).</summary>
    public UInt256? BaseFee { get; init; }
    /// <summary>Root of the withdrawals (EIP-4895).</summary>
    public Hash256? WithdrawalsRoot { get; init; }
    /// <summary>Blob gas used (EIP-4844).</summary>
    public ulong? BlobGasUsed { get; init; }
    /// <summary>Excess blob gas (EIP-4844).</summary>
    public ulong? ExcessBlobGas { get; init; }
    /// <summary>Parent beacon block root (EIP-4788).</summary>
    public Hash256? ParentBeaconBlockRoot { get; init; }
    /// <summary>Hash of the requests (EIP-7685).</summary>
    public Hash256? RequestsHash { get; init; }

    /// <summary>Keccak-256 of the header's RLP.</summary>
    public Hash256 Hash => Keccak256.Hash(Encode());

    /// <summary>The header's RLP.</summary>
    public byte[] Encode()
    {
        using RlpWriter writer = new(640);
        Encode(writer);
        return writer.ToArray();
    }

    /// <summary>Appends the header's RLP.</summary>
    public void Encode(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(ParentHash);
        writer.Write(OmmersHash);
        writer.Write(Coinbase);
        writer.Write(StateRoot);
        writer.Write(TransactionsRoot);
        writer.Write(ReceiptsRoot);
        writer.Write(LogsBloom.Span);
        writer.Write(Difficulty);
        writer.Write(Number);
        writer.Write(GasLimit);
        writer.Write(GasUsed);
        writer.Write(Timestamp);
        writer.Write(ExtraData.Span);
        writer.Write(MixHash);
        Span<byte> nonce = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(nonce, Nonce);
        writer.Write(nonce);
        if (BaseFee is UInt256 baseFee) writer.Write(baseFee);
        if (WithdrawalsRoot is Hash256 withdrawals) writer.Write(withdrawals);
        if (BlobGasUsed is ulong blobGas) writer.Write(blobGas);
        if (ExcessBlobGas is ulong excess) writer.Write(excess);
        if (ParentBeaconBlockRoot is Hash256 beaconRoot) writer.Write(beaconRoot);
        if (RequestsHash is Hash256 requests) writer.Write(requests);
        writer.EndList(list);
    }

    /// <summary>Reads a header and nothing behind it.</summary>
    /// <exception cref="RlpException">Malformed; names the field.</exception>
    public static BlockHeader Decode(ReadOnlySpan<byte> rlp)
    {
        RlpReader reader = new(rlp);
        BlockHeader header = Decode(ref reader);
        reader.End("header");
        return header;
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="RlpException">Malformed; names the field.</exception>
    public static BlockHeader Decode(ref RlpReader reader)
    {
        RlpReader list = reader.ReadList("header");
        BlockHeader header = new()
        {
            ParentHash = list.ReadHash("header.parentHash"),
            OmmersHash = list.ReadHash("header.ommersHash"),
            Coinbase = list.ReadAddress("header.coinbase"),
            StateRoot = list.ReadHash("header.stateRoot"),
            TransactionsRoot = list.ReadHash("header.transactionsRoot"),
            ReceiptsRoot = list.ReadHash("header.receiptsRoot"),
            LogsBloom = list.ReadFixed(Bloom.Length, "header.logsBloom").ToArray(),
            Difficulty = list.ReadUInt256("header.difficulty"),
            Number = list.ReadUInt64("header.number"),
            GasLimit = list.ReadUInt64("header.gasLimit"),
            GasUsed = list.ReadUInt64("header.gasUsed"),
            Timestamp = list.ReadUInt64("header.timestamp"),
            ExtraData = list.ReadBytes("header.extraData").ToArray(),
            MixHash = list.ReadHash("header.mixHash"),
            Nonce = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(list.ReadFixed(8, "header.nonce")),
            BaseFee = list.AtEnd ? null : list.ReadUInt256("header.baseFee"),
            WithdrawalsRoot = list.AtEnd ? null : list.ReadHash("header.withdrawalsRoot"),
            BlobGasUsed = list.AtEnd ? null : list.ReadUInt64("header.blobGasUsed"),
            ExcessBlobGas = list.AtEnd ? null : list.ReadUInt64("header.excessBlobGas"),
            ParentBeaconBlockRoot = list.AtEnd ? null : list.ReadHash("header.parentBeaconBlockRoot"),
            RequestsHash = list.AtEnd ? null : list.ReadHash("header.requestsHash"),
        };
        list.End("header");
        return header;
    }

    // Arrays compare by reference in records; two headers are the same when their encodings are.

    /// <inheritdoc/>
    public bool Equals(BlockHeader? other) => other is not null && Encode().AsSpan().SequenceEqual(other.Encode());

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();
}
