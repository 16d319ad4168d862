using System;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Lowering;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Emission;

/// <summary>
/// Makes code of machine instructions whose operands have places. Blocks stand in the function's order, cold ones after the others,
/// behind them what instructions seldom come to, traps and constants. Not safe for concurrent use; keeps its storage from function to function.
/// </summary>
internal sealed partial class Emitter
{
    private const int LoopAlignment = 16;
    /// <summary>Code of a function's blocks; what stands behind them is not longer, and distances of 28 bits reach it all.</summary>
    private const int MaxCodeBytes = 1 << 26;
    private readonly CompilerOptions _options;
    private readonly Assembler _assembler;
    private readonly FunctionCode _code;
    private LoweredFunction _function = null!;
    private MachineFunction _machine = null!;
    private AllocationResult _places = null!;

    /// <summary>Blocks in the order of emission, without those that only jump.</summary>
    private int[] _order = new int[64];
    /// <summary>For each block the one that a jump to it ends at.</summary>
    private int[] _targets = new int[64];
    /// <summary>For each block the first move that is made in it.</summary>
    private int[] _firstMoves = new int[64];
    private Label _firstLabel;
    /// <summary>The block that is emitted after the one at hand, or -1.</summary>
    private int _next;
    /// <summary>The block at hand, or the one that the cold code at hand is a part of.</summary>
    private int _block;

    // Offsets from the stack pointer of the areas of the frame.
    private int _resultsAt, _contextAt, _localsAt, _slotsAt, _frame;

    /// <summary>
    /// Where the code was, in bytes, after an instruction whose flags tell whether its result is zero: as long as it is there, a comparison of that
    /// register with zero is not needed. -1 at the start of a block, to which others may jump.
    /// </summary>
    private int _flagsAt;
    private Register _flagsOf;
    private int _flagsBytes;

    /// <summary>Makes an emitter for functions of a module.</summary>
    public Emitter(CompilerOptions options)
    {
        _options = options;
        _assembler = new Assembler(options.Cpu);
        _code = new FunctionCode(_assembler);
    }

    /// <summary>Emits a function. The result is good until the next one.</summary>
    public FunctionCode Emit(LoweredFunction function, AllocationResult places)
    {
        _function = function;
        _machine = function.Machine;
        _places = places;
        _assembler.Reset();
        _code.Reset();
        ResetCold();
        LayFrameOut();
        FindMoves();
        ThreadJumps();
        int count = OrderBlocks();
        _firstLabel = _assembler.NewLabels(_machine.BlockCount);
        for (int i = 0; i < count; i++)
        {
            _next = i + 1 < count ? _order[i + 1] : -1;
            EmitBlock(_order[i]);
            _code.IsTooLong = _assembler.Length > MaxCodeBytes;
            if (_code.IsTooLong) return _code;
        }

        EmitCold();
        FindLandings();
        _code.TextBytes = _assembler.Length;
        _assembler.EmitTables();
        return _code;
    }

    /// <summary>See docs/COMPILER.md.</summary>
    private void LayFrameOut()
    {
        _resultsAt = _function.OutgoingBytes;
        _contextAt = _resultsAt + _function.ResultBytes;
        // Twice what is kept: a tail call to another instance puts its way back there.
        _localsAt = _contextAt + (_function.SavesContext ? 16 : 0);
        _slotsAt = _localsAt + _function.LocalBytes;
        _frame = _slotsAt + 8 * _places.SlotCount;
        _code.Frame = new Native.FunctionFrame(_frame, _function.Convention.ArgumentBytes, _contextAt);
        _code.FrameBytes = _frame + 8 + _function.Convention.ArgumentBytes + (_function.SavesContext ? 16 : 0);
    }

    private void FindMoves()
    {
        int count = _machine.BlockCount;
        if (_order.Length < count)
        {
            int size = Math.Max(count, _order.Length * 2);
            _order = new int[size];
            _targets = new int[size];
            _firstMoves = new int[size];
        }

        int move = 0;
        for (int block = 0; block < count; block++)
        {
            _firstMoves[block] = move;
            while (move < _places.MoveCount && _places.Moves[move].Before < _machine.Blocks[block].End) move++;
        }
    }

