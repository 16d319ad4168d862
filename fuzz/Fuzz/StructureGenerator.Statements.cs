using System.Linq;
using static ContractVm.Fuzz.GeneratedType;

namespace ContractVm.Fuzz;

/// <summary>Statements, which leave the stack as it is; dead code; constant expressions.</summary>
public sealed partial class StructureGenerator
{
    private void Statement(int depth)
    {
        _budget--;
        bool isMade = _random.Below(14) switch
        {
            0 or 1 => MakeVoidConstruct(depth),
            2 => TrySet(depth),
            3 or 4 => TrySimple(WithoutResult[_random.Below(WithoutResult.Length)], depth),
            5 => TryMemory(depth),
            6 => TryTable(depth),
            7 => TryStore(depth),
            8 => TryVoidBranch(depth),
            9 => TryVoidCall(depth),
            10 => TryBranchOnCast(depth),
            11 => TryCatch(depth),
            _ => false,
        };
        if (isMade) return;
        Expression(RandomType(), depth + 1);
        Op(Opcode.Drop);
    }

    private bool MakeVoidConstruct(int depth)
    {
        int kind = _random.Below(3);
        if (kind == 2) Expression(I32, depth + 1);
        Op(kind switch { 0 => Opcode.Block, 1 => Opcode.Loop, _ => Opcode.If });
        _code.Add(0x40);
        _labels.Add([]);
        if (depth < MostDepth) Statements(depth);
        if (_random.OneIn(4)) DeadCode(depth);
        Op(Opcode.End);
        _labels.RemoveAt(_labels.Count - 1);
        return true;
    }

    private bool TrySet(int depth)
    {
        if (_random.OneIn(2))
        {
            if (Find(_globals, static global => global.IsMutable) is not int global) return false;
            Expression(_globals[global].Type, depth + 1);
            Op(Opcode.GlobalSet, global);
            return true;
        }

        if (_locals.Count == 0) return false;
        int local = _random.Below(_locals.Count);
        Expression(_locals[local], depth + 1);
        bool isTee = _random.OneIn(2);
        Op(isTee ? Opcode.LocalTee : Opcode.LocalSet, local);
        if (isTee) Op(Opcode.Drop);
        return true;
    }

    private bool TryMemory(int depth)
    {
        if (_dataCount > 0 && _random.OneIn(4))
        {
            Op(Opcode.DataDrop, _random.Below(_dataCount));
            return true;
        }

        if (_memories.Count == 0) return false;
        int target = _random.Below(_memories.Count), source = _random.Below(_memories.Count);
        GeneratedType address = Address(target), from = Address(source);
        switch (_random.Below(4))
        {
            case 0:
                Expressions([address, from, address == I64 ? from : address], depth);
                Op(Opcode.MemoryCopy, target);
                PutIndex(source);
                return true;
            case 1:
                Expressions([address, I32, address], depth);
                Op(Opcode.MemoryFill, target);
                return true;
            case 2 when _dataCount > 0:
                Expressions([address, I32, I32], depth);
                Op(Opcode.MemoryInit, _random.Below(_dataCount));
                PutIndex(target);
                return true;
            default:
                Expression(address, depth + 1);
                Op(Opcode.MemoryGrow, target);
                Op(Opcode.Drop);
                return true;
        }
    }

    private GeneratedType Address(int memory) => _memories[memory].Is64 ? I64 : I32;

    private bool TryTable(int depth)
    {
        if (_random.OneIn(5))
        {
            Op(Opcode.ElemDrop, _random.Below(_elements.Count));
            return true;
        }

        if (_tables.Count == 0) return false;
        int target = _random.Below(_tables.Count);
        (GeneratedType element, bool is64) = _tables[target];
        GeneratedType index = is64 ? I64 : I32;
        switch (_random.Below(5))
        {
            case 0 when Find(_tables, table => IsSub(table.Element, element)) is int source:
                GeneratedType from = _tables[source].Is64 ? I64 : I32;
                Expressions([index, from, is64 ? from : index], depth);
                Op(Opcode.TableCopy, target);
                PutIndex(source);
                return true;
            case 1:
                Expressions([index, element, index], depth);
                Op(Opcode.TableFill, target);
                return true;
            case 2 when Find(_elements, segment => IsSub(segment, element)) is int segment:
                Expressions([index, I32, I32], depth);
                Op(Opcode.TableInit, segment);
                PutIndex(target);
                return true;
            case 3:
                Expressions([element, index], depth);
                Op(Opcode.TableGrow, target);
                Op(Opcode.Drop);
                return true;
            default:
                Expressions([index, element], depth);
                Op(Opcode.TableSet, target);
                return true;
        }
    }

