using System.Collections.Generic;

namespace ContractVm.Fuzz.Differential;

/// <summary>A function that a program defines.</summary>
internal sealed class ProgramFunction(int id, Signature signature)
{
    /// <summary>What nodes name it by; it stays when others are taken away.</summary>
    public int Id { get; } = id;
    public Signature Signature { get; set; } = signature;
    /// <summary>Types of the declared locals.</summary>
    public string Locals { get; set; } = "";
    public List<ProgramNode> Body { get; set; } = [];
}

/// <summary>An imported function.</summary>
internal sealed record ImportedProgramFunction(int Id, string Module, string Name, Signature Signature);

/// <param name="Import">Module and name that it is imported by; null where the module defines it.</param>
/// <param name="Element">Type letter of the elements.</param>
/// <param name="Size">Elements at the start.</param>
/// <param name="Maximum">Elements at most, or null.</param>
/// <param name="Is64">Indices are i64.</param>
internal sealed record ProgramTable((string Module, string Name)? Import, char Element, uint Size, uint? Maximum, bool Is64);

/// <param name="Import">Module and name that it is imported by; null where the module defines it.</param>
/// <param name="Pages">Pages at the start.</param>
/// <param name="Maximum">Pages at most, or null.</param>
/// <param name="Is64">Addresses are i64.</param>
/// <param name="IsShared">Declared as shared.</param>
internal sealed record ProgramMemory((string Module, string Name)? Import, uint Pages, uint? Maximum, bool Is64, bool IsShared);

/// <param name="Import">Module and name that it is imported by; null where the module defines it.</param>
/// <param name="Type">Type letter.</param>
/// <param name="IsMutable">May be set.</param>
/// <param name="Initial">What makes its first value, where the module defines it.</param>
internal sealed record ProgramGlobal((string Module, string Name)? Import, char Type, bool IsMutable, ProgramNode? Initial);

/// <param name="Table">Table of an active segment, -1 for a passive one.</param>
/// <param name="Offset">Where an active one goes.</param>
/// <param name="Element">Type letter of the elements.</param>
/// <param name="Functions">Ids of functions, null elements where negative.</param>
internal sealed record ProgramElements(int Table, uint Offset, char Element, List<int> Functions);

/// <param name="Memory">Memory of an active segment, -1 for a passive one.</param>
/// <param name="Offset">Where an active one goes.</param>
/// <param name="Bytes">Its bytes.</param>
internal sealed record ProgramData(int Memory, uint Offset, byte[] Bytes);

/// <summary>A module as a tree. Imported functions, tables, memories and globals come first in their index spaces.</summary>
internal sealed class ProgramModule
{
    /// <summary>Signatures that references A, B, … are to; of lower case letters only.</summary>
    public List<Signature> Named { get; } = [];
    public List<ImportedProgramFunction> Imports { get; } = [];
    public List<ProgramFunction> Functions { get; } = [];
    public List<ProgramTable> Tables { get; } = [];
    public List<ProgramMemory> Memories { get; } = [];
    public List<ProgramGlobal> Globals { get; } = [];
    public List<ProgramElements> Elements { get; } = [];
    public List<ProgramData> Data { get; } = [];
    /// <summary>Id of the start function, or -1.</summary>
    public int Start { get; set; } = -1;

    /// <summary>The name that a function is exported by.</summary>
    public static string ExportName(int id) => $"f{id}";
}
