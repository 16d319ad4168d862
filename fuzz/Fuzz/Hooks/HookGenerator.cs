using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.HostApi;

namespace ContractVm.Fuzz.Hooks;

/// <summary>
/// Random transactions of drivers, from a seed: every host function, mostly with arguments that mean something, and with pointers, lengths and gas at the edges;
/// calls and creations several frames deep.
/// </summary>
internal sealed class HookGenerator(ulong seed)
{
    private const int MostDepth = 4, MostSteps = 120;
    /// <summary>Where scripts for calls and creation data are written; what host functions write goes to pages between, mostly.</summary>
    private const uint Scripts = 0x4000, Creations = 0x8000, Scratch = 0x7400, ScratchBytes = 0xC00;

    private static readonly Dictionary<string, HostFunctionEntry> ByName = HostTable.Entries.ToDictionary(static entry => entry.Name, StringComparer.Ordinal);
    private static readonly ulong[] Lengths = [0, 1, 20, 31, 32, 33, 63, 64, 65, 100, 128, 160, 200];
    private static readonly ulong[] EdgeLengths = [0x7FFF, 0xFFFF, 0x10000, 0x10001, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFE0, 0xFFFF_FFFF];
    private static readonly ulong[] BeforeEnd = [0, 1, 2, 3, 4, 5, 19, 20, 21, 31, 32, 33, 64];
    private static readonly ulong[] FarPointers = [0x10000, 0x10001, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFE0, 0xFFFF_FFEC, 0xFFFF_FFFF];

    private readonly Random64 _random = new(seed);
    private int _left;

    public HookCase Next()
    {
        List<HookTransaction> transactions = [];
        for (int count = 1 + _random.Below(3); count > 0; count--)
        {
            _left = MostSteps;
            transactions.Add(new HookTransaction(_random.Below(HookDriver.Drivers.Count), Script(0))
            {
                Value = _random.OneIn(3) ? (ulong)_random.Below(100) : 0, IsStatic = _random.OneIn(12),
                // Enough, or anything from nothing to enough.
                Ink = _random.OneIn(3) ? _random.Next() % (1UL << (20 + _random.Below(18))) : 200_000_000_000,
            });
        }

        return new HookCase(_random.OneIn(2) ? Profiles.StylusV2.Name : Profiles.ContractVmV1.Name, transactions);
    }

    private List<HookStep> Script(int depth)
    {
        List<HookStep> script = [];
        int count = 1 + _random.Below(depth == 0 ? 30 : 12);
        for (int i = 0; i < count && _left > 0; i++)
        {
            _left--;
            Append(script, depth);
        }

        if (_random.Below(4) > 0) script.Add(Call("storage_flush_cache", Number(_random.Below(2))));
        if (_random.OneIn(16)) script.Add(new TrapStep());
        // What is in the memory at the end is seen outside.
        if (depth == 0) script.Add(Call("write_result", Number(0), Number(HookDriver.MemoryBytes)));
        else if (_random.Below(3) > 0) script.Add(Call("write_result", Number(Scratch), Number(_random.Below(2) * 0x100 + _random.Below(100))));
        if (_random.OneIn(8)) script.Add(_random.OneIn(2) ? new EndStep((uint)_random.Below(3)) : Call("exit_early", Number(_random.Below(3))));
        return script;
    }

    private void Append(List<HookStep> script, int depth)
    {
        switch (_random.Below(20))
        {
            case < 3 when depth < MostDepth: AppendCall(script, depth); break;
            case 3 when depth < MostDepth: AppendCreation(script, depth); break;
            case 4: script.Add(Call("storage_cache_bytes32", SmallWord(), SmallWord())); break;
            case 5: script.Add(Call("storage_load_bytes32", SmallWord(), Destination())); break;
            case 6: script.Add(new PokeStep((uint)Destination().Value & 0xFFFF, Bytes(_random.Below(64)))); break;
            case 7 when depth > 0 && _random.OneIn(6): script.Add(_random.OneIn(2) ? new TrapStep() : new EndStep((uint)_random.Below(2))); break;
            default:
                HostFunctionEntry function = HostTable.Entries[_random.Below(HostTable.Entries.Count)];
                // Ends a script too often otherwise.
                if (function.Name == "exit_early" && _random.Below(4) > 0) break;
                script.Add(Any(function));
                break;
        }
    }

