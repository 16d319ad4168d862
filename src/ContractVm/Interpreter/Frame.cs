namespace ContractVm.Interpreter;

/// <summary>The slots of a call: parameters, locals, header, operands; each holds 64 bits, and a v128 takes two.</summary>
internal static class Frame
{
    /// <summary>Slots between locals and operands: return address and caller's frame.</summary>
    public const int HeaderSlots = 2;
}
