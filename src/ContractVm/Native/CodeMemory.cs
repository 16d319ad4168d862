// UNSAFE. Invariant: all code of modules lies in one range of address space, reserved once and never given back. A page of it either
// is free, without access or writable, or belongs to one live CodeMemory: writable while that is filled, then executable, never both.
using System;
using System.Threading;

namespace ContractVm.Native;

/// <summary>
/// Executable memory of one module. All modules share one range, so that the fault handler tells our code from all other by two
/// constants, and needs no list that changes under it. Safe for concurrent use.
/// </summary>
internal sealed unsafe class CodeMemory
{
    // The machine takes longer to find a page than the code takes to load, so that some are kept for the next.
    private const ulong MostKept = 4 << 20;
    private static readonly Lock Gate = new();
    // Without access, and writable with their pages.
    private static readonly FreeRanges Closed = new(), Kept = new();
    [ThreadStatic]
    private static bool _isRefused;
    private int _isReleased;

    static CodeMemory()
    {
        // Where address space is limited, less will do.
        foreach (ulong length in (ReadOnlySpan<ulong>)[64UL << 30, 4UL << 30, 256UL << 20])
        {
            RangeStart = SystemCalls.Reserve((nuint)length);
            if (RangeStart is null) continue;
            RangeLength = length;
            Closed.Add((ulong)RangeStart, length);
            return;
        }
    }

    private CodeMemory(byte* start, ulong length)
    {
        Start = start;
        Length = length;
    }

    /// <summary>The range of all modules' code; null where the machine does not give it.</summary>
    public static byte* RangeStart { get; }
    /// <summary>Bytes of the range.</summary>
    public static ulong RangeLength { get; }

    /// <summary>For tests: this thread is given no executable memory.</summary>
    internal static bool IsRefusedToThisThread
    {
        get => _isRefused;
        set => _isRefused = value;
    }

    /// <summary>First byte.</summary>
    public byte* Start { get; }
    /// <summary>Bytes, whole pages.</summary>
    public ulong Length { get; }

    /// <summary>Loads code; false where the machine gives no executable memory.</summary>
    /// <param name="code">Code that goes first.</param>
    /// <param name="more">Code that follows.</param>
    /// <param name="moreOffset">Where, at or after the end of what goes first.</param>
    /// <param name="loaded">The result.</param>
    public static bool TryLoad(ReadOnlySpan<byte> code, ReadOnlySpan<byte> more, int moreOffset, out CodeMemory? loaded)
    {
        loaded = null;
        ulong length = ((ulong)moreOffset + (ulong)more.Length + SystemCalls.PageSize) & ~(ulong)(SystemCalls.PageSize - 1);
        byte* start = _isRefused ? null : Take(length);
        if (start is null) return false;
        Span<byte> pages = new(start, checked((int)length));
        code.CopyTo(pages);
        // int3: whatever runs off the end stops there.
        pages[code.Length..moreOffset].Fill(0xCC);
        more.CopyTo(pages[moreOffset..]);
        pages[(moreOffset + more.Length)..].Fill(0xCC);
        if (SystemCalls.Protect(start, (nuint)length, SystemCalls.ProtectReadExecute) == 0)
        {
            loaded = new CodeMemory(start, length);
            return true;
        }

        GiveBack(start, length);
        return false;
    }

    /// <summary>Gives the memory back; nothing may run in it any more.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0) GiveBack(Start, Length);
    }

    /// <summary>Writable pages; null where there are none.</summary>
    private static byte* Take(ulong length)
    {
        ulong start;
        lock (Gate)
        {
            if (Kept.TryTake(length, out start)) return (byte*)start;
            if (!Closed.TryTake(length, out start)) return null;
        }

        if (SystemCalls.Protect((byte*)start, (nuint)length, SystemCalls.ProtectReadWrite) == 0) return (byte*)start;
        Close((byte*)start, length);
        return null;
    }

    private static void GiveBack(byte* start, ulong length)
    {
        bool isKept;
        // Several threads at once may keep somewhat more.
        lock (Gate) isKept = Kept.Bytes + length <= MostKept;
        if (!isKept || SystemCalls.Protect(start, (nuint)length, SystemCalls.ProtectReadWrite) != 0)
        {
            Close(start, length);
            return;
        }

        lock (Gate) Kept.Add((ulong)start, length);
    }

    /// <summary>Pages that cannot be closed are never used again.</summary>
    private static void Close(byte* start, ulong length)
    {
        if (SystemCalls.Advise(start, (nuint)length, SystemCalls.AdviceDoNotNeed) != 0) return;
        if (SystemCalls.Protect(start, (nuint)length, SystemCalls.ProtectNone) != 0) return;
        lock (Gate) Closed.Add((ulong)start, length);
    }
}
