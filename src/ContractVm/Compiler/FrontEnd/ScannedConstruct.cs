namespace ContractVm.Compiler.FrontEnd;

/// <summary>What the scan found out about a construct.</summary>
internal struct ScannedConstruct
{
    /// <summary>block, loop, if or try_table.</summary>
    public Opcode Opcode;
    /// <summary>A reachable branch goes to its label.</summary>
    public bool IsTargeted;
    /// <summary>An if with two arms.</summary>
    public bool HasElse;
    /// <summary>Constructs around it, the body included, and the innermost of them.</summary>
    public int Depth, Parent;
    /// <summary>Depth of the outermost construct that is targeted from inside.</summary>
    public int OutermostTarget;
    /// <summary>The first arm falls through.</summary>
    public bool IsLeft;
    /// <summary>Range of the locals that come to its label as block parameters.</summary>
    public int FirstMerged, MergedCount;
    /// <summary>Of an if: range of the locals that are assigned inside.</summary>
    public int FirstAssigned, AssignedCount;
    /// <summary>The innermost try_table with clauses around it, or -1.</summary>
    public int Handler;
    /// <summary>Of a try_table: its clauses, whether something inside may throw, and the range of the locals that exceptions bring.</summary>
    public int FirstClause, ClauseCount;
    public bool IsThrownTo;
    public int FirstThrown, ThrownCount;
}
