using System;

namespace ContractVm.Binary;

/// <summary>
/// Reads types (WebAssembly 3.0, binary format, "Types") and notes the features that they use. Type indices become canonical
/// as they are read, so that equal types have equal bits.
/// </summary>
internal static class TypeReader
{
    /// <summary>Reads a value type.</summary>
    public static ValueType ReadValueType(ref ByteReader reader, Module module, string what)
    {
        int start = reader.Position;
        byte code = reader.ReadByte(what);
        if (ValueType.TryFromNumericCode(code, out ValueType type))
        {
            if (type == ValueType.V128) ProfileGate.Require(ref reader, module, Features.Simd, start, what);
            if (type.IsFloat) ProfileGate.Require(ref reader, module, Features.Floats, start, what);
            return type;
        }

        // funcref is part of 1.0 as an element type only; as a value it came with reference types.
        if (code == 0x70) ProfileGate.Require(ref reader, module, Features.ReferenceTypes, start, what);
        return ReferenceTypeOf(ref reader, module, code, start, what);
    }

    /// <summary>Reads a reference type of a table or an element segment.</summary>
    public static ValueType ReadReferenceType(ref ByteReader reader, Module module, string what)
    {
        int start = reader.Position;
        return ReferenceTypeOf(ref reader, module, reader.ReadByte(what), start, what);
    }

    /// <summary>Reads a heap type: a code of one byte, or a type index as a positive s33.</summary>
    public static HeapType ReadHeapType(ref ByteReader reader, Module module, string what)
    {
        int start = reader.Position;
        byte first = reader.PeekByte();
        if (HeapType.IsAbstractCode(first))
        {
            reader.ReadByte(what);
            ProfileGate.Require(ref reader, module, FeatureOf(first), start, what);
            return HeapType.Abstract(first);
        }

        long index = reader.ReadS33(what);
        if (index < 0) throw reader.Error(ModuleErrorCode.BadType, start, $"{what}: 0x{first:x2} is not a heap type");
        return HeapType.Concrete((uint)TypeIndex(ref reader, module, (ulong)index, start));
    }

    /// <summary>Reads a type index; the result is canonical.</summary>
    public static int ReadTypeIndex(ref ByteReader reader, Module module, string what)
    {
        int start = reader.Position;
        return TypeIndex(ref reader, module, reader.ReadU32(what), start);
    }

    /// <summary>Reads a type index that must name a function type; the result is canonical.</summary>
    public static int ReadFunctionTypeIndex(ref ByteReader reader, Module module, string what)
    {
        int start = reader.Position;
        int index = ReadTypeIndex(ref reader, module, what);
        return module.TypeSpace[index].Kind == TypeKind.Function
            ? index
            : throw reader.Error(ModuleErrorCode.UnknownType, start, $"{what}: type {index} is not a function type");
    }

    /// <summary>Reads the limits of a memory or table with their flags.</summary>
    public static SizeLimits ReadLimits(ref ByteReader reader, Module module, bool isMemory, out bool isShared, out bool is64)
    {
        string what = isMemory ? "memory limits" : "table limits";
        int start = reader.Position;
        byte flags = reader.ReadByte(what);
        if (flags > 7) throw reader.Error(ModuleErrorCode.BadFlags, start, $"{what}: flags 0x{flags:x2} are unknown");
        isShared = (flags & 2) != 0;
        is64 = (flags & 4) != 0;
        if (isShared && !isMemory) throw reader.Error(ModuleErrorCode.BadFlags, start, "a table cannot be shared");
        if (isShared) ProfileGate.Require(ref reader, module, Features.SharedMemory, start, what);
        if (is64) ProfileGate.Require(ref reader, module, Features.Memory64, start, what);
        // 64 bits for every address type (binary format, "Limits"): too large a number is invalid, not malformed.
        ulong minimum = reader.ReadU64(what);
        ulong? maximum = (flags & 1) == 0 ? null : reader.ReadU64(what);
        if (maximum is ulong most && most < minimum) throw reader.Error(ModuleErrorCode.BadLimits, start, $"{what}: the minimum {minimum} is above the maximum {most}");
        ulong ceiling = isMemory ? (is64 ? 1UL << 48 : 1UL << 16) : (is64 ? ulong.MaxValue : uint.MaxValue);
        if (minimum > ceiling || maximum > ceiling) throw reader.Error(ModuleErrorCode.BadLimits, start, $"{what}: more than {ceiling}");
        if (isShared && maximum is null) throw reader.Error(ModuleErrorCode.SharedNeedsMaximum, start, "a shared memory needs a maximum");
        return new SizeLimits(minimum, maximum);
    }

    private static ValueType ReferenceTypeOf(ref ByteReader reader, Module module, byte code, int start, string what)
    {
        if (code is 0x63 or 0x64)
        {
            ProfileGate.Require(ref reader, module, Features.TypedReferences, start, what);
            return ValueType.Reference(ReadHeapType(ref reader, module, what), nullable: code == 0x63);
        }

        if (!HeapType.IsAbstractCode(code)) throw reader.Error(ModuleErrorCode.BadType, start, $"{what}: 0x{code:x2} is not a type that belongs here");
        ProfileGate.Require(ref reader, module, FeatureOf(code), start, what);
        return ValueType.Reference(HeapType.Abstract(code), nullable: true);
    }

    private static Features FeatureOf(byte heapCode) => heapCode switch
    {
        0x70 => Features.Core,
        0x6F => Features.ReferenceTypes,
        0x69 or 0x74 => Features.Exceptions,
        _ => Features.Gc,
    };

    private static int TypeIndex(ref ByteReader reader, Module module, ulong index, int start)
    {
        // While a recursive group is read, its types count before they are there.
        if (index >= (ulong)module.TypeSpaceLimit) throw reader.Error(ModuleErrorCode.UnknownType, start, $"type {index} of {module.TypeSpaceLimit}");
        return (int)index < module.TypeSpace.Count ? module.TypeSpace.Canonical((int)index) : (int)index;
    }
}
