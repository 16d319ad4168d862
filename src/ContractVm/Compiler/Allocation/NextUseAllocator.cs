using System;
using System.Numerics;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// The allocator for all functions of ordinary size: one scan over the blocks that keeps what is used next in registers.
/// <para>
/// A value is in at most one register, or only in its slot (or nowhere, if it is a constant). Blocks are taken in the order of
/// <see cref="FlowOrder"/>: topological, loops together, hot before cold. Within a block instructions are taken in order. When a
/// register is wanted and none is free, the value with the farthest next use goes to its slot (Belady), where distances are those
/// of <see cref="NextUses"/>: over block borders, with surcharges for what is used only after the loop, in cold code or after a call.
/// So values leave registers before a loop that does not use them, and what only cold code uses costs hot code nothing.
/// </para>
/// <para>
/// A block starts with the registers of its hottest predecessor. At a join of several that state is checked against the others; at
/// a loop's header it is what the loop uses next first, loaded before the loop if need be, in registers that no instruction of the
/// loop insists on. Moves on the other edges make the states agree; they stand before the jump of a predecessor with one successor,
/// or at the start of a block with one predecessor. Cold blocks make theirs agree with hot ones, never the other way round where
/// a hot one comes first.
/// </para>
/// <para>
/// Each instruction's moves happen at once: every register remembers where its value was when the instruction began
/// (<c>_origin</c>), however often it moves until all operands have found their places.
/// </para>
/// <para>
/// SSA makes stores simple: a value has one slot and is stored once, at a point that dominates all loads. That is the cheapest
/// place between its definition and the nearest common dominator of the loads: see <c>Spills</c>. Loads in cold code ask for stores
/// in cold code.
/// </para>
/// <para>
/// Registers are chosen by hints: the register that a value had before; that of the block parameter that it becomes; of the
/// result that takes over its register; the fixed register of a coming use; else one that no instruction insists on soon.
/// </para>
/// <para>
/// What is asked of functions beyond the invariants of <see cref="MachineFunction"/>: the terminator of a block defines nothing, and
/// that of a block with one successor has no operands, as moves of the edge stand before it; definitions of an instruction that
/// clobbers are in fixed registers or may be in slots; fixed registers are allocatable ones; an instruction's operands fit
/// the registers however uses are placed. Time is O(operands + Σ live sets × predecessors + 32 × blocks); <see cref="Allocator"/> bounds the sum.
/// </para>
/// </summary>
internal sealed partial class NextUseAllocator
{
    private readonly MoveList _moves = new();
    private readonly ParallelMoves _parallel = new();
    private readonly SlotAssigner _slots = new();
    private MachineFunction _function = null!;
    private AllocationResult _result = null!;
    private FlowOrder _order = null!;
    private NextUses _uses = null!;

    // The state of the scan: what each register holds (-1 for nothing), and where each value is.
    private readonly int[] _registers = new int[Registers.Count];
    private uint _occupied;
    private int[] _home = [];
    /// <summary>Position of the next use, in the block that is scanned.</summary>
    private long[] _nextUse = [];
    private long _position;
    private int _block;
    private bool _isCold;

    // By block: which registers hold something at its start and at its end, and where in the list their values begin, in order.
    private int[] _entryStart = [], _exitStart = [];
    private int[] _held = new int[256];
    private int _heldCount;
    private uint[] _entryOccupied = [], _exitOccupied = [];
    private bool[] _isDone = [];
    /// <summary>Blocks that exceptions come to: nothing is in a register there, whatever the predecessor's end says.</summary>
    private bool[] _isLanding = [];

    // Hints: the register that a value had last, one it is wanted in later, and the value whose register would be best.
    private Register[] _lastRegister = [], _fixedHint = [];
    private int[] _affinity = [];
    // By loop header: registers that its hot instructions insist on, those of its parameters, pressure, and whether there are calls.
    private uint[] _loopFixed = [], _loopParameters = [];
    private int[] _loopGeneral = [], _loopVector = [];
    private bool[] _loopCalls = [];

