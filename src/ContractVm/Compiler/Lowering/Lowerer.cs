using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Chooses machine instructions for a function. It goes backward, from the last node to the first, so that by the time a node is
/// reached its users have said whether they need its value in a register or have taken it into themselves.
/// <para>
/// Order is never changed: a node that may end the execution or change something (<see cref="NodeKinds.IsEffect"/>) runs where it
/// stands; the one exception is a load that its only user takes in, with no such node between the two.
/// </para>
/// Not safe for concurrent use; keeps its storage from function to function.
/// </summary>
internal sealed partial class Lowerer(ModuleFacts facts)
{
    private readonly ModuleFacts _facts = facts;
    private readonly Module _module = facts.Module;
    private readonly X64.CpuFeatures _cpu = facts.Options.Cpu;
    private IrFunction _ir = null!;
    private LoweredFunction _output = null!;
    private MachineFunction _machine = null!;

    /// <summary>For each node how often its value is wanted.</summary>
    private int[] _uses = [];
    /// <summary>For each node its virtual register, or -1 while nobody has asked for it.</summary>
    private int[] _virtuals = [];
    /// <summary>For each node the number of effects before it in the function.</summary>
    private int[] _colors = [];
    /// <summary>For each node whether its user has taken it in.</summary>
    private bool[] _isFolded = [];

    /// <summary>The node at hand: everything that is emitted runs at its place.</summary>
    private int _root;
    /// <summary>Byte offset in the module of what is emitted.</summary>
    private int _origin;
    /// <summary>The block at hand.</summary>
    private int _block;
    /// <summary>The first node of the innermost loop around the block at hand; 0 where there is none.</summary>
    private int _loopStart;
    /// <summary>Virtual register of the stack words and of the result area's address at the entry, or -1.</summary>
    private int _entryWords, _entryResultArea;
    /// <summary>The function takes stack words, and how many.</summary>
    private bool _entersFrame;
    private long _frameWords;

    /// <summary>Lowers a function.</summary>
    public void Lower(IrFunction function, LoweredFunction output)
    {
        _ir = function;
        _output = output;
        _machine = output.Machine;
        output.Reset(_facts.ConventionOfFunction(function.Index));
        Prepare();
        PlanBlocks();
        PlaceLocals();
        for (int block = function.BlockCount - 1; block >= 0; block--) LowerBlock(block);
        Assemble();
    }

    private void Prepare()
    {
        int count = _ir.NodeCount;
        if (_uses.Length < count)
        {
            int size = Math.Max(count, _uses.Length * 2);
            _uses = new int[size];
            _virtuals = new int[size];
            _colors = new int[size];
            _isFolded = new bool[size];
            _constantEntries = new int[size];
        }

        _uses.AsSpan(0, count).Clear();
        _virtuals.AsSpan(0, count).Fill(-1);
        _isFolded.AsSpan(0, count).Clear();
        _constantEntries.AsSpan(0, count).Fill(-1);
        _count = _operandCount = _groupStart = 0;
        _activeCount = _placedCount = _touchedCount = 0;
        _entryWords = _entryResultArea = -1;
        (_entersFrame, _frameWords) = (false, 0);
        _holdsVectorMinima = null;
        int color = 0;
        for (int i = 0; i < count; i++)
        {
            _colors[i] = color;
            ref IrNode node = ref _ir.Nodes[i];
            if ((node.Flags & (IrFlags.Dead | IrFlags.Alias)) == 0 && NodeKinds.IsEffect(node.Op)) color++;
        }

        for (int block = _ir.BlockCount - 1; block >= 0; block--) CountUses(block);
    }

