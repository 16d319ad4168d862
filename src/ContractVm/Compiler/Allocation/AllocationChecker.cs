using System;
using System.Collections.Generic;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// Proves that an allocation is right for one function, knowing nothing of how it was made.
/// <para>
/// It runs the function on sets: for each register and slot the virtual registers whose value is there, whatever path was taken.
/// Where paths meet only what is true on all of them stays. A definition makes a new value, so the old one of its name is nowhere
/// any more; an edge renames arguments to parameters, at once. Sets only shrink from pass to pass, so that a fixpoint is reached;
/// then every operand is checked. An exception leaves its block where the call is that throws, with what is in slots there. The width of a move decides which kinds of values survive it; a 16-byte slot covers two units.
/// Meant for tests: time and storage grow with blocks × locations.
/// </para>
/// </summary>
internal sealed class AllocationChecker
{
    /// <summary>Marks the second unit of a 16-byte slot.</summary>
    private const int SecondHalf = -2;

    private readonly MachineFunction _function;
    private readonly AllocationResult _result;
    private readonly List<int>[] _state;
    private readonly Dictionary<int, List<int>> _holders = [];
    private readonly int[][]?[] _entries;
    private readonly int[] _firstMove;
    /// <summary>What an exception that leaves the block finds: the state at its call that throws; null where it has none.</summary>
    private int[][]? _thrown;
    private string? _error;
    private bool _isReporting;

    private AllocationChecker(MachineFunction function, AllocationResult result)
    {
        _function = function;
        _result = result;
        _state = new List<int>[Registers.Count + result.SlotCount];
        for (int i = 0; i < _state.Length; i++) _state[i] = [];
        _entries = new int[function.BlockCount][][];
        _firstMove = new int[function.InstructionCount + 1];
    }

    /// <summary>The first thing that is wrong, or null.</summary>
    public static string? Check(MachineFunction function, AllocationResult result) => new AllocationChecker(function, result).Run();

    private string? Run()
    {
        int move = 0;
        for (int i = 0; i <= _function.InstructionCount; i++)
        {
            _firstMove[i] = move;
            while (move < _result.MoveCount && _result.Moves[move].Before == i) move++;
        }

        if (move != _result.MoveCount) return $"move {move} is out of order";
        Queue<int> work = new();
        bool[] isQueued = new bool[_function.BlockCount];
        _entries[0] = new int[_state.Length][];
        Array.Fill(_entries[0]!, []);
        work.Enqueue(0);
        while (work.TryDequeue(out int b))
        {
            isQueued[b] = false;
            RunBlock(b);
            if (_error is not null) return _error;
            ref MachineBlock block = ref _function.Blocks[b];
            for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
            {
                int target = _function.Edges[e].Target;
                bool isThrown = _thrown is not null && e == block.FirstSuccessor + block.SuccessorCount - 1;
                if (isThrown) CheckLanding(b, target);
                if (!Meet(ref _function.Edges[e], isThrown) || isQueued[target]) continue;
                isQueued[target] = true;
                work.Enqueue(target);
            }
        }

        _isReporting = true;
        for (int b = 0; b < _function.BlockCount && _error is null; b++)
        {
            if (_entries[b] is not null) RunBlock(b);
        }

        return _error;
    }

    private void RunBlock(int b)
    {
        int[][] entry = _entries[b]!;
        for (int i = 0; i < _state.Length; i++)
        {
            _state[i].Clear();
            _state[i].AddRange(entry[i]);
        }

        _thrown = null;
        for (int i = _function.Blocks[b].First; i < _function.Blocks[b].End && _error is null; i++)
        {
            // Nothing stays in a scratch register, but from move to move.
            for (int m = _firstMove[i]; m < _firstMove[i + 1] && _error is null; m++) RunMove(_result.Moves[m]);
            if (_error is null) RunInstruction(i);
        }
    }

