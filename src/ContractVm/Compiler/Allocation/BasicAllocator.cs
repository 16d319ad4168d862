using System;
using System.Numerics;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// The allocator for functions whose live sets are too large for <see cref="NextUseAllocator"/>: every value lives in its slot.
/// <para>
/// An instruction loads what it reads into registers, and its results are stored before the next one. Constants are made where they
/// are used. Arguments of edges go from slot to slot. Values share slots where their intervals allow it, see <see cref="SlotAssigner"/>.
/// Nothing is known from one instruction to the next, so the time is O(operands), whatever the function is like.
/// </para>
/// </summary>
internal sealed class BasicAllocator
{
    private readonly MoveList _moves = new();
    private readonly ParallelMoves _parallel = new();
    private readonly SlotAssigner _slots = new();
    private bool[] _isSpilled = [];
    private MachineFunction _function = null!;
    private AllocationResult _result = null!;
    private NextUses _uses = null!;

    /// <summary>Allocates a function whose order and definitions are known.</summary>
    public void Run(MachineFunction function, FlowOrder order, NextUses uses, AllocationResult result)
    {
        (_function, _uses, _result) = (function, uses, result);
        if (result.Operands.Length < function.OperandCount) result.Operands = new Location[Math.Max(function.OperandCount, result.Operands.Length * 2)];
        Array.Clear(result.Operands, 0, function.OperandCount);
        if (_isSpilled.Length < function.VirtualCount) _isSpilled = new bool[Math.Max(function.VirtualCount, _isSpilled.Length * 2)];
        _moves.Clear();
        FindSpilled();
        result.SlotCount = _slots.Run(function, order, uses, _isSpilled);
        _parallel.SpareSlot = result.SlotCount;
        _parallel.UsesSpareSlot = false;
        for (int b = 0; b < function.BlockCount; b++)
        {
            ref MachineBlock block = ref function.Blocks[b];
            for (int i = block.First; i < block.End; i++) PlaceOperands(i);
            for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
            {
                ref MachineEdge edge = ref function.Edges[e];
                for (int i = 0; i < edge.ArgumentCount; i++)
                {
                    int argument = function.Values[edge.FirstArgument + i], parameter = function.Values[function.Blocks[edge.Target].FirstParameter + i];
                    if (_isSpilled[parameter]) _parallel.Add(SourceOf(argument), Location.OfSlot(_slots.SlotOf[parameter]), function.Virtuals[parameter]);
                }

                if (block.SuccessorCount == 1) _parallel.Resolve(_moves, MoveStage.BlockEnd, block.End - 1);
                else _parallel.Resolve(_moves, MoveStage.BlockStart, function.Blocks[edge.Target].First);
            }
        }

        if (_parallel.UsesSpareSlot) result.SlotCount += 2;
        // Operands' slots are numbers already.
        _moves.Finish(result, function.InstructionCount, null);
        (_function, _uses, _result) = (null!, null!, null!);
    }

    /// <summary>Values that anything reads, but for constants.</summary>
    private void FindSpilled()
    {
        Array.Clear(_isSpilled, 0, _function.VirtualCount);
        for (int o = 0; o < _function.OperandCount; o++)
        {
            ref Operand operand = ref _function.Operands[o];
            if (operand.Virtual < 0) continue;
            // A result that may be in a slot is written there even where nothing reads it.
            bool isRead = operand.Role <= OperandRole.UseLate || (operand.Role == OperandRole.Define && operand.Place == OperandPlace.RegisterOrSlot);
            if (isRead && !_uses.IsConstant[operand.Virtual]) _isSpilled[operand.Virtual] = true;
        }

        for (int e = 0; e < _function.EdgeCount; e++)
        {
            ref MachineEdge edge = ref _function.Edges[e];
            for (int i = 0; i < edge.ArgumentCount; i++)
            {
                int argument = _function.Values[edge.FirstArgument + i];
                if (!_uses.IsConstant[argument]) _isSpilled[argument] = true;
            }
        }
    }

