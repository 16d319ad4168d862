using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Interpreter;

namespace ContractVm.Compiler.Emission;

/// <summary>Vector instructions: those from <see cref="MachineOp.FirstVector"/> on, tests and NaNs.</summary>
internal sealed partial class Emitter
{
    private void EmitVector(ref MachineInstruction instruction)
    {
        if (instruction.Op < (ushort)MachineOp.FirstVector) throw new NodeFaultException($"the emitter does not know {(MachineOp)instruction.Op}");
        VectorOp op = (VectorOp)(instruction.Op - (ushort)MachineOp.FirstVector);
        int immediate = (byte)instruction.Immediate;
        switch ((VectorForm)instruction.Condition)
        {
            case VectorForm.Unary:
                EmitVectorUnary(op, ref instruction, immediate);
                break;
            case VectorForm.Binary when IsInRegister(ref instruction, 1):
                _assembler.Vector(op, ResultOf(ref instruction), RegisterOf(ref instruction, 0), RegisterOf(ref instruction, 1), immediate);
                break;
            case VectorForm.Binary:
                _assembler.Vector(op, ResultOf(ref instruction), RegisterOf(ref instruction, 0), SourceAddress(ref instruction, 1), immediate);
                break;
            case VectorForm.Shift:
                _assembler.Vector(op, ResultOf(ref instruction), RegisterOf(ref instruction, 0), immediate);
                break;
            case VectorForm.Blend:
                _assembler.Vector(op, ResultOf(ref instruction), RegisterOf(ref instruction, 0), RegisterOf(ref instruction, 1), RegisterOf(ref instruction, 2));
                break;
            default:
                _assembler.Vector(op, SourceAddress(ref instruction, 1), RegisterOf(ref instruction, 0), immediate);
                break;
        }
    }

    private void EmitVectorUnary(VectorOp op, ref MachineInstruction instruction, int immediate)
    {
        Register target = ResultOf(ref instruction);
        if (!IsInRegister(ref instruction, 0))
        {
            _assembler.Vector(op, target, SourceAddress(ref instruction, 0), immediate);
            return;
        }

        Register source = RegisterOf(ref instruction, 0);
        bool isNothing = (instruction.Flags & InstructionFlags.Move) != 0 && source == target;
        if (!isNothing) _assembler.Vector(op, target, source, immediate);
    }

    /// <summary>Zero is set where no bit is in both.</summary>
    private void EmitTestVector(ref MachineInstruction instruction, int operand)
    {
        Register left = RegisterOf(ref instruction, operand);
        if (Detail.Form(in instruction) == SourceForm.Immediate)
        {
            _assembler.Vector(VectorOp.Ptest, left, left);
        }
        else if (IsInRegister(ref instruction, operand + 1))
        {
            _assembler.Vector(VectorOp.Ptest, left, RegisterOf(ref instruction, operand + 1));
        }
        else if (Detail.Form(in instruction) == SourceForm.Register && !_options.Cpu.Avx)
        {
            // A slot may be at an address that the older encoding does not take.
            _assembler.Vector(VectorOp.Movups, Registers.VectorScratch, SourceAddress(ref instruction, operand + 1));
            _assembler.Vector(VectorOp.Ptest, left, Registers.VectorScratch);
        }
        else
        {
            _assembler.Vector(VectorOp.Ptest, left, SourceAddress(ref instruction, operand + 1));
        }
    }

    /// <summary>Almost never is there a NaN: a branch keeps the choice out of the way from computation to computation.</summary>
    private void EmitCanonicalizeVector(ref MachineInstruction instruction)
    {
        const int Unordered = 3;
        Register target = ReplacedOf(ref instruction), mask = Registers.VectorScratch;
        bool isSingle = instruction.Condition == (byte)LaneClass.Single;
        VectorOp compare = isSingle ? VectorOp.Cmpps : VectorOp.Cmppd;
        if (!_options.Cpu.Avx) _assembler.Vector(VectorOp.Movaps, mask, target);
        _assembler.Vector(compare, mask, _options.Cpu.Avx ? target : mask, target, Unordered);
        _assembler.Vector(isSingle ? VectorOp.Movmskps : VectorOp.Movmskpd, Registers.Scratch, mask);
        _assembler.Test(4, Registers.Scratch, Registers.Scratch);
        ref ColdCode cold = ref AddCold(ColdKind.CanonicalizeVector, ref instruction);
        _assembler.Jcc(Condition.NE, cold.Start);
        _assembler.Bind(cold.Back);
    }

    /// <summary>Of a canonical NaN and another operand, vrange gives the other one where that is a number, else the first: there is nothing to branch for.</summary>
    private void EmitCanonicalizeQuiet(ref MachineInstruction instruction)
    {
        bool isDouble = instruction.Condition == (byte)LaneClass.Double;
        int first = isDouble ? Registers.DoubleNaNs : Registers.SingleNaNs;
        _assembler.Range(Detail.Bytes(in instruction) < 16, isDouble, ResultOf(ref instruction), first, RegisterOf(ref instruction, 0));
    }

    private static ulong CanonicalBits(bool isSingle) => isSingle ? FloatMath.CanonicalNaN32 | (ulong)FloatMath.CanonicalNaN32 << 32 : FloatMath.CanonicalNaN64;

    /// <summary>All bits of the NaNs' lanes are set; then those that the canonical one has not are changed.</summary>
    private void EmitCanonicalNaNs(ref MachineInstruction instruction)
    {
        Register target = ReplacedOf(ref instruction), mask = Registers.VectorScratch;
        ulong canonical = CanonicalBits(instruction.Condition == (byte)LaneClass.Single);
        _assembler.Vector(VectorOp.Orps, target, target, mask);
        _assembler.Vector(VectorOp.Andps, mask, mask, _assembler.Constant128(~canonical, ~canonical));
        _assembler.Vector(VectorOp.Xorps, target, target, mask);
    }
}
