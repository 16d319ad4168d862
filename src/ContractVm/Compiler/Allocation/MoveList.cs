using System;

namespace ContractVm.Compiler.Allocation;

/// <summary>Where moves before one instruction come in order.</summary>
internal enum MoveStage
{
    /// <summary>Moves of the edge to a block, before its first instruction.</summary>
    BlockStart,
    /// <summary>Stores of values to their slots, after their definition.</summary>
    Store,
    /// <summary>Moves that bring the operands of the instruction to their places.</summary>
    Operands,
    /// <summary>Moves of the edge from a block, before its terminator.</summary>
    BlockEnd,
}

/// <summary>Collects moves in any order and sorts them at the end, in linear time. Storage is kept from function to function.</summary>
internal sealed class MoveList
{
    private InsertedMove[] _moves = new InsertedMove[256];
    private MoveStage[] _stages = new MoveStage[256];
    private int[] _starts = [];
    private int _count;

    /// <summary>Forgets all moves.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds one; those of the same instruction and stage keep their order.</summary>
    public void Add(MoveStage stage, InsertedMove move)
    {
        if (_count == _moves.Length)
        {
            Array.Resize(ref _moves, _count * 2);
            Array.Resize(ref _stages, _count * 2);
        }

        _stages[_count] = stage;
        _moves[_count++] = move;
    }

    /// <summary>Gives the moves to the result, in order; a slot that is still named by its virtual gets its number.</summary>
    /// <param name="result">Where to.</param>
    /// <param name="instructionCount">Instructions of the function.</param>
    /// <param name="slotOf">For each virtual its slot, for moves of <see cref="MoveStage.Operands"/> and <see cref="MoveStage.Store"/>; null where slots have their numbers.</param>
    public void Finish(AllocationResult result, int instructionCount, int[]? slotOf)
    {
        int keys = 4 * instructionCount + 5;
        if (_starts.Length < keys) _starts = new int[Math.Max(keys, _starts.Length * 2)];
        Array.Clear(_starts, 0, keys);
        for (int i = 0; i < _count; i++) _starts[4 * _moves[i].Before + (int)_stages[i] + 1]++;
        for (int i = 1; i < keys; i++) _starts[i] += _starts[i - 1];
        if (result.Moves.Length < _count) result.Moves = new InsertedMove[Math.Max(_count, result.Moves.Length * 2)];
        result.MoveCount = _count;
        for (int i = 0; i < _count; i++)
        {
            InsertedMove move = _moves[i];
            if (slotOf is not null && _stages[i] is MoveStage.Operands or MoveStage.Store)
            {
                if (move.From.Kind == LocationKind.Slot) move = move with { From = Location.OfSlot(slotOf[move.From.Index]) };
                if (move.To.Kind == LocationKind.Slot) move = move with { To = Location.OfSlot(slotOf[move.To.Index]) };
            }

            result.Moves[_starts[4 * move.Before + (int)_stages[i]]++] = move;
        }
    }
}
