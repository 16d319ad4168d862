using System;
using System.Collections.Generic;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Validation;

/// <summary>
/// Decodes and validates function bodies and constant expressions in one pass (WebAssembly 3.0, appendix "Validation
/// Algorithm"), and feeds the gas plan as it goes. Linear in the body's size, no recursion, no allocation per instruction: the
/// stacks are kept from body to body. One validator serves one thread.
/// </summary>
internal sealed partial class FunctionValidator
{
    /// <summary>What each instruction needs, by its id: worked out once, because it is asked for every instruction.</summary>
    private static readonly Features[] NeededFeatures = BuildNeededFeatures();
    private static readonly FunctionType EmptyType = new([], []);

    private readonly ModuleContext _context;
    private readonly Module _module;
    private readonly TypeSpace _types;
    private readonly Findings _findings;
    private readonly PlanBuilder _plan;
    private readonly LocalTable _locals = new();
    private readonly Dictionary<ValueType, FunctionType> _singleResultTypes = [];
    // Offset of the br_table that last checked its operands against a label of this type, by identity: equal types are one object.
    private readonly Dictionary<FunctionType, int> _typesChecked = new(ReferenceEqualityComparer.Instance), _loopTypesChecked = new(ReferenceEqualityComparer.Instance);

    private ValueType[] _operands = new ValueType[64];
    private int _operandCount;
    /// <summary>Operands that take two words.</summary>
    private int _vectorCount;
    private int _maxWords;
    private ControlFrame[] _control = new ControlFrame[32];
    private int _controlCount;
    private int _maxNesting;
    private uint _instructions;
    /// <summary>Units of the gas plan in each of the instruction's top operand.</summary>
    private uint _unitScale;

    public FunctionValidator(ModuleContext context, Findings findings)
    {
        _context = context;
        _module = context.Module;
        _types = _module.TypeSpace;
        _findings = findings;
        _plan = new PlanBuilder(_module.Profile.Schedule);
    }

    /// <summary>A construct that is open: where its operands start, and what its label and end expect.</summary>
    private struct ControlFrame
    {
        public ControlRole Role;
        public FunctionType Type;
        public int Height;
        /// <summary>Of the operands below, those that take two words.</summary>
        public int VectorHeight;
        /// <summary>Locals without a default that were set before the construct.</summary>
        public int SetLocals;
        public bool IsUnreachable;
        public bool IsTarget;
        /// <summary>Offset of the br_table that last checked its operands against this label.</summary>
        public int CheckedAt;

        public readonly ReadOnlySpan<ValueType> LabelTypes => Role == ControlRole.Loop ? Type.Parameters : Type.Results;
    }

    /// <exception cref="ModuleException">The body's first error.</exception>
    public void Validate(ReadOnlySpan<byte> module, int function, FunctionBody body)
    {
        ByteReader reader = new(module, body.Code) { Section = "code", Function = function, Findings = _findings };
        FunctionType type = _types[body.TypeIndex].Function!;
        _isConstant = false;
        ReadLocals(ref reader, type, body);
        int firstInstruction = reader.Position;
        Start(ref reader, type, firstInstruction);
        _plan.Begin((uint)firstInstruction, (uint)(body.LocalCount - type.Parameters.Length), _module.HasFarMemory);
        while (_controlCount > 0)
        {
            if (reader.IsAtEnd) throw reader.Error(ModuleErrorCode.UnexpectedEnd, "the body ends before its last end");
            int offset = reader.Position;
            int id = ReadOpcode(ref reader, out OpcodeInfo info);
            uint operands = 0;
            bool isTarget = false;
            _unitScale = 1;
            ValidateInstruction(ref reader, info, offset, ref operands, ref isTarget);
            if (_plan.ModelsStack) TellStackEffect(info);
            _plan.Add(id, info.Role, (uint)reader.Position, operands, isTarget, _unitScale);
            _instructions++;
        }

        if (!reader.IsAtEnd) throw reader.Error(ModuleErrorCode.BodySize, "the body goes on after its last end");
        ProfileGate.Check(ref reader, _module, Limit.Instructions, _instructions, firstInstruction);
        ProfileGate.Check(ref reader, _module, Limit.Nesting, (ulong)_maxNesting, firstInstruction);
        ProfileGate.Check(ref reader, _module, Limit.Operands, (ulong)_maxWords, firstInstruction);
        body.Instructions = new ByteRange(firstInstruction, body.Code.End);
        body.MaxOperandWords = _maxWords;
        body.InstructionCount = (int)_instructions;
        body.Plan = _plan.Finish((ulong)body.LocalWords, (ulong)_maxWords);
    }

