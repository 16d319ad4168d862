// UNSAFE. Invariant: emitted code passes as many slots as each builtin's description has; memories and tables are reached through
// their own checked operations.
using System;
using ContractVm.Interpreter;
using ContractVm.Runtime;

namespace ContractVm.Native;

/// <summary>What emitted code leaves to .NET code: the same operations of instances, memories and tables as the interpreter's.</summary>
internal static unsafe class Builtins
{
    /// <summary>Executes one for an instance; the result is its trap, or None.</summary>
    public static TrapKind Execute(Instance instance, Builtin builtin, ulong* slots)
    {
        switch (builtin)
        {
            case Builtin.MemoryGrow:
                slots[0] = (ulong)(long)instance.MemoryArray[(int)slots[1]].Grow(slots[0]);
                return TrapKind.None;
            case Builtin.MemoryInit:
                return Check(instance.TryInitMemory((int)slots[3], (int)slots[4], slots[0], slots[1], slots[2]), TrapKind.MemoryOutOfBounds);
            case Builtin.MemoryCopy:
                return Check(instance.MemoryArray[(int)slots[3]].TryCopyFrom(instance.MemoryArray[(int)slots[4]], slots[0], slots[1], slots[2]), TrapKind.MemoryOutOfBounds);
            case Builtin.MemoryFill:
                return Check(instance.MemoryArray[(int)slots[3]].TryFill(slots[0], (byte)slots[1], slots[2]), TrapKind.MemoryOutOfBounds);
            case Builtin.DataDrop:
                instance.DropData((int)slots[0]);
                return TrapKind.None;
            case Builtin.TableGrow:
                slots[0] = (ulong)(long)instance.TableArray[(int)slots[2]].Grow(slots[1], slots[0]);
                return TrapKind.None;
            case Builtin.TableFill:
                Span<ulong> filled = instance.TableArray[(int)slots[3]].Elements;
                if (!Aggregates.IsInside(slots[0], slots[2], (ulong)filled.Length)) return TrapKind.TableOutOfBounds;
                filled.Slice((int)slots[0], (int)slots[2]).Fill(slots[1]);
                return TrapKind.None;
            case Builtin.TableCopy:
                Span<ulong> to = instance.TableArray[(int)slots[3]].Elements, from = instance.TableArray[(int)slots[4]].Elements;
                if (!Aggregates.IsInside(slots[0], slots[2], (ulong)to.Length)) return TrapKind.TableOutOfBounds;
                if (!Aggregates.IsInside(slots[1], slots[2], (ulong)from.Length)) return TrapKind.TableOutOfBounds;
                from.Slice((int)slots[1], (int)slots[2]).CopyTo(to[(int)slots[0]..]);
                return TrapKind.None;
            case Builtin.TableInit:
                return Check(instance.TryInitTable((int)slots[3], (int)slots[4], slots[0], slots[1], slots[2]), TrapKind.TableOutOfBounds);
            case Builtin.ElementDrop:
                instance.DropElements((int)slots[0]);
                return TrapKind.None;
            case Builtin.Observe:
                ulong ink = *(ulong*)(instance.Store.Native!.State + ExecutionLayout.Ink);
                instance.Observer?.OnInstruction(instance, (int)slots[1], (int)slots[2], new ReadOnlySpan<ulong>(slots + 3, (int)slots[0]), ink);
                return TrapKind.None;
            case Builtin.Aggregate:
                int* numbers = (int*)slots;
                return GeneralOperations.ExecuteAggregate(instance, (Opcode)numbers[0], numbers[1], numbers[2], slots + 2);
            default:
                throw new NodeFaultException("emitted code asked for an unknown operation");
        }
    }

    private static TrapKind Check(bool isDone, TrapKind otherwise) => isDone ? TrapKind.None : otherwise;
}
