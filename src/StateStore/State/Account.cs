using System;

namespace ContractVm.StateStore;

/// <summary>
/// An account of the world state (Yellow Paper, section 4.1). Immutable. Use <see cref="Empty"/>, not the default value, for an
/// account that does not exist: the hashes of nothing are not zero.
/// </summary>
/// <param name="Nonce">Transactions sent, or contracts created.</param>
/// <param name="Balance">Wei.</param>
/// <param name="StorageRoot">Root of the account's storage trie.</param>
/// <param name="CodeHash">Keccak-256 of the account's code.</param>
public readonly record struct Account(ulong Nonce, UInt256 Balance, Hash256 StorageRoot, Hash256 CodeHash)
{
    /// <summary>The longest RLP of an account: list header 2, nonce 9, balance 33, two hashes 33 each.</summary>
    internal const int MaximumRlp = 110;

    /// <summary>Nonce and balance 0, no storage, no code.</summary>
    public static Account Empty { get; } = new(0, UInt256.Zero, TrieRoot.Empty, Keccak256.OfEmpty);

    /// <summary>True for nonce 0, balance 0 and no code, whatever the storage (EIP-161).</summary>
    public bool IsEmpty => Nonce == 0 && Balance.IsZero && CodeHash == Keccak256.OfEmpty;

    /// <summary>True when the account has code.</summary>
    public bool HasCode => CodeHash != Keccak256.OfEmpty;

    /// <summary>Appends [nonce, balance, storage root, code hash]: the value in the state trie (Yellow Paper, section 4.1).</summary>
    public void WriteRlp(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(Nonce);
        writer.Write(Balance);
        writer.Write(StorageRoot);
        writer.Write(CodeHash);
        writer.EndList(list);
    }

    /// <summary>Appends the row of the column <see cref="Column.Accounts"/>: the same list, with empty strings for the hashes of nothing.</summary>
    internal void WriteRow(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(Nonce);
        writer.Write(Balance);
        writer.Write(StorageRoot == TrieRoot.Empty ? default : StorageRoot.Bytes);
        writer.Write(CodeHash == Keccak256.OfEmpty ? default : CodeHash.Bytes);
        writer.EndList(list);
    }

    /// <summary>Reads a row of the column <see cref="Column.Accounts"/>.</summary>
    /// <exception cref="StoreException">The row is damaged.</exception>
    internal static Account FromRow(ReadOnlySpan<byte> row)
    {
        try
        {
            RlpReader outer = new(row);
            RlpReader list = outer.ReadList("account");
            outer.End("account");
            Account account = new(list.ReadUInt64("nonce"), list.ReadUInt256("balance"),
                ReadHashOr(ref list, TrieRoot.Empty), ReadHashOr(ref list, Keccak256.OfEmpty));
            list.End("account");
            return account;
        }
        catch (RlpException fault)
        {
            throw new StoreException(StoreFault.Corrupt, $"a stored account cannot be decoded: {fault.Message}");
        }
    }

    private static Hash256 ReadHashOr(ref RlpReader list, in Hash256 otherwise)
    {
        int offset = list.Offset;
        ReadOnlySpan<byte> bytes = list.ReadBytes("hash");
        if (bytes.IsEmpty) return otherwise;
        return bytes.Length == Hash256.Length ? Hash256.FromBytes(bytes) : throw new RlpException(RlpError.WrongLength, offset, "hash");
    }
}
