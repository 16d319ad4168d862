using System;
using System.Collections.Generic;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>What an import or export is.</summary>
public enum ExternalKind : byte
{
    /// <summary>A function.</summary>
    Function = 0,
    /// <summary>A table.</summary>
    Table = 1,
    /// <summary>A memory.</summary>
    Memory = 2,
    /// <summary>A global.</summary>
    Global = 3,
    /// <summary>An exception tag.</summary>
    Tag = 4,
}

/// <summary>A range of the module's bytes.</summary>
/// <param name="Start">Offset of the first byte.</param>
/// <param name="End">Offset after the last byte.</param>
public readonly record struct ByteRange(int Start, int End)
{
    /// <summary>Number of bytes.</summary>
    public int Length => End - Start;
}

/// <summary>An import.</summary>
/// <param name="Module">Module name.</param>
/// <param name="Name">Name in that module.</param>
/// <param name="Kind">What is imported.</param>
/// <param name="Index">Its index in the index space of its kind.</param>
/// <param name="Offset">Byte offset of the import.</param>
public sealed record Import(string Module, string Name, ExternalKind Kind, int Index, int Offset);

/// <summary>An export.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What is exported.</param>
/// <param name="Index">Index in the index space of its kind.</param>
/// <param name="Offset">Byte offset of the export.</param>
public sealed record Export(string Name, ExternalKind Kind, int Index, int Offset);

/// <summary>A global that the module defines.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Initializer">Bytes of its constant expression, with the end.</param>
public sealed record GlobalDefinition(GlobalType Type, ByteRange Initializer);

/// <summary>A table that the module defines.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Initializer">Bytes of the constant expression for its elements, with the end; empty where they start as null.</param>
public sealed record TableDefinition(TableType Type, ByteRange Initializer);

/// <summary>Declared locals of one type that follow one another.</summary>
/// <param name="Count">How many.</param>
/// <param name="Type">Their type.</param>
public readonly record struct LocalRun(uint Count, ValueType Type);

/// <summary>How a segment is used.</summary>
public enum SegmentMode : byte
{
    /// <summary>Copied at instantiation.</summary>
    Active,
    /// <summary>Copied on request.</summary>
    Passive,
    /// <summary>Only declares function references.</summary>
    Declarative,
}

/// <summary>A data segment.</summary>
/// <param name="Mode">Active or passive.</param>
/// <param name="Memory">Memory of an active segment.</param>
/// <param name="Offset">Bytes of an active segment's offset expression.</param>
/// <param name="Bytes">The data.</param>
public sealed record DataSegment(SegmentMode Mode, int Memory, ByteRange Offset, ByteRange Bytes);

/// <summary>An element segment.</summary>
/// <param name="Mode">Active, passive or declarative.</param>
/// <param name="Table">Table of an active segment.</param>
/// <param name="Offset">Bytes of an active segment's offset expression.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="FunctionIndices">The elements as function indices, or null where they are expressions.</param>
/// <param name="Expressions">The elements as constant expressions, or null where they are function indices.</param>
public sealed record ElementSegment(
    SegmentMode Mode, int Table, ByteRange Offset, ValueType Type, int[]? FunctionIndices, ByteRange[]? Expressions)
{
    /// <summary>Number of elements.</summary>
    public int Count => FunctionIndices?.Length ?? Expressions!.Length;
}

/// <summary>A function that the module defines, after validation.</summary>
public sealed class FunctionBody
{
    internal FunctionBody(int typeIndex, ByteRange code)
    {
        TypeIndex = typeIndex;
        Code = code;
    }

    /// <summary>Index of its type.</summary>
    public int TypeIndex { get; }
    /// <summary>The bytes of its entry in the code section: local declarations and instructions.</summary>
    public ByteRange Code { get; }
    /// <summary>The bytes of its instructions, with the last end.</summary>
    public ByteRange Instructions { get; internal set; }
    /// <summary>Its declared locals, parameters not included, as they stand in the bytes: never more runs than bytes.</summary>
    public LocalRun[] DeclaredLocals { get; internal set; } = [];
    /// <summary>Number of parameters and declared locals.</summary>
    public int LocalCount { get; internal set; }
    /// <summary>Words of the parameters and declared locals: two for a v128, one for everything else.</summary>
    public int LocalWords { get; internal set; }
    /// <summary>Words of the operands on the stack at most.</summary>
    public int MaxOperandWords { get; internal set; }
    /// <summary>Number of its instructions, the last end included.</summary>
    public int InstructionCount { get; internal set; }
    /// <summary>What running it costs.</summary>
    public FunctionPlan Plan { get; internal set; } = null!;
}

/// <summary>
/// A decoded and validated module (WebAssembly 3.0, "Modules"). Immutable once loaded; safe for concurrent use.
/// </summary>
public sealed class Module
{
    internal Module(ReadOnlyMemory<byte> bytes, Profile profile)
    {
        Bytes = bytes;
        Profile = profile;
    }

