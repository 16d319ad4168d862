using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using ContractVm.Fuzz.Hooks;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests.Hooks;

/// <summary>What contracts may try: buffers that overlap, storms of reverts, logs and return data as large as can be, code that is none.</summary>
public class BadInputTests
{
    private const ulong H = 8_400, P = 5_040, A = 59_673, R = 16_381, Gas = 10_000;

    protected virtual EngineChoice Engine => EngineChoice.Automatic;

    /// <summary>Arguments are read before anything is written, wherever they lie.</summary>
    [Theory]
    [InlineData("math_div", 0, 0, 0)]
    [InlineData("math_div", 0, 16, 0)]
    [InlineData("math_mod", 16, 0, 0)]
    [InlineData("math_pow", 31, 0, 0)]
    [InlineData("math_add_mod", 0, 0, 0)]
    [InlineData("math_add_mod", 8, 16, 0)]
    [InlineData("math_mul_mod", 16, 8, 24)]
    public void NumbersMayOverlap(string name, int value, int second, int third)
    {
        byte[] data = [.. Enumerable.Range(1, 64).Select(static i => (byte)(i * 37))];
        BigInteger a = Wide(data, value), b = Wide(data, second), m = Wide(data, third), expected = name switch
        {
            "math_div" => a / b, "math_mod" => a % b, "math_pow" => BigInteger.ModPow(a, b, BigInteger.One << 256), "math_add_mod" => (a + b) % m, _ => a * b % m,
        };
        string arguments = name is "math_add_mod" or "math_mul_mod" ? $"{value} {second} {third}" : $"{value} {second}";
        byte[] output = Run(new Chainlet(Engine), [$"{name} {arguments}", "write_result 0 64"], data).Result.Output;
        Assert.Equal(expected, Wide(output, value));
        Assert.Equal(data[..value], output[..value]);
        Assert.Equal(data[(value + 32)..], output[(value + 32)..]);

        static BigInteger Wide(byte[] bytes, int at) => new(bytes.AsSpan(at, 32), isUnsigned: true, isBigEndian: true);
    }

    [Fact]
    public void AHashMayTakeThePlaceOfItsInput()
    {
        byte[] data = [.. Enumerable.Range(1, 100).Select(static i => (byte)i)];
        byte[] output = Run(new Chainlet(Engine), ["native_keccak256 0 100 50", "write_result 0 100"], data).Result.Output;
        Assert.Equal([.. data[..50], .. Keccak256.Hash(data).Bytes, .. data[82..]], output);
    }

    /// <summary>Results over arguments, results over results, scripts over themselves: both engines and the model agree.</summary>
    [Fact]
    public void ResultsMayOverlapArguments() => Assert.Null(HookCampaign.Check("""
        profile contractvm-v1
        transaction to 0 value 3 ink 200000000000
          storage_cache_bytes32 0x7120 0x7130
          storage_load_bytes32 0x7120 0x7128
          storage_load_bytes32 0x7125 0x7125
          transient_store_bytes32 0x7140 0x7145
          transient_load_bytes32 0x7140 0x7140
          account_balance 0x7000 0x7000
          account_codehash 0x7020 0x7019
          account_code 0x7040 3 100 0x7040
          emit_log 0x7000 0x200 4
          contract_address 0x7400
          account_code 0x7400 0 0x2000 0x8009
          poke 0x8000 0063766d01
          create2 0x8000 0x100 0x7120 0x8000 0x8000 0x8010
          create1 0x8000 0x100 0x7120 0x8010 0x8000
          call_contract 0x70e0 0x70e0 0x40 0x7120 0xffffffffffffffff 0x70e8
          read_return_data 0x70c0 0 0x40
          read_args 3
          write_result 0 0x10000
          write_result 1 0xffff
        """));

