using System;
using System.Collections.Generic;
using System.IO;

namespace ContractVm.StateStore;

/// <summary>
/// Reads an exported state into an empty store, from an untrusted source. Every chunk is checked against the state root when it is read,
/// before anything of it is written, and at the end the whole; what an import that failed has written is no database, since the rows
/// that make it one come last.
/// </summary>
public static class StateImporter
{
    private const int BatchBytes = 8 << 20;

    /// <summary>Imports a file.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="store">An empty store.</param>
    /// <param name="check">Refuses a head that is not wanted, by throwing; adds the caller's own rows to the last batch.</param>
    /// <exception cref="ExportFileException">The file is damaged or does not fit its root; the message says where.</exception>
    /// <exception cref="StoreException">The store is not empty, or fails.</exception>
    public static ExportSummary Import(Stream stream, IKeyValueStore store, Action<ExportHead, WriteBatch> check)
    {
        if (StateDatabase.Open(store).HasGenesis) throw new StoreException(StoreFault.OtherChain, "there is a chain already");
        using Pass pass = new(store);
        int record = 0;
        try
        {
            ExportFile.ReadMagic(stream);
            for (; !pass.IsDone; record++)
            {
                byte[] content = ExportFile.Read(stream, out ExportRecord kind);
                pass.Take(kind, content, check);
            }
            if (stream.ReadByte() >= 0) throw new ExportFileException("there is something behind the record that ends the file");
            return pass.Finish();
        }
        catch (RlpException fault)
        {
            throw new ExportFileException($"record {record} is malformed: {fault.Message}");
        }
        catch (ExportFileException fault)
        {
            throw new ExportFileException($"record {record}: {fault.Message}");
        }
        catch (StoreException fault) when (fault.Fault == StoreFault.Corrupt)
        {
            throw new ExportFileException($"record {record}: {fault.Message}");
        }
    }

    private sealed class Pass : IDisposable
    {
        private readonly IKeyValueStore _store;
        private readonly WriteBatch _batch = new(BatchBytes);
        private readonly WriteBatch _last = new();
        private readonly TrieBuilder _part = new();
        private readonly TrieBuilder _accounts;
        private readonly TrieBuilder _slots;
        private readonly NodeRows _accountRows;
        private readonly NodeRows _slotRows;
        private readonly RlpWriter _rlp = new();
        private readonly HashSet<Hash256> _codes = [];
        // what the accounts of the last chunk still need, in their order
        private readonly Queue<(Hash256 Owner, Account Account)> _owners = new();
        private ExportHead? _head;
        private long _accountCount;
        private long _slotCount;

        public Pass(IKeyValueStore store)
        {
            _store = store;
            _accountRows = new NodeRows(_batch);
            _slotRows = new NodeRows(_batch);
            _accounts = new TrieBuilder(_accountRows);
            _slots = new TrieBuilder(_slotRows);
        }

        public bool IsDone { get; private set; }

        public void Take(ExportRecord kind, byte[] content, Action<ExportHead, WriteBatch> check)
        {
            if (_head is null != (kind == ExportRecord.Head)) throw new ExportFileException("the file does not begin with its head, or has two");
            switch (kind)
            {
                case ExportRecord.Head:
                    _head = ExportHead.Read(content);
                    check(_head, _last);
                    break;
                case ExportRecord.Accounts:
                    RequireOwnersDone();
                    TakeAccounts(content);
                    break;
                case ExportRecord.Slots:
                    TakeSlots(content);
                    break;
                case ExportRecord.Code:
                    TakeCode(content);
                    break;
                case ExportRecord.End:
                    RequireOwnersDone();
                    TakeEnd(content);
                    break;
                default:
                    throw new ExportFileException($"there is no kind of record {(byte)kind}");
            }
            if (_batch.Length < BatchBytes) return;
            _store.Write(_batch, sync: false);
            _batch.Clear();
        }

        public ExportSummary Finish()
        {
            ExportHead head = _head!;
            StateDatabase.WriteMeta(_last, head.ChainId, head.GenesisHash, head.Block.Number);
            _last.Put(Column.Meta, MetaRows.Head, head.Block.ToRow());
            _store.Write(_batch, sync: false);
            // everything before is in the log before this, so that it is on the disk with it
            _store.Write(_last, sync: true);
            return new ExportSummary(head, _accountCount, _slotCount, _codes.Count);
        }

        public void Dispose()
        {
            _batch.Dispose();
            _last.Dispose();
            _part.Dispose();
            _accounts.Dispose();
            _slots.Dispose();
            _rlp.Dispose();
        }