    /// <summary>The module in the binary format.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }
    /// <summary>The profile that it was validated against.</summary>
    public Profile Profile { get; }
    /// <summary>The features that it uses.</summary>
    public Features UsedFeatures { get; internal set; } = Features.Core;
    /// <summary>How much of everything that is limited it has.</summary>
    public ModuleMeasures Measures { get; internal set; } = new();

    internal TypeSpace TypeSpace { get; } = new();
    /// <summary>Type indices below this may be referred to: while a recursive group is read, its end.</summary>
    internal int TypeSpaceLimit { get; set; }
    internal List<int> TagTypeIndices { get; } = [];
    internal List<TableDefinition> TableDefinitions { get; } = [];
    internal List<Import> ImportList { get; } = [];
    internal List<int> FunctionTypeIndices { get; } = [];
    internal List<TableType> TableList { get; } = [];
    internal List<MemoryType> MemoryList { get; } = [];
    internal List<GlobalType> GlobalTypeList { get; } = [];
    internal List<GlobalDefinition> GlobalDefinitions { get; } = [];
    internal List<Export> ExportList { get; } = [];
    internal List<ElementSegment> ElementList { get; } = [];
    internal List<DataSegment> DataList { get; } = [];
    internal List<FunctionBody> BodyList { get; } = [];
    internal List<(string Name, ByteRange Range)> CustomSectionList { get; } = [];
    internal Dictionary<string, Export> ExportsByName { get; } = new(StringComparer.Ordinal);

    /// <summary>The types of the type section.</summary>
    public IReadOnlyList<DefinedType> Types => TypeSpace.Types;
    /// <summary>The imports, in order.</summary>
    public IReadOnlyList<Import> Imports => ImportList;
    /// <summary>All tables, imported ones first.</summary>
    public IReadOnlyList<TableType> Tables => TableList;
    /// <summary>All memories, imported ones first.</summary>
    public IReadOnlyList<MemoryType> Memories => MemoryList;
    /// <summary>Types of all globals, imported ones first.</summary>
    public IReadOnlyList<GlobalType> Globals => GlobalTypeList;
    /// <summary>The exports, in order.</summary>
    public IReadOnlyList<Export> Exports => ExportList;
    /// <summary>The element segments.</summary>
    public IReadOnlyList<ElementSegment> Elements => ElementList;
    /// <summary>The data segments.</summary>
    public IReadOnlyList<DataSegment> Data => DataList;
    /// <summary>The functions that the module defines.</summary>
    public IReadOnlyList<FunctionBody> Bodies => BodyList;
    /// <summary>Names and contents of the custom sections.</summary>
    public IReadOnlyList<(string Name, ByteRange Range)> CustomSections => CustomSectionList;
    /// <summary>Index of the start function, or -1.</summary>
    public int StartFunction { get; internal set; } = -1;
    /// <summary>Number of imported functions; they have the first indices.</summary>
    public int ImportedFunctions { get; internal set; }
    /// <summary>Number of imported tables; they have the first indices.</summary>
    public int ImportedTables => TableList.Count - TableDefinitions.Count;
    /// <summary>Number of exception tags, imported ones included.</summary>
    public int TagCount => TagTypeIndices.Count;
    /// <summary>Number of imported globals; they have the first indices.</summary>
    public int ImportedGlobals { get; internal set; }
    /// <summary>Number of functions, imported ones included.</summary>
    public int FunctionCount => FunctionTypeIndices.Count;
    /// <summary>Function names of the name section; empty where there is none.</summary>
    public IReadOnlyDictionary<int, string> FunctionNames { get; internal set; } = new Dictionary<int, string>();
    /// <summary>Ink that deploying the module costs under its profile's schedule.</summary>
    public ulong DeploymentInk { get; private set; }

    /// <summary>Ink that making an instance costs under its profile's schedule; the memory's pages are not in it.</summary>
    public ulong InstanceInk { get; private set; }

    /// <summary>
    /// True where the memories may grow to more pages together than the schedule calls near, or structs, arrays and exceptions may take
    /// more bytes than those: accesses cost more then (<see cref="Schedule.PriceOf"/>). A memory without a maximum may.
    /// </summary>
    public bool HasFarMemory { get; private set; }

    /// <summary>Ink that each call of a host function costs on top of its own price.</summary>
    public ulong HostSurcharge { get; private set; }

    /// <summary>True where the name section, if there is one, could be read to its end.</summary>
    public bool HasReadableNames { get; internal set; } = true;

    /// <summary>Type of a function, by its index in the index space.</summary>
    public FunctionType TypeOfFunction(int index) => TypeSpace[FunctionTypeIndices[index]].Function!;

    /// <summary>Type of a tag, by its index in the index space: the parameters are what an exception carries.</summary>
    public FunctionType TypeOfTag(int index) => TypeSpace[TagTypeIndices[index]].Function!;

