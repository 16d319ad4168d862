using System;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Emission;

/// <summary>Operands and moves.</summary>
internal sealed partial class Emitter
{
    private Location PlaceOf(ref MachineInstruction instruction, int operand) => _places.Operands[instruction.FirstOperand + operand];

    private Register RegisterOf(ref MachineInstruction instruction, int operand)
    {
        Location place = _places.Operands[instruction.FirstOperand + operand];
        if (place.Kind != LocationKind.Register) throw new NodeFaultException($"operand {operand} of {(MachineOp)instruction.Op} is in no register");
        return place.Register;
    }

    /// <summary>The register of the only result, which is the last operand.</summary>
    private Register ResultOf(ref MachineInstruction instruction) => RegisterOf(ref instruction, instruction.OperandCount - 1);

    /// <summary>The register of a result that is the same as that of the first operand.</summary>
    private Register ReplacedOf(ref MachineInstruction instruction)
    {
        Register result = ResultOf(ref instruction);
        if (RegisterOf(ref instruction, 0) != result) throw new NodeFaultException($"the result of {(MachineOp)instruction.Op} is not in the place of its operand");
        return result;
    }

    private VirtualKind KindOf(ref MachineInstruction instruction, int operand) => _machine.Virtuals[_machine.Operands[instruction.FirstOperand + operand].Virtual];

    private Address SlotAt(int slot) => Address.Of(Register.Rsp, _slotsAt + 8 * slot);

    /// <summary>
    /// The memory of a source whose virtual registers begin with an operand; a slot where the source is a register that is in none. To be asked for right
    /// before the instruction that accesses it, as that one may fault.
    /// </summary>
    private Address SourceAddress(ref MachineInstruction instruction, int operand)
    {
        int offset = instruction.Auxiliary;
        switch (Detail.Form(in instruction))
        {
            case SourceForm.Register:
                return SlotAt(PlaceOf(ref instruction, operand).Index);
            case SourceForm.Heap:
                AddSite(instruction.Origin, TrapKind.MemoryOutOfBounds, isReturn: false);
                return Address.Of(Registers.Memory, RegisterOf(ref instruction, operand), 0, offset);
            case SourceForm.HeapDirect:
                AddSite(instruction.Origin, TrapKind.MemoryOutOfBounds, isReturn: false);
                return Address.Of(Registers.Memory, offset);
            case SourceForm.Context:
                return Address.Of(Registers.Context, offset);
            case SourceForm.Based:
                return Address.Of(RegisterOf(ref instruction, operand), offset);
            case SourceForm.BasedIndexed:
                return Address.Of(RegisterOf(ref instruction, operand), RegisterOf(ref instruction, operand + 1), 0, offset);
            case SourceForm.BasedScaled8:
                return Address.Of(RegisterOf(ref instruction, operand), RegisterOf(ref instruction, operand + 1), 3, offset);
            case SourceForm.BasedScaled4:
                return Address.Of(RegisterOf(ref instruction, operand), RegisterOf(ref instruction, operand + 1), 2, offset);
            case SourceForm.BasedScaled2:
                return Address.Of(RegisterOf(ref instruction, operand), RegisterOf(ref instruction, operand + 1), 1, offset);
            case SourceForm.Incoming:
                return Address.Of(Register.Rsp, _frame + 8 + offset);
            case SourceForm.Outgoing:
                return Address.Of(Register.Rsp, offset);
            case SourceForm.Results:
                return Address.Of(Register.Rsp, _resultsAt + offset);
            case SourceForm.Local:
                return Address.Of(Register.Rsp, _localsAt + offset);
            case SourceForm.Pool:
                return PoolConstant(Detail.Bytes(in instruction), instruction.Immediate, instruction.Auxiliary);
            default:
                throw new NodeFaultException($"{(MachineOp)instruction.Op} has no memory operand");
        }
    }

    private Address PoolConstant(int bytes, long bits, int vector) => bytes switch
    {
        4 => _assembler.Constant32((uint)bits),
        8 => _assembler.Constant64((ulong)bits),
        _ => _assembler.Constant128((ulong)_function.Vectors[vector], (ulong)(_function.Vectors[vector] >> 64)),
    };

