// UNSAFE. Invariant: [_base, _base + _reserved) is one private anonymous mapping owned by this object until Dispose, of which
// the first ByteLength bytes are readable and writable; nothing hands out an address or span outside those bytes. Spans and
// the base address must not be used after Dispose. The base address never changes, so growing invalidates nothing.
using System;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ContractVm;

/// <summary>
/// A linear memory (WebAssembly 3.0, "Memory Instances"). Address space for its largest size is reserved when it is made, so
/// growing fails only where its type or its limit says so (deterministic); if the machine cannot give pages, that is a
/// <see cref="NodeFaultException"/>. Zero where never written. Not safe for concurrent use.
/// </summary>
public sealed unsafe partial class LinearMemory : External, IDisposable
{
    private const int ProtectNone = 0, ProtectReadWrite = 3, MapPrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private byte* _base;
    private readonly nuint _reserved;

    /// <summary>Makes a memory of its type's minimum.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="limitPages">Pages it may have at most, whatever its type says.</param>
    /// <exception cref="NodeFaultException">The machine cannot give the memory.</exception>
    public LinearMemory(MemoryType type, int limitPages)
    {
        if (type.Limits.Minimum > (ulong)limitPages) throw new ArgumentException("the minimum is above the limit", nameof(type));
        Type = type;
        MaximumPages = (int)Math.Min(type.Limits.Maximum ?? ulong.MaxValue, (ulong)limitPages);
        // One page more than needed keeps the mapping from being empty.
        _reserved = ((nuint)MaximumPages + 1) * MemoryType.PageSize;
        nint mapped = Map(0, _reserved, ProtectNone, MapPrivateAnonymousNoReserve, -1, 0);
        if (mapped == -1) throw Fault("reserve");
        _base = (byte*)mapped;
        Commit((int)type.Limits.Minimum);
    }

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
        if (pages > Pages && Protect(_base, (nuint)pages * MemoryType.PageSize, ProtectReadWrite) != 0) throw Fault("commit");
        Pages = pages;
    }

    private static NodeFaultException Fault(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"the machine cannot {what} linear memory (errno {Marshal.GetLastPInvokeError()})"));

    /// <summary>Gives the address space back.</summary>
    public void Dispose()
    {
        if (_base is null) return;
        Unmap(_base, _reserved);
        _base = null;
        Pages = 0;
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the address space back where the owner forgot to.</summary>
    ~LinearMemory() => Dispose();

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(byte* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(byte* address, nuint length);
}
