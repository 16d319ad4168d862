using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Lowering;

namespace ContractVm.Compiler.Passes;

/// <summary>
/// A block that charges and then only computes and chooses where to go leaves its charge to the blocks that it chooses from, where each of them is reached from it
/// alone and begins with a charge: one for both is paid there. Of ways that leave the loop for other blocks, the way itself charges.
/// Nobody can tell, as nothing happens between, and who cannot pay has nothing left and names no place (docs/GAS.md). A ladder of comparisons pays once, at its
/// end, or every <see cref="MostSunk"/>: who calls with little ink must not get long computations for nothing. Linear in nodes and edges.
/// </summary>
internal static class ChargeSinking
{
    /// <summary>The most ink that a block leaves to others: what is computed before it is paid takes well below a microsecond.</summary>
    private const ulong MostSunk = 25_000;

    /// <summary>Moves charges, block by block in the order of the code, so that one may sink through several.</summary>
    public static void Run(IrFunction function)
    {
        for (int block = 0; block < function.BlockCount; block++)
        {
            int charge = LastEffect(function, block);
            if (charge < 0 || function.Nodes[charge].Op != IrOp.Charge || !CanSink(function, block, (ulong)function.Nodes[charge].Immediate)) continue;
            ref IrBlock at = ref function.Blocks[block];
            long cost = function.Nodes[charge].Immediate;
            for (int e = at.FirstEdge; e < at.FirstEdge + at.EdgeCount; e++)
            {
                ref IrEdge edge = ref function.Edges[e];
                if (Takes(function, edge.Target, (ulong)cost)) function.Nodes[FirstEffect(function, edge.Target)].Immediate += cost;
                else edge.Charge = cost;
            }

            function.Nodes[charge].Flags |= IrFlags.Dead;
        }
    }

    private static bool CanSink(IrFunction function, int block, ulong cost)
    {
        ref IrBlock at = ref function.Blocks[block];
        if (cost > MostSunk) return false;
        bool saves = false;
        for (int e = at.FirstEdge; e < at.FirstEdge + at.EdgeCount; e++)
        {
            int target = function.Edges[e].Target;
            if (Takes(function, target, cost)) saves = true;
            else if (at.EdgeCount == 1 || function.Blocks[target].LoopDepth >= at.LoopDepth) return false;
        }

        return saves;
    }

    /// <summary>True where a block is reached in one way only and charges before anything else.</summary>
    private static bool Takes(IrFunction function, int block, ulong cost)
    {
        if (function.Blocks[block].PredecessorCount != 1) return false;
        ref IrNode first = ref function.Nodes[FirstEffect(function, block)];
        return first.Op == IrOp.Charge && (ulong)first.Immediate + cost >= cost;
    }

    /// <summary>The last node with an effect before the terminator; -1 where there is none.</summary>
    private static int LastEffect(IrFunction function, int block)
    {
        ref IrBlock at = ref function.Blocks[block];
        for (int i = at.End - 2; i >= at.First; i--)
            if (IsEffect(in function.Nodes[i])) return i;
        return -1;
    }

    /// <summary>The first node with an effect, which the terminator is at the latest.</summary>
    private static int FirstEffect(IrFunction function, int block)
    {
        int i = function.Blocks[block].First;
        while (!IsEffect(in function.Nodes[i])) i++;
        return i;
    }

    private static bool IsEffect(in IrNode node) => (node.Flags & (IrFlags.Dead | IrFlags.Alias)) == 0 && NodeKinds.IsEffect(node.Op);
}
