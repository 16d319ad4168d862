// UNSAFE. Invariant: all code of modules lies in one range of address space, reserved once and never given back. A page of it is
// either without access and free, or belongs to one live CodeMemory: writable while that is filled, then executable, never both.
using System;
using System.Collections.Generic;
using System.Threading;

namespace ContractVm.Native;

/// <summary>
/// Executable memory of one module. All modules share one range, so that the fault handler tells our code from all other by two
/// constants, and needs no list that changes under it. Safe for concurrent use.
/// </summary>
internal sealed unsafe class CodeMemory
{
    private static readonly Lock Gate = new();
    // Free parts of the range by their start: neighbours are always joined.
    private static readonly SortedList<ulong, ulong> Free = [];
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
            Free.Add((ulong)RangeStart, length);
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
        if (SystemCalls.Protect(start, (nuint)length, SystemCalls.ProtectReadWrite) == 0)
        {
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
        }

        TryGiveBack(start, length);
        return false;
    }

    /// <summary>Gives the memory back; nothing may run in it any more.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0) TryGiveBack(Start, Length);
    }

    private static byte* Take(ulong length)
    {
        lock (Gate)
        {
            for (int i = 0; i < Free.Count; i++)
            {
                ulong start = Free.GetKeyAtIndex(i), size = Free.GetValueAtIndex(i);
                if (size < length) continue;
                Free.RemoveAt(i);
                if (size > length) Free.Add(start + length, size - length);
                return (byte*)start;
            }
        }

        return null;
    }

    private static void TryGiveBack(byte* start, ulong length)
    {
        // Pages that cannot be closed are never used again.
        if (SystemCalls.Advise(start, (nuint)length, SystemCalls.AdviceDoNotNeed) != 0) return;
        if (SystemCalls.Protect(start, (nuint)length, SystemCalls.ProtectNone) != 0) return;
        lock (Gate)
        {
            ulong from = (ulong)start, size = length;
            Free.Add(from, size);
            int index = Free.IndexOfKey(from);
            if (index + 1 < Free.Count && Free.GetKeyAtIndex(index + 1) == from + size)
            {
                size += Free.GetValueAtIndex(index + 1);
                Free.RemoveAt(index + 1);
                Free.SetValueAtIndex(index, size);
            }

            if (index == 0 || Free.GetKeyAtIndex(index - 1) + Free.GetValueAtIndex(index - 1) != from) return;
            Free.SetValueAtIndex(index - 1, Free.GetValueAtIndex(index - 1) + size);
            Free.RemoveAt(index);
        }
    }
}
