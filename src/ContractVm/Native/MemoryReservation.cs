// UNSAFE. Invariant: [Base, Base + Length) is private mappings owned by this object until it is given back or freed, anonymous but
// where it shows an image; its first Committed bytes are readable and writable, the others fault. Bytes that no owner has written
// since it was rented are zero, or the image's. Descriptor is native memory that lives as long. The owner uses neither after it gave the reservation back.
using System;
using System.Runtime.InteropServices;

namespace ContractVm.Native;

/// <summary>
/// Address space for a linear memory, or whatever else must grow in place. One of the standard size is longer than any address
/// that an access with a 32-bit index and displacement has, so that accesses need no check; these are kept in a pool.
/// </summary>
internal sealed unsafe class MemoryReservation
{
    /// <summary>An index and a displacement of 32 bits each reach less than 8 GiB; an access there is shorter than the rest.</summary>
    public const ulong StandardBytes = (8UL << 30) + (64 << 10);
    /// <summary>So much is cleared by hand after use: it costs about as much as the call that gives pages back, and keeps the pages.</summary>
    public const ulong ClearedInPlace = 128 << 10;
    private static readonly BoundedPool<MemoryReservation> Pool = new(64);

    [ThreadStatic]
    private static ulong _most;

    private MemoryImage? _image;

    private MemoryReservation(byte* start, ulong length)
    {
        Base = start;
        Length = length;
        Descriptor = (ulong*)NativeMemory.AllocZeroed(2, sizeof(ulong));
    }

    /// <summary>First byte.</summary>
    public byte* Base { get; private set; }
    /// <summary>Bytes of address space.</summary>
    public ulong Length { get; }
    /// <summary>Bytes that can be used.</summary>
    public ulong Committed { get; private set; }
    /// <summary>Two words for the owner: the <see cref="MemoryDescriptor"/> of a memory.</summary>
    public ulong* Descriptor { get; private set; }
    /// <summary>Every access with a 32-bit index and displacement is inside the reservation.</summary>
    public bool HasGuard => Length >= StandardBytes;

    /// <summary>For tests: this thread is refused longer reservations, as on a machine with little address space; 0 for no limit.</summary>
    internal static ulong MostOfThisThread
    {
        get => _most;
        set => _most = value;
    }

    /// <summary>True where this machine gives memories a guard, so that code need not compare addresses with lengths.</summary>
    public static bool CanGuard()
    {
        MemoryReservation? reservation = TryRent(0);
        bool hasGuard = reservation is { HasGuard: true };
        reservation?.GiveBack(0);
        return hasGuard;
    }

    /// <summary>Takes address space; null where the machine does not give it.</summary>
    /// <param name="least">Bytes that the owner will use at most.</param>
    public static MemoryReservation? TryRent(ulong least)
    {
        bool isLimited = _most != 0 && _most < StandardBytes;
        if (least <= StandardBytes && !isLimited)
        {
            if (Pool.TryTake(out MemoryReservation? pooled)) return pooled;
            byte* standard = SystemCalls.Reserve(unchecked((nuint)StandardBytes));
            if (standard is not null) return new MemoryReservation(standard, StandardBytes);
        }

        // Where address space is scarce: no guard, and emitted code must check.
        if (isLimited && least > _most) return null;
        least = Math.Max(least, SystemCalls.PageSize);
        byte* start = SystemCalls.Reserve((nuint)least);
        return start is null ? null : new MemoryReservation(start, least);
    }

    /// <summary>Makes exactly so many bytes, whole pages, usable; false where the machine cannot.</summary>
    public bool TryCommit(ulong bytes)
    {
        if (bytes == Committed) return true;
        int result = bytes > Committed
            ? SystemCalls.Protect(Base + Committed, (nuint)(bytes - Committed), SystemCalls.ProtectReadWrite)
            : SystemCalls.Protect(Base + bytes, (nuint)(Committed - bytes), SystemCalls.ProtectNone);
        if (result != 0) return false;
        Committed = bytes;
        return true;
    }

    /// <summary>Shows an image where nothing has been written yet, inside of what is committed; false where the machine cannot.</summary>
    /// <exception cref="NodeFaultException">The machine has taken the address space away.</exception>
    public bool TryShow(MemoryImage image)
    {
        if (ReferenceEquals(_image, image)) return true;
        if (_image is not null || !HasGuard || image.Start + image.Length > Committed) return false;
        if (SystemCalls.TryMapPrivate(Base + image.Start, (nuint)image.Length, image.Descriptor))
        {
            _image = image;
            return true;
        }

        // It may have unmapped the range before it failed, and nobody else must get that.
        if (!SystemCalls.TryMapAnonymous(Base + image.Start, (nuint)image.Length)) throw new NodeFaultException("the machine has lost a linear memory");
        return false;
    }

    /// <summary>Gives the address space back; only its first bytes have been written.</summary>
    public void GiveBack(ulong written)
    {
        if (_image is not null)
        {
            // Without its own pages it shows the image again.
            (Descriptor[0], Descriptor[1]) = (0, 0);
            if (SystemCalls.Advise(Base, (nuint)written, SystemCalls.AdviceDoNotNeed) != 0 || !_image.TryKeep(this)) Free();
            return;
        }

        // Cleared before anyone else can take it.
        if (Length == StandardBytes && TryClear(written) && Pool.TryAdd(this)) return;
        Free();
    }

    /// <summary>Gives the address space back to the machine.</summary>
    public void Free()
    {
        if (Base is null) return;
        // It cannot fail for a mapping of ours; if it did, address space would be lost, which no result depends on.
        _ = SystemCalls.Unmap(Base, (nuint)Length);
        NativeMemory.Free(Descriptor);
        Base = null;
        Descriptor = null;
    }

    private bool TryClear(ulong written)
    {
        (Descriptor[0], Descriptor[1]) = (0, 0);
        if (written > ClearedInPlace) return SystemCalls.Advise(Base, (nuint)written, SystemCalls.AdviceDoNotNeed) == 0;
        NativeMemory.Clear(Base, (nuint)written);
        return true;
    }
}
