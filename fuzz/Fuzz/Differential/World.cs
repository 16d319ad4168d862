using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ContractVm.Gas;
using ContractVm.Runtime;

namespace ContractVm.Fuzz.Differential;

/// <summary>What is noted of a call, or of making an instance.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Values">Result slots, where it returned.</param>
/// <param name="Thrown">The exception that ended it, or null.</param>
/// <param name="Ink">Ink left.</param>
/// <param name="Words">Stack words left.</param>
/// <param name="IsExhausted">A charge could not be paid.</param>
internal sealed record StepRecord(ExecutionResult Result, ulong[] Values, string? Thrown, ulong Ink, ulong Words, bool IsExhausted);

/// <summary>The instances of a case in one engine, with all that they import.</summary>
internal sealed class World : IDisposable
{
    private readonly TestedEngine _engine;
    private readonly Store _store;
    private readonly ExecutionObserver? _observer;

    private readonly Func<Import, string>? _names;

    /// <summary>Makes an empty one.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="observer">Sees what is executed, or null.</param>
    /// <param name="names">
    /// For modules that were not generated: which of <see cref="HostFunctions.Names"/> stands for an imported function. Memories are left as their
    /// segments make them, and imports are as large as they are asked for.
    /// </param>
    public World(TestedEngine engine, ExecutionObserver? observer = null, Func<Import, string>? names = null)
    {
        _engine = engine;
        _observer = observer;
        _names = names;
        _store = new Store(kind: engine.Kind);
        Events = new HostEvents(engine.IsNoted);
    }

    /// <summary>What host functions saw.</summary>
    public HostEvents Events { get; }
    /// <summary>The instances, in the order in which they were made.</summary>
    public List<Instance> Instances { get; } = [];
    /// <summary>Calls from host functions that are running.</summary>
    public int Depth { get; set; }

    /// <summary>Makes an instance and runs its start function.</summary>
    public StepRecord Add(Module module, ulong ink, ulong words) => Step(ink, words, 0, (meter, _) =>
    {
        ExecutionResult result = Instance.Create(module, import => Resolve(module, import), null, out Instance? instance, _store, _observer);
        if (instance is null) return result;
        Instances.Add(instance);
        // Loads are to give something, wherever they are from.
        for (int i = module.Memories.Count - module.Imports.Count(static import => import.Kind == ExternalKind.Memory); i > 0 && _names is null; i--) MemoryPattern.Fill(instance.Memories[^i]);
        return instance.RunStart(meter);
    });

    /// <summary>Calls an exported function.</summary>
    public StepRecord Call(Instance instance, Export export, ulong[] arguments, ulong ink, ulong words)
    {
        int results = ValueSlots.Count(instance.Module.TypeOfFunction(export.Index).Results);
        return Step(ink, words, results, (meter, values) => instance.Invoke(export.Index, arguments, values, meter));
    }

    private StepRecord Step(ulong ink, ulong words, int results, Func<Meter, ulong[], ExecutionResult> run)
    {
        Meter meter = new(ink, words);
        ulong[] values = new ulong[results];
        ExecutionResult result = default;
        string? thrown = null;
        try
        {
            result = run(meter, values);
        }
        catch (InstantiationException exception)
        {
            throw new InvalidCaseException(exception.Message);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            thrown = exception is HostThrownException ? exception.Message : exception.ToString();
        }

        // What is in the results of a call that did not return is not said; nor is it looked at here.
        if (thrown is not null || result.Outcome != Outcome.Success) values = [];
        return _engine.Observe(new StepRecord(result, values, thrown, meter.InkLeft, meter.StackWordsLeft, meter.IsExhausted));
    }

    /// <summary>Arguments for a function.</summary>
    public ulong[] Arguments(Instance instance, FunctionType type, Random64 random)
    {
        List<ulong> slots = [];
        foreach (ValueType parameter in type.Parameters)
        {
            char letter = HostFunctions.LetterOf(parameter);
            slots.Add(SpecialValues.Of(letter, random));
            if (letter == 'v') slots.Add(SpecialValues.VectorHalf(random));
            if (letter is 'r' or 'x') slots[^1] = random.Next();
        }

        return Fitting(instance, type, slots);
    }

    /// <summary>
    /// Arguments for a function, whatever its type has become: numbers as they are, references made of them. Missing ones are zero.
    /// </summary>
    public ulong[] Fitting(Instance instance, FunctionType type, IReadOnlyList<ulong> given)
    {
        ulong[] slots = new ulong[ValueSlots.Count(type.Parameters)];
        int slot = 0;
        foreach (ValueType parameter in type.Parameters)
        {
            slots[slot] = slot < given.Count ? given[slot] : 0;
            if (parameter == ValueType.V128 && slot + 1 < given.Count) slots[slot + 1] = given[slot + 1];
            else if (parameter.IsReference) slots[slot] = slots[slot] == 0 ? 0 : Reference(instance, parameter, new Random64(slots[slot]));
            slot += ValueSlots.Of(parameter);
        }

        return slots;
    }

