using System;
using System.Runtime.CompilerServices;
using ContractVm.Compiler.Ir;

namespace ContractVm.Compiler.FrontEnd;

/// <summary>
/// The pure values that are at hand where code is being built, found by what they compute. Values are entered in the order of
/// building and taken out again, last first, when what follows is no longer dominated by them. Open addressing; since the last
/// entered is the first to go, taking out only empties its place.
/// </summary>
internal sealed class ValueTable
{
    /// <summary>
    /// A module may be made so that its values collide: after so many, a value is not looked for any further, nor entered.
    /// </summary>
    private const int MaximumProbes = 24;

    private int[] _slots = new int[1024];
    private int[] _entered = new int[256];
    private int _count;

    /// <summary>Mark of the present state, for <see cref="Return"/>.</summary>
    public int Mark => _count;

    /// <summary>Finds a value that computes the same, or enters this one.</summary>
    /// <param name="function">The function being built.</param>
    /// <param name="node">Index of a node at the end of the function's list.</param>
    /// <returns>The value found, or <paramref name="node"/>.</returns>
    public int FindOrEnter(IrFunction function, int node)
    {
        if (_count * 2 >= _slots.Length) Grow(function);
        ref IrNode sought = ref function.Nodes[node];
        int mask = _slots.Length - 1;
        int slot = (int)Hash(in sought) & mask;
        for (int probes = 0; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            int found = _slots[slot] - 1;
            if (IsSame(in function.Nodes[found], in sought)) return found;
            if (++probes == MaximumProbes) return node;
        }

        _slots[slot] = node + 1;
        if (_count == _entered.Length) Array.Resize(ref _entered, _count * 2);
        _entered[_count++] = slot;
        return node;
    }

    /// <summary>Takes out what has been entered since a mark.</summary>
    public void Return(int mark)
    {
        while (_count > mark) _slots[_entered[--_count]] = 0;
    }

    private void Grow(IrFunction function)
    {
        int[] nodes = new int[_count];
        for (int i = 0; i < _count; i++) nodes[i] = _slots[_entered[i]];
        _slots = new int[_slots.Length * 2];
        int mask = _slots.Length - 1;
        for (int i = 0; i < _count; i++)
        {
            int slot = (int)Hash(in function.Nodes[nodes[i] - 1]) & mask;
            while (_slots[slot] != 0) slot = (slot + 1) & mask;
            _slots[slot] = nodes[i];
            _entered[i] = slot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSame(in IrNode a, in IrNode b) =>
        a.Op == b.Op && a.Type == b.Type && a.A == b.A && a.B == b.B && a.C == b.C && a.Extra == b.Extra && a.Immediate == b.Immediate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(in IrNode node)
    {
        ulong hash = ((ulong)node.Op << 48) ^ ((ulong)(uint)node.A << 24) ^ (uint)node.B ^ ((ulong)(uint)node.C << 40) ^ ((ulong)(uint)node.Extra << 12);
        hash ^= (ulong)node.Immediate * 0x9E3779B97F4A7C15;
        hash *= 0xD6E8FEB86659FD93;
        return (uint)(hash >> 32);
    }
}
