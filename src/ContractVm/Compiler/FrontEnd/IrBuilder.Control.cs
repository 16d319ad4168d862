using System;
using ContractVm.Binary;
using ContractVm.Compiler.Ir;

namespace ContractVm.Compiler.FrontEnd;

/// <summary>Constructs, branches, and the blocks and edges that they become.</summary>
internal sealed partial class IrBuilder
{
    private int[] _edgeOfDepth = [];

    private void StartBlock()
    {
        if (_function.BlockCount == _function.Blocks.Length) Array.Resize(ref _function.Blocks, _function.BlockCount * 2);
        _block = _function.BlockCount++;
        _function.Blocks[_block] = new IrBlock { First = _function.NodeCount, FirstEdge = -1, LoopDepth = _loopDepth };
        _isDead = false;
    }

    /// <summary>Ends the block at hand with a terminator that has been added, and whose edges were added last.</summary>
    private void EndBlock(int edges)
    {
        ref IrBlock block = ref _function.Blocks[_block];
        block.End = _function.NodeCount;
        block.FirstEdge = _function.EdgeCount - edges;
        block.EdgeCount = edges;
        _isDead = true;
    }

    private int AddEdge(int target, int firstArgument, int argumentCount)
    {
        int edge = _function.EdgeCount++;
        if (edge == _function.Edges.Length) Array.Resize(ref _function.Edges, edge * 2);
        if (edge >= _nextPending.Length) Array.Resize(ref _nextPending, _function.Edges.Length);
        _function.Edges[edge] = new IrEdge { Target = target, FirstArgument = firstArgument, ArgumentCount = argumentCount };
        if (target >= 0) _function.Blocks[target].PredecessorCount++;
        return edge;
    }

    private void PushConstruct(Opcode opcode, FunctionType type, int parameters)
    {
        if (_depth == _constructs.Length) Array.Resize(ref _constructs, _depth * 2);
        _constructs[_depth++] = new Construct
        {
            Opcode = opcode, Type = type, Scanned = _scanned++, Height = _height - parameters, Mark = _values.Mark, Pending = -1, ElseEdge = -1, Saved = -1,
            Handler = _handler, Thrown = -1, Region = -1,
        };
    }

    private ReadOnlySpan<int> MergedLocals(in Construct construct)
    {
        if (!_isScanned || construct.Scanned == 0) return default;
        ref readonly ScannedConstruct scanned = ref _scan[construct.Scanned];
        return _scan.Locals(scanned.FirstMerged, scanned.MergedCount);
    }

    private ReadOnlySpan<int> AssignedLocals(in Construct construct)
    {
        if (!_isScanned) return default;
        ref readonly ScannedConstruct scanned = ref _scan[construct.Scanned];
        return _scan.Locals(scanned.FirstAssigned, scanned.AssignedCount);
    }

    private static ReadOnlySpan<ValueType> LabelTypes(in Construct construct) =>
        construct.Opcode == Opcode.Loop ? construct.Type.Parameters : construct.Type.Results;

    /// <summary>Adds an edge to a construct's label: the top operands and the locals that it merges.</summary>
    private int AddEdgeTo(ref Construct construct)
    {
        int arity = LabelTypes(in construct).Length, first = _function.ArgumentCount;
        for (int i = _height - arity; i < _height; i++) AddArgument(_stack[i]);
        foreach (int local in MergedLocals(in construct)) AddArgument(_locals[local]);
        bool isLoop = construct.Opcode == Opcode.Loop;
        int edge = AddEdge(isLoop ? construct.Header : -1, first, _function.ArgumentCount - first);
        if (!isLoop) (_nextPending[edge], construct.Pending) = (construct.Pending, edge);
        return edge;
    }

