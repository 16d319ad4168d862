using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Compiler;
using ContractVm.Compiler.Artifacts;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using ContractVm.Tests.Native;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace ContractVm.Tests.Compiler;

/// <summary>Modules with code, random and running, and what artifact tests ask of them.</summary>
internal static class ArtifactSamples
{
    public static readonly byte[] Secret = [.. Enumerable.Range(7, Artifact.SecretBytes).Select(i => (byte)i)];

    /// <summary>Every field of code is random, within what the format allows.</summary>
    public static CompiledCode RandomCode(int seed, int mostBytes = 3000)
    {
        Random random = new(seed);
        byte[] code = new byte[1 + random.Next(mostBytes)];
        random.NextBytes(code);
        // From a site or function in every byte to none.
        int[] functions = Ascending(random, 0, code.Length, random.Next(2) == 0 ? 2 : 200);
        int[] offsets = functions.Length == 0 ? [] : Ascending(random, functions[0], code.Length, random.Next(3) == 0 ? 1 : 50);
        TrapSite[] sites = [.. offsets.Select(offset => new TrapSite(offset, random.Next(4) == 0 ? random.Next() : random.Next(1000), (TrapKind)random.Next((int)TrapKind.ObjectMemoryExhausted + 1)))];
        return new CompiledCode(code, functions, sites, random.Next(2) == 0) { Unwind = RandomUnwinding(random, functions.Length, code.Length) };
    }

    private static UnwindTable RandomUnwinding(Random random, int functions, int codeLength)
    {
        if (random.Next(4) == 0) return UnwindTable.None;
        int clauses = random.Next(5), clause = 0;
        CatchRegion[] regions = clauses == 0 ? [] : [.. Enumerable.Range(0, random.Next(4)).Select(i => new CatchRegion(random.Next(i + 1) - 1, random.Next(clauses), random.Next(2)))];
        int[] offsets = codeLength < 2 ? [] : Ascending(random, 1, codeLength, random.Next(2) == 0 ? 3 : 100);
        return new UnwindTable(
            [.. Enumerable.Range(0, functions).Select(_ => new FunctionFrame(8 * random.Next(1000), 8 * random.Next(5), 0))],
            [.. offsets.Select(offset =>
            {
                int region = random.Next(regions.Length + 1) - 1;
                return new CallSite(offset, 8 * random.Next(3), random.Next(2) == 0, region < 0 ? -1 : random.Next(codeLength), region);
            })],
            regions,
            [.. Enumerable.Range(0, clauses).Select(_ => random.Next(-1, 3))],
            [.. Enumerable.Range(0, functions).Select(_ => clause = random.Next(clause, clauses + 1))]);
    }

    public static bool AreEqual(CompiledCode a, CompiledCode b) =>
        a.ChecksMemory == b.ChecksMemory && a.Code.Span.SequenceEqual(b.Code.Span) && a.FunctionOffsets.SequenceEqual(b.FunctionOffsets) && a.Sites.SequenceEqual(b.Sites)
        && a.Unwind.Frames.SequenceEqual(b.Unwind.Frames) && a.Unwind.Calls.SequenceEqual(b.Unwind.Calls) && a.Unwind.Regions.SequenceEqual(b.Unwind.Regions)
        && a.Unwind.Clauses.SequenceEqual(b.Unwind.Clauses) && a.Unwind.FirstClauses.SequenceEqual(b.Unwind.FirstClauses);

    /// <summary>A module whose functions give a number, and trap.</summary>
    public static Module Numbered(int number, Profile? profile = null) => TextModules.Load(
        $"(module (memory 1) (func (export \"run\") (result i32) (i32.const {number})) (func (export \"trap\") (param i32) (result i32) (i32.load (local.get 0))))", profile);

    /// <summary>Its code.</summary>
    public static CompiledCode CodeOf(int number, int fillBytes = 0) => HandMade.Assemble(
        made =>
        {
            made.Code.mov(eax, number);
            made.Code.ret();
            for (int i = 0; i < fillBytes; i++) made.Code.nop();
        },
        made =>
        {
            made.MayFault(25);
            made.Code.mov(eax, __dword_ptr[rbx + rax]);
            made.Code.ret();
        });

    /// <summary>Calls both functions.</summary>
    public static void CheckRuns(Module module, int number)
    {
        Instance instance = HandMade.Instantiate(CompiledModule.Of(module)!);
        Assert.Equal((ulong)number, HandMade.Run(instance, "run").Values[0]);
        Assert.Equal(new ExecutionResult(Outcome.Failure, TrapKind.MemoryOutOfBounds, 1, 25), HandMade.Run(instance, "trap", 70_000).Result);
        instance.Store.Dispose();
    }

    public static ArtifactKey KeyOf(Module module) => ArtifactKey.Of(module, CompilerOptions.Default);

    private static int[] Ascending(Random random, int from, int to, int step)
    {
        List<int> numbers = [];
        for (int at = from + random.Next(step); at < to; at += 1 + random.Next(step)) numbers.Add(at);
        return [.. numbers];
    }
}

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("artifacts-").FullName;

    public string[] Artifacts => Directory.GetFiles(Path, "*.code", SearchOption.AllDirectories);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
