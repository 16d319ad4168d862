using System.Numerics;

namespace ContractVm.Text;

/// <summary>What follows an instruction's name, in the text and in the binary format.</summary>
internal sealed partial class ExpressionReader
{
    /// <summary>Reads what follows the name of an instruction that is no block, and writes the instruction.</summary>
    private void ReadPlain(Opcode opcode, int token, ByteWriter output)
    {
        if (opcode == Opcode.Select)
        {
            ReadSelect(output);
            return;
        }

        OpcodeInfo info = OpcodeTable.Get(opcode);
        if (info.Immediates == Immediates.HeapType && opcode != Opcode.RefNull)
        {
            ReadCast(opcode, output);
            return;
        }

        WriteOpcode(opcode, output);
        switch (info.Immediates)
        {
            case Immediates.None:
                break;
            case Immediates.Label:
                output.WriteUnsigned(ReadLabel());
                break;
            case Immediates.LabelTable:
                ReadLabelTable(output);
                break;
            case Immediates.Function:
                output.WriteUnsigned(module.ReadIndex(module.Functions));
                break;
            case Immediates.TypeTable:
                uint table = module.IsAtIndex ? module.ReadIndex(module.Tables) : 0;
                output.WriteUnsigned(types.Resolve(types.ReadTypeUse(allowsNames: false)));
                output.WriteUnsigned(table);
                break;
            case Immediates.Type:
                output.WriteUnsigned(module.ReadIndex(module.Types));
                break;
            case Immediates.Tag:
                output.WriteUnsigned(module.ReadIndex(module.Tags));
                break;
            case Immediates.Local:
                output.WriteUnsigned(ReadLocal());
                break;
            case Immediates.Global:
                output.WriteUnsigned(module.ReadIndex(module.Globals));
                break;
            case Immediates.Table:
                ReadDefaults(module.Tables, 1, output);
                break;
            case Immediates.TableTable:
                ReadDefaults(module.Tables, 2, output);
                break;
            case Immediates.Memory:
                ReadDefaults(module.Memories, 1, output);
                break;
            case Immediates.MemoryMemory:
                ReadDefaults(module.Memories, 2, output);
                break;
            case Immediates.ElementTable:
                ReadSegment(module.Tables, module.Elements, output);
                break;
            case Immediates.DataMemory:
                module.NeedsDataCount = true;
                ReadSegment(module.Memories, module.Data, output);
                break;
            case Immediates.Element:
                output.WriteUnsigned(module.ReadIndex(module.Elements));
                break;
            case Immediates.Data:
                module.NeedsDataCount = true;
                output.WriteUnsigned(module.ReadIndex(module.Data));
                break;
            case Immediates.MemArg:
                ReadMemoryArgument(module.IsAtIndex, info, output);
                break;
            case Immediates.MemArgLane:
                ReadMemoryArgument(IsMemoryBeforeLane(), info, output);
                ReadLane(output);
                break;
            case Immediates.I32:
                output.WriteSigned((int)ConstantText.ReadInteger(_cursor, 32));
                break;
            case Immediates.I64:
                output.WriteSigned((long)ConstantText.ReadInteger(_cursor, 64));
                break;
            case Immediates.F32:
                output.WriteFixed(ConstantText.ReadFloat(_cursor, FloatFormat.Single), 4);
                break;
            case Immediates.F64:
                output.WriteFixed(ConstantText.ReadFloat(_cursor, FloatFormat.Double), 8);
                break;
            case Immediates.V128:
                ReadVector(output);
                break;
            case Immediates.Shuffle:
                for (int lane = 0; lane < 16; lane++) ReadLane(output);
                break;
            case Immediates.Lane:
                ReadLane(output);
                break;
            case Immediates.HeapType:
                types.ReadHeapType(output);
                break;
            case Immediates.TypeField:
                ReadField(output);
                break;
            case Immediates.TypeCount:
                output.WriteUnsigned(module.ReadIndex(module.Types));
                output.WriteUnsigned(_cursor.ReadNatural(32, "a number of elements"));
                break;
            case Immediates.TypeData:
                module.NeedsDataCount = true;
                output.WriteUnsigned(module.ReadIndex(module.Types));
                output.WriteUnsigned(module.ReadIndex(module.Data));
                break;
            case Immediates.TypeElement:
                output.WriteUnsigned(module.ReadIndex(module.Types));
                output.WriteUnsigned(module.ReadIndex(module.Elements));
                break;
            case Immediates.TypeType:
                output.WriteUnsigned(module.ReadIndex(module.Types));
                output.WriteUnsigned(module.ReadIndex(module.Types));
                break;
            case Immediates.CastBranch:
                ReadCastBranch(output);
                break;
            case Immediates.Fence:
                output.WriteByte(0);
                break;
            default:
                throw _cursor.Error(TextErrorCode.UnknownInstruction, token, $"{info.Name} is no instruction of the text format");
        }
    }