    /// <summary>
    /// The least ink with which a function that the module defines can return under its profile's schedule, without its callees
    /// and what is charged by size; null where it never returns.
    /// </summary>
    /// <param name="function">Index in the function index space.</param>
    public ulong? LeastInk(int function) => Validation.LeastCost.Of(this, BodyList[function - ImportedFunctions]);

    /// <summary>What stands at a byte offset that is the start of an instruction of a body; null where there is no opcode.</summary>
    public OpcodeInfo? InstructionAt(int offset)
    {
        ReadOnlySpan<byte> bytes = Bytes.Span;
        if ((uint)offset >= (uint)bytes.Length) return null;
        try
        {
            Binary.ByteReader reader = new(bytes, new ByteRange(offset, bytes.Length));
            return Binary.InstructionReader.ReadOpcode(ref reader);
        }
        catch (ModuleException)
        {
            return null;
        }
    }

    /// <summary>Byte offsets of all instructions of a body, the last end included.</summary>
    /// <param name="body">Index in <see cref="Bodies"/>.</param>
    public IReadOnlyList<int> InstructionOffsets(int body)
    {
        List<int> offsets = [];
        Binary.ByteReader reader = new(Bytes.Span, BodyList[body].Instructions);
        while (!reader.IsAtEnd)
        {
            offsets.Add(reader.Position);
            OpcodeInfo info = Binary.InstructionReader.ReadOpcode(ref reader) ?? throw new NodeFaultException("a validated body holds an unknown opcode");
            Binary.ImmediateSkipper.Skip(ref reader, info.Immediates);
        }

        return offsets;
    }

    /// <summary>Finds an export by name.</summary>
    public bool TryGetExport(string name, out Export export) => ExportsByName.TryGetValue(name, out export!);

    /// <summary>
    /// Decodes and validates a module against a profile. The result depends on the bytes and the profile alone, whatever the
    /// number of threads.
    /// </summary>
    /// <param name="bytes">The module in the binary format.</param>
    /// <param name="profile">What it may hold.</param>
    /// <param name="module">The module, where the result is true.</param>
    /// <param name="error">The first error in the order of the bytes, where the result is false.</param>
    /// <param name="threads">Function bodies are validated on so many threads at most.</param>
    public static bool TryLoad(ReadOnlyMemory<byte> bytes, Profile profile, out Module module, out ModuleError error, int threads = 1)
    {
        try
        {
            module = Binary.ModuleDecoder.Decode(bytes, profile, threads);
            error = null!;
            return true;
        }
        catch (ModuleException exception)
        {
            module = null!;
            error = exception.Error;
            return false;
        }
    }

    /// <summary>
    /// Reads a module for people: goes on after an error where the bytes allow it, and tells every reason for which the profile
    /// refuses the module.
    /// </summary>
    public static ModuleExamination Examine(ReadOnlyMemory<byte> bytes, Profile profile) => Binary.ModuleDecoder.Examine(bytes, profile);

    /// <summary>Decides <see cref="HasFarMemory"/>, which prices of bodies depend on, once types, memories and tags are known.</summary>
    internal void FindFarMemory()
    {
        ulong pages = 0, near = Profile.Schedule.NearPages;
        foreach (MemoryType memory in MemoryList) pages = Ink.Add(pages, memory.Limits.Maximum ?? ulong.MaxValue);
        bool hasObjects = TagTypeIndices.Count > 0;
        foreach (DefinedType type in TypeSpace.Types) hasObjects |= type.Function is null;
        HasFarMemory = pages > near || (hasObjects && Profile.ObjectBytes > Ink.Multiply(near, MemoryType.PageSize));
    }

    /// <summary>Sums up what all of the module costs to deploy and to make an instance of (docs/GAS.md, "Transactions").</summary>
    internal void ComputeInk()
    {
        ulong operations = 0, segmentBytes = 0;
        foreach (FunctionBody body in BodyList) operations += (ulong)body.InstructionCount;
        foreach (DataSegment segment in DataList) segmentBytes += (ulong)segment.Bytes.Length;
        DeploymentInk = Ink.Add(Profile.Schedule.DeploymentInk(Bytes.Length), Profile.Schedule.ContentsInk(BodyList.Count, operations, segmentBytes));
        HostSurcharge = HasFarMemory ? Profile.Schedule.HostFar : 0;
        ulong elements = (ulong)GlobalTypeList.Count, dataBytes = 0;
        foreach (TableType table in TableList) elements = Ink.Add(elements, table.Limits.Minimum);
        foreach (ElementSegment segment in ElementList) elements += (ulong)segment.Count;
        foreach (DataSegment segment in DataList)
            if (segment.Mode == SegmentMode.Active) dataBytes += (ulong)segment.Bytes.Length;
        InstanceInk = Profile.Schedule.InstanceInk(elements, dataBytes);
    }
}
