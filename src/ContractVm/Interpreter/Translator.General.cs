using ContractVm.Binary;
using ContractVm.Runtime;

namespace ContractVm.Interpreter;

/// <summary>
/// Instructions that are too seldom to have an operation of their own: one operation, <see cref="InternalOp.General"/>, carries
/// their opcode. Their operands are in their homes, one after the other.
/// </summary>
internal sealed partial class Translator
{
    /// <summary>
    /// Emits one: the operands are the top ones, the result takes the place of the first. The word after it holds what is
    /// wider than an index.
    /// </summary>
    private void EmitGeneral(Opcode opcode, int operands, bool isVector, int index, ulong word = 0)
    {
        EmitGeneralWithoutResult(opcode, operands, index, word);
        PushHome(isVector);
        _producer = -1;
    }

    private void EmitGeneralWithoutResult(Opcode opcode, int operands, int index, ulong word = 0)
    {
        FlushFrom(_height - operands);
        Discard(operands);
        Emit(InternalOp.General, _nextHome, _nextHome, index, (ushort)opcode);
        Emit(InternalOp.Unreachable).Imm = word;
    }

    /// <summary>Bulk instructions on other memories than the first: two indices.</summary>
    private void EmitGeneralBulk(Opcode opcode, int memory, int other)
    {
        EmitUnitCharge();
        EmitGeneralWithoutResult(opcode, 3, memory, (ulong)other);
    }

    /// <summary>Loads and stores with 64-bit addresses or in other memories than the first, and all atomics.</summary>
    private bool IsGeneralAccess(ByteReader ahead, OpcodeInfo info)
    {
        bool names = ahead.ReadU32("an alignment") >= 0x40;
        uint memory = names ? ahead.ReadU32("a memory") : 0;
        return memory > 0 || module.MemoryList[(int)memory].Is64 || (info.Feature & Features.Threads) != 0;
    }

    private void TranslateGeneralAccess(ref ByteReader reader, OpcodeInfo info)
    {
        bool names = reader.ReadU32("an alignment") >= 0x40;
        int memory = names ? (int)reader.ReadU32("a memory") : 0;
        ulong displacement = reader.ReadU64("an offset");
        int lane = info.Immediates == Immediates.MemArgLane ? reader.ReadByte("a lane") : 0;
        if (info.Results.Length == 0) EmitGeneralWithoutResult(info.Opcode, info.Operands.Length, memory, displacement);
        else EmitGeneral(info.Opcode, info.Operands.Length, info.Results[0] == 'v', memory, displacement);
        // The lane has room in the result slot's place of the second word, which the displacement leaves.
        _code[_count - 1].R = lane;
    }

