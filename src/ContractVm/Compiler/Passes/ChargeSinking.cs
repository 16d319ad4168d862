using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Lowering;

namespace ContractVm.Compiler.Passes;

/// <summary>
/// A block that charges and then only computes and chooses where to go leaves its charge to the blocks that it chooses from, where each of them is reached from it
/// alone and begins with a charge: one for both is paid there. Nobody can tell, as nothing happens between the two, and who cannot pay has nothing left and names no
/// place (docs/GAS.md). A ladder of comparisons pays once, at its end. Linear in nodes and edges.
/// </summary>
internal static class ChargeSinking
{
    /// <summary>Moves charges, block by block in the order of the code, so that one may sink through several.</summary>
    public static void Run(IrFunction function)
    {
        for (int block = 0; block < function.BlockCount; block++)
        {
            int charge = LastEffect(function, block);
            if (charge < 0 || function.Nodes[charge].Op != IrOp.Charge || !CanSink(function, block, (ulong)function.Nodes[charge].Immediate)) continue;
            ref IrBlock at = ref function.Blocks[block];
            for (int edge = at.FirstEdge; edge < at.FirstEdge + at.EdgeCount; edge++)
                function.Nodes[FirstEffect(function, function.Edges[edge].Target)].Immediate += function.Nodes[charge].Immediate;
            function.Nodes[charge].Flags |= IrFlags.Dead;
        }
    }

    private static bool CanSink(IrFunction function, int block, ulong cost)
    {
        ref IrBlock at = ref function.Blocks[block];
        if (at.EdgeCount == 0) return false;
        for (int edge = at.FirstEdge; edge < at.FirstEdge + at.EdgeCount; edge++)
        {
            int target = function.Edges[edge].Target;
            if (function.Blocks[target].PredecessorCount != 1) return false;
            ref IrNode first = ref function.Nodes[FirstEffect(function, target)];
            if (first.Op != IrOp.Charge || (ulong)first.Immediate + cost < cost) return false;
        }

        return true;
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
