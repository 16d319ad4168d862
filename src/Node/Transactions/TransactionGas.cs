using System;

namespace ContractVm.Node;

/// <summary>What a transaction costs before it does anything (Yellow Paper, section 6.2).</summary>
public static class TransactionGas
{
    /// <summary>Every transaction (Yellow Paper, appendix G).</summary>
    public const ulong PerTransaction = 21_000;

    /// <summary>A creation, in addition (EIP-2).</summary>
    public const ulong PerCreation = 32_000;

    /// <summary>Each zero byte of data (Yellow Paper, appendix G).</summary>
    public const ulong PerZeroByte = 4;

    /// <summary>Each other byte of data (EIP-2028).</summary>
    public const ulong PerNonZeroByte = 16;

    /// <summary>Each 32 bytes of creation code, the last ones rounded up (EIP-3860).</summary>
    public const ulong PerInitCodeWord = 2;

    /// <summary>Each address of the access list (EIP-2930).</summary>
    public const ulong PerAccessListAddress = 2_400;

    /// <summary>Each storage key of the access list (EIP-2930).</summary>
    public const ulong PerAccessListKey = 1_900;

    /// <summary>The intrinsic gas of a transaction. No input that fits in memory overflows it.</summary>
    public static ulong Intrinsic(UnsignedTransaction transaction)
    {
        ulong length = (ulong)transaction.Data.Length;
        ulong zeros = (ulong)transaction.Data.Span.Count((byte)0);
        ulong gas = PerTransaction + PerZeroByte * zeros + PerNonZeroByte * (length - zeros);
        if (transaction.To is null) gas += PerCreation + PerInitCodeWord * ((length + 31) / 32);
        foreach (AccessListEntry entry in transaction.AccessList) gas += PerAccessListAddress + PerAccessListKey * (ulong)entry.Keys.Length;
        return gas;
    }
}
