using System;
using System.Collections.Generic;
using System.Globalization;
using ContractVm.Binary;

namespace ContractVm.Text;

/// <summary>Prints types, and remembers where the module's function types stand so that uses of them can be spelled out.</summary>
internal sealed class TypePrinter(ReadOnlyMemory<byte> module, PrintBuffer output, NameIdentifiers names)
{
    /// <summary>
    /// A type that is used is spelled out after its index only up to so many characters: a use takes a byte or two in the
    /// module, and the text is to stay linear in its size. Names of parameters are worth a longer list.
    /// </summary>
    private const long SpelledCharacters = 200, SpelledNamedCharacters = 8000;

    private const byte FirstAbstract = 0x69, LastAbstract = 0x74;

    // Abstract heap types by their code, and the short names of the nullable references to them.
    private static readonly (string Heap, string Reference)[] Abstract =
    [
        ("exn", "exnref"), ("array", "arrayref"), ("struct", "structref"), ("i31", "i31ref"), ("eq", "eqref"), ("any", "anyref"),
        ("extern", "externref"), ("func", "funcref"), ("none", "nullref"), ("noextern", "nullexternref"), ("nofunc", "nullfuncref"),
        ("noexn", "nullexnref"),
    ];

    // Position is -1 where the type is not a function type; Characters is how many its parameters and results take.
    private readonly record struct Signature(int Position, int Parameters, long Characters);

    private readonly List<Signature> _signatures = [];

