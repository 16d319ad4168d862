using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Binary;

namespace ContractVm.Tests.Interpreter.Naive;

internal sealed partial class NaiveMachine
{
    private static object NonNull(object? reference) => reference ?? throw new NaiveTrap(TrapKind.NullReference);

    /// <summary>Whether a reference is of a heap type: an index of the module, or an abstract one's code made negative by its encoding.</summary>
    private bool IsOf(object? reference, long heap, bool takesNull)
    {
        if (reference is null) return takesNull;
        int type = reference switch { NaiveObject made => made.Type, NaiveFunction function => _module.TypeSpace.Canonical(_module.FunctionTypeIndices[function.Index]), _ => -1 };
        if (heap >= 0)
        {
            for (int target = _module.TypeSpace.Canonical((int)heap); type >= 0; type = _module.TypeSpace[type].Supertype)
                if (type == target) return true;
            return false;
        }

        bool isArray = type >= 0 && _module.TypeSpace[type].Kind == TypeKind.Array;
        return (heap & 0x7F) switch
        {
            0x6E => reference is NaiveObject or NaiveI31,
            0x6D => reference is NaiveObject or NaiveI31,
            0x6C => reference is NaiveI31,
            0x6B => reference is NaiveObject && !isArray,
            0x6A => reference is NaiveObject && isArray,
            0x70 => reference is NaiveFunction,
            0x69 => reference is NaiveException,
            0x6F => true,
            _ => false,
        };
    }

    private void TableInit(int table, int segment, ulong target, ulong source, ulong count)
    {
        if (target + count > (ulong)_tables[table].Count || source + count > (ulong)_elements[segment].Length) throw new NaiveTrap(TrapKind.TableOutOfBounds);
        for (ulong i = 0; i < count; i++) _tables[table][(int)(target + i)] = _elements[segment][source + i];
    }

    private void TableInstruction(Frame frame, Opcode opcode, ref ByteReader reader)
    {
        int index = (int)reader.ReadU32("a table or segment");
        int other = opcode is Opcode.TableCopy or Opcode.TableInit ? (int)reader.ReadU32("a table") : 0;
        List<NaiveValue> table = opcode is Opcode.ElemDrop ? [] : _tables[opcode == Opcode.TableInit ? other : index];
        switch (opcode)
        {
            case Opcode.ElemDrop: _elements[index] = []; break;
            case Opcode.TableSize: frame.Push((ulong)table.Count); break;
            case Opcode.TableGet:
                ulong read = frame.Pop();
                frame.Stack.Add(read < (ulong)table.Count ? table[(int)read] : throw new NaiveTrap(TrapKind.TableOutOfBounds));
                break;
            case Opcode.TableSet:
                NaiveValue written = frame.PopValue();
                ulong at = frame.Pop();
                if (at >= (ulong)table.Count) throw new NaiveTrap(TrapKind.TableOutOfBounds);
                table[(int)at] = written;
                break;
            case Opcode.TableGrow:
                ulong more = frame.Pop(), before = (ulong)table.Count;
                NaiveValue added = frame.PopValue();
                bool isPossible = before + more <= Math.Min(_module.Tables[index].Limits.Maximum ?? Engines.MostTableElements, Engines.MostTableElements);
                if (isPossible) table.AddRange(Enumerable.Repeat(added, (int)more));
                frame.Push(isPossible ? before : uint.MaxValue);
                break;
            case Opcode.TableFill:
                ulong filled = frame.Pop();
                NaiveValue value = frame.PopValue();
                ulong start = frame.Pop();
                if (start + filled > (ulong)table.Count) throw new NaiveTrap(TrapKind.TableOutOfBounds);
                for (ulong i = 0; i < filled; i++) table[(int)(start + i)] = value;
                break;
            default:
                ulong count = frame.Pop(), source = frame.Pop(), target = frame.Pop();
                if (opcode == Opcode.TableInit)
                {
                    TableInit(other, index, target, source, count);
                    break;
                }

                NaiveValue[] from = [.. _tables[other]];
                if (target + count > (ulong)table.Count || source + count > (ulong)from.Length) throw new NaiveTrap(TrapKind.TableOutOfBounds);
                for (ulong i = 0; i < count; i++) table[(int)(target + i)] = from[source + i];
                break;
        }
    }

