using System;
using System.Collections.Generic;
using ContractVm.Binary;

namespace ContractVm.Text;

/// <summary>
/// Prints instructions: those of a body one a line, those of a constant expression in parentheses on the line they stand on.
/// Blocks are kept on a list instead of the call stack, so that the nesting of the input is no limit.
/// </summary>
internal sealed class InstructionPrinter(PrintBuffer output, TypePrinter types, NameIdentifiers names)
{
    private const int BodyDepth = 2;

    // Immediates that are indices and nothing else, in the order of the binary format.
    private static readonly Dictionary<Immediates, EntitySpace[]> Indices = new()
    {
        [Immediates.Function] = [EntitySpace.Function],
        [Immediates.Type] = [EntitySpace.Type],
        [Immediates.Tag] = [EntitySpace.Tag],
        [Immediates.Global] = [EntitySpace.Global],
        [Immediates.Table] = [EntitySpace.Table],
        [Immediates.TableTable] = [EntitySpace.Table, EntitySpace.Table],
        [Immediates.Element] = [EntitySpace.Element],
        [Immediates.Data] = [EntitySpace.Data],
        [Immediates.TypeData] = [EntitySpace.Type, EntitySpace.Data],
        [Immediates.TypeElement] = [EntitySpace.Type, EntitySpace.Element],
        [Immediates.TypeType] = [EntitySpace.Type, EntitySpace.Type],
    };

    // Catch clauses by their code; the first two name a tag.
    private static readonly string[] CatchClauses = ["catch", "catch_ref", "catch_all", "catch_all_ref"];

    // Shadowed is the place of the block around it that has the same label, or -1.
    private readonly record struct Block(Opcode Kind, string? Label, int Shadowed);

    private readonly List<Block> _blocks = [];
    // The place of the innermost block that a label stands for.
    private readonly Dictionary<string, int> _innermost = new(StringComparer.Ordinal);
    private IdentifierMap _locals = IdentifierMap.Empty, _labels = IdentifierMap.Empty;
    private uint _labelCount;
    private bool _isBody;

    /// <summary>True when the module has a data count section; instructions of functions that have data indices need one.</summary>
    public bool HasDataCount { get; set; }

    /// <summary>Prints a body's instructions and reads its last end, whose offset it returns.</summary>
    public int PrintBody(ref ByteReader reader, uint function, IdentifierMap locals)
    {
        Begin(locals, names.LabelsOf(function));
        _isBody = true;
        while (true)
        {
            int start = reader.Position;
            OpcodeInfo info = ReadOpcode(ref reader);
            if (info.Opcode == Opcode.End && _blocks.Count == 0) return start;
            Leave(ref reader, info.Opcode, start);
            output.StartLine(BodyDepth + _blocks.Count - (info.Opcode == Opcode.Else ? 1 : 0), start);
            PrintInstruction(ref reader, info);
        }
    }

    /// <summary>Prints a constant expression, each instruction after a blank, and reads its end.</summary>
    public void PrintExpression(ref ByteReader reader)
    {
        Begin(IdentifierMap.Empty, IdentifierMap.Empty);
        _isBody = false;
        for (bool isFirst = true; ; isFirst = false)
        {
            int start = reader.Position;
            OpcodeInfo info = ReadOpcode(ref reader);
            if (info.Opcode == Opcode.End && _blocks.Count == 0) return;
            Leave(ref reader, info.Opcode, start);
            if (isFirst) output.Write(' ');
            else output.Separate(BodyDepth);
            output.WriteInlineOffset(start);
            // What opens and closes blocks has no place in parentheses of its own; what is between may have them.
            bool isStructured = IsBlock(info.Opcode) || info.Opcode is Opcode.Else or Opcode.End;
            if (!isStructured) output.Write('(');
            PrintInstruction(ref reader, info);
            if (!isStructured) output.Write(')');
        }
    }

    private static bool IsBlock(Opcode opcode) => opcode is Opcode.Block or Opcode.Loop or Opcode.If or Opcode.TryTable;

