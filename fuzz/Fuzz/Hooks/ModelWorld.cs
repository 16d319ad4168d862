using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.StateStore;

namespace ContractVm.Fuzz.Hooks;

/// <summary>An account of the model.</summary>
internal sealed class ModelAccount
{
    public UInt256 Balance;
    public ulong Nonce;
    public byte[] Code = [];
    public Dictionary<Hash256, Hash256> Storage = [];

    public bool IsEmpty => Balance.IsZero && Nonce == 0 && Code.Length == 0;

    public ModelAccount Copy() => new() { Balance = Balance, Nonce = Nonce, Code = Code, Storage = new(Storage) };
}

/// <summary>The state of the model: everything that a failing frame undoes, copied as a whole for each frame.</summary>
internal sealed class ModelWorld
{
    public Dictionary<Address, ModelAccount> Accounts = [];
    public Dictionary<(Address, Hash256), Hash256> Transient = [];
    public HashSet<Address> WarmAccounts = [];
    public HashSet<(Address, Hash256)> WarmSlots = [];
    public List<LogEntry> Logs = [];
    public long Refund;

    public ModelAccount this[Address address] => Accounts.TryGetValue(address, out ModelAccount? account) ? account : Accounts[address] = new ModelAccount();

    public Hash256 Slot(Address address, Hash256 key) => Accounts.TryGetValue(address, out ModelAccount? account) ? account.Storage.GetValueOrDefault(key) : default;

    public ModelWorld Copy() => new()
    {
        Accounts = Accounts.ToDictionary(static pair => pair.Key, static pair => pair.Value.Copy()), Transient = new(Transient), WarmAccounts = [.. WarmAccounts], WarmSlots = [.. WarmSlots],
        Logs = [.. Logs], Refund = Refund,
    };

    /// <summary>What only lasts for a transaction is gone.</summary>
    public void BeginTransaction() => (Transient, WarmAccounts, WarmSlots, Logs, Refund) = ([], [], [], [], 0);

    /// <summary>A state with these accounts.</summary>
    public void WriteTo(WorldState state)
    {
        state.BeginTransaction();
        foreach ((Address address, ModelAccount account) in Accounts)
        {
            if (account.IsEmpty) continue;
            state.SetBalance(address, account.Balance);
            state.SetNonce(address, account.Nonce);
            if (account.Code.Length > 0) state.SetCode(address, account.Code);
            foreach ((Hash256 key, Hash256 value) in account.Storage)
                if (!value.IsZero) state.SetStorage(address, key, value);
        }

        state.EndTransaction();
    }
}
