using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace ContractVm;

/// <summary>
/// The type index space of a module, with equality and subtyping (WebAssembly 3.0, validation, "Matching").
/// <para>
/// Recursive groups are compared as a whole: two groups are equal where they are equal after references into the group are
/// written relative to its start and all others as canonical indices. A group that equals an earlier one gets its canonical
/// indices. Each group is encoded and hashed once, so the space is built in time linear in the type section.
/// </para>
/// Filled by the decoder, then immutable; safe for concurrent reads.
/// </summary>
internal sealed class TypeSpace
{
    private const ulong RelativeReference = 1UL << 40;
    private readonly List<DefinedType> _types;
    private readonly List<int> _canonical;
    private readonly List<ulong> _encodings;
    private readonly Dictionary<GroupKey, int> _groups;
    private SubtypeOrder? _order;

    public TypeSpace()
    {
        _types = [];
        _canonical = [];
        _encodings = [];
        _groups = new Dictionary<GroupKey, int>(new GroupComparer(_encodings));
    }

    /// <summary>Makes a copy, to which types can be added.</summary>
    public TypeSpace(TypeSpace other)
    {
        _types = [.. other._types];
        _canonical = [.. other._canonical];
        _encodings = [.. other._encodings];
        _groups = new Dictionary<GroupKey, int>(other._groups, new GroupComparer(_encodings));
    }

    public int Count => _types.Count;

    /// <summary>The order of all types; made anew where there are more of them than before.</summary>
    public SubtypeOrder Order
    {
        get
        {
            SubtypeOrder? order = _order;
            if (order is null || order.Count != Count) _order = order = new SubtypeOrder(this);
            return order;
        }
    }

    public IReadOnlyList<DefinedType> Types => _types;
    public DefinedType this[int index] => _types[index];

    /// <summary>The canonical index of a type: the same for equal types.</summary>
    public int Canonical(int index) => _canonical[index];

    /// <summary>Adds a type to the group that is open; its own index stands for it until the group is closed.</summary>
    public void Add(DefinedType type)
    {
        _canonical.Add(_types.Count);
        _types.Add(type);
    }