    private Location SourceOf(int v) => _uses.IsConstant[v] ? new Location(LocationKind.Constant, _uses.DefinitionInstruction[v]) : Location.OfSlot(_slots.SlotOf[v]);

    private void PlaceOperands(int index)
    {
        ref MachineInstruction instruction = ref _function.Instructions[index];
        Span<Operand> operands = _function.Operands.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        Span<Location> places = _result.Operands.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        // Registers that are taken while uses are read, and at the end.
        uint early = 0, late = 0;
        bool shares = false;
        for (int o = 0; o < operands.Length; o++)
        {
            ref Operand operand = ref operands[o];
            shares |= operand.Place == OperandPlace.SameAsFirst;
            if (operand.Place != OperandPlace.FixedRegister) continue;
            uint bit = 1u << (int)operand.Fixed;
            places[o] = Location.Of(operand.Fixed);
            if (operand.Role != OperandRole.Define) early |= bit;
            if (operand.Role != OperandRole.Use) late |= bit;
            if (operand.Role <= OperandRole.UseLate) Move(index, SourceOf(operand.Virtual), places[o], operand.Virtual);
        }

        // What needs a register throughout chooses first, then uses, then results.
        for (int o = 0; o < operands.Length; o++)
        {
            ref Operand operand = ref operands[o];
            bool isThroughout = operand.Role is OperandRole.UseLate or OperandRole.Temporary || (o == 0 && shares);
            if (!isThroughout || places[o].Kind != LocationKind.None || PutInSlot(operand, ref places[o])) continue;
            uint bit = Pick(operand.Virtual, early | late, ref places[o]);
            early |= bit;
            late |= bit;
            if (operand.Role != OperandRole.Temporary) Move(index, SourceOf(operand.Virtual), places[o], operand.Virtual);
        }

        for (int o = 0; o < operands.Length; o++)
        {
            ref Operand operand = ref operands[o];
            if (operand.Role != OperandRole.Use || places[o].Kind != LocationKind.None || PutInSlot(operand, ref places[o])) continue;
            early |= Pick(operand.Virtual, early, ref places[o]);
            Move(index, SourceOf(operand.Virtual), places[o], operand.Virtual);
        }

        for (int o = 0; o < operands.Length; o++)
        {
            ref Operand operand = ref operands[o];
            if (operand.Role != OperandRole.Define || operand.Virtual < 0) continue;
            if (operand.Place == OperandPlace.SameAsFirst) places[o] = places[0];
            else if (operand.Place == OperandPlace.RegisterOrSlot && _isSpilled[operand.Virtual])
            {
                places[o] = Location.OfSlot(_slots.SlotOf[operand.Virtual]);
                continue;
            }
            else if (operand.Place != OperandPlace.FixedRegister)
            {
                // A constant is made where it is used.
                if (_uses.IsConstant[operand.Virtual]) continue;
                late |= Pick(operand.Virtual, late, ref places[o]);
            }

            if (_isSpilled[operand.Virtual]) _moves.Add(MoveStage.Store, new InsertedMove(index + 1, places[o], Location.OfSlot(_slots.SlotOf[operand.Virtual]), _function.Virtuals[operand.Virtual]));
        }
    }

    /// <summary>An operand that may be in a slot stays there.</summary>
    private bool PutInSlot(Operand operand, ref Location place)
    {
        if (operand.Place != OperandPlace.RegisterOrSlot || !_isSpilled[operand.Virtual]) return false;
        place = Location.OfSlot(_slots.SlotOf[operand.Virtual]);
        return true;
    }

    private void Move(int index, Location from, Location to, int v) => _moves.Add(MoveStage.Operands, new InsertedMove(index, from, to, _function.Virtuals[v]));

    private uint Pick(int v, uint taken, ref Location place)
    {
        uint mask = _function.Virtuals[v] < VirtualKind.Float32 ? 0xFFFF : 0xFFFF0000;
        uint free = Registers.Allocatable & mask & ~taken;
        if (free == 0) throw new NodeFaultException("no register is left for an instruction");
        int register = BitOperations.TrailingZeroCount(free);
        place = Location.Of((Register)register);
        return 1u << register;
    }
}
