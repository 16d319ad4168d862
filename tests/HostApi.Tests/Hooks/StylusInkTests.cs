using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests.Hooks;

/// <summary>
/// The exact ink of every host function as Stylus charges it, in both profiles that have its prices: what each call costs beside the instructions of the
/// contract. The figures are written out here, and are not the table's.
/// </summary>
public class StylusInkTests
{
    /// <summary>A call, a pointer, a call into the state; ink in a unit of gas.</summary>
    private const ulong H = 8_400, P = 5_040, A = 59_673, Gas = 10_000;

    // Reading 0 to 32 bytes of the contract's memory, and 55 for each byte more; writing them, and 30 for each byte more.
    private const ulong R = 16_381, W = 5_040;

    // Where things are in the contract's memory.
    private const int Zero = 0, One = 32, Two = 64, Full = 96, Rich = 128, Nobody = 160, Identity = 192, Coded = 224, Self = 256, High = 288, Out = 1024;

    private static readonly byte[] Spinner = Chainlet.Contract("spinner");
    private static readonly ulong CodeLength = (ulong)Spinner.Length;

    /// <summary>Calls, each with the ink that it costs.</summary>
    private sealed record Row(params (string Call, ulong Ink)[] Calls)
    {
        public Outcome Outcome { get; init; } = Outcome.Success;
        public Capabilities Rights { get; init; } = Capabilities.All;
        public int Input { get; init; }
    }

    private static Row Fails(params (string, ulong)[] calls) => new(calls) { Outcome = Outcome.Failure };

    private static Row Static(params (string, ulong)[] calls) => Fails(calls) with { Rights = Capabilities.View };

