namespace ContractVm.Compiler.Ir;

/// <summary>
/// Operations of the intermediate form that no instruction of WebAssembly names. All numbers below <see cref="First"/> are those
/// of <see cref="Opcode"/>: constants, arithmetic, conversions, memory accesses and vector instructions keep their opcode.
/// Operands are in <see cref="IrNode.A"/>, B and C unless said otherwise; lists of operands are ranges of <see cref="IrFunction.Arguments"/>.
/// </summary>
internal static class IrOp
{
    /// <summary>The first number that is no opcode.</summary>
    public const ushort First = 0x400;

    /// <summary>A parameter of the block Extra, with the index Immediate; its value comes over the edges.</summary>
    public const ushort BlockParameter = 0x400;
    /// <summary>A parameter of the function; Immediate is its index. In the entry block only.</summary>
    public const ushort FunctionParameter = 0x401;
    /// <summary>
    /// The stack words that a call of the function is given, less its frame's (Immediate); ends the execution as OutOfStack where
    /// they do not suffice. In the entry block, after the parameters.
    /// </summary>
    public const ushort EnterFrame = 0x402;
    /// <summary>Pays Immediate ink.</summary>
    public const ushort Charge = 0x403;
    /// <summary>Pays Immediate ink for each unit of A (unsigned; an i32 or i64), saturating.</summary>
    public const ushort ChargeUnits = 0x404;
    /// <summary>
    /// A with NaNs made canonical where it was computed and not merely carried. Extra says for whom: 0 for one who sees bits, else
    /// the lane class (<see cref="LaneClass"/>) of one who computes with them. After the pass, Extra is the class to be made canonical.
    /// </summary>
    public const ushort Canonicalize = 0x405;
    /// <summary>A result of the call A, which precedes it; Immediate is its index. One past the last result: the stack words left.</summary>
    public const ushort Result = 0x406;

    /// <summary>
    /// Calls function Immediate of the module (index space, imported ones too). Operands: range from A, B of them: arguments, then
    /// the stack words left. Extra: number of <see cref="Result"/>s that follow.
    /// </summary>
    public const ushort CallFunction = 0x410;
    /// <summary>Calls through table (upper half of Immediate) at index C a function of the canonical type (lower half). Else as <see cref="CallFunction"/>.</summary>
    public const ushort CallTable = 0x411;
    /// <summary>Calls the function reference C, of the canonical type Immediate; traps on null. Else as <see cref="CallFunction"/>.</summary>
    public const ushort CallReference = 0x412;

    /// <summary>Traps where the reference A is null, else A.</summary>
    public const ushort NonNull = 0x420;
    /// <summary>A local that is kept in the frame; Immediate is its number. Only where a function is too large for values.</summary>
    public const ushort LoadLocal = 0x421;
    /// <summary>Sets a local that is kept in the frame to A; Immediate is its number.</summary>
    public const ushort StoreLocal = 0x422;

    /// <summary>Traps where the index B is not below the length of the array A. Neither changes, so that one check serves all that it dominates.</summary>
    public const ushort CheckIndex = 0x423;
    /// <summary>
    /// A new object of Immediate words, all zero; traps where there is no room. Extra is its type: a canonical one, or after those a tag. An exception's length is
    /// Immediate, a struct's 0.
    /// </summary>
    public const ushort NewObject = 0x424;
    /// <summary>A new array of A elements of Immediate bytes each, all zero; traps where there is no room. Extra is its canonical type.</summary>
    public const ushort NewArray = 0x425;
    /// <summary>The store's type of the object A, or that of null (an i32).</summary>
    public const ushort TypeOfObject = 0x426;
    /// <summary>The store's type of the function reference A, or that of null (an i32).</summary>
    public const ushort TypeOfFunction = 0x427;
    /// <summary>The store's number (an i32) of the module's type Extra, numbered as for <see cref="NewObject"/>.</summary>
    public const ushort TypeNumber = 0x428;
    /// <summary>Whether the store's type A is B or below it; B may be one of <see cref="SubtypeOrder"/>'s own.</summary>
    public const ushort IsSubtype = 0x429;
    /// <summary>Ends the execution with the <see cref="TrapKind"/> in Immediate where A (an i32) is zero.</summary>
    public const ushort TrapUnless = 0x42A;
    /// <summary>
    /// The instruction Extra on arrays, as .NET code has it, with the operands in the range from A, B of them. Immediate is its type, in the upper half its segment or
    /// other type.
    /// </summary>
    public const ushort Aggregate = 0x42B;
    /// <summary>Sets word Immediate of what the new exception A carries to B.</summary>
    public const ushort SetCarried = 0x42C;
    /// <summary>What the exception A carries from word Immediate on.</summary>
    public const ushort GetCarried = 0x42D;
    /// <summary>
    /// The start of a block to which an exception goes: the exception. A <see cref="Result"/> 0 is the number of the clause that takes it, Result 1 the stack words
    /// left. Extra: number of Results that follow.
    /// </summary>
    public const ushort Landing = 0x42E;
    /// <summary>Tells the observer that the instruction at its origin comes next. Operands: range from A, B of them: the operand stack.</summary>
    public const ushort Observe = 0x42F;

    // Terminators.
    /// <summary>Goes to the only successor.</summary>
    public const ushort Jump = 0x430;
    /// <summary>Goes to the first successor where A (an i32) is not zero, else to the second.</summary>
    public const ushort Branch = 0x431;
    /// <summary>
    /// Goes on by the index A (i32, unsigned): the range from B, C of them, of <see cref="IrFunction.Arguments"/> holds for each index the
    /// number of the block's edge to take, the last entry for all indices from there on. No edge stands twice among the block's edges.
    /// </summary>
    public const ushort BranchTable = 0x432;
    /// <summary>Returns the operands in the range from A, B of them: results, and where Extra is 1 the stack words.</summary>
    public const ushort Return = 0x433;
    /// <summary>Ends the execution with the <see cref="TrapKind"/> in Immediate.</summary>
    public const ushort Trap = 0x434;
    /// <summary>Throws the exception A, which is not null; B are the stack words left, where they are no constant of the frame. Goes to the only successor, or leaves the function. Immediate is the region.</summary>
    public const ushort Throw = 0x435;
    /// <summary>
    /// After a call with <see cref="IrFlags.Invoked"/>: goes to the first successor where it has returned, to the second where an exception has left it that a clause of
    /// the region Immediate takes, or of one around it.
    /// </summary>
    public const ushort Invoke = 0x436;
    /// <summary>Tail calls, with the operands of the calls.</summary>
    public const ushort TailCallFunction = 0x438;
    /// <summary>As <see cref="CallTable"/>.</summary>
    public const ushort TailCallTable = 0x439;
    /// <summary>As <see cref="CallReference"/>.</summary>
    public const ushort TailCallReference = 0x43A;

    /// <summary>True for the operations that end a block.</summary>
    public static bool IsTerminator(ushort op) => op >= Jump && op <= TailCallReference;

    /// <summary>True for the operations whose operands are a range of the argument list.</summary>
    public static bool HasArgumentList(ushort op) =>
        op is CallFunction or CallTable or CallReference or Aggregate or Observe or Return or TailCallFunction or TailCallTable or TailCallReference;
}

/// <summary>Which computation a float NaN may have come from, or is for: the width of the lanes.</summary>
internal enum LaneClass : byte
{
    /// <summary>None: bits are carried.</summary>
    None = 0,
    /// <summary>f32, or a vector of f32.</summary>
    Single = 1,
    /// <summary>f64, or a vector of f64.</summary>
    Double = 2,
}
