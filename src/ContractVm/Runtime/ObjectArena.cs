// UNSAFE. Invariant: [_base, _base + _limit) is one private anonymous mapping owned by this object until Dispose, readable and
// writable; words below Used belong to objects, all others are zero, and a reference is the index of an object's header word, below Used.
// Spans that are handed out lie inside the object whose header gives their length, and must not outlive the arena. Mappings in the
// pool are owned by nobody, and zero.
using System;
using ContractVm.Native;

namespace ContractVm.Runtime;

/// <summary>
/// The structs, arrays and exceptions of one store: allocated one after the other, freed together. There is no collector, so
/// nothing of when and how one runs can be observed; how much may be allocated is a limit of the profile.
/// <para>
/// An object is a header word (low half: its type, high half: its length) and then its contents: a field takes a word, a v128
/// two; elements of an array stand packed at their own size. Word 0, which null points at, holds a type that no object has and, in its
/// upper half, the number of words in use. Emitted code reads all of this and allocates by itself. Not safe for concurrent use.
/// </para>
/// </summary>
internal sealed unsafe class ObjectArena : IDisposable
{
    /// <summary>Set in the type half of an exception's header; the rest is its tag.</summary>
    public const uint ExceptionFlag = 0x8000_0000;
    /// <summary>The type in word 0.</summary>
    public const uint TypeOfNull = uint.MaxValue;
    /// <summary>Bytes of an arena at most: references and lengths are below 2^31 then.</summary>
    private const ulong MaximumBytes = int.MaxValue;
    // As with memories: clearing so much costs about what giving the pages back does, and keeps them.
    private const ulong ClearedWords = MemoryReservation.ClearedInPlace / sizeof(ulong);
    private static readonly BoundedPool<Mapping> Pool = new(64);
    private readonly ulong _limitWords;
    private ulong* _base;

    private sealed class Mapping(ulong* start, ulong words)
    {
        public ulong* Start => start;
        public ulong Words => words;
    }

    public ObjectArena(ulong limitBytes) => _limitWords = Math.Max(2, Math.Min(limitBytes, MaximumBytes) / sizeof(ulong));

    /// <summary>Words that are in use.</summary>
    public ulong UsedWords => _base is null ? 1 : Used;
    /// <summary>The words of all objects.</summary>
    public ReadOnlySpan<ulong> Words => _base is null ? default : new ReadOnlySpan<ulong>(_base + 1, (int)Used - 1);
    /// <summary>Words that it may hold.</summary>
    public ulong LimitWords => _limitWords;

    /// <summary>Its first word, for emitted code; the arena is reserved where it was not yet, and never moves.</summary>
    /// <exception cref="NodeFaultException">The machine cannot give the arena.</exception>
    public ulong* Base
    {
        get
        {
            if (_base is null) Reserve();
            return _base;
        }
    }

    private ref uint Used => ref ((uint*)_base)[1];

    /// <summary>What stands for its type in the header of an exception.</summary>
    public static uint TypeOf(Tag tag) => ExceptionFlag | (uint)tag.Number;

    /// <summary>Makes an object whose contents are zero; false where the arena is full.</summary>
    /// <exception cref="NodeFaultException">The machine cannot give the arena.</exception>
    public bool TryAllocate(uint type, uint length, ulong contentWords, out ulong reference)
    {
        reference = References.Null;
        if (contentWords >= _limitWords || UsedWords + contentWords + 1 > _limitWords) return false;
        if (_base is null) Reserve();
        reference = Used;
        _base[reference] = type | (ulong)length << 32;
        Used += (uint)contentWords + 1;
        return true;
    }

    /// <summary>Type of an object.</summary>
    public uint TypeOf(ulong reference) => (uint)_base[reference];

    /// <summary>Length of an array; words of an exception.</summary>
    public uint LengthOf(ulong reference) => (uint)(_base[reference] >> 32);

    /// <summary>The words after an object's header. The caller knows from its type how many are its own.</summary>
    public ulong* ContentsOf(ulong reference) => _base + reference + 1;

    /// <summary>Elements of an array as bytes.</summary>
    public Span<byte> ElementsOf(ulong reference, uint elementBytes, uint start, uint count) =>
        new((byte*)ContentsOf(reference) + (ulong)start * elementBytes, checked((int)((ulong)count * elementBytes)));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_base is null) return;
        bool isPooled = false;
        if (Used <= ClearedWords)
        {
            new Span<ulong>(_base, (int)Used).Clear();
            isPooled = Pool.TryAdd(new Mapping(_base, _limitWords));
        }

        if (!isPooled) Free(_base, _limitWords);
        _base = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the address space back where the owner forgot to.</summary>
    ~ObjectArena() => Dispose();

    private void Reserve()
    {
        if (Pool.TryTake(out Mapping? pooled))
        {
            // Stores of one node have one limit. One that another profile left is not looked for again.
            if (pooled.Words == _limitWords) _base = pooled.Start;
            else Free(pooled.Start, pooled.Words);
        }

        if (_base is null)
        {
            nuint bytes = (nuint)_limitWords * sizeof(ulong);
            byte* mapped = SystemCalls.Reserve(bytes);
            if (mapped is null) throw new NodeFaultException("the machine cannot reserve an arena for objects");
            if (SystemCalls.Protect(mapped, bytes, SystemCalls.ProtectReadWrite) != 0)
            {
                Free((ulong*)mapped, _limitWords);
                throw new NodeFaultException("the machine cannot reserve an arena for objects");
            }

            _base = (ulong*)mapped;
        }

        _base[0] = TypeOfNull | 1UL << 32;
    }

    // What the machine does not take back stays mapped, and nobody's.
    private static void Free(ulong* start, ulong words) => _ = SystemCalls.Unmap((byte*)start, (nuint)words * sizeof(ulong));
}
