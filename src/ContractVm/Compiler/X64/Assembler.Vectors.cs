using System;

namespace ContractVm.Compiler.X64;

/// <summary>
/// Vector instructions, encoded with VEX where the machine has AVX. In the older encoding the destination must be the first of two
/// operands, and 16 bytes of memory must be aligned but for the moves that say otherwise.
/// </summary>
internal sealed partial class Assembler
{
    private readonly bool _isVex = features.Avx;

    /// <summary>
    /// An instruction of one operand, in registers, with an immediate where it has one. Where it is one that takes the upper part of
    /// its result from another operand, that part is left open.
    /// </summary>
    public void Vector(VectorOp op, Register destination, Register source, int immediate = 0)
    {
        int row = RowOf(op, MemoryOnly), reg = NumberOf(destination), second = 0, rm = NumberOf(source);
        switch (row & FormMask)
        {
            case Two:
                break;
            case Merge or MergeOrLoad:
                // The source where it can be: to wait for the destination's former value would be for nothing.
                second = Registers.IsVector(source) ? rm : reg;
                break;
            case Reversed:
                (reg, rm) = (rm, reg);
                break;
            case ShiftForm:
                RequireSame(destination, source);
                (reg, second) = (row / Digit, reg);
                break;
            default:
                throw NoSuchForm(op);
        }

        Vector(row, reg, second, rm, immediate);
    }

    /// <summary>An instruction of one operand, which is memory.</summary>
    public void Vector(VectorOp op, Register destination, Address source, int immediate = 0)
    {
        int row = RowOf(op, RegisterOnly), form = row & FormMask;
        if (form is not (Two or Merge or MergeOrLoad)) throw NoSuchForm(op);
        Vector(row, NumberOf(destination), form == Merge ? NumberOf(destination) : 0, source, immediate);
    }

    /// <summary>An instruction that writes memory.</summary>
    public void Vector(VectorOp op, Address destination, Register source, int immediate = 0)
    {
        int row = RowOf(op, RegisterOnly);
        if ((row & FormMask) != Reversed) throw NoSuchForm(op);
        Vector(row, NumberOf(source), 0, destination, immediate);
    }

    /// <summary>An instruction of two operands in registers.</summary>
    public void Vector(VectorOp op, Register destination, Register first, Register second, int immediate = 0)
    {
        int row = RowOf(op, MemoryOnly);
        if ((row & FormMask) is not (0 or Merge or MergeOrLoad)) throw NoSuchForm(op);
        RequireSame(destination, first);
        Vector(row, NumberOf(destination), NumberOf(first), NumberOf(second), immediate);
    }

    /// <summary>An instruction of two operands, the second of which is memory.</summary>
    public void Vector(VectorOp op, Register destination, Register first, Address second, int immediate = 0)
    {
        int row = RowOf(op, RegisterOnly);
        if ((row & FormMask) is not (0 or Merge)) throw NoSuchForm(op);
        RequireSame(destination, first);
        Vector(row, NumberOf(destination), NumberOf(first), second, immediate);
    }

    /// <summary>A choice between two operands by a mask, which in the older encoding is xmm0.</summary>
    public void Vector(VectorOp op, Register destination, Register first, Register second, Register mask)
    {
        int row = MaskedRow(op, destination, first, mask);
        Vector(row, NumberOf(destination), NumberOf(first), NumberOf(second), NumberOf(mask) << 4);
    }

    /// <summary>The same with memory.</summary>
    public void Vector(VectorOp op, Register destination, Register first, Address second, Register mask)
    {
        int row = MaskedRow(op, destination, first, mask);
        Vector(row, NumberOf(destination), NumberOf(first), second, NumberOf(mask) << 4);
    }

    private void Vector(int row, int reg, int second, int rm, int immediate)
    {
        if (_isVex) EncodeVex(row, reg, second, rm);
        else Encode(row, reg, rm);
        if ((row & HasImmediate) != 0) Byte(immediate);
    }

    private void Vector(int row, int reg, int second, Address address, int immediate)
    {
        int trailing = (row & HasImmediate) != 0 ? 1 : 0;
        if (_isVex) EncodeVex(row, reg, second, address, trailing);
        else Encode(row, reg, address, trailing);
        if (trailing != 0) Byte(immediate);
    }

    /// <summary>The two encodings have nothing in common here.</summary>
    private int MaskedRow(VectorOp op, Register destination, Register first, Register mask)
    {
        int row = RowOf(op, 0);
        if ((row & FormMask) != Masked) throw NoSuchForm(op);
        if (_isVex) return row;
        RequireSame(destination, first);
        RequireSame(mask, Register.Xmm0);
        return Prefix66 | Map0F38 | (op == VectorOp.Blendvps ? 0x14 : op == VectorOp.Blendvpd ? 0x15 : 0x10);
    }

    private int RowOf(VectorOp op, int excluded)
    {
        int row = VectorRows[(int)op];
        if ((row & excluded) != 0 || ((row & VexOnly) != 0 && !_isVex)) throw NoSuchForm(op);
        return row;
    }

    private void RequireSame(Register one, Register other)
    {
        if (!_isVex && one != other) throw new ArgumentException("without AVX the destination is the first operand, and a mask xmm0");
    }

    private static ArgumentException NoSuchForm(VectorOp op) => new($"{op} has no such operands");

    /// <summary>Registers of both kinds count from 0.</summary>
    private static int NumberOf(Register register) => (int)register & 15;
}