    /// <summary>A driver is called with a script, or something else with anything.</summary>
    private void AppendCall(List<HookStep> script, int depth)
    {
        string name = _random.Below(6) switch { 0 or 1 => "delegate_call_contract", 2 => "static_call_contract", _ => "call_contract" };
        uint at = Scripts + (uint)_random.Below(64);
        script.Add(new ScriptStep(at, Script(depth + 1)));
        List<HookArgument> arguments = [Number(HookDriver.Table + 32 * _random.Below(HookDriver.Drivers.Count)), Number(at), new HookArgument(0, IsLength: true)];
        if (name == "call_contract") arguments.Add(_random.Below(3) > 0 ? WordAt(HookDriver.Addresses) : SmallWord());
        arguments.AddRange([Gas(), Destination()]);
        script.Add(new CallStep(ByName[name], [.. arguments]));
        if (_random.OneIn(2)) script.Add(Call("read_return_data", Destination(), Number(_random.Below(8)), Number(_random.Below(300))));
    }

    /// <summary>A driver deploys its own code with a script as the constructor's argument; or something that is no module.</summary>
    private void AppendCreation(List<HookStep> script, int depth)
    {
        int code = HookDriver.Code.Length;
        HookArgument length = new(9 + (ulong)code, IsLength: true);
        if (_random.OneIn(6)) length = Length();
        script.AddRange(
        [
            Call("contract_address", Number(Scratch)), Call("account_code", Number(Scratch), Number(0), Number(code), Number(Creations + 9)),
            new PokeStep(Creations, [.. "\0cvm"u8, 1, (byte)(code >> 24), (byte)(code >> 16), (byte)(code >> 8), (byte)code]), new ScriptStep(Creations + 9 + (uint)code, Script(depth + 1)),
        ]);
        HookArgument wei = _random.Below(3) > 0 ? WordAt(HookDriver.Addresses) : SmallWord();
        script.Add(_random.OneIn(2)
            ? Call("create1", Number(Creations), length, wei, Destination(), Destination())
            : Call("create2", Number(Creations), length, wei, SmallWord(), Destination(), Destination()));
        if (_random.OneIn(2)) script.Add(Call("read_return_data", Destination(), Number(0), Number(_random.Below(300))));
    }

    /// <summary>Any function with arguments of the kinds that it has.</summary>
    private CallStep Any(HostFunctionEntry function)
    {
        HookArgument[] arguments = new HookArgument[function.Parameters.Count];
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] = function.Parameters[i].Kind switch
            {
                _ when _random.OneIn(60) => Edge(),
                ParameterKind.Address => Number(HookDriver.Table + 32 * _random.Below(HookDriver.Addresses)),
                ParameterKind.Word or ParameterKind.WordInOut => _random.OneIn(2) ? Word() : Destination(),
                ParameterKind.Bytes => _random.OneIn(2) ? Word() : Destination(),
                ParameterKind.U64 => Gas(),
                ParameterKind.U32 => function.Name == "emit_log" && i == 2 ? Number(_random.Below(6)) : Length(),
                _ => Destination(),
            };
        }

        return new CallStep(function, arguments);
    }

    private static CallStep Call(string name, params HookArgument[] arguments) => new(ByName[name], arguments);

    private static HookArgument Number(long value) => new((ulong)value);

    private HookArgument Word() => Number(HookDriver.Table + 32 * _random.Below(HookDriver.Words.Count));

    /// <summary>One of the numbers 0 to 3: keys and values that meet again.</summary>
    private HookArgument SmallWord() => _random.OneIn(8) ? Word() : Number(HookDriver.Table + 32 * (HookDriver.Addresses + _random.Below(4)));

    private static HookArgument WordAt(int index) => Number(HookDriver.Table + 32 * index);

    private HookArgument Destination() => _random.Below(48) switch
    {
        0 => Edge(),
        1 => Number(HookDriver.Table + _random.Below(0x200)),
        2 => Number(_random.Below(HookDriver.MemoryBytes)),
        _ => Number(Scratch + _random.Below((int)ScratchBytes)),
    };

    private HookArgument Edge() => new(_random.OneIn(2) ? HookDriver.MemoryBytes - BeforeEnd[_random.Below(BeforeEnd.Length)] : FarPointers[_random.Below(FarPointers.Length)]);

    private HookArgument Length() => new(_random.OneIn(12) ? EdgeLengths[_random.Below(EdgeLengths.Length)] : _random.OneIn(3) ? (ulong)_random.Below(400) : Lengths[_random.Below(Lengths.Length)]);

    private HookArgument Gas() => new(_random.Below(4) switch { 0 => (ulong)_random.Below(4_000), 1 => (ulong)_random.Below(2_000_000), _ => ulong.MaxValue });

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte)_random.Next();
        return bytes;
    }
}