    /// <summary>
    /// Frames that write, log, create and revert, over and over: nothing of them is left, each costs what the one before it cost, and what .NET allocates for one
    /// does not grow.
    /// </summary>
    [Fact]
    public void AStormOfRevertsLeavesNothing()
    {
        const int Calls = 400;
        Chainlet chain = new(Engine);
        chain.State.SetCode(HookDriver.Drivers[0], HookDriver.Code);
        chain.State.SetCode(HookDriver.Drivers[1], HookDriver.Code);
        string storm = string.Concat(Enumerable.Repeat("  call_contract 0x7020 0x4000 @+0 0x7120 0xffffffffffffffff 0x7400\n", Calls));
        HookCase test = HookText.Read($"""
            profile contractvm-v1
            transaction to 0 value 0 ink 1
              script 0x4000
                storage_cache_bytes32 0x7120 0x7140
                storage_cache_bytes32 0x7140 0x7140
                storage_cache_bytes32 0x7160 0x7140
                storage_flush_cache 1
                transient_store_bytes32 0x7120 0x7140
                emit_log 0x7000 0x1000 2
                account_balance 0x7080 0x7800
                create1 0 0 0x7120 0x7400 0x7400
                write_result 0x7000 0x40
                end 1
            {storm}
            """);
        Hash256 before = Root(chain);
        HookRecorder recorder = new();
        chain.Tracer = recorder;
        FrameResult result = chain.Call(HookDriver.Drivers[0], Chainlet.Alice, HookDriver.Encode(test.Transactions[0].Script), 1UL << 60);
        Assert.Equal(Outcome.Success, result.Outcome);
        HookCall[] calls = [.. recorder.Calls.Where(static call => call.Name == "call_contract")];
        Assert.Equal(Calls, calls.Length);
        Assert.All(calls, static call => Assert.Equal(2UL, call.Result));
        // The account is cold for the first alone; slots and accounts that a failed frame made warm are cold again.
        Assert.Equal(2_500 * Gas, calls[0].Ink - calls[1].Ink);
        Assert.Single(calls.Skip(1).Select(static call => call.Ink).Distinct());
        Assert.Empty(chain.Logs);
        Assert.Equal(before, Root(chain));
        Assert.Equal(0UL, chain.State.GetNonce(HookDriver.Drivers[1]));

        long few = Allocated(test, 40), many = Allocated(test, 400);
        Assert.InRange(many, 0, few * 12);

        long Allocated(HookCase test, int count)
        {
            List<HookStep> script = [test.Transactions[0].Script[0], .. test.Transactions[0].Script.Skip(1).Take(count)];
            byte[] input = HookDriver.Encode(script);
            chain.Tracer = null;
            return DeepStack.Run(input =>
            {
                chain.Call(HookDriver.Drivers[0], Chainlet.Alice, input, 1UL << 60);
                long start = GC.GetAllocatedBytesForCurrentThread();
                chain.Call(HookDriver.Drivers[0], Chainlet.Alice, input, 1UL << 60);
                return GC.GetAllocatedBytesForCurrentThread() - start;
            }, input);
        }
    }

    /// <summary>A log of all the memory that a contract can have, and what it costs; a byte more is outside.</summary>
    [Fact]
    public void ALogOfAllMemory()
    {
        const int Bytes = 128 << 16;
        Chainlet chain = new(Engine);
        Address contract = chain.DeployGood(Large("(call $emit_log (i32.const 0) (i32.const 8388608) (i32.const 4))", Bytes >> 16));
        HookRecorder recorder = new();
        chain.Tracer = recorder;
        Assert.Equal(Outcome.Success, chain.Call(contract, Chainlet.Alice, [], 1UL << 60).Outcome);
        LogEntry log = Assert.Single(chain.Logs);
        Assert.Equal((4, Bytes - 128), (log.Topics.Length, log.Data.Length));
        // A module with so much memory pays host-far besides.
        const ulong HostFar = 80_000;
        Assert.Equal(HostFar + H + A + R + 55UL * (Bytes - 32) + (375 * 5 + 8UL * (Bytes - 128)) * Gas, Assert.Single(recorder.Calls).Ink);

        chain.Tracer = null;
        Address beyond = chain.DeployGood(Large("(call $emit_log (i32.const 1) (i32.const 8388608) (i32.const 4))", Bytes >> 16));
        Assert.Equal(Outcome.Failure, chain.Call(beyond, Chainlet.Alice, [], 1UL << 60).Outcome);
        Assert.Empty(chain.Logs);
    }

    /// <summary>Four MiB of return data: paid like memory of the size, and there for the caller to the last byte; with a unit of gas less there is nothing.</summary>
    [Fact]
    public void ReturnDataOfFourMebibytes()
    {
        const int Bytes = 4 << 20;
        const ulong Words = Bytes / 32, Price = 3 * Words + Words * Words / 512;
        Chainlet chain = new(Engine);
        Address callee = chain.DeployGood(Large($"(i32.store8 (i32.const {Bytes - 1}) (i32.const 7)) (call $write_result (i32.const 0) (i32.const {Bytes}))", Bytes >> 16));
        byte[] data = [.. callee.Bytes, .. new byte[12]];
        string[] lines = ["static_call_contract 0 32 0 -1 64", $"read_return_data 128 {Bytes - 1} 10", $"read_return_data 160 {Bytes} 10", "return_data_size", "write_result 64 128"];
        (FrameResult result, List<HookCall> calls) = Run(chain, lines, data, 1UL << 60);
        Assert.Equal([0UL, 1, 0, Bytes], calls.Take(4).Select(static call => call.Result));
        Assert.Equal([.. BitConverter.GetBytes(Bytes), .. new byte[60], 7], result.Output[..65]);
        // 4 MiB are read twice by write_result, and the output costs more than all else that the callee does.
        Assert.InRange(calls[0].Ink, Price * Gas, (Price + 20_000) * Gas);

        ulong gas = Price + 1_000_000;
        Assert.Equal((Outcome.Success, Bytes), OutcomeOf(chain.Call(callee, Chainlet.Alice, [], gas * Gas)));
        Assert.Equal((Outcome.OutOfInk, 0), OutcomeOf(chain.Call(callee, Chainlet.Alice, [], (Price - 1) * Gas)));
        Assert.Equal(0UL, chain.Meter.InkLeft);

        static (Outcome, int) OutcomeOf(FrameResult result) => (result.Outcome, result.Output.Length);
    }

