using System;
using System.Runtime.CompilerServices;
using ContractVm.Native;

namespace ContractVm.Compiler.Ir;

/// <summary>What a value is.</summary>
internal enum IrType : byte
{
    /// <summary>The operation has no value.</summary>
    None,
    /// <summary>i32.</summary>
    I32,
    /// <summary>i64, and every reference.</summary>
    I64,
    /// <summary>f32.</summary>
    F32,
    /// <summary>f64.</summary>
    F64,
    /// <summary>v128.</summary>
    V128,
}

/// <summary>
/// An operation and, where it has one, its value: the index in <see cref="IrFunction.Nodes"/> names both. What the fields mean
/// depends on the operation (<see cref="IrOp"/>); for those of WebAssembly:
/// A, B, C are the operands, first to last, -1 where there is none. Constants: Immediate holds the bits (v128.const and
/// i8x16.shuffle: index in <see cref="IrFunction.Vectors"/>). Memory accesses: A is the address, B and C are further operands (a
/// vector for lanes: B), Immediate is the offset, Extra the memory's index in the lower 16 bits and the lane above. Instructions on memories,
/// tables and segments: Extra is the (first) index of the memory, table or segment in the order of the binary format, Immediate the second; so too
/// for ref.func (Extra is the function), global.get and global.set (Extra is the global). Lanes of vectors: Extra. Fields and elements: A is the
/// object, which is not null, Extra the canonical type, Immediate the field; of elements B is the index, which is inside.
/// </summary>
internal struct IrNode
{
    /// <summary>An <see cref="Opcode"/>, or of <see cref="IrOp"/>.</summary>
    public ushort Op;
    /// <summary>Type of the value.</summary>
    public IrType Type;
    /// <summary>See <see cref="IrFlags"/>.</summary>
    public IrFlags Flags;
    /// <summary>Operands: values, or the start and length of a list.</summary>
    public int A, B, C;
    /// <summary>A further detail.</summary>
    public int Extra;
    /// <summary>A constant's bits, an offset or the like.</summary>
    public long Immediate;
    /// <summary>Byte offset in the module of the instruction that it stands for.</summary>
    public int Origin;
}

/// <summary>What passes found out about a node.</summary>
[Flags]
internal enum IrFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Its NaNs are to be made canonical where it is computed.</summary>
    CanonicalizeHere = 1,
    /// <summary>It is not needed: no code.</summary>
    Dead = 2,
    /// <summary>It stands for the value A, everywhere.</summary>
    Alias = 4,
    /// <summary>A call whose block ends in <see cref="IrOp.Invoke"/>.</summary>
    Invoked = 8,
}

/// <summary>A straight line of nodes, the last of which is a terminator.</summary>
internal struct IrBlock
{
    /// <summary>Its first node; block parameters come first.</summary>
    public int First;
    /// <summary>After its last node.</summary>
    public int End;
    /// <summary>
    /// Number of its parameters, the first nodes. Passes may leave some that are dead or stand for another value: they need nothing, nor
    /// do the edges' values for them, which are still there.
    /// </summary>
    public int ParameterCount;
    /// <summary>Range of its successors in <see cref="IrFunction.Edges"/>: as its terminator wants them.</summary>
    public int FirstEdge, EdgeCount;
    /// <summary>Number of edges that lead here.</summary>
    public int PredecessorCount;
    /// <summary>Loops around it.</summary>
    public int LoopDepth;
    /// <summary>Of a loop's header: after the last block of the loop, whose blocks stand together; else 0.</summary>
    public int LoopEnd;
    /// <summary>Not expected to run: it ends in a trap.</summary>
    public bool IsCold;
    /// <summary>It stands in a loop, but who comes here does not come back to the loop's header.</summary>
    public bool IsLeaving;
    /// <summary>It is leaving, and blocks of the loop follow it: it stands behind them.</summary>
    public bool IsAside;
}

/// <summary>An edge: to where, and a value for each parameter of the target.</summary>
internal struct IrEdge
{
    /// <summary>The block.</summary>
    public int Target;
    /// <summary>Range of the values in <see cref="IrFunction.Arguments"/>.</summary>
    public int FirstArgument, ArgumentCount;
    /// <summary>Ink that who goes this way pays on it; only where the block that it leaves has others.</summary>
    public long Charge;
}

/// <summary>
/// A function in SSA form with block parameters: each value has one definition, which dominates its uses. Blocks stand in the
/// order of the source, which is the order of the code to be; block 0 is the entry, without parameters or predecessors; every
/// block but it has predecessors. A loop is entered at its header only. Storage is kept from function to function.
/// </summary>
internal sealed class IrFunction
{
    /// <summary>All nodes, those of a block together.</summary>
    public IrNode[] Nodes = new IrNode[512];
    public int NodeCount;
    /// <summary>The blocks.</summary>
    public IrBlock[] Blocks = new IrBlock[64];
    public int BlockCount;
    /// <summary>The edges, those of a block together.</summary>
    public IrEdge[] Edges = new IrEdge[64];
    public int EdgeCount;
    /// <summary>Lists of operands and of edges' values.</summary>
    public int[] Arguments = new int[512];
    public int ArgumentCount;
    /// <summary>Constants of 128 bits.</summary>
    public UInt128[] Vectors = new UInt128[16];
    public int VectorCount;
    /// <summary>try_tables with clauses, outer ones before inner ones; by their clauses tags, -1 where all exceptions are caught.</summary>
    public CatchRegion[] Regions = new CatchRegion[8];
    public int RegionCount;
    public int[] ClauseTags = new int[16];
    public int ClauseCount;
    /// <summary>The function's type.</summary>
    public FunctionType Type = null!;
    /// <summary>Index in the module's function index space.</summary>
    public int Index;
    /// <summary>Types of the locals that are kept in the frame, by their number; <see cref="IrType.None"/> elsewhere.</summary>
    public IrType[] FrameLocals = [];
    public int FrameLocalCount;

    /// <summary>Makes it empty.</summary>
    public void Reset()
    {
        NodeCount = BlockCount = EdgeCount = ArgumentCount = VectorCount = FrameLocalCount = RegionCount = ClauseCount = 0;
    }

    /// <summary>The value that stands for a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Resolve(int value)
    {
        while ((Nodes[value].Flags & IrFlags.Alias) != 0) value = Nodes[value].A;
        return value;
    }

    /// <summary>The type of a value of the source.</summary>
    public static IrType TypeOf(ValueType type) =>
        type == ValueType.I32 ? IrType.I32 : type == ValueType.F32 ? IrType.F32 : type == ValueType.F64 ? IrType.F64 : type == ValueType.V128 ? IrType.V128 : IrType.I64;

    /// <summary>The values of an edge or list.</summary>
    public ReadOnlySpan<int> List(int first, int count) => Arguments.AsSpan(first, count);
}
