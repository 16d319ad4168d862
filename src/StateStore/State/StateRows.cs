using System;

namespace ContractVm.StateStore;

/// <summary>Keys and values of the live rows of the state. docs/STATE.md lists them all.</summary>
internal static class StateRows
{
    /// <summary>The length of a slot's key: address hash and key hash.</summary>
    public const int SlotKeyLength = 2 * Hash256.Length;

    /// <summary>Writes the key of a slot's row.</summary>
    public static void WriteSlotKey(in Hash256 owner, in Hash256 key, Span<byte> destination)
    {
        owner.CopyTo(destination);
        key.CopyTo(destination[Hash256.Length..]);
    }

    /// <summary>The value of a slot as it is stored: without leading zero bytes, so never empty for a slot that exists.</summary>
    public static ReadOnlySpan<byte> SlotRow(in Hash256 value) => value.Bytes.TrimStart((byte)0);

    /// <summary>Reads a stored slot; an empty row is an absent slot.</summary>
    /// <exception cref="StoreException">The row is damaged.</exception>
    public static Hash256 SlotValue(ReadOnlySpan<byte> row)
    {
        if (row.Length > Hash256.Length || (!row.IsEmpty && row[0] == 0))
            throw new StoreException(StoreFault.Corrupt, "a stored slot cannot be decoded");
        Span<byte> value = stackalloc byte[Hash256.Length];
        value.Clear();
        row.CopyTo(value[(Hash256.Length - row.Length)..]);
        return Hash256.FromBytes(value);
    }
}