    private void TranslateGeneral(ref ByteReader reader, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.RefAsNonNull:
            case Opcode.ArrayLen:
            case Opcode.RefI31:
            case Opcode.I31GetS:
            case Opcode.I31GetU:
                EmitGeneral(opcode, 1, isVector: false, 0);
                break;
            case Opcode.RefEq:
                EmitGeneral(opcode, 2, isVector: false, 0);
                break;
            case Opcode.AnyConvertExtern:
            case Opcode.ExternConvertAny:
                // Both hierarchies share their references: nothing to do.
                break;
            case Opcode.RefTest:
            case Opcode.RefTestNull:
            case Opcode.RefCast:
            case Opcode.RefCastNull:
                EmitGeneral(opcode, 1, isVector: false, ReadHeapType(ref reader));
                break;
            default:
                TranslateAggregate(ref reader, opcode);
                break;
        }
    }

    private void TranslateAggregate(ref ByteReader reader, Opcode opcode)
    {
        int index = module.TypeSpace.Canonical((int)reader.ReadU32("a type"));
        DefinedType type = module.TypeSpace[index];
        bool isVector = type.Fields.Length > 0 && type.Fields[0].Storage == ValueType.V128;
        switch (opcode)
        {
            case Opcode.StructNew: EmitGeneral(opcode, type.Fields.Length, isVector: false, index); break;
            case Opcode.StructNewDefault: EmitGeneral(opcode, 0, isVector: false, index); break;
            case Opcode.StructGet or Opcode.StructGetS or Opcode.StructGetU:
                int read = (int)reader.ReadU32("a field");
                EmitGeneral(opcode, 1, type.Fields[read].Storage == ValueType.V128, index, (ulong)read);
                break;
            case Opcode.StructSet: EmitGeneralWithoutResult(opcode, 2, index, reader.ReadU32("a field")); break;
            case Opcode.ArrayNew:
                EmitUnitCharge();
                EmitGeneral(opcode, 2, isVector: false, index);
                break;
            case Opcode.ArrayNewDefault:
                EmitUnitCharge();
                EmitGeneral(opcode, 1, isVector: false, index);
                break;
            case Opcode.ArrayNewFixed:
                uint count = reader.ReadU32("a number of elements");
                EmitGeneral(opcode, (int)count, isVector: false, index, count);
                break;
            case Opcode.ArrayNewData or Opcode.ArrayNewElem:
                EmitUnitCharge();
                EmitGeneral(opcode, 2, isVector: false, index, reader.ReadU32("a segment"));
                break;
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU: EmitGeneral(opcode, 2, isVector, index); break;
            case Opcode.ArraySet: EmitGeneralWithoutResult(opcode, 3, index); break;
            case Opcode.ArrayFill:
                EmitUnitCharge();
                EmitGeneralWithoutResult(opcode, 4, index);
                break;
            case Opcode.ArrayCopy:
                int source = module.TypeSpace.Canonical((int)reader.ReadU32("a type"));
                EmitUnitCharge();
                EmitGeneralWithoutResult(opcode, 5, index, (ulong)source);
                break;
            case Opcode.ArrayInitData or Opcode.ArrayInitElem:
                EmitUnitCharge();
                EmitGeneralWithoutResult(opcode, 4, index, reader.ReadU32("a segment"));
                break;
            default:
                throw new NodeFaultException($"{OpcodeTable.Get(opcode).Name} is validated but not prepared");
        }
    }

    private void TranslateReferenceBranch(ref ByteReader reader, Opcode opcode)
    {
        // The reference is in its home, so that it is there whichever way control goes.
        FlushFrom(_height - 1);
        int slot = HomeOf(_height - 1);
        if (opcode is Opcode.BrOnNull or Opcode.BrOnNonNull)
        {
            int depth = (int)reader.ReadU32("a label");
            bool onNull = opcode == Opcode.BrOnNull;
            // Where it branches on null, the null is gone; else the label takes the reference.
            if (onNull) Discard();
            TranslateBranchIf(depth, onNull ? InternalOp.JumpIfNull : InternalOp.JumpIfNotNull, onNull ? InternalOp.JumpIfNotNull : InternalOp.JumpIfNull, slot, null);
            if (onNull) PushHome();
            else Discard();
            _producer = -1;
            return;
        }

        byte flags = reader.ReadByte("cast flags");
        int label = (int)reader.ReadU32("a label");
        ReadHeapType(ref reader);
        Instruction word = new() { A = ReadHeapType(ref reader), B = (flags >> 1) & 1 };
        bool onCast = opcode == Opcode.BrOnCast;
        TranslateBranchIf(
            label, onCast ? InternalOp.JumpIfOfType : InternalOp.JumpIfNotOfType, onCast ? InternalOp.JumpIfNotOfType : InternalOp.JumpIfOfType, slot, word);
        _producer = -1;
    }

    /// <summary>A heap type as a number: a canonical type index, or the code of an abstract one made negative.</summary>
    private int ReadHeapType(ref ByteReader reader)
    {
        long code = reader.ReadS33("a heap type");
        return code >= 0 ? module.TypeSpace.Canonical((int)code) : -(int)(code & 0x7F);
    }

    /// <summary>
    /// Before the block, which is as any other, stand the ways from its clauses to their labels: what is caught is written
    /// above the operands that are below the block, and a branch takes it from there.
    /// </summary>
    private void TranslateTryTable(ref ByteReader reader)
    {
        FunctionType type = BlockTypeReader.Read(ref reader, module.TypeSpace);
        FlushFrom(0);
        int parameters = type.Parameters.Length;
        Discard(parameters);
        int slot = _nextHome, count = (int)reader.ReadU32("catch clauses"), over = _count;
        if (count > 0) Emit(InternalOp.Jump, 0, 0, 0);
        for (int i = 0; i < count; i++)
        {
            byte kind = reader.ReadByte("a catch clause");
            int tag = kind < 2 ? (int)reader.ReadU32("a tag") : -1;
            int depth = (int)reader.ReadU32("a label"), height = _height;
            if (tag >= 0) PushHomes(module.TypeOfTag(tag).Parameters);
            if ((kind & 1) != 0) PushHome();
            _handlers.AddClause(new CatchClause(tag, (kind & 1) != 0, _count));
            EmitBranch(depth);
            Discard(_height - height);
        }

        if (count > 0) SetTarget(over, _count);
        PushHomes(type.Parameters);
        _producer = -1;
        PushConstruct(Opcode.TryTable, type);
        _handlers.Open(_count, count, slot);
    }
}
