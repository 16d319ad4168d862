using System;
using System.Threading;
using ContractVm.Native;

namespace ContractVm;

/// <summary>
/// A use of a compiled module: until it is disposed of the code stays loaded. Instances made by then have uses of their own.
/// Safe for concurrent use.
/// </summary>
public sealed class ModuleLease : IDisposable
{
    private int _isDisposed;

    /// <summary>Takes over a use that has been added.</summary>
    internal ModuleLease(CompiledModule compiled) => Compiled = compiled;

    /// <summary>
    /// What to make instances of: of the same bytes and profile as the module that was asked for, but maybe another object, which was
    /// loaded before.
    /// </summary>
    public Module Module => Compiled.Module;

    /// <summary>The code.</summary>
    internal CompiledModule Compiled { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) Compiled.RemoveUse();
    }
}
