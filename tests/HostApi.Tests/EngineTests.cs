using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using ContractVm.StateStore;
using ContractVm.Text;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>Contracts in both engines side by side: everything that can be seen must be the same. And what the cache promises of compiled code.</summary>
public class EngineTests
{
    /// <summary>Values in number out of all proportion to the bytes: that is not compiled.</summary>
    private static readonly string Irregular = $$"""
        (module (memory (export "memory") 1)
          (type $all (func (param{{string.Concat(Enumerable.Repeat(" i32", 16))}}) (result{{string.Concat(Enumerable.Repeat(" i32", 16))}})))
          (func $others (type $all) unreachable)
          (func (param i32) {{string.Concat(Enumerable.Repeat("i32.const 0 ", 16))}} {{string.Concat(Enumerable.Repeat("local.get 0 if (type $all) call $others end ", 1000))}} unreachable)
          (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))
        """;

    private const string Balance = """
        (module (import "vm_hooks" "account_balance" (func $balance (param i32 i32))) (memory (export "memory") 1)
          (func (export "user_entrypoint") (param i32) (result i32) (call $balance (i32.const 0) (i32.const 64)) (i32.const 0)))
        """;

    private readonly Chainlet _compiled = new(), _interpreted = new(EngineChoice.Interpreter);

    private Address Deploy(byte[] creation, ulong ink = Chainlet.Plenty)
    {
        (FrameResult first, Address address) = _compiled.Deploy(creation, Chainlet.Alice, ink);
        (FrameResult second, Address same) = _interpreted.Deploy(creation, Chainlet.Alice, ink);
        Assert.Equal(address, same);
        AssertSame(first, second);
        return address;
    }

    /// <summary>The same call in both, which must come to the same; gives what it came to, and the ink that it took.</summary>
    private (FrameResult Result, ulong Ink) Call(Address contract, byte[] input, ulong ink = Chainlet.Plenty, Capabilities capabilities = Capabilities.All)
    {
        FrameResult first = _compiled.Call(contract, Chainlet.Alice, input, ink, capabilities), second = _interpreted.Call(contract, Chainlet.Alice, input, ink, capabilities);
        AssertSame(first, second);
        return (first, ink - _compiled.Meter.InkLeft);
    }

    private void AssertSame(FrameResult first, FrameResult second)
    {
        Assert.Equal(second.Outcome, first.Outcome);
        Assert.Equal(second.Output, first.Output);
        Assert.Equal(second.Execution, first.Execution);
        Assert.Equal(second.Error, first.Error);
        Assert.Equal(_interpreted.Meter.InkLeft, _compiled.Meter.InkLeft);
        Assert.Equal(_interpreted.Meter.StackWordsLeft, _compiled.Meter.StackWordsLeft);
        Assert.Equal(_interpreted.Logs.Select(Describe), _compiled.Logs.Select(Describe));

        static string Describe(LogEntry log) => $"{log.Address} {string.Join(' ', log.Topics)} {Convert.ToHexString(log.Data)}";
    }

    [Fact]
    public void CallsComeToTheSameWithAnyInk()
    {
        Address token = Deploy(DeploymentCode.Frame(Chainlet.Contract("token"), Abi.Encode("Token", "TOK", 18, 1_000_000UL))), spinner = Deploy(Chainlet.Contract("spinner"));
        (Address Contract, byte[] Input)[] calls =
        [
            (token, Abi.Call("transfer(address,uint256)", Chainlet.Bob, 400)), (token, Abi.Call("transfer(address,uint256)", Chainlet.Bob, 4_000_000)),
            (token, Abi.Call("approve(address,uint256)", Chainlet.Carol, 5)), (token, Abi.Call("name()")), (token, [1, 2, 3]),
            (spinner, Abi.Call("spin(uint256)", 30UL)), (spinner, Abi.Call("fill(uint256)", 3UL)), (spinner, Abi.Call("grow(uint256)", 1)),
            (spinner, Abi.Call("echo(bytes)", new byte[100])), (spinner, Abi.Call("exitEarly(bytes)", new byte[100])), (spinner, Abi.Call("env()")),
            (spinner, Abi.Call("boom()")), (spinner, Abi.Call("nothing()")), (spinner, Abi.Call("recurse()")),
        ];
        foreach ((Address contract, byte[] input) in calls)
        {
            ulong used = Call(contract, input).Ink;
            Call(contract, input, capabilities: Capabilities.View);
            Call(contract, input, capabilities: Capabilities.None);
            // Warm by now: less than the first time. Every place where the ink can run out is near one of these.
            for (ulong part = 0; part <= 64; part++) Call(contract, input, used / 64 * part);
            Call(contract, input, used);
            ulong warm = Call(contract, input, used).Ink;
            foreach (ulong ink in (ulong[])[warm, warm - 1, warm + 1]) Call(contract, input, ink);
        }

        Assert.Equal(0, _interpreted.Runs.Compiled);
        if (Engines.IsCompiledAvailable) Assert.Equal(new EngineRuns(_interpreted.Runs.Interpreted, 0), _compiled.Runs);
    }