    private static void WriteOpcode(Opcode opcode, ByteWriter output)
    {
        int id = (int)opcode;
        (byte prefix, int start) = id switch
        {
            < OpcodeTable.GcBase => ((byte)0, 0),
            < OpcodeTable.MiscBase => ((byte)0xFB, OpcodeTable.GcBase),
            < OpcodeTable.AtomicBase => ((byte)0xFC, OpcodeTable.MiscBase),
            < OpcodeTable.VectorBase => ((byte)0xFE, OpcodeTable.AtomicBase),
            _ => ((byte)0xFD, OpcodeTable.VectorBase),
        };
        if (prefix == 0)
        {
            output.WriteByte((byte)id);
            return;
        }

        output.WriteByte(prefix);
        output.WriteUnsigned((uint)(id - start));
    }

    private uint ReadLabel()
    {
        if (_cursor.Kind != TokenKind.Identifier) return (uint)_cursor.ReadNatural(32, "a label");
        int token = _cursor.Position;
        int symbol = module.ReadOptionalSymbol();
        int depth = symbol < _labels.Length ? _labels[symbol] : 0;
        return depth > 0 ? (uint)(_labelDepth - depth) : throw module.Unknown("label", token);
    }

    private uint ReadLocal()
    {
        if (_cursor.Kind != TokenKind.Identifier) return (uint)_cursor.ReadNatural(32, "the index of a local");
        int token = _cursor.Position;
        bool isKnown = module.Locals.TryFind(module.ReadOptionalSymbol(), out int index) && _function >= 0;
        return isKnown ? (uint)index : throw module.Unknown("local", token);
    }

    private void ReadLabelTable(ByteWriter output)
    {
        _scratch.Length = 0;
        uint count = 0;
        uint last = ReadLabel();
        for (; module.IsAtIndex; count++)
        {
            _scratch.WriteUnsigned(last);
            last = ReadLabel();
        }

        output.WriteUnsigned(count);
        output.WriteBytes(_scratch.Written);
        output.WriteUnsigned(last);
    }

    private void ReadSelect(ByteWriter output)
    {
        bool isTyped = false;
        int count = 0;
        _scratch.Length = 0;
        while (_cursor.AcceptForm(TokenKind.Result))
        {
            isTyped = true;
            count += types.ReadValueTypes(_scratch);
            _cursor.ExpectClose();
        }

        WriteOpcode(isTyped ? Opcode.SelectT : Opcode.Select, output);
        if (!isTyped) return;
        output.WriteUnsigned((uint)count);
        output.WriteBytes(_scratch.Written);
    }

    private void ReadCast(Opcode opcode, ByteWriter output)
    {
        _scratch.Length = 0;
        bool isNullable = types.ReadReference(_scratch);
        bool isTest = opcode == Opcode.RefTest;
        WriteOpcode(isNullable ? isTest ? Opcode.RefTestNull : Opcode.RefCastNull : opcode, output);
        output.WriteBytes(_scratch.Written);
    }

    private void ReadCastBranch(ByteWriter output)
    {
        uint label = ReadLabel();
        _scratch.Length = 0;
        bool isSourceNullable = types.ReadReference(_scratch);
        bool isTargetNullable = types.ReadReference(_scratch);
        output.WriteByte((byte)((isSourceNullable ? 1 : 0) | (isTargetNullable ? 2 : 0)));
        output.WriteUnsigned(label);
        output.WriteBytes(_scratch.Written);
    }

    private void ReadBlockType(ByteWriter output)
    {
        TypeUse use = types.ReadTypeUse(allowsNames: false);
        if (use.Index >= 0 || use.Parameters > 0 || use.Results > 1) output.WriteSigned(types.Resolve(use));
        else if (use.Results == 1) output.WriteBytes(types.LastResults);
        else output.WriteByte(0x40);
    }

