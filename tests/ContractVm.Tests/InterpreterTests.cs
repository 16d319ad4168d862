using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.Fuzz;
using ContractVm.Gas;
using ContractVm.TestSupport;
using FsCheck;
using FsCheck.Fluent;
using TestData = ContractVm.TestSupport.TestData;
using Xunit;

namespace ContractVm.Tests;

public class InterpreterTests
{
    private const ulong Plenty = 1UL << 60;

    [Fact]
    public void AnyInkLimitEndsAsTheTotalSays()
    {
        // A program costs what it costs: with that much ink it succeeds and nothing is left; with less it runs out with 0 left.
        Prop.ForAll(ArbMap.Default.ArbFor<uint>(), ArbMap.Default.ArbFor<ushort>(), static (seed, part) =>
        {
            Module module = TestModules.Load(ProgramGenerator.Generate(seed));
            (ExecutionResult full, ulong[] values, Meter meter) = RunFresh(module, Plenty);
            ulong used = Plenty - meter.InkLeft;
            if (full.Outcome is Outcome.OutOfInk) return false;
            (ExecutionResult exact, ulong[] exactValues, Meter exactMeter) = RunFresh(module, used);
            if (exact != full || !exactValues.SequenceEqual(values) || exactMeter.InkLeft != 0 || exactMeter.IsExhausted) return false;
            if (used == 0) return true;
            (ExecutionResult less, _, Meter lessMeter) = RunFresh(module, part % used);
            return less.Outcome == Outcome.OutOfInk && lessMeter.InkLeft == 0 && lessMeter.IsExhausted;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void RunningTwiceGivesTheSame()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            Module module = TestModules.Load(ProgramGenerator.Generate(seed));
            (ExecutionResult first, ulong[] firstValues, Meter firstMeter) = RunFresh(module, Plenty);
            (ExecutionResult second, ulong[] secondValues, Meter secondMeter) = RunFresh(module, Plenty);
            Assert.Equal(first, second);
            Assert.Equal(firstValues, secondValues);
            Assert.Equal(firstMeter.InkLeft, secondMeter.InkLeft);
        }
    }

    [ProgramFact("install Node.js, which holds another WebAssembly engine", "node")]
    public void GeneratedProgramsGiveWhatV8Gives()
    {
        const int Programs = 400;
        string folder = Directory.CreateTempSubdirectory("programs").FullName;
        List<string> ours = [];
        for (ulong seed = 0; seed < Programs; seed++)
        {
            byte[] bytes = ProgramGenerator.Generate(seed + 1_000_000);
            File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{seed:d5}.wasm")), bytes);
            using Instance instance = TestModules.Instantiate(TestModules.Load(bytes));
            (ExecutionResult result, ulong[] values, _) = TestModules.Run(instance, "run", Plenty, 7, unchecked((ulong)-3));
            string answer = result.Outcome == Outcome.Success ? values[0].ToString("x", CultureInfo.InvariantCulture) : TrapText(result.Trap);
            ours.Add($"{answer} {MemoryHash(instance)}");
        }

        string script = Path.Combine(folder, "run.js");
        File.WriteAllText(script, """
            const fs = require('fs'), crypto = require('crypto');
            for (const file of fs.readdirSync(process.argv[2]).filter(f => f.endsWith('.wasm')).sort()) {
              const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(process.argv[2] + '/' + file)));
              let answer;
              try { answer = BigInt.asUintN(64, instance.exports.run(7, -3n)).toString(16); }
              catch (error) { answer = error.message.replace('remainder by', 'divide by').replace(/.*unrepresentable.*/, 'unrepresentable'); }
              console.log(answer + ' ' + crypto.createHash('sha256').update(new Uint8Array(instance.exports.memory.buffer)).digest('hex'));
            }
            """);
        (int exitCode, string output, string error) = TestData.Run("node", [script, folder]);
        Directory.Delete(folder, recursive: true);
        Assert.True(exitCode == 0, error);
        string[] theirs = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Programs, theirs.Length);
        Assert.Equal(theirs, ours);
        // The comparison means something only where programs both finish and trap.
        Assert.InRange(ours.Count(static line => line.Contains("memory access", StringComparison.Ordinal) || line.Contains("divide", StringComparison.Ordinal)), 5, Programs);
        Assert.InRange(ours.Count(static line => !line.Contains("access", StringComparison.Ordinal)), Programs / 4, Programs);
    }

