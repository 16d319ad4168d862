using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Bench;
using ContractVm.Compiler;
using ContractVm.Fuzz;
using ContractVm.Fuzz.Differential;
using ContractVm.Native;
using Xunit;
using Xunit.Abstractions;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Valid modules made to cost a compiler time or memory. Each is compiled or refused with a reason; bounds are several times what a slow
/// machine needs. What is compiled does the same as in the interpreter.
/// </summary>
public class CompileBombTests(ITestOutputHelper output)
{
    // Ordinary modules take about 0.2 microseconds and 500 bytes for each byte, garbage included.
    private const double SecondsPerByte = 6e-6, FreeSeconds = 3;
    private const long MostBytesPerByte = 3_000, FreeBytes = 300L << 20;
    private const int Repetitions = 4_000;

    public static TheoryData<string> OwnNames() => [.. CompileBombs.All.Select(static bomb => bomb.Name)];

    public static TheoryData<string> LanguageNames() => [.. AdversarialTests.Bombs.Where(static bomb => bomb.Value.IsValid).Select(static bomb => bomb.Key)];

    [Theory]
    [MemberData(nameof(OwnNames))]
    public void OwnBombsCostInProportionToTheirSize(string name) => Compile(name, CompileBombs.All.First(bomb => bomb.Name == name).Build());

    [Theory]
    [MemberData(nameof(LanguageNames))]
    public void ModulesThatAreHardToValidateAreNotHarderToCompile(string name) => Compile(name, AdversarialTests.Bombs[name].Build());