    private void ReadCatches(ByteWriter output)
    {
        _scratch.Length = 0;
        uint count = 0;
        for (; _cursor.Kind == TokenKind.LeftParen; count++)
        {
            TokenKind kind = _cursor.Tokens.Kind(_cursor.Position + 1);
            if (kind is < TokenKind.Catch or > TokenKind.CatchAllRef) break;
            _cursor.Position += 2;
            _scratch.WriteByte((byte)(kind - TokenKind.Catch));
            if (kind is TokenKind.Catch or TokenKind.CatchRef) _scratch.WriteUnsigned(module.ReadIndex(module.Tags));
            _scratch.WriteUnsigned(ReadLabel());
            _cursor.ExpectClose();
        }

        output.WriteUnsigned(count);
        output.WriteBytes(_scratch.Written);
    }

    /// <summary>Indices that may all be left out, and are 0 then.</summary>
    private void ReadDefaults(IndexSpace space, int count, ByteWriter output)
    {
        bool areWritten = module.IsAtIndex;
        for (int index = 0; index < count; index++) output.WriteUnsigned(areWritten ? module.ReadIndex(space) : 0);
    }

    /// <summary>A table or memory, which may be left out, and a segment; the binary format has them the other way round.</summary>
    private void ReadSegment(IndexSpace targets, IndexSpace segments, ByteWriter output)
    {
        bool hasTarget = _cursor.Tokens.Kind(_cursor.Position + 1) is TokenKind.Natural or TokenKind.Identifier;
        uint target = hasTarget ? module.ReadIndex(targets) : 0;
        output.WriteUnsigned(module.ReadIndex(segments));
        output.WriteUnsigned(target);
    }

    /// <summary>A lane index alone is not a memory index: that one is followed by more.</summary>
    private bool IsMemoryBeforeLane() =>
        module.IsAtIndex && (_cursor.Kind == TokenKind.Identifier
            || _cursor.Tokens.Kind(_cursor.Position + 1) is TokenKind.Natural or TokenKind.OffsetEquals or TokenKind.AlignEquals);

    private void ReadMemoryArgument(bool hasMemory, OpcodeInfo info, ByteWriter output)
    {
        uint memory = hasMemory ? module.ReadIndex(module.Memories) : 0;
        ulong offset = _cursor.Kind == TokenKind.OffsetEquals ? _cursor.ReadAssigned("the offset") : 0;
        int alignment = info.NaturalAlignment;
        if (_cursor.Kind == TokenKind.AlignEquals)
        {
            int token = _cursor.Position;
            ulong value = _cursor.ReadAssigned("the alignment");
            if (!BitOperations.IsPow2(value)) throw _cursor.Error(TextErrorCode.BadAlignment, token, "an alignment is a power of two");
            alignment = BitOperations.Log2(value);
        }

        const int HasMemory = 0x40;
        output.WriteUnsigned((uint)(memory != 0 ? alignment | HasMemory : alignment));
        if (memory != 0) output.WriteUnsigned(memory);
        output.WriteUnsigned(offset);
    }

    private void ReadField(ByteWriter output)
    {
        uint type = module.ReadIndex(module.Types);
        output.WriteUnsigned(type);
        if (_cursor.Kind != TokenKind.Identifier)
        {
            output.WriteUnsigned(_cursor.ReadNatural(32, "the index of a field"));
            return;
        }

        int token = _cursor.Position;
        int symbol = module.ReadOptionalSymbol();
        if (type > int.MaxValue || !module.Fields.TryGetValue(((int)type, symbol), out int field)) throw module.Unknown("field of this type", token);
        output.WriteUnsigned((uint)field);
    }

    private void ReadLane(ByteWriter output) => output.WriteByte((byte)_cursor.ReadNatural(8, "a lane index"));

    private void ReadVector(ByteWriter output)
    {
        LaneShape shape = ConstantText.ReadShape(_cursor);
        for (int lane = 0; lane < shape.Lanes; lane++) output.WriteFixed(ConstantText.ReadLane(_cursor, shape), shape.Bits / 8);
        if (_cursor.Kind.IsNumber()) throw _cursor.Error(TextErrorCode.WrongLaneCount, _cursor.Position, $"the shape has {shape.Lanes} lanes");
    }
}
