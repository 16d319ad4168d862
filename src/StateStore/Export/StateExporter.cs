using System;
using System.Collections.Generic;
using System.IO;
using System.Numerics;

namespace ContractVm.StateStore;

/// <summary>What a file holds.</summary>
/// <param name="Head">What it begins with.</param>
/// <param name="Accounts">Accounts in it.</param>
/// <param name="Slots">Storage slots in it.</param>
/// <param name="Codes">Different codes in it.</param>
public sealed record ExportSummary(ExportHead Head, long Accounts, long Slots, long Codes);

/// <summary>
/// Writes the state of one block to a stream, in chunks. A chunk is all rows below one node of a trie, with the nodes on the way from the
/// root to it, so that whoever reads it can check it against the root at once. Memory: one chunk and the hashes of the codes.
/// </summary>
public static class StateExporter
{
    /// <summary>Exports the state that a reader reads: the head's, or an earlier block's.</summary>
    /// <param name="reader">Through a snapshot where blocks are committed meanwhile.</param>
    /// <param name="head">Which state it is; the root is checked against the reader's.</param>
    /// <param name="stream">Receives the file.</param>
    /// <exception cref="StoreException">A row is missing or damaged.</exception>
    public static ExportSummary Export(StateReader reader, ExportHead head, Stream stream)
    {
        if (head.Block.StateRoot != reader.StateRoot) throw new ArgumentException("the head has another state root than the state", nameof(head));
        using Pass pass = new(reader, stream);
        return pass.Run(head);
    }

    private sealed class Pass(StateReader reader, Stream stream) : IDisposable
    {
        private readonly ITrieSource _source = reader.CreateTrieSource();
        private readonly StateCursor _accounts = reader.CreateCursor(Column.Accounts);
        private readonly StateCursor _slots = reader.CreateCursor(Column.Slots);
        private readonly RlpWriter _rlp = new(1 << 16);
        private readonly RlpWriter _node = new(TrieNode.UsualRow);
        private readonly HashSet<Hash256> _codes = [];
        private readonly List<(Hash256 Hash, Account Account)> _pending = [];
        private long _accountCount;
        private long _slotCount;

        public ExportSummary Run(ExportHead head)
        {
            stream.Write(ExportFile.Magic);
            head.Write(_rlp);
            ExportFile.Write(stream, ExportRecord.Head, _rlp.Written);
            WriteTrie(default, head.Block.StateRoot);
            _rlp.Clear();
            int list = _rlp.BeginList();
            _rlp.Write((ulong)_accountCount);
            _rlp.Write((ulong)_slotCount);
            _rlp.Write((ulong)_codes.Count);
            _rlp.EndList(list);
            ExportFile.Write(stream, ExportRecord.End, _rlp.Written);
            return new ExportSummary(head, _accountCount, _slotCount, _codes.Count);
        }

        public void Dispose()
        {
            _source.Dispose();
            _accounts.Dispose();
            _slots.Dispose();
            _rlp.Dispose();
            _node.Dispose();
        }

        private sealed record Part(byte[] Path, byte[][] Proof);

        // The whole trie if it is small, and else the parts below the children of its root, and so on; in the order of the keys.
        private void WriteTrie(Hash256 owner, in Hash256 root, bool isStorage = false)
        {
            if (root == TrieRoot.Empty) return;
            byte[] ownerBytes = isStorage ? owner.ToArray() : [];
            Stack<Part> parts = new([new Part([], [])]);
            ValueBuffer row = new(TrieNode.UsualRow);
            while (parts.TryPop(out Part? part))
            {
                bool divides = _source.TryGetBranch(ownerBytes, part.Path, row) && HasMany(ownerBytes, part.Path);
                BranchNode branch = default;
                if (divides)
                {
                    TrieNode.ReadBranch(row.Span, out branch);
                    // a node inside its parent has no hash to check a chunk against
                    for (int rest = branch.Mask; rest != 0; rest &= rest - 1) divides &= !branch.Children[BitOperations.TrailingZeroCount(rest)].IsInline;
                }
                if (divides) Divide(parts, part, branch);
                else if (isStorage) WriteSlots(owner, part);
                else WriteAccounts(part);
            }
        }

