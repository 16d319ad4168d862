using System;

namespace ContractVm.StateStore;

/// <summary>Why a store refused to do something.</summary>
public enum StoreFault
{
    /// <summary>The storage engine reported an error: the disk is full, a file cannot be read, and the like.</summary>
    Engine,

    /// <summary>What is stored contradicts itself: a checksum, a row that cannot be decoded, a row that must exist and does not.</summary>
    Corrupt,

    /// <summary>Another process, or another store in this process, has the directory open.</summary>
    Locked,

    /// <summary>The native library of the storage engine is not installed.</summary>
    LibraryMissing,

    /// <summary>There is no database at the place that was given.</summary>
    NotFound,

    /// <summary>The database was written in a format that this build does not know.</summary>
    UnknownFormat,

    /// <summary>The database belongs to a chain with another id or another genesis block.</summary>
    OtherChain,

    /// <summary>Blocks that were acknowledged as being on the disk are not there: the end of the log was lost or damaged.</summary>
    LostBlocks,

    /// <summary>The block asked for is older than the oldest block whose state is kept.</summary>
    BelowFloor,

    /// <summary>The block asked for is newer than the head.</summary>
    AboveHead,
}

/// <summary>A store cannot do what was asked; the message says in one line what is wrong and, where there is one, the remedy.</summary>
public sealed class StoreException : Exception
{
    /// <summary>Describes one refusal.</summary>
    public StoreException(StoreFault fault, string message) : base(message) => Fault = fault;

    /// <summary>Why the store refused.</summary>
    public StoreFault Fault { get; }
}
