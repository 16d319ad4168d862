// UNSAFE. Invariant: slots are those of the InterpreterLoop, whose header says which slot numbers there are; the Translator puts
// operands into consecutive homes from slot A and a second word after each General instruction. Memory is touched through
// checked spans, objects through Aggregates after their bounds are checked.
using System;
using ContractVm.Runtime;

namespace ContractVm.Interpreter;

/// <summary>
/// The instructions without an operation of their own (WebAssembly 3.0, "Execution"): references, structs and arrays, memories
/// other than the first or with 64-bit addresses, atomics. Operands start at slot A, the result goes to slot R, which is the
/// same; every operand is read before the result is written.
/// </summary>
internal static unsafe class GeneralOperations
{
    /// <summary>Executes one instruction; the result is its trap, or None.</summary>
    public static TrapKind Execute(Instance instance, Instruction* instruction, ulong* slots)
    {
        Opcode opcode = (Opcode)instruction->Extra;
        int index = instruction->B;
        ulong word = instruction[1].Imm;
        ulong* a = slots + instruction->A;
        if (opcode is >= (Opcode)OpcodeTable.GcBase and < (Opcode)OpcodeTable.MiscBase) return ExecuteAggregate(instance, opcode, index, (int)word, a);
        switch (opcode)
        {
            case Opcode.RefFunc: a[0] = instance.FunctionBase + (uint)index + 1; return TrapKind.None;
            case Opcode.RefAsNonNull: return a[0] == References.Null ? TrapKind.NullReference : TrapKind.None;
            case Opcode.RefEq: a[0] = a[0] == a[1] ? 1UL : 0; return TrapKind.None;
            case Opcode.MemorySize: a[0] = (ulong)instance.MemoryArray[index].Pages; return TrapKind.None;
            case Opcode.MemoryGrow:
                LinearMemory grown = instance.MemoryArray[index];
                long before = grown.Grow(a[0]);
                a[0] = grown.Type.Is64 ? (ulong)before : (uint)before;
                return TrapKind.None;
            case Opcode.MemoryInit:
                return instance.TryInitMemory((int)word, index, a[0], a[1], a[2]) ? TrapKind.None : TrapKind.MemoryOutOfBounds;
            case Opcode.MemoryCopy:
                return instance.MemoryArray[index].TryCopyFrom(instance.MemoryArray[(int)word], a[0], a[1], a[2]) ? TrapKind.None : TrapKind.MemoryOutOfBounds;
            case Opcode.MemoryFill:
                return instance.MemoryArray[index].TryFill(a[0], (byte)a[1], a[2]) ? TrapKind.None : TrapKind.MemoryOutOfBounds;
            default:
                return GeneralAccess.Execute(instance.MemoryArray[index], opcode, word, instruction[1].R, a);
        }
    }

    /// <summary>Executes one on references, structs or arrays, by the canonical type and the further index of the instruction.</summary>
    public static TrapKind ExecuteAggregate(Instance instance, Opcode opcode, int index, int word, ulong* a)
    {
        Store store = instance.Store;
        switch (opcode)
        {
            case Opcode.RefI31: a[0] = References.OfI31((uint)a[0]); return TrapKind.None;
            case Opcode.I31GetS or Opcode.I31GetU:
                if (a[0] == References.Null) return TrapKind.NullReference;
                a[0] = opcode == Opcode.I31GetS ? References.I31Signed(a[0]) : References.I31Unsigned(a[0]);
                return TrapKind.None;
            case Opcode.RefTest or Opcode.RefTestNull:
                a[0] = IsOfType(instance, a[0], index, takesNull: opcode == Opcode.RefTestNull) ? 1UL : 0;
                return TrapKind.None;
            case Opcode.RefCast or Opcode.RefCastNull:
                return IsOfType(instance, a[0], index, takesNull: opcode == Opcode.RefCastNull) ? TrapKind.None : TrapKind.CastFailure;
            case Opcode.ArrayLen:
                if (a[0] == References.Null) return TrapKind.NullReference;
                a[0] = store.Objects.LengthOf(a[0]);
                return TrapKind.None;
        }

        DefinedType type = instance.Module.TypeSpace[index];
        return type.Kind == TypeKind.Struct
            ? ExecuteStruct(store.Objects, opcode, instance.StoreType(index), type, word, a)
            : ExecuteArray(instance, opcode, index, type.Fields[0], word, a);
    }

    /// <summary>Whether a reference is of the type that the Translator wrote as a number.</summary>
    public static bool IsOfType(Instance instance, ulong reference, int heapType, bool takesNull)
    {
        if (reference == References.Null) return takesNull;
        HeapType heap = heapType < 0 ? HeapType.Abstract((byte)-heapType) : HeapType.Concrete((uint)instance.StoreType(heapType));
        return Aggregates.IsOfHeapType(instance.Store, reference, heap);
    }

    private static TrapKind ExecuteStruct(ObjectArena arena, Opcode opcode, int storeType, DefinedType type, int field, ulong* a)
    {
        ulong made;
        switch (opcode)
        {
            case Opcode.StructNew:
                if (!Aggregates.TryNewStruct(arena, storeType, type, new ReadOnlySpan<ulong>(a, type.ContentWords), out made)) return TrapKind.ObjectMemoryExhausted;
                a[0] = made;
                return TrapKind.None;
            case Opcode.StructNewDefault:
                if (!Aggregates.TryNewStruct(arena, storeType, type, [], out made)) return TrapKind.ObjectMemoryExhausted;
                a[0] = made;
                return TrapKind.None;
        }

        if (a[0] == References.Null) return TrapKind.NullReference;
        ulong* contents = arena.ContentsOf(a[0]) + type.FieldWord(field);
        FieldType accessed = type.Fields[field];
        if (opcode == Opcode.StructSet)
        {
            for (int i = 0; i < accessed.Words; i++) contents[i] = a[1 + i];
            return TrapKind.None;
        }

        a[0] = Aggregates.Extend(accessed.Storage, contents[0], opcode == Opcode.StructGetS);
        if (accessed.Words == 2) a[1] = contents[1];
        return TrapKind.None;
    }

