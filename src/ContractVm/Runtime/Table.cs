using System;

namespace ContractVm;

/// <summary>
/// A table (WebAssembly 3.0, "Table Instances"). An element is a reference as a 64-bit value, 0 for null; a function reference
/// is the function's index plus one. Grows only as far as its type and limit allow. Not safe for concurrent use.
/// </summary>
public sealed class Table
{
    private ulong[] _elements;

    /// <summary>Makes a table of its type's minimum, all null.</summary>
    public Table(TableType type, int limitElements)
    {
        if (type.Limits.Minimum > (ulong)limitElements) throw new ArgumentException("the minimum is above the limit", nameof(type));
        Type = type;
        Maximum = (int)Math.Min(type.Limits.Maximum ?? ulong.MaxValue, (ulong)limitElements);
        _elements = new ulong[(int)type.Limits.Minimum];
    }

    /// <summary>Its type.</summary>
    public TableType Type { get; }
    /// <summary>Elements that it may grow to.</summary>
    public int Maximum { get; }
    /// <summary>Elements that it has.</summary>
    public int Length => _elements.Length;
    /// <summary>The elements.</summary>
    public Span<ulong> Elements => _elements;

    /// <summary>Grows. Returns the length it had, or -1 where its type or limit does not allow it.</summary>
    public int Grow(ulong count, ulong value)
    {
        int before = _elements.Length;
        if (count > (ulong)(Maximum - before)) return -1;
        Array.Resize(ref _elements, before + (int)count);
        _elements.AsSpan(before).Fill(value);
        return before;
    }
}
