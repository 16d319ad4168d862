using System;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.HostApi;
using ContractVm.HostApi.Tests;
using ContractVm.Node.Tests.Chains;
using ContractVm.StateStore;
using ContractVm.Text;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Node.Tests.Contracts;

/// <summary>The contracts of this repository exist once in each language, and do the same.</summary>
public static class Languages
{
    public static TheoryData<string> All { get; } = ["c", "rust", "assemblyscript"];

    public static byte[] Module(string contract, string language)
    {
        string folder = Path.Combine(TestData.ProjectRoot, "contracts", contract);
        return File.ReadAllBytes(Path.Combine(language == "c" ? folder : Path.Combine(folder, language), $"{contract}.wasm"));
    }
}

/// <summary>A chain on which every call is a transaction in a block of its own.</summary>
internal sealed class ContractChain : IDisposable
{
    private const ulong Gas = 20_000_000;
    private readonly TestChain _chain = new();

    /// <summary>Logs of the last transaction.</summary>
    public LogEntry[] Logs { get; private set; } = [];

    public void Dispose() => _chain.Dispose();

    public Address Account(int number) => _chain.Keys[number].Address;

    /// <summary>The address of the contract that an account deploys after as many further transactions.</summary>
    public Address NextContract(int from, ulong later = 0) => Address.ForCreate(Account(from), _chain.Chain.NextNonce(Account(from)) + later);

    public ExecutedTransaction Send(int from, Address? to, byte[] data, ulong value = 0)
    {
        ExecutedTransaction executed = _chain.Mine(_chain.Sign(from, to, data, Gas, value)).Executed[0];
        Logs = [.. executed.Receipt.Logs];
        return executed;
    }

    public Address Deploy(int from, byte[] module, params object[] arguments)
    {
        ExecutedTransaction executed = Send(from, null, arguments.Length == 0 ? module : DeploymentCode.Frame(module, Abi.Encode(arguments)));
        Assert.True(executed.Outcome == Outcome.Success, $"{executed.Outcome} {executed.Error} {Abi.Reason(executed.Output)}");
        return executed.Contract!.Value;
    }

    public void DeploymentReverts(string reason, byte[] module, params object[] arguments)
    {
        ExecutedTransaction executed = Send(0, null, DeploymentCode.Frame(module, Abi.Encode(arguments)));
        Assert.Equal((Outcome.Revert, reason), (executed.Outcome, Abi.Reason(executed.Output)));
    }

    /// <summary>A call that must succeed; what it returns.</summary>
    public byte[] Does(int from, Address contract, string signature, params object[] arguments)
    {
        ExecutedTransaction executed = Send(from, contract, Abi.Call(signature, arguments));
        Assert.True(executed.Outcome == Outcome.Success, $"{signature}: {executed.Outcome} {Abi.Reason(executed.Output)}");
        return executed.Output;
    }

    /// <summary>A call that must revert with Error(string); it logs nothing.</summary>
    public void Reverts(string reason, int from, Address contract, string signature, params object[] arguments) =>
        Reverts(reason, from, contract, Abi.Call(signature, arguments), 0);

    public void Reverts(string reason, int from, Address contract, byte[] data, ulong value)
    {
        ExecutedTransaction executed = Send(from, contract, data, value);
        Assert.Equal((Outcome.Revert, reason), (executed.Outcome, Abi.Reason(executed.Output)));
        Assert.Empty(Logs);
    }

    /// <summary>What a function returns, asked without a transaction.</summary>
    public byte[] Ask(Address contract, string signature, params object[] arguments)
    {
        FrameResult result = _chain.Chain.Call(Account(9), contract, UInt256.Zero, Abi.Call(signature, arguments), Gas, out _);
        Assert.True(result.Outcome == Outcome.Success, $"{signature}: {result.Outcome} {Abi.Reason(result.Output)}");
        return result.Output;
    }

    public UInt256 Number(Address contract, string signature, params object[] arguments)
    {
        byte[] output = Ask(contract, signature, arguments);
        Assert.Equal(32, output.Length);
        return UInt256.FromBigEndian(output);
    }

