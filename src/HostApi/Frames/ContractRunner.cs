using System;
using ContractVm.Gas;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// Runs frames: moves the value, makes the instance, calls the entrypoint, sorts the outcome, undoes what did not succeed. Transactions
/// and contracts come here alike.
/// </summary>
public static class ContractRunner
{
    /// <summary>
    /// Calls an account: a precompiled contract, a contract, or one without code, which returns nothing, successfully. A caller that cannot pay
    /// the value fails.
    /// </summary>
    public static FrameResult Call(CallFrame frame)
    {
        TransactionContext transaction = frame.Transaction;
        WorldState state = transaction.State;
        int snapshot = state.Snapshot();
        if (frame.Kind == FrameKind.Call && !TryTransfer(state, frame)) return FrameResult.Ended(Outcome.Failure);
        transaction.Tracer?.OnFrameStart(frame);
        FrameResult result = RunCode(frame);
        if (result.Outcome != Outcome.Success) state.Revert(snapshot);
        transaction.Tracer?.OnFrameEnd(frame, result, frame.Meter.InkLeft);
        return result;
    }

    /// <summary>
    /// Deploys a module to the frame's contract address and runs its constructor with the arguments. Deployment is paid
    /// before the module is looked at by the byte, then, before it is compiled, by function, operation and byte of data. An address
    /// that is taken uses everything up (EIP-684).
    /// </summary>
    /// <param name="frame">The creation's frame; its input is the creation data.</param>
    public static FrameResult Create(CallFrame frame)
    {
        TransactionContext transaction = frame.Transaction;
        WorldState state = transaction.State;
        // EIP-2929: the address is warm, and stays so if the creation fails.
        state.AccessAddress(frame.Contract);
        if (state.GetNonce(frame.Contract) != 0 || state.GetCodeHash(frame.Contract) != Keccak256.OfEmpty)
        {
            frame.Meter.TryRequire(ulong.MaxValue);
            return FrameResult.Ended(Outcome.Failure);
        }

        int snapshot = state.Snapshot();
        // EIP-161: a contract starts with nonce 1.
        state.SetNonce(frame.Contract, 1);
        bool isPaid = TryTransfer(state, frame);
        FrameResult result = FrameResult.Ended(Outcome.Failure);
        if (isPaid)
        {
            transaction.Tracer?.OnFrameStart(frame);
            result = Deploy(frame);
        }

        if (result.Outcome != Outcome.Success) state.Revert(snapshot);
        if (isPaid) transaction.Tracer?.OnFrameEnd(frame, result, frame.Meter.InkLeft);
        return result;
    }

    // EIP-161: a call that pays nothing makes no account.
    private static bool TryTransfer(WorldState state, CallFrame frame)
    {
        if (frame.Value.IsZero && !state.Exists(frame.Contract)) return true;
        if (!state.TrySubtractBalance(frame.Caller, frame.Value)) return false;
        state.AddBalance(frame.Contract, frame.Value);
        return true;
    }

    private static FrameResult RunCode(CallFrame frame)
    {
        TransactionContext transaction = frame.Transaction;
        if (Precompiles.Find(frame.CodeAddress) is Precompile precompile) return Precompiles.Run(precompile, frame);
        Hash256 codeHash = transaction.State.GetCodeHash(frame.CodeAddress);
        if (codeHash == Keccak256.OfEmpty) return FrameResult.Success;
        ulong gas = frame.Meter.InkLeft / Prices.InkPerGas;
        // The code itself is read from the state only where its module is not loaded yet.
        if (!transaction.Modules.TryRent(codeHash, out ReadyModule ready)) ready = transaction.Modules.Rent(codeHash, transaction.State.GetCodeByHash(codeHash));
        using ReadyModule module = ready;
        return ChargeOutput(frame, gas, Run(module, EntryOf(module.Module)!, frame));
    }

    /// <summary>Output costs at least what memory of its size costs in the EVM (Stylus since ArbOS 31), of the gas that the frame began with.</summary>
    private static FrameResult ChargeOutput(CallFrame frame, ulong gas, FrameResult result)
    {
        if (result.Output.Length == 0) return result;
        ulong words = ((ulong)result.Output.Length + 31) / 32, price = 3 * words + words * words / 512;
        if (gas < price)
        {
            frame.Meter.TryRequire(ulong.MaxValue);
            return FrameResult.Ended(Outcome.OutOfInk);
        }

        ulong most = Ink.Multiply(gas - price, Prices.InkPerGas);
        if (frame.Meter.InkLeft > most) frame.Meter.TryCharge(frame.Meter.InkLeft - most);
        return result;
    }

