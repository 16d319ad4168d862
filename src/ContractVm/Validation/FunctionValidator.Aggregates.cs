using System;
using ContractVm.Binary;

namespace ContractVm.Validation;

/// <summary>Structs, arrays, i31 and casts (WebAssembly 3.0, validation, "Aggregate Reference Instructions").</summary>
internal sealed partial class FunctionValidator
{
    private static readonly ValueType ArrayReference = ValueType.Reference(HeapType.Array, nullable: true);
    private static readonly ValueType I31Reference = ValueType.Reference(HeapType.I31, nullable: true);

    private void ValidateAggregate(ref ByteReader reader, OpcodeInfo info, int offset, ref uint operands)
    {
        switch (info.Opcode)
        {
            case Opcode.StructNew or Opcode.StructNewDefault or Opcode.StructGet or Opcode.StructGetS or Opcode.StructGetU or Opcode.StructSet:
                ValidateStruct(ref reader, info, offset, ref operands);
                break;
            case Opcode.ArrayLen:
                Pop(ref reader, ArrayReference, offset);
                Push(ValueType.I32);
                break;
            case Opcode.RefI31:
                Pop(ref reader, ValueType.I32, offset);
                Push(ValueType.Reference(HeapType.I31, nullable: false));
                break;
            case Opcode.I31GetS or Opcode.I31GetU:
                Pop(ref reader, I31Reference, offset);
                Push(ValueType.I32);
                break;
            case Opcode.RefTest or Opcode.RefTestNull or Opcode.RefCast or Opcode.RefCastNull:
                bool isNullable = info.Opcode is Opcode.RefTestNull or Opcode.RefCastNull;
                ValueType tested = ValueType.Reference(TypeReader.ReadHeapType(ref reader, _module, info.Name), isNullable);
                // Anything of the same hierarchy can be tested.
                Pop(ref reader, ValueType.Reference(_types.TopOf(tested.Heap), nullable: true), offset);
                Push(info.Opcode is Opcode.RefTest or Opcode.RefTestNull ? ValueType.I32 : tested);
                break;
            case Opcode.BrOnCast or Opcode.BrOnCastFail:
                ValidateBranchOnCast(ref reader, info, offset);
                break;
            case Opcode.AnyConvertExtern:
                Convert(ref reader, ValueType.ExternRef, HeapType.Any, offset);
                break;
            case Opcode.ExternConvertAny:
                Convert(ref reader, ValueType.Reference(HeapType.Any, nullable: true), HeapType.Extern, offset);
                break;
            default:
                ValidateArray(ref reader, info, offset, ref operands);
                break;
        }
    }

    private void ValidateStruct(ref ByteReader reader, OpcodeInfo info, int offset, ref uint operands)
    {
        int index = TypeReader.ReadTypeIndex(ref reader, _module, info.Name);
        DefinedType type = _types[index];
        if (type.Kind != TypeKind.Struct) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name}: type {index} is not a struct");
        HeapType heap = HeapType.Concrete((uint)index);
        if (info.Opcode is Opcode.StructNew or Opcode.StructNewDefault)
        {
            bool isDefault = info.Opcode == Opcode.StructNewDefault;
            // Asked once for each type: a few bytes name thousands of fields.
            if (isDefault && type.FirstWithoutDefault >= 0) RequireDefault(ref reader, type.Fields[type.FirstWithoutDefault], info, offset);
            for (int i = type.Fields.Length - 1; !isDefault && i >= 0 && !IsEmptyAndUnreachable; i--) Pop(ref reader, type.Fields[i].Unpacked, offset);

            // What an object takes is paid with it.
            operands = (uint)type.ContentWords;
            Push(ValueType.Reference(heap, nullable: false));
            return;
        }

        uint fieldIndex = reader.ReadU32("a field index");
        if (fieldIndex >= (uint)type.Fields.Length) throw reader.Error(ModuleErrorCode.UnknownField, offset, $"field {fieldIndex} of {type.Fields.Length}");
        FieldType field = type.Fields[(int)fieldIndex];
        if (info.Opcode == Opcode.StructSet)
        {
            RequireMutable(ref reader, field, info, offset);
            Pop(ref reader, field.Unpacked, offset);
            Pop(ref reader, ValueType.Reference(heap, nullable: true), offset);
            return;
        }

