using System;

namespace ContractVm.HostApi;

/// <summary>A loaded module and what runs it; compiled code stays loaded until it is disposed of, instances made by then keep it themselves.</summary>
/// <param name="module">What to make instances of.</param>
/// <param name="lease">The use of its compiled code; null where the interpreter runs it.</param>
/// <param name="resolve">Finds what it imports.</param>
public readonly struct ReadyModule(Module module, ModuleLease? lease, Func<Import, External?> resolve) : IDisposable
{
    /// <summary>What to make instances of.</summary>
    public Module Module { get; } = module;
    /// <summary>Finds the host functions that it imports.</summary>
    public Func<Import, External?> Resolve { get; } = resolve;
    /// <summary>What runs it.</summary>
    public EngineKind Engine => lease is null ? EngineKind.Interpreter : EngineKind.Compiled;

    /// <inheritdoc/>
    public void Dispose() => lease?.Dispose();
}