    private void ReferenceInstruction(Frame frame, Opcode opcode, ref ByteReader reader)
    {
        switch (opcode)
        {
            case Opcode.RefNull:
                reader.ReadS33("a heap type");
                frame.PushReference(null);
                return;
            case Opcode.RefFunc: frame.PushReference(_functions[reader.ReadU32("a function")]); return;
            case Opcode.RefIsNull: frame.Push(frame.PopReference() is null ? 1UL : 0); return;
            case Opcode.RefAsNonNull: frame.PushReference(NonNull(frame.PopReference())); return;
            case Opcode.RefEq:
                object? second = frame.PopReference(), first = frame.PopReference();
                frame.Push(first is NaiveI31 ? first.Equals(second) ? 1UL : 0 : ReferenceEquals(first, second) ? 1UL : 0);
                return;
            case Opcode.AnyConvertExtern or Opcode.ExternConvertAny: return;
            case Opcode.RefI31: frame.PushReference(new NaiveI31((uint)frame.Pop() & 0x7FFF_FFFF)); return;
            case Opcode.I31GetU: frame.Push(((NaiveI31)NonNull(frame.PopReference())).Bits31); return;
            case Opcode.I31GetS: frame.Push(Cut(Signed(((NaiveI31)NonNull(frame.PopReference())).Bits31, 31), 32)); return;
            case Opcode.RefTest or Opcode.RefTestNull: frame.Push(IsOf(frame.PopReference(), reader.ReadS33("a heap type"), opcode == Opcode.RefTestNull) ? 1UL : 0); return;
            case Opcode.RefCast or Opcode.RefCastNull:
                if (!IsOf(frame.Stack[^1].Reference, reader.ReadS33("a heap type"), opcode == Opcode.RefCastNull)) throw new NaiveTrap(TrapKind.CastFailure);
                return;
            case Opcode.ArrayLen: frame.Push((ulong)((NaiveObject)NonNull(frame.PopReference())).Fields.Length); return;
        }

        int index = _module.TypeSpace.Canonical((int)reader.ReadU32("a type"));
        DefinedType type = _module.TypeSpace[index];
        if (type.Kind == TypeKind.Struct) StructInstruction(frame, opcode, index, type, ref reader);
        else ArrayInstruction(frame, opcode, index, type.Fields[0].Storage, ref reader);
    }

    private static NaiveValue Stored(ValueType storage, NaiveValue value) =>
        storage.IsPacked ? new NaiveValue(Cut(value.Bits, storage == ValueType.I8 ? 8 : 16)) : value;

    private static NaiveValue Loaded(ValueType storage, NaiveValue value, bool isSigned) =>
        isSigned ? new NaiveValue(Cut(Signed(value.Bits, storage == ValueType.I8 ? 8 : 16), 32)) : value;

    private static void StructInstruction(Frame frame, Opcode opcode, int index, DefinedType type, ref ByteReader reader)
    {
        if (opcode is Opcode.StructNew or Opcode.StructNewDefault)
        {
            NaiveValue[] fields = opcode == Opcode.StructNew ? frame.PopValues(type.Fields.Length) : new NaiveValue[type.Fields.Length];
            for (int i = 0; i < fields.Length; i++) fields[i] = Stored(type.Fields[i].Storage, fields[i]);
            frame.PushReference(new NaiveObject(index, fields));
            return;
        }

        int field = (int)reader.ReadU32("a field");
        NaiveValue written = opcode == Opcode.StructSet ? frame.PopValue() : default;
        NaiveObject made = (NaiveObject)NonNull(frame.PopReference());
        if (opcode == Opcode.StructSet) made.Fields[field] = Stored(type.Fields[field].Storage, written);
        else frame.Stack.Add(Loaded(type.Fields[field].Storage, made.Fields[field], opcode == Opcode.StructGetS));
    }

