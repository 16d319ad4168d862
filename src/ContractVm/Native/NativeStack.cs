// UNSAFE. Invariant: [Limit, Top) is readable and writable and owned by whoever rented the stack; the pages below Limit fault.
using System;

namespace ContractVm.Native;

/// <summary>
/// A stack for emitted code. Its size follows from the stack words, so that the words run out before the stack does; a page
/// below it that cannot be used turns a mistake in that into a node fault.
/// </summary>
internal sealed unsafe class NativeStack
{
    // A frame has at most 64 bytes for each word; entries put arguments and results on the stack besides.
    private const ulong BytesPerWord = 80;
    // For signals, which may arrive on it, and the entry that does not fit any more.
    private const ulong Slack = 256 << 10, Guard = 64 << 10;
    /// <summary>Bytes of the slack that calls from the host may use: they share one.</summary>
    public const ulong SlackOfNested = 192 << 10;
    private static readonly BoundedPool<NativeStack> Pool = new(Environment.ProcessorCount * 2);
    private readonly byte* _mapping;
    private readonly ulong _length;

    private NativeStack(byte* mapping, ulong length)
    {
        _mapping = mapping;
        _length = length;
    }

    /// <summary>The address after the last byte; aligned.</summary>
    public byte* Top => _mapping + _length;
    /// <summary>The lowest address that can be used.</summary>
    public byte* Limit => _mapping + Guard;

    /// <summary>Bytes that executions of so many words need.</summary>
    public static ulong BytesFor(ulong words) => words > 1UL << 32 ? throw new NodeFaultException("the stack words are more than a machine has") : words * BytesPerWord + Slack;

    /// <summary>Takes a stack for so many words.</summary>
    /// <exception cref="NodeFaultException">The machine does not give it.</exception>
    public static NativeStack Rent(ulong words)
    {
        ulong bytes = (BytesFor(words) + SystemCalls.PageSize - 1) & ~(ulong)(SystemCalls.PageSize - 1);
        while (Pool.TryTake(out NativeStack? pooled))
        {
            if ((ulong)(pooled.Top - pooled.Limit) >= bytes) return pooled;
            pooled.Free();
        }

        byte* mapping = SystemCalls.Reserve((nuint)(bytes + Guard));
        if (mapping is null) throw new NodeFaultException("the machine cannot give an execution stack");
        NativeStack made = new(mapping, bytes + Guard);
        if (SystemCalls.Protect(made.Limit, (nuint)bytes, SystemCalls.ProtectReadWrite) != 0)
        {
            made.Free();
            throw new NodeFaultException("the machine cannot give an execution stack");
        }

        // Most executions touch a few pages; the advice may be refused without harm.
        _ = SystemCalls.Advise(made.Limit, (nuint)bytes, SystemCalls.AdviceNoHugePages);
        return made;
    }

    /// <summary>Puts it back into the pool.</summary>
    public static void GiveBack(NativeStack stack)
    {
        if (!Pool.TryAdd(stack)) stack.Free();
    }

    private void Free() => _ = SystemCalls.Unmap(_mapping, (nuint)_length);
}
