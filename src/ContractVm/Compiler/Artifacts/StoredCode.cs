using System;
using System.Buffers;
using System.Threading;
using ContractVm.Native;

namespace ContractVm.Compiler.Artifacts;

/// <summary>Code that was read from an artifact, in memory that is used again once this is disposed of: it is to be loaded or copied before.</summary>
internal sealed class StoredCode(CompiledCode code, byte[] rented) : IDisposable
{
    private byte[]? _rented = rented;

    /// <summary>The code.</summary>
    public CompiledCode Code { get; } = code;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is byte[] bytes) ArrayPool<byte>.Shared.Return(bytes);
    }
}