    private static ulong Reference(Instance instance, ValueType type, Random64 random)
    {
        if (type == ValueType.ExternRef) return HostFunctions.SomeObject(random);
        if (type == ValueType.FuncRef) return HostFunctions.SomeFunction(instance, random);
        if (type.Heap.IsAbstract) return 0;
        FunctionType wanted = instance.Module.TypeSpace[(int)type.Heap.TypeIndex].Function!;
        int[] fitting = [.. Enumerable.Range(0, instance.Module.FunctionCount).Where(index => instance.Module.TypeOfFunction(index).Equals(wanted))];
        return fitting.Length == 0 || random.OneIn(4) ? 0 : instance.FunctionBase + 1 + (ulong)fitting[random.Below(fitting.Length)];
    }

    private External? Resolve(Module module, Import import)
    {
        if (import.Module == "lib") return Instances.Count > 0 && Instances[0].TryGetExport(import.Name, out External external) ? external : null;
        switch (import.Kind)
        {
            case ExternalKind.Function: return HostFunctions.Make(this, _names?.Invoke(import) ?? import.Name, module.TypeOfFunction(import.Index));
            case ExternalKind.Table: return new Table(module.Tables[import.Index], (int)Math.Max(1000, module.Tables[import.Index].Limits.Minimum));
            case ExternalKind.Memory:
                LinearMemory memory = new(module.Memories[import.Index], (int)Math.Max(100, module.Memories[import.Index].Limits.Minimum));
                _store.Own(memory);
                if (_names is null) MemoryPattern.Fill(memory);
                return memory;
            case ExternalKind.Global:
                Random64 random = new((ulong)import.Index);
                return new Global(module.Globals[import.Index], SpecialValues.Of(HostFunctions.LetterOf(module.Globals[import.Index].Value), random), SpecialValues.VectorHalf(random));
            default: return null;
        }
    }

    /// <summary>The first thing that differs from another world; null where there is nothing.</summary>
    public string? DifferenceFrom(World other)
    {
        if (Events.DifferenceFrom(other.Events) is string call) return call;
        if (DifferenceOfObjects(_store.Objects, other._store.Objects) is string objects) return objects;
        for (int i = 0; i < Instances.Count; i++)
            if (DifferenceOf(Instances[i], other.Instances[i]) is string difference) return string.Create(CultureInfo.InvariantCulture, $"instance {i}: {difference}");
        return null;
    }

    /// <summary>Everything that was ever made stands in the arena, with what it held last.</summary>
    private static string? DifferenceOfObjects(ObjectArena a, ObjectArena b)
    {
        if (a.UsedWords != b.UsedWords) return string.Create(CultureInfo.InvariantCulture, $"objects take {a.UsedWords} words, expected {b.UsedWords}");
        ReadOnlySpan<ulong> words = a.Words, expected = b.Words;
        int at = words.CommonPrefixLength(expected);
        return at < words.Length ? string.Create(CultureInfo.InvariantCulture, $"word {at} of the objects is {words[at]:x}, expected {expected[at]:x}") : null;
    }

    private static string? DifferenceOf(Instance a, Instance b)
    {
        for (int i = 0; i < a.Memories.Count; i++)
        {
            LinearMemory one = a.Memories[i], two = b.Memories[i];
            if (one.Pages != two.Pages) return string.Create(CultureInfo.InvariantCulture, $"memory {i} has {one.Pages} pages, expected {two.Pages}");
            if (!one.TryGetSpan(0, (uint)one.ByteLength, out Span<byte> bytes) || !two.TryGetSpan(0, (uint)two.ByteLength, out Span<byte> expected)) return "no memory";
            if (bytes.SequenceEqual(expected)) continue;
            int at = bytes.CommonPrefixLength(expected);
            return string.Create(CultureInfo.InvariantCulture, $"memory {i} at 0x{at:x}: {bytes[at]:x2}, expected {expected[at]:x2}");
        }

        for (int i = 0; i < a.Module.Globals.Count; i++)
        {
            (ulong low, ulong high) = GlobalBits(a, i);
            (ulong expectedLow, ulong expectedHigh) = GlobalBits(b, i);
            if ((low, high) != (expectedLow, expectedHigh)) return string.Create(CultureInfo.InvariantCulture, $"global {i} is {high:x}:{low:x}, expected {expectedHigh:x}:{expectedLow:x}");
        }

        for (int i = 0; i < a.Tables.Count; i++)
        {
            Span<ulong> elements = a.Tables[i].Elements, expected = b.Tables[i].Elements;
            if (elements.Length != expected.Length) return string.Create(CultureInfo.InvariantCulture, $"table {i} has {elements.Length} elements, expected {expected.Length}");
            int at = elements.CommonPrefixLength(expected);
            if (at < elements.Length) return string.Create(CultureInfo.InvariantCulture, $"table {i} at {at}: {elements[at]:x}, expected {expected[at]:x}");
        }

        return null;
    }

    private static (ulong Low, ulong High) GlobalBits(Instance instance, int global)
    {
        if (global < instance.Module.ImportedGlobals) return (instance.ImportedGlobals[global].Value, instance.ImportedGlobals[global].High);
        Span<ulong> slots = instance.Globals[instance.GlobalSlot(global)..instance.GlobalSlot(global + 1)];
        return (slots[0], slots.Length > 1 ? slots[1] : 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
