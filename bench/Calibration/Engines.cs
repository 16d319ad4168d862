using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Gas;
using ContractVm.HostApi;

namespace ContractVm.Calibration;

/// <summary>An engine as the calibration sees it: it prepares modules, once, and starts instances of them.</summary>
public interface IMeasuredEngine
{
    /// <summary>The name that the command line knows it by.</summary>
    string Name { get; }

    /// <summary>Does all that the engine does once for a module.</summary>
    IMeasuredProgram Prepare(Module module);
}

/// <summary>A module that an engine has prepared.</summary>
public interface IMeasuredProgram
{
    /// <summary>The name of the engine that runs it, which is another where the one that was asked does not run the module.</summary>
    string Engine { get; }

    /// <summary>Makes an instance whose host functions run in a frame.</summary>
    IMeasuredInstance Start(CallFrame frame);
}

/// <summary>An instance to call exports of.</summary>
public interface IMeasuredInstance : IDisposable
{
    /// <summary>Calls an exported function.</summary>
    ExecutionResult Call(string export, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter);
}

/// <summary>The engines that can be measured.</summary>
public static class MeasuredEngines
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IMeasuredEngine> All { get; } = [new StoreEngine("compiled", EngineKind.Compiled), new StoreEngine("interpreter", EngineKind.Interpreter)];

    /// <summary>Finds one by its name.</summary>
    public static IMeasuredEngine? Find(string name) => All.FirstOrDefault(engine => engine.Name == name);

    /// <summary>An engine as a node uses it: what the compiled one does not run, the interpreter does.</summary>
    private sealed class StoreEngine(string name, EngineKind kind) : IMeasuredEngine
    {
        public string Name => name;

        public IMeasuredProgram Prepare(Module module) =>
            new Program(module, kind == EngineKind.Compiled ? Engines.FastestFor(module) : kind);

        private sealed class Program(Module module, EngineKind kind) : IMeasuredProgram
        {
            public string Engine => kind == EngineKind.Compiled ? "compiled" : "interpreter";

            public IMeasuredInstance Start(CallFrame frame)
            {
                Store store = new(module.Profile.ObjectBytes, kind);
                ExecutionResult created = Instance.Create(module, static import => HostTable.Instance.Find(import.Module, import.Name)?.Function, frame, out Instance? instance, store);
                return instance is null ? throw new CalibrationException($"a module of the library cannot be instantiated: {created.Trap}") : new Running(store, instance);
            }
        }

        private sealed class Running(Store store, Instance instance) : IMeasuredInstance
        {
            public ExecutionResult Call(string export, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter) =>
                instance.Module.TryGetExport(export, out Export found)
                    ? instance.Invoke(found.Index, arguments, results, meter)
                    : throw new CalibrationException($"a module of the library exports no {export}");

            public void Dispose()
            {
                instance.Dispose();
                store.Dispose();
            }
        }
    }
}
