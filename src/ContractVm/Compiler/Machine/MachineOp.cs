namespace ContractVm.Compiler.Machine;

/// <summary>
/// What <see cref="MachineInstruction.Op"/> says: instructions much like those of x86-64. Unless said otherwise,
/// <see cref="MachineInstruction.Size"/> holds the operand size and the <see cref="SourceForm"/> (<see cref="Detail"/>), and "source" stands for
/// as many operands as that form takes. Operands stand in the order in which they are named here; definitions come last.
/// </summary>
internal enum MachineOp : ushort
{
    /// <summary>
    /// The first instruction of the entry block. Condition 1: takes Immediate stack words for the frame from r12, before anything else, or ends the
    /// execution as OutOfStack. Defines, in their registers, the parameters, the words left and the result area's address.
    /// </summary>
    Entry,
    /// <summary>Pays Immediate ink.</summary>
    Charge,
    /// <summary>Pays Immediate (at most 2^31-1) ink for each unit of a 32-bit value.</summary>
    ChargeUnits,
    /// <summary>Pays Immediate ink for each unit of a 64-bit value, saturating. The value in rax; rax and rdx, which mean nothing.</summary>
    ChargeUnitsWide,

    /// <summary>A constant in a general register. The result.</summary>
    Constant,
    /// <summary>A float of 4 or 8 bytes (bits in Immediate), or a vector (index in Auxiliary). The result.</summary>
    FloatConstant,
    /// <summary>Loads: source (memory); result. Condition is the <see cref="Extension"/>; into a vector register without one.</summary>
    Load,
    /// <summary>Stores a register: value; source (memory).</summary>
    Store,
    /// <summary>Stores Immediate: source (memory).</summary>
    StoreImmediate,
    /// <summary>An address, cut to the operand size: source (memory), result. Condition is the scale of an index.</summary>
    Lea,
    /// <summary>The lower bytes of a register or slot: source, result. Size is theirs, Condition the <see cref="Extension"/>.</summary>
    Extend,

    /// <summary>Sum: first, source; result in the place of first. So too the following.</summary>
    Add,
    /// <summary>Difference.</summary>
    Sub,
    /// <summary>Bitwise and.</summary>
    And,
    /// <summary>Bitwise or.</summary>
    Or,
    /// <summary>Bitwise exclusive or.</summary>
    Xor,
    /// <summary>Lower half of the product; no immediate.</summary>
    Multiply,
    /// <summary>Lower half of a product with Immediate: source, result.</summary>
    MultiplyImmediate,
    /// <summary>Upper half of the unsigned product with Immediate, 64 bits, by mulx: value; temporary rdx; result.</summary>
    MultiplyHighConstant,
    /// <summary>Upper half of the product, 64 bits. Condition 1: signed. One in rax, the other; result in rdx; rax, which means nothing.</summary>
    MultiplyHigh,
    /// <summary>Division: see <see cref="Division"/> in Condition. Dividend in rax, divisor; result in rax or rdx; the other one, which means nothing.</summary>
    Divide,
    /// <summary>0 - first; result in the place of first.</summary>
    Negate,
    /// <summary>Shifts or rotates by Immediate: value; result in its place. Condition is the ShiftOp.</summary>
    ShiftConstant,
    /// <summary>Shifts or rotates: value, count in rcx; result in the place of the value. Condition is the ShiftOp.</summary>
    Shift,
    /// <summary>Shifts by the instructions of BMI2: value, count; result. Condition is the ShiftOp.</summary>
    ShiftX,
    /// <summary>Rotates right by Immediate, with BMI2: source, result.</summary>
    RotateX,
    /// <summary>Counts leading zeros: source, result.</summary>
    LeadingZeros,
    /// <summary>Counts trailing zeros: source, result.</summary>
    TrailingZeros,
    /// <summary>Counts ones: source, result.</summary>
    PopulationCount,

