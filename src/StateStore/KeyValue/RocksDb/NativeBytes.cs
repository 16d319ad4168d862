using System;
using System.Runtime.InteropServices;

namespace ContractVm.StateStore.RocksDb;

/// <summary>
/// Bytes in native memory that the library may keep a pointer to. Invariant: the pointer is to <c>_length</c> allocated bytes until
/// <see cref="Free"/>, which the one owner calls exactly once, after the library's object that points here is gone.
/// </summary>
internal sealed unsafe class NativeBytes
{
    private readonly byte* _pointer;
    private readonly int _length;

    public NativeBytes(ReadOnlySpan<byte> bytes)
    {
        _length = bytes.Length;
        _pointer = (byte*)NativeMemory.Alloc((nuint)_length);
        bytes.CopyTo(new Span<byte>(_pointer, _length));
    }

    public void SetLowerBound(ReadOptionsHandle options) => Native.rocksdb_readoptions_set_iterate_lower_bound(options, _pointer, (nuint)_length);

    public void SetUpperBound(ReadOptionsHandle options) => Native.rocksdb_readoptions_set_iterate_upper_bound(options, _pointer, (nuint)_length);

    public void Free() => NativeMemory.Free(_pointer);
}
