using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Spectre.Console;

namespace ContractVm.Cli.Output;

/// <summary>
/// Text for people: tables with borders on a terminal, plain aligned columns without colours or line breaks where the output
/// goes to a file or a pipe.
/// </summary>
internal static class TextOutput
{
    /// <summary>Prints a line.</summary>
    public static void Line(string text) => Console.Out.WriteLine(Printable.Escape(text));

    /// <summary>Prints names and values, aligned.</summary>
    public static void Facts(params (string Name, string Value)[] facts) => Plain(facts.Select(fact => new[] { fact.Name, fact.Value }));

    /// <summary>Prints a table; nothing where it has no rows.</summary>
    public static void Table(string[] headings, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0) return;
        if (Console.IsOutputRedirected)
        {
            Plain(rows.Prepend(headings));
            return;
        }

        Spectre.Console.Table table = new() { Border = TableBorder.Rounded };
        foreach (string heading in headings) table.AddColumn(new TableColumn(new Spectre.Console.Text(heading, new Style(decoration: Decoration.Bold))));
        foreach (string[] row in rows) table.AddRow(row.Select(cell => new Spectre.Console.Text(Printable.Escape(cell))));
        AnsiConsole.Write(table);
    }

    private static void Plain(IEnumerable<string[]> rows)
    {
        List<string[]> cells = rows.Select(row => row.Select(Printable.Escape).ToArray()).ToList();
        int columns = cells.Max(row => row.Length);
        int[] widths = new int[columns];
        foreach (string[] row in cells)
            for (int i = 0; i < row.Length; i++) widths[i] = Math.Max(widths[i], row[i].Length);
        StringBuilder text = new();
        foreach (string[] row in cells)
        {
            for (int i = 0; i < row.Length - 1; i++) text.Append(row[i].PadRight(widths[i] + 2));
            text.Append(row[^1]).Append('\n');
        }

        Console.Out.Write(text);
    }
}
