using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ContractVm.StateStore;

namespace ContractVm.HostApi.Tests.Hooks;

/// <summary>A host call as it went.</summary>
/// <param name="Name">The function.</param>
/// <param name="Before">Ink left before it was paid.</param>
/// <param name="After">Ink left afterwards.</param>
/// <param name="Status">How the contract went on.</param>
/// <param name="Result">What it returned; 0 where it returns nothing.</param>
internal sealed record HookCall(string Name, ulong Before, ulong After, HostStatus Status, ulong Result)
{
    public ulong Ink => Before - After;
}

/// <summary>
/// Contracts that call host functions with constants, one after the other: "name argument argument". The signatures stand here a second time, as
/// Stylus has them: i for i32, l for i64.
/// </summary>
internal static class HookScript
{
    /// <summary>Parameters and results of the 42 functions, in their order.</summary>
    public static IReadOnlyList<(string Name, string Parameters, string Results)> Signatures { get; } = [.. """
        read_args i|write_result ii|exit_early i|storage_load_bytes32 ii|storage_cache_bytes32 ii|storage_flush_cache i|transient_load_bytes32 ii|transient_store_bytes32 ii|
        call_contract iiiili:i|delegate_call_contract iiili:i|static_call_contract iiili:i|create1 iiiii|create2 iiiiii|read_return_data iii:i|return_data_size :i|emit_log iii|
        account_balance ii|account_code iiii:i|account_code_size i:i|account_codehash ii|evm_gas_left :l|evm_ink_left :l|block_basefee i|chainid :l|block_coinbase i|
        block_gas_limit :l|block_number :l|block_timestamp :l|contract_address i|math_div ii|math_mod ii|math_pow ii|math_add_mod iii|math_mul_mod iii|msg_reentrant :i|
        msg_sender i|msg_value i|native_keccak256 iii|tx_gas_price i|tx_ink_price :i|tx_origin i|pay_for_memory_grow i
        """.ReplaceLineEndings("").Split('|', StringSplitOptions.TrimEntries).Select(static row => (row.Split(' ')[0], row.Split(' ')[1].Split(':')[0], row.Contains(':', StringComparison.Ordinal) ? row.Split(':')[1] : ""))];

    /// <summary>The module of a contract with a page of memory that holds data at its beginning.</summary>
    /// <param name="lines">What its entry point calls.</param>
    /// <param name="data">The beginning of its memory.</param>
    public static byte[] Assemble(IEnumerable<string> lines, byte[] data)
    {
        StringBuilder text = new("(module\n");
        foreach ((string name, string parameters, string results) in Signatures)
            text.Append(CultureInfo.InvariantCulture, $"(import \"vm_hooks\" \"{name}\" (func ${name} (param {Types(parameters)}) (result {Types(results)})))\n");
        text.Append("(memory (export \"memory\") 1 1) (data (i32.const 0) \"").Append(string.Concat(data.Select(static b => $"\\{b:x2}"))).Append("\")\n");
        text.Append("(func (export \"user_entrypoint\") (param i32) (result i32)\n");
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            (string name, string parameters, string results) = Signatures.Single(row => row.Name == words[0]);
            if (words.Length - 1 != parameters.Length) throw new ArgumentException(line);
            string call = $"(call ${name}{string.Concat(parameters.Zip(words.Skip(1), static (type, value) => $" ({(type == 'i' ? "i32" : "i64")}.const {value})"))})";
            text.Append(results.Length > 0 ? $"(drop {call})\n" : call + "\n");
        }

        return Chainlet.Assemble(text.Append("(i32.const 0)))").ToString());
    }

    private static string Types(string letters) => string.Join(' ', letters.Select(static letter => letter == 'i' ? "i32" : "i64"));
}

/// <summary>Remembers the host calls of the outermost frame.</summary>
internal sealed class HookRecorder : ITracer
{
    public List<HookCall> Calls { get; } = [];

    public void OnTransaction(in Hash256 hash, ulong block, int index)
    {
    }

    public void OnFrameStart(CallFrame frame)
    {
    }

    public void OnFrameEnd(CallFrame frame, FrameResult result, ulong inkLeft)
    {
    }

    public void OnHostCallStart(CallFrame frame, HostFunctionEntry function, IReadOnlyList<TracedValue> arguments)
    {
    }

    public void OnHostCallEnd(
        CallFrame frame, HostFunctionEntry function, IReadOnlyList<TracedValue> arguments, IReadOnlyList<TracedValue> outputs, HostStatus status, ulong inkBefore, ulong inkAfter)
    {
        if (frame.Depth > 0) return;
        ulong result = outputs.Where(output => function.Results.Any(parameter => parameter.Name == output.Name)).Select(static output => output.Number).FirstOrDefault();
        Calls.Add(new HookCall(function.Name, inkBefore, inkAfter, status, result));
    }
}
