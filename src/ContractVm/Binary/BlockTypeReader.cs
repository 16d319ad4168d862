namespace ContractVm.Binary;

/// <summary>Reads the types of blocks of validated code.</summary>
internal static class BlockTypeReader
{
    private const byte EmptyBlock = 0x40, ReferenceCode = 0x64, NullableCode = 0x63;
    private static readonly FunctionType NoType = new([], []);
    // By the code of the type, from v128 to i32; what is below is a reference, one of which stands for all: their heap types do not matter to engines.
    private static readonly FunctionType[] OneResult =
        [new([], [ValueType.V128]), new([], [ValueType.F64]), new([], [ValueType.F32]), new([], [ValueType.I64]), new([], [ValueType.I32])];
    private static readonly FunctionType OneReference = new([], [ValueType.FuncRef]);

    /// <summary>The type of a block whose block type comes next.</summary>
    public static FunctionType Read(ref ByteReader reader, TypeSpace types)
    {
        long code = reader.ReadS33("a block type");
        if (code >= 0) return types[(int)code].Function!;
        byte first = (byte)(code & 0x7F);
        if (first == EmptyBlock) return NoType;
        // (ref ht) and (ref null ht) go on with a heap type.
        if (first is ReferenceCode or NullableCode) reader.ReadS33("a heap type");
        return ValueType.TryFromNumericCode(first, out _) ? OneResult[first - 0x7B] : OneReference;
    }
}
