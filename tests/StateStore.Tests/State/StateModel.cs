using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>
/// Random call trees in transactions in blocks, on a <see cref="WorldState"/> over a database and on a <see cref="NaiveState"/>. Every
/// observable value is compared after every step, every committed state is kept and compared with what the database says of it later.
/// </summary>
internal sealed class StateModel
{
    private static readonly Address[] Addresses = Enumerable.Range(1, 5).Select(i => Address.FromBytes([.. new byte[19], (byte)i])).ToArray();
    private static readonly Hash256[] Keys = Enumerable.Range(0, 4).Select(i => Hash256.FromUInt256((ulong)i)).ToArray();

    private readonly IKeyValueStore _store;
    private readonly Stack<(int Mark, NaiveState Copy)> _frames = [];
    private NaiveState _model = new();
    private NaiveState _transactionStart = new();
    private WorldState _world;

    public StateModel(IKeyValueStore store, StateSettings? settings = null)
    {
        _store = store;
        Database = StateDatabase.Open(store, settings);
        _world = Database.CreateWorld();
    }

    public enum Kind
    {
        Call,
        Return,
        Revert,
        AddBalance,
        SubtractBalance,
        SetBalance,
        SetNonce,
        IncrementNonce,
        SetCode,
        SetStorage,
        SetTransient,
        AccessAddress,
        AccessSlot,
        AddRefund,
        SubtractRefund,
        AddLog,
        Transaction,
        Block,
    }

    public sealed record Step(Kind Kind, int Who, int Key, int Value)
    {
        public Address Address => Addresses[Who];

        public Hash256 Slot => Keys[Key];
    }

    public static Gen<Step> Steps =>
        from kind in Gen.Frequency(
            (6, Gen.Constant(Kind.Call)), (2, Gen.Constant(Kind.Return)), (3, Gen.Constant(Kind.Revert)), (3, Gen.Constant(Kind.AddBalance)),
            (2, Gen.Constant(Kind.SubtractBalance)), (2, Gen.Constant(Kind.SetBalance)), (1, Gen.Constant(Kind.SetNonce)),
            (1, Gen.Constant(Kind.IncrementNonce)), (2, Gen.Constant(Kind.SetCode)), (8, Gen.Constant(Kind.SetStorage)),
            (2, Gen.Constant(Kind.SetTransient)), (2, Gen.Constant(Kind.AccessAddress)), (2, Gen.Constant(Kind.AccessSlot)),
            (1, Gen.Constant(Kind.AddRefund)), (1, Gen.Constant(Kind.SubtractRefund)), (2, Gen.Constant(Kind.AddLog)),
            (3, Gen.Constant(Kind.Transaction)), (3, Gen.Constant(Kind.Block)))
        from who in Gen.Choose(0, Addresses.Length - 1)
        from key in Gen.Choose(0, Keys.Length - 1)
        from value in Gen.Choose(0, 3)
        select new Step(kind, who, key, value);

    public StateDatabase Database { get; }

    /// <summary>The state after each block, block 0 first.</summary>
    public List<NaiveState> Committed { get; } = [];

    public static Hash256 BlockHash(ulong number) => Keccak256.Hash([.. "block"u8, .. BitConverter.GetBytes(number)]);

    public void Apply(Step step)
    {
        switch (step.Kind)
        {
            case Kind.Call:
                _frames.Push((_world.Snapshot(), _model.Copy()));
                break;
            case Kind.Return:
                _frames.TryPop(out _);
                break;
            case Kind.Revert:
                if (!_frames.TryPop(out (int Mark, NaiveState Copy) frame)) break;
                _world.Revert(frame.Mark);
                _model = frame.Copy;
                break;
            case Kind.Transaction:
                if (_world.InTransaction) EndTransaction();
                else BeginTransaction();
                break;
            case Kind.Block:
                CommitBlock();
                break;
            default:
                Change(step);
                break;
        }
        CompareWorld();
    }

