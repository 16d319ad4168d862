using System;
using ContractVm.Fuzz;
using ContractVm.Gas;

namespace ContractVm.Tests;

/// <summary>Small modules for tests, and a short way to run them.</summary>
internal static class TestModules
{
    /// <summary>A module that exports one function <c>run</c>.</summary>
    public static byte[] OneFunction(string parameters, string results, string locals, params byte[] code)
    {
        ModuleBuilder builder = new();
        int function = builder.Function(builder.Type(parameters, results), locals, code);
        return builder.Export("run", ExternalKind.Function, function).Build();
    }

    public static Module Load(byte[] bytes, Profile? profile = null) =>
        Module.TryLoad(bytes, profile ?? Profiles.Bare, out Module module, out ModuleError error) ? module : throw new InvalidOperationException(error.ToString());

    public static ModuleError Refused(byte[] bytes, Profile? profile = null) =>
        Module.TryLoad(bytes, profile ?? Profiles.Bare, out _, out ModuleError error) ? throw new InvalidOperationException("the module was accepted") : error;

    public static Instance Instantiate(Module module, HostFunction? host = null, object? state = null)
    {
        ExecutionResult result = Instance.Create(module, _ => host, state, out Instance? instance);
        return instance ?? throw new InvalidOperationException($"{result}");
    }

    public static (ExecutionResult Result, ulong[] Values, Meter Meter) Run(Instance instance, string name, ulong ink, params ulong[] arguments)
    {
        if (!instance.Module.TryGetExport(name, out Export export)) throw new InvalidOperationException($"no export {name}");
        ulong[] results = new ulong[ValueSlots.Count(instance.Module.TypeOfFunction(export.Index).Results)];
        Meter meter = new(ink, instance.Module.Profile.Schedule.StackWords);
        return (instance.Invoke(export.Index, arguments, results, meter), results, meter);
    }
}
