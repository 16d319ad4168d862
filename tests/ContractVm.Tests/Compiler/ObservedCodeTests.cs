using System;
using System.Collections.Generic;
using System.Globalization;
using ContractVm.Compiler;
using ContractVm.Fuzz.Differential;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Code that is compiled to be observed tells its observer of the same instructions, operands and ink as the interpreter does, in the same order.</summary>
public class ObservedCodeTests
{
    private const int MostSteps = 20_000;

    /// <summary>The compiled engine, told of instructions.</summary>
    private sealed class ObservedCompiler(CompilerOptions options) : TestedEngine
    {
        public override string Name => "compiled, observed";
        public override EngineKind Kind => EngineKind.Compiled;

        public override TestedModule? Load(byte[] bytes, out string? reason)
        {
            Module module = Decode(bytes);
            Assert.True(ModuleCompiler.TryCompile(module, options, 1, out CompiledCode? code, out reason), reason);
            Assert.True(CompiledModule.TryLoad(module, code!, out CompiledModule? loaded, isObserved: true));
            Assert.True(loaded!.TryAttach());
            return new TestedModule(module, loaded);
        }
    }

    private sealed class Recorder : ExecutionObserver
    {
        public List<string> Steps { get; } = [];

        public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
        {
            if (Steps.Count >= MostSteps) return;
            string operandText = string.Join(' ', operands.ToArray());
            Steps.Add(string.Create(CultureInfo.InvariantCulture, $"{instance.Number}.{function} at {offset} ({instance.Module.InstructionAt(offset)?.Name}), ink {inkLeft}: {operandText}"));
        }
    }

    private static List<string> Run(DifferentialCase test, TestedEngine engine, ulong words)
    {
        Recorder recorder = new();
        List<TestedModule> loaded = [];
        try
        {
            using World world = new(engine, recorder);
            foreach (byte[] bytes in test.Modules)
            {
                loaded.Add(engine.Load(bytes, out _)!);
                StepRecord made = world.Add(loaded[^1].Module, 1_000_000, words);
                recorder.Steps.Add($"{made.Result} {made.Ink} {made.Words}");
                if (made.Result.Outcome != Outcome.Success || made.Thrown is not null) return recorder.Steps;
            }

            foreach (CaseCall call in test.Calls)
            {
                Instance instance = world.Instances[Math.Min(call.Module, world.Instances.Count - 1)];
                if (!instance.Module.TryGetExport(call.Export, out Export export) || export.Kind != ExternalKind.Function) continue;
                StepRecord step = world.Call(instance, export, world.Fitting(instance, instance.Module.TypeOfFunction(export.Index), call.Arguments), 300_000, words);
                recorder.Steps.Add($"{step.Result} {step.Ink} {step.Words} {string.Join(' ', step.Values)}");
            }

            return recorder.Steps;
        }
        finally
        {
            foreach (TestedModule module in loaded) module.Dispose();
        }
    }

    private static readonly ByteRange Everything = new(0, int.MaxValue);

    [Fact]
    public void BothEnginesTellTheSameOfGeneratedPrograms() => Text.Property.Check(Gen.Choose(1, int.MaxValue - 1), static seed =>
    {
        if (!Stubs.IsAvailable) return;
        DifferentialCase test = seed % 3 == 1 ? ReferenceCase.Generate((ulong)seed) : ProgramCase.Generate((ulong)seed).ToCase();
        CompilerOptions options = CompilerOptions.Default with { Observed = Everything, ProvesFunctions = seed % 4 == 0, ChecksMemory = seed % 3 == 0 };
        List<string> expected = Run(test, TestedEngines.Reference, 4_000), found = Run(test, new ObservedCompiler(options), 4_000);
        for (int i = 0; i < Math.Min(expected.Count, found.Count); i++) Assert.True(expected[i] == found[i], $"seed {seed}, step {i}: {found[i]}, expected {expected[i]}");
        Assert.Equal(expected.Count, found.Count);
    }, 150);

    [Fact]
    public void OnlyTheRangeIsObserved()
    {
        if (!Stubs.IsAvailable) return;
        const string text = "(module (func (export \"run\") (param i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1))))";
        Module plain = TextModules.Load(text), observed = TextModules.Load(text);
        int first = observed.InstructionOffsets(0)[2], second = observed.InstructionOffsets(0)[4];
        Assert.True(Engines.TryCompileObserved(observed, new ByteRange(first, second), out string? reason), reason);
        Assert.Throws<InvalidOperationException>(() => Engines.TryCompileObserved(observed, Everything, out _));
        using Store store = new(kind: EngineKind.Compiled);
        Recorder recorder = new();
        Instance.Create(observed, static _ => null, null, out Instance? instance, store, recorder);
        Assert.Equal(22UL, TestModules.Run(instance!, "run", 1_000_000, 7).Values[0]);
        Assert.Equal(2, recorder.Steps.Count);
        Assert.EndsWith(": 7 3", recorder.Steps[0], StringComparison.Ordinal);
        Assert.EndsWith(": 21", recorder.Steps[1], StringComparison.Ordinal);
        // Code that tells nothing is not taken for code that has nothing to tell.
        Assert.Throws<InstantiationException>(() => Instance.Create(plain, static _ => null, null, out _, store, recorder));
    }
}
