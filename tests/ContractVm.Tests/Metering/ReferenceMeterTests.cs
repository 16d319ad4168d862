using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Conformance;
using ContractVm.Fuzz;
using ContractVm.Gas;
using ContractVm.TestSupport;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using TestData = ContractVm.TestSupport.TestData;

namespace ContractVm.Tests.Metering;

/// <summary>The plan against an accounting of its own, step by step: on generated programs and on the official suite's functions.</summary>
public class ReferenceMeterTests
{
    private const ulong Plenty = 1UL << 50, SuiteInk = 20_000_000;

    /// <summary>Everything accepted, at Stylus' prices and blocks.</summary>
    private static readonly Profile StylusPrices = new(
        "stylus-prices", Profiles.Bare.Features, Profiles.Bare.Limits, ScheduleReader.LoadBuiltIn("stylus-v2", OpcodeTable.Catalog));

    [Fact]
    public void GeneratedProgramsCostWhatTheReferenceSays()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<uint>(), ArbMap.Default.ArbFor<uint>(), static (seed, part) =>
        {
            byte[] bytes = ProgramGenerator.Generate(seed);
            ulong used = 0;
            foreach (Profile profile in (Profile[])[Profiles.Bare, StylusPrices])
            {
                Module module = TestModules.Load(bytes, profile);
                used = Compare(module, Plenty, out _);
                // Some amount that does not suffice ends at the same place for both.
                if (used > 0) Compare(module, part % used, out _);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    [Fact]
    public void ProgramsWithReferencesTailCallsAndExceptionsCostWhatTheReferenceSays()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<uint>(), ArbMap.Default.ArbFor<uint>(), static (seed, part) =>
        {
            Module module = EmbeddingTests.Load(ReferenceProgramGenerator.Generate(seed));
            ulong used = Compare(module, Plenty, out _);
            if (used > 0) Compare(module, part % used, out _);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [SharedDataFact("corpora/spec/test/core")]
    public void EveryFunctionOfTheOfficialSuiteCostsWhatTheReferenceSays()
    {
        long steps = 0, calls = 0;
        HashSet<Opcode> seen = [];
        foreach ((string name, string path) in ConformanceRun.Find(TestData.Shared("corpora/spec/test/core")!, null))
        {
            foreach (byte[] bytes in ScriptModules.Read(path))
            {
                if (!Module.TryLoad(bytes, Profiles.Bare, out Module module, out _)) continue;
                if (module.Imports.Count > 0 || module.Memories.Any(memory => memory.Limits.Minimum > 100) || module.Tables.Any(table => table.Limits.Minimum > 100_000)) continue;
                foreach (Export export in module.Exports)
                {
                    if (export.Kind != ExternalKind.Function) continue;
                    ReferenceMeter reference = new(module, SuiteInk);
                    Run(module, export.Index, SuiteInk, reference);
                    steps += reference.Steps;
                    calls++;
                }

                for (int i = 0; i < module.Bodies.Count; i++)
                    foreach (int offset in module.InstructionOffsets(i)) seen.Add(module.InstructionAt(offset)!.Opcode);
            }
        }

        Assert.True(calls > 5_000 && steps > 100_000, $"{calls} calls, {steps} steps");
        // All instructions but those of threads stand in some function that was called.
        string[] missing = OpcodeTable.All.Where(info => (info.Feature & Features.Threads) == 0 && !seen.Contains(info.Opcode)).Select(info => info.Name).ToArray();
        Assert.Empty(missing);
    }

    [Fact]
    public void TheReferenceCanDisagree()
    {
        Module module = EmbeddingTests.Load("(module (func (export \"run\") (drop (i32.add (i32.const 1) (i32.const 2)))))");
        ReferenceMeter reference = new(module, 999_999);
        Assert.Throws<InvalidOperationException>(() => Run(module, 0, 1_000_000, reference));
    }

    /// <summary>Runs with the engine and the reference, and returns the ink that was used.</summary>
    private static ulong Compare(Module module, ulong ink, out ExecutionResult result)
    {
        ReferenceMeter reference = new(module, ink);
        module.TryGetExport("run", out Export run);
        (result, ulong left) = Run(module, run.Index, ink, reference);
        // What the last step could not pay, or the first block of a function, leaves nothing.
        if (result.Outcome == Outcome.OutOfInk) Assert.Equal(0UL, left);
        // An exception that nothing catches has looked at clauses and left frames after the last step: whole steps of unwinding.
        else if (result.Trap == TrapKind.UncaughtException) Assert.Equal(0UL, (reference.InkLeft - left) % module.Profile.Schedule.UnwindStep);
        else if (!reference.IsExhausted) Assert.Equal(reference.InkLeft, left);
        return ink - left;
    }

    private static (ExecutionResult Result, ulong Left) Run(Module module, int function, ulong ink, ReferenceMeter reference)
    {
        Meter meter = new(ink, module.Profile.Schedule.StackWords);
        ExecutionResult result = Instance.Create(module, static _ => null, null, out Instance? instance, null, reference);
        if (instance is null) return (result, ink);
        using (instance)
        {
            FunctionType type = module.TypeOfFunction(function);
            result = instance.Invoke(function, new ulong[ValueSlots.Count(type.Parameters)], new ulong[ValueSlots.Count(type.Results)], meter);
        }

        return (result, meter.InkLeft);
    }
}
