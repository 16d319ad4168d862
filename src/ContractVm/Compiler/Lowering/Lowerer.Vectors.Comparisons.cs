using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Comparisons and shifts of integer lanes. Instructions for bytes, words and doublewords follow each other in their list.</summary>
internal sealed partial class Lowerer
{
    /// <summary>Eq, ne, lt_s, lt_u, gt_s, gt_u, le_s, le_u, ge_s, ge_u of lanes of 1, 2 and 4 bytes.</summary>
    private void LowerVectorComparison(ref IrNode node, int made)
    {
        const int Comparisons = 10;
        int number = node.Op - (int)Opcode.I8x16Eq;
        ushort lanes = (ushort)(number / Comparisons);
        switch (number % Comparisons)
        {
            case 1: LowerNotEqual(VectorOp.Pcmpeqb + lanes, ref node, made); break;
            case 3: LowerGreaterUnsigned(node.B, node.A, lanes, made); break;
            case 5: LowerGreaterUnsigned(node.A, node.B, lanes, made); break;
            case 6: LowerLessOrEqual(node.A, node.B, VectorOp.Pminsb + lanes, VectorOp.Pmaxsb + lanes, lanes, made); break;
            case 7: LowerLessOrEqual(node.A, node.B, VectorOp.Pminub + lanes, VectorOp.Pmaxub + lanes, lanes, made); break;
            case 8: LowerLessOrEqual(node.B, node.A, VectorOp.Pminsb + lanes, VectorOp.Pmaxsb + lanes, lanes, made); break;
            case 9: LowerLessOrEqual(node.B, node.A, VectorOp.Pminub + lanes, VectorOp.Pmaxub + lanes, lanes, made); break;
            default: throw Unknown(ref node);
        }
    }

    private void LowerNotEqual(VectorOp equal, ref IrNode node, int made)
    {
        (int first, int second) = OrderVectors(node.A, node.B);
        int mask = NewBinary(equal, Use(first), VectorSource(second));
        EmitBinary(VectorOp.Pxor, mask, PoolSource(UInt128.MaxValue), made);
    }

    /// <summary>The lesser of a and b is a, or the greater b: whichever leaves in a register what is in one.</summary>
    private void LowerLessOrEqual(int a, int b, VectorOp minimum, VectorOp maximum, ushort lanes, int made)
    {
        bool isSwapped = IsVectorSource(a) && !IsVectorSource(b);
        (int kept, int other) = isSwapped ? (b, a) : (a, b);
        Source source = VectorSource(other);
        int register = Use(kept), chosen = NewBinary(isSwapped ? maximum : minimum, register, in source);
        EmitBinary(VectorOp.Pcmpeqb + lanes, chosen, Source.Of(register), made);
    }

    /// <summary>With their highest bits changed, unsigned numbers are in the order of signed ones.</summary>
    private void LowerGreaterUnsigned(int a, int b, ushort lanes, int made)
    {
        UInt128 signs = Repeat(0x80ul << (8 * ((1 << lanes) - 1)), 1 << lanes);
        Source right = IsVectorConstant(b, out UInt128 known) ? PoolSource(known ^ signs) : Source.Of(NewBinary(VectorOp.Pxor, Use(b), PoolSource(signs)));
        int left = IsVectorConstant(a, out known) ? NewVectorConstant(known ^ signs) : NewBinary(VectorOp.Pxor, Use(a), PoolSource(signs));
        EmitBinary(VectorOp.Pcmpgtb + lanes, left, in right, made);
    }

    /// <summary>Those of 64 bits that are the contrary of an instruction.</summary>
    private void LowerWideComparison(ref IrNode node, int made)
    {
        if (node.Op == (ushort)Opcode.I64x2Ne)
        {
            LowerNotEqual(VectorOp.Pcmpeqq, ref node, made);
            return;
        }

        (int greater, int less) = node.Op == (ushort)Opcode.I64x2LeS ? (node.A, node.B) : (node.B, node.A);
        Source source = VectorSource(less);
        int mask = NewBinary(VectorOp.Pcmpgtq, Use(greater), in source);
        EmitBinary(VectorOp.Pxor, mask, PoolSource(UInt128.MaxValue), made);
    }

    private bool TryLowerVectorShift(ref IrNode node, int made)
    {
        bool isConstant = IsConstant(node.B, out long bits);
        switch ((Opcode)node.Op)
        {
            case Opcode.I8x16Shl or Opcode.I8x16ShrS or Opcode.I8x16ShrU:
                if (isConstant) ShiftBytes((Opcode)node.Op, Use(node.A), (int)bits & 7, made);
                else ShiftBytes((Opcode)node.Op, ref node, made);
                return true;
            case Opcode.I64x2ShrS:
                if (isConstant) ShiftWideSigned(Use(node.A), (int)bits & 63, made);
                else ShiftWideSigned(ref node, made);
                return true;
        }

        (VectorOp byRegister, VectorOp byConstant, int mask) = (Opcode)node.Op switch
        {
            Opcode.I16x8Shl => (VectorOp.Psllw, VectorOp.PsllwImmediate, 15),
            Opcode.I16x8ShrS => (VectorOp.Psraw, VectorOp.PsrawImmediate, 15),
            Opcode.I16x8ShrU => (VectorOp.Psrlw, VectorOp.PsrlwImmediate, 15),
            Opcode.I32x4Shl => (VectorOp.Pslld, VectorOp.PslldImmediate, 31),
            Opcode.I32x4ShrS => (VectorOp.Psrad, VectorOp.PsradImmediate, 31),
            Opcode.I32x4ShrU => (VectorOp.Psrld, VectorOp.PsrldImmediate, 31),
            Opcode.I64x2Shl => (VectorOp.Psllq, VectorOp.PsllqImmediate, 63),
            Opcode.I64x2ShrU => (VectorOp.Psrlq, VectorOp.PsrlqImmediate, 63),
            _ => default,
        };
        if (mask == 0) return false;
        if (!isConstant) EmitBinary(byRegister, Use(node.A), Source.Of(CountOf(ref node, mask)), made);
        else if (((int)bits & mask) == 0) EmitVectorMove(Use(node.A), made);
        else EmitShift(byConstant, Use(node.A), (int)bits & mask, made);
        return true;
    }

