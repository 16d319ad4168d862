using System;
using System.Collections.Generic;
using System.Linq;

namespace ContractVm.Fuzz;

/// <summary>All targets.</summary>
public static class FuzzTargets
{
    /// <summary>All targets, by the names of the command line.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } = [new DecoderTarget(), new BytesTarget(), new StructureTarget(), new TextTarget(), new RoundTripTarget()];

    /// <summary>Finds a target.</summary>
    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => string.Equals(target.Name, name, StringComparison.Ordinal));
}
