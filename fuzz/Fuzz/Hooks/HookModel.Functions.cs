using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Fuzz.Hooks;

/// <summary>What each host function does and costs, written from the interface's description: base ink, ink by size, gas that must be there, reads, gas, writes.</summary>
internal sealed partial class HookModel
{
    private const ulong H = 8_400, P = 5_040, A = 59_673, WriteStipend = 2_300;
    private static readonly BigInteger Modulus = BigInteger.One << 256;

    /// <summary>What drivers are told of the block and the transaction.</summary>
    public static BlockEnvironment Block { get; } = new(19, 1_700_000_019, HookDriver.Rich, 30_000_000, 1_000_000_007, 31_337);
    public static UInt256 GasPrice { get; } = 2_000_000_011;

    private static ulong W(ulong bytes) => 5_040 + 30 * (bytes > 32 ? bytes - 32 : 0);

    private ulong R(ulong bytes) => 16_381 + rules.ReadByteInk * (bytes > 32 ? bytes - 32 : 0);

    private ulong RunHook(ModelFrame frame, CallTrace call, string name, ulong[] a)
    {
        switch (name)
        {
            case "read_args":
                frame.Pay(H + W((ulong)frame.Input.Length));
                frame.Write(a[0], frame.Input);
                return 0;
            case "write_result":
                frame.Pay(H);
                PayTwice(frame, a[1]);
                frame.Output = frame.At(a[0], a[1]).ToArray();
                return 0;
            case "exit_early": throw new FrameEndException(a[0] == 0 ? Outcome.Success : Outcome.Revert);
            case "storage_load_bytes32":
                frame.Pay(H + 2 * P);
                frame.Require(2_100 + 10 + 5);
                frame.Write(a[1], Load(frame, frame.Word(a[0])).Bytes);
                return 0;
            case "storage_cache_bytes32":
                frame.Pay(H + 2 * P);
                frame.Require(WriteStipend + 10);
                Hash256 key = frame.Word(a[0]);
                frame.Cache[key] = (frame.Word(a[1]), frame.Cache.TryGetValue(key, out (Hash256, Hash256? Known) old) ? old.Known : null);
                frame.Stores++;
                frame.PayGas(frame.Stores <= 8 ? 0UL : frame.Stores <= 64 ? 7UL : 10UL);
                return 0;
            case "storage_flush_cache":
                frame.Pay(H + A);
                frame.Require(WriteStipend);
                Flush(frame);
                if (a[0] != 0) frame.Cache.Clear();
                return 0;
            case "transient_load_bytes32":
                frame.Pay(H + 2 * P + A + 100 * 10_000);
                frame.Write(a[1], World.Transient.GetValueOrDefault((frame.Contract, frame.Word(a[0]))).Bytes);
                return 0;
            case "transient_store_bytes32":
                frame.Pay(H + 2 * P + A + 100 * 10_000);
                if (frame.IsStatic && !rules.AllowsTransient) throw new FrameEndException(Outcome.Failure);
                World.Transient[(frame.Contract, frame.Word(a[0]))] = frame.Word(a[1]);
                return 0;
            case "call_contract": return CallOut(frame, call, FrameKind.Call, a[0], a[1], a[2], a[3], a[4], a[5]);
            case "delegate_call_contract": return CallOut(frame, call, FrameKind.DelegateCall, a[0], a[1], a[2], null, a[3], a[4]);
            case "static_call_contract": return CallOut(frame, call, FrameKind.StaticCall, a[0], a[1], a[2], null, a[3], a[4]);
            case "create1":
                Create(frame, call, a[0], a[1], a[2], null, a[3], a[4]);
                return 0;
            case "create2":
                Create(frame, call, a[0], a[1], a[2], a[3], a[4], a[5]);
                return 0;
            case "read_return_data":
                frame.Pay(H + A);
                byte[] part = Part(frame.Returned, a[1], a[2]);
                frame.Pay(W((ulong)part.Length));
                if (part.Length > 0) frame.Write(a[0], part);
                return (ulong)part.Length;
            case "return_data_size":
                frame.Pay(H);
                return (ulong)frame.Returned.Length;
            case "emit_log":
                EmitLog(frame, a[0], a[1], a[2]);
                return 0;
            case "account_balance":
                frame.Pay(H + 2 * P + A);
                frame.Write(a[1], BytesOf(World[Touch(frame, a[0], 0)].Balance));
                return 0;
            case "account_code":
                frame.Pay(H + A);
                byte[] code = CodeAt(frame, a[0]);
                frame.Pay(W((ulong)code.Length));
                frame.Write(a[3], Part(code, a[1], a[2]));
                return (ulong)Part(code, a[1], a[2]).Length;
            case "account_code_size":
                frame.Pay(H + A);
                return (ulong)CodeAt(frame, a[0]).Length;
            case "account_codehash":
                frame.Pay(H + 2 * P + A);
                ModelAccount account = World[Touch(frame, a[0], 0)];
                frame.Write(a[1], (account.IsEmpty ? default : Keccak256.Hash(account.Code)).Bytes);
                return 0;
            case "math_div": return Wide(frame, 20_000, a, static (x, y, _) => y.IsZero ? 0 : x / y);
            case "math_mod": return Wide(frame, 20_000, a, static (x, y, _) => y.IsZero ? 0 : x % y);
            case "math_add_mod": return Wide(frame, P + 21_000, a, static (x, y, m) => m.IsZero ? 0 : (x + y) % m);
            case "math_mul_mod": return Wide(frame, P + 24_100, a, static (x, y, m) => m.IsZero ? 0 : x * y % m);
            case "math_pow":
                frame.Pay(H + 3 * P);
                (BigInteger value, BigInteger exponent) = (frame.Number(a[0]), frame.Number(a[1]));
                frame.Pay(3_000 + 17_500 * (1 + (ulong)exponent.GetByteCount(isUnsigned: true) - (exponent.IsZero ? 1UL : 0)));
                frame.Write(a[0], BigInteger.ModPow(value, exponent, Modulus));
                return 0;
            case "native_keccak256":
                ulong words = (a[1] + 31) / 32;
                frame.Pay(121_800 + 21_000 * (words > 2 ? words - 2 : 0));
                frame.Write(a[2], Keccak256.Hash(frame.At(a[0], a[1])).Bytes);
                return 0;
            case "pay_for_memory_grow":
                ulong pages = a[0] & 0xFFFF;
                if (pages == 0 || profile.Schedule.PerUnit((int)Opcode.MemoryGrow) != 0) frame.Pay(H);
                else OpenPages(frame, (int)pages);
                return 0;
            default: return Environment(frame, name, a);
        }
    }