    /// <summary>Allocates a function whose order and uses are known.</summary>
    public void Run(MachineFunction function, FlowOrder order, NextUses uses, AllocationResult result)
    {
        (_function, _order, _uses, _result) = (function, order, uses, result);
        Prepare();
        FindHints();
        FindLoopNeeds();
        for (int i = 0; i < function.BlockCount; i++)
        {
            _block = order.Order[i];
            _isCold = function.Blocks[_block].IsCold;
            ref MachineBlock block = ref function.Blocks[_block];
            FindFixedPositions(block.First, block.End);
            _position = -1;
            EnterBlock();
            _position = 0;
            for (int k = block.First; k < block.End; k++)
            {
                ScanInstruction(k);
                if ((function.Instructions[k].Flags & InstructionFlags.Throws) != 0) _isLanding[function.Edges[block.FirstSuccessor + block.SuccessorCount - 1].Target] = true;
                _position += (function.Instructions[k].Flags & InstructionFlags.Clobbers) != 0 ? NextUses.Call + 1 : 1;
            }

            LeaveBlock();
        }

        Finish();
        (_function, _order, _uses, _result) = (null!, null!, null!, null!);
    }

    private void Prepare()
    {
        int virtuals = _function.VirtualCount, blocks = _function.BlockCount;
        if (_home.Length < virtuals)
        {
            int size = Math.Max(virtuals, _home.Length * 2);
            _home = new int[size];
            _nextUse = new long[size];
            _lastRegister = new Register[size];
            _fixedHint = new Register[size];
            _affinity = new int[size];
            _usedAt = new int[size];
            _usedNext = new long[size];
            _usedLateAt = new int[size];
            _usedAnywhereAt = new int[size];
            _goneAt = new int[size];
            _goneFrom = new Location[size];
            _liveAt = new int[size];
            _votes = new int[size];
            _votesAt = new int[size];
            _isSpilled = new bool[size];
            _isDefinedInSlot = new bool[size];
            _loadDominator = new int[size];
            _coldStores = new int[size];
        }

        if (_isDone.Length < blocks)
        {
            int size = Math.Max(blocks, _isDone.Length * 2);
            _isDone = new bool[size];
            _isLanding = new bool[size];
            _entryStart = new int[size];
            _exitStart = new int[size];
            _entryOccupied = new uint[size];
            _exitOccupied = new uint[size];
            _loopFixed = new uint[size];
            _loopParameters = new uint[size];
            _loopGeneral = new int[size];
            _loopVector = new int[size];
            _loopCalls = new bool[size];
            _coldRoot = new int[size];
        }

        Array.Fill(_home, -1, 0, virtuals);
        Array.Fill(_lastRegister, Register.None, 0, virtuals);
        Array.Fill(_fixedHint, Register.None, 0, virtuals);
        Array.Fill(_affinity, -1, 0, virtuals);
        Array.Clear(_usedAt, 0, virtuals);
        Array.Clear(_usedLateAt, 0, virtuals);
        Array.Clear(_usedAnywhereAt, 0, virtuals);
        Array.Clear(_goneAt, 0, virtuals);
        Array.Clear(_liveAt, 0, virtuals);
        Array.Clear(_votesAt, 0, virtuals);
        Array.Clear(_isSpilled, 0, virtuals);
        Array.Clear(_isDefinedInSlot, 0, virtuals);
        Array.Fill(_loadDominator, -1, 0, virtuals);
        Array.Fill(_coldStores, -1, 0, virtuals);
        Array.Clear(_isDone, 0, blocks);
        Array.Clear(_isLanding, 0, blocks);
        Array.Fill(_registers, -1);
        for (int r = 0; r < Registers.Count; r++) _origin[r] = Location.Of((Register)r);
        _occupied = 0;
        _heldCount = 0;
        _gap = 0;
        _coldCount = 0;
        _moves.Clear();
        if (_result.Operands.Length < _function.OperandCount) _result.Operands = new Location[Math.Max(_function.OperandCount, _result.Operands.Length * 2)];
        Array.Clear(_result.Operands, 0, _function.OperandCount);
    }

