using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Structs and arrays in the store's arena (<see cref="Runtime.ObjectArena"/>): a reference, times eight, is the distance of an object's header
/// from the arena's start. Nothing moves, so that there is nothing to tell anyone of.
/// </summary>
internal sealed partial class Lowerer
{
    private const int HeaderBytes = 8, LengthOffset = 4;
    /// <summary>Words in use, in the header of word 0.</summary>
    private const int UsedOffset = 4;

    private int ObjectBase() => LoadWord(Source.Of(SourceForm.Context, ContextLayout.Objects));

    /// <summary>So many bytes behind the start of an object.</summary>
    private Source InObject(int reference, int offset) => Source.Of(SourceForm.BasedScaled8, offset, ObjectBase(), reference);

    private void LowerCheckIndex(ref IrNode node)
    {
        Comparison comparison = new() { Op = MachineOp.Compare, Bytes = 4, Condition = (byte)Condition.AE };
        if (IsConstant(node.B, out long constant))
        {
            (comparison.Op, comparison.Left, comparison.Immediate, comparison.Condition) = (MachineOp.CompareMemory, -1, (int)constant, (byte)Condition.BE);
        }
        else
        {
            comparison.Left = UseLow(node.B);
        }

        comparison.Source = InObject(Use(node.A), LengthOffset);
        TrapIf(in comparison, TrapKind.ArrayOutOfBounds);
    }

    private void LowerArrayLength(int index, ref IrNode node)
    {
        Source length = InObject(Use(node.A), LengthOffset);
        Unary(MachineOp.Load, 4, in length, Result(index));
    }

    /// <summary>A field takes a word, of which a 32-bit value fills the lower half; the upper one is zero from the beginning.</summary>
    private Source AddressOfField(ref IrNode node) => InObject(Use(node.A), HeaderBytes + 8 * _module.TypeSpace[node.Extra].FieldWord((int)node.Immediate));

    /// <summary>The bytes and the extension with which a field or element is read. A struct's packed field is kept as an i32.</summary>
    private static (int Bytes, Extension Extension) ReadOf(FieldType field, bool isSigned)
    {
        Extension extension = isSigned ? Extension.Sign32 : Extension.Zero;
        return field.Storage == ValueType.I8 ? (1, extension) : field.Storage == ValueType.I16 ? (2, extension) : (BytesOf(IrFunction.TypeOf(field.Storage)), Extension.Zero);
    }

    private void LowerStructGet(int index, ref IrNode node)
    {
        FieldType field = _module.TypeSpace[node.Extra].Fields[(int)node.Immediate];
        (int bytes, Extension extension) = ReadOf(field, node.Op == (ushort)Opcode.StructGetS);
        Source source = AddressOfField(ref node);
        Unary(MachineOp.Load, bytes, in source, Result(index), (byte)extension);
    }

    private void LowerStructSet(ref IrNode node)
    {
        FieldType field = _module.TypeSpace[node.Extra].Fields[(int)node.Immediate];
        Source target = AddressOfField(ref node);
        StoreValue(BytesOf(IrFunction.TypeOf(field.Unpacked)), node.B, in target);
    }

    private void StoreValue(int bytes, int value, in Source target)
    {
        bool isVector = IsVectorType(_ir.Nodes[_ir.Resolve(value)].Type);
        if (!isVector && IsImmediate(value, bytes < 8 ? 4 : 8, out long constant)) StoreImmediate(bytes, constant, in target);
        else Store(bytes, isVector ? Use(value) : Use(value, bytes < 8 ? 4 : 8), in target);
    }

    private Source AddressOfElement(ref IrNode node, FieldType element)
    {
        int bytes = (int)element.ElementBytes, array = Use(node.A);
        if (IsConstant(node.B, out long constant) && HeaderBytes + (uint)constant * (long)bytes <= int.MaxValue) return InObject(array, HeaderBytes + (int)constant * bytes);
        int start = NewVirtual(VirtualKind.Word64), index = Use(node.B);
        EmitLea(8, Source.Of(SourceForm.BasedIndexed, 0, ObjectBase(), array), 3, start);
        if (bytes == 16) index = ShiftConstant(ShiftOp.Shl, 8, index, 1);
        SourceForm form = bytes switch
        {
            1 => SourceForm.BasedIndexed,
            2 => SourceForm.BasedScaled2,
            4 => SourceForm.BasedScaled4,
            _ => SourceForm.BasedScaled8,
        };
        return Source.Of(form, HeaderBytes, start, index);
    }

