using System;

namespace ContractVm.Linking;

/// <summary>
/// One type index space for modules that are linked with one another (WebAssembly 3.0, "External Typing"): every recursive
/// group of every module stands in it once, so that types of different modules are equal where their indices here are.
/// Not safe for concurrent use while modules are added.
/// </summary>
internal sealed class SharedTypes
{
    private readonly TypeSpace _space;

    /// <summary>Makes an empty space.</summary>
    public SharedTypes() => _space = new TypeSpace();

    /// <summary>Makes a space that starts as a module's own: that module's indices stay as they are.</summary>
    public SharedTypes(TypeSpace first) => _space = new TypeSpace(first);

    /// <summary>Types that stand here.</summary>
    public TypeSpace Space => _space;

    /// <summary>Adds a module's types; the result gives for each canonical type index of the module the index here.</summary>
    public int[] Add(Module module)
    {
        int[] mapping = new int[module.TypeSpace.Count];
        for (int i = 0; i < mapping.Length; i++)
        {
            if (module.TypeSpace.Canonical(i) != i)
            {
                mapping[i] = mapping[module.TypeSpace.Canonical(i)];
                continue;
            }

            int length = module.TypeSpace[i].GroupLength, start = _space.Count;
            for (int k = 0; k < length; k++) mapping[i + k] = start + k;
            for (int k = 0; k < length; k++) _space.Add(Map(module.TypeSpace[i + k], mapping));
            int found = _space.CloseGroup(start);
            if (found != start) _space.RemoveFrom(start);
            for (int k = 0; k < length; k++) mapping[i + k] = found + k;
            i += length - 1;
        }

        return mapping;
    }

    /// <summary>A value type of a module as a type of this space.</summary>
    public static ValueType Map(ValueType type, ReadOnlySpan<int> mapping) =>
        type.IsReference && !type.Heap.IsAbstract
            ? ValueType.Reference(HeapType.Concrete((uint)mapping[(int)type.Heap.TypeIndex]), type.IsNullable)
            : type;

    private static DefinedType Map(DefinedType type, int[] mapping)
    {
        FunctionType? function = type.Function is null ? null : FunctionType.Adopt(Map(type.Function.Parameters, mapping), Map(type.Function.Results, mapping));
        FieldType[] fields = type.Fields.ToArray();
        for (int i = 0; i < fields.Length; i++) fields[i] = fields[i] with { Storage = Map(fields[i].Storage, mapping) };
        return new DefinedType(type.Kind, type.IsFinal, type.Supertype < 0 ? -1 : mapping[type.Supertype], function, fields) { Depth = type.Depth };
    }

    private static ValueType[] Map(ReadOnlySpan<ValueType> types, int[] mapping)
    {
        ValueType[] mapped = types.ToArray();
        for (int i = 0; i < mapped.Length; i++) mapped[i] = Map(mapped[i], mapping);
        return mapped;
    }
}