    /// <summary>
    /// Closes the group from <paramref name="start"/> to the end of the space; the start of the first group that equals it,
    /// which is its own where none does.
    /// </summary>
    public int CloseGroup(int start)
    {
        int length = _types.Count - start;
        int encodingStart = _encodings.Count;
        for (int i = start; i < _types.Count; i++) Encode(_types[i], start);
        HashCode hash = default;
        hash.AddBytes(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_encodings)[encodingStart..]));
        GroupKey key = new(hash.ToHashCode(), encodingStart, _encodings.Count - encodingStart);
        if (_groups.TryGetValue(key, out int first))
        {
            _encodings.RemoveRange(encodingStart, _encodings.Count - encodingStart);
            for (int i = 0; i < length; i++)
            {
                _canonical[start + i] = first + i;
                _types[start + i] = _types[first + i];
            }

            return first;
        }

        _groups.Add(key, start);
        for (int i = start; i < _types.Count; i++) (_types[i].GroupStart, _types[i].GroupLength) = (start, length);
        return start;
    }

    /// <summary>Removes the last types, which have turned out to be there already.</summary>
    public void RemoveFrom(int start)
    {
        _types.RemoveRange(start, _types.Count - start);
        _canonical.RemoveRange(start, _canonical.Count - start);
    }

    /// <summary>Whether a value of one type may stand where the other is expected.</summary>
    public bool Matches(ValueType type, ValueType expected)
    {
        if (type == expected || type == ValueType.Bottom) return true;
        if (!type.IsReference || !expected.IsReference) return false;
        return (!type.IsNullable || expected.IsNullable) && Matches(type.Heap, expected.Heap);
    }

    /// <summary>Whether a heap type is the other or a subtype of it.</summary>
    public bool Matches(HeapType type, HeapType expected)
    {
        if (type.Equals(expected) || type.Equals(HeapType.Bottom)) return true;
        if (!expected.IsAbstract)
        {
            if (type.IsAbstract) return type.Equals(BottomOf(expected));
            // A chain is no longer than the profile's limit on the depth of subtyping.
            for (int i = _types[(int)type.TypeIndex].Supertype; i >= 0; i = _types[i].Supertype)
                if (i == (int)expected.TypeIndex) return true;
            return false;
        }

        // Concrete types stand directly below func, struct or array.
        HeapType above = type.IsAbstract ? type : AbstractOf((int)type.TypeIndex);
        return above.Equals(expected) || IsBelow(above, expected);
    }

    /// <summary>The top of the hierarchy that a heap type is in: any, func, extern or exn.</summary>
    public HeapType TopOf(HeapType heap)
    {
        HeapType abstractType = heap.IsAbstract ? heap : AbstractOf((int)heap.TypeIndex);
        return abstractType.Code switch
        {
            0x70 or 0x73 => HeapType.Func,
            0x6F or 0x72 => HeapType.Extern,
            0x69 or 0x74 => HeapType.Exn,
            _ => HeapType.Any,
        };
    }

    private HeapType BottomOf(HeapType concrete) => _types[(int)concrete.TypeIndex].Kind == TypeKind.Function ? HeapType.NoFunc : HeapType.None;

    private HeapType AbstractOf(int index) => _types[index].Kind switch
    {
        TypeKind.Function => HeapType.Func,
        TypeKind.Struct => HeapType.Struct,
        _ => HeapType.Array,
    };

    private static bool IsBelow(HeapType type, HeapType expected) => expected.Code switch
    {
        0x6E => type.Code is 0x6D or 0x6C or 0x6B or 0x6A or 0x71,
        0x6D => type.Code is 0x6C or 0x6B or 0x6A or 0x71,
        0x6C or 0x6B or 0x6A => type.Code == 0x71,
        0x70 => type.Code == 0x73,
        0x6F => type.Code == 0x72,
        0x69 => type.Code == 0x74,
        _ => false,
    };

    private void Encode(DefinedType type, int groupStart)
    {
        _encodings.Add((ulong)type.Kind | (type.IsFinal ? 4UL : 0));
        _encodings.Add(type.Supertype >= groupStart ? RelativeReference | (uint)(type.Supertype - groupStart) : (ulong)(type.Supertype + 1));
        if (type.Function is FunctionType function)
        {
            _encodings.Add((ulong)function.Parameters.Length);
            foreach (ValueType parameter in function.Parameters) _encodings.Add(Encode(parameter, groupStart));
            _encodings.Add((ulong)function.Results.Length);
            foreach (ValueType result in function.Results) _encodings.Add(Encode(result, groupStart));
            return;
        }

        _encodings.Add((ulong)type.Fields.Length);
        foreach (FieldType field in type.Fields) _encodings.Add(Encode(field.Storage, groupStart) | (field.IsMutable ? 2 * RelativeReference : 0));
    }

    private static ulong Encode(ValueType type, int groupStart)
    {
        if (!type.IsReference || type.Heap.IsAbstract || type.Heap.TypeIndex < (uint)groupStart) return (uint)type.GetHashCode();
        ValueType relative = ValueType.Reference(HeapType.Concrete(type.Heap.TypeIndex - (uint)groupStart), type.IsNullable);
        return RelativeReference | (uint)relative.GetHashCode();
    }

    private readonly record struct GroupKey(int Hash, int Start, int Length);

    private sealed class GroupComparer(List<ulong> encodings) : IEqualityComparer<GroupKey>
    {
        public bool Equals(GroupKey a, GroupKey b)
        {
            ReadOnlySpan<ulong> all = CollectionsMarshal.AsSpan(encodings);
            return a.Hash == b.Hash && all.Slice(a.Start, a.Length).SequenceEqual(all.Slice(b.Start, b.Length));
        }

        public int GetHashCode(GroupKey key) => key.Hash;
    }
}