    private static readonly Row[] Rows =
    [
        .. new[] { "evm_gas_left", "evm_ink_left", "chainid", "block_gas_limit", "block_number", "block_timestamp", "msg_reentrant", "tx_ink_price", "return_data_size" }
            .Select(static name => new Row((name, H))),
        .. new[] { "block_basefee", "block_coinbase", "contract_address", "msg_sender", "msg_value", "tx_gas_price", "tx_origin" }
            .SelectMany(static name => new[] { new Row(($"{name} {Out}", H + P)), Fails(($"{name} 65535", H + P)) }),

        new(($"read_args {Out}", H + W)),
        new(($"read_args {Out}", H + W)) { Input = 32 },
        new(($"read_args {Out}", H + W + 30)) { Input = 33 },
        new(($"read_args {Out}", H + W + 30 * 1968)) { Input = 2000 },
        Fails(("read_args 65504", H + W + 30)) with { Input = 33 },

        new(($"write_result {Zero} 0", H + 2 * R)),
        new(($"write_result {Zero} 1", H + 2 * R)),
        new(($"write_result {Zero} 32", H + 2 * R)),
        new(($"write_result {Zero} 33", H + 2 * (R + 55))),
        new(($"write_result {Zero} 4096", H + 2 * (R + 55 * 4064))),
        Fails(("write_result 65504 33", H + 2 * (R + 55))),

        new(("exit_early 0", 0)),
        new(("exit_early 1", 0)) { Outcome = Outcome.Revert },

        // Two memory words are in the price; each further one, begun or whole, 21 000.
        .. new[] { (0, 0UL), (1, 0UL), (64, 0UL), (65, 1UL), (96, 1UL), (97, 2UL), (1024, 30UL) }.Select(static size => new Row(($"native_keccak256 {Zero} {size.Item1} {Out}", 121_800 + 21_000 * size.Item2))),
        Fails(("native_keccak256 65535 2 0", 121_800)),
        Fails(("native_keccak256 0 32 65505", 121_800)),

        new(($"math_div {Two} {One}", H + 3 * P + 20_000), ($"math_div {Two} {Zero}", H + 3 * P + 20_000)),
        new(($"math_mod {Two} {One}", H + 3 * P + 20_000), ($"math_mod {Two} {Zero}", H + 3 * P + 20_000)),
        new(($"math_add_mod {Two} {One} {Full}", H + 4 * P + 21_000), ($"math_add_mod {Two} {One} {Zero}", H + 4 * P + 21_000)),
        new(($"math_mul_mod {Two} {One} {Full}", H + 4 * P + 24_100), ($"math_mul_mod {Two} {One} {Zero}", H + 4 * P + 24_100)),
        // An exponent of no bytes costs as much as a byte would (33 - 32).
        new(($"math_pow {Two} {Zero}", H + 3 * P + 3_000 + 17_500)),
        new(($"math_pow {Two} {One}", H + 3 * P + 3_000 + 2 * 17_500)),
        new(($"math_pow {Two} {Full}", H + 3 * P + 3_000 + 33 * 17_500)),
        // Both operands are read before the exponent is paid.
        Fails(($"math_pow 65505 {Full}", H + 3 * P)),
        Fails(($"math_pow {Two} 65505", H + 3 * P)),
        Fails(($"math_div {Two} 65505", H + 3 * P + 20_000)),
        Fails(($"math_mod 65505 {Two}", H + 3 * P + 20_000)),
        Fails(($"math_add_mod {Two} {Two} 65505", H + 4 * P + 21_000)),
        Fails(($"math_mul_mod {Two} 65505 {Two}", H + 4 * P + 24_100)),

        // SLOAD: cold 2 100, then from the frame's cache. A slot that was written without being read is there too.
        new(($"storage_load_bytes32 {Zero} {Out}", H + 2 * P + 2_105 * Gas), ($"storage_load_bytes32 {Zero} {Out}", H + 2 * P), ($"storage_load_bytes32 {One} {Out}", H + 2 * P + 2_105 * Gas)),
        new(($"storage_cache_bytes32 {One} {Two}", H + 2 * P), ($"storage_load_bytes32 {One} {Out}", H + 2 * P)),
        // Warm after the cache is forgotten: 100 and 5.
        new(($"storage_load_bytes32 {Zero} {Out}", H + 2 * P + 2_105 * Gas), ("storage_flush_cache 1", H + A), ($"storage_load_bytes32 {Zero} {Out}", H + 2 * P + 105 * Gas)),
        new(($"storage_load_bytes32 {Zero} {Out}", H + 2 * P + 2_105 * Gas), ("storage_flush_cache 0", H + A), ($"storage_load_bytes32 {Zero} {Out}", H + 2 * P)),
        // Loads 33 to 128 cost 2 gas more, later ones 10; stores 9 to 64 cost 7, later ones 10.
        new([($"storage_load_bytes32 {Zero} {Out}", H + 2 * P + 2_105 * Gas), .. Enumerable.Range(2, 130).Select(static n => ($"storage_load_bytes32 {Zero} {Out}", H + 2 * P + (n <= 32 ? 0UL : n <= 128 ? 2UL : 10UL) * Gas))]),
        new([.. Enumerable.Range(1, 66).Select(static n => ($"storage_cache_bytes32 {Zero} {One}", H + 2 * P + (n <= 8 ? 0UL : n <= 64 ? 7UL : 10UL) * Gas))]),
        Fails(($"storage_load_bytes32 {Zero} 65505", H + 2 * P + 2_105 * Gas)),
        Fails(($"storage_load_bytes32 65505 {Zero}", H + 2 * P)),
        Fails(($"storage_cache_bytes32 {Zero} 65505", H + 2 * P)),

        // SSTORE. New: 20 000 and the cold slot; what is written again at once is warm and dirty; what is the same costs a warm access.
        new(("storage_flush_cache 0", H + A)),
        new(($"storage_cache_bytes32 {One} {Two}", H + 2 * P), ("storage_flush_cache 0", H + A + 22_100 * Gas), ("storage_flush_cache 0", H + A),
            ($"storage_cache_bytes32 {One} {Full}", H + 2 * P), ("storage_flush_cache 0", H + A + 100 * Gas), ($"storage_cache_bytes32 {One} {Zero}", H + 2 * P), ("storage_flush_cache 1", H + A + 100 * Gas)),
        // What was never read counts as changed: the state finds that it is the same.
        new(($"storage_cache_bytes32 {One} {Zero}", H + 2 * P), ("storage_flush_cache 0", H + A + 2_200 * Gas)),
        new(($"storage_load_bytes32 {One} {Out}", H + 2 * P + 2_105 * Gas), ($"storage_cache_bytes32 {One} {Zero}", H + 2 * P), ("storage_flush_cache 0", H + A)),
        // A slot that the state has: 2 900 and cold 2 100 to change or to clear it.
        new(($"storage_cache_bytes32 {High} {One}", H + 2 * P), ("storage_flush_cache 0", H + A + 5_000 * Gas)),
        new(($"storage_cache_bytes32 {High} {Zero}", H + 2 * P), ("storage_flush_cache 0", H + A + 5_000 * Gas)),
        new(($"storage_load_bytes32 {High} {Out}", H + 2 * P + 2_105 * Gas), ($"storage_cache_bytes32 {High} {Zero}", H + 2 * P), ("storage_flush_cache 0", H + A + 2_900 * Gas)),
        // Two slots at once.
        new(($"storage_cache_bytes32 {One} {Two}", H + 2 * P), ($"storage_cache_bytes32 {High} {Two}", H + 2 * P), ("storage_flush_cache 0", H + A + (22_100 + 5_000) * Gas)),
        Static(($"storage_cache_bytes32 {One} {Two}", H + 2 * P), ("storage_flush_cache 0", H + A)),
        new(("storage_flush_cache 1", H + A)) { Rights = Capabilities.View },

        new(($"transient_load_bytes32 {Zero} {Out}", H + 2 * P + A + 100 * Gas), ($"transient_load_bytes32 {Zero} {Out}", H + 2 * P + A + 100 * Gas)),
        new(($"transient_store_bytes32 {Zero} {One}", H + 2 * P + A + 100 * Gas), ($"transient_store_bytes32 {Zero} {One}", H + 2 * P + A + 100 * Gas)),
        // The gas is gone before pointers and rights are looked at.
        Fails(($"transient_load_bytes32 65505 {Out}", H + 2 * P + A + 100 * Gas)),
        Fails(($"transient_load_bytes32 {Zero} 65505", H + 2 * P + A + 100 * Gas)),
        Fails(($"transient_store_bytes32 {Zero} 65505", H + 2 * P + A + 100 * Gas)),
        Static(($"transient_store_bytes32 {Zero} {One}", H + 2 * P + A + 100 * Gas)),

        // LOG0 to LOG4: 375, 375 for each topic, 8 for each byte of data.
        .. Enumerable.Range(0, 5).Select(static topics => new Row(($"emit_log {Zero} {32 * topics} {topics}", H + A + R + 55 * (ulong)Math.Max(0, 32 * topics - 32) + 375 * (ulong)(1 + topics) * Gas))),
        new(($"emit_log {Zero} 100 2", H + A + R + 55 * 68 + (375 * 3 + 8 * 36) * Gas)),
        new(($"emit_log {Zero} 33 0", H + A + R + 55 + (375 + 8 * 33) * Gas)),
        Fails(($"emit_log {Zero} 31 1", H + A)),
        Fails(($"emit_log {Zero} 160 5", H + A)),
        Fails(($"emit_log {Zero} 160 -1", H + A)),
        Fails(("emit_log 65500 40 0", H + A + R + 55 * 8 + (375 + 8 * 40) * Gas)),
        // What may not be is paid first.
        Static(($"emit_log {Zero} 32 1", H + A + R + 750 * Gas)),

        // Accounts: cold, warm, always warm (the precompiled), and the code that was asked for last.
        .. new[] { "account_balance", "account_codehash" }.SelectMany(static name => new[]
        {
            new Row(($"{name} {Rich} {Out}", H + 2 * P + A + 2_600 * Gas), ($"{name} {Rich} {Out}", H + 2 * P + A + 100 * Gas), ($"{name} {Identity} {Out}", H + 2 * P + A + 100 * Gas)),
            Fails(($"{name} 65517 {Out}", H + 2 * P + A)),
            Fails(($"{name} {Rich} 65505", H + 2 * P + A + 2_600 * Gas)),
        }),
        new(($"account_code_size {Coded}", H + A + 3_300 * Gas), ($"account_code_size {Coded}", H + A), ($"account_code {Coded} 0 0 {Out}", H + A + W + 30 * (CodeLength - 32)),
            ($"account_balance {Coded} {Out}", H + 2 * P + A + 100 * Gas), ($"account_code_size {Self}", H + A + 3_300 * Gas), ($"account_code_size {Coded}", H + A + 800 * Gas)),
        // That there is no code is not remembered, and takes nothing else's place.
        new(($"account_code_size {Rich}", H + A + 3_300 * Gas), ($"account_code_size {Rich}", H + A + 800 * Gas), ($"account_code_size {Coded}", H + A + 3_300 * Gas), ($"account_code_size {Nobody}", H + A + 3_300 * Gas), ($"account_code_size {Coded}", H + A)),
        new(($"account_code {Rich} 0 100 {Out}", H + A + 3_300 * Gas + W), ($"account_code {Rich} 0 100 {Out}", H + A + 800 * Gas + W)),
        // All of the code is paid, however little is copied.
        new(($"account_code {Coded} 0 1 {Out}", H + A + 3_300 * Gas + W + 30 * (CodeLength - 32)), ($"account_code {Coded} -1 -1 {Out}", H + A + W + 30 * (CodeLength - 32))),
        Fails(($"account_code {Coded} 0 2 65535", H + A + 3_300 * Gas + W + 30 * (CodeLength - 32))),
        Fails(($"account_code_size 65517", H + A)),

        // Calls: an account without code gives back all that it was given.
        .. new[] { "call_contract", "delegate_call_contract", "static_call_contract" }.SelectMany(static name =>
        {
            string value = name == "call_contract" ? $"{Zero} " : "";
            return new[]
            {
                new Row(($"{name} {Nobody} {Zero} 0 {value}-1 {Out}", H + 3 * P + A + 2 * R + 2_600 * Gas), ($"{name} {Nobody} {Zero} 33 {value}0 {Out}", H + 3 * P + A + 2 * (R + 55) + 100 * Gas)),
                // Identity: 15 gas, 3 for each word.
                new Row(($"{name} {Identity} {Zero} 0 {value}1000 {Out}", H + 3 * P + A + 2 * R + 115 * Gas), ($"{name} {Identity} {Zero} 33 {value}1000 {Out}", H + 3 * P + A + 2 * (R + 55) + 121 * Gas),
                    ("return_data_size", H), ($"read_return_data {Out} 0 1000", H + A + W + 30), ($"read_return_data {Out} 1 32", H + A + W), ($"read_return_data {Out} 33 1", H + A + W),
                    ($"read_return_data {Out} 34 -1", H + A + W), ($"read_return_data -1 33 -1", H + A + W), ($"read_return_data {Out} -1 -1", H + A + W)),
                // What was given and is too little is gone.
                new Row(($"{name} {Identity} {Zero} 0 {value}14 {Out}", H + 3 * P + A + 2 * R + 114 * Gas)),
                Fails(($"{name} 65517 {Zero} 0 {value}0 {Out}", H + 3 * P + A + 2 * R)),
                Fails(($"{name} {Nobody} 65535 2 {value}0 {Out}", H + 3 * P + A + 2 * R)),
                Fails(($"{name} {Nobody} {Zero} 0 {value}0 65533", H + 3 * P + A + 2 * R + 2_600 * Gas)),
            };
        }),
        // Wei: 9 000, 25 000 more where they make an account; the stipend of 2 300 comes back unused. A balance that does not suffice costs the same.
        new(($"call_contract {Rich} {Zero} 0 {One} 0 {Out}", H + 3 * P + A + 2 * R + 11_600 * Gas), ($"call_contract {Rich} {Zero} 0 {One} 0 {Out}", H + 3 * P + A + 2 * R + 9_100 * Gas)),
        new(($"call_contract {Nobody} {Zero} 0 {One} 0 {Out}", H + 3 * P + A + 2 * R + 36_600 * Gas), ($"call_contract {Nobody} {Zero} 0 {One} 0 {Out}", H + 3 * P + A + 2 * R + 9_100 * Gas)),
        new(($"call_contract {Rich} {Zero} 0 {Full} 0 {Out}", H + 3 * P + A + 2 * R + 11_600 * Gas)),
        new(($"call_contract {Identity} {Zero} 0 {One} 0 {Out}", H + 3 * P + A + 2 * R + (100 + 9_000 + 25_000 + 15) * Gas)),
        // In a static frame they cost nothing but the call itself, and warm nothing.
        new(($"call_contract {Rich} {Zero} 0 {One} 0 {Out}", H + 3 * P + A + 2 * R), ($"account_balance {Rich} {Out}", H + 2 * P + A + 2_600 * Gas)) { Rights = Capabilities.View },

        // Creations: 32 000, and what is no module costs what deploying nothing costs (1 000 gas in contractvm-v1, which stylus-v2 has none of: see below).
        Static(($"create1 {Zero} 33 {Zero} {Out} {Out}", H + 3 * P + A + 2 * (R + 55))),
        Static(($"create2 {Zero} 33 {Zero} {Zero} {Out} {Out}", H + 4 * P + A + 2 * (R + 55))),
        Fails(($"create1 65535 2 {Zero} {Out} {Out}", H + 3 * P + A + 2 * R)),
        Fails(($"create2 {Zero} 0 {Zero} 65505 {Out} {Out}", H + 4 * P + A + 2 * R)),
        // More wei than there are: nothing begins, all but the price comes back; a salt's price is 6 for each word of the code.
        new(($"create1 {Zero} 100 {Full} {Out} {Out}", H + 3 * P + A + 2 * (R + 55 * 68) + 32_000 * Gas)),
        new(($"create2 {Zero} 0 {Full} {Zero} {Out} {Out}", H + 4 * P + A + 2 * R + 32_000 * Gas)),
        new(($"create2 {Zero} 32 {Full} {Zero} {Out} {Out}", H + 4 * P + A + 2 * R + 32_006 * Gas)),
        new(($"create2 {Zero} 33 {Full} {Zero} {Out} {Out}", H + 4 * P + A + 2 * (R + 55) + 32_012 * Gas)),
        Fails(($"create1 {Zero} 0 {Full} {Out} 65533", H + 3 * P + A + 2 * R + 32_000 * Gas)),
        Fails(($"create1 {Zero} 0 {Full} 65517 {Out}", H + 3 * P + A + 2 * R + 32_000 * Gas)),

        new(("pay_for_memory_grow 0", H)),
        new(("pay_for_memory_grow 65536", H)),
    ];

