using System;
using ContractVm.Compiler.Ir;

namespace ContractVm.Compiler.Passes;

/// <summary>
/// What is done with a function once all of it is known: parameters that always have the same value are replaced by it, NaNs
/// find where they are made canonical (<see cref="NaNPlacement"/>), what nobody needs is marked as dead, and blocks that only lead to traps as
/// cold. Linear in nodes and edges' values, up to a fixed number of rounds. Afterwards no operand is an alias.
/// </summary>
internal sealed class Cleanup(CompilerOptions options)
{
    /// <summary>Rounds in search of parameters that became redundant through others.</summary>
    private const int MaximumRounds = 4;

    private readonly IncomingEdges _incoming = new();
    private readonly NaNPlacement _placement = new();
    private bool[] _isNeeded = [];
    private int[] _pending = new int[256];
    private int _pendingCount;

    /// <summary>Cleans a function up.</summary>
    public void Run(IrFunction function)
    {
        _incoming.Find(function);
        for (int round = 0; round < MaximumRounds && options.Has(Optimizations.ParameterCleanup) && ReplaceRedundant(function); round++)
        {
        }

        if (options.Has(Optimizations.LateCanonicalization)) _placement.Run(function, _incoming);
        else if (options.HasCanonicalNaNs) NaNPlacement.AtOnce(function);
        Substitute(function);
        MarkDead(function);
        if (options.Has(Optimizations.ChargeSinking)) ChargeSinking.Run(function);
        MarkCold(function);
        if (options.Has(Optimizations.ExitsAside)) MarkAside(function);
        for (int i = 0; i < function.BlockCount && !options.Has(Optimizations.ColdBlocks); i++) function.Blocks[i].IsCold = false;
    }

    private bool ReplaceRedundant(IrFunction function)
    {
        bool found = false;
        for (int block = 1; block < function.BlockCount; block++)
        {
            int first = function.Blocks[block].First, count = function.Blocks[block].ParameterCount;
            for (int i = 0; i < count; i++)
            {
                ref IrNode parameter = ref function.Nodes[first + i];
                if ((parameter.Flags & IrFlags.Alias) != 0) continue;
                int common = CommonValue(function, block, i, first + i);
                if (common < 0) continue;
                parameter.A = common;
                parameter.Flags |= IrFlags.Alias;
                found = true;
            }
        }

        return found;
    }

    /// <summary>The only value that comes over the edges to a parameter, itself not counted; -1 where there are several.</summary>
    private int CommonValue(IrFunction function, int block, int index, int parameter)
    {
        int common = -1;
        foreach (int edge in _incoming.Of(block))
        {
            int value = function.Resolve(function.Arguments[function.Edges[edge].FirstArgument + index]);
            if (value == parameter || value == common) continue;
            if (common >= 0) return -1;
            common = value;
        }

        return common;
    }

    /// <summary>Puts values in the place of those that stand for them. A value comes before what stands for it, so one pass suffices.</summary>
    private static void Substitute(IrFunction function)
    {
        IrNode[] nodes = function.Nodes;
        for (int i = 0; i < function.NodeCount; i++)
        {
            ref IrNode node = ref nodes[i];
            if ((node.Flags & IrFlags.Alias) != 0)
            {
                node.A = function.Resolve(node.A);
                continue;
            }

            if (IrOp.HasArgumentList(node.Op))
            {
                for (int k = node.A; k < node.A + node.B; k++) function.Arguments[k] = function.Resolve(function.Arguments[k]);
            }
            else
            {
                if (node.A >= 0) node.A = function.Resolve(node.A);
                if (node.B >= 0 && node.Op != IrOp.BranchTable) node.B = function.Resolve(node.B);
            }

            if (node.C >= 0 && node.Op != IrOp.BranchTable) node.C = function.Resolve(node.C);
        }

        for (int edge = 0; edge < function.EdgeCount; edge++)
        {
            ref IrEdge way = ref function.Edges[edge];
            for (int k = way.FirstArgument; k < way.FirstArgument + way.ArgumentCount; k++) function.Arguments[k] = function.Resolve(function.Arguments[k]);
        }
    }

