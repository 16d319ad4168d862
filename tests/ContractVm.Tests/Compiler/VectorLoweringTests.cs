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

/// <summary>
/// Every vector instruction on the cases of <see cref="VectorCases"/> and <see cref="VectorConstantCases"/>, compiled for machines with and without newer
/// instructions, against the interpreter.
/// </summary>
public class VectorLoweringTests
{
    /// <summary>With constants every so many cases will do.</summary>
    private const int Stride = 23;

    private static readonly CpuFeatures WithoutAvx2 = new(CpuFeatures.All.WithoutAvx512().Bits & ~64u);
    private static readonly Lazy<byte[]> Expected = new(static () => Interpret(VectorCases.Module(withStrictEquivalents: false), 1));
    private static readonly Lazy<byte[]> ExpectedWithConstants = new(static () => Interpret(VectorConstantCases.Module(), Stride));

    [Theory]
    [InlineData("baseline", false)]
    [InlineData("baseline", true)]
    [InlineData("avx", false)]
    [InlineData("avx2", false)]
    [InlineData("all", false)]
    [InlineData("all", true)]
    public void EveryVectorInstructionGivesWhatTheInterpreterGives(string cpu, bool isPlain) =>
        Check(VectorCases.Module(withStrictEquivalents: false), cpu, isPlain, 1, Expected.Value, static number => VectorCases.Functions[number].Info.Name + " " + Convert.ToHexString(VectorCases.Functions[number].Immediate));

    [Theory]
    [InlineData("baseline", false)]
    [InlineData("avx", false)]
    [InlineData("avx2", false)]
    [InlineData("all", false)]
    [InlineData("all", true)]
    public void InstructionsWithConstantsGiveWhatTheInterpreterGives(string cpu, bool isPlain) =>
        Check(VectorConstantCases.Module(), cpu, isPlain, Stride, ExpectedWithConstants.Value, static number => VectorConstantCases.Functions[number].Name + " " + Convert.ToHexString(VectorConstantCases.Functions[number].Code));

    private static void Check(byte[] bytes, string cpu, bool isPlain, int stride, byte[] expected, Func<int, string> describe)
    {
        CpuFeatures features = cpu switch { "baseline" => CpuFeatures.Baseline, "avx" => WithoutAvx2, "avx2" => CpuFeatures.All.WithoutAvx512(), _ => CpuFeatures.All };
        if (!features.IsWithin(CpuFeatures.OfThisMachine)) return;
        // The plain way: values in the frame, memory compared with its length.
        CompilerOptions options = new(features, ChecksMemory: isPlain) { Without = isPlain ? Optimizations.RegisterAllocation : Optimizations.None };
        using Instance instance = Instantiate(TestModules.Load(bytes), options, out Store store);
        byte[] results = Run(instance, stride);
        store.Dispose();
        List<string> differences = [];
        int cases = (VectorCases.Count + stride - 1) / stride;
        for (int at = 0; at < results.Length; at += VectorCases.ResultSize)
        {
            ReadOnlySpan<byte> ours = results.AsSpan(at, VectorCases.ResultSize), theirs = expected.AsSpan(at, VectorCases.ResultSize);
            if (ours.SequenceEqual(theirs)) continue;
            int number = at / VectorCases.ResultSize, from = number % cases * stride * VectorCases.CaseSize;
            differences.Add($"{describe(number / cases)} ({Convert.ToHexString(VectorCases.Inputs.AsSpan(from, VectorCases.CaseSize))}): {Convert.ToHexString(ours)}, expected {Convert.ToHexString(theirs)}");
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences\n{string.Join('\n', differences.Take(20))}");
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

    private static byte[] Interpret(byte[] bytes, int stride)
    {
        using Instance instance = TestModules.Instantiate(TestModules.Load(bytes));
        return Run(instance, stride);
    }

    /// <summary>The results of all functions on every so many cases, one after the other.</summary>
    private static byte[] Run(Instance instance, int stride)
    {
        Assert.True(instance.Memory!.TryGetSpan(0, VectorCases.Data, out Span<byte> memory));
        int functions = instance.Module.BodyList.Count, at = 0;
        byte[] results = new byte[functions * ((VectorCases.Count + stride - 1) / stride) * VectorCases.ResultSize];
        Meter meter = new(ulong.MaxValue, instance.Module.Profile.Schedule.StackWords);
        for (int function = 0; function < functions; function++)
        {
            for (int index = 0; index < VectorCases.Count; index += stride)
            {
                VectorCases.Inputs.AsSpan(index * VectorCases.CaseSize, VectorCases.CaseSize).CopyTo(memory[VectorCases.In..]);
                Span<byte> result = memory.Slice(VectorCases.Out, VectorCases.ResultSize);
                result.Clear();
                if (instance.Invoke(function, [VectorCases.In, VectorCases.Out], [], meter).Outcome != Outcome.Success) Assert.Fail("a function did not come to its end");
                result.CopyTo(results.AsSpan(at));
                at += VectorCases.ResultSize;
            }
        }

        return results;
    }
}
