// UNSAFE. Invariant: Entries points into _entries, which is allocated pinned and never changes; entries from Null to Count - 1 are inside.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContractVm;

/// <summary>
/// Types in an order in which those below a type come right after it, so that one comparison tells whether a type is another's subtype: the
/// distance of the two in the order is at most the number of types below the other. Kinds follow one another, each below a type of its own that
/// stands for all structs or all arrays. Immutable; safe for concurrent use.
/// </summary>
internal sealed unsafe class SubtypeOrder
{
    /// <summary>Numbers of types that no type space has: null, which is no type's subtype; all structs; all arrays.</summary>
    public const int Null = -1, Struct = -2, Array = -3;
    private const int Before = 4, Function = -4;
    private readonly ulong[] _entries;

    /// <summary>Puts the types of a space in order, in time linear in their number.</summary>
    public SubtypeOrder(TypeSpace types)
    {
        Count = types.Count;
        _entries = GC.AllocateArray<ulong>(Before + Count, pinned: true);
        // Types in it with itself; a supertype stands before its subtypes (WebAssembly 3.0, validation, "Recursive Types").
        Span<uint> sizes = new uint[Before + Count], next = new uint[Before + Count];
        sizes.Fill(1);
        for (int i = Count - 1; i >= 0; i--) sizes[Before + Above(types[i])] += sizes[Before + i];
        uint start = 0;
        for (int kind = Function; kind < Null; kind++)
        {
            Set(kind, start, sizes[Before + kind]);
            next[Before + kind] = start + 1;
            start += sizes[Before + kind];
        }

        Set(Null, uint.MaxValue, 1);
        for (int i = 0; i < Count; i++)
        {
            ref uint place = ref next[Before + Above(types[i])];
            Set(i, place, sizes[Before + i]);
            next[Before + i] = place + 1;
            place += sizes[Before + i];
        }
    }

    /// <summary>Types that it orders.</summary>
    public int Count { get; }

    /// <summary>For each type, by its number: its place in the lower half, the number of types below it in the upper half.</summary>
    public ulong* Entries => (ulong*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_entries)) + Before;

    private static int Above(DefinedType type) =>
        type.Supertype >= 0 ? type.Supertype : type.Kind switch { TypeKind.Struct => Struct, TypeKind.Array => Array, _ => Function };

    private void Set(int type, uint place, uint size) => _entries[Before + type] = place | (ulong)(size - 1) << 32;
}
