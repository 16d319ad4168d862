using System;

namespace ContractVm.StateStore;

/// <summary>What an undo step takes back.</summary>
internal enum Undo : byte
{
    Created,
    Touched,
    Balance,
    Nonce,
    Code,
    Storage,
    Transient,
    AddressWarmed,
    SlotWarmed,
    Refund,
    Log,
}

/// <summary>One undo step: what changed, where, and the value before.</summary>
internal readonly struct JournalEntry(Undo kind, object? target, in Hash256 value, ulong number)
{
    public readonly Undo Kind = kind;
    public readonly object? Target = target;
    public readonly Hash256 Value = value;
    public readonly ulong Number = number;
}

/// <summary>The undo steps of a transaction, oldest first, in an array that is kept from transaction to transaction.</summary>
internal sealed class Journal
{
    private JournalEntry[] _entries = new JournalEntry[64];

    public int Count { get; private set; }

    public void Add(Undo kind, object? target) => Add(kind, target, Hash256.Zero, 0);

    public void Add(Undo kind, object? target, in Hash256 value) => Add(kind, target, value, 0);

    public void Add(Undo kind, object? target, ulong number) => Add(kind, target, Hash256.Zero, number);

    /// <summary>Removes and returns the newest step.</summary>
    public ref readonly JournalEntry Pop() => ref _entries[--Count];

    public void Clear()
    {
        // entries hold objects of the block: without this they would live as long as the journal
        Array.Clear(_entries, 0, Count);
        Count = 0;
    }

    private void Add(Undo kind, object? target, in Hash256 value, ulong number)
    {
        if (Count == _entries.Length) Array.Resize(ref _entries, checked(2 * Count));
        _entries[Count++] = new JournalEntry(kind, target, value, number);
    }
}