    public void CommitBlock()
    {
        if (_world.InTransaction) EndTransaction();
        ulong number = (ulong)Committed.Count;
        Hash256 root = _world.ComputeRoot();
        using StateCommit proposal = _world.ComputeCommit(number);
        using StateCommit commit = _world.ComputeCommit(number);
        Assert.Equal(TestBlocks.RowsOf(proposal), TestBlocks.RowsOf(commit));
        Assert.Equal(_model.Root(), commit.StateRoot);
        Assert.Equal(root, commit.StateRoot);
        if (number == 0) Database.CommitGenesis(commit, 7, BlockHash(0));
        else Database.Commit(commit, BlockHash(number), sync: false);
        Assert.Equal(new BlockHead(number, BlockHash(number), commit.StateRoot), Database.Head);
        _frames.Clear();
        _model.ClearMarks();
        _model.Logs.Clear();
        Committed.Add(_model.Copy());
        _world = Database.CreateWorld();
    }

    /// <summary>Every committed state is still readable; the newest is verified and dumped.</summary>
    public void CheckHistory(ulong floor = 0)
    {
        for (ulong number = floor; number < (ulong)Committed.Count; number++)
        {
            using StateReader reader = Database.At(number);
            Assert.Equal(number, reader.Block);
            Compare(reader, Committed[(int)number]);
            CompareDump(reader, Committed[(int)number]);
            CompareProofs(reader, Committed[(int)number]);
        }
        using StateReader head = Database.AtSnapshot();
        Compare(head, Committed[^1]);
        Assert.Null(StateVerifier.FindDisagreement(head));
        CompareDump(head, Committed[^1]);
    }

    public static void Compare(StateReader reader, NaiveState expected)
    {
        foreach (Address address in Addresses)
        {
            bool exists = expected.Accounts.ContainsKey(address);
            NaiveAccount account = expected.Read(address);
            Assert.Equal(exists, reader.TryGetAccount(address, out Account found));
            Assert.Equal(account.Nonce, found.Nonce);
            Assert.Equal(account.Balance, found.Balance);
            Assert.Equal(NaiveTrie.StorageRoot(account.Storage.Select(slot => (slot.Key, slot.Value))), found.StorageRoot);
            Assert.Equal(account.Code, reader.GetCode(found.CodeHash));
            foreach (Hash256 key in Keys) Assert.Equal(account.Get(key), reader.GetStorage(address, key));
        }
    }

    // Accounts and slots that are there and that are not, in every block that is kept.
    private static void CompareProofs(StateReader reader, NaiveState expected)
    {
        Hash256 root = expected.Root();
        Assert.Equal(root, reader.StateRoot);
        foreach (Address address in Addresses)
        {
            AccountProof proof = AccountProof.Create(reader, address, Keys);
            Assert.Equal(expected.Read(address).Balance, proof.Account.Balance);
            Assert.Equal(Keys.Select(key => expected.Read(address).Get(key).ToUInt256()), proof.Storage.Select(slot => slot.Value));
            Assert.True(proof.Verify(root));
        }
    }

    private static void CompareDump(StateReader reader, NaiveState expected)
    {
        List<Address> order = expected.Accounts.Keys.OrderBy(address => Keccak256.Hash(address.Bytes)).ToList();
        Assert.Equal(order, StateDump.Accounts(reader).Select(account => account.Address!.Value));
        foreach (DumpedAccount account in StateDump.Accounts(reader))
        {
            NaiveAccount naive = expected.Read(account.Address!.Value);
            Assert.Equal((naive.Nonce, naive.Balance), (account.Account.Nonce, account.Account.Balance));
            Assert.Equal(
                naive.Storage.OrderBy(slot => Keccak256.Hash(slot.Key.Bytes)).Select(slot => (slot.Key, slot.Value)),
                StateDump.Slots(reader, account.AddressHash).Select(slot => (slot.Key!.Value, slot.Value)));
        }
    }

    private void BeginTransaction()
    {
        _world.BeginTransaction();
        _frames.Clear();
        _model.ClearMarks();
        _model.Logs.Clear();
        _transactionStart = _model.Copy();
    }

    private void EndTransaction()
    {
        _world.EndTransaction();
        _frames.Clear();
        _model.EndTransaction();
        _transactionStart = _model.Copy();
    }

