using System;
using System.Collections.Generic;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>What a module may have at most: the one place of all limits. Counts unless a unit is named.</summary>
public sealed record ModuleLimits
{
    /// <summary>Bytes of the module.</summary>
    public int ModuleBytes { get; init; } = 64 << 20;
    /// <summary>Types.</summary>
    public int Types { get; init; } = 1_000_000;
    /// <summary>Functions, imports included.</summary>
    public int Functions { get; init; } = 1_000_000;
    /// <summary>Imports.</summary>
    public int Imports { get; init; } = 100_000;
    /// <summary>Exports.</summary>
    public int Exports { get; init; } = 100_000;
    /// <summary>Globals.</summary>
    public int Globals { get; init; } = 1_000_000;
    /// <summary>Tables.</summary>
    public int Tables { get; init; } = 1_000;
    /// <summary>Memories.</summary>
    public int Memories { get; init; } = 100;
    /// <summary>Element segments.</summary>
    public int ElementSegments { get; init; } = 100_000;
    /// <summary>Elements of one segment.</summary>
    public int SegmentElements { get; init; } = 10_000_000;
    /// <summary>Data segments.</summary>
    public int DataSegments { get; init; } = 100_000;
    /// <summary>Parameters of a function type.</summary>
    public int Parameters { get; init; } = 1_000;
    /// <summary>Results of a function type.</summary>
    public int Results { get; init; } = 1_000;
    /// <summary>Locals of a function, parameters included.</summary>
    public int Locals { get; init; } = 50_000;
    /// <summary>Bytes of a function body.</summary>
    public int BodyBytes { get; init; } = 7_654_321;
    /// <summary>Constructs open at once in a body.</summary>
    public int Nesting { get; init; } = 4_000_000;
    /// <summary>Operands on the stack at once.</summary>
    public int Operands { get; init; } = 1_000_000;
    /// <summary>Targets of a br_table, without the default.</summary>
    public int BranchTargets { get; init; } = 65_520;
    /// <summary>Bytes of an import or export name.</summary>
    public int NameBytes { get; init; } = 100_000;
    /// <summary>Pages of a memory, at instantiation and after growing.</summary>
    public int MemoryPages { get; init; } = 65_536;
    /// <summary>Elements of a table, at instantiation and after growing.</summary>
    public int TableElements { get; init; } = 10_000_000;
}

/// <summary>What the host offers to modules and asks of them.</summary>
public interface IHostInterface
{
    /// <summary>The type of an importable function, or null where the host has none of that name.</summary>
    FunctionType? FindImport(string module, string name);

    /// <summary>The functions that a module must export, with their types.</summary>
    IReadOnlyList<(string Name, FunctionType Type)> RequiredFunctions { get; }

    /// <summary>The names of exported functions whose type is fixed where they exist.</summary>
    IReadOnlyList<(string Name, FunctionType Type)> OptionalFunctions { get; }

    /// <summary>The name under which a module must export its one memory, or null.</summary>
    string? RequiredMemory { get; }
}

/// <summary>
/// A versioned, named, immutable set of what a module may hold and what it costs (design, section 3). Released profiles are
/// never edited, only added.
/// </summary>
public sealed record Profile
{
    /// <summary>Makes a profile.</summary>
    public Profile(string name, Features features, ModuleLimits limits, Schedule schedule, IHostInterface? host = null)
    {
        Name = name;
        Features = features | Features.Core;
        Limits = limits;
        Schedule = schedule;
        Host = host;
    }

    /// <summary>The name, which carries the version.</summary>
    public string Name { get; }
    /// <summary>Accepted features.</summary>
    public Features Features { get; }
    /// <summary>Limits.</summary>
    public ModuleLimits Limits { get; }
    /// <summary>Prices.</summary>
    public Schedule Schedule { get; }
    /// <summary>What the host offers and requires; null for bare modules, whose imports are resolved at instantiation.</summary>
    public IHostInterface? Host { get; init; }
}

/// <summary>The built-in profiles, without a host interface.</summary>
public static class Profiles
{
    private const Features Version1 =
        Features.Core | Features.MutableGlobals | Features.SignExtension | Features.SaturatingConversions | Features.MultiValue
        | Features.BulkMemory | Features.ReferenceTypes | Features.Floats;

    /// <summary>
    /// The default for contracts: everything deterministic that the engines run, floats with canonical NaNs. Limits are on
    /// the scale that chains have needed (a module of 1 MiB, 8 MiB of memory).
    /// </summary>
    public static Profile ContractVmV1 { get; } = new(
        "contractvm-v1", Version1,
        new ModuleLimits
        {
            ModuleBytes = 1 << 20, Types = 4096, Functions = 10_000, Imports = 512, Exports = 1024, Globals = 4096, Tables = 16, Memories = 1,
            ElementSegments = 1024, SegmentElements = 65_536, DataSegments = 1024, Parameters = 100, Results = 16, Locals = 1024,
            BodyBytes = 256 << 10, Nesting = 4096, Operands = 8192, BranchTargets = 8192, NameBytes = 512, MemoryPages = 128, TableElements = 65_536,
        },
        ScheduleReader.LoadBuiltIn("contractvm-v1", OpcodeTable.Catalog));

    /// <summary>
    /// The bare language as far as the engines run it, for tools and tests: the limits that web engines share, and a start
    /// function, at the prices of contractvm-v1.
    /// </summary>
    public static Profile Bare { get; } = new(
        "wasm", Version1 | Features.StartFunction | Features.NonFunctionImports, new ModuleLimits(), ContractVmV1.Schedule);

    /// <summary>All built-in profiles.</summary>
    public static IReadOnlyList<Profile> All { get; } = [ContractVmV1, Bare];

    /// <summary>Finds a built-in profile by name.</summary>
    public static Profile? Find(string name)
    {
        foreach (Profile profile in All)
            if (string.Equals(profile.Name, name, StringComparison.Ordinal)) return profile;
        return null;
    }
}
