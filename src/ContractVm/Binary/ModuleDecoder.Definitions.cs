using System;

namespace ContractVm.Binary;

/// <summary>Sections that define what has an index: imports, functions, tables, memories, tags, globals, exports, start.</summary>
internal sealed partial class ModuleDecoder
{
    private void DecodeImports(ref ByteReader reader)
    {
        int section = reader.Position;
        int count = reader.ReadCount("the import section");
        ProfileGate.Check(ref reader, _module, Limit.Imports, (ulong)count, section);
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            string module = ReadName(ref reader, "an import's module name");
            string name = ReadName(ref reader, "an import's name");
            int kindOffset = reader.Position;
            byte kind = reader.ReadByte("an import's kind");
            if (kind is >= 1 and <= 4) ProfileGate.Require(ref reader, _module, Features.NonFunctionImports, kindOffset, "an import that is no function");
            int index = kind switch
            {
                0 => ImportFunction(ref reader),
                1 => AddTable(ref reader, ReadTableType(ref reader), kindOffset),
                2 => AddMemory(ref reader, kindOffset),
                3 => ImportGlobal(ref reader, kindOffset),
                4 => AddTag(ref reader),
                _ => throw reader.Error(ModuleErrorCode.BadExternalKind, kindOffset, $"{kind} is not a kind of import"),
            };
            _module.ImportList.Add(new Import(module, name, (ExternalKind)kind, index, start));
        }

