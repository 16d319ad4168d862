using ContractVm.Native;

namespace ContractVm.Compiler;

/// <summary>Compiles modules: the whole way from validated bodies to code.</summary>
internal static class ModuleCompiler
{
    /// <summary>What no module may use that is to be compiled.</summary>
    public const Features NotCompiled = Features.Gc | Features.Exceptions;

    /// <summary>Why a module is not compiled, whatever the machine; null where it is.</summary>
    public static string? ReasonNotCompiled(Module module)
    {
        Features features = module.UsedFeatures & NotCompiled;
        return features == Features.None ? null : $"it uses {features}, which the interpreter runs";
    }

    /// <summary>Compiles a module.</summary>
    /// <param name="module">A validated module.</param>
    /// <param name="options">What is done differently.</param>
    /// <param name="threads">Functions are compiled on so many threads at most; the result does not depend on it.</param>
    /// <param name="code">The code.</param>
    /// <param name="reason">Why it cannot be compiled.</param>
    public static bool TryCompile(Module module, CompilerOptions options, int threads, out CompiledCode? code, out string? reason)
    {
        code = null;
        reason = "not yet";
        return false;
    }
}
