using System;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>Host functions of an embedder: declared, priced and allowed as those of the table.</summary>
public sealed class EmbedderTests
{
    private const Capabilities MayAsk = Capabilities.FirstOfEmbedder;
    private const ulong Ink = 20_000;

    private static readonly HostFunctionEntry Price = new("oracle", "price", "asset:word dest:>word", Ink, MayAsk, "writes the price of an asset", static (_, call, slots) =>
    {
        if (!call.TryGetMemory((uint)slots[0], 32, out Span<byte> asset) || !call.TryGetMemory((uint)slots[1], 32, out Span<byte> dest)) return HostStatus.Fault;
        for (int i = 0; i < 32; i++) dest[i] = (byte)(asset[i] + 1);
        return HostStatus.Continue;
    });

    private static readonly Profile Profile = HostTable.ContractProfile with { Name = "contractvm-v1+oracle", Host = HostTable.Instance.With(Price) };

    [Fact]
    public void ItIsLinkedPaidAndAllowedByItsRight()
    {
        Chainlet chain = new(EngineChoice.Automatic, Profile);
        Address asking = Deploy(chain, "(call $price (i32.const 0) (i32.const 32))"), silent = Deploy(chain, "(call $nothing (i32.const 0) (i32.const 32))");
        FrameResult result = chain.Call(asking, Chainlet.Alice, [], capabilities: Capabilities.All | MayAsk);
        ulong left = chain.Meter.InkLeft;
        Assert.Equal(Outcome.Success, result.Outcome);
        Assert.Equal(1, result.Output[0]);
        chain.Call(silent, Chainlet.Alice, [], capabilities: Capabilities.All | MayAsk);
        // A call of a function that does nothing pays for the function's block in place of the host's base ink.
        Assert.InRange(chain.Meter.InkLeft - left, Ink - 4_000, Ink);

        Assert.Equal((Outcome.Failure, TrapKind.HostFault), (chain.Call(asking, Chainlet.Alice, []).Outcome, chain.Call(asking, Chainlet.Alice, []).Execution.Trap));
        Assert.Equal(Outcome.Success, chain.Call(asking, Chainlet.Alice, [], capabilities: Capabilities.View | MayAsk).Outcome);
    }

    [Fact]
    public void TheSampleRuns()
    {
        (int exitCode, string output, string error) = TestData.Run("dotnet", ["run", "-c", "Release", "--no-build", "--project", "samples/HostModule"]);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("with the right: Success, 2400, an asset called GOLD", output, StringComparison.Ordinal);
        Assert.Contains("without it: Failure", output, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherProfilesRefuseItAndNamesAreNotTakenTwice()
    {
        Assert.Equal(ModuleErrorCode.UnknownImport, new Chainlet().Deploy(Assemble(""), Chainlet.Alice).Result.Error!.Code);
        Assert.Throws<ArgumentException>(() => HostTable.Instance.With(Price, Price));
        Assert.Equal(43, ((HostTable)Profile.Host!).Functions.Count);
    }

    private static Address Deploy(Chainlet chain, string body) => chain.DeployGood(Assemble(body));

    private static byte[] Assemble(string body) => Chainlet.Assemble($"""
        (module (import "oracle" "price" (func $price (param i32 i32))) (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
          (memory (export "memory") 1 1) (func $nothing (param i32 i32))
          (func (export "user_entrypoint") (param i32) (result i32) {body} (call $write_result (i32.const 32) (i32.const 32)) (i32.const 0)))
        """);
}
