// Offers contracts a host module of its own, with a right and prices of its own: an oracle that knows what assets cost.
using System;
using System.Collections.Generic;
using System.Text;
using ContractVm;
using ContractVm.Gas;
using ContractVm.HostApi;
using ContractVm.StateStore;
using ContractVm.Text;

const string Source = """
    (module
      (import "oracle" "price" (func $price (param i32 i32)))
      (import "oracle" "describe" (func $describe (param i32 i32) (result i32)))
      (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
      (memory (export "memory") 1 1)
      (data (i32.const 0) "GOLD")
      (func (export "user_entrypoint") (param i32) (result i32)
        (call $price (i32.const 0) (i32.const 32))
        (call $write_result (i32.const 32) (i32.add (i32.const 32) (call $describe (i32.const 0) (i32.const 64))))
        (i32.const 0)))
    """;

// The right that a frame needs to ask, beside those of vm_hooks. Static calls keep it: asking changes nothing that contracts see.
const Capabilities MayAsk = Capabilities.FirstOfEmbedder;
Dictionary<Hash256, UInt256> prices = new() { [Asset("GOLD")] = 2_400, [Asset("IRON")] = 3 };

HostFunctionEntry price = new("oracle", "price", "asset:word dest:>word", ink: 20_000, MayAsk, "writes the price of an asset, 0 where it has none", (_, call, slots) =>
{
    if (!call.TryGetMemory((uint)slots[0], 32, out Span<byte> asset) || !call.TryGetMemory((uint)slots[1], 32, out Span<byte> dest)) return HostStatus.Fault;
    prices.GetValueOrDefault(Hash256.FromBytes(asset)).ToBigEndian(dest);
    return HostStatus.Continue;
});

// What depends on sizes is charged before the work is done, and a pointer that is not inside ends the frame.
HostFunctionEntry describe = new("oracle", "describe", "asset:word dest:>bytes -> length:u32", ink: 20_000, MayAsk, "writes what an asset is and returns its length", (_, call, slots) =>
{
    if (!call.TryGetMemory((uint)slots[0], 32, out Span<byte> asset)) return HostStatus.Fault;
    byte[] text = Encoding.UTF8.GetBytes($"an asset called {Encoding.UTF8.GetString(asset).TrimEnd('\0')}");
    if (!call.Meter.TryCharge(30 * (ulong)text.Length)) return HostStatus.OutOfInk;
    if (!call.TryGetMemory((uint)slots[1], (uint)text.Length, out Span<byte> dest)) return HostStatus.Fault;
    text.CopyTo(dest);
    slots[0] = (ulong)text.Length;
    return HostStatus.Continue;
});

// The profile has a name of its own: a chain with other host functions is another chain.
Profile profile = HostTable.ContractProfile with { Name = "contractvm-v1+oracle", Host = HostTable.Instance.With(price, describe) };
foreach (HostFunctionEntry entry in (HostFunctionEntry[])[price, describe]) Console.WriteLine($"{entry.Module}.{entry.Name} {entry.Type}: {entry.Ink} ink, {entry.Summary}");

if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(Source), new TextOptions(), out TextModule? text, out TextError? wrong)) return Stop($"{wrong}");
using ModuleCache modules = new(profile);
WorldState state = StateDatabase.Open(new MemoryStore()).CreateWorld();
Address alice = Address.Parse("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"), contract = Address.ForCreate(alice, 0);
BlockEnvironment block = new(Number: 1, Timestamp: 1_700_000_000, Coinbase: alice, GasLimit: 30_000_000, BaseFee: 0, ChainId: 1);

FrameResult deployed = Execute(Capabilities.All, FrameKind.Create, text.Bytes);
if (deployed.Outcome != Outcome.Success) return Stop($"{deployed.Error}");
FrameResult answered = Execute(Capabilities.View | MayAsk, FrameKind.Call, []), refused = Execute(Capabilities.View, FrameKind.Call, []);
Console.WriteLine($"with the right: {answered.Outcome}, {UInt256.FromBigEndian(answered.Output.AsSpan(0, 32))}, {Encoding.UTF8.GetString(answered.Output.AsSpan(32)).TrimEnd('\0')}");
Console.WriteLine($"without it: {refused.Outcome}");
return answered.Outcome == Outcome.Success && refused.Outcome == Outcome.Failure ? 0 : 1;

FrameResult Execute(Capabilities rights, FrameKind kind, byte[] input)
{
    state.BeginTransaction();
    Meter meter = new(ink: 100_000_000_000, profile.Schedule.StackWords);
    TransactionContext transaction = new(state, block, alice, gasPrice: 0, meter, modules);
    CallFrame frame = new(transaction, contract, alice, value: 0, input, rights, kind);
    FrameResult result = kind == FrameKind.Create ? ContractRunner.Create(frame) : ContractRunner.Call(frame);
    state.EndTransaction();
    return result;
}

static Hash256 Asset(string name) => Hash256.FromBytes([.. Encoding.UTF8.GetBytes(name), .. new byte[32 - name.Length]]);

static int Stop(string reason) { Console.Error.WriteLine(reason); return 1; }
