using System;
using ContractVm.Gas;
using ContractVm.Runtime;

namespace ContractVm.Fuzz.Differential;

/// <summary>An exception that a host function throws on purpose.</summary>
internal sealed class HostThrownException(string message) : Exception(message);

/// <summary>
/// Host functions for modules to import. What one does depends on its name and its arguments alone: it notes who called with what
/// and how much was left, does what its name says, and gives results that are a hash of the arguments. Digits at the end of a name
/// mean nothing.
/// </summary>
internal static class HostFunctions
{
    /// <summary>The names; what is there twice is imported more often.</summary>
    public static readonly string[] Names = ["mix", "mix", "charge", "memory", "memory", "globals", "tables", "call", "call", "call", "fault", "exit", "ink", "throw"];

    private const int MostDepth = 3, MostDepthSeldom = 30;

    /// <summary>Makes one.</summary>
    public static HostFunction Make(World world, string name, FunctionType type)
    {
        string kind = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return new HostFunction("host", name, type, (call, slots) => Run(world, kind, name, type, call, slots));
    }

    private static HostStatus Run(World world, string kind, string name, FunctionType type, HostCall call, Span<ulong> slots)
    {
        ulong[] arguments = slots[..ValueSlots.Count(type.Parameters)].ToArray();
        Meter meter = call.Meter;
        world.Events.Add(name, call.Instance.Number, arguments, meter.InkLeft, meter.StackWordsLeft);
        ulong hash = Hash(arguments);
        Random64 random = new(hash);
        HostStatus status = Do(world, kind, call, random);
        MakeResults(type, call, random, slots);
        return status;
    }

    private static HostStatus Do(World world, string kind, HostCall call, Random64 random)
    {
        switch (kind)
        {
            case "charge": return call.Meter.TryCharge((ulong)random.Below(20_000)) || random.OneIn(2) ? HostStatus.Continue : HostStatus.OutOfInk;
            case "memory": return UseMemory(world, call, random);
            case "globals": return SetGlobal(call.Instance, random);
            case "tables": return UseTables(world, call.Instance, random);
            case "call": return CallBack(world, call, random);
            case "fault": return random.OneIn(6) ? HostStatus.Fault : HostStatus.Continue;
            case "exit": return random.OneIn(6) ? HostStatus.Exit : HostStatus.Continue;
            case "ink": return random.OneIn(6) ? HostStatus.OutOfInk : HostStatus.Continue;
            case "throw": return random.OneIn(6) ? throw new HostThrownException("on purpose") : HostStatus.Continue;
            default: return HostStatus.Continue;
        }
    }

    private static HostStatus UseMemory(World world, HostCall call, Random64 random)
    {
        foreach (LinearMemory memory in call.Instance.Memories)
        {
            if (random.OneIn(10)) world.Events.Add("grow", (int)memory.Grow((ulong)random.Below(2)), [], 0, 0);
            int length = random.Below(40);
            if (memory.ByteLength == 0) continue;
            ulong at = random.OneIn(3) ? memory.ByteLength - (ulong)length : (ulong)random.Below(4096);
            if (!memory.TryGetSpan(at, (uint)length, out Span<byte> span)) continue;
            ulong sum = 0;
            foreach (byte value in span) sum = sum * 31 + value;
            world.Events.Add("read", length, [at, sum], 0, 0);
            if (random.OneIn(2)) span.Fill((byte)random.Next());
        }

        return HostStatus.Continue;
    }

    private static HostStatus SetGlobal(Instance instance, Random64 random)
    {
        Module module = instance.Module;
        for (int i = module.ImportedGlobals; i < module.Globals.Count; i++)
        {
            ValueType type = module.Globals[i].Value;
            if (!module.Globals[i].IsMutable || type.IsReference || !random.OneIn(3)) continue;
            Span<ulong> slots = instance.Globals[instance.GlobalSlot(i)..instance.GlobalSlot(i + 1)];
            foreach (ref ulong slot in slots) slot = type == ValueType.I32 || type == ValueType.F32 ? (uint)random.Next() : random.Next();
        }

        return HostStatus.Continue;
    }

