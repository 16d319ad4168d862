using System;
using System.Collections.Generic;

namespace ContractVm.Compiler.Ir;

/// <summary>
/// Checks what the stages behind rely on: every use is dominated by its definition, types fit, edges bring as many values as there
/// are parameters, blocks end in one terminator, loops stand together and are entered at their header. For tests.
/// </summary>
internal static class IrVerifier
{
    /// <summary>Null where all is well, else what is wrong.</summary>
    public static string? Check(IrFunction function)
    {
        int[] blockOf = new int[function.NodeCount];
        Array.Fill(blockOf, -1);
        int expected = 0;
        for (int block = 0; block < function.BlockCount; block++)
        {
            ref IrBlock at = ref function.Blocks[block];
            if (at.First != expected || at.End <= at.First) return $"block {block} does not follow the one before";
            expected = at.End;
            for (int node = at.First; node < at.End; node++)
            {
                blockOf[node] = block;
                if (IrOp.IsTerminator(function.Nodes[node].Op) != (node == at.End - 1)) return $"v{node} in block {block}: terminators stand at the end";
                bool isParameter = function.Nodes[node].Op == IrOp.BlockParameter;
                if (isParameter != (node < at.First + at.ParameterCount)) return $"v{node}: parameters stand first";
                if (isParameter && (function.Nodes[node].Extra != block || function.Nodes[node].Immediate != node - at.First)) return $"v{node}: wrong place of a parameter";
            }
        }

        if (expected != function.NodeCount) return "nodes outside of blocks";
        return CheckEdges(function) ?? CheckLandings(function) ?? CheckUses(function, blockOf, Dominators(function));
    }

    private static string? CheckEdges(IrFunction function)
    {
        int[] incoming = new int[function.BlockCount];
        for (int block = 0; block < function.BlockCount; block++)
        {
            ref IrBlock at = ref function.Blocks[block];
            for (int edge = at.FirstEdge; edge < at.FirstEdge + at.EdgeCount; edge++)
            {
                ref IrEdge way = ref function.Edges[edge];
                if ((uint)way.Target >= (uint)function.BlockCount || way.Target == 0) return $"block {block} goes nowhere";
                incoming[way.Target]++;
                ref IrBlock target = ref function.Blocks[way.Target];
                if (way.ArgumentCount != target.ParameterCount) return $"block {block} brings {way.ArgumentCount} values to block {way.Target}, which has {target.ParameterCount} parameters";
                if (way.Target <= block && (target.LoopEnd <= block || target.LoopEnd == 0)) return $"block {block} goes back to block {way.Target}, which is no loop around it";
                for (int i = 0; i < way.ArgumentCount; i++)
                {
                    IrType type = function.Nodes[function.Resolve(function.Arguments[way.FirstArgument + i])].Type;
                    if (type != function.Nodes[target.First + i].Type) return $"block {block} brings {type} to v{target.First + i}";
                }

                // Into a loop only through its header.
                for (int header = way.Target - 1; header > 0 && function.BlockCount <= 2000; header--)
                    if (function.Blocks[header].LoopEnd > way.Target && block < header) return $"block {block} enters the loop at block {header} beside its header";
            }
        }

        for (int block = 0; block < function.BlockCount; block++)
        {
            if (incoming[block] != function.Blocks[block].PredecessorCount) return $"block {block} counts {function.Blocks[block].PredecessorCount} predecessors of {incoming[block]}";
            if (block > 0 && incoming[block] == 0) return $"block {block} has no predecessor";
        }

        return null;
    }

    /// <summary>Exceptions go to blocks of their own that begin by taking them; a call that may throw is followed by its results and the stores of them alone.</summary>
    private static string? CheckLandings(IrFunction function)
    {
        for (int block = 0; block < function.BlockCount; block++)
        {
            ref IrBlock at = ref function.Blocks[block];
            ushort last = function.Nodes[at.End - 1].Op;
            int ways = last == IrOp.Invoke ? 2 : last == IrOp.Throw ? 1 : 0;
            if (last == IrOp.Invoke ? at.EdgeCount != 2 || InvokedCall(function, block) < 0 : last == IrOp.Throw && at.EdgeCount > 1) return $"block {block} throws wrongly";
            for (int edge = 0; edge < at.EdgeCount; edge++)
            {
                int target = function.Edges[at.FirstEdge + edge].Target;
                bool isLanding = function.Nodes[function.Blocks[target].First].Op == IrOp.Landing;
                if (isLanding != (edge == ways - 1)) return $"block {block} goes to block {target} as to a landing, or not so";
                if (ways > 0 && (function.Blocks[target].PredecessorCount != 1 || function.Blocks[target].ParameterCount > 0)) return $"block {target} is gone to by a throw and otherwise";
            }
        }

        return null;
    }

