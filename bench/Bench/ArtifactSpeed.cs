using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm;
using ContractVm.Compiler;
using ContractVm.Compiler.Artifacts;
using ContractVm.Gas;
using ContractVm.Native;
using ContractVm.Text;

namespace Bench;

/// <summary>
/// How long compiled modules take: from the cache in memory, from the folder of artifacts, and to it. The code stands for a compiler's: a
/// function in every 400 bytes, a site in every 40, and nothing to run but a return.
/// </summary>
internal static class ArtifactSpeed
{
    private const int FunctionBytes = 400, SiteBytes = 40;

    public static int Run()
    {
        string folder = Directory.CreateTempSubdirectory("artifacts").FullName;
        ArtifactStore store = ArtifactStore.Open(folder);
        Console.WriteLine("| code KiB | artifact KiB | key µs | from memory µs | read and check µs | load and unload µs | from disk µs | from disk, µs/KiB | from disk, instance and call µs | to disk, synced µs |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        bool isSettled = false;
        // The first size is measured twice: what .NET compiles anew meanwhile is part of no figure.
        foreach (int kilobytes in (int[])[2, 2, 8, 32, 128, 512, 2048])
        {
            int rounds = Math.Max(40, 8000 / (kilobytes + 4));
            Module module = MakeModule(kilobytes * 1024 / FunctionBytes);
            CompiledCode code = MakeCode(kilobytes * 1024 / FunctionBytes, module.Bytes.Length);
            ArtifactKey key = ArtifactKey.Of(module, CompilerOptions.Default);
            byte[] secret = new byte[Artifact.SecretBytes], bytes = Artifact.Write(code, key, secret)!;
            using ModuleCache cache = new(1 << 30, store);
            double making = Median(rounds, () => ArtifactKey.Of(module, CompilerOptions.Default));
            double writing = Median(Math.Min(rounds, 60), () => Check(store.TryWrite(key, code)));
            double reading = Median(rounds, () => Check(Artifact.TryRead(bytes, key, secret, out CompiledCode? read, out _) && Artifact.DefectOf(read!, module) is null));
            double loading = Median(rounds, () =>
            {
                Check(CompiledModule.TryLoad(module, code, out CompiledModule? loaded));
                loaded!.Dispose();
            });
            double disk = Median(rounds, () => Get(cache, module).Dispose(), () => cache.Trim(0));
            double call = Median(rounds, () =>
            {
                using ModuleLease lease = Get(cache, module);
                Call(lease.Module);
            }, () => cache.Trim(0));
            Get(cache, module).Dispose();
            const int Hits = 1000;
            double memory = Median(rounds, () =>
            {
                for (int i = 0; i < Hits; i++) Get(cache, module).Dispose();
            }) / Hits;
            if (isSettled) Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {kilobytes} | {bytes.Length / 1024.0:f1} | {making:f1} | {memory:f3} | {reading:f1} | {loading:f1} | {disk:f1} | {disk / kilobytes:f2} | {call:f1} | {writing:f0} |"));
            isSettled = true;
        }

        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static ModuleLease Get(ModuleCache cache, Module module) =>
        cache.GetOrCompile(module, CompilerOptions.Default, static (_, _) => throw new InvalidDataException("the artifact was refused")) ?? throw new InvalidDataException("this machine cannot run compiled code");

    private static void Call(Module module)
    {
        using Store store = new(1 << 20, EngineKind.Compiled);
        Instance.Create(module, static _ => null, null, out Instance? instance, store);
        Check(instance!.Invoke(0, [], [], new Meter(1000, module.Profile.Schedule.StackWords)).Outcome == Outcome.Success);
    }

    private static Module MakeModule(int functions)
    {
        StringBuilder text = new("(module (memory 1)");
        for (int i = 0; i < functions; i++) text.Append(CultureInfo.InvariantCulture, $"(func {string.Concat(Enumerable.Repeat("(drop (i32.const 1000000))", 15))})");
        text.Append(')');
        if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(text.ToString()), new TextOptions(), out TextModule? read, out TextError? textError)) throw new InvalidDataException(textError.ToString());
        return Module.TryLoad(read.Bytes, Profiles.Bare, out Module module, out ModuleError error) ? module : throw new InvalidDataException(error.ToString());
    }

    private static CompiledCode MakeCode(int functions, int moduleBytes)
    {
        byte[] code = new byte[functions * FunctionBytes];
        new Random(1).NextBytes(code);
        int[] offsets = [.. Enumerable.Range(0, functions).Select(i => i * FunctionBytes)];
        // ret
        foreach (int offset in offsets) code[offset] = 0xC3;
        int sites = code.Length / SiteBytes;
        return new CompiledCode(code, offsets, [.. Enumerable.Range(0, sites).Select(i => new TrapSite(i * SiteBytes + i % 7, (int)((long)i * moduleBytes / sites), TrapKind.MemoryOutOfBounds))], false);
    }

    private static double Median(int rounds, Action measured, Action? before = null)
    {
        List<double> times = [];
        // Until .NET's tiered compiler has settled.
        long start = Stopwatch.GetTimestamp();
        while (times.Count < rounds)
        {
            bool isSettled = Stopwatch.GetElapsedTime(start).TotalMilliseconds > 300;
            before?.Invoke();
            long from = Stopwatch.GetTimestamp();
            measured();
            double elapsed = Stopwatch.GetElapsedTime(from).TotalMicroseconds;
            if (isSettled) times.Add(elapsed);
        }

        times.Sort();
        return times[times.Count / 2];
    }

    private static void Check(bool isSo)
    {
        if (!isSo) throw new InvalidDataException("an artifact was not as it should be");
    }
}
