using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>
/// An account in a <see cref="WorldState"/>: as it was when the block began, and as it is now. The transaction numbers say for which
/// transaction a mark holds, so that a new transaction clears all marks by taking the next number; 0 is none.
/// </summary>
internal sealed class AccountEntry(in Address address)
{
    public readonly Address Address = address;

    /// <summary>keccak(address), known once <see cref="IsLoaded"/>.</summary>
    public Hash256 Hash;

    /// <summary>False while only marks were set: nothing was read yet.</summary>
    public bool IsLoaded;

    // when the block began
    public bool Existed;
    public Account Before;

    // now
    public bool Exists;
    public ulong Nonce;
    public UInt256 Balance;
    public Hash256 CodeHash;
    public byte[]? Code;

    /// <summary>The account was deleted in this block: stored slots that are not in <see cref="Slots"/> are zero now.</summary>
    public bool IsWiped;

    public Dictionary<Hash256, SlotEntry>? Slots;

    public int WarmIn;
    public int TouchedIn;

    /// <summary>EIP-161: nonce 0, balance 0, no code.</summary>
    public bool IsEmpty => Nonce == 0 && Balance.IsZero && CodeHash == Keccak256.OfEmpty;
}

/// <summary>A storage slot in a <see cref="WorldState"/>; see <see cref="AccountEntry"/> for the transaction numbers.</summary>
internal sealed class SlotEntry(in Hash256 key)
{
    public readonly Hash256 Key = key;

    /// <summary>keccak(key), known once <see cref="IsLoaded"/>.</summary>
    public Hash256 KeyHash;

    public bool IsLoaded;

    /// <summary>When the block began.</summary>
    public Hash256 Before;

    /// <summary>Now.</summary>
    public Hash256 Value;

    /// <summary>When transaction <see cref="StartIn"/> began.</summary>
    public Hash256 Start;

    /// <summary>The transient value (EIP-1153) of transaction <see cref="TransientIn"/>.</summary>
    public Hash256 Transient;

    public int StartIn;
    public int TransientIn;
    public int WarmIn;
}
