using System;
using System.Globalization;
using System.Linq;

namespace ContractVm.Cli.Abi;

/// <summary>Families of types.</summary>
internal enum AbiKind : byte
{
    /// <summary>20 bytes.</summary>
    Address,
    /// <summary>True or false.</summary>
    Bool,
    /// <summary>Unsigned integer of a number of bits.</summary>
    Uint,
    /// <summary>Signed integer of a number of bits.</summary>
    Int,
    /// <summary>A fixed number of bytes, 1 to 32.</summary>
    FixedBytes,
    /// <summary>Any number of bytes.</summary>
    Bytes,
    /// <summary>UTF-8 text.</summary>
    String,
    /// <summary>Elements of one type, of a fixed or any number.</summary>
    Array,
    /// <summary>Values of different types in a row.</summary>
    Tuple,
}

/// <summary>A type of the contract ABI (Solidity's "Contract ABI Specification"). Immutable.</summary>
internal sealed class AbiType
{
    /// <summary>Words that the fixed part of a type may have: keeps a type like uint8[65536][65536] from asking for them.</summary>
    public const int MostHeadWords = 1 << 16;

    private AbiType(AbiKind kind, int size, AbiType[] components, bool isDynamic, int headWords)
    {
        Kind = kind;
        Size = size;
        Components = components;
        IsDynamic = isDynamic;
        HeadWords = headWords;
    }

    /// <summary>Its family.</summary>
    public AbiKind Kind { get; }
    /// <summary>Bits of an integer, bytes of fixed bytes, elements of an array (-1 for any number).</summary>
    public int Size { get; }
    /// <summary>The types of a tuple; the one element type of an array.</summary>
    public AbiType[] Components { get; }
    /// <summary>Its length depends on the value, so it is encoded behind an offset.</summary>
    public bool IsDynamic { get; }
    /// <summary>Words in the head of the surrounding tuple: 1 for the offset of a dynamic type.</summary>
    public int HeadWords { get; }

    /// <summary>A type without parts.</summary>
    public static AbiType Elementary(AbiKind kind, int size = 0) => new(kind, size, [], kind is AbiKind.Bytes or AbiKind.String, 1);

    /// <summary>An array; any number of elements where the length is -1.</summary>
    /// <exception cref="AbiException">It is too large.</exception>
    public static AbiType ArrayOf(AbiType element, int length)
    {
        bool isDynamic = length < 0 || element.IsDynamic;
        return new AbiType(AbiKind.Array, length, [element], isDynamic, isDynamic ? 1 : Words((long)element.HeadWords * length));
    }

    /// <summary>A tuple.</summary>
    /// <exception cref="AbiException">It is too large.</exception>
    public static AbiType TupleOf(AbiType[] components)
    {
        bool isDynamic = components.Any(component => component.IsDynamic);
        return new AbiType(AbiKind.Tuple, 0, components, isDynamic, isDynamic ? 1 : Words(components.Sum(component => (long)component.HeadWords)));
    }

    /// <summary>The canonical name, as selectors are computed from it.</summary>
    public override string ToString() => Kind switch
    {
        AbiKind.Address => "address",
        AbiKind.Bool => "bool",
        AbiKind.Uint => string.Create(CultureInfo.InvariantCulture, $"uint{Size}"),
        AbiKind.Int => string.Create(CultureInfo.InvariantCulture, $"int{Size}"),
        AbiKind.FixedBytes => string.Create(CultureInfo.InvariantCulture, $"bytes{Size}"),
        AbiKind.Bytes => "bytes",
        AbiKind.String => "string",
        AbiKind.Array => Size < 0 ? $"{Components[0]}[]" : string.Create(CultureInfo.InvariantCulture, $"{Components[0]}[{Size}]"),
        _ => $"({string.Join(',', Components.Select(component => component.ToString()))})",
    };

    private static int Words(long words) =>
        words <= MostHeadWords ? (int)words : throw new AbiException(string.Create(CultureInfo.InvariantCulture, $"the type has {words} words, more than {MostHeadWords}"));
}