    /// <summary>Backwards, so that of several hints that of the nearest use stays.</summary>
    private void FindHints()
    {
        for (int i = _function.BlockCount - 1; i >= 0; i--)
        {
            int b = _order.Order[i];
            ref MachineBlock block = ref _function.Blocks[b];
            for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
            {
                ref MachineEdge edge = ref _function.Edges[e];
                bool isBack = _order.Rank[edge.Target] <= i;
                for (int k = 0; k < edge.ArgumentCount; k++)
                {
                    int argument = _function.Values[edge.FirstArgument + k], parameter = _function.Values[_function.Blocks[edge.Target].FirstParameter + k];
                    if (isBack || _affinity[argument] < 0) _affinity[argument] = parameter;
                }
            }

            for (int k = block.End - 1; k >= block.First; k--)
            {
                ref MachineInstruction instruction = ref _function.Instructions[k];
                int first = instruction.FirstOperand, end = first + instruction.OperandCount;
                for (int o = first; o < end; o++)
                {
                    ref Operand operand = ref _function.Operands[o];
                    if (operand.Virtual < 0) continue;
                    if (operand.Place == OperandPlace.FixedRegister && operand.Role <= OperandRole.UseLate) _fixedHint[operand.Virtual] = operand.Fixed;
                    bool shares = operand.Place == OperandPlace.SameAsFirst || (operand.Role == OperandRole.Define && (instruction.Flags & InstructionFlags.Move) != 0);
                    int source = _function.Operands[first].Virtual;
                    if (shares && source >= 0 && _affinity[source] < 0) _affinity[source] = operand.Virtual;
                }
            }
        }
    }

    private void FindLoopNeeds()
    {
        for (int i = 0; i < _function.BlockCount; i++)
        {
            int b = _order.Order[i];
            (_loopFixed[b], _loopParameters[b], _loopGeneral[b], _loopVector[b], _loopCalls[b]) = (0, 0, 0, 0, false);
        }

        for (int i = _function.BlockCount - 1; i >= 0; i--)
        {
            int b = _order.Order[i], loop = _order.Loop[b];
            if (loop < 0) continue;
            ref MachineBlock block = ref _function.Blocks[b];
            if (!block.IsCold)
            {
                _loopGeneral[loop] = Math.Max(_loopGeneral[loop], _uses.GeneralPressure[b]);
                _loopVector[loop] = Math.Max(_loopVector[loop], _uses.VectorPressure[b]);
                for (int k = block.First; k < block.End; k++)
                {
                    ref MachineInstruction instruction = ref _function.Instructions[k];
                    _loopCalls[loop] |= (instruction.Flags & InstructionFlags.Clobbers) != 0;
                    for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
                    {
                        ref Operand operand = ref _function.Operands[o];
                        if (operand.Place == OperandPlace.FixedRegister) _loopFixed[loop] |= 1u << (int)operand.Fixed;
                    }
                }
            }

            int parent = _order.LoopParent[loop];
            if (loop != b || parent < 0) continue;
            _loopGeneral[parent] = Math.Max(_loopGeneral[parent], _loopGeneral[loop]);
            _loopVector[parent] = Math.Max(_loopVector[parent], _loopVector[loop]);
            _loopCalls[parent] |= _loopCalls[loop];
            _loopFixed[parent] |= _loopFixed[loop];
        }
    }

    private uint ClassOf(int v) => _function.Virtuals[v] < VirtualKind.Float32 ? Registers.Allocatable & 0xFFFF : Registers.Allocatable & 0xFFFF0000;

    private void Put(int v, int register)
    {
        _registers[register] = v;
        _home[v] = register;
        _occupied |= 1u << register;
        _lastRegister[v] = (Register)register;
    }

    private void Free(int register)
    {
        _home[_registers[register]] = -1;
        _registers[register] = -1;
        _occupied &= ~(1u << register);
    }

    /// <summary>Notes what the registers hold, and says where.</summary>
    private int KeepState()
    {
        int start = _heldCount;
        if (_heldCount + Registers.Count > _held.Length) Array.Resize(ref _held, _held.Length * 2);
        for (uint rest = _occupied; rest != 0; rest &= rest - 1) _held[_heldCount++] = _registers[BitOperations.TrailingZeroCount(rest)];
        return start;
    }

    private void LeaveBlock()
    {
        _isDone[_block] = true;
        _exitStart[_block] = KeepState();
        _exitOccupied[_block] = _occupied;
        while (_occupied != 0) Free(BitOperations.TrailingZeroCount(_occupied));
    }
}