    private void RunMove(InsertedMove move)
    {
        bool isVector = move.Kind >= VirtualKind.Float32;
        if (!IsPlace(move.To, isVector, move.Kind, isMove: true) || (move.From.Kind != LocationKind.Constant && !IsPlace(move.From, isVector, move.Kind, isMove: true)))
        {
            Fail($"before {move.Before}: a move from {move.From} to {move.To} of {move.Kind}");
            return;
        }

        if (move.From.Kind != LocationKind.Register && move.To.Kind != LocationKind.Register)
        {
            Fail($"before {move.Before}: a move from {move.From} to {move.To} is no instruction");
            return;
        }

        List<int> moved = [];
        if (move.From.Kind == LocationKind.Constant)
        {
            ref MachineInstruction instruction = ref _function.Instructions[move.From.Index];
            if ((instruction.Flags & InstructionFlags.Rematerializable) == 0) Fail($"before {move.Before}: instruction {move.From.Index} is no constant");
            else moved.Add(_function.Operands[instruction.FirstOperand].Virtual);
        }
        else
        {
            foreach (int v in _state[Key(move.From)])
            {
                if (v >= 0) moved.Add(v);
            }
        }

        moved.RemoveAll(v => !Survives(_function.Virtuals[v], move.Kind));
        Write(move.To, move.Kind, moved);
    }

    private static bool Survives(VirtualKind value, VirtualKind move) => value switch
    {
        VirtualKind.Word32 => move <= VirtualKind.Word64,
        VirtualKind.Word64 => move == VirtualKind.Word64,
        VirtualKind.Float32 => move >= VirtualKind.Float32,
        VirtualKind.Float64 => move >= VirtualKind.Float64,
        _ => move == VirtualKind.Vector,
    };

    private bool IsPlace(Location location, bool isVector, VirtualKind kind, bool isMove)
    {
        if (location.Kind == LocationKind.Slot) return location.Index >= 0 && location.Index + (kind == VirtualKind.Vector ? 2 : 1) <= _result.SlotCount;
        if (location.Kind != LocationKind.Register || location.Index >= Registers.Count || Registers.IsVector(location.Register) != isVector) return false;
        bool isScratch = location.Register is Registers.Scratch or Registers.VectorScratch;
        return (Registers.Allocatable & (1u << location.Index)) != 0 || (isMove && isScratch);
    }

    private static int Key(Location location) => location.Kind == LocationKind.Slot ? Registers.Count + location.Index : location.Index;

    private void Write(Location to, VirtualKind kind, List<int> values)
    {
        int key = Key(to);
        if (to.Kind == LocationKind.Slot)
        {
            // Half of what was wider is nothing.
            if (_state[key].Contains(SecondHalf)) _state[key - 1].Clear();
            if (key + 1 < _state.Length && _state[key + 1].Contains(SecondHalf)) _state[key + 1].Clear();
            if (kind == VirtualKind.Vector)
            {
                if (key + 2 < _state.Length && _state[key + 2].Contains(SecondHalf)) _state[key + 2].Clear();
                _state[key + 1].Clear();
                _state[key + 1].Add(SecondHalf);
            }
        }

        _state[key].Clear();
        _state[key].AddRange(values);
    }

