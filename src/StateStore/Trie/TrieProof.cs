using System;
using System.Collections.Generic;

namespace ContractVm.StateStore;

/// <summary>
/// Merkle proofs: the RLP of the nodes on the way from the root to a key, or to where the key would be (EIP-1186). Thread-safe: it has
/// no state.
/// </summary>
public static class TrieProof
{
    /// <summary>
    /// The nodes on the way to a hashed key, root first; nodes that lie inside their parent are not listed. Empty for an empty trie.
    /// </summary>
    /// <param name="source">The stored tries.</param>
    /// <param name="root">The root of the trie.</param>
    /// <param name="owner">The address hash of a storage trie; empty for the account trie.</param>
    /// <param name="key">The hash of the address or storage key.</param>
    /// <exception cref="StoreException">The stored nodes are damaged or missing.</exception>
    internal static IReadOnlyList<byte[]> Prove(ITrieSource source, in Hash256 root, ReadOnlySpan<byte> owner, in Hash256 key)
    {
        List<byte[]> proof = [];
        byte[] ownerBytes = owner.ToArray();
        if (root == TrieRoot.Empty) return proof;
        Span<byte> path = stackalloc byte[NibblePath.Maximum];
        NibblePath.Expand(key.Bytes, path);
        using RlpWriter rlp = new(TrieNode.UsualRow);
        ValueBuffer row = new(TrieNode.UsualRow);
        ChildKind kind = source.TryGetBranch(owner, default, row) ? ChildKind.Branch : ChildKind.Leaf;
        for (int depth = 0; kind == ChildKind.Branch;)
        {
            if (depth > 0 && !source.TryGetBranch(owner, path[..depth], row)) throw new StoreException(StoreFault.Corrupt, "a trie node is missing");
            TrieNode.ReadBranch(row.Span, out BranchNode branch);
            ReadOnlySpan<byte> prefix = branch.Prefix.Nibbles;
            int fork = depth + prefix.Length;
            if (fork >= NibblePath.Maximum) throw new StoreException(StoreFault.Corrupt, "a trie branch lies below the end of its keys");
            bool isRoot = depth == 0;
            if (!prefix.IsEmpty)
            {
                NodeRef inner = NodeRef.To(TrieNode.BranchRlp(branch, default, rlp));
                Add(proof, TrieNode.ExtensionRlp(prefix, inner, rlp), isRoot);
                isRoot = false;
                if (!path[depth..fork].SequenceEqual(prefix)) return proof;
            }
            Add(proof, TrieNode.BranchRlp(branch, default, rlp), isRoot);
            kind = branch.KindOf(path[fork]);
            depth = fork + 1;
            if (kind == ChildKind.Leaf) AddLeaf(depth, path);
        }
        if (proof.Count == 0) AddLeaf(0, path);
        return proof;

        void AddLeaf(int depth, ReadOnlySpan<byte> way)
        {
            Hash256 leaf = source.GetLeaf(ownerBytes, way[..depth], row);
            Span<byte> nibbles = stackalloc byte[NibblePath.Maximum];
            NibblePath.Expand(leaf.Bytes, nibbles);
            Add(proof, TrieNode.LeafRlp(nibbles[depth..], row.Span, rlp), isRoot: depth == 0);
        }
    }

    /// <summary>
    /// Checks a proof from an untrusted source against a root that is trusted. Every node must be linked by hash and every node must be
    /// used. Work is bounded by the size of the proof.
    /// </summary>
    /// <param name="root">The root of the trie.</param>
    /// <param name="key">The key in the trie: the hash of an address or storage key in the tries of the state.</param>
    /// <param name="proof">The nodes, root first.</param>
    /// <param name="value">The value of the key, or an empty array where the proof shows that the trie does not have the key.</param>
    /// <returns>False when the proof shows nothing about the key.</returns>
    public static bool TryVerify(in Hash256 root, ReadOnlySpan<byte> key, IReadOnlyList<byte[]> proof, out byte[] value) =>
        FindFault(root, key, proof, out value) is null;

    /// <summary><see cref="TryVerify"/>, and why not: null, or which node is wrong and what was expected.</summary>
    public static ProofFault? FindFault(in Hash256 root, ReadOnlySpan<byte> key, IReadOnlyList<byte[]> proof, out byte[] value)
    {
        value = [];
        if (proof.Count == 0) return root == TrieRoot.Empty ? null : new ProofFault(ProofFaultKind.MissingNode, $"the proof has no nodes, expected the node with the hash {root}");
        byte[] nibbles = new byte[2 * key.Length];
        NibblePath.Expand(key, nibbles);
        ReadOnlySpan<byte> rest = nibbles;
        Hash256 expected = root;
        for (int i = 0; i < proof.Count; i++)
        {
            Hash256 hash = Keccak256.Hash(proof[i]);
            if (hash != expected) return new ProofFault(ProofFaultKind.WrongHash, $"node {i} has the hash {hash}, expected {expected}");
            string? fault = null;
            try
            {
                RlpReader.Validate(proof[i], "node");
                Step step = Walk(proof[i], ref rest, out ReadOnlySpan<byte> found, out fault);
                if (step == Step.Hash)
                {
                    expected = Hash256.FromBytes(found);
                    continue;
                }
                if (step == Step.Value) value = found.ToArray();
            }
            catch (RlpException exception)
            {
                fault = exception.Message;
            }
            if (fault is null && i == proof.Count - 1) return null;
            value = [];
            return fault is null
                ? new ProofFault(ProofFaultKind.ExtraNodes, $"the proof ends at node {i}, but has {proof.Count} nodes")
                : new ProofFault(ProofFaultKind.Malformed, $"node {i} is no node of a trie: {fault}");
        }
        return new ProofFault(ProofFaultKind.MissingNode, $"the proof has {proof.Count} nodes, expected one more with the hash {expected}");
    }

