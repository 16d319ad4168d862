using System;
using System.Buffers.Binary;
using System.Text;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>Calls and creations at their limits: depth, stipend, rights, collisions, return data.</summary>
public class CallTests
{
    protected virtual EngineChoice Engine => EngineChoice.Automatic;

    private const string Hooks = """
        (import "vm_hooks" "read_args" (func $read_args (param i32)))
        (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
        (import "vm_hooks" "contract_address" (func $contract_address (param i32)))
        (import "vm_hooks" "msg_reentrant" (func $msg_reentrant (result i32)))
        (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
        (import "vm_hooks" "static_call_contract" (func $static_call (param i32 i32 i32 i64 i32) (result i32)))
        (import "vm_hooks" "create2" (func $create2 (param i32 i32 i32 i32 i32 i32)))
        (import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
        (import "vm_hooks" "evm_ink_left" (func $ink (result i64)))
        (import "vm_hooks" "evm_gas_left" (func $gas (result i64)))

        """;
    private const string Memory = """(memory (export "memory") 2 2)""";

    /// <summary>Calls itself as deep as it may: the EVM allows 1024 calls inside one another, on whichever thread. (Pages that frames begin with are 128 at most
    /// in all of them together, those that they grow to are paid one by one.)</summary>
    [Fact]
    public void AChainOfCallsIsAsDeepAsTheRuleSays()
    {
        Chainlet chain = new(Engine);
        Address contract = Deploy(chain, """
            (func (export "user_entrypoint") (param i32) (result i32)
              (drop (memory.grow (i32.const 1)))
              (call $contract_address (i32.const 0))
              (if (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 64))
                (then (i32.store (i32.const 100) (i32.const 1)))
                (else
                  (drop (call $read_return_data (i32.const 100) (i32.const 0) (i32.const 4)))
                  (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1)))))
              (call $write_result (i32.const 100) (i32.const 4))
              (i32.const 0))
            """, """(memory (export "memory") 0 1)""");
        FrameResult result = chain.Call(contract, Chainlet.Alice, [], ink: ulong.MaxValue);
        Assert.Equal(Outcome.Success, result.Outcome);
        Assert.Equal(1025, BinaryPrimitives.ReadInt32LittleEndian(result.Output));
        // On a thread with room for two or three frames.
        FrameResult again = null!;
        System.Threading.Thread shallow = new(() => again = chain.Call(contract, Chainlet.Alice, [], ink: ulong.MaxValue), 256 << 10);
        shallow.Start();
        shallow.Join();
        Assert.Equal(result.Output, again.Output);
    }

    /// <summary>A frame gets at most 63/64 of what is left; with wei 2 300 gas more, which its caller pays for where they are used.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void AFrameGetsItsShareOfTheGas(ulong value)
    {
        Chainlet chain = new(Engine);
        Address callee = Deploy(chain, """
            (func (export "user_entrypoint") (param i32) (result i32)
              (i64.store (i32.const 0) (call $ink)) (call $write_result (i32.const 0) (i32.const 8)) (i32.const 0))
            """);
        // Calldata: the callee, the value, the gas. Result: ink before the call, ink that the callee saw.
        Address caller = Deploy(chain, """
            (func (export "user_entrypoint") (param i32) (result i32)
              (call $read_args (i32.const 0))
              (i64.store (i32.const 200) (call $gas))
              (drop (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 20) (i64.load (i32.const 52)) (i32.const 64)))
              (drop (call $read_return_data (i32.const 208) (i32.const 0) (i32.const 8)))
              (call $write_result (i32.const 200) (i32.const 16))
              (i32.const 0))
            """);
        chain.State.SetBalance(caller, 5);
        ulong entry = InkBeforeFirstCall(chain, callee);
        foreach (ulong wanted in (ulong[])[200_000, ulong.MaxValue])
        {
            FrameResult result = chain.Call(caller, Chainlet.Alice, [.. callee.ToArray(), .. Abi.Word(value), .. BitConverter.GetBytes(wanted)]);
            Assert.Equal(Outcome.Success, result.Outcome);
            ulong before = BitConverter.ToUInt64(result.Output), seen = BitConverter.ToUInt64(result.Output, 8) + entry + 2_000 * 10_000;
            Assert.Equal(0UL, seen % 10_000);
            ulong stipend = value == 0 ? 0UL : 2_300, price = 2_600 + (value == 0 ? 0UL : 9_000);
            // Some ink goes for the hooks between the two looks, less than 30 gas.
            ulong most = (before - price) * 63 / 64 + stipend, given = seen / 10_000;
            if (wanted == ulong.MaxValue) Assert.InRange(given, most - 30, most);
            else Assert.Equal(wanted + stipend, given);
        }

        // What the callee paid before it looked. Its two pages are free where nobody else has any open, else 1 000 gas each.
        static ulong InkBeforeFirstCall(Chainlet chain, Address callee)
        {
            FrameResult result = chain.Call(callee, Chainlet.Alice, [], ink: 1_000_000_000);
            return 1_000_000_000 - BitConverter.ToUInt64(result.Output);
        }
    }