    /// <summary>True where a source is a register that has one.</summary>
    private bool IsInRegister(ref MachineInstruction instruction, int operand) =>
        Detail.Form(in instruction) == SourceForm.Register && PlaceOf(ref instruction, operand).Kind == LocationKind.Register;

    private static int BytesOf(VirtualKind kind) => kind switch
    {
        VirtualKind.Word32 or VirtualKind.Float32 => 4,
        VirtualKind.Vector => 16,
        _ => 8,
    };

    /// <summary>Moves between registers, slots and constants. Moves leave the flags alone only by accident: none are alive between instructions.</summary>
    private void EmitMove(in InsertedMove move)
    {
        bool isVector = move.Kind >= VirtualKind.Float32;
        if (move.To.Kind == LocationKind.Slot && move.From.Kind != LocationKind.Register)
        {
            Register way = isVector ? Registers.VectorScratch : Registers.Scratch;
            EmitMove(new InsertedMove(move.Before, move.From, Location.Of(way), move.Kind));
            EmitMove(new InsertedMove(move.Before, Location.Of(way), move.To, move.Kind));
            return;
        }

        switch (move.From.Kind)
        {
            case LocationKind.Constant:
                EmitConstant(ref _machine.Instructions[move.From.Index], move.To.Register, keepsFlags: true);
                break;
            case LocationKind.Slot:
                Load(BytesOf(move.Kind), move.To.Register, SlotAt(move.From.Index));
                break;
            case LocationKind.Register when move.To.Kind == LocationKind.Slot:
                // All 64 bits of a word, those of an i32 above its lower half being zero.
                Store(isVector ? BytesOf(move.Kind) : 8, SlotAt(move.To.Index), move.From.Register);
                break;
            case LocationKind.Register when move.From.Register == move.To.Register:
                break;
            case LocationKind.Register when isVector:
                _assembler.Vector(VectorOp.Movaps, move.To.Register, move.From.Register);
                break;
            case LocationKind.Register:
                _assembler.Mov(move.Kind == VirtualKind.Word32 ? 4 : 8, move.To.Register, move.From.Register);
                break;
            default:
                throw new NodeFaultException("a move from nowhere");
        }
    }

    /// <summary>Makes a constant in a register. A move may stand between a comparison and its branch, and must keep the flags.</summary>
    private void EmitConstant(ref MachineInstruction instruction, Register target, bool keepsFlags = false)
    {
        int bytes = Detail.Bytes(in instruction);
        if (!Registers.IsVector(target))
        {
            long bits = bytes == 4 ? (uint)instruction.Immediate : instruction.Immediate;
            if (bits == 0 && !keepsFlags) _assembler.Alu(AluOp.Xor, 4, target, target);
            else _assembler.MovImmediate(8, target, bits);
            return;
        }

        bool isZero = bytes == 16 ? _function.Vectors[instruction.Auxiliary] == 0 : bytes == 4 ? (int)instruction.Immediate == 0 : instruction.Immediate == 0;
        if (isZero) Clear(target);
        else if (bytes == 16 && _function.Vectors[instruction.Auxiliary] == UInt128.MaxValue) _assembler.Vector(VectorOp.Pcmpeqd, target, target, target);
        else Load(bytes, target, PoolConstant(bytes, instruction.Immediate, instruction.Auxiliary));
    }

    private void Clear(Register vector) => _assembler.Vector(VectorOp.Xorps, vector, vector, vector);

    /// <summary>Loads a register of either kind, zero-extended.</summary>
    private void Load(int bytes, Register target, Address source)
    {
        if (!Registers.IsVector(target)) _assembler.Load(bytes, target, source);
        else _assembler.Vector(bytes == 4 ? VectorOp.Movss : bytes == 8 ? VectorOp.Movsd : VectorOp.Movups, target, source);
    }

    /// <summary>Stores a register of either kind.</summary>
    private void Store(int bytes, Address target, Register source)
    {
        if (!Registers.IsVector(source)) _assembler.Store(bytes, target, source);
        else _assembler.Vector(bytes == 4 ? VectorOp.MovssStore : bytes == 8 ? VectorOp.MovsdStore : VectorOp.MovupsStore, target, source);
    }
}