        private void TakeAccounts(byte[] content)
        {
            RlpReader outer = new(content);
            RlpReader list = outer.ReadList("accounts");
            byte[] path = ReadPart(ref list, _head!.Block.StateRoot, out Hash256 expected);
            RlpReader rows = list.ReadList("accounts.rows");
            List<(Hash256 Hash, byte[] Row, byte[] Preimage)> found = [];
            while (!rows.AtEnd)
            {
                RlpReader row = rows.ReadList("account");
                Hash256 hash = row.ReadHash("account.hash");
                byte[] preimage = ReadPreimage(ref row, hash, Address.Length);
                Account account = Account.FromRow(row.ReadRaw("account.row"));
                row.End("account");
                _rlp.Clear();
                account.WriteRlp(_rlp);
                AddBelow(default, path, hash, _rlp.Written);
                Add(_accounts, hash, _rlp.Written);
                if (account.StorageRoot != TrieRoot.Empty || account.HasCode) _owners.Enqueue((hash, account));
                _rlp.Clear();
                account.WriteRow(_rlp);
                found.Add((hash, _rlp.ToArray(), preimage));
            }
            list.End("accounts");
            outer.End("accounts");
            RequirePart(path, expected);
            foreach ((Hash256 hash, byte[] row, byte[] preimage) in found)
            {
                _batch.Put(Column.Accounts, hash.Bytes, row);
                if (preimage.Length > 0) _batch.Put(Column.Preimages, hash.Bytes, preimage);
            }
            _accountCount += found.Count;
            SkipDone();
        }

        private void TakeSlots(byte[] content)
        {
            RlpReader outer = new(content);
            RlpReader list = outer.ReadList("slots");
            Hash256 named = list.ReadHash("slots.owner");
            if (!_slotRows.IsOf(named)) FinishSlots();
            if (!_owners.TryPeek(out (Hash256 Owner, Account Account) owner) || owner.Owner != named) throw new ExportFileException($"no account waits for slots of {named}");
            byte[] path = ReadPart(ref list, owner.Account.StorageRoot, out Hash256 expected);
            if (!_slotRows.IsOf(owner.Owner)) _slotRows.Begin(owner.Owner);
            RlpReader rows = list.ReadList("slots.rows");
            List<(Hash256 Key, byte[] Row, byte[] Preimage)> found = [];
            while (!rows.AtEnd)
            {
                RlpReader row = rows.ReadList("slot");
                Hash256 key = row.ReadHash("slot.key");
                byte[] preimage = ReadPreimage(ref row, key, Hash256.Length);
                Hash256 value = StateRows.SlotValue(row.ReadBytes(Hash256.Length, "slot.value"));
                row.End("slot");
                if (value.IsZero) throw new ExportFileException($"the slot {key} is zero");
                _rlp.Clear();
                _rlp.Write(StateRows.SlotRow(value));
                AddBelow(owner.Owner.Bytes, path, key, _rlp.Written);
                Add(_slots, key, _rlp.Written);
                found.Add((key, StateRows.SlotRow(value).ToArray(), preimage));
            }
            list.End("slots");
            outer.End("slots");
            RequirePart(path, expected);
            Span<byte> slotKey = stackalloc byte[StateRows.SlotKeyLength];
            foreach ((Hash256 key, byte[] row, byte[] preimage) in found)
            {
                StateRows.WriteSlotKey(owner.Owner, key, slotKey);
                _batch.Put(Column.Slots, slotKey, row);
                if (preimage.Length > 0) _batch.Put(Column.Preimages, key.Bytes, preimage);
            }
            _slotCount += found.Count;
            // whether more chunks of the owner come is seen when something else comes
        }

        private void TakeCode(byte[] code)
        {
            FinishSlots();
            Hash256 hash = Keccak256.Hash(code);
            if (!_owners.TryPeek(out (Hash256 Owner, Account Account) owner) || owner.Account.CodeHash != hash || !_codes.Add(hash))
                throw new ExportFileException($"no account waits for the code {hash}");
            _batch.Put(Column.Code, hash.Bytes, code);
            SkipDone();
        }

