using System;
using System.Runtime.InteropServices;
using ContractVm.Compiler;
using ContractVm.Native;

namespace ContractVm;

/// <summary>What shall run modules. Results are the same whatever is chosen.</summary>
public enum EngineChoice : byte
{
    /// <summary>The compiled engine where it runs the module, else the interpreter.</summary>
    Automatic,
    /// <summary>The interpreter always.</summary>
    Interpreter,
    /// <summary>The compiled engine; that it cannot run a module is an error.</summary>
    Compiled,
}

/// <summary>Which modules the engines of this build run. A profile may accept more than they do.</summary>
public static class Engines
{
    // Everything there is.
    private const Features Interpreted = (Features)uint.MaxValue;

    /// <summary>Pages that an engine gives a memory where the profile would allow more; every contract profile allows less.</summary>
    public const ulong MostMemoryPages = 1 << 16;
    /// <summary>Elements that an engine gives a table where the profile would allow more; every contract profile allows less.</summary>
    public const ulong MostTableElements = 10_000_000;

    private static readonly Lazy<bool> HasAddressSpace = new(CanReserve);

    /// <summary>There is a compiled engine for machines of this kind: x86-64 and Linux.</summary>
    public static bool IsCompiledTarget { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 && OperatingSystem.IsLinux();

    /// <summary>This machine runs compiled code: it is of that kind, and gives executable memory and the address space that stores and memories need.</summary>
    public static bool IsCompiledAvailable => Stubs.IsAvailable && HasAddressSpace.Value;

    /// <summary>True where some engine runs the module; else the features that none runs.</summary>
    public static bool CanRun(Module module, out Features missing)
    {
        missing = module.UsedFeatures & ~Interpreted;
        return missing == Features.None;
    }

    /// <summary>
    /// Compiles a module for stores of the compiled engine, unless that has been done; such stores do it themselves when an instance is made.
    /// Every instruction is compiled; a module with a function too irregular for what its size pays for is not, on any machine (docs/COMPILER.md).
    /// Results are the same in either engine. Safe for concurrent use.
    /// </summary>
    /// <param name="module">A module.</param>
    /// <param name="reason">Why it cannot be compiled.</param>
    /// <param name="threads">Functions are compiled on so many threads at most.</param>
    public static bool TryCompile(Module module, out string? reason, int threads = 1)
    {
        reason = null;
        if (CompiledModule.Of(module) is not null) return true;
        if (!IsAvailable(out reason)) return false;
        if (!ModuleCompiler.TryCompile(module, CompilerOptions.Default, threads, out CompiledCode? code, out reason)) return false;
        if (!CompiledModule.TryLoad(module, code!, out CompiledModule? compiled))
        {
            reason = "this machine gives no memory for code";
            return false;
        }

        // Another thread may have been faster.
        if (!compiled!.TryAttach()) compiled.Dispose();
        return true;
    }

    /// <summary>
    /// Compiles a module that has not been compiled yet so that instances can have an observer, as in the interpreter: it is told before each
    /// instruction of a range of the module's bytes, and of nothing else. Slow code, for finding out where engines differ.
    /// </summary>
    /// <param name="module">A module.</param>
    /// <param name="observed">Bytes of the module whose instructions are observed.</param>
    /// <param name="reason">Why it cannot be compiled.</param>
    /// <exception cref="InvalidOperationException">It has been compiled already.</exception>
    public static bool TryCompileObserved(Module module, ByteRange observed, out string? reason)
    {
        if (!IsAvailable(out reason)) return false;
        if (!ModuleCompiler.TryCompile(module, CompilerOptions.Default with { Observed = observed }, 1, out CompiledCode? code, out reason)) return false;
        if (!CompiledModule.TryLoad(module, code!, out CompiledModule? compiled, isObserved: true))
        {
            reason = "this machine gives no memory for code";
            return false;
        }

        if (compiled!.TryAttach()) return true;
        compiled.Dispose();
        throw new InvalidOperationException("the module has been compiled already");
    }

    /// <summary>The engine that runs a module fastest here: the compiled one where it can.</summary>
    public static EngineKind FastestFor(Module module) => TryCompile(module, out _) ? EngineKind.Compiled : EngineKind.Interpreter;

    private static bool IsAvailable(out string? reason)
    {
        reason = IsCompiledAvailable ? null : "this machine cannot run compiled code";
        return reason is null;
    }

    // For a store and a memory at once; they stay in the pool for the first that need them.
    private static bool CanReserve()
    {
        MemoryReservation? store = MemoryReservation.TryRent(MemoryReservation.StandardBytes), memory = MemoryReservation.TryRent(MemoryReservation.StandardBytes);
        bool isEnough = store is not null && memory is not null;
        store?.GiveBack(0);
        memory?.GiveBack(0);
        return isEnough;
    }
}
