using System;
using ContractVm.Gas;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// One running call of a contract: who, with what, and what it may do. Host functions find it as the state of the calling
/// instance. Used by one thread.
/// </summary>
public sealed class CallFrame
{
    /// <summary>Makes a frame.</summary>
    public CallFrame(TransactionContext transaction, Address contract, Address caller, UInt256 value, ReadOnlyMemory<byte> input, Capabilities capabilities)
    {
        Transaction = transaction;
        Contract = contract;
        Caller = caller;
        Value = value;
        Input = input;
        Capabilities = capabilities;
        Storage = new StorageCache(transaction.State, contract);
    }

    /// <summary>What all frames share.</summary>
    public TransactionContext Transaction { get; }
    /// <summary>The contract whose storage it works on.</summary>
    public Address Contract { get; }
    /// <summary>Who called it.</summary>
    public Address Caller { get; }
    /// <summary>Wei sent along.</summary>
    public UInt256 Value { get; }
    /// <summary>Calldata.</summary>
    public ReadOnlyMemory<byte> Input { get; }
    /// <summary>What it may do.</summary>
    public Capabilities Capabilities { get; }
    /// <summary>Its view of the storage.</summary>
    public StorageCache Storage { get; }
    /// <summary>What it returns or reverts with.</summary>
    public byte[] Output { get; internal set; } = [];
    /// <summary>The status given to exit_early, or null.</summary>
    public uint? ExitStatus { get; internal set; }

    internal Meter Meter => Transaction.Meter;
}

/// <summary>How a frame ended.</summary>
/// <param name="Outcome">The outcome; anything but success has undone the frame's changes.</param>
/// <param name="Output">Return or revert data; empty for every other outcome.</param>
/// <param name="Execution">Where it trapped: for people, not for receipts.</param>
/// <param name="Error">Why a deployment was refused, or null.</param>
public sealed record FrameResult(Outcome Outcome, byte[] Output, ExecutionResult Execution, ModuleError? Error = null);
