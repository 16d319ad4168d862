using System;
using ContractVm.Compiler.Ir;

namespace ContractVm.Compiler.Passes;

/// <summary>For each block the edges that lead to it. Linear in the number of edges; storage is kept from function to function.</summary>
internal sealed class IncomingEdges
{
    private int[] _starts = [];
    private int[] _edges = [];

    /// <summary>Finds the edges of a function.</summary>
    public void Find(IrFunction function)
    {
        int blocks = function.BlockCount;
        if (_starts.Length <= blocks) _starts = new int[Math.Max(blocks + 1, _starts.Length * 2)];
        if (_edges.Length < function.EdgeCount) _edges = new int[Math.Max(function.EdgeCount, _edges.Length * 2)];
        Span<int> starts = _starts.AsSpan(0, blocks + 1);
        starts.Clear();
        for (int edge = 0; edge < function.EdgeCount; edge++) starts[function.Edges[edge].Target]++;
        int next = 0;
        for (int block = 0; block <= blocks; block++)
        {
            next += starts[block];
            starts[block] = next;
        }

        // Filled from behind, each start moves down to where it belongs.
        for (int edge = function.EdgeCount - 1; edge >= 0; edge--) _edges[--starts[function.Edges[edge].Target]] = edge;
    }

    /// <summary>The edges to a block, by ascending number.</summary>
    public ReadOnlySpan<int> Of(int block) => _edges.AsSpan(_starts[block], _starts[block + 1] - _starts[block]);
}