    private void Change(Step step)
    {
        UInt256 amount = (ulong)step.Value;
        switch (step.Kind)
        {
            case Kind.AddBalance:
                _world.AddBalance(step.Address, amount);
                _model.Touch(step.Address).Balance += amount;
                break;
            case Kind.SubtractBalance:
                bool enough = _model.Read(step.Address).Balance >= amount;
                Assert.Equal(enough, _world.TrySubtractBalance(step.Address, amount));
                if (enough) _model.Touch(step.Address).Balance -= amount;
                break;
            case Kind.SetBalance:
                _world.SetBalance(step.Address, amount);
                _model.Touch(step.Address).Balance = amount;
                break;
            case Kind.SetNonce:
                _world.SetNonce(step.Address, (ulong)step.Value);
                _model.Touch(step.Address).Nonce = (ulong)step.Value;
                break;
            case Kind.IncrementNonce:
                Assert.Equal(_model.Read(step.Address).Nonce, _world.IncrementNonce(step.Address));
                _model.Touch(step.Address).Nonce++;
                break;
            case Kind.SetCode:
                byte[] code = new byte[step.Value * 20].Select(_ => (byte)step.Key).ToArray();
                _world.SetCode(step.Address, code);
                _model.Touch(step.Address).Code = code;
                break;
            case Kind.SetStorage:
                Hash256 value = Hash256.FromUInt256(amount << 8 * step.Value * step.Key);
                _world.SetStorage(step.Address, step.Slot, value);
                _model.Touch(step.Address).Set(step.Slot, value);
                break;
            case Kind.SetTransient:
                _world.SetTransientStorage(step.Address, step.Slot, Hash256.FromUInt256(amount));
                _model.Transient[(step.Address, step.Slot)] = Hash256.FromUInt256(amount);
                break;
            case Kind.AccessAddress:
                Assert.Equal(_model.WarmAddresses.Add(step.Address), _world.AccessAddress(step.Address));
                break;
            case Kind.AccessSlot:
                Assert.Equal(_model.WarmSlots.Add((step.Address, step.Slot)), _world.AccessSlot(step.Address, step.Slot));
                break;
            case Kind.AddRefund:
                _world.AddRefund((ulong)step.Value);
                _model.Refund += (ulong)step.Value;
                break;
            case Kind.SubtractRefund:
                if (_model.Refund < (ulong)step.Value) Assert.Throws<OverflowException>(() => _world.SubtractRefund((ulong)step.Value));
                else
                {
                    _world.SubtractRefund((ulong)step.Value);
                    _model.Refund -= (ulong)step.Value;
                }
                break;
            default:
                LogEntry log = new(step.Address, [step.Slot], [(byte)step.Value]);
                _world.AddLog(log);
                _model.Logs.Add(log);
                break;
        }
    }

    private void CompareWorld()
    {
        Assert.Equal(_model.Refund, _world.Refund);
        Assert.Equal(_model.Logs, _world.Logs);
        foreach (Address address in Addresses)
        {
            NaiveAccount account = _model.Read(address);
            Assert.Equal(_model.Accounts.ContainsKey(address), _world.Exists(address));
            Assert.Equal(account.IsEmpty, _world.IsEmpty(address));
            Assert.Equal(account.Balance, _world.GetBalance(address));
            Assert.Equal(account.Nonce, _world.GetNonce(address));
            Assert.Equal(account.Code, _world.GetCode(address).ToArray());
            Assert.Equal(account.Code, _world.GetCodeByHash(_world.GetCodeHash(address)).ToArray());
            Assert.Equal(_model.WarmAddresses.Contains(address), _world.IsWarm(address));
            foreach (Hash256 key in Keys)
            {
                Assert.Equal(account.Get(key), _world.GetStorage(address, key));
                Assert.Equal(_model.Transient.GetValueOrDefault((address, key)), _world.GetTransientStorage(address, key));
                Assert.Equal(_model.WarmSlots.Contains((address, key)), _world.IsWarm(address, key));
                if (_world.InTransaction)
                    Assert.Equal(_transactionStart.Read(address).Get(key), _world.GetOriginalStorage(address, key));
            }
        }
    }

    /// <summary>All rows but those that are never deleted: code and preimages.</summary>
    public SortedDictionary<string, string> Rows()
    {
        SortedDictionary<string, string> rows = new(StringComparer.Ordinal);
        foreach (Column column in Enum.GetValues<Column>())
        {
            if (column is Column.Code or Column.Preimages) continue;
            using KeyValueIterator iterator = _store.CreateIterator(column);
            for (iterator.SeekToFirst(); iterator.IsValid; iterator.Next()) rows.Add($"{column} {Hex.Encode(iterator.Key)}", Hex.Encode(iterator.Value));
        }
        return rows;
    }
}