    /// <summary>Backward, so that what a node uses counts only where the node itself is wanted.</summary>
    private void CountUses(int block)
    {
        ref IrBlock at = ref _ir.Blocks[block];
        for (int e = at.FirstEdge; e < at.FirstEdge + at.EdgeCount; e++)
        {
            ref IrEdge edge = ref _ir.Edges[e];
            int first = _ir.Blocks[edge.Target].First;
            for (int i = 0; i < edge.ArgumentCount; i++)
            {
                // Over a way back it is not known yet whether the parameter is wanted.
                if (IsGone(first + i) || (edge.Target > block && _uses[first + i] == 0)) continue;
                _uses[_ir.Resolve(_ir.Arguments[edge.FirstArgument + i])]++;
            }
        }

        for (int i = at.End - 1; i >= at.First; i--)
        {
            ref IrNode node = ref _ir.Nodes[i];
            if (IsGone(i) || node.Op is IrOp.BlockParameter or IrOp.FunctionParameter or IrOp.Result || NodeKinds.IsConstant(node.Op)) continue;
            if (_uses[i] == 0 && !NodeKinds.IsEffect(node.Op)) continue;
            if (IrOp.HasArgumentList(node.Op))
            {
                foreach (int operand in _ir.List(node.A, node.B)) _uses[_ir.Resolve(operand)]++;
                if (node.Op is IrOp.CallTable or IrOp.CallReference or IrOp.TailCallTable or IrOp.TailCallReference) _uses[_ir.Resolve(node.C)]++;
                continue;
            }

            if (node.A >= 0) _uses[_ir.Resolve(node.A)]++;
            if (node.Op == IrOp.BranchTable) continue;
            if (node.B >= 0) _uses[_ir.Resolve(node.B)]++;
            if (node.C >= 0) _uses[_ir.Resolve(node.C)]++;
        }
    }

    private bool IsGone(int node) => (_ir.Nodes[node].Flags & (IrFlags.Dead | IrFlags.Alias)) != 0;

    private void LowerBlock(int block)
    {
        _block = block;
        EnterLoopOf(block);
        _loopStart = _header >= 0 ? _ir.Blocks[_header].First : 0;
        LowerSplitEdges(block);
        ref IrBlock at = ref _ir.Blocks[block];
        BeginMachineBlock(_machineBlocks[block]);
        LowerAt(at.End - 1);
        if (!_isHoisting) MakeHoisted();
        for (int i = at.End - 2; i >= at.First; i--) LowerAt(i);
        if (block == 0) LowerEntry();
        CloseConstants();
        EndMachineBlock(_machineBlocks[block], at.LoopDepth, at.IsCold);
        _machine.Blocks[_machineBlocks[block]].IsAside = at.IsAside;
    }

    private void LowerAt(int index)
    {
        ref IrNode node = ref _ir.Nodes[index];
        if (_isFolded[index] || IsGone(index) || node.Op is IrOp.BlockParameter or IrOp.Result || NodeKinds.IsConstant(node.Op)) return;
        if (_virtuals[index] < 0 && !NodeKinds.IsEffect(node.Op)) return;
        _root = index;
        _origin = node.Origin;
        LowerNode(index, ref node);
        EndGroup();
    }

    /// <summary>True where a node runs in the block at hand for one user only, so that it may run at the user's place: it has no effect.</summary>
    private bool CanSink(int value)
    {
        ref IrNode node = ref _ir.Nodes[value];
        return _uses[value] == 1 && _virtuals[value] < 0 && IsInBlock(value) && !NodeKinds.IsEffect(node.Op);
    }

    /// <summary>True where a load may run at the place of the node at hand, its only user: nothing with an effect is between.</summary>
    private bool CanSinkLoad(int value) => _facts.Options.Has(Optimizations.LoadFolding) && _uses[value] == 1 && _virtuals[value] < 0 && IsInBlock(value) && _colors[value] + 1 == _colors[_root];

    /// <summary>True where a node that reads what others change may run at the place of the node at hand, its only user.</summary>
    private bool CanSinkRead(int value) => _uses[value] == 1 && _virtuals[value] < 0 && IsInBlock(value) && _colors[value] == _colors[_root];

    private bool IsInBlock(int value) => value >= _ir.Blocks[_block].First && value < _ir.Blocks[_block].End;

    private static VirtualKind KindOf(IrType type) => type switch
    {
        IrType.I32 => VirtualKind.Word32,
        IrType.I64 => VirtualKind.Word64,
        IrType.F32 => VirtualKind.Float32,
        IrType.F64 => VirtualKind.Float64,
        IrType.V128 => VirtualKind.Vector,
        _ => throw new NodeFaultException("an operation without a value is used"),
    };

    private static int BytesOf(IrType type) => type switch
    {
        IrType.I32 or IrType.F32 => 4,
        IrType.V128 => 16,
        _ => 8,
    };

    private static bool IsVectorType(IrType type) => type is IrType.F32 or IrType.F64 or IrType.V128;
}
