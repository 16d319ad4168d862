using System;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Validation;

internal sealed partial class FunctionValidator
{
    private static readonly FunctionType EmptyType = new([], []);
    private static readonly FunctionType[] SingleResultTypes =
    [
        new([], [ValueType.I32]), new([], [ValueType.I64]), new([], [ValueType.F32]), new([], [ValueType.F64]), new([], [ValueType.V128]),
        new([], [ValueType.FuncRef]), new([], [ValueType.ExternRef]),
    ];

    /// <summary>
    /// Instructions whose types depend on the context (WebAssembly 3.0, validation, "Instructions").
    /// <paramref name="operands"/> and <paramref name="isTarget"/> are what the gas plan wants to know.
    /// </summary>
    private void ValidateContextual(ref ByteReader reader, OpcodeInfo info, int offset, ref uint operands, ref bool isTarget)
    {
        switch (info.Opcode)
        {
            case Opcode.Unreachable:
                SetUnreachable();
                break;
            case Opcode.Block:
            case Opcode.Loop:
                FunctionType blockType = ReadBlockType(ref reader);
                Pop(ref reader, blockType.Parameters, offset);
                PushControl(ref reader, info.Role, blockType);
                break;
            case Opcode.If:
                FunctionType ifType = ReadBlockType(ref reader);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, ifType.Parameters, offset);
                PushControl(ref reader, info.Role, ifType);
                break;
            case Opcode.Else:
                if (_control[_controlCount - 1].Role != ControlRole.If) throw reader.Error(ModuleErrorCode.UnbalancedControl, offset, "else without if");
                ControlFrame then = PopControl(ref reader, offset);
                PushControl(ref reader, ControlRole.Else, then.Type);
                // Branches out of the first arm meet the second arm's end.
                _control[_controlCount - 1].IsTarget = then.IsTarget;
                break;
            case Opcode.End:
                ValidateEnd(ref reader, offset, out isTarget);
                break;
            case Opcode.Br:
                Pop(ref reader, LabelAt(ref reader, reader.ReadU32("a label"), offset).LabelTypes, offset);
                SetUnreachable();
                break;
            case Opcode.BrIf:
                uint depth = reader.ReadU32("a label");
                Pop(ref reader, ValueType.I32, offset);
                ReadOnlySpan<ValueType> branchTypes = LabelAt(ref reader, depth, offset).LabelTypes;
                Pop(ref reader, branchTypes, offset);
                Push(ref reader, branchTypes);
                break;
            case Opcode.BrTable:
                operands = ValidateBranchTable(ref reader, offset);
                break;
            case Opcode.Return:
                Pop(ref reader, _control[0].Type.Results, offset);
                SetUnreachable();
                break;
            case Opcode.Call:
                FunctionType callee = _module.TypeOfFunction((int)ReadIndex(ref reader, _module.FunctionCount, ModuleErrorCode.UnknownFunction, "function", offset));
                Pop(ref reader, callee.Parameters, offset);
                Push(ref reader, callee.Results);
                break;
            case Opcode.CallIndirect:
                operands = ValidateCallIndirect(ref reader, offset);
                break;
            case Opcode.Drop:
                Pop(ref reader, offset);
                break;
            case Opcode.Select:
                ValidateSelect(ref reader, offset);
                break;
            case Opcode.SelectT:
                int count = reader.ReadCount("select's types", int.MaxValue);
                if (count != 1) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"select with {count} types");
                ValueType selected = TypeReader.ReadValueType(ref reader, _module, "select's type");
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, selected, offset);
                Pop(ref reader, selected, offset);
                Push(ref reader, selected);
                break;
            case Opcode.LocalGet:
                Push(ref reader, LocalAt(ref reader, offset));
                break;
            case Opcode.LocalSet:
                Pop(ref reader, LocalAt(ref reader, offset), offset);
                break;
            case Opcode.LocalTee:
                ValueType local = LocalAt(ref reader, offset);
                Pop(ref reader, local, offset);
                Push(ref reader, local);
                break;
            case Opcode.GlobalGet:
                Push(ref reader, GlobalAt(ref reader, offset).Value);
                break;
            case Opcode.GlobalSet:
                GlobalType global = GlobalAt(ref reader, offset);
                if (!global.IsMutable) throw reader.Error(ModuleErrorCode.ImmutableGlobal, offset, "global.set of an immutable global");
                Pop(ref reader, global.Value, offset);
                break;
            case Opcode.MemorySize:
                Push(ref reader, AddressType(ReadMemory(ref reader, offset)));
                break;
            case Opcode.MemoryGrow:
                ValueType growType = AddressType(ReadMemory(ref reader, offset));
                Pop(ref reader, growType, offset);
                Push(ref reader, growType);
                break;
            case Opcode.MemoryInit:
                ReadData(ref reader, offset);
                ValueType initTarget = AddressType(ReadMemory(ref reader, offset));
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, initTarget, offset);
                break;
            case Opcode.DataDrop:
                ReadData(ref reader, offset);
                break;
            case Opcode.MemoryCopy:
                ValueType copyTarget = AddressType(ReadMemory(ref reader, offset)), copySource = AddressType(ReadMemory(ref reader, offset));
                Pop(ref reader, copyTarget == ValueType.I64 ? copySource : copyTarget, offset);
                Pop(ref reader, copySource, offset);
                Pop(ref reader, copyTarget, offset);
                break;
            case Opcode.MemoryFill:
                ValueType fillType = AddressType(ReadMemory(ref reader, offset));
                Pop(ref reader, fillType, offset);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, fillType, offset);
                break;
            default:
                ValidateReferences(ref reader, info, offset);
                break;
        }
    }

    /// <summary>Instructions on references, tables and element segments.</summary>
    private void ValidateReferences(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        switch (info.Opcode)
        {
            case Opcode.RefNull:
                Push(ref reader, TypeReader.ReadReferenceType(ref reader, _module, "ref.null's type"));
                break;
            case Opcode.RefIsNull:
                ValueType reference = Pop(ref reader, offset);
                if (!reference.IsReference && reference != ValueType.Bottom) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"ref.is_null of {reference}");
                Push(ref reader, ValueType.I32);
                break;
            case Opcode.RefFunc:
                uint function = ReadIndex(ref reader, _module.FunctionCount, ModuleErrorCode.UnknownFunction, "function", offset);
                if (!_declaredReferences.Contains((int)function))
                    throw reader.Error(ModuleErrorCode.UndeclaredFunctionReference, offset, $"ref.func {function}, which the module does not declare");
                Push(ref reader, ValueType.FuncRef);
                break;
            case Opcode.TableGet:
                TableType getTable = ReadTable(ref reader, offset);
                Pop(ref reader, AddressType(getTable), offset);
                Push(ref reader, getTable.Element);
                break;
            case Opcode.TableSet:
                TableType setTable = ReadTable(ref reader, offset);
                Pop(ref reader, setTable.Element, offset);
                Pop(ref reader, AddressType(setTable), offset);
                break;
            case Opcode.TableSize:
                Push(ref reader, AddressType(ReadTable(ref reader, offset)));
                break;
            case Opcode.TableGrow:
                TableType growTable = ReadTable(ref reader, offset);
                Pop(ref reader, AddressType(growTable), offset);
                Pop(ref reader, growTable.Element, offset);
                Push(ref reader, AddressType(growTable));
                break;
            case Opcode.TableFill:
                TableType fillTable = ReadTable(ref reader, offset);
                Pop(ref reader, AddressType(fillTable), offset);
                Pop(ref reader, fillTable.Element, offset);
                Pop(ref reader, AddressType(fillTable), offset);
                break;
            case Opcode.TableCopy:
                TableType target = ReadTable(ref reader, offset), source = ReadTable(ref reader, offset);
                if (target.Element != source.Element)
                    throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"table.copy from {source.Element} to {target.Element}");
                Pop(ref reader, target.Is64 ? AddressType(source) : AddressType(target), offset);
                Pop(ref reader, AddressType(source), offset);
                Pop(ref reader, AddressType(target), offset);
                break;
            case Opcode.TableInit:
                ElementSegment segment = ReadElement(ref reader, offset);
                TableType initTable = ReadTable(ref reader, offset);
                if (segment.Type != initTable.Element)
                    throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"table.init of {segment.Type} into {initTable.Element}");
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, AddressType(initTable), offset);
                break;
            case Opcode.ElemDrop:
                ReadElement(ref reader, offset);
                break;
            default:
                throw new InvalidOperationException($"{info.Name} is accepted but not validated");
        }
    }

    private void ValidateEnd(ref ByteReader reader, int offset, out bool isTarget)
    {
        ControlFrame frame = PopControl(ref reader, offset);
        if (frame.Role == ControlRole.If && !frame.Type.Parameters.SequenceEqual(frame.Type.Results))
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, "an if without else must leave what it takes");
        // Two arms meet at the end of an if; a loop's label is its start, so its end is no target.
        isTarget = frame.Role is ControlRole.If or ControlRole.Else || (frame.IsTarget && frame.Role != ControlRole.Loop);
        if (_controlCount > 0) Push(ref reader, frame.Type.Results);
    }

    private uint ValidateBranchTable(ref ByteReader reader, int offset)
    {
        int count = reader.ReadCount("br_table's targets", int.MaxValue);
        if (count > _limits.BranchTargets)
            throw reader.Error(ModuleErrorCode.BranchTableLimit, offset, $"br_table with {count} targets, the profile allows {_limits.BranchTargets}");
        int targets = reader.Position;
        for (int i = 0; i < count; i++) reader.ReadU32("a label");
        uint defaultDepth = reader.ReadU32("a label");
        Pop(ref reader, ValueType.I32, offset);
        int arity = LabelAt(ref reader, defaultDepth, offset).LabelTypes.Length;
        ByteReader again = new(_module.Bytes.Span, new ByteRange(targets, reader.End)) { Section = "code", Function = reader.Function };
        ControlFrame here = _control[_controlCount - 1];
        for (int i = 0; i <= count; i++)
        {
            ReadOnlySpan<ValueType> types = LabelAt(ref reader, again.ReadU32("a label"), offset).LabelTypes;
            if (types.Length != arity) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, "br_table's labels take different numbers of operands");
            // Checked in place: popping and pushing back would turn unknown operands into known ones.
            for (int k = 0; k < arity; k++)
            {
                int slot = _operandCount - 1 - k;
                if (slot < here.Height)
                {
                    if (here.IsUnreachable) break;
                    throw reader.Error(ModuleErrorCode.TypeMismatch, offset, "an operand is missing");
                }

                ValueType actual = _operands[slot], expected = types[arity - 1 - k];
                if (actual != expected && actual != ValueType.Bottom)
                    throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"an operand is {actual}, expected {expected}");
            }
        }

        SetUnreachable();
        return (uint)count;
    }

    private uint ValidateCallIndirect(ref ByteReader reader, int offset)
    {
        FunctionType type = _module.TypeList[(int)ReadIndex(ref reader, _module.TypeList.Count, ModuleErrorCode.UnknownType, "type", offset)];
        uint tableIndex = reader.ReadU32("a table index");
        TableType table = TableAt(ref reader, tableIndex, offset);
        if (table.Element != ValueType.FuncRef) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"call_indirect through a table of {table.Element}");
        Pop(ref reader, AddressType(table), offset);
        Pop(ref reader, type.Parameters, offset);
        Push(ref reader, type.Results);
        return (uint)type.Parameters.Length;
    }

    private void ValidateSelect(ref ByteReader reader, int offset)
    {
        Pop(ref reader, ValueType.I32, offset);
        ValueType second = Pop(ref reader, offset), first = Pop(ref reader, offset);
        if (first.IsReference || second.IsReference) throw reader.Error(ModuleErrorCode.SelectNeedsType, offset, "select on references needs its type");
        if (first != second && first != ValueType.Bottom && second != ValueType.Bottom)
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"select between {first} and {second}");
        Push(ref reader, first == ValueType.Bottom ? second : first);
    }

    private FunctionType ReadBlockType(ref ByteReader reader)
    {
        int start = reader.Position;
        byte first = reader.PeekByte();
        if (first == 0x40)
        {
            reader.ReadByte("a block type");
            return EmptyType;
        }

        // A negative s33 is a value type; it has bit 6 set and bit 7 clear in its first byte.
        if ((first & 0xC0) == 0x40)
        {
            ValueType type = TypeReader.ReadValueType(ref reader, _module, "a block type");
            foreach (FunctionType single in SingleResultTypes)
                if (single.Results[0] == type) return single;
            throw new InvalidOperationException($"block type {type}");
        }

        long index = reader.ReadS33("a block type");
        if (index < 0) throw reader.Error(ModuleErrorCode.BadType, start, "the block type is not a value type");
        if (index >= _module.TypeList.Count) throw reader.Error(ModuleErrorCode.UnknownType, start, $"type {index} of {_module.TypeList.Count}");
        FunctionType indexed = _module.TypeList[(int)index];
        FeatureGate.Require(ref reader, _module, Features.MultiValue, start, "a block type with parameters or several results");
        return indexed;
    }

    private static uint ReadIndex(ref ByteReader reader, int count, ModuleErrorCode code, string what, int offset)
    {
        uint index = reader.ReadU32($"a {what} index");
        return index < (uint)count ? index : throw reader.Error(code, offset, $"{what} {index} of {count}");
    }

    private ValueType LocalAt(ref ByteReader reader, int offset)
    {
        uint index = reader.ReadU32("a local index");
        return index < (uint)_locals.Length ? _locals[index] : throw reader.Error(ModuleErrorCode.UnknownLocal, offset, $"local {index} of {_locals.Length}");
    }

    private GlobalType GlobalAt(ref ByteReader reader, int offset)
    {
        uint index = reader.ReadU32("a global index");
        return index < (uint)_module.GlobalTypeList.Count
            ? _module.GlobalTypeList[(int)index]
            : throw reader.Error(ModuleErrorCode.UnknownGlobal, offset, $"global {index} of {_module.GlobalTypeList.Count}");
    }

    private MemoryType ReadMemory(ref ByteReader reader, int offset)
    {
        uint index = reader.ReadU32("a memory index");
        if (index > 0) FeatureGate.Require(ref reader, _module, Features.MultiMemory, offset, "a memory index");
        return MemoryAt(ref reader, index, offset);
    }

    private TableType ReadTable(ref ByteReader reader, int offset) => TableAt(ref reader, reader.ReadU32("a table index"), offset);

    private ElementSegment ReadElement(ref ByteReader reader, int offset) =>
        _module.ElementList[(int)ReadIndex(ref reader, _module.ElementList.Count, ModuleErrorCode.UnknownElement, "element segment", offset)];

    private void ReadData(ref ByteReader reader, int offset)
    {
        uint index = reader.ReadU32("a data segment index");
        // The data section stands after the code: without a count, bodies cannot be checked in one pass.
        if (_dataCount is not int count) throw reader.Error(ModuleErrorCode.DataCountMissing, offset, "a data segment is used without a data count section");
        if (index >= (uint)count) throw reader.Error(ModuleErrorCode.UnknownData, offset, $"data segment {index} of {count}");
    }

    private static ValueType AddressType(MemoryType type) => type.Is64 ? ValueType.I64 : ValueType.I32;

    private static ValueType AddressType(TableType type) => type.Is64 ? ValueType.I64 : ValueType.I32;
}
