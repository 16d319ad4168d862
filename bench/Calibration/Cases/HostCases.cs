using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.HostApi;

namespace ContractVm.Calibration;

/// <summary>
/// Cases of the host functions. A row is the function, the situation, and its arguments as text; what a call changes before, such as
/// the key to look for, stands in a further text.
/// </summary>
internal static class HostCases
{
    /// <summary>Where keys, addresses and numbers stand in memory, and where results go.</summary>
    private const string Key = "i32.const 1024", Second = "i32.const 1088", Third = "i32.const 1152", Target = "i32.const 2048";
    /// <summary>Another key each time: a counter in its first bytes.</summary>
    private const string NewKey = "i32.const 1024 local.get $l4 i64.const 1 i64.add local.tee $l4 i64.store";
    /// <summary>Numbers of full width at all three places.</summary>
    private const string Wide = "i32.const 1024 i32.const 0xff i32.const 32 memory.fill i32.const 1088 i32.const 0xe7 i32.const 32 memory.fill i32.const 1152 i32.const 0xd5 i32.const 32 memory.fill";
    /// <summary>A dividend of full width and a divisor of a word and a bit: the most steps of a long division.</summary>
    private const string Uneven = "i32.const 1024 i32.const 0xff i32.const 32 memory.fill i32.const 1088 i32.const 0x81 i32.const 32 memory.fill i32.const 1088 i32.const 0 i32.const 15 memory.fill i32.const 1152 i32.const 0xd5 i32.const 32 memory.fill i32.const 1152 i32.const 0 i32.const 15 memory.fill";

    /// <summary>A place that misses the caches; the argument before decides it, so that the calls wait for each other.</summary>
    private const string Far = $"{CaseModule.Random} i32.const 9 i32.shr_u i32.const 0x7fffc0 i32.and";
    private const string Hurry = "local.get $r i32.const 1024 i32.load i32.add local.set $r";

    /// <summary>Addresses of an account without code, of a contract that returns at once, and of the precompiled identity.</summary>
    private const string Nobody = "i32.const 4096 i32.const 1 i32.store8", Callee = "i32.const 4128 i32.const 0x77 i32.store8 offset=19", Identity = "i32.const 4160 i32.const 4 i32.store8 offset=19";

    private sealed record Row(string Name, string Situation, string Arguments, string Before = "", int MostTurns = 0, int Unroll = 50, string? Prepare = null, bool IsFar = false);

