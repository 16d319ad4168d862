using System;

namespace ContractVm.StateStore;

/// <summary>
/// A growing run of bytes with a stack's operations: append at the end, cut off the end. A mutable struct, so keep it in a field and
/// pass it by reference.
/// </summary>
internal struct ByteBuffer(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    /// <summary>The number of bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes; valid until the next append.</summary>
    public readonly Span<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>Makes room for bytes at the end and returns it; its content is arbitrary.</summary>
    public Span<byte> Append(int count)
    {
        int start = Length;
        int needed = checked(start + count);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Math.Max((long)needed, 2L * _bytes.Length), Array.MaxLength));
        Length = needed;
        return _bytes.AsSpan(start, count);
    }

    /// <summary>Cuts off everything behind a length.</summary>
    public void Truncate(int length) => Length = length;
}
