using System;

namespace ContractVm.StateStore;

/// <summary>
/// A growing buffer that reads copy a value into: kept by the reader and used again, so that a read allocates nothing once the
/// buffer is large enough. For one thread.
/// </summary>
public sealed class ValueBuffer
{
    private byte[] _bytes;
    private int _length;

    /// <summary>An empty buffer with room for <paramref name="capacity"/> bytes.</summary>
    public ValueBuffer(int capacity = 256) => _bytes = new byte[capacity];

    /// <summary>The number of bytes of the last value; 0 when it was absent.</summary>
    public int Length => _length;

    /// <summary>The last value, until the next read into this buffer; empty when it was absent.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    internal void Set(ReadOnlySpan<byte> value)
    {
        if (value.Length > _bytes.Length) _bytes = new byte[Math.Max(value.Length, (int)Math.Min(2L * _bytes.Length, Array.MaxLength))];
        value.CopyTo(_bytes);
        _length = value.Length;
    }

    internal void Clear() => _length = 0;
}
