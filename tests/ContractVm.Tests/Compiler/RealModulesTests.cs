using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.Compiler;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Lowering;
using ContractVm.Fuzz.Differential;
using ContractVm.Native;
using ContractVm.TestSupport;
using Xunit;
using Xunit.Abstractions;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Contracts and programs that others wrote, compiled: the bytes do not depend on threads, every stage's result holds, and what they export
/// does the same in both engines. A sample, always the same one; CONTRACTVM_TESTS makes it so many times as large.
/// </summary>
public class RealModulesTests(ITestOutputHelper output)
{
    private const ulong Ample = 200_000_000, Scarce = 300_000;
    private const int MostExports = 10, ArgumentSets = 2, CheckedFunctions = 5, MostInstructions = 1_500;
    private static readonly int Times = int.TryParse(Environment.GetEnvironmentVariable("CONTRACTVM_TESTS"), NumberStyles.None, CultureInfo.InvariantCulture, out int times) ? Math.Max(1, times) : 1;

    public static TheoryData<string> Folders() => ["corpora/bench", "corpora/contracts/cosmwasm", "corpora/contracts/near", "corpora/contracts/stellar"];

    [SharedDataTheory("corpora/contracts")]
    [MemberData(nameof(Folders))]
    public void TheyAreCompiledAlikeAndRight(string folder)
    {
        int functions = 0, modules = 0;
        foreach ((string name, byte[] bytes) in Files(folder))
        {
            if (Accepted(bytes) is not Module module) continue;
            Assert.True(ModuleCompiler.TryCompile(module, CompilerOptions.Default, 1, out CompiledCode? one, out string? reason), $"{name}: {reason}");
            Assert.True(ModuleCompiler.TryCompile(module, CompilerOptions.Default, 3, out CompiledCode? three, out _));
            Assert.True(one!.Code.Span.SequenceEqual(three!.Code.Span) && one.FunctionOffsets.AsSpan().SequenceEqual(three.FunctionOffsets) && one.Sites.AsSpan().SequenceEqual(three.Sites), name);
            functions += CheckStages(name, module);
            modules++;
        }

        output.WriteLine($"{folder}: {modules} modules, {functions} functions looked at");
        Assert.True(modules > 3);
    }

    /// <summary>A few functions of a module, spread over it; large ones would keep the checker busy.</summary>
    private static int CheckStages(string name, Module module)
    {
        FunctionCompiler compiler = new(new ModuleFacts(module, CompilerOptions.Default));
        int looked = 0;
        for (int i = 0; i < module.BodyList.Count; i += Math.Max(1, module.BodyList.Count / (CheckedFunctions * Times)))
        {
            string what = $"{name}, function {module.ImportedFunctions + i}";
            FunctionResult result = compiler.Compile(i);
            Assert.True(result.Reason is null, $"{what}: {result.Reason}");
            Assert.True(IrVerifier.Check(compiler.Function) is null, $"{what}: {IrVerifier.Check(compiler.Function)}");
            if (compiler.Lowered.Machine.InstructionCount > MostInstructions * Times) continue;
            string? error = AllocationChecker.Check(compiler.Lowered.Machine, compiler.Places);
            Assert.True(error is null, $"{what}: {error}");
            looked++;
        }

        return looked;
    }

    [SharedDataTheory("corpora/contracts")]
    [MemberData(nameof(Folders))]
    public void TheyDoTheSameInBothEngines(string folder)
    {
        if (!Stubs.IsAvailable) return;
        int calls = 0, returned = 0, modules = 0;
        long hostCalls = 0;
        List<string> differences = [];
        Stopwatch clock = Stopwatch.StartNew();
        foreach ((string name, byte[] bytes) in Files(folder))
        {
            if (Accepted(bytes) is not Module module) continue;
            // Code as everybody runs it, and by another set of options for each module in turn.
            foreach (TestedEngine compiler in (TestedEngine[])[TestedEngines.Plain, TestedEngines.Compilers[modules++ % TestedEngines.Compilers.Count]])
            {
                using EngineComparison comparison = new(TestedEngines.Reference.Load(bytes, out _)!, compiler.Load(bytes, out string? reason) ?? throw new InvalidOperationException(reason), compiler);
                foreach (Export export in Sample(module))
                {
                    if (CompareCalls(comparison, export, module.Profile.Schedule.StackWords) is string difference) differences.Add($"{name}: {compiler.Name}: {export.Name}: {difference}");
                }

                calls += comparison.Calls;
                returned += comparison.Returned;
                hostCalls += comparison.HostCalls;
            }
        }

        output.WriteLine(FormattableString.Invariant($"{folder}: {calls} calls, {returned} of them returned, {hostCalls} host calls, {clock.Elapsed.TotalSeconds:f1} s"));
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(calls > 20 && returned > 5);
    }

    private static IEnumerable<Export> Sample(Module module)
    {
        Export[] functions = module.Exports.Where(static export => export.Kind == ExternalKind.Function).OrderBy(static export => export.Name, StringComparer.Ordinal).ToArray();
        int step = Math.Max(1, functions.Length / (MostExports * Times));
        return functions.Where((_, index) => index % step == 0);
    }

    private static string? CompareCalls(EngineComparison comparison, Export export, ulong words)
    {
        for (ulong seed = 0; seed < (ulong)(ArgumentSets * Times); seed++)
        {
            if (comparison.Compare(export, seed, Ample, words, out ulong used) is string ample) return $"arguments {seed}: {ample}";
            // With exactly what it used, with one less, and where it is in the middle of something.
            ulong[] limits = used is 0 or Ample ? [Scarce] : [used, used - 1, used / 2];
            foreach (ulong ink in limits)
                if (comparison.Compare(export, seed, ink, words, out _) is string less) return FormattableString.Invariant($"arguments {seed}, ink {ink}: {less}");
            if (comparison.Compare(export, seed, Scarce, 200, out _) is string shallow) return $"arguments {seed}, 200 words: {shallow}";
        }

        return null;
    }

    private static Module? Accepted(byte[] bytes) =>
        Module.TryLoad(bytes, Profiles.Bare, out Module module, out _) ? module : null;

    private static IEnumerable<(string Name, byte[] Bytes)> Files(string folder)
    {
        string root = TestData.Shared("corpora")!;
        foreach (string path in Directory.EnumerateFiles(TestData.Shared(folder)!, "*.wasm", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            yield return (Path.GetRelativePath(root, path), File.ReadAllBytes(path));
    }
}