    /// <summary>
    /// The flags of a comparison: for a Select first what is chosen (false, true); left, source; then what the <see cref="Consumer"/> in Condition takes,
    /// as with all comparisons: Branch nothing (a terminator: the first successor where the condition holds), Set and Select their result, Trap nothing
    /// (the trap is in the upper half of Immediate, a constant to compare with in the lower half).
    /// </summary>
    Compare,
    /// <summary>Compares memory with a constant: source (memory).</summary>
    CompareMemory,
    /// <summary>The flags of a bitwise and: left, source (register or immediate).</summary>
    Test,
    /// <summary>The flags of a bitwise and of memory with a constant: source (memory).</summary>
    TestMemory,
    /// <summary>The flags of a comparison of floats: left, source. Conditions are those after ucomis, and <see cref="Detail.FloatEqual"/>.</summary>
    FloatCompare,
    /// <summary>Carry is a bit: value, source (register or immediate) with its number.</summary>
    BitTest,
    /// <summary>The flags of a bitwise and of vectors, or of one with itself where the source is an immediate: left, source.</summary>
    TestVector,

    /// <summary>Float arithmetic, see <see cref="FloatOperation"/> in Condition: first, source; result, without AVX in the place of first.</summary>
    FloatBinary,
    /// <summary>Minimum or maximum: first, second (register); result in the place of first. Condition 1: maximum.</summary>
    FloatMinMax,
    /// <summary>Square root or rounding, see <see cref="FloatOperation"/>: source, result.</summary>
    FloatUnary,
    /// <summary>The sign cleared (Condition 0) or changed (1): value; result, without AVX in its place.</summary>
    FloatSign,
    /// <summary>The first's magnitude with the second's sign: first, second (register); result in the place of first.</summary>
    CopySign,
    /// <summary>NaNs become the canonical one: value; result in its place.</summary>
    CanonicalizeFloat,
    /// <summary>The same in the lanes of a vector, of the LaneClass in Condition: value; result in its place.</summary>
    CanonicalizeVector,
    /// <summary>The same where none is signalling, with AVX-512: value, result. The size says whether of a float or a vector, Condition is the LaneClass.</summary>
    CanonicalizeQuiet,
    /// <summary>Lanes of a vector, of Condition bits, rotated left by Immediate, with AVX-512: value, result.</summary>
    RotateVector,
    /// <summary>Float from integer: source, result of the operand size. Condition is the <see cref="IntegerKind"/>.</summary>
    FloatFromInteger,
    /// <summary>Integer from a float of the operand size: value (register), result. Condition is the <see cref="IntegerKind"/>; traps unless saturating.</summary>
    IntegerFromFloat,
    /// <summary>A float of the operand size converted to the other one: source, result.</summary>
    ConvertFloat,
    /// <summary>The bits of a float in a general register: value, result.</summary>
    BitsOfFloat,
    /// <summary>The bits of a general register as a float: value, result.</summary>
    FloatOfBits,

    /// <summary>Traps where address + Immediate exceeds the length of a memory: address (of the operand size), its descriptor.</summary>
    CheckBounds,
    /// <summary>Traps where address + length, both of 32 bits, exceeds the length of a memory: address, length, its descriptor.</summary>
    CheckRange,

    /// <summary>
    /// Calls a function that the module defines, Immediate: arguments in their registers, words in r12, the result area's address in r13; results in their
    /// registers. Auxiliary is the size of the arguments on the stack.
    /// </summary>
    CallFunction,
    /// <summary>Calls the imported function Immediate.</summary>
    CallImport,
    /// <summary>Calls what stands in a descriptor: its address, then as <see cref="CallFunction"/>.</summary>
    CallDescriptor,
    /// <summary>Calls the <see cref="Native.Builtin"/> Immediate; operands and result are in the outgoing area.</summary>
    CallBuiltin,
    /// <summary>Calls the code at offset Immediate of the context: operands in rdi, rsi, rdx.</summary>
    CallBytes,