    /// <summary>
    /// Reads a constant expression with its end, and checks that it leaves one value of the given type (WebAssembly 3.0,
    /// validation, "Constant Expressions"). What it evaluates to is <see cref="Runtime.ConstantEvaluator"/>'s.
    /// </summary>
    public ByteRange ValidateConstant(ref ByteReader reader, ValueType expected)
    {
        int start = reader.Position;
        _locals.Begin(EmptyType, [], 0);
        _isConstant = true;
        Start(ref reader, SingleResult(expected), start);
        while (_controlCount > 0)
        {
            int offset = reader.Position;
            ReadOpcode(ref reader, out OpcodeInfo info);
            CheckIsConstant(ref reader, info, offset);
            uint operands = 0;
            bool isTarget = false;
            ValidateInstruction(ref reader, info, offset, ref operands, ref isTarget);
        }

        _isConstant = false;
        return new ByteRange(start, reader.Position);
    }

    private static Features[] BuildNeededFeatures()
    {
        Features[] needed = new Features[OpcodeTable.IdLimit];
        foreach (OpcodeInfo info in OpcodeTable.All) needed[(int)info.Opcode] = info.NeededFeatures;
        return needed;
    }

    private void Start(ref ByteReader reader, FunctionType type, int offset)
    {
        _operandCount = _vectorCount = _maxWords = _controlCount = _maxNesting = 0;
        _instructions = 0;
        OpenFrame(ref reader, ControlRole.Block, type, offset);
    }

    private void ReadLocals(ref ByteReader reader, FunctionType type, FunctionBody body)
    {
        int start = reader.Position;
        int groups = reader.ReadCount("local declarations");
        LocalRun[] runs = groups == 0 ? [] : new LocalRun[groups];
        ulong total = (ulong)type.Parameters.Length, vectorLocals = (ulong)CountVectors(type.Parameters);
        for (int i = 0; i < groups; i++)
        {
            int groupStart = reader.Position;
            uint count = reader.ReadU32("a number of locals");
            runs[i] = new LocalRun(count, TypeReader.ReadValueType(ref reader, _module, "a local's type"));
            total += count;
            if (runs[i].Type == ValueType.V128) vectorLocals += count;
            if (total - (ulong)type.Parameters.Length > uint.MaxValue) throw reader.Error(ModuleErrorCode.TooManyLocals, groupStart, "more than 2^32-1 locals");
        }

        ProfileGate.Demand(ref reader, _module, Limit.Locals, total, start);
        ProfileGate.Check(ref reader, _module, Limit.DeclaredLocals, total - (ulong)type.Parameters.Length, start);
        _locals.Begin(type, runs, (uint)total);
        body.DeclaredLocals = runs;
        body.LocalWords = (int)(total + vectorLocals);
        body.LocalCount = (int)total;
    }

    private int ReadOpcode(ref ByteReader reader, out OpcodeInfo info)
    {
        int offset = reader.Position;
        int id = reader.ReadByte("an instruction");
        if (id is >= 0xFB and <= 0xFE)
        {
            uint subOpcode = reader.ReadU32("a sub-opcode");
            int prefixed = OpcodeTable.PrefixedId((byte)id, subOpcode);
            if (prefixed < 0) throw reader.Error(ModuleErrorCode.UnknownOpcode, offset, $"0x{id:x2} {subOpcode} names no instruction");
            id = prefixed;
        }

        info = OpcodeTable.Find(id) ?? throw reader.Error(ModuleErrorCode.UnknownOpcode, offset, $"0x{id:x2} names no instruction");
        ProfileGate.Require(ref reader, _module, NeededFeatures[id], offset, info.Name);
        return id;
    }

    private void ValidateInstruction(ref ByteReader reader, OpcodeInfo info, int offset, ref uint operands, ref bool isTarget)
    {
        if (!info.IsContextual) ValidateSimple(ref reader, info, offset);
        else if ((int)info.Opcode is >= OpcodeTable.GcBase and < OpcodeTable.MiscBase) ValidateAggregate(ref reader, info, offset, ref operands);
        else ValidateContextual(ref reader, info, offset, ref operands, ref isTarget);
    }

