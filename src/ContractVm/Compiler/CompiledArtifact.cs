using System;
using ContractVm.Compiler.Artifacts;
using ContractVm.Native;

namespace ContractVm.Compiler;

/// <summary>
/// A module compiled for this machine, as bytes to look at or compare: the same for the same module, profile, build and processor
/// features, however many threads made them. Their seal is made without a secret, so that no node runs them: a node trusts what it sealed itself.
/// Immutable; safe for concurrent use.
/// </summary>
public sealed class CompiledArtifact
{
    private CompiledArtifact(byte[] bytes, string key, CompiledCode code)
    {
        Bytes = bytes;
        Key = key;
        CodeBytes = code.CodeLength;
        Functions = code.FunctionOffsets.Length;
        Sites = code.Sites.Length;
    }

    /// <summary>The artifact: header, code, tables, seal.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }
    /// <summary>What it was made of, as 64 hexadecimal digits: module, profile, options, processor features, build.</summary>
    public string Key { get; }
    /// <summary>Bytes of machine code, constants and padding included.</summary>
    public int CodeBytes { get; }
    /// <summary>Functions that the module defines.</summary>
    public int Functions { get; }
    /// <summary>Places where an execution can end, or reach the host.</summary>
    public int Sites { get; }

    /// <summary>Compiles a module; false, with a reason, where it is not compiled. The machine need not be able to run the code.</summary>
    /// <param name="module">The module.</param>
    /// <param name="threads">Functions are compiled on so many threads at most.</param>
    /// <param name="artifact">The result.</param>
    /// <param name="reason">Why not.</param>
    public static bool TryMake(Module module, int threads, out CompiledArtifact? artifact, out string? reason)
    {
        artifact = null;
        if (!ModuleCompiler.TryCompile(module, CompilerOptions.Default, threads, out CompiledCode? code, out reason)) return false;
        if (Artifact.DefectOf(code!, module) is string defect) throw new NodeFaultException($"compiled code has a defect: {defect}");
        ArtifactKey key = ArtifactKey.Of(module, CompilerOptions.Default);
        byte[]? bytes = Artifact.Write(code!, key, []);
        if (bytes is null) reason = "the artifact would be larger than artifacts may be";
        else artifact = new CompiledArtifact(bytes, key.ToString(), code!);
        return artifact is not null;
    }
}
