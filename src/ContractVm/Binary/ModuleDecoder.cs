using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using ContractVm.Validation;

namespace ContractVm.Binary;

/// <summary>
/// Decodes a module section by section and validates as it goes (WebAssembly 3.0, binary format, "Modules"): everything that
/// a section may refer to stands before it, except functions' bodies, whose number is checked as soon as it is known.
/// One pass; no recursion; nothing is reserved for a count that the bytes do not bear out.
/// </summary>
internal ref struct ModuleDecoder
{
    // Order of the sections (data count stands before code, tag between memory and global).
    private static readonly (string Name, int Order)[] Sections =
    [
        ("custom", 0), ("type", 1), ("import", 2), ("function", 3), ("table", 4), ("memory", 5), ("global", 7), ("export", 8),
        ("start", 9), ("element", 10), ("code", 12), ("data", 13), ("data count", 11), ("tag", 6),
    ];

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly Module _module;
    private readonly ModuleLimits _limits;
    private readonly ConstantExpressions _constants;
    private readonly HashSet<int> _declaredReferences = [];
    private int? _dataCount;
    private int _definedFunctions;
    private bool _hasCode;

    private ModuleDecoder(ReadOnlyMemory<byte> bytes, Profile profile)
    {
        _bytes = bytes.Span;
        _module = new Module(bytes, profile);
        _limits = profile.Limits;
        _constants = new ConstantExpressions(_module, _declaredReferences);
    }

    /// <exception cref="ModuleException">The first error in the order of the bytes.</exception>
    public static Module Decode(ReadOnlyMemory<byte> bytes, Profile profile)
    {
        ModuleDecoder decoder = new(bytes, profile);
        decoder.DecodeSections();
        HostInterfaceCheck.Check(decoder._module);
        return decoder._module;
    }

    private void DecodeSections()
    {
        ByteReader reader = new(_bytes, new ByteRange(0, _bytes.Length));
        if (_bytes.Length > _limits.ModuleBytes)
            throw reader.Error(ModuleErrorCode.ModuleTooLarge, 0, $"the module has {_bytes.Length} bytes, the profile allows {_limits.ModuleBytes}");
        if (_bytes.Length < 4 || !_bytes[..4].SequenceEqual("\0asm"u8)) throw reader.Error(ModuleErrorCode.BadMagic, 0, "the bytes do not start with \\0asm");
        reader.ReadBytes(4, "magic");
        if (!reader.ReadBytes(4, "the version").SequenceEqual("\u0001\0\0\0"u8)) throw reader.Error(ModuleErrorCode.BadVersion, 4, "the version is not 1");

        int lastOrder = 0;
        while (!reader.IsAtEnd)
        {
            int start = reader.Position;
            byte id = reader.ReadByte("a section id");
            if (id >= Sections.Length) throw reader.Error(ModuleErrorCode.BadSectionId, start, $"{id} is not a section id");
            (string name, int order) = Sections[id];
            uint size = reader.ReadU32("the section's size");
            ByteRange range = reader.ReadRange(size, $"the {name} section");
            if (order != 0)
            {
                if (order <= lastOrder) throw reader.Error(ModuleErrorCode.SectionOrder, start, $"the {name} section stands twice or out of order");
                lastOrder = order;
                if (order > 12 && _definedFunctions > 0 && !_hasCode) throw reader.Error(ModuleErrorCode.FunctionCodeMismatch, start, "functions without a code section");
            }

            ByteReader section = new(_bytes, range) { Section = name };
            DecodeSection(id, ref section);
            if (!section.IsAtEnd) throw section.Error(ModuleErrorCode.SectionSize, $"the {name} section has {section.Remaining} bytes too many");
        }

        if (_definedFunctions > 0 && !_hasCode) throw reader.Error(ModuleErrorCode.FunctionCodeMismatch, "functions without a code section");
        if (_dataCount is int announced && announced != _module.DataList.Count)
            throw reader.Error(ModuleErrorCode.DataCountMismatch, $"the data count section announces {announced} segments, there are {_module.DataList.Count}");
    }

    private void DecodeSection(byte id, ref ByteReader reader)
    {
        switch (id)
        {
            case 0: DecodeCustom(ref reader); break;
            case 1: DecodeTypes(ref reader); break;
            case 2: DecodeImports(ref reader); break;
            case 3: DecodeFunctions(ref reader); break;
            case 4: DecodeTables(ref reader); break;
            case 5: DecodeMemories(ref reader); break;
            case 6: DecodeGlobals(ref reader); break;
            case 7: DecodeExports(ref reader); break;
            case 8: DecodeStart(ref reader); break;
            case 9: DecodeElements(ref reader); break;
            case 10: DecodeCode(ref reader); break;
            case 11: DecodeData(ref reader); break;
            case 12: _dataCount = DecodeDataCount(ref reader); break;
            case 13: throw FeatureGate.NotAccepted(ref reader, Features.Exceptions, reader.Position, "the tag section");
            default: throw new InvalidOperationException($"section {id}");
        }
    }

    private readonly void DecodeCustom(ref ByteReader reader)
    {
        // A custom section's content never makes a module invalid; only its name must be one.
        string name = reader.ReadName("a custom section's name", int.MaxValue);
        ByteRange range = reader.ReadRange((uint)reader.Remaining, "a custom section");
        _module.CustomSectionList.Add((name, range));
        if (name == "name") _module.FunctionNames = NameSection.ReadFunctionNames(_bytes, range);
    }

    private readonly void DecodeTypes(ref ByteReader reader)
    {
        int count = reader.ReadCount("the type section", _limits.Types);
        Dictionary<FunctionType, int> canonical = [];
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            byte form = reader.ReadByte("a type");
            if (form is 0x4E or 0x4F or 0x50 or 0x5E or 0x5F) throw FeatureGate.NotAccepted(ref reader, Features.Gc, start, "a recursive, struct or array type");
            if (form != 0x60) throw reader.Error(ModuleErrorCode.BadType, start, $"0x{form:x2} does not start a type");
            FunctionType type = TypeReader.ReadFunctionType(ref reader, _module);
            _module.TypeList.Add(type);
            // Equal types share an id, so that call_indirect compares two integers.
            _module.CanonicalTypeList.Add(canonical.TryGetValue(type, out int first) ? first : canonical[type] = i);
        }
    }

    private readonly void DecodeImports(ref ByteReader reader)
    {
        int count = reader.ReadCount("the import section", _limits.Imports);
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            string module = reader.ReadName("an import's module name", _limits.NameBytes);
            string name = reader.ReadName("an import's name", _limits.NameBytes);
            int kindOffset = reader.Position;
            byte kind = reader.ReadByte("an import's kind");
            if (kind is >= 1 and <= 3) FeatureGate.Require(ref reader, _module, Features.NonFunctionImports, kindOffset, "an import that is no function");
            int index;
            switch (kind)
            {
                case 0:
                    index = _module.FunctionTypeIndices.Count;
                    _module.FunctionTypeIndices.Add(ReadTypeIndex(ref reader));
                    _module.ImportedFunctions++;
                    break;
                case 1:
                    index = _module.TableList.Count;
                    AddTable(ref reader, ReadTableType(ref reader), kindOffset);
                    break;
                case 2:
                    index = _module.MemoryList.Count;
                    AddMemory(ref reader, kindOffset);
                    break;
                case 3:
                    index = _module.GlobalTypeList.Count;
                    GlobalType type = ReadGlobalType(ref reader);
                    if (type.IsMutable) FeatureGate.Require(ref reader, _module, Features.MutableGlobals, kindOffset, "an imported mutable global");
                    _module.GlobalTypeList.Add(type);
                    _module.ImportedGlobals++;
                    break;
                case 4:
                    throw FeatureGate.NotAccepted(ref reader, Features.Exceptions, kindOffset, "an imported tag");
                default:
                    throw reader.Error(ModuleErrorCode.BadExternalKind, kindOffset, $"{kind} is not a kind of import");
            }

            _module.ImportList.Add(new Import(module, name, (ExternalKind)kind, index, start));
        }

        CheckTotal(ref reader, _module.FunctionCount, _limits.Functions, "functions");
    }

    private void DecodeFunctions(ref ByteReader reader)
    {
        int count = reader.ReadCount("the function section", _limits.Functions);
        for (int i = 0; i < count; i++) _module.FunctionTypeIndices.Add(ReadTypeIndex(ref reader));
        CheckTotal(ref reader, _module.FunctionCount, _limits.Functions, "functions");
        _definedFunctions = count;
    }

    private readonly void DecodeTables(ref ByteReader reader)
    {
        int count = reader.ReadCount("the table section", _limits.Tables);
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            if (reader.PeekByte() == 0x40) throw FeatureGate.NotAccepted(ref reader, Features.TypedReferences, start, "a table with an initializer");
            AddTable(ref reader, ReadTableType(ref reader), start);
        }
    }

    private readonly void DecodeMemories(ref ByteReader reader)
    {
        int count = reader.ReadCount("the memory section", int.MaxValue);
        for (int i = 0; i < count; i++) AddMemory(ref reader, reader.Position);
    }

    private readonly void DecodeGlobals(ref ByteReader reader)
    {
        int count = reader.ReadCount("the global section", _limits.Globals);
        for (int i = 0; i < count; i++)
        {
            GlobalType type = ReadGlobalType(ref reader);
            ByteRange initializer = _constants.Read(ref reader, type.Value);
            _module.GlobalTypeList.Add(type);
            _module.GlobalDefinitions.Add(new GlobalDefinition(type, initializer));
        }

        CheckTotal(ref reader, _module.GlobalTypeList.Count, _limits.Globals, "globals");
    }

    private readonly void DecodeExports(ref ByteReader reader)
    {
        int count = reader.ReadCount("the export section", _limits.Exports);
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            string name = reader.ReadName("an export's name", _limits.NameBytes);
            int kindOffset = reader.Position;
            byte kind = reader.ReadByte("an export's kind");
            if (kind > 4) throw reader.Error(ModuleErrorCode.BadExternalKind, kindOffset, $"{kind} is not a kind of export");
            int indexOffset = reader.Position;
            uint index = reader.ReadU32("an export's index");
            (int size, ModuleErrorCode code) = (ExternalKind)kind switch
            {
                ExternalKind.Function => (_module.FunctionCount, ModuleErrorCode.UnknownFunction),
                ExternalKind.Table => (_module.TableList.Count, ModuleErrorCode.UnknownTable),
                ExternalKind.Memory => (_module.MemoryList.Count, ModuleErrorCode.UnknownMemory),
                ExternalKind.Global => (_module.GlobalTypeList.Count, ModuleErrorCode.UnknownGlobal),
                _ => throw FeatureGate.NotAccepted(ref reader, Features.Exceptions, kindOffset, "an exported tag"),
            };
            if (index >= (uint)size) throw reader.Error(code, indexOffset, $"export {name}: index {index} of {size}");
            if (kind == 0) _declaredReferences.Add((int)index);
            if (kind == 3 && _module.GlobalTypeList[(int)index].IsMutable)
                FeatureGate.Require(ref reader, _module, Features.MutableGlobals, kindOffset, "an exported mutable global");
            Export export = new(name, (ExternalKind)kind, (int)index, start);
            if (!_module.ExportsByName.TryAdd(name, export)) throw reader.Error(ModuleErrorCode.DuplicateExport, start, $"two exports are named {name}");
            _module.ExportList.Add(export);
        }
    }

    private readonly void DecodeStart(ref ByteReader reader)
    {
        int start = reader.Position;
        FeatureGate.Require(ref reader, _module, Features.StartFunction, start, "a start function");
        int index = ReadFunctionIndex(ref reader);
        FunctionType type = _module.TypeOfFunction(index);
        if (type.Parameters.Length + type.Results.Length > 0) throw reader.Error(ModuleErrorCode.BadStartFunction, start, "the start function has parameters or results");
        _module.StartFunction = index;
    }

    private readonly void DecodeElements(ref ByteReader reader)
    {
        int count = reader.ReadCount("the element section", _limits.ElementSegments);
        for (int i = 0; i < count; i++) _module.ElementList.Add(DecodeElementSegment(ref reader));
    }

    private readonly ElementSegment DecodeElementSegment(ref ByteReader reader)
    {
        // Flags (binary format, "Element Section"): bit 0 passive or declarative; bit 1 explicit table, or declarative; bit 2 expressions.
        int start = reader.Position;
        uint flags = reader.ReadU32("an element segment's flags");
        if (flags > 7) throw reader.Error(ModuleErrorCode.BadFlags, start, $"element segment flags {flags} are unknown");
        bool isActive = (flags & 1) == 0, hasIndexOrDeclares = (flags & 2) != 0, hasExpressions = (flags & 4) != 0;
        if (!isActive) FeatureGate.Require(ref reader, _module, Features.BulkMemory, start, "a segment that is not active");
        int table = 0;
        ByteRange offset = default;
        if (isActive)
        {
            int tableOffset = reader.Position;
            uint index = hasIndexOrDeclares ? reader.ReadU32("an element segment's table") : 0;
            if (index >= (uint)_module.TableList.Count) throw reader.Error(ModuleErrorCode.UnknownTable, tableOffset, $"table {index} of {_module.TableList.Count}");
            if (hasIndexOrDeclares) FeatureGate.Require(ref reader, _module, Features.ReferenceTypes, start, "an element segment that names its table");
            table = (int)index;
            offset = _constants.Read(ref reader, _module.TableList[table].Is64 ? ValueType.I64 : ValueType.I32);
        }

        ValueType type = ValueType.FuncRef;
        if (!isActive || hasIndexOrDeclares)
        {
            int typeOffset = reader.Position;
            if (hasExpressions) type = TypeReader.ReadReferenceType(ref reader, _module, "an element segment's type");
            else if (reader.ReadByte("an element kind") != 0) throw reader.Error(ModuleErrorCode.BadFlags, typeOffset, "the element kind is not funcref");
        }

        if (isActive && _module.TableList[table].Element != type)
            throw reader.Error(ModuleErrorCode.TypeMismatch, start, $"a segment of {type} for a table of {_module.TableList[table].Element}");
        int count = reader.ReadCount("an element segment", _limits.SegmentElements);
        int[]? functions = hasExpressions ? null : new int[count];
        ByteRange[]? expressions = hasExpressions ? new ByteRange[count] : null;
        for (int i = 0; i < count; i++)
        {
            if (expressions is not null)
            {
                expressions[i] = _constants.Read(ref reader, type);
                continue;
            }

            functions![i] = ReadFunctionIndex(ref reader);
            _declaredReferences.Add(functions[i]);
        }

        SegmentMode mode = isActive ? SegmentMode.Active : hasIndexOrDeclares ? SegmentMode.Declarative : SegmentMode.Passive;
        return new ElementSegment(mode, table, offset, type, functions, expressions);
    }

    private readonly int DecodeDataCount(ref ByteReader reader)
    {
        int start = reader.Position;
        FeatureGate.Require(ref reader, _module, Features.BulkMemory, start, "a data count section");
        uint count = reader.ReadU32("the data count");
        if (count > (uint)_limits.DataSegments) throw reader.Error(ModuleErrorCode.TooManyItems, start, $"{count} data segments, the profile allows {_limits.DataSegments}");
        return (int)count;
    }

    private void DecodeCode(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the code section", int.MaxValue);
        if (count != _definedFunctions)
            throw reader.Error(ModuleErrorCode.FunctionCodeMismatch, start, $"{_definedFunctions} functions and {count} bodies");
        _hasCode = true;
        FunctionValidator validator = new(_module, _declaredReferences, _dataCount);
        for (int i = 0; i < count; i++)
        {
            int function = _module.ImportedFunctions + i;
            reader.Function = function;
            int bodyStart = reader.Position;
            uint size = reader.ReadU32("a body's size");
            ByteRange code = reader.ReadRange(size, "a function body");
            if (code.Length > _limits.BodyBytes)
                throw reader.Error(ModuleErrorCode.BodyTooLarge, bodyStart, $"the body has {code.Length} bytes, the profile allows {_limits.BodyBytes}");
            FunctionBody body = new(_module.FunctionTypeIndices[function], code);
            validator.Validate(_bytes, function, body);
            _module.BodyList.Add(body);
        }

        reader.Function = -1;
    }

    private readonly void DecodeData(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the data section", _limits.DataSegments);
        if (_dataCount is int announced && announced != count)
            throw reader.Error(ModuleErrorCode.DataCountMismatch, start, $"the data count section announces {announced} segments, there are {count}");
        for (int i = 0; i < count; i++)
        {
            int segmentStart = reader.Position;
            uint flags = reader.ReadU32("a data segment's flags");
            if (flags > 2) throw reader.Error(ModuleErrorCode.BadFlags, segmentStart, $"data segment flags {flags} are unknown");
            bool isActive = flags != 1;
            if (!isActive) FeatureGate.Require(ref reader, _module, Features.BulkMemory, segmentStart, "a passive data segment");
            int memoryOffset = reader.Position;
            uint memory = flags == 2 ? reader.ReadU32("a data segment's memory") : 0;
            ByteRange offset = default;
            if (isActive)
            {
                if (memory >= (uint)_module.MemoryList.Count) throw reader.Error(ModuleErrorCode.UnknownMemory, memoryOffset, $"memory {memory} of {_module.MemoryList.Count}");
                offset = _constants.Read(ref reader, _module.MemoryList[(int)memory].Is64 ? ValueType.I64 : ValueType.I32);
            }

            ByteRange content = reader.ReadRange(reader.ReadU32("a data segment's size"), "a data segment");
            _module.DataList.Add(new DataSegment(isActive ? SegmentMode.Active : SegmentMode.Passive, (int)memory, offset, content));
        }
    }

    private readonly int ReadTypeIndex(ref ByteReader reader)
    {
        int start = reader.Position;
        uint index = reader.ReadU32("a type index");
        if (index >= (uint)_module.TypeList.Count) throw reader.Error(ModuleErrorCode.UnknownType, start, $"type {index} of {_module.TypeList.Count}");
        return (int)index;
    }

    private readonly int ReadFunctionIndex(ref ByteReader reader)
    {
        int start = reader.Position;
        uint index = reader.ReadU32("a function index");
        if (index >= (uint)_module.FunctionCount) throw reader.Error(ModuleErrorCode.UnknownFunction, start, $"function {index} of {_module.FunctionCount}");
        return (int)index;
    }

    private readonly TableType ReadTableType(ref ByteReader reader)
    {
        ValueType element = TypeReader.ReadReferenceType(ref reader, _module, "a table's element type");
        SizeLimits limits = TypeReader.ReadLimits(ref reader, _module, isMemory: false, out _, out bool is64);
        return new TableType(element, limits, is64);
    }

    private readonly GlobalType ReadGlobalType(ref ByteReader reader)
    {
        ValueType type = TypeReader.ReadValueType(ref reader, _module, "a global's type");
        int start = reader.Position;
        byte mutability = reader.ReadByte("a global's mutability");
        if (mutability > 1) throw reader.Error(ModuleErrorCode.BadFlags, start, $"mutability {mutability} is unknown");
        return new GlobalType(type, mutability == 1);
    }

    private readonly void AddTable(ref ByteReader reader, TableType type, int offset)
    {
        if (type.Limits.Minimum > (ulong)_limits.TableElements)
            throw reader.Error(ModuleErrorCode.TableLimit, offset, $"the table has {type.Limits.Minimum} elements, the profile allows {_limits.TableElements}");
        _module.TableList.Add(type);
        CheckTotal(ref reader, _module.TableList.Count, _limits.Tables, "tables");
        if (_module.TableList.Count > 1) FeatureGate.Require(ref reader, _module, Features.ReferenceTypes, offset, "a second table");
    }

    private readonly void AddMemory(ref ByteReader reader, int offset)
    {
        SizeLimits limits = TypeReader.ReadLimits(ref reader, _module, isMemory: true, out bool isShared, out bool is64);
        if (limits.Minimum > (ulong)_limits.MemoryPages)
            throw reader.Error(ModuleErrorCode.MemoryLimit, offset, $"the memory has {limits.Minimum} pages, the profile allows {_limits.MemoryPages}");
        _module.MemoryList.Add(new MemoryType(limits, isShared, is64));
        if (_module.MemoryList.Count > 1 && (_module.Profile.Features & Features.MultiMemory) == 0)
            throw reader.Error(ModuleErrorCode.MultipleMemories, offset, "more than one memory");
        CheckTotal(ref reader, _module.MemoryList.Count, _limits.Memories, "memories");
    }

    private static void CheckTotal(ref ByteReader reader, int count, int limit, string what)
    {
        if (count > limit) throw reader.Error(ModuleErrorCode.TooManyItems, $"{count} {what}, the profile allows {limit}");
    }
}