    private void BuildLoop(FunctionType type)
    {
        int parameters = type.Parameters.Length;
        PushConstruct(Opcode.Loop, type, parameters);
        ref Construct loop = ref _constructs[_depth - 1];
        // Where no branch goes back it is no loop.
        if (_isScanned && !_scan[loop.Scanned].IsTargeted)
        {
            loop.Header = -1;
            return;
        }

        Add(IrOp.Jump, IrType.None);
        loop.Header = _function.BlockCount;
        int first = _function.ArgumentCount;
        for (int i = _height - parameters; i < _height; i++) AddArgument(_stack[i]);
        foreach (int local in MergedLocals(in loop)) AddArgument(_locals[local]);
        int edge = AddEdge(-1, first, _function.ArgumentCount - first);
        EndBlock(1);
        _loopDepth++;
        StartBlock();
        SetTarget(edge, _block);
        for (int i = _height - parameters; i < _height; i++) _stack[i] = AddParameter(_function.Nodes[_stack[i]].Type);
        foreach (int local in MergedLocals(in loop)) _locals[local] = AddParameter(_localTypes[local]);
        _function.Blocks[_block].ParameterCount = _function.NodeCount - _function.Blocks[_block].First;
    }

    private int AddParameter(IrType type) =>
        Add(IrOp.BlockParameter, type, extra: _block, immediate: _function.NodeCount - _function.Blocks[_block].First);

    private void SetTarget(int edge, int block)
    {
        _function.Edges[edge].Target = block;
        _function.Blocks[block].PredecessorCount++;
    }

    private void BuildIf(FunctionType type)
    {
        int condition = Pop(), parameters = type.Parameters.Length;
        bool isNegated = Strip(ref condition);
        PushConstruct(Opcode.If, type, parameters);
        ref Construct construct = ref _constructs[_depth - 1];
        construct.Saved = _savedCount;
        for (int i = _height - parameters; i < _height; i++) Save(_stack[i]);
        foreach (int local in AssignedLocals(in construct)) Save(_locals[local]);
        Add(IrOp.Branch, IrType.None, condition);
        int first = AddEdge(-1, 0, 0), second = AddEdge(-1, 0, 0);
        EndBlock(2);
        StartBlock();
        SetTarget(isNegated ? second : first, _block);
        construct.ElseEdge = isNegated ? first : second;
    }

    private void Save(int value)
    {
        if (_savedCount == _saved.Length) Array.Resize(ref _saved, _savedCount * 2);
        _saved[_savedCount++] = value;
    }

    /// <summary>Operands and locals become again what they were at an if's start.</summary>
    private void Restore(in Construct construct)
    {
        int saved = construct.Saved;
        _height = construct.Height;
        for (int i = 0; i < construct.Type.Parameters.Length; i++) Push(_saved[saved++]);
        foreach (int local in AssignedLocals(in construct)) _locals[local] = _saved[saved++];
    }

    /// <summary>Takes tests against zero off a condition; true where what is left is to be negated.</summary>
    private bool Strip(ref int condition)
    {
        bool isNegated = false;
        while (_function.Nodes[condition].Op == (ushort)Opcode.I32Eqz)
        {
            condition = _function.Nodes[condition].A;
            isNegated = !isNegated;
        }

        return isNegated;
    }

    private void BuildElse()
    {
        ref Construct construct = ref _constructs[_depth - 1];
        if (!_isDead) JumpToLabel(ref construct);
        _values.Return(construct.Mark);
        Restore(in construct);
        StartBlock();
        SetTarget(construct.ElseEdge, _block);
        construct.ElseEdge = -1;
    }

    private void JumpToLabel(ref Construct construct)
    {
        AddEdgeTo(ref construct);
        Add(IrOp.Jump, IrType.None);
        EndBlock(1);
    }

    private void BuildEnd()
    {
        if (_depth == 1)
        {
            if (!_isDead) BuildReturn(givesWordsBack: true);
            _depth = 0;
            return;
        }

        ref Construct construct = ref _constructs[_depth - 1];
        if (construct.Opcode == Opcode.Loop) EndLoop(in construct);
        else
        {
            if (construct.Thrown >= 0) BuildHandler(ref construct);
            EndForward(ref construct);
        }

        _handler = construct.Handler;
        if (construct.Saved >= 0) _savedCount = construct.Saved;
        _depth--;
    }