    private static readonly string[] ProfileNames = ["stylus-v2", "contractvm-v1"];

    public static TheoryData<string, int, string> All()
    {
        TheoryData<string, int, string> all = [];
        foreach (string profile in ProfileNames)
            for (int i = 0; i < Rows.Length; i++) all.Add(profile, i, string.Join(", ", Rows[i].Calls.Take(3).Select(static call => call.Call)));
        return all;
    }

    private static Profile ProfileOf(string name) => HostTable.AllProfiles.Single(profile => profile.Name == name);

    [Theory]
    [MemberData(nameof(All))]
    public void EachCallCostsWhatStylusCharges(string profile, int index, string calls)
    {
        Assert.NotEmpty(calls);
        Row row = Rows[index];
        (FrameResult result, List<HookCall> made, _) = Run(profile, row.Calls.Select(static call => call.Call), rights: row.Rights, input: row.Input);
        Assert.Equal(row.Calls.Select(static call => (call.Call.Split(' ')[0], call.Ink)), made.Select(static call => (call.Name, call.Ink)));
        Assert.Equal(row.Outcome, result.Outcome);
    }

    [Fact]
    public void EveryFunctionIsHereWithItsSignature()
    {
        Assert.Equal(HookScript.Signatures.Select(static row => row.Name), HostTable.Entries.Select(static entry => entry.Name));
        Assert.Equal(HookScript.Signatures.Select(static row => row.Name).Order(), Rows.SelectMany(static row => row.Calls).Select(static call => call.Call.Split(' ')[0]).Distinct().Order());
        foreach ((string name, string parameters, string results) in HookScript.Signatures)
        {
            FunctionType type = HostTable.Instance.FindImport(HostTable.ModuleName, name)!;
            Assert.Equal(parameters, string.Concat(type.Parameters.ToArray().Select(static type => type == ValueType.I32 ? 'i' : 'l')));
            Assert.Equal(results, string.Concat(type.Results.ToArray().Select(static type => type == ValueType.I32 ? 'i' : 'l')));
        }
    }

