using System;
using System.Buffers.Binary;
using ContractVm.Binary;
using ContractVm.Compiler.Ir;
using ContractVm.Runtime;

namespace ContractVm.Compiler.FrontEnd;

/// <summary>Instructions that are no constructs.</summary>
internal sealed partial class IrBuilder
{
    private void Build(ref ByteReader reader, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Unreachable: BuildTrap(TrapKind.Unreachable); break;
            case Opcode.Nop: break;
            case Opcode.Block:
                FunctionType type = BlockTypeReader.Read(ref reader, module.TypeSpace);
                PushConstruct(opcode, type, type.Parameters.Length);
                break;
            case Opcode.Loop: BuildLoop(BlockTypeReader.Read(ref reader, module.TypeSpace)); break;
            case Opcode.TryTable: BuildTry(ref reader); break;
            case Opcode.Throw: BuildThrow((int)reader.ReadU32("a tag")); break;
            case Opcode.ThrowRef: EndByThrow(NonNull(Pop())); break;
            case Opcode.If: BuildIf(BlockTypeReader.Read(ref reader, module.TypeSpace)); break;
            case Opcode.Else: BuildElse(); break;
            case Opcode.End: BuildEnd(); break;
            case Opcode.Br: BuildBranch((int)reader.ReadU32("a label")); break;
            case Opcode.BrIf: BuildBranchIf(Pop(), (int)reader.ReadU32("a label"), isNegated: false); break;
            case Opcode.BrTable: BuildBranchTable(ref reader); break;
            case Opcode.BrOnNull:
                int tested = Pop();
                BuildBranchIf(IsNull(tested), (int)reader.ReadU32("a label"), isNegated: false);
                Push(tested);
                break;
            case Opcode.BrOnNonNull:
                BuildBranchIf(IsNull(_stack[_height - 1]), (int)reader.ReadU32("a label"), isNegated: true);
                _height--;
                break;
            case Opcode.Return: BuildReturn(givesWordsBack: true); break;
            case Opcode.Call or Opcode.ReturnCall:
                int function = (int)reader.ReadU32("a function");
                BuildCall(opcode == Opcode.ReturnCall, IrOp.CallFunction, module.TypeOfFunction(function), -1, function);
                break;
            case Opcode.CallIndirect or Opcode.ReturnCallIndirect:
                int indirect = (int)reader.ReadU32("a type");
                long table = reader.ReadU32("a table");
                BuildCall(opcode == Opcode.ReturnCallIndirect, IrOp.CallTable, module.TypeSpace[indirect].Function!, Pop(), table << 32 | (uint)module.TypeSpace.Canonical(indirect));
                break;
            case Opcode.CallRef or Opcode.ReturnCallRef:
                int referenced = (int)reader.ReadU32("a type");
                BuildCall(opcode == Opcode.ReturnCallRef, IrOp.CallReference, module.TypeSpace[referenced].Function!, Pop(), module.TypeSpace.Canonical(referenced));
                break;
            case Opcode.Drop: _height--; break;
            case Opcode.SelectT or Opcode.Select:
                if (opcode == Opcode.SelectT) ImmediateSkipper.Skip(ref reader, Immediates.ValueTypes);
                BuildSelect();
                break;
            case Opcode.LocalGet: Push(ReadLocal(_scan.NumberOf((int)reader.ReadU32("a local")))); break;
            case Opcode.LocalSet: WriteLocal(_scan.NumberOf((int)reader.ReadU32("a local")), Pop()); break;
            case Opcode.LocalTee: WriteLocal(_scan.NumberOf((int)reader.ReadU32("a local")), _stack[_height - 1]); break;
            case Opcode.GlobalGet:
                int read = (int)reader.ReadU32("a global");
                Push(Add((ushort)opcode, IrFunction.TypeOf(module.GlobalTypeList[read].Value), extra: read));
                break;
            case Opcode.GlobalSet: Add((ushort)opcode, IrType.None, Observe(Pop()), extra: (int)reader.ReadU32("a global")); break;
            case Opcode.I32Const: Push(Constant(IrType.I32, reader.ReadS32("i32.const"))); break;
            case Opcode.I64Const: Push(Constant(IrType.I64, reader.ReadS64("i64.const"))); break;
            case Opcode.F32Const: Push(Constant(IrType.F32, reader.ReadFixed32("f32.const"))); break;
            case Opcode.F64Const: Push(Constant(IrType.F64, (long)reader.ReadFixed64("f64.const"))); break;
            case Opcode.V128Const: Push(VectorConstant(BinaryPrimitives.ReadUInt128LittleEndian(reader.ReadBytes(16, "v128.const")))); break;
            case Opcode.I8x16Shuffle:
                int lanes = AddVector(BinaryPrimitives.ReadUInt128LittleEndian(reader.ReadBytes(16, "lanes")));
                int second = Observe(Pop()), first = Observe(Pop());
                // Not numbered: the lanes' index is new each time.
                Push(Add((ushort)opcode, IrType.V128, first, second, immediate: lanes));
                break;
            case Opcode.RefNull:
                reader.ReadS33("ref.null's type");
                Push(Constant(IrType.I64, 0));
                break;
            case Opcode.RefIsNull: Push(IsNull(Pop())); break;
            case Opcode.RefFunc: Push(AddPure((ushort)opcode, IrType.I64, extra: (int)reader.ReadU32("a function"))); break;
            case Opcode.RefAsNonNull: BuildNonNull(); break;
            case Opcode.RefEq: Push(Binary(Opcode.I64Eq, IrType.I32, PopBelow(), Pop())); break;
            case Opcode.RefI31:
                int wide = Unary(Opcode.I64ExtendI32U, IrType.I64, Pop());
                int low = Binary(Opcode.I64And, IrType.I64, wide, Constant(IrType.I64, (long)References.I31Mask));
                Push(Binary(Opcode.I64Or, IrType.I64, low, Constant(IrType.I64, (long)References.OfI31(0))));
                break;
            case Opcode.I31GetS or Opcode.I31GetU:
                BuildNonNull();
                int number = Binary(Opcode.I32Shl, IrType.I32, Unary(Opcode.I32WrapI64, IrType.I32, Pop()), Constant(IrType.I32, 1));
                Push(Binary(opcode == Opcode.I31GetS ? Opcode.I32ShrS : Opcode.I32ShrU, IrType.I32, number, Constant(IrType.I32, 1)));
                break;
            // Both hierarchies share their references.
            case Opcode.AnyConvertExtern or Opcode.ExternConvertAny: break;
            case Opcode.AtomicFence: reader.ReadByte("a fence"); break;
            case Opcode.BrOnCast or Opcode.BrOnCastFail: BuildCastBranch(ref reader, opcode); break;
            case >= Opcode.StructNew and <= Opcode.RefCastNull: BuildAggregate(ref reader, opcode); break;
            default: BuildOrdinary(ref reader, opcode); break;
        }
    }

    /// <summary>Takes the second operand from the top, so that the top is popped next.</summary>
    private int PopBelow()
    {
        int below = _stack[_height - 2];
        _stack[_height - 2] = _stack[_height - 1];
        _height--;
        return below;
    }

    private void BuildNonNull() => Push(NonNull(Pop()));

    /// <summary>What has been checked, is a function's own reference or a new object is not null: chains of checks are one.</summary>
    private int NonNull(int reference)
    {
        bool isKnown = _function.Nodes[reference].Op is IrOp.NonNull or (ushort)Opcode.RefFunc or IrOp.NewObject or IrOp.NewArray or IrOp.Aggregate;
        return isKnown ? reference : AddPure(IrOp.NonNull, IrType.I64, reference);
    }

    private int IsNull(int reference) => Unary(Opcode.I64Eqz, IrType.I32, reference);

    private void BuildOrdinary(ref ByteReader reader, Opcode opcode)
    {
        OpcodeInfo info = OpcodeTable.Get(opcode);
        switch (info.Immediates)
        {
            case Immediates.MemArg or Immediates.MemArgLane:
                BuildAccess(ref reader, info);
                break;
            case Immediates.Memory:
                BuildSizeOrBulk(opcode, (int)reader.ReadU32("a memory"), 0);
                break;
            case Immediates.Table:
                BuildTable(opcode, (int)reader.ReadU32("a table"));
                break;
            case Immediates.MemoryMemory or Immediates.DataMemory or Immediates.TableTable or Immediates.ElementTable:
                int index = (int)reader.ReadU32("an index");
                BuildSizeOrBulk(opcode, index, (int)reader.ReadU32("an index"));
                break;
            case Immediates.Data or Immediates.Element:
                Add((ushort)opcode, IrType.None, extra: (int)reader.ReadU32("a segment"));
                break;
            case Immediates.Lane:
                BuildArithmetic(info, reader.ReadByte("a lane"));
                break;
            case Immediates.None when !info.IsContextual:
                BuildArithmetic(info, 0);
                break;
            default:
                throw new NodeFaultException($"{info.Name} is not compiled");
        }
    }

    private void BuildArithmetic(OpcodeInfo info, int lane)
    {
        int count = info.Operands.Length;
        LaneClass reader = OperationTraits.OperandClass((ushort)info.Opcode);
        for (int i = _height - count; i < _height; i++) _stack[i] = Observe(_stack[i], reader);
        _height -= count;
        int a = _stack[_height], b = count > 1 ? _stack[_height + 1] : -1, c = count > 2 ? _stack[_height + 2] : -1;
        IrType type = OperationTraits.TypeOf((ushort)info.Opcode);
        if (count == 1 && lane == 0 && (int)info.Opcode < OpcodeTable.VectorBase) Push(Unary(info.Opcode, type, a));
        else if (count == 2 && lane == 0 && (int)info.Opcode < OpcodeTable.VectorBase) Push(Binary(info.Opcode, type, a, b));
        else Push(AddPure((ushort)info.Opcode, type, a, b, c, extra: lane));
    }

    private void BuildAccess(ref ByteReader reader, OpcodeInfo info)
    {
        int memory = reader.ReadU32("an alignment") >= 0x40 ? (int)reader.ReadU32("a memory") : 0;
        long offset = (long)reader.ReadU64("an offset");
        int lane = info.Immediates == Immediates.MemArgLane ? reader.ReadByte("a lane") : 0;
        int count = info.Operands.Length;
        for (int i = _height - count; i < _height; i++) _stack[i] = Observe(_stack[i]);
        _height -= count;
        int b = count > 1 ? _stack[_height + 1] : -1, c = count > 2 ? _stack[_height + 2] : -1;
        IrType type = info.Results.Length == 0 ? IrType.None : OperationTraits.TypeOf((ushort)info.Opcode);
        int node = Add((ushort)info.Opcode, type, _stack[_height], b, c, memory | lane << 16, offset);
        if (type != IrType.None) Push(node);
    }

    private void BuildSizeOrBulk(Opcode opcode, int first, int second)
    {
        if (opcode == Opcode.MemorySize)
        {
            Push(Add((ushort)opcode, IndexType(module.MemoryList[first].Is64), extra: first));
            return;
        }

        EmitUnitCharge();
        if (opcode == Opcode.MemoryGrow)
        {
            Push(Add((ushort)opcode, IndexType(module.MemoryList[first].Is64), Pop(), extra: first));
            return;
        }

        int c = Pop(), b = Pop(), a = Pop();
        Add((ushort)opcode, IrType.None, a, b, c, first, second);
    }

    private static IrType IndexType(bool is64) => is64 ? IrType.I64 : IrType.I32;

    private void BuildTable(Opcode opcode, int table)
    {
        switch (opcode)
        {
            case Opcode.TableGet: Push(Add((ushort)opcode, IrType.I64, Pop(), extra: table)); break;
            case Opcode.TableSet: Add((ushort)opcode, IrType.None, PopBelow(), Pop(), extra: table); break;
            case Opcode.TableSize: Push(Add((ushort)opcode, IndexType(module.TableList[table].Is64), extra: table)); break;
            case Opcode.TableGrow:
                EmitUnitCharge();
                Push(Add((ushort)opcode, IndexType(module.TableList[table].Is64), PopBelow(), Pop(), extra: table));
                break;
            default:
                BuildSizeOrBulk(opcode, table, 0);
                break;
        }
    }

    private void BuildSelect()
    {
        int condition = Pop(), second = Pop(), first = Pop();
        if (Strip(ref condition)) (first, second) = (second, first);
        if (first == second)
        {
            Push(first);
            return;
        }

        ref IrNode tested = ref _function.Nodes[condition];
        if (options.Has(Optimizations.Simplification) && tested.Op == (ushort)Opcode.I32Const)
        {
            Push(tested.Immediate != 0 ? first : second);
            return;
        }

        Push(AddPure((ushort)Opcode.Select, _function.Nodes[first].Type, first, second, condition));
    }

    private void BuildCall(bool isTail, ushort op, FunctionType type, int target, long immediate)
    {
        int words = Words;
        // A tail call gives the frame's words back before it.
        if (isTail) words = AddPure((ushort)Opcode.I64Add, IrType.I64, words, Constant(IrType.I64, (long)_body.Plan.FrameWords));
        (int first, int count) = PopList(type.Parameters.Length, withWords: true, words);
        if (isTail)
        {
            Add((ushort)(op - IrOp.CallFunction + IrOp.TailCallFunction), IrType.None, first, count, target, immediate: immediate);
            EndBlock(0);
            return;
        }

        int results = type.Results.Length;
        int call = Add(op, IrType.None, first, count, target, results + (_wordsAreLocal ? 1 : 0), immediate);
        for (int i = 0; i < results; i++) Push(Add(IrOp.Result, IrFunction.TypeOf(type.Results[i]), call, immediate: i));
        if (_wordsAreLocal) WriteLocal(0, Add(IrOp.Result, IrType.I64, call, immediate: results));
        if (_handler >= 0) EndByInvoke(call);
    }
}