    private void LowerArrayGet(int index, ref IrNode node)
    {
        FieldType element = _module.TypeSpace[node.Extra].Fields[0];
        (int bytes, Extension extension) = ReadOf(element, node.Op == (ushort)Opcode.ArrayGetS);
        Source source = AddressOfElement(ref node, element);
        Unary(MachineOp.Load, bytes, in source, Result(index), (byte)extension);
    }

    private void LowerArraySet(ref IrNode node)
    {
        FieldType element = _module.TypeSpace[node.Extra].Fields[0];
        Source target = AddressOfElement(ref node, element);
        StoreValue((int)element.ElementBytes, node.C, in target);
    }

    private void LowerNewObject(int index, ref IrNode node)
    {
        int start = ObjectBase(), used = TakeWords(index, start, Source.Constant(node.Immediate + 1));
        bool isException = node.Extra >= _module.TypeSpace.Count;
        WriteHeader(ref node, start, used);
        if (isException && node.Immediate > 0) StoreImmediate(4, node.Immediate, Source.Of(SourceForm.BasedScaled8, LengthOffset, start, used));
    }

    private void LowerNewArray(int index, ref IrNode node)
    {
        int bytes = (int)node.Immediate, start = ObjectBase();
        if (IsConstant(node.A, out long constant))
        {
            long words = ((uint)constant * (long)bytes + 7) / 8 + 1;
            int fixedUsed = TakeWords(index, start, words <= int.MaxValue ? Source.Constant(words) : Source.Of(NewConstant(words)));
            WriteHeader(ref node, start, fixedUsed);
            StoreImmediate(4, (int)constant, Source.Of(SourceForm.BasedScaled8, LengthOffset, start, fixedUsed));
            return;
        }

        // In 64 bits: no length of 32 can overflow.
        int length = Use(node.A), taken = NewVirtual(VirtualKind.Word64);
        if (bytes >= 8)
        {
            EmitLea(8, Source.Of(SourceForm.Based, 1, bytes == 16 ? ShiftConstant(ShiftOp.Shl, 8, length, 1) : length), 0, taken);
        }
        else
        {
            // The header's word, and what the last word of the elements is filled up with.
            int perWord = 8 / bytes, rounded = NewVirtual(VirtualKind.Word64);
            EmitLea(8, Source.Of(SourceForm.Based, 2 * perWord - 1, length), 0, rounded);
            ShiftConstant(ShiftOp.Shr, 8, rounded, System.Numerics.BitOperations.Log2((uint)perWord), taken);
        }

        int used = TakeWords(index, start, Source.Of(taken));
        WriteHeader(ref node, start, used);
        Store(4, length, Source.Of(SourceForm.BasedScaled8, LengthOffset, start, used));
    }

    /// <summary>Takes words of the arena for the node at hand, or traps; the result is the first one's number.</summary>
    private int TakeWords(int index, int start, in Source words)
    {
        int used = Result(index);
        Unary(MachineOp.Load, 4, Source.Of(SourceForm.Based, UsedOffset, start), used);
        int after;
        if (words.Form == SourceForm.Immediate)
        {
            after = NewVirtual(VirtualKind.Word64);
            EmitLea(8, Source.Of(SourceForm.Based, (int)words.Immediate, used), 0, after);
        }
        else
        {
            after = Binary(MachineOp.Add, 8, words.First, Source.Of(used));
        }

        Comparison comparison = new()
        {
            Op = MachineOp.Compare, Bytes = 8, Left = after, Source = Source.Of(SourceForm.Context, ContextLayout.ObjectLimit), Condition = (byte)Condition.A,
        };
        TrapIf(in comparison, TrapKind.ObjectMemoryExhausted);
        Store(4, after, Source.Of(SourceForm.Based, UsedOffset, start));
        return used;
    }

