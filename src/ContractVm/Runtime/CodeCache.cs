using System;
using System.IO;
using ContractVm.Compiler;
using ContractVm.Compiler.Artifacts;
using ContractVm.Native;

namespace ContractVm;

/// <summary>
/// Compiled code of many modules: in memory within a limit and, where there is a folder, on disk, so that a process that starts again need
/// not compile again. Each module is compiled once, whoever asks. What is in it never changes a result. Safe for concurrent use.
/// </summary>
public sealed class CodeCache : IDisposable
{
    /// <summary>Limits where none are given.</summary>
    public const long DefaultMemoryBytes = 256L << 20, DefaultFolderBytes = 4L << 30;

    // Starting a thread takes as long as compiling a small module.
    private const int BytesForAThread = 64 << 10;
    private readonly ModuleCache _modules;

    /// <summary>Makes a cache.</summary>
    /// <param name="folder">
    /// Where artifacts are kept, or null for memory alone. They are executable code: nobody but this process's user may write there.
    /// </param>
    /// <param name="memoryBytes">Bytes of code and modules in memory at most, but for what is in use.</param>
    /// <param name="folderBytes">Bytes of artifacts at most; those unused for longest go first.</param>
    /// <param name="report">Takes one sentence for each artifact that is refused or cannot be written; may be called by several threads at once.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be used.</exception>
    public CodeCache(string? folder = null, long memoryBytes = DefaultMemoryBytes, long folderBytes = DefaultFolderBytes, Action<string>? report = null) =>
        _modules = new ModuleCache(memoryBytes, folder is null ? null : ArtifactStore.Open(folder, folderBytes, report));

    /// <summary>Calls of the compiler so far.</summary>
    public long Compilations => _modules.Counts.Compilations;
    /// <summary>Modules that were loaded from artifacts so far.</summary>
    public long Loads => _modules.Counts.DiskHits;

    /// <summary>
    /// A use of a module's code: from memory, else from disk, else compiled now. Null where <see cref="Engines.TryCompile"/> would be
    /// false, which takes no time when it is asked again.
    /// </summary>
    /// <exception cref="NodeFaultException">The compiler made a mistake.</exception>
    public ModuleLease? Rent(Module module) =>
        Engines.IsCompiledAvailable ? _modules.GetOrCompile(module, CompilerOptions.Default, Compile) : null;

    /// <summary>Gives the memory up; code that leases or instances use goes with the last of them.</summary>
    public void Dispose() => _modules.Dispose();

    private static CompiledCode? Compile(Module module, CompilerOptions options)
    {
        int threads = Math.Clamp(module.Bytes.Length / BytesForAThread, 1, Environment.ProcessorCount);
        return ModuleCompiler.TryCompile(module, options, threads, out CompiledCode? code, out _) ? code : null;
    }
}
