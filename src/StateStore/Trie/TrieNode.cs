using System;
using System.Buffers.Binary;
using System.Numerics;

namespace ContractVm.StateStore;

/// <summary>
/// A branch of a trie, together with the extension above it where there is one: <see cref="Prefix"/> is the extension's path, empty
/// for a plain branch. Leaves are not stored: a flat row is all that a leaf is made of.
/// </summary>
internal struct BranchNode
{
    public NibblePath Prefix;

    /// <summary>Bit n is set when child n exists.</summary>
    public ushort Mask;

    /// <summary>Bit n is set when child n is a leaf.</summary>
    public ushort Leaves;

    public NodeRefs Children;

    /// <summary>What child n is.</summary>
    public readonly ChildKind KindOf(int nibble) =>
        (Mask >> nibble & 1) == 0 ? ChildKind.None : (Leaves >> nibble & 1) != 0 ? ChildKind.Leaf : ChildKind.Branch;
}

/// <summary>What a child of a branch is.</summary>
internal enum ChildKind : byte
{
    None,
    Leaf,
    Branch,
}

/// <summary>
/// The stored form of branches and the RLP of nodes. A stored branch is: prefix length, packed prefix, child mask, mask of the children
/// that are leaves, mask of those that are shorter than 32 bytes (each 2 bytes big-endian), then for each child its 32-byte hash, or the
/// length and bytes of its RLP. The node's own hash is not in the row: its parent has it. The row before a change (docs/STATE.md) has
/// the same prefix and first two masks, then the reference to the node itself: the length and bytes of its hash or RLP.
/// </summary>
internal static class TrieNode
{
    private const int MaskBytes = 2;

    /// <summary>Room for any row of a branch that a trie of hashed keys is likely to have.</summary>
    public const int UsualRow = 1 + 3 * MaskBytes + 16 * Hash256.Length + 8;

    public static void WriteBranch(in BranchNode branch, ref ByteBuffer destination)
    {
        WriteShape(branch, ref destination);
        int place = destination.Length;
        destination.Append(MaskBytes);
        int inline = 0;
        for (int rest = branch.Mask; rest != 0; rest &= rest - 1)
        {
            int nibble = BitOperations.TrailingZeroCount(rest);
            ref readonly NodeRef child = ref branch.Children[nibble];
            if (child.IsInline)
            {
                inline |= 1 << nibble;
                destination.Append(1)[0] = (byte)child.Bytes.Length;
            }
            child.Bytes.CopyTo(destination.Append(child.Bytes.Length));
        }
        BinaryPrimitives.WriteUInt16BigEndian(destination.Span[place..], (ushort)inline);
    }

    /// <summary>Reads a stored branch.</summary>
    /// <exception cref="StoreException">The row is no branch.</exception>
    public static void ReadBranch(ReadOnlySpan<byte> row, out BranchNode branch)
    {
        branch = default;
        ReadOnlySpan<byte> rest = ReadShape(row, ref branch);
        if (rest.Length < MaskBytes) throw Corrupt();
        int inline = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if ((inline & ~branch.Mask) != 0) throw Corrupt();
        rest = rest[MaskBytes..];
        for (int mask = branch.Mask; mask != 0; mask &= mask - 1)
        {
            int nibble = BitOperations.TrailingZeroCount(mask);
            int length = Hash256.Length;
            if ((inline >> nibble & 1) != 0)
            {
                if (rest.IsEmpty || rest[0] is 0 or >= Hash256.Length) throw Corrupt();
                length = rest[0];
                rest = rest[1..];
            }
            if (rest.Length < length) throw Corrupt();
            branch.Children[nibble].Set(rest[..length]);
            rest = rest[length..];
        }
        if (!rest.IsEmpty) throw Corrupt();
    }

    /// <summary>Writes what a branch was before a change: its shape and the reference to it, without its children's references.</summary>
    public static void WriteBefore(in BranchNode shape, in NodeRef reference, ref ByteBuffer destination)
    {
        WriteShape(shape, ref destination);
        destination.Append(1)[0] = (byte)reference.Bytes.Length;
        reference.Bytes.CopyTo(destination.Append(reference.Bytes.Length));
    }

