using System;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Interpreter;

/// <summary>
/// Turns validated bodies into the prepared form: slots instead of an operand stack, jumps instead of labels, charges from
/// the plan.
/// <para>
/// Frame: parameters, declared locals, two header slots, then the operand stack; a v128 takes two slots everywhere, low half
/// first, all else one. An operand's slot on the operand stack is its <em>home</em>. An operand is lazy where it still stands for a local or a constant; it is written to its home only when
/// something needs it there: a call, a branch, the start of a construct, or a change of its local. Lazy operands of one local
/// are linked, and all lazy operands form a stack of their own, so each is written at most once and the whole translation is
/// linear in the size of the body.
/// </para>
/// </summary>
internal sealed partial class Translator(Module module, int[] globalSlots, bool isObserved)
{
    private enum OperandKind : byte
    {
        Home,
        Local,
        Constant,
    }

    private struct Operand
    {
        public OperandKind Kind;
        /// <summary>Takes two slots.</summary>
        public bool IsVector;
        /// <summary>The (first) slot of its own.</summary>
        public int Home;
        /// <summary>The (first) slot of the local that it stands for.</summary>
        public int Local;
        /// <summary>The next lower lazy operand of the same local, or -1.</summary>
        public int NextOfLocal;
        public ulong Constant;
    }

    private struct Construct
    {
        public Opcode Opcode;
        public FunctionType Type;
        /// <summary>Operands below the construct's own.</summary>
        public int Height;
        /// <summary>Home of the construct's first operand.</summary>
        public int Home;
        /// <summary>A loop's first instruction.</summary>
        public int Start;
        /// <summary>The last of the jumps that wait for the end, linked through their targets; -1 for none.</summary>
        public int PendingJumps;
        /// <summary>The jump over an if's first arm, until it is known where to.</summary>
        public int ElseJump;
        public bool IsDead;
    }

    private readonly HandlerTable _handlers = new();
    private Instruction[] _code = new Instruction[256];
    private int[] _offsets = new int[256];
    private int _count;
    private Operand[] _operands = new Operand[64];
    private int _height;
    private int[] _lazy = new int[64];
    private int _lazyCount;
    /// <summary>The highest lazy operand of the local at each slot, or -1.</summary>
    private int[] _lazyOfLocal = [];
    private Construct[] _constructs = new Construct[32];
    private int _depth;
    private int _offset;
    /// <summary>Home of the next operand.</summary>
    private int _nextHome;
    private int _headerSlot;
    private int _frameWords;
    private FunctionType _type = null!;
    private FunctionPlan _plan = null!;
    private int _nextUnitCharge;
    private bool _isDead;
    /// <summary>The instruction that made the top operand in its home, or -1: its result may go elsewhere.</summary>
    private int _producer;

    /// <summary>Translates one body, behind those before it; the result is its first instruction.</summary>
    public int Translate(FunctionBody body)
    {
        _type = module.TypeSpace[body.TypeIndex].Function!;
        _height = _lazyCount = _depth = 0;
        int start = _count;
        _handlers.BeginFunction(start);
        _plan = body.Plan;
        _nextUnitCharge = 0;
        _isDead = false;
        _producer = -1;
        _headerSlot = body.LocalWords;
        _nextHome = _headerSlot + Frame.HeaderSlots;
        LayOutLocals(body);
        // Beyond int.MaxValue no call can ever pay, so the return's refund is never reached.
        _frameWords = (int)Math.Min(body.Plan.FrameWords, int.MaxValue);
        if (_lazyOfLocal.Length < body.LocalWords) _lazyOfLocal = new int[body.LocalWords];
        _lazyOfLocal.AsSpan(0, body.LocalWords).Fill(-1);
        if (_operands.Length <= body.MaxOperandWords) _operands = new Operand[body.MaxOperandWords + 1];

        ByteReader reader = new(module.Bytes.Span, body.Instructions);
        ReadOnlySpan<Charge> charges = body.Plan.Charges;
        int nextCharge = 0;
        PushConstruct(Opcode.Block, _type);
        while (_depth > 0)
        {
            _offset = reader.Position;
            bool isHead = nextCharge < charges.Length && charges[nextCharge].Offset == (uint)_offset;
            if (isHead && !_isDead) Emit(InternalOp.Charge) = new Instruction { Op = InternalOp.Charge, Imm = charges[nextCharge].Cost };
            if (isHead)
            {
                nextCharge++;
                _producer = -1;
            }

            if (isObserved && !_isDead) EmitObservation(body);
            Opcode opcode = (Opcode)InstructionReader.ReadId(ref reader);
            if (_isDead) SkipDead(ref reader, opcode);
            else TranslateInstruction(ref reader, opcode);
        }

        // Every instruction's bytes were passed over as the validator did: a body that is misread does not run.
        if (!reader.IsAtEnd) throw new NodeFaultException("a body was not prepared to its end");
        return start;
    }

    /// <summary>Stops before the instruction, with all operands in their homes, where an observer can see them.</summary>
    private void EmitObservation(FunctionBody body)
    {
        FlushFrom(0);
        int first = _headerSlot + Frame.HeaderSlots;
        Emit(InternalOp.Observe, first, _offset, _nextHome - first, (ushort)(_offset == body.Instructions.Start ? 1 : 0));
    }

    /// <summary>The instructions of all bodies, on the pinned heap, their byte offsets, and their exception handlers.</summary>
    public (Instruction[] Code, int[] Offsets, HandlerTable Handlers) Finish()
    {
        // One more than there are, so that the array has an address even where it is empty.
        Instruction[] code = GC.AllocateUninitializedArray<Instruction>(_count + 1, pinned: true);
        _code.AsSpan(0, _count).CopyTo(code);
        return (code, _offsets.AsSpan(0, _count).ToArray(), _handlers);
    }