    /// <summary>Of a block that ends in Invoke: the call, or -1 where there is none, or something else comes after it.</summary>
    private static int InvokedCall(IrFunction function, int block)
    {
        for (int node = function.Blocks[block].End - 2; node >= function.Blocks[block].First; node--)
        {
            if ((function.Nodes[node].Flags & IrFlags.Invoked) != 0) return node;
            if (function.Nodes[node].Op is not (IrOp.Result or IrOp.StoreLocal)) return -1;
        }

        return -1;
    }

    /// <summary>Immediate dominators (Cooper, Harvey, Kennedy 2001); blocks stand in an order in which all but ways back go forward.</summary>
    private static int[] Dominators(IrFunction function)
    {
        List<int>[] predecessors = new List<int>[function.BlockCount];
        for (int block = 0; block < function.BlockCount; block++) predecessors[block] = [];
        for (int block = 0; block < function.BlockCount; block++)
            for (int edge = function.Blocks[block].FirstEdge; edge < function.Blocks[block].FirstEdge + function.Blocks[block].EdgeCount; edge++)
                predecessors[function.Edges[edge].Target].Add(block);
        int[] dominator = new int[function.BlockCount];
        Array.Fill(dominator, -1);
        dominator[0] = 0;
        for (bool changes = true; changes;)
        {
            changes = false;
            for (int block = 1; block < function.BlockCount; block++)
            {
                int found = -1;
                foreach (int predecessor in predecessors[block])
                {
                    if (dominator[predecessor] < 0) continue;
                    int a = predecessor;
                    if (found < 0)
                    {
                        found = a;
                        continue;
                    }

                    while (a != found)
                    {
                        while (a > found) a = dominator[a];
                        while (found > a) found = dominator[found];
                    }
                }

                if (found == dominator[block]) continue;
                dominator[block] = found;
                changes = true;
            }
        }

        return dominator;
    }

    private static string? CheckUses(IrFunction function, int[] blockOf, int[] dominator)
    {
        for (int index = 0; index < function.NodeCount; index++)
        {
            ref IrNode node = ref function.Nodes[index];
            if ((node.Flags & IrFlags.Dead) != 0) continue;
            if (IrOp.HasArgumentList(node.Op))
            {
                foreach (int value in function.List(node.A, node.B))
                    if (!Reaches(value, blockOf[index], index)) return $"v{index} uses v{value} where it is not defined";
            }
            else
            {
                if (node.A >= 0 && !Reaches(node.A, blockOf[index], index)) return $"v{index} uses v{node.A} where it is not defined";
                if (node.B >= 0 && node.Op != IrOp.BranchTable && !Reaches(node.B, blockOf[index], index)) return $"v{index} uses v{node.B} where it is not defined";
            }

            if (node.C >= 0 && node.Op != IrOp.BranchTable && !Reaches(node.C, blockOf[index], index)) return $"v{index} uses v{node.C} where it is not defined";
        }

        for (int block = 0; block < function.BlockCount; block++)
        {
            ref IrBlock at = ref function.Blocks[block];
            for (int edge = at.FirstEdge; edge < at.FirstEdge + at.EdgeCount; edge++)
            {
                ref IrEdge way = ref function.Edges[edge];
                for (int i = 0; i < way.ArgumentCount; i++)
                {
                    if ((function.Nodes[function.Blocks[way.Target].First + i].Flags & (IrFlags.Dead | IrFlags.Alias)) != 0) continue;
                    if (!Reaches(function.Arguments[way.FirstArgument + i], block, at.End)) return $"block {block} brings v{function.Arguments[way.FirstArgument + i]} where it is not defined";
                }
            }
        }

        return null;

        bool Reaches(int value, int block, int position)
        {
            if ((uint)value >= (uint)function.NodeCount) return false;
            value = function.Resolve(value);
            ref IrNode found = ref function.Nodes[value];
            if ((found.Flags & IrFlags.Dead) != 0 || found.Type == IrType.None && !IrOp.HasArgumentList(found.Op)) return false;
            if (blockOf[value] == block) return value < position;
            int dominated = block, below = block;
            for (; dominated > blockOf[value]; dominated = dominator[dominated]) below = dominated;
            if (dominated != blockOf[value]) return false;
            // What a call gives is there where it has returned.
            ref IrBlock at = ref function.Blocks[dominated];
            return function.Nodes[at.End - 1].Op != IrOp.Invoke || value < InvokedCall(function, dominated) || below == function.Edges[at.FirstEdge].Target;
        }
    }
}
