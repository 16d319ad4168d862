using System;
using System.Collections.Generic;
using System.Linq;

namespace ContractVm.StateStore.Tests;

/// <summary>
/// The state and everything a transaction keeps, as plain collections. A snapshot is a copy of all of it; reverting is taking the copy.
/// </summary>
internal sealed class NaiveState
{
    public SortedDictionary<Address, NaiveAccount> Accounts { get; private init; } = [];

    public Dictionary<(Address, Hash256), Hash256> Transient { get; private init; } = [];

    public HashSet<Address> WarmAddresses { get; private init; } = [];

    public HashSet<(Address, Hash256)> WarmSlots { get; private init; } = [];

    public HashSet<Address> Touched { get; private init; } = [];

    public List<LogEntry> Logs { get; private init; } = [];

    public ulong Refund { get; set; }

    public NaiveState Copy()
    {
        NaiveState copy = new()
        {
            Transient = new Dictionary<(Address, Hash256), Hash256>(Transient),
            WarmAddresses = [.. WarmAddresses],
            WarmSlots = [.. WarmSlots],
            Touched = [.. Touched],
            Logs = [.. Logs],
            Refund = Refund,
        };
        foreach ((Address address, NaiveAccount account) in Accounts) copy.Accounts.Add(address, account.Copy());
        return copy;
    }

    public NaiveAccount Touch(Address address)
    {
        if (!Accounts.TryGetValue(address, out NaiveAccount? account)) Accounts.Add(address, account = new NaiveAccount());
        Touched.Add(address);
        return account;
    }

    public NaiveAccount Read(Address address) => Accounts.GetValueOrDefault(address) ?? new NaiveAccount();

    /// <summary>Forgets what belongs to a transaction; logs stay.</summary>
    public void ClearMarks()
    {
        Transient.Clear();
        WarmAddresses.Clear();
        WarmSlots.Clear();
        Touched.Clear();
        Refund = 0;
    }

    public void EndTransaction()
    {
        foreach (Address address in Touched)
            if (Accounts.TryGetValue(address, out NaiveAccount? account) && account.IsEmpty) Accounts.Remove(address);
        ClearMarks();
    }

    public Hash256 Root() => NaiveTrie.StateRoot(Accounts.Select(pair =>
        (pair.Key, pair.Value.Nonce, pair.Value.Balance, pair.Value.Code, pair.Value.Storage.Select(slot => (slot.Key, slot.Value)))));
}

internal sealed class NaiveAccount
{
    public ulong Nonce { get; set; }

    public UInt256 Balance { get; set; }

    public byte[] Code { get; set; } = [];

    public SortedDictionary<Hash256, Hash256> Storage { get; private init; } = [];

    public bool IsEmpty => Nonce == 0 && Balance.IsZero && Code.Length == 0;

    public NaiveAccount Copy() => new() { Nonce = Nonce, Balance = Balance, Code = Code, Storage = new SortedDictionary<Hash256, Hash256>(Storage) };

    public Hash256 Get(Hash256 key) => Storage.GetValueOrDefault(key);

    public void Set(Hash256 key, Hash256 value)
    {
        if (value.IsZero) Storage.Remove(key);
        else Storage[key] = value;
    }
}