    /// <summary>Wei in a static frame: the call fails at no cost, the caller goes on (Stylus); the capability is missing, not the money.</summary>
    [Fact]
    public void AStaticFrameCannotPay()
    {
        Chainlet chain = new(Engine);
        Address payer = Deploy(chain, """
            (func (export "user_entrypoint") (param i32) (result i32)
              (i32.store8 (i32.const 63) (i32.const 1))
              (i32.store (i32.const 100) (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 64)))
              (call $write_result (i32.const 100) (i32.const 4)) (i32.const 0))
            """);
        chain.State.SetBalance(payer, 5);
        Assert.Equal([2, 0, 0, 0], chain.Call(payer, Chainlet.Alice, [], capabilities: Capabilities.View).Output);
        Assert.Equal((UInt256)5, chain.State.GetBalance(payer));
        Assert.Equal([0, 0, 0, 0], chain.Call(payer, Chainlet.Alice, []).Output);
        Assert.Equal((UInt256)4, chain.State.GetBalance(payer));
    }

    /// <summary>The same creation twice: the second finds the address taken, which uses up what it was given (EIP-684), and its creator's nonce counts.</summary>
    [Fact]
    public void ATakenAddressUsesEverythingUp()
    {
        Chainlet chain = new(Engine);
        byte[] empty = Assemble("""(func (export "user_entrypoint") (param i32) (result i32) (i32.const 0))""");
        // Calldata are the creation data; twice, reporting both addresses and the gas left after each.
        Address creator = Deploy(chain, """
            (func (export "user_entrypoint") (param $length i32) (result i32)
              (call $read_args (i32.const 1000))
              (call $create2 (i32.const 1000) (local.get $length) (i32.const 0) (i32.const 32) (i32.const 200) (i32.const 64))
              (i64.store (i32.const 240) (call $gas))
              (call $create2 (i32.const 1000) (local.get $length) (i32.const 0) (i32.const 32) (i32.const 220) (i32.const 64))
              (i64.store (i32.const 248) (call $gas))
              (call $write_result (i32.const 200) (i32.const 56)) (i32.const 0))
            """);
        FrameResult result = chain.Call(creator, Chainlet.Alice, empty);
        Assert.Equal(Outcome.Success, result.Outcome);
        Assert.Equal(Address.ForCreate2(creator, Hash256.Zero, Keccak256.Hash(empty)).ToArray(), result.Output[..20]);
        Assert.Equal(new byte[20], result.Output[20..40]);
        ulong after = BitConverter.ToUInt64(result.Output, 40), afterSecond = BitConverter.ToUInt64(result.Output, 48);
        // A 64th of what the second creation left.
        Assert.InRange(afterSecond, (after - 32_100) / 64 - 50, (after - 32_000) / 64 + 1);
        Assert.Equal(3UL, chain.State.GetNonce(creator));
    }

