using System;
using System.Collections.Generic;
using ContractVm.Binary;

namespace ContractVm.Text;

/// <summary>The index spaces of a module that instructions and fields refer to.</summary>
internal enum EntitySpace : byte
{
    Type,
    Function,
    Table,
    Memory,
    Global,
    Tag,
    Element,
    Data,
}

/// <summary>
/// The identifiers that a name section gives (WebAssembly 3.0, appendix "Name Section", and the subsections that the
/// extended-name-section proposal adds). A name section that is malformed anywhere gives none: it is then printed as the
/// bytes that it has, so that nothing of it is lost.
/// </summary>
internal sealed class NameIdentifiers
{
    private const int ModuleNames = 0, LocalNames = 2, LabelNames = 3;

    // The index space of each subsection that names it.
    private static readonly EntitySpace?[] SpaceOfSubsection =
    [
        null, EntitySpace.Function, null, null, EntitySpace.Type, EntitySpace.Table, EntitySpace.Memory, EntitySpace.Global,
        EntitySpace.Element, EntitySpace.Data, null, EntitySpace.Tag,
    ];

    private readonly ReadOnlyMemory<byte> _module;
    private readonly IdentifierMap[] _spaces = new IdentifierMap[SpaceOfSubsection.Length];
    // Where the names of each function's locals, of its labels and of each type's fields stand; they are read when needed.
    private readonly Dictionary<uint, int> _locals = [], _labels = [], _fields = [];
    private readonly Dictionary<uint, IdentifierMap> _fieldSpaces = [];

    private NameIdentifiers(ReadOnlyMemory<byte> module)
    {
        _module = module;
        Array.Fill(_spaces, IdentifierMap.Empty);
    }

    /// <summary>The name section's content that the identifiers stand for; empty where there is none.</summary>
    public ByteRange Section { get; private set; }
    /// <summary>The module's name, or null.</summary>
    public string? ModuleName { get; private set; }

    public static NameIdentifiers Empty(ReadOnlyMemory<byte> module) => new(module);

    /// <summary>Looks for the first name section and reads it.</summary>
    public static NameIdentifiers Read(ReadOnlyMemory<byte> module)
    {
        try
        {
            if (TryFindSection(module.Span, out ByteRange content))
            {
                NameIdentifiers names = new(module) { Section = content };
                names.ReadSubsections();
                return names;
            }
        }
        catch (ModuleException)
        {
            // Where it is the module that is malformed, the printer will say so.
        }

        return Empty(module);
    }

    public IdentifierMap Of(EntitySpace space) => _spaces[(int)space];

    /// <summary>Identifiers of a function's parameters and locals.</summary>
    public IdentifierMap LocalsOf(uint function) => ReadIndirect(_locals, function);

    /// <summary>Identifiers of a function's labels, by the order in which their blocks begin.</summary>
    public IdentifierMap LabelsOf(uint function) => ReadIndirect(_labels, function, mayRepeat: true);

    /// <summary>Identifiers of a type's fields.</summary>
    public IdentifierMap FieldsOf(uint type)
    {
        if (_fields.Count == 0) return IdentifierMap.Empty;
        if (!_fieldSpaces.TryGetValue(type, out IdentifierMap? space)) _fieldSpaces.Add(type, space = ReadIndirect(_fields, type));
        return space;
    }

    private static bool TryFindSection(ReadOnlySpan<byte> module, out ByteRange content)
    {
        content = default;
        if (module.Length < 8) return false;
        ByteReader reader = new(module, new ByteRange(8, module.Length));
        while (!reader.IsAtEnd)
        {
            byte id = reader.ReadByte("a section id");
            ByteRange range = reader.ReadRange(reader.ReadU32("the section's size"), "a section");
            if (id != 0) continue;
            ByteReader section = new(module, range);
            if (section.ReadName("a custom section's name") != "name") continue;
            content = new ByteRange(section.Position, range.End);
            return true;
        }

        return false;
    }

    private void ReadSubsections()
    {
        ByteReader reader = new(_module.Span, Section);
        while (!reader.IsAtEnd)
        {
            byte id = reader.ReadByte("a subsection id");
            ByteRange range = reader.ReadRange(reader.ReadU32("a subsection's size"), "a subsection");
            // A subsection that is not known has nothing that text could name.
            if (id >= SpaceOfSubsection.Length) continue;
            ByteReader subsection = new(_module.Span, range);
            if (id == ModuleNames) ModuleName = subsection.ReadName("the module's name");
            else if (SpaceOfSubsection[id] is EntitySpace space) _spaces[(int)space] = ReadMap(ref subsection);
            else ReadIndirectMap(ref subsection, id switch { LocalNames => _locals, LabelNames => _labels, _ => _fields });
            if (!subsection.IsAtEnd) throw subsection.Error(ModuleErrorCode.SectionSize, "a subsection has bytes too many");
        }
    }

    private static IdentifierMap ReadMap(ref ByteReader reader, bool mayRepeat = false)
    {
        IdentifierMap space = new(mayRepeat);
        int count = reader.ReadCount("names");
        for (int i = 0; i < count; i++) space.Add(reader.ReadU32("an index"), reader.ReadName("a name"));
        return space;
    }

    private static void ReadIndirectMap(ref ByteReader reader, Dictionary<uint, int> positions)
    {
        int count = reader.ReadCount("names");
        for (int i = 0; i < count; i++)
        {
            uint owner = reader.ReadU32("an index");
            positions.TryAdd(owner, reader.Position);
            // Passed over here to know that the whole section is well-formed.
            int names = reader.ReadCount("names");
            for (int k = 0; k < names; k++)
            {
                reader.ReadU32("an index");
                reader.ReadName("a name");
            }
        }
    }

    private IdentifierMap ReadIndirect(Dictionary<uint, int> positions, uint owner, bool mayRepeat = false)
    {
        if (!positions.TryGetValue(owner, out int position)) return IdentifierMap.Empty;
        ByteReader reader = new(_module.Span, new ByteRange(position, Section.End));
        return ReadMap(ref reader, mayRepeat);
    }
}
