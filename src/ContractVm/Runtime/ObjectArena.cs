// UNSAFE. Invariant: [_base, _base + _limit) is one private anonymous mapping owned by this object until Dispose, readable and
// writable; words below _used belong to objects, and a reference is the index of an object's header word, below _used. Spans
// that are handed out lie inside the object whose header gives their length, and must not outlive the arena.
using System;
using System.Runtime.InteropServices;

namespace ContractVm.Runtime;

/// <summary>
/// The structs, arrays and exceptions of one store: allocated one after the other, freed together. There is no collector, so
/// nothing of when and how one runs can be observed; how much may be allocated is a limit of the profile.
/// <para>
/// An object is a header word (low half: its type, high half: its length) and then its contents: a field takes a word, a v128
/// two; elements of an array stand packed at their own size. Not safe for concurrent use.
/// </para>
/// </summary>
internal sealed unsafe partial class ObjectArena : IDisposable
{
    /// <summary>Set in the type half of an exception's header; the rest is its tag.</summary>
    public const uint ExceptionFlag = 0x8000_0000;
    private const int ProtectReadWrite = 3, MapPrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private readonly ulong _limitWords;
    private ulong* _base;
    private ulong _used = 1;

    public ObjectArena(ulong limitBytes) => _limitWords = Math.Max(2, limitBytes / sizeof(ulong));

    /// <summary>Words that are in use.</summary>
    public ulong UsedWords => _used;

    /// <summary>Makes an object whose contents are zero; false where the arena is full.</summary>
    /// <exception cref="NodeFaultException">The machine cannot give the arena.</exception>
    public bool TryAllocate(uint type, uint length, ulong contentWords, out ulong reference)
    {
        reference = References.Null;
        if (contentWords >= _limitWords || _used + contentWords + 1 > _limitWords) return false;
        if (_base is null) Reserve();
        reference = _used;
        _base[_used] = type | (ulong)length << 32;
        _used += contentWords + 1;
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
        Unmap(_base, (nuint)_limitWords * sizeof(ulong));
        _base = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the address space back where the owner forgot to.</summary>
    ~ObjectArena() => Dispose();

    private void Reserve()
    {
        nint mapped = Map(0, (nuint)_limitWords * sizeof(ulong), ProtectReadWrite, MapPrivateAnonymousNoReserve, -1, 0);
        if (mapped == -1) throw new NodeFaultException("the machine cannot reserve an arena for objects");
        _base = (ulong*)mapped;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);
}