    /// <summary>The count of a shift, modulo the lanes' width and with something added, in a vector register: the machine takes it as it is.</summary>
    private int CountOf(ref IrNode node, int mask, int added = 0)
    {
        int count = Binary(MachineOp.And, 4, UseLow(node.B), Source.Constant(mask));
        if (added != 0) count = Binary(MachineOp.Add, 4, count, Source.Constant(added));
        return NewUnary(VectorOp.MovdFromGeneral, Source.Of(count), 0, 4);
    }

    /// <summary>There are no shifts of bytes: words are shifted, and what came from the neighbour is masked out.</summary>
    private void ShiftBytes(Opcode opcode, int value, int count, int made)
    {
        if (count == 0)
        {
            EmitVectorMove(value, made);
        }
        else if (opcode == Opcode.I8x16Shl && count == 1)
        {
            EmitBinary(VectorOp.Paddb, value, Source.Of(value), made);
        }
        else if (opcode == Opcode.I8x16ShrS && count == 7)
        {
            EmitBinary(VectorOp.Pcmpgtb, NewVectorConstant(UInt128.Zero), Source.Of(value), made);
        }
        else if (opcode == Opcode.I8x16Shl)
        {
            EmitBinary(VectorOp.Pand, NewShift(VectorOp.PsllwImmediate, value, count), PoolSource(Repeat((byte)(0xFF << count), 1)), made);
        }
        else if (opcode == Opcode.I8x16ShrU)
        {
            EmitBinary(VectorOp.Pand, NewShift(VectorOp.PsrlwImmediate, value, count), PoolSource(Repeat(0xFFu >> count, 1)), made);
        }
        else
        {
            // Shifted as unsigned; the sign is where it then stands, and is extended by the exclusive or and the difference.
            int shifted = NewBinary(VectorOp.Pand, NewShift(VectorOp.PsrlwImmediate, value, count), PoolSource(Repeat(0xFFu >> count, 1)));
            Source sign = PoolSource(Repeat(0x80u >> count, 1));
            EmitBinary(VectorOp.Psubb, NewBinary(VectorOp.Pxor, shifted, in sign), in sign, made);
        }
    }

    /// <summary>The same by a count that is not known; the mask is made by the same shift.</summary>
    private void ShiftBytes(Opcode opcode, ref IrNode node, int made)
    {
        int value = Use(node.A);
        if (opcode == Opcode.I8x16ShrS)
        {
            // In the upper half of a word the sign is the word's.
            int far = CountOf(ref node, 7, 8);
            int low = NewBinary(VectorOp.Psraw, NewBinary(VectorOp.Punpcklbw, value, value), far);
            int high = NewBinary(VectorOp.Psraw, NewBinary(VectorOp.Punpckhbw, value, value), far);
            EmitBinary(VectorOp.Packsswb, low, Source.Of(high), made);
            return;
        }

        int count = CountOf(ref node, 7), words = NewBinary(VectorOp.Psrlw, NewVectorConstant(Repeat(0xFF, 2)), count);
        int mask = NewBinary(VectorOp.Packuswb, words, words);
        if (opcode == Opcode.I8x16Shl) EmitBinary(VectorOp.Psllw, NewBinary(VectorOp.Pand, value, mask), Source.Of(count), made);
        else EmitBinary(VectorOp.Pand, NewBinary(VectorOp.Psrlw, value, count), Source.Of(mask), made);
    }

    private void ShiftWideSigned(int value, int count, int made)
    {
        if (count == 0)
        {
            EmitVectorMove(value, made);
        }
        else if (count == 63)
        {
            EmitBinary(VectorOp.Pcmpgtq, NewVectorConstant(UInt128.Zero), Source.Of(value), made);
        }
        else
        {
            Source sign = PoolSource(Repeat(0x8000_0000_0000_0000ul >> count, 8));
            int shifted = NewShift(VectorOp.PsrlqImmediate, value, count);
            EmitBinary(VectorOp.Psubq, NewBinary(VectorOp.Pxor, shifted, in sign), in sign, made);
        }
    }

    private void ShiftWideSigned(ref IrNode node, int made)
    {
        int count = CountOf(ref node, 63), sign = NewBinary(VectorOp.Psrlq, NewVectorConstant(Repeat(0x8000_0000_0000_0000, 8)), count);
        int shifted = NewBinary(VectorOp.Psrlq, Use(node.A), count);
        EmitBinary(VectorOp.Psubq, NewBinary(VectorOp.Pxor, shifted, sign), Source.Of(sign), made);
    }
}