    [Fact]
    public void DeploymentsComeToTheSameWithAnyInk()
    {
        byte[] creation = DeploymentCode.Frame(Chainlet.Contract("token"), Abi.Encode("Token", "TOK", 18, 1_000_000UL));
        Deploy(creation);
        ulong used = Chainlet.Plenty - _compiled.Meter.InkLeft;
        for (ulong part = 48; part <= 64; part++) Deploy(creation, used / 64 * part);
        foreach (ulong ink in (ulong[])[used - 1, used]) Deploy(creation, ink);
    }

    [Fact]
    public void WhatIsNotCompiledIsInterpreted()
    {
        Address contract = Deploy(Chainlet.Assemble(Irregular));
        Assert.Equal(Outcome.Success, Call(contract, []).Result.Outcome);
        Assert.Equal(new EngineRuns(0, 1), _compiled.Runs);
        if (!Engines.IsCompiledAvailable) return;
        NodeFaultException fault = Assert.Throws<NodeFaultException>(() => new Chainlet(EngineChoice.Compiled).Deploy(Chainlet.Assemble(Irregular), Chainlet.Alice));
        Assert.Contains("more values", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFaultOfTheHostLeavesBothEnginesAsItIs()
    {
        Address contract = Deploy(Chainlet.Assemble(Balance));
        foreach (Chainlet chain in (Chainlet[])[_compiled, _interpreted])
        {
            chain.Rows.Dispose();
            Assert.Throws<ObjectDisposedException>(() => chain.Call(contract, Chainlet.Bob, []));
        }

        Assert.Equal(_interpreted.Meter.InkLeft, _compiled.Meter.InkLeft);
        Assert.Equal(_interpreted.Meter.StackWordsLeft, _compiled.Meter.StackWordsLeft);
    }

    [Fact]
    public void CodeStaysWhileAnyoneUsesIt()
    {
        byte[] code = Chainlet.Contract("spinner"), other = Chainlet.Contract("token");
        EngineSettings settings = new() { MemoryBytes = 0 };
        ModuleCache cache = new(HostTable.ContractProfile, settings, capacity: 1);
        using ReadyModule lease = cache.Rent(Hash256.Zero, code);
        using Store store = new(1 << 20, lease.Engine);
        // Leaves the cache, which has room for one.
        cache.Rent(Hash256.FromBytes(Abi.Word(1)), other).Dispose();
        Assert.Equal(ExecutionResult.Success, Instance.Create(lease.Module, lease.Resolve, null, out Instance? instance, store));
        cache.Dispose();
        lease.Dispose();
        instance!.Module.TryGetExport("memory", out Export memory);
        instance.Module.TryGetExport(HostTable.Entrypoint, out Export entry);
        Assert.Equal(ExternalKind.Memory, memory.Kind);
        ulong[] status = [0];
        Assert.Equal(Outcome.OutOfInk, instance.Invoke(entry.Index, [0], status, new Gas.Meter(1000, 1 << 16)).Outcome);
    }

    [Fact]
    public async Task AContractIsCompiledOnceWhoeverAsks()
    {
        if (!Engines.IsCompiledAvailable) return;
        using ModuleCache cache = new(HostTable.ContractProfile);
        byte[] code = Chainlet.Contract("token");
        using Barrier together = new(4);
        Task[] tasks = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            together.SignalAndWait();
            for (int i = 0; i < 200; i++)
            {
                using ReadyModule ready = cache.Rent(Hash256.Zero, code);
                Assert.Equal(EngineKind.Compiled, ready.Engine);
            }
        }, TaskCreationOptions.LongRunning))];
        await Task.WhenAll(tasks);
        Assert.Equal((1, 0), cache.Counts);
    }
}
