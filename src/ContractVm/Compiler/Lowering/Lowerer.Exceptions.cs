using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Throws and landings. All registers are the caller's to save, so that what lives through a call or a throw is in the frame, where a landing finds it.
/// </summary>
internal sealed partial class Lowerer
{
    private void LowerSetCarried(ref IrNode node)
    {
        Source target = InObject(Use(node.A), HeaderBytes + 8 * (int)node.Immediate);
        StoreValue(BytesOf(_ir.Nodes[_ir.Resolve(node.B)].Type), node.B, in target);
    }

    private void LowerGetCarried(int index, ref IrNode node)
    {
        Source source = InObject(Use(node.A), HeaderBytes + 8 * (int)node.Immediate);
        Unary(MachineOp.Load, BytesOf(node.Type), in source, Result(index));
    }

    private void LowerThrow(ref IrNode node)
    {
        CloseConstants();
        AddSuccessors();
        ref MachineInstruction call = ref Begin(MachineOp.CallThrow, 8);
        call.Flags = InstructionFlags.Clobbers | (_ir.Blocks[_block].EdgeCount > 0 ? InstructionFlags.Throws : InstructionFlags.None);
        In(Use(node.A), Register.Rdx);
        if (node.B >= 0) In(Use(node.B), Registers.Words);
        End();
        Begin(MachineOp.NoReturn, 8).Immediate = node.Immediate;
        End();
    }

    private void LowerInvoke(ref IrNode node)
    {
        AddSuccessors();
        Begin(MachineOp.Invoke, 8).Immediate = node.Immediate;
        End();
    }

    private void LowerLanding(int index, ref IrNode node)
    {
        CloseConstants();
        Begin(MachineOp.Landing, 8).Flags = InstructionFlags.Clobbers;
        if (_virtuals[index] >= 0) Out(_virtuals[index], Register.Rax);
        for (int i = index + 1; i <= index + node.Extra; i++)
            if (IsResultOf(i, index) && _virtuals[i] >= 0) Out(_virtuals[i], _ir.Nodes[i].Immediate == 0 ? Register.Rdx : Registers.Words);
        End();
    }
}
