using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.Tests.Interpreter.Naive;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>Generated programs give the same in the interpreter and in the naive machine: results, traps and where, memory, globals.</summary>
public class NaiveTests
{
    [Fact]
    public void ProgramsWithReferencesGiveTheSame()
    {
        Dictionary<string, int> ends = Compare(1500, static seed => TextModules.Load(ReferenceProgramGenerator.Generate(seed)), 5);
        // The comparison means something only where programs end in many ways.
        foreach (string end in new[] { "None", "UncaughtException", "NullReference", "ArrayOutOfBounds", "CastFailure", "UninitializedElement", "UndefinedElement" }) Assert.InRange(ends.GetValueOrDefault(end), 3, 1000);
    }

    [Fact]
    public void ProgramsWithNumbersGiveTheSame()
    {
        Dictionary<string, int> ends = Compare(150, static seed => TestModules.Load(ProgramGenerator.Generate(seed + 77)), 7, unchecked((ulong)-3));
        Assert.InRange(ends["None"], 50, 149);
    }

    private static Dictionary<string, int> Compare(ulong programs, Func<ulong, Module> load, params ulong[] arguments)
    {
        Dictionary<string, int> ends = [];
        for (ulong seed = 0; seed < programs; seed++)
        {
            Module module = load(seed);
            NaiveMachine naive = new(module);
            (ExecutionResult expected, ulong[] expectedValues) = naive.Invoke("run", arguments);
            using Instance instance = TestModules.Instantiate(module);
            (ExecutionResult result, ulong[] values, _) = TestModules.Run(instance, "run", TextModules.Plenty, arguments);
            Assert.True(result == expected, string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {result}, the naive machine {expected}"));
            string place = string.Create(CultureInfo.InvariantCulture, $"seed {seed}");
            if (result.Outcome == Outcome.Success) Assert.True(values.SequenceEqual(expectedValues), place);
            Assert.True(instance.Memory!.TryGetSpan(0, (uint)instance.Memory.ByteLength, out Span<byte> memory) && memory.SequenceEqual(naive.Memory), place);
            int global = 0;
            foreach (ulong bits in naive.GlobalBits)
            {
                if (!module.Globals[global].Value.IsReference) Assert.True(instance.Globals[global] == bits, place);
                global++;
            }

            ends[result.Trap.ToString()] = ends.GetValueOrDefault(result.Trap.ToString()) + 1;
        }

        return ends;
    }
}
