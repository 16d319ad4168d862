namespace ContractVm.StateStore;

/// <summary>Why a proof shows nothing.</summary>
public enum ProofFaultKind
{
    /// <summary>The proof ends before the key's place, or has no nodes where the trie has some.</summary>
    MissingNode,

    /// <summary>A node has another hash than its parent, or the root, says.</summary>
    WrongHash,

    /// <summary>A node is not canonical RLP, or no node of a trie.</summary>
    Malformed,

    /// <summary>There are nodes behind the one that settles the question.</summary>
    ExtraNodes,

    /// <summary>The proof is sound and shows something else than what is stated.</summary>
    OtherValue,
}

/// <summary>What is wrong with a proof.</summary>
/// <param name="Kind">Which kind of fault.</param>
/// <param name="Message">One line: where, and what was expected.</param>
public sealed record ProofFault(ProofFaultKind Kind, string Message)
{
    /// <summary>The same fault, with what it belongs to before the message.</summary>
    internal ProofFault Of(string owner) => this with { Message = $"{owner}: {Message}" };
}