    private void WriteHeader(ref IrNode node, int start, int used) => Store(4, TypeNumber(node.Extra), Source.Of(SourceForm.BasedScaled8, 0, start, used));

    private int TypeNumber(int type) => LoadWord(Source.Of(SourceForm.Based, 4 * type, LoadWord(Source.Of(SourceForm.Context, ContextLayout.Types))), 4);

    private void LowerTypeNumber(int index, ref IrNode node)
    {
        Source source = Source.Of(SourceForm.Based, 4 * node.Extra, LoadWord(Source.Of(SourceForm.Context, ContextLayout.Types)));
        Unary(MachineOp.Load, 4, in source, Result(index));
    }

    private void LowerTypeOfObject(int index, ref IrNode node)
    {
        Source source = InObject(Use(node.A), 0);
        Unary(MachineOp.Load, 4, in source, Result(index));
    }

    private void LowerTypeOfFunction(int index, ref IrNode node)
    {
        Source source = Source.Of(SourceForm.Based, FunctionDescriptor.Type, DescriptorOf(Use(node.A)));
        Unary(MachineOp.Load, 4, in source, Result(index));
    }

    /// <summary>The distance of both in the order, compared with the number of types below the second.</summary>
    private Comparison CompareSubtype(int type, in Source wanted, int order)
    {
        int distance = Binary(MachineOp.Sub, 4, LoadWord(EntryOf(type, order), 4), in wanted);
        Source below = wanted;
        below.Offset += 4;
        return new Comparison { Op = MachineOp.Compare, Bytes = 4, Left = distance, Source = below, Condition = (byte)Condition.BE };
    }

    private int SubtypeOrderOfStore() => LoadWord(Source.Of(SourceForm.Based, ExecutionLayout.SubtypeOrder, LoadWord(Source.Of(SourceForm.Context, ContextLayout.Execution))));

    /// <summary>The entry of a type in the order. The number of null is below zero.</summary>
    private Source EntryOf(int type, int order)
    {
        int number = NewVirtual(VirtualKind.Word64);
        Unary(MachineOp.Extend, 4, Source.Of(type), number, (byte)Extension.Sign64);
        return Source.Of(SourceForm.BasedScaled8, 0, order, number);
    }

    private Comparison CompareSubtype(ref IrNode node)
    {
        int order = SubtypeOrderOfStore();
        Source wanted = IsConstant(node.B, out long constant) ? Source.Of(SourceForm.Based, 8 * (int)constant, order) : EntryOf(Use(node.B), order);
        return CompareSubtype(Use(node.A), in wanted, order);
    }

    private void LowerIsSubtype(int index, ref IrNode node)
    {
        Comparison comparison = CompareSubtype(ref node);
        BeginComparison(in comparison, Consumer.Set);
        Out(Result(index));
        End();
    }

    private void LowerTrapUnless(ref IrNode node)
    {
        Comparison comparison = ConditionOf(node.A, isRoot: false);
        comparison.Condition = Detail.Negate(comparison.Condition);
        TrapIf(in comparison, (TrapKind)node.Immediate);
    }

    private void LowerAggregate(int index, ref IrNode node)
    {
        CloseConstants();
        StoreImmediate(4, node.Extra, Outgoing(0));
        Source slot = Outgoing(1);
        StoreImmediate(4, (int)node.Immediate, Source.Of(SourceForm.Outgoing, 4));
        StoreImmediate(4, (int)(node.Immediate >> 32), in slot);
        int at = 2;
        foreach (int operand in _ir.List(node.A, node.B))
        {
            IrType type = _ir.Nodes[_ir.Resolve(operand)].Type;
            Source target = Outgoing(at++);
            // Both words of a vector are its own.
            if (type == IrType.V128) Outgoing(at++);
            StoreSlot(operand, in target);
        }

        CallBuiltin(Builtin.Aggregate);
        if (node.Type == IrType.None) return;
        Source result = Outgoing(2);
        Unary(MachineOp.Load, 8, in result, Result(index));
    }
}