        ProfileGate.Check(ref reader, _module, Limit.Functions, (ulong)_module.FunctionCount, section);
        ProfileGate.Check(ref reader, _module, Limit.Globals, (ulong)_module.GlobalTypeList.Count, section);
    }

    private int ImportFunction(ref ByteReader reader)
    {
        _module.FunctionTypeIndices.Add(TypeReader.ReadFunctionTypeIndex(ref reader, _module, "an imported function"));
        return _module.ImportedFunctions++;
    }

    private int ImportGlobal(ref ByteReader reader, int offset)
    {
        GlobalType type = ReadGlobalType(ref reader);
        if (type.IsMutable) ProfileGate.Require(ref reader, _module, Features.MutableGlobals, offset, "an imported mutable global");
        _module.GlobalTypeList.Add(type);
        return _module.ImportedGlobals++;
    }

    private void DecodeFunctions(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the function section");
        ProfileGate.Check(ref reader, _module, Limit.Functions, (ulong)_module.FunctionCount + (ulong)count, start);
        for (int i = 0; i < count; i++) _module.FunctionTypeIndices.Add(TypeReader.ReadFunctionTypeIndex(ref reader, _module, "a function"));
        _definedFunctions = count;
    }

    private void DecodeTables(ref ByteReader reader)
    {
        int count = reader.ReadCount("the table section");
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            bool hasInitializer = reader.PeekByte() == 0x40;
            if (hasInitializer)
            {
                ProfileGate.Require(ref reader, _module, Features.TypedReferences, start, "a table with an initializer");
                reader.ReadByte("a table");
                if (reader.ReadByte("a table") != 0) throw reader.Error(ModuleErrorCode.BadFlags, start, "the byte after a table's 0x40 is not 0");
            }

            TableType type = ReadTableType(ref reader);
            if (!hasInitializer && !type.Element.IsDefaultable)
                throw reader.Error(ModuleErrorCode.NotDefaultable, start, $"a table of {type.Element} needs an initializer");
            // The initializer sees neither this table nor a function of it, only what stands before.
            ByteRange initializer = hasInitializer ? _validator.ValidateConstant(ref reader, type.Element) : default;
            AddTable(ref reader, type, start);
            _module.TableDefinitions.Add(new TableDefinition(type, initializer));
        }
    }

    private void DecodeMemories(ref ByteReader reader)
    {
        int count = reader.ReadCount("the memory section");
        for (int i = 0; i < count; i++) AddMemory(ref reader, reader.Position);
    }

    private void DecodeTags(ref ByteReader reader)
    {
        ProfileGate.Require(ref reader, _module, Features.Exceptions, reader.Position, "the tag section");
        int count = reader.ReadCount("the tag section");
        for (int i = 0; i < count; i++) AddTag(ref reader);
    }

    private void DecodeGlobals(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the global section");
        ProfileGate.Check(ref reader, _module, Limit.Globals, (ulong)_module.GlobalTypeList.Count + (ulong)count, start);
        for (int i = 0; i < count; i++)
        {
            GlobalType type = ReadGlobalType(ref reader);
            ByteRange initializer = _validator.ValidateConstant(ref reader, type.Value);
            _module.GlobalTypeList.Add(type);
            _module.GlobalDefinitions.Add(new GlobalDefinition(type, initializer));
        }
    }

    private void DecodeExports(ref ByteReader reader)
    {
        int section = reader.Position;
        int count = reader.ReadCount("the export section");
        ProfileGate.Check(ref reader, _module, Limit.Exports, (ulong)count, section);
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            string name = ReadName(ref reader, "an export's name");
            int kindOffset = reader.Position;
            byte kind = reader.ReadByte("an export's kind");
            int indexOffset = reader.Position;
            uint index = reader.ReadU32("an export's index");
            (int size, ModuleErrorCode code) = kind switch
            {
                0 => (_module.FunctionCount, ModuleErrorCode.UnknownFunction),
                1 => (_module.TableList.Count, ModuleErrorCode.UnknownTable),
                2 => (_module.MemoryList.Count, ModuleErrorCode.UnknownMemory),
                3 => (_module.GlobalTypeList.Count, ModuleErrorCode.UnknownGlobal),
                4 => (_module.TagTypeIndices.Count, ModuleErrorCode.UnknownTag),
                _ => throw reader.Error(ModuleErrorCode.BadExternalKind, kindOffset, $"{kind} is not a kind of export"),
            };
            if (index >= (uint)size)
            {
                reader.Report(code, indexOffset, $"an export of index {index} of {size}");
                continue;
            }

            if (kind == 0) _context.DeclareReference((int)index);
            if (kind == 3 && _module.GlobalTypeList[(int)index].IsMutable)
                ProfileGate.Require(ref reader, _module, Features.MutableGlobals, kindOffset, "an exported mutable global");
            Export export = new(name, (ExternalKind)kind, (int)index, start);
            if (!_module.ExportsByName.TryAdd(name, export)) reader.Report(ModuleErrorCode.DuplicateExport, start, $"two exports are named '{name}'");
            _module.ExportList.Add(export);
        }
    }

    private void DecodeStart(ref ByteReader reader)
    {
        int start = reader.Position;
        ProfileGate.Require(ref reader, _module, Features.StartFunction, start, "a start function");
        int index = ReadFunctionIndex(ref reader);
        FunctionType type = _module.TypeOfFunction(index);
        if (type.Parameters.Length + type.Results.Length > 0) reader.Report(ModuleErrorCode.BadStartFunction, start, "the start function has parameters or results");
        _module.StartFunction = index;
    }

    private string ReadName(ref ByteReader reader, string what)
    {
        int start = reader.Position;
        string name = reader.ReadName(what);
        // The length stands before the bytes in at most five; what is between start and here bounds the name.
        ProfileGate.Check(ref reader, _module, Limit.NameBytes, (ulong)System.Text.Encoding.UTF8.GetByteCount(name), start);
        return name;
    }

    private int ReadFunctionIndex(ref ByteReader reader)
    {
        int start = reader.Position;
        uint index = reader.ReadU32("a function index");
        if (index >= (uint)_module.FunctionCount) throw reader.Error(ModuleErrorCode.UnknownFunction, start, $"function {index} of {_module.FunctionCount}");
        return (int)index;
    }

    private TableType ReadTableType(ref ByteReader reader)
    {
        ValueType element = TypeReader.ReadReferenceType(ref reader, _module, "a table's element type");
        SizeLimits limits = TypeReader.ReadLimits(ref reader, _module, isMemory: false, out _, out bool is64);
        return new TableType(element, limits, is64);
    }

    private GlobalType ReadGlobalType(ref ByteReader reader)
    {
        ValueType type = TypeReader.ReadValueType(ref reader, _module, "a global's type");
        int start = reader.Position;
        byte mutability = reader.ReadByte("a global's mutability");
        if (mutability > 1) throw reader.Error(ModuleErrorCode.BadFlags, start, $"mutability {mutability} is unknown");
        return new GlobalType(type, mutability == 1);
    }

    private int AddTable(ref ByteReader reader, TableType type, int offset)
    {
        ProfileGate.Check(ref reader, _module, Limit.TableElements, type.Limits.Minimum, offset);
        _module.TableList.Add(type);
        ProfileGate.Check(ref reader, _module, Limit.Tables, (ulong)_module.TableList.Count, offset);
        if (_module.TableList.Count > 1) ProfileGate.Require(ref reader, _module, Features.ReferenceTypes, offset, "a second table");
        return _module.TableList.Count - 1;
    }

    private int AddMemory(ref ByteReader reader, int offset)
    {
        SizeLimits limits = TypeReader.ReadLimits(ref reader, _module, isMemory: true, out bool isShared, out bool is64);
        ProfileGate.Check(ref reader, _module, Limit.MemoryPages, limits.Minimum, offset);
        _module.MemoryList.Add(new MemoryType(limits, isShared, is64));
        ProfileGate.Check(ref reader, _module, Limit.Memories, (ulong)_module.MemoryList.Count, offset);
        if (_module.MemoryList.Count > 1) ProfileGate.Require(ref reader, _module, Features.MultiMemory, offset, "a second memory");
        return _module.MemoryList.Count - 1;
    }

    private int AddTag(ref ByteReader reader)
    {
        int start = reader.Position;
        ProfileGate.Require(ref reader, _module, Features.Exceptions, start, "a tag");
        byte attribute = reader.ReadByte("a tag");
        if (attribute != 0) throw reader.Error(ModuleErrorCode.BadFlags, start, $"a tag's attribute is {attribute}, not 0");
        int index = TypeReader.ReadFunctionTypeIndex(ref reader, _module, "a tag's type");
        if (_module.TypeSpace[index].Function!.Results.Length > 0) reader.Report(ModuleErrorCode.BadTagType, start, "a tag's type has results");
        _module.TagTypeIndices.Add(index);
        ProfileGate.Check(ref reader, _module, Limit.Tags, (ulong)_module.TagTypeIndices.Count, start);
        return _module.TagTypeIndices.Count - 1;
    }
}