    /// <summary>What is no contract is not deployed: the creator gets no address and no data, its nonce is used, bytes and creation are paid.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("6080604052348015600f57600080fd5b50")]
    [InlineData("EF00010100040200010004040000000080")]
    [InlineData("EFF00100")]
    [InlineData("EFF00000FF")]
    [InlineData("0061736D01000000")]
    [InlineData("0061736D0200000000")]
    [InlineData("0061736D01000000FFFFFFFFFF")]
    [InlineData("0063766D0100000000")]
    [InlineData("0063766D01FFFFFFFF")]
    [InlineData("0063766D01")]
    public void WhatIsNoContractIsNotCreated(string hex)
    {
        byte[] code = Convert.FromHexString(hex);
        Chainlet chain = new(Engine);
        byte[] data = [.. new byte[64], .. code];
        (FrameResult result, List<HookCall> calls) = Run(chain, [$"create1 64 {code.Length} 0 512 544", $"create2 64 {code.Length} 0 0 576 608", "return_data_size", "write_result 512 128"], data);
        Assert.Equal(Outcome.Success, result.Outcome);
        Assert.Equal(new byte[128], result.Output);
        Address self = Address.ForCreate(Chainlet.Alice, chain.State.GetNonce(Chainlet.Alice) - 1);
        Assert.Equal(3UL, chain.State.GetNonce(self));
        foreach (Address address in (Address[])[Address.ForCreate(self, 1), Address.ForCreate2(self, Hash256.Zero, Keccak256.Hash(code))]) Assert.True(chain.State.IsEmpty(address));
        ulong read = 2 * (R + 55 * (ulong)Math.Max(0, code.Length - 32)), bytes = HostTable.ContractProfile.Schedule.DeploymentInk(code.Length);
        // A frame that is cut off is seen before its module's bytes are paid; Stylus' form pays what it unpacks as well.
        bool isFrame = hex.StartsWith("0063766D", StringComparison.Ordinal);
        Assert.InRange(calls[0].Ink, H + 3 * P + A + read + 32_000 * Gas, H + 3 * P + A + read + 32_000 * Gas + bytes + (isFrame ? 0 : 100 * Gas));
        FrameResult direct = chain.Deploy(code, Chainlet.Bob).Result;
        Assert.Equal(Outcome.Failure, direct.Outcome);
        Assert.NotNull(direct.Error);
    }

    /// <summary>Accounts without code can be called in every way: nothing runs, nothing comes back, what was given comes back.</summary>
    [Theory]
    [InlineData("call_contract 0 32 32 64 -1 128")]
    [InlineData("delegate_call_contract 0 32 32 -1 128")]
    [InlineData("static_call_contract 0 32 32 -1 128")]
    public void AccountsWithoutCodeAreCalled(string call)
    {
        foreach (Address address in (Address[])[Chainlet.Bob, Address.Parse("0x00000000000000000000000000000000000dead1"), Address.Zero])
        {
            Chainlet chain = new(Engine);
            chain.State.SetBalance(Chainlet.Bob, 1);
            (FrameResult result, List<HookCall> calls) = Run(chain, [call, "return_data_size", "write_result 128 4"], [.. address.Bytes, .. new byte[108], .. Enumerable.Repeat((byte)0xEE, 4)]);
            Assert.Equal(Outcome.Success, result.Outcome);
            Assert.Equal(new byte[4], result.Output);
            Assert.Equal([0UL, 0], calls.Take(2).Select(static made => made.Result));
            Assert.Equal(H + 3 * P + A + 2 * R + 2_600 * Gas, calls[0].Ink);
            Assert.False(address != Chainlet.Bob && chain.State.Exists(address));
        }
    }

    private static (FrameResult Result, List<HookCall> Calls) Run(Chainlet chain, IEnumerable<string> lines, byte[] data, ulong ink = Chainlet.Plenty)
    {
        Address contract = chain.DeployGood(HookScript.Assemble(lines, data));
        HookRecorder recorder = new();
        chain.Tracer = recorder;
        FrameResult result = chain.Call(contract, Chainlet.Bob, [], ink);
        chain.Tracer = null;
        return (result, recorder.Calls);
    }

    private static byte[] Large(string body, int pages) => Chainlet.Assemble($"""
        (module (import "vm_hooks" "emit_log" (func $emit_log (param i32 i32 i32))) (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
          (memory (export "memory") {pages} {pages})
          (func (export "user_entrypoint") (param i32) (result i32) {body} (i32.const 0)))
        """);

    private static Hash256 Root(Chainlet chain)
    {
        using StateCommit commit = chain.State.ComputeCommit(0);
        return commit.StateRoot;
    }
}

/// <summary>The same in the interpreter.</summary>
public sealed class InterpretedBadInputTests : BadInputTests
{
    protected override EngineChoice Engine => EngineChoice.Interpreter;
}
