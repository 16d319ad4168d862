// UNSAFE. Invariant: each method is one call of the C library with the caller's arguments; nothing is kept here. Callers own the
// ranges that they pass and check every result.
using System.Runtime.InteropServices;

namespace ContractVm.Native;

/// <summary>The C library's calls for address space and signals (Linux, x86-64).</summary>
internal static unsafe partial class SystemCalls
{
    /// <summary>Protection of pages.</summary>
    public const int ProtectNone = 0, ProtectRead = 1, ProtectReadWrite = 3, ProtectReadExecute = 5;
    /// <summary>What <see cref="Advise"/> takes: give pages back, so that they read as zero; no huge pages.</summary>
    public const int AdviceDoNotNeed = 4, AdviceNoHugePages = 15;
    /// <summary>Signal numbers.</summary>
    public const int SignalBus = 7, SignalSegmentation = 11;
    /// <summary>Bytes of a page.</summary>
    public const int PageSize = 4096;
    private const int PrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000, PrivateFixedNoReserve = 0x02 | 0x10 | 0x4000;

    /// <summary>Reserves address space without access; null where the machine does not give it.</summary>
    public static byte* Reserve(nuint length)
    {
        nint mapped = Map(0, length, ProtectNone, PrivateAnonymousNoReserve, -1, 0);
        return mapped == -1 ? null : (byte*)mapped;
    }

    /// <summary>mprotect; 0 for success.</summary>
    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Protect(byte* address, nuint length, int protection);

    /// <summary>munmap; 0 for success.</summary>
    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(byte* address, nuint length);

    /// <summary>madvise; 0 for success.</summary>
    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(byte* address, nuint length, int advice);

    /// <summary>
    /// Maps a file over a range, privately: who writes gets pages of its own. False where the machine cannot; what was there may be gone then.
    /// </summary>
    public static bool TryMapPrivate(byte* address, nuint length, int descriptor) =>
        Map((nint)address, length, ProtectReadWrite, PrivateFixedNoReserve, descriptor, 0) == (nint)address;

    /// <summary>Maps zeros over a range, privately; false where the machine cannot.</summary>
    public static bool TryMapAnonymous(byte* address, nuint length) =>
        Map((nint)address, length, ProtectReadWrite, PrivateAnonymousNoReserve | PrivateFixedNoReserve, -1, 0) == (nint)address;

    /// <summary>memfd_create; negative where it fails.</summary>
    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateMemoryFile(string name, uint flags);

    /// <summary>write; the bytes written, negative where it fails.</summary>
    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* bytes, nuint length);

    /// <summary>close; 0 for success.</summary>
    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>Flag of <see cref="CreateMemoryFile"/>: no other program gets it.</summary>
    public const uint CloseOnExecute = 1;

    /// <summary>sigaction, for actions of <see cref="ActionBytes"/>; 0 for success.</summary>
    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    public static partial int SignalAction(int signal, byte* action, byte* previous);

    /// <summary>Bytes of a struct sigaction: handler, 128 bytes of mask, flags, restorer.</summary>
    public const int ActionBytes = 152;
    /// <summary>Offset of the flags in a struct sigaction.</summary>
    public const int ActionFlags = 136;
    /// <summary>Flags: the handler takes three arguments; it runs on the thread's alternate stack.</summary>
    public const int ActionWithInfo = 4, ActionOnAlternateStack = 0x08000000;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);
}
