// UNSAFE. Invariant: a Frame points at the first slot of a running call, inside the ExecutionStack's region, with at least the
// callee's FrameSlots slots behind it (checked at every call); slot numbers come from the Translator alone, which keeps them
// below FrameSlots. A MemoryView's base and length are those of the instance's memory since the last call, growth or entry.
using System;
using System.Runtime.CompilerServices;

namespace ContractVm.Interpreter;

/// <summary>The slots of the running call: parameters, locals, header, operands. Each holds 64 bits.</summary>
internal readonly unsafe struct Frame(ulong* slots)
{
    /// <summary>Slots between locals and operands: return address and caller's frame.</summary>
    public const int HeaderSlots = 2;

    public readonly ulong* Slots = slots;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public uint U32(int slot) => (uint)Slots[slot];
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public int I32(int slot) => (int)Slots[slot];
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public ulong U64(int slot) => Slots[slot];
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public long I64(int slot) => (long)Slots[slot];
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public float F32(int slot) => BitConverter.UInt32BitsToSingle((uint)Slots[slot]);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public double F64(int slot) => BitConverter.UInt64BitsToDouble(Slots[slot]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Set(int slot, uint value) => Slots[slot] = value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Set(int slot, int value) => Slots[slot] = (uint)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Set(int slot, ulong value) => Slots[slot] = value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Set(int slot, long value) => Slots[slot] = (ulong)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Set(int slot, bool value) => Slots[slot] = value ? 1UL : 0;

    /// <summary>Stores the result of float arithmetic: a NaN becomes the canonical one (deterministic profile).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetCanonical(int slot, float value) => Slots[slot] = float.IsNaN(value) ? FloatMath.CanonicalNaN32 : BitConverter.SingleToUInt32Bits(value);

    /// <inheritdoc cref="SetCanonical(int, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetCanonical(int slot, double value) => Slots[slot] = double.IsNaN(value) ? FloatMath.CanonicalNaN64 : BitConverter.DoubleToUInt64Bits(value);
}

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
