using System.Linq;
using static ContractVm.Fuzz.GeneratedType;

namespace ContractVm.Fuzz;

/// <summary>References: tables, structs, arrays, casts.</summary>
public sealed partial class StructureGenerator
{
    /// <summary>A value that lies in a table, a struct or an array.</summary>
    private bool TryLoadReference(GeneratedType type, int depth)
    {
        if (type.IsReference && _random.OneIn(2))
        {
            if (Find(_tables, table => IsSub(table.Element, type)) is not int table) return false;
            Expression(_tables[table].Is64 ? I64 : I32, depth + 1);
            Op(Opcode.TableGet, table);
            return true;
        }

        if (!_options.Has(Features.Gc) || Find(_types, definition => definition.Fields.Any(field => IsSub(field.Type, type))) is not int index) return false;
        GeneratedDefinition found = _types[index];
        int field = System.Array.FindIndex(found.Fields, candidate => IsSub(candidate.Type, type));
        bool isPacked = found.Fields[field].Packed != 0, isSigned = _random.OneIn(2);
        Expression(Ref(index), depth + 1);
        if (found.Kind == TypeKind.Struct)
        {
            Op(isPacked ? isSigned ? Opcode.StructGetS : Opcode.StructGetU : Opcode.StructGet, index);
            PutIndex(field);
            return true;
        }

        Expression(I32, depth + 1);
        Op(isPacked ? isSigned ? Opcode.ArrayGetS : Opcode.ArrayGetU : Opcode.ArrayGet, index);
        return true;
    }

    private bool TryReference(GeneratedType type, int depth)
    {
        if (!_options.Has(Features.Gc))
        {
            if (!_options.Has(Features.TypedReferences) || type.IsNullable) return false;
            Expression(type with { IsNullable = true }, depth + 1);
            Op(Opcode.RefAsNonNull);
            return true;
        }

        switch (_random.Below(6))
        {
            case 0:
                Expression(type with { IsNullable = true }, depth + 1);
                Op(Opcode.RefAsNonNull);
                return true;
            case 1:
                // Exceptions are not cast in the language as it is.
                if (TopOf(type.Heap) == Exn) return false;
                Expression(Ref(TopOf(type.Heap)), depth + 1);
                Op(type.IsNullable ? Opcode.RefCastNull : Opcode.RefCast);
                PutHeap(type.Heap);
                return true;
            case 2 when IsHeapSub(I31, type.Heap):
                Expression(I32, depth + 1);
                Op(Opcode.RefI31);
                return true;
            case 3 when type.Heap == Any:
                Expression(Ref(Extern, type.IsNullable), depth + 1);
                Op(Opcode.AnyConvertExtern);
                return true;
            case 3 when type.Heap == Extern:
                Expression(Ref(Any, type.IsNullable), depth + 1);
                Op(Opcode.ExternConvertAny);
                return true;
            default:
                return TryNew(type, depth);
        }
    }

    private bool TryNew(GeneratedType type, int depth)
    {
        int[] candidates = Enumerable.Range(0, _types.Count).Where(index => _types[index].Kind != TypeKind.Function && IsHeapSub(index, type.Heap)).ToArray();
        if (candidates.Length == 0) return false;
        int made = candidates[_random.Below(candidates.Length)];
        GeneratedDefinition definition = _types[made];
        bool isDefaultable = definition.Fields.All(static field => field.Type.IsDefaultable);
        if (definition.Kind == TypeKind.Struct)
        {
            if (isDefaultable && _random.OneIn(2)) Op(Opcode.StructNewDefault, made);
            else
            {
                foreach (GeneratedField field in definition.Fields) Expression(field.Type, depth + 1);
                Op(Opcode.StructNew, made);
            }

            return true;
        }

        GeneratedField element = definition.Fields[0];
        switch (_random.Below(5))
        {
            case 0 when isDefaultable:
                Expression(I32, depth + 1);
                Op(Opcode.ArrayNewDefault, made);
                return true;
            case 1 when !element.Type.IsReference && _dataCount > 0:
                Expressions([I32, I32], depth);
                Op(Opcode.ArrayNewData, made);
                PutIndex(_random.Below(_dataCount));
                return true;
            case 2 when element.Type.IsReference && Find(_elements, segment => IsSub(segment, element.Type)) is int segment:
                Expressions([I32, I32], depth);
                Op(Opcode.ArrayNewElem, made);
                PutIndex(segment);
                return true;
            case 3:
                int count = _random.Below(3);
                for (int i = 0; i < count; i++) Expression(element.Type, depth + 1);
                Op(Opcode.ArrayNewFixed, made);
                PutUnsigned((ulong)count);
                return true;
            default:
                Expressions([element.Type, I32], depth);
                Op(Opcode.ArrayNew, made);
                return true;
        }
    }

