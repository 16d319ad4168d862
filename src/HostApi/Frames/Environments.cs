using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>What a contract may ask of the block it runs in. The same for every transaction of the block.</summary>
/// <param name="Number">Block number.</param>
/// <param name="Timestamp">Seconds since 1970.</param>
/// <param name="Coinbase">Who gets the priority fees.</param>
/// <param name="GasLimit">Gas that the block may use.</param>
/// <param name="BaseFee">Wei of each unit of gas that is burnt (EIP-1559).</param>
/// <param name="ChainId">Chain id (EIP-155).</param>
public sealed record BlockEnvironment(ulong Number, ulong Timestamp, Address Coinbase, ulong GasLimit, UInt256 BaseFee, ulong ChainId);

/// <summary>Rights of a frame: a host function runs only where its frame has what it needs.</summary>
[Flags]
public enum Capabilities : uint
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Read accounts and storage.</summary>
    ReadState = 1,
    /// <summary>Change storage.</summary>
    WriteState = 2,
    /// <summary>Emit logs.</summary>
    Log = 4,
    /// <summary>Read the block, the transaction and the frame.</summary>
    ReadEnvironment = 8,
    /// <summary>Call other contracts, which get no right that the caller has not.</summary>
    Call = 16,
    /// <summary>Send wei along with a call.</summary>
    Transfer = 32,
    /// <summary>Deploy contracts.</summary>
    Create = 64,
    /// <summary>The first of the rights that an embedder gives its own host functions; the bits above are its own too.</summary>
    FirstOfEmbedder = 1 << 16,
    /// <summary>All of a frame that may change things.</summary>
    All = ReadState | WriteState | Log | ReadEnvironment | Call | Transfer | Create,
    /// <summary>All of a frame that may not (static calls, view calls).</summary>
    View = ReadState | ReadEnvironment | Call,
    /// <summary>What a static call takes from its caller's rights.</summary>
    Changing = WriteState | Log | Transfer | Create,
}
