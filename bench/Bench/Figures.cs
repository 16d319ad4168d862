using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Bench;

/// <summary>Medians, means and how they are printed: rows of Markdown tables, a dash where there is nothing.</summary>
internal static class Figures
{
    /// <summary>The middle one; null where there is none.</summary>
    public static double? Median(IReadOnlyCollection<double> values) => values.Count == 0 ? null : values.Order().ElementAt(values.Count / 2);

    /// <summary>The geometric mean of those that are there; null where none is.</summary>
    public static double? GeometricMean(IEnumerable<double?> values)
    {
        double[] known = values.OfType<double>().Where(double.IsFinite).ToArray();
        return known.Length == 0 ? null : Math.Exp(known.Average(Math.Log));
    }

    /// <summary>A number with so many digits after the point.</summary>
    public static string Fixed(double? value, int digits) =>
        value is double known && double.IsFinite(known) ? known.ToString(string.Create(CultureInfo.InvariantCulture, $"f{digits}"), CultureInfo.InvariantCulture) : "-";

    /// <summary>Nanoseconds as milliseconds, with the digits that mean something.</summary>
    public static string Milliseconds(double? nanoseconds) => Fixed(nanoseconds / 1e6, nanoseconds < 1e4 ? 6 : nanoseconds < 1e8 ? 3 : 1);

    /// <summary>A row of a table.</summary>
    public static string Row(params IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    /// <summary>The first two rows of a table.</summary>
    public static string Head(params string[] names) => $"{Row(names)}\n|{string.Concat(Enumerable.Repeat("---|", names.Length))}";
}
