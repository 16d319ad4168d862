using System;
using System.Collections.Generic;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Validation;

/// <summary>Instructions whose types depend on the context (WebAssembly 3.0, validation, "Instructions"), but for aggregates.</summary>
internal sealed partial class FunctionValidator
{
    /// <summary><paramref name="operands"/> and <paramref name="isTarget"/> are what the gas plan wants to know.</summary>
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
                PushControl(ref reader, info.Role, blockType, offset);
                break;
            case Opcode.If:
                FunctionType ifType = ReadBlockType(ref reader);
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, ifType.Parameters, offset);
                PushControl(ref reader, info.Role, ifType, offset);
                break;
            case Opcode.Else:
                if (_control[_controlCount - 1].Role != ControlRole.If) throw reader.Error(ModuleErrorCode.UnbalancedControl, offset, "else without if");
                ControlFrame then = PopControl(ref reader, offset);
                PushControl(ref reader, ControlRole.Else, then.Type, offset);
                // Branches out of the first arm meet the second arm's end.
                _control[_controlCount - 1].IsTarget = then.IsTarget;
                break;
            case Opcode.End:
                ValidateEnd(ref reader, offset, out isTarget);
                break;
            case Opcode.TryTable:
                operands = ValidateTryTable(ref reader, info, offset);
                break;
            case Opcode.Throw:
                FunctionType thrown = ReadTag(ref reader, offset);
                Pop(ref reader, thrown.Parameters, offset);
                operands = (uint)thrown.Parameters.Length;
                SetUnreachable();
                break;
            case Opcode.ThrowRef:
                Pop(ref reader, ValueType.Reference(HeapType.Exn, nullable: true), offset);
                SetUnreachable();
                break;
            case Opcode.Br:
                Pop(ref reader, ReadLabel(ref reader, offset).LabelTypes, offset);
                SetUnreachable();
                break;
            case Opcode.BrIf:
                ReadOnlySpan<ValueType> branchTypes = ReadLabel(ref reader, offset).LabelTypes;
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, branchTypes, offset);
                Push(ref reader, branchTypes, offset);
                break;
            case Opcode.BrTable:
                operands = ValidateBranchTable(ref reader, offset);
                break;
            case Opcode.BrOnNull:
            case Opcode.BrOnNonNull:
                ValidateBranchOnNull(ref reader, info.Opcode, offset);
                break;
            case Opcode.Return:
                Pop(ref reader, _control[0].Type.Results, offset);
                SetUnreachable();
                break;
            case Opcode.Call:
            case Opcode.ReturnCall:
                uint function = ReadIndex(ref reader, _module.FunctionCount, ModuleErrorCode.UnknownFunction, "function", offset);
                ValidateCall(ref reader, info, _module.TypeOfFunction((int)function), offset);
                break;
            case Opcode.CallIndirect:
            case Opcode.ReturnCallIndirect:
                operands = ValidateCallIndirect(ref reader, info, offset);
                break;
            case Opcode.CallRef:
            case Opcode.ReturnCallRef:
                int typeIndex = TypeReader.ReadFunctionTypeIndex(ref reader, _module, info.Name);
                Pop(ref reader, ValueType.Reference(HeapType.Concrete((uint)typeIndex), nullable: true), offset);
                FunctionType referenced = _types[typeIndex].Function!;
                operands = (uint)referenced.Parameters.Length;
                ValidateCall(ref reader, info, referenced, offset);
                break;
            case Opcode.Drop:
                Pop(ref reader, offset);
                break;
            case Opcode.Select:
                ValidateSelect(ref reader, offset);
                break;
            case Opcode.SelectT:
                int count = reader.ReadCount("select's types");
                if (count != 1) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"select with {count} types");
                ValueType selected = TypeReader.ReadValueType(ref reader, _module, "select's type");
                Pop(ref reader, ValueType.I32, offset);
                Pop(ref reader, selected, offset);
                Pop(ref reader, selected, offset);
                Push(selected);
                break;
            case Opcode.LocalGet:
                ValueType got = ReadLocal(ref reader, offset, out uint gotIndex);
                if (!_locals.IsSet(gotIndex, got)) throw reader.Error(ModuleErrorCode.UninitializedLocal, offset, $"local {gotIndex} of type {got} is read before it is set");
                Push(got);
                break;
            case Opcode.LocalSet:
                ValueType set = ReadLocal(ref reader, offset, out uint setIndex);
                Pop(ref reader, set, offset);
                _locals.Set(setIndex, set);
                break;
            case Opcode.LocalTee:
                ValueType teed = ReadLocal(ref reader, offset, out uint teedIndex);
                Pop(ref reader, teed, offset);
                _locals.Set(teedIndex, teed);
                Push(teed);
                break;
            case Opcode.GlobalGet:
                Push(ReadGlobal(ref reader, offset).Value);
                break;
            case Opcode.GlobalSet:
                GlobalType global = ReadGlobal(ref reader, offset);
                if (!global.IsMutable) throw reader.Error(ModuleErrorCode.ImmutableGlobal, offset, "global.set of an immutable global");
                Pop(ref reader, global.Value, offset);
                break;
            default:
                ValidateMemoryOrTable(ref reader, info, offset);
                break;
        }
    }

    /// <summary>Instructions on memories, tables, segments and function references.</summary>
    private void ValidateMemoryOrTable(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        switch (info.Opcode)
        {
            case Opcode.MemorySize:
                Push(AddressType(ReadMemory(ref reader, offset)));
                break;
            case Opcode.MemoryGrow:
                ValueType growType = AddressType(ReadMemory(ref reader, offset));
                Pop(ref reader, growType, offset);
                Push(growType);
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
            case Opcode.RefNull:
                Push(ValueType.Reference(TypeReader.ReadHeapType(ref reader, _module, "ref.null's type"), nullable: true));
                break;
            case Opcode.RefIsNull:
                PopReference(ref reader, offset);
                Push(ValueType.I32);
                break;
            case Opcode.RefFunc:
                uint function = ReadIndex(ref reader, _module.FunctionCount, ModuleErrorCode.UnknownFunction, "function", offset);
                if (_isConstant) _context.DeclareReference((int)function);
                else if (!_context.IsReferenceDeclared((int)function))
                    throw reader.Error(ModuleErrorCode.UndeclaredFunctionReference, offset, $"ref.func {function}, which the module does not declare");
                Push(ValueType.Reference(HeapType.Concrete((uint)_module.FunctionTypeIndices[(int)function]), nullable: false));
                break;
            case Opcode.RefAsNonNull:
                Push(ValueType.Reference(PopReference(ref reader, offset).Heap, nullable: false));
                break;
            case Opcode.RefEq:
                ValueType comparable = ValueType.Reference(HeapType.Eq, nullable: true);
                Pop(ref reader, comparable, offset);
                Pop(ref reader, comparable, offset);
                Push(ValueType.I32);
                break;
            case Opcode.TableGet:
                TableType getTable = ReadTable(ref reader, offset);
                Pop(ref reader, AddressType(getTable), offset);
                Push(getTable.Element);
                break;
            case Opcode.TableSet:
                TableType setTable = ReadTable(ref reader, offset);
                Pop(ref reader, setTable.Element, offset);
                Pop(ref reader, AddressType(setTable), offset);
                break;
            case Opcode.TableSize:
                Push(AddressType(ReadTable(ref reader, offset)));
                break;
            case Opcode.TableGrow:
                TableType growTable = ReadTable(ref reader, offset);
                Pop(ref reader, AddressType(growTable), offset);
                Pop(ref reader, growTable.Element, offset);
                Push(AddressType(growTable));
                break;
            case Opcode.TableFill:
                TableType fillTable = ReadTable(ref reader, offset);
                Pop(ref reader, AddressType(fillTable), offset);
                Pop(ref reader, fillTable.Element, offset);
                Pop(ref reader, AddressType(fillTable), offset);
                break;
            case Opcode.TableCopy:
                TableType target = ReadTable(ref reader, offset), source = ReadTable(ref reader, offset);
                if (!_types.Matches(source.Element, target.Element))
                    throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"table.copy from {source.Element} to {target.Element}");
                Pop(ref reader, target.Is64 ? AddressType(source) : AddressType(target), offset);
                Pop(ref reader, AddressType(source), offset);
                Pop(ref reader, AddressType(target), offset);
                break;
            case Opcode.TableInit:
                ElementSegment segment = ReadElement(ref reader, offset);
                TableType initTable = ReadTable(ref reader, offset);
                if (!_types.Matches(segment.Type, initTable.Element))
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
        if (frame.Role == ControlRole.If)
        {
            // Without an else, what goes in must be fit to come out.
            ReadOnlySpan<ValueType> parameters = frame.Type.Parameters, results = frame.Type.Results;
            bool matches = parameters.Length == results.Length;
            for (int i = 0; matches && i < parameters.Length; i++) matches = _types.Matches(parameters[i], results[i]);
            if (!matches) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, "an if without else must leave what it takes");
        }

        // Two arms meet at the end of an if; a loop's label is its start, so its end is no target.
        isTarget = frame.Role is ControlRole.If or ControlRole.Else || (frame.IsTarget && frame.Role != ControlRole.Loop);
        if (_controlCount > 0) Push(ref reader, frame.Type.Results, offset);
    }

    private uint ValidateTryTable(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        FunctionType type = ReadBlockType(ref reader);
        Pop(ref reader, type.Parameters, offset);
        int count = reader.ReadCount("catch clauses");
        ProfileGate.Check(ref reader, _module, Limit.CatchClauses, (ulong)count, offset);
        for (int i = 0; i < count; i++)
        {
            int clause = reader.Position;
            byte kind = reader.ReadByte("a catch clause");
            if (kind > 3) throw reader.Error(ModuleErrorCode.BadFlags, clause, $"{kind} is not a kind of catch clause");
            // Kinds 0 and 1 name a tag; 1 and 3 give the exception too. Labels count from outside of the try_table.
            ReadOnlySpan<ValueType> caught = kind < 2 ? ReadTag(ref reader, clause).Parameters : [];
            ReadOnlySpan<ValueType> expected = ReadLabel(ref reader, clause).LabelTypes;
            bool givesException = (kind & 1) != 0;
            bool matches = expected.Length == caught.Length + (givesException ? 1 : 0);
            for (int k = 0; matches && k < caught.Length; k++) matches = _types.Matches(caught[k], expected[k]);
            if (matches && givesException) matches = _types.Matches(ValueType.Reference(HeapType.Exn, nullable: false), expected[^1]);
            if (!matches) throw reader.Error(ModuleErrorCode.TypeMismatch, clause, "a catch clause does not give what its label takes");
            // What is caught passes over the operand stack on its way to the label.
            int height = _operandCount, vectors = _vectorCount;
            Push(ref reader, caught, clause);
            if (givesException) Push(ValueType.Reference(HeapType.Exn, nullable: false));
            (_operandCount, _vectorCount) = (height, vectors);
        }

        PushControl(ref reader, info.Role, type, offset);
        return (uint)count;
    }

    private uint ValidateBranchTable(ref ByteReader reader, int offset)
    {
        int count = reader.ReadCount("br_table's targets");
        ProfileGate.Check(ref reader, _module, Limit.BranchTargets, (ulong)count, offset);
        int targets = reader.Position;
        for (int i = 0; i < count; i++) reader.ReadU32("a label");
        uint defaultDepth = reader.ReadU32("a label");
        Pop(ref reader, ValueType.I32, offset);
        int arity = LabelAt(ref reader, defaultDepth, offset).LabelTypes.Length;
        ByteReader again = reader;
        again.Position = targets;
        for (int i = 0; i <= count; i++)
        {
            ref ControlFrame label = ref LabelAt(ref reader, again.ReadU32("a label"), offset);
            // A label that was checked needs no second look, nor does one of the same type: many targets, few labels, fewer types.
            if (label.CheckedAt == offset) continue;
            label.CheckedAt = offset;
            if (count >= Many)
            {
                Dictionary<FunctionType, int> checkedAt = label.Role == ControlRole.Loop ? _loopTypesChecked : _typesChecked;
                if (checkedAt.TryGetValue(label.Type, out int last) && last == offset) continue;
                checkedAt[label.Type] = offset;
            }

            ReadOnlySpan<ValueType> types = label.LabelTypes;
            if (types.Length != arity) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, "br_table's labels take different numbers of operands");
            CheckOperands(ref reader, types, offset);
        }

        SetUnreachable();
        return (uint)count;
    }

    private void ValidateBranchOnNull(ref ByteReader reader, Opcode opcode, int offset)
    {
        ReadOnlySpan<ValueType> types = ReadLabel(ref reader, offset).LabelTypes;
        ValueType present = ValueType.Reference(PopReference(ref reader, offset).Heap, nullable: false);
        if (opcode == Opcode.BrOnNull)
        {
            Pop(ref reader, types, offset);
            Push(ref reader, types, offset);
            Push(present);
            return;
        }

        if (types.Length == 0 || !_types.Matches(present, types[^1]))
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"br_on_non_null gives {present}, which its label does not take");
        Pop(ref reader, types[..^1], offset);
        Push(ref reader, types[..^1], offset);
    }

    private void ValidateCall(ref ByteReader reader, OpcodeInfo info, FunctionType callee, int offset)
    {
        _lastType = callee;
        Pop(ref reader, callee.Parameters, offset);
        if (info.Role != ControlRole.TailCall)
        {
            Push(ref reader, callee.Results, offset);
            return;
        }

        ReadOnlySpan<ValueType> given = callee.Results, expected = _control[0].Type.Results;
        bool matches = given.Length == expected.Length;
        for (int i = 0; matches && i < given.Length; i++) matches = _types.Matches(given[i], expected[i]);
        if (!matches) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name} of a function that does not give what this one does");
        SetUnreachable();
    }

    private uint ValidateCallIndirect(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        int typeIndex = TypeReader.ReadFunctionTypeIndex(ref reader, _module, info.Name);
        int tableStart = reader.Position;
        uint tableIndex = reader.ReadU32("a table index");
        // In 1.0 this is one zero byte, not an index.
        if (tableIndex != 0 || reader.Position != tableStart + 1) ProfileGate.Require(ref reader, _module, Features.ReferenceTypes, offset, "a table index");
        TableType table = TableAt(ref reader, tableIndex, offset);
        if (!_types.Matches(table.Element, ValueType.FuncRef)) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{info.Name} through a table of {table.Element}");
        Pop(ref reader, AddressType(table), offset);
        FunctionType type = _types[typeIndex].Function!;
        ValidateCall(ref reader, info, type, offset);
        return (uint)type.Parameters.Length;
    }

    private void ValidateSelect(ref ByteReader reader, int offset)
    {
        Pop(ref reader, ValueType.I32, offset);
        ValueType second = Pop(ref reader, offset), first = Pop(ref reader, offset);
        if (first.IsReference || second.IsReference) throw reader.Error(ModuleErrorCode.SelectNeedsType, offset, "select on references needs its type");
        if (first != second && first != ValueType.Bottom && second != ValueType.Bottom)
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"select between {first} and {second}");
        Push(first == ValueType.Bottom ? second : first);
    }

    private static uint ReadIndex(ref ByteReader reader, int count, ModuleErrorCode code, string what, int offset)
    {
        uint index = reader.ReadU32("an index");
        return index < (uint)count ? index : throw reader.Error(code, offset, $"{what} {index} of {count}");
    }

    private ValueType ReadLocal(ref ByteReader reader, int offset, out uint index)
    {
        index = reader.ReadU32("a local index");
        return index < _locals.Count ? _locals[index] : throw reader.Error(ModuleErrorCode.UnknownLocal, offset, $"local {index} of {_locals.Count}");
    }

    private GlobalType ReadGlobal(ref ByteReader reader, int offset) =>
        _module.GlobalTypeList[(int)ReadIndex(ref reader, _module.GlobalTypeList.Count, ModuleErrorCode.UnknownGlobal, "global", offset)];

    private FunctionType ReadTag(ref ByteReader reader, int offset) =>
        _module.TypeOfTag((int)ReadIndex(ref reader, _module.TagCount, ModuleErrorCode.UnknownTag, "tag", offset));

    private MemoryType ReadMemory(ref ByteReader reader, int offset)
    {
        int start = reader.Position;
        uint index = reader.ReadU32("a memory index");
        // Before multiple memories this is one zero byte, not an index.
        if (index > 0 || reader.Position != start + 1) ProfileGate.Require(ref reader, _module, Features.MultiMemory, offset, "a memory index");
        return MemoryAt(ref reader, index, offset);
    }

    private MemoryType MemoryAt(ref ByteReader reader, uint index, int offset) =>
        index < (uint)_module.MemoryList.Count
            ? _module.MemoryList[(int)index]
            : throw reader.Error(ModuleErrorCode.UnknownMemory, offset, $"memory {index} of {_module.MemoryList.Count}");

    private TableType ReadTable(ref ByteReader reader, int offset) => TableAt(ref reader, reader.ReadU32("a table index"), offset);

    private TableType TableAt(ref ByteReader reader, uint index, int offset) =>
        index < (uint)_module.TableList.Count
            ? _module.TableList[(int)index]
            : throw reader.Error(ModuleErrorCode.UnknownTable, offset, $"table {index} of {_module.TableList.Count}");

    private ElementSegment ReadElement(ref ByteReader reader, int offset) =>
        _module.ElementList[(int)ReadIndex(ref reader, _module.ElementList.Count, ModuleErrorCode.UnknownElement, "element segment", offset)];

    private void ReadData(ref ByteReader reader, int offset)
    {
        uint index = reader.ReadU32("a data segment index");
        // The data section stands after the code: without a count, bodies cannot be checked in one pass.
        if (_context.DataCount is not int count) throw reader.Error(ModuleErrorCode.DataCountMissing, offset, "a data segment is used without a data count section");
        if (index >= (uint)count) throw reader.Error(ModuleErrorCode.UnknownData, offset, $"data segment {index} of {count}");
    }

    private static ValueType AddressType(MemoryType type) => type.Is64 ? ValueType.I64 : ValueType.I32;

    private static ValueType AddressType(TableType type) => type.Is64 ? ValueType.I64 : ValueType.I32;
}
