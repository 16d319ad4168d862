namespace ContractVm.StateStore;

/// <summary>What of an account is read or written.</summary>
public enum StateField : byte
{
    /// <summary>Its balance.</summary>
    Balance,
    /// <summary>Its nonce.</summary>
    Nonce,
    /// <summary>Its code: the value is the code's hash.</summary>
    Code,
    /// <summary>A slot of its storage.</summary>
    Slot,
    /// <summary>A slot of its transient storage.</summary>
    TransientSlot,
}

/// <summary>Is told what is read from and written to a world state. It changes nothing. Called by the thread that uses the state.</summary>
public interface IStateObserver
{
    /// <summary>A value was read, or is written.</summary>
    /// <param name="field">What.</param>
    /// <param name="isWrite">It is written.</param>
    /// <param name="address">The account.</param>
    /// <param name="key">The slot; zero for what is no slot.</param>
    /// <param name="value">The value read, or written.</param>
    void OnAccess(StateField field, bool isWrite, in Address address, in Hash256 key, in Hash256 value);
}
