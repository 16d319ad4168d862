using System;

namespace ContractVm.Binary;

/// <summary>Element and data segments.</summary>
internal sealed partial class ModuleDecoder
{
    private void DecodeElements(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the element section");
        ProfileGate.Check(ref reader, _module, Limit.ElementSegments, (ulong)count, start);
        for (int i = 0; i < count; i++) _module.ElementList.Add(DecodeElementSegment(ref reader));
    }

    private ElementSegment DecodeElementSegment(ref ByteReader reader)
    {
        // Flags (binary format, "Element Section"): bit 0 passive or declarative; bit 1 explicit table, or declarative; bit 2 expressions.
        int start = reader.Position;
        uint flags = reader.ReadU32("an element segment's flags");
        if (flags > 7) throw reader.Error(ModuleErrorCode.BadFlags, start, $"element segment flags {flags} are unknown");
        bool isActive = (flags & 1) == 0, hasIndexOrDeclares = (flags & 2) != 0, hasExpressions = (flags & 4) != 0;
        if (!isActive) ProfileGate.Require(ref reader, _module, Features.PassiveSegments, start, "a segment that is not active");
        if (hasExpressions) ProfileGate.Require(ref reader, _module, Features.ReferenceTypes, start, "elements as expressions");
        int table = 0;
        ByteRange offset = default;
        if (isActive)
        {
            int tableOffset = reader.Position;
            uint index = hasIndexOrDeclares ? reader.ReadU32("an element segment's table") : 0;
            if (index >= (uint)_module.TableList.Count) throw reader.Error(ModuleErrorCode.UnknownTable, tableOffset, $"table {index} of {_module.TableList.Count}");
            if (hasIndexOrDeclares) ProfileGate.Require(ref reader, _module, Features.ReferenceTypes, start, "an element segment that names its table");
            table = (int)index;
            offset = _validator.ValidateConstant(ref reader, _module.TableList[table].Is64 ? ValueType.I64 : ValueType.I32);
        }

        // Without a type of their own, functions are not null; expressions are funcref, which is.
        ValueType type = hasExpressions ? ValueType.FuncRef : ValueType.Reference(HeapType.Func, nullable: false);
        if (!isActive || hasIndexOrDeclares)
        {
            int typeOffset = reader.Position;
            if (hasExpressions) type = TypeReader.ReadReferenceType(ref reader, _module, "an element segment's type");
            else if (reader.ReadByte("an element kind") != 0) throw reader.Error(ModuleErrorCode.BadFlags, typeOffset, "the element kind is not funcref");
        }

        if (isActive && !_module.TypeSpace.Matches(type, _module.TableList[table].Element))
            throw reader.Error(ModuleErrorCode.TypeMismatch, start, $"a segment of {type} for a table of {_module.TableList[table].Element}");
        int count = reader.ReadCount("an element segment");
        ProfileGate.Check(ref reader, _module, Limit.SegmentElements, (ulong)count, start);
        _totalElements += (ulong)count;
        ProfileGate.Check(ref reader, _module, Limit.TotalElements, _totalElements, start);
        int[]? functions = hasExpressions ? null : new int[count];
        ByteRange[]? expressions = hasExpressions ? new ByteRange[count] : null;
        for (int i = 0; i < count; i++)
        {
            if (expressions is not null)
            {
                expressions[i] = _validator.ValidateConstant(ref reader, type);
                continue;
            }

            functions![i] = ReadFunctionIndex(ref reader);
            _context.DeclareReference(functions[i]);
        }

        SegmentMode mode = isActive ? SegmentMode.Active : hasIndexOrDeclares ? SegmentMode.Declarative : SegmentMode.Passive;
        return new ElementSegment(mode, table, offset, type, functions, expressions);
    }

    private void DecodeData(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the data section");
        if (_context.DataCount is int announced && announced != count)
            throw reader.Error(ModuleErrorCode.DataCountMismatch, start, $"the data count section announces {announced} segments, there are {count}");
        ProfileGate.Check(ref reader, _module, Limit.DataSegments, (ulong)count, start);
        for (int i = 0; i < count; i++)
        {
            int segmentStart = reader.Position;
            uint flags = reader.ReadU32("a data segment's flags");
            if (flags > 2) throw reader.Error(ModuleErrorCode.BadFlags, segmentStart, $"data segment flags {flags} are unknown");
            bool isActive = flags != 1;
            if (!isActive) ProfileGate.Require(ref reader, _module, Features.PassiveSegments, segmentStart, "a passive data segment");
            int memoryOffset = reader.Position;
            uint memory = flags == 2 ? reader.ReadU32("a data segment's memory") : 0;
            ByteRange offset = default;
            if (isActive)
            {
                if (memory >= (uint)_module.MemoryList.Count) throw reader.Error(ModuleErrorCode.UnknownMemory, memoryOffset, $"memory {memory} of {_module.MemoryList.Count}");
                offset = _validator.ValidateConstant(ref reader, _module.MemoryList[(int)memory].Is64 ? ValueType.I64 : ValueType.I32);
            }

            ByteRange content = reader.ReadRange(reader.ReadU32("a data segment's size"), "a data segment");
            _module.DataList.Add(new DataSegment(isActive ? SegmentMode.Active : SegmentMode.Passive, (int)memory, offset, content));
        }
    }
}