    private bool TryVoidBranch(int depth)
    {
        if (_options.Has(Features.TypedReferences) && _random.OneIn(2) && Find(_labels, static label => label.Length == 1 && label[0].IsReference) is int typed)
        {
            Expression(Ref(_labels[typed][0].Heap), depth + 1);
            Op(Opcode.BrOnNonNull, LabelOf(typed));
            return true;
        }

        if (Find(_labels, static label => label.Length == 0) is not int label) return false;
        if (_options.Has(Features.TypedReferences) && _random.OneIn(2))
        {
            Expression(Ref(RandomHeap()), depth + 1);
            Op(Opcode.BrOnNull, LabelOf(label));
            Op(Opcode.Drop);
            return true;
        }

        Expression(I32, depth + 1);
        Op(Opcode.BrIf, LabelOf(label));
        return true;
    }

    private bool TryVoidCall(int depth)
    {
        int function = _random.Below(_functions.Count);
        Expressions(_types[_functions[function]].Parameters, depth);
        Op(Opcode.Call, function);
        foreach (GeneratedType _ in _types[_functions[function]].Results) Op(Opcode.Drop);
        return true;
    }

    private bool TryBranchOnCast(int depth)
    {
        if (!_options.Has(Features.Gc) || Find(_labels, static label => label.Length == 1 && label[0].IsReference) is not int label) return false;
        GeneratedType target = _labels[label][0];
        // From any type of the hierarchy above: cast to what the label takes, or fail to it.
        bool isFail = _random.OneIn(2);
        GeneratedType from = isFail ? target with { IsNullable = true } : Ref(TopOf(target.Heap));
        GeneratedType to = isFail ? target with { IsNullable = target.IsNullable ? _random.OneIn(2) : true } : target;
        Expression(from, depth + 1);
        Op(isFail ? Opcode.BrOnCastFail : Opcode.BrOnCast);
        _code.Add((byte)((from.IsNullable ? 1 : 0) | (to.IsNullable ? 2 : 0)));
        PutIndex(LabelOf(label));
        PutHeap(from.Heap);
        PutHeap(to.Heap);
        Op(Opcode.Drop);
        return true;
    }

    /// <summary>A try_table whose clauses find labels that were made for them.</summary>
    private bool TryCatch(int depth)
    {
        if (!_options.Has(Features.Exceptions) || depth >= MostDepth) return false;
        int kind = _random.Below(3);
        int tag = kind == 2 ? Find(_tags, type => _types[type].Parameters.Length == 1) ?? -1 : -1;
        if (kind == 2 && tag < 0) kind = 0;
        GeneratedType caught = kind == 1 ? Ref(Exn) : tag >= 0 ? _types[_tags[tag]].Parameters[0] : I32;
        Op(Opcode.Block);
        if (kind == 0) _code.Add(0x40);
        else PutType(caught);
        _labels.Add(kind == 0 ? [] : [caught]);
        Op(Opcode.TryTable);
        _code.Add(0x40);
        _code.Add(1);
        // catch with a tag, catch_all, catch_all_ref
        _code.Add(kind switch { 0 => (byte)2, 1 => (byte)3, _ => (byte)0 });
        if (kind == 2) PutIndex(tag);
        PutIndex(0);
        _labels.Add([]);
        Statements(depth);
        Op(Opcode.End);
        _labels.RemoveAt(_labels.Count - 1);
        if (kind != 0) Expression(caught, depth + 1);
        Op(Opcode.End);
        _labels.RemoveAt(_labels.Count - 1);
        if (kind != 0) Op(Opcode.Drop);
        return true;
    }

    private void PutCatches()
    {
        int? label = Find(_labels, static types => types.Length == 0);
        int count = label is null ? 0 : _random.Below(3);
        PutUnsigned((ulong)count);
        for (int i = 0; i < count; i++)
        {
            int? tag = Find(_tags, type => _types[type].Parameters.Length == 0);
            bool hasTag = tag is not null && _random.OneIn(2);
            _code.Add(hasTag ? (byte)0 : (byte)2);
            if (hasTag) PutIndex(tag!.Value);
            PutIndex(LabelOf(label!.Value));
        }
    }

