using System;

namespace ContractVm.Compiler.X64;

/// <summary>
/// The few instructions of AVX-512, all of 128 bits, without masks. The vector registers that only they can name stand as numbers here.
/// </summary>
internal sealed partial class Assembler
{
    private readonly bool _isEvex = features.Avx512;
    // The lesser of two, with the sign that it has.
    private const int Lesser = 4;

    /// <summary>
    /// vrange: of a quiet NaN, the first operand, and a number the number; of that and a quiet NaN the first; of a signalling one that one, made quiet.
    /// </summary>
    /// <param name="isScalar">Of the lowest lane; the others become those of the first operand.</param>
    /// <param name="isDouble">Lanes of 64 bits, else of 32.</param>
    /// <param name="destination">Any vector register.</param>
    /// <param name="first">The number of the register that holds the NaN.</param>
    /// <param name="second">Any vector register.</param>
    public void Range(bool isScalar, bool isDouble, Register destination, int first, Register second)
    {
        Evex(Prefix66 | Map0F3A | (isScalar ? 0x51 : 0x50) | (isDouble ? W : 0), NumberOf(destination), first, NumberOf(second));
        Byte(Lesser);
    }

    /// <summary>vprold, vprolq: rotates lanes of 32 or 64 bits left by a constant.</summary>
    public void RotateLeft(bool isWide, Register destination, Register source, int count)
    {
        const int Digit = 1;
        Evex(Prefix66 | Map0F | 0x72 | (isWide ? W : 0), Digit, NumberOf(destination), NumberOf(source));
        Byte(count);
    }

    /// <summary>vmovups to one of the upper registers.</summary>
    /// <param name="destination">Its number.</param>
    /// <param name="baseRegister">The base of the address.</param>
    /// <param name="displacement">Added: a multiple of 16, in which this encoding counts those that it writes in a byte, up to 127 of them.</param>
    public void LoadUpper(int destination, Register baseRegister, int displacement)
    {
        if (displacement % 16 != 0 || !FitsByte(displacement / 16)) throw new ArgumentException("the displacement is no multiple of 16, or too far", nameof(displacement));
        MakeRoom();
        Address address = Address.Of(baseRegister, displacement / 16);
        EvexHead(Map0F | 0x10, destination, 0, address.RexBits);
        Memory(destination, address, 0);
    }

    private void Evex(int op, int reg, int second, int rm)
    {
        MakeRoom();
        EvexHead(op, reg, second, rm >> 3);
        Byte(0xC0 | (reg & 7) << 3 | (rm & 7));
    }

    /// <summary>The prefix of four bytes and the opcode. Numbers of registers, of five bits, are inverted in it; of r/m the upper two.</summary>
    private void EvexHead(int op, int reg, int second, int upperOfRm)
    {
        if (!_isEvex) throw new ArgumentException("there is no AVX-512");
        Byte(0x62);
        Byte((~reg & 8) << 4 | (~upperOfRm & 3) << 5 | (~reg & 16) | (op >> 8 & 3));
        Byte((op & W) >> 5 | (~second & 15) << 3 | 4 | (op >> 10 & 3));
        Byte((~second & 16) >> 1);
        Byte(op);
    }
}
