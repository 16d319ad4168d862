using System.IO;
using ContractVm;
using ContractVm.Compiler;
using ContractVm.Gas;
using ContractVm.Native;

namespace Bench;

/// <summary>One of our engines with its options: what a column of a table measures.</summary>
/// <param name="Name">For people.</param>
/// <param name="Options">How the compiler compiles; null for the interpreter.</param>
internal sealed record Variant(string Name, CompilerOptions? Options)
{
    /// <summary>The interpreter.</summary>
    public static Variant Interpreter { get; } = new("interpreter", null);
    /// <summary>The compiler as validators run it.</summary>
    public static Variant Compiled { get; } = new("compiled", CompilerOptions.Default);
    /// <summary>Without charges.</summary>
    public static Variant Unmetered { get; } = new("unmetered", CompilerOptions.Default with { HasMetering = false });
    /// <summary>NaNs as the machine makes them.</summary>
    public static Variant NotCanonical { get; } = new("not canonical", CompilerOptions.Default with { HasCanonicalNaNs = false });
    /// <summary>Memory accesses are compared with the length.</summary>
    public static Variant Checked { get; } = new("explicit checks", CompilerOptions.Default with { ChecksMemory = true });

    /// <summary>What its stores run instances with.</summary>
    public EngineKind Kind => Options is null ? EngineKind.Interpreter : EngineKind.Compiled;

    /// <summary>
    /// A module of its own, ready to be instantiated in its stores: code is attached to modules, and variants have different code.
    /// </summary>
    /// <param name="bytes">The module.</param>
    /// <param name="module">The result.</param>
    /// <param name="reason">Why the engine does not run it.</param>
    public bool TryPrepare(byte[] bytes, out Module module, out string? reason)
    {
        reason = null;
        if (!Module.TryLoad(bytes, Profiles.Bare, out module, out ModuleError error)) throw new InvalidDataException(error.ToString());
        if (Options is null) return true;
        if (!ModuleCompiler.TryCompile(module, Options, 1, out CompiledCode? code, out reason)) return false;
        if (CompiledModule.TryLoad(module, code!, out CompiledModule? compiled) && compiled!.TryAttach()) return true;
        reason = "the machine gives no memory for code";
        return false;
    }

    /// <summary>A store for an instance of a module.</summary>
    public Store NewStore(Module module) => new(module.Profile.ObjectBytes, Kind);

    /// <summary>A meter that never runs out of ink.</summary>
    public static Meter NewMeter(Module module, ulong ink = ulong.MaxValue) => new(ink, module.Profile.Schedule.StackWords);
}
