using System;
using System.Collections.Generic;
using System.Globalization;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// Proves for one function, after register allocation, the invariant of 32-bit values (docs/COMPILER.md): where a value of 32 bits is used as one
/// of 64, the upper half of its register or slot is zero.
/// <para>
/// The invariant is what makes accesses without bounds checks safe: an address is base + register + offset with all 64 bits of the register, and only an
/// index below 2^32 stays inside what is reserved. It is also why widening costs nothing, and what callees, builtins and host functions rely on.
/// </para>
/// <para>
/// The function is run on bounds: for each general register and each slot, whether its value is below 2^32, below 2^33 (the sum of two such), or anything.
/// Where paths meet the worse of the two stays; bounds only get worse from pass to pass, so that a fixpoint is reached. What instructions do stands in
/// <see cref="UpperHalfEffects"/>, what moves do here; a call, a temporary and the scratch register leave anything. An
/// exception leaves its block where the call is that throws. Then for each instruction:
/// </para>
/// <list type="bullet">
/// <item>it leaves zeros above every 32-bit value that it defines;</item>
/// <item>every 32-bit value that it reads whole is below 2^32 where it is read;</item>
/// <item>what it adds to the base of a guarded memory is below 2^32, or below 2^33 with no offset besides, whatever its type;</item>
/// <item>what a check or a table of 32 bits goes by is below 2^32, whatever its type.</item>
/// </list>
/// It trusts the lowering's kinds of virtual registers (IrVerifier checks the types that they come from), that a virtual register is where the allocation
/// says (<see cref="AllocationChecker"/> checks that), and the table, which tests hold against the bytes that are emitted. Meant for tests: time and
/// storage grow with blocks × locations.
/// </summary>
internal sealed class UpperHalfVerifier
{
    /// <summary>A value is below 2^32, below 2^33, or anything.</summary>
    private const byte Half = 0, HalfAndBit = 1, Anything = 2;
    private const long MostCells = 1 << 28;

    private readonly MachineFunction _function;
    private readonly AllocationResult _result;
    private readonly bool _isGuarded;
    private readonly int _locations;
    private readonly byte[] _state;
    private readonly byte[]?[] _entries;
    private readonly int[] _firstMove;
    /// <summary>What an exception that leaves the block finds: the state at its call that throws.</summary>
    private readonly byte[] _thrown;
    private bool _hasThrown;
    private string? _error;
    private bool _isReporting;

    private UpperHalfVerifier(MachineFunction function, AllocationResult result, bool isGuarded)
    {
        _function = function;
        _result = result;
        _isGuarded = isGuarded;
        _locations = Registers.Count + result.SlotCount;
        _state = new byte[_locations];
        _thrown = new byte[_locations];
        _entries = new byte[function.BlockCount][];
        _firstMove = new int[function.InstructionCount + 1];
    }

    /// <summary>The first thing that is wrong, or null.</summary>
    /// <param name="function">The function.</param>
    /// <param name="result">Where its operands are, and the moves.</param>
    /// <param name="isGuarded">Accesses to the first memory are not compared with its length.</param>
    public static string? Check(MachineFunction function, AllocationResult result, bool isGuarded)
    {
        if ((long)function.BlockCount * (Registers.Count + result.SlotCount) > MostCells) return "it is too large for this proof";
        return new UpperHalfVerifier(function, result, isGuarded).Run();
    }

    private string? Run()
    {
        int move = 0;
        for (int i = 0; i <= _function.InstructionCount; i++)
        {
            _firstMove[i] = move;
            while (move < _result.MoveCount && _result.Moves[move].Before == i) move++;
        }

        Queue<int> work = new();
        bool[] isQueued = new bool[_function.BlockCount];
        _entries[0] = new byte[_locations];
        Array.Fill(_entries[0]!, Anything);
        work.Enqueue(0);
        while (work.TryDequeue(out int b))
        {
            isQueued[b] = false;
            RunBlock(b);
            ref MachineBlock block = ref _function.Blocks[b];
            for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
            {
                int target = _function.Edges[e].Target;
                bool isThrown = _hasThrown && e == block.FirstSuccessor + block.SuccessorCount - 1;
                if (!Meet(target, isThrown ? _thrown : _state) || isQueued[target]) continue;
                isQueued[target] = true;
                work.Enqueue(target);
            }
        }

        _isReporting = true;
        for (int b = 0; b < _function.BlockCount && _error is null; b++)
            if (_entries[b] is not null) RunBlock(b);
        return _error;
    }

    private bool Meet(int target, byte[] state)
    {
        byte[]? entry = _entries[target];
        if (entry is null)
        {
            _entries[target] = (byte[])state.Clone();
            return true;
        }

        bool changes = false;
        for (int i = 0; i < _locations; i++)
        {
            if (state[i] <= entry[i]) continue;
            entry[i] = state[i];
            changes = true;
        }

        return changes;
    }