    /// <summary>What a function must have before it, to the last unit of ink: one less and it runs out, with nothing left.</summary>
    [Theory]
    [InlineData("storage_load_bytes32 0 1024", H + 2 * P + 2_115 * Gas)]
    [InlineData("storage_cache_bytes32 32 64", H + 2 * P + 2_310 * Gas)]
    [InlineData("storage_flush_cache 0", H + A + 2_300 * Gas)]
    [InlineData("transient_load_bytes32 0 1024", H + 2 * P + A + 100 * Gas)]
    [InlineData("transient_store_bytes32 0 32", H + 2 * P + A + 100 * Gas)]
    [InlineData("account_balance 192 1024", H + 2 * P + A + 2_600 * Gas)]
    [InlineData("account_codehash 192 1024", H + 2 * P + A + 2_600 * Gas)]
    [InlineData("account_code_size 192", H + A + 2_600 * Gas)]
    [InlineData("account_code_size 128", H + A + 3_300 * Gas)]
    [InlineData("account_code 128 0 1 1024", H + A + 3_300 * Gas + W)]
    [InlineData("emit_log 0 100 2", H + A + R + 55 * 68 + (375 * 3 + 8 * 36) * Gas)]
    [InlineData("native_keccak256 0 65 1024", 142_800)]
    [InlineData("math_pow 64 96", H + 3 * P + 3_000 + 33 * 17_500)]
    [InlineData("write_result 0 33", H + 2 * (R + 55))]
    [InlineData("evm_gas_left", H)]
    [InlineData("msg_sender 1024", H + P)]
    [InlineData("pay_for_memory_grow 0", H)]
    public void ToTheLastUnitOfInk(string call, ulong needed)
    {
        foreach (string profile in ProfileNames)
        {
            (_, List<HookCall> made, ulong started) = Run(profile, [call]);
            ulong before = started - made[0].Before;
            Assert.Equal(HostStatus.Continue, Run(profile, [call], ink: before + needed).Calls[0].Status);
            (FrameResult result, made, _) = Run(profile, [call], ink: before + needed - 1);
            Assert.Equal((Outcome.OutOfInk, HostStatus.OutOfInk, 0UL), (result.Outcome, made[0].Status, made[0].After));
        }
    }

