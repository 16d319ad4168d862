using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>A storage slot that a block changed.</summary>
internal readonly record struct SlotChange(Hash256 KeyHash, Hash256 Key, Hash256 Before, Hash256 After);

/// <summary>An account that a block changed.</summary>
internal sealed class AccountChange
{
    /// <summary>Keccak-256 of the address.</summary>
    public required Hash256 Hash { get; init; }

    /// <summary>True when the account is in the state before the block.</summary>
    public required bool Existed { get; init; }

    /// <summary>The account before the block.</summary>
    public required Account Before { get; init; }

    /// <summary>True when the account is in the state after the block.</summary>
    public required bool Exists { get; init; }

    /// <summary>The account after the block; its storage root is computed, whatever is here.</summary>
    public required Account After { get; init; }

    /// <summary>The changed slots, in any order.</summary>
    public required List<SlotChange> Slots { get; init; }

    /// <summary>The address, where its preimage is to be written.</summary>
    public Address? Address { get; init; }

    /// <summary>The code, where it is not stored yet.</summary>
    public byte[]? Code { get; init; }

    /// <summary>False where the preimages of the slots' keys are stored already or are not known.</summary>
    public bool HasKeys { get; init; } = true;
}