    private void RunInstruction(int index)
    {
        ref MachineInstruction instruction = ref _function.Instructions[index];
        ReadOnlySpan<Operand> operands = _function.Operands.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        ReadOnlySpan<Location> places = _result.Operands.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        _state[(int)Registers.Scratch].Clear();
        _state[(int)Registers.VectorScratch].Clear();
        bool isLeftOut = (instruction.Flags & InstructionFlags.Rematerializable) != 0 && places[0].Kind == LocationKind.None;
        if (isLeftOut) return;
        if (_isReporting) CheckOperands(index, operands, places);
        if (_error is not null) return;
        if ((instruction.Flags & InstructionFlags.Clobbers) != 0)
        {
            for (int r = 0; r < Registers.Count; r++) _state[r].Clear();
        }

        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role == OperandRole.Temporary || operands[o].Virtual < 0) _state[Key(places[o])].Clear();
        }

        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role != OperandRole.Define || operands[o].Virtual < 0) continue;
            for (int i = 0; i < _state.Length; i++) _state[i].Remove(operands[o].Virtual);
        }

        if ((instruction.Flags & InstructionFlags.Throws) != 0) _thrown = Array.ConvertAll(_state, static values => values.ToArray());

        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role == OperandRole.Define && operands[o].Virtual >= 0) Write(places[o], _function.Virtuals[operands[o].Virtual], [operands[o].Virtual]);
        }
    }

    private void CheckOperands(int index, ReadOnlySpan<Operand> operands, ReadOnlySpan<Location> places)
    {
        bool clobbers = (_function.Instructions[index].Flags & InstructionFlags.Clobbers) != 0;
        for (int o = 0; o < operands.Length; o++)
        {
            Operand operand = operands[o];
            Location place = places[o];
            string where = $"instruction {index}, operand {o} in {place}";
            if (operand.Place == OperandPlace.FixedRegister && place != Location.Of(operand.Fixed)) Fail($"{where}: not {operand.Fixed}");
            if (operand.Virtual < 0) continue;
            VirtualKind kind = _function.Virtuals[operand.Virtual];
            if (!IsPlace(place, kind >= VirtualKind.Float32, kind, isMove: false)) Fail($"{where}: no place for {kind}");
            else if (place.Kind == LocationKind.Slot && operand.Place != OperandPlace.RegisterOrSlot) Fail($"{where}: not a register");
            else if (operand.Place == OperandPlace.SameAsFirst && place != places[0]) Fail($"{where}: not the first operand's {places[0]}");
            else if (operand.Role <= OperandRole.UseLate && !_state[Key(place)].Contains(operand.Virtual)) Fail($"{where}: v{operand.Virtual} is not there");
            else if (clobbers && operand.Role == OperandRole.Define && operand.Place != OperandPlace.FixedRegister && place.Kind != LocationKind.Slot) Fail($"{where}: lost at once");
        }

        for (int a = 0; a < operands.Length && _error is null; a++)
        {
            for (int b = a + 1; b < operands.Length; b++)
            {
                if (Overlap(operands[a], places[a], operands[b], places[b]) && Collide(operands[a].Role, operands[b].Role)) Fail($"instruction {index}: operands {a} and {b} share {places[a]}");
            }
        }
    }

    private bool Overlap(Operand a, Location place, Operand b, Location other)
    {
        if (place.Kind != other.Kind) return false;
        if (place.Kind == LocationKind.Register) return place == other;
        return place.Index < other.Index + Units(b.Virtual) && other.Index < place.Index + Units(a.Virtual);
    }

    private int Units(int v) => v >= 0 && _function.Virtuals[v] == VirtualKind.Vector ? 2 : 1;

    /// <summary>Uses may share what holds both values, and a use that is read early may give way to a result.</summary>
    private static bool Collide(OperandRole a, OperandRole b)
    {
        if (a > b) (a, b) = (b, a);
        if (b == OperandRole.Temporary) return true;
        return b == OperandRole.Define && a != OperandRole.Use;
    }

    /// <summary>Moves at the start of a landing would come before what the landing finds in registers; those before a terminator that is never come to would be lost.</summary>
    private void CheckLanding(int from, int landing)
    {
        ref MachineBlock block = ref _function.Blocks[from], target = ref _function.Blocks[landing];
        ref MachineInstruction first = ref _function.Instructions[target.First];
        if (target.PredecessorCount != 1 || target.ParameterCount != 0) Fail($"block {landing}: exceptions come there from more than one place, or bring values");
        else if ((first.Flags & InstructionFlags.Clobbers) == 0) Fail($"block {landing}: where exceptions come no register holds anything");
        else if (_firstMove[target.First] != _firstMove[target.First + 1]) Fail($"block {landing}: moves before an exception is taken");
        else if (block.SuccessorCount == 1 && _firstMove[block.End - 1] != _firstMove[block.End]) Fail($"block {from}: moves behind a throw");
    }

    /// <summary>Meets the state, or what an exception finds, with what the edge's target expects; true where that changes.</summary>
    private bool Meet(ref MachineEdge edge, bool isThrown)
    {
        ref MachineBlock target = ref _function.Blocks[edge.Target];
        _holders.Clear();
        HashSet<int> parameters = [];
        for (int i = 0; i < edge.ArgumentCount; i++)
        {
            int parameter = _function.Values[target.FirstParameter + i], argument = _function.Values[edge.FirstArgument + i];
            parameters.Add(parameter);
            if (!_holders.TryGetValue(argument, out List<int>? named)) _holders[argument] = named = [];
            named.Add(parameter);
        }

        int[][]? before = _entries[edge.Target];
        bool isChanged = before is null;
        int[][] after = before ?? new int[_state.Length][];
        for (int i = 0; i < _state.Length; i++)
        {
            List<int> values = [];
            foreach (int v in isThrown ? (IEnumerable<int>)_thrown![i] : _state[i])
            {
                if (!parameters.Contains(v)) values.Add(v);
                if (_holders.TryGetValue(v, out List<int>? named)) values.AddRange(named);
            }

            if (before is not null)
            {
                values.RemoveAll(v => Array.IndexOf(before[i], v) < 0);
                if (values.Count == before[i].Length) continue;
                isChanged = true;
            }

            after[i] = values.ToArray();
        }

        _entries[edge.Target] = after;
        return isChanged;
    }

    private void Fail(string error) => _error ??= error;
}
