using System;
using System.Collections.Generic;
using ContractVm.Binary;

namespace ContractVm.Text;

/// <summary>Walks a module's sections in the order of the bytes and prints their fields.</summary>
internal sealed partial class ModulePrinter
{
    private const byte TypeSection = 1, StartSection = 8, CodeSection = 10, DataSection = 11, DataCountSection = 12;

    // By id: the name for errors, the place of a custom section that follows, and the place in the order of sections.
    private static readonly (string Name, string Placement, int Order)[] Sections =
    [
        ("custom", "(before first)", 0), ("type", "(after type)", 1), ("import", "(after import)", 2), ("function", "(after func)", 3),
        ("table", "(after table)", 4), ("memory", "(after memory)", 5), ("global", "(after global)", 7), ("export", "(after export)", 8),
        ("start", "(after start)", 9), ("element", "(after elem)", 10), ("code", "(after code)", 12), ("data", "(after data)", 13),
        ("data count", "(before code)", 11), ("tag", "(after tag)", 6),
    ];

    // Imports, exports and their kinds, by code: the keyword and the index space.
    private static readonly (string Keyword, EntitySpace Space)[] Kinds =
    [
        ("func", EntitySpace.Function), ("table", EntitySpace.Table), ("memory", EntitySpace.Memory), ("global", EntitySpace.Global),
        ("tag", EntitySpace.Tag),
    ];

    private readonly ReadOnlyMemory<byte> _module;
    private readonly PrintBuffer _output;
    private readonly NameIdentifiers _names;
    private readonly TypePrinter _types;
    private readonly InstructionPrinter _instructions;
    // How many entities each index space has so far.
    private readonly uint[] _counts = new uint[Enum.GetValues<EntitySpace>().Length];
    private readonly List<uint> _functionTypes = [];
    private uint? _dataCount;
    private bool _hasCode;
    private byte _lastSection;
    // The last section that the text shows: one without items is not in it.
    private byte _lastShown;

    public ModulePrinter(ReadOnlyMemory<byte> module, PrintBuffer output, NameIdentifiers names)
    {
        _module = module;
        _output = output;
        _names = names;
        _types = new TypePrinter(module, output, names);
        _instructions = new InstructionPrinter(output, _types, names);
        _localsBudget = 1_000_000 + 4L * module.Length;
    }

    private ReadOnlySpan<byte> Bytes => _module.Span;

    /// <exception cref="ModuleException">The first place that is malformed.</exception>
    public void Print()
    {
        ByteReader reader = new(Bytes, new ByteRange(0, _module.Length));
        if (!Bytes.StartsWith("\0asm"u8)) throw reader.Error(ModuleErrorCode.BadMagic, 0, "the bytes do not start with \\0asm");
        reader.ReadBytes(4, "magic");
        if (!reader.ReadBytes(4, "the version").SequenceEqual("\u0001\0\0\0"u8)) throw reader.Error(ModuleErrorCode.BadVersion, 4, "the version is not 1");

        PrintModuleStart();
        while (!reader.IsAtEnd)
        {
            int start = reader.Position;
            byte id = reader.ReadByte("a section id");
            if (id >= Sections.Length) throw reader.Error(ModuleErrorCode.BadSectionId, start, $"{id} is not a section id");
            (string name, _, int order) = Sections[id];
            ByteRange range = reader.ReadRange(reader.ReadU32("the section's size"), $"the {name} section");
            if (id != 0)
            {
                if (order <= Sections[_lastSection].Order) throw reader.Error(ModuleErrorCode.SectionOrder, start, $"the {name} section stands twice or out of order");
                if (order > Sections[CodeSection].Order) RequireBodies(ref reader, start);
                _lastSection = id;
            }

            ByteReader section = new(Bytes, range) { Section = name };
            PrintSection(id, start, ref section);
            if (id != 0 && (id is StartSection or DataCountSection || range.Length == 0 || Bytes[range.Start] != 0)) _lastShown = id;
            if (!section.IsAtEnd) throw section.Error(ModuleErrorCode.SectionSize, $"the {name} section has {section.Remaining} bytes too many");
        }

        RequireBodies(ref reader, reader.Position);
        if (_dataCount is uint announced && announced != _counts[(int)EntitySpace.Data])
            throw reader.Error(ModuleErrorCode.DataCountMismatch, $"the data count section announces {announced} segments, there are {_counts[(int)EntitySpace.Data]}");
        _output.StartLine(0);
        _output.Write(')');
    }

    private void RequireBodies(ref ByteReader reader, int offset)
    {
        if (!_hasCode && _functionTypes.Count > 0) throw reader.Error(ModuleErrorCode.FunctionCodeMismatch, offset, "functions without a code section");
    }

    private void PrintModuleStart()
    {
        _output.StartLine(0);
        _output.Write("(module");
        if (_names.ModuleName is not string name) return;
        // The suffix of an empty or overlong name is the index 0.
        IdentifierMap space = new();
        space.Add(0, name);
        space.TryGet(0, out PrintedIdentifier identifier);
        _types.PrintIdentifier(identifier);
    }

