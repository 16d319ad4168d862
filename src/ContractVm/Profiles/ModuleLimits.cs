using System;
using System.Collections.Generic;

namespace ContractVm;

/// <summary>What is limited. Counts unless the name has a unit.</summary>
public enum Limit
{
    /// <summary>Bytes of the module.</summary>
    ModuleBytes,
    /// <summary>Types, members of recursive groups included.</summary>
    Types,
    /// <summary>Functions, imports included.</summary>
    Functions,
    /// <summary>Imports.</summary>
    Imports,
    /// <summary>Exports.</summary>
    Exports,
    /// <summary>Globals, imports included.</summary>
    Globals,
    /// <summary>Tables, imports included.</summary>
    Tables,
    /// <summary>Memories, imports included.</summary>
    Memories,
    /// <summary>Exception tags, imports included.</summary>
    Tags,
    /// <summary>Element segments.</summary>
    ElementSegments,
    /// <summary>Elements of one segment.</summary>
    SegmentElements,
    /// <summary>Elements of all segments together.</summary>
    TotalElements,
    /// <summary>Data segments.</summary>
    DataSegments,
    /// <summary>Parameters of a function type.</summary>
    Parameters,
    /// <summary>Results of a function type.</summary>
    Results,
    /// <summary>Fields of a struct type.</summary>
    Fields,
    /// <summary>Supertypes above a type.</summary>
    SubtypingDepth,
    /// <summary>Locals of a function, parameters included.</summary>
    Locals,
    /// <summary>Locals that a function declares, without its parameters.</summary>
    DeclaredLocals,
    /// <summary>Bytes of a function body.</summary>
    BodyBytes,
    /// <summary>Instructions of a function body.</summary>
    Instructions,
    /// <summary>Constructs open at once in a body, the body itself included.</summary>
    Nesting,
    /// <summary>Words of operands on the stack at once: two for a v128.</summary>
    Operands,
    /// <summary>Targets of a br_table, without the default.</summary>
    BranchTargets,
    /// <summary>Catch clauses of a try_table.</summary>
    CatchClauses,
    /// <summary>Elements of array.new_fixed.</summary>
    FixedArrayElements,
    /// <summary>Bytes of an import or export name.</summary>
    NameBytes,
    /// <summary>Pages (64 KiB) of a memory, at instantiation and after growing.</summary>
    MemoryPages,
    /// <summary>Elements of a table, at instantiation and after growing.</summary>
    TableElements,
}

/// <summary>
/// What a module may have at most: the one place of all limits. Without an entry, a limit is the one that web engines share
/// (WebAssembly JavaScript interface, "Limits of the implementation"), or where they name none, one that only a hostile
/// module meets. Immutable; safe for concurrent use.
/// </summary>
public sealed class ModuleLimits
{
    private readonly ulong[] _values = new ulong[Rows.Count];

    /// <summary>One row for each limit: what it is called, the error where it is exceeded, and its value where none is given.</summary>
    public static IReadOnlyList<(Limit Limit, string Name, ModuleErrorCode Code, ulong Default)> Rows { get; } =
    [
        (Limit.ModuleBytes, "bytes", ModuleErrorCode.ModuleTooLarge, 1UL << 30),
        (Limit.Types, "types", ModuleErrorCode.TooManyItems, 1_000_000),
        (Limit.Functions, "functions", ModuleErrorCode.TooManyItems, 1_000_000),
        (Limit.Imports, "imports", ModuleErrorCode.TooManyItems, 1_000_000),
        (Limit.Exports, "exports", ModuleErrorCode.TooManyItems, 1_000_000),
        (Limit.Globals, "globals", ModuleErrorCode.TooManyItems, 1_000_000),
        (Limit.Tables, "tables", ModuleErrorCode.TooManyItems, 100_000),
        (Limit.Memories, "memories", ModuleErrorCode.TooManyItems, 100_000),
        (Limit.Tags, "tags", ModuleErrorCode.TooManyItems, 1_000_000),
        (Limit.ElementSegments, "element segments", ModuleErrorCode.TooManyItems, 10_000_000),
        (Limit.SegmentElements, "elements of a segment", ModuleErrorCode.TooManyItems, 10_000_000),
        (Limit.TotalElements, "elements of all segments", ModuleErrorCode.TooManyItems, 1UL << 32),
        (Limit.DataSegments, "data segments", ModuleErrorCode.TooManyItems, 100_000),
        (Limit.Parameters, "parameters", ModuleErrorCode.SignatureLimit, 1_000),
        (Limit.Results, "results", ModuleErrorCode.SignatureLimit, 1_000),
        (Limit.Fields, "fields of a struct", ModuleErrorCode.SignatureLimit, 10_000),
        (Limit.SubtypingDepth, "supertypes above a type", ModuleErrorCode.SubtypingLimit, 63),
        (Limit.Locals, "parameters and locals", ModuleErrorCode.LocalsLimit, 50_000),
        (Limit.DeclaredLocals, "declared locals", ModuleErrorCode.LocalsLimit, 50_000),
        (Limit.BodyBytes, "bytes of a body", ModuleErrorCode.BodyTooLarge, 7_654_321),
        (Limit.Instructions, "instructions of a body", ModuleErrorCode.BodyTooLarge, 10_000_000),
        (Limit.Nesting, "nested constructs", ModuleErrorCode.NestingLimit, 10_000_000),
        (Limit.Operands, "words of operands on the stack", ModuleErrorCode.OperandLimit, 4_000_000),
        (Limit.BranchTargets, "targets of a br_table", ModuleErrorCode.BranchTableLimit, 65_520),
        (Limit.CatchClauses, "catch clauses of a try_table", ModuleErrorCode.BranchTableLimit, 10_000),
        (Limit.FixedArrayElements, "elements of array.new_fixed", ModuleErrorCode.OperandLimit, 10_000),
        (Limit.NameBytes, "bytes of a name", ModuleErrorCode.NameLimit, 100_000),
        (Limit.MemoryPages, "pages of a memory", ModuleErrorCode.MemoryLimit, 65_536),
        (Limit.TableElements, "elements of a table", ModuleErrorCode.TableLimit, 10_000_000),
    ];

    /// <summary>Makes the default limits.</summary>
    public ModuleLimits()
    {
        foreach ((Limit limit, _, _, ulong value) in Rows) _values[(int)limit] = value;
    }

    /// <summary>One limit.</summary>
    public ulong this[Limit limit]
    {
        get => _values[(int)limit];
        init => _values[(int)limit] = value;
    }

    /// <summary>The same limits with one changed.</summary>
    public ModuleLimits With(Limit limit, ulong value)
    {
        ModuleLimits copy = new();
        Array.Copy(_values, copy._values, _values.Length);
        copy._values[(int)limit] = value;
        return copy;
    }
}

/// <summary>
/// How much of everything a module has: for each limit the number that is held against it, the greatest where there are
/// several. Filled by the decoder.
/// </summary>
public sealed class ModuleMeasures
{
    private readonly ulong[] _values = new ulong[ModuleLimits.Rows.Count];

    /// <summary>One measure.</summary>
    public ulong this[Limit limit] => _values[(int)limit];

    /// <summary>Notes a number; the greatest stays.</summary>
    internal void Note(Limit limit, ulong value)
    {
        ref ulong greatest = ref _values[(int)limit];
        if (value > greatest) greatest = value;
    }

    /// <summary>Takes the greater of each measure of two.</summary>
    internal void Merge(ModuleMeasures other)
    {
        for (int i = 0; i < _values.Length; i++) _values[i] = Math.Max(_values[i], other._values[i]);
    }
}
