using System;
using System.Numerics;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>Which values are in which registers at the start of a block.</summary>
internal sealed partial class NextUseAllocator
{
    /// <summary>Registers of the larger class.</summary>
    private const int ClassSize = 16;

    private int[] _liveAt = [], _votes = [], _votesAt = [];
    // Values that want to be in a register, of both classes: the nearest first.
    private readonly int[][] _wantValue = [new int[ClassSize], new int[ClassSize]];
    private readonly long[][] _wantKey = [new long[ClassSize], new long[ClassSize]];
    private readonly int[][] _wantRegister = [new int[ClassSize], new int[ClassSize]];
    private readonly int[] _wantCount = new int[2], _classSize = [BitOperations.PopCount(Registers.Allocatable & 0xFFFF), BitOperations.PopCount(Registers.Allocatable >> 16)];
    private readonly int[] _throughLeft = new int[2], _constantsLeft = new int[2];
    /// <summary>For each register the value that it holds at the end of the predecessor.</summary>
    private readonly int[] _base = new int[Registers.Count];
    private uint _baseOccupied;

    private void EnterBlock()
    {
        ref MachineBlock block = ref _function.Blocks[_block];
        int stamp = _block + 1, processed = 0, hot = 0, primary = -1, rank = _order.Rank[_block];
        for (int i = _uses.LiveStart[_block]; i < _uses.LiveStart[_block + 1]; i++)
        {
            int v = _uses.LiveVirtual[i];
            _liveAt[v] = stamp;
            _nextUse[v] = _uses.LiveDistance[i];
        }

        for (int i = 0; i < block.PredecessorCount; i++)
        {
            int predecessor = _function.Predecessors[block.FirstPredecessor + i];
            if (!_isDone[predecessor]) continue;
            processed++;
            if (!_function.Blocks[predecessor].IsCold) hot++;
            if (primary < 0 || Weight(predecessor) > Weight(primary)) primary = predecessor;
        }

        bool isHeader = processed < block.PredecessorCount;
        _wantCount[0] = _wantCount[1] = 0;
        if (primary >= 0 && !_isLanding[_block])
        {
            // Where no predecessor is hot all of them count.
            if (processed > 1) Vote(ref block, hotOnly: hot > 0);
            int voters = hot > 0 ? hot : processed;
            int edge = _order.EdgeFrom(_function, primary, _block);
            if (isHeader) BudgetLoop();
            int held = _exitStart[primary];
            for (uint rest = _baseOccupied = _exitOccupied[primary]; rest != 0; rest &= rest - 1)
            {
                int r = BitOperations.TrailingZeroCount(rest), v = _base[r] = _held[held++];
                if (_liveAt[v] != stamp) continue;
                bool isEverywhere = processed == 1 || (_votesAt[v] == stamp && _votes[v] == voters);
                if (isHeader ? IsWantedInLoop(v, isInRegister: true) : isEverywhere || _nextUse[v] < NextUses.LoopExit) Want(v, r, _nextUse[v]);
            }

            if (isHeader) WantLoaded();
            WantParameters(ref block, ref _function.Edges[edge]);
        }
        else
        {
            for (int i = 0; i < block.ParameterCount; i++) WantParameter(ref block, i, -1);
        }

        PlaceWanted(isHeader);
        _entryStart[_block] = KeepState();
        _entryOccupied[_block] = _occupied;
        for (int i = 0; i < block.ParameterCount; i++)
        {
            int parameter = _function.Values[block.FirstParameter + i];
            if (_home[parameter] >= 0 || _nextUse[parameter] == NextUses.Never) continue;
            _isDefinedInSlot[parameter] = true;
            _isSpilled[parameter] = true;
        }

        FindColdRoot(rank);
    }

    private int Weight(int block) => _function.Blocks[block].IsCold ? 0 : 1 + _function.Blocks[block].LoopDepth;

    /// <summary>Counts for each value the predecessors that have it in a register.</summary>
    private void Vote(ref MachineBlock block, bool hotOnly)
    {
        for (int i = 0; i < block.PredecessorCount; i++)
        {
            int predecessor = _function.Predecessors[block.FirstPredecessor + i];
            if (!_isDone[predecessor] || (hotOnly && _function.Blocks[predecessor].IsCold)) continue;
            int start = _exitStart[predecessor], end = start + BitOperations.PopCount(_exitOccupied[predecessor]);
            for (int held = start; held < end; held++)
            {
                int v = _held[held];
                if (_liveAt[v] != _block + 1) continue;
                if (_votesAt[v] != _block + 1) (_votesAt[v], _votes[v]) = (_block + 1, 0);
                _votes[v]++;
            }
        }
    }

    /// <summary>How many registers a loop leaves to values that only live through it, and to constants.</summary>
    private void BudgetLoop()
    {
        int general = _classSize[0] - Math.Min(_loopGeneral[_block], 1 << 20), vector = _classSize[1] - Math.Min(_loopVector[_block], 1 << 20);
        (_constantsLeft[0], _constantsLeft[1]) = (general, vector);
        // Each that stays out lessens the pressure by one.
        for (int i = _uses.LiveStart[_block]; i < _uses.LiveStart[_block + 1]; i++)
        {
            int v = _uses.LiveVirtual[i];
            if (_uses.LiveDistance[i] < NextUses.LoopExit || _uses.IsConstant[v]) continue;
            if (_function.Virtuals[v] < VirtualKind.Float32) general++;
            else vector++;
        }

        (_throughLeft[0], _throughLeft[1]) = (general, vector);
    }

