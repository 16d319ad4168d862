using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Lowering;

/// <summary>What lowering asks of a module, worked out once. Immutable; safe for concurrent use.</summary>
internal sealed class ModuleFacts
{
    private readonly CallingConvention?[] _conventions;
    private readonly int[] _globalOffsets;

    /// <summary>Works it out.</summary>
    public ModuleFacts(Module module, CompilerOptions options)
    {
        Module = module;
        Options = options;
        _conventions = new CallingConvention?[module.TypeSpace.Count];
        for (int i = 0; i < _conventions.Length; i++)
        {
            int canonical = module.TypeSpace.Canonical(i);
            if (canonical < i) _conventions[i] = _conventions[canonical];
            else if (module.TypeSpace[i].Function is FunctionType type) _conventions[i] = new CallingConvention(type);
        }

        int[] starts = ValueSlots.StartsOf(module.GlobalTypeList);
        _globalOffsets = new int[module.GlobalTypeList.Count];
        for (int i = module.ImportedGlobals; i < _globalOffsets.Length; i++) _globalOffsets[i] = ContextLayout.Globals + 8 * starts[i];
    }

    /// <summary>The module.</summary>
    public Module Module { get; }
    /// <summary>What the compiler is asked for.</summary>
    public CompilerOptions Options { get; }

    /// <summary>How functions of a type are called, by an index in the type space.</summary>
    public CallingConvention ConventionOfType(int type) => _conventions[type]!;

    /// <summary>How a function is called, by its index in the index space.</summary>
    public CallingConvention ConventionOfFunction(int function) => _conventions[Module.FunctionTypeIndices[function]]!;

    /// <summary>Offset in the context of a global that the module defines.</summary>
    public int GlobalOffset(int global) => _globalOffsets[global];

    /// <summary>True for the memory that is reached through rbx and protected by a guard.</summary>
    public bool IsGuarded(int memory) => memory == 0 && !Options.ChecksMemory && !Module.MemoryList[0].Is64;
}
