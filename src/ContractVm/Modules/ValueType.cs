using System;

namespace ContractVm;

/// <summary>
/// A value type (WebAssembly 3.0, syntax, "Value Types"), in 32 bits: the low byte is the binary format's code of a number or
/// vector type, or 0x64 and 0x63 for non-null and nullable references; the upper 24 bits are a reference's heap type.
/// </summary>
public readonly struct ValueType : IEquatable<ValueType>
{
    private const byte ReferenceCode = 0x64, NullableCode = 0x63;
    private const uint AbstractHeap = 0xFFFF00;
    private readonly uint _bits;

    private ValueType(uint bits) => _bits = bits;

    /// <summary>32-bit integer.</summary>
    public static ValueType I32 { get; } = new(0x7F);
    /// <summary>64-bit integer.</summary>
    public static ValueType I64 { get; } = new(0x7E);
    /// <summary>32-bit float.</summary>
    public static ValueType F32 { get; } = new(0x7D);
    /// <summary>64-bit float.</summary>
    public static ValueType F64 { get; } = new(0x7C);
    /// <summary>128-bit vector.</summary>
    public static ValueType V128 { get; } = new(0x7B);
    /// <summary>Packed 8-bit integer: only as the storage of a field, never of an operand.</summary>
    public static ValueType I8 { get; } = new(0x78);
    /// <summary>Packed 16-bit integer: only as the storage of a field, never of an operand.</summary>
    public static ValueType I16 { get; } = new(0x77);
    /// <summary>Nullable reference to any function.</summary>
    public static ValueType FuncRef { get; } = Reference(HeapType.Func, nullable: true);
    /// <summary>Nullable reference of the embedder.</summary>
    public static ValueType ExternRef { get; } = Reference(HeapType.Extern, nullable: true);
    /// <summary>The unknown type of operands in unreachable code; a subtype of every type. Validation only.</summary>
    internal static ValueType Bottom { get; } = new(0);
    /// <summary>A non-null reference of unknown heap type, as ref.as_non_null leaves it in unreachable code. Validation only.</summary>
    internal static ValueType BottomReference { get; } = Reference(HeapType.Bottom, nullable: false);

    /// <summary>A reference type.</summary>
    public static ValueType Reference(HeapType heap, bool nullable) =>
        new((nullable ? NullableCode : ReferenceCode) | (heap.IsAbstract ? AbstractHeap | heap.Code : heap.TypeIndex) << 8);

    /// <summary>The number or vector type with this code of the binary format, if there is one.</summary>
    internal static bool TryFromNumericCode(byte code, out ValueType type)
    {
        type = new ValueType(code);
        return code is >= 0x7B and <= 0x7F;
    }

    /// <summary>True for reference types.</summary>
    public bool IsReference => (byte)_bits is ReferenceCode or NullableCode;
    /// <summary>True for storage types that are no value types.</summary>
    public bool IsPacked => (byte)_bits is 0x78 or 0x77;
    /// <summary>True where a local of this type has an initial value: numbers, vectors and nullable references.</summary>
    public bool IsDefaultable => (byte)_bits != ReferenceCode;
    /// <summary>True for f32 and f64.</summary>
    public bool IsFloat => (byte)_bits is 0x7D or 0x7C;
    /// <summary>True for nullable references.</summary>
    public bool IsNullable => (byte)_bits == NullableCode;
    /// <summary>The heap type of a reference.</summary>
    public HeapType Heap
    {
        get
        {
            uint heap = _bits >> 8;
            return (heap & AbstractHeap) == AbstractHeap ? HeapType.Abstract((byte)heap) : HeapType.Concrete(heap);
        }
    }

    /// <inheritdoc/>
    public bool Equals(ValueType other) => _bits == other._bits;
    /// <inheritdoc/>
    public override bool Equals(object? other) => other is ValueType type && Equals(type);
    /// <inheritdoc/>
    public override int GetHashCode() => (int)_bits;
    /// <summary>Same type.</summary>
    public static bool operator ==(ValueType left, ValueType right) => left._bits == right._bits;
    /// <summary>Different types.</summary>
    public static bool operator !=(ValueType left, ValueType right) => left._bits != right._bits;

    /// <summary>The type as the text format writes it.</summary>
    public override string ToString() => (byte)_bits switch
    {
        0x7F => "i32",
        0x7E => "i64",
        0x7D => "f32",
        0x7C => "f64",
        0x7B => "v128",
        0x78 => "i8",
        0x77 => "i16",
        0 => "unknown",
        _ when IsNullable && Heap.IsAbstract => Heap.Shorthand,
        _ => IsNullable ? $"(ref null {Heap})" : $"(ref {Heap})",
    };
}

