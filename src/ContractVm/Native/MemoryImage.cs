// UNSAFE. Invariant: the descriptor is that of an anonymous file of exactly Length bytes, all of them written before anyone maps it and by nobody
// afterwards, open until the finalizer: mappings of it are private, so that who writes to one gets pages of its own, and stay good without it. The file
// has no holes, so reading one of its pages takes no memory that might not be there.
using System;
using System.Runtime.CompilerServices;
using System.Threading;
using ContractVm.Binary;
using ContractVm.Runtime;

namespace ContractVm.Native;

/// <summary>
/// What a module's data segments make of its first memory, in a file in memory that is mapped copy-on-write where the memory is: an instance then costs
/// nothing for bytes that it never looks at, and a used memory becomes the image again by giving its own pages back. Nothing that can be seen depends on
/// whether it is used: it is only where all segments are known to fit before anything is made. Immutable; safe for concurrent use.
/// </summary>
internal sealed unsafe class MemoryImage
{
    /// <summary>
    /// Bytes of segments from which on a mapping is cheaper than copying (docs/OPTIMIZATIONS.md): a memory that holds so many is not cleared in place
    /// after use, so that copying meets pages that are not there.
    /// </summary>
    public const long StandardLeastBytes = (long)MemoryReservation.ClearedInPlace + 1;
    // An image is a file descriptor, of which a process has few.
    private const int MostImages = 64;
    // Zeros between segments are kept too.
    private const long MostZeros = 4;
    private const int Kept = 4;
    private static readonly ConditionalWeakTable<Module, State> States = [];
    private static int _images;

    [ThreadStatic]
    private static long _leastOfThisThread;

    private readonly BoundedPool<MemoryReservation> _pool = new(Kept);

    /// <summary>What is known of a module: it gets an image when it is instantiated again.</summary>
    private sealed class State
    {
        public int Instances;
        public MemoryImage? Image;
    }

    /// <summary>An image that is a file; only tests make one that is none.</summary>
    internal MemoryImage(int descriptor, ulong start, ulong length)
    {
        Descriptor = descriptor;
        Start = start;
        Length = length;
    }

    /// <summary>The file.</summary>
    public int Descriptor { get; }
    /// <summary>Address in the memory of its first byte, at a page of the machine.</summary>
    public ulong Start { get; }
    /// <summary>Bytes, whole pages of the machine.</summary>
    public ulong Length { get; }

    /// <summary>For tests and benchmarks: what this thread uses in the place of <see cref="StandardLeastBytes"/>; 0 for that.</summary>
    internal static long LeastOfThisThread
    {
        get => _leastOfThisThread;
        set => _leastOfThisThread = value;
    }

    /// <summary>The image of a module's first memory; null where it is to be made by copying.</summary>
    public static MemoryImage? Of(Module module)
    {
        if (module.DataList.Count == 0 || !Stubs.IsAvailable) return null;
        long least = _leastOfThisThread == 0 ? StandardLeastBytes : _leastOfThisThread;
        // Before anything is looked up: the segments' bytes are a part of the module's.
        if (module.Bytes.Length < least || !TryMeasure(module, least, out ulong start, out ulong end)) return null;
        State state = States.GetOrCreateValue(module);
        if (Volatile.Read(ref state.Image) is MemoryImage known) return known;
        // Most modules of a tool's run are instantiated once.
        if (Interlocked.Increment(ref state.Instances) != 2) return null;
        Volatile.Write(ref state.Image, TryMake(module, start, end - start));
        return state.Image;
    }

    /// <summary>A reservation that the image is mapped in and that nobody has written to since; null where there is none.</summary>
    public MemoryReservation? TryRent() => _pool.TryTake(out MemoryReservation? reservation) ? reservation : null;

    /// <summary>Keeps a reservation that shows the image again; false where enough are kept.</summary>
    public bool TryKeep(MemoryReservation reservation) => _pool.TryAdd(reservation);

    /// <summary>
    /// The pages that the active segments touch; false where they need not fit, are not of the first memory alone, or are too few. No instance that
    /// fails may have shown its memory to anybody, as it would show other bytes: so no table comes from outside.
    /// </summary>
    private static bool TryMeasure(Module module, long least, out ulong start, out ulong end)
    {
        (start, end) = (ulong.MaxValue, 0);
        long bytes = 0;
        if (module.ImportedTables > 0 || module.MemoryList.Count == 0 || module.ImportList.Exists(static import => import.Kind == ExternalKind.Memory)) return false;
        ulong memory = module.MemoryList[0].Limits.Minimum * MemoryType.PageSize;
        foreach (DataSegment segment in module.DataList)
        {
            if (segment.Mode != SegmentMode.Active) continue;
            if (segment.Memory != 0 || !ConstantEvaluator.TryGetSingle(module.Bytes.Span, segment.Offset, out ulong offset)) return false;
            ulong length = (ulong)segment.Bytes.Length;
            if (offset > memory || length > memory - offset) return false;
            bytes += segment.Bytes.Length;
            if (length == 0) continue;
            start = Math.Min(start, offset);
            end = Math.Max(end, offset + length);
        }

        if (bytes == 0 || bytes < least) return false;
        start &= ~(ulong)(SystemCalls.PageSize - 1);
        end = (end + SystemCalls.PageSize - 1) & ~(ulong)(SystemCalls.PageSize - 1);
        return end - start <= (ulong)(bytes * MostZeros) + SystemCalls.PageSize && end - start <= int.MaxValue;
    }

    private static MemoryImage? TryMake(Module module, ulong start, ulong length)
    {
        if (Interlocked.Increment(ref _images) <= MostImages && TryWrite(module, start, length) is int descriptor and >= 0) return new MemoryImage(descriptor, start, length);
        Interlocked.Decrement(ref _images);
        return null;
    }

    private static int TryWrite(Module module, ulong start, ulong length)
    {
        byte[] content = new byte[length];
        foreach (DataSegment segment in module.DataList)
        {
            if (segment.Mode != SegmentMode.Active || segment.Bytes.Length == 0 || !ConstantEvaluator.TryGetSingle(module.Bytes.Span, segment.Offset, out ulong offset)) continue;
            module.Bytes.Span.Slice(segment.Bytes.Start, segment.Bytes.Length).CopyTo(content.AsSpan((int)(offset - start)));
        }

        int descriptor = SystemCalls.CreateMemoryFile("contract", SystemCalls.CloseOnExecute);
        if (descriptor < 0) return -1;
        fixed (byte* bytes = content)
        {
            nuint written = 0;
            while (written < length)
            {
                nint count = SystemCalls.Write(descriptor, bytes + written, (nuint)length - written);
                if (count <= 0)
                {
                    _ = SystemCalls.Close(descriptor);
                    return -1;
                }

                written += (nuint)count;
            }
        }

        return descriptor;
    }

    /// <summary>Nobody has the module any more.</summary>
    ~MemoryImage()
    {
        while (_pool.TryTake(out MemoryReservation? reservation)) reservation.Free();
        // A failure would lose a descriptor, which no result depends on.
        _ = SystemCalls.Close(Descriptor);
        Interlocked.Decrement(ref _images);
    }
}
