using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>
/// Recomputes everything that is derived from the flat rows: every trie, by building it anew, and so every stored node, every storage
/// root and the state root; and looks for rows that belong to nothing. Holds one path of one trie at a time.
/// </summary>
public static class StateVerifier
{
    /// <summary>Verifies the state at the head; takes time in proportion to its size.</summary>
    /// <param name="reader">At the head; through a snapshot where blocks are committed meanwhile.</param>
    /// <returns>Null when all agrees, else one line that names the first disagreement.</returns>
    /// <exception cref="InvalidOperationException">The reader reads an earlier block than the head.</exception>
    /// <exception cref="StoreException">The storage engine fails.</exception>
    public static string? FindDisagreement(StateReader reader)
    {
        if (reader.IsHistorical) throw new InvalidOperationException("only the state at the head can be verified");
        reader.RequireTries();
        using Pass pass = new(reader);
        try
        {
            return pass.Run();
        }
        catch (StoreException fault) when (fault.Fault == StoreFault.Corrupt)
        {
            return fault.Message;
        }
    }

    /// <summary>
    /// Computes the state root of a block from its accounts and slots alone, whichever block the reader reads; takes time in proportion
    /// to the size of the state.
    /// </summary>
    /// <exception cref="StoreException">A row is damaged, or an account has another storage root than its slots.</exception>
    public static Hash256 ComputeRoot(StateReader reader)
    {
        using TrieBuilder accountTrie = new();
        using TrieBuilder storageTrie = new();
        using RlpWriter rlp = new();
        using StateCursor accounts = reader.CreateCursor(Column.Accounts);
        using StateCursor slots = reader.CreateCursor(Column.Slots);
        for (accounts.Seek(default); accounts.IsValid; accounts.Next())
        {
            Hash256 owner = Hash256.FromBytes(accounts.Key);
            Account account = Account.FromRow(accounts.Row);
            if (account.StorageRoot != TrieRoot.Empty)
            {
                for (slots.Seek(owner.Bytes); slots.IsValid && slots.Key.StartsWith(owner.Bytes); slots.Next())
                {
                    rlp.Clear();
                    rlp.Write(slots.Row);
                    storageTrie.Add(slots.Key[Hash256.Length..], rlp.Written);
                }
                Hash256 root = storageTrie.Finish();
                if (root != account.StorageRoot)
                    throw new StoreException(StoreFault.Corrupt, $"the slots of account {owner} have the storage root {root}, the account has {account.StorageRoot}");
            }
            rlp.Clear();
            account.WriteRlp(rlp);
            accountTrie.Add(owner.Bytes, rlp.Written);
        }
        return accountTrie.Finish();
    }

    /// <summary>Reads every row of the columns that the verification of the state does not: their checksums are checked on the way.</summary>
    /// <exception cref="StoreException">A file is missing or damaged; the message names it.</exception>
    public static long ReadOtherRows(StateReader reader)
    {
        long rows = 0;
        foreach (Column column in (ReadOnlySpan<Column>)[Column.Meta, Column.Preimages, Column.History, Column.Headers, Column.Bodies, Column.Receipts, Column.Index])
        {
            using KeyValueIterator iterator = reader.Rows.CreateIterator(column);
            for (iterator.SeekToFirst(); iterator.IsValid; iterator.Next()) rows++;
        }
        return rows;
    }

    private sealed class Pass : IDisposable
    {
        private readonly StateReader _reader;
        private readonly IKeyValueReader _rows;
        private readonly KeyValueIterator _accounts;
        private readonly KeyValueIterator _slots;
        private readonly NodeChecker _accountNodes;
        private readonly NodeChecker _storageNodes;
        private readonly TrieBuilder _accountTrie;
        private readonly TrieBuilder _storageTrie;
        private readonly RlpWriter _rlp = new();
        private readonly HashSet<Hash256> _codes = [];

        public Pass(StateReader reader)
        {
            _reader = reader;
            _rows = reader.Rows;
            _accounts = _rows.CreateIterator(Column.Accounts);
            _slots = _rows.CreateIterator(Column.Slots);
            _accountNodes = new NodeChecker(_rows);
            _storageNodes = new NodeChecker(_rows);
            _accountTrie = new TrieBuilder(_accountNodes);
            _storageTrie = new TrieBuilder(_storageNodes);
        }

        public string? Run()
        {
            _slots.SeekToFirst();
            _accountNodes.Begin(null);
            for (_accounts.SeekToFirst(); _accounts.IsValid; _accounts.Next())
            {
                if (_accounts.Key.Length != Hash256.Length) return $"the account key {Hex.Encode(_accounts.Key)} has the wrong length";
                Hash256 hash = Hash256.FromBytes(_accounts.Key);
                Account account = Account.FromRow(_accounts.Value);
                if ((CheckStorage(hash, account) ?? CheckCode(hash, account)) is string fault) return fault;
                _rlp.Clear();
                account.WriteRlp(_rlp);
                _accountTrie.Add(hash.Bytes, _rlp.Written);
            }
            if (_slots.IsValid) return $"the slot {Hex.Encode(_slots.Key)} belongs to no account";
            Hash256 root = _accountTrie.Finish();
            if (_accountNodes.End() is string nodeFault) return nodeFault;
            Hash256 expected = _reader.Head?.StateRoot ?? TrieRoot.Empty;
            if (root != expected) return $"the accounts have the state root {root}, the head has {expected}";
            return CheckOwners();
        }