    private static TrapKind ExecuteArray(Instance instance, Opcode opcode, int index, FieldType element, int word, ulong* a)
    {
        ObjectArena arena = instance.Store.Objects;
        int storeType = instance.StoreType(index), words = element.Words;
        ulong made;
        switch (opcode)
        {
            case Opcode.ArrayNew:
                uint length = (uint)a[words];
                if (!Aggregates.TryNewArray(arena, storeType, element, length, out made)) return TrapKind.ObjectMemoryExhausted;
                Aggregates.Fill(arena, made, element, 0, length, a);
                a[0] = made;
                return TrapKind.None;
            case Opcode.ArrayNewDefault:
                if (!Aggregates.TryNewArray(arena, storeType, element, (uint)a[0], out made)) return TrapKind.ObjectMemoryExhausted;
                a[0] = made;
                return TrapKind.None;
            case Opcode.ArrayNewFixed:
                if (!Aggregates.TryNewArray(arena, storeType, element, (uint)word, out made)) return TrapKind.ObjectMemoryExhausted;
                for (uint i = 0; i < (uint)word; i++) Aggregates.Fill(arena, made, element, i, 1, a + i * words);
                a[0] = made;
                return TrapKind.None;
            case Opcode.ArrayNewData:
                // The segment's bounds come before anything is made.
                if (!Aggregates.IsInside((uint)a[0], a[1] * element.ElementBytes, (ulong)instance.DataOf(word).Length)) return TrapKind.MemoryOutOfBounds;
                if (!Aggregates.TryNewArray(arena, storeType, element, (uint)a[1], out made)) return TrapKind.ObjectMemoryExhausted;
                CopyData(instance, arena, element, made, 0, word, (uint)a[0], (uint)a[1]);
                a[0] = made;
                return TrapKind.None;
            case Opcode.ArrayNewElem:
                if (!Aggregates.IsInside((uint)a[0], (uint)a[1], (ulong)instance.ElementsOf(word).Length)) return TrapKind.TableOutOfBounds;
                if (!Aggregates.TryNewArray(arena, storeType, element, (uint)a[1], out made)) return TrapKind.ObjectMemoryExhausted;
                CopyElements(instance, arena, made, 0, word, (uint)a[0], (uint)a[1]);
                a[0] = made;
                return TrapKind.None;
        }

        if (a[0] == References.Null) return TrapKind.NullReference;
        uint start = (uint)a[1], size = arena.LengthOf(a[0]);
        switch (opcode)
        {
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU:
                if (start >= size) return TrapKind.ArrayOutOfBounds;
                Aggregates.Read(arena, a[0], element, start, opcode == Opcode.ArrayGetS, a);
                return TrapKind.None;
            case Opcode.ArraySet:
                if (start >= size) return TrapKind.ArrayOutOfBounds;
                Aggregates.Fill(arena, a[0], element, start, 1, a + 2);
                return TrapKind.None;
            case Opcode.ArrayFill:
                uint filled = (uint)a[2 + words];
                if (!Aggregates.IsInside(start, filled, size)) return TrapKind.ArrayOutOfBounds;
                Aggregates.Fill(arena, a[0], element, start, filled, a + 2);
                return TrapKind.None;
            case Opcode.ArrayCopy:
                if (a[2] == References.Null) return TrapKind.NullReference;
                if (!Aggregates.IsInside(start, (uint)a[4], size) || !Aggregates.IsInside((uint)a[3], (uint)a[4], arena.LengthOf(a[2]))) return TrapKind.ArrayOutOfBounds;
                arena.ElementsOf(a[2], element.ElementBytes, (uint)a[3], (uint)a[4]).CopyTo(arena.ElementsOf(a[0], element.ElementBytes, start, (uint)a[4]));
                return TrapKind.None;
            case Opcode.ArrayInitData:
                if (!Aggregates.IsInside(start, (uint)a[3], size)) return TrapKind.ArrayOutOfBounds;
                if (!Aggregates.IsInside((uint)a[2], a[3] * element.ElementBytes, (ulong)instance.DataOf(word).Length)) return TrapKind.MemoryOutOfBounds;
                CopyData(instance, arena, element, a[0], start, word, (uint)a[2], (uint)a[3]);
                return TrapKind.None;
            case Opcode.ArrayInitElem:
                if (!Aggregates.IsInside(start, (uint)a[3], size)) return TrapKind.ArrayOutOfBounds;
                if (!Aggregates.IsInside((uint)a[2], (uint)a[3], (ulong)instance.ElementsOf(word).Length)) return TrapKind.TableOutOfBounds;
                CopyElements(instance, arena, a[0], start, word, (uint)a[2], (uint)a[3]);
                return TrapKind.None;
            default:
                throw new NodeFaultException($"the interpreter met the unknown operation {opcode}");
        }
    }

    private static void CopyData(Instance instance, ObjectArena arena, FieldType element, ulong array, uint start, int segment, uint from, uint count) =>
        instance.DataOf(segment).Slice((int)from, (int)(count * element.ElementBytes)).CopyTo(arena.ElementsOf(array, element.ElementBytes, start, count));

    private static void CopyElements(Instance instance, ObjectArena arena, ulong array, uint start, int segment, uint from, uint count) =>
        instance.ElementsOf(segment).Slice((int)from, (int)count).CopyTo(new Span<ulong>(arena.ContentsOf(array) + start, (int)count));
}
