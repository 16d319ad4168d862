namespace ContractVm.Fuzz;

/// <summary>A value type in a generated module.</summary>
/// <param name="Number">Code of a number or vector type; 0 for a reference.</param>
/// <param name="IsNullable">The reference may be null.</param>
/// <param name="Heap">A type index, or a negative code of an abstract heap type.</param>
internal readonly record struct GeneratedType(byte Number, bool IsNullable, int Heap)
{
    public const int Func = -0x70, Extern = -0x6F, Any = -0x6E, Eq = -0x6D, I31 = -0x6C, Struct = -0x6B, Array = -0x6A, Exn = -0x69;
    public const int None = -0x71, NoExtern = -0x72, NoFunc = -0x73, NoExn = -0x74;

    public static readonly GeneratedType I32 = new(0x7F, false, 0), I64 = new(0x7E, false, 0), F32 = new(0x7D, false, 0), F64 = new(0x7C, false, 0), V128 = new(0x7B, false, 0);

    public static GeneratedType Ref(int heap, bool nullable = true) => new(0, nullable, heap);

    public bool IsReference => Number == 0;
    public bool IsDefaultable => Number != 0 || IsNullable;
}

/// <summary>A field of a generated struct or the elements of an array.</summary>
/// <param name="Type">Type as an operand.</param>
/// <param name="Packed">Code of the packed type; 0 for none.</param>
/// <param name="IsMutable">May be set.</param>
internal readonly record struct GeneratedField(GeneratedType Type, byte Packed, bool IsMutable);

/// <summary>A type of a generated module.</summary>
internal sealed record GeneratedDefinition(TypeKind Kind, GeneratedType[] Parameters, GeneratedType[] Results, GeneratedField[] Fields, int Super, bool IsFinal);
