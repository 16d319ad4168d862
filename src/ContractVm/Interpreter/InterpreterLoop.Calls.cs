// UNSAFE. Invariant: slots points at the first slot of the running call, inside the ExecutionStack's region, with at least the
// callee's FrameSlots slots behind it (checked at every call); slot numbers come from the Translator alone, which keeps them
// below FrameSlots. i points at the instruction at hand, which the Translator keeps inside its function (every path ends in a
// jump, return or trap). MemoryView, PreparedModule and ExecutionStack state their own invariants.
using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using ContractVm.Gas;
using ContractVm.Runtime;

namespace ContractVm.Interpreter;

/// <summary>What the loop does at calls, throws and the end of an execution.</summary>
internal static unsafe partial class InterpreterLoop
{
    /// <summary>Takes the words of a frame, sets its locals to zero and its header to the way back.</summary>
    private static bool TryEnter(FunctionEntry* callee, ulong* slots, ulong* end, ref ulong words, Instruction* back, ulong* caller)
    {
        if (words < callee->FrameWords) return false;
        // Words cover slots in every schedule; a frame past the end would be a fault of ours, never the contract's.
        if (callee->FrameSlots > end - slots) throw new NodeFaultException("the execution stack is smaller than its words");
        words -= callee->FrameWords;
        ulong* locals = slots + callee->Parameters;
        new Span<ulong>(locals, callee->Locals).Clear();
        ulong* header = locals + callee->Locals;
        header[0] = (ulong)back;
        header[1] = (ulong)caller;
        return true;
    }

    /// <summary>Calls a host function for the instance that imported it; the running one may be another, which got a reference.</summary>
    private static HostStatus CallHost(
        Instance running, Instance user, HostFunction function, int count, ulong* slots, ulong* end, Meter meter, ref ulong ink, ulong words, ref MemoryView memory)
    {
        if (count > end - slots) throw new NodeFaultException("the execution stack is smaller than its words");
        meter.Settle(ink, false, words);
        Meter outer = user.Call.Meter;
        user.Call.Meter = meter;
        HostStatus status;
        try
        {
            status = user.Observer is null ? function.Invoke(user.Call, new Span<ulong>(slots, count)) : InvokeObserved(user, function, new Span<ulong>(slots, count));
        }
        finally
        {
            user.Call.Meter = outer;
        }

        ink = meter.InkLeft;
        ValueSlots.Narrow(function.Type.Results, new Span<ulong>(slots, count));
        memory = new MemoryView(running.Memory);
        return meter.IsExhausted ? HostStatus.OutOfInk : status;
    }

    private static HostStatus InvokeObserved(Instance user, HostFunction function, Span<ulong> slots)
    {
        ulong[] arguments = slots[..ValueSlots.Count(function.Type.Parameters)].ToArray();
        HostStatus status = function.Invoke(user.Call, slots);
        user.Observer!.OnHostCall(user, function, arguments, slots[..ValueSlots.Count(function.Type.Results)], status);
        return status;
    }

    /// <summary>What stands behind a function reference, and for a host function who imported it.</summary>
    private static ImportedFunction ResolveReference(Instance instance, ulong reference, out Instance user, out int hostSlots)
    {
        user = instance.Store.OwnerOf(reference, out int index);
        hostSlots = index < user.Module.ImportedFunctions ? user.Prepared.HostSlots[index] : 0;
        return user.Resolve(index);
    }

    /// <summary>Whether a function reference is of a type of the instance's module, or of a subtype (call_indirect).</summary>
    private static bool HasType(Instance instance, ulong reference, int canonicalType)
    {
        ImportedFunction function = ResolveReference(instance, reference, out _, out _);
        return instance.Store.Types.Matches(HeapType.Concrete((uint)function.Type), HeapType.Concrete((uint)instance.StoreType(canonicalType)));
    }

    /// <summary>Finds the reference of the function that a tail call goes to; false with the trap where there is none.</summary>
    private static bool FindTailTarget(Instance instance, in Instruction call, ulong* slots, out ulong reference, out TrapKind trap)
    {
        trap = TrapKind.None;
        switch (call.Op)
        {
            case InternalOp.Call: reference = instance.FunctionBase + (uint)instance.Module.ImportedFunctions + (uint)call.A + 1; return true;
            case InternalOp.CallHost: reference = instance.FunctionBase + (uint)call.A + 1; return true;
            case InternalOp.CallReference:
                reference = slots[call.A];
                if (reference == 0) trap = TrapKind.NullReference;
                return reference != 0;
        }

        ReadOnlySpan<ulong> elements = instance.TableArray[call.Extra].Elements;
        ulong index = slots[call.A];
        reference = index < (ulong)elements.Length ? elements[(int)index] : 0;
        if (index >= (ulong)elements.Length) trap = TrapKind.UndefinedElement;
        else if (reference == 0) trap = TrapKind.UninitializedElement;
        else if (!HasType(instance, reference, call.R)) trap = TrapKind.IndirectCallTypeMismatch;
        return trap == TrapKind.None;
    }

    private static bool TryMakeException(Instance instance, in Instruction thrown, ulong* slots, out ulong reference)
    {
        ObjectArena arena = instance.Store.Objects;
        uint type = ObjectArena.TypeOf(instance.TagArray[thrown.A]);
        if (!arena.TryAllocate(type, (uint)thrown.R, (uint)thrown.R, out reference)) return false;
        new ReadOnlySpan<ulong>(slots + thrown.B, thrown.R).CopyTo(new Span<ulong>(arena.ContentsOf(reference), thrown.R));
        return true;
    }

    private static bool Catches(Instance instance, CatchClause clause, ulong exception) =>
        clause.Tag < 0 || instance.Store.Objects.TypeOf(exception) == ObjectArena.TypeOf(instance.TagArray[clause.Tag]);

    /// <summary>Writes what a clause gives: what the exception carries, where a tag is named, and the exception itself.</summary>
    private static void HandOver(Instance instance, CatchClause clause, ulong exception, ulong* slots)
    {
        ObjectArena arena = instance.Store.Objects;
        int words = clause.Tag < 0 ? 0 : (int)arena.LengthOf(exception);
        new ReadOnlySpan<ulong>(arena.ContentsOf(exception), words).CopyTo(new Span<ulong>(slots, words));
        if (clause.GivesException) slots[words] = exception;
    }

    private static ExecutionResult HostEnded(HostStatus status, PreparedModule prepared, Instruction* at)
    {
        switch (status)
        {
            case HostStatus.Exit:
                return ExecutionResult.Success;
            case HostStatus.OutOfInk:
                return new ExecutionResult(Outcome.OutOfInk, TrapKind.None, -1, -1);
            default:
                (int function, int offset) = prepared.Locate(at);
                return new ExecutionResult(Outcome.Failure, TrapKind.HostFault, function, offset);
        }
    }

    private static ExecutionResult OutOfStack(Meter meter, ulong ink)
    {
        meter.Settle(ink, false, meter.StackWordsLeft);
        return new ExecutionResult(Outcome.OutOfStack, TrapKind.None, -1, -1);
    }

    private static bool IsInside(ulong start, ulong length, int size) => start <= (ulong)size && length <= (ulong)size - start;
}
