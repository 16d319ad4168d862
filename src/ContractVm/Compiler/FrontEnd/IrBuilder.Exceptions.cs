using System;
using ContractVm.Binary;
using ContractVm.Compiler.Ir;
using ContractVm.Native;

namespace ContractVm.Compiler.FrontEnd;

/// <summary>
/// Exceptions. In a try_table with clauses every call ends its block, with a second way to a landing; throws have that way alone. From the landings
/// control goes to the try_table's handler, a block behind its body, which goes on by the number of the clause: to the clause's label, or to the handler of the
/// try_table around. So a call's edge costs the same however many clauses there are. Nothing is done where no exception is thrown.
/// </summary>
internal sealed partial class IrBuilder
{
    private struct Clause
    {
        /// <summary>Index of the tag, or -1.</summary>
        public int Tag;
        public bool GivesException;
        /// <summary>Its label, counted from outside of the try_table.</summary>
        public int Depth;
    }

    private Clause[] _clauses = new Clause[16];
    private int _clauseCount;
    /// <summary>The innermost try_table with clauses that is open: its place among the constructs, or -1.</summary>
    private int _handler;

    private void BuildTry(ref ByteReader reader)
    {
        FunctionType type = BlockTypeReader.Read(ref reader, module.TypeSpace);
        PushConstruct(Opcode.TryTable, type, type.Parameters.Length);
        int count = (int)reader.ReadU32("catch clauses");
        if (count == 0) return;
        ref Construct construct = ref _constructs[_depth - 1];
        (construct.FirstClause, construct.ClauseCount, construct.Region) = (_clauseCount, count, _function.RegionCount);
        if (_function.RegionCount == _function.Regions.Length) Array.Resize(ref _function.Regions, _function.RegionCount * 2);
        _function.Regions[_function.RegionCount++] = new CatchRegion(_handler < 0 ? -1 : _constructs[_handler].Region, _function.ClauseCount, count);
        for (int i = 0; i < count; i++)
        {
            if (_clauseCount == _clauses.Length) Array.Resize(ref _clauses, _clauseCount * 2);
            if (_function.ClauseCount == _function.ClauseTags.Length) Array.Resize(ref _function.ClauseTags, _function.ClauseCount * 2);
            byte kind = reader.ReadByte("a catch clause");
            int tag = kind < 2 ? (int)reader.ReadU32("a tag") : -1;
            _clauses[_clauseCount++] = new Clause { Tag = tag, GivesException = (kind & 1) != 0, Depth = (int)reader.ReadU32("a label") };
            _function.ClauseTags[_function.ClauseCount++] = tag;
        }

        _handler = _depth - 1;
    }

    /// <summary>A new exception takes a word for each value, two for a vector.</summary>
    private void BuildThrow(int tag)
    {
        ReadOnlySpan<ValueType> carried = module.TypeOfTag(tag).Parameters;
        int made = Add(IrOp.NewObject, IrType.I64, extra: module.TypeSpace.Count + tag, immediate: ValueSlots.Count(carried));
        int word = 0;
        _height -= carried.Length;
        for (int i = 0; i < carried.Length; i++)
        {
            int value = Observe(_stack[_height + i]);
            if (!IsZero(value)) Add(IrOp.SetCarried, IrType.None, made, value, immediate: word);
            word += ValueSlots.Of(carried[i]);
        }

        EndByThrow(made);
    }

    private void EndByThrow(int exception)
    {
        Add(IrOp.Throw, IrType.None, exception, _wordsAreLocal ? Words : -1, immediate: RegionAtHand);
        _function.Blocks[_block].IsCold = true;
        if (_handler < 0)
        {
            EndBlock(0);
            return;
        }

        int way = AddEdge(-1, 0, 0);
        EndBlock(1);
        BuildLanding(way);
    }

    private int RegionAtHand => _handler < 0 ? -1 : _constructs[_handler].Region;

    private void EndByInvoke(int call)
    {
        _function.Nodes[call].Flags |= IrFlags.Invoked;
        Add(IrOp.Invoke, IrType.None, immediate: RegionAtHand);
        int returned = AddEdge(-1, 0, 0), thrown = AddEdge(-1, 0, 0), mark = _values.Mark;
        EndBlock(2);
        BuildLanding(thrown);
        // What the landing computed is not at hand where the call returned.
        _values.Return(mark);
        StartBlock();
        SetTarget(returned, _block);
    }

