using System;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Interpreter;

internal sealed partial class Translator
{
    private static readonly FunctionType NoType = new([], []);
    private int[] _stubs = [];

    private void TranslateInstruction(ref ByteReader reader, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Unreachable:
                Emit(InternalOp.Unreachable);
                SetDead();
                break;
            case Opcode.Nop:
                break;
            case Opcode.Block:
            case Opcode.Loop:
                FunctionType blockType = BlockTypeReader.Read(ref reader, module.TypeSpace);
                FlushFrom(0);
                PushConstruct(opcode, blockType);
                break;
            case Opcode.If:
                FunctionType ifType = BlockTypeReader.Read(ref reader, module.TypeSpace);
                int condition = PopSlot();
                FlushFrom(0);
                PushConstruct(opcode, ifType);
                _constructs[_depth - 1].ElseJump = _count;
                Emit(InternalOp.JumpIfZero, 0, condition, 0);
                break;
            case Opcode.Else:
                TranslateElse();
                break;
            case Opcode.End:
                TranslateEnd();
                break;
            case Opcode.Br:
                EmitBranch((int)reader.ReadU32("a label"));
                SetDead();
                break;
            case Opcode.BrIf:
                TranslateBranchIf((int)reader.ReadU32("a label"));
                break;
            case Opcode.BrTable:
                TranslateBranchTable(ref reader);
                break;
            case Opcode.Return:
                EmitReturn();
                SetDead();
                break;
            case Opcode.Call:
            case Opcode.ReturnCall:
                int function = (int)reader.ReadU32("a function");
                bool isImported = function < module.ImportedFunctions;
                EmitCall(opcode, isImported ? InternalOp.CallHost : InternalOp.Call, module.TypeOfFunction(function), isImported ? function : function - module.ImportedFunctions, 0, 0);
                break;
            case Opcode.CallIndirect:
            case Opcode.ReturnCallIndirect:
                int type = (int)reader.ReadU32("a type");
                ushort table = (ushort)reader.ReadU32("a table");
                EmitCall(opcode, InternalOp.CallIndirect, module.TypeSpace[type].Function!, PopSlot(), module.TypeSpace.Canonical(type), table);
                break;
            case Opcode.CallRef:
            case Opcode.ReturnCallRef:
                FunctionType referenced = module.TypeSpace[(int)reader.ReadU32("a type")].Function!;
                EmitCall(opcode, InternalOp.CallReference, referenced, PopSlot(), 0, 0);
                break;
            case Opcode.TryTable:
                TranslateTryTable(ref reader);
                break;
            case Opcode.Throw:
                int tag = (int)reader.ReadU32("a tag");
                int carried = module.TypeOfTag(tag).Parameters.Length;
                FlushFrom(_height - carried);
                int payload = HomeOf(_height - carried);
                Emit(InternalOp.Throw, _nextHome - payload, tag, payload);
                SetDead();
                break;
            case Opcode.ThrowRef:
                Emit(InternalOp.ThrowReference, 0, PopSlot(), 0);
                SetDead();
                break;
            case Opcode.Drop:
                Discard();
                break;
            case Opcode.SelectT:
                // A reference type is longer than a byte.
                ImmediateSkipper.Skip(ref reader, Immediates.ValueTypes);
                goto case Opcode.Select;
            case Opcode.Select:
                int chosen = PopSlot();
                bool choosesVector = _operands[_height - 1].IsVector;
                int second = PopSlot(), first = PopSlot();
                Emit(choosesVector ? InternalOp.VectorSelect : InternalOp.Select, HomeOf(_height), first, second);
                Emit(InternalOp.Unreachable, 0, chosen, 0);
                PushProduced(choosesVector, words: 2);
                break;
            case Opcode.LocalGet:
                int got = LocalSlot(reader.ReadU32("a local"), out bool getsVector);
                PushLocal(got, getsVector);
                break;
            case Opcode.LocalSet:
                TranslateLocalSet(LocalSlot(reader.ReadU32("a local"), out _));
                break;
            case Opcode.LocalTee:
                int tee = LocalSlot(reader.ReadU32("a local"), out bool teesVector);
                TranslateLocalSet(tee);
                PushLocal(tee, teesVector);
                break;
            case Opcode.GlobalGet:
                TranslateGlobalGet((int)reader.ReadU32("a global"));
                break;
            case Opcode.GlobalSet:
                TranslateGlobalSet((int)reader.ReadU32("a global"));
                break;
            case Opcode.I32Const:
                PushConstant((uint)reader.ReadS32("i32.const"));
                break;
            case Opcode.I64Const:
                PushConstant((ulong)reader.ReadS64("i64.const"));
                break;
            case Opcode.F32Const:
                PushConstant(reader.ReadFixed32("f32.const"));
                break;
            case Opcode.F64Const:
                PushConstant(reader.ReadFixed64("f64.const"));
                break;
            case Opcode.RefNull:
                reader.ReadS33("ref.null's type");
                PushConstant(0);
                break;
            case Opcode.RefFunc:
                EmitGeneral(opcode, 0, isVector: false, (int)reader.ReadU32("a function"));
                break;
            case Opcode.RefIsNull:
                EmitUnary(InternalOp.RefIsNull);
                break;
            case Opcode.BrOnNull:
            case Opcode.BrOnNonNull:
            case Opcode.BrOnCast:
            case Opcode.BrOnCastFail:
                TranslateReferenceBranch(ref reader, opcode);
                break;
            default:
                TranslateTyped(ref reader, opcode);
                break;
        }
    }

    /// <summary>Loads, stores and arithmetic keep their opcode; the rest are memory and table instructions.</summary>
    private void TranslateTyped(ref ByteReader reader, Opcode opcode)
    {
        OpcodeInfo info = OpcodeTable.Get(opcode);
        if (info.Immediates is Immediates.MemArg or Immediates.MemArgLane && IsGeneralAccess(reader, info))
        {
            TranslateGeneralAccess(ref reader, info);
            return;
        }

        if (info.Immediates == Immediates.MemArg)
        {
            PassAlignment(ref reader);
            int displacement = unchecked((int)reader.ReadU64("an offset"));
            if (info.Results.Length == 1)
            {
                int address = PopSlot();
                Emit((InternalOp)opcode, HomeOf(_height), address, displacement);
                PushProduced(info.Results[0] == 'v');
            }
            else
            {
                int value = PopSlot(), address = PopSlot();
                Emit((InternalOp)opcode, displacement, address, value);
            }

            return;
        }

        if (!info.IsContextual)
        {
            InternalOp op = opcode >= Opcode.I32TruncSatF32S && opcode <= Opcode.I64TruncSatF64U
                ? InternalOp.FirstSaturating + (opcode - Opcode.I32TruncSatF32S)
                : (InternalOp)opcode;
            if (opcode == Opcode.AtomicFence) reader.ReadByte("a fence");
            else if ((int)opcode >= OpcodeTable.VectorBase) TranslateVector(ref reader, info);
            else if (info.Operands.Length == 1) EmitUnary(op);
            else EmitBinary(op);
            return;
        }

        TranslateMemoryOrTable(ref reader, opcode);
    }

    /// <summary>Passes over alignment and memory of an access to the first memory, which may be named all the same.</summary>
    private static void PassAlignment(ref ByteReader reader)
    {
        if (reader.ReadU32("an alignment") >= 0x40) reader.ReadU32("a memory");
    }

    private void TranslateMemoryOrTable(ref ByteReader reader, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.MemorySize:
                EmitGeneralOr(InternalOp.MemorySize, opcode, 0, (int)reader.ReadU32("a memory"));
                break;
            case Opcode.MemoryGrow:
                int grown = (int)reader.ReadU32("a memory");
                EmitUnitCharge();
                EmitGeneralOr(InternalOp.MemoryGrow, opcode, 1, grown);
                break;
            case Opcode.MemoryInit:
                int data = (int)reader.ReadU32("a data segment"), initialized = (int)reader.ReadU32("a memory");
                if (IsPlain(initialized)) EmitBulk(InternalOp.MemoryInit, data, 0);
                else EmitGeneralBulk(opcode, initialized, data);
                break;
            case Opcode.DataDrop:
                Emit(InternalOp.DataDrop, 0, (int)reader.ReadU32("a data segment"), 0);
                break;
            case Opcode.MemoryCopy:
                int target = (int)reader.ReadU32("a memory"), source = (int)reader.ReadU32("a memory");
                if (IsPlain(target) && IsPlain(source)) EmitBulk(InternalOp.MemoryCopy, 0, 0);
                else EmitGeneralBulk(opcode, target, source);
                break;
            case Opcode.MemoryFill:
                int filled = (int)reader.ReadU32("a memory");
                if (IsPlain(filled)) EmitBulk(InternalOp.MemoryFill, 0, 0);
                else EmitGeneralBulk(opcode, filled, 0);
                break;
            case Opcode.TableGet:
                ushort getTable = (ushort)reader.ReadU32("a table");
                int index = PopSlot();
                Emit(InternalOp.TableGet, HomeOf(_height), index, 0, getTable);
                PushProduced();
                break;
            case Opcode.TableSet:
                ushort setTable = (ushort)reader.ReadU32("a table");
                int element = PopSlot(), at = PopSlot();
                Emit(InternalOp.TableSet, 0, at, element, setTable);
                break;
            case Opcode.TableSize:
                Emit(InternalOp.TableSize, HomeOf(_height), 0, 0, (ushort)reader.ReadU32("a table"));
                PushProduced();
                break;
            case Opcode.TableGrow:
                ushort growTable = (ushort)reader.ReadU32("a table");
                EmitUnitCharge();
                FlushFrom(_height - 2);
                Discard(2);
                // The result of a table with 32-bit indices is an i32.
                Emit(InternalOp.TableGrow, HomeOf(_height), HomeOf(_height), module.TableList[growTable].Is64 ? 1 : 0, growTable);
                PushProduced();
                break;
            case Opcode.TableFill:
                EmitBulk(InternalOp.TableFill, 0, (ushort)reader.ReadU32("a table"));
                break;
            case Opcode.TableCopy:
                ushort to = (ushort)reader.ReadU32("a table");
                EmitBulk(InternalOp.TableCopy, (int)reader.ReadU32("a table"), to);
                break;
            case Opcode.TableInit:
                int segment = (int)reader.ReadU32("an element segment");
                EmitBulk(InternalOp.TableInit, segment, (ushort)reader.ReadU32("a table"));
                break;
            case Opcode.ElemDrop:
                Emit(InternalOp.ElemDrop, 0, (int)reader.ReadU32("an element segment"), 0);
                break;
            default:
                TranslateGeneral(ref reader, opcode);
                break;
        }
    }

    /// <summary>The first memory, where its addresses have 32 bits: the operations of its own.</summary>
    private bool IsPlain(int memory) => memory == 0 && !module.MemoryList[0].Is64;

    /// <summary>memory.size and memory.grow: memory 0 with 32-bit addresses has operations of its own.</summary>
    private void EmitGeneralOr(InternalOp op, Opcode opcode, int operands, int memory)
    {
        if (!IsPlain(memory)) EmitGeneral(opcode, operands, isVector: false, memory);
        else if (operands == 1) EmitUnary(op);
        else
        {
            Emit(op, HomeOf(_height), 0, 0);
            PushProduced();
        }
    }

    private void EmitUnary(InternalOp op)
    {
        int operand = PopSlot();
        Emit(op, HomeOf(_height), operand, 0);
        PushProduced();
    }

    private void EmitBinary(InternalOp op)
    {
        int second = PopSlot(), first = PopSlot();
        Emit(op, HomeOf(_height), first, second);
        PushProduced();
    }

    /// <summary>Charges the top operand's units, where the plan says so.</summary>
    private void EmitUnitCharge()
    {
        ReadOnlySpan<UnitCharge> charges = _plan.UnitCharges;
        while (_nextUnitCharge < charges.Length && charges[_nextUnitCharge].Offset < (uint)_offset) _nextUnitCharge++;
        if (_nextUnitCharge == charges.Length || charges[_nextUnitCharge].Offset != (uint)_offset) return;
        Emit(InternalOp.ChargeUnits, 0, PeekSlot(), 0);
        Emit(InternalOp.Unreachable).Imm = charges[_nextUnitCharge].PerUnit;
    }

    /// <summary>Memory and table instructions with three operands, which they take from their homes.</summary>
    private void EmitBulk(InternalOp op, int b, ushort extra)
    {
        EmitUnitCharge();
        FlushFrom(_height - 3);
        Discard(3);
        Emit(op, 0, HomeOf(_height), b, extra);
    }

    private void EmitCall(Opcode opcode, InternalOp op, FunctionType type, int a, int r, ushort extra)
    {
        FlushFrom(_height - type.Parameters.Length);
        Discard(type.Parameters.Length);
        bool isTail = opcode is Opcode.ReturnCall or Opcode.ReturnCallIndirect or Opcode.ReturnCallRef;
        if (isTail) Emit(InternalOp.TailCall, _frameWords, _headerSlot, ValueSlots.Count(type.Parameters));
        Emit(op, r, a, HomeOf(_height), extra);
        if (isTail)
        {
            SetDead();
            return;
        }

        PushHomes(type.Results);
        _producer = -1;
    }

    private void TranslateLocalSet(int local)
    {
        ref Operand top = ref _operands[_height - 1];
        if (top.Kind == OperandKind.Local && top.Local == local)
        {
            Discard();
            return;
        }

        // The instruction that made the value can write the local itself, unless the local's old value is still wanted.
        if (_producer >= 0 && _lazyOfLocal[local] < 0)
        {
            _code[_producer].R = local;
            Discard();
            return;
        }

        Operand source = top;
        Discard();
        FlushLocal(local);
        if (source.Kind == OperandKind.Constant) Emit(InternalOp.Constant) = new Instruction { Op = InternalOp.Constant, R = local, Imm = source.Constant };
        else EmitCopy(source.IsVector, local, source.Kind == OperandKind.Local ? source.Local : source.Home);
    }

    /// <summary>Passes over an instruction that cannot be reached: only the nesting matters.</summary>
    private void SkipDead(ref ByteReader reader, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Block:
            case Opcode.Loop:
            case Opcode.If:
            case Opcode.TryTable:
                ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                PushConstruct(opcode, NoType);
                break;
            case Opcode.Else:
                if (!_constructs[_depth - 1].IsDead) TranslateElse();
                break;
            case Opcode.End:
                if (_constructs[_depth - 1].IsDead) _depth--;
                else TranslateEnd();
                break;
            default:
                ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                break;
        }
    }
}
