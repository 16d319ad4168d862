using System;
using System.Runtime.InteropServices;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Validation;

/// <summary>The operand stack and the stack of open constructs.</summary>
internal sealed partial class FunctionValidator
{
    /// <summary>From so many types on, they are moved and compared as a block: two bytes of a call stand for a thousand of them.</summary>
    private const int Many = 8;

    private void Push(ValueType type)
    {
        if (_operandCount == _operands.Length) Array.Resize(ref _operands, _operandCount * 2);
        _operands[_operandCount++] = type;
        if (type == ValueType.V128) _vectorCount++;
        int words = _operandCount + _vectorCount;
        if (words > _maxWords) _maxWords = words;
    }

    /// <summary>Pushes several; checked against the limit each time, because a few bytes can push thousands.</summary>
    private void Push(ref ByteReader reader, ReadOnlySpan<ValueType> types, int offset)
    {
        if (types.Length < Many)
        {
            foreach (ValueType type in types) Push(type);
        }
        else
        {
            if (_operands.Length - _operandCount < types.Length) Array.Resize(ref _operands, Math.Max(_operandCount * 2, _operandCount + types.Length));
            types.CopyTo(_operands.AsSpan(_operandCount));
            _operandCount += types.Length;
            _vectorCount += CountVectors(types);
            _maxWords = Math.Max(_maxWords, _operandCount + _vectorCount);
        }

        if ((ulong)_maxWords > _module.Profile.Limits[Limit.Operands]) ProfileGate.Demand(ref reader, _module, Limit.Operands, (ulong)_maxWords, offset);
    }

    private ValueType Pop(ref ByteReader reader, int offset)
    {
        ref ControlFrame frame = ref _control[_controlCount - 1];
        if (_operandCount == frame.Height)
        {
            if (frame.IsUnreachable) return ValueType.Bottom;
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, "an operand is missing");
        }