    private bool IsWantedInLoop(int v, bool isInRegister)
    {
        int kind = _function.Virtuals[v] < VirtualKind.Float32 ? 0 : 1;
        if (_nextUse[v] < NextUses.LoopExit) return !_uses.IsConstant[v] || _constantsLeft[kind]-- > 0;
        // A value that is used after the loop only, or behind a call.
        return isInRegister && !_uses.IsConstant[v] && _nextUse[v] < NextUses.Call && !_loopCalls[_block] && _throughLeft[kind]-- > 0;
    }

    /// <summary>What the loop uses and is in no register before it.</summary>
    private void WantLoaded()
    {
        for (uint rest = _baseOccupied; rest != 0; rest &= rest - 1)
        {
            int v = _base[BitOperations.TrailingZeroCount(rest)];
            // What is there has had its chance.
            if (_liveAt[v] == _block + 1) _liveAt[v] = -_block - 1;
        }

        for (int i = _uses.LiveStart[_block]; i < _uses.LiveStart[_block + 1]; i++)
        {
            int v = _uses.LiveVirtual[i];
            if (_liveAt[v] == _block + 1 && IsWantedInLoop(v, isInRegister: false)) Want(v, -1, _nextUse[v]);
            _liveAt[v] = _block + 1;
        }
    }

    private void WantParameters(ref MachineBlock block, ref MachineEdge edge)
    {
        for (int i = 0; i < block.ParameterCount; i++) WantParameter(ref block, i, _function.Values[edge.FirstArgument + i]);
    }

    private void WantParameter(ref MachineBlock block, int index, int argument)
    {
        int parameter = _function.Values[block.FirstParameter + index];
        _nextUse[parameter] = _uses.ParameterDistance[block.FirstParameter + index];
        if (_nextUse[parameter] == NextUses.Never) return;
        int register = -1;
        for (uint rest = argument < 0 || _liveAt[argument] == _block + 1 ? 0 : _baseOccupied; rest != 0; rest &= rest - 1)
        {
            int r = BitOperations.TrailingZeroCount(rest);
            if (_base[r] != argument) continue;
            register = r;
            // Another parameter that gets the same argument needs another register.
            _baseOccupied &= ~(1u << r);
            break;
        }

        Want(parameter, register, _nextUse[parameter]);
    }

    /// <summary>Puts a value among those wanted, of which only as many as there are registers stay.</summary>
    private void Want(int v, int register, long key)
    {
        int kind = _function.Virtuals[v] < VirtualKind.Float32 ? 0 : 1, count = _wantCount[kind];
        int[] values = _wantValue[kind], registers = _wantRegister[kind];
        long[] keys = _wantKey[kind];
        if (count == _classSize[kind])
        {
            if (keys[count - 1] <= key) return;
            count--;
        }

        int i = count;
        for (; i > 0 && keys[i - 1] > key; i--) (values[i], keys[i], registers[i]) = (values[i - 1], keys[i - 1], registers[i - 1]);
        (values[i], keys[i], registers[i]) = (v, key, register);
        _wantCount[kind] = count + 1;
    }

    /// <summary>Gives the wanted values registers: first those that can stay where they are.</summary>
    private void PlaceWanted(bool isHeader)
    {
        uint insisted = isHeader ? _loopFixed[_block] : 0;
        for (int kind = 0; kind < 2; kind++)
        {
            uint all = kind == 0 ? Registers.Allocatable & 0xFFFF : Registers.Allocatable & 0xFFFF0000;
            int spare = _classSize[kind] - BitOperations.PopCount(all & insisted);
            for (int i = 0; i < _wantCount[kind]; i++)
            {
                int v = _wantValue[kind][i], register = _wantRegister[kind][i];
                if (register < 0) continue;
                // Out of the way of what the loop insists on, if there is another register.
                bool isInWay = (insisted & (1u << register)) != 0 && _fixedHint[v] != (Register)register && _wantCount[kind] <= spare;
                if ((_occupied & (1u << register)) == 0 && !isInWay) Put(v, register);
            }

            for (int i = 0; i < _wantCount[kind]; i++)
            {
                int v = _wantValue[kind][i];
                if (_home[v] >= 0) continue;
                uint free = all & ~_occupied;
                uint quiet = free & ~insisted;
                int hint = HintFor(v, free, 0);
                if (hint >= 0 && (insisted & (1u << hint)) != 0 && _fixedHint[v] != (Register)hint && quiet != 0) hint = -1;
                Put(v, hint >= 0 ? hint : Choose(v, quiet != 0 ? quiet : free, Math.Min(_nextUse[v], NextUses.Far)));
            }
        }

        if (!isHeader) return;
        ref MachineBlock block = ref _function.Blocks[_block];
        for (int i = 0; i < block.ParameterCount; i++)
        {
            int home = _home[_function.Values[block.FirstParameter + i]];
            if (home >= 0) _loopParameters[_block] |= 1u << home;
        }
    }
}