    private void ArrayInstruction(Frame frame, Opcode opcode, int index, ValueType storage, ref ByteReader reader)
    {
        int operand = opcode is Opcode.ArrayNewFixed or Opcode.ArrayNewData or Opcode.ArrayNewElem or Opcode.ArrayInitData or Opcode.ArrayInitElem or Opcode.ArrayCopy
            ? (int)reader.ReadU32("an index or number") : 0;
        switch (opcode)
        {
            case Opcode.ArrayNew or Opcode.ArrayNewDefault:
                ulong length = frame.Pop();
                NaiveValue initial = opcode == Opcode.ArrayNew ? Stored(storage, frame.PopValue()) : default;
                frame.PushReference(new NaiveObject(index, [.. Enumerable.Repeat(initial, (int)length)]));
                return;
            case Opcode.ArrayNewFixed: frame.PushReference(new NaiveObject(index, [.. frame.PopValues(operand).Select(value => Stored(storage, value))])); return;
            case Opcode.ArrayNewData or Opcode.ArrayNewElem:
                ulong taken = frame.Pop(), from = frame.Pop();
                frame.PushReference(new NaiveObject(index, Segment(opcode == Opcode.ArrayNewData, operand, storage, from, taken)));
                return;
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU:
                ulong read = frame.Pop();
                NaiveObject source = (NaiveObject)NonNull(frame.PopReference());
                Check(source, read, 1);
                frame.Stack.Add(Loaded(storage, source.Fields[read], opcode == Opcode.ArrayGetS));
                return;
            case Opcode.ArraySet or Opcode.ArrayFill:
                ulong count = opcode == Opcode.ArrayFill ? frame.Pop() : 1;
                NaiveValue value = Stored(storage, frame.PopValue());
                ulong start = frame.Pop();
                NaiveObject filled = (NaiveObject)NonNull(frame.PopReference());
                Check(filled, start, count);
                for (ulong i = 0; i < count; i++) filled.Fields[start + i] = value;
                return;
        }

        ulong copied = frame.Pop(), sourceAt = frame.Pop();
        NaiveObject? other = opcode == Opcode.ArrayCopy ? (NaiveObject?)frame.PopReference() : null;
        ulong at = frame.Pop();
        NaiveObject target = (NaiveObject)NonNull(frame.PopReference());
        if (opcode == Opcode.ArrayCopy) NonNull(other);
        Check(target, at, copied);
        if (other is not null) Check(other, sourceAt, copied);
        NaiveValue[] values = other is not null ? other.Fields[(int)sourceAt..(int)(sourceAt + copied)] : Segment(opcode == Opcode.ArrayInitData, operand, storage, sourceAt, copied);
        values.CopyTo(target.Fields, (int)at);
    }

    private static void Check(NaiveObject array, ulong start, ulong count)
    {
        if (start + count > (ulong)array.Fields.Length) throw new NaiveTrap(TrapKind.ArrayOutOfBounds);
    }

    private NaiveValue[] Segment(bool isData, int segment, ValueType storage, ulong from, ulong count)
    {
        int bytes = storage == ValueType.I8 ? 1 : storage == ValueType.I16 ? 2 : storage == ValueType.I32 || storage == ValueType.F32 ? 4 : 8;
        if (!isData) return from + count <= (ulong)_elements[segment].Length ? _elements[segment][(int)from..(int)(from + count)] : throw new NaiveTrap(TrapKind.TableOutOfBounds);
        if (from + count * (ulong)bytes > (ulong)_data[segment].Length) throw new NaiveTrap(TrapKind.MemoryOutOfBounds);
        NaiveValue[] values = new NaiveValue[count];
        for (int i = 0; i < values.Length; i++)
            for (int k = 0; k < bytes; k++) values[i] = new NaiveValue(values[i].Bits | (ulong)_data[segment][(int)from + i * bytes + k] << (8 * k));
        return values;
    }
}
