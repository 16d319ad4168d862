using System;
using System.Buffers.Binary;

namespace ContractVm.Text;

/// <summary>A growing run of bytes, with the binary format's integers in their shortest form.</summary>
internal sealed class ByteWriter
{
    private byte[] _bytes = new byte[64];
    private int _length;

    /// <summary>Bytes written; setting it takes the last ones back.</summary>
    public int Length
    {
        get => _length;
        set => _length = value;
    }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void WriteByte(byte value)
    {
        if (_length == _bytes.Length) Grow(1);
        _bytes[_length++] = value;
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _length) Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Unsigned LEB128.</summary>
    public void WriteUnsigned(ulong value)
    {
        for (; value >= 0x80; value >>= 7) WriteByte((byte)(value | 0x80));
        WriteByte((byte)value);
    }

    /// <summary>Signed LEB128.</summary>
    public void WriteSigned(long value)
    {
        for (; value is < -0x40 or >= 0x40; value >>= 7) WriteByte((byte)(value | 0x80));
        WriteByte((byte)(value & 0x7F));
    }

    public void WriteFixed(ulong value, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        WriteBytes(bytes[..size]);
    }

    /// <summary>A length and the bytes: a name, a body or a section's content.</summary>
    public void WriteSized(ReadOnlySpan<byte> bytes)
    {
        WriteUnsigned((uint)bytes.Length);
        WriteBytes(bytes);
    }

    private void Grow(int more) =>
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max((long)_bytes.Length * 2, (long)_length + more)));
}