    /// <summary>Finds for each block where one that comes there really goes: blocks that only jump are passed over.</summary>
    private void ThreadJumps()
    {
        // Not in order yet: here the last block from which one was come by.
        Array.Fill(_order, -1, 0, _machine.BlockCount);
        for (int block = 0; block < _machine.BlockCount; block++) _targets[block] = IsOnlyJump(block) ? _machine.Edges[_machine.Blocks[block].FirstSuccessor].Target : block;
        for (int block = 0; block < _machine.BlockCount; block++)
        {
            int target = _targets[block];
            while (_targets[target] != target && _order[target] != block)
            {
                _order[target] = block;
                target = _targets[target];
            }

            // A ring of blocks that do nothing: one of them has to stay.
            _targets[target] = target;
            for (int at = block; at != target;)
            {
                int after = _targets[at];
                _targets[at] = target;
                at = after;
            }
        }
    }

    private bool IsOnlyJump(int block)
    {
        ref MachineBlock made = ref _machine.Blocks[block];
        if (block == 0 || made.End - made.First != 1 || _machine.Instructions[made.First].Op != (ushort)MachineOp.Jump) return false;
        int move = _firstMoves[block];
        return move == _places.MoveCount || _places.Moves[move].Before >= made.End;
    }

    private int OrderBlocks()
    {
        int count = 0;
        for (int pass = 0; pass < 3; pass++)
        {
            for (int block = 0; block < _machine.BlockCount; block++)
            {
                ref MachineBlock made = ref _machine.Blocks[block];
                int place = block == 0 ? 0 : made.IsCold ? 2 : made.IsAside ? 1 : 0;
                if (_targets[block] == block && place == pass) _order[count++] = block;
            }
        }

        return count;
    }

    private Label LabelOf(int block) => new(_firstLabel.Number + block);

    private void EmitBlock(int block)
    {
        _block = block;
        ref MachineBlock made = ref _machine.Blocks[block];
        if (made.LoopEnd > 0 && !made.IsCold && _options.Has(Optimizations.LoopAlignment)) _assembler.Align(LoopAlignment);
        else if (IsCaseOfLoop(ref made)) _assembler.Align(LoopAlignment);
        _assembler.Bind(LabelOf(block));
        _flagsAt = -1;
        int move = _firstMoves[block];
        for (int i = made.First; i < made.End; i++)
        {
            ref MachineInstruction instruction = ref _machine.Instructions[i];
            if (_options.MapsCode) _code.Origins.Add(new CodeOrigin(_assembler.Length, instruction.Origin, -1));
            while (move < _places.MoveCount && _places.Moves[move].Before == i) EmitMove(in _places.Moves[move++]);
            if (_assembler.Length > MaxCodeBytes) return;
            // A constant that is made again wherever it is needed, and not here.
            if ((instruction.Flags & InstructionFlags.Rematerializable) != 0 && _places.Operands[instruction.FirstOperand].Kind == LocationKind.None) continue;
            if (_options.MapsCode) _code.Origins.Add(new CodeOrigin(_assembler.Length, instruction.Origin, i));
            EmitInstruction(ref instruction, block);
        }
    }

    /// <summary>True for where a br_table in a loop leads: a jump of many ways is the dearer the more lines of code its targets touch.</summary>
    private bool IsCaseOfLoop(ref MachineBlock block)
    {
        if (block.LoopDepth == 0 || block.IsCold || block.PredecessorCount != 1 || !_options.Has(Optimizations.LoopAlignment)) return false;
        ref MachineBlock before = ref _machine.Blocks[_machine.Predecessors[block.FirstPredecessor]];
        return _machine.Instructions[before.End - 1].Op == (ushort)MachineOp.BranchTable;
    }

    /// <summary>The block that the successor of a number ends at.</summary>
    private int SuccessorOf(int block, int number) => _targets[_machine.Edges[_machine.Blocks[block].FirstSuccessor + number].Target];

    private void JumpTo(int target)
    {
        if (target != _next) _assembler.Jmp(LabelOf(target));
    }

    /// <summary>The instruction just emitted has left the flags of its result.</summary>
    private void KeepFlags(Register result, int bytes) => (_flagsAt, _flagsOf, _flagsBytes) = (_assembler.Length, result, bytes);

    /// <summary>True where the flags tell whether a register is zero. The upper half of a result of 32 bits is.</summary>
    private bool HasFlags(Register register, int bytes) =>
        _flagsAt == _assembler.Length && _flagsOf == register && (_flagsBytes == bytes || (_flagsBytes == 4 && bytes == 8));

    private void AddSite(int origin, TrapKind kind, bool isReturn = true) => _code.Sites.Add(new CodeSite(_assembler.Length, isReturn, origin, kind));
}
