using System;

namespace ContractVm.Compiler.X64;

/// <summary>Single bits, counts of bits, the instructions of BMI1 and BMI2, exchanges and atomic operations.</summary>
internal sealed partial class Assembler
{
    /// <summary>Searches or counts the bits of a register.</summary>
    public void Bits(BitOp op, int size, Register destination, Register source) => Encode(Wide(OpcodeOf(op), size), (int)destination, (int)source);

    /// <summary>Searches or counts the bits of memory.</summary>
    public void Bits(BitOp op, int size, Register destination, Address source) => Encode(Wide(OpcodeOf(op), size), (int)destination, source);

    private static int OpcodeOf(BitOp op) => op switch
    {
        BitOp.Bsf => Map0F | 0xBC,
        BitOp.Bsr => Map0F | 0xBD,
        BitOp.Tzcnt => PrefixF3 | Map0F | 0xBC,
        BitOp.Lzcnt => PrefixF3 | Map0F | 0xBD,
        _ => PrefixF3 | Map0F | 0xB8,
    };

    /// <summary>Carry is the bit of this number, modulo the size.</summary>
    public void Bt(int size, Register value, Register bit) => Encode(Wide(Map0F | 0xA3, size), (int)bit, (int)value);

    /// <summary>Carry is the bit of this number, modulo the size.</summary>
    public void Bt(int size, Register value, int bit)
    {
        Encode(Wide(Map0F | 0xBA, size), 4, (int)value);
        Byte(bit);
    }

    /// <summary>Reverses the order of 4 or 8 bytes.</summary>
    public void Bswap(int size, Register destination) => EncodeShort(Wide(Map0F | 0xC8, size), (int)destination);

    /// <summary>Exchanges two registers; 4 bytes clear the upper halves.</summary>
    public void Xchg(int size, Register left, Register right)
    {
        // With rax there is a form without ModRM; that of rax with itself does nothing at all.
        if (left != right && (left == Register.Rax || right == Register.Rax)) EncodeShort(Wide(0x90, size), (int)left + (int)right);
        else Encode(Wide(0x87, size), (int)right, (int)left);
    }

    /// <summary>The whole product of rdx and a register, without flags; low and high may be the same where only the high half is wanted.</summary>
    public void Mulx(int size, Register high, Register low, Register source) =>
        EncodeVex(Wide(PrefixF2 | Map0F38 | 0xF6, size), (int)high, (int)low, (int)source);

    /// <summary>The whole product of rdx and memory, without flags.</summary>
    public void Mulx(int size, Register high, Register low, Address source) =>
        EncodeVex(Wide(PrefixF2 | Map0F38 | 0xF6, size), (int)high, (int)low, source);

    /// <summary>Shifts by a register, modulo the size, without flags. Only shl, shr and sar.</summary>
    public void ShiftX(ShiftOp op, int size, Register destination, Register source, Register count) =>
        EncodeVex(Wide(OpcodeOf(op), size), (int)destination, (int)count, (int)source);

    /// <summary>Shifts memory's value by a register, modulo the size, without flags. Only shl, shr and sar.</summary>
    public void ShiftX(ShiftOp op, int size, Register destination, Address source, Register count) =>
        EncodeVex(Wide(OpcodeOf(op), size), (int)destination, (int)count, source);

    private static int OpcodeOf(ShiftOp op) => op switch
    {
        ShiftOp.Shl => Prefix66 | Map0F38 | 0xF7,
        ShiftOp.Shr => PrefixF2 | Map0F38 | 0xF7,
        ShiftOp.Sar => PrefixF3 | Map0F38 | 0xF7,
        _ => throw new ArgumentException("there is no such shift without flags", nameof(op)),
    };

    /// <summary>Rotates right by a constant, without flags.</summary>
    public void Rorx(int size, Register destination, Register source, int count)
    {
        EncodeVex(Wide(PrefixF2 | Map0F3A | 0xF0, size), (int)destination, 0, (int)source);
        Byte(count);
    }

    /// <summary>Rotates memory's value right by a constant, without flags.</summary>
    public void Rorx(int size, Register destination, Address source, int count)
    {
        EncodeVex(Wide(PrefixF2 | Map0F3A | 0xF0, size), (int)destination, 0, source, 1);
        Byte(count);
    }

    /// <summary>The bits of source that are not in inverted.</summary>
    public void Andn(int size, Register destination, Register inverted, Register source) =>
        EncodeVex(Wide(Map0F38 | 0xF2, size), (int)destination, (int)inverted, (int)source);

    /// <summary>The bits of memory that are not in inverted.</summary>
    public void Andn(int size, Register destination, Register inverted, Address source) =>
        EncodeVex(Wide(Map0F38 | 0xF2, size), (int)destination, (int)inverted, source);

    /// <summary>Exchanges a register and memory; atomic.</summary>
    public void Xchg(int size, Address memory, Register register) => Encode(Sized(0x87, size), (int)register, memory);

    /// <summary>Where memory equals rax, stores the register; rax takes what memory was. 4 bytes clear the upper half of rax only where they differ.</summary>
    public void LockCmpxchg(int size, Address memory, Register replacement) => Locked(Map0F | 0xB1, size, memory, replacement);

    /// <summary>Adds the register to memory; the register takes what memory was.</summary>
    public void LockXadd(int size, Address memory, Register register) => Locked(Map0F | 0xC1, size, memory, register);

    /// <summary>memory = memory op source, atomic; not for a comparison.</summary>
    public void LockAlu(AluOp op, int size, Address memory, Register source)
    {
        if (op == AluOp.Cmp) throw new ArgumentException("a comparison cannot be locked", nameof(op));
        Locked((int)op << 3 | 1, size, memory, source);
    }

    private void Locked(int op, int size, Address memory, Register register)
    {
        MakeRoom();
        Byte(0xF0);
        Encode(Sized(op, size), (int)register, memory);
    }

    /// <summary>Waits until everything before is visible to other processors.</summary>
    public void Mfence()
    {
        MakeRoom();
        Byte(0x0F);
        Byte(0xAE);
        Byte(0xF0);
    }
}
