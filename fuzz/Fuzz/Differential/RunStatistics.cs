using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace ContractVm.Fuzz.Differential;

/// <summary>What runs came to: whether generated programs do everything, and mostly end well.</summary>
internal sealed class RunStatistics
{
    /// <summary>Once in so many cases, what is executed is observed: that is slow.</summary>
    private const int ObservedOneIn = 4;
    private readonly BitArray _generated = new(OpcodeTable.IdLimit), _executed = new(OpcodeTable.IdLimit);
    private long _cases;

    /// <summary>Calls by how they ended: Success, OutOfInk, OutOfStack, Thrown, or the trap; those with ample ink.</summary>
    public SortedDictionary<string, long> Ends { get; } = new(StringComparer.Ordinal);
    /// <summary>The same, of calls with limits.</summary>
    public SortedDictionary<string, long> LimitedEnds { get; } = new(StringComparer.Ordinal);
    /// <summary>Modules.</summary>
    public long Modules { get; private set; }
    /// <summary>Cases whose instances could not be made.</summary>
    public long Unmade { get; private set; }

    /// <summary>Calls.</summary>
    public long Calls => Ends.Values.Sum() + LimitedEnds.Values.Sum();

    /// <summary>Of calls with ample ink, the share that returned.</summary>
    public double SuccessShare => Ends.Count == 0 ? 0 : Ends.GetValueOrDefault("Success") / (double)Ends.Values.Sum();

    /// <summary>Instructions that are compiled: all.</summary>
    public static IReadOnlyList<OpcodeInfo> Wanted { get; } = [.. OpcodeTable.All];

    /// <summary>Traps that compiled code knows.</summary>
    public static IReadOnlyList<TrapKind> WantedTraps { get; } =
    [
        TrapKind.Unreachable, TrapKind.DivideByZero, TrapKind.IntegerOverflow, TrapKind.InvalidConversion, TrapKind.MemoryOutOfBounds, TrapKind.TableOutOfBounds, TrapKind.UndefinedElement,
        TrapKind.UninitializedElement, TrapKind.IndirectCallTypeMismatch, TrapKind.HostFault, TrapKind.NullReference, TrapKind.UnalignedAtomic, TrapKind.ExpectedSharedMemory,
        TrapKind.ArrayOutOfBounds, TrapKind.CastFailure, TrapKind.UncaughtException,
    ];

    /// <summary>Names of instructions that no module held.</summary>
    public string[] NotGenerated => [.. Wanted.Where(info => !_generated[(int)info.Opcode]).Select(static info => info.Name)];
    /// <summary>Names of instructions that were not seen to be executed.</summary>
    public string[] NotExecuted => [.. Wanted.Where(info => !_executed[(int)info.Opcode]).Select(static info => info.Name)];
    /// <summary>Traps that did not occur.</summary>
    public string[] TrapsNotSeen => [.. WantedTraps.Select(static trap => trap.ToString()).Where(name => !Ends.ContainsKey(name) && !LimitedEnds.ContainsKey(name))];

    /// <summary>Counts a call.</summary>
    public void Called(string pass, StepRecord step)
    {
        SortedDictionary<string, long> ends = pass == "ample" ? Ends : LimitedEnds;
        string end = step.Thrown is not null ? "Thrown" : step.Result.Outcome == Outcome.Failure ? step.Result.Trap.ToString() : step.Result.Outcome.ToString();
        ends[end] = ends.GetValueOrDefault(end) + 1;
    }

    /// <summary>Counts a case of which an instance could not be made.</summary>
    public void NotMade() => Unmade++;

    /// <summary>Looks at what a case holds, and sometimes at what it executes.</summary>
    public void Observe(DifferentialCase test)
    {
        bool isObserved = _cases++ % ObservedOneIn == 0;
        List<Module> modules = [];
        foreach (byte[] bytes in test.Modules)
        {
            Modules++;
            if (!Module.TryLoad(bytes, Profiles.Bare, out Module module, out _)) return;
            modules.Add(module);
            for (int i = 0; i < module.Bodies.Count; i++)
                foreach (int offset in module.InstructionOffsets(i)) _generated[(int)module.InstructionAt(offset)!.Opcode] = true;
        }

        if (!isObserved) return;
        using World world = new(new InterpreterUnderTest(), new Executed(_executed));
        foreach (Module module in modules)
            if (world.Add(module, 1_000_000, 10_000).Result.Outcome != Outcome.Success || world.Instances.Count == 0) return;
        foreach (CaseCall call in test.Calls)
        {
            Instance instance = world.Instances[Math.Min(call.Module, world.Instances.Count - 1)];
            if (instance.Module.TryGetExport(call.Export, out Export export)) world.Call(instance, export, world.Fitting(instance, instance.Module.TypeOfFunction(export.Index), call.Arguments), 1_000_000, 10_000);
        }
    }

    private sealed class Executed(BitArray opcodes) : ExecutionObserver
    {
        /// <inheritdoc/>
        public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
        {
            if (instance.Module.InstructionAt(offset) is OpcodeInfo info) opcodes[(int)info.Opcode] = true;
        }
    }
}
