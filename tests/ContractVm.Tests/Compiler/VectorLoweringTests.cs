using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Compiler;
using ContractVm.Compiler.X64;
using ContractVm.Gas;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Every vector instruction on the cases of <see cref="VectorCases"/>, compiled for machines with and without newer instructions, against the interpreter.</summary>
public class VectorLoweringTests
{
    private static readonly CpuFeatures WithoutAvx2 = new(CpuFeatures.All.Bits & ~64u);
    private static readonly Lazy<byte[]> Expected = new(RunInterpreter);

    [Theory]
    [InlineData("baseline", false)]
    [InlineData("baseline", true)]
    [InlineData("avx", false)]
    [InlineData("all", false)]
    [InlineData("all", true)]
    public void EveryVectorInstructionGivesWhatTheInterpreterGives(string cpu, bool isPlain)
    {
        CpuFeatures features = cpu switch { "baseline" => CpuFeatures.Baseline, "avx" => WithoutAvx2, _ => CpuFeatures.All };
        if (!features.IsWithin(CpuFeatures.OfThisMachine)) return;
        // The plain way: values in the frame, memory compared with its length.
        CompilerOptions options = new(features, ChecksMemory: isPlain) { HasBasicAllocation = isPlain };
        Module module = TestModules.Load(VectorCases.Module(withStrictEquivalents: false));
        byte[] results = Run(Instantiate(module, options, out Store store));
        store.Dispose();
        List<string> differences = [];
        for (int at = 0; at < results.Length; at += VectorCases.ResultSize)
        {
            ReadOnlySpan<byte> ours = results.AsSpan(at, VectorCases.ResultSize), expected = Expected.Value.AsSpan(at, VectorCases.ResultSize);
            if (!ours.SequenceEqual(expected)) differences.Add(Describe(at / VectorCases.ResultSize, ours, expected));
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences\n{string.Join('\n', differences.Take(20))}");
    }

    private static string Describe(int number, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> expected)
    {
        VectorFunction function = VectorCases.Functions[number / VectorCases.Count];
        string operands = string.Join(", ", VectorCases.Operands(function.Info, number % VectorCases.Count).Select(Convert.ToHexString));
        return $"{function.Info.Name} {Convert.ToHexString(function.Immediate)} ({operands}): {Convert.ToHexString(ours)}, expected {Convert.ToHexString(expected)}";
    }

    private static Instance Instantiate(Module module, CompilerOptions options, out Store store)
    {
        Assert.True(ModuleCompiler.TryCompile(module, options, 1, out CompiledCode? code, out string? reason), reason);
        Assert.True(CompiledModule.TryLoad(module, code!, out CompiledModule? compiled));
        Assert.True(compiled!.TryAttach());
        store = new Store(1 << 20, EngineKind.Compiled);
        ExecutionResult result = Instance.Create(module, static _ => null, null, out Instance? instance, store);
        return instance ?? throw new InvalidOperationException($"{result}");
    }

    private static byte[] RunInterpreter()
    {
        using Instance instance = TestModules.Instantiate(TestModules.Load(VectorCases.Module(withStrictEquivalents: false)));
        return Run(instance);
    }

    /// <summary>The results of all functions on all cases, one after the other.</summary>
    private static byte[] Run(Instance instance)
    {
        Assert.True(instance.Memory!.TryGetSpan(0, VectorCases.Data, out Span<byte> memory));
        byte[] results = new byte[VectorCases.Functions.Count * VectorCases.Count * VectorCases.ResultSize];
        Meter meter = new(ulong.MaxValue, instance.Module.Profile.Schedule.StackWords);
        int at = 0;
        for (int function = 0; function < VectorCases.Functions.Count; function++)
        {
            for (int index = 0; index < VectorCases.Count; index++)
            {
                VectorCases.Inputs.AsSpan(index * VectorCases.CaseSize, VectorCases.CaseSize).CopyTo(memory[VectorCases.In..]);
                Span<byte> result = memory.Slice(VectorCases.Out, VectorCases.ResultSize);
                result.Clear();
                Assert.Equal(Outcome.Success, instance.Invoke(function, [VectorCases.In, VectorCases.Out], [], meter).Outcome);
                result.CopyTo(results.AsSpan(at));
                at += VectorCases.ResultSize;
            }
        }

        return results;
    }
}