    private void RunBlock(int b)
    {
        _entries[b]!.CopyTo(_state, 0);
        _hasThrown = false;
        for (int i = _function.Blocks[b].First; i < _function.Blocks[b].End && _error is null; i++)
        {
            for (int m = _firstMove[i]; m < _firstMove[i + 1]; m++) RunMove(_result.Moves[m]);
            RunInstruction(i);
        }
    }

    private static int Key(Location location) => location.Kind == LocationKind.Slot ? Registers.Count + location.Index : location.Index;

    /// <summary>What <c>Emitter.EmitMove</c> does: an i32 is stored with 8 bytes, loaded and moved with 4.</summary>
    private void RunMove(InsertedMove move)
    {
        int to = Key(move.To);
        if (move.Kind >= VirtualKind.Float32)
        {
            // Of a float only its own bytes are written; a slot is no general value's any more.
            _state[to] = Anything;
            if (move.Kind == VirtualKind.Vector && move.To.Kind == LocationKind.Slot) _state[to + 1] = Anything;
            return;
        }

        byte moved = move.From.Kind == LocationKind.Constant ? BoundOfConstant(in _function.Instructions[move.From.Index]) : _state[Key(move.From)];
        bool isLoadedOrMoved = move.From.Kind != LocationKind.Constant && move.To.Kind == LocationKind.Register;
        _state[to] = isLoadedOrMoved && move.Kind == VirtualKind.Word32 ? Half : moved;
    }

    private static byte BoundOf(ulong value) => value >> 32 == 0 ? Half : value >> 33 == 0 ? HalfAndBit : Anything;

    private static byte BoundOfConstant(in MachineInstruction instruction) => Detail.Bytes(in instruction) == 4 ? Half : BoundOf((ulong)instruction.Immediate);

