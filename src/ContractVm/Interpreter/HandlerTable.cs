using System;
using System.Collections.Generic;

namespace ContractVm.Interpreter;

/// <summary>A catch clause in the prepared form.</summary>
/// <param name="Tag">Index of the tag, or -1 where everything is caught.</param>
/// <param name="GivesException">The exception itself follows what it carries.</param>
/// <param name="Target">Instruction that branches to the clause's label.</param>
internal readonly record struct CatchClause(int Tag, bool GivesException, int Target);

/// <summary>A try_table in the prepared form.</summary>
/// <param name="Parent">The one around it in the same function, or -1.</param>
/// <param name="FirstClause">Its first clause.</param>
/// <param name="ClauseCount">Number of its clauses.</param>
/// <param name="Slot">Where what is caught goes.</param>
internal readonly record struct TryRegion(int Parent, int FirstClause, int ClauseCount, int Slot);

/// <summary>
/// Which try_table the instructions of a module stand in. Regions nest, so a list of the places where the innermost one changes,
/// in the order of the instructions, answers with one search.
/// </summary>
internal sealed class HandlerTable
{
    private readonly List<int> _starts = [];
    private readonly List<int> _regionFrom = [];
    private readonly List<TryRegion> _regions = [];
    private readonly List<CatchClause> _clauses = [];
    private int _current = -1;

    public TryRegion this[int region] => _regions[region];

    public CatchClause Clause(int index) => _clauses[index];

    /// <summary>Starts a function: nothing is open.</summary>
    public void BeginFunction(int instruction) => Change(instruction, -1);

    /// <summary>Adds a clause of the region that is opened next.</summary>
    public void AddClause(CatchClause clause) => _clauses.Add(clause);

    /// <summary>Opens a region whose clauses have been added.</summary>
    public void Open(int instruction, int clauseCount, int slot)
    {
        _regions.Add(new TryRegion(_current, _clauses.Count - clauseCount, clauseCount, slot));
        Change(instruction, _regions.Count - 1);
    }

    /// <summary>Closes the innermost region.</summary>
    public void Close(int instruction) => Change(instruction, _regions[_current].Parent);

    /// <summary>The innermost region of an instruction, or -1.</summary>
    public int Find(int instruction)
    {
        int low = 0, high = _starts.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_starts[middle] <= instruction) low = middle;
            else high = middle - 1;
        }

        return _starts.Count == 0 || _starts[low] > instruction ? -1 : _regionFrom[low];
    }

    private void Change(int instruction, int region)
    {
        _current = region;
        if (_starts.Count > 0 && _regionFrom[^1] == region) return;
        // Of several changes at one place the last one counts.
        if (_starts.Count > 0 && _starts[^1] == instruction)
        {
            _regionFrom[^1] = region;
            return;
        }

        _starts.Add(instruction);
        _regionFrom.Add(region);
    }
}