        public void Dispose()
        {
            _accounts.Dispose();
            _slots.Dispose();
            _accountTrie.Dispose();
            _storageTrie.Dispose();
            _rlp.Dispose();
        }

        private string? CheckStorage(in Hash256 owner, in Account account)
        {
            _storageNodes.Begin(owner);
            for (; _slots.IsValid; _slots.Next())
            {
                if (_slots.Key.Length != StateRows.SlotKeyLength) return $"the slot key {Hex.Encode(_slots.Key)} has the wrong length";
                int order = _slots.Key[..Hash256.Length].SequenceCompareTo(owner.Bytes);
                if (order < 0) return $"the slot {Hex.Encode(_slots.Key)} belongs to no account";
                if (order > 0) break;
                Hash256 value = StateRows.SlotValue(_slots.Value);
                if (value.IsZero) return $"the slot {Hex.Encode(_slots.Key)} is stored as zero";
                _rlp.Clear();
                _rlp.Write(StateRows.SlotRow(value));
                _storageTrie.Add(_slots.Key[Hash256.Length..], _rlp.Written);
            }
            Hash256 root = _storageTrie.Finish();
            if (root != account.StorageRoot) return $"the slots of account {owner} have the storage root {root}, the account has {account.StorageRoot}";
            return _storageNodes.End();
        }

        private string? CheckCode(in Hash256 owner, in Account account)
        {
            if (!account.HasCode || !_codes.Add(account.CodeHash)) return null;
            byte[]? code = _rows.Get(Column.Code, account.CodeHash.Bytes);
            if (code is null) return $"the code {account.CodeHash} of account {owner} is missing";
            return Keccak256.Hash(code) == account.CodeHash ? null : $"the code {account.CodeHash} of account {owner} has another hash";
        }

        // Storage tries whose account is gone: one look per owner, then on to the next owner.
        private string? CheckOwners()
        {
            Span<byte> trie = stackalloc byte[NodeKey.Maximum];
            int kindLength = NodeKey.WriteTrie(Hash256.Zero.Bytes, trie) - Hash256.Length;
            using KeyValueIterator nodes = _rows.CreateIterator(Column.Nodes, trie[..kindLength]);
            nodes.SeekToFirst();
            while (nodes.IsValid)
            {
                if (nodes.Key.Length < kindLength + Hash256.Length) return $"the node key {Hex.Encode(nodes.Key)} has the wrong length";
                Hash256 owner = Hash256.FromBytes(nodes.Key.Slice(kindLength, Hash256.Length));
                if (!_reader.TryGetAccountByHash(owner, out Account account) || account.StorageRoot == TrieRoot.Empty)
                    return $"there are trie nodes of account {owner}, which has no storage";
                byte[] next = KeyValueIterator.EndOf(nodes.Key[..(kindLength + Hash256.Length)]);
                if (next.Length == 0) break;
                nodes.Seek(next);
            }
            return null;
        }
    }

    /// <summary>Compares the nodes of one trie, as they are built, with the stored rows.</summary>
    private sealed class NodeChecker(IKeyValueReader rows) : ITrieSink
    {
        private readonly byte[] _key = new byte[NodeKey.Maximum];
        private readonly ValueBuffer _row = new(600);
        private int _trieLength;
        private long _count;
        private string _trie = "";
        private string? _fault;

        public void Begin(Hash256? owner)
        {
            _trieLength = NodeKey.WriteTrie(owner is Hash256 hash ? hash.Bytes : default, _key);
            _trie = owner is null ? "the account trie" : $"the storage trie of account {owner}";
            _count = 0;
            _fault = null;
        }

        public void Node(ReadOnlySpan<byte> path, ReadOnlySpan<byte> blob)
        {
            _count++;
            if (_fault is not null) return;
            int length = NodeKey.WritePath(_key, _trieLength, path);
            if (!rows.TryGet(Column.Nodes, _key.AsSpan(0, length), _row)) _fault = $"the node at {Nibbles(path)} of {_trie} is missing";
            else if (!_row.Span.SequenceEqual(blob)) _fault = $"the node at {Nibbles(path)} of {_trie} differs from the flat rows";
        }

        public string? End()
        {
            if (_fault is not null) return _fault;
            long stored = 0;
            using KeyValueIterator nodes = rows.CreateIterator(Column.Nodes, _key.AsSpan(0, _trieLength));
            for (nodes.SeekToFirst(); nodes.IsValid; nodes.Next()) stored++;
            return stored == _count ? null : $"{_trie} has {stored} stored nodes instead of {_count}";
        }

        private static string Nibbles(ReadOnlySpan<byte> path)
        {
            if (path.IsEmpty) return "the root";
            Span<char> digits = stackalloc char[NibblePath.Maximum];
            for (int i = 0; i < path.Length; i++) digits[i] = "0123456789abcdef"[path[i]];
            return $"path {digits[..path.Length]}";
        }
    }
}
