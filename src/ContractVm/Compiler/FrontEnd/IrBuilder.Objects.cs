using ContractVm.Binary;
using ContractVm.Compiler.Ir;

namespace ContractVm.Compiler.FrontEnd;

/// <summary>
/// Structs, arrays and casts, taken apart: null checks and bounds checks are nodes of their own, so that one serves all accesses behind it; a
/// new object is made of zeros, and then its fields are set.
/// </summary>
internal sealed partial class IrBuilder
{
    private void BuildAggregate(ref ByteReader reader, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.RefTest or Opcode.RefTestNull:
                Push(IsOfType(Pop(), reader.ReadS33("a heap type"), takesNull: opcode == Opcode.RefTestNull));
                return;
            case Opcode.RefCast or Opcode.RefCastNull:
                int isOfType = IsOfType(_stack[_height - 1], reader.ReadS33("a heap type"), takesNull: opcode == Opcode.RefCastNull);
                if (!IsConstant(isOfType, out long always) || always == 0) Add(IrOp.TrapUnless, IrType.None, isOfType, immediate: (long)TrapKind.CastFailure);
                return;
            case Opcode.ArrayLen:
                Push(AddPure((ushort)opcode, IrType.I32, NonNull(Pop())));
                return;
        }

        int index = module.TypeSpace.Canonical((int)reader.ReadU32("a type"));
        DefinedType type = module.TypeSpace[index];
        switch (opcode)
        {
            case Opcode.StructNew or Opcode.StructNewDefault: BuildStructNew(opcode, index, type); break;
            case Opcode.StructGet or Opcode.StructGetS or Opcode.StructGetU: BuildStructGet(opcode, index, type, (int)reader.ReadU32("a field")); break;
            case Opcode.StructSet:
                int set = Observe(Pop());
                Add((ushort)opcode, IrType.None, NonNull(Pop()), set, extra: index, immediate: reader.ReadU32("a field"));
                break;
            case Opcode.ArrayNewFixed: BuildArrayNewFixed(index, type, (int)reader.ReadU32("a number of elements")); break;
            case Opcode.ArrayNew or Opcode.ArrayNewDefault: BuildArrayNew(opcode, index, type); break;
            case Opcode.ArrayNewData or Opcode.ArrayNewElem:
                EmitUnitCharge();
                Push(AddAggregate(opcode, IrType.I64, 2, index, reader.ReadU32("a segment")));
                break;
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU:
                int at = Pop(), array = CheckedElement(Pop(), at);
                bool isConstant = !type.Fields[0].IsMutable;
                Push(isConstant ? AddPure((ushort)opcode, FieldType(type, 0), array, at, extra: index) : Add((ushort)opcode, FieldType(type, 0), array, at, extra: index));
                break;
            case Opcode.ArraySet:
                int element = Observe(Pop()), setAt = Pop(), changed = CheckedElement(Pop(), setAt);
                Add((ushort)opcode, IrType.None, changed, setAt, element, extra: index);
                break;
            case Opcode.ArrayCopy:
                long source = module.TypeSpace.Canonical((int)reader.ReadU32("a type"));
                EmitUnitCharge();
                AddAggregate(opcode, IrType.None, 5, index, source);
                break;
            case Opcode.ArrayFill:
                EmitUnitCharge();
                AddAggregate(opcode, IrType.None, 4, index, 0);
                break;
            case Opcode.ArrayInitData or Opcode.ArrayInitElem:
                EmitUnitCharge();
                AddAggregate(opcode, IrType.None, 4, index, reader.ReadU32("a segment"));
                break;
            default:
                throw new NodeFaultException($"{OpcodeTable.Get(opcode).Name} is not compiled");
        }
    }

    /// <summary>Operands from the stack; all checks are .NET code's.</summary>
    private int AddAggregate(Opcode opcode, IrType type, int operands, int index, long other)
    {
        (int first, int count) = PopList(operands, withWords: false, -1);
        return Add(IrOp.Aggregate, type, first, count, extra: (int)opcode, immediate: other << 32 | (uint)index);
    }

    private static IrType FieldType(DefinedType type, int field) => IrFunction.TypeOf(type.Fields[field].Unpacked);

    private int CheckedElement(int array, int index)
    {
        int checkedArray = NonNull(array);
        AddPure(IrOp.CheckIndex, IrType.None, checkedArray, index);
        return checkedArray;
    }

    private void BuildStructNew(Opcode opcode, int index, DefinedType type)
    {
        int made = Add(IrOp.NewObject, IrType.I64, extra: index, immediate: type.ContentWords);
        if (opcode == Opcode.StructNew)
        {
            int fields = type.Fields.Length;
            for (int i = 0; i < fields; i++)
            {
                int value = Observe(_stack[_height - fields + i]);
                if (!IsZero(value)) Add((ushort)Opcode.StructSet, IrType.None, made, value, extra: index, immediate: i);
            }

            _height -= fields;
        }

        Push(made);
    }

    private void BuildStructGet(Opcode opcode, int index, DefinedType type, int field)
    {
        int reference = NonNull(Pop());
        // What never changes need not be read again.
        Push(type.Fields[field].IsMutable
            ? Add((ushort)opcode, FieldType(type, field), reference, extra: index, immediate: field)
            : AddPure((ushort)opcode, FieldType(type, field), reference, extra: index, immediate: field));
    }

    /// <summary>New arrays of a known length up to this are filled without a call.</summary>
    private const uint MostSetOneByOne = 4;

    private void BuildArrayNew(Opcode opcode, int index, DefinedType type)
    {
        EmitUnitCharge();
        int length = Pop();
        int made = Add(IrOp.NewArray, IrType.I64, length, extra: index, immediate: type.Fields[0].ElementBytes);
        if (opcode == Opcode.ArrayNew)
        {
            int value = Observe(Pop());
            ref IrNode known = ref _function.Nodes[_function.Resolve(length)];
            if (known.Op == (ushort)Opcode.I32Const && (uint)known.Immediate <= MostSetOneByOne)
            {
                int count = (int)known.Immediate;
                for (int i = 0; i < count && !IsZero(value); i++) Add((ushort)Opcode.ArraySet, IrType.None, made, Constant(IrType.I32, i), value, extra: index);
            }
            else if (!IsZero(value))
            {
                int first = AddArgument(made);
                AddArgument(Constant(IrType.I32, 0));
                AddArgument(value);
                AddArgument(length);
                Add(IrOp.Aggregate, IrType.None, first, 4, extra: (int)Opcode.ArrayFill, immediate: index);
            }
        }

        Push(made);
    }

    private void BuildArrayNewFixed(int index, DefinedType type, int count)
    {
        int made = Add(IrOp.NewArray, IrType.I64, Constant(IrType.I32, count), extra: index, immediate: type.Fields[0].ElementBytes);
        for (int i = 0; i < count; i++)
        {
            int value = Observe(_stack[_height - count + i]);
            if (!IsZero(value)) Add((ushort)Opcode.ArraySet, IrType.None, made, Constant(IrType.I32, i), value, extra: index);
        }

        _height -= count;
        Push(made);
    }

    /// <summary>True for a constant all of whose bits are zero, as everything in a new object is.</summary>
    private bool IsZero(int value)
    {
        ref IrNode node = ref _function.Nodes[value];
        return node.Op switch
        {
            (ushort)Opcode.I32Const or (ushort)Opcode.I64Const or (ushort)Opcode.F32Const or (ushort)Opcode.F64Const => node.Immediate == 0,
            (ushort)Opcode.V128Const => _function.Vectors[node.Immediate] == System.UInt128.Zero,
            _ => false,
        };
    }

    private void BuildCastBranch(ref ByteReader reader, Opcode opcode)
    {
        byte flags = reader.ReadByte("cast flags");
        int depth = (int)reader.ReadU32("a label");
        reader.ReadS33("a heap type");
        int isOfType = IsOfType(_stack[_height - 1], reader.ReadS33("a heap type"), takesNull: (flags & 2) != 0);
        BuildBranchIf(isOfType, depth, isNegated: opcode == Opcode.BrOnCastFail);
    }

    /// <summary>
    /// Whether a reference is of a heap type (1 or 0): the interpreter's <see cref="Runtime.Aggregates.IsOfHeapType"/>. Validation keeps the hierarchies apart, so that
    /// of a function's type only functions are tested, and of all others what <see cref="Runtime.References"/> describes.
    /// </summary>
    private int IsOfType(int reference, long heapCode, bool takesNull)
    {
        HeapType heap = heapCode >= 0 ? HeapType.Concrete((uint)module.TypeSpace.Canonical((int)heapCode)) : HeapType.Abstract((byte)(heapCode & 0x7F));
        int zero = Constant(IrType.I64, 0);
        if (heap.Equals(HeapType.Any) || heap.Equals(HeapType.Func) || heap.Equals(HeapType.Extern) || heap.Equals(HeapType.Exn))
            return takesNull ? Constant(IrType.I32, 1) : Binary(Opcode.I64Ne, IrType.I32, reference, zero);
        // The highest bit is set in references of the embedder alone.
        if (heap.Equals(HeapType.Eq)) return Binary(takesNull ? Opcode.I64GeS : Opcode.I64GtS, IrType.I32, reference, zero);
        int isOfType;
        if (heap.Equals(HeapType.I31))
        {
            int tag = Binary(Opcode.I64ShrU, IrType.I64, reference, Constant(IrType.I64, Runtime.References.TagShift));
            isOfType = Binary(Opcode.I64Eq, IrType.I32, tag, Constant(IrType.I64, (long)(Runtime.References.OfI31(0) >> Runtime.References.TagShift)));
        }
        else if (!heap.IsAbstract) isOfType = IsOfConcrete(reference, (int)heap.TypeIndex);
        else if (heap.Equals(HeapType.Struct)) isOfType = IsSubtype(TypeOfObject(reference), Constant(IrType.I32, SubtypeOrder.Struct));
        else if (heap.Equals(HeapType.Array)) isOfType = IsSubtype(TypeOfObject(reference), Constant(IrType.I32, SubtypeOrder.Array));
        else isOfType = Constant(IrType.I32, 0);
        return takesNull ? Binary(Opcode.I32Or, IrType.I32, isOfType, IsNull(reference)) : isOfType;
    }

    private int IsOfConcrete(int reference, int type)
    {
        DefinedType wanted = module.TypeSpace[type];
        int found = wanted.Kind == TypeKind.Function ? AddPure(IrOp.TypeOfFunction, IrType.I32, reference) : TypeOfObject(reference);
        int number = AddPure(IrOp.TypeNumber, IrType.I32, extra: type);
        // No other type is below a final one.
        return wanted.IsFinal ? Binary(Opcode.I32Eq, IrType.I32, found, number) : IsSubtype(found, number);
    }

    private int IsSubtype(int type, int wanted) => AddPure(IrOp.IsSubtype, IrType.I32, type, wanted);

    /// <summary>The type of an object; that of null for all that is no object.</summary>
    private int TypeOfObject(int reference)
    {
        ref IrNode node = ref _function.Nodes[reference];
        if (node.Op is IrOp.NewObject or IrOp.NewArray) return AddPure(IrOp.TypeNumber, IrType.I32, extra: node.Extra);
        int tag = Binary(Opcode.I64ShrU, IrType.I64, reference, Constant(IrType.I64, Runtime.References.TagShift));
        int isTagged = Binary(Opcode.I64Ne, IrType.I32, tag, Constant(IrType.I64, 0));
        int safe = AddPure((ushort)Opcode.Select, IrType.I64, Constant(IrType.I64, 0), reference, isTagged);
        return AddPure(IrOp.TypeOfObject, IrType.I32, safe);
    }
}