    /// <summary>
    /// Throws: the exception in rdx; where they count, the stack words in r12. With <see cref="InstructionFlags.Throws"/> the only edge leads to a landing, as after
    /// a call with that flag, whose block ends in <see cref="Invoke"/>, the last one does.
    /// </summary>
    CallThrow,
    /// <summary>The first instruction of a landing: the exception in rax, the number of the clause in rdx, the stack words in r12.</summary>
    Landing,

    /// <summary>Goes to the only successor.</summary>
    Jump,
    /// <summary>Goes to the first successor; the call before it may go to the second one, a landing. Immediate is the region.</summary>
    Invoke,
    /// <summary>After <see cref="CallThrow"/>, which goes to the only successor, or out of the function. Immediate is the region.</summary>
    NoReturn,
    /// <summary>
    /// Goes to one of Immediate successors by an index, or to the last one: index, a temporary. Which successor stands in
    /// <see cref="MachineFunction.Values"/> from Auxiliary on.
    /// </summary>
    BranchTable,
    /// <summary>Returns: results in their registers.</summary>
    Return,
    /// <summary>Ends the execution with the trap Immediate.</summary>
    Trap,
    /// <summary>Leaves the frame and jumps to the defined function Immediate: as <see cref="CallFunction"/>, without results.</summary>
    TailFunction,
    /// <summary>The same with an imported function.</summary>
    TailImport,
    /// <summary>
    /// The same with what stands in a descriptor: its address, then as <see cref="TailFunction"/>. Immediate is the number of functions that the module
    /// imports.
    /// </summary>
    TailDescriptor,

    /// <summary>Instructions of vectors follow, by their <see cref="X64.VectorOp"/>; see <see cref="VectorForm"/>.</summary>
    FirstVector = 0x200,
}

/// <summary>What kind of operand the source of an instruction is, and how many virtual registers it takes. Offsets are in Auxiliary.</summary>
internal enum SourceForm : byte
{
    /// <summary>A register, or where the operand says so a spill slot: one.</summary>
    Register,
    /// <summary>Immediate: none.</summary>
    Immediate,
    /// <summary>The first memory at an index of 32 bits, which faults past the end: one.</summary>
    Heap,
    /// <summary>The first memory at a constant address, which faults past the end: none.</summary>
    HeapDirect,
    /// <summary>Relative to the context: none.</summary>
    Context,
    /// <summary>Relative to a register: one.</summary>
    Based,
    /// <summary>Relative to the sum of two, the second shifted left (<see cref="MachineOp.Lea"/>: by Condition): two.</summary>
    BasedIndexed,
    /// <summary>Relative to the sum of two, the second times 8: two.</summary>
    BasedScaled8,
    /// <summary>Relative to the sum of two, the second times 4: two.</summary>
    BasedScaled4,
    /// <summary>Relative to the sum of two, the second times 2: two.</summary>
    BasedScaled2,
    /// <summary>A register shifted left by Condition, only for <see cref="MachineOp.Lea"/>: one.</summary>
    Scaled,
    /// <summary>Arguments on the stack that the function was called with: none.</summary>
    Incoming,
    /// <summary>Arguments on the stack for a call, or the slots of a builtin: none.</summary>
    Outgoing,
    /// <summary>Results of a call that found no register: none.</summary>
    Results,
    /// <summary>Locals that are kept in the frame: none.</summary>
    Local,
    /// <summary>A constant in memory with the bits of Immediate: none.</summary>
    Pool,
}

/// <summary>How bytes become a register's value.</summary>
internal enum Extension : byte
{
    /// <summary>Zero-extended to 64 bits.</summary>
    Zero,
    /// <summary>Sign-extended to 32 bits, then zeros.</summary>
    Sign32,
    /// <summary>Sign-extended to 64 bits.</summary>
    Sign64,
}

/// <summary>What is done with the flags of a comparison.</summary>
internal enum Consumer : byte
{
    /// <summary>A branch.</summary>
    Branch,
    /// <summary>1 or 0 in a general register.</summary>
    Set,
    /// <summary>A choice of two general registers.</summary>
    Select,
    /// <summary>A choice of two vector registers.</summary>
    SelectVector,
    /// <summary>A trap where the condition holds.</summary>
    Trap,
}