    private static FrameResult Deploy(CallFrame frame)
    {
        TransactionContext transaction = frame.Transaction;
        Profile profile = transaction.Modules.Profile;
        WorldState state = transaction.State;
        Meter meter = frame.Meter;
        if (!DeploymentCode.TryParse(frame.Input, out ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> arguments))
            return Refused(new ModuleError(ModuleErrorCode.UnexpectedEnd, 0, null, -1, "the frame around the module is cut off or of another version"));
        if (!meter.TryCharge(profile.Schedule.DeploymentInk(bytes.Length))) return FrameResult.Ended(Outcome.OutOfInk);
        if (StylusCode.IsFramed(bytes.Span))
        {
            FrameResult? refused = StylusCode.Unpack(bytes, profile, meter, out bytes);
            if (refused is not null) return refused;
        }

        ulong byteInk = profile.Schedule.DeploymentInk(bytes.Length);
        if (!Module.TryLoad(bytes, profile, out Module module, out ModuleError error)) return Refused(error);
        if (!Engines.CanRun(module, out Features missing))
            return Refused(new ModuleError(ModuleErrorCode.NoEngine, 0, null, -1, $"no engine of this build runs {missing}"));
        if (!meter.TryCharge(module.DeploymentInk - byteInk)) return FrameResult.Ended(Outcome.OutOfInk);

        if (EntryOf(module) is null)
            return Refused(new ModuleError(ModuleErrorCode.MissingExport, bytes.Length, "export", -1, $"the module exports neither {HostTable.Entrypoint} nor {WasiFunctions.Start}"));
        state.SetCode(frame.Contract, bytes.Span);
        // Here, so that a contract is compiled when it is deployed, and paid for.
        using ReadyModule ready = transaction.Modules.Rent(state.GetCodeHash(frame.Contract), module);
        if (module.TryGetExport(HostTable.Constructor, out _)) return Run(ready, HostTable.Constructor, frame.ForConstructor(arguments));
        return arguments.IsEmpty
            ? FrameResult.Success
            : Refused(new ModuleError(ModuleErrorCode.MissingExport, bytes.Length, "export", -1, $"constructor arguments, but no function {HostTable.Constructor}"));
    }

    private static FrameResult Run(in ReadyModule ready, string entry, CallFrame frame)
    {
        Module module = ready.Module;
        TransactionContext transaction = frame.Transaction;
        int mark = transaction.Pages.Mark;
        frame.IsReentrant = transaction.Open(frame);
        try
        {
            // The instance, and the memory that it starts with, are paid before they are made.
            if (!frame.Meter.TryCharge(module.InstanceInk)) return FrameResult.Ended(Outcome.OutOfInk);
            ulong pages = 0;
            foreach (MemoryType memory in module.Memories) pages += memory.Limits.Minimum;
            if (!transaction.Pages.TryOpen((int)pages, frame.Meter)) return FrameResult.Ended(Outcome.OutOfInk);
            transaction.Modules.Count(ready.Engine);
            using Store store = new(module.Profile.ObjectBytes, ready.Engine);
            ExecutionResult execution = Instance.Create(module, ready.Resolve, frame, out Instance? instance, store);
            if (instance is null) return Sort(execution, 0, frame);
            module.TryGetExport(entry, out Export export);
            Span<ulong> status = stackalloc ulong[1];
            bool isProgram = entry == WasiFunctions.Start;
            execution = isProgram ? instance.Invoke(export.Index, [], [], frame.Meter) : instance.Invoke(export.Index, [(ulong)(uint)frame.Input.Length], status, frame.Meter);
            frame.Wasi?.Flush();
            return Sort(execution, frame.ExitStatus ?? (uint)status[0], frame);
        }
        finally
        {
            transaction.Pages.Close(mark);
            transaction.Close(frame);
        }
    }

    /// <summary>What a call of the module begins with; null where it has no such function, which a profile may allow.</summary>
    private static string? EntryOf(Module module) =>
        module.TryGetExport(HostTable.Entrypoint, out _) ? HostTable.Entrypoint : module.TryGetExport(WasiFunctions.Start, out _) ? WasiFunctions.Start : null;

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

    private static FrameResult Refused(ModuleError error) => FrameResult.Ended(Outcome.Failure, error);
}