    private void RunInstruction(int index)
    {
        ref MachineInstruction instruction = ref _function.Instructions[index];
        ReadOnlySpan<Operand> operands = _function.Operands.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        ReadOnlySpan<Location> places = _result.Operands.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        _state[(int)Registers.Scratch] = Anything;
        if ((instruction.Flags & InstructionFlags.Rematerializable) != 0 && places[0].Kind == LocationKind.None) return;
        UpperHalfEffects.Row row = UpperHalfEffects.Of(instruction.Op);
        if (_isReporting) CheckUses(index, in row, operands, places);
        byte written = BoundOfResult(in instruction, in row, operands, places);
        if ((instruction.Flags & InstructionFlags.Clobbers) != 0) Array.Fill(_state, Anything, 0, Registers.Count);
        if ((instruction.Flags & InstructionFlags.Throws) != 0)
        {
            _state.CopyTo(_thrown, 0);
            _hasThrown = true;
        }

        bool isFirst = true;
        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role is OperandRole.Use or OperandRole.UseLate) continue;
            bool isDefinition = operands[o].Role == OperandRole.Define && operands[o].Virtual >= 0;
            VirtualKind kind = operands[o].Virtual >= 0 ? _function.Virtuals[operands[o].Virtual] : VirtualKind.Word64;
            byte bound = !isDefinition || kind >= VirtualKind.Float32 ? Anything
                : row.Write == WordWrite.Promised ? (kind == VirtualKind.Word32 ? Half : Anything)
                : isFirst ? written : Anything;
            isFirst &= !isDefinition;
            _state[Key(places[o])] = bound;
            if (kind == VirtualKind.Vector && places[o].Kind == LocationKind.Slot) _state[Key(places[o]) + 1] = Anything;
            if (_isReporting && isDefinition && kind == VirtualKind.Word32 && bound != Half) Fail(index, $"leaves anything above v{operands[o].Virtual}, which has 32 bits");
        }
    }

    /// <summary>Where an instruction's source begins: a Select's operands to choose from stand before all others.</summary>
    private static int ChosenOf(in MachineInstruction instruction) =>
        Detail.IsComparison((MachineOp)instruction.Op) && Detail.ConsumerOf(in instruction) is Consumer.Select or Consumer.SelectVector ? 2 : 0;

    private static bool IsVectorInstruction(in MachineInstruction instruction) => instruction.Op >= (ushort)MachineOp.FirstVector;

    /// <summary>Range of the operands that make an address; empty where the source is no memory.</summary>
    private static (int First, int Count) AddressOperands(in MachineInstruction instruction, in UpperHalfEffects.Row row)
    {
        SourceForm form = Detail.Form(in instruction);
        if (form <= SourceForm.Immediate) return (0, 0);
        int at = IsVectorInstruction(in instruction) ? ((VectorForm)instruction.Condition == VectorForm.Unary ? 0 : 1) : row.SourceAt + ChosenOf(in instruction);
        return (at, Detail.OperandsOf(form));
    }

    private void CheckUses(int index, in UpperHalfEffects.Row row, ReadOnlySpan<Operand> operands, ReadOnlySpan<Location> places)
    {
        ref MachineInstruction instruction = ref _function.Instructions[index];
        (int address, int addressCount) = AddressOperands(in instruction, in row);
        int chosen = ChosenOf(in instruction);
        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role > OperandRole.UseLate || operands[o].Virtual < 0) continue;
            VirtualKind kind = _function.Virtuals[operands[o].Virtual];
            if (kind >= VirtualKind.Float32) continue;
            bool isAddress = o >= address && o < address + addressCount;
            byte bound = _state[Key(places[o])];
            // An address cut to 32 bits does not depend on what is above.
            bool isCut = instruction.Op == (ushort)MachineOp.Lea && Detail.Bytes(in instruction) == 4;
            WordRead read = isAddress ? (isCut ? WordRead.Low : WordRead.Whole) : o < chosen ? ReadOfChosen(operands) : row.ReadOf(o - chosen);
            if (instruction.Op == (ushort)MachineOp.FloatFromInteger && !isAddress && (IntegerKind)instruction.Condition == IntegerKind.None) read = WordRead.Low;
            if (read == WordRead.None) Fail(index, $"reads v{operands[o].Virtual}, of which the table knows nothing");
            bool isWhole = read >= WordRead.Whole || (read == WordRead.Sized && Detail.Bytes(in instruction) == 8);
            bool isIndex = read == WordRead.Index && Detail.Bytes(in instruction) == 4;
            if ((isWhole && kind == VirtualKind.Word32 || isIndex) && bound != Half) Fail(index, $"reads all of v{operands[o].Virtual} in {places[o]}, above which there may be anything");
            if (isAddress && IsGuardedAccess(in instruction) && bound > (instruction.Auxiliary == 0 ? HalfAndBit : Half)) Fail(index, $"takes v{operands[o].Virtual} in {places[o]} as an address, which may be too large");
        }
    }

    private bool IsGuardedAccess(in MachineInstruction instruction) => _isGuarded && Detail.Form(in instruction) == SourceForm.Heap && instruction.Op != (ushort)MachineOp.Lea;

    private WordRead ReadOfChosen(ReadOnlySpan<Operand> operands) => _function.Virtuals[operands[^1].Virtual] == VirtualKind.Word32 ? WordRead.Low : WordRead.Whole;

    private byte BoundOfResult(in MachineInstruction instruction, in UpperHalfEffects.Row row, ReadOnlySpan<Operand> operands, ReadOnlySpan<Location> places)
    {
        bool isWide = Detail.Bytes(in instruction) == 8;
        switch (row.Write)
        {
            case WordWrite.Zero: return Half;
            case WordWrite.Sized: return isWide ? Anything : Half;
            case WordWrite.Constant: return BoundOfConstant(in instruction);
            case WordWrite.Extended: return (Extension)instruction.Condition == Extension.Sign64 || (isWide && (Extension)instruction.Condition == Extension.Zero) ? Anything : Half;
            case WordWrite.Sum: return !isWide || (Bound(places, operands, 0) == Half && SourceBound(in instruction, places, operands) == Half) ? (isWide ? HalfAndBit : Half) : Anything;
            case WordWrite.And: return !isWide ? Half : Math.Min(Bound(places, operands, 0), SourceBound(in instruction, places, operands));
            case WordWrite.Or: return !isWide ? Half : Math.Max(Bound(places, operands, 0), SourceBound(in instruction, places, operands));
            case WordWrite.Shift:
                bool shrinks = (ShiftOp)instruction.Condition == ShiftOp.Shr && (instruction.Immediate >= 32 || Bound(places, operands, 0) == Half);
                return !isWide || shrinks ? Half : Anything;
            case WordWrite.HighProduct:
                bool isSmall = instruction.Op == (ushort)MachineOp.MultiplyHighConstant || instruction.Condition == 0;
                return isSmall && Bound(places, operands, 0) == Half ? Half : Anything;
            case WordWrite.Address: return !isWide ? Half : Detail.Form(in instruction) == SourceForm.Based && instruction.Auxiliary == 0 ? Bound(places, operands, 0) : Anything;
            case WordWrite.Chosen:
                if (Detail.ConsumerOf(in instruction) != Consumer.Select) return Half;
                return ReadOfChosen(operands) == WordRead.Low ? Half : Math.Max(Bound(places, operands, 0), Bound(places, operands, 1));
            case WordWrite.Converted: return ((IntegerKind)instruction.Condition & IntegerKind.Wide) != 0 ? Anything : Half;
            default: return Anything;
        }
    }

    private byte Bound(ReadOnlySpan<Location> places, ReadOnlySpan<Operand> operands, int operand) => operands[operand].Role <= OperandRole.UseLate ? _state[Key(places[operand])] : Anything;

    /// <summary>Of the second operand of an instruction of two: an immediate is sign-extended, memory of 8 bytes may hold anything.</summary>
    private byte SourceBound(in MachineInstruction instruction, ReadOnlySpan<Location> places, ReadOnlySpan<Operand> operands) => Detail.Form(in instruction) switch
    {
        SourceForm.Register => Bound(places, operands, 1),
        SourceForm.Immediate => BoundOf((ulong)(long)(int)instruction.Immediate),
        _ => Anything,
    };

    private void Fail(int index, string what) =>
        _error ??= string.Create(CultureInfo.InvariantCulture, $"instruction {index} ({(MachineOp)_function.Instructions[index].Op}) {what}");
}
