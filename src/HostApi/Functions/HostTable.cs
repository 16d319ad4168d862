using System;
using System.Collections.Generic;
using System.Linq;
using static ContractVm.HostApi.Prices;

namespace ContractVm.HostApi;

/// <summary>
/// Every host function, declared once: name, parameters, base ink, the right it needs, what it does. Linking, checking, tracing and
/// documentation read this table. The interface is Stylus' vm_hooks, in its order.
/// </summary>
public sealed class HostTable : IHostInterface
{
    /// <summary>The module that contracts import from.</summary>
    public const string ModuleName = "vm_hooks";
    /// <summary>The function that every contract exports.</summary>
    public const string Entrypoint = "user_entrypoint";
    /// <summary>The function that a contract may export to run once, at creation.</summary>
    public const string Constructor = "user_constructor";

    private static readonly FunctionType EntrypointType = new([ValueType.I32], [ValueType.I32]), StartType = new([], []);
    private readonly Dictionary<(string Module, string Name), HostFunctionEntry> _byName = [];

    private HostTable(IReadOnlyList<HostFunctionEntry> functions, bool takesPrograms = false)
    {
        Functions = functions;
        TakesPrograms = takesPrograms;
        foreach (HostFunctionEntry entry in functions)
            if (!_byName.TryAdd((entry.Module, entry.Name), entry)) throw new ArgumentException($"there are two host functions {entry.Module}.{entry.Name}");
    }

    /// <summary>Programs that export <see cref="WasiFunctions.Start"/> in place of <see cref="Entrypoint"/> are taken too.</summary>
    internal bool TakesPrograms { get; }

    /// <summary>The host functions of this table.</summary>
    public IReadOnlyList<HostFunctionEntry> Functions { get; }

    /// <summary>This table with further host functions: an embedder's own, with their prices and rights (docs/EMBEDDING.md).</summary>
    /// <exception cref="ArgumentException">One has the names of another.</exception>
    public HostTable With(params IEnumerable<HostFunctionEntry> more) => new([.. Functions, .. more], TakesPrograms);