    /// <summary>A flush may use what is left to the last unit of gas.</summary>
    [Fact]
    public void AFlushMaySpendAllThatIsLeft()
    {
        string[] calls = [$"storage_cache_bytes32 {One} {Two}", $"storage_cache_bytes32 {High} {Two}", "storage_flush_cache 0"];
        foreach (string profile in ProfileNames)
        {
            (_, List<HookCall> made, ulong started) = Run(profile, calls);
            ulong before = started - made[2].Before, needed = H + A + 27_100 * Gas;
            HookCall enough = Run(profile, calls, ink: before + needed).Calls[2], less = Run(profile, calls, ink: before + needed - 1).Calls[2];
            Assert.Equal((HostStatus.Continue, 0UL), (enough.Status, enough.After));
            Assert.Equal((HostStatus.OutOfInk, 0UL), (less.Status, less.After));
        }
    }

    /// <summary>A call that cannot be paid fails, costs the gas that is left, and the caller goes on with what is less than a unit of it.</summary>
    [Theory]
    [InlineData("call_contract 160 0 0 0 0 1024", 2_600)]
    [InlineData("call_contract 160 0 0 32 0 1024", 36_600)]
    [InlineData("call_contract 192 0 0 0 0 1024", 100)]
    [InlineData("static_call_contract 160 0 0 0 1024", 2_600)]
    [InlineData("delegate_call_contract 160 0 0 0 1024", 2_600)]
    public void ACallThatCannotBePaidCostsAllGas(string call, ulong gas)
    {
        (_, List<HookCall> made, ulong started) = Run("stylus-v2", [call]);
        ulong before = started - made[0].Before, paid = H + 3 * P + A + 2 * R + gas * Gas;
        HookCall enough = Run("stylus-v2", [call], ink: before + paid).Calls[0], less = Run("stylus-v2", [call], ink: before + paid - 1).Calls[0];
        Assert.Equal((HostStatus.Continue, 0UL), (enough.Status, enough.After));
        Assert.Equal((HostStatus.Continue, Gas - 1, 2UL), (less.Status, less.After, less.Result));
    }

