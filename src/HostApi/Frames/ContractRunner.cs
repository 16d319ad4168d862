using System;
using ContractVm.Gas;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// Runs contracts: makes the instance, calls the entrypoint, sorts the outcome, undoes what did not succeed. Value is
/// transferred and nonces are counted by the caller, before.
/// </summary>
public static class ContractRunner
{
    /// <summary>Calls a contract; an account without code returns nothing, successfully.</summary>
    public static FrameResult Call(CallFrame frame)
    {
        WorldState state = frame.Transaction.State;
        Hash256 codeHash = state.GetCodeHash(frame.Contract);
        if (codeHash == Keccak256.OfEmpty) return new FrameResult(Outcome.Success, [], ExecutionResult.Success);
        // The code itself is read from the state only where its module is not loaded yet.
        ModuleCache modules = frame.Transaction.Modules;
        if (!modules.TryRent(codeHash, out ReadyModule ready)) ready = modules.Rent(codeHash, state.GetCodeByHash(codeHash));
        using ReadyModule module = ready;
        int snapshot = state.Snapshot();
        FrameResult result = Run(module, HostTable.Entrypoint, frame);
        if (result.Outcome != Outcome.Success) state.Revert(snapshot);
        return result;
    }

    /// <summary>
    /// Deploys a module to the frame's contract address and runs its constructor with the arguments. Deployment is paid
    /// before the module is looked at by the byte, then, before it is compiled, by function, operation and byte of data.
    /// </summary>
    /// <param name="frame">The creation's frame; its input is the creation data.</param>
    public static FrameResult Create(CallFrame frame)
    {
        TransactionContext transaction = frame.Transaction;
        Profile profile = transaction.Modules.Profile;
        WorldState state = transaction.State;
        if (!DeploymentCode.TryParse(frame.Input, out ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> arguments))
            return Refused(new ModuleError(ModuleErrorCode.UnexpectedEnd, 0, null, -1, "the frame around the module is cut off or of another version"));
        ulong byteInk = profile.Schedule.DeploymentInk(bytes.Length);
        if (!transaction.Meter.TryCharge(byteInk)) return OutOfInk();
        if (!Module.TryLoad(bytes, profile, out Module module, out ModuleError error)) return Refused(error);
        if (!Engines.CanRun(module, out Features missing))
            return Refused(new ModuleError(ModuleErrorCode.NoEngine, 0, null, -1, $"no engine of this build runs {missing}"));
        if (!transaction.Meter.TryCharge(module.DeploymentInk - byteInk)) return OutOfInk();

        int snapshot = state.Snapshot();
        state.SetCode(frame.Contract, bytes.Span);
        // Here, so that a contract is compiled when it is deployed, and paid for.
        using ReadyModule ready = transaction.Modules.Rent(state.GetCodeHash(frame.Contract), module);
        FrameResult result = new(Outcome.Success, [], ExecutionResult.Success);
        if (module.TryGetExport(HostTable.Constructor, out _))
        {
            CallFrame constructor = new(transaction, frame.Contract, frame.Caller, frame.Value, arguments, frame.Capabilities);
            result = Run(ready, HostTable.Constructor, constructor);
        }
        else if (!arguments.IsEmpty)
        {
            result = Refused(new ModuleError(ModuleErrorCode.MissingExport, bytes.Length, "export", -1, $"constructor arguments, but no function {HostTable.Constructor}"));
        }

        if (result.Outcome != Outcome.Success) state.Revert(snapshot);
        return result;
    }

    private static FrameResult Run(in ReadyModule ready, string entry, CallFrame frame)
    {
        Module module = ready.Module;
        TransactionContext transaction = frame.Transaction;
        int mark = transaction.Pages.Mark;
        try
        {
            // The instance, and the memory that it starts with, are paid before they are made.
            if (!transaction.Meter.TryCharge(module.InstanceInk)) return OutOfInk();
            ulong pages = 0;
            foreach (MemoryType memory in module.Memories) pages += memory.Limits.Minimum;
            ulong pageInk = Ink.Multiply(transaction.Pages.Open((int)pages), Prices.InkPerGas);
            if (!transaction.Meter.TryCharge(pageInk)) return OutOfInk();
            transaction.Modules.Count(ready.Engine);
            using Store store = new(module.Profile.ObjectBytes, ready.Engine);
            ExecutionResult execution = Instance.Create(module, ready.Resolve, frame, out Instance? instance, store);
            if (instance is null) return Sort(execution, 0, frame);
            module.TryGetExport(entry, out Export export);
            Span<ulong> status = stackalloc ulong[1];
            execution = instance.Invoke(export.Index, [(ulong)(uint)frame.Input.Length], status, transaction.Meter);
            return Sort(execution, frame.ExitStatus ?? (uint)status[0], frame);
        }
        finally
        {
            transaction.Pages.Close(mark);
        }
    }

    /// <summary>Data leaves only with a return or a revert; running out of stack takes all ink along.</summary>
    private static FrameResult Sort(ExecutionResult execution, uint status, CallFrame frame)
    {
        switch (execution.Outcome)
        {
            case Outcome.Success:
                return new FrameResult(status == 0 ? Outcome.Success : Outcome.Revert, frame.Output, execution);
            case Outcome.OutOfStack:
                frame.Meter.TryRequire(ulong.MaxValue);
                return new FrameResult(Outcome.OutOfStack, [], execution);
            default:
                return new FrameResult(execution.Outcome, [], execution);
        }
    }

    private static FrameResult Refused(ModuleError error) => new(Outcome.Failure, [], new ExecutionResult(Outcome.Failure, TrapKind.None, -1, -1), error);

    private static FrameResult OutOfInk() => new(Outcome.OutOfInk, [], new ExecutionResult(Outcome.OutOfInk, TrapKind.None, -1, -1));
}
