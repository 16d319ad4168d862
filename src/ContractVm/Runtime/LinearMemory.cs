// UNSAFE. Invariant: _base is the start of the reservation that this object has until Dispose, of which the first ByteLength
// bytes are readable and writable; nothing hands out an address or span outside those bytes. Spans and the base address must not
// be used after Dispose. The base address never changes, so growing invalidates nothing. A memory that emitted code may know
// keeps its reservation, closed, until its store is gone.
using System;
using System.Globalization;
using System.Runtime.InteropServices;
using ContractVm.Native;

namespace ContractVm;

/// <summary>
/// A linear memory (WebAssembly 3.0, "Memory Instances"). Address space for its largest size is reserved when it is made, so
/// growing fails only where its type or its limit says so (deterministic); if the machine cannot give pages, that is a
/// <see cref="NodeFaultException"/>. Zero where never written. Not safe for concurrent use.
/// </summary>
public sealed unsafe class LinearMemory : External, IDisposable
{
    private readonly MemoryReservation _reservation;
    private byte* _base;
    private bool _isRetained;

    /// <summary>Makes a memory of its type's minimum.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="limitPages">Pages it may have at most, whatever its type says.</param>
    /// <exception cref="NodeFaultException">The machine cannot give the memory.</exception>
    public LinearMemory(MemoryType type, int limitPages)
        : this(type, limitPages, null)
    {
    }

    /// <summary>Makes a memory of its type's minimum, with what an image has where the machine can map it (<see cref="ShowsImage"/>), else of zeros.</summary>
    internal LinearMemory(MemoryType type, int limitPages, MemoryImage? image)
    {
        if (type.Limits.Minimum > (ulong)limitPages) throw new ArgumentException("the minimum is above the limit", nameof(type));
        Type = type;
        MaximumPages = (int)Math.Min(type.Limits.Maximum ?? ulong.MaxValue, (ulong)limitPages);
        // One page more than needed keeps the mapping from being empty.
        _reservation = image?.TryRent() ?? MemoryReservation.TryRent(((ulong)MaximumPages + 1) * MemoryType.PageSize) ?? throw Fault("reserve");
        _base = _reservation.Base;
        _reservation.Descriptor[MemoryDescriptor.Base / 8] = (ulong)_base;
        Commit((int)type.Limits.Minimum);
        ShowsImage = image is not null && _reservation.TryShow(image);
    }

    /// <summary>It began with an image's bytes, and need not be initialized.</summary>
    internal bool ShowsImage { get; }

    /// <summary>Its type.</summary>
    public MemoryType Type { get; }
    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Memory;
    /// <summary>Pages that it may grow to.</summary>
    public int MaximumPages { get; }
    /// <summary>Pages of 64 KiB that it has.</summary>
    public int Pages { get; private set; }
    /// <summary>Bytes that it has.</summary>
    public ulong ByteLength => (ulong)Pages * MemoryType.PageSize;

    internal byte* Base => _base;

    /// <summary>What emitted code finds of it (<see cref="MemoryDescriptor"/>).</summary>
    internal ulong* Descriptor => _reservation.Descriptor;

    /// <summary>Every access with an index and a displacement of 32 bits that is outside faults.</summary>
    internal bool HasGuard => _reservation.HasGuard;

    /// <summary>True where an address is in its address space.</summary>
    internal bool Covers(ulong address) => address - (ulong)_reservation.Base < _reservation.Length;

    /// <summary>A range as a span; false where it is not wholly inside. The span must not outlive the memory.</summary>
    public bool TryGetSpan(ulong offset, uint length, out Span<byte> span)
    {
        if (_base is null || offset > ByteLength || length > ByteLength - offset || length > int.MaxValue)
        {
            span = default;
            return false;
        }

        span = new Span<byte>(_base + offset, (int)length);
        return true;
    }

    /// <summary>Grows by whole pages. Returns the pages it had, or -1 where its type or limit does not allow it.</summary>
    public int Grow(ulong pages)
    {
        int before = Pages;
        if (pages > (ulong)(MaximumPages - before)) return -1;
        Commit(before + (int)pages);
        return before;
    }

    /// <summary>memory.copy: false, and nothing written, where a range is not inside.</summary>
    internal bool TryCopy(ulong target, ulong source, ulong length)
    {
        if (!IsInside(target, length) || !IsInside(source, length)) return false;
        Buffer.MemoryCopy(_base + source, _base + target, length, length);
        return true;
    }

    /// <summary>memory.copy between two memories, which may be one: false, and nothing written, where a range is not inside.</summary>
    internal bool TryCopyFrom(LinearMemory other, ulong target, ulong source, ulong length)
    {
        if (!IsInside(target, length) || !other.IsInside(source, length)) return false;
        Buffer.MemoryCopy(other._base + source, _base + target, length, length);
        return true;
    }

    /// <summary>memory.fill: false, and nothing written, where the range is not inside.</summary>
    internal bool TryFill(ulong target, byte value, ulong length)
    {
        if (!IsInside(target, length)) return false;
        NativeMemory.Fill(_base + target, (nuint)length, value);
        return true;
    }

    private bool IsInside(ulong offset, ulong length) => offset <= ByteLength && length <= ByteLength - offset;

    private void Commit(int pages)
    {
        ulong bytes = (ulong)pages * MemoryType.PageSize;
        // One that is disposed of has nothing to grow; from the pool it may come with more than it needs.
        if (_base is null || !_reservation.TryCommit(bytes)) throw Fault("commit");
        Pages = pages;
        _reservation.Descriptor[MemoryDescriptor.ByteLength / 8] = bytes;
    }

    private static NodeFaultException Fault(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"the machine cannot {what} linear memory (errno {Marshal.GetLastPInvokeError()})"));

    /// <summary>Emitted code is going to know its address. False where it does already.</summary>
    internal bool TryRetain()
    {
        if (_isRetained) return false;
        ObjectDisposedException.ThrowIf(_base is null, this);
        return _isRetained = true;
    }

    /// <summary>No emitted code that knows its address runs any more.</summary>
    internal void Release()
    {
        _isRetained = false;
        if (_base is not null) return;
        _reservation.Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the address space back.</summary>
    public void Dispose()
    {
        if (_base is null) return;
        _base = null;
        ulong written = ByteLength;
        Pages = 0;
        if (_isRetained)
        {
            // Accesses of emitted code fault from now on, as those of the interpreter find no bytes.
            _reservation.Descriptor[MemoryDescriptor.ByteLength / 8] = 0;
            if (!_reservation.TryCommit(0)) throw Fault("close");
            return;
        }

        _reservation.GiveBack(written);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the address space back where the owner forgot to.</summary>
    ~LinearMemory() => _reservation?.Free();
}