    private void EndLoop(in Construct construct)
    {
        if (construct.Header < 0) return;
        _loopDepth--;
        int end = _function.BlockCount;
        if (!_isDead)
        {
            // What follows belongs to no iteration: it gets a block of its own, or the empty one at hand.
            if (_function.NodeCount == _function.Blocks[_block].First && _block != construct.Header)
            {
                _function.Blocks[_block].LoopDepth = _loopDepth;
                end--;
            }
            else
            {
                Add(IrOp.Jump, IrType.None);
                int edge = AddEdge(-1, 0, 0);
                EndBlock(1);
                StartBlock();
                SetTarget(edge, _block);
            }
        }

        _function.Blocks[construct.Header].LoopEnd = end;
    }

    private void EndForward(ref Construct construct)
    {
        if (construct.Pending < 0 && construct.ElseEdge < 0) return;
        int onlyThrough = construct.ElseEdge;
        if (!_isDead) JumpToLabel(ref construct);
        _values.Return(construct.Mark);
        int arity = construct.Type.Results.Length;
        ReadOnlySpan<int> merged = MergedLocals(in construct);
        if (onlyThrough >= 0)
        {
            Restore(in construct);
            // An if without an else: its edge has nothing yet; its range is made now, after all others.
            int first = _function.ArgumentCount;
            for (int i = _height - arity; i < _height; i++) AddArgument(_stack[i]);
            foreach (int local in merged) AddArgument(_locals[local]);
            (_function.Edges[onlyThrough].FirstArgument, _function.Edges[onlyThrough].ArgumentCount) = (first, _function.ArgumentCount - first);
            (_nextPending[onlyThrough], construct.Pending) = (construct.Pending, onlyThrough);
        }

        StartBlock();
        _height = construct.Height;
        for (int i = 0; i < arity; i++) Push(Merge(construct.Pending, i, IrFunction.TypeOf(construct.Type.Results[i])));
        for (int i = 0; i < merged.Length; i++) _locals[merged[i]] = Merge(construct.Pending, arity + i, _localTypes[merged[i]]);
        int parameters = _function.NodeCount - _function.Blocks[_block].First;
        _function.Blocks[_block].ParameterCount = parameters;
        for (int edge = construct.Pending; edge >= 0; edge = _nextPending[edge]) Compact(edge, parameters, arity + merged.Length);
    }

    /// <summary>
    /// What the label's nth value is: where all edges bring the same, that, and the edges forget it; else a parameter.
    /// </summary>
    private int Merge(int pending, int index, IrType type)
    {
        int common = _function.Arguments[_function.Edges[pending].FirstArgument + index];
        bool isCommon = true;
        for (int edge = _nextPending[pending]; edge >= 0 && isCommon; edge = _nextPending[edge])
            isCommon = _function.Arguments[_function.Edges[edge].FirstArgument + index] == common;
        if (!isCommon) return AddParameter(type);
        for (int edge = pending; edge >= 0; edge = _nextPending[edge]) _function.Arguments[_function.Edges[edge].FirstArgument + index] = -1;
        return common;
    }

    /// <summary>Takes the forgotten values out of an edge's list, and tells it where to go.</summary>
    private void Compact(int edge, int parameters, int count)
    {
        ref IrEdge found = ref _function.Edges[edge];
        if (parameters != count)
        {
            int to = found.FirstArgument;
            for (int i = found.FirstArgument; i < found.FirstArgument + count; i++)
                if (_function.Arguments[i] >= 0) _function.Arguments[to++] = _function.Arguments[i];
        }

        found.ArgumentCount = parameters;
        SetTarget(edge, _block);
    }

    private void BuildBranch(int depth)
    {
        if (depth == _depth - 1)
        {
            BuildReturn(givesWordsBack: false);
            return;
        }

        JumpToLabel(ref _constructs[_depth - 1 - depth]);
    }

