using System;
using System.Collections.Generic;
using ContractVm.Gas;

namespace ContractVm.Conformance;

/// <summary>The interpreter. It links no modules yet: what a module imports from another one is unsupported.</summary>
internal sealed class InterpreterEngine : IScriptEngine
{
    private const ulong InkPerCall = ulong.MaxValue;

    public EngineResult Instantiate(Module module, out object? instance)
    {
        instance = null;
        try
        {
            ExecutionResult result = Instance.Create(module, Resolve, null, out Instance? made);
            if (made is not null) result = made.RunStart(NewMeter());
            instance = made;
            return Result(result, []);
        }
        catch (InstantiationException exception)
        {
            return EngineResult.Unsupported(exception.Message);
        }
    }

    public void Register(string name, object instance)
    {
    }

    public EngineResult Invoke(object instance, string export, IReadOnlyList<ScriptValue> arguments)
    {
        Instance running = (Instance)instance;
        if (!running.Module.TryGetExport(export, out Export found) || found.Kind != ExternalKind.Function) return EngineResult.Unsupported($"there is no function {export}");
        if (found.Index < running.Module.ImportedFunctions) return EngineResult.Unsupported("the export is an imported function");
        FunctionType type = running.Module.TypeOfFunction(found.Index);
        ulong[] slots = new ulong[arguments.Count], results = new ulong[type.Results.Length];
        for (int i = 0; i < slots.Length; i++)
        {
            switch (arguments[i])
            {
                case NumberValue number: slots[i] = number.Bits; break;
                case NullValue: slots[i] = 0; break;
                case ExternValue external: slots[i] = external.Number + 1UL; break;
                default: return EngineResult.Unsupported("an argument that is neither a number nor an external reference");
            }
        }

        ExecutionResult result = running.Invoke(found.Index, slots, results, NewMeter());
        return Result(result, Values(type.Results, results));
    }

    public EngineResult Get(object instance, string export)
    {
        Instance running = (Instance)instance;
        if (!running.Module.TryGetExport(export, out Export found) || found.Kind != ExternalKind.Global) return EngineResult.Unsupported($"there is no global {export}");
        return new EngineResult(EngineOutcome.Done, "", Values([running.Module.Globals[found.Index].Value], [running.Globals[found.Index]]));
    }

    private static List<EngineValue> Values(ReadOnlySpan<ValueType> types, ReadOnlySpan<ulong> slots)
    {
        List<EngineValue> values = [];
        for (int i = 0; i < types.Length; i++)
        {
            byte heap = !types[i].IsReference || slots[i] == 0 ? (byte)0 : types[i] == ValueType.ExternRef ? HeapType.Extern.Code : HeapType.Func.Code;
            values.Add(new EngineValue(types[i], slots[i], 0, heap, (uint)slots[i] - 1));
        }

        return values;
    }

    private static EngineResult Result(ExecutionResult result, IReadOnlyList<EngineValue> values) => result.Outcome switch
    {
        Outcome.Success => new EngineResult(EngineOutcome.Done, "", values),
        Outcome.OutOfStack or Outcome.OutOfInk => new EngineResult(EngineOutcome.Exhaustion, result.Outcome.ToString(), []),
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
        _ => trap.ToString(),
    };

    private static HostFunction? Resolve(Import import) =>
        import.Module == "spectest" && SpecTestModule.Module.TryGetExport(import.Name, out Export export) && export.Kind == ExternalKind.Function
            ? new HostFunction("spectest", import.Name, SpecTestModule.Module.TypeOfFunction(export.Index), static (_, _) => HostStatus.Continue)
            : null;

    private static Meter NewMeter() => new(InkPerCall, Profiles.Bare.Schedule.StackWords);
}
