namespace ContractVm.Interpreter;

/// <summary>
/// Operations of the prepared form. Those from 0x28 to 0xC4 are the WebAssembly opcodes of the same number, with their
/// operands in slots; the rest is control and what takes segments and tables. Kept dense, so that dispatch is one jump table.
/// Fields: R result slot, A and B operand slots, Extra a small index; see each.
/// </summary>
internal enum InternalOp : ushort
{
    /// <summary>Trap.</summary>
    Unreachable = 0x00,
    /// <summary>Go to instruction A.</summary>
    Jump,
    /// <summary>Go to instruction B where slot A is not zero (as i32).</summary>
    JumpIfNonZero,
    /// <summary>Go to instruction B where slot A is zero (as i32).</summary>
    JumpIfZero,
    /// <summary>Go on at the min(slot A, B)-th of the B+1 instructions that follow.</summary>
    JumpTable,
    /// <summary>Return nothing. B: header slot, R: frame words.</summary>
    Return,
    /// <summary>Return slot A. B: header slot, R: frame words.</summary>
    ReturnOne,
    /// <summary>Return the Extra slots from A. B: header slot, R: frame words.</summary>
    ReturnMany,
    /// <summary>Call defined function A; its arguments stand from slot B.</summary>
    Call,
    /// <summary>Call imported function A; its arguments stand from slot B.</summary>
    CallHost,
    /// <summary>Call the element in slot A of table Extra, of canonical type R; arguments stand from slot B.</summary>
    CallIndirect,
    /// <summary>Pay the ink in Imm.</summary>
    Charge,
    /// <summary>Pay the ink in the next instruction's Imm for each unit in slot A (as u32).</summary>
    ChargeUnits,
    /// <summary>R = A.</summary>
    Copy,
    /// <summary>The B slots from R = the B slots from A, first to last.</summary>
    CopySpan,
    /// <summary>R = Imm.</summary>
    Constant,
    /// <summary>R = A where slot A of the next instruction is not zero, else B.</summary>
    Select,
    /// <summary>R = global A.</summary>
    GlobalGet,
    /// <summary>Global A = slot B.</summary>
    GlobalSet,
    /// <summary>R = pages of the memory.</summary>
    MemorySize,
    /// <summary>R = pages before growing by slot A, or -1.</summary>
    MemoryGrow,
    /// <summary>memory.init of segment B into memory 0 with the three operands from slot A.</summary>
    MemoryInit,
    /// <summary>data.drop A.</summary>
    DataDrop,
    /// <summary>memory.copy with the three operands from slot A.</summary>
    MemoryCopy,
    /// <summary>memory.fill with the three operands from slot A.</summary>
    MemoryFill,
    /// <summary>R = element in slot A of table Extra.</summary>
    TableGet,
    /// <summary>Element in slot A of table Extra = slot B.</summary>
    TableSet,
    /// <summary>R = length of table Extra.</summary>
    TableSize,
    /// <summary>R = length of table Extra before growing, with value and count from slot A; or -1.</summary>
    TableGrow,
    /// <summary>table.fill of table Extra with the three operands from slot A.</summary>
    TableFill,
    /// <summary>table.copy to table Extra from table B with the three operands from slot A.</summary>
    TableCopy,
    /// <summary>table.init of table Extra from segment B with the three operands from slot A.</summary>
    TableInit,
    /// <summary>elem.drop A.</summary>
    ElemDrop,
    /// <summary>R = 1 where slot A is a null reference, else 0.</summary>
    RefIsNull,

    // 0x28 to 0xC4: WebAssembly's own numbers.

    /// <summary>The saturating conversions, from here in the order of their sub-opcodes.</summary>
    FirstSaturating = 0xC5,

    /// <summary>Call the function reference in slot A; its arguments stand from slot B.</summary>
    CallReference = 0xCD,
    /// <summary>
    /// What follows a call makes it a tail call: the frame ends before the call begins. A: header slot, B: argument slots,
    /// R: frame words. The call itself stands in the next instruction.
    /// </summary>
    TailCall,
    /// <summary>Throw a new exception with tag A; what it carries stands in the R slots from B.</summary>
    Throw,
    /// <summary>Throw the exception in slot A again.</summary>
    ThrowReference,
    /// <summary>Go to instruction B where slot A is null.</summary>
    JumpIfNull,
    /// <summary>Go to instruction B where slot A is not null.</summary>
    JumpIfNotNull,
    /// <summary>Go to instruction B where slot A is of the type in the next instruction: A heap type, B 1 where null is too.</summary>
    JumpIfOfType,
    /// <summary>Go to instruction B where slot A is not of the type in the next instruction.</summary>
    JumpIfNotOfType,
    /// <summary>R = half B of imported global A.</summary>
    ImportedGlobalGet,
    /// <summary>Half R of imported global A = slot B.</summary>
    ImportedGlobalSet,
    /// <summary>
    /// The instruction whose opcode is Extra: see <see cref="GeneralOperations"/>. Operands stand in their homes from slot A, the
    /// result goes to slot R; indices are in B and in the next instruction.
    /// </summary>
    General,
    /// <summary>Tell the observer that the instruction at byte A of the module comes next, with B slots of operands from R; Extra 1 at a function's first.</summary>
    Observe,

    // 0x200 to 0x313: the vector instructions' own numbers (see VectorOperations).

    /// <summary>Slots R and R+1 = slots A and A+1.</summary>
    VectorCopy = 0x314,
    /// <summary>Slots R and R+1 = those from A where slot A of the next instruction is not zero, else those from B.</summary>
    VectorSelect,
}