        ValueType type = _operands[--_operandCount];
        if (type == ValueType.V128) _vectorCount--;
        return type;
    }

    private ValueType Pop(ref ByteReader reader, ValueType expected, int offset)
    {
        ValueType actual = Pop(ref reader, offset);
        if (actual != expected && !_types.Matches(actual, expected))
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"an operand is {actual}, expected {expected}");
        return actual;
    }

    private void Pop(ref ByteReader reader, ReadOnlySpan<ValueType> types, int offset)
    {
        if (types.Length >= Many && AreOnTop(types))
        {
            _operandCount -= types.Length;
            _vectorCount -= CountVectors(types);
            return;
        }

        for (int i = types.Length - 1; i >= 0; i--)
        {
            // Unknown operands are what is expected: without this, dead code could ask for thousands of them in a few bytes.
            if (IsEmptyAndUnreachable) return;
            Pop(ref reader, types[i], offset);
        }
    }

    /// <summary>True where these very types are what the construct at hand has on top of the stack.</summary>
    private bool AreOnTop(ReadOnlySpan<ValueType> types)
    {
        int start = _operandCount - types.Length;
        return start >= _control[_controlCount - 1].Height
            && MemoryMarshal.Cast<ValueType, uint>(_operands.AsSpan(start, types.Length)).SequenceEqual(MemoryMarshal.Cast<ValueType, uint>(types));
    }

    private static int CountVectors(ReadOnlySpan<ValueType> types) => MemoryMarshal.Cast<ValueType, uint>(types).Count((uint)ValueType.V128.GetHashCode());

    /// <summary>True where every further operand is unknown.</summary>
    private bool IsEmptyAndUnreachable
    {
        get
        {
            ref ControlFrame frame = ref _control[_controlCount - 1];
            return frame.IsUnreachable && _operandCount == frame.Height;
        }
    }

    /// <summary>Pops a reference of any type; an unknown operand is a non-null reference of unknown heap type.</summary>
    private ValueType PopReference(ref ByteReader reader, int offset)
    {
        ValueType actual = Pop(ref reader, offset);
        if (actual == ValueType.Bottom) return ValueType.BottomReference;
        return actual.IsReference ? actual : throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"an operand is {actual}, expected a reference");
    }

    private void PushControl(ref ByteReader reader, ControlRole role, FunctionType type, int offset)
    {
        OpenFrame(ref reader, role, type, offset);
        Push(ref reader, type.Parameters, offset);
    }

    /// <summary>Opens a construct whose parameters are not operands, as those of a body, which are locals.</summary>
    private void OpenFrame(ref ByteReader reader, ControlRole role, FunctionType type, int offset)
    {
        if (_controlCount == _control.Length) Array.Resize(ref _control, _controlCount * 2);
        _control[_controlCount++] = new ControlFrame { Role = role, Type = type, Height = _operandCount, VectorHeight = _vectorCount, SetLocals = _locals.SetCount };
        if (_controlCount > _maxNesting)
        {
            _maxNesting = _controlCount;
            if ((ulong)_maxNesting > _module.Profile.Limits[Limit.Nesting]) ProfileGate.Demand(ref reader, _module, Limit.Nesting, (ulong)_maxNesting, offset);
        }
    }

    private ControlFrame PopControl(ref ByteReader reader, int offset)
    {
        ControlFrame frame = _control[_controlCount - 1];
        Pop(ref reader, frame.Type.Results, offset);
        if (_operandCount != frame.Height)
            throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"{_operandCount - frame.Height} operands are left at the end of the construct");
        _locals.ForgetSince(frame.SetLocals);
        _controlCount--;
        return frame;
    }

    private void SetUnreachable()
    {
        ref ControlFrame frame = ref _control[_controlCount - 1];
        _operandCount = frame.Height;
        _vectorCount = frame.VectorHeight;
        frame.IsUnreachable = true;
    }

    private ref ControlFrame LabelAt(ref ByteReader reader, uint depth, int offset)
    {
        if (depth >= (uint)_controlCount) throw reader.Error(ModuleErrorCode.UnknownLabel, offset, $"label {depth} of {_controlCount}");
        ref ControlFrame frame = ref _control[_controlCount - 1 - (int)depth];
        frame.IsTarget = true;
        return ref frame;
    }

    private ref ControlFrame ReadLabel(ref ByteReader reader, int offset) => ref LabelAt(ref reader, reader.ReadU32("a label"), offset);

    /// <summary>
    /// Checks that the operands on the stack, without taking them, match what a label takes: popping and pushing back would
    /// turn unknown operands into known ones.
    /// </summary>
    private void CheckOperands(ref ByteReader reader, ReadOnlySpan<ValueType> types, int offset)
    {
        if (types.Length >= Many && AreOnTop(types)) return;
        ref ControlFrame here = ref _control[_controlCount - 1];
        for (int k = 0; k < types.Length; k++)
        {
            int slot = _operandCount - 1 - k;
            if (slot < here.Height)
            {
                if (here.IsUnreachable) return;
                throw reader.Error(ModuleErrorCode.TypeMismatch, offset, "an operand is missing");
            }

            ValueType actual = _operands[slot], expected = types[types.Length - 1 - k];
            if (!_types.Matches(actual, expected)) throw reader.Error(ModuleErrorCode.TypeMismatch, offset, $"an operand is {actual}, expected {expected}");
        }
    }

    private FunctionType ReadBlockType(ref ByteReader reader) => _lastType = ReadTypeOfBlock(ref reader);

    private FunctionType ReadTypeOfBlock(ref ByteReader reader)
    {
        int start = reader.Position;
        byte first = reader.PeekByte();
        if (first == 0x40)
        {
            reader.ReadByte("a block type");
            return EmptyType;
        }

        // A negative s33 is a value type; it has bit 6 set and bit 7 clear in its first byte.
        if ((first & 0xC0) == 0x40) return SingleResult(TypeReader.ReadValueType(ref reader, _module, "a block type"));
        long index = reader.ReadS33("a block type");
        if (index < 0) throw reader.Error(ModuleErrorCode.BadType, start, "the block type is not a value type");
        if (index >= _types.Count) throw reader.Error(ModuleErrorCode.UnknownType, start, $"type {index} of {_types.Count}");
        FunctionType type = _types[(int)index].Function ?? throw reader.Error(ModuleErrorCode.UnknownType, start, $"type {index} is not a function type");
        // An index is part of 1.0's successor even where the type has the form of a value type.
        ProfileGate.Require(ref reader, _module, Features.MultiValue, start, "a block type with a type index");
        return type;
    }
}
