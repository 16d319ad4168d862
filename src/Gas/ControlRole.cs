namespace ContractVm.Gas;

/// <summary>What an instruction does to the flow of control, as far as metering blocks care.</summary>
public enum ControlRole : byte
{
    /// <summary>Falls through; neither opens nor closes a construct.</summary>
    Ordinary,
    /// <summary>Opens a construct whose label is its end (block, try_table).</summary>
    Block,
    /// <summary>Opens a construct whose label is its start.</summary>
    Loop,
    /// <summary>Opens a construct and branches on a condition.</summary>
    If,
    /// <summary>Ends the first arm of an if and starts the second.</summary>
    Else,
    /// <summary>Closes a construct or the function.</summary>
    End,
    /// <summary>Branches always.</summary>
    Branch,
    /// <summary>Branches or falls through.</summary>
    BranchIf,
    /// <summary>Branches to one of several labels.</summary>
    BranchTable,
    /// <summary>Leaves the function.</summary>
    Return,
    /// <summary>Calls and comes back.</summary>
    Call,
    /// <summary>Calls and does not come back.</summary>
    TailCall,
    /// <summary>Raises an exception.</summary>
    Throw,
    /// <summary>Always traps.</summary>
    Trap,
}

/// <summary>
/// The instructions that a schedule prices. Gas knows no engine: it sees dense ids and names.
/// </summary>
public interface IOpcodeCatalog
{
    /// <summary>Every id is below this number.</summary>
    int IdLimit { get; }

    /// <summary>The name of an instruction in the text format, or null for an id that names none.</summary>
    string? NameOf(int id);
}