    private static OpcodeInfo ReadOpcode(ref ByteReader reader)
    {
        int start = reader.Position;
        byte first = reader.ReadByte("an instruction");
        int id = first;
        if (first >= 0xFB && first <= 0xFE) id = OpcodeTable.PrefixedId(first, reader.ReadU32("an instruction"));
        else if (first > 0xFE) id = -1;
        return OpcodeTable.Find(id) ?? throw reader.Error(ModuleErrorCode.UnknownOpcode, start, $"0x{first:x2} is not the start of an instruction");
    }

    private void Begin(IdentifierMap locals, IdentifierMap labels)
    {
        // The last end of what was printed before has left no blocks.
        _labelCount = 0;
        _locals = locals;
        _labels = labels;
    }

    /// <summary>What else and end do to the blocks around what follows them.</summary>
    private void Leave(ref ByteReader reader, Opcode opcode, int start)
    {
        if (opcode == Opcode.End) Pop();
        if (opcode != Opcode.Else) return;
        if (_blocks.Count == 0 || _blocks[^1].Kind != Opcode.If) throw reader.Error(ModuleErrorCode.UnbalancedControl, start, "else without if");
        _blocks[^1] = _blocks[^1] with { Kind = Opcode.Else };
    }

    private void Push(Opcode kind, string? label)
    {
        int shadowed = -1;
        if (label is not null)
        {
            if (_innermost.TryGetValue(label, out int place)) shadowed = place;
            _innermost[label] = _blocks.Count;
        }

        _blocks.Add(new Block(kind, label, shadowed));
    }

    private void Pop()
    {
        Block block = _blocks[^1];
        _blocks.RemoveAt(_blocks.Count - 1);
        if (block.Label is null) return;
        if (block.Shadowed < 0) _innermost.Remove(block.Label);
        else _innermost[block.Label] = block.Shadowed;
    }

    private void PrintInstruction(ref ByteReader reader, OpcodeInfo info)
    {
        output.Write(info.Opcode switch
        {
            // In text these are one instruction each with another one; what follows tells them apart.
            Opcode.SelectT => "select",
            Opcode.RefTestNull => "ref.test",
            Opcode.RefCastNull => "ref.cast",
            _ => info.Name,
        });
        if (Indices.TryGetValue(info.Immediates, out EntitySpace[]? spaces))
        {
            int start = reader.Position;
            foreach (EntitySpace space in spaces) types.PrintReference(space, reader.ReadU32("an index"));
            if (info.Immediates is Immediates.Data or Immediates.TypeData) RequireDataCount(ref reader, start);
            return;
        }

        PrintOtherImmediates(ref reader, info);
    }

