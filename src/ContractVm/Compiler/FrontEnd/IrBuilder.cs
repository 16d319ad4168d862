using System;
using ContractVm.Binary;
using ContractVm.Compiler.Ir;
using ContractVm.Gas;

namespace ContractVm.Compiler.FrontEnd;

/// <summary>
/// Builds the SSA form of a validated body in one pass, simplified and value-numbered on the way.
/// <para>
/// The operand stack and the current value of every local are known at every point; where ways join, <see cref="BodyScan"/> has told
/// beforehand which locals differ and matter, so a label's parameters are its results and those locals. A label that is reached
/// over one edge only has no parameters, and one whose edges agree on a value has none for it. A loop's header has parameters for
/// all that the loop assigns and reads, before its branches back are seen; <see cref="Passes.Cleanup"/> removes what was too many.
/// </para>
/// <para>
/// What is dead for the validator is passed over. Values of edges are bounded by a budget that grows with the body; a body that
/// exceeds it is built again with its locals in the frame, and refused if that does not suffice.
/// </para>
/// </summary>
internal sealed partial class IrBuilder(Module module, CompilerOptions options)
{
    private struct Construct
    {
        public Opcode Opcode;
        public FunctionType Type;
        /// <summary>Index for the scan.</summary>
        public int Scanned;
        /// <summary>Operands below its own.</summary>
        public int Height;
        /// <summary>Mark of the value table at its start.</summary>
        public int Mark;
        /// <summary>The first block of a loop.</summary>
        public int Header;
        /// <summary>Edges that wait for the block after the end, linked by <see cref="_nextPending"/>; -1 for none.</summary>
        public int Pending;
        /// <summary>The edge over an if's first arm, until it is known where to; else -1.</summary>
        public int ElseEdge;
        /// <summary>Where the values at an if's start are kept: operands, then locals that it assigns.</summary>
        public int Saved;
        /// <summary>The innermost try_table with clauses around it: its place among the constructs, or -1.</summary>
        public int Handler;
        /// <summary>Of a try_table with clauses: edges that bring exceptions, linked as above; its region, and its clauses as they are read.</summary>
        public int Thrown, Region, FirstClause, ClauseCount;
    }

    private readonly BodyScan _scan = new();
    private readonly ValueTable _values = new();
    private IrFunction _function = null!;
    private FunctionBody _body = null!;
    private int[] _stack = new int[256];
    private int _height;
    private int[] _locals = [];
    private IrType[] _localTypes = [];
    /// <summary>Where each run of declared locals ends; made on demand.</summary>
    private int[] _runEnds = [];
    private bool _hasRuns;
    private Construct[] _constructs = new Construct[32];
    private int _depth;
    private int _scanned;
    private int[] _saved = new int[64];
    private int _savedCount;
    private int[] _nextPending = new int[64];
    private int _block;
    private bool _isDead;
    /// <summary>Locals are kept in the frame.</summary>
    private bool _inFrame;
    /// <summary>The scan tells of labels' locals: there are locals, and they are values.</summary>
    private bool _isScanned;
    private int _offset;
    private int _nextUnitCharge;
    private int _loopDepth;
    /// <summary>The stack words left, where they are no local.</summary>
    private int _words;
    private bool _wordsAreLocal;
    private long _budget;

    /// <summary>Builds a body.</summary>
    /// <param name="function">Takes the result.</param>
    /// <param name="index">Index of the function among those that the module defines.</param>
    /// <returns>False where the body is too irregular for its size (docs/COMPILER.md): it cannot be compiled.</returns>
    public bool TryBuild(IrFunction function, int index)
    {
        _body = module.BodyList[index];
        _function = function;
        _wordsAreLocal = module.Profile.Schedule.StackRule == StackRule.Stylus;
        _budget = 16384 + 8L * (_body.Code.End - _body.Code.Start);
        _scan.Run(module, _body, _wordsAreLocal);
        function.Index = module.ImportedFunctions + index;
        function.Type = module.TypeSpace[_body.TypeIndex].Function!;
        if (!_scan.IsTooLarge && TryBuild(inFrame: false)) return true;
        return TryBuild(inFrame: true);
    }

