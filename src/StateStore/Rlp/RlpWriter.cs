using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace ContractVm.StateStore;

/// <summary>
/// Writes RLP (Yellow Paper, appendix B) into a growing buffer from the shared pool. For one thread; reusable after
/// <see cref="Clear"/>; <see cref="Dispose"/> gives the buffer back, after which nothing may be called.
/// </summary>
public sealed class RlpWriter : IDisposable
{
    private byte[] _buffer;
    private int _length;
    private int _openLists;

    /// <summary>An empty writer with room for <paramref name="capacity"/> bytes before the first growth.</summary>
    public RlpWriter(int capacity = 256) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>The number of bytes written.</summary>
    public int Length => _length;

    /// <summary>What was written, valid until the next call of any other member.</summary>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    public ReadOnlySpan<byte> Written
    {
        get
        {
            if (_openLists != 0) throw new InvalidOperationException($"{_openLists} RLP list(s) not ended");
            return _buffer.AsSpan(0, _length);
        }
    }

    /// <summary>Copies what was written into a new array.</summary>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Clear()
    {
        _length = 0;
        _openLists = 0;
    }

    /// <summary>Opens a list; the number it returns closes it in <see cref="EndList"/>.</summary>
    public int BeginList()
    {
        // one byte is reserved: enough for the prefix of every list of up to 55 bytes, which then need not move
        Reserve(1)[0] = 0;
        _openLists++;
        return _length;
    }

    /// <summary>Closes the list that <see cref="BeginList"/> opened; inner lists are closed first.</summary>
    /// <exception cref="InvalidOperationException">No list is open, or the number is not one of this writer's lists.</exception>
    public void EndList(int start)
    {
        if (_openLists == 0 || start < 1 || start > _length) throw new InvalidOperationException("no such RLP list is open");
        int payload = _length - start;
        if (payload <= 55) _buffer[start - 1] = (byte)(0xC0 + payload);
        else
        {
            int lengthBytes = BytesOf((uint)payload);
            Reserve(lengthBytes);
            _buffer.AsSpan(start, payload).CopyTo(_buffer.AsSpan(start + lengthBytes));
            _buffer[start - 1] = (byte)(0xF7 + lengthBytes);
            WriteBigEndian(_buffer.AsSpan(start, lengthBytes), (uint)payload);
        }
        _openLists--;
    }

    /// <summary>Appends a string.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 1 && bytes[0] < 0x80)
        {
            Reserve(1)[0] = bytes[0];
            return;
        }
        if (bytes.Length <= 55) Reserve(1)[0] = (byte)(0x80 + bytes.Length);
        else
        {
            int lengthBytes = BytesOf((uint)bytes.Length);
            Span<byte> prefix = Reserve(1 + lengthBytes);
            prefix[0] = (byte)(0xB7 + lengthBytes);
            WriteBigEndian(prefix[1..], (uint)bytes.Length);
        }
        bytes.CopyTo(Reserve(bytes.Length));
    }

    /// <summary>Appends an integer without leading zeros; 0 is the empty string.</summary>
    public void Write(ulong value)
    {
        if (value is > 0 and < 0x80)
        {
            Reserve(1)[0] = (byte)value;
            return;
        }
        int size = BytesOf(value);
        Span<byte> item = Reserve(1 + size);
        item[0] = (byte)(0x80 + size);
        WriteBigEndian(item[1..], value);
    }

    /// <summary>Appends an integer without leading zeros; 0 is the empty string.</summary>
    public void Write(in UInt256 value)
    {
        if (value.FitsUInt64)
        {
            Write(value.LowUInt64);
            return;
        }
        int size = value.ByteLength;
        Span<byte> item = Reserve(1 + size);
        item[0] = (byte)(0x80 + size);
        value.ToMinimalBigEndian(item[1..]);
    }

    /// <summary>Appends the 20 bytes of an address.</summary>
    public void Write(in Address address) => Write(address.Bytes);

    /// <summary>Appends the 20 bytes of an address, or the empty string for null (Yellow Paper, section 4.2).</summary>
    public void Write(in Address? address)
    {
        if (address is Address present) Write(present.Bytes);
        else Write(ReadOnlySpan<byte>.Empty);
    }

    /// <summary>Appends the 32 bytes of a hash.</summary>
    public void Write(in Hash256 hash) => Write(hash.Bytes);

    /// <summary>Appends bytes that already are RLP; they are not checked.</summary>
    public void WriteRaw(ReadOnlySpan<byte> item) => item.CopyTo(Reserve(item.Length));

    /// <summary>Gives the buffer back to the pool.</summary>
    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private Span<byte> Reserve(int count)
    {
        int start = _length;
        int needed = checked(start + count);
        if (needed > _buffer.Length) Grow(needed);
        _length = needed;
        return _buffer.AsSpan(start, count);
    }

    private void Grow(int needed)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max((long)needed, 2L * _buffer.Length), Array.MaxLength));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private static int BytesOf(ulong value) => (64 - BitOperations.LeadingZeroCount(value) + 7) / 8;

    private static void WriteBigEndian(Span<byte> destination, ulong value)
    {
        Span<byte> full = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(full, value);
        full[(8 - destination.Length)..].CopyTo(destination);
    }
}