        RequirePacking(ref reader, field, info, isSignGiven: info.Opcode != Opcode.StructGet, offset);
        Pop(ref reader, ValueType.Reference(heap, nullable: true), offset);
        Push(field.Unpacked);
    }

    private void ValidateArray(ref ByteReader reader, OpcodeInfo info, int offset, ref uint operands)
    {
        int index = ReadArrayType(ref reader, info, offset, out FieldType element);
        ValueType reference = ValueType.Reference(HeapType.Concrete((uint)index), nullable: true);
        ValueType made = ValueType.Reference(HeapType.Concrete((uint)index), nullable: false);
        // New arrays are priced by the byte.
        if (info.Opcode is Opcode.ArrayNew or Opcode.ArrayNewDefault or Opcode.ArrayNewData or Opcode.ArrayNewElem) _unitScale = element.ElementBytes;
        switch (info.Opcode)
        {
            case Opcode.ArrayNew:
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, element.Unpacked, offset);
                Push(made);
                break;
            case Opcode.ArrayNewDefault:
                RequireDefault(ref reader, element, info, offset);
                Pop(ref reader, ValueType.I32, offset);
                Push(made);
                break;
            case Opcode.ArrayNewFixed:
                uint count = reader.ReadU32("a number of elements");
                ProfileGate.Demand(ref reader, _module, Limit.FixedArrayElements, count, offset);
                for (uint i = 0; i < count && !IsEmptyAndUnreachable; i++) Pop(ref reader, element.Unpacked, offset);
                Push(made);
                operands = count;
                break;
            case Opcode.ArrayNewData:
                RequireNumbers(ref reader, element, info, offset);
                ReadData(ref reader, offset);
                PopIndices(ref reader, 2, offset);
                Push(made);
                break;
            case Opcode.ArrayNewElem:
                RequireElements(ref reader, element, info, offset);
                PopIndices(ref reader, 2, offset);
                Push(made);
                break;
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU:
                RequirePacking(ref reader, element, info, isSignGiven: info.Opcode != Opcode.ArrayGet, offset);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, reference, offset);
                Push(element.Unpacked);
                break;
            case Opcode.ArraySet:
                RequireMutable(ref reader, element, info, offset);
                Pop(ref reader, element.Unpacked, offset);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, reference, offset);
                break;
            case Opcode.ArrayFill:
                RequireMutable(ref reader, element, info, offset);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, element.Unpacked, offset);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, reference, offset);
                break;
            case Opcode.ArrayCopy:
                int source = ReadArrayType(ref reader, info, offset, out FieldType copied);
                RequireMutable(ref reader, element, info, offset);
                if (copied.Storage != element.Storage && !_types.Matches(copied.Storage, element.Storage))
                    throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"array.copy from {copied.Storage} to {element.Storage}");
                PopIndices(ref reader, 2, offset);
                Pop(ref reader, ValueType.Reference(HeapType.Concrete((uint)source), nullable: true), offset);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, reference, offset);
                break;
            case Opcode.ArrayInitData:
                RequireMutable(ref reader, element, info, offset);
                RequireNumbers(ref reader, element, info, offset);
                ReadData(ref reader, offset);
                PopIndices(ref reader, 3, offset);
                Pop(ref reader, reference, offset);
                break;
            case Opcode.ArrayInitElem:
                RequireMutable(ref reader, element, info, offset);
                RequireElements(ref reader, element, info, offset);
                PopIndices(ref reader, 3, offset);
                Pop(ref reader, reference, offset);
                break;
            default:
                throw new InvalidOperationException($"{info.Name} is accepted but not validated");
        }
    }

    private void ValidateBranchOnCast(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        byte flags = reader.ReadByte("cast flags");
        if (flags > 3) throw reader.Error(ModuleErrorCode.BadFlags, offset, $"cast flags {flags} are unknown");
        ReadOnlySpan<ValueType> types = ReadLabel(ref reader, offset).LabelTypes;
        ValueType from = ValueType.Reference(TypeReader.ReadHeapType(ref reader, _module, info.Name), (flags & 1) != 0);
        ValueType to = ValueType.Reference(TypeReader.ReadHeapType(ref reader, _module, info.Name), (flags & 2) != 0);
        if (!_types.Matches(to, from)) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name}: {to} is not below {from}");
        // What is left when the cast fails: null is gone where the target would have taken it.
        ValueType rest = ValueType.Reference(from.Heap, from.IsNullable && !to.IsNullable);
        (ValueType branched, ValueType stays) = info.Opcode == Opcode.BrOnCast ? (to, rest) : (rest, to);
        if (types.Length == 0 || !_types.Matches(branched, types[^1]))
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name} gives {branched}, which its label does not take");
        Pop(ref reader, from, offset);
        Pop(ref reader, types[..^1], offset);
        Push(ref reader, types[..^1], offset);
        Push(stays);
    }

    private void Convert(ref ByteReader reader, ValueType from, HeapType to, int offset)
    {
        ValueType reference = PopReference(ref reader, offset);
        if (!_types.Matches(reference, from)) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"an operand is {reference}, expected {from}");
        Push(ValueType.Reference(to, reference.IsNullable));
    }

    private int ReadArrayType(ref ByteReader reader, OpcodeInfo info, int offset, out FieldType element)
    {
        int index = TypeReader.ReadTypeIndex(ref reader, _module, info.Name);
        DefinedType type = _types[index];
        if (type.Kind != TypeKind.Array) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name}: type {index} is not an array");
        element = type.Fields[0];
        return index;
    }

    private void PopIndices(ref ByteReader reader, int count, int offset)
    {
        for (int i = 0; i < count; i++) Pop(ref reader, ValueType.I32, offset);
    }

    private static void RequireMutable(ref ByteReader reader, FieldType field, OpcodeInfo info, int offset)
    {
        if (!field.IsMutable) throw reader.Error(ModuleErrorCode.ImmutableField, offset, $"{info.Name} of an immutable field");
    }

    private static void RequirePacking(ref ByteReader reader, FieldType field, OpcodeInfo info, bool isSignGiven, int offset)
    {
        if (field.Storage.IsPacked != isSignGiven) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name} of a field of {field.Storage}");
    }

    private static void RequireDefault(ref ByteReader reader, FieldType field, OpcodeInfo info, int offset)
    {
        if (!field.Storage.IsDefaultable) throw reader.Error(ModuleErrorCode.NotDefaultable, offset, $"{info.Name}: {field.Storage} has no default");
    }

    private static void RequireNumbers(ref ByteReader reader, FieldType field, OpcodeInfo info, int offset)
    {
        if (field.Storage.IsReference) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name} of an array of {field.Storage}");
    }

    private void RequireElements(ref ByteReader reader, FieldType field, OpcodeInfo info, int offset)
    {
        ElementSegment segment = ReadElement(ref reader, offset);
        if (!_types.Matches(segment.Type, field.Storage))
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name} of {segment.Type} into an array of {field.Storage}");
    }
}