    /// <summary>A branch to the body's own label is a return, in a block of its own where it depends on something.</summary>
    private void BuildBranchIf(int condition, int depth, bool isNegated)
    {
        isNegated ^= Strip(ref condition);
        Add(IrOp.Branch, IrType.None, condition);
        bool isReturn = depth == _depth - 1;
        int first = -1, second = -1, taken;
        if (isNegated) first = AddEdge(-1, 0, 0);
        taken = isReturn ? AddEdge(-1, 0, 0) : AddEdgeTo(ref _constructs[_depth - 1 - depth]);
        if (!isNegated) second = AddEdge(-1, 0, 0);
        int height = _height;
        EndBlock(2);
        if (isReturn)
        {
            int mark = _values.Mark;
            StartBlock();
            SetTarget(taken, _block);
            BuildReturn(givesWordsBack: false);
            // What the return computed is not at hand where it is not taken.
            _values.Return(mark);
            _height = height;
        }

        StartBlock();
        SetTarget(isNegated ? first : second, _block);
    }

    private void BuildBranchTable(ref ByteReader reader)
    {
        int count = (int)reader.ReadU32("br_table's targets"), index = Pop();
        if (_edgeOfDepth.Length < _depth) _edgeOfDepth = new int[Math.Max(_depth, 64)];
        int firstEdge = _function.EdgeCount, labels = reader.Position;
        for (int i = 0; i <= count; i++) _edgeOfDepth[reader.ReadU32("a label")] = -1;
        reader.Position = labels;
        int returnEdge = -1, list = _function.ArgumentCount;
        // The list first, as it has to be in one piece; the edges' values after it.
        for (int i = 0; i <= count; i++) AddArgument((int)reader.ReadU32("a label"));
        for (int i = list; i <= list + count; i++)
        {
            // One instruction may carry many values many times; who called looks at the budget next.
            if (IsOverBudget) return;
            int depth = _function.Arguments[i];
            if (_edgeOfDepth[depth] < 0)
            {
                bool isReturn = depth == _depth - 1;
                int edge = isReturn ? AddEdge(-1, 0, 0) : AddEdgeTo(ref _constructs[_depth - 1 - depth]);
                if (isReturn) returnEdge = edge;
                _edgeOfDepth[depth] = edge - firstEdge;
            }

            _function.Arguments[i] = _edgeOfDepth[depth];
        }

        Add(IrOp.BranchTable, IrType.None, index, list, count + 1);
        EndBlock(_function.EdgeCount - firstEdge);
        if (returnEdge < 0) return;
        StartBlock();
        SetTarget(returnEdge, _block);
        BuildReturn(givesWordsBack: false);
    }

    /// <param name="givesWordsBack">A return or the end of the body; under Stylus' rule a branch out of the body keeps the frame's words.</param>
    private void BuildReturn(bool givesWordsBack)
    {
        int words = -1;
        if (_wordsAreLocal)
        {
            words = Words;
            if (givesWordsBack) words = AddPure((ushort)Opcode.I64Add, IrType.I64, words, Constant(IrType.I64, (long)_body.Plan.FrameWords));
        }

        (int first, int count) = PopList(_function.Type.Results.Length, _wordsAreLocal, words);
        Add(IrOp.Return, IrType.None, first, count, extra: _wordsAreLocal ? 1 : 0);
        EndBlock(0);
    }

    private void BuildTrap(TrapKind kind)
    {
        Add(IrOp.Trap, IrType.None, immediate: (long)kind);
        _function.Blocks[_block].IsCold = true;
        EndBlock(0);
    }

    /// <summary>Passes over an instruction that cannot be reached: only the nesting matters.</summary>
    private void SkipDead(ref ByteReader reader, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Block or Opcode.Loop or Opcode.If or Opcode.TryTable:
                ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                _deadDepth++;
                break;
            case Opcode.Else:
                if (_deadDepth == 0) BuildElse();
                break;
            case Opcode.End:
                if (_deadDepth > 0) _deadDepth--;
                else BuildEnd();
                break;
            default:
                ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                break;
        }
    }

    /// <summary>Constructs that were opened in dead code.</summary>
    private int _deadDepth;
}