    [Fact]
    public void HostFunctionsTakeSlotsReadMemoryAndPay()
    {
        ModuleBuilder builder = new();
        int import = builder.ImportFunction("env", "mix", builder.Type("il", "l"));
        int run = builder.Function(builder.Type("i", "l"), "", [0x20, 0, 0x42, 5, 0x10, (byte)import]);
        builder.Memory(1).Data(8, "\u0009"u8).Export("run", ExternalKind.Function, run);
        Module module = TestModules.Load(builder.Build());
        HostFunction host = new("env", "mix", module.TypeOfFunction(import), static (call, slots) =>
        {
            if (!call.Meter.TryCharge(100)) return HostStatus.OutOfInk;
            if (!call.TryGetMemory((uint)slots[0], 1, out Span<byte> byteAt)) return HostStatus.Fault;
            slots[0] = byteAt[0] * slots[1] + (ulong)(int)call.State!;
            return HostStatus.Continue;
        });
        using Instance instance = TestModules.Instantiate(module, host, state: 1000);
        (ExecutionResult result, ulong[] values, Meter meter) = TestModules.Run(instance, "run", Plenty, 8);
        Assert.Equal((Outcome.Success, 1045UL), (result.Outcome, values[0]));
        ulong used = Plenty - meter.InkLeft;

        Assert.Equal(new ExecutionResult(Outcome.Failure, TrapKind.HostFault, run, result.TrapOffset), TestModules.Run(instance, "run", Plenty, 65536).Result with { TrapOffset = result.TrapOffset });
        (ExecutionResult outOfInk, _, Meter emptied) = TestModules.Run(instance, "run", used - 1, 8);
        Assert.Equal((Outcome.OutOfInk, 0UL), (outOfInk.Outcome, emptied.InkLeft));
    }

    [Fact]
    public void AHostFunctionThatEndsTheExecutionReturnsNothing()
    {
        ModuleBuilder builder = new();
        int import = builder.ImportFunction("env", "exit", builder.Type("", ""));
        builder.Export("run", ExternalKind.Function, builder.Function(builder.Type("l", "l"), "", [0x10, (byte)import, 0x20, 0]));
        Module module = TestModules.Load(builder.Build());
        using Instance instance = TestModules.Instantiate(module, new HostFunction("env", "exit", module.TypeOfFunction(import), static (_, _) => HostStatus.Exit));
        (ExecutionResult result, ulong[] values, _) = TestModules.Run(instance, "run", Plenty, 7);
        Assert.Equal((ExecutionResult.Success, 0UL), (result, values[0]));
    }

    [Fact]
    public void AnExceptionOfTheHostIsNoOutcome()
    {
        ModuleBuilder builder = new();
        int import = builder.ImportFunction("env", "fail", builder.Type("", ""));
        builder.Export("run", ExternalKind.Function, builder.Function(builder.Type("", ""), "", [0x10, (byte)import]));
        Module module = TestModules.Load(builder.Build());
        HostFunction host = new("env", "fail", module.TypeOfFunction(import), static (_, _) => throw new IOException("disk"));
        using Instance instance = TestModules.Instantiate(module, host);
        Assert.Throws<IOException>(() => TestModules.Run(instance, "run", Plenty));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(900)]
    public void RecursionEndsAtTheDepthThatTheWordsAllow(int locals)
    {
        // run(n) = run(n + 1); the depth reached is kept in a global.
        ModuleBuilder builder = new();
        builder.Global('i', true, 0);
        int type = builder.Type("", "");
        int run = builder.Function(type, new string('i', locals), [0x23, 0, 0x41, 1, 0x6A, 0x24, 0, 0x10, 0]);
        builder.Export("run", ExternalKind.Function, run);
        Module module = TestModules.Load(builder.Build());
        using Instance instance = TestModules.Instantiate(module);
        Assert.Equal(Outcome.OutOfStack, TestModules.Run(instance, "run", Plenty).Result.Outcome);
        // Frame words: locals, two operands, and the schedule's constant.
        ulong words = (ulong)locals + 2 + module.Profile.Schedule.FrameWords;
        Assert.Equal(module.Profile.Schedule.StackWords / words, instance.Globals[0]);
        // The words are given back when an execution ends, however it ends.
        instance.Globals[0] = 0;
        Assert.Equal(Outcome.OutOfStack, TestModules.Run(instance, "run", Plenty).Result.Outcome);
        Assert.Equal(module.Profile.Schedule.StackWords / words, instance.Globals[0]);
    }

