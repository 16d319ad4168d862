using System;
using System.Collections.Generic;
using static ContractVm.HostApi.Prices;

namespace ContractVm.HostApi;

/// <summary>
/// Every host function, declared once: name, type (i for i32, l for i64), base ink, the right it needs, what it does. Linking,
/// checking and documentation read this table. The interface is Stylus' vm_hooks, in its order.
/// </summary>
public sealed class HostTable : IHostInterface
{
    /// <summary>The module that contracts import from.</summary>
    public const string ModuleName = "vm_hooks";
    /// <summary>The function that every contract exports.</summary>
    public const string Entrypoint = "user_entrypoint";
    /// <summary>The function that a contract may export to run once, at creation.</summary>
    public const string Constructor = "user_constructor";

    private static readonly FunctionType EntrypointType = new([ValueType.I32], [ValueType.I32]);
    private readonly Dictionary<string, HostFunctionEntry> _byName = new(StringComparer.Ordinal);

    private HostTable()
    {
        foreach (HostFunctionEntry entry in Entries) _byName.Add(entry.Name, entry);
    }

    /// <summary>All host functions.</summary>
    public static IReadOnlyList<HostFunctionEntry> Entries { get; } =
    [
        new("read_args", "i:", Call, Capabilities.ReadEnvironment, "copies the calldata to dest", InputOutput.ReadArgs),
        new("write_result", "ii:", Call, Capabilities.None, "sets the return or revert data", InputOutput.WriteResult),
        new("exit_early", "i:", 0, Capabilities.None, "ends the call: 0 returns, anything else reverts", InputOutput.ExitEarly),
        new("storage_load_bytes32", "ii:", Call + 2 * Pointer, Capabilities.ReadState, "reads the slot key to dest", Storage.Load),
        new("storage_cache_bytes32", "ii:", Call + 2 * Pointer, Capabilities.ReadState, "writes value to the slot key, in the frame's cache", Storage.Cache),
        new("storage_flush_cache", "i:", Call + StateCall, Capabilities.ReadState, "writes the cache to the state, and forgets it where clear is not 0", Storage.Flush),
        new("transient_load_bytes32", "ii:", Call + 2 * Pointer + StateCall, Capabilities.ReadState, "reads the transient slot key to dest", Storage.TransientLoad),
        new("transient_store_bytes32", "ii:", Call + 2 * Pointer + StateCall, Capabilities.WriteState, "writes value to the transient slot key", Storage.TransientStore),
        new("read_return_data", "iii:i", Call + StateCall, Capabilities.ReadEnvironment, "copies a part of the last call's return data to dest", InputOutput.ReadReturnData),
        new("return_data_size", ":i", Call, Capabilities.ReadEnvironment, "length of the last call's return data", InputOutput.ReturnDataSize),
        new("emit_log", "iii:", Call + StateCall, Capabilities.Log, "emits a log: topics, then data", InputOutput.EmitLog),
        new("account_balance", "ii:", Call + 2 * Pointer + StateCall, Capabilities.ReadState, "writes the account's balance to dest", Accounts.Balance),
        new("account_code", "iiii:i", Call + StateCall, Capabilities.ReadState, "copies a part of the account's code to dest", Accounts.Code),
        new("account_code_size", "i:i", Call + StateCall, Capabilities.ReadState, "size of the account's code", Accounts.CodeSize),
        new("account_codehash", "ii:", Call + 2 * Pointer + StateCall, Capabilities.ReadState, "writes the account's code hash to dest", Accounts.CodeHash),
        new("evm_gas_left", ":l", Call, Capabilities.None, "gas left", Environment.GasLeft),
        new("evm_ink_left", ":l", Call, Capabilities.None, "ink left", Environment.InkLeft),
        new("block_basefee", "i:", Call + Pointer, Capabilities.ReadEnvironment, "writes the block's base fee to dest", Environment.BaseFee),
        new("chainid", ":l", Call, Capabilities.ReadEnvironment, "the chain id", Environment.ChainId),
        new("block_coinbase", "i:", Call + Pointer, Capabilities.ReadEnvironment, "writes the block's coinbase to dest", Environment.Coinbase),
        new("block_gas_limit", ":l", Call, Capabilities.ReadEnvironment, "the block's gas limit", Environment.GasLimit),
        new("block_number", ":l", Call, Capabilities.ReadEnvironment, "the block's number", Environment.Number),
        new("block_timestamp", ":l", Call, Capabilities.ReadEnvironment, "the block's time, in seconds since 1970", Environment.Timestamp),
        new("contract_address", "i:", Call + Pointer, Capabilities.ReadEnvironment, "writes the contract's address to dest", Environment.Contract),
        new("math_div", "ii:", Call + 3 * Pointer + 20_000, Capabilities.None, "value = value / divisor; 0 where the divisor is 0", WideMath.Divide),
        new("math_mod", "ii:", Call + 3 * Pointer + 20_000, Capabilities.None, "value = value mod modulus; 0 where the modulus is 0", WideMath.Modulo),
        new("math_pow", "ii:", Call + 3 * Pointer, Capabilities.None, "value = value to the exponent, modulo 2^256", WideMath.Power),
        new("math_add_mod", "iii:", Call + 4 * Pointer + 21_000, Capabilities.None, "value = (value + addend) mod modulus", WideMath.AddMod),
        new("math_mul_mod", "iii:", Call + 4 * Pointer + 24_100, Capabilities.None, "value = (value * multiplier) mod modulus", WideMath.MulMod),
        new("msg_reentrant", ":i", Call, Capabilities.ReadEnvironment, "1 where the contract is in an outer frame too", Environment.Reentrant),
        new("msg_sender", "i:", Call + Pointer, Capabilities.ReadEnvironment, "writes the caller to dest", Environment.Sender),
        new("msg_value", "i:", Call + Pointer, Capabilities.ReadEnvironment, "writes the wei that were sent to dest", Environment.Value),
        new("native_keccak256", "iii:", 0, Capabilities.None, "writes keccak256 of the input to dest", InputOutput.Keccak),
        new("tx_gas_price", "i:", Call + Pointer, Capabilities.ReadEnvironment, "writes the transaction's gas price to dest", Environment.GasPrice),
        new("tx_ink_price", ":i", Call, Capabilities.ReadEnvironment, "ink in a unit of gas", Environment.InkPrice),
        new("tx_origin", "i:", Call + Pointer, Capabilities.ReadEnvironment, "writes the transaction's signer to dest", Environment.Origin),
        new("pay_for_memory_grow", "i:", 0, Capabilities.None, "pays for pages where memory.grow does not do so itself", Environment.PayForMemoryGrow),
    ];

