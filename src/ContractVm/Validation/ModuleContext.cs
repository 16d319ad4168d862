using System;

namespace ContractVm.Validation;

/// <summary>
/// What bodies and constant expressions are validated against beyond the module itself (WebAssembly 3.0, validation,
/// "Contexts"). Filled while the sections before the code are read; bodies only read it, from any thread.
/// </summary>
internal sealed class ModuleContext(Module module)
{
    private bool[] _isReferenceDeclared = [];

    public Module Module { get; } = module;

    /// <summary>Number of data segments that the data count section announces; null without one.</summary>
    public int? DataCount { get; set; }

    /// <summary>Notes that a function is referred to outside of bodies, so that ref.func may name it.</summary>
    public void DeclareReference(int function)
    {
        if (_isReferenceDeclared.Length < Module.FunctionCount) Array.Resize(ref _isReferenceDeclared, Module.FunctionCount);
        _isReferenceDeclared[function] = true;
    }

    public bool IsReferenceDeclared(int function) => function < _isReferenceDeclared.Length && _isReferenceDeclared[function];
}