    private ulong Environment(ModelFrame frame, string name, ulong[] a)
    {
        frame.Pay(a.Length == 0 ? H : H + P);
        switch (name)
        {
            case "evm_gas_left": return frame.Gas;
            case "evm_ink_left": return frame.Ink;
            case "chainid": return Block.ChainId;
            case "block_gas_limit": return Block.GasLimit;
            case "block_number": return Block.Number;
            case "block_timestamp": return Block.Timestamp;
            case "msg_reentrant": return frame.IsReentrant ? 1UL : 0;
            case "tx_ink_price": return 10_000;
        }

        frame.Write(a[0], name switch
        {
            "block_basefee" => BytesOf(Block.BaseFee),
            "block_coinbase" => Block.Coinbase.ToArray(),
            "contract_address" => frame.Contract.ToArray(),
            "msg_sender" => frame.Caller.ToArray(),
            "msg_value" => BytesOf(frame.Value),
            "tx_gas_price" => BytesOf(GasPrice),
            "tx_origin" => HookDriver.Sender.ToArray(),
            _ => throw new ArgumentException(name),
        });
        return 0;
    }

    private static byte[] BytesOf(in UInt256 value) => Hash256.FromUInt256(value).ToArray();

    private void PayTwice(ModelFrame frame, ulong bytes)
    {
        frame.Pay(R(bytes));
        frame.Pay(R(bytes));
    }

    private static byte[] Part(byte[] bytes, ulong offset, ulong size) => [.. bytes.Skip((int)Math.Min(offset, int.MaxValue)).Take((int)Math.Min(size, int.MaxValue))];

    private static ulong Wide(ModelFrame frame, ulong ink, ulong[] a, Func<BigInteger, BigInteger, BigInteger, BigInteger> compute)
    {
        frame.Pay(H + 3 * P + ink);
        frame.Write(a[0], compute(frame.Number(a[0]), frame.Number(a[1]), a.Length == 3 ? frame.Number(a[2]) : 0));
        return 0;
    }

    private Hash256 Load(ModelFrame frame, Hash256 key)
    {
        frame.Loads++;
        ulong gas = frame.Loads <= 32 ? 0UL : frame.Loads <= 128 ? 2UL : 10UL;
        if (!frame.Cache.TryGetValue(key, out (Hash256 Value, Hash256? Known) slot))
        {
            gas += 5 + (World.WarmSlots.Add((frame.Contract, key)) ? 2_100UL : 100);
            Hash256 value = World.Slot(frame.Contract, key);
            frame.Cache[key] = slot = (value, value);
        }

        frame.PayGas(gas);
        return slot.Value;
    }

