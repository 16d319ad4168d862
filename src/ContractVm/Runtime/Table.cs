using System;

namespace ContractVm;

/// <summary>
/// A table (WebAssembly 3.0, "Table Instances"). An element is a reference as a 64-bit value, 0 for null (see
/// <see cref="Runtime.References"/>). Grows only as far as its type and limit allow. Not safe for concurrent use.
/// </summary>
public sealed class Table : External
{
    // Longer than the table: it doubles as the table grows, so that growing one by one costs no more than growing at once.
    private ulong[] _elements;

    /// <summary>Makes a table of its type's minimum, all null.</summary>
    public Table(TableType type, int limitElements)
    {
        if (type.Limits.Minimum > (ulong)limitElements) throw new ArgumentException("the minimum is above the limit", nameof(type));
        Type = type;
        Maximum = (int)Math.Min(type.Limits.Maximum ?? ulong.MaxValue, (ulong)limitElements);
        Length = (int)type.Limits.Minimum;
        _elements = new ulong[Length];
    }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Table;
    /// <summary>Its type; concrete types in it are the store's.</summary>
    public TableType Type { get; }
    /// <summary>Elements that it may grow to.</summary>
    public int Maximum { get; }
    /// <summary>Elements that it has.</summary>
    public int Length { get; private set; }
    /// <summary>The elements.</summary>
    public Span<ulong> Elements => _elements.AsSpan(0, Length);

    /// <summary>Grows. Returns the length it had, or -1 where its type or limit does not allow it.</summary>
    public int Grow(ulong count, ulong value)
    {
        int before = Length;
        if (count > (ulong)(Maximum - before)) return -1;
        Length = before + (int)count;
        if (Length > _elements.Length) Array.Resize(ref _elements, (int)Math.Min(Math.Max(2L * _elements.Length, Length), Maximum));
        _elements.AsSpan(before, (int)count).Fill(value);
        return before;
    }
}
