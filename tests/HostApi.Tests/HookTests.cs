using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Numerics;
using ContractVm.Fuzz;
using ContractVm.StateStore;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>
/// Each host function alone: what it does, and its exact ink. The module calls evm_ink_left, then the function, then
/// evm_ink_left again, all in one metering block, so that the difference is the function's price and the second question's.
/// </summary>
public class HookTests
{
    private const int Input = 256, Output = 512, Trail = 1024;
    private const ulong Gas = 10_000;
    private readonly Chainlet _chain;

    public HookTests()
        : this(EngineChoice.Automatic)
    {
    }

    private protected HookTests(EngineChoice engine) => _chain = new Chainlet(engine);

    /// <summary>Calls a host function with constants; memory holds the data at <see cref="Input"/>.</summary>
    private (FrameResult Result, ulong Ink, byte[] Memory, ulong Returned) Call(string name, byte[] data, byte[] calldata, params ulong[] arguments) =>
        Call(name, 1, data, calldata, arguments);

    private (FrameResult Result, ulong Ink, byte[] Memory, ulong Returned) Call(string name, int times, byte[] data, byte[] calldata, params ulong[] arguments)
    {
        FunctionType type = HostTable.Instance.FindImport(HostTable.ModuleName, name) ?? throw new InvalidOperationException(name);
        ModuleBuilder builder = new();
        int inkLeft = builder.ImportFunction(HostTable.ModuleName, "evm_ink_left", builder.Type("", "l"));
        int write = builder.ImportFunction(HostTable.ModuleName, "write_result", builder.Type("ii", ""));
        int hook = builder.ImportFunction(HostTable.ModuleName, name, builder.Type(Letters(type.Parameters), Letters(type.Results)));
        List<byte> code = [];
        for (int i = 0; i < times - 1; i++) AddHook(drop: true);
        AddInk(Trail);
        if (type.Results.Length > 0) code.AddRange([.. ModuleBuilder.Constant('i', Trail + 16)]);
        AddHook(drop: false);
        if (type.Results.Length > 0) code.AddRange([type.Results[0] == ValueType.I32 ? (byte)0x36 : (byte)0x37, 0, 0]);
        AddInk(Trail + 8);
        code.AddRange([.. ModuleBuilder.Constant('i', 0), .. ModuleBuilder.Constant('i', 2048), 0x10, (byte)write, 0x41, 0]);
        int entry = builder.Function(builder.Type("i", "i"), "", [.. code]);
        builder.Memory(1, 1).Data(Input, data).Export("memory", ExternalKind.Memory, 0).Export(HostTable.Entrypoint, ExternalKind.Function, entry);
        (FrameResult deployed, Address contract) = _chain.Deploy(builder.Build(), Chainlet.Alice);
        Assert.Equal(Outcome.Success, deployed.Outcome);
        FrameResult result = _chain.Call(contract, Chainlet.Bob, calldata);
        if (result.Outcome != Outcome.Success) return (result, 0, [], 0);
        ulong before = BinaryPrimitives.ReadUInt64LittleEndian(result.Output.AsSpan(Trail)), after = BinaryPrimitives.ReadUInt64LittleEndian(result.Output.AsSpan(Trail + 8));
        return (result, before - after - 8_400, result.Output, BinaryPrimitives.ReadUInt64LittleEndian(result.Output.AsSpan(Trail + 16)));

        void AddInk(int at) => code.AddRange([.. ModuleBuilder.Constant('i', (ulong)at), 0x10, (byte)inkLeft, 0x37, 0, 0]);

        void AddHook(bool drop)
        {
            for (int i = 0; i < arguments.Length; i++) code.AddRange(ModuleBuilder.Constant(type.Parameters[i] == ValueType.I32 ? 'i' : 'l', arguments[i]));
            code.AddRange([0x10, (byte)hook]);
            if (drop && type.Results.Length > 0) code.Add(0x1A);
        }
    }

    private static string Letters(ReadOnlySpan<ValueType> types)
    {
        string letters = "";
        foreach (ValueType type in types) letters += type == ValueType.I32 ? 'i' : 'l';
        return letters;
    }

