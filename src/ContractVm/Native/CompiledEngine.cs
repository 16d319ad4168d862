// UNSAFE. Invariant: the slots are on the execution stack, above everything that emitted code puts there, and are as many as the
// function's type has; context, code and thunk are those of one live instance.
using System;
using System.Globalization;
using System.Runtime.CompilerServices;
using ContractVm.Gas;

namespace ContractVm.Native;

/// <summary>
/// Runs functions as emitted code, under the interpreter's protocol: the same outcomes, and the same ink and stack words left at
/// every point where anyone may look.
/// </summary>
internal static unsafe class CompiledEngine
{
    /// <summary>Calls a function that the instance defines.</summary>
    public static ExecutionResult Run(Instance instance, int function, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter)
    {
        NativeStore store = instance.Store.Native!;
        ObjectDisposedException.ThrowIf(store.IsDisposed, instance.Store);
        ulong wordsBefore = meter.StackWordsLeft;
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw new NodeFaultException("the thread's stack is too small for the schedule's stack words");
        // A call that comes back from the host takes .NET stack, which words must bound as they bound our own.
        if (!meter.TryNest()) return new ExecutionResult(Outcome.OutOfStack, TrapKind.None, -1, -1);
        NativeStack? outerStack = store.Stack, own = null;
        Meter? outerMeter = store.Meter;
        try
        {
            byte* state = store.State;
            ulong slotBytes = (ulong)Math.Max(arguments.Length, results.Length) * sizeof(ulong);
            ulong bytes = slotBytes + NativeStack.BytesFor(meter.StackWordsLeft);
            byte* top = *(byte**)(state + ExecutionLayout.StackTop);
            if (outerStack is null || (ulong)(top - outerStack.Limit) < bytes - NativeStack.SlackOfNested)
            {
                // The first call of an execution, or one under a meter with more words than are left of the one around it.
                store.Stack = own = NativeStack.Rent(meter.StackWordsLeft + slotBytes / sizeof(ulong));
                top = own.Top;
            }

            ulong* slots = (ulong*)((ulong)(top - slotBytes) & ~15UL);
            arguments.CopyTo(new Span<ulong>(slots, arguments.Length));
            store.Meter = meter;
            *(ulong*)(state + ExecutionLayout.Ink) = meter.InkLeft;
            *(ulong*)(state + ExecutionLayout.Words) = meter.StackWordsLeft;
            ExitStatus status = Enter(instance.ContextAddress, instance.Compiled!.EntryThunk(function), instance.Compiled.FunctionAddress(function), slots);
            ulong ink = *(ulong*)(state + ExecutionLayout.Ink);
            if (status == ExitStatus.Returned)
            {
                meter.Settle(ink, false, wordsBefore);
                new ReadOnlySpan<ulong>(slots, results.Length).CopyTo(results);
                return ExecutionResult.Success;
            }

            return Ended(store, status, ink, meter);
        }
        finally
        {
            // However it ended, its frames are gone.
            store.Meter = outerMeter;
            store.Stack = outerStack;
            meter.Unnest();
            meter.Settle(meter.InkLeft, meter.IsExhausted, wordsBefore);
            if (own is not null) NativeStack.GiveBack(own);
            // Nothing of the instance may go while its code runs, even if nobody else refers to it.
            GC.KeepAlive(instance);
        }
    }

    // On its own, so that no other code's registers and frames are bound to the transition.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ExitStatus Enter(nint context, nint thunk, nint code, ulong* slots) =>
        (ExitStatus)((delegate* unmanaged<nint, nint, nint, ulong*, int>)Stubs.Enter)(context, thunk, code, slots);

    private static ExecutionResult Ended(NativeStore store, ExitStatus status, ulong ink, Meter meter)
    {
        switch (status)
        {
            case ExitStatus.HostExit:
                // The meter is as the host function left it.
                return ExecutionResult.Success;
            case ExitStatus.Threw:
                System.Runtime.ExceptionServices.ExceptionDispatchInfo thrown = store.Thrown!;
                store.Thrown = null;
                thrown.Throw();
                throw new NodeFaultException("unreachable");
            case ExitStatus.HostOutOfInk:
                return new ExecutionResult(Outcome.OutOfInk, TrapKind.None, -1, -1);
            case ExitStatus.OutOfInk:
                meter.Settle(0, true, meter.StackWordsLeft);
                return new ExecutionResult(Outcome.OutOfInk, TrapKind.None, -1, -1);
            case ExitStatus.OutOfStack:
                meter.Settle(ink, false, meter.StackWordsLeft);
                return new ExecutionResult(Outcome.OutOfStack, TrapKind.None, -1, -1);
            case ExitStatus.HostFault:
                return Trapped(store, isReturn: true, TrapKind.HostFault);
            case ExitStatus.Trap:
                meter.Settle(ink, false, meter.StackWordsLeft);
                return Trapped(store, isReturn: true, TrapKind.None);
            case ExitStatus.Fault:
                meter.Settle(ink, false, meter.StackWordsLeft);
                return Trapped(store, isReturn: false, TrapKind.None);
            default:
                throw new NodeFaultException("emitted code ended in an unknown way");
        }
    }

    private static ExecutionResult Trapped(NativeStore store, bool isReturn, TrapKind kind)
    {
        byte* state = store.State;
        ulong address = *(ulong*)(state + ExecutionLayout.ExitSite), fault = *(ulong*)(state + ExecutionLayout.FaultAddress);
        CompiledModule? module = store.FindModule(address - (isReturn ? 1UL : 0));
        TrapSite site = default;
        int function = -1;
        bool isKnown = module is not null && module.TryLocate(address, isReturn, out function, out site);
        // Only for people: a host function that was called directly, not from emitted code, has no site.
        if (kind == TrapKind.HostFault) return new ExecutionResult(Outcome.Failure, kind, function, isKnown ? site.ModuleOffset : -1);
        // Everything else that is not in the table is a mistake of the compiler, never the contract's.
        if (!isKnown || (!isReturn && !store.IsInMemory(fault)))
            throw new NodeFaultException(string.Create(CultureInfo.InvariantCulture, $"emitted code failed at {address:x}, address {fault:x}"));
        kind = site.Kind != TrapKind.None ? site.Kind : (TrapKind)(*(byte*)(state + ExecutionLayout.ExitKind));
        return new ExecutionResult(Outcome.Failure, kind, function, site.ModuleOffset);
    }
}
