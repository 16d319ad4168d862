using System;

namespace ContractVm.Binary;

/// <summary>
/// Reads the type section (WebAssembly 3.0, binary format, "Recursive Types"; validation, "Types"): groups one after the other,
/// each closed before the next, so that equal groups are found as soon as they are complete.
/// </summary>
internal static class TypeSection
{
    private const byte RecursiveGroup = 0x4E, FinalSubtype = 0x4F, OpenSubtype = 0x50, FunctionForm = 0x60, StructForm = 0x5F, ArrayForm = 0x5E;

    public static void Read(ref ByteReader reader, Module module)
    {
        int groups = reader.ReadCount("the type section");
        for (int i = 0; i < groups; i++)
        {
            int start = reader.Position, first = module.TypeSpace.Count, length = 1;
            if (reader.PeekByte() == RecursiveGroup)
            {
                ProfileGate.Require(ref reader, module, Features.Gc, start, "a recursive group");
                reader.ReadByte("a recursive group");
                length = reader.ReadCount("a recursive group");
            }

            ProfileGate.Check(ref reader, module, Limit.Types, (ulong)first + (ulong)length, start);
            module.TypeSpaceLimit = first + length;
            int[] offsets = length == 1 ? [start] : new int[length];
            for (int k = 0; k < length; k++)
            {
                offsets[k] = reader.Position;
                module.TypeSpace.Add(ReadSubtype(ref reader, module));
            }

            if (module.TypeSpace.CloseGroup(first) != first) continue;
            for (int k = 0; k < length; k++) CheckSupertype(ref reader, module, first + k, offsets[k]);
        }
    }

    private static DefinedType ReadSubtype(ref ByteReader reader, Module module)
    {
        int start = reader.Position;
        byte form = reader.ReadByte("a type");
        bool isFinal = form != OpenSubtype;
        int supertype = -1;
        if (form is OpenSubtype or FinalSubtype)
        {
            ProfileGate.Require(ref reader, module, Features.Gc, start, "a subtype");
            int own = module.TypeSpace.Count;
            int count = reader.ReadCount("supertypes");
            for (int i = 0; i < count; i++)
            {
                int indexOffset = reader.Position;
                uint declared = reader.ReadU32("a supertype");
                if (declared >= (uint)module.TypeSpaceLimit) throw reader.Error(ModuleErrorCode.UnknownType, indexOffset, $"type {declared} of {module.TypeSpaceLimit}");
                if (declared >= (uint)own) throw reader.Error(ModuleErrorCode.BadSubtype, indexOffset, $"the supertype {declared} does not stand before type {own}");
                supertype = module.TypeSpace.Canonical((int)declared);
            }

            if (count > 1) throw reader.Error(ModuleErrorCode.BadSubtype, start, $"{count} supertypes, one is allowed");
            start = reader.Position;
            form = reader.ReadByte("a type");
        }

        switch (form)
        {
            case FunctionForm:
                ValueType[] parameters = ReadTypes(ref reader, module, "parameter types", Limit.Parameters);
                int resultsStart = reader.Position;
                ValueType[] results = ReadTypes(ref reader, module, "result types", Limit.Results);
                if (results.Length > 1) ProfileGate.Require(ref reader, module, Features.MultiValue, resultsStart, "several results");
                return new DefinedType(TypeKind.Function, isFinal, supertype, FunctionType.Adopt(parameters, results), []);
            case StructForm:
                ProfileGate.Require(ref reader, module, Features.Gc, start, "a struct type");
                int count = reader.ReadCount("fields");
                ProfileGate.Check(ref reader, module, Limit.Fields, (ulong)count, start);
                FieldType[] fields = new FieldType[count];
                for (int i = 0; i < count; i++) fields[i] = ReadField(ref reader, module);
                return new DefinedType(TypeKind.Struct, isFinal, supertype, null, fields);
            case ArrayForm:
                ProfileGate.Require(ref reader, module, Features.Gc, start, "an array type");
                return new DefinedType(TypeKind.Array, isFinal, supertype, null, [ReadField(ref reader, module)]);
            default:
                throw reader.Error(ModuleErrorCode.BadType, start, $"0x{form:x2} does not start a type");
        }
    }

    private static ValueType[] ReadTypes(ref ByteReader reader, Module module, string what, Limit limit)
    {
        int start = reader.Position;
        int count = reader.ReadCount(what);
        ProfileGate.Check(ref reader, module, limit, (ulong)count, start);
        ValueType[] types = count == 0 ? [] : new ValueType[count];
        for (int i = 0; i < count; i++) types[i] = TypeReader.ReadValueType(ref reader, module, what);
        return types;
    }

    private static FieldType ReadField(ref ByteReader reader, Module module)
    {
        ValueType storage = reader.PeekByte() switch
        {
            0x78 => ValueType.I8,
            0x77 => ValueType.I16,
            _ => ValueType.Bottom,
        };
        if (storage == ValueType.Bottom) storage = TypeReader.ReadValueType(ref reader, module, "a field's type");
        else reader.ReadByte("a field's type");
        int start = reader.Position;
        byte mutability = reader.ReadByte("a field's mutability");
        if (mutability > 1) throw reader.Error(ModuleErrorCode.BadFlags, start, $"mutability {mutability} is unknown");
        return new FieldType(storage, mutability == 1);
    }

    /// <summary>A declared supertype must be open, and the type must match it (validation, "Subtypes").</summary>
    private static void CheckSupertype(ref ByteReader reader, Module module, int index, int offset)
    {
        DefinedType type = module.TypeSpace[index];
        if (type.Supertype < 0) return;
        DefinedType above = module.TypeSpace[type.Supertype];
        if (above.IsFinal) throw reader.Error(ModuleErrorCode.BadSubtype, offset, $"the supertype {type.Supertype} of type {index} is final");
        type.Depth = above.Depth + 1;
        ProfileGate.Demand(ref reader, module, Limit.SubtypingDepth, (ulong)type.Depth, offset);
        if (!MatchesAbove(module.TypeSpace, type, above))
            throw reader.Error(ModuleErrorCode.BadSubtype, offset, $"type {index} does not match its supertype {type.Supertype}");
    }

    private static bool MatchesAbove(TypeSpace types, DefinedType type, DefinedType above)
    {
        if (type.Kind != above.Kind) return false;
        if (type.Function is FunctionType function)
        {
            // Parameters are contravariant, results covariant.
            ReadOnlySpan<ValueType> parameters = function.Parameters, results = function.Results;
            if (parameters.Length != above.Function!.Parameters.Length || results.Length != above.Function.Results.Length) return false;
            for (int i = 0; i < parameters.Length; i++)
                if (!types.Matches(above.Function.Parameters[i], parameters[i])) return false;
            for (int i = 0; i < results.Length; i++)
                if (!types.Matches(results[i], above.Function.Results[i])) return false;
            return true;
        }

        if (type.Fields.Length < above.Fields.Length) return false;
        for (int i = 0; i < above.Fields.Length; i++)
        {
            FieldType field = type.Fields[i], expected = above.Fields[i];
            // Mutable fields are invariant, immutable ones covariant.
            if (field.IsMutable != expected.IsMutable) return false;
            bool matches = field.IsMutable || field.Storage.IsPacked ? field.Storage == expected.Storage : types.Matches(field.Storage, expected.Storage);
            if (!matches) return false;
        }

        return true;
    }
}
