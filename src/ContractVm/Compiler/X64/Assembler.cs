using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContractVm.Compiler.X64;

/// <summary>
/// Encodes x86-64 instructions, one function at a time, into storage that is kept from function to function. Operand sizes are
/// in bytes. The destination comes first. Not safe for concurrent use.
/// </summary>
internal sealed partial class Assembler(CpuFeatures features)
{
    // How an instruction is described: its last opcode byte in the lowest 8 bits, the rest as follows.
    private const int
        // The opcode map: none, 0F, 0F38 and 0F3A, numbered as in VEX.
        Map0F = 0x100, Map0F38 = 0x200, Map0F3A = 0x300,
        // A mandatory prefix, or the one for 16 bits, numbered as in VEX.
        Prefix66 = 0x400, PrefixF3 = 0x800, PrefixF2 = 0xC00,
        // 64 bits.
        W = 0x1000,
        // The operand is an 8-bit register, of which numbers 4 to 7 need a REX prefix.
        ByteReg = 0x2000, ByteRm = 0x4000;

    /// <summary>No instruction is longer than 15 bytes; more is asked for so that writes in larger pieces fit.</summary>
    private const int Reserve = 32;
    /// <summary>Code of one function, which leaves room for a few bits beside a position (<see cref="LabelField"/>).</summary>
    private const int MaxLength = 1 << 28;

    private byte[] _code = new byte[4096];
    private int _length;

    /// <summary>What instructions there are.</summary>
    public CpuFeatures Features { get; } = features;
    /// <summary>Bytes so far: the offset of the next instruction.</summary>
    public int Length => _length;
    /// <summary>The bytes so far; not to be kept.</summary>
    public ReadOnlySpan<byte> Code => _code.AsSpan(0, _length);

    /// <summary>Begins a function. Its code is to start at a multiple of 32.</summary>
    public void Reset()
    {
        _length = 0;
        ResetLabels();
        ResetData();
    }

    /// <summary>One check for an instruction; what writes bytes has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MakeRoom(int bytes = Reserve)
    {
        if (_code.Length - _length < bytes) Grow(bytes);
    }

