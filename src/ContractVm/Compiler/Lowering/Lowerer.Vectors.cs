using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Lowering;

/// <summary>Vector instructions. Constants and choices of vectors are made as those of all values.</summary>
internal sealed partial class Lowerer
{
    private void LowerVector(int index, ref IrNode node)
    {
        switch ((Opcode)node.Op)
        {
            case Opcode.V128Load:
                Source source = AddressOf(ref node, 16);
                Unary(MachineOp.Load, 16, in source, Result(index));
                break;
            case Opcode.V128Store:
                Source target = AddressOf(ref node, 16);
                Store(16, Use(node.B), in target);
                break;
            default:
                throw Unknown(ref node);
        }
    }

    /// <summary>Makes the NaNs of a vector canonical, in the lanes of the class in Extra.</summary>
    private void LowerCanonicalizeVector(int index, ref IrNode node) => throw Unknown(ref node);

    /// <summary>Vector instructions whose result is a condition, so that a branch may take them in.</summary>
    private bool TryCompareVector(ref IrNode node, out Comparison comparison)
    {
        comparison = default;
        return false;
    }
}
