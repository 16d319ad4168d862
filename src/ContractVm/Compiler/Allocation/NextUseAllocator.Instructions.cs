using System;
using System.Numerics;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// The scan of one instruction. Steps: registers that it insists on are cleared; fixed uses, uses that are in registers already, the
/// first operand where a result shares its register, the other uses, temporaries; values that had to leave a register find
/// another one; what dies is freed; results. Moves are emitted last, all at once.
/// </summary>
internal sealed partial class NextUseAllocator
{
    /// <summary>A constant that is used farther away than this is made where it is used.</summary>
    private const int ConstantReach = 24;

    // The instruction that is scanned has a number, so that nothing need be cleared.
    private int _gap;
    private int[] _usedAt = [], _usedLateAt = [], _usedAnywhereAt = [];
    private long[] _usedNext = [];
    /// <summary>The value left its register in this instruction, which it held at the start or had moved from.</summary>
    private int[] _goneAt = [];
    private Location[] _goneFrom = [];
    /// <summary>Where the content that each register is to have was when the instruction began.</summary>
    private readonly Location[] _origin = new Location[Registers.Count];
    private readonly int[] _gapValue = new int[Registers.Count];
    private uint _gapTargets;
    /// <summary>Registers that operands take while uses are read, and at the end.</summary>
    private uint _early, _late;
    /// <summary>Registers of fixed definitions and temporaries: a value that lives on must not be there.</summary>
    private uint _destroyed;
    private bool _clobbers;
    private readonly int[] _fixedValue = new int[Registers.Count];
    private readonly int[] _displaced = new int[Registers.Count];
    private int _displacedCount;