    /// <summary>
    /// Follows a path from a root that is trusted through nodes that are not, down to a branch's child that is known by its hash.
    /// </summary>
    /// <param name="root">The root of the trie.</param>
    /// <param name="path">The nibbles; empty for the root itself.</param>
    /// <param name="proof">The nodes on the way, root first.</param>
    /// <param name="reference">The hash of the node at the path.</param>
    /// <returns>False when the nodes do not lead there.</returns>
    internal static bool TryFollow(in Hash256 root, ReadOnlySpan<byte> path, IReadOnlyList<byte[]> proof, out Hash256 reference)
    {
        reference = root;
        try
        {
            foreach (byte[] node in proof)
            {
                if (path.IsEmpty || Keccak256.Hash(node) != reference) return false;
                RlpReader.Validate(node, "node");
                if (Walk(node, ref path, out ReadOnlySpan<byte> found, out string? _) != Step.Hash) return false;
                reference = Hash256.FromBytes(found);
            }
        }
        catch (RlpException)
        {
            return false;
        }
        return path.IsEmpty;
    }

    private static void Add(List<byte[]> proof, ReadOnlySpan<byte> rlp, bool isRoot)
    {
        if (isRoot || rlp.Length >= Hash256.Length) proof.Add(rlp.ToArray());
    }

    private enum Step
    {
        Malformed,
        Hash,
        Value,
        Absent,
    }

    // Follows the key through one node and the nodes inside it, to a hash or to the end (Yellow Paper, appendix D).
    private static Step Walk(ReadOnlySpan<byte> node, ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> found, out string? fault)
    {
        fault = null;
        while (true)
        {
            found = default;
            RlpReader outer = new(node);
            // the empty trie is the node that is an empty string
            if (!outer.NextIsList) return node.Length == 1 && node[0] == 0x80 ? Step.Absent : Malformed("it is no list", out fault);
            RlpReader items = outer.ReadList("node");
            int count = items.CountItems("node");
            if (count == 17)
            {
                int place = 16;
                if (!rest.IsEmpty)
                {
                    place = rest[0];
                    rest = rest[1..];
                }
                for (int i = 0; i < place; i++) items.ReadRaw("child");
                if (place == 16)
                {
                    found = items.ReadBytes("value");
                    return found.IsEmpty ? Step.Absent : Step.Value;
                }
            }
            else if (count == 2)
            {
                if (!TryReadPath(items.ReadBytes("path"), out bool isLeaf, out NibblePath path)) return Malformed("its path is not in the compact form", out fault);
                if (isLeaf)
                {
                    found = items.ReadBytes("value");
                    if (found.IsEmpty) return Malformed("a leaf without a value", out fault);
                    return rest.SequenceEqual(path.Nibbles) ? Step.Value : Step.Absent;
                }
                if (path.Length == 0) return Malformed("an extension without a path", out fault);
                if (!rest.StartsWith(path.Nibbles)) return Step.Absent;
                rest = rest[path.Length..];
            }
            else return Malformed($"it has {count} items, expected 2 or 17", out fault);

            if (items.NextIsList)
            {
                node = items.ReadRaw("child");
                if (node.Length >= Hash256.Length) return Malformed($"a child inside it has {node.Length} bytes, expected less than 32", out fault);
                continue;
            }
            found = items.ReadBytes("child");
            if (found.IsEmpty && count == 17) return Step.Absent;
            return found.Length == Hash256.Length ? Step.Hash : Malformed($"a child's hash has {found.Length} bytes, expected 32", out fault);
        }
    }

    private static Step Malformed(string what, out string? fault)
    {
        fault = what;
        return Step.Malformed;
    }

    // The compact form of a path (Yellow Paper, appendix C), in its one canonical encoding.
    private static bool TryReadPath(ReadOnlySpan<byte> compact, out bool isLeaf, out NibblePath path)
    {
        path = default;
        isLeaf = false;
        if (compact.IsEmpty || compact.Length > 1 + NibblePath.Maximum / 2) return false;
        int flag = compact[0] >> 4;
        if (flag > 3) return false;
        isLeaf = (flag & 2) != 0;
        bool odd = (flag & 1) != 0;
        if (!odd && (compact[0] & 15) != 0) return false;
        if (odd && compact.Length == 1 + NibblePath.Maximum / 2) return false;
        for (int i = odd ? 1 : 2; i < 2 * compact.Length; i++) path.Add(NibblePath.At(compact, i));
        return true;
    }
}
