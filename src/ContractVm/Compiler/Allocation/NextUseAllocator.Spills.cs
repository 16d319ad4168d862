using System;
using System.Numerics;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// Where values are stored to their slots, and the moves of edges.
/// <para>
/// Each read of a slot is a demand of its block. A demand of cold code is met by a store at the start of its cold region (the cold
/// blocks that a cold block dominates), where the value is in a register there. All others are met by one store in a block that
/// dominates them: the cheapest, by coldness and depth of loops, of those between their nearest common dominator and the
/// definition where the value is in a register at the start. As the definition dominates that block and the value changes at its definition
/// only, no path leads from a definition to a read without passing the store.
/// </para>
/// </summary>
internal sealed partial class NextUseAllocator
{
    /// <summary>Dominators looked at for a store; the definition is always one more choice.</summary>
    private const int StoreSearch = 64;
    /// <summary>Cold stores of one value; beyond that one store for all.</summary>
    private const int MostColdStores = 8;

    private bool[] _isSpilled = [], _isDefinedInSlot = [];
    /// <summary>For each virtual the nearest common dominator of its demands that no cold store meets, or -1.</summary>
    private int[] _loadDominator = [];
    // For each virtual the blocks at whose start it is stored for cold code, linked.
    private int[] _coldStores = [], _coldBlock = new int[16], _coldNext = new int[16];
    private int _coldCount;
    /// <summary>For each cold block the first of the cold blocks that dominate it in a row.</summary>
    private int[] _coldRoot = [];

    private void FindColdRoot(int rank)
    {
        int dominator = _order.Dominator[_block];
        _coldRoot[_block] = _isCold && rank > 0 && _function.Blocks[dominator].IsCold ? _coldRoot[dominator] : _block;
    }

    private bool IsInRegisterAtStart(int v, int block) => EntryRegister(v, block) >= 0;

    private int EntryRegister(int v, int block)
    {
        int held = _entryStart[block];
        for (uint rest = _entryOccupied[block]; rest != 0; rest &= rest - 1, held++)
        {
            if (_held[held] == v) return BitOperations.TrailingZeroCount(rest);
        }

        return -1;
    }

    /// <summary>A value's slot is read in a block, or at its end.</summary>
    private void Demand(int v, int block)
    {
        _isSpilled[v] = true;
        if (_isDefinedInSlot[v]) return;
        if (_function.Blocks[block].IsCold)
        {
            int root = _coldRoot[block], count = 0;
            for (int node = _coldStores[v]; node >= 0; node = _coldNext[node], count++)
            {
                if (_coldBlock[node] == root) return;
            }

            if (count < MostColdStores && IsInRegisterAtStart(v, root))
            {
                if (_coldCount == _coldBlock.Length)
                {
                    Array.Resize(ref _coldBlock, _coldCount * 2);
                    Array.Resize(ref _coldNext, _coldCount * 2);
                }

                (_coldBlock[_coldCount], _coldNext[_coldCount]) = (root, _coldStores[v]);
                _coldStores[v] = _coldCount++;
                return;
            }
        }

        _loadDominator[v] = _loadDominator[v] < 0 ? block : _order.CommonDominator(_loadDominator[v], block);
    }

    private void Finish()
    {
        for (int b = 0; b < _function.BlockCount; b++) ForEachEdge(b, isDemanding: true);
        _result.SlotCount = _slots.Run(_function, _order, _uses, _isSpilled);
        _parallel.SpareSlot = _result.SlotCount;
        _parallel.UsesSpareSlot = false;
        for (int v = 0; v < _function.VirtualCount; v++)
        {
            if (_isSpilled[v] && !_isDefinedInSlot[v]) Store(v);
        }

        for (int b = 0; b < _function.BlockCount; b++) ForEachEdge(b, isDemanding: false);
        if (_parallel.UsesSpareSlot) _result.SlotCount += 2;
        for (int o = 0; o < _function.OperandCount; o++)
        {
            if (_result.Operands[o].Kind == LocationKind.Slot) _result.Operands[o] = Location.OfSlot(_slots.SlotOf[_result.Operands[o].Index]);
        }

        _moves.Finish(_result, _function.InstructionCount, _slots.SlotOf);
    }

