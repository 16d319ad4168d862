using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using ContractVm.Compiler;
using ContractVm.Compiler.Artifacts;
using ContractVm.Compiler.X64;
using ContractVm.Native;
using ContractVm.Tests.Native;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Loaded code, shared: made once, there while anyone uses it, and made again when it is not.</summary>
public class ModuleCacheTests
{
    private const long Plenty = 1 << 30;

    private static Func<Module, CompilerOptions, CompiledCode?> Gives(int number, int fillBytes = 0) => (_, _) => ArtifactSamples.CodeOf(number, fillBytes);

    private static CompiledCode? Never(Module module, CompilerOptions options) => throw new InvalidOperationException("it should have been there");

    private static ModuleLease Get(ModuleCache cache, Module module, Func<Module, CompilerOptions, CompiledCode?> compile) =>
        cache.GetOrCompile(module, CompilerOptions.Default, compile) ?? throw new InvalidOperationException("there is no code");

    [Fact]
    public void CodeRunsFromTheCompilerFromMemoryAndFromDisk()
    {
        using TemporaryFolder folder = new();
        Module module = ArtifactSamples.Numbered(20);
        using (ModuleCache cache = new(Plenty, ArtifactStore.Open(folder.Path)))
        {
            using ModuleLease first = Get(cache, module, Gives(20)), second = Get(cache, module, Never);
            Assert.Same(first.Compiled, second.Compiled);
            Assert.Same(module, first.Module);
            ArtifactSamples.CheckRuns(module, 20);
            // Another object of the same module and profile shares the code.
            using ModuleLease third = Get(cache, ArtifactSamples.Numbered(20), Never);
            Assert.Same(module, third.Module);
            Assert.Equal(new ModuleCacheCounts(2, 0, 1, 0), cache.Counts);
        }

        Assert.Null(CompiledModule.Of(module));
        using ModuleCache next = new(Plenty, ArtifactStore.Open(folder.Path));
        using ModuleLease loaded = Get(next, module, Never);
        ArtifactSamples.CheckRuns(loaded.Module, 20);
        Assert.Equal(new ModuleCacheCounts(0, 1, 0, 0), next.Counts);
    }

