using System;
using ContractVm.Native;

namespace ContractVm;

/// <summary>
/// A table (WebAssembly 3.0, "Table Instances"). An element is a reference as a 64-bit value, 0 for null (see
/// <see cref="Runtime.References"/>). Grows only as far as its type and limit allow. Not safe for concurrent use.
/// </summary>
public sealed class Table : External
{
    // Longer than the table: it doubles as the table grows, so that growing one by one costs no more than growing at once.
    private ulong[] _elements;
    // What emitted code finds of it: a pinned TableDescriptor. Null where no emitted code knows it.
    private ulong[]? _descriptor;
    // Who keeps descriptor and elements in place then, and the number of the elements' pin.
    private NativeStore? _store;
    private int _pin;

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
        if (Length > _elements.Length) Resize((int)Math.Min(Math.Max(2L * _elements.Length, Length), Maximum));
        _elements.AsSpan(before, (int)count).Fill(value);
        if (_descriptor is not null) Describe();
        return before;
    }

    /// <summary>Lets emitted code of a store find the elements; the result is its pinned <see cref="TableDescriptor"/>.</summary>
    internal ulong[] Pin(NativeStore store)
    {
        if (_descriptor is not null) return _descriptor;
        _descriptor = new ulong[2];
        _store = store;
        store.Pin(_descriptor);
        _pin = store.Pin(_elements);
        Describe();
        return _descriptor;
    }

    private void Resize(int length)
    {
        Array.Resize(ref _elements, length);
        _store?.Repin(_pin, _elements);
    }

    private unsafe void Describe()
    {
        _descriptor![TableDescriptor.Elements / 8] = (ulong)InstanceContext.AddressOf(_elements, 0);
        _descriptor[TableDescriptor.Length / 8] = (ulong)Length;
    }
}
