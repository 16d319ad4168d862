using System;

namespace ContractVm.Compiler.Artifacts;

/// <summary>Reads unsigned LEB128 numbers of 32 bits; each has one form.</summary>
internal ref struct VarintReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>Nothing is left.</summary>
    public readonly bool IsAtEnd => _position == _bytes.Length;

    /// <summary>Reads a number; false where there is none.</summary>
    public bool TryRead(out uint value)
    {
        value = 0;
        for (int shift = 0; shift < 35 && _position < _bytes.Length; shift += 7)
        {
            uint part = _bytes[_position++];
            value |= (part & 0x7F) << shift;
            if (part < 0x80) return (part != 0 || shift == 0) && (shift < 28 || part < 16);
        }

        return false;
    }
}

/// <summary>Writes what <see cref="VarintReader"/> reads.</summary>
internal static class Varint
{
    /// <summary>Bytes that a number takes at most.</summary>
    public const int MostBytes = 5;

    /// <summary>Writes a number at a position, which moves.</summary>
    public static void Write(Span<byte> bytes, ref int position, uint value)
    {
        while (value >= 0x80)
        {
            bytes[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        bytes[position++] = (byte)value;
    }

    /// <summary>Small for small numbers of either sign.</summary>
    public static uint ZigZag(int value) => (uint)((value << 1) ^ (value >> 31));

    /// <summary>The other way.</summary>
    public static int UnZigZag(uint value) => (int)(value >> 1) ^ -(int)(value & 1);
}