    /// <summary>Numbers that tell something of references, memories and tables.</summary>
    private bool TryI32(int depth)
    {
        switch (_random.Below(6))
        {
            case 0:
                Expression(Ref(_options.Has(Features.TypedReferences) ? RandomHeap() : Func), depth + 1);
                Op(Opcode.RefIsNull);
                return true;
            case 1 when _options.Has(Features.Gc):
                GeneratedType tested = Ref(RandomHeap(), _random.OneIn(2));
                if (TopOf(tested.Heap) == Exn) return false;
                Expression(Ref(TopOf(tested.Heap)), depth + 1);
                Op(tested.IsNullable ? Opcode.RefTestNull : Opcode.RefTest);
                PutHeap(tested.Heap);
                return true;
            case 2 when _options.Has(Features.Gc):
                Expressions([Ref(Eq), Ref(Eq)], depth);
                Op(Opcode.RefEq);
                return true;
            case 3 when _options.Has(Features.Gc):
                bool isArray = _random.OneIn(2);
                Expression(Ref(isArray ? GeneratedType.Array : I31), depth + 1);
                Op(isArray ? Opcode.ArrayLen : _random.OneIn(2) ? Opcode.I31GetS : Opcode.I31GetU);
                return true;
            case 4 when Find(_memories, static memory => !memory.Is64) is int memory:
                Op(Opcode.MemorySize, memory);
                return true;
            case 5 when Find(_tables, static table => !table.Is64) is int table:
                Op(Opcode.TableSize, table);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes to a struct or an array.</summary>
    private bool TryStore(int depth)
    {
        if (!_options.Has(Features.Gc) || Find(_types, static definition => definition.Fields.Any(static field => field.IsMutable)) is not int index) return false;
        GeneratedDefinition found = _types[index];
        int fieldIndex = System.Array.FindIndex(found.Fields, static field => field.IsMutable);
        GeneratedField field = found.Fields[fieldIndex];
        Expression(Ref(index), depth + 1);
        if (found.Kind == TypeKind.Struct)
        {
            Expression(field.Type, depth + 1);
            Op(Opcode.StructSet, index);
            PutIndex(fieldIndex);
            return true;
        }

        Expression(I32, depth + 1);
        switch (_random.Below(5))
        {
            case 0:
                Expressions([field.Type, I32], depth);
                Op(Opcode.ArrayFill, index);
                return true;
            case 1:
                Expressions([Ref(index), I32, I32], depth);
                Op(Opcode.ArrayCopy, index);
                PutIndex(index);
                return true;
            case 2 when !field.Type.IsReference && _dataCount > 0:
                Expressions([I32, I32], depth);
                Op(Opcode.ArrayInitData, index);
                PutIndex(_random.Below(_dataCount));
                return true;
            case 3 when field.Type.IsReference && Find(_elements, segment => IsSub(segment, field.Type)) is int segment:
                Expressions([I32, I32], depth);
                Op(Opcode.ArrayInitElem, index);
                PutIndex(segment);
                return true;
            default:
                Expression(field.Type, depth + 1);
                Op(Opcode.ArraySet, index);
                return true;
        }
    }
}
