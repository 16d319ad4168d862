using System;

namespace ContractVm.Compiler.X64;

/// <summary>Moves and arithmetic of general registers.</summary>
internal sealed partial class Assembler
{
    /// <summary>Copies 4 or 8 bytes; 4 clear the upper half.</summary>
    public void Mov(int size, Register destination, Register source) => Encode(Wide(0x8B, size), (int)destination, (int)source);

    /// <summary>A constant of 4 or 8 bytes, in the shortest form that leaves the flags alone; 4 clear the upper half.</summary>
    public void MovImmediate(int size, Register destination, long value)
    {
        if (size == 4) value = (uint)value;
        else if (size != 8) throw NoSuchSize();
        if (value == (uint)value)
        {
            EncodeShort(0xB8, (int)destination);
            Int32((int)value);
        }
        else if (value == (int)value)
        {
            Encode(0xC7 | W, 0, (int)destination);
            Int32((int)value);
        }
        else
        {
            EncodeShort(0xB8 | W, (int)destination);
            Int64(value);
        }
    }

    /// <summary>Loads so many bytes, zero-extended to 64 bits.</summary>
    public void Load(int size, Register destination, Address source) =>
        Encode(size switch { 8 => 0x8B | W, 4 => 0x8B, 2 => Map0F | 0xB7, 1 => Map0F | 0xB6, _ => throw NoSuchSize() }, (int)destination, source);

    /// <summary>Loads so many bytes, sign-extended to 4 (the upper half is then clear) or 8 bytes.</summary>
    public void LoadSigned(int size, int toSize, Register destination, Address source) => Encode(SignExtension(size, toSize), (int)destination, source);

    /// <summary>Stores the lower bytes of a register.</summary>
    public void Store(int size, Address destination, Register source) => Encode(Sized(0x89, size), (int)source, destination);

    /// <summary>Stores a constant; 32 bits are sign-extended to 8 bytes.</summary>
    public void Store(int size, Address destination, int value)
    {
        Group(0xC7, size, 0, destination, Math.Min(size, 4));
        Immediate(size, value);
    }

    /// <summary>The lower 1, 2 or 4 bytes, zero-extended to 64 bits.</summary>
    public void Movzx(int size, Register destination, Register source) =>
        Encode(size switch { 4 => 0x8B, 2 => Map0F | 0xB7, 1 => Map0F | 0xB6 | ByteRm, _ => throw NoSuchSize() }, (int)destination, (int)source);

    /// <summary>The lower 1, 2 or 4 bytes, sign-extended to 4 (the upper half is then clear) or 8 bytes.</summary>
    public void Movsx(int size, int toSize, Register destination, Register source) => Encode(SignExtension(size, toSize), (int)destination, (int)source);

    private static int SignExtension(int size, int toSize) => size switch
    {
        1 => Wide(Map0F | 0xBE | ByteRm, toSize),
        2 => Wide(Map0F | 0xBF, toSize),
        4 when toSize == 8 => 0x63 | W,
        4 when toSize == 4 => 0x8B,
        _ => throw NoSuchSize(),
    };

    /// <summary>destination = destination op source.</summary>
    public void Alu(AluOp op, int size, Register destination, Register source) => Encode(Sized((int)op << 3 | 3, size), (int)destination, (int)source);

    /// <summary>destination = destination op memory.</summary>
    public void Alu(AluOp op, int size, Register destination, Address source) => Encode(Sized((int)op << 3 | 3, size), (int)destination, source);

    /// <summary>memory = memory op source.</summary>
    public void Alu(AluOp op, int size, Address destination, Register source) => Encode(Sized((int)op << 3 | 1, size), (int)source, destination);

    /// <summary>destination = destination op value, sign-extended.</summary>
    public void Alu(AluOp op, int size, Register destination, int value)
    {
        bool isByte = size == 1 || FitsByte(value);
        if (destination == Register.Rax && (size == 1 || !isByte))
        {
            // rax has a form without ModRM.
            MakeRoom();
            Head(Sized((int)op << 3 | 5, size), 0);
        }
        else
        {
            Group(AluOpcode(size, isByte), size, (int)op, (int)destination);
        }

        Immediate(isByte ? 1 : size, value);
    }

    /// <summary>memory = memory op value, sign-extended.</summary>
    public void Alu(AluOp op, int size, Address destination, int value)
    {
        bool isByte = size == 1 || FitsByte(value);
        Group(AluOpcode(size, isByte), size, (int)op, destination, isByte ? 1 : Math.Min(size, 4));
        Immediate(isByte ? 1 : size, value);
    }

    private static int AluOpcode(int size, bool isByte) => isByte && size != 1 ? 0x83 : 0x81;

    /// <summary>The flags of a bitwise and.</summary>
    public void Test(int size, Register left, Register right) => Encode(Sized(0x85, size), (int)right, (int)left);