    /// <summary>Ends the straight line, then goes on where every operand is unknown.</summary>
    private void DeadCode(int depth)
    {
        switch (_random.Below(7))
        {
            case 0:
                int label = _random.Below(_labels.Count);
                Expressions(_labels[label], depth);
                Op(Opcode.Br, LabelOf(label));
                break;
            case 1:
                Expressions(_results, depth);
                Op(Opcode.Return);
                break;
            case 2 when _tags.Count > 0:
                int tag = _random.Below(_tags.Count);
                Expressions(_types[_tags[tag]].Parameters, depth);
                Op(Opcode.Throw, tag);
                break;
            case 3 when _options.Has(Features.Exceptions):
                Expression(Ref(Exn), depth + 1);
                Op(Opcode.ThrowRef);
                break;
            case 4 when _options.Has(Features.TailCalls) && Find(_functions, index => _types[index].Results.SequenceEqual(_results)) is int callee:
                Expressions(_types[_functions[callee]].Parameters, depth);
                if (_random.OneIn(2) || !CallThrough(_functions[callee], Opcode.ReturnCallIndirect, Opcode.ReturnCallRef, depth)) Op(Opcode.ReturnCall, callee);
                break;
            case 5:
                int target = _random.Below(_labels.Count);
                int[] same = Enumerable.Range(0, _labels.Count).Where(other => _labels[other].SequenceEqual(_labels[target])).ToArray();
                Expressions(_labels[target], depth);
                Expression(I32, depth + 1);
                Op(Opcode.BrTable);
                Repeat(_random.Below(4), () => PutIndex(LabelOf(same[_random.Below(same.Length)])));
                PutIndex(LabelOf(target));
                break;
            default:
                Op(Opcode.Unreachable);
                break;
        }

        for (int left = _random.Below(4); left > 0; left--)
        {
            OpcodeInfo info = Simple[_random.Below(Simple.Length)];
            if (TrySimple(info, depth, isDead: true) && info.Results.Length > 0 && _random.OneIn(2)) Op(Opcode.Drop);
            else Op(Opcode.Unreachable);
        }

        // What is left on the stack need not fit what is wanted.
        Op(Opcode.Unreachable);
    }

    private void MakeConstant(GeneratedType type)
    {
        PutConstant(type, 0);
        Op(Opcode.End);
    }

    private void PutConstant(GeneratedType type, int depth)
    {
        if (Slips()) type = RandomType();
        if (_random.OneIn(4))
        {
            int[] globals = Enumerable.Range(0, _constantGlobals).Where(index => !_globals[index].IsMutable && IsSub(_globals[index].Type, type)).ToArray();
            if (globals.Length > 0)
            {
                Op(Opcode.GlobalGet, globals[_random.Below(globals.Length)]);
                return;
            }
        }

        if (type == I32 || type == I64)
        {
            if (depth < 3 && _options.Has(Features.ExtendedConst) && _random.OneIn(3))
            {
                PutConstant(type, depth + 1);
                PutConstant(type, depth + 1);
                Op((Opcode)((int)(type == I32 ? Opcode.I32Add : Opcode.I64Add) + _random.Below(3)));
                return;
            }
        }
        else if (type.IsReference && _options.Has(Features.Gc) && IsSub(Ref(I31, nullable: false), type))
        {
            PutConstant(I32, depth + 1);
            Op(Opcode.RefI31);
            return;
        }
        else if (type.IsReference && type.Heap >= 0 && _options.Has(Features.Gc) && depth < 3 && TryConstantAggregate(type.Heap, depth)) return;

        Fallback(type, isConstant: true);
    }

    private bool TryConstantAggregate(int heap, int depth)
    {
        GeneratedDefinition definition = _types[heap];
        if (definition.Kind == TypeKind.Function || !definition.Fields.All(static field => field.Type.IsDefaultable)) return false;
        bool isStruct = definition.Kind == TypeKind.Struct;
        if (_random.OneIn(2))
        {
            if (!isStruct) PutConstant(I32, depth + 1);
            Op(isStruct ? Opcode.StructNewDefault : Opcode.ArrayNewDefault, heap);
            return true;
        }

        foreach (GeneratedField field in definition.Fields) PutConstant(field.Type, depth + 1);
        Op(isStruct ? Opcode.StructNew : Opcode.ArrayNewFixed, heap);
        if (!isStruct) PutUnsigned(1);
        return true;
    }
}