    /// <summary>A callee's data costs it what memory of the size costs in the EVM: 3 gas a word and words²/512.</summary>
    [Fact]
    public void LongOutputCostsLikeMemory()
    {
        Chainlet chain = new(Engine);
        Address contract = Deploy(chain, """
            (func (export "user_entrypoint") (param i32) (result i32) (call $write_result (i32.const 0) (i32.const 100000)) (i32.const 0))
            """);
        ulong words = 100_000 / 32, price = 3 * words + words * words / 512;
        FrameResult result = chain.Call(contract, Chainlet.Alice, [], ink: 100_000 * 10_000UL);
        Assert.Equal((Outcome.Success, 100_000), (result.Outcome, result.Output.Length));
        Assert.Equal((100_000 - price) * 10_000, chain.Meter.InkLeft);
        result = chain.Call(contract, Chainlet.Alice, [], ink: (price - 1) * 10_000);
        Assert.Equal((Outcome.OutOfInk, 0), (result.Outcome, result.Output.Length));
        Assert.Equal(0UL, chain.Meter.InkLeft);
    }

    /// <summary>A precompiled contract is called as any other: its gas, its output, everything gone where it fails.</summary>
    [Fact]
    public void PrecompiledContractsAreCalled()
    {
        Chainlet chain = new(Engine);
        Address caller = Deploy(chain, """
            (func (export "user_entrypoint") (param $length i32) (result i32)
              (call $read_args (i32.const 1000))
              (i32.store8 (i32.const 19) (i32.const 2))
              (drop (call $static_call (i32.const 0) (i32.const 1000) (local.get $length) (i64.const -1) (i32.const 64)))
              (call $write_result (i32.const 200) (call $read_return_data (i32.const 200) (i32.const 0) (i32.const 64))) (i32.const 0))
            """);
        byte[] data = Encoding.ASCII.GetBytes("abc");
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(data), chain.Call(caller, Chainlet.Alice, data).Output);
        FrameResult direct = chain.Call(Address.Parse("0x0000000000000000000000000000000000000004"), Chainlet.Alice, data, ink: 18 * 10_000);
        Assert.Equal(data, direct.Output);
        Assert.Equal(0UL, chain.Meter.InkLeft);
    }

    /// <summary>A precompiled contract of Ethereum's that is not here says so, and leaves its caller the gas.</summary>
    [Fact]
    public void MissingPrecompiledContractsRevertWithTheirOwnError()
    {
        Chainlet chain = new(Engine);
        FrameResult result = chain.Call(Address.Parse("0x000000000000000000000000000000000000000a"), Chainlet.Alice, [1, 2, 3], ink: 1_000_000);
        Assert.Equal(Outcome.Revert, result.Outcome);
        byte[] selector = Keccak256.Hash(Encoding.ASCII.GetBytes("PrecompileMissing(address)")).Bytes[..4].ToArray();
        Assert.Equal([.. selector, .. new byte[31], 0x0a], result.Output);
        Assert.Equal(1_000_000UL, chain.Meter.InkLeft);
    }

    /// <summary>Input that a precompiled contract refuses uses up all that the call was given, and so does too little gas.</summary>
    [Fact]
    public void PrecompiledContractsThatFailUseUpTheirGas()
    {
        Chainlet chain = new(Engine);
        FrameResult refused = chain.Call(Address.Parse("0x0000000000000000000000000000000000000006"), Chainlet.Alice, [1], ink: 5_000_000);
        Assert.Equal((Outcome.Failure, 0UL, 0), (refused.Outcome, chain.Meter.InkLeft, refused.Output.Length));
        FrameResult unpaid = chain.Call(Address.Parse("0x0000000000000000000000000000000000000006"), Chainlet.Alice, [], ink: 1_499_999);
        Assert.Equal((Outcome.OutOfInk, 0UL), (unpaid.Outcome, chain.Meter.InkLeft));
        FrameResult paid = chain.Call(Address.Parse("0x0000000000000000000000000000000000000006"), Chainlet.Alice, [], ink: 1_500_000);
        Assert.Equal((Outcome.Success, 64), (paid.Outcome, paid.Output.Length));
    }

    private static byte[] Assemble(string body, string memory = Memory) => Chainlet.Assemble($"(module {Hooks} {memory} {body})");

    private static Address Deploy(Chainlet chain, string body, string memory = Memory) => chain.DeployGood(Assemble(body, memory));
}

/// <summary>The same in the interpreter.</summary>
public sealed class InterpretedCallTests : CallTests
{
    protected override EngineChoice Engine => EngineChoice.Interpreter;
}
