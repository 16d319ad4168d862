using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>What all readers of one module share: its index spaces, its identifiers and the sections written so far.</summary>
internal sealed class ModuleContext(TokenCursor cursor, AnnotationReader annotations)
{
    private readonly ByteWriter _scratch = new();

    public TokenCursor Cursor { get; } = cursor;

    public AnnotationReader Annotations { get; } = annotations;

    /// <summary>Identifiers and names as numbers, called symbols.</summary>
    public ByteInterner Symbols { get; } = new();

    public IndexSpace Types { get; } = new("type");
    public IndexSpace Functions { get; } = new("function");
    public IndexSpace Tables { get; } = new("table");
    public IndexSpace Memories { get; } = new("memory");
    public IndexSpace Globals { get; } = new("global");
    public IndexSpace Tags { get; } = new("tag");
    public IndexSpace Elements { get; } = new("element segment");
    public IndexSpace Data { get; } = new("data segment");
    public LocalSpace Locals { get; } = new();

    /// <summary>Fields by type and symbol.</summary>
    public Dictionary<(int Type, int Symbol), int> Fields { get; } = [];

    public List<NamedIndex> LocalNames { get; } = [];
    public List<NamedIndex> LabelNames { get; } = [];
    public List<NamedIndex> FieldNames { get; } = [];
    /// <summary>Symbol of the module's name, or -1.</summary>
    public int ModuleName { get; set; } = -1;

    public SectionWriter TypeSection { get; } = new();
    public SectionWriter ImportSection { get; } = new();
    public SectionWriter FunctionSection { get; } = new();
    public SectionWriter TableSection { get; } = new();
    public SectionWriter MemorySection { get; } = new();
    public SectionWriter TagSection { get; } = new();
    public SectionWriter GlobalSection { get; } = new();
    public SectionWriter ExportSection { get; } = new();
    public SectionWriter StartSection { get; } = new();
    public SectionWriter ElementSection { get; } = new();
    public SectionWriter CodeSection { get; } = new();
    public SectionWriter DataSection { get; } = new();
    public SectionWriter HintSection { get; } = new();
    public List<CustomSection> CustomSections { get; } = [];

    /// <summary>True when an instruction needs the number of data segments before the code.</summary>
    public bool NeedsDataCount { get; set; }

    /// <summary>The symbol of an identifier token.</summary>
    public int Symbol(int token)
    {
        _scratch.Length = 0;
        Cursor.Tokens.DecodeIdentifier(token, _scratch);
        return Symbols.Intern(_scratch.Written);
    }

    /// <summary>Passes an identifier if there is one and returns its symbol, or -1.</summary>
    public int ReadOptionalSymbol() => Cursor.Kind == TokenKind.Identifier ? Symbol(Cursor.Position++) : -1;

    /// <summary>Passes the identifier of something that is defined, if there is one; an annotation after it gives the name.</summary>
    public Binding ReadBinding()
    {
        int token = Cursor.Position;
        int symbol = ReadOptionalSymbol();
        int name = Annotations.TakeName(Cursor.Position, this);
        return new Binding(token, symbol, name >= 0 ? name : symbol);
    }

    /// <summary>Passes the identifier of something that is bound already, and keeps its name.</summary>
    public void ReadBinding(IndexSpace space, int index)
    {
        int name = ReadBinding().Name;
        if (name >= 0) space.Names.Add(new NamedIndex(0, index, name));
    }

    public bool IsAtIndex => Cursor.Kind is TokenKind.Natural or TokenKind.Identifier;

    /// <summary>An index, as a number or as an identifier of its space.</summary>
    public uint ReadIndex(IndexSpace space)
    {
        if (Cursor.Kind != TokenKind.Identifier) return (uint)Cursor.ReadNatural(32, $"the index of a {space.What}");
        int token = Cursor.Position++;
        return space.TryFind(Symbol(token), out int index) ? (uint)index : throw Unknown(space.What, token);
    }

    public TextException Unknown(string what, int token) =>
        Cursor.Error(TextErrorCode.UnknownIdentifier, token, $"no {what} has the identifier {Cursor.Tokens.Describe(token)}");

    public TextException Duplicate(string what, int token) =>
        Cursor.Error(TextErrorCode.DuplicateIdentifier, token, $"another {what} has the identifier {Cursor.Tokens.Describe(token)}");

    /// <summary>Binds the identifier at a token, if there is one, to the next index of a space.</summary>
    public int Bind(IndexSpace space, int token)
    {
        if (Cursor.Tokens.Kind(token) != TokenKind.Identifier) return space.Add();
        int symbol = Symbol(token);
        if (!space.TryAdd(symbol)) throw Duplicate(space.What, token);
        return space.Count - 1;
    }
}

/// <summary>What names something where it is defined.</summary>
/// <param name="Token">The token of the identifier, if there is one.</param>
/// <param name="Symbol">Symbol of the identifier, or -1.</param>
/// <param name="Name">Symbol of the name for the name section, or -1.</param>
internal readonly record struct Binding(int Token, int Symbol, int Name);

/// <summary>A custom section of the text and its place: before or after a section of the binary format's order.</summary>
internal sealed record CustomSection(int Place, bool IsAfter, byte[] Content);
