// UNSAFE. Invariant: a MemoryView's base and length are those of the instance's memory since the last call, growth or entry, or
// of a range that its maker has checked; every access is checked against them.
using System.Runtime.CompilerServices;

namespace ContractVm.Interpreter;

/// <summary>The running instance's memory 0, for loads and stores: every access is checked against its length.</summary>
internal readonly unsafe struct MemoryView
{
    private readonly byte* _base;
    private readonly ulong _length;

    public MemoryView(LinearMemory? memory)
    {
        _base = memory is null ? null : memory.Base;
        _length = memory?.ByteLength ?? 0;
    }

    /// <summary>A view of some bytes of a memory, which the caller has checked.</summary>
    public MemoryView(byte* start, ulong length)
    {
        _base = start;
        _length = length;
    }

    /// <summary>True where size bytes at address + offset are inside. The sum of two 32-bit numbers cannot wrap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Has(uint address, uint offset, uint size) => (ulong)address + offset + size <= _length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLoad<T>(uint address, int offset, out T value) where T : unmanaged
    {
        if (!Has(address, (uint)offset, (uint)sizeof(T)))
        {
            value = default;
            return false;
        }

        value = Unsafe.ReadUnaligned<T>(_base + address + (uint)offset);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryStore<T>(uint address, int offset, T value) where T : unmanaged
    {
        if (!Has(address, (uint)offset, (uint)sizeof(T))) return false;
        Unsafe.WriteUnaligned(_base + address + (uint)offset, value);
        return true;
    }
}