    private static readonly Row[] Rows =
    [
        new("read_args", "4 KiB of calldata", Target),
        new("write_result", "nothing", "i32.const 0 i32.const 0"),
        new("write_result", "256 KiB", "i32.const 0 i32.const 0x40000", "", 100, 1),
        new("write_result", "32 bytes, misses the caches", $"{Far} i32.const 32", IsFar: true, Prepare: "touch"),
        new("native_keccak256", "32 bytes, misses the caches", $"{Far} i32.const 32 {Key}", Hurry, IsFar: true, Prepare: "touch"),
        new("math_div", "misses the caches", $"{Key} {Far}", Hurry, IsFar: true, Prepare: "touch"),
        new("math_mul_mod", "misses the caches", $"{Key} {Far} {Far}", Hurry, IsFar: true, Prepare: "touch"),
        new("math_pow", "misses the caches", $"{Key} {Far}", Hurry, IsFar: true, Prepare: "touch"),
        new("block_coinbase", "misses the caches", Far, IsFar: true, Prepare: "touch"),
        new("storage_cache_bytes32", "misses the caches", $"{Far} {Far}", "", 200, 10, IsFar: true, Prepare: "touch"),
        new("storage_load_bytes32", "warm, zero key", $"{Key} {Target}"),
        new("storage_load_bytes32", "cold", $"{Key} {Target}", NewKey, 200, 10),
        new("storage_cache_bytes32", "the same slot", $"{Key} {Second}"),
        new("storage_cache_bytes32", "new slots", $"{Key} {Second}", NewKey, 200, 10),
        new("storage_flush_cache", "nothing", "i32.const 0"),
        new("storage_flush_cache", "nothing, 5000 slots in the cache", "i32.const 0", Unroll: 2, Prepare: "slots"),
        new("storage_flush_cache", "one new slot", "i32.const 1", $"{NewKey} {Key} {Second} call $storage_cache_bytes32", 200, 10),
        new("transient_load_bytes32", "the same slot", $"{Key} {Target}"),
        new("transient_load_bytes32", "new slots", $"{Key} {Target}", NewKey, 200, 10),
        new("transient_store_bytes32", "the same slot", $"{Key} {Second}", "", 200, 10),
        new("transient_store_bytes32", "new slots", $"{Key} {Second}", NewKey, 200, 10),
        new("call_contract", "an account without code", $"i32.const 4096 {Target} i32.const 0 {Second} i64.const -1 {Target}", Nobody, 0, 10),
        new("call_contract", "a contract", $"i32.const 4128 {Target} i32.const 0 {Second} i64.const -1 {Target}", Callee, 0, 10),
        new("delegate_call_contract", "a contract", $"i32.const 4128 {Target} i32.const 32 i64.const -1 {Target}", Callee, 0, 10),
        new("static_call_contract", "a contract", $"i32.const 4128 {Target} i32.const 32 i64.const -1 {Target}", Callee, 0, 10),
        new("static_call_contract", "identity, 64 KiB", $"i32.const 4160 {Target} i32.const 0x10000 i64.const -1 {Target}", Identity, 100, 2),
        new("create1", "no module", $"{Key} i32.const 0 {Second} {Target} {Target}", "", 200, 10),
        new("create2", "no module", $"{Key} i32.const 0 {Second} {Second} {Target} {Target}", "", 200, 10),
        new("read_return_data", "nothing", $"{Target} i32.const 0 i32.const 32"),
        new("return_data_size", "alone", ""),
        new("emit_log", "nothing", $"{Key} i32.const 0 i32.const 0", "", 200, 10),
        new("emit_log", "4 topics, 64 KiB", $"{Key} i32.const 0x10000 i32.const 4", "", 100, 1),
        new("account_balance", "warm", $"{Key} {Target}"),
        new("account_balance", "cold", $"{Key} {Target}", NewKey, 200, 10),
        new("account_code", "warm, without code", $"i32.const 4096 i32.const 0 i32.const 0 {Target}", "i32.const 4096 i32.const 1 i32.store"),
        new("account_code", "warm, 24 KiB", $"{Second} i32.const 0 i32.const 0x10000 {Target}"),
        new("account_code", "cold", $"{Key} i32.const 0 i32.const 0 {Target}", NewKey, 200, 10),
        new("account_code_size", "warm", Second),
        new("account_code_size", "cold", Key, NewKey, 200, 10),
        new("account_codehash", "warm", $"{Second} {Target}"),
        new("account_codehash", "cold", $"{Key} {Target}", NewKey, 200, 10),
        new("evm_gas_left", "alone", ""),
        new("evm_ink_left", "alone", ""),
        new("block_basefee", "alone", Target),
        new("chainid", "alone", ""),
        new("block_coinbase", "alone", Target),
        new("block_gas_limit", "alone", ""),
        new("block_number", "alone", ""),
        new("block_timestamp", "alone", ""),
        new("contract_address", "alone", Target),
        new("math_div", "small numbers", $"{Target} {Target}"),
        new("math_div", "wide", $"{Key} {Second}", Uneven),
        new("math_mod", "small numbers", $"{Target} {Target}"),
        new("math_mod", "wide", $"{Key} {Second}", Uneven),
        new("math_pow", "to the zeroth", $"{Key} {Target}"),
        new("math_pow", "wide", $"{Key} {Second}", Wide),
        new("math_add_mod", "small numbers", $"{Target} {Target} {Target}"),
        new("math_add_mod", "wide", $"{Key} {Second} {Third}", Uneven),
        new("math_mul_mod", "small numbers", $"{Target} {Target} {Target}"),
        new("math_mul_mod", "wide", $"{Key} {Second} {Third}", Uneven),
        new("msg_reentrant", "alone", ""),
        new("msg_sender", "alone", Target),
        new("msg_value", "alone", Target),
        new("native_keccak256", "nothing", $"{Key} i32.const 0 {Target}"),
        new("native_keccak256", "136 bytes", $"{Key} i32.const 136 {Target}"),
        new("native_keccak256", "64 KiB", $"i32.const 4096 i32.const 0x10000 {Target}", "", 0, 2),
        new("tx_gas_price", "alone", Target),
        new("tx_ink_price", "alone", ""),
        new("tx_origin", "alone", Target),
        new("pay_for_memory_grow", "nothing", "i32.const 0"),
        new("pay_for_memory_grow", "1 page", "i32.const 1", "", 1, 100),
    ];

    public static IEnumerable<Case> All()
    {
        yield return new Case(NameOf("exit_early"), "ends a call", "i32.const 0", "call $exit_early", "drop") { EndsCall = true };
        foreach (Row row in Rows)
        {
            HostFunctionEntry entry = HostTable.Instance.Find(HostTable.ModuleName, row.Name) ?? throw new CalibrationException($"no host function is called {row.Name}");
            string drops = string.Join(' ', Enumerable.Repeat("drop", entry.Type.Parameters.Length));
            char result = entry.Type.Results.Length == 0 ? ' ' : entry.Type.Results[0] == ValueType.I32 ? 'i' : 'l';
            // The result is put aside, so that the call is not made for nothing.
            yield return new Case(
                NameOf(row.Name), row.Situation, $"{row.Before} {row.Arguments}", $"call ${row.Name}", result == ' ' ? drops : $"{drops} local.get ${result}2",
                result == ' ' ? "" : $"local.set ${result}s") { MostTurns = row.MostTurns, Unroll = row.Unroll, Prepare = row.Prepare, IsFar = row.IsFar };
        }
    }

    /// <summary>The name of a host function's row.</summary>
    public static string NameOf(string function) => $"{HostTable.ModuleName}.{function}";
}
