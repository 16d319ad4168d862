using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.StateStore;

namespace ContractVm.HostApi.Tests.Trees;

/// <summary>
/// What trees of calls do, the simplest way: a frame works on a copy of everything, and where it fails the copy is thrown away. Knows
/// nothing of gas.
/// </summary>
internal sealed class TreeModel(Hash256 codeHash, byte[] code)
{
    internal sealed class Account
    {
        public UInt256 Balance;
        public ulong Nonce;
        public bool HasCode;
        public Dictionary<Hash256, Hash256> Storage = [];

        public Account Copy() => new() { Balance = Balance, Nonce = Nonce, HasCode = HasCode, Storage = new(Storage) };
    }

    internal sealed class World
    {
        public Dictionary<Address, Account> Accounts = [];
        public Dictionary<(Address, Hash256), Hash256> Transient = [];
        public List<LogEntry> Logs = [];

        public Account this[Address address] => Accounts.TryGetValue(address, out Account? account) ? account : Accounts[address] = new Account();

        public World Copy() => new() { Accounts = Accounts.ToDictionary(static pair => pair.Key, static pair => pair.Value.Copy()), Transient = new(Transient), Logs = [.. Logs] };
    }

    internal sealed record Ended(Outcome Outcome, byte[] Output);

    private sealed class Frame
    {
        public required FrameKind Kind;
        public required Address Contract, Caller;
        public required ulong Value;
        public required bool IsStatic, IsReentrant;
        public Dictionary<Hash256, (Hash256 Value, Hash256? Known)> Cache = [];
        public byte[] Returned = [];
        public List<byte> Report = [];
    }

    private static readonly Address Identity = Address.Parse("0x0000000000000000000000000000000000000004");
    private readonly List<Address> _open = [];

    public World State { get; private set; } = new();

    /// <summary>A transaction: a call by an account.</summary>
    public Ended Transact(Address from, Address to, ulong value, IReadOnlyList<Deed> script)
    {
        (State.Transient, State.Logs) = ([], []);
        return Enter(FrameKind.Call, from, to, to, value, isStatic: false, script, null);
    }

    private Ended Enter(FrameKind kind, Address caller, Address contract, Address code, ulong value, bool isStatic, IReadOnlyList<Deed>? script, byte[]? data)
    {
        World before = State.Copy();
        if (kind is FrameKind.Call or FrameKind.Create or FrameKind.Create2)
        {
            State[caller].Balance -= value;
            State[contract].Balance += value;
        }

        if (script is null) return new Ended(Outcome.Success, code == Identity ? data! : []);
        if (kind != FrameKind.DelegateCall) _open.Add(contract);
        bool isReentrant = _open.Count(address => address == contract) > 1;
        Ended ended = Run(new Frame { Kind = kind, Contract = contract, Caller = caller, Value = value, IsStatic = isStatic, IsReentrant = isReentrant }, script);
        if (kind != FrameKind.DelegateCall) _open.RemoveAt(_open.Count - 1);
        if (ended.Outcome != Outcome.Success) State = before;
        return ended;
    }