    [Theory]
    [InlineData("msg_sender", 8_400 + 5_040, Output)]
    [InlineData("msg_value", 8_400 + 5_040, Output)]
    [InlineData("tx_origin", 8_400 + 5_040, Output)]
    [InlineData("tx_gas_price", 8_400 + 5_040, Output)]
    [InlineData("contract_address", 8_400 + 5_040, Output)]
    [InlineData("block_coinbase", 8_400 + 5_040, Output)]
    [InlineData("block_basefee", 8_400 + 5_040, Output)]
    [InlineData("evm_gas_left", 8_400)]
    [InlineData("evm_ink_left", 8_400)]
    [InlineData("chainid", 8_400)]
    [InlineData("block_number", 8_400)]
    [InlineData("block_timestamp", 8_400)]
    [InlineData("block_gas_limit", 8_400)]
    [InlineData("tx_ink_price", 8_400)]
    [InlineData("msg_reentrant", 8_400)]
    [InlineData("return_data_size", 8_400)]
    [InlineData("pay_for_memory_grow", 8_400, 0)]
    [InlineData("native_keccak256", 121_800, Input, 64, Output)]
    [InlineData("native_keccak256", 121_800 + 2 * 21_000, Input, 100, Output)]
    [InlineData("math_div", 43_520, Input, Input + 32)]
    [InlineData("math_mod", 43_520, Input, Input + 32)]
    [InlineData("math_add_mod", 49_560, Input, Input + 32, Input + 64)]
    [InlineData("math_mul_mod", 52_660, Input, Input + 32, Input + 64)]
    [InlineData("math_pow", 23_520 + 3_000 + 17_500, Input, Input + 128)]
    [InlineData("write_result", 8_400 + 2 * (16_381 + 55 * 68), Input, 100)]
    [InlineData("read_args", 8_400 + 5_040 + 30 * 8, Output)]
    [InlineData("storage_load_bytes32", 18_480 + (2_100 + 5) * 10_000, Input, Output)]
    [InlineData("storage_cache_bytes32", 18_480, Input, Input + 32)]
    [InlineData("storage_flush_cache", 68_073, 0)]
    [InlineData("transient_load_bytes32", 78_153 + 100 * 10_000, Input, Output)]
    [InlineData("transient_store_bytes32", 78_153 + 100 * 10_000, Input, Input + 32)]
    [InlineData("emit_log", 68_073 + 16_381 + 55 * 68 + (375 * 3 + 8 * 36) * 10_000, Input, 100, 2)]
    [InlineData("account_balance", 78_153 + 2_600 * 10_000, Input, Output)]
    [InlineData("account_codehash", 78_153 + 2_600 * 10_000, Input, Output)]
    [InlineData("account_code_size", 68_073 + 3_300 * 10_000, Input)]
    [InlineData("account_code", 68_073 + 3_300 * 10_000 + 5_040, Input, 0, 32, Output)]
    // An account without code takes nothing of what it is given; what cannot be paid costs what would have been looked up.
    [InlineData("call_contract", 83_193 + 2 * 16_381 + 2_600 * 10_000, Input, Input, 20, Input + 128, 50_000, Output)]
    [InlineData("call_contract", 83_193 + 2 * (16_381 + 55 * 68) + (2_600 + 9_000 + 25_000) * 10_000, Input, Input, 100, Input + 32, 50_000, Output)]
    [InlineData("delegate_call_contract", 83_193 + 2 * 16_381 + 2_600 * 10_000, Input, Input, 32, 50_000, Output)]
    [InlineData("static_call_contract", 83_193 + 2 * (16_381 + 55) + 2_600 * 10_000, Input, Input, 33, 50_000, Output)]
    // No module in no bytes: deploy-base, 1 000 gas, is gone.
    [InlineData("create1", 83_193 + 2 * 16_381 + (32_000 + 1_000) * 10_000, Input, 0, Input + 128, Output, Output + 32)]
    [InlineData("create2", 83_193 + 5_040 + 2 * 16_381 + (32_000 + 1_000) * 10_000, Input, 0, Input + 128, Input, Output, Output + 32)]
    // Seventy bytes that are no module either: 200 gas each, and three words to hash.
    [InlineData("create2", 83_193 + 5_040 + 2 * (16_381 + 55 * 38) + (32_000 + 3 * 6 + 1_000 + 70 * 200) * 10_000, Input, 70, Input + 128, Input, Output, Output + 32)]
    [InlineData("read_return_data", 68_073 + 5_040, Output, 0, 64)]
    public void InkIsWhatStylusCharges(string name, ulong ink, params int[] arguments)
    {
        byte[] data = new byte[160];
        for (int i = 0; i < 128; i++) data[i] = (byte)(i + 1);
        (FrameResult result, ulong used, _, _) = Call(name, data, new byte[40], Array.ConvertAll(arguments, static argument => (ulong)argument));
        Assert.Equal(Outcome.Success, result.Outcome);
        Assert.Equal(ink, used);
    }

    [Fact]
    public void ASecondLoadOfASlotIsFreeOfGas() => Assert.Equal(18_480UL, Call("storage_load_bytes32", 2, new byte[32], [], Input, Output).Ink);

