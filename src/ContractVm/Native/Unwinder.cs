// UNSAFE. Invariant: called on the thread's own stack while emitted code waits on the execution stack at a throw. Return addresses above the throw are of calls in emitted
// code, of ways back that tail calls left, or at the end of an entry thunk, and the tables of the modules that they are in were made together with that code.
using System.Runtime.CompilerServices;
using ContractVm.Runtime;

namespace ContractVm.Native;

/// <summary>
/// Finds who takes an exception: frames are passed from the inside out, by the tables of their modules, and each clause that is looked at and each frame that is
/// left is paid for (docs/GAS.md), in the interpreter's order. Code in which nothing is thrown does nothing for it.
/// </summary>
internal static unsafe class Unwinder
{
    /// <summary>
    /// Throws: the result is Returned where a landing takes the exception, whose address, stack pointer and context are in the state then.
    /// </summary>
    /// <param name="store">The store that runs.</param>
    /// <param name="context">The context of the function that throws.</param>
    /// <param name="exception">The exception.</param>
    /// <param name="stack">Address of the return address of the throw.</param>
    // From the first exception on as fast as ever: a node that has just started is to take no longer than others.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ExitStatus Throw(NativeStore store, byte* context, ulong exception, byte* stack)
    {
        byte* state = store.State, slot = stack;
        ulong price = store.InstanceOf(context).Module.Profile.Schedule.UnwindStep;
        ref ulong ink = ref *(ulong*)(state + ExecutionLayout.Ink);
        // Of the function that is left last, or of the throw, which has none.
        int argumentBytes = 0;
        while (true)
        {
            ulong address = *(ulong*)slot;
            // The callee has taken its arguments away.
            byte* after = slot + 8 + argumentBytes;
            CompiledModule module = store.FindModule(address - 1) ?? throw Lost(address);
            if (!module.TryFindFrame(address, out int function, out FunctionFrame frame))
            {
                // Back at the entry: nobody has taken it.
                *(byte**)(state + ExecutionLayout.ExitSite) = *(byte**)stack;
                return ExitStatus.Trap;
            }

            if (*(uint*)address == Compiler.Emission.Emitter.TailReturnMark)
            {
                context = *(byte**)after;
                slot = after + 8;
                argumentBytes = frame.ArgumentBytes;
                continue;
            }

            CallSite call = module.CallAt(address);
            byte* bottom = after - call.ArgumentBytes;
            if (call.RestoresContext) context = *(byte**)(bottom + frame.ContextAt);
            Instance instance = store.InstanceOf(context);
            if (!ReferenceEquals(instance.Compiled, module)) throw Lost(address);
            for (int region = call.Region; region >= 0; region = module.Unwind.Regions[region].Parent)
            {
                CatchRegion tried = module.Unwind.Regions[region];
                for (int clause = tried.FirstClause; clause < tried.FirstClause + tried.ClauseCount; clause++)
                {
                    if (ink < price) return ExitStatus.OutOfInk;
                    ink -= price;
                    int tag = module.Unwind.Clauses[clause];
                    if (tag >= 0 && store.Store.Objects.TypeOf(exception) != ObjectArena.TypeOf(instance.TagArray[tag])) continue;
                    *(nint*)(state + ExecutionLayout.LandingAddress) = module.AddressOf(call.Landing);
                    *(byte**)(state + ExecutionLayout.LandingStack) = bottom;
                    *(byte**)(state + ExecutionLayout.LandingContext) = context;
                    *(ulong*)(state + ExecutionLayout.LandingException) = exception;
                    *(ulong*)(state + ExecutionLayout.LandingClause) = (ulong)(clause - module.Unwind.FirstClauses[function]);
                    return ExitStatus.Returned;
                }
            }

            if (ink < price) return ExitStatus.OutOfInk;
            ink -= price;
            // Where words are no local they are not looked at.
            *(ulong*)(state + ExecutionLayout.Words) += module.Module.BodyList[function].Plan.FrameWords;
            slot = bottom + frame.Bytes;
            argumentBytes = frame.ArgumentBytes;
        }
    }

    private static NodeFaultException Lost(ulong address) => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"nothing is known of the frame at {address:x}"));
}