    /// <summary>Reads what <see cref="WriteBefore"/> wrote; the branch has no children's references.</summary>
    /// <exception cref="StoreException">The row is damaged.</exception>
    public static void ReadBefore(ReadOnlySpan<byte> row, out BranchNode shape, out NodeRef reference)
    {
        shape = default;
        reference = default;
        ReadOnlySpan<byte> rest = ReadShape(row, ref shape);
        if (rest.IsEmpty || rest[0] is 0 or > Hash256.Length || rest.Length != 1 + rest[0]) throw Corrupt();
        reference.Set(rest[1..]);
    }

    /// <summary>The leaf's RLP: [hex prefix, value] (Yellow Paper, appendix D).</summary>
    public static ReadOnlySpan<byte> LeafRlp(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> value, RlpWriter writer)
    {
        Span<byte> compact = stackalloc byte[1 + NibblePath.Maximum / 2];
        writer.Clear();
        int list = writer.BeginList();
        writer.Write(compact[..NibblePath.WriteHexPrefix(prefix, isLeaf: true, compact)]);
        writer.Write(value);
        writer.EndList(list);
        return writer.Written;
    }

    /// <summary>The branch's RLP without its prefix: 16 children and a value (Yellow Paper, appendix D).</summary>
    public static ReadOnlySpan<byte> BranchRlp(in BranchNode branch, ReadOnlySpan<byte> value, RlpWriter writer)
    {
        writer.Clear();
        int list = writer.BeginList();
        for (int nibble = 0; nibble < 16; nibble++) branch.Children[nibble].WriteTo(writer);
        writer.Write(value);
        writer.EndList(list);
        return writer.Written;
    }

    /// <summary>The RLP of the extension that a prefix stands for: [hex prefix, child] (Yellow Paper, appendix D).</summary>
    public static ReadOnlySpan<byte> ExtensionRlp(ReadOnlySpan<byte> prefix, in NodeRef child, RlpWriter writer)
    {
        Span<byte> compact = stackalloc byte[1 + NibblePath.Maximum / 2];
        writer.Clear();
        int list = writer.BeginList();
        writer.Write(compact[..NibblePath.WriteHexPrefix(prefix, isLeaf: false, compact)]);
        child.WriteTo(writer);
        writer.EndList(list);
        return writer.Written;
    }

    /// <summary>The reference to a branch with its prefix.</summary>
    public static NodeRef RefOf(in BranchNode branch, ReadOnlySpan<byte> value, RlpWriter writer)
    {
        NodeRef reference = NodeRef.To(BranchRlp(branch, value, writer));
        return branch.Prefix.Length == 0 ? reference : NodeRef.To(ExtensionRlp(branch.Prefix.Nibbles, reference, writer));
    }

    private static void WriteShape(in BranchNode branch, ref ByteBuffer destination)
    {
        ReadOnlySpan<byte> prefix = branch.Prefix.Nibbles;
        int packed = NibblePath.PackedLength(prefix.Length);
        Span<byte> head = destination.Append(1 + packed + 2 * MaskBytes);
        head[0] = (byte)prefix.Length;
        NibblePath.Pack(prefix, head[1..]);
        BinaryPrimitives.WriteUInt16BigEndian(head[(1 + packed)..], branch.Mask);
        BinaryPrimitives.WriteUInt16BigEndian(head[(1 + packed + MaskBytes)..], branch.Leaves);
    }

    private static ReadOnlySpan<byte> ReadShape(ReadOnlySpan<byte> row, ref BranchNode branch)
    {
        if (row.IsEmpty) throw Corrupt();
        int length = row[0];
        int packed = NibblePath.PackedLength(length);
        if (length > NibblePath.Maximum || row.Length < 1 + packed + 2 * MaskBytes) throw Corrupt();
        for (int i = 0; i < length; i++) branch.Prefix.Add(NibblePath.At(row[1..], i));
        ReadOnlySpan<byte> rest = row[(1 + packed)..];
        branch.Mask = BinaryPrimitives.ReadUInt16BigEndian(rest);
        branch.Leaves = BinaryPrimitives.ReadUInt16BigEndian(rest[MaskBytes..]);
        // a branch with one child would be that child
        if ((branch.Leaves & ~branch.Mask) != 0 || BitOperations.PopCount(branch.Mask) < 2) throw Corrupt();
        return rest[(2 * MaskBytes)..];
    }

    private static StoreException Corrupt() => new(StoreFault.Corrupt, "a stored trie node cannot be decoded");
}