    /// <summary>The host functions of <see cref="ModuleName"/>.</summary>
    public static IReadOnlyList<HostFunctionEntry> Entries { get; } =
    [
        new(ModuleName, "read_args", "dest:>input", Call, Capabilities.ReadEnvironment, "copies the calldata to dest", InputOutput.ReadArgs),
        new(ModuleName, "write_result", "data:bytes data_len:u32", Call, Capabilities.None, "sets the return or revert data", InputOutput.WriteResult),
        new(ModuleName, "exit_early", "status:u32", 0, Capabilities.None, "ends the call: 0 returns, anything else reverts", InputOutput.ExitEarly),
        new(ModuleName, "storage_load_bytes32", "key:word dest:>word", Call + 2 * Pointer, Capabilities.ReadState, "reads the slot key to dest", Storage.Load),
        new(ModuleName, "storage_cache_bytes32", "key:word value:word", Call + 2 * Pointer, Capabilities.ReadState, "writes value to the slot key, in the frame's cache", Storage.Cache),
        new(ModuleName, "storage_flush_cache", "clear:u32", Call + StateCall, Capabilities.ReadState, "writes the cache to the state, and forgets it where clear is not 0", Storage.Flush),
        new(ModuleName, "transient_load_bytes32", "key:word dest:>word", Call + 2 * Pointer + StateCall + Storage.TransientGas * InkPerGas, Capabilities.ReadState, "reads the transient slot key to dest", Storage.TransientLoad),
        new(ModuleName, "transient_store_bytes32", "key:word value:word", Call + 2 * Pointer + StateCall + Storage.TransientGas * InkPerGas, Capabilities.WriteState, "writes value to the transient slot key", Storage.TransientStore),
        new(ModuleName, "call_contract", "contract:address data:bytes data_len:u32 value:word gas:u64 return_len:>u32 -> status:u32", Call + 3 * Pointer + StateCall, Capabilities.Call, "calls a contract, with wei", Calls.Call),
        new(ModuleName, "delegate_call_contract", "contract:address data:bytes data_len:u32 gas:u64 return_len:>u32 -> status:u32", Call + 3 * Pointer + StateCall, Capabilities.Call, "runs another contract's code on this contract's storage", Calls.DelegateCall),
        new(ModuleName, "static_call_contract", "contract:address data:bytes data_len:u32 gas:u64 return_len:>u32 -> status:u32", Call + 3 * Pointer + StateCall, Capabilities.Call, "calls a contract that may change nothing", Calls.StaticCall),
        new(ModuleName, "create1", "code:bytes code_len:u32 endowment:word contract:>address revert_len:>u32", Call + 3 * Pointer + StateCall, Capabilities.Create, "deploys a contract; its address follows from this contract's nonce", Calls.Create1) { ChecksRight = true },
        new(ModuleName, "create2", "code:bytes code_len:u32 endowment:word salt:word contract:>address revert_len:>u32", Call + 4 * Pointer + StateCall, Capabilities.Create, "deploys a contract; its address follows from code and salt", Calls.Create2) { ChecksRight = true },
        new(ModuleName, "read_return_data", "dest:>bytes offset:u32 size:u32 -> copied:u32", Call + StateCall, Capabilities.ReadEnvironment, "copies a part of the last call's return data to dest", InputOutput.ReadReturnData),
        new(ModuleName, "return_data_size", "-> size:u32", Call, Capabilities.ReadEnvironment, "length of the last call's return data", InputOutput.ReturnDataSize),
        new(ModuleName, "emit_log", "data:bytes data_len:u32 topics:u32", Call + StateCall, Capabilities.Log, "emits a log: topics, then data", InputOutput.EmitLog) { ChecksRight = true },
        new(ModuleName, "account_balance", "address:address dest:>word", Call + 2 * Pointer + StateCall, Capabilities.ReadState, "writes the account's balance to dest", Accounts.Balance),
        new(ModuleName, "account_code", "address:address offset:u32 size:u32 dest:>bytes -> copied:u32", Call + StateCall, Capabilities.ReadState, "copies a part of the account's code to dest", Accounts.Code),
        new(ModuleName, "account_code_size", "address:address -> size:u32", Call + StateCall, Capabilities.ReadState, "size of the account's code", Accounts.CodeSize),
        new(ModuleName, "account_codehash", "address:address dest:>word", Call + 2 * Pointer + StateCall, Capabilities.ReadState, "writes the account's code hash to dest", Accounts.CodeHash),
        new(ModuleName, "evm_gas_left", "-> gas:u64", Call, Capabilities.None, "gas left", Environment.GasLeft),
        new(ModuleName, "evm_ink_left", "-> ink:u64", Call, Capabilities.None, "ink left", Environment.InkLeft),
        new(ModuleName, "block_basefee", "dest:>word", Call + Pointer, Capabilities.ReadEnvironment, "writes the block's base fee to dest", Environment.BaseFee),
        new(ModuleName, "chainid", "-> id:u64", Call, Capabilities.ReadEnvironment, "the chain id", Environment.ChainId),
        new(ModuleName, "block_coinbase", "dest:>address", Call + Pointer, Capabilities.ReadEnvironment, "writes the block's coinbase to dest", Environment.Coinbase),
        new(ModuleName, "block_gas_limit", "-> gas:u64", Call, Capabilities.ReadEnvironment, "the block's gas limit", Environment.GasLimit),
        new(ModuleName, "block_number", "-> number:u64", Call, Capabilities.ReadEnvironment, "the block's number", Environment.Number),
        new(ModuleName, "block_timestamp", "-> seconds:u64", Call, Capabilities.ReadEnvironment, "the block's time, in seconds since 1970", Environment.Timestamp),
        new(ModuleName, "contract_address", "dest:>address", Call + Pointer, Capabilities.ReadEnvironment, "writes the contract's address to dest", Environment.Contract),
        new(ModuleName, "math_div", "value:<>word divisor:word", Call + 3 * Pointer + 20_000, Capabilities.None, "value = value / divisor; 0 where the divisor is 0", WideMath.Divide),
        new(ModuleName, "math_mod", "value:<>word modulus:word", Call + 3 * Pointer + 20_000, Capabilities.None, "value = value mod modulus; 0 where the modulus is 0", WideMath.Modulo),
        new(ModuleName, "math_pow", "value:<>word exponent:word", Call + 3 * Pointer, Capabilities.None, "value = value to the exponent, modulo 2^256", WideMath.Power),
        new(ModuleName, "math_add_mod", "value:<>word addend:word modulus:word", Call + 4 * Pointer + 21_000, Capabilities.None, "value = (value + addend) mod modulus", WideMath.AddMod),
        new(ModuleName, "math_mul_mod", "value:<>word multiplier:word modulus:word", Call + 4 * Pointer + 24_100, Capabilities.None, "value = (value * multiplier) mod modulus", WideMath.MulMod),
        new(ModuleName, "msg_reentrant", "-> reentrant:u32", Call, Capabilities.ReadEnvironment, "1 where the contract is in an outer frame too", Environment.Reentrant),
        new(ModuleName, "msg_sender", "dest:>address", Call + Pointer, Capabilities.ReadEnvironment, "writes the caller to dest", Environment.Sender),
        new(ModuleName, "msg_value", "dest:>word", Call + Pointer, Capabilities.ReadEnvironment, "writes the wei that were sent to dest", Environment.Value),
        new(ModuleName, "native_keccak256", "data:bytes data_len:u32 dest:>word", 0, Capabilities.None, "writes keccak256 of the input to dest", InputOutput.Keccak),
        new(ModuleName, "tx_gas_price", "dest:>word", Call + Pointer, Capabilities.ReadEnvironment, "writes the transaction's gas price to dest", Environment.GasPrice),
        new(ModuleName, "tx_ink_price", "-> ink:u32", Call, Capabilities.ReadEnvironment, "ink in a unit of gas", Environment.InkPrice),
        new(ModuleName, "tx_origin", "dest:>address", Call + Pointer, Capabilities.ReadEnvironment, "writes the transaction's signer to dest", Environment.Origin),
        new(ModuleName, "pay_for_memory_grow", "pages:u32", 0, Capabilities.None, "pays for pages where memory.grow does not do so itself", Environment.PayForMemoryGrow),
    ];

