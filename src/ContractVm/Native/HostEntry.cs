// UNSAFE. Invariant: called by the stubs alone, on the thread's own stack, with the context of a live instance and as many slots
// as the function's type or the builtin has. No exception leaves: emitted frames are between here and the next .NET code.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ContractVm.Gas;

namespace ContractVm.Native;

/// <summary>Where emitted code reaches .NET code.</summary>
internal static unsafe class HostEntry
{
    /// <summary>Calls a function of the host for the instance that imported it; an <see cref="ExitStatus"/>, 0 to go on.</summary>
    [UnmanagedCallersOnly]
    public static int Call(nint context, int import, ulong* slots, nint site)
    {
        byte* state = *(byte**)(context + ContextLayout.Execution);
        NativeStore store = NativeStore.Of(state);
        try
        {
            Instance user = store.InstanceOf((byte*)context);
            ExitStatus status = Call(store, state, user, user.ImportedFunctions[import].Host!, new Span<ulong>(slots, user.Compiled!.HostSlots[import]));
            // What the host has called meanwhile may have left a site of its own.
            if (status == ExitStatus.HostFault) *(nint*)(state + ExecutionLayout.ExitSite) = site;
            return (int)status;
        }
        catch (Exception exception)
        {
            store.Thrown = ExceptionDispatchInfo.Capture(exception);
            return (int)ExitStatus.Threw;
        }
    }

    // The entry is compiled once, with all optimizations; what is called from it would be compiled anew while the node runs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ExitStatus Call(NativeStore store, byte* state, Instance user, HostFunction function, Span<ulong> slots)
    {
        Meter meter = store.Meter!;
        meter.Settle(*(ulong*)(state + ExecutionLayout.Ink), false, *(ulong*)(state + ExecutionLayout.Words));
        // An instance that is called through a reference of another has not been told yet who pays.
        HostStatus status = ReferenceEquals(user.Call.Meter, meter) ? function.Invoke(user.Call, slots) : InvokeUnder(meter, user.Call, function, slots);
        // The thunk reads 32 bits of 32-bit results, so their upper halves need no zeros.
        *(ulong*)(state + ExecutionLayout.Ink) = meter.InkLeft;
        if (meter.IsExhausted) return ExitStatus.OutOfInk;
        if (status == HostStatus.Continue) return ExitStatus.Returned;
        return status == HostStatus.Exit ? ExitStatus.HostExit : status == HostStatus.OutOfInk ? ExitStatus.HostOutOfInk : ExitStatus.HostFault;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HostStatus InvokeUnder(Meter meter, HostCall call, HostFunction function, Span<ulong> slots)
    {
        Meter outer = call.Meter;
        call.Meter = meter;
        try
        {
            return function.Invoke(call, slots);
        }
        finally
        {
            call.Meter = outer;
        }
    }

    /// <summary>Throws an exception from the place whose return address is at the top of the stack; 0 to go on at a landing, else an <see cref="ExitStatus"/>.</summary>
    [UnmanagedCallersOnly]
    public static int Throw(nint context, ulong exception, nint stack)
    {
        NativeStore store = NativeStore.Of(*(byte**)(context + ContextLayout.Execution));
        try
        {
            return (int)Unwinder.Throw(store, (byte*)context, exception, (byte*)stack);
        }
        catch (Exception thrown)
        {
            store.Thrown = ExceptionDispatchInfo.Capture(thrown);
            return (int)ExitStatus.Threw;
        }
    }

    /// <summary>Executes a <see cref="Builtin"/>; a <see cref="TrapKind"/>, or negative where it threw.</summary>
    [UnmanagedCallersOnly]
    public static int CallBuiltin(nint context, int builtin, ulong* slots)
    {
        NativeStore store = NativeStore.Of(*(byte**)(context + ContextLayout.Execution));
        try
        {
            return (int)Builtins.Execute(store.InstanceOf((byte*)context), (Builtin)builtin, slots);
        }
        catch (Exception exception)
        {
            store.Thrown = ExceptionDispatchInfo.Capture(exception);
            return (int)ExitStatus.Threw;
        }
    }
}