    // Below the entries, because static members are initialized in the order of the text.

    /// <summary>The interface for profiles.</summary>
    public static HostTable Instance { get; } = new();

    /// <summary>contractvm-v1 with this interface: the profile that contracts are deployed under.</summary>
    public static Profile ContractProfile { get; } = Profiles.ContractVmV1 with { Host = Instance };

    /// <summary>All built-in profiles as the command line offers them: those for contracts with this interface, the bare language without.</summary>
    public static IReadOnlyList<Profile> AllProfiles { get; } =
    [
        ContractProfile, Profiles.ContractVmV1NoFloat with { Host = Instance }, Profiles.StylusV2 with { Host = Instance }, Profiles.Bare,
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, FunctionType Type)> RequiredFunctions { get; } = [(Entrypoint, EntrypointType)];
    /// <inheritdoc/>
    public IReadOnlyList<(string Name, FunctionType Type)> OptionalFunctions { get; } = [(Constructor, EntrypointType)];
    /// <inheritdoc/>
    public string? RequiredMemory => "memory";

    /// <inheritdoc/>
    public FunctionType? FindImport(string module, string name) => Find(module, name)?.Type;

    /// <summary>Finds a host function by the names of an import.</summary>
    public HostFunctionEntry? Find(string module, string name) =>
        module == ModuleName && _byName.TryGetValue(name, out HostFunctionEntry? entry) ? entry : null;
}