/// <summary>A heap type: abstract (func, extern, …) or an index of the module's type section.</summary>
public readonly struct HeapType : IEquatable<HeapType>
{
    private readonly uint _value;
    private const uint AbstractFlag = 0x8000_0000;

    private HeapType(uint value) => _value = value;

    /// <summary>All functions.</summary>
    public static HeapType Func => Abstract(0x70);
    /// <summary>All embedder references.</summary>
    public static HeapType Extern => Abstract(0x6F);
    /// <summary>All internal references.</summary>
    public static HeapType Any => Abstract(0x6E);
    /// <summary>Internal references that can be compared.</summary>
    public static HeapType Eq => Abstract(0x6D);
    /// <summary>Unboxed 31-bit integers.</summary>
    public static HeapType I31 => Abstract(0x6C);
    /// <summary>All structs.</summary>
    public static HeapType Struct => Abstract(0x6B);
    /// <summary>All arrays.</summary>
    public static HeapType Array => Abstract(0x6A);
    /// <summary>All exceptions.</summary>
    public static HeapType Exn => Abstract(0x69);
    /// <summary>No internal reference.</summary>
    public static HeapType None => Abstract(0x71);
    /// <summary>No embedder reference.</summary>
    public static HeapType NoExtern => Abstract(0x72);
    /// <summary>No function.</summary>
    public static HeapType NoFunc => Abstract(0x73);
    /// <summary>No exception.</summary>
    public static HeapType NoExn => Abstract(0x74);
    /// <summary>The unknown heap type: a subtype of every heap type. Validation only.</summary>
    internal static HeapType Bottom => Abstract(0);

    internal static HeapType Abstract(byte code) => new(AbstractFlag | code);
    internal static HeapType Concrete(uint typeIndex) => new(typeIndex);

    /// <summary>True for an abstract heap type.</summary>
    public bool IsAbstract => (_value & AbstractFlag) != 0;
    /// <summary>The binary format's code of an abstract heap type.</summary>
    public byte Code => (byte)_value;
    /// <summary>The type index of a concrete heap type.</summary>
    public uint TypeIndex => _value;

    /// <inheritdoc/>
    public bool Equals(HeapType other) => _value == other._value;
    /// <inheritdoc/>
    public override bool Equals(object? other) => other is HeapType type && Equals(type);
    /// <inheritdoc/>
    public override int GetHashCode() => (int)_value;

    /// <summary>The heap type as the text format writes it.</summary>
    public override string ToString() => IsAbstract ? Names[Code].Name : _value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The text format's word for a nullable reference to this abstract heap type.</summary>
    internal string Shorthand => Names[Code].Shorthand;

    /// <summary>True for the codes of abstract heap types in the binary format.</summary>
    internal static bool IsAbstractCode(byte code) => code is >= 0x69 and <= 0x74;

    private static readonly (string Name, string Shorthand)[] Names = BuildNames();

    private static (string Name, string Shorthand)[] BuildNames()
    {
        (string Name, string Shorthand)[] names = new (string, string)[256];
        System.Array.Fill(names, ("unknown", "(ref null unknown)"));
        names[0x70] = ("func", "funcref");
        names[0x6F] = ("extern", "externref");
        names[0x6E] = ("any", "anyref");
        names[0x6D] = ("eq", "eqref");
        names[0x6C] = ("i31", "i31ref");
        names[0x6B] = ("struct", "structref");
        names[0x6A] = ("array", "arrayref");
        names[0x69] = ("exn", "exnref");
        names[0x71] = ("none", "nullref");
        names[0x72] = ("noextern", "nullexternref");
        names[0x73] = ("nofunc", "nullfuncref");
        names[0x74] = ("noexn", "nullexnref");
        return names;
    }
}
