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
    public void EveryIntegerOperationGivesTheSame()
    {
        OpcodeInfo[] operations = [.. OpcodeTable.All.Where(static info => (int)info.Opcode < OpcodeTable.GcBase && !info.IsContextual && !info.UsesFloats && info.Immediates == Immediates.None && info.Operands.Length > 0)];
        // 2 × (eqz, 10 comparisons, 3 counts, 15 binary ones), wrap, 2 extensions of i32, 5 of signs.
        Assert.Equal(58 + 1 + 2 + 5, operations.Length);
        string Word(char letter) => letter == 'i' ? "i32" : "i64";
        Module module = TextModules.Load($"(module {string.Concat(operations.Select(info => $"(func (export \"{info.Name}\") (param {string.Join(' ', info.Operands.Select(Word))}) (result {Word(info.Results[0])}) ({info.Name} {(info.Operands.Length == 2 ? "(local.get 0) (local.get 1)" : "(local.get 0)")}))"))})");
        NaiveMachine naive = new(module);
        using Instance instance = TestModules.Instantiate(module);
        Random64 random = new(7);
        ulong[] edges = [0, 1, 2, 31, 32, 33, 63, 64, 65, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, long.MaxValue, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue, random.Next(), random.Next()];
        foreach (OpcodeInfo info in operations)
        {
            ulong mask = info.Operands[0] == 'i' ? uint.MaxValue : ulong.MaxValue;
            foreach (ulong a in edges)
            {
                foreach (ulong b in info.Operands.Length == 2 ? edges : [0])
                {
                    ulong[] arguments = info.Operands.Length == 2 ? [a & mask, b & mask] : [a & mask];
                    (ExecutionResult expected, ulong[] expectedValues) = naive.Invoke(info.Name, arguments);
                    (ExecutionResult result, ulong[] values) = TextModules.Call(instance, info.Name, TextModules.NewMeter(), arguments);
                    bool isSame = result == expected && (result.Outcome != Outcome.Success || values[0] == expectedValues[0]);
                    Assert.True(isSame, string.Create(CultureInfo.InvariantCulture, $"{info.Name} 0x{a:x} 0x{b:x}: {values[0]:x} {result}, the naive machine {expected}"));
                }
            }
        }
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