    public byte[] Storage(Address contract, byte[] slot) => _chain.Chain.State.GetStorage(contract, Hash256.FromBytes(slot)).ToArray();

    public UInt256 Balance(Address account) => _chain.Chain.State.TryGetAccount(account, out Account found) ? found.Balance : UInt256.Zero;

    /// <summary>The last transaction's only log of a contract.</summary>
    public void Logged(Address contract, string signature, object[] topics, byte[] data)
    {
        LogEntry log = Assert.Single(Logs, log => log.Address == contract);
        Assert.Equal([Keccak256.Hash(Encoding.ASCII.GetBytes(signature)), .. topics.Select(topic => Hash256.FromBytes(Abi.Word(topic)))], log.Topics);
        Assert.Equal(data, log.Data);
    }

    /// <summary>Where Solidity keeps a mapping's value: the key, then the mapping's slot.</summary>
    public static byte[] MappingSlot(object key, byte[] slot) => Keccak256.Hash([.. Abi.Word(key), .. slot]).ToArray();

    /// <summary>Where Solidity keeps an array's element.</summary>
    public static byte[] ArraySlot(int slot, int element)
    {
        UInt256 first = UInt256.FromBigEndian(Keccak256.Hash(Abi.Word(slot)).Bytes);
        return Abi.Word(first + (UInt256)(ulong)element);
    }

    public static byte[] Words(params object[] values) => [.. values.SelectMany(Abi.Word)];

    /// <summary>
    /// A contract that calls <paramref name="target"/> with <paramref name="data"/> whenever it is asked to do anything but tell a balance.
    /// It says that it has received more with every call, and returns true.
    /// </summary>
    /// <param name="target">Whom it calls.</param>
    /// <param name="data">Its calldata.</param>
    /// <param name="isSilent">Go on where the call fails; else hand the reason on.</param>
    public static byte[] Hostile(Address target, byte[] data, bool isSilent)
    {
        string text = $$"""
            (module
              (import "vm_hooks" "read_args" (func $read_args (param i32)))
              (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
              (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
              (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
              (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
              (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
              (import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
              (memory (export "memory") 1 1)
              (data (i32.const 1000) "{{Escape(target.ToArray())}}")
              (data (i32.const 2000) "{{Escape(data)}}")
              (func (export "user_entrypoint") (param $length i32) (result i32)
                (call $read_args (i32.const 0))
                (call $load (i32.const 500) (i32.const 600))
                ;; balanceOf(address)
                (if (i32.eq (i32.load (i32.const 0)) (i32.const 0x3182a070)) (then (call $write_result (i32.const 600) (i32.const 32)) (return (i32.const 0))))
                (i32.store8 (i32.const 600) (i32.add (i32.load8_u (i32.const 600)) (i32.const 1)))
                (call $store (i32.const 500) (i32.const 600))
                (call $flush (i32.const 1))
                (if (call $call (i32.const 1000) (i32.const 2000) (i32.const {{data.Length}}) (i32.const 700) (i64.const -1) (i32.const 800))
                  (then (if (i32.eqz (i32.const {{(isSilent ? 1 : 0)}})) (then
                    (call $write_result (i32.const 4000) (call $read_return_data (i32.const 4000) (i32.const 0) (i32.const 1000)))
                    (return (i32.const 1))))))
                (i32.store8 (i32.const 731) (i32.const 1))
                (call $write_result (i32.const 700) (i32.const 32))
                (i32.const 0)))
            """;
        return Assemble(text);
    }

    /// <summary>A contract that answers everything alike.</summary>
    /// <param name="status">0 to return, else to revert.</param>
    /// <param name="data">Its data.</param>
    public static byte[] Answering(int status, byte[] data) => Assemble($$"""
        (module
          (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
          (memory (export "memory") 1 1)
          (data (i32.const 0) "{{Escape(data)}}")
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $write_result (i32.const 0) (i32.const {{data.Length}}))
            (i32.const {{status}})))
        """);

    private static byte[] Assemble(string text)
    {
        Assert.True(TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out TextModule? module, out TextError? error), $"{error}");
        return module.Bytes;
    }

    private static string Escape(byte[] bytes) => string.Concat(bytes.Select(static part => $"\\{part:x2}"));
}
