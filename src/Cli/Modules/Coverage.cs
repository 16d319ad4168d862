using System;
using System.Collections.Generic;

namespace ContractVm.Cli.Modules;

/// <summary>Counts which instructions of each function have run.</summary>
internal sealed class Coverage : ExecutionObserver
{
    private readonly SortedDictionary<int, HashSet<int>> _seen = [];

    /// <inheritdoc/>
    public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
    {
        if (!_seen.TryGetValue(function, out HashSet<int>? offsets)) _seen.Add(function, offsets = []);
        offsets.Add(offset);
    }

    /// <summary>For each function that the module defines: its index, instructions that have run, and all of them.</summary>
    public IEnumerable<(int Function, int Run, int All)> Functions(Module module)
    {
        for (int i = 0; i < module.Bodies.Count; i++)
        {
            int function = module.ImportedFunctions + i;
            yield return (function, _seen.TryGetValue(function, out HashSet<int>? offsets) ? offsets.Count : 0, module.InstructionOffsets(i).Count);
        }
    }
}
