namespace ContractVm.Binary;

/// <summary>Reads types (WebAssembly 3.0, binary format, "Types") and notes the features that they use.</summary>
internal static class TypeReader
{
    /// <summary>Reads a value type.</summary>
    public static ValueType ReadValueType(ref ByteReader reader, Module module, string what)
    {
        int start = reader.Position;
        byte code = reader.ReadByte(what);
        if (ValueType.TryFromNumericCode(code, out ValueType type))
        {
            if (type == ValueType.V128) FeatureGate.Require(ref reader, module, Features.Simd, start, what);
            if (type.IsFloat) FeatureGate.Require(ref reader, module, Features.Floats, start, what);
            return type;
        }

        // funcref is part of 1.0 as an element type only; as a value it came with reference types.
        if (code == 0x70) FeatureGate.Require(ref reader, module, Features.ReferenceTypes, start, what);
        return ReferenceTypeOf(ref reader, module, code, start, what);
    }

    /// <summary>Reads a reference type of a table, an element segment or ref.null's heap type, which share their codes here.</summary>
    public static ValueType ReadReferenceType(ref ByteReader reader, Module module, string what)
    {
        int start = reader.Position;
        return ReferenceTypeOf(ref reader, module, reader.ReadByte(what), start, what);
    }

    private static ValueType ReferenceTypeOf(ref ByteReader reader, Module module, byte code, int start, string what)
    {
        switch (code)
        {
            case 0x70:
                return ValueType.FuncRef;
            case 0x6F:
                FeatureGate.Require(ref reader, module, Features.ReferenceTypes, start, what);
                return ValueType.ExternRef;
            case 0x63 or 0x64:
                throw FeatureGate.NotAccepted(ref reader, Features.TypedReferences, start, what);
            case >= 0x69 and <= 0x74:
                throw FeatureGate.NotAccepted(ref reader, Features.Gc, start, what);
            default:
                throw reader.Error(ModuleErrorCode.BadType, start, $"{what}: 0x{code:x2} is not a type that belongs here");
        }
    }

    /// <summary>Reads a function type after its 0x60.</summary>
    public static FunctionType ReadFunctionType(ref ByteReader reader, Module module)
    {
        ValueType[] parameters = ReadList(ref reader, module, "parameter types", module.Profile.Limits.Parameters);
        int start = reader.Position;
        ValueType[] results = ReadList(ref reader, module, "result types", module.Profile.Limits.Results);
        if (results.Length > 1) FeatureGate.Require(ref reader, module, Features.MultiValue, start, "several results");
        return new FunctionType(parameters, results);
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
        if (isShared) FeatureGate.Require(ref reader, module, Features.SharedMemory, start, what);
        if (is64) FeatureGate.Require(ref reader, module, Features.Memory64, start, what);
        ulong minimum = is64 ? reader.ReadU64(what) : reader.ReadU32(what);
        ulong? maximum = (flags & 1) == 0 ? null : is64 ? reader.ReadU64(what) : reader.ReadU32(what);
        if (maximum is ulong most && most < minimum) throw reader.Error(ModuleErrorCode.BadLimits, start, $"{what}: the minimum {minimum} is above the maximum {most}");
        ulong ceiling = isMemory ? (is64 ? 1UL << 48 : 1UL << 16) : (is64 ? ulong.MaxValue : uint.MaxValue);
        if (minimum > ceiling || maximum > ceiling) throw reader.Error(ModuleErrorCode.BadLimits, start, $"{what}: more than {ceiling}");
        if (isShared && maximum is null) throw reader.Error(ModuleErrorCode.BadLimits, start, "a shared memory needs a maximum");
        return new SizeLimits(minimum, maximum);
    }

    private static ValueType[] ReadList(ref ByteReader reader, Module module, string what, int limit)
    {
        int start = reader.Position;
        int count = reader.ReadCount(what, int.MaxValue);
        if (count > limit) throw reader.Error(ModuleErrorCode.SignatureLimit, start, $"{count} {what}, the profile allows {limit}");
        ValueType[] types = new ValueType[count];
        for (int i = 0; i < count; i++) types[i] = ReadValueType(ref reader, module, what);
        return types;
    }
}

/// <summary>The one place where features are noted and refused.</summary>
internal static class FeatureGate
{
    /// <summary>Notes that the module uses a feature; refuses it where the profile does not accept it.</summary>
    public static void Require(ref ByteReader reader, Module module, Features feature, int offset, string what)
    {
        if ((module.Profile.Features & feature) != feature) throw NotAccepted(ref reader, feature, offset, what);
        module.UsedFeatures |= feature;
    }

    public static ModuleException NotAccepted(ref ByteReader reader, Features feature, int offset, string what) =>
        reader.Error(ModuleErrorCode.FeatureNotAccepted, offset, $"{what}: the profile does not accept the feature {feature}");
}
