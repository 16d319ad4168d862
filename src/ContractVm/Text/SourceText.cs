using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>
/// A source and its lines. The table of lines is made at the first question and again by whoever asks at the same time, with
/// the same result, so questions may come from several threads.
/// </summary>
internal sealed class SourceText(ReadOnlyMemory<byte> bytes)
{
    private int[]? _lineStarts;

    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>Line and column of a byte offset, both from 1; columns count code points.</summary>
    public (int Line, int Column) Locate(int offset)
    {
        int[] starts = _lineStarts ??= FindLines(Bytes.Span);
        int line = Array.BinarySearch(starts, offset);
        if (line < 0) line = ~line - 1;
        int column = 1;
        foreach (byte unit in Bytes.Span[starts[line]..offset])
            if ((unit & 0xC0) != 0x80) column++;
        return (line + 1, column);
    }

    private static int[] FindLines(ReadOnlySpan<byte> text)
    {
        List<int> starts = [0];
        int position = 0;
        while (text[position..].IndexOfAny((byte)'\n', (byte)'\r') is int found and >= 0)
        {
            position += found + 1;
            if (text[position - 1] == '\r' && position < text.Length && text[position] == '\n') position++;
            starts.Add(position);
        }

        return starts.ToArray();
    }
}