    /// <summary>A block that takes an exception from one place and brings it to the handler, with the locals as they are there.</summary>
    private void BuildLanding(int way)
    {
        StartBlock();
        SetTarget(way, _block);
        _function.Blocks[_block].IsCold = true;
        int exception = Add(IrOp.Landing, IrType.I64, extra: _wordsAreLocal ? 2 : 1);
        int clause = Add(IrOp.Result, IrType.I32, exception), returned = -1;
        if (_wordsAreLocal)
        {
            // A call has set them already, for where it returns.
            int words = Add(IrOp.Result, IrType.I64, exception, immediate: 1);
            if (!_inFrame) returned = _locals[0];
            WriteLocal(0, words);
        }

        AddEdgeToHandler(_handler, exception, clause);
        Add(IrOp.Jump, IrType.None);
        EndBlock(1);
        if (returned >= 0) _locals[0] = returned;
    }

    private void AddEdgeToHandler(int handler, int exception, int clause)
    {
        ref Construct construct = ref _constructs[handler];
        int first = AddArgument(exception);
        AddArgument(clause);
        foreach (int local in ThrownLocals(in construct)) AddArgument(_locals[local]);
        int edge = AddEdge(-1, first, _function.ArgumentCount - first);
        (_nextPending[edge], construct.Thrown) = (construct.Thrown, edge);
    }

    private ReadOnlySpan<int> ThrownLocals(in Construct construct)
    {
        if (!_isScanned) return default;
        ref readonly ScannedConstruct scanned = ref _scan[construct.Scanned];
        return _scan.Locals(scanned.FirstThrown, scanned.ThrownCount);
    }

    /// <summary>The handler of the try_table that ends.</summary>
    private void BuildHandler(ref Construct construct)
    {
        if (!_isDead) JumpToLabel(ref construct);
        _values.Return(construct.Mark);
        StartBlock();
        _function.Blocks[_block].IsCold = true;
        ReadOnlySpan<int> locals = ThrownLocals(in construct);
        int exception = Merge(construct.Thrown, 0, IrType.I64), clause = Merge(construct.Thrown, 1, IrType.I32);
        for (int i = 0; i < locals.Length; i++) _locals[locals[i]] = Merge(construct.Thrown, 2 + i, _localTypes[locals[i]]);
        int parameters = _function.NodeCount - _function.Blocks[_block].First;
        _function.Blocks[_block].ParameterCount = parameters;
        for (int edge = construct.Thrown; edge >= 0; edge = _nextPending[edge]) Compact(edge, parameters, 2 + locals.Length);

        int count = construct.ClauseCount, outer = construct.Handler;
        int number = Binary(Opcode.I32Sub, IrType.I32, clause, Constant(IrType.I32, _function.Regions[construct.Region].FirstClause));
        int list = _function.ArgumentCount;
        // What no clause here takes, one around it does; where there is none, the last clause needs no comparison.
        for (int i = 0; i < count; i++) AddArgument(i);
        if (outer >= 0) AddArgument(count);
        int firstWay = _function.EdgeCount;
        for (int i = 0; i < count; i++) AddEdge(-1, 0, 0);
        if (outer >= 0) AddEdgeToHandler(outer, exception, clause);
        Add(IrOp.BranchTable, IrType.None, number, list, outer >= 0 ? count + 1 : count);
        EndBlock(_function.EdgeCount - firstWay);
        int mark = _values.Mark;
        // Labels are counted from outside of the try_table.
        _depth--;
        for (int i = 0; i < count; i++)
        {
            StartBlock();
            SetTarget(firstWay + i, _block);
            _function.Blocks[_block].IsCold = true;
            _height = construct.Height;
            TakeException(in _clauses[construct.FirstClause + i], exception);
            BuildBranch(_clauses[construct.FirstClause + i].Depth);
            _values.Return(mark);
            if (IsOverBudget) break;
        }

        _depth++;
    }

    /// <summary>Pushes what a clause gives: what the exception carries, where a tag is named, and the exception itself.</summary>
    private void TakeException(in Clause clause, int exception)
    {
        int word = 0;
        foreach (ValueType type in clause.Tag < 0 ? default : module.TypeOfTag(clause.Tag).Parameters)
        {
            Push(Add(IrOp.GetCarried, IrFunction.TypeOf(type), exception, immediate: word));
            word += ValueSlots.Of(type);
        }

        if (clause.GivesException) Push(exception);
    }
}
