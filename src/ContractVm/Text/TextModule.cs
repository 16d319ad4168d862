using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>A module that has been read from text. Immutable and safe for concurrent use.</summary>
public sealed class TextModule
{
    private readonly SourceText? _source;
    private readonly SourcePoint[] _points;

    private TextModule(TextModule module, string name)
    {
        Bytes = module.Bytes;
        Name = name;
        _source = module._source;
        _points = module._points;
    }

    internal TextModule(byte[] bytes, string? name, SourceText? source, List<SourcePoint> points)
    {
        Bytes = bytes;
        Name = name;
        _source = source;
        _points = points.ToArray();
    }

    /// <summary>
    /// The module in the binary format. Not validated: the text decides only whether the module can be written down.
    /// </summary>
    public byte[] Bytes { get; }

    /// <summary>The module's identifier without its dollar sign, or the name that an annotation gives it; null for none.</summary>
    public string? Name { get; }

    /// <summary>
    /// Finds the place in the source of the nearest instruction, or field of the module, that starts at or before a byte of the
    /// module.
    /// </summary>
    /// <param name="byteOffset">Offset in <see cref="Bytes"/>.</param>
    /// <param name="line">Line, from 1.</param>
    /// <param name="column">Column, from 1, in characters (code points).</param>
    /// <returns>False before the first field, and for a module that the text gives in the binary format.</returns>
    /// <remarks>Reads the source that was given to <see cref="TextFormat"/>, which must not have changed.</remarks>
    public bool TryFindSource(int byteOffset, out int line, out int column)
    {
        int low = 0, high = _points.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_points[middle].Target <= byteOffset) low = middle + 1;
            else high = middle;
        }

        (line, column) = low > 0 && _source is not null ? _source.Locate(_points[low - 1].Source) : (0, 0);
        return line > 0;
    }

    /// <summary>The same module with the name that stands around it, if one does.</summary>
    internal TextModule WithName(string? name) => name is null ? this : new TextModule(this, name);
}
