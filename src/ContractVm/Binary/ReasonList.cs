using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace ContractVm.Binary;

/// <summary>
/// Collects the reasons for which a module is refused. A feature that is not accepted is one reason however often it is used;
/// beyond a number that no one reads, reasons are only counted, so that memory stays in proportion.
/// </summary>
internal sealed class ReasonList
{
    private const int MostReasons = 1_000;
    private readonly List<ModuleReason> _reasons = [];
    private readonly Dictionary<Features, int> _positions = [];

    /// <summary>The reasons in the order of the bytes.</summary>
    public IReadOnlyList<ModuleReason> InOrder()
    {
        List<ModuleReason> sorted = [.. _reasons];
        // Stable: what was met first at an offset stays first.
        int[] order = new int[sorted.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        System.Array.Sort(order, (a, b) => _reasons[a].Error.Offset != _reasons[b].Error.Offset ? _reasons[a].Error.Offset.CompareTo(_reasons[b].Error.Offset) : a.CompareTo(b));
        for (int i = 0; i < order.Length; i++) sorted[i] = _reasons[order[i]];
        return sorted;
    }

    /// <summary>Reasons that were only counted.</summary>
    public int Uncounted { get; private set; }

    public void Add(ModuleError error)
    {
        if (error.Feature != Features.None && _positions.TryGetValue(error.Feature, out int position))
        {
            ref ModuleReason reason = ref CollectionsMarshal.AsSpan(_reasons)[position];
            reason = reason with { Occurrences = reason.Occurrences + 1 };
        }
        else if (_reasons.Count == MostReasons)
        {
            Uncounted++;
        }
        else
        {
            if (error.Feature != Features.None) _positions.Add(error.Feature, _reasons.Count);
            _reasons.Add(new ModuleReason(error, 1));
        }
    }
}
