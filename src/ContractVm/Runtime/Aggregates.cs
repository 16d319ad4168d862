// UNSAFE. Invariant: contents pointers come from the arena for the object at hand, and every field or element index is checked
// against the object's type or length before it is used; see ObjectArena.
using System;
using System.Buffers.Binary;

namespace ContractVm.Runtime;

/// <summary>
/// Structs and arrays in a store's arena (WebAssembly 3.0, execution, "Aggregate Reference Instructions"): layout, and access to
/// fields and elements. Types are those of the store. Values move as slots: one, or two for a v128; i32 and packed values are
/// zero-extended to 64 bits unless they are read as signed.
/// </summary>
internal static unsafe class Aggregates
{
    /// <summary>Words of an array's contents.</summary>
    public static ulong ArrayWords(FieldType element, uint length) => ((ulong)length * element.ElementBytes + 7) / 8;

    /// <summary>Makes a struct of the values in consecutive slots.</summary>
    public static bool TryNewStruct(ObjectArena arena, int storeType, DefinedType type, ReadOnlySpan<ulong> slots, out ulong reference)
    {
        if (!arena.TryAllocate((uint)storeType, 0, (ulong)type.ContentWords, out reference)) return false;
        ulong* contents = arena.ContentsOf(reference);
        for (int i = 0; i < slots.Length; i++) contents[i] = slots[i];
        return true;
    }

    /// <summary>Makes an array of zeros or nulls.</summary>
    public static bool TryNewArray(ObjectArena arena, int storeType, FieldType element, uint length, out ulong reference) =>
        arena.TryAllocate((uint)storeType, length, ArrayWords(element, length), out reference);

    /// <summary>Extends a packed value as it is read; others stay as they are.</summary>
    public static ulong Extend(ValueType storage, ulong value, bool isSigned)
    {
        if (storage == ValueType.I8) return isSigned ? (uint)(sbyte)value : (byte)value;
        if (storage == ValueType.I16) return isSigned ? (uint)(short)value : (ushort)value;
        return value;
    }

    /// <summary>Reads an element, whose index has been checked, into one slot or two.</summary>
    public static void Read(ObjectArena arena, ulong reference, FieldType element, uint index, bool isSigned, ulong* slot)
    {
        byte* at = (byte*)arena.ContentsOf(reference) + (ulong)index * element.ElementBytes;
        switch (element.ElementBytes)
        {
            case 1: slot[0] = isSigned ? (uint)*(sbyte*)at : *at; break;
            case 2: slot[0] = isSigned ? (uint)*(short*)at : *(ushort*)at; break;
            case 4: slot[0] = *(uint*)at; break;
            case 8: slot[0] = *(ulong*)at; break;
            default: (slot[0], slot[1]) = (((ulong*)at)[0], ((ulong*)at)[1]); break;
        }
    }

    /// <summary>Writes elements, whose range has been checked, all with the value of one slot or two.</summary>
    public static void Fill(ObjectArena arena, ulong reference, FieldType element, uint start, uint count, ulong* slot)
    {
        if (count == 0) return;
        byte* at = (byte*)arena.ContentsOf(reference) + (ulong)start * element.ElementBytes;
        switch (element.ElementBytes)
        {
            case 1: new Span<byte>(at, (int)count).Fill((byte)slot[0]); break;
            case 2: new Span<ushort>(at, (int)count).Fill((ushort)slot[0]); break;
            case 4: new Span<uint>(at, (int)count).Fill((uint)slot[0]); break;
            case 8: new Span<ulong>(at, (int)count).Fill(slot[0]); break;
            default: new Span<UInt128>(at, (int)count).Fill(new UInt128(slot[1], slot[0])); break;
        }
    }

    /// <summary>True where start and count lie in an array or segment of a length.</summary>
    public static bool IsInside(ulong start, ulong count, ulong length) => start <= length && count <= length - start;

    /// <summary>Whether a reference that is not null is of a heap type of the store.</summary>
    public static bool IsOfHeapType(Store store, ulong reference, HeapType heap)
    {
        // The function hierarchy has its own numbers; validation keeps the hierarchies apart.
        if (store.Types.TopOf(heap).Equals(HeapType.Func))
        {
            Instance owner = store.OwnerOf(reference, out int index);
            return store.Types.Matches(HeapType.Concrete((uint)owner.Resolve(index).Type), heap);
        }

        // Everything in the hierarchies of extern and exn is below their tops; nothing is below their bottoms.
        if (heap.Equals(HeapType.Extern) || heap.Equals(HeapType.Exn)) return true;
        if (References.IsI31(reference)) return store.Types.Matches(HeapType.I31, heap);
        // What the embedder gave is any, and nothing more special.
        if (References.IsHost(reference)) return heap.Equals(HeapType.Any);
        uint type = store.Objects.TypeOf(reference);
        return (type & ObjectArena.ExceptionFlag) == 0 && store.Types.Matches(HeapType.Concrete(type), heap);
    }
}
