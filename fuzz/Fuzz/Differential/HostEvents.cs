using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ContractVm.Fuzz.Differential;

/// <summary>What host functions saw, in order. The first ones are kept whole, of the rest a hash.</summary>
internal sealed class HostEvents(Func<long, bool> isNoted)
{
    private const int MostKept = 500;
    private readonly List<(string Name, int Number, ulong[] Values, ulong Ink, ulong Words)> _kept = [];
    private long _calls;
    private ulong _hash;

    /// <summary>Adds one.</summary>
    public void Add(string name, int number, ulong[] values, ulong ink, ulong words)
    {
        if (!isNoted(_calls++)) return;
        if (_kept.Count < MostKept) _kept.Add((name, number, values, ink, words));
        ulong hash = (_hash ^ (ulong)number ^ ink * 3 ^ words * 5) * 0x9E37_79B9_7F4A_7C15;
        foreach (char letter in name) hash = (hash ^ letter) * 31;
        foreach (ulong value in values) hash = (hash ^ value) * 0x9E37_79B9_7F4A_7C15 + (hash >> 31);
        _hash = hash;
        Count++;
    }

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>The first one that differs from another's; null where there is none.</summary>
    public string? DifferenceFrom(HostEvents other)
    {
        if (Count == other.Count && _hash == other._hash) return null;
        for (int i = 0; i < Math.Max(_kept.Count, other._kept.Count); i++)
            if (i >= _kept.Count || i >= other._kept.Count || !IsSame(_kept[i], other._kept[i])) return string.Create(CultureInfo.InvariantCulture, $"host call {i}: {Text(i)}, expected {other.Text(i)}");
        return string.Create(CultureInfo.InvariantCulture, $"one of {Count} host calls after the first {MostKept}, expected {other.Count}");
    }

    private static bool IsSame((string Name, int Number, ulong[] Values, ulong Ink, ulong Words) a, (string Name, int Number, ulong[] Values, ulong Ink, ulong Words) b) =>
        (a.Name, a.Number, a.Ink, a.Words) == (b.Name, b.Number, b.Ink, b.Words) && a.Values.AsSpan().SequenceEqual(b.Values);

    private string Text(int index)
    {
        if (index >= _kept.Count) return "none";
        (string name, int number, ulong[] values, ulong ink, ulong words) = _kept[index];
        return string.Create(CultureInfo.InvariantCulture, $"{name} {number} ({string.Join(' ', values.Select(static value => value.ToString("x", CultureInfo.InvariantCulture)))}) ink {ink} words {words}");
    }
}
