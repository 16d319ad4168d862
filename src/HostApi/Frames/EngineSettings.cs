using System;

namespace ContractVm.HostApi;

/// <summary>How a node runs contracts. Nothing of it changes a result.</summary>
public sealed record EngineSettings
{
    /// <summary>The compiled engine where it runs the contract, with code in memory alone.</summary>
    public static EngineSettings Default { get; } = new();

    /// <summary>What runs contracts.</summary>
    public EngineChoice Engine { get; init; }
    /// <summary>The folder that keeps compiled code from one start to the next, or null. Nobody but the node may write there.</summary>
    public string? ArtifactFolder { get; init; }
    /// <summary>Bytes of compiled code in memory at most, but for what is in use.</summary>
    public long MemoryBytes { get; init; } = CodeCache.DefaultMemoryBytes;
    /// <summary>Bytes of artifacts at most.</summary>
    public long ArtifactBytes { get; init; } = CodeCache.DefaultFolderBytes;
    /// <summary>Takes one sentence where the node has to make do: without compiled code, without a folder. May be called by several threads at once.</summary>
    public Action<string>? Report { get; init; }
}

/// <summary>Contracts and constructors that were started, by engine.</summary>
/// <param name="Compiled">In the compiled engine.</param>
/// <param name="Interpreted">In the interpreter.</param>
public readonly record struct EngineRuns(long Compiled, long Interpreted)
{
    /// <summary>Those that came after an earlier count.</summary>
    public EngineRuns Since(EngineRuns earlier) => new(Compiled - earlier.Compiled, Interpreted - earlier.Interpreted);
}
