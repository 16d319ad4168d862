namespace ContractVm.Compiler.Machine;

/// <summary>
/// What operands the instruction of vectors takes whose number is <see cref="MachineOp.FirstVector"/> plus a <see cref="X64.VectorOp"/>; it
/// stands in <see cref="MachineInstruction.Condition"/>. The lowest byte of Immediate is the instruction's, if it has one; a constant in memory
/// is of 16 bytes, with its index in Auxiliary.
/// </summary>
internal enum VectorForm : byte
{
    /// <summary>Source, result.</summary>
    Unary,
    /// <summary>First, source; result, without AVX in the place of first.</summary>
    Binary,
    /// <summary>By the immediate: value; result, without AVX in its place.</summary>
    Shift,
    /// <summary>A choice: first, second (register), mask (without AVX in xmm0); result, without AVX in the place of first.</summary>
    Blend,
    /// <summary>Value; source (memory), which is written.</summary>
    Store,
}