    [Fact]
    public void ATrapNamesItsFunctionAndOffset()
    {
        byte[] bytes = TestModules.OneFunction("", "", "", 0x01, 0x01, 0x00);
        using Instance instance = TestModules.Instantiate(TestModules.Load(bytes));
        ExecutionResult result = TestModules.Run(instance, "run", Plenty).Result;
        Assert.Equal(new ExecutionResult(Outcome.Failure, TrapKind.Unreachable, 0, Array.LastIndexOf(bytes, (byte)0x00)), result);
    }

    [Fact]
    public void ATableThatGrowsOneByOneIsCopiedSeldom()
    {
        Table table = new(new TableType(ValueType.FuncRef, new SizeLimits(0, null), Is64: false), 60_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isRight = true;
        for (int i = 0; i < 60_000; i++) isRight &= table.Grow(1, (ulong)i) == i;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 60_000 * sizeof(ulong));
        Assert.True(isRight);
        Assert.Equal((60_000, -1, 59_999UL), (table.Length, table.Grow(1, 0), table.Elements[^1]));
        Assert.Equal(60_000, table.Grow(0, 0));
    }

    [Fact]
    public void NothingIsAllocatedWhileRunning()
    {
        // A loop with a call, a load, a store and a float operation.
        ModuleBuilder builder = new();
        int helper = builder.Function(builder.Type("d", "d"), "", [0x20, 0, 0x9F]);
        int run = builder.Function(builder.Type("i", ""), "", [0x03, 0x40, 0x41, 0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, (byte)helper, 0x39, 3, 0, 0x41, 0, 0x2B, 3, 0, 0x1A,
            0x20, 0, 0x41, 1, 0x6B, 0x22, 0, 0x0D, 0, 0x0B]);
        builder.Memory(1).Export("run", ExternalKind.Function, run);
        using Instance instance = TestModules.Instantiate(TestModules.Load(builder.Build()));
        Meter meter = new(ulong.MaxValue, instance.Module.Profile.Schedule.StackWords);
        ulong[] arguments = [100_000];
        instance.Invoke(run, arguments, [], meter);
        long before = GC.GetAllocatedBytesForCurrentThread();
        instance.Invoke(run, arguments, [], meter);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static (ExecutionResult, ulong[], Meter) RunFresh(Module module, ulong ink)
    {
        using Instance instance = TestModules.Instantiate(module);
        return TestModules.Run(instance, "run", ink, 7, unchecked((ulong)-3));
    }

    private static string MemoryHash(Instance instance)
    {
        Assert.True(instance.Memory!.TryGetSpan(0, (uint)instance.Memory.ByteLength, out Span<byte> bytes));
        return System.Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
    }

    /// <summary>V8's words for the traps, where it tells less or more than we do cut to what both tell.</summary>
    private static string TrapText(TrapKind trap) => trap switch
    {
        TrapKind.Unreachable => "unreachable",
        TrapKind.DivideByZero => "divide by zero",
        TrapKind.IntegerOverflow or TrapKind.InvalidConversion => "unrepresentable",
        TrapKind.MemoryOutOfBounds => "memory access out of bounds",
        TrapKind.TableOutOfBounds => "table index is out of bounds",
        _ => trap.ToString(),
    };
}