    public void PrintTypeSection(ref ByteReader reader)
    {
        int count = reader.ReadCount("the type section");
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            if (reader.PeekByte() != 0x4E)
            {
                PrintSubType(ref reader, 1);
                continue;
            }

            reader.ReadByte("a recursive group");
            int members = reader.ReadCount("a recursive group");
            if (members == 1)
            {
                // A group of one type is that type (text format, "Recursive Types").
                PrintSubType(ref reader, 1);
                continue;
            }

            output.StartLine(1, start);
            output.Write("(rec");
            for (int k = 0; k < members; k++) PrintSubType(ref reader, 2);
            if (members > 0) output.StartLine(1);
            output.Write(')');
        }
    }

    /// <summary>The text of a value type.</summary>
    public string ReadValueType(ref ByteReader reader, string what)
    {
        int start = reader.Position;
        byte code = reader.ReadByte(what);
        switch (code)
        {
            case 0x7F: return "i32";
            case 0x7E: return "i64";
            case 0x7D: return "f32";
            case 0x7C: return "f64";
            case 0x7B: return "v128";
            // A nullable reference to an abstract type is written short, whichever way the bytes have it.
            case 0x63 when reader.PeekByte() is >= FirstAbstract and <= LastAbstract: return Abstract[reader.ReadByte(what) - FirstAbstract].Reference;
            case 0x63: return "(ref null " + ReadHeapType(ref reader, what) + ")";
            case 0x64: return "(ref " + ReadHeapType(ref reader, what) + ")";
            case >= FirstAbstract and <= LastAbstract: return Abstract[code - FirstAbstract].Reference;
            default: throw reader.Error(ModuleErrorCode.BadType, start, $"{what}: 0x{code:x2} is not a type that belongs here");
        }
    }

    /// <summary>The text of a reference type.</summary>
    public string ReadReferenceType(ref ByteReader reader, string what)
    {
        byte code = reader.PeekByte();
        if (code is >= 0x7B and <= 0x7F) throw reader.Error(ModuleErrorCode.BadType, $"{what}: 0x{code:x2} is not a reference type");
        return ReadValueType(ref reader, what);
    }

    /// <summary>The text of a heap type.</summary>
    public string ReadHeapType(ref ByteReader reader, string what)
    {
        int start = reader.Position;
        byte code = reader.PeekByte();
        if (code is >= FirstAbstract and <= LastAbstract)
        {
            reader.ReadByte(what);
            return Abstract[code - FirstAbstract].Heap;
        }

        long index = reader.ReadS33(what);
        if (index < 0) throw reader.Error(ModuleErrorCode.BadType, start, $"{what}: 0x{code:x2} is not a heap type");
        return Reference(EntitySpace.Type, (uint)index);
    }

    /// <summary>An index as text: its identifier, or the number.</summary>
    public string Reference(EntitySpace space, uint index) =>
        names.Of(space).TryGet(index, out PrintedIdentifier identifier) ? identifier.Text : index.ToString(CultureInfo.InvariantCulture);

    /// <summary>An index after a blank.</summary>
    public void PrintReference(EntitySpace space, uint index) => PrintReference(names.Of(space), index);

    public void PrintReference(IdentifierMap space, uint index)
    {
        output.Write(' ');
        if (space.TryGet(index, out PrintedIdentifier identifier)) output.Write(identifier.Text);
        else output.WriteNumber(index);
    }

    /// <summary>
    /// A type index, and for people what it stands for; the reader compares the two. Identifiers of parameters are printed
    /// where there are any.
    /// </summary>
    public void PrintTypeUse(uint type, IdentifierMap locals, int depth)
    {
        output.Write(" (type");
        PrintReference(EntitySpace.Type, type);
        output.Write(')');
        if (type >= (uint)_signatures.Count) return;
        Signature signature = _signatures[(int)type];
        if (signature.Position < 0 || signature.Characters > (locals.IsEmpty ? SpelledCharacters : SpelledNamedCharacters)) return;
        ByteReader reader = new(module.Span, new ByteRange(signature.Position, module.Length));
        PrintSignature(ref reader, locals, depth);
    }

    /// <summary>Whether an index names a function type.</summary>
    public bool IsFunctionType(uint type) => type < (uint)_signatures.Count && _signatures[(int)type].Position >= 0;

    /// <summary>How many parameters a function type has; 0 where the index names no function type.</summary>
    public int CountParameters(uint type) => type < (uint)_signatures.Count ? _signatures[(int)type].Parameters : 0;

    /// <summary>Declarations of one kind, those without identifiers grouped: <c>(param i32 i32) (param $x i64)</c>.</summary>
    public ref struct Declarations(PrintBuffer output, string keyword, int depth)
    {
        private bool _isOpen;

        public void Add(string type, IdentifierMap space, uint index)
        {
            bool hasIdentifier = space.TryGet(index, out PrintedIdentifier identifier);
            if (hasIdentifier) Close();
            output.Separate(depth);
            if (!_isOpen)
            {
                output.Write('(');
                output.Write(keyword);
                output.Write(' ');
                _isOpen = true;
            }

            if (hasIdentifier)
            {
                output.Write(identifier.Text);
                output.Write(' ');
            }

            output.Write(type);
            if (hasIdentifier) Close();
        }

        public void Close()
        {
            if (_isOpen) output.Write(')');
            _isOpen = false;
        }
    }

    public void PrintGlobalType(ref ByteReader reader)
    {
        string type = ReadValueType(ref reader, "a global's type");
        PrintMutable(ref reader, type, "a global's mutability");
    }

    public void PrintTableType(ref ByteReader reader)
    {
        string element = ReadReferenceType(ref reader, "a table's element type");
        PrintLimits(ref reader, "table limits", mayBeShared: false);
        output.Write(' ');
        output.Write(element);
    }

    public void PrintMemoryType(ref ByteReader reader) => PrintLimits(ref reader, "memory limits", mayBeShared: true);

    private void PrintLimits(ref ByteReader reader, string what, bool mayBeShared)
    {
        // Bit 0: there is a maximum; bit 1: shared; bit 2: 64-bit addresses.
        int start = reader.Position;
        byte flags = reader.ReadByte(what);
        if (flags > 7 || ((flags & 2) != 0 && !mayBeShared)) throw reader.Error(ModuleErrorCode.BadFlags, start, $"{what}: flags 0x{flags:x2} are unknown");
        if ((flags & 4) != 0) output.Write(" i64");
        output.Write(' ');
        output.WriteNumber(reader.ReadU64(what));
        if ((flags & 1) != 0)
        {
            output.Write(' ');
            output.WriteNumber(reader.ReadU64(what));
        }

        if ((flags & 2) != 0) output.Write(" shared");
    }

    private void PrintMutable(ref ByteReader reader, string type, string what)
    {
        int start = reader.Position;
        byte mutability = reader.ReadByte(what);
        if (mutability > 1) throw reader.Error(ModuleErrorCode.BadFlags, start, $"mutability {mutability} is unknown");
        output.Write(mutability == 1 ? " (mut " : " ");
        output.Write(type);
        if (mutability == 1) output.Write(')');
    }

    private void PrintSubType(ref ByteReader reader, int depth)
    {
        uint index = (uint)_signatures.Count;
        int start = reader.Position;
        output.StartLine(depth, start);
        output.Write("(type");
        PrintHeader(names.Of(EntitySpace.Type), index);
        byte code = reader.ReadByte("a type");
        bool isSub = code is 0x4F or 0x50;
        if (isSub)
        {
            int supertypes = reader.ReadCount("supertypes");
            // A final type without a supertype needs no more than itself.
            isSub = code != 0x4F || supertypes > 0;
            if (isSub) output.Write(code == 0x4F ? " (sub final" : " (sub");
            for (int i = 0; i < supertypes; i++) PrintReference(EntitySpace.Type, reader.ReadU32("a supertype"));
            start = reader.Position;
            code = reader.ReadByte("a type");
        }

        PrintCompositeType(ref reader, code, start, index, depth + 1);
        output.Write(isSub ? "))" : ")");
    }

    private void PrintCompositeType(ref ByteReader reader, byte code, int start, uint index, int depth)
    {
        Signature signature = new(-1, 0, 0);
        switch (code)
        {
            case 0x60:
                output.Write(" (func");
                int position = reader.Position;
                long written = output.Written;
                int parameters = PrintSignature(ref reader, IdentifierMap.Empty, depth);
                signature = new Signature(position, parameters, output.Written - written);
                break;
            case 0x5F:
                output.Write(" (struct");
                IdentifierMap fields = names.FieldsOf(index);
                int count = reader.ReadCount("fields");
                for (uint i = 0; i < (uint)count; i++)
                {
                    output.Separate(depth);
                    output.Write("(field");
                    // Readers know no name annotation here.
                    if (fields.TryGet(i, out PrintedIdentifier identifier))
                    {
                        output.Write(' ');
                        output.Write(identifier.Text);
                    }

                    PrintFieldType(ref reader);
                    output.Write(')');
                }

                break;
            case 0x5E:
                output.Write(" (array");
                PrintFieldType(ref reader);
                break;
            default:
                throw reader.Error(ModuleErrorCode.BadType, start, $"0x{code:x2} does not start a type");
        }

        output.Write(')');
        _signatures.Add(signature);
    }

    /// <summary>After a definition's keyword: identifier, index, and the name where the identifier does not spell it.</summary>
    public void PrintHeader(IdentifierMap space, uint index)
    {
        bool hasIdentifier = space.TryGet(index, out PrintedIdentifier identifier);
        if (hasIdentifier)
        {
            output.Write(' ');
            output.Write(identifier.Text);
        }

        output.Write(" (;");
        output.WriteNumber(index);
        output.Write(";)");
        if (hasIdentifier) PrintLostName(identifier);
    }

    public void PrintIdentifier(PrintedIdentifier identifier)
    {
        output.Write(' ');
        output.Write(identifier.Text);
        PrintLostName(identifier);
    }

    private void PrintLostName(PrintedIdentifier identifier)
    {
        if (identifier.LostName is null) return;
        output.Write(" (@name ");
        output.WriteString(identifier.LostName);
        output.Write(')');
    }

    private void PrintFieldType(ref ByteReader reader)
    {
        byte code = reader.PeekByte();
        string type;
        if (code is 0x77 or 0x78)
        {
            reader.ReadByte("a field's type");
            type = code == 0x78 ? "i8" : "i16";
        }
        else
        {
            type = ReadValueType(ref reader, "a field's type");
        }

        PrintMutable(ref reader, type, "a field's mutability");
    }

    private int PrintSignature(ref ByteReader reader, IdentifierMap locals, int depth)
    {
        int parameters = PrintDeclarations(ref reader, "param", locals, depth);
        PrintDeclarations(ref reader, "result", IdentifierMap.Empty, depth);
        return parameters;
    }

    private int PrintDeclarations(ref ByteReader reader, string keyword, IdentifierMap space, int depth)
    {
        Declarations declarations = new(output, keyword, depth);
        int count = reader.ReadCount(keyword == "param" ? "parameter types" : "result types");
        for (int i = 0; i < count; i++) declarations.Add(ReadValueType(ref reader, "a type"), space, (uint)i);
        declarations.Close();
        return count;
    }
}
