using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>A name of something, for the name section; the name is a number of the module's <see cref="ByteInterner"/>.</summary>
internal readonly record struct NamedIndex(int Owner, int Index, int Name);

/// <summary>An index space of a module and the identifiers bound in it.</summary>
internal sealed class IndexSpace(string what)
{
    /// <summary>Index plus one by symbol.</summary>
    private int[] _indices = [];

    /// <summary>What the space holds, for messages.</summary>
    public string What { get; } = what;

    public int Count { get; private set; }

    /// <summary>Names by ascending index.</summary>
    public List<NamedIndex> Names { get; } = [];

    /// <summary>The next index, for something without an identifier.</summary>
    public int Add() => Count++;

    /// <summary>Binds an identifier to the next index; false where it is bound already.</summary>
    public bool TryAdd(int symbol)
    {
        SymbolArray.Reach(ref _indices, symbol);
        if (_indices[symbol] != 0) return false;
        _indices[symbol] = ++Count;
        return true;
    }

    public bool TryFind(int symbol, out int index)
    {
        index = symbol < _indices.Length ? _indices[symbol] - 1 : -1;
        return index >= 0;
    }
}

/// <summary>The locals of one function after another: starting with a new one costs nothing.</summary>
internal sealed class LocalSpace
{
    private int[] _indices = [];
    /// <summary>The function in which a symbol's index was set.</summary>
    private int[] _functions = [];
    private int _function;

    public int Count { get; private set; }

    public void Clear()
    {
        _function++;
        Count = 0;
    }

    public void Add(int count = 1) => Count += count;

    public bool TryAdd(int symbol)
    {
        SymbolArray.Reach(ref _indices, symbol);
        SymbolArray.Reach(ref _functions, symbol);
        if (_functions[symbol] == _function) return false;
        _functions[symbol] = _function;
        _indices[symbol] = Count++;
        return true;
    }

    public bool TryFind(int symbol, out int index)
    {
        bool isBound = symbol < _functions.Length && _functions[symbol] == _function;
        index = isBound ? _indices[symbol] : -1;
        return isBound;
    }
}

internal static class SymbolArray
{
    /// <summary>Makes an array long enough to have an entry for a symbol.</summary>
    public static void Reach(ref int[] array, int symbol)
    {
        if (symbol >= array.Length) Array.Resize(ref array, Math.Max(symbol + 1, array.Length * 2));
    }
}