    private Ended Run(Frame frame, IReadOnlyList<Deed> script)
    {
        Ended failed = new(Outcome.Failure, []);
        foreach (Deed deed in script)
        {
            switch (deed)
            {
                case Store store:
                    Hash256 key = Word(store.Key);
                    frame.Cache[key] = (Word(store.Value), frame.Cache.TryGetValue(key, out (Hash256, Hash256? Known) old) ? old.Known : null);
                    break;
                case Flush flush:
                    Hash256[] dirty = frame.Cache.Where(static pair => pair.Value.Known != pair.Value.Value).Select(static pair => pair.Key).ToArray();
                    if (dirty.Length > 0 && frame.IsStatic) return failed;
                    foreach (Hash256 slot in dirty)
                    {
                        State[frame.Contract].Storage[slot] = frame.Cache[slot].Value;
                        frame.Cache[slot] = (frame.Cache[slot].Value, frame.Cache[slot].Value);
                    }

                    if (flush.Clear) frame.Cache.Clear();
                    break;
                case StoreTransient store:
                    if (frame.IsStatic) return failed;
                    State.Transient[(frame.Contract, Word(store.Key))] = Word(store.Value);
                    break;
                case Log log:
                    if (frame.IsStatic || log.Topics > 4 || log.Bytes.Length < 32 * log.Topics) return failed;
                    State.Logs.Add(new LogEntry(frame.Contract, [.. Enumerable.Range(0, log.Topics).Select(i => Hash256.FromBytes(log.Bytes.AsSpan(32 * i, 32)))], log.Bytes[(32 * log.Topics)..]));
                    break;
                case CallOut call: CallOut(frame, call); break;
                case Deploy deploy:
                    if (frame.IsStatic) return failed;
                    Deploy(frame, deploy);
                    break;
                case Load load: frame.Report.AddRange(LoadSlot(frame, Word(load.Key)).Bytes); break;
                case Exit exit: return new Ended(exit.Status == 0 ? Outcome.Success : Outcome.Revert, [.. frame.Report]);
                case Trap or SpendAll or Descend: return failed;
                case LoadTransient load: frame.Report.AddRange(State.Transient.GetValueOrDefault((frame.Contract, Word(load.Key))).Bytes); break;
                case BalanceOf balance: frame.Report.AddRange(Abi.Word(State[balance.Account].Balance)); break;
                case LookAround:
                    frame.Report.AddRange([(byte)(frame.IsReentrant ? 1 : 0), .. frame.Caller.Bytes, .. Abi.Word(frame.Value), .. frame.Contract.Bytes, .. Script.U32(frame.Returned.Length)]);
                    break;
                case CodeHashOf hash:
                    Account account = State[hash.Account];
                    bool isEmpty = account.Balance.IsZero && account.Nonce == 0 && !account.HasCode;
                    frame.Report.AddRange((isEmpty ? Hash256.Zero : account.HasCode ? codeHash : Keccak256.OfEmpty).Bytes);
                    break;
                case ReadReturned read: frame.Report.AddRange(frame.Returned.Take((int)read.Most)); break;
                default: throw new ArgumentException(deed.ToString());
            }
        }

        return new Ended(Outcome.Success, [.. frame.Report]);
    }

    private Hash256 LoadSlot(Frame frame, Hash256 key)
    {
        if (!frame.Cache.TryGetValue(key, out (Hash256 Value, Hash256? Known) slot))
        {
            Hash256 value = State[frame.Contract].Storage.GetValueOrDefault(key);
            frame.Cache[key] = slot = (value, value);
        }

        return slot.Value;
    }

    private void CallOut(Frame frame, CallOut call)
    {
        frame.Returned = [];
        bool isSuccess = false;
        bool mayPay = call.Value == 0 || (!frame.IsStatic && State[frame.Contract].Balance >= call.Value);
        if (mayPay)
        {
            bool isDelegate = call.Kind == FrameKind.DelegateCall;
            Ended ended = Enter(
                call.Kind, isDelegate ? frame.Caller : frame.Contract, isDelegate ? frame.Contract : call.To, call.To, isDelegate ? frame.Value : call.Value,
                frame.IsStatic || call.Kind == FrameKind.StaticCall, call.Script, call.Data);
            frame.Returned = ended.Output;
            isSuccess = ended.Outcome == Outcome.Success;
        }

        frame.Report.AddRange([(byte)(isSuccess ? 0 : 2), .. Script.U32(frame.Returned.Length)]);
    }

    private void Deploy(Frame frame, Deploy deploy)
    {
        frame.Returned = [];
        Address created = default;
        Account creator = State[frame.Contract];
        if (creator.Balance >= deploy.Value)
        {
            byte[] creation = DeploymentCode.Frame(code, Script.Encode(deploy.Script));
            Address address = deploy.IsSalted ? Address.ForCreate2(frame.Contract, Word(deploy.Salt), Keccak256.Hash(creation)) : Address.ForCreate(frame.Contract, creator.Nonce);
            creator.Nonce++;
            if (State[address].Nonce == 0 && !State[address].HasCode)
            {
                World before = State.Copy();
                (State[address].Nonce, State[address].HasCode) = (1, true);
                Ended ended = Enter(deploy.IsSalted ? FrameKind.Create2 : FrameKind.Create, frame.Contract, address, address, deploy.Value, false, deploy.Script, null);
                if (ended.Outcome == Outcome.Success) created = address;
                else State = before;
                if (ended.Outcome == Outcome.Revert) frame.Returned = ended.Output;
            }
        }

        frame.Report.AddRange([.. created.Bytes, .. Script.U32(frame.Returned.Length)]);
    }

    private static Hash256 Word(byte value) => Hash256.FromBytes(Script.Word(value));
}
