// UNSAFE. Invariant: [Base, Base + Slots) is native memory owned by this object and readable and writable until it is freed;
// the interpreter checks every new frame against End before it writes to it.
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace ContractVm.Interpreter;

/// <summary>
/// The slots of one running execution, taken from a pool. Its size follows from the stack words of the schedule: each frame's
/// words cover its slots, so the words run out before the slots do.
/// </summary>
internal sealed unsafe class ExecutionStack
{
    private static readonly ConcurrentBag<ExecutionStack> Pool = [];
    private readonly ulong* _base;
    private readonly nuint _slots;

    private ExecutionStack(nuint slots)
    {
        _base = (ulong*)NativeMemory.Alloc(slots, sizeof(ulong));
        _slots = slots;
    }

    /// <summary>
    /// The callers in other instances whose frames wait: instance and instruction to go on at. A frame that was entered from
    /// another instance has <see cref="ReturnToOther"/> as its way back.
    /// </summary>
    public Stack<(Instance Instance, nint Instruction)> OtherCallers { get; } = new();

    /// <summary>The way back of a frame that another instance entered; no address of an instruction is so low.</summary>
    public const nuint ReturnToOther = 1;

    public ulong* Base => _base;
    public ulong* End => _base + _slots;

    /// <summary>Takes a stack of at least so many words.</summary>
    /// <exception cref="NodeFaultException">The machine has no memory.</exception>
    public static ExecutionStack Rent(ulong words)
    {
        // Room beyond the words for the header and results of the frame that does not fit any more.
        nuint slots = (nuint)words + 4096;
        while (Pool.TryTake(out ExecutionStack? pooled))
        {
            if (pooled._slots >= slots) return pooled;
            pooled.Free();
        }

        try
        {
            return new ExecutionStack(slots);
        }
        catch (OutOfMemoryException)
        {
            throw new NodeFaultException("the machine cannot give an execution stack");
        }
    }

    public static void GiveBack(ExecutionStack stack)
    {
        stack.OtherCallers.Clear();
        if (Pool.Count < Environment.ProcessorCount * 2) Pool.Add(stack);
        else stack.Free();
    }

    private void Free() => NativeMemory.Free(_base);
}