    private static HostStatus UseTables(World world, Instance instance, Random64 random)
    {
        foreach (Table table in instance.Tables)
        {
            if (random.OneIn(6)) world.Events.Add("grow", table.Grow((ulong)random.Below(2), 0), [], 0, 0);
            if (table.Length == 0 || !random.OneIn(4)) continue;
            int at = random.Below(table.Length);
            world.Events.Add("element", at, [table.Elements[at]], 0, 0);
            if (random.OneIn(4)) table.Elements[at] = 0;
        }

        return HostStatus.Continue;
    }

    /// <summary>Calls an exported function of the same instance or of another one.</summary>
    private static HostStatus CallBack(World world, HostCall call, Random64 random)
    {
        if (world.Depth >= (random.OneIn(40) ? MostDepthSeldom : MostDepth) || random.OneIn(3)) return HostStatus.Continue;
        Instance instance = random.OneIn(2) ? call.Instance : world.Instances[random.Below(world.Instances.Count)];
        if (instance.Module.Bodies.Count == 0) return HostStatus.Continue;
        int function = instance.Module.ImportedFunctions + random.Below(instance.Module.Bodies.Count);
        FunctionType type = instance.Module.TypeOfFunction(function);
        ulong[] arguments = world.Arguments(instance, type, random), results = new ulong[ValueSlots.Count(type.Results)];
        bool forgives = random.OneIn(2);
        world.Depth++;
        try
        {
            ExecutionResult result = instance.Invoke(function, arguments, results, call.Meter);
            world.Events.Add(result.ToString(), function, results, call.Meter.InkLeft, call.Meter.StackWordsLeft);
            return result.Outcome == Outcome.Success || forgives ? HostStatus.Continue : HostStatus.Fault;
        }
        catch (HostThrownException) when (forgives)
        {
            world.Events.Add("threw", function, [], call.Meter.InkLeft, call.Meter.StackWordsLeft);
            return HostStatus.Continue;
        }
        finally
        {
            world.Depth--;
        }
    }

    private static void MakeResults(FunctionType type, HostCall call, Random64 random, Span<ulong> slots)
    {
        int slot = 0;
        foreach (ValueType result in type.Results)
        {
            // The upper half of a 32-bit result may hold anything.
            if (result == ValueType.FuncRef) slots[slot] = SomeFunction(call.Instance, random);
            else if (result == ValueType.ExternRef) slots[slot] = SomeObject(random);
            else slots[slot] = SpecialValues.Of(LetterOf(result), random) | (result == ValueType.I32 || result == ValueType.F32 ? random.Next() << 32 : 0);
            if (result == ValueType.V128) slots[slot + 1] = SpecialValues.VectorHalf(random);
            slot += ValueSlots.Of(result);
        }
    }

    /// <summary>The letter of a type; r for every reference to a function.</summary>
    public static char LetterOf(ValueType type) =>
        type == ValueType.I32 ? 'i' : type == ValueType.I64 ? 'l' : type == ValueType.F32 ? 'f' : type == ValueType.F64 ? 'd' : type == ValueType.V128 ? 'v' : type == ValueType.ExternRef ? 'x' : 'r';

    /// <summary>A reference to some function of an instance, or null.</summary>
    public static ulong SomeFunction(Instance instance, Random64 random) => random.OneIn(4) ? 0 : instance.FunctionBase + 1 + (ulong)random.Below(instance.Module.FunctionCount);

    /// <summary>A reference of the embedder, or null.</summary>
    public static ulong SomeObject(Random64 random) => random.OneIn(4) ? 0 : References.OfHost((ulong)random.Below(1000));

    private static ulong Hash(ulong[] values)
    {
        ulong hash = (ulong)values.Length;
        foreach (ulong value in values) hash = (hash ^ value) * 0x9E37_79B9_7F4A_7C15 + (hash >> 29);
        return hash;
    }
}
