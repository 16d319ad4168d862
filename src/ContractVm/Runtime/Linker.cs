using System;
using System.Collections.Generic;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>
/// Names for what modules import: host functions, and the exports of instances. All instances that it makes are in one store.
/// Used by one thread at a time.
/// </summary>
/// <param name="store">Where instances are made.</param>
public sealed class Linker(Store store)
{
    private readonly Dictionary<(string Module, string Name), External> _definitions = [];

    /// <summary>Where instances are made.</summary>
    public Store Store { get; } = store;

    /// <summary>Gives something a name; an earlier one of the name is forgotten.</summary>
    public Linker Define(string module, string name, External external)
    {
        _definitions[(module, name)] = external;
        return this;
    }

    /// <summary>Gives a host function the name that it has.</summary>
    public Linker Define(HostFunction function) => Define(function.Module, function.Name, function);

    /// <summary>Gives a host function a name.</summary>
    public Linker Define(string module, string name, FunctionType type, HostCallback body) => Define(new HostFunction(module, name, type, body));

    /// <summary>Gives all exports of an instance names under one module name.</summary>
    public Linker Define(string module, Instance instance)
    {
        foreach (Export export in instance.Module.Exports)
            if (instance.TryGetExport(export.Name, out External external)) Define(module, export.Name, external);
        return this;
    }

    /// <summary>
    /// Makes an instance and runs its start function. What a module can cause, a segment that does not fit or a start function
    /// that traps, is the outcome.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="meter">Pays for the start function.</param>
    /// <param name="instance">The instance, where the outcome is a success.</param>
    /// <param name="state">What host functions shall find in <see cref="HostCall.State"/>.</param>
    /// <param name="observer">Sees what the instance does, or null.</param>
    /// <exception cref="InstantiationException">An import is not defined or has another type.</exception>
    public ExecutionResult Instantiate(Module module, Meter meter, out Instance? instance, object? state = null, ExecutionObserver? observer = null)
    {
        ExecutionResult result = Instance.Create(module, Find, state, out instance, Store, observer);
        if (instance is not null) result = instance.RunStart(meter);
        if (result.Outcome != Outcome.Success) instance = null;
        return result;
    }

    private External? Find(Import import) => _definitions.GetValueOrDefault((import.Module, import.Name));
}