    private void Grow(int bytes)
    {
        if (_length > MaxLength - bytes) throw new InvalidOperationException("the code of a function is too long");
        Array.Resize(ref _code, Math.Max(_code.Length * 2, _length + bytes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Byte(int value) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_code), _length++) = (byte)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Int32(int value)
    {
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_code), _length), value);
        _length += 4;
    }

    private void Int64(long value)
    {
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_code), _length), value);
        _length += 8;
    }

    /// <summary>An immediate of an instruction of this size; none has more than 32 bits.</summary>
    private void Immediate(int size, int value)
    {
        if (size == 1)
        {
            Byte(value);
        }
        else if (size == 2)
        {
            Byte(value);
            Byte(value >> 8);
        }
        else
        {
            Int32(value);
        }
    }

    /// <summary>An instruction whose 8-bit form has the opcode before.</summary>
    private static int Sized(int op, int size) => size switch
    {
        8 => op | W,
        4 => op,
        2 => op | Prefix66,
        1 => (op - 1) | ByteReg | ByteRm,
        _ => throw NoSuchSize(),
    };

    /// <summary>An instruction of 32 or 64 bits.</summary>
    private static int Wide(int op, int size) => size == 8 ? op | W : size == 4 ? op : throw NoSuchSize();

    private static ArgumentException NoSuchSize() => new("there is no instruction of this operand size");

    private static bool FitsByte(int value) => value == (sbyte)value;

    /// <summary>Prefixes and opcode; rex has the bits of the registers, and 40 where the prefix is needed even without any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Head(int op, int rex)
    {
        rex |= (op & W) >> 9;
        if ((op & PrefixF2) != 0) Byte((op & PrefixF2) == Prefix66 ? 0x66 : (op & PrefixF2) == PrefixF3 ? 0xF3 : 0xF2);
        if (rex != 0) Byte(rex | 0x40);
        if ((op & Map0F3A) != 0)
        {
            Byte(0x0F);
            if ((op & Map0F38) != 0) Byte((op & Map0F3A) == Map0F38 ? 0x38 : 0x3A);
        }

        Byte(op);
    }

    /// <summary>REX bits of the reg field.</summary>
    private static int RexOfReg(int op, int reg) => ((reg >> 1) & 4) | ((op & ByteReg) != 0 && reg >= 4 ? 0x40 : 0);

    /// <summary>REX bits of an opcode's own register or a register in the r/m field.</summary>
    private static int RexOfRm(int op, int rm) => ((rm >> 3) & 1) | ((op & ByteRm) != 0 && rm >= 4 ? 0x40 : 0);

    /// <summary>An instruction with a register, or a part of the opcode, in reg and a register in r/m. Registers of both kinds count from 0.</summary>
    private void Encode(int op, int reg, int rm)
    {
        MakeRoom();
        Head(op, RexOfReg(op, reg) | RexOfRm(op, rm));
        Byte(0xC0 | (reg & 7) << 3 | (rm & 7));
    }

    /// <summary>An instruction with memory in r/m, followed by so many bytes of immediate.</summary>
    private void Encode(int op, int reg, Address address, int trailing = 0)
    {
        MakeRoom();
        Head(op, RexOfReg(op, reg) | address.RexBits);
        Memory(reg, address, trailing);
    }

    /// <summary>An instruction whose register is part of the opcode.</summary>
    private void EncodeShort(int op, int register)
    {
        MakeRoom();
        Head(op + (register & 7), RexOfRm(op, register));
    }

    private void EncodeVex(int op, int reg, int second, int rm)
    {
        MakeRoom();
        VexHead(op, ((reg >> 1) & 4) | ((rm >> 3) & 1), second);
        Byte(0xC0 | (reg & 7) << 3 | (rm & 7));
    }

    private void EncodeVex(int op, int reg, int second, Address address, int trailing = 0)
    {
        MakeRoom();
        VexHead(op, ((reg >> 1) & 4) | address.RexBits, second);
        Memory(reg, address, trailing);
    }

    /// <summary>A VEX prefix of two bytes where that suffices, and the opcode. Registers are inverted in it.</summary>
    private void VexHead(int op, int rex, int second)
    {
        int last = (~second & 15) << 3 | (op >> 10 & 3);
        if ((op & (Map0F3A | W)) == Map0F && (rex & 3) == 0)
        {
            Byte(0xC5);
            Byte((~rex & 4) << 5 | last);
        }
        else
        {
            Byte(0xC4);
            Byte((~rex & 7) << 5 | (op >> 8 & 3));
            Byte((op & W) >> 5 | last);
        }

        Byte(op);
    }

    /// <summary>ModRM, SIB and displacement, the shortest that there are.</summary>
    private void Memory(int reg, Address address, int trailing)
    {
        reg = (reg & 7) << 3;
        int displacement = address.Displacement;
        if (address.IsLabel)
        {
            Byte(reg | 5);
            LabelField(displacement, trailing);
            return;
        }

        int scaled = address.Scale << 6 | (address.Index == Register.None ? 4 : (int)address.Index & 7) << 3;
        if (address.Base == Register.None)
        {
            Byte(reg | 4);
            Byte(scaled | 5);
            Int32(displacement);
            return;
        }

        // rbp and r13 without a displacement, and rsp and r12 without a SIB byte, stand for other things.
        int number = (int)address.Base & 7, mode = displacement == 0 && number != 5 ? 0 : FitsByte(displacement) ? 0x40 : 0x80;
        if (address.Index == Register.None && number != 4)
        {
            Byte(mode | reg | number);
        }
        else
        {
            Byte(mode | reg | 4);
            Byte(scaled | number);
        }

        if (mode == 0x40) Byte(displacement);
        else if (mode == 0x80) Int32(displacement);
    }
}
