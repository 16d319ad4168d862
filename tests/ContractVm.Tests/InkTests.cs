using System;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests;

/// <summary>Ink that was computed by hand from the schedules and the rules of docs/GAS.md.</summary>
public class InkTests
{
    private static readonly Profile Stylus = Profiles.StylusV2;

    private static ulong InkOf(Profile profile, byte[] bytes, params ulong[] arguments)
    {
        using Instance instance = TestModules.Instantiate(TestModules.Load(bytes, profile));
        (ExecutionResult result, _, Meter meter) = TestModules.Run(instance, "run", 1UL << 50, arguments);
        Assert.Equal(Outcome.Success, result.Outcome);
        return (1UL << 50) - meter.InkLeft;
    }

    [Fact]
    public void StylusStraightLine() =>
        // header + local.get + i32.const + i32.add + end
        Assert.Equal(2450UL + 75 + 1 + 70 + 1, InkOf(Stylus, TestModules.OneFunction("i", "i", "", 0x20, 0, 0x41, 1, 0x6A), 5));

    [Theory]
    [InlineData(0, 2450 + 1 + 75 + 765 + 2450 + 1 + 1 + 2450 + 1 + 1)]
    [InlineData(1, 2450 + 1 + 75 + 765 + 2450 + 1 + 1)]
    public void StylusBlocksEndAtBranchesAndEveryEnd(ulong argument, ulong ink) =>
        // block local.get br_if | nop end | i32.const end; taken, the branch enters the last block.
        Assert.Equal(ink, InkOf(Stylus, TestModules.OneFunction("i", "i", "", 0x02, 0x40, 0x20, 0, 0x0D, 0, 0x01, 0x0B, 0x41, 7), argument));

