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
    public static IReadOnlyList<IMeasuredEngine> All { get; } = [new InterpreterEngine()];

    /// <summary>Finds one by its name.</summary>
    public static IMeasuredEngine? Find(string name) => All.FirstOrDefault(engine => engine.Name == name);

    private sealed class InterpreterEngine : IMeasuredEngine
    {
        public string Name => "interpreter";

        public IMeasuredProgram Prepare(Module module) => new Program(module);

        private sealed class Program(Module module) : IMeasuredProgram
        {
            public IMeasuredInstance Start(CallFrame frame)
            {
                ExecutionResult created = Instance.Create(module, static import => HostTable.Instance.Find(import.Module, import.Name)?.Function, frame, out Instance? instance);
                return instance is null ? throw new CalibrationException($"a module of the library cannot be instantiated: {created.Trap}") : new Running(instance);
            }
        }

        private sealed class Running(Instance instance) : IMeasuredInstance
        {
            public ExecutionResult Call(string export, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter) =>
                instance.Module.TryGetExport(export, out Export found)
                    ? instance.Invoke(found.Index, arguments, results, meter)
                    : throw new CalibrationException($"a module of the library exports no {export}");

            public void Dispose() => instance.Dispose();
        }
    }
}