    /// <summary>A creation that cannot be paid fails its creator, who keeps the gas.</summary>
    [Theory]
    [InlineData("create1 0 0 0 1024 1024", 0, 32_000)]
    [InlineData("create2 0 33 0 0 1024 1024", P + 110, 32_012)]
    public void ACreationThatCannotBePaidFailsItsCreator(string call, ulong more, ulong gas)
    {
        (_, List<HookCall> made, ulong started) = Run("stylus-v2", [call]);
        ulong before = started - made[0].Before, first = H + 3 * P + A + 2 * R + more;
        (FrameResult result, made, _) = Run("stylus-v2", [call], ink: before + first + gas * Gas - 1);
        Assert.Equal((Outcome.Failure, HostStatus.Fault, gas * Gas - 1), (result.Outcome, made[0].Status, made[0].After));
    }

    /// <summary>Pages under stylus-v2: the contract has one, two are free, each more costs 1 000 gas and what the most pages ever open cost; 65 535 cost more than there is.</summary>
    [Fact]
    public void PagesArePaidByTheModel()
    {
        // floor(31 874 000^(p/128)) for p of 2, 3 and 13.
        (_, List<HookCall> made, _) = Run("stylus-v2", ["pay_for_memory_grow 1", "pay_for_memory_grow 1", "pay_for_memory_grow 10"]);
        Assert.Equal([0UL, (1_000 + 1 - 1) * Gas, (10_000 + 5 - 1) * Gas], made.Select(static call => call.Ink));
        Assert.Equal(Outcome.OutOfInk, Run("stylus-v2", ["pay_for_memory_grow -1"]).Result.Outcome);
        Assert.Equal([H], Run("contractvm-v1", ["pay_for_memory_grow 5"]).Calls.Select(static call => call.Ink));
    }

