using System;
using System.Collections.Generic;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Validation;

/// <summary>
/// Decodes and validates function bodies in one pass (WebAssembly 3.0, appendix "Validation Algorithm"), and feeds the gas
/// plan as it goes. Linear in the body's size, no recursion, no allocation per instruction: the stacks are kept from body to
/// body. One validator serves one thread.
/// </summary>
internal sealed partial class FunctionValidator
{
    private readonly Module _module;
    private readonly ModuleLimits _limits;
    private readonly HashSet<int> _declaredReferences;
    private readonly int? _dataCount;
    private readonly PlanBuilder _plan;
    /// <summary>What each instruction needs, by its id: worked out once, because it is asked for every instruction.</summary>
    private static readonly Features[] NeededFeatures = BuildNeededFeatures();

    private ValueType[] _operands = new ValueType[64];
    private int _operandCount;
    private int _maxOperands;
    private ControlFrame[] _control = new ControlFrame[32];
    private int _controlCount;
    private ValueType[] _locals = [];

    public FunctionValidator(Module module, HashSet<int> declaredReferences, int? dataCount)
    {
        _module = module;
        _limits = module.Profile.Limits;
        _declaredReferences = declaredReferences;
        _dataCount = dataCount;
        _plan = new PlanBuilder(module.Profile.Schedule);
    }

    /// <summary>A construct that is open: where its operands start, and what its label and end expect.</summary>
    private struct ControlFrame
    {
        public ControlRole Role;
        public FunctionType Type;
        public int Height;
        public bool IsUnreachable;
        public bool IsTarget;

        public readonly ReadOnlySpan<ValueType> LabelTypes => Role == ControlRole.Loop ? Type.Parameters : Type.Results;
    }

    /// <exception cref="ModuleException">The body's first error.</exception>
    public void Validate(ReadOnlySpan<byte> module, int function, FunctionBody body)
    {
        ByteReader reader = new(module, body.Code) { Section = "code", Function = function };
        FunctionType type = _module.TypeList[body.TypeIndex];
        _locals = ReadLocals(ref reader, type);
        int firstInstruction = reader.Position;
        _operandCount = _maxOperands = _controlCount = 0;
        _plan.Begin((uint)firstInstruction, (uint)(_locals.Length - type.Parameters.Length));
        PushControl(ref reader, ControlRole.Block, type);
        // The body's own frame starts empty: parameters are locals.
        _operandCount = _maxOperands = 0;

        while (_controlCount > 0)
        {
            if (reader.IsAtEnd) throw reader.Error(ModuleErrorCode.UnexpectedEnd, "the body ends before its last end");
            ReadInstruction(ref reader);
        }

        if (!reader.IsAtEnd) throw reader.Error(ModuleErrorCode.BodySize, "the body goes on after its last end");
        body.Instructions = new ByteRange(firstInstruction, body.Code.End);
        body.Locals = _locals;
        body.MaxOperands = _maxOperands;
        body.Plan = _plan.Finish((ulong)_locals.Length + (ulong)_maxOperands);
    }

    private static Features[] BuildNeededFeatures()
    {
        Features[] needed = new Features[OpcodeTable.IdLimit];
        foreach (OpcodeInfo info in OpcodeTable.All) needed[(int)info.Opcode] = info.UsesFloats ? info.Feature | Features.Floats : info.Feature;
        return needed;
    }

    private ValueType[] ReadLocals(ref ByteReader reader, FunctionType type)
    {
        int groups = reader.ReadCount("local declarations", int.MaxValue);
        int groupsStart = reader.Position;
        ulong total = (ulong)type.Parameters.Length;
        // Counted first and reserved afterwards: a few bytes can announce 2^32 locals.
        for (int i = 0; i < groups; i++)
        {
            int start = reader.Position;
            total += reader.ReadU32("a number of locals");
            TypeReader.ReadValueType(ref reader, _module, "a local's type");
            if (total > uint.MaxValue) throw reader.Error(ModuleErrorCode.TooManyLocals, start, "more than 2^32-1 locals");
        }

        if (total > (ulong)_limits.Locals)
            throw reader.Error(ModuleErrorCode.LocalsLimit, groupsStart, $"{total} parameters and locals, the profile allows {_limits.Locals}");
        ValueType[] locals = new ValueType[(int)total];
        type.Parameters.CopyTo(locals);
        int next = type.Parameters.Length;
        ByteReader again = new(_module.Bytes.Span, new ByteRange(groupsStart, reader.End)) { Section = "code", Function = reader.Function };
        for (int i = 0; i < groups; i++)
        {
            int count = (int)again.ReadU32("a number of locals");
            locals.AsSpan(next, count).Fill(TypeReader.ReadValueType(ref again, _module, "a local's type"));
            next += count;
        }

        return locals;
    }

    private void ReadInstruction(ref ByteReader reader)
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

        OpcodeInfo info = OpcodeTable.Find(id) ?? throw reader.Error(ModuleErrorCode.UnknownOpcode, offset, $"0x{id:x2} names no instruction");
        FeatureGate.Require(ref reader, _module, NeededFeatures[id], offset, info.Name);