    private void ScanInstruction(int index)
    {
        ref MachineInstruction instruction = ref _function.Instructions[index];
        Span<Operand> operands = _function.Operands.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        Span<Location> places = _result.Operands.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        ReadOnlySpan<long> nexts = _uses.NextAfter.AsSpan(instruction.FirstOperand, instruction.OperandCount);
        _gap++;
        _gapTargets = _early = _late = _destroyed = 0;
        _displacedCount = 0;
        _clobbers = (instruction.Flags & InstructionFlags.Clobbers) != 0;
        uint fixedUses = 0;
        int shared = -1;
        for (int o = 0; o < operands.Length; o++)
        {
            ref Operand operand = ref operands[o];
            uint bit = operand.Place == OperandPlace.FixedRegister ? 1u << (int)operand.Fixed : 0;
            if (operand.Place == OperandPlace.SameAsFirst) shared = o;
            if (operand.Role <= OperandRole.UseLate)
            {
                (_usedAt[operand.Virtual], _usedNext[operand.Virtual]) = (_gap, nexts[o]);
                if (operand.Role == OperandRole.UseLate) _usedLateAt[operand.Virtual] = _gap;
                if (bit != 0) _fixedValue[(int)operand.Fixed] = operand.Virtual;
                fixedUses |= bit;
                if (operand.Role == OperandRole.UseLate) _late |= bit;
            }
            else
            {
                _destroyed |= bit;
                _late |= bit;
                if (operand.Role == OperandRole.Temporary) _early |= bit;
            }
        }

        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role <= OperandRole.UseLate && operands[o].Place != OperandPlace.FixedRegister && !(o == 0 && shared > 0)) _usedAnywhereAt[operands[o].Virtual] = _gap;
        }

        _early |= fixedUses;
        if (((_early | _destroyed) & _occupied) != 0) Clear(fixedUses);
        if (fixedUses != 0) PlaceFixedUses(operands, places);
        LockUses(operands, places, shared);
        if (shared > 0) places[0] = Location.Of((Register)ShareFirst(operands[0].Virtual, operands[shared].Virtual, nexts[shared]));
        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role <= OperandRole.UseLate && places[o].Kind == LocationKind.None) places[o] = PlaceUse(operands[o], fixedUses);
        }

        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role == OperandRole.Temporary) places[o] = PlaceTemporary(operands[o]);
        }

        if (_displacedCount > 0 && !_clobbers) MoveDisplaced();
        EndUses(operands);
        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role == OperandRole.Define) places[o] = PlaceDefinition(ref instruction, operands[o], places[0], nexts[o]);
        }

        if (_gapTargets != 0) EmitMoves(index);
    }

    /// <summary>Takes the values out of registers that the instruction insists on, but for those that it wants there.</summary>
    private void Clear(uint fixedUses)
    {
        for (uint rest = (_early | _destroyed) & _occupied; rest != 0; rest &= rest - 1)
        {
            int register = BitOperations.TrailingZeroCount(rest);
            uint bit = 1u << register;
            int v = _registers[register];
            bool livesOn = After(v) != NextUses.Never;
            bool isWanted = (fixedUses & bit) != 0 && _fixedValue[register] == v;
            bool mustLeave = (_early & bit) != 0 && !isWanted;
            if (!mustLeave && !(livesOn && (_destroyed & bit) != 0)) continue;
            Evict(register);
            if (livesOn && _usedAnywhereAt[v] != _gap) _displaced[_displacedCount++] = v;
        }
    }

    private void PlaceFixedUses(Span<Operand> operands, Span<Location> places)
    {
        for (int o = 0; o < operands.Length; o++)
        {
            ref Operand operand = ref operands[o];
            if (operand.Role > OperandRole.UseLate || operand.Place != OperandPlace.FixedRegister) continue;
            int v = operand.Virtual, register = (int)operand.Fixed;
            places[o] = Location.Of(operand.Fixed);
            if (_home[v] == register) continue;
            Bring(v, register);
            bool livesOn = After(v) != NextUses.Never;
            if (_home[v] < 0)
            {
                // What is nowhere else stays here.
                if (livesOn && !_clobbers && (_destroyed & (1u << register)) == 0) Put(v, register);
            }
            else if (!livesOn && _usedAnywhereAt[v] != _gap)
            {
                Evict(_home[v]);
            }
        }
    }

    /// <summary>Uses that are where they may be.</summary>
    private void LockUses(Span<Operand> operands, Span<Location> places, int shared)
    {
        for (int o = shared > 0 ? 1 : 0; o < operands.Length; o++)
        {
            ref Operand operand = ref operands[o];
            if (operand.Role > OperandRole.UseLate || places[o].Kind != LocationKind.None) continue;
            int register = _home[operand.Virtual];
            if (register < 0) continue;
            if (operand.Role == OperandRole.UseLate && (_destroyed & (1u << register)) != 0)
            {
                Evict(register);
                continue;
            }

            places[o] = Location.Of((Register)register);
            _early |= 1u << register;
            if (operand.Role == OperandRole.UseLate) _late |= 1u << register;
        }
    }

    /// <summary>A register for operand 0 and the result that shares it.</summary>
    private int ShareFirst(int v, int result, long nextUse)
    {
        int home = _home[v];
        bool livesOn = After(v) != NextUses.Never || _usedLateAt[v] == _gap;
        uint homeBit = home < 0 ? 0 : 1u << home;
        if (home >= 0 && !livesOn && ((_destroyed | _late) & homeBit) == 0)
        {
            _early |= homeBit;
            _late |= homeBit;
            return home;
        }

        // While the register is chosen the value keeps its own.
        uint forbidden = _early | _destroyed | _late;
        bool canSwap = home >= 0 && ((_destroyed | _late | _early) & homeBit) == 0;
        if (canSwap && livesOn && HintFor(result, homeBit, nextUse) == home && (ClassOf(v) & ~forbidden & ~_occupied) != 0)
        {
            // The result is better off in the value's register: the value moves.
            int other = Choose(v, ClassOf(v) & ~forbidden & ~_occupied, After(v));
            Bring(v, other);
            Free(home);
            Put(v, other);
            _early |= homeBit;
            _late |= homeBit;
            return home;
        }

        int register = Take(result, forbidden | homeBit, nextUse);
        if (register < 0) register = Take(result, forbidden, nextUse);
        if (register < 0) throw NoRegister();
        Bring(v, register);
        _early |= 1u << register;
        _late |= 1u << register;
        if (_home[v] >= 0 && After(v) == NextUses.Never && _usedAnywhereAt[v] != _gap) Evict(_home[v]);
        return register;
    }

    /// <summary>A use whose value is in no register, or not in one that it may be in.</summary>
    private Location PlaceUse(Operand operand, uint fixedUses)
    {
        int v = operand.Virtual;
        bool isLate = operand.Role == OperandRole.UseLate;
        for (uint rest = isLate ? 0 : fixedUses; rest != 0; rest &= rest - 1)
        {
            int register = BitOperations.TrailingZeroCount(rest);
            if (_fixedValue[register] == v) return Location.Of((Register)register);
        }

        // The same value may have got a register for another operand just now.
        if (_home[v] >= 0) return Lock(_home[v], isLate);
        bool livesOn = After(v) != NextUses.Never;
        uint forbidden = _early | _late | (livesOn || _usedLateAt[v] == _gap ? _destroyed : 0);
        if (operand.Place == OperandPlace.RegisterOrSlot)
        {
            bool isNear = livesOn && !_clobbers && After(v) - _position < NextUses.LoopExit;
            bool wants = isNear || _uses.IsConstant[v] || Source(v).Kind == LocationKind.Register;
            uint free = ClassOf(v) & ~forbidden & ~_occupied;
            if (!wants || free == 0)
            {
                Demand(v, _block);
                return Location.OfSlot(v);
            }

            int chosen = Choose(v, free, After(v));
            Bring(v, chosen);
            Put(v, chosen);
            return Lock(chosen, isLate);
        }

        int taken = Take(v, forbidden, After(v));
        if (taken >= 0)
        {
            Bring(v, taken);
            Put(v, taken);
            return Lock(taken, isLate);
        }

        // Only registers that results destroy are left: the value is there for the use alone.
        taken = isLate ? -1 : Take(v, _early, After(v));
        if (taken < 0) throw NoRegister();
        Bring(v, taken);
        return Lock(taken, isLate);
    }

    private Location Lock(int register, bool isLate)
    {
        _early |= 1u << register;
        if (isLate) _late |= 1u << register;
        return Location.Of((Register)register);
    }

    private Location PlaceTemporary(Operand operand)
    {
        if (operand.Place == OperandPlace.FixedRegister) return Location.Of(operand.Fixed);
        int register = Take(operand.Virtual, _early | _late | _destroyed, _position + 1);
        if (register < 0) throw NoRegister();
        return Lock(register, isLate: true);
    }

    /// <summary>Registers for values that had to leave theirs and are wanted again before any call.</summary>
    private void MoveDisplaced()
    {
        for (int i = 0; i < _displacedCount; i++)
        {
            int v = _displaced[i];
            if (_home[v] >= 0 || After(v) - _position >= NextUses.Call) continue;
            uint allowed = ClassOf(v) & ~(_early | _late | _destroyed);
            int register;
            if ((allowed & ~_occupied) != 0)
            {
                register = Choose(v, allowed & ~_occupied, After(v));
            }
            else
            {
                register = Victim(allowed);
                if (register < 0 || After(_registers[register]) <= After(v)) continue;
                Evict(register);
            }

            Bring(v, register);
            Put(v, register);
        }
    }

    /// <summary>Uses are read: what is not used any more frees its register, and a call takes all.</summary>
    private void EndUses(Span<Operand> operands)
    {
        for (int o = 0; o < operands.Length; o++)
        {
            if (operands[o].Role > OperandRole.UseLate) continue;
            int v = operands[o].Virtual;
            _nextUse[v] = _usedNext[v];
            if (_usedNext[v] == NextUses.Never && _home[v] >= 0) Free(_home[v]);
        }

        if (!_clobbers) return;
        while (_occupied != 0) Free(BitOperations.TrailingZeroCount(_occupied));
    }

    private Location PlaceDefinition(ref MachineInstruction instruction, Operand operand, Location first, long nextUse)
    {
        int v = operand.Virtual;
        int register = -1;
        if (operand.Place == OperandPlace.FixedRegister) register = (int)operand.Fixed;
        else if (operand.Place == OperandPlace.SameAsFirst) register = (int)first.Register;
        if (v < 0) return Location.Of((Register)register);
        _nextUse[v] = nextUse;
        if (register < 0)
        {
            bool isConstant = _uses.IsConstant[v];
            if (isConstant && (nextUse == NextUses.Never || nextUse - _position > ConstantReach)) return default;
            uint allowed = ClassOf(v) & ~(_destroyed | _late);
            uint free = allowed & ~_occupied;
            if (operand.Place == OperandPlace.RegisterOrSlot && (free == 0 || _clobbers))
            {
                _isDefinedInSlot[v] = true;
                _isSpilled[v] = true;
                return Location.OfSlot(v);
            }

            // A move's result takes the register that its source has just left.
            uint source = (instruction.Flags & InstructionFlags.Move) != 0 && first.Kind == LocationKind.Register ? 1u << (int)first.Register : 0;
            if ((free & source) != 0 && NextFixed((int)first.Register) >= nextUse) register = (int)first.Register;
            else if (isConstant && free == 0) return default;
            else register = Take(v, _destroyed | _late, nextUse);
            if (register < 0) throw NoRegister();
        }

        _late |= 1u << register;
        if (nextUse != NextUses.Never)
        {
            Put(v, register);
            int parameter = _affinity[v];
            if (parameter >= 0 && _lastRegister[parameter] == Register.None) _lastRegister[parameter] = (Register)register;
        }

        return Location.Of((Register)register);
    }

    /// <summary>Where a value was when the instruction began.</summary>
    private Location Source(int v)
    {
        if (_home[v] >= 0) return _origin[_home[v]];
        if (_goneAt[v] == _gap) return _goneFrom[v];
        return _uses.IsConstant[v] ? new Location(LocationKind.Constant, _uses.DefinitionInstruction[v]) : Location.OfSlot(v);
    }

    /// <summary>Has a value moved to a register, which must be free, before the instruction.</summary>
    private void Bring(int v, int register)
    {
        _origin[register] = Source(v);
        _gapValue[register] = v;
        _gapTargets |= 1u << register;
    }

    private void EmitMoves(int index)
    {
        for (uint rest = _gapTargets; rest != 0; rest &= rest - 1)
        {
            int register = BitOperations.TrailingZeroCount(rest);
            Location from = _origin[register];
            _origin[register] = Location.Of((Register)register);
            if (from.Kind == LocationKind.Slot) Demand(from.Index, _block);
            _parallel.Add(from, Location.Of((Register)register), _function.Virtuals[_gapValue[register]]);
        }

        _parallel.Resolve(_moves, MoveStage.Operands, index);
    }

    private static NodeFaultException NoRegister() => new("no register is left for an instruction");
}