    private void PrintOtherImmediates(ref ByteReader reader, OpcodeInfo info)
    {
        switch (info.Immediates)
        {
            case Immediates.None: break;
            case Immediates.BlockType: PrintBlock(ref reader, info.Opcode); break;
            case Immediates.TryTable: PrintTryTable(ref reader); break;
            case Immediates.Label: PrintLabel(reader.ReadU32("a label")); break;
            case Immediates.LabelTable: PrintLabelTable(ref reader); break;
            case Immediates.Local: types.PrintReference(_locals, reader.ReadU32("a local")); break;
            case Immediates.TypeTable: PrintIndirectCall(ref reader); break;
            case Immediates.ValueTypes: PrintSelectTypes(ref reader); break;
            case Immediates.ElementTable or Immediates.DataMemory: PrintInit(ref reader, info.Immediates); break;
            case Immediates.MemArg: PrintMemoryArgument(ref reader, info); break;
            case Immediates.MemArgLane:
                PrintMemoryArgument(ref reader, info);
                PrintPlain(reader.ReadByte("a lane"));
                break;
            case Immediates.Memory: PrintMemory(reader.ReadU32("a memory")); break;
            case Immediates.MemoryMemory:
                uint destination = reader.ReadU32("a memory"), source = reader.ReadU32("a memory");
                if ((destination | source) == 0) break;
                types.PrintReference(EntitySpace.Memory, destination);
                types.PrintReference(EntitySpace.Memory, source);
                break;
            case Immediates.I32: PrintSigned(reader.ReadS32("a constant")); break;
            case Immediates.I64: PrintSigned(reader.ReadS64("a constant")); break;
            case Immediates.F32:
                output.Write(' ');
                output.WriteFloat32(reader.ReadFixed32("a constant"));
                break;
            case Immediates.F64:
                output.Write(' ');
                output.WriteFloat64(reader.ReadFixed64("a constant"));
                break;
            case Immediates.V128:
                output.Write(' ');
                output.WriteVector(reader.ReadBytes(16, "a constant"));
                break;
            case Immediates.Shuffle:
                foreach (byte lane in reader.ReadBytes(16, "lanes")) PrintPlain(lane);
                break;
            case Immediates.Lane: PrintPlain(reader.ReadByte("a lane")); break;
            case Immediates.HeapType: PrintHeapType(ref reader, info.Opcode); break;
            case Immediates.TypeField: PrintField(ref reader); break;
            case Immediates.TypeCount:
                types.PrintReference(EntitySpace.Type, reader.ReadU32("a type index"));
                PrintPlain(reader.ReadU32("a count"));
                break;
            case Immediates.CastBranch: PrintCastBranch(ref reader); break;
            case Immediates.Fence:
                int start = reader.Position;
                if (reader.ReadByte("an order") != 0) throw reader.Error(ModuleErrorCode.BadFlags, start, "the order of a fence is not zero");
                break;
            default: throw new InvalidOperationException($"immediates {info.Immediates} cannot be printed");
        }
    }

    private void PrintPlain(uint number)
    {
        output.Write(' ');
        output.WriteNumber(number);
    }

    private void PrintSigned(long number)
    {
        output.Write(' ');
        output.WriteSigned(number);
    }

    // Memory 0 is what an instruction without an index means.
    private void PrintMemory(uint index)
    {
        if (index != 0) types.PrintReference(EntitySpace.Memory, index);
    }

    /// <summary>A label by its name, unless a block between has the same one.</summary>
    private void PrintLabel(uint label)
    {
        output.Write(' ');
        int place = _blocks.Count - 1 - (int)Math.Min(label, int.MaxValue);
        if (place >= 0 && _blocks[place].Label is string identifier && _innermost[identifier] == place) output.Write(identifier);
        else output.WriteNumber(label);
    }

    private void PrintLabelTable(ref ByteReader reader)
    {
        int count = reader.ReadCount("a branch table");
        for (int i = 0; i <= count; i++) PrintLabel(reader.ReadU32("a label"));
    }

    private void PrintBlock(ref ByteReader reader, Opcode opcode)
    {
        Push(opcode, PrintBlockLabel());
        PrintBlockType(ref reader);
    }

    private string? PrintBlockLabel()
    {
        if (!_labels.TryGet(_labelCount++, out PrintedIdentifier label)) return null;
        output.Write(' ');
        output.Write(label.Text);
        return label.Text;
    }

    private void PrintBlockType(ref ByteReader reader)
    {
        const string what = "a block type";
        byte code = reader.PeekByte();
        if (code == 0x40)
        {
            reader.ReadByte(what);
            return;
        }

        // Value types have the codes that are negative as signed LEB128 of one byte; what is left is an index.
        if (code is > 0x40 and < 0x80)
        {
            output.Write(" (result ");
            output.Write(types.ReadValueType(ref reader, what));
            output.Write(')');
            return;
        }

        int start = reader.Position;
        long index = reader.ReadS33(what);
        if (index < 0) throw reader.Error(ModuleErrorCode.BadType, start, "a block type is neither a type nor an index");
        types.PrintTypeUse((uint)index, IdentifierMap.Empty, BodyDepth);
    }

    private void PrintTryTable(ref ByteReader reader)
    {
        // The block is entered after its catch clauses, since their labels count from outside of it.
        string? label = PrintBlockLabel();
        PrintBlockType(ref reader);
        int count = reader.ReadCount("catch clauses");
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            byte code = reader.ReadByte("a catch clause");
            if (code >= CatchClauses.Length) throw reader.Error(ModuleErrorCode.BadFlags, start, $"catch clause 0x{code:x2} is unknown");
            output.Write(" (");
            output.Write(CatchClauses[code]);
            if (code < 2) types.PrintReference(EntitySpace.Tag, reader.ReadU32("a tag"));
            PrintLabel(reader.ReadU32("a label"));
            output.Write(')');
        }

