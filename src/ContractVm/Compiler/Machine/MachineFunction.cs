using System;
using System.Collections.Generic;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Machine;

/// <summary>What an instruction does with an operand.</summary>
internal enum OperandRole : byte
{
    /// <summary>Read before anything is written: a result may take its register.</summary>
    Use,
    /// <summary>Read until the end: no result or temporary may share its register.</summary>
    UseLate,
    /// <summary>Written at the end.</summary>
    Define,
    /// <summary>Free to use throughout; shares with no other operand.</summary>
    Temporary,
}

/// <summary>Where an operand may be.</summary>
internal enum OperandPlace : byte
{
    /// <summary>Any register of its class.</summary>
    AnyRegister,
    /// <summary>The register in <see cref="Operand.Fixed"/>.</summary>
    FixedRegister,
    /// <summary>A register or a spill slot.</summary>
    RegisterOrSlot,
    /// <summary>For a definition: the same register as operand 0, which is a use in any register. The allocator moves the input there first where it lives on.</summary>
    SameAsFirst,
}

/// <summary>One operand of a machine instruction: a virtual register and how it is used.</summary>
internal struct Operand
{
    /// <summary>The virtual register; -1 for a fixed temporary that names no value.</summary>
    public int Virtual;
    /// <summary>What happens to it.</summary>
    public OperandRole Role;
    /// <summary>Where it may be.</summary>
    public OperandPlace Place;
    /// <summary>The register that it must be in, with <see cref="OperandPlace.FixedRegister"/>.</summary>
    public Register Fixed;
}

/// <summary>What holds for a whole instruction.</summary>
[Flags]
internal enum InstructionFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>A call: every allocatable register that is not one of its fixed definitions is lost at its end. Its uses are read before.</summary>
    Clobbers = 1,
    /// <summary>Its only definition is a constant that may be made again wherever it is needed: cheaper than a spill slot.</summary>
    Rematerializable = 2,
    /// <summary>A plain move of operand 0 (use) to operand 1 (definition): worth a common register.</summary>
    Move = 4,
    /// <summary>
    /// A call that an exception may leave along the last edge of its block, which is gone from here then, not from the terminator: slots are as before the call, no
    /// register holds anything, and nothing from here on is defined there. It clobbers, and so does the first instruction of the edge's target, a landing, which
    /// has no other predecessor, no parameters and no uses in that instruction.
    /// </summary>
    Throws = 8,
}

/// <summary>A machine instruction with virtual registers. What <see cref="Op"/> and the immediates mean only the emitter knows.</summary>
internal struct MachineInstruction
{
    /// <summary>What it does.</summary>
    public ushort Op;
    /// <summary>Detail of the operation: operand size, condition, scale; see the operation.</summary>
    public byte Size;
    /// <summary>A condition or other detail.</summary>
    public byte Condition;
    /// <summary>What holds for the whole instruction.</summary>
    public InstructionFlags Flags;
    /// <summary>Number of operands.</summary>
    public ushort OperandCount;
    /// <summary>Index of the first one in <see cref="MachineFunction.Operands"/>.</summary>
    public int FirstOperand;
    /// <summary>A displacement, function index or the like.</summary>
    public int Auxiliary;
    /// <summary>Byte offset in the module of the instruction that it comes from.</summary>
    public int Origin;
    /// <summary>An immediate.</summary>
    public long Immediate;
}

/// <summary>
/// A straight line of instructions; the last one is its terminator. A block with several successors has only successors with one
/// predecessor: edges are split where it would not be so, so that moves along an edge have a place.
/// </summary>
internal struct MachineBlock
{
    /// <summary>Index of its first instruction.</summary>
    public int First;
    /// <summary>Index after its last instruction.</summary>
    public int End;
    /// <summary>Range of its successors in <see cref="MachineFunction.Edges"/>.</summary>
    public int FirstSuccessor, SuccessorCount;
    /// <summary>Range of its predecessors in <see cref="MachineFunction.Predecessors"/>.</summary>
    public int FirstPredecessor, PredecessorCount;
    /// <summary>Range of its parameters (virtual registers, defined at its start) in <see cref="MachineFunction.Values"/>.</summary>
    public int FirstParameter, ParameterCount;
    /// <summary>Loops around it.</summary>
    public byte LoopDepth;
    /// <summary>It is not expected to run: registers are taken from here first.</summary>
    public bool IsCold;
    /// <summary>It leaves a loop by the way: it stands behind the blocks that are expected to run in turn.</summary>
    public bool IsAside;
    /// <summary>Of a loop header: index after the last block of its loop, whose blocks stand together in order; else 0.</summary>
    public int LoopEnd;
}

/// <summary>An edge to a successor, with an argument for each of its parameters.</summary>
internal struct MachineEdge
{
    /// <summary>The successor.</summary>
    public int Target;
    /// <summary>Range of the arguments (virtual registers) in <see cref="MachineFunction.Values"/>.</summary>
    public int FirstArgument, ArgumentCount;
}

/// <summary>
/// A function as machine instructions over virtual registers in SSA form: each has one definition, which dominates its uses, but
/// for block parameters, which are defined by the edges. Blocks stand in the order of the code to be; block 0 is the entry and
/// has no parameters and no predecessors. Every loop has one header, entered only there. Storage is kept from function to function.
/// </summary>
internal sealed class MachineFunction
{
    /// <summary>The instructions of all blocks, in order.</summary>
    public MachineInstruction[] Instructions = new MachineInstruction[256];
    public int InstructionCount;
    /// <summary>The operands of all instructions.</summary>
    public Operand[] Operands = new Operand[1024];
    public int OperandCount;
    public MachineBlock[] Blocks = new MachineBlock[64];
    public int BlockCount;
    public MachineEdge[] Edges = new MachineEdge[64];
    public int EdgeCount;
    /// <summary>Block numbers.</summary>
    public int[] Predecessors = new int[64];
    public int PredecessorCount;
    /// <summary>Block parameters and arguments of edges.</summary>
    public int[] Values = new int[256];
    public int ValueCount;
    /// <summary>For each virtual register what it holds.</summary>
    public VirtualKind[] Virtuals = new VirtualKind[256];
    public int VirtualCount;
}

/// <summary>What a virtual register holds: the class of register and the size of a spill slot.</summary>
internal enum VirtualKind : byte
{
    /// <summary>32 bits in a general register, whose upper half is zero; a slot of 8 bytes.</summary>
    Word32,
    /// <summary>64 bits in a general register.</summary>
    Word64,
    /// <summary>A float in a vector register, whose other bits mean nothing; a slot of 8 bytes.</summary>
    Float32,
    /// <summary>A double in a vector register.</summary>
    Float64,
    /// <summary>128 bits in a vector register; a slot of 16 bytes.</summary>
    Vector,
}