    /// <summary>Instructions whose types do not depend on the context: pop the operands, push the results.</summary>
    private void ValidateSimple(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        ValueType addressType = ValueType.I32;
        switch (info.Immediates)
        {
            case Immediates.None: break;
            case Immediates.MemArg: addressType = ReadMemoryArgument(ref reader, info, offset); break;
            case Immediates.I32: reader.ReadS32("i32.const"); break;
            case Immediates.I64: reader.ReadS64("i64.const"); break;
            case Immediates.F32: reader.ReadFixed32("f32.const"); break;
            case Immediates.F64: reader.ReadFixed64("f64.const"); break;
            case Immediates.V128: reader.ReadBytes(16, "v128.const"); break;
            case Immediates.Lane: ReadLane(ref reader, info.Lanes, offset); break;
            case Immediates.MemArgLane:
                addressType = ReadMemoryArgument(ref reader, info, offset);
                ReadLane(ref reader, info.Lanes, offset);
                break;
            case Immediates.Shuffle:
                for (int i = 0; i < 16; i++) ReadLane(ref reader, 32, offset);
                break;
            case Immediates.Fence:
                if (reader.ReadByte("a fence") != 0) throw reader.Error(ModuleErrorCode.BadFlags, offset, "the byte after atomic.fence is not 0");
                break;
            default: throw new InvalidOperationException($"{info.Name} is accepted but not validated");
        }

        string taken = info.Operands, given = info.Results;
        for (int i = taken.Length - 1; i >= 0; i--) Pop(ref reader, TypeOf(taken[i], addressType), offset);
        for (int i = 0; i < given.Length; i++) Push(TypeOf(given[i], addressType));
    }

    private static ValueType TypeOf(char letter, ValueType addressType) => letter switch
    {
        'i' => ValueType.I32,
        'l' => ValueType.I64,
        'f' => ValueType.F32,
        'd' => ValueType.F64,
        'v' => ValueType.V128,
        'm' => addressType,
        _ => throw new InvalidOperationException($"type letter {letter}"),
    };

    private static void ReadLane(ref ByteReader reader, int lanes, int offset)
    {
        byte lane = reader.ReadByte("a lane index");
        if (lane >= lanes) throw reader.Error(ModuleErrorCode.BadLane, offset, $"lane {lane} of {lanes}");
    }

    private ValueType ReadMemoryArgument(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        uint alignment = reader.ReadU32("an alignment");
        uint memory = 0;
        if (alignment >= 0x80) throw reader.Error(ModuleErrorCode.BadMemoryArgument, offset, $"{info.Name}: alignment flags {alignment} are unknown");
        if (alignment >= 0x40)
        {
            ProfileGate.Require(ref reader, _module, Features.MultiMemory, offset, info.Name);
            alignment -= 0x40;
            memory = reader.ReadU32("a memory index");
        }

        ulong displacement = reader.ReadU64("a memory offset");
        MemoryType type = MemoryAt(ref reader, memory, offset);
        if (alignment > (uint)info.NaturalAlignment)
            throw reader.Error(ModuleErrorCode.AlignmentTooLarge, offset, $"{info.Name}: alignment 2^{alignment} is above the natural 2^{info.NaturalAlignment}");
        // Threads proposal, validation: an atomic access is aligned naturally, neither more nor less.
        if (alignment < (uint)info.NaturalAlignment && (info.Feature & Features.Threads) != 0)
            throw reader.Error(ModuleErrorCode.AlignmentTooLarge, offset, $"{info.Name}: alignment 2^{alignment} is not the natural 2^{info.NaturalAlignment}");
        if (!type.Is64 && displacement > uint.MaxValue) throw reader.Error(ModuleErrorCode.OffsetOutOfRange, offset, $"{info.Name}: the offset does not fit 32 bits");
        return type.Is64 ? ValueType.I64 : ValueType.I32;
    }

    private FunctionType SingleResult(ValueType type)
    {
        if (!_singleResultTypes.TryGetValue(type, out FunctionType? single)) _singleResultTypes.Add(type, single = new FunctionType([], [type]));
        return single;
    }
}