    private void Flush(ModelFrame frame)
    {
        Hash256[] dirty = [.. frame.Cache.Where(static pair => pair.Value.Known != pair.Value.Value).Select(static pair => pair.Key)];
        if (dirty.Length > 0 && frame.IsStatic) throw new FrameEndException(Outcome.Failure);
        ulong gas = 0;
        foreach (Hash256 key in dirty)
        {
            Hash256 value = frame.Cache[key].Value;
            gas += Write(frame.Contract, key, value);
            World[frame.Contract].Storage[key] = value;
            frame.Cache[key] = (value, value);
        }

        frame.PayGas(gas);
    }

    /// <summary>EIP-2200 with EIP-2929 and EIP-3529: gas of a write, and its refund.</summary>
    private ulong Write(Address contract, Hash256 key, Hash256 value)
    {
        ulong cold = World.WarmSlots.Add((contract, key)) ? 2_100UL : 0;
        Hash256 original = _before.Slot(contract, key), current = World.Slot(contract, key);
        if (value == current) return cold + 100;
        if (original == current)
        {
            if (value.IsZero) World.Refund += rules.ClearRefund;
            return cold + (original.IsZero ? 20_000UL : 2_900);
        }

        if (!original.IsZero && current.IsZero) World.Refund -= rules.ClearRefund;
        if (!original.IsZero && value.IsZero) World.Refund += rules.ClearRefund;
        if (value == original) World.Refund += original.IsZero ? 19_900 : 2_800;
        return cold + 100;
    }

    private void EmitLog(ModelFrame frame, ulong data, ulong length, ulong topics)
    {
        frame.Pay(H + A);
        if (topics > 4 || length < 32 * topics) throw new FrameEndException(Outcome.Failure);
        frame.Pay(R(length));
        frame.PayGas(375 + 375 * topics + 8 * (length - 32 * topics));
        byte[] bytes = frame.At(data, length).ToArray();
        if (frame.IsStatic) throw new FrameEndException(Outcome.Failure);
        World.Logs.Add(new LogEntry(frame.Contract, [.. bytes.Chunk(32).Take((int)topics).Select(static topic => Hash256.FromBytes(topic))], bytes[(32 * (int)topics)..]));
    }

    /// <summary>An access to an account: cold or warm, and what comes on top.</summary>
    private Address Touch(ModelFrame frame, ulong pointer, ulong gas)
    {
        frame.Require(2_600);
        Address address = frame.AddressAt(pointer);
        if (gas == 0 || frame.LastCode != address) frame.PayGas(gas + (!IsPrecompile(address) && World.WarmAccounts.Add(address) ? 2_600UL : 100));
        return address;
    }

    private byte[] CodeAt(ModelFrame frame, ulong pointer)
    {
        Address address = Touch(frame, pointer, 700);
        byte[] code = World[address].Code;
        if (code.Length > 0) frame.LastCode = address;
        return code;
    }

    private static bool IsPrecompile(Address address) =>
        !address.Bytes[..18].ContainsAnyExcept((byte)0) && (address.Bytes[18] << 8 | address.Bytes[19]) is (>= 1 and <= 0x11) or 0x100;

    /// <summary>Opens pages where they can be paid: two are free, each further one costs 1 000 gas, and the most that were ever open an exponential price.</summary>
    private void OpenPages(ModelFrame frame, int pages)
    {
        int open = _pagesOpen + pages, ever = Math.Max(open, _pagesEver);
        if (ever > 128) frame.Pay(ulong.MaxValue);
        if (ever > 2) frame.PayGas(1_000 * (ulong)(Math.Max(open - 2, 0) - Math.Max(_pagesOpen - 2, 0)) + Ramp(ever) - Ramp(_pagesEver));
        (_pagesOpen, _pagesEver) = (open, ever);
    }

    /// <summary>The largest whole number whose 128th power is at most 31 874 000 to the power of the pages.</summary>
    private static ulong Ramp(int pages)
    {
        BigInteger power = BigInteger.Pow(31_874_000, pages);
        ulong root = (ulong)Math.Pow(31_874_000, pages / 128.0) + 2;
        while (BigInteger.Pow(root, 128) > power) root--;
        return root;
    }
}