    private bool TryBuild(bool inFrame)
    {
        _inFrame = inFrame;
        _function.Reset();
        _values.Return(0);
        _height = _depth = _scanned = _savedCount = _nextUnitCharge = _loopDepth = _deadDepth = 0;
        _handler = -1;
        _clauseCount = 0;
        _isDead = _hasRuns = false;
        Begin();
        ByteReader reader = new(module.Bytes.Span, _body.Instructions);
        ReadOnlySpan<Charge> charges = _body.Plan.Charges;
        int nextCharge = 0;
        while (_depth > 0)
        {
            _offset = reader.Position;
            if (nextCharge < charges.Length && charges[nextCharge].Offset == (uint)_offset)
            {
                if (!_isDead && options.HasMetering) EmitCharge(charges[nextCharge].Cost);
                nextCharge++;
            }

            if (!_isDead && options.Observed.Length > 0 && _offset >= options.Observed.Start && _offset < options.Observed.End) BuildObservation();
            Opcode opcode = (Opcode)InstructionReader.ReadId(ref reader);
            if (_isDead) SkipDead(ref reader, opcode);
            else Build(ref reader, opcode);
            if (IsOverBudget) return false;
        }

        // Every instruction's bytes were passed over as the validator did: a body that is misread does not run.
        if (!reader.IsAtEnd) throw new NodeFaultException("a body was not compiled to its end");
        return true;
    }

    /// <summary>The entry block: parameters, stack words, locals at zero.</summary>
    private void Begin()
    {
        _offset = _body.Instructions.Start;
        _block = 0;
        StartBlock();
        int used = _scan.UsedCount, parameters = _function.Type.Parameters.Length;
        _isScanned = !_inFrame && used > 0;
        if (_locals.Length < used) (_locals, _localTypes) = (new int[used], new IrType[used]);
        for (int i = 0; i < used; i++)
        {
            int local = _scan.UsedLocal(i);
            if (local < 0) continue;
            _localTypes[i] = IrFunction.TypeOf(TypeOfLocal(local));
            if (local < parameters) _locals[i] = Add(IrOp.FunctionParameter, _localTypes[i], immediate: local);
        }

        _words = Add(IrOp.EnterFrame, IrType.I64, immediate: (long)_body.Plan.FrameWords);
        if (_wordsAreLocal) (_localTypes[0], _locals[0]) = (IrType.I64, _words);
        for (int i = 0; i < used; i++)
            if (_scan.UsedLocal(i) >= parameters) _locals[i] = Zero(_localTypes[i]);
        if (_inFrame) LayOutFrame(used);
        PushConstruct(Opcode.Block, _function.Type, 0);
    }

