// UNSAFE. Invariant: pointers are to the evaluator's own stack, pinned while they are used, at positions that validation
// guarantees to be filled.
using System;
using System.Runtime.InteropServices;
using ContractVm.Binary;

namespace ContractVm.Runtime;

/// <summary>
/// Evaluates validated constant expressions of an instance that is being made (WebAssembly 3.0, execution, "Instantiation"). Values
/// are slots on a stack, as everywhere. The only way to fail is an arena that is full.
/// </summary>
internal sealed unsafe class ConstantEvaluator(Instance instance)
{
    private ulong[] _stack = new ulong[8];
    private int _height;

    /// <summary>Evaluates an expression that takes one slot.</summary>
    public bool TryEvaluate(ByteRange expression, out ulong value)
    {
        value = 0;
        return TryEvaluate(expression, new Span<ulong>(ref value));
    }

    /// <summary>Evaluates an expression to its slots; false where the arena is full.</summary>
    public bool TryEvaluate(ByteRange expression, Span<ulong> value)
    {
        ByteReader reader = new(instance.Module.Bytes.Span, expression);
        _height = 0;
        while (true)
        {
            int id = reader.ReadByte("a constant expression");
            if (id is >= 0xFB and <= 0xFE) id = OpcodeTable.PrefixedId((byte)id, reader.ReadU32("a sub-opcode"));
            if ((Opcode)id == Opcode.End) break;
            if (!TryStep((Opcode)id, ref reader)) return false;
        }

        _stack.AsSpan(0, value.Length).CopyTo(value);
        return true;
    }

    /// <summary>The one number that a validated constant expression of a single i32.const or i64.const is; false where it is anything else.</summary>
    public static bool TryGetSingle(ReadOnlySpan<byte> module, ByteRange expression, out ulong value)
    {
        ByteReader reader = new(module, expression);
        value = 0;
        switch ((Opcode)reader.ReadByte("a constant"))
        {
            case Opcode.I32Const: value = (uint)reader.ReadS32("i32.const"); break;
            case Opcode.I64Const: value = (ulong)reader.ReadS64("i64.const"); break;
            default: return false;
        }

        // Nothing but the end follows.
        return reader.Remaining == 1;
    }

    private bool TryStep(Opcode opcode, ref ByteReader reader)
    {
        switch (opcode)
        {
            case Opcode.I32Const: Push((uint)reader.ReadS32("i32.const")); break;
            case Opcode.I64Const: Push((ulong)reader.ReadS64("i64.const")); break;
            case Opcode.F32Const: Push(reader.ReadFixed32("f32.const")); break;
            case Opcode.F64Const: Push(reader.ReadFixed64("f64.const")); break;
            case Opcode.V128Const:
                Push(reader.ReadFixed64("v128.const"));
                Push(reader.ReadFixed64("v128.const"));
                break;
            case Opcode.I32Add: Push((uint)(Pop() + Pop())); break;
            case Opcode.I32Sub: { ulong second = Pop(); Push((uint)(Pop() - second)); break; }
            case Opcode.I32Mul: Push((uint)(Pop() * Pop())); break;
            case Opcode.I64Add: Push(Pop() + Pop()); break;
            case Opcode.I64Sub: { ulong second = Pop(); Push(Pop() - second); break; }
            case Opcode.I64Mul: Push(Pop() * Pop()); break;
            case Opcode.GlobalGet: PushGlobal((int)reader.ReadU32("global.get")); break;
            case Opcode.RefFunc: Push(instance.FunctionBase + reader.ReadU32("ref.func") + 1UL); break;
            case Opcode.RefNull:
                reader.ReadS33("ref.null");
                Push(References.Null);
                break;
            case Opcode.RefI31: Push(References.OfI31((uint)Pop())); break;
            // Both hierarchies share their references.
            case Opcode.AnyConvertExtern or Opcode.ExternConvertAny: break;
            default: return TryMakeObject(opcode, ref reader);
        }

        return true;
    }

    private bool TryMakeObject(Opcode opcode, ref ByteReader reader)
    {
        int index = instance.Module.TypeSpace.Canonical((int)reader.ReadU32("a type"));
        DefinedType type = instance.Module.TypeSpace[index];
        int storeType = instance.StoreType(index);
        ObjectArena arena = instance.Store.Objects;
        ulong made;
        switch (opcode)
        {
            case Opcode.StructNew:
                _height -= type.ContentWords;
                if (!Aggregates.TryNewStruct(arena, storeType, type, _stack.AsSpan(_height, type.ContentWords), out made)) return false;
                break;
            case Opcode.StructNewDefault:
                if (!Aggregates.TryNewStruct(arena, storeType, type, [], out made)) return false;
                break;
            case Opcode.ArrayNew or Opcode.ArrayNewDefault:
                uint length = (uint)Pop();
                if (!Aggregates.TryNewArray(arena, storeType, type.Fields[0], length, out made)) return false;
                if (opcode == Opcode.ArrayNewDefault) break;
                _height -= type.Fields[0].Words;
                fixed (ulong* value = &_stack[_height]) Aggregates.Fill(arena, made, type.Fields[0], 0, length, value);
                break;
            case Opcode.ArrayNewFixed:
                uint count = reader.ReadU32("a number of elements");
                int words = type.Fields[0].Words;
                if (!Aggregates.TryNewArray(arena, storeType, type.Fields[0], count, out made)) return false;
                _height -= (int)count * words;
                fixed (ulong* values = _stack)
                    for (uint i = 0; i < count; i++) Aggregates.Fill(arena, made, type.Fields[0], i, 1, values + _height + i * words);
                break;
            default:
                throw new NodeFaultException("a validated constant expression is not constant");
        }

        Push(made);
        return true;
    }

    private void PushGlobal(int global)
    {
        int start = instance.GlobalSlot(global), count = instance.GlobalSlot(global + 1) - start;
        bool isImported = global < instance.Module.ImportedGlobals;
        ulong[] slots = isImported ? instance.ImportedGlobals[global].Slots : instance.GlobalArray;
        start = isImported ? instance.ImportedGlobals[global].Slot : start + instance.GlobalStart;
        for (int i = 0; i < count; i++) Push(slots[start + i]);
    }

    private void Push(ulong value)
    {
        if (_height == _stack.Length) Array.Resize(ref _stack, _height * 2);
        _stack[_height++] = value;
    }

    private ulong Pop() => _stack[--_height];
}