    private void Store(int v)
    {
        for (int node = _coldStores[v]; node >= 0; node = _coldNext[node]) StoreAtStart(v, _coldBlock[node]);
        if (_loadDominator[v] < 0) return;
        int definition = _uses.DefinitionBlock[v], best = definition;
        int block = _loadDominator[v];
        // The nearest to the loads wins among equals: it may run less often.
        for (int step = 0, least = int.MaxValue; step < StoreSearch && block != definition; step++, block = _order.Dominator[block])
        {
            int weight = Weight(block);
            if (weight >= Math.Min(least, Weight(definition) + 1) || !IsInRegisterAtStart(v, block)) continue;
            least = weight;
            best = block;
        }

        if (best != definition)
        {
            StoreAtStart(v, best);
            return;
        }

        int operand = _uses.DefinitionOperand[v], instruction = _uses.DefinitionInstruction[v];
        if (operand < 0) StoreAtStart(v, definition);
        else if (_uses.IsConstant[v]) ParallelMoves.Emit(_moves, MoveStage.Store, instruction + 1, new Location(LocationKind.Constant, instruction), Location.OfSlot(v), _function.Virtuals[v]);
        else _moves.Add(MoveStage.Store, new InsertedMove(instruction + 1, _result.Operands[operand], Location.OfSlot(v), _function.Virtuals[v]));
    }

    private void StoreAtStart(int v, int block)
    {
        Location register = Location.Of((Register)EntryRegister(v, block));
        _moves.Add(MoveStage.Store, new InsertedMove(_function.Blocks[block].First, register, Location.OfSlot(v), _function.Virtuals[v]));
    }

    /// <summary>The moves of the edges from a block: first only what they read from slots, later the moves themselves.</summary>
    private void ForEachEdge(int b, bool isDemanding)
    {
        ref MachineBlock block = ref _function.Blocks[b];
        if (block.SuccessorCount == 0) return;
        int first = _exitStart[b];
        for (uint rest = _exitOccupied[b]; rest != 0; rest &= rest - 1) _home[_held[first++]] = BitOperations.TrailingZeroCount(rest);

        for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
        {
            ref MachineEdge edge = ref _function.Edges[e];
            ref MachineBlock target = ref _function.Blocks[edge.Target];
            for (int i = 0; i < edge.ArgumentCount; i++)
            {
                // While the edge is looked at, a parameter's use number is that of its argument.
                int parameter = _function.Values[target.FirstParameter + i], argument = _function.Values[edge.FirstArgument + i];
                _votes[parameter] = argument;
                _votesAt[parameter] = -e - 1;
                if (_isDefinedInSlot[parameter]) AddEdgeMove(b, argument, parameter, LocationKind.Slot, 0, isDemanding);
            }

            int held = _entryStart[edge.Target];
            for (uint rest = _entryOccupied[edge.Target]; rest != 0; rest &= rest - 1)
            {
                int r = BitOperations.TrailingZeroCount(rest), v = _held[held++];
                int from = _votesAt[v] == -e - 1 ? _votes[v] : v;
                // Most values stay where they are.
                if (_home[from] != r) AddEdgeMove(b, from, v, LocationKind.Register, r, isDemanding);
            }

            if (isDemanding) continue;
            if (block.SuccessorCount == 1) _parallel.Resolve(_moves, MoveStage.BlockEnd, block.End - 1);
            else _parallel.Resolve(_moves, MoveStage.BlockStart, target.First);
        }

        for (int held = _exitStart[b]; held < first; held++) _home[_held[held]] = -1;
    }

    private void AddEdgeMove(int block, int from, int to, LocationKind kind, int register, bool isDemanding)
    {
        Location source;
        if (_home[from] >= 0) source = Location.Of((Register)_home[from]);
        else if (_uses.IsConstant[from] && !_isDefinedInSlot[from]) source = new Location(LocationKind.Constant, _uses.DefinitionInstruction[from]);
        else
        {
            if (isDemanding) Demand(from, block);
            source = Location.OfSlot(_slots.SlotOf.Length > from ? _slots.SlotOf[from] : 0);
        }

        if (isDemanding) return;
        Location target = kind == LocationKind.Slot ? Location.OfSlot(_slots.SlotOf[to]) : Location.Of((Register)register);
        _parallel.Add(source, target, _function.Virtuals[to]);
    }
}
