using System;

namespace ContractVm.Text;

/// <summary>
/// Gives equal byte strings the same number, from 0 in the order of first appearance. All strings lie in one run of bytes, so
/// that a text with a million identifiers is not a million objects.
/// </summary>
internal sealed class ByteInterner
{
    private readonly ByteWriter _content = new();
    private int[] _ends = new int[16];
    private int[] _hashes = new int[16];
    /// <summary>Open addressing; an entry is the number plus one, or 0.</summary>
    private int[] _slots = new int[32];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> this[int id]
    {
        get
        {
            int start = id == 0 ? 0 : _ends[id - 1];
            return _content.Written[start.._ends[id]];
        }
    }

    /// <summary>Looks for a byte string without giving it a number.</summary>
    public bool TryFind(ReadOnlySpan<byte> bytes, out int id) => Find(bytes, out id, out _, out _);

    public int Intern(ReadOnlySpan<byte> bytes)
    {
        if (Find(bytes, out int id, out int hash, out int slot)) return id;
        id = Count++;
        if (id == _ends.Length)
        {
            Array.Resize(ref _ends, id * 2);
            Array.Resize(ref _hashes, id * 2);
        }

        _content.WriteBytes(bytes);
        _ends[id] = _content.Length;
        _hashes[id] = hash;
        _slots[slot] = id + 1;
        if (Count * 2 > _slots.Length) Rehash();
        return id;
    }

    private bool Find(ReadOnlySpan<byte> bytes, out int id, out int hash, out int slot)
    {
        // Seeded per process: the numbers do not depend on the hash, and nobody can prepare collisions.
        HashCode code = default;
        code.AddBytes(bytes);
        hash = code.ToHashCode();
        slot = hash & (_slots.Length - 1);
        for (; _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            id = _slots[slot] - 1;
            if (_hashes[id] == hash && this[id].SequenceEqual(bytes)) return true;
        }

        id = -1;
        return false;
    }

    private void Rehash()
    {
        _slots = new int[_slots.Length * 2];
        for (int id = 0; id < Count; id++)
        {
            int slot = _hashes[id] & (_slots.Length - 1);
            while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = id + 1;
        }
    }
}