    /// <summary>The flags of a bitwise and with memory.</summary>
    public void Test(int size, Address left, Register right) => Encode(Sized(0x85, size), (int)right, left);

    /// <summary>The flags of a bitwise and with a value, sign-extended.</summary>
    public void Test(int size, Register left, int value)
    {
        if (left == Register.Rax)
        {
            MakeRoom();
            Head(Sized(0xA9, size), 0);
        }
        else
        {
            Group(0xF7, size, 0, (int)left);
        }

        Immediate(size, value);
    }

    /// <summary>The flags of a bitwise and of memory with a value, sign-extended.</summary>
    public void Test(int size, Address left, int value)
    {
        Group(0xF7, size, 0, left, Math.Min(size, 4));
        Immediate(size, value);
    }

    /// <summary>An instruction whose reg field is part of the opcode.</summary>
    private void Group(int op, int size, int digit, int rm) => Encode(Sized(op, size) & ~ByteReg, digit, rm);

    private void Group(int op, int size, int digit, Address address, int trailing = 0) => Encode(Sized(op, size) & ~ByteReg, digit, address, trailing);

    /// <summary>The lower half of destination * source.</summary>
    public void Imul(int size, Register destination, Register source) => Encode(Wide(Map0F | 0xAF, size), (int)destination, (int)source);

    /// <summary>The lower half of destination * memory.</summary>
    public void Imul(int size, Register destination, Address source) => Encode(Wide(Map0F | 0xAF, size), (int)destination, source);

    /// <summary>The lower half of source * value, sign-extended.</summary>
    public void Imul(int size, Register destination, Register source, int value)
    {
        Encode(Wide(FitsByte(value) ? 0x6B : 0x69, size), (int)destination, (int)source);
        Immediate(FitsByte(value) ? 1 : 4, value);
    }

    /// <summary>The lower half of memory * value, sign-extended.</summary>
    public void Imul(int size, Register destination, Address source, int value)
    {
        Encode(Wide(FitsByte(value) ? 0x6B : 0x69, size), (int)destination, source, FitsByte(value) ? 1 : 4);
        Immediate(FitsByte(value) ? 1 : 4, value);
    }

    /// <summary>Changes a register, or with <see cref="UnaryOp.Mul"/> and the like multiplies or divides by it.</summary>
    public void Unary(UnaryOp op, int size, Register operand) => Group(0xF7, size, (int)op, (int)operand);

    /// <summary>The same with memory.</summary>
    public void Unary(UnaryOp op, int size, Address operand) => Group(0xF7, size, (int)op, operand);

    /// <summary>Sign-extends eax into edx.</summary>
    public void Cdq()
    {
        MakeRoom();
        Byte(0x99);
    }

    /// <summary>Sign-extends rax into rdx.</summary>
    public void Cqo()
    {
        MakeRoom();
        Head(0x99 | W, 0);
    }

    /// <summary>The address itself, cut to 4 or 8 bytes.</summary>
    public void Lea(int size, Register destination, Address address) => Encode(Wide(0x8D, size), (int)destination, address);

    /// <summary>Shifts or rotates by cl, modulo the size.</summary>
    public void Shift(ShiftOp op, int size, Register destination) => Group(0xD3, size, (int)op, (int)destination);

    /// <summary>Shifts or rotates by a constant.</summary>
    public void Shift(ShiftOp op, int size, Register destination, int count)
    {
        Group(count == 1 ? 0xD1 : 0xC1, size, (int)op, (int)destination);
        if (count != 1) Byte(count);
    }

    /// <summary>Copies where the condition holds; 4 bytes clear the upper half in either case.</summary>
    public void Cmov(Condition condition, int size, Register destination, Register source) =>
        Encode(Wide(Map0F | 0x40 | (int)condition, size), (int)destination, (int)source);

    /// <summary>Loads, which it does in either case, and copies where the condition holds.</summary>
    public void Cmov(Condition condition, int size, Register destination, Address source) =>
        Encode(Wide(Map0F | 0x40 | (int)condition, size), (int)destination, source);

    /// <summary>1 or 0 into the lowest byte; the others stay.</summary>
    public void Setcc(Condition condition, Register destination) => Encode(Map0F | 0x90 | (int)condition | ByteRm, 0, (int)destination);

    /// <summary>1 or 0 into a byte of memory.</summary>
    public void Setcc(Condition condition, Address destination) => Encode(Map0F | 0x90 | (int)condition, 0, destination);

    /// <summary>Pushes 8 bytes.</summary>
    public void Push(Register source) => EncodeShort(0x50, (int)source);

    /// <summary>Pops 8 bytes.</summary>
    public void Pop(Register destination) => EncodeShort(0x58, (int)destination);
}
