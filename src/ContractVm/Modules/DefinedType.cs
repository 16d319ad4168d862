using System;

namespace ContractVm;

/// <summary>What an entry of the type section describes.</summary>
public enum TypeKind : byte
{
    /// <summary>A function.</summary>
    Function,
    /// <summary>A struct.</summary>
    Struct,
    /// <summary>An array.</summary>
    Array,
}

/// <summary>A field of a struct, or the elements of an array.</summary>
/// <param name="Storage">Type as stored; packed types are allowed here only.</param>
/// <param name="IsMutable">May be set.</param>
public readonly record struct FieldType(ValueType Storage, bool IsMutable)
{
    /// <summary>Type as an operand: packed fields are i32.</summary>
    public ValueType Unpacked => Storage.IsPacked ? ValueType.I32 : Storage;
    /// <summary>Words (64 bits) of it as an operand or a struct's field.</summary>
    internal int Words => Storage == ValueType.V128 ? 2 : 1;
    /// <summary>Bytes of it as an element of an array.</summary>
    internal uint ElementBytes =>
        Storage == ValueType.I8 ? 1u : Storage == ValueType.I16 ? 2u : Storage == ValueType.I32 || Storage == ValueType.F32 ? 4u : Storage == ValueType.V128 ? 16u : 8u;
}

/// <summary>
/// An entry of the type section (WebAssembly 3.0, syntax, "Recursive Types"). Type indices inside are canonical: of equal types
/// the first one's, so that comparing value types compares types. Immutable; safe for concurrent use.
/// </summary>
public sealed class DefinedType
{
    private readonly FieldType[] _fields;
    /// <summary>Where fields begin; null where each takes one word.</summary>
    private readonly int[]? _fieldWords;

    internal DefinedType(TypeKind kind, bool isFinal, int supertype, FunctionType? function, FieldType[] fields)
    {
        Kind = kind;
        IsFinal = isFinal;
        Supertype = supertype;
        Function = function;
        _fields = fields;
        FirstWithoutDefault = Array.FindIndex(fields, static field => !field.Storage.IsDefaultable);
        foreach (FieldType field in fields) ContentWords += field.Words;
        if (ContentWords == fields.Length) return;
        _fieldWords = new int[fields.Length];
        for (int i = 1; i < fields.Length; i++) _fieldWords[i] = _fieldWords[i - 1] + fields[i - 1].Words;
    }

    /// <summary>The word of a struct's contents at which a field begins.</summary>
    internal int FieldWord(int field) => _fieldWords is null ? field : _fieldWords[field];

    /// <summary>Words of a struct's fields.</summary>
    internal int ContentWords { get; }

    /// <summary>What it describes.</summary>
    public TypeKind Kind { get; }
    /// <summary>No type may declare this one as its supertype.</summary>
    public bool IsFinal { get; }
    /// <summary>Canonical index of the declared supertype, or -1.</summary>
    public int Supertype { get; }
    /// <summary>Number of supertypes above it.</summary>
    public int Depth { get; internal set; }
    /// <summary>The function type; null for structs and arrays.</summary>
    public FunctionType? Function { get; }
    /// <summary>A struct's fields; an array's one element type; empty for functions.</summary>
    public ReadOnlySpan<FieldType> Fields => _fields;
    /// <summary>Position of the first field that has no default value, or -1.</summary>
    internal int FirstWithoutDefault { get; }
    /// <summary>Canonical index of the first type of its recursive group.</summary>
    public int GroupStart { get; internal set; }
    /// <summary>Number of types in its recursive group.</summary>
    public int GroupLength { get; internal set; }
}
