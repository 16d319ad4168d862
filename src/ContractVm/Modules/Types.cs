using System;

namespace ContractVm;

/// <summary>A function type: parameters and results. Compared by structure.</summary>
public sealed class FunctionType : IEquatable<FunctionType>
{
    private readonly ValueType[] _parameters;
    private readonly ValueType[] _results;

    /// <summary>Makes a function type; the arrays are copied.</summary>
    public FunctionType(ReadOnlySpan<ValueType> parameters, ReadOnlySpan<ValueType> results)
    {
        _parameters = parameters.ToArray();
        _results = results.ToArray();
    }

    private FunctionType(ValueType[] parameters, ValueType[] results, bool _)
    {
        _parameters = parameters;
        _results = results;
    }

    /// <summary>Makes a function type of arrays that nobody else holds.</summary>
    internal static FunctionType Adopt(ValueType[] parameters, ValueType[] results) => new(parameters, results, true);

    /// <summary>Parameter types, first to last.</summary>
    public ReadOnlySpan<ValueType> Parameters => _parameters;
    /// <summary>Result types, first to last.</summary>
    public ReadOnlySpan<ValueType> Results => _results;

    /// <inheritdoc/>
    public bool Equals(FunctionType? other) =>
        other is not null && Parameters.SequenceEqual(other.Parameters) && Results.SequenceEqual(other.Results);
    /// <inheritdoc/>
    public override bool Equals(object? other) => Equals(other as FunctionType);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        // Seeded anew in every process: nothing observable depends on it, and nobody can prepare collisions.
        HashCode hash = default;
        foreach (ValueType type in _parameters) hash.Add(type.GetHashCode());
        hash.Add(_parameters.Length);
        foreach (ValueType type in _results) hash.Add(type.GetHashCode());
        return hash.ToHashCode();
    }

    /// <summary>The type as <c>(i32, i64) -> (i32)</c>.</summary>
    public override string ToString() => $"({string.Join(", ", _parameters)}) -> ({string.Join(", ", _results)})";
}

/// <summary>Size limits of a memory (pages of 64 KiB) or table (elements).</summary>
/// <param name="Minimum">Size at instantiation.</param>
/// <param name="Maximum">Size it may grow to, or null where none is declared.</param>
public readonly record struct SizeLimits(ulong Minimum, ulong? Maximum);

/// <summary>Type of a memory.</summary>
/// <param name="Limits">Size in pages of 64 KiB.</param>
/// <param name="IsShared">Declared as shared.</param>
/// <param name="Is64">Addresses are i64.</param>
public readonly record struct MemoryType(SizeLimits Limits, bool IsShared, bool Is64)
{
    /// <summary>Bytes in a page.</summary>
    public const int PageSize = 65536;
}

/// <summary>Type of a table.</summary>
/// <param name="Element">Type of its elements.</param>
/// <param name="Limits">Size in elements.</param>
/// <param name="Is64">Indices are i64.</param>
public readonly record struct TableType(ValueType Element, SizeLimits Limits, bool Is64);

/// <summary>Type of a global.</summary>
/// <param name="Value">Type of its value.</param>
/// <param name="IsMutable">May be set.</param>
public readonly record struct GlobalType(ValueType Value, bool IsMutable);