        private void TakeEnd(byte[] content)
        {
            RlpReader outer = new(content);
            RlpReader list = outer.ReadList("end");
            bool agrees = list.ReadUInt64("end.accounts") == (ulong)_accountCount && list.ReadUInt64("end.slots") == (ulong)_slotCount
                && list.ReadUInt64("end.codes") == (ulong)_codes.Count;
            list.End("end");
            outer.End("end");
            if (!agrees) throw new ExportFileException("the file ends with other counts than it had");
            Hash256 root = _accounts.Finish();
            if (root != _head!.Block.StateRoot) throw new ExportFileException($"the accounts have the root {root}, not {_head.Block.StateRoot}: chunks are missing");
            IsDone = true;
        }

        private static byte[] ReadPart(ref RlpReader list, in Hash256 root, out Hash256 expected)
        {
            byte[] path = list.ReadBytes(NibblePath.Maximum, "chunk.path").ToArray();
            RlpReader nodes = list.ReadList("chunk.proof");
            List<byte[]> proof = [];
            while (!nodes.AtEnd) proof.Add(nodes.ReadBytes("chunk.node").ToArray());
            foreach (byte nibble in path)
                if (nibble > 15) throw new ExportFileException("a path has something else than nibbles");
            return TrieProof.TryFollow(root, path, proof, out expected) ? path : throw new ExportFileException("the nodes of a chunk do not lead from the root to it");
        }

        private static byte[] ReadPreimage(ref RlpReader row, in Hash256 hash, int length)
        {
            byte[] preimage = row.ReadBytes(length, "preimage").ToArray();
            if (preimage.Length > 0 && (preimage.Length != length || Keccak256.Hash(preimage) != hash)) throw new ExportFileException($"a preimage of {hash} is none");
            return preimage;
        }

        private void AddBelow(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path, in Hash256 key, ReadOnlySpan<byte> value)
        {
            Span<byte> full = stackalloc byte[StateRows.SlotKeyLength];
            owner.CopyTo(full);
            key.CopyTo(full[owner.Length..]);
            if (!LeafRows.IsBelow(owner, path, full[..(owner.Length + Hash256.Length)])) throw new ExportFileException($"the key {key} does not belong to its chunk");
            Add(_part, key, value);
        }

        private static void Add(TrieBuilder builder, in Hash256 key, ReadOnlySpan<byte> value)
        {
            if (!builder.TryAdd(key.Bytes, value)) throw new ExportFileException($"the key {key} is out of order");
        }

        private void RequirePart(ReadOnlySpan<byte> path, in Hash256 expected)
        {
            Hash256 root = _part.FinishBelow(path.Length);
            if (root != expected) throw new ExportFileException($"the rows of a chunk have the hash {root}, the state has {expected}");
        }

        // Ends the storage of the first owner, where any of it has come.
        private void FinishSlots()
        {
            if (!_owners.TryPeek(out (Hash256 Owner, Account Account) owner) || !_slotRows.IsOf(owner.Owner)) return;
            Hash256 root = _slots.Finish();
            _slotRows.Begin(null);
            if (root != owner.Account.StorageRoot) throw new ExportFileException($"the slots of account {owner.Owner} have the root {root}, not {owner.Account.StorageRoot}: chunks are missing");
            if (owner.Account.HasCode && !_codes.Contains(owner.Account.CodeHash)) throw new ExportFileException($"the code of account {owner.Owner} is missing");
            _owners.Dequeue();
            SkipDone();
        }

        // Accounts that need nothing more: code that has come before, no storage.
        private void SkipDone()
        {
            while (_owners.TryPeek(out (Hash256 Owner, Account Account) owner) && owner.Account.StorageRoot == TrieRoot.Empty
                && (!owner.Account.HasCode || _codes.Contains(owner.Account.CodeHash))) _owners.Dequeue();
        }

        private void RequireOwnersDone()
        {
            FinishSlots();
            if (_owners.TryPeek(out (Hash256 Owner, Account Account) owner)) throw new ExportFileException($"storage or code of account {owner.Owner} is missing");
        }
    }

    /// <summary>Writes the branches of a trie as it is built: of the account trie, where there is no owner.</summary>
    private sealed class NodeRows(WriteBatch batch) : ITrieSink
    {
        private readonly byte[] _key = new byte[NodeKey.Maximum];
        private Hash256? _owner;

        public bool IsOf(in Hash256 owner) => _owner == owner;

        public void Begin(Hash256? owner) => _owner = owner;

        public void Node(ReadOnlySpan<byte> path, ReadOnlySpan<byte> row)
        {
            int trie = NodeKey.WriteTrie(_owner is Hash256 owner ? owner.Bytes : default, _key);
            batch.Put(Column.Nodes, _key.AsSpan(0, NodeKey.WritePath(_key, trie, path)), row);
        }
    }
}
