using System;

namespace ContractVm.StateStore;

/// <summary>
/// The changed keys of one trie and their new values, collected in any order and sorted before use. Values lie in one buffer, so
/// nothing is allocated per change. For one thread; reusable after <see cref="Clear"/>.
/// </summary>
internal sealed class TrieChanges
{
    private Entry[] _entries = new Entry[16];
    private ByteBuffer _values = new(1024);

    /// <summary>The number of changes.</summary>
    public int Count { get; private set; }

    /// <summary>The changes.</summary>
    public Span<Entry> Entries => _entries.AsSpan(0, Count);

    /// <summary>One change: the value is absent for a deletion.</summary>
    internal readonly struct Entry(in Hash256 key, int offset, int length, bool existed)
    {
        private readonly Hash256 _key = key;

        /// <summary>The hashed key.</summary>
        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ref readonly Hash256 Key => ref _key;

        /// <summary>Where the value begins.</summary>
        public int Offset => offset;

        /// <summary>The number of bytes of the value; 0 for a deletion.</summary>
        public int Length => length;

        /// <summary>True when the trie has the key before the change.</summary>
        public bool Existed => existed;

        /// <summary>True when the key is to be absent.</summary>
        public bool IsDelete => length == 0;
    }

    /// <summary>Adds a change; an empty value deletes.</summary>
    /// <param name="key">The hashed key.</param>
    /// <param name="existed">True when the trie has the key before the change.</param>
    /// <param name="value">The new value.</param>
    public void Add(in Hash256 key, bool existed, ReadOnlySpan<byte> value)
    {
        if (Count == _entries.Length) Array.Resize(ref _entries, checked(2 * Count));
        int offset = _values.Length;
        value.CopyTo(_values.Append(value.Length));
        _entries[Count++] = new Entry(key, offset, value.Length, existed);
    }

    /// <summary>The value of a change; valid until the next one is added.</summary>
    public ReadOnlySpan<byte> ValueOf(in Entry entry) => _values.Span.Slice(entry.Offset, entry.Length);

    /// <summary>Brings the changes into the order of their keys.</summary>
    /// <exception cref="ArgumentException">A key comes twice.</exception>
    public void Sort()
    {
        Entries.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        RequireSorted();
    }

    /// <summary>Refuses changes that are not in the order of their keys.</summary>
    /// <exception cref="ArgumentException">A key is not behind the one before it.</exception>
    public void RequireSorted()
    {
        Span<Entry> entries = Entries;
        for (int i = 1; i < entries.Length; i++)
            if (entries[i - 1].Key >= entries[i].Key) throw new ArgumentException($"the key {entries[i].Key} is changed twice or out of order");
    }

    /// <summary>Forgets all changes and keeps the memory.</summary>
    public void Clear()
    {
        Count = 0;
        _values.Truncate(0);
    }
}