    // Below the entries, because static members are initialized in the order of the text.

    /// <summary>The interface for profiles: <see cref="Entries"/> and nothing else.</summary>
    public static HostTable Instance { get; } = new(Entries);

    /// <summary>contractvm-v1 with this interface: the profile that contracts are deployed under.</summary>
    public static Profile ContractProfile { get; } = Profiles.ContractVmV1 with { Host = Instance };

    /// <summary>All built-in profiles as the command line offers them: those for contracts with this interface, the bare language without.</summary>
    public static IReadOnlyList<Profile> AllProfiles { get; } =
    [
        ContractProfile, Profiles.ContractVmV1NoFloat with { Host = Instance }, Profiles.StylusV2 with { Host = Instance }, Profiles.Bare,
    ];

    /// <summary>
    /// The profile of a chain by the name that its blocks have: contractvm-v1, with +console where contracts may print (for development), and +wasi where
    /// programs with WASI imports are taken; null for another name.
    /// </summary>
    public static Profile? FindChainProfile(string name)
    {
        string[] parts = name.Split('+');
        bool hasConsole = parts.Contains(ConsoleFeature), hasWasi = parts.Contains(WasiFeature);
        return name == ChainProfileName(hasConsole, hasWasi) ? ChainProfile(hasConsole, hasWasi) : null;
    }

    /// <summary>The profile of a chain.</summary>
    /// <param name="hasConsole">Contracts may print.</param>
    /// <param name="hasWasi">Programs with WASI imports are taken.</param>
    public static Profile ChainProfile(bool hasConsole, bool hasWasi)
    {
        if (!hasConsole && !hasWasi) return ContractProfile;
        HostTable table = new([.. Entries, .. hasConsole ? Debugging.Entries : [], .. hasWasi ? WasiFunctions.Entries : []], takesPrograms: hasWasi);
        return ContractProfile with { Name = ChainProfileName(hasConsole, hasWasi), Host = table };
    }

    private const string ConsoleFeature = "console", WasiFeature = "wasi";

    private static string ChainProfileName(bool hasConsole, bool hasWasi) =>
        Profiles.ContractVmV1.Name + (hasConsole ? "+" + ConsoleFeature : "") + (hasWasi ? "+" + WasiFeature : "");

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, FunctionType Type)> RequiredFunctions => TakesPrograms ? [] : [(Entrypoint, EntrypointType)];
    /// <inheritdoc/>
    public IReadOnlyList<(string Name, FunctionType Type)> OptionalFunctions =>
        TakesPrograms ? [(Entrypoint, EntrypointType), (Constructor, EntrypointType), (WasiFunctions.Start, StartType)] : [(Constructor, EntrypointType)];
    /// <inheritdoc/>
    public string? RequiredMemory => "memory";

    /// <inheritdoc/>
    public FunctionType? FindImport(string module, string name) => Find(module, name)?.Type;

    /// <summary>Finds a host function by the names of an import.</summary>
    public HostFunctionEntry? Find(string module, string name) => _byName.GetValueOrDefault((module, name));
}
