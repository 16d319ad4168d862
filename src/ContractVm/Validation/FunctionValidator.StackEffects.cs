using ContractVm.Gas;

namespace ContractVm.Validation;

/// <summary>What instructions take and give, for schedules whose stack rule asks: those of Stylus' language, which is a small one.</summary>
internal sealed partial class FunctionValidator
{
    /// <summary>The type of the call or block that was validated last.</summary>
    private FunctionType _lastType = EmptyType;

    private void TellStackEffect(OpcodeInfo info)
    {
        (int inputs, int outputs) = info.Role is ControlRole.Call or ControlRole.TailCall or ControlRole.Block or ControlRole.Loop or ControlRole.If
            ? (_lastType.Parameters.Length, _lastType.Results.Length)
            : info.Opcode switch
            {
                Opcode.LocalGet or Opcode.GlobalGet or Opcode.MemorySize => (0, 1),
                Opcode.LocalSet or Opcode.GlobalSet or Opcode.Drop => (1, 0),
                Opcode.Select => (3, 1),
                Opcode.MemoryCopy or Opcode.MemoryFill => (3, 0),
                _ => (info.Operands.Length, info.Results.Length),
            };
        // A table index goes with the arguments.
        if (info.Opcode == Opcode.CallIndirect) inputs++;
        _plan.AddStackEffect(info.Role, (int)info.Opcode, (uint)inputs, (uint)outputs);
    }
}
