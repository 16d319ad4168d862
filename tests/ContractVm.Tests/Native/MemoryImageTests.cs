using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using ContractVm.Gas;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Tests.Native;

/// <summary>Memories that begin as a mapped image hold what copying makes of them, each time anew, in both engines.</summary>
[Collection(nameof(NativeCollection))]
public class MemoryImageTests
{
    private const int Instances = 5;

    /// <summary>Runs with images for whatever fits one, or with none.</summary>
    private static T With<T>(bool images, Func<T> run)
    {
        MemoryImage.LeastOfThisThread = images ? 1 : long.MaxValue;
        try
        {
            return run();
        }
        finally
        {
            MemoryImage.LeastOfThisThread = 0;
        }
    }

    private static string Escape(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        foreach (byte value in bytes) text.Append(CultureInfo.InvariantCulture, $"\\{value:x2}");
        return text.ToString();
    }

    /// <summary>A module with segments of every kind, most of which fit.</summary>
    private static string Generate(int seed)
    {
        Random random = new(seed);
        int pages = random.Next(1, 5), bytes = pages << 16;
        bool is64 = random.Next(5) == 0;
        string type = is64 ? "i64" : "i32";
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"(module (global $g {type} ({type}.const {random.Next(bytes)})) (memory {(is64 ? "i64 " : "")}{pages} {pages + 2})");
        if (random.Next(3) == 0) text.Append("(memory 1) (data (memory 1) (i32.const 7) \"second\")");
        if (random.Next(4) == 0) text.Append("(table 3 funcref) (elem (i32.const 2) $f $f)");
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            byte[] content = new byte[random.Next(4) == 0 ? random.Next(3) : random.Next(50_000)];
            random.NextBytes(content);
            // At the end, across it, at a border of pages, or anywhere.
            long offset = random.Next(6) switch { 0 => bytes - content.Length, 1 when random.Next(3) == 0 => bytes - content.Length + 1, 2 => random.Next(pages * 16) * 4096L, _ => random.Next(bytes) };
            string place = random.Next(30) switch { 0 => "(global.get $g)", 1 => $"({type}.add ({type}.const 1) ({type}.const {offset}))", _ => $"({type}.const {offset})" };
            text.Append(CultureInfo.InvariantCulture, $"(data {(random.Next(8) == 0 ? "" : place)} \"{Escape(content)}\")");
        }

        return text.Append(CultureInfo.InvariantCulture, $"(func $f) (func (export \"grow\") (param {type}) (result {type}) (memory.grow (local.get 0)))(func (export \"set\") (param {type} i64) (i64.store (local.get 0) (local.get 1))))").ToString();
    }

    /// <summary>Everything that is seen of several instances, one after the other, which write to their memories.</summary>
    private static List<string> Run(Module module, EngineKind kind, int seed)
    {
        Random random = new(seed);
        List<string> seen = [];
        for (int i = 0; i < Instances; i++)
        {
            using Store store = new(1 << 20, kind);
            ExecutionResult made = Instance.Create(module, static _ => null, null, out Instance? instance, store);
            seen.Add(made.ToString());
            if (instance is null) continue;
            seen.Add(Digest(instance));
            module.TryGetExport("set", out Export set);
            module.TryGetExport("grow", out Export grow);
            Meter meter = new(100_000_000, 10_000);
            for (int writes = random.Next(6); writes > 0; writes--)
                seen.Add(instance.Invoke(set.Index, [(ulong)random.NextInt64((long)instance.Memory!.ByteLength + 64), (ulong)random.NextInt64()], [], meter).ToString());
            ulong[] pages = [0];
            instance.Invoke(grow.Index, [(ulong)random.Next(3)], pages, meter);
            seen.Add(string.Create(CultureInfo.InvariantCulture, $"{pages[0]} {Digest(instance)}"));
        }

        return seen;
    }

    private static string Digest(Instance instance) => string.Join(' ', instance.Memories.Select(static memory =>
    {
        Assert.True(memory.TryGetSpan(0, (uint)memory.ByteLength, out Span<byte> span));
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(span));
    }));

    [Theory]
    [InlineData(EngineKind.Interpreter)]
    [InlineData(EngineKind.Compiled)]
    public void MappedMemoriesAreCopiedOnes(EngineKind kind)
    {
        if (!Stubs.IsAvailable) return;
        int shown = 0;
        Text.Property.Check(Gen.Choose(0, int.MaxValue - 1), seed =>
        {
            string text = Generate(seed);
            Module copied = TextModules.Load(text), mapped = TextModules.Load(text);
            Assert.Equal(With(false, () => Run(copied, kind, seed)), With(true, () => Run(mapped, kind, seed)));
            shown += With(true, () => Shows(mapped)) ? 1 : 0;
        }, 120);
        Assert.True(shown > 20, $"{shown} modules had an image");
    }

    private static bool Shows(Module module)
    {
        using Store store = new();
        Instance.Create(module, static _ => null, null, out Instance? instance, store);
        return instance is not null && instance.Memory!.ShowsImage;
    }

    /// <summary>From its second instance on, where its segments are large enough, constant, of its own memory, and fit.</summary>
    [Theory]
    [InlineData("(memory 4) (data (i32.const 5) \"DATA\")", true)]
    [InlineData("(memory 4) (data (i32.const 5) \"DATA\") (data \"passive\")", true)]
    [InlineData("(memory 2) (data (i32.const 5) \"small\")", false)]
    [InlineData("(memory 4) (data (i32.add (i32.const 5) (i32.const 1)) \"DATA\")", false)]
    [InlineData("(import \"m\" \"t\" (table 1 funcref)) (memory 4) (data (i32.const 5) \"DATA\")", false)]
    [InlineData("(import \"m\" \"m\" (memory 4)) (data (i32.const 5) \"DATA\")", false)]
    [InlineData("(memory 4) (memory 4) (data (memory 1) (i32.const 5) \"DATA\")", false)]
    // Zeros between would take more than the bytes.
    [InlineData("(memory 100) (data (i32.const 5) \"DATA\") (data (i32.const 6000000) \"x\")", false)]
    public void WhatIsMapped(string fields, bool isMapped)
    {
        if (!Stubs.IsAvailable) return;
        Module module = TextModules.Load($"(module {fields.Replace("DATA", string.Concat(Enumerable.Repeat("contract", 20_000)), StringComparison.Ordinal)})");
        foreach (bool isExpected in (bool[])[false, isMapped, isMapped])
        {
            using Store store = new();
            Table table = new(new TableType(ValueType.FuncRef, new SizeLimits(1, null), false), 10);
            LinearMemory memory = new(new MemoryType(new SizeLimits(4, null), false, false), 4);
            Instance.Create(module, import => import.Kind == ExternalKind.Table ? table : memory, null, out Instance? instance, store);
            Assert.Equal(isExpected, instance!.Memory!.ShowsImage);
            if (!ReferenceEquals(instance.Memory, memory)) memory.Dispose();
        }
    }

    [Fact]
    public void AMemoryIsTheImageAgainAfterUse()
    {
        if (!Stubs.IsAvailable) return;
        Module module = TextModules.Load($"(module (memory 4) (data (i32.const 5000) \"{string.Concat(Enumerable.Repeat("contract", 20_000))}\"))");
        for (int i = 0; i < 20; i++)
        {
            using Instance instance = TestModules.Instantiate(module);
            Assert.True(instance.Memory!.TryGetSpan(0, 4 << 16, out Span<byte> memory));
            Assert.Equal(0, memory[..5000].IndexOfAnyExcept((byte)0) + 1);
            Assert.Equal("contract", Encoding.ASCII.GetString(memory.Slice(5000, 8)));
            Assert.Equal("contract", Encoding.ASCII.GetString(memory.Slice(5000 + 160_000 - 8, 8)));
            Assert.Equal(0, memory[165_000..].IndexOfAnyExcept((byte)0) + 1);
            memory.Fill((byte)i);
        }
    }

    [Fact]
    public void ThreadsHaveMemoriesOfTheirOwn()
    {
        if (!Stubs.IsAvailable) return;
        Module module = TextModules.Load($"(module (memory 4) (data (i32.const 0) \"{string.Concat(Enumerable.Repeat("contract", 20_000))}\"))");
        int wrong = 0;
        Thread[] threads = new Thread[6];
        for (int t = 0; t < threads.Length; t++)
        {
            byte mark = (byte)(t + 1);
            threads[t] = new Thread(() =>
            {
                for (int i = 0; i < 200; i++)
                {
                    using Instance instance = TestModules.Instantiate(module);
                    instance.Memory!.TryGetSpan(0, 160_000, out Span<byte> memory);
                    for (int at = 0; at < memory.Length; at += 4096)
                    {
                        if (memory[at] != 'c') Interlocked.Increment(ref wrong);
                        memory[at] = mark;
                    }

                    for (int at = 0; at < memory.Length; at += 4096)
                        if (memory[at] != mark) Interlocked.Increment(ref wrong);
                }
            });
            threads[t].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        Assert.Equal(0, wrong);
    }

    /// <summary>Where the machine does not map, memory is zero as it was, and is copied to.</summary>
    [Fact]
    public void WhatCannotBeMappedIsLeftAsItWas()
    {
        if (!Stubs.IsAvailable) return;
        MemoryImage none = new(-1, 4096, 8192);
        GC.SuppressFinalize(none);
        using LinearMemory memory = new(new MemoryType(new SizeLimits(1, null), false, false), 1, none);
        Assert.False(memory.ShowsImage);
        Assert.True(memory.TryGetSpan(0, 1 << 16, out Span<byte> span));
        Assert.Equal(-1, span.IndexOfAnyExcept((byte)0));
        span.Fill(7);
        // A reservation without a guard shows none.
        MemoryReservation.MostOfThisThread = 1 << 20;
        try
        {
            using LinearMemory scarce = new(new MemoryType(new SizeLimits(1, null), false, false), 1, none);
            Assert.False(scarce.ShowsImage);
        }
        finally
        {
            MemoryReservation.MostOfThisThread = 0;
        }
    }
}
