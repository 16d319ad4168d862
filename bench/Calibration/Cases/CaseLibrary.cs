using System;
using System.Collections.Generic;
using System.IO.Enumeration;
using System.Linq;
using ContractVm.Gas;
using ContractVm.HostApi;

namespace ContractVm.Calibration;

/// <summary>All cases: of every instruction that contractvm-v1 accepts and of every host function.</summary>
public static class CaseLibrary
{
    /// <summary>The cases, instructions in the order of the opcode table first.</summary>
    public static IReadOnlyList<Case> All { get; } = Build();

    /// <summary>The instructions that contractvm-v1 accepts.</summary>
    public static IEnumerable<OpcodeInfo> Accepted => OpcodeTable.All.Where(static info =>
        (info.NeededFeatures & ~Profiles.ContractVmV1.Features) == Features.None && Profiles.ContractVmV1.Schedule.PriceOf((int)info.Opcode) != Schedule.Forbidden);

    /// <summary>The names that must have a case.</summary>
    public static IEnumerable<string> Names => Accepted.Select(static info => info.Name).Concat(HostTable.Entries.Select(static entry => HostCases.NameOf(entry.Name)));

    /// <summary>The cases whose name fits a pattern with * and ?; after an exclamation mark, those whose name does not.</summary>
    public static IReadOnlyList<Case> Matching(string pattern)
    {
        bool excludes = pattern.StartsWith('!');
        string names = excludes ? pattern[1..] : pattern;
        return All.Where(one => FileSystemName.MatchesSimpleExpression(names, one.Name, ignoreCase: false) != excludes).ToList();
    }

    private static List<Case> Build()
    {
        ILookup<string, Case> byName = ControlCases.All().Concat(ObjectCases.All()).Concat(MemoryCases.Bulk()).Concat(HostCases.All()).ToLookup(static one => one.Name, StringComparer.Ordinal);
        List<Case> cases = [];
        foreach (OpcodeInfo info in Accepted) cases.AddRange([.. NumericCases.Of(info), .. MemoryCases.Of(info), .. byName[info.Name]]);
        foreach (HostFunctionEntry entry in HostTable.Entries) cases.AddRange(byName[HostCases.NameOf(entry.Name)]);
        return cases;
    }
}