        private void Divide(Stack<Part> parts, Part part, in BranchNode branch)
        {
            ReadOnlySpan<byte> plain = TrieNode.BranchRlp(branch, default, _node);
            byte[][] proof = [.. part.Proof, plain.ToArray()];
            if (branch.Prefix.Length > 0)
                proof = [.. part.Proof, TrieNode.ExtensionRlp(branch.Prefix.Nibbles, NodeRef.To(plain), _node).ToArray(), proof[^1]];
            for (int nibble = 15; nibble >= 0; nibble--)
                if (branch.KindOf(nibble) != ChildKind.None) parts.Push(new Part([.. part.Path, .. branch.Prefix.Nibbles, (byte)nibble], proof));
        }

        private bool HasMany(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path)
        {
            StateCursor cursor = SeekPart(owner, path);
            int rows = 0;
            for (; cursor.IsValid && LeafRows.IsBelow(owner, path, cursor.Key); cursor.Next())
                if (++rows > ExportFile.ChunkRows) return true;
            return false;
        }

        private StateCursor SeekPart(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> path)
        {
            StateCursor cursor = owner.IsEmpty ? _accounts : _slots;
            Span<byte> start = stackalloc byte[StateRows.SlotKeyLength];
            cursor.Seek(start[..LeafRows.WriteFirstKey(owner, path, start)]);
            return cursor;
        }

        private int BeginChunk(Part part, ReadOnlySpan<byte> owner)
        {
            int list = _rlp.BeginList();
            if (!owner.IsEmpty) _rlp.Write(owner);
            _rlp.Write(part.Path);
            int proof = _rlp.BeginList();
            foreach (byte[] node in part.Proof) _rlp.Write(node);
            _rlp.EndList(proof);
            return list;
        }

        private void WriteAccounts(Part part)
        {
            _pending.Clear();
            _rlp.Clear();
            int list = BeginChunk(part, default);
            int rows = _rlp.BeginList();
            for (StateCursor cursor = SeekPart(default, part.Path); cursor.IsValid && LeafRows.IsBelow(default, part.Path, cursor.Key); cursor.Next())
            {
                Hash256 hash = Hash256.FromBytes(cursor.Key);
                int row = _rlp.BeginList();
                _rlp.Write(hash);
                _rlp.Write(reader.Rows.Get(Column.Preimages, hash.Bytes));
                _rlp.WriteRaw(cursor.Row);
                _rlp.EndList(row);
                _pending.Add((hash, Account.FromRow(cursor.Row)));
                _accountCount++;
            }
            _rlp.EndList(rows);
            _rlp.EndList(list);
            ExportFile.Write(stream, ExportRecord.Accounts, _rlp.Written);
            foreach ((Hash256 hash, Account account) in _pending)
            {
                if (account.HasCode && _codes.Add(account.CodeHash)) ExportFile.Write(stream, ExportRecord.Code, reader.GetCode(account.CodeHash));
                WriteTrie(hash, account.StorageRoot, isStorage: true);
            }
        }

        private void WriteSlots(in Hash256 owner, Part part)
        {
            _rlp.Clear();
            int list = BeginChunk(part, owner.Bytes);
            int rows = _rlp.BeginList();
            for (StateCursor cursor = SeekPart(owner.Bytes, part.Path); cursor.IsValid && LeafRows.IsBelow(owner.Bytes, part.Path, cursor.Key); cursor.Next())
            {
                int row = _rlp.BeginList();
                _rlp.Write(cursor.Key[Hash256.Length..]);
                _rlp.Write(reader.Rows.Get(Column.Preimages, cursor.Key[Hash256.Length..]));
                _rlp.Write(cursor.Row);
                _rlp.EndList(row);
                _slotCount++;
            }
            _rlp.EndList(rows);
            _rlp.EndList(list);
            ExportFile.Write(stream, ExportRecord.Slots, _rlp.Written);
        }
    }
}