    private ValueType TypeOfLocal(int local)
    {
        ReadOnlySpan<ValueType> parameters = _function.Type.Parameters;
        if (local < parameters.Length) return parameters[local];
        if (_runEnds.Length < _body.DeclaredLocals.Length) _runEnds = new int[_body.DeclaredLocals.Length];
        if (!_hasRuns)
        {
            int end = parameters.Length;
            for (int i = 0; i < _body.DeclaredLocals.Length; i++) _runEnds[i] = end += (int)_body.DeclaredLocals[i].Count;
            _hasRuns = true;
        }

        // The first run that ends behind the local.
        int low = 0, high = _body.DeclaredLocals.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_runEnds[middle] > local) high = middle;
            else low = middle + 1;
        }

        return _body.DeclaredLocals[low].Type;
    }

    private void LayOutFrame(int count)
    {
        if (_function.FrameLocals.Length < count) _function.FrameLocals = new IrType[count];
        _localTypes.AsSpan(0, count).CopyTo(_function.FrameLocals);
        _function.FrameLocalCount = count;
        for (int i = 0; i < count; i++) Add(IrOp.StoreLocal, IrType.None, _locals[i], immediate: i);
    }

    private int Zero(IrType type) => type switch
    {
        IrType.I32 => Constant(IrType.I32, 0),
        IrType.I64 => Constant(IrType.I64, 0),
        IrType.F32 => Constant(IrType.F32, 0),
        IrType.F64 => Constant(IrType.F64, 0),
        _ => VectorConstant(UInt128.Zero),
    };

    /// <param name="local">Its number.</param>
    private int ReadLocal(int local) => _inFrame ? Add(IrOp.LoadLocal, _localTypes[local], immediate: local) : _locals[local];

    private void WriteLocal(int local, int value)
    {
        // In the frame only bits are kept, so NaNs are made canonical before.
        if (_inFrame) Add(IrOp.StoreLocal, IrType.None, Observe(value), immediate: local);
        else _locals[local] = value;
    }

    /// <summary>
    /// The function has become larger than its bytes pay for: a call of two bytes may have a thousand results, a branch of two bytes
    /// carry a thousand values, an if save as many.
    /// </summary>
    private bool IsOverBudget => options.Observed.Length == 0 && (long)_function.NodeCount + _function.ArgumentCount + _savedCount > _budget;

    private int Words => _wordsAreLocal ? ReadLocal(0) : _words;

    private void Push(int value)
    {
        if (_height == _stack.Length) Array.Resize(ref _stack, _height * 2);
        _stack[_height++] = value;
    }

    private int Pop() => _stack[--_height];

    /// <summary>Adds a node to the block at hand.</summary>
    private int Add(ushort op, IrType type, int a = -1, int b = -1, int c = -1, int extra = 0, long immediate = 0)
    {
        int node = _function.NodeCount++;
        if (node == _function.Nodes.Length) Array.Resize(ref _function.Nodes, node * 2);
        _function.Nodes[node] = new IrNode { Op = op, Type = type, A = a, B = b, C = c, Extra = extra, Immediate = immediate, Origin = _offset };
        return node;
    }

    /// <summary>Adds a pure node, or finds one that computes the same.</summary>
    private int AddPure(ushort op, IrType type, int a = -1, int b = -1, int c = -1, int extra = 0, long immediate = 0)
    {
        int node = Add(op, type, a, b, c, extra, immediate);
        if (!options.Has(Optimizations.ValueNumbering)) return node;
        int found = _values.FindOrEnter(_function, node);
        if (found != node) _function.NodeCount--;
        return found;
    }

    private int Constant(IrType type, long bits) => AddPure(
        (ushort)(type switch { IrType.I32 => Opcode.I32Const, IrType.I64 => Opcode.I64Const, IrType.F32 => Opcode.F32Const, _ => Opcode.F64Const }),
        type, immediate: type is IrType.I32 or IrType.F32 ? (long)(uint)bits : bits);

    private int VectorConstant(UInt128 bits) => AddPure((ushort)Opcode.V128Const, IrType.V128, immediate: AddVector(bits));

    private int AddVector(UInt128 bits)
    {
        if (bits == UInt128.Zero && _function.VectorCount > 0 && _function.Vectors[0] == UInt128.Zero) return 0;
        if (_function.VectorCount == _function.Vectors.Length) Array.Resize(ref _function.Vectors, _function.VectorCount * 2);
        _function.Vectors[_function.VectorCount] = bits;
        return _function.VectorCount++;
    }

    private int AddArgument(int value)
    {
        int index = _function.ArgumentCount++;
        if (index == _function.Arguments.Length) Array.Resize(ref _function.Arguments, index * 2);
        _function.Arguments[index] = value;
        return index;
    }

    private void BuildObservation()
    {
        int first = _function.ArgumentCount;
        for (int i = 0; i < _height; i++) AddArgument(Observe(_stack[i]));
        Add(IrOp.Observe, IrType.None, first, _height);
    }

    private void EmitCharge(ulong cost)
    {
        ref IrNode last = ref _function.Nodes[_function.NodeCount - 1];
        bool isInBlock = _function.NodeCount > _function.Blocks[_block].First;
        if (isInBlock && last.Op == IrOp.Charge && (ulong)last.Immediate + cost >= cost) last.Immediate += (long)cost;
        else Add(IrOp.Charge, IrType.None, immediate: (long)cost);
    }

    private void EmitUnitCharge()
    {
        ReadOnlySpan<UnitCharge> charges = _body.Plan.UnitCharges;
        while (_nextUnitCharge < charges.Length && charges[_nextUnitCharge].Offset < (uint)_offset) _nextUnitCharge++;
        if (_nextUnitCharge == charges.Length || charges[_nextUnitCharge].Offset != (uint)_offset || !options.HasMetering) return;
        Add(IrOp.ChargeUnits, IrType.None, _stack[_height - 1], immediate: (long)charges[_nextUnitCharge].PerUnit);
    }

    /// <summary>
    /// The value for one who sees its bits, or computes with it in other lanes: NaNs that were computed are made canonical.
    /// </summary>
    /// <param name="value">A value.</param>
    /// <param name="reader">The lanes in which it is computed with; none for one who sees bits.</param>
    private int Observe(int value, LaneClass reader = LaneClass.None)
    {
        ref IrNode node = ref _function.Nodes[value];
        if (node.Type is not (IrType.F32 or IrType.F64 or IrType.V128) || !options.HasCanonicalNaNs) return value;
        LaneClass made = OperationTraits.ResultClass(node.Op);
        bool isCarried = OperationTraits.IsCarrier(node.Op);
        if (made == LaneClass.None && !isCarried || made != LaneClass.None && made == reader) return value;
        if (isCarried && reader != LaneClass.None && node.Type != IrType.V128) return value;
        return AddPure(IrOp.Canonicalize, node.Type, value, extra: (int)reader);
    }

    /// <summary>Operands are taken off the stack; those of a list are seen by others.</summary>
    private (int First, int Count) PopList(int count, bool withWords, int words)
    {
        int first = _function.ArgumentCount;
        for (int i = _height - count; i < _height; i++) AddArgument(Observe(_stack[i]));
        _height -= count;
        if (withWords) AddArgument(words);
        return (first, _function.ArgumentCount - first);
    }
}