/// <summary>Which division.</summary>
internal enum Division : byte
{
    /// <summary>Quotient of unsigned numbers.</summary>
    Unsigned,
    /// <summary>Remainder of unsigned numbers.</summary>
    UnsignedRemainder,
    /// <summary>Quotient of signed numbers.</summary>
    Signed,
    /// <summary>Remainder of signed numbers.</summary>
    SignedRemainder,
}

/// <summary>Float arithmetic.</summary>
internal enum FloatOperation : byte
{
    /// <summary>Sum.</summary>
    Add,
    /// <summary>Difference.</summary>
    Subtract,
    /// <summary>Product.</summary>
    Multiply,
    /// <summary>Quotient.</summary>
    Divide,
    /// <summary>Square root.</summary>
    SquareRoot,
    /// <summary>To the nearest integer, ties to even.</summary>
    Nearest,
    /// <summary>To the next integer below.</summary>
    Floor,
    /// <summary>To the next integer above.</summary>
    Ceiling,
    /// <summary>To the next integer towards zero.</summary>
    Truncate,
}

/// <summary>An integer type of a conversion.</summary>
[System.Flags]
internal enum IntegerKind : byte
{
    /// <summary>32 bits, signed, trapping.</summary>
    None = 0,
    /// <summary>Unsigned.</summary>
    Unsigned = 1,
    /// <summary>64 bits.</summary>
    Wide = 2,
    /// <summary>What does not fit becomes the nearest number that does, a NaN 0.</summary>
    Saturating = 4,
}

/// <summary>How details are packed into the bytes of an instruction.</summary>
internal static class Detail
{
    /// <summary>After a comparison of floats: equal. x86-64 needs two flags for it and its contrary.</summary>
    public const byte FloatEqual = 16;
    /// <summary>After a comparison of floats: not equal, or one is a NaN.</summary>
    public const byte FloatNotEqual = 17;

    private const int ConditionMask = 31, ConsumerShift = 5, FormShift = 4, SizeMask = 15;

    /// <summary>Size byte: bytes (1, 2, 4, 8, 16) and form.</summary>
    public static byte Size(int bytes, SourceForm form = SourceForm.Register) => (byte)(System.Numerics.BitOperations.Log2((uint)bytes) | (int)form << FormShift);

    /// <summary>Operand size in bytes.</summary>
    public static int Bytes(in MachineInstruction instruction) => 1 << (instruction.Size & SizeMask);

    /// <summary>Form of the source.</summary>
    public static SourceForm Form(in MachineInstruction instruction) => (SourceForm)(instruction.Size >> FormShift);

    /// <summary>Condition byte of a comparison.</summary>
    public static byte Condition(byte condition, Consumer consumer) => (byte)(condition | (int)consumer << ConsumerShift);

    /// <summary>Condition of a comparison: an x86-64 one, or one of the two above.</summary>
    public static byte ConditionOf(in MachineInstruction instruction) => (byte)(instruction.Condition & ConditionMask);

    /// <summary>What follows a comparison.</summary>
    public static Consumer ConsumerOf(in MachineInstruction instruction) => (Consumer)(instruction.Condition >> ConsumerShift);

    /// <summary>The contrary of a condition of a comparison.</summary>
    public static byte Negate(byte condition) => (byte)(condition ^ 1);

    /// <summary>True for a comparison.</summary>
    public static bool IsComparison(MachineOp op) => op >= MachineOp.Compare && op <= MachineOp.TestVector;

    /// <summary>Virtual registers that a source takes.</summary>
    public static int OperandsOf(SourceForm form) => form switch
    {
        SourceForm.Register or SourceForm.Heap or SourceForm.Based or SourceForm.Scaled => 1,
        SourceForm.BasedIndexed or SourceForm.BasedScaled8 or SourceForm.BasedScaled4 or SourceForm.BasedScaled2 => 2,
        _ => 0,
    };
}
