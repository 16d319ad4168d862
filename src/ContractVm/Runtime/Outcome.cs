namespace ContractVm;

/// <summary>How an execution ends. Nothing else of how it went may leave it (design, section 3).</summary>
public enum Outcome : byte
{
    /// <summary>It returned.</summary>
    Success = 0,
    /// <summary>The contract refused: its changes are undone, its data is returned.</summary>
    Revert = 1,
    /// <summary>It trapped, or used the host interface wrongly: its changes are undone, no data is returned.</summary>
    Failure = 2,
    /// <summary>The ink did not suffice.</summary>
    OutOfInk = 3,
    /// <summary>The stack did not suffice.</summary>
    OutOfStack = 4,
}

/// <summary>Why an execution ended as <see cref="Outcome.Failure"/>: for people and tests, never for receipts.</summary>
public enum TrapKind : byte
{
    /// <summary>There was no trap.</summary>
    None = 0,
    /// <summary>unreachable was executed.</summary>
    Unreachable,
    /// <summary>Integer division by zero.</summary>
    DivideByZero,
    /// <summary>An integer result does not fit.</summary>
    IntegerOverflow,
    /// <summary>A NaN was converted to an integer.</summary>
    InvalidConversion,
    /// <summary>A memory access past the end.</summary>
    MemoryOutOfBounds,
    /// <summary>A table access past the end.</summary>
    TableOutOfBounds,
    /// <summary>call_indirect through an index past the table's end.</summary>
    UndefinedElement,
    /// <summary>call_indirect through a null element.</summary>
    UninitializedElement,
    /// <summary>call_indirect of a function of another type.</summary>
    IndirectCallTypeMismatch,
    /// <summary>A host function was used wrongly.</summary>
    HostFault,
    /// <summary>A null reference where an object, array or i31 is needed, or ref.as_non_null of null.</summary>
    NullReference,
    /// <summary>ref.cast to a type that the reference does not have.</summary>
    CastFailure,
    /// <summary>An array access past the end.</summary>
    ArrayOutOfBounds,
    /// <summary>An atomic access that is not aligned.</summary>
    UnalignedAtomic,
    /// <summary>Waiting on a memory that is not shared.</summary>
    ExpectedSharedMemory,
    /// <summary>An exception that nothing catches.</summary>
    UncaughtException,
    /// <summary>The profile's bytes for structs, arrays and exceptions are used up.</summary>
    ObjectMemoryExhausted,
}

/// <summary>What an execution came to.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Trap">Why it failed.</param>
/// <param name="TrapFunction">Index of the function that trapped, or -1.</param>
/// <param name="TrapOffset">Byte offset of the instruction that trapped, or -1.</param>
public readonly record struct ExecutionResult(Outcome Outcome, TrapKind Trap, int TrapFunction, int TrapOffset)
{
    /// <summary>The execution returned.</summary>
    public static ExecutionResult Success { get; } = new(Outcome.Success, TrapKind.None, -1, -1);
}

/// <summary>
/// The machine itself failed the node: no memory, a broken invariant. It stops the node and is never visible to a contract.
/// </summary>
public sealed class NodeFaultException(string message) : System.Exception(message);
