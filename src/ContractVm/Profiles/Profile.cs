using System;
using System.Collections.Generic;
using ContractVm.Gas;

namespace ContractVm;

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

/// <summary>Rules of a profile that neither features nor limits express.</summary>
public interface IModuleRules
{
    /// <summary>What a decoded module breaks: the byte offset, the section and one sentence for each breach, in the order of the bytes.</summary>
    IEnumerable<(int Offset, string Section, string Detail)> Broken(Module module);
}

/// <summary>
/// A versioned, named, immutable set of what a module may hold and what it costs (design, section 3). Released profiles are
/// never edited, only added.
/// </summary>
public sealed record Profile
{
    /// <summary>Makes a profile.</summary>
    public Profile(string name, Features features, ModuleLimits limits, Schedule schedule, IModuleRules? rules = null)
    {
        Name = name;
        Features = features | Features.Core;
        Limits = limits;
        Schedule = schedule;
        Rules = rules;
    }

    /// <summary>The name, which carries the version.</summary>
    public string Name { get; init; }
    /// <summary>Accepted features.</summary>
    public Features Features { get; init; }
    /// <summary>Limits.</summary>
    public ModuleLimits Limits { get; init; }
    /// <summary>Prices.</summary>
    public Schedule Schedule { get; }
    /// <summary>
    /// Bytes that structs, arrays and exceptions of one execution may take together. Where they are more than the schedule's near pages,
    /// modules that can make any pay its far prices (<see cref="Module.HasFarMemory"/>).
    /// </summary>
    public ulong ObjectBytes { get; init; } = 512 << 10;
    /// <summary>Further rules, or null.</summary>
    public IModuleRules? Rules { get; }
    /// <summary>What the host offers and requires; null for bare modules, whose imports are resolved at instantiation.</summary>
    public IHostInterface? Host { get; init; }
}