    [Fact]
    public void ASecondLookAtAnAccountIsWarm() => Assert.Equal(78_153 + 100 * Gas, Call("account_balance", 2, new byte[32], [], Input, Output).Ink);

    [Fact]
    public void WideArithmeticIsExact() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong[]>(), ArbMap.Default.ArbFor<uint>(), (words, salt) =>
        {
            byte[] data = new byte[96];
            for (int i = 0; i < 12; i++)
                BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(8 * i), words.Length > i ? words[i] * 0x9E37_79B9_7F4A_7C15 : salt % (uint)(i + 2) == 0 ? ulong.MaxValue : 0);
            BigInteger a = Wide(data, 0), b = Wide(data, 32), m = Wide(data, 64), limit = BigInteger.One << 256;
            return Result("math_div", 2) == (b.IsZero ? 0 : a / b) && Result("math_mod", 2) == (b.IsZero ? 0 : a % b)
                && Result("math_add_mod", 3) == (m.IsZero ? 0 : (a + b) % m) && Result("math_mul_mod", 3) == (m.IsZero ? 0 : a * b % m)
                && Result("math_pow", 2) == BigInteger.ModPow(a, b, limit);

            BigInteger Result(string name, int operands) =>
                Wide(Call(name, data, [], operands == 2 ? [Input, Input + 32] : [Input, Input + 32, Input + 64]).Memory, Input);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    private static BigInteger Wide(byte[] bytes, int at) => new(bytes.AsSpan(at, 32), isUnsigned: true, isBigEndian: true);

    [Theory]
    [InlineData("read_args", 65536 - 39)]
    [InlineData("write_result", 65500, 37)]
    [InlineData("storage_load_bytes32", 65505, Output)]
    [InlineData("storage_load_bytes32", Input, 65505)]
    [InlineData("native_keccak256", Input, 65536, Output)]
    [InlineData("native_keccak256", Input, 32, 65505)]
    [InlineData("emit_log", Input, 31, 1)]
    [InlineData("emit_log", Input, 200, 5)]
    [InlineData("emit_log", 65500, 64, 0)]
    [InlineData("msg_sender", 65517)]
    [InlineData("msg_value", -1)]
    [InlineData("account_balance", 65517, Output)]
    [InlineData("math_div", 65505, Input)]
    [InlineData("math_mul_mod", Input, Input, 65505)]
    public void PointersOutsideOfMemoryFail(string name, params int[] arguments)
    {
        FrameResult result = Call(name, new byte[32], new byte[40], Array.ConvertAll(arguments, static argument => (ulong)(uint)argument)).Result;
        Assert.Equal((Outcome.Failure, TrapKind.HostFault, 0), (result.Outcome, result.Execution.Trap, result.Output.Length));
        Assert.Empty(_chain.Logs);
    }

    [Fact]
    public void ALengthIsPaidForBeforeItIsFoundImpossible() =>
        Assert.Equal(Outcome.OutOfInk, Call("write_result", new byte[32], [], 0, uint.MaxValue).Result.Outcome);

    [Fact]
    public void KeccakAndTheEnvironmentGiveTheRightBytes()
    {
        byte[] data = [1, 2, 3];
        Assert.Equal(Keccak256.Hash(data).ToArray(), Call("native_keccak256", data, [], Input, 3, Output).Memory[Output..(Output + 32)]);
        Assert.Equal(31337UL, Call("chainid", [], []).Returned);
        Assert.Equal(30_000_000UL, Call("block_gas_limit", [], []).Returned);
        Assert.Equal(10_000UL, Call("tx_ink_price", [], []).Returned);
        Assert.Equal(Chainlet.Carol.ToArray(), Call("block_coinbase", [], [], Output).Memory[Output..(Output + 20)]);
        Assert.Equal(Abi.Word(2_000_000_000), Call("tx_gas_price", [], [], Output).Memory[Output..(Output + 32)]);
        Assert.Equal(new byte[] { 9, 8, 7 }, Call("read_args", [], [9, 8, 7], Output).Memory[Output..(Output + 3)]);
    }

    [Fact]
    public void EveryHostFunctionStandsOnce()
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (HostFunctionEntry entry in HostTable.Entries)
        {
            Assert.True(names.Add(entry.Name), entry.Name);
            Assert.Same(entry, HostTable.Instance.Find(HostTable.ModuleName, entry.Name));
            Assert.Null(HostTable.Instance.Find("env", entry.Name));
        }

        Assert.Equal(42, names.Count);
    }
}

/// <summary>The same in the interpreter.</summary>
public sealed class InterpretedHookTests() : HookTests(EngineChoice.Interpreter);