    private void PrintSection(byte id, int start, ref ByteReader reader)
    {
        switch (id)
        {
            case 0: PrintCustom(ref reader, start); break;
            case TypeSection: _types.PrintTypeSection(ref reader); break;
            case 3: ReadFunctionTypes(ref reader); break;
            case StartSection:
                _output.StartLine(1, reader.Position);
                _output.Write("(start");
                _types.PrintReference(EntitySpace.Function, reader.ReadU32("the start function"));
                _output.Write(')');
                break;
            case CodeSection: PrintCode(ref reader); break;
            case DataSection: PrintDataSegments(ref reader); break;
            case DataCountSection:
                _dataCount = reader.ReadU32("the data count");
                _instructions.HasDataCount = true;
                break;
            default: PrintFields(id, ref reader); break;
        }
    }

    /// <summary>Prints the sections that are vectors of one kind of field and nothing else.</summary>
    private void PrintFields(byte id, ref ByteReader reader)
    {
        int count = reader.ReadCount($"the {Sections[id].Name} section");
        for (int i = 0; i < count; i++)
        {
            _output.StartLine(1, reader.Position);
            switch (id)
            {
                case 2: PrintImport(ref reader); break;
                case 4: PrintTable(ref reader); break;
                case 5: PrintDefinition(2, ref reader); break;
                case 6:
                    PrintDefinition(3, ref reader);
                    _instructions.PrintExpression(ref reader);
                    break;
                case 7: PrintExport(ref reader); break;
                case 9: PrintElementSegment(ref reader); break;
                default: PrintDefinition(4, ref reader); break;
            }

            _output.Write(')');
        }
    }

    private void PrintCustom(ref ByteReader reader, int start)
    {
        string name = reader.ReadName("a custom section's name");
        ByteRange content = reader.ReadRange((uint)reader.Remaining, "a custom section");
        // Its names stand in the text as identifiers; every other section, a second name section too, is kept as it is.
        if (name == "name" && _names.Section == content) return;
        _output.StartLine(1, start);
        _output.Write("(@custom ");
        _output.WriteString(name);
        _output.Write(' ');
        _output.Write(Sections[_lastShown].Placement);
        if (content.Length > 0) _output.WriteStrings(Bytes[content.Start..content.End], 2);
        _output.Write(')');
    }

    private void PrintImport(ref ByteReader reader)
    {
        _output.Write("(import ");
        _output.WriteString(reader.ReadName("an import's module name"));
        _output.Write(' ');
        _output.WriteString(reader.ReadName("an import's name"));
        _output.Write(' ');
        PrintDefinition(ReadKind(ref reader, "an import's kind"), ref reader);
        _output.Write(')');
    }

    private void PrintExport(ref ByteReader reader)
    {
        _output.Write("(export ");
        _output.WriteString(reader.ReadName("an export's name"));
        _output.Write(" (");
        (string keyword, EntitySpace space) = Kinds[ReadKind(ref reader, "an export's kind")];
        _output.Write(keyword);
        _types.PrintReference(space, reader.ReadU32("an export's index"));
        _output.Write(')');
    }

    private static byte ReadKind(ref ByteReader reader, string what)
    {
        int start = reader.Position;
        byte kind = reader.ReadByte(what);
        return kind < Kinds.Length ? kind : throw reader.Error(ModuleErrorCode.BadExternalKind, start, $"{kind} is not a kind of import or export");
    }

    /// <summary>Prints a definition up to its type, as imports and sections have it; the parenthesis stays open.</summary>
    private void PrintDefinition(byte kind, ref ByteReader reader)
    {
        uint index = PrintDefinitionStart(kind);
        switch (kind)
        {
            case 0:
                uint type = reader.ReadU32("a type index");
                _types.PrintTypeUse(type, _names.LocalsOf(index), 2);
                break;
            case 1: _types.PrintTableType(ref reader); break;
            case 2: _types.PrintMemoryType(ref reader); break;
            case 3: _types.PrintGlobalType(ref reader); break;
            default:
                int start = reader.Position;
                if (reader.ReadByte("a tag's attribute") != 0) throw reader.Error(ModuleErrorCode.BadFlags, start, "a tag's attribute is not zero");
                _types.PrintTypeUse(reader.ReadU32("a type index"), IdentifierMap.Empty, 2);
                break;
        }
    }

    private uint PrintDefinitionStart(byte kind)
    {
        (string keyword, EntitySpace space) = Kinds[kind];
        return PrintFieldStart(keyword, space);
    }

    private uint PrintFieldStart(string keyword, EntitySpace space)
    {
        uint index = _counts[(int)space]++;
        _output.Write('(');
        _output.Write(keyword);
        _types.PrintHeader(_names.Of(space), index);
        return index;
    }

    private void PrintTable(ref ByteReader reader)
    {
        if (reader.PeekByte() != 0x40)
        {
            PrintDefinition(1, ref reader);
            return;
        }

        reader.ReadByte("a table");
        int start = reader.Position;
        if (reader.ReadByte("a table") != 0) throw reader.Error(ModuleErrorCode.BadFlags, start, "the byte after 0x40 is not zero");
        PrintDefinition(1, ref reader);
        _instructions.PrintExpression(ref reader);
    }
}