    private void MarkDead(IrFunction function)
    {
        if (_isNeeded.Length < function.NodeCount) _isNeeded = new bool[Math.Max(function.NodeCount, _isNeeded.Length * 2)];
        _isNeeded.AsSpan(0, function.NodeCount).Clear();
        _pendingCount = 0;
        for (int i = 0; i < function.NodeCount; i++)
        {
            ref IrNode node = ref function.Nodes[i];
            if ((node.Flags & IrFlags.Alias) == 0 && IsRoot(node.Op)) Need(i);
        }

        while (_pendingCount > 0) NeedOperands(function, _pending[--_pendingCount]);
        for (int i = 0; i < function.NodeCount; i++)
            if (!_isNeeded[i]) function.Nodes[i].Flags |= IrFlags.Dead;
    }

    private static bool IsRoot(ushort op)
    {
        Traits traits = OperationTraits.Of(op);
        return (traits & (Traits.Pure | Traits.Reads)) == 0 || (traits & Traits.Traps) != 0;
    }

    private void Need(int value)
    {
        if (value < 0 || _isNeeded[value]) return;
        _isNeeded[value] = true;
        if (_pendingCount == _pending.Length) Array.Resize(ref _pending, _pendingCount * 2);
        _pending[_pendingCount++] = value;
    }

    private void NeedOperands(IrFunction function, int index)
    {
        ref IrNode node = ref function.Nodes[index];
        if (node.Op == IrOp.BlockParameter)
        {
            foreach (int edge in _incoming.Of(node.Extra)) Need(function.Arguments[function.Edges[edge].FirstArgument + (int)node.Immediate]);
            return;
        }

        if (node.Op == IrOp.BranchTable)
        {
            Need(node.A);
            return;
        }

        if (IrOp.HasArgumentList(node.Op))
        {
            foreach (int value in function.List(node.A, node.B)) Need(value);
        }
        else
        {
            Need(node.A);
            Need(node.B);
        }

        Need(node.C);
    }

    /// <summary>From behind: a block all of whose ways lead to cold ones is cold.</summary>
    private static void MarkCold(IrFunction function)
    {
        for (int i = function.BlockCount - 1; i > 0; i--)
        {
            ref IrBlock block = ref function.Blocks[i];
            if (block.EdgeCount == 0 || block.IsCold) continue;
            bool isCold = true;
            for (int edge = block.FirstEdge; edge < block.FirstEdge + block.EdgeCount && isCold; edge++)
                isCold = function.Edges[edge].Target > i && function.Blocks[function.Edges[edge].Target].IsCold;
            block.IsCold = isCold;
        }
    }

    /// <summary>From behind: blocks in the middle of a loop that only lead out of it.</summary>
    private static void MarkAside(IrFunction function)
    {
        for (int i = function.BlockCount - 2; i > 0; i--)
        {
            ref IrBlock block = ref function.Blocks[i], next = ref function.Blocks[i + 1];
            if (block.LoopDepth == 0 || block.LoopEnd != 0) continue;
            bool isLeaving = true;
            for (int edge = block.FirstEdge; edge < block.FirstEdge + block.EdgeCount && isLeaving; edge++)
            {
                int target = function.Edges[edge].Target;
                ref IrBlock reached = ref function.Blocks[target];
                isLeaving = reached.LoopDepth < block.LoopDepth || (target > i && reached.LoopDepth == block.LoopDepth && reached.IsLeaving);
            }

            block.IsLeaving = isLeaving;
            block.IsAside = isLeaving && next.LoopDepth >= block.LoopDepth && (!next.IsLeaving || next.IsAside);
        }
    }
}
