using System;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.Gas;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests;

public class FrameTests
{
    private readonly EngineChoice _engine;
    private readonly Chainlet _chain;
    private readonly Address _spinner;

    public FrameTests()
        : this(EngineChoice.Automatic)
    {
    }

    private protected FrameTests(EngineChoice engine)
    {
        _engine = engine;
        _chain = new Chainlet(engine);
        (FrameResult result, _spinner) = _chain.Deploy(Chainlet.Contract("spinner"), Chainlet.Alice);
        Assert.Equal(Outcome.Success, result.Outcome);
    }

    private FrameResult Call(string signature, params object[] arguments) => _chain.Call(_spinner, Chainlet.Bob, Abi.Call(signature, arguments));

    [Fact]
    public void TheEnvironmentIsTheBlocksAndTheFrames()
    {
        _chain.State.SetBalance(Chainlet.Bob, 100);
        FrameResult result = _chain.Call(_spinner, Chainlet.Bob, Abi.Call("env()"), value: 77);
        Assert.Equal(Outcome.Success, result.Outcome);
        byte[][] words = result.Output.Chunk(32).ToArray();
        Assert.Equal([Abi.Word(Chainlet.Bob), Abi.Word(77), Abi.Word(7), Abi.Word(1_700_000_007), Abi.Word(31337), Abi.Word(_spinner)], words);
    }

    [Fact]
    public void OutcomesAreSorted()
    {
        Assert.Equal((Outcome.Failure, TrapKind.Unreachable), (Call("boom()").Outcome, Call("boom()").Execution.Trap));
        Assert.True(_chain.Meter.InkLeft > 0, "a trap keeps the rest of the ink");
        Assert.Equal(Outcome.OutOfStack, Call("recurse()").Outcome);
        Assert.Equal(0UL, _chain.Meter.InkLeft);
        Assert.Equal(Outcome.OutOfInk, _chain.Call(_spinner, Chainlet.Bob, Abi.Call("spin(uint256)", 1_000_000UL), 50_000_000_000).Outcome);
        Assert.Equal(0UL, _chain.Meter.InkLeft);
        FrameResult reverted = Call("nothing()");
        Assert.Equal((Outcome.Revert, "ABI: unknown selector"), (reverted.Outcome, Abi.Reason(reverted.Output)));
    }

    [Fact]
    public void ExitEarlyReturnsWhatWasWritten()
    {
        byte[] data = Enumerable.Range(0, 300).Select(static i => (byte)i).ToArray();
        FrameResult echo = Call("echo(bytes)", data), exit = Call("exitEarly(bytes)", data);
        Assert.Equal((Outcome.Success, Outcome.Success), (echo.Outcome, exit.Outcome));
        Assert.Equal(Abi.Encode(data), echo.Output);
        Assert.Equal(Abi.Encode(data), exit.Output);
    }

    [Fact]
    public void MemoryGrowsAsFarAsTypeAndInkAllow()
    {
        Assert.Equal(1, UInt256.FromBigEndian(Call("grow(uint256)", 0).Output) >= 1 ? 1 : 0);
        Assert.Equal(Outcome.Success, Call("grow(uint256)", 1).Outcome);
        // 2^32-1 pages cost more than anyone has: paid for before it is found impossible.
        Assert.Equal(Outcome.OutOfInk, Call("grow(uint256)", 0xFFFF_FFFFUL).Outcome);
    }

    [Fact]
    public void RunsOnAFreshInstanceEachTime()
    {
        byte[] first = Call("grow(uint256)", 1).Output, second = Call("grow(uint256)", 1).Output;
        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData(new byte[] { 0 }, ModuleErrorCode.BadMagic)]
    [InlineData(new byte[] { 0, (byte)'c', (byte)'v', (byte)'m', 2, 0, 0, 0, 0 }, ModuleErrorCode.UnexpectedEnd)]
    [InlineData(new byte[] { 0, (byte)'c', (byte)'v', (byte)'m', 1, 0, 0, 0, 9, 0 }, ModuleErrorCode.UnexpectedEnd)]
    [InlineData(new byte[] { 0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0 }, ModuleErrorCode.MissingExport)]
    public void WhatIsNoContractIsNotDeployed(byte[] creation, ModuleErrorCode code)
    {
        (FrameResult result, Address address) = _chain.Deploy(creation, Chainlet.Bob);
        Assert.Equal((Outcome.Failure, code), (result.Outcome, result.Error!.Code));
        Assert.True(_chain.State.GetCode(address).IsEmpty);
    }

    [Fact]
    public void ConstructorArgumentsNeedAConstructor()
    {
        (FrameResult result, Address address) = _chain.Deploy(DeploymentCode.Frame(Chainlet.Contract("spinner"), [1]), Chainlet.Bob);
        Assert.Equal((Outcome.Failure, ModuleErrorCode.MissingExport), (result.Outcome, result.Error!.Code));
        Assert.True(_chain.State.GetCode(address).IsEmpty);
    }

