using System;
using System.Collections.Generic;
using ContractVm.Compiler;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Fuzz.Differential;

/// <summary>An engine, or a way to compile for one, of which the results are compared.</summary>
internal abstract class TestedEngine
{
    /// <summary>Its name in reports.</summary>
    public abstract string Name { get; }
    /// <summary>What stores its instances need.</summary>
    public abstract EngineKind Kind { get; }

    /// <summary>Makes of a valid module what the engine runs; null, and why, where it does not run it.</summary>
    public abstract TestedModule? Load(byte[] bytes, out string? reason);

    /// <summary>What is noted of a call. Tests of the comparison give something else.</summary>
    public virtual StepRecord Observe(StepRecord step) => step;

    /// <summary>Whether a host call is noted. Tests of the comparison leave some out.</summary>
    public virtual bool IsNoted(long call) => true;

    /// <summary>What modules may be, and what they cost; the same for all engines that are compared.</summary>
    public Profile Profile { get; init; } = Profiles.Bare;

    /// <summary>Decodes and validates.</summary>
    /// <exception cref="InvalidCaseException">It is no valid module.</exception>
    protected Module Decode(byte[] bytes) =>
        Module.TryLoad(bytes, Profile, out Module module, out ModuleError error) ? module : throw new InvalidCaseException(error.ToString());
}

/// <summary>A module that is no valid one, or cannot be linked: not what is being looked for.</summary>
internal sealed class InvalidCaseException(string message) : Exception(message);

/// <summary>A module as an engine runs it.</summary>
internal sealed class TestedModule(Module module, IDisposable? code = null) : IDisposable
{
    public Module Module { get; } = module;

    /// <inheritdoc/>
    public void Dispose() => code?.Dispose();
}

/// <summary>The interpreter.</summary>
internal class InterpreterUnderTest(string name = "interpreter") : TestedEngine
{
    /// <inheritdoc/>
    public override string Name => name;
    /// <inheritdoc/>
    public override EngineKind Kind => EngineKind.Interpreter;

    /// <inheritdoc/>
    public override TestedModule? Load(byte[] bytes, out string? reason)
    {
        reason = null;
        return new TestedModule(Decode(bytes));
    }
}

/// <summary>The compiled engine, by one set of options.</summary>
internal sealed class CompilerUnderTest(string name, CompilerOptions options, int threads = 1) : TestedEngine
{
    /// <inheritdoc/>
    public override string Name => name;
    /// <inheritdoc/>
    public override EngineKind Kind => EngineKind.Compiled;

    /// <inheritdoc/>
    public override TestedModule? Load(byte[] bytes, out string? reason)
    {
        Module module = Decode(bytes);
        CompiledCode? code;
        try
        {
            if (!ModuleCompiler.TryCompile(module, options, threads, out code, out reason)) return null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            reason = $"{exception.GetType().Name} {exception.Message} {(exception.StackTrace ?? "").Split('\n')[0].Trim()}";
            return null;
        }

        if (!CompiledModule.TryLoad(module, code!, out CompiledModule? loaded))
        {
            reason = "this machine cannot run compiled code";
            return null;
        }

        loaded!.TryAttach();
        return new TestedModule(module, loaded);
    }
}

/// <summary>What is compared.</summary>
internal static class TestedEngines
{
    /// <summary>What all others are compared with.</summary>
    public static TestedEngine Reference { get; } = new InterpreterUnderTest();

    /// <summary>The compiler as nodes run it, for functions of sizes whose proofs would take all of a machine's memory.</summary>
    public static TestedEngine Plain { get; } = new CompilerUnderTest("compiled", CompilerOptions.Default);

    private static CompilerOptions Proved => CompilerOptions.Default with { ProvesFunctions = true };

    /// <summary>Every way to compile; each function is proved besides.</summary>
    public static IReadOnlyList<TestedEngine> Compilers { get; } =
    [
        new CompilerUnderTest("compiled", Proved),
        new CompilerUnderTest("compiled, memory checked in code", Proved with { ChecksMemory = true }),
        new CompilerUnderTest("compiled, no value numbering, no AVX-512", Proved with { Cpu = CompilerOptions.Default.Cpu.WithoutAvx512(), Without = Optimizations.ValueNumbering | Optimizations.LoadFolding | Optimizations.ColdBlocks }),
        new CompilerUnderTest("compiled, no simplification", Proved with { Without = Optimizations.Simplification | Optimizations.ValueNumbering | Optimizations.LateCanonicalization | Optimizations.ParameterCleanup | Optimizations.ConstantDivision | Optimizations.ShortCopies | Optimizations.ChargeSinking | Optimizations.ConstantHoisting }),
        new CompilerUnderTest("compiled, values in the frame", Proved with { Without = Optimizations.RegisterAllocation }),
        new CompilerUnderTest("compiled, oldest processor", Proved with { Cpu = CpuFeatures.Baseline }, threads: 2),
    ];

    /// <summary>What is compared with the reference: where no code can be run, the interpreter itself.</summary>
    public static IReadOnlyList<TestedEngine> Compared { get; } = Stubs.IsAvailable ? Compilers : [new InterpreterUnderTest("interpreter again")];
}