    [Fact]
    public void ADamagedArtifactIsCompiledAgain()
    {
        using TemporaryFolder folder = new();
        Module module = ArtifactSamples.Numbered(21);
        using (ModuleCache cache = new(Plenty, ArtifactStore.Open(folder.Path))) Get(cache, module, Gives(21)).Dispose();
        string path = Assert.Single(folder.Artifacts);
        byte[] bytes = File.ReadAllBytes(path);
        // The number that the first function gives.
        bytes[Array.IndexOf(bytes, (byte)0xB8, Artifact.HeaderBytes) + 1] ^= 1;
        File.WriteAllBytes(path, bytes);
        using ModuleCache next = new(Plenty, ArtifactStore.Open(folder.Path));
        using ModuleLease lease = Get(next, module, Gives(21));
        ArtifactSamples.CheckRuns(lease.Module, 21);
        Assert.Equal(new ModuleCacheCounts(0, 0, 1, 0), next.Counts);
        Assert.NotEqual(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public void ManyWhoAskTogetherCompileOnce()
    {
        for (int round = 0; round < 20; round++)
        {
            using ModuleCache cache = new(Plenty);
            int number = 100 + round, compilations = 0;
            Module[] modules = [.. Enumerable.Range(0, 8).Select(_ => ArtifactSamples.Numbered(number))];
            ModuleLease[] leases = new ModuleLease[modules.Length];
            using Barrier barrier = new(modules.Length);
            Thread[] threads = [.. modules.Select((module, i) => new Thread(() =>
            {
                barrier.SignalAndWait();
                leases[i] = Get(cache, module, (_, _) =>
                {
                    Interlocked.Increment(ref compilations);
                    Thread.Sleep(5);
                    return ArtifactSamples.CodeOf(number);
                });
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            Assert.Equal(1, compilations);
            Assert.All(leases, lease => Assert.Same(leases[0].Compiled, lease.Compiled));
            ArtifactSamples.CheckRuns(leases[0].Module, number);
            foreach (ModuleLease lease in leases) lease.Dispose();
        }
    }

    [Fact]
    public async Task WhoeverWaitsForAFailureTriesAgain()
    {
        using ModuleCache cache = new(Plenty);
        Module module = ArtifactSamples.Numbered(22);
        using ManualResetEventSlim isCompiling = new(), mayFail = new();
        Task failing = Task.Factory.StartNew(() => Get(cache, module, (_, _) =>
        {
            isCompiling.Set();
            mayFail.Wait();
            throw new InvalidDataException("once");
        }), TaskCreationOptions.LongRunning);
        isCompiling.Wait();
        Task<ModuleLease> waiting = Task.Factory.StartNew(() => Get(cache, module, Gives(22)), TaskCreationOptions.LongRunning);
        await Task.Delay(20);
        Assert.False(waiting.IsCompleted);
        mayFail.Set();
        await Assert.ThrowsAsync<InvalidDataException>(() => failing);
        using ModuleLease lease = await waiting;
        ArtifactSamples.CheckRuns(lease.Module, 22);
    }

    [Fact]
    public void ThatAModuleIsNotCompiledIsRemembered()
    {
        using TemporaryFolder folder = new();
        using ModuleCache cache = new(Plenty, ArtifactStore.Open(folder.Path));
        Module module = ArtifactSamples.Numbered(23);
        int asked = 0;
        for (int i = 0; i < 3; i++)
        {
            Assert.Null(cache.GetOrCompile(module, CompilerOptions.Default, (_, _) =>
            {
                asked++;
                return null;
            }));
        }

        Assert.Equal(1, asked);
        Assert.Empty(folder.Artifacts);
        cache.Trim(0);
        Get(cache, module, Gives(23)).Dispose();
    }

    [Fact]
    public void CodeWithADefectStopsTheNode()
    {
        using TemporaryFolder folder = new();
        using ModuleCache cache = new(Plenty, ArtifactStore.Open(folder.Path));
        Module module = ArtifactSamples.Numbered(24);
        Assert.Throws<NodeFaultException>(() => Get(cache, module, (_, _) => ArtifactSamples.CodeOf(24) with { FunctionOffsets = [0] }));
        Assert.Empty(folder.Artifacts);
        Get(cache, module, Gives(24)).Dispose();
    }

    [Fact]
    public void TheUnusedForLongestLeaveAndComeBack()
    {
        using TemporaryFolder folder = new();
        Module[] modules = [.. Enumerable.Range(0, 6).Select(i => ArtifactSamples.Numbered(30 + i))];
        long one;
        using (ModuleCache probe = new(Plenty))
        {
            Get(probe, modules[0], Gives(30, 10_000)).Dispose();
            one = probe.Bytes;
        }

        using ModuleCache cache = new(3 * one + 1000, ArtifactStore.Open(folder.Path));
        for (int i = 0; i < 4; i++)
        {
            Get(cache, modules[i], Gives(30 + i, 10_000)).Dispose();
            Get(cache, modules[0], Never).Dispose();
        }

        Assert.Equal([true, false, true, true, false, false], modules.Select(module => CompiledModule.Of(module) is not null));
        Assert.InRange(cache.Bytes, 1, 3 * one + 1000);
        using ModuleLease back = Get(cache, modules[1], Never);
        ArtifactSamples.CheckRuns(back.Module, 31);
        Assert.Equal((4, 1, 2), (cache.Counts.Compilations, cache.Counts.DiskHits, cache.Counts.Evictions));
    }

    [Fact]
    public void WhatIsInUseStays()
    {
        using ModuleCache cache = new(0);
        Module module = ArtifactSamples.Numbered(40);
        ModuleLease lease = Get(cache, module, Gives(40));
        Instance instance = HandMade.Instantiate(lease.Compiled);
        lease.Dispose();
        lease.Dispose();
        cache.Trim(0);
        Assert.Equal(40UL, HandMade.Run(instance, "run").Values[0]);
        Assert.Same(lease.Compiled, CompiledModule.Of(module));
        Get(cache, module, Never).Dispose();
        instance.Store.Dispose();
        cache.Trim(0);
        Assert.Equal((null, 0L, 1L), (CompiledModule.Of(module), cache.Bytes, cache.Counts.Evictions));
        Assert.False(lease.Compiled.TryAddUse());
        // A limit of nothing holds as soon as the next one comes.
        Get(cache, module, Gives(40)).Dispose();
        Get(cache, ArtifactSamples.Numbered(41), Gives(41)).Dispose();
        Assert.Null(CompiledModule.Of(module));
    }

    [Fact]
    public void AClosedCacheLeavesInstancesTheirCode()
    {
        ModuleCache cache = new(Plenty);
        Module module = ArtifactSamples.Numbered(42);
        ModuleLease lease = Get(cache, module, Gives(42));
        Instance instance = HandMade.Instantiate(lease.Compiled);
        lease.Dispose();
        cache.Dispose();
        cache.Dispose();
        Assert.Equal(42UL, HandMade.Run(instance, "run").Values[0]);
        instance.Store.Dispose();
        Assert.False(lease.Compiled.TryAddUse());
        Assert.Throws<ObjectDisposedException>(() => Get(cache, module, Gives(42)));
    }

    [Fact]
    public void CodeThatOthersDisposedOfIsLoadedAgain()
    {
        using ModuleCache cache = new(Plenty);
        Module module = ArtifactSamples.Numbered(43);
        using (ModuleLease lease = Get(cache, module, Gives(43))) lease.Compiled.Dispose();
        using ModuleLease again = Get(cache, module, Gives(43));
        ArtifactSamples.CheckRuns(again.Module, 43);
    }

    [Fact]
    public void OneModuleWithTwoOptionsHasTwoCodes()
    {
        using ModuleCache cache = new(Plenty);
        Module module = ArtifactSamples.Numbered(44);
        using ModuleLease first = Get(cache, module, Gives(44));
        using ModuleLease second = cache.GetOrCompile(module, CompilerOptions.Default with { ChecksMemory = true }, Gives(45))!;
        Assert.NotSame(first.Module, second.Module);
        ArtifactSamples.CheckRuns(first.Module, 44);
        ArtifactSamples.CheckRuns(second.Module, 45);
    }

    [Fact]
    public void ProfilesWithOneNameShareArtifactsButNotModules()
    {
        using TemporaryFolder folder = new();
        using ModuleCache cache = new(Plenty, ArtifactStore.Open(folder.Path));
        Profile twin = Profiles.Bare with { };
        using ModuleLease first = Get(cache, ArtifactSamples.Numbered(46), Gives(46)), second = Get(cache, ArtifactSamples.Numbered(46, twin), Never);
        Assert.Same(twin, second.Module.Profile);
        ArtifactSamples.CheckRuns(second.Module, 46);
        Assert.Equal(new ModuleCacheCounts(0, 1, 1, 0), cache.Counts);
    }

    [Fact]
    public void ATargetThatTheMachineIsNotIsRefused()
    {
        using ModuleCache cache = new(Plenty);
        CompilerOptions options = CompilerOptions.Default with { Cpu = new CpuFeatures(1u << 31) };
        Assert.Throws<ArgumentException>(() => cache.GetOrCompile(ArtifactSamples.Numbered(48), options, Never));
        // One with less is another artifact, and runs.
        using ModuleLease lease = cache.GetOrCompile(ArtifactSamples.Numbered(48), options with { Cpu = CpuFeatures.Baseline }, Gives(48))!;
        ArtifactSamples.CheckRuns(lease.Module, 48);
    }

    [Fact]
    public void WhatTheCompilerMakesComesBackFromDisk()
    {
        using TemporaryFolder folder = new();
        Module module = ArtifactSamples.Numbered(49);
        using (ModuleCache cache = new(Plenty, ArtifactStore.Open(folder.Path)))
        {
            using ModuleLease lease = Get(cache, module, Compile);
            Check(lease.Module);
        }

        using ModuleCache next = new(Plenty, ArtifactStore.Open(folder.Path));
        using ModuleLease loaded = Get(next, module, Never);
        Check(loaded.Module);

        static CompiledCode? Compile(Module module, CompilerOptions options) => ModuleCompiler.TryCompile(module, options, 1, out CompiledCode? code, out _) ? code : null;

        static void Check(Module module)
        {
            Instance instance = HandMade.Instantiate(CompiledModule.Of(module)!);
            Assert.Equal(49UL, HandMade.Run(instance, "run").Values[0]);
            ExecutionResult trap = HandMade.Run(instance, "trap", 70_000).Result;
            Assert.Equal((TrapKind.MemoryOutOfBounds, 1, (OpcodeInfo?)OpcodeTable.Get(Opcode.I32Load)), (trap.Trap, trap.TrapFunction, module.InstructionAt(trap.TrapOffset)));
            instance.Store.Dispose();
        }
    }

    [Fact]
    public void AStoreThatIsForgottenGivesItsUseBack()
    {
        using ModuleCache cache = new(Plenty);
        Module module = ArtifactSamples.Numbered(47);
        Forget(cache, module);
        for (int i = 0; i < 20 && CompiledModule.Of(module) is not null; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            cache.Trim(0);
        }

        Assert.Null(CompiledModule.Of(module));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(ModuleCache cache, Module module)
        {
            using ModuleLease lease = Get(cache, module, Gives(47));
            Assert.Equal(47UL, HandMade.Run(HandMade.Instantiate(lease.Compiled), "run").Values[0]);
        }
    }

    [Fact]
    public void ThreadsThatLoadRunAndEvictDisturbNobody()
    {
        using TemporaryFolder folder = new();
        using ModuleCache cache = new(40_000, ArtifactStore.Open(folder.Path, 30_000));
        Module[] modules = [.. Enumerable.Range(0, 8).Select(i => ArtifactSamples.Numbered(60 + i))];
        Thread[] threads = new Thread[4];
        List<Exception> failures = [];
        for (int t = 0; t < threads.Length; t++)
        {
            Random random = new(t);
            threads[t] = new Thread(() =>
            {
                try
                {
                    for (int i = 0; i < 150; i++)
                    {
                        int which = random.Next(modules.Length);
                        using ModuleLease lease = Get(cache, modules[which], Gives(60 + which, 2000));
                        ArtifactSamples.CheckRuns(lease.Module, 60 + which);
                        if (i % 20 == 0) cache.Trim(0);
                    }
                }
                catch (Exception exception)
                {
                    lock (failures) failures.Add(exception);
                }
            });
            threads[t].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(failures);
        Assert.True(cache.Counts is { Evictions: > 10, DiskHits: > 0 }, $"{cache.Counts}");
        cache.Trim(0);
        Assert.Equal(0, cache.Bytes);
    }
}