        Push(Opcode.TryTable, label);
    }

    private void PrintIndirectCall(ref ByteReader reader)
    {
        uint type = reader.ReadU32("a type index"), table = reader.ReadU32("a table");
        if (table != 0) types.PrintReference(EntitySpace.Table, table);
        types.PrintTypeUse(type, IdentifierMap.Empty, BodyDepth);
    }

    private void PrintSelectTypes(ref ByteReader reader)
    {
        int count = reader.ReadCount("types");
        output.Write(" (result");
        for (int i = 0; i < count; i++)
        {
            output.Write(' ');
            output.Write(types.ReadValueType(ref reader, "a type"));
        }

        output.Write(')');
    }

    private void PrintInit(ref ByteReader reader, Immediates immediates)
    {
        // The text has the destination first, the binary format the segment.
        bool isTable = immediates == Immediates.ElementTable;
        int start = reader.Position;
        uint segment = reader.ReadU32("a segment"), destination = reader.ReadU32(isTable ? "a table" : "a memory");
        if (isTable) types.PrintReference(EntitySpace.Table, destination);
        else PrintMemory(destination);
        types.PrintReference(isTable ? EntitySpace.Element : EntitySpace.Data, segment);
        if (!isTable) RequireDataCount(ref reader, start);
    }

    private void PrintMemoryArgument(ref ByteReader reader, OpcodeInfo info)
    {
        // Six bits of alignment; the seventh says that a memory index follows.
        int start = reader.Position;
        uint flags = reader.ReadU32("an alignment");
        if (flags >= 0x80) throw reader.Error(ModuleErrorCode.BadMemoryArgument, start, $"the alignment 0x{flags:x} is malformed");
        PrintMemory((flags & 0x40) != 0 ? reader.ReadU32("a memory") : 0);
        ulong offset = reader.ReadU64("an offset");
        if (offset != 0)
        {
            output.Write(" offset=");
            output.WriteNumber(offset);
        }

        int alignment = (int)(flags & 0x3F);
        if (alignment == info.NaturalAlignment) return;
        output.Write(" align=");
        output.WriteNumber(1UL << alignment);
    }

    private void PrintHeapType(ref ByteReader reader, Opcode opcode)
    {
        string type = types.ReadHeapType(ref reader, "a heap type");
        output.Write(opcode switch
        {
            Opcode.RefNull => " ",
            Opcode.RefTestNull or Opcode.RefCastNull => " (ref null ",
            _ => " (ref ",
        });
        output.Write(type);
        if (opcode != Opcode.RefNull) output.Write(')');
    }

    private void PrintField(ref ByteReader reader)
    {
        uint type = reader.ReadU32("a type index");
        types.PrintReference(EntitySpace.Type, type);
        types.PrintReference(names.FieldsOf(type), reader.ReadU32("a field"));
    }

    private void PrintCastBranch(ref ByteReader reader)
    {
        // Bit 0: null among the source's values; bit 1: among the target's.
        int start = reader.Position;
        byte flags = reader.ReadByte("cast flags");
        if (flags > 3) throw reader.Error(ModuleErrorCode.BadFlags, start, $"cast flags 0x{flags:x2} are unknown");
        PrintLabel(reader.ReadU32("a label"));
        for (int bit = 1; bit <= 2; bit <<= 1)
        {
            output.Write((flags & bit) != 0 ? " (ref null " : " (ref ");
            output.Write(types.ReadHeapType(ref reader, "a heap type"));
            output.Write(')');
        }
    }

    private void RequireDataCount(ref ByteReader reader, int start)
    {
        if (_isBody && !HasDataCount) throw reader.Error(ModuleErrorCode.DataCountMissing, start, "an instruction refers to data and there is no data count section");
    }
}