    /// <summary>Home of an operand, or of the one that comes next.</summary>
    private int HomeOf(int index) => index == _height ? _nextHome : _operands[index].Home;

    private ref Instruction Emit(InternalOp op)
    {
        if (_count == _code.Length)
        {
            Array.Resize(ref _code, _count * 2);
            Array.Resize(ref _offsets, _count * 2);
        }

        _offsets[_count] = _offset;
        ref Instruction instruction = ref _code[_count++];
        instruction = new Instruction { Op = op };
        return ref instruction;
    }

    private void Emit(InternalOp op, int r, int a, int b, ushort extra = 0)
    {
        ref Instruction instruction = ref Emit(op);
        (instruction.R, instruction.A, instruction.B, instruction.Extra) = (r, a, b, extra);
    }

    private void PushHome(bool isVector = false)
    {
        ref Operand operand = ref _operands[_height++];
        (operand.Kind, operand.IsVector, operand.Home) = (OperandKind.Home, isVector, _nextHome);
        _nextHome += isVector ? 2 : 1;
    }

    private void PushHomes(ReadOnlySpan<ValueType> types)
    {
        foreach (ValueType type in types) PushHome(type == ValueType.V128);
    }

    /// <summary>Pushes the result of the instruction that was just emitted with its home as result slot.</summary>
    /// <param name="isVector">The result is a v128.</param>
    /// <param name="words">Instruction words that it took.</param>
    private void PushProduced(bool isVector = false, int words = 1)
    {
        PushHome(isVector);
        _producer = _count - words;
    }

    private void PushLocal(int local, bool isVector)
    {
        _producer = -1;
        _operands[_height] = new Operand { Kind = OperandKind.Local, IsVector = isVector, Home = _nextHome, Local = local, NextOfLocal = _lazyOfLocal[local] };
        _lazyOfLocal[local] = _height;
        PushLazy(isVector ? 2 : 1);
    }

    private void PushConstant(ulong value)
    {
        _producer = -1;
        _operands[_height] = new Operand { Kind = OperandKind.Constant, Home = _nextHome, Constant = value };
        PushLazy(1);
    }

    private void PushLazy(int slots)
    {
        _nextHome += slots;
        if (_lazyCount == _lazy.Length) Array.Resize(ref _lazy, _lazyCount * 2);
        _lazy[_lazyCount++] = _height++;
    }

    /// <summary>Pops the top operand and returns the slot that holds it, writing a constant to its home first.</summary>
    private int PopSlot()
    {
        int slot = PeekSlot();
        Discard();
        return slot;
    }

    /// <summary>The slot that holds the top operand; a constant is written to its home, and stays a constant.</summary>
    private int PeekSlot()
    {
        int index = _height - 1;
        ref Operand operand = ref _operands[index];
        if (operand.Kind == OperandKind.Local) return operand.Local;
        if (operand.Kind == OperandKind.Constant)
            Emit(InternalOp.Constant) = new Instruction { Op = InternalOp.Constant, R = operand.Home, Imm = operand.Constant };
        return operand.Home;
    }

    private void Discard()
    {
        _producer = -1;
        int index = --_height;
        ref Operand operand = ref _operands[index];
        _nextHome = operand.Home;
        if (operand.Kind == OperandKind.Local) _lazyOfLocal[operand.Local] = operand.NextOfLocal;
        // Also where it was written meanwhile: the stack of lazy operands stays strictly below the height.
        if (_lazyCount > 0 && _lazy[_lazyCount - 1] == index) _lazyCount--;
    }

    private void Discard(int count)
    {
        for (int i = 0; i < count; i++) Discard();
    }

    private void WriteHome(int index)
    {
        ref Operand operand = ref _operands[index];
        if (operand.Kind == OperandKind.Local)
        {
            _lazyOfLocal[operand.Local] = operand.NextOfLocal;
            EmitCopy(operand.IsVector, operand.Home, operand.Local);
        }
        else if (operand.Kind == OperandKind.Constant)
        {
            Emit(InternalOp.Constant) = new Instruction { Op = InternalOp.Constant, R = operand.Home, Imm = operand.Constant };
        }

        operand.Kind = OperandKind.Home;
    }

    /// <summary>
    /// Writes all lazy operands from a height upwards to their homes. Highest first, so that the lists of locals, whose heads
    /// are the highest, stay right.
    /// </summary>
    private void FlushFrom(int height)
    {
        _producer = -1;
        while (_lazyCount > 0 && _lazy[_lazyCount - 1] >= height)
        {
            WriteHome(_lazy[--_lazyCount]);
        }
    }

    /// <summary>Writes the lazy operands of one local, which is about to change.</summary>
    private void FlushLocal(int local)
    {
        while (_lazyOfLocal[local] >= 0) WriteHome(_lazyOfLocal[local]);
    }

    /// <summary>Opens a construct whose parameters are the top operands.</summary>
    private void PushConstruct(Opcode opcode, FunctionType type)
    {
        if (_depth == _constructs.Length) Array.Resize(ref _constructs, _depth * 2);
        int height = _height - (_depth == 0 ? 0 : type.Parameters.Length);
        _constructs[_depth++] = new Construct
        {
            Opcode = opcode, Type = type, Height = height, Home = HomeOf(height), IsDead = _isDead, Start = _count, PendingJumps = -1, ElseJump = -1,
        };
    }

    /// <summary>Sets the construct's operands to homes, as after a join.</summary>
    private void ResetTo(int height, ReadOnlySpan<ValueType> homes)
    {
        Discard(_height - height);
        PushHomes(homes);
        _producer = -1;
    }

    private void SetDead()
    {
        _isDead = true;
        _producer = -1;
    }
}
