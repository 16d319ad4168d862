using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Emission;

/// <summary>Vector instructions: those from <see cref="MachineOp.FirstVector"/> on.</summary>
internal sealed partial class Emitter
{
    private void EmitVector(ref MachineInstruction instruction) => throw new NodeFaultException($"the emitter does not know {(MachineOp)instruction.Op}");
}
