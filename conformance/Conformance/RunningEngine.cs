using System;
using System.Collections.Generic;
using ContractVm.Gas;
using ContractVm.Runtime;

namespace ContractVm.Conformance;

/// <summary>An engine that runs modules. All modules of a script are linked in one store.</summary>
/// <param name="kind">Which one.</param>
/// <param name="compile">Compiles a module that the store shall run; null where it was done, else why it cannot be.</param>
internal sealed class RunningEngine(EngineKind kind, Func<Module, string?> compile) : IScriptEngine
{
    private const ulong InkPerCall = ulong.MaxValue;
    private readonly Store _store = new(1 << 30, kind);
    private readonly Dictionary<string, Instance> _registered = new(StringComparer.Ordinal);

    public EngineResult Instantiate(Module module, out object? instance)
    {
        instance = null;
        if (!Engines.CanRun(module, out Features missing)) return EngineResult.Unsupported($"no engine runs {missing}");
        if (compile(module) is string reason) return EngineResult.Unsupported(reason);
        try
        {
            ExecutionResult result = Instance.Create(module, Resolve, null, out Instance? made, _store);
            if (made is not null) result = made.RunStart(NewMeter());
            instance = made;
            return Result(result, []);
        }
        catch (InstantiationException exception)
        {
            return new EngineResult(EngineOutcome.Unlinkable, exception.Message, []);
        }
    }

    public void Register(string name, object instance) => _registered[name] = (Instance)instance;

    public EngineResult Invoke(object instance, string export, IReadOnlyList<ScriptValue> arguments)
    {
        Instance running = (Instance)instance;
        if (!running.Module.TryGetExport(export, out Export found) || found.Kind != ExternalKind.Function) return EngineResult.Unsupported($"there is no function {export}");
        FunctionType type = running.Module.TypeOfFunction(found.Index);
        List<ulong> slots = [];
        foreach (ScriptValue argument in arguments)
        {
            switch (argument)
            {
                case NumberValue number: slots.Add(number.Bits); break;
                case VectorValue vector: slots.AddRange([vector.Low, vector.High]); break;
                case NullValue: slots.Add(References.Null); break;
                case ExternValue external: slots.Add(References.OfHost(external.Number)); break;
                case HostValue host: slots.Add(References.OfHost(host.Number)); break;
                default: return EngineResult.Unsupported($"an argument that is a {argument.GetType().Name}");
            }
        }

        ulong[] results = new ulong[ValueSlots.Count(type.Results)];
        ExecutionResult result = running.Invoke(found.Index, slots.ToArray(), results, NewMeter());
        return Result(result, Values(running, type.Results, results));
    }

    public EngineResult Get(object instance, string export)
    {
        if (!((Instance)instance).TryGetExport(export, out External found) || found is not Global global) return EngineResult.Unsupported($"there is no global {export}");
        return new EngineResult(EngineOutcome.Done, "", Values((Instance)instance, [global.Type.Value], [global.Value, global.High]));
    }

    private External? Resolve(Import import)
    {
        if (!_registered.TryGetValue(import.Module, out Instance? instance))
        {
            if (import.Module != "spectest") return null;
            // Made when it is asked for: most scripts do without.
            if (compile(SpecTestModule.Module) is string reason) throw new NodeFaultException(reason);
            Instance.Create(SpecTestModule.Module, static _ => null, null, out instance, _store);
            _registered.Add("spectest", instance!);
        }

        return instance!.TryGetExport(import.Name, out External external) ? external : null;
    }

    private static List<EngineValue> Values(Instance instance, ReadOnlySpan<ValueType> types, ReadOnlySpan<ulong> slots)
    {
        List<EngineValue> values = [];
        int slot = 0;
        foreach (ValueType type in types)
        {
            ulong low = slots[slot], high = type == ValueType.V128 ? slots[slot + 1] : 0;
            slot += ValueSlots.Of(type);
            byte heap = type.IsReference && low != References.Null ? KindOf(instance.Store, type, low) : (byte)0;
            values.Add(new EngineValue(type, low, high, heap, References.IsHost(low) ? (uint)References.HostNumber(low) : 0));
        }

        return values;
    }

    /// <summary>The most special abstract heap type of a reference that is not null.</summary>
    private static byte KindOf(Store store, ValueType type, ulong reference)
    {
        HeapType top = store.Types.TopOf(type.Heap);
        if (top.Equals(HeapType.Func) || top.Equals(HeapType.Exn)) return top.Code;
        foreach (HeapType special in (HeapType[])[HeapType.I31, HeapType.Struct, HeapType.Array])
            if (top.Equals(HeapType.Any) && Aggregates.IsOfHeapType(store, reference, special)) return special.Code;
        return top.Code;
    }

    private static EngineResult Result(ExecutionResult result, IReadOnlyList<EngineValue> values) => result switch
    {
        { Outcome: Outcome.Success } => new EngineResult(EngineOutcome.Done, "", values),
        { Outcome: Outcome.OutOfStack or Outcome.OutOfInk } => new EngineResult(EngineOutcome.Exhaustion, result.Outcome.ToString(), []),
        { Trap: TrapKind.UncaughtException } => new EngineResult(EngineOutcome.Exception, "", []),
        _ => new EngineResult(EngineOutcome.Trap, TrapText(result.Trap), []),
    };

    private static string TrapText(TrapKind trap) => trap switch
    {
        TrapKind.Unreachable => "unreachable",
        TrapKind.DivideByZero => "integer divide by zero",
        TrapKind.IntegerOverflow => "integer overflow",
        TrapKind.InvalidConversion => "invalid conversion to integer",
        TrapKind.MemoryOutOfBounds => "out of bounds memory access",
        TrapKind.TableOutOfBounds => "out of bounds table access",
        TrapKind.UndefinedElement => "undefined element",
        TrapKind.UninitializedElement => "uninitialized element",
        TrapKind.IndirectCallTypeMismatch => "indirect call type mismatch",
        TrapKind.NullReference => "null",
        TrapKind.CastFailure => "cast failure",
        TrapKind.ArrayOutOfBounds => "out of bounds array access",
        TrapKind.UnalignedAtomic => "unaligned atomic",
        TrapKind.ExpectedSharedMemory => "expected shared memory",
        _ => trap.ToString(),
    };

    private static Meter NewMeter() => new(InkPerCall, Profiles.Bare.Schedule.StackWords);
}
