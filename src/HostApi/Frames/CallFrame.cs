using System;
using ContractVm.Gas;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>How a frame came to be.</summary>
public enum FrameKind : byte
{
    /// <summary>A transaction, or a contract that called (CALL).</summary>
    Call,
    /// <summary>A contract that runs another one's code on its own storage (DELEGATECALL).</summary>
    DelegateCall,
    /// <summary>A contract that called without the right to change anything (STATICCALL).</summary>
    StaticCall,
    /// <summary>A creation whose address follows from the creator's nonce (CREATE).</summary>
    Create,
    /// <summary>A creation whose address follows from code and salt (CREATE2).</summary>
    Create2,
}

/// <summary>
/// One running call of a contract: who, with what, and what it may do. Host functions find it as the state of the calling
/// instance. Used by one thread.
/// </summary>
public sealed class CallFrame
{
    /// <summary>Makes the outermost frame of a transaction, which spends from the transaction's meter.</summary>
    public CallFrame(TransactionContext transaction, Address contract, Address caller, UInt256 value, ReadOnlyMemory<byte> input, Capabilities capabilities, FrameKind kind = FrameKind.Call)
        : this(transaction, transaction.Meter, 0, kind, contract, contract, caller, value, input, capabilities)
    {
    }

    internal CallFrame(
        TransactionContext transaction, Meter meter, int depth, FrameKind kind, Address contract, Address code, Address caller, UInt256 value, ReadOnlyMemory<byte> input,
        Capabilities capabilities)
    {
        Transaction = transaction;
        Meter = meter;
        Depth = depth;
        Kind = kind;
        Contract = contract;
        CodeAddress = code;
        Caller = caller;
        Value = value;
        Input = input;
        Capabilities = capabilities;
        Storage = new StorageCache(transaction.State, contract);
        Number = transaction.CountFrame();
    }

    /// <summary>What all frames share.</summary>
    public TransactionContext Transaction { get; }
    /// <summary>Frames around it.</summary>
    public int Depth { get; }
    /// <summary>Frames that the transaction made before it.</summary>
    public int Number { get; }
    /// <summary>How it came to be.</summary>
    public FrameKind Kind { get; }
    /// <summary>The contract whose storage it works on.</summary>
    public Address Contract { get; }
    /// <summary>The account whose code it runs: another one than <see cref="Contract"/> in a delegate call.</summary>
    public Address CodeAddress { get; }
    /// <summary>Who called it.</summary>
    public Address Caller { get; }
    /// <summary>Wei sent along; in a delegate call those of the frame around it, which do not move again.</summary>
    public UInt256 Value { get; }
    /// <summary>Calldata, or creation data.</summary>
    public ReadOnlyMemory<byte> Input { get; }
    /// <summary>What it may do.</summary>
    public Capabilities Capabilities { get; }
    /// <summary>Ink and stack words that it may spend.</summary>
    public Meter Meter { get; }
    /// <summary>Its view of the storage.</summary>
    public StorageCache Storage { get; }
    /// <summary>What it returns or reverts with, once it has ended.</summary>
    public byte[] Output => _outputLength == _output.Length ? _output : _output[.._outputLength];
    /// <summary>What the last call or creation that it made returned or reverted with.</summary>
    public byte[] ReturnData { get; internal set; } = [];
    /// <summary>True where the contract is running in a frame around this one, too; decided when the frame begins.</summary>
    public bool IsReentrant { get; internal set; }
    /// <summary>The status given to exit_early, or null.</summary>
    public uint? ExitStatus { get; internal set; }

    private byte[] _output = [];
    private int _outputLength;

    /// <summary>Replaces the output. Its buffer is used again: a contract that sets it over and over pays for copying and for no new memory.</summary>
    internal void SetOutput(ReadOnlySpan<byte> data)
    {
        if (data.Length > _output.Length) _output = GC.AllocateUninitializedArray<byte>(data.Length);
        data.CopyTo(_output);
        _outputLength = data.Length;
    }

    /// <summary>This creation's frame as its constructor has it: with the arguments in place of all the creation data.</summary>
    internal CallFrame ForConstructor(ReadOnlyMemory<byte> arguments) => new(Transaction, Meter, Depth, Kind, Contract, CodeAddress, Caller, Value, arguments, Capabilities);

    /// <summary>True where the frame has all of these rights.</summary>
    public bool Has(Capabilities rights) => (Capabilities & rights) == rights;

    // What a program with WASI imports has open; made when it first asks.
    internal WasiFiles? Wasi { get; set; }

    // The account whose code was asked for last, which does not pay for it twice running (Stylus' last-code cache).
    internal Address? LastCode { get; set; }
}

/// <summary>How a frame ended.</summary>
/// <param name="Outcome">The outcome; anything but success has undone the frame's changes.</param>
/// <param name="Output">Return or revert data; empty for every other outcome.</param>
/// <param name="Execution">Where it trapped: for people, not for receipts.</param>
/// <param name="Error">Why a deployment was refused, or null.</param>
public sealed record FrameResult(Outcome Outcome, byte[] Output, ExecutionResult Execution, ModuleError? Error = null)
{
    internal static FrameResult Success { get; } = new(Outcome.Success, [], ExecutionResult.Success);

    internal static FrameResult Ended(Outcome outcome, ModuleError? error = null) => new(outcome, [], new ExecutionResult(outcome, TrapKind.None, -1, -1), error);
}