    /// <summary>What no function of a language would hold is refused before it takes memory.</summary>
    [Theory]
    [InlineData("100 000 calls with 1 000 results that nobody takes")]
    [InlineData("br_table, 20 000 different targets of 1 000 results")]
    [InlineData("100 000 ifs inside one another that keep 1 000 operands")]
    public void WhatItsSizeDoesNotPayForIsRefused(string name)
    {
        Module module = TestModules.Load(CompileBombs.All.First(bomb => bomb.Name == name).Build());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(ModuleCompiler.TryCompile(module, CompilerOptions.Default, 1, out _, out string? reason));
        Assert.Equal("function 1: it has more values than its size pays for", reason);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_500 * (long)module.Bytes.Length + (4 << 20));
        // The interpreter runs it then.
        Assert.Equal(EngineKind.Interpreter, Engines.FastestFor(module));
    }

    /// <summary>No instruction costs much more for its bytes than others do, however often it stands in a function.</summary>
    [Fact]
    public void EveryInstructionManyTimes()
    {
        List<(double Nanoseconds, string Name)> costs = [];
        foreach (OpcodeInfo info in OpcodeTable.All.Where(IsOrdinary))
        {
            byte[] bytes = Repeated(info);
            Module module = TestModules.Load(bytes);
            // The best of a few: .NET compiles the compiler meanwhile, and the machine does other things.
            TimeSpan time = Time(module, out CompiledCode? code, out string? reason);
            for (int i = 0; i < 3; i++) time = TimeSpan.FromTicks(Math.Min(time.Ticks, Time(module, out code, out reason).Ticks));
            Assert.True(code is not null, $"{info.Name}: {reason}");
            costs.Add((time.TotalNanoseconds / module.BodyList[0].Code.Length, FormattableString.Invariant($"{info.Name} {(double)code!.Code.Length / bytes.Length:f1} bytes of code for a byte")));
            RunBoth(info.Name, bytes);
        }

        costs.Sort();
        double median = costs[costs.Count / 2].Nanoseconds;
        foreach ((double nanoseconds, string name) in costs.AsEnumerable().Reverse().Take(12)) output.WriteLine(FormattableString.Invariant($"{name}: {nanoseconds:f0} ns for a byte, {nanoseconds / median:f1} times the median"));
        // Those that came first are measured before .NET is done.
        Assert.True(costs[^12].Nanoseconds < 10 * median && costs[^1].Nanoseconds < 100 * median, costs[^1].Name);
    }

    private static bool IsOrdinary(OpcodeInfo info) => !info.IsContextual && info.Immediates is Immediates.None or Immediates.Lane && info.Results.Length == 1
        && (info.Operands + info.Results).All(static letter => letter is 'i' or 'l' or 'f' or 'd' or 'v') && !info.Name.StartsWith("ref", StringComparison.Ordinal);

    /// <summary>A function that sets a global to the instruction's result, again and again, with its parameters in turn as operands.</summary>
    private static byte[] Repeated(OpcodeInfo info)
    {
        ModuleBuilder builder = new();
        if (info.Results == "v") builder.VectorGlobal(true, 0, 0);
        else builder.Global(info.Results[0], true, 0);
        List<byte> code = [];
        int id = (int)info.Opcode;
        for (int i = 0; i < Repetitions; i++)
        {
            for (int operand = 0; operand < info.Operands.Length; operand++) code.AddRange([0x20, (byte)(2 * operand + ((i >> operand) & 1))]);
            if (id < 0x100) code.Add((byte)id);
            else if (id < OpcodeTable.AtomicBase) code.AddRange([0xFC, (byte)(id - OpcodeTable.MiscBase)]);
            else code.AddRange(ModuleBuilder.Vector(info.Opcode));
            if (info.Immediates == Immediates.Lane) code.Add((byte)(i % info.Lanes));
            code.AddRange([0x24, 0]);
        }

        string parameters = string.Concat(info.Operands.Select(static letter => new string(letter, 2)));
        int function = builder.Function(builder.Type(parameters, ""), "", code.ToArray());
        return builder.Export("f", ExternalKind.Function, function).Build();
    }

    private void Compile(string name, byte[] bytes)
    {
        Module module = TestModules.Load(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan time = Time(module, out CompiledCode? code, out string? reason);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine(FormattableString.Invariant(
            $"{name}: {bytes.Length} bytes, {time.TotalSeconds:f3} s, {time.TotalNanoseconds / bytes.Length:f0} ns and {(double)allocated / bytes.Length:f0} bytes allocated for each, {reason ?? $"{code!.Code.Length} bytes of code"}"));
        Assert.True(time.TotalSeconds < FreeSeconds + SecondsPerByte * bytes.Length, $"{time}");
        Assert.True(allocated < FreeBytes + MostBytesPerByte * bytes.Length, $"{allocated} bytes for {bytes.Length}");
        Assert.True(code is not null || !string.IsNullOrEmpty(reason));
        if (code is not null) RunBoth(name, bytes);
    }

    private static TimeSpan Time(Module module, out CompiledCode? code, out string? reason)
    {
        Stopwatch clock = Stopwatch.StartNew();
        ModuleCompiler.TryCompile(module, CompilerOptions.Default, 1, out code, out reason);
        return clock.Elapsed;
    }

    /// <summary>Runs what is exported for a while.</summary>
    private static void RunBoth(string name, byte[] bytes)
    {
        if (!Stubs.IsAvailable) return;
        TestedEngine compiler = TestedEngines.Plain;
        Module module = TestModules.Load(bytes);
        Export[] functions = module.Exports.Where(static export => export.Kind == ExternalKind.Function).ToArray();
        // Modules with a hundred thousand exports are about something else.
        if (functions.Length is 0 or > 10) return;
        using EngineComparison comparison = new(TestedEngines.Reference.Load(bytes, out _)!, compiler.Load(bytes, out _)!, compiler);
        foreach (Export export in functions)
        {
            for (ulong seed = 0; seed < 3; seed++)
            {
                foreach (ulong ink in (ulong[])[400_000_000, 1_000_000])
                {
                    string? difference = comparison.Compare(export, seed, ink, module.Profile.Schedule.StackWords, out _);
                    Assert.True(difference is null, $"{name}: {export.Name}, arguments {seed}, ink {ink}: {difference}");
                }
            }
        }
    }
}
