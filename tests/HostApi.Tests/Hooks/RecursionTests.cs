using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests.Hooks;

/// <summary>Recursion through every kind of call and creation: to the depth that the rule allows, and until the gas is gone; memory stays bounded.</summary>
public class RecursionTests
{
    protected virtual EngineChoice Engine => EngineChoice.Automatic;

    private const string Imports = """
        (import "vm_hooks" "read_args" (func $read_args (param i32)))
        (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
        (import "vm_hooks" "contract_address" (func $contract_address (param i32)))
        (import "vm_hooks" "account_code" (func $account_code (param i32 i32 i32 i32) (result i32)))
        (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
        (import "vm_hooks" "delegate_call_contract" (func $delegate (param i32 i32 i32 i64 i32) (result i32)))
        (import "vm_hooks" "static_call_contract" (func $static (param i32 i32 i32 i64 i32) (result i32)))
        (import "vm_hooks" "create1" (func $create1 (param i32 i32 i32 i32 i32)))
        (import "vm_hooks" "create2" (func $create2 (param i32 i32 i32 i32 i32 i32)))
        (import "vm_hooks" "transient_store_bytes32" (func $transient_store (param i32 i32)))
        (import "vm_hooks" "transient_load_bytes32" (func $transient_load (param i32 i32)))
        (import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
        (memory (export "memory") 0 1)

        """;

    // Calls the account whose address is the calldata, with its own address where it is to go back and forth; reports how many frames there were.
    private static string Calling(string call, bool isPingPong = false) => $"""
        (func (export "user_entrypoint") (param i32) (result i32)
          (drop (memory.grow (i32.const 1)))
          (call $read_args (i32.const 0))
          {(isPingPong ? "(call $contract_address (i32.const 200))" : "(memory.copy (i32.const 200) (i32.const 0) (i32.const 20))")}
          (if {call}
            (then (i32.store (i32.const 100) (i32.const 1)))
            (else
              (drop (call $read_return_data (i32.const 100) (i32.const 0) (i32.const 4)))
              (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1)))))
          (call $write_result (i32.const 100) (i32.const 4))
          (i32.const 0))
        """;

    // Deploys itself, whose constructor deploys itself; the number of constructors that ran is counted where all frames can write it: each returns to its creator with the gas
    // that is left, so that the deepest is the first that has nothing more to do.
    private static string Creating(string creation) => $"""
        (func $go (result i32)
          (drop (memory.grow (i32.const 1)))
          (call $contract_address (i32.const 0))
          {creation}
          (i32.const 0))
        (func (export "user_entrypoint") (param i32) (result i32) (call $go))
        (func (export "user_constructor") (param i32) (result i32) (call $go))
        """;

    private static readonly Dictionary<string, string> Calls = new(StringComparer.Ordinal)
    {
        ["call"] = Calling("(call $call (i32.const 0) (i32.const 200) (i32.const 20) (i32.const 32) (i64.const -1) (i32.const 64))"),
        ["delegate"] = Calling("(call $delegate (i32.const 0) (i32.const 200) (i32.const 20) (i64.const -1) (i32.const 64))"),
        ["static"] = Calling("(call $static (i32.const 0) (i32.const 200) (i32.const 20) (i64.const -1) (i32.const 64))"),
        ["back and forth"] = Calling("(call $call (i32.const 0) (i32.const 200) (i32.const 20) (i32.const 32) (i64.const -1) (i32.const 64))", isPingPong: true),
    };

    private static readonly Dictionary<string, string> Creations = new(StringComparer.Ordinal)
    {
        ["create1"] = Creating("(call $create1 (i32.const 1000) (call $account_code (i32.const 0) (i32.const 0) (i32.const 60000) (i32.const 1000)) (i32.const 32) (i32.const 100) (i32.const 64))"),
        ["create2"] = Creating("(call $create2 (i32.const 1000) (call $account_code (i32.const 0) (i32.const 0) (i32.const 60000) (i32.const 1000)) (i32.const 32) (i32.const 32) (i32.const 100) (i32.const 64))"),
    };

    public static TheoryData<string> AllCalls() => [.. Calls.Keys];

    public static TheoryData<string> AllCreations() => [.. Creations.Keys];

    /// <summary>1025 frames with all gas there is; with a block's gas fewer, and the deepest are those that could not pay.</summary>
    [Theory]
    [MemberData(nameof(AllCalls))]
    public void CallsGoAsDeepAsTheRuleOrTheGas(string kind)
    {
        Chainlet chain = new(Engine);
        byte[] module = Chainlet.Assemble($"(module {Imports} {Calls[kind]})");
        Address first = chain.DeployGood(module), second = kind == "back and forth" ? chain.DeployGood(module) : first;
        Assert.Equal(1025, Frames(ulong.MaxValue, out long allocated));
        // What .NET allocates for a frame; its page is the store's, and goes with it.
        Assert.InRange(allocated, 0, 1025 * 32_768L);
        int frames = Frames(300_000_000_000, out _);
        Assert.InRange(frames, 2, 1024);
        Assert.Equal(frames, Frames(300_000_000_000, out _));
        Assert.InRange(Frames(30_000_000_000, out _), 2, frames - 1);

        int Frames(ulong ink, out long allocated)
        {
            long before = 0, after = 0;
            FrameResult result = DeepStack.Run(ink =>
            {
                before = GC.GetAllocatedBytesForCurrentThread();
                FrameResult called = chain.Call(first, Chainlet.Alice, second.ToArray(), ink);
                after = GC.GetAllocatedBytesForCurrentThread();
                return called;
            }, ink);
            allocated = after - before;
            Assert.Equal(Outcome.Success, result.Outcome);
            return BinaryPrimitives.ReadInt32LittleEndian(result.Output);
        }
    }

    /// <summary>A contract that deploys itself in its constructor: 1024 inside one another, each of them there afterwards; with a block's gas fewer.</summary>
    [Theory]
    [MemberData(nameof(AllCreations))]
    public void CreationsGoAsDeepAsTheRuleOrTheGas(string kind)
    {
        Chainlet chain = new(Engine);
        Address contract = chain.DeployGood(Chainlet.Assemble($"(module {Imports} {Creations[kind]})"), ink: 30_000_000_000);
        // Deploying it ran the constructor already, with little gas.
        int few = Created(chain, contract);
        Assert.InRange(few, 1, 100);
        Chainlet rich = new(Engine);
        Assert.Equal(1024, Created(rich, rich.DeployGood(Chainlet.Assemble($"(module {Imports} {Creations[kind]})"), ink: ulong.MaxValue)));
    }

    /// <summary>Contracts that follow from one another: the address of the first that a contract creates follows from its nonce, or from its code.</summary>
    private static int Created(Chainlet chain, Address contract)
    {
        int count = -1;
        for (Address? next = contract; next is Address address && chain.State.GetCode(address).Length > 0; count++)
        {
            Address byNonce = Address.ForCreate(address, 1), bySalt = Address.ForCreate2(address, Hash256.Zero, chain.State.GetCodeHash(address));
            next = chain.State.GetCode(byNonce).Length > 0 ? byNonce : bySalt;
        }

        return count;
    }
}

/// <summary>The same in the interpreter.</summary>
public sealed class InterpretedRecursionTests : RecursionTests
{
    protected override EngineChoice Engine => EngineChoice.Interpreter;
}