    private static (FrameResult Result, List<HookCall> Calls, ulong Started) Run(
        string profile, IEnumerable<string> lines, ulong ink = Chainlet.Plenty, Capabilities rights = Capabilities.All, int input = 0)
    {
        Chainlet chain = new(EngineChoice.Automatic, ProfileOf(profile));
        Address coded = chain.DeployGood(Spinner), self = Address.ForCreate(Chainlet.Alice, chain.State.GetNonce(Chainlet.Alice));
        byte[] data = new byte[320];
        data[One + 31] = 1;
        data[Two + 31] = 2;
        data.AsSpan(Full, 32).Fill(0xFF);
        data[High] = 1;
        Chainlet.Carol.Bytes.CopyTo(data.AsSpan(Rich));
        data.AsSpan(Nobody, 20).Fill(0xDD);
        data[Identity + 19] = 4;
        coded.Bytes.CopyTo(data.AsSpan(Coded));
        self.Bytes.CopyTo(data.AsSpan(Self));
        Assert.Equal(self, chain.DeployGood(HookScript.Assemble(lines, data)));
        chain.State.SetBalance(Chainlet.Carol, 1_000);
        chain.State.SetBalance(self, 1_000);
        chain.State.SetStorage(self, Hash256.FromBytes(data.AsSpan(High, 32)), Hash256.FromBytes(Abi.Word(7)));
        HookRecorder recorder = new();
        chain.Tracer = recorder;
        FrameResult result = chain.Call(self, Chainlet.Bob, new byte[input], ink, rights);
        return (result, recorder.Calls, ink);
    }
}
