using System.Collections.Generic;

namespace ContractVm.Native;

/// <summary>Free parts of address space by where they start; neighbours are always joined. Not safe for concurrent use.</summary>
internal sealed class FreeRanges
{
    private readonly SortedList<ulong, ulong> _lengths = [];

    /// <summary>Bytes of all parts.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>Takes so many bytes from the first part that has them; false where none has.</summary>
    public bool TryTake(ulong length, out ulong start)
    {
        for (int i = 0; i < _lengths.Count; i++)
        {
            ulong size = _lengths.GetValueAtIndex(i);
            if (size < length) continue;
            start = _lengths.GetKeyAtIndex(i);
            _lengths.RemoveAt(i);
            if (size > length) _lengths.Add(start + length, size - length);
            Bytes -= length;
            return true;
        }

        start = 0;
        return false;
    }

    /// <summary>Adds a part, which is in none that is here.</summary>
    public void Add(ulong start, ulong length)
    {
        Bytes += length;
        _lengths.Add(start, length);
        int index = _lengths.IndexOfKey(start);
        if (index + 1 < _lengths.Count && _lengths.GetKeyAtIndex(index + 1) == start + length)
        {
            length += _lengths.GetValueAtIndex(index + 1);
            _lengths.RemoveAt(index + 1);
            _lengths.SetValueAtIndex(index, length);
        }

        if (index == 0 || _lengths.GetKeyAtIndex(index - 1) + _lengths.GetValueAtIndex(index - 1) != start) return;
        _lengths.SetValueAtIndex(index - 1, _lengths.GetValueAtIndex(index - 1) + length);
        _lengths.RemoveAt(index);
    }
}