        uint operands = 0;
        bool isTarget = false;
        if (info.IsContextual) ValidateContextual(ref reader, info, offset, ref operands, ref isTarget);
        else ValidateSimple(ref reader, info, offset);
        _plan.Add(id, info.Role, (uint)reader.Position, operands, isTarget);
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
            default: throw new InvalidOperationException($"{info.Name} is accepted but not validated");
        }

        for (int i = info.Operands.Length - 1; i >= 0; i--) Pop(ref reader, TypeOf(info.Operands[i], addressType), offset);
        foreach (char result in info.Results) Push(ref reader, TypeOf(result, addressType));
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

    private ValueType ReadMemoryArgument(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        uint alignment = reader.ReadU32("an alignment");
        uint memory = 0;
        if (alignment >= 0x80) throw reader.Error(ModuleErrorCode.BadMemoryArgument, offset, $"{info.Name}: alignment flags {alignment} are unknown");
        if (alignment >= 0x40)
        {
            FeatureGate.Require(ref reader, _module, Features.MultiMemory, offset, info.Name);
            alignment -= 0x40;
            memory = reader.ReadU32("a memory index");
        }

        ulong displacement = reader.ReadU64("a memory offset");
        MemoryType type = MemoryAt(ref reader, memory, offset);
        if (alignment > (uint)info.NaturalAlignment)
            throw reader.Error(ModuleErrorCode.AlignmentTooLarge, offset, $"{info.Name}: alignment 2^{alignment} is above the natural 2^{info.NaturalAlignment}");
        if (!type.Is64 && displacement > uint.MaxValue) throw reader.Error(ModuleErrorCode.OffsetOutOfRange, offset, $"{info.Name}: the offset does not fit 32 bits");
        return type.Is64 ? ValueType.I64 : ValueType.I32;
    }

    private MemoryType MemoryAt(ref ByteReader reader, uint index, int offset) =>
        index < (uint)_module.MemoryList.Count
            ? _module.MemoryList[(int)index]
            : throw reader.Error(ModuleErrorCode.UnknownMemory, offset, $"memory {index} of {_module.MemoryList.Count}");

    private TableType TableAt(ref ByteReader reader, uint index, int offset) =>
        index < (uint)_module.TableList.Count
            ? _module.TableList[(int)index]
            : throw reader.Error(ModuleErrorCode.UnknownTable, offset, $"table {index} of {_module.TableList.Count}");

    private void Push(ref ByteReader reader, ValueType type)
    {
        if (_operandCount == _operands.Length) Array.Resize(ref _operands, _operandCount * 2);
        _operands[_operandCount++] = type;
        if (_operandCount > _maxOperands)
        {
            _maxOperands = _operandCount;
            if (_maxOperands > _limits.Operands)
                throw reader.Error(ModuleErrorCode.OperandLimit, $"more than {_limits.Operands} operands on the stack, which the profile does not allow");
        }
    }

    private void Push(ref ByteReader reader, ReadOnlySpan<ValueType> types)
    {
        foreach (ValueType type in types) Push(ref reader, type);
    }

    private ValueType Pop(ref ByteReader reader, int offset)
    {
        ref ControlFrame frame = ref _control[_controlCount - 1];
        if (_operandCount == frame.Height)
        {
            if (frame.IsUnreachable) return ValueType.Bottom;
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, "an operand is missing");
        }

        return _operands[--_operandCount];
    }

    private ValueType Pop(ref ByteReader reader, ValueType expected, int offset)
    {
        ValueType actual = Pop(ref reader, offset);
        if (actual != expected && actual != ValueType.Bottom && expected != ValueType.Bottom)
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"an operand is {actual}, expected {expected}");
        return actual;
    }

    private void Pop(ref ByteReader reader, ReadOnlySpan<ValueType> types, int offset)
    {
        for (int i = types.Length - 1; i >= 0; i--) Pop(ref reader, types[i], offset);
    }

    private void PushControl(ref ByteReader reader, ControlRole role, FunctionType type)
    {
        if (_controlCount == _limits.Nesting)
            throw reader.Error(ModuleErrorCode.NestingLimit, $"more than {_limits.Nesting} nested constructs, which the profile does not allow");
        if (_controlCount == _control.Length) Array.Resize(ref _control, _controlCount * 2);
        _control[_controlCount++] = new ControlFrame { Role = role, Type = type, Height = _operandCount };
        Push(ref reader, type.Parameters);
    }

    private ControlFrame PopControl(ref ByteReader reader, int offset)
    {
        ControlFrame frame = _control[_controlCount - 1];
        Pop(ref reader, frame.Type.Results, offset);
        if (_operandCount != frame.Height)
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{_operandCount - frame.Height} operands are left at the end of the construct");
        _controlCount--;
        return frame;
    }

    private void SetUnreachable()
    {
        ref ControlFrame frame = ref _control[_controlCount - 1];
        _operandCount = frame.Height;
        frame.IsUnreachable = true;
    }

    private ref ControlFrame LabelAt(ref ByteReader reader, uint depth, int offset)
    {
        if (depth >= (uint)_controlCount) throw reader.Error(ModuleErrorCode.UnknownLabel, offset, $"label {depth} of {_controlCount}");
        ref ControlFrame frame = ref _control[_controlCount - 1 - (int)depth];
        frame.IsTarget = true;
        return ref frame;
    }
}
