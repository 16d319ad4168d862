using System;
using System.Numerics;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>Which register to take, and from whom.</summary>
internal sealed partial class NextUseAllocator
{
    private const int HintSteps = 6;

    // By register the instructions of the block that insist on it, nearest first: positions, linked.
    private readonly int[] _fixedHead = new int[Registers.Count];
    private long[] _fixedPosition = new long[64];
    private int[] _fixedNext = new int[64];

    /// <summary>Lists the block's fixed operands by register.</summary>
    private void FindFixedPositions(int first, int end)
    {
        Array.Fill(_fixedHead, -1);
        int count = 0;
        long position = 0;
        for (int i = first; i < end; i++) position += (_function.Instructions[i].Flags & InstructionFlags.Clobbers) != 0 ? NextUses.Call + 1 : 1;
        for (int i = end - 1; i >= first; i--)
        {
            ref MachineInstruction instruction = ref _function.Instructions[i];
            position -= (instruction.Flags & InstructionFlags.Clobbers) != 0 ? NextUses.Call + 1 : 1;
            for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
            {
                ref Operand operand = ref _function.Operands[o];
                if (operand.Place != OperandPlace.FixedRegister) continue;
                if (count == _fixedNext.Length)
                {
                    Array.Resize(ref _fixedNext, count * 2);
                    Array.Resize(ref _fixedPosition, count * 2);
                }

                _fixedPosition[count] = position;
                _fixedNext[count] = _fixedHead[(int)operand.Fixed];
                _fixedHead[(int)operand.Fixed] = count++;
            }
        }
    }

    /// <summary>Position of the next instruction, after the one that is scanned, that insists on a register.</summary>
    private long NextFixed(int register)
    {
        int node = _fixedHead[register];
        while (node >= 0 && _fixedPosition[node] <= _position) node = _fixedNext[node];
        _fixedHead[register] = node;
        return node < 0 ? long.MaxValue : _fixedPosition[node];
    }

    /// <summary>The best of some registers that are free, for a value whose next use is at a position.</summary>
    private int Choose(int v, uint free, long nextUse)
    {
        int hint = HintFor(v, free, nextUse);
        if (hint >= 0) return hint;
        int loop = _order.Loop[_block];
        uint avoid = loop < 0 || _isCold ? 0 : _loopParameters[loop];
        uint insisted = loop < 0 || _isCold ? 0 : _loopFixed[loop];
        int best = -1;
        long bestScore = -1;
        for (uint rest = free; rest != 0; rest &= rest - 1)
        {
            int register = BitOperations.TrailingZeroCount(rest);
            long next = NextFixed(register);
            // Free until the next use is good enough; beyond that the rest of the loop counts.
            long score = next <= nextUse ? Math.Max(0, next - _position) : (1L << 40) + Math.Min(next, 1L << 38);
            if ((insisted & (1u << register)) != 0 && score >= 1L << 40) score -= 1L << 38;
            if ((avoid & (1u << register)) != 0) score = Math.Max(0, score - (1L << 36));
            if (score <= bestScore) continue;
            bestScore = score;
            best = register;
        }

        return best;
    }

    /// <summary>A register that saves a move later, or -1.</summary>
    private int HintFor(int v, uint free, long nextUse)
    {
        for (int step = 0; step < HintSteps && v >= 0; step++, v = _affinity[v])
        {
            for (int kind = 0; kind < 2; kind++)
            {
                Register hint = kind == 0 ? _lastRegister[v] : _fixedHint[v];
                if (hint == Register.None || (free & (1u << (int)hint)) == 0) continue;
                if (NextFixed((int)hint) >= nextUse) return (int)hint;
            }
        }

        return -1;
    }

    /// <summary>Frees and returns a register for a virtual, outside of a mask; -1 where all are forbidden.</summary>
    private int Take(int v, uint forbidden, long nextUse)
    {
        uint allowed = ClassOf(v) & ~forbidden;
        if ((allowed & ~_occupied) != 0) return Choose(v, allowed & ~_occupied, nextUse);
        int victim = Victim(allowed);
        if (victim >= 0) Evict(victim);
        return victim;
    }

    /// <summary>The register, of some that are occupied, whose value can do without it best; -1 for none.</summary>
    private int Victim(uint candidates)
    {
        int best = -1;
        long bestScore = -1;
        for (uint rest = candidates; rest != 0; rest &= rest - 1)
        {
            int register = BitOperations.TrailingZeroCount(rest);
            int v = _registers[register];
            long distance = After(v) - _position;
            // What needs no store is cheaper to take away: a constant, or what has its slot already.
            long score = _uses.IsConstant[v] ? 4 * distance : _isSpilled[v] ? distance + distance / 2 : distance;
            if (score <= bestScore) continue;
            bestScore = score;
            best = register;
        }

        return best;
    }

    /// <summary>Takes a register from its value, which is then in its slot only; where it was when the instruction began stays known.</summary>
    private void Evict(int register)
    {
        int v = _registers[register];
        _goneAt[v] = _gap;
        _goneFrom[v] = _origin[register];
        // A move to the register is not needed any more, but for an operand that reads it there.
        if ((_early & (1u << register)) == 0)
        {
            _gapTargets &= ~(1u << register);
            _origin[register] = Location.Of((Register)register);
        }

        Free(register);
    }

    /// <summary>The next use of a value after the instruction that is scanned; <see cref="NextUses.Never"/> for none.</summary>
    private long After(int v) => _usedAt[v] == _gap ? _usedNext[v] : _nextUse[v];
}
