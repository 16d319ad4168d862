using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Canonical NaNs, where the passes have put them: by a test and a branch that is almost never taken, or with AVX-512 by one instruction that chooses.
/// That one takes quiet NaNs, and nothing that computes gives others, except the minimum and maximum of vectors.
/// </summary>
internal sealed partial class Lowerer
{
    // Looked for once for a function, where it is asked for.
    private bool? _holdsVectorMinima;

    private bool AllAreQuiet => _cpu.Avx512 && !(_holdsVectorMinima ??= HoldsVectorMinima());

    private void LowerCanonicalize(int index, ref IrNode node)
    {
        if (node.Type == IrType.V128) EmitCanonicalizeVector(Use(node.A), (LaneClass)node.Extra, Result(index));
        else EmitCanonicalize(Use(node.A), BytesOf(node.Type), Result(index));
    }

    private void EmitCanonicalize(int value, int bytes, int result)
    {
        if (AllAreQuiet)
        {
            EmitCanonicalizeQuiet(value, bytes, bytes == 4 ? LaneClass.Single : LaneClass.Double, result);
            return;
        }

        Begin(MachineOp.CanonicalizeFloat, bytes);
        In(value);
        OutSame(result);
        End();
    }

    /// <summary>Makes the NaNs of a vector canonical, in the lanes of a class.</summary>
    private void EmitCanonicalizeVector(int value, LaneClass lanes, int result)
    {
        if (AllAreQuiet)
        {
            EmitCanonicalizeQuiet(value, 16, lanes, result);
            return;
        }

        Begin(MachineOp.CanonicalizeVector, 16).Condition = (byte)lanes;
        In(value);
        OutSame(result);
        End();
    }

    private void EmitCanonicalizeQuiet(int value, int bytes, LaneClass lanes, int result)
    {
        Begin(MachineOp.CanonicalizeQuiet, bytes).Condition = (byte)lanes;
        In(value);
        Out(result);
        End();
    }

    /// <summary>The machine's minimum gives its second operand where one is a NaN, be it a signalling one that was loaded.</summary>
    private bool HoldsVectorMinima()
    {
        for (int i = 0; i < _ir.NodeCount; i++)
        {
            if ((Opcode)_ir.Nodes[i].Op is Opcode.F32x4Min or Opcode.F32x4Max or Opcode.F64x2Min or Opcode.F64x2Max or Opcode.F32x4RelaxedMin or Opcode.F32x4RelaxedMax
                or Opcode.F64x2RelaxedMin or Opcode.F64x2RelaxedMax) return true;
        }

        return false;
    }
}