    [Fact]
    public void StylusCallsEndBlocksAndBytesArePaid()
    {
        ModuleBuilder builder = new();
        int type = builder.Type("", "");
        int callee = builder.Function(type, "", []);
        int run = builder.Function(type, "", [0x10, (byte)callee, 0x41, 0, 0x41, 1, 0x41, 33, 0xFC, 11, 0]);
        byte[] bytes = builder.Memory(1, 1).Export("run", ExternalKind.Function, run).Build();
        // call | end of the callee | three constants, memory.fill of 33 bytes, end
        Assert.Equal(2450UL + 3800 + 2450 + 1 + 2450 + 3 + 950 + 33 * 100 + 1, InkOf(Stylus, bytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void TheExampleOfTheDocument(ulong argument)
    {
        Schedule schedule = Profiles.Bare.Schedule;
        ulong Sum(params Opcode[] opcodes) => schedule.BlockHeader + opcodes.Aggregate(0UL, (sum, opcode) => sum + schedule.PriceOf((int)opcode));
        ulong first = schedule.FunctionEntry + Sum(Opcode.Block, Opcode.LocalGet, Opcode.BrIf), skipped = Sum(Opcode.Nop, Opcode.End), last = Sum(Opcode.I32Const, Opcode.End);
        ulong ink = InkOf(Profiles.Bare, TestModules.OneFunction("i", "i", "", 0x02, 0x40, 0x20, 0, 0x0D, 0, 0x01, 0x0B, 0x41, 7), argument);
        Assert.Equal(first + (argument == 0 ? skipped : 0) + last, ink);
    }

    [Fact]
    public void AnEndThatNothingTargetsEndsNoBlockAndCallsDoNot()
    {
        Schedule schedule = Profiles.Bare.Schedule;
        ModuleBuilder builder = new();
        int type = builder.Type("", "");
        int callee = builder.Function(type, "i", []);
        int run = builder.Function(type, "", [0x02, 0x40, 0x10, (byte)callee, 0x0B, 0x01]);
        ulong Price(Opcode opcode) => schedule.PriceOf((int)opcode);
        ulong caller = schedule.BlockHeader + schedule.FunctionEntry + Price(Opcode.Block) + Price(Opcode.Call) + 2 * Price(Opcode.End) + Price(Opcode.Nop);
        ulong called = schedule.BlockHeader + schedule.FunctionEntry + schedule.PerLocal + Price(Opcode.End);
        Assert.Equal(caller + called, InkOf(Profiles.Bare, builder.Export("run", ExternalKind.Function, run).Build()));
    }

    /// <summary>No ink, one, one less than enough, enough, and the most there can be; and sizes whose price saturates.</summary>
    [Theory]
    [InlineData(EngineKind.Interpreter)]
    [InlineData(EngineKind.Compiled)]
    public void LimitsOfInkAtBothEndsAreExact(EngineKind kind)
    {
        if (kind == EngineKind.Compiled && !Engines.IsCompiledAvailable) return;
        Module module = TestModules.Load(TestModules.OneFunction("i", "i", "", 0x20, 0, 0x41, 1, 0x6A), Stylus);
        const ulong cost = 2450 + 75 + 1 + 70 + 1;
        foreach ((ulong ink, ulong? left) in new (ulong, ulong?)[] { (0, null), (1, null), (cost - 1, null), (cost, 0), (ulong.MaxValue - 1, ulong.MaxValue - 1 - cost), (ulong.MaxValue, ulong.MaxValue - cost) })
        {
            (ExecutionResult result, Meter meter) = RunIn(kind, module, ink, 41);
            Assert.Equal((left is null ? Outcome.OutOfInk : Outcome.Success, left ?? 0), (result.Outcome, meter.InkLeft));
            Assert.Equal(left is null, meter.IsExhausted);
        }

        // memory.fill of 2^32 - 1 bytes at 100 ink each is paid before it fails; memory.grow by 2^32 - 1 pages cannot be paid by anybody with less.
        Module fills = TestModules.Load(Filling(), Stylus);
        (ExecutionResult filled, Meter left1) = RunIn(kind, fills, ulong.MaxValue, uint.MaxValue);
        Assert.Equal((Outcome.Failure, TrapKind.MemoryOutOfBounds), (filled.Outcome, filled.Trap));
        Assert.Equal(ulong.MaxValue - 100UL * uint.MaxValue - FillBlock(), left1.InkLeft);
        (filled, left1) = RunIn(kind, fills, 100UL * uint.MaxValue, uint.MaxValue);
        Assert.Equal((Outcome.OutOfInk, 0UL), (filled.Outcome, left1.InkLeft));

        static ulong FillBlock() => 2450 + 1 + 1 + 75 + 950 + 1;
    }

    private static byte[] Filling()
    {
        ModuleBuilder builder = new();
        int run = builder.Function(builder.Type("i", ""), "", [0x41, 0, 0x41, 0, 0x20, 0, 0xFC, 11, 0]);
        return builder.Memory(1, 1).Export("run", ExternalKind.Function, run).Build();
    }

    private static (ExecutionResult Result, Meter Meter) RunIn(EngineKind kind, Module module, ulong ink, ulong argument)
    {
        using Store store = new(module.Profile.ObjectBytes, kind);
        Assert.Equal(ExecutionResult.Success, Instance.Create(module, static _ => null, null, out Instance? instance, store));
        module.TryGetExport("run", out Export export);
        Meter meter = new(ink, module.Profile.Schedule.StackWords);
        return (instance!.Invoke(export.Index, [argument], new ulong[1].AsSpan(0, module.TypeOfFunction(export.Index).Results.Length), meter), meter);
    }

    [Fact]
    public void ForbiddenInstructionsCannotBePaid()
    {
        using Instance instance = TestModules.Instantiate(TestModules.Load(TestModules.OneFunction("", "f", "", 0x43, 0, 0, 0, 0), Stylus));
        (ExecutionResult result, _, Meter meter) = TestModules.Run(instance, "run", ulong.MaxValue - 1);
        Assert.Equal((Outcome.OutOfInk, 0UL), (result.Outcome, meter.InkLeft));
    }

    [Fact]
    public void EveryInstructionThatAProfileAcceptsHasAPrice()
    {
        foreach (Profile profile in Profiles.All)
        {
            foreach (OpcodeInfo info in OpcodeTable.All)
            {
                bool isAccepted = (profile.Features & info.NeededFeatures) == info.NeededFeatures;
                bool isPriced = profile.Schedule.PriceOf((int)info.Opcode) != Schedule.Forbidden;
                // Stylus takes modules that carry floats, and lets none of those instructions run.
                if (isAccepted) Assert.Equal(profile.Name != "stylus-v2" || !info.UsesFloats, isPriced);
                // Under Stylus the prices of what is refused are forbidding, so a mistake there cannot be cheap.
                else if (profile.Name == "stylus-v2") Assert.False(isPriced, info.Name);
            }
        }
    }
}
