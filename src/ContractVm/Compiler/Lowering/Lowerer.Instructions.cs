using System;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Builds the list of instructions: those of a node in the order of the code, nodes backward.</summary>
internal sealed partial class Lowerer
{
    private MachineInstruction[] _instructions = new MachineInstruction[256];
    private int _count;
    private Operand[] _operands = new Operand[1024];
    private int _operandCount;
    /// <summary>The first instruction of the node at hand.</summary>
    private int _groupStart;

    /// <summary>What an instruction takes besides registers: a register or slot, an immediate, or memory.</summary>
    private struct Source
    {
        public SourceForm Form;
        /// <summary>Its virtual registers.</summary>
        public int First, Second;
        /// <summary>Displacement.</summary>
        public int Offset;
        /// <summary>The constant, of an immediate or pool form.</summary>
        public long Immediate;
        /// <summary>Of an access that may fault, its origin; else -1.</summary>
        public int Origin;

        public static Source Of(int register) => new() { First = register, Origin = -1 };

        public static Source Constant(long value) => new() { Form = SourceForm.Immediate, Immediate = value, Origin = -1 };

        public static Source Of(SourceForm form, int offset, int first = -1, int second = -1) => new() { Form = form, Offset = offset, First = first, Second = second, Origin = -1 };

        public readonly bool IsMemory => Form > SourceForm.Immediate;
    }

    /// <summary>Begins an instruction; operands follow, then <see cref="End"/>. The reference is good until the next one.</summary>
    private ref MachineInstruction Begin(MachineOp op, int bytes, SourceForm form = SourceForm.Register)
    {
        if (_count == _instructions.Length) Array.Resize(ref _instructions, _count * 2);
        ref MachineInstruction instruction = ref _instructions[_count];
        instruction = default;
        instruction.Op = (ushort)op;
        instruction.Size = Detail.Size(bytes, form);
        instruction.FirstOperand = _operandCount;
        instruction.Origin = _origin;
        return ref instruction;
    }

    private ref MachineInstruction Begin(MachineOp op, int bytes, in Source source)
    {
        ref MachineInstruction instruction = ref Begin(op, bytes, source.Form);
        instruction.Auxiliary = source.Offset;
        instruction.Immediate = source.Immediate;
        if (source.Origin >= 0) instruction.Origin = source.Origin;
        return ref instruction;
    }

    private void End()
    {
        _instructions[_count].OperandCount = checked((ushort)(_operandCount - _instructions[_count].FirstOperand));
        _count++;
    }

    private void Add(int register, OperandRole role, OperandPlace place, Register at = Register.None)
    {
        if (_operandCount == _operands.Length) Array.Resize(ref _operands, _operandCount * 2);
        _operands[_operandCount++] = new Operand { Virtual = register, Role = role, Place = place, Fixed = at };
    }

    private void In(int register) => Add(register, OperandRole.Use, OperandPlace.AnyRegister);

    private void InOrSlot(int register) => Add(register, OperandRole.Use, OperandPlace.RegisterOrSlot);

    private void InLate(int register) => Add(register, OperandRole.UseLate, OperandPlace.AnyRegister);

    private void In(int register, Register at) => Add(register, OperandRole.Use, OperandPlace.FixedRegister, at);

    private void Out(int register) => Add(register, OperandRole.Define, OperandPlace.AnyRegister);

    private void OutSame(int register) => Add(register, OperandRole.Define, OperandPlace.SameAsFirst);

    private void Out(int register, Register at) => Add(register, OperandRole.Define, OperandPlace.FixedRegister, at);

    /// <summary>A result that replaces the first operand where the machine has no instructions with three.</summary>
    private void OutVector(int register)
    {
        if (_cpu.Avx) Out(register);
        else OutSame(register);
    }

    /// <summary>A register that is overwritten with nothing of interest.</summary>
    private void OutLost(Register at) => Out(NewVirtual(Registers.IsVector(at) ? VirtualKind.Float64 : VirtualKind.Word64), at);

    private void Temporary() => Add(NewVirtual(VirtualKind.Word64), OperandRole.Temporary, OperandPlace.AnyRegister);

    private void Temporary(Register at) => Add(-1, OperandRole.Temporary, OperandPlace.FixedRegister, at);

    /// <summary>The operands of a source; a plain register may be in a slot.</summary>
    private void In(in Source source)
    {
        switch (Detail.OperandsOf(source.Form))
        {
            case 0:
                break;
            case 1:
                if (source.Form == SourceForm.Register) InOrSlot(source.First);
                else In(source.First);
                break;
            default:
                In(source.First);
                In(source.Second);
                break;
        }
    }

    /// <summary>An instruction from a source to a register.</summary>
    private void Unary(MachineOp op, int bytes, in Source source, int result, byte condition = 0)
    {
        Begin(op, bytes, in source).Condition = condition;
        In(in source);
        Out(result);
        End();
    }

    /// <summary>An instruction of two addresses.</summary>
    private void Binary(MachineOp op, int bytes, int first, in Source source, int result)
    {
        Begin(op, bytes, in source);
        In(first);
        In(in source);
        OutSame(result);
        End();
    }

    /// <summary>The same, with a register of its own for the result.</summary>
    private int Binary(MachineOp op, int bytes, int first, in Source source)
    {
        int result = NewVirtual(bytes == 4 ? VirtualKind.Word32 : VirtualKind.Word64);
        Binary(op, bytes, first, in source, result);
        return result;
    }

    /// <summary>A load with a register of its own for the result, zero-extended.</summary>
    private int LoadWord(in Source source, int bytes = 8)
    {
        int result = NewVirtual(bytes == 8 ? VirtualKind.Word64 : VirtualKind.Word32);
        Unary(MachineOp.Load, bytes, in source, result);
        return result;
    }

    private void Store(int bytes, int value, in Source target)
    {
        Begin(MachineOp.Store, bytes, in target);
        In(value);
        In(in target);
        End();
    }

    private void StoreImmediate(int bytes, long value, in Source target)
    {
        Begin(MachineOp.StoreImmediate, bytes, in target).Immediate = value;
        In(in target);
        End();
    }

    private void ShiftConstant(ShiftOp op, int bytes, int value, int count, int result)
    {
        ref MachineInstruction instruction = ref Begin(MachineOp.ShiftConstant, bytes);
        instruction.Condition = (byte)op;
        instruction.Immediate = count;
        In(value);
        OutSame(result);
        End();
    }

    private int ShiftConstant(ShiftOp op, int bytes, int value, int count)
    {
        int result = NewVirtual(bytes == 4 ? VirtualKind.Word32 : VirtualKind.Word64);
        ShiftConstant(op, bytes, value, count, result);
        return result;
    }

    /// <summary>The node at hand is done.</summary>
    private void EndGroup()
    {
        Array.Reverse(_instructions, _groupStart, _count - _groupStart);
        _groupStart = _count;
        PlaceTouched();
    }
}