    [Fact]
    public void DeploymentIsPaidByTheByteAndByTheFunction()
    {
        byte[] contract = Chainlet.Contract("spinner");
        Assert.True(Module.TryLoad(contract, HostTable.ContractProfile, out Module module, out _));
        ulong ink = module.DeploymentInk;
        Schedule schedule = module.Profile.Schedule;
        ulong operations = (ulong)module.Bodies.Select((_, body) => module.InstructionOffsets(body).Count).Sum(), data = (ulong)module.Data.Sum(static segment => segment.Bytes.Length);
        Assert.Equal(
            schedule.DeployBase + (ulong)contract.Length * schedule.DeployPerByte + (ulong)module.Bodies.Count * schedule.DeployPerFunction
                + operations * schedule.DeployPerOperation + data * schedule.DeployPerDataByte,
            ink);
        Assert.Equal(Outcome.OutOfInk, _chain.Deploy(contract, Chainlet.Bob, ink - 1).Result.Outcome);
        Assert.Equal(Outcome.Success, _chain.Deploy(contract, Chainlet.Bob, ink).Result.Outcome);
        Assert.Equal(0UL, _chain.Meter.InkLeft);
    }

    [Fact]
    public void AnInstanceIsPaidBeforeItIsMade()
    {
        Assert.True(Module.TryLoad(Chainlet.Contract("spinner"), HostTable.ContractProfile, out Module module, out _));
        Assert.True(module.InstanceInk > module.Profile.Schedule.InstanceBase);
        Assert.Equal(Outcome.OutOfInk, _chain.Call(_spinner, Chainlet.Bob, Abi.Call("env()"), module.InstanceInk).Outcome);

        // Sixteen tables of 65 536 elements cost as much in every call.
        ModuleBuilder builder = new();
        int entry = builder.Function(builder.Type("i", "i"), "", [0x41, 0]);
        for (int i = 0; i < 16; i++) builder.Table(65_536);
        builder.Memory(1).Export("memory", ExternalKind.Memory, 0).Export(HostTable.Entrypoint, ExternalKind.Function, entry);
        (FrameResult deployed, Address heavy) = _chain.Deploy(builder.Build(), Chainlet.Alice);
        Assert.Equal(Outcome.Success, deployed.Outcome);
        Assert.Equal(Outcome.OutOfInk, _chain.Call(heavy, Chainlet.Bob, [], 16 * 65_536 * 1_000UL).Outcome);
        Assert.Equal(Outcome.Success, _chain.Call(heavy, Chainlet.Bob, [], 2 * 16 * 65_536 * 1_000UL).Outcome);
    }

    [Fact]
    public void TheModuleUsedLongestAgoLeavesTheCache()
    {
        using ModuleCache cache = new(HostTable.ContractProfile, new EngineSettings { Engine = _engine }, capacity: 2);
        byte[] code = Chainlet.Contract("spinner");
        Hash256[] hashes = [Hash256.FromBytes(Abi.Word(1)), Hash256.FromBytes(Abi.Word(2)), Hash256.FromBytes(Abi.Word(3))];
        Module first = Rent(0);
        Rent(1);
        Assert.Same(first, Rent(0));
        Rent(2);
        Assert.True(IsThere(0));
        Assert.Same(first, Rent(0));
        Assert.False(IsThere(1));
        Assert.True(IsThere(2));
        Assert.Throws<NodeFaultException>(() => cache.Rent(hashes[1], new byte[] { 1 }));

        Module Rent(int which)
        {
            using ReadyModule ready = cache.Rent(hashes[which], code);
            return ready.Module;
        }

        bool IsThere(int which)
        {
            bool isThere = cache.TryRent(hashes[which], out ReadyModule ready);
            using (ready) return isThere;
        }
    }

    [Fact]
    public void TheMemoryModelIsTheSameForEveryStep()
    {
        // Stylus: touching 128 pages costs about 32 million gas, however it is cut into steps.
        foreach (int step in new[] { 1, 2, 8, 64, 128 })
        {
            MemoryPages pages = new();
            ulong gas = 0;
            for (int opened = 0; opened < 128; opened += step) gas += Open(pages, step);
            Assert.Equal(31_874_000UL - 1 + 126_000, gas);
            Assert.Equal(ulong.MaxValue, pages.PriceOf(1));
            Assert.False(pages.TryOpen(1, new Meter(ulong.MaxValue - 1, 0)));
        }

        MemoryPages reused = new();
        Assert.Equal(0UL, Open(reused, 2));
        int mark = reused.Mark;
        ulong first = Open(reused, 10);
        reused.Close(mark);
        Assert.Equal(10_000UL, Open(reused, 10));
        Assert.True(first > 10_000);

        static ulong Open(MemoryPages pages, int count)
        {
            ulong gas = pages.PriceOf(count);
            Meter meter = new(gas * 10_000, 0);
            Assert.True(pages.TryOpen(count, meter));
            Assert.Equal(0UL, meter.InkLeft);
            return gas;
        }
    }

    /// <summary>Pages that could not be paid were never open: others do not pay for them.</summary>
    [Fact]
    public void PagesThatAreNotPaidAreNotOpen()
    {
        MemoryPages pages = new();
        Assert.True(pages.TryOpen(2, new Meter(0, 0)));
        ulong gas = pages.PriceOf(1);
        Meter poor = new(1_000_000_000, 0);
        Assert.False(pages.TryOpen(65_535, poor));
        Assert.Equal(0UL, poor.InkLeft);
        Assert.Equal((2, gas), (pages.Mark, pages.PriceOf(1)));
    }
}

/// <summary>The same in the interpreter.</summary>
public sealed class InterpretedFrameTests() : FrameTests(EngineChoice.Interpreter);
